#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "collector/ingest/listener.h"
#include "tests/support/cases.h"
#include "tests/support/wire_agent.h"

struct parse_case {
	const char *name; /* is the text */
};

static const struct parse_case goods[] = {
	{ "0.0.0.0:7443" },    { "127.0.0.1:0" },   { "[::]:7443" },
	{ "[2001:db8::1]:1" }, { "0.0.0.0:65535" },
};

static const struct parse_case bads[] = {
	{ "" },
	{ ":7443" },
	{ "7443" },
	{ "0.0.0.0" },
	{ "0.0.0.0:" },
	{ "0.0.0.0:x" },
	{ "0.0.0.0:65536" },
	{ "0.0.0.0:-1" },
	{ "::1:7443" },
	{ "[::1]7443" },
	{ "[]:7443" },
	{ "[::1:7443" },
	{ "1.2.3.4.5:1" },
	{ "localhost:7443" },
	{ "0.0.0.0:7443 " },
};

static void address_is_refused_and_explained(void **state)
{
	const struct parse_case *c = *state;
	struct listener_address a;
	struct fault fault = { 0 };

	assert_int_equal(-EINVAL, listener_parse(c->name, &a, &fault));
	assert_non_null(strstr(fault.text, "is not an address and port"));
}

static void address_written_back_is_the_same(void **state)
{
	const struct parse_case *c = *state;
	struct listener_address a;
	char text[80];

	assert_int_equal(0, listener_parse(c->name, &a, NULL));
	assert_string_equal(c->name,
	                    listener_text((const struct sockaddr *)&a.at, text, sizeof(text)));
}

static struct listener_address loopback(uint16_t port)
{
	struct listener_address a;
	char text[32];

	(void)snprintf(text, sizeof(text), "127.0.0.1:%u", port);
	assert_int_equal(0, listener_parse(text, &a, NULL));
	return a;
}

static void port_zero_becomes_a_free_port(void **state)
{
	struct listener_address a = loopback(0);
	uint16_t port = 0;
	int fd = -1;

	(void)state;
	assert_int_equal(0, listener_open(&a, 1, &fd, &port, NULL));
	assert_true(port > 0);
	(void)close(wire_connect_raw(port));
	(void)close(fd);
}

static void several_sockets_share_one_port(void **state)
{
	struct listener_address a = loopback(0);
	uint16_t port = 0;
	int fds[4];

	(void)state;
	assert_int_equal(0, listener_open(&a, 4, fds, &port, NULL));
	(void)close(wire_connect_raw(port));
	for (unsigned i = 0; i < 4; i++) {
		(void)close(fds[i]);
	}
}

struct taken_case {
	const char *name;
	size_t first;
	size_t second;
};

static const struct taken_case takens[] = {
	{ "taken_port_is_refused", 1, 1 },
	{ "taken_port_is_refused_to_several", 1, 4 },
	{ "port_taken_by_several_is_refused", 4, 1 },
	{ "port_taken_by_several_is_refused_to_several", 4, 4 },
};

static void taken_port_is_refused_and_explained(void **state)
{
	const struct taken_case *c = *state;
	struct listener_address a = loopback(0);
	struct fault fault = { 0 };
	uint16_t port = 0;
	uint16_t other = 0;
	int fds[4];
	int more[4];

	assert_int_equal(0, listener_open(&a, c->first, fds, &port, NULL));
	a = loopback(port);
	assert_int_equal(-EADDRINUSE, listener_open(&a, c->second, more, &other, &fault));
	assert_non_null(strstr(fault.text, "another program listens there"));
	for (size_t i = 0; i < c->first; i++) {
		(void)close(fds[i]);
	}
}

static void foreign_address_is_refused_and_explained(void **state)
{
	struct listener_address a;
	struct fault fault = { 0 };
	uint16_t port;
	int fd;

	(void)state;
	assert_int_equal(0, listener_parse("192.0.2.1:7443", &a, NULL)); /* RFC 5737 */
	assert_int_equal(-EADDRNOTAVAIL, listener_open(&a, 1, &fd, &port, &fault));
	assert_non_null(strstr(fault.text, "192.0.2.1:7443"));
}

int main(void)
{
	static struct cases tests;

	cases_test(&tests, port_zero_becomes_a_free_port);
	cases_test(&tests, several_sockets_share_one_port);
	cases_test(&tests, foreign_address_is_refused_and_explained);
	cases_table(&tests, goods, address_written_back_is_the_same);
	cases_table(&tests, bads, address_is_refused_and_explained);
	cases_table(&tests, takens, taken_port_is_refused_and_explained);
	return cases_run("listener", &tests, NULL, NULL);
}
