/*
 * A growing array of plain structs with a limit, for estimators that must hold the rows of several
 * days at once while they gather. Owned by the caller, who frees `at`.
 */
#pragma once

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/score/evidence/gather.h"

struct rows {
	void *at;
	size_t n;
	size_t cap;
	size_t size; /* of one, in bytes */
};

/** @return 0, -ENOMEM, or -E2BIG past TALLY_ITEMS_MAX. */
static inline int rows_add(struct rows *r, const void *one)
{
	if (r->n == r->cap) {
		size_t cap = r->cap > 0 ? 2 * r->cap : 1024;
		void *grown = r->n < TALLY_ITEMS_MAX ? realloc(r->at, cap * r->size) : NULL;

		if (grown == NULL) {
			return r->n < TALLY_ITEMS_MAX ? -ENOMEM : -E2BIG;
		}
		r->at = grown;
		r->cap = cap;
	}
	memcpy((char *)r->at + r->n++ * r->size, one, r->size);
	return 0;
}

static inline void rows_sort(struct rows *r, int (*order)(const void *, const void *))
{
	if (r->n > 1) {
		qsort(r->at, r->n, r->size, order);
	}
}

/* Of two keys, for the comparison that rows_sort takes. */
static inline int rows_order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}
