/*
 * Sums by label and day of rows that are no indicator's: what the change log and the figure at the
 * declared T count. Kept like the days of an indicator. Private to the scoring engine.
 */
#pragma once

#include "collector/score/evidence/tallies.h"

#define LABELLED_SUMS_MAX MODEL_TERMS_MAX

struct labelled {
	const struct cxm_kind *kind;
	const struct expr *of; /* NULL: all */
	const struct cxm_field *label;
	const struct expr *sums[LABELLED_SUMS_MAX];
	size_t n_sums;
	uint64_t hash; /* of all the above: the same sums from the same rows */
};

/** One slot a day and label: its sums, then its number of rows. @return as tally_fetch; the caller
 * frees `out`, also on failure. */
int labelled_fetch(struct tallies *out, const struct labelled *l, const struct model_rules *rules,
                   const struct tally_source *from, struct fault *fault);
