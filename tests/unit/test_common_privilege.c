/*
 * Each drop happens in a child, because there is no way back. Some claims need root: run by
 * somebody else they are skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cap-ng.h>

#include "common/privilege.h"

/* Run a claim in a child; it returns 0 when it holds. */
static int in_child(int (*claim)(void))
{
	int status = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		_exit(claim());
	}
	assert_int_equal(pid, waitpid(pid, &status, 0));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int becomes_nobody(void)
{
	struct fault fault;
	const struct passwd *nobody = getpwnam("nobody");
	gid_t groups[64];
	int n;

	if (nobody == NULL || privilege_drop("nobody", &fault) != 0) {
		return 1;
	}
	n = getgroups(64, groups);
	return !(getuid() == nobody->pw_uid && geteuid() == nobody->pw_uid &&
	         getgid() == nobody->pw_gid && n <= 1);
}

static int cannot_return(void)
{
	return !(privilege_drop("nobody", NULL) == 0 && setuid(0) != 0 && setgid(0) != 0);
}

static int has_no_capability(void)
{
	if (privilege_drop("nobody", NULL) != 0) {
		return 1;
	}
	capng_clear(CAPNG_SELECT_BOTH);
	(void)capng_get_caps_process();
	return capng_have_capabilities(CAPNG_SELECT_CAPS) != CAPNG_NONE;
}

static int gains_nothing(void)
{
	return !(privilege_drop("", NULL) == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
}

static int ordinary_user_stays(void)
{
	if (setresuid(12345, 12345, 12345) != 0) {
		return 1;
	}
	return !(privilege_drop("nobody", NULL) == 0 && getuid() == 12345);
}

static int unknown_user_is_explained(void)
{
	struct fault fault = { 0 };

	return !(privilege_drop("no-such-user", &fault) == -ENOENT &&
	         strstr(fault.text, "no-such-user") != NULL &&
	         strstr(fault.text, "useradd") != NULL && getuid() == 0);
}

static void needs_root(void)
{
	if (geteuid() != 0) {
		skip();
	}
}

static void drop_becomes_the_user_with_its_groups_only(void **state)
{
	(void)state;
	needs_root();
	assert_int_equal(0, in_child(becomes_nobody));
}

static void dropped_process_cannot_return(void **state)
{
	(void)state;
	needs_root();
	assert_int_equal(0, in_child(cannot_return));
}

static void dropped_process_has_no_capability(void **state)
{
	(void)state;
	needs_root();
	assert_int_equal(0, in_child(has_no_capability));
}

static void without_a_user_only_the_chance_to_gain_goes(void **state)
{
	(void)state;
	assert_int_equal(0, in_child(gains_nothing));
}

static void somebody_who_is_not_root_stays_who_it_is(void **state)
{
	(void)state;
	needs_root();
	assert_int_equal(0, in_child(ordinary_user_stays));
}

static void unknown_user_is_refused_with_what_to_do(void **state)
{
	(void)state;
	needs_root();
	assert_int_equal(0, in_child(unknown_user_is_explained));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drop_becomes_the_user_with_its_groups_only),
		cmocka_unit_test(dropped_process_cannot_return),
		cmocka_unit_test(dropped_process_has_no_capability),
		cmocka_unit_test(without_a_user_only_the_chance_to_gain_goes),
		cmocka_unit_test(somebody_who_is_not_root_stays_who_it_is),
		cmocka_unit_test(unknown_user_is_refused_with_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
