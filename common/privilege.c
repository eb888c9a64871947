#include "common/privilege.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cap-ng.h>

/* what getpwnam_r may need: sysconf(_SC_GETPW_R_SIZE_MAX) is 1024 */
#define PASSWD_TEXT_MAX 16384

static int become(const char *user, struct fault *fault)
{
	char text[PASSWD_TEXT_MAX];
	struct passwd entry;
	struct passwd *found = NULL;
	int rc = getpwnam_r(user, &entry, text, sizeof(text), &found);

	if (found == NULL) {
		return fault_set(fault, rc != 0 ? -rc : -ENOENT,
		                 "user %s is not known here: create it (useradd --system %s) or "
		                 "change `user` in the configuration",
		                 user, user);
	}
	/* groups first: without root they can no longer be changed */
	if (initgroups(user, entry.pw_gid) != 0 ||
	    setresgid(entry.pw_gid, entry.pw_gid, entry.pw_gid) != 0 ||
	    setresuid(entry.pw_uid, entry.pw_uid, entry.pw_uid) != 0) {
		return fault_set(fault, -errno, "cannot become user %s: %s", user, strerror(errno));
	}
	/* the way back must be closed (Chen, Wagner and Dean 2002, "Setuid Demystified") */
	if (entry.pw_uid != 0 && setresuid(0, 0, 0) == 0) {
		return fault_set(fault, -EPERM, "user %s could become root again", user);
	}
	return 0;
}

static int drop_capabilities(struct fault *fault)
{
	/* a service manager may have given some to an ordinary user (ambient, capabilities(7)) */
	capng_clear(CAPNG_SELECT_CAPS);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0) {
		return fault_set(fault, -EPERM, "cannot give up capabilities");
	}
	return 0;
}

int privilege_drop(const char *user, struct fault *fault)
{
	bool root = geteuid() == 0;
	bool change = root && user != NULL && user[0] != '\0';
	int rc = 0;

	if (change) {
		rc = become(user, fault);
	}
	if (rc == 0 && (change || !root)) {
		rc = drop_capabilities(fault);
	}
	if (rc == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		rc = fault_set(fault, -errno, "cannot set no_new_privs: %s", strerror(errno));
	}
	return rc;
}
