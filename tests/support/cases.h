/*
 * Tables of cases of one shape: each row its own cmocka test, named by the row, so it is reported
 * and can be run alone. Do not mix with a group setup: cmocka would put the group's state in the
 * row's place.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** A test that gets `row` as its state. */
static inline struct CMUnitTest case_test(const char *name, CMUnitTestFunction run, const void *row)
{
	/* cmocka hands the state out as writable; the tests only read it */
	return (struct CMUnitTest){ name, run, NULL, NULL, (void *)(uintptr_t)row };
}

/** Append every row of a table whose structs begin with their name. */
#define CASES_ADD(tests, n, table, run)                                                            \
	for (size_t case_i = 0; case_i < COUNT(table); case_i++) {                                 \
		(tests)[(n)++] = case_test((table)[case_i].name, (run), &(table)[case_i]);         \
	}
