/* Pseudonyms of addresses are remembered, and never mixed up. */
#include "agent/track/observer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/support/witness.h"

static void every_address_has_its_own_pseudonym_however_many_there_are(void **state)
{
	struct witness w;
	char text[NET_ADDR_TEXT_MAX];

	(void)state;
	witness_open(&w);
	for (unsigned round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < 8 * OBSERVER_SETS; i++) {
			struct net_addr addr = net_addr_v4(0x0a000000 + i);
			uint64_t want = pseudonym_of(w.pseudonym, CXM_ADDRESS,
			                             slice_of(net_addr_text(addr, text)));

			assert_true(observer_address(&w.observer, addr) == want);
			assert_true(observer_address(&w.observer, addr) == want);
		}
	}
	witness_close(&w);
}

static bool is_kept(const struct observer *o, struct net_addr addr)
{
	for (size_t i = 0; i < OBSERVER_SETS * (size_t)2; i++) {
		const struct observer_address *a = &o->addresses[i / 2][i % 2];

		if (a->pseudonym != 0 && net_addr_eq(a->addr, addr)) {
			return true;
		}
	}
	return false;
}

static void two_that_take_turns_never_push_each_other_out(void **state)
{
	struct net_addr pbx = net_addr_v4(0x0a000000);
	struct witness w;

	(void)state;
	witness_open(&w);
	for (uint32_t i = 1; i < 8 * OBSERVER_SETS; i++) { /* some of them in the set of the PBX */
		struct net_addr trunk = net_addr_v4(0x0a000000 + i);

		(void)observer_address(&w.observer, pbx);
		(void)observer_address(&w.observer, trunk);
		assert_true(is_kept(&w.observer, pbx));
		assert_true(is_kept(&w.observer, trunk));
	}
	witness_close(&w);
}

static void durations_stay_within_their_field(void **state)
{
	(void)state;
	assert_int_equal(observer_ms(0, 1999999), 1);
	assert_int_equal(observer_ms(5000000, 0), 0);
	assert_int_equal(observer_ms(0, INT64_MAX), UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_address_has_its_own_pseudonym_however_many_there_are),
		cmocka_unit_test(two_that_take_turns_never_push_each_other_out),
		cmocka_unit_test(durations_stay_within_their_field),
	};

	return cmocka_run_group_tests_name("observer", tests, NULL, NULL);
}
