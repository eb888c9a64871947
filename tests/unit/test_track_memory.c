/* Every allocation of the trackers fails once: they are refused as a whole, and nothing leaks (run
 * with SAN=address). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "agent/track/calls.h"
#include "tests/support/failing_alloc.h"
#include "tests/support/witness.h"

static struct calls *open_failing(struct witness *w, unsigned nth)
{
	struct calls_options options = { .observer = &w->observer,
		                         .max_streams = 16,
		                         .max_dialogs = 16 };
	struct calls *c;

	failing_in = nth;
	c = calls_new(&options);
	failing_in = 0;
	return c;
}

static void without_memory_there_are_no_trackers_and_no_leaks(void **state)
{
	struct witness w;
	struct calls *c;
	unsigned nth = 1;

	(void)state;
	witness_open(&w);
	while ((c = open_failing(&w, nth)) == NULL) {
		nth++;
	}
	assert_true(nth > 10); /* tables, streams, dialogs, endpoints, reassembly, ... */
	calls_free(c);
	witness_close(&w);
}

static void a_capacity_beyond_any_table_is_refused(void **state)
{
	struct calls_options options = { .max_streams = 0, .max_dialogs = 16 };
	struct witness w;

	(void)state;
	witness_open(&w);
	options.observer = &w.observer;
	assert_null(calls_new(&options));
	options.max_streams = 16;
	options.max_dialogs = UINT32_MAX;
	assert_null(calls_new(&options));
	witness_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_memory_there_are_no_trackers_and_no_leaks),
		cmocka_unit_test(a_capacity_beyond_any_table_is_refused),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
