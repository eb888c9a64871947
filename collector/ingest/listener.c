#include "collector/ingest/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/slice.h"

#define BACKLOG                                                                                    \
	1024 /* a thousand agents may come back at once; the kernel cuts it to somaxconn           \
	      */

static int malformed(const char *text, struct fault *fault)
{
	return fault_set(fault, -EINVAL,
	                 "\"%s\" is not an address and port such as 0.0.0.0:7443 or [::]:7443",
	                 text);
}

int listener_parse(const char *text, struct listener_address *out, struct fault *fault)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&out->at;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&out->at;
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN + 2];
	uint64_t port;
	size_t n;

	*out = (struct listener_address){ 0 };
	if (colon == NULL || slice_u64(slice_of(colon + 1), UINT16_MAX, &port) != 0) {
		return malformed(text, fault);
	}
	n = (size_t)(colon - text);
	if (n == 0 || n >= sizeof(host)) {
		return malformed(text, fault);
	}
	memcpy(host, text, n);
	host[n] = '\0';
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
		out->len = sizeof(*v4);
		return 0;
	}
	if (n < 3 || host[0] != '[' || host[n - 1] != ']') {
		return malformed(text, fault);
	}
	host[n - 1] = '\0';
	if (inet_pton(AF_INET6, host + 1, &v6->sin6_addr) != 1) {
		return malformed(text, fault);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons((uint16_t)port);
	out->len = sizeof(*v6);
	return 0;
}

const char *listener_text(const struct sockaddr *address, char *out, size_t size)
{
	char host[INET6_ADDRSTRLEN] = "?";

	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;

		(void)inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
		(void)snprintf(out, size, "%s:%u", host, ntohs(v4->sin_port));
	} else if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;

		(void)inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
		(void)snprintf(out, size, "[%s]:%u", host, ntohs(v6->sin6_port));
	} else {
		(void)snprintf(out, size, "?");
	}
	return out;
}

static uint16_t port_of(const struct listener_address *a)
{
	return a->at.ss_family == AF_INET
	               ? ntohs(((const struct sockaddr_in *)(const void *)&a->at)->sin_port)
	               : ntohs(((const struct sockaddr_in6 *)(const void *)&a->at)->sin6_port);
}

static void set_port(struct listener_address *a, uint16_t port)
{
	if (a->at.ss_family == AF_INET) {
		((struct sockaddr_in *)(void *)&a->at)->sin_port = htons(port);
	} else {
		((struct sockaddr_in6 *)(void *)&a->at)->sin6_port = htons(port);
	}
}

/* A bound socket, or -errno. */
static int bind_one(const struct listener_address *a, bool shared)
{
	const int on = 1;
	int fd = socket(a->at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int rc;

	if (fd < 0) {
		return -errno;
	}
	/* SO_REUSEADDR: a restart need not wait for connections in TIME_WAIT */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    (shared && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0) ||
	    bind(fd, (const struct sockaddr *)&a->at, a->len) != 0) {
		rc = -errno;
		(void)close(fd);
		return rc;
	}
	return fd;
}

static int explain(const struct listener_address *a, int rc, struct fault *fault)
{
	char text[INET6_ADDRSTRLEN + 16];
	const char *what = "";

	if (rc == -EADDRINUSE) {
		what = ": another program listens there, perhaps another cxmeter-collector";
	} else if (rc == -EADDRNOTAVAIL) {
		what = ": this host does not have that address";
	} else if (rc == -EACCES) {
		what = ": ports below 1024 need root";
	}
	return fault_set(fault, rc, "cannot listen on %s: %s%s",
	                 listener_text((const struct sockaddr *)&a->at, text, sizeof(text)),
	                 strerror(-rc), what);
}

/* A port 0 has become one that is free. */
static int learn_port(int fd, struct listener_address *a)
{
	struct listener_address bound = { .len = sizeof(bound.at) };

	if (getsockname(fd, (struct sockaddr *)&bound.at, &bound.len) != 0) {
		return -errno;
	}
	set_port(a, port_of(&bound));
	return 0;
}

/* With SO_REUSEPORT another process of this user could share the port unnoticed, so first one
 * socket has to get it alone. */
static int probe(struct listener_address *a)
{
	int fd = bind_one(a, false);
	int rc;

	if (fd < 0) {
		return fd;
	}
	rc = listen(fd, 1) == 0 ? learn_port(fd, a) : -errno;
	(void)close(fd);
	return rc;
}

int listener_open(const struct listener_address *address, size_t n, int *fds, uint16_t *port,
                  struct fault *fault)
{
	struct listener_address a = *address;
	int rc = n > 1 ? probe(&a) : 0;
	size_t opened = 0;

	while (rc == 0 && opened < n) {
		int fd = bind_one(&a, n > 1);

		if (fd < 0) {
			rc = fd;
			break;
		}
		fds[opened++] = fd;
		rc = listen(fd, BACKLOG) == 0 ? learn_port(fd, &a) : -errno;
	}
	if (rc != 0) {
		while (opened > 0) {
			(void)close(fds[--opened]);
		}
		return explain(&a, rc, fault);
	}
	*port = port_of(&a);
	return 0;
}
