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
		for (uint32_t i = 0; i < 4 * OBSERVER_ADDRESSES; i++) {
			struct net_addr addr = net_addr_v4(0x0a000000 + i);
			uint64_t want = pseudonym_of(w.pseudonym, CXM_ADDRESS,
			                             slice_of(net_addr_text(addr, text)));

			assert_true(observer_address(&w.observer, addr) == want);
			assert_true(observer_address(&w.observer, addr) == want);
		}
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
		cmocka_unit_test(durations_stay_within_their_field),
	};

	return cmocka_run_group_tests_name("observer", tests, NULL, NULL);
}
