/*
 * Two sources beside one another: rows that are one observation, and rows that only one of them
 * tells. Private to the reconciliation.
 */
#pragma once

#include "collector/score/reconcile_rows.h"

struct reconcile_gap {
	Cxm__Source source;
	int64_t from_us;
	int64_t to_us;
};

struct reconcile_gaps {
	struct reconcile_gap *at; /* owned by whoever read them */
	size_t n;
};

/* A pair of sources of some rows. What is not said to begin with is found out. */
struct reconcile_held {
	struct reconcile_rows *rows;
	struct reconcile_pair *pair;
	const struct reconcile_gaps *gaps; /* NULL: nobody asks why something is missing */
	struct reconciliation *to;         /* NULL: differences are counted, not listed */
	int64_t first_us[2];               /* what each of them told first and last */
	int64_t last_us[2];
	bool any[2];
	struct fault *fault;
	int rc;
};

typedef int (*reconcile_pair_fn)(void *arg, struct reconcile_held *h);

/** Hold each pair of sources that tell some of the rows, those of the better rank first. @param
 * like  gaps, to and fault. @return 0, -ENOMEM, or what the callback returns. */
int reconcile_each_pair(struct reconcile_rows *rows, const struct reconcile_held *like,
                        reconcile_pair_fn each, void *arg);
