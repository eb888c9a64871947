#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/ingest/gate.h"
#include "collector/ingest/listener.h"

#define CONNECTIONS 100 /* of which 25 may wait */
#define PER_ADDRESS 5

static int setup(void **state)
{
	const struct gate_limits limits = { CONNECTIONS, PER_ADDRESS };
	struct gate *g = NULL;

	assert_int_equal(0, gate_open(&g, &env_system, &limits));
	*state = g;
	return 0;
}

static int teardown(void **state)
{
	gate_close(*state);
	return 0;
}

/* Let n come in from one address each. */
static void fill(struct gate *g, uint64_t from, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(GATE_OPEN, gate_enter(g, from + i));
	}
}

static void strangers_hold_a_quarter_at_most(void **state)
{
	fill(*state, 1, CONNECTIONS / 4);
	assert_int_equal(GATE_WAITING_FULL, gate_enter(*state, 1000));
}

static void those_who_passed_leave_room_for_others_to_wait(void **state)
{
	fill(*state, 1, CONNECTIONS / 4);
	gate_pass(*state, 1);
	assert_int_equal(GATE_OPEN, gate_enter(*state, 1000));
}

static void one_address_holds_so_many_and_no_more(void **state)
{
	for (unsigned i = 0; i < PER_ADDRESS; i++) {
		assert_int_equal(GATE_OPEN, gate_enter(*state, 7));
	}
	assert_int_equal(GATE_ADDRESS_FULL, gate_enter(*state, 7));
	assert_int_equal(GATE_OPEN, gate_enter(*state, 8));
}

static void address_whose_connections_passed_may_wait_again(void **state)
{
	for (unsigned i = 0; i < 10 * PER_ADDRESS; i++) { /* many agents behind one address */
		assert_int_equal(GATE_OPEN, gate_enter(*state, 7));
		gate_pass(*state, 7);
	}
}

static void all_connections_together_are_bounded(void **state)
{
	for (unsigned i = 0; i < CONNECTIONS; i++) {
		assert_int_equal(GATE_OPEN, gate_enter(*state, i));
		gate_pass(*state, i);
	}
	assert_int_equal(GATE_FULL, gate_enter(*state, 1000));
	gate_leave(*state, 1, true);
	assert_int_equal(GATE_OPEN, gate_enter(*state, 1000));
}

static void who_leaves_is_forgotten(void **state)
{
	uint32_t connections = 1;
	uint32_t waiting = 1;

	for (unsigned i = 0; i < 100000; i++) { /* more addresses than there is room for */
		assert_int_equal(GATE_OPEN, gate_enter(*state, i));
		gate_leave(*state, i, false);
	}
	gate_count(*state, &connections, &waiting);
	assert_int_equal(0, connections);
	assert_int_equal(0, waiting);
}

static void few_connections_still_let_some_wait(void **state)
{
	const struct gate_limits limits = { 8, 8 };
	struct gate *g = NULL;

	(void)state;
	assert_int_equal(0, gate_open(&g, &env_system, &limits));
	fill(g, 1, 8);
	assert_int_equal(GATE_FULL, gate_enter(g, 1000));
	gate_close(g);
}

struct address_case {
	const char *name;
	const char *a;
	const char *b;
	bool same;
};

static const struct address_case addresses[] = {
	{ "ports_of_one_address_are_one", "192.0.2.1:1000", "192.0.2.1:2000", true },
	{ "addresses_are_kept_apart", "192.0.2.1:1000", "192.0.2.2:1000", false },
	{ "hosts_of_one_ipv6_64_are_one", "[2001:db8::1]:1", "[2001:db8::2]:1", true },
	{ "ipv6_64s_are_kept_apart", "[2001:db8::1]:1", "[2001:db8:0:1::1]:1", false },
	{ "mapped_ipv4_is_ipv4", "192.0.2.1:1", "[::ffff:192.0.2.1]:1", true },
	{ "mapped_ipv4_addresses_are_kept_apart", "[::ffff:192.0.2.2]:1", "[::ffff:192.0.2.1]:1",
	  false },
};

static uint64_t from_of(const struct gate *g, const char *text)
{
	struct listener_address a;

	assert_int_equal(0, listener_parse(text, &a, NULL));
	return gate_from(g, (const struct sockaddr *)&a.at);
}

static void address_counts_as(void **state)
{
	const struct address_case *c = *state;
	void *g = NULL;

	assert_int_equal(0, setup(&g));
	assert_int_equal(c->same, from_of(g, c->a) == from_of(g, c->b));
	assert_int_equal(0, teardown(&g));
}

#define claim(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
#define N_ADDRESSES     (sizeof(addresses) / sizeof(addresses[0]))

int main(void)
{
	const struct CMUnitTest claims[] = {
		claim(strangers_hold_a_quarter_at_most),
		claim(those_who_passed_leave_room_for_others_to_wait),
		claim(one_address_holds_so_many_and_no_more),
		claim(address_whose_connections_passed_may_wait_again),
		claim(all_connections_together_are_bounded),
		claim(who_leaves_is_forgotten),
		cmocka_unit_test(few_connections_still_let_some_wait),
	};
	struct CMUnitTest rows[N_ADDRESSES];
	int failed;

	for (size_t i = 0; i < N_ADDRESSES; i++) {
		rows[i] = (struct CMUnitTest){ addresses[i].name, address_counts_as, NULL, NULL,
			                       (void *)(uintptr_t)&addresses[i] };
	}
	failed = cmocka_run_group_tests_name("gate", claims, NULL, NULL);
	failed += cmocka_run_group_tests_name("addresses", rows, NULL, NULL);
	return failed;
}
