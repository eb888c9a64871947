#include "agent/posture/host_file.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES     ((size_t)64 * 1024)
#define GROUP_TEXT_MAX 16384 /* what getgrgid_r may need */

bool host_path(const struct posture_scan *scan, const char *path, char out[POSTURE_PATH_MAX])
{
	const char *root = scan->conf->root;
	size_t len = strlen(root);
	int n;

	while (len > 0 && root[len - 1] == '/') {
		len--;
	}
	n = snprintf(out, POSTURE_PATH_MAX, "%.*s%s", (int)len, root, path);
	return n >= 0 && n < POSTURE_PATH_MAX;
}

int host_open(const struct posture_scan *scan, const char *path)
{
	char full[POSTURE_PATH_MAX];
	struct stat st;
	int fd;

	if (!host_path(scan, path, full)) {
		return -ENAMETOOLONG;
	}
	fd = open(full, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		return -errno;
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return -EINVAL;
	}
	return fd;
}

/* Files of /proc say they are empty: read until nothing comes. */
static int fill(int fd, struct buf *out)
{
	for (;;) {
		size_t room = out->max - 1 - out->len;
		size_t want = room < READ_BYTES ? room : READ_BYTES;
		uint8_t *to = want > 0 ? buf_reserve(out, want) : NULL;
		ssize_t n;

		if (to == NULL) {
			return out->failed ? -ENOMEM : 1;
		}
		n = read(fd, to, want);
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return n < 0 ? -errno : 0;
		}
		buf_commit(out, (size_t)n);
	}
}

int host_read(const struct posture_scan *scan, const char *path, bool tail, struct buf *out)
{
	int fd = host_open(scan, path);
	struct stat st;
	bool cut = false;
	int rc;

	if (fd < 0) {
		return fd;
	}
	if (tail && fstat(fd, &st) == 0 && st.st_size > (off_t)(out->max - 1)) {
		cut = lseek(fd, st.st_size - (off_t)(out->max - 1), SEEK_SET) > 0;
	}
	rc = fill(fd, out);
	(void)close(fd);
	/* a log that grows while it is read is not cut */
	return rc == 1 && tail ? (int)cut : rc == 0 && cut ? 1 : rc;
}

/* The first of the folders above that may not be entered, or the file itself. */
static void culprit(char *path, struct stat *st)
{
	memset(st, 0, sizeof(*st));
	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (access(path, X_OK) != 0 && stat(path, st) == 0) {
			return;
		}
		*slash = '/';
	}
	(void)stat(path, st);
}

static const char *group_name(gid_t gid, char *text, size_t size)
{
	struct group entry;
	struct group *found = NULL;

	if (getgrgid_r(gid, &entry, text, size, &found) != 0 || found == NULL) {
		(void)snprintf(text, size, "%u", (unsigned)gid);
		return text;
	}
	return entry.gr_name;
}

void host_unreadable(const struct posture_scan *scan, struct posture_finding *f, const char *path,
                     int error)
{
	char full[POSTURE_PATH_MAX];
	char text[GROUP_TEXT_MAX];
	struct stat st;

	f->result = CXM__POSTURE__RESULT__UNKNOWN;
	if (error != -EACCES || !host_path(scan, path, full)) {
		posture_value(f, "%.160s: %s", path, strerror(-error));
		return;
	}
	culprit(full, &st);
	if (st.st_ino != 0 && (st.st_mode & S_IRGRP) != 0) {
		posture_value(f, "%.120s: no permission: put the agent's user into group %.60s",
		              path, group_name(st.st_gid, text, sizeof(text)));
	} else {
		posture_value(f,
		              "%.120s: only its owner may read it: chmod g+r, and put the agent's "
		              "user into group %.40s",
		              path, group_name(st.st_gid, text, sizeof(text)));
	}
}
