/*
 * Tests that are tables: every row is a CMUnitTest of its own, so each is reported by its name and
 * can be run alone. A row is any struct that begins with `const char *name`. Do not mix rows with a
 * group setup: cmocka would put the group's state in the row's place.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/unconst.h"

#define CASES_MAX    1024
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct cases {
	struct CMUnitTest tests[CASES_MAX];
	size_t n;
};

/** A test that gets `row` as its state. */
static inline struct CMUnitTest case_test(const char *name, CMUnitTestFunction run, const void *row)
{
	/* cmocka hands the state out as writable; the tests only read it */
	return (struct CMUnitTest){ name, run, NULL, NULL, unconst(row) };
}

/** Append every row of a table whose structs begin with their name. */
#define CASES_ADD(tests, n, table, run)                                                            \
	for (size_t case_i = 0; case_i < COUNT(table); case_i++) {                                 \
		(tests)[(n)++] = case_test((table)[case_i].name, (run), &(table)[case_i]);         \
	}

static inline void cases_one(struct cases *c, const char *name, CMUnitTestFunction run,
                             const void *row)
{
	if (c->n >= CASES_MAX) {
		abort();
	}
	c->tests[c->n++] = case_test(name, run, row);
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
		for (size_t row_ = 0; row_ < COUNT(table); row_++) {                               \
			cases_one((c), (table)[row_].name, (function), &(table)[row_]);            \
		}                                                                                  \
	} while (0)

static inline int cases_run(const char *group, const struct cases *c, CMFixtureFunction setup,
                            CMFixtureFunction teardown)
{
	return _cmocka_run_group_tests(group, c->tests, c->n, setup, teardown);
}
