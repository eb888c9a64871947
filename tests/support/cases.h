/*
 * Tests that are tables: every row is a CMUnitTest of its own, so each is reported by its name and
 * can be run alone. A row is any struct that begins with `const char *name`.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CASES_MAX 1024

struct cases {
	struct CMUnitTest tests[CASES_MAX];
	size_t n;
};

static inline void cases_one(struct cases *c, const char *name, CMUnitTestFunction run,
                             const void *row)
{
	struct CMUnitTest *test = &c->tests[c->n++];

	if (c->n > CASES_MAX) {
		abort();
	}
	*test = (struct CMUnitTest){ .name = name, .test_func = run };
	memcpy(&test->initial_state, &row, sizeof(row)); /* cmocka wants it without const */
}

/** Add a test that needs no table. */
#define cases_test(c, function) cases_one((c), #function, (function), NULL)

/** The same with what happens before and after it. */
#define cases_test_with(c, function, before, after)                                                \
	do {                                                                                       \
		cases_one((c), #function, (function), NULL);                                       \
		(c)->tests[(c)->n - 1].setup_func = (before);                                      \
		(c)->tests[(c)->n - 1].teardown_func = (after);                                    \
	} while (0)

/** Add a test a row; the function finds its row in *state. */
#define cases_table(c, table, function)                                                            \
	do {                                                                                       \
		for (size_t row_ = 0; row_ < sizeof(table) / sizeof((table)[0]); row_++) {         \
			cases_one((c), (table)[row_].name, (function), &(table)[row_]);            \
		}                                                                                  \
	} while (0)

static inline int cases_run(const char *group, const struct cases *c, CMFixtureFunction setup,
                            CMFixtureFunction teardown)
{
	return _cmocka_run_group_tests(group, c->tests, c->n, setup, teardown);
}
