#include "common/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = path != NULL ? strlen(path) : 0;
	ssize_t sent;
	int fd;
	int rc;

	if (len == 0) {
		return 0;
	}
	if ((path[0] != '/' && path[0] != '@') || len >= sizeof(to.sun_path)) {
		return -EINVAL;
	}
	memcpy(to.sun_path, path, len);
	if (path[0] == '@') {
		to.sun_path[0] = '\0'; /* abstract name, unix(7): not ended by a NUL */
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return -errno;
	}
	sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&to,
	              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	rc = sent == (ssize_t)strlen(state) ? 0 : -errno;
	(void)close(fd);
	return rc;
}

int notify_ready(void)
{
	return notify("READY=1");
}

int notify_reloading(void)
{
	return notify("RELOADING=1");
}

int notify_stopping(void)
{
	return notify("STOPPING=1");
}
