#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "collector/ingest/listener.h"
#include "tests/support/wire_agent.h"

struct parse_case {
	const char *text;
	int want;
};

static const struct parse_case parses[] = {
	{ "0.0.0.0:7443", 0 },      { "127.0.0.1:0", 0 },         { "[::]:7443", 0 },
	{ "[2001:db8::1]:1", 0 },   { "0.0.0.0:65535", 0 },       { "", -EINVAL },
	{ ":7443", -EINVAL },       { "7443", -EINVAL },          { "0.0.0.0", -EINVAL },
	{ "0.0.0.0:", -EINVAL },    { "0.0.0.0:x", -EINVAL },     { "0.0.0.0:65536", -EINVAL },
	{ "0.0.0.0:-1", -EINVAL },  { "::1:7443", -EINVAL },      { "[::1]7443", -EINVAL },
	{ "[]:7443", -EINVAL },     { "[::1:7443", -EINVAL },     { "localhost:7443", -EINVAL },
	{ "1.2.3.4.5:1", -EINVAL }, { "0.0.0.0:7443 ", -EINVAL },
};

static void address_is_parsed_or_refused(void **state)
{
	const struct parse_case *c = *state;
	struct listener_address a;
	struct fault fault = { 0 };

	assert_int_equal(c->want, listener_parse(c->text, &a, &fault));
}

static void address_written_back_is_the_same(void **state)
{
	const struct parse_case *c = *state;
	struct listener_address a;
	char text[80];

	assert_int_equal(0, listener_parse(c->text, &a, NULL));
	assert_string_equal(c->text,
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

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define ROUND_TRIPS  5 /* of `parses`, those that parse */

int main(void)
{
	const struct CMUnitTest claims[] = {
		cmocka_unit_test(port_zero_becomes_a_free_port),
		cmocka_unit_test(several_sockets_share_one_port),
		cmocka_unit_test(foreign_address_is_refused_and_explained),
	};
	struct CMUnitTest rows[COUNT(parses) + ROUND_TRIPS + COUNT(takens)];
	size_t n = 0;
	int failed;

	for (size_t i = 0; i < COUNT(parses); i++) {
		rows[n++] = (struct CMUnitTest){ parses[i].text, address_is_parsed_or_refused, NULL,
			                         NULL, (void *)(uintptr_t)&parses[i] };
	}
	for (size_t i = 0; i < ROUND_TRIPS; i++) {
		rows[n++] = (struct CMUnitTest){ parses[i].text, address_written_back_is_the_same,
			                         NULL, NULL, (void *)(uintptr_t)&parses[i] };
	}
	for (size_t i = 0; i < COUNT(takens); i++) {
		rows[n++] =
			(struct CMUnitTest){ takens[i].name, taken_port_is_refused_and_explained,
			                     NULL, NULL, (void *)(uintptr_t)&takens[i] };
	}
	failed = cmocka_run_group_tests_name("listener", claims, NULL, NULL);
	failed += cmocka_run_group_tests_name("addresses", rows, NULL, NULL);
	return failed;
}
