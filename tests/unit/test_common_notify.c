#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/notify.h"
#include "tests/support/cases.h"

#define ABSTRACT "@cxmeter-test-notify"

/* What a service manager does: a datagram socket under an abstract name, which leaves no file. */
static int manager_open(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	memcpy(at.sun_path + 1, &ABSTRACT[1], sizeof(ABSTRACT) - 2);
	assert_int_equal(0, bind(fd, (const struct sockaddr *)&at,
	                         (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	                                     sizeof(ABSTRACT) - 1)));
	return fd;
}

struct state_case {
	const char *name;
	int (*notify)(void);
	const char *want;
};

static const struct state_case states[] = {
	{ "ready_is_told", notify_ready, "READY=1" },
	{ "reloading_is_told", notify_reloading, "RELOADING=1" },
	{ "stopping_is_told", notify_stopping, "STOPPING=1" },
};

static void state_is_told(void **state)
{
	const struct state_case *c = *state;
	char got[64] = "";
	int manager = manager_open();

	assert_int_equal(0, setenv("NOTIFY_SOCKET", ABSTRACT, 1));
	assert_int_equal(0, c->notify());
	assert_int_equal((ssize_t)strlen(c->want), recv(manager, got, sizeof(got) - 1, 0));
	assert_string_equal(c->want, got);
	(void)close(manager);
}

static void without_a_manager_nothing_happens(void **state)
{
	(void)state;
	assert_int_equal(0, unsetenv("NOTIFY_SOCKET"));
	assert_int_equal(0, notify_ready());
}

static void relative_socket_path_is_refused(void **state)
{
	(void)state;
	assert_int_equal(0, setenv("NOTIFY_SOCKET", "run/notify", 1));
	assert_int_equal(-EINVAL, notify_ready());
}

static void overlong_socket_path_is_refused(void **state)
{
	char path[256];

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(0, setenv("NOTIFY_SOCKET", path, 1));
	assert_int_equal(-EINVAL, notify_ready());
}

static void absent_manager_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(0, setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1));
	assert_int_equal(-ENOENT, notify_ready());
}

int main(void)
{
	static struct cases tests;

	cases_test(&tests, without_a_manager_nothing_happens);
	cases_test(&tests, relative_socket_path_is_refused);
	cases_test(&tests, overlong_socket_path_is_refused);
	cases_test(&tests, absent_manager_is_an_error);
	cases_table(&tests, states, state_is_told);
	return cases_run("notify", &tests, NULL, NULL);
}
