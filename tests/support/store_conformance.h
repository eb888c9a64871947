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
	/* A place in which there is no store yet, as ops->open wants it. 0, or anything else. */
	int (*make_place)(char *where, size_t size);
	void (*remove_place)(const char *where);
	bool read_only; /* it can be opened for reading beside the writer */
};

/** Run the suite with cmocka. @return the number of tests that failed. */
int store_conformance(const struct store_kind *kind);
