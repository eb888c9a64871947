/*
 * What every store must do: one suite, written against struct store_ops and the test-only records
 * of test_records.proto.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "cxmeter/store.h"

/* A kind of store and where to try it. */
struct store_kind {
	const struct store_ops *ops;
	const char *where; /* as ops->open wants it; NULL: a file in a folder of the test's own */
	bool read_only;    /* it can be opened for reading beside the writer */
};

/** Run the suite with cmocka. @return the number of tests that failed. */
int store_conformance(const struct store_kind *kind);
