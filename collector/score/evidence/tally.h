/*
 * Rows to day sums: asks a store what the evidence of one indicator adds up to, day by day of the
 * site's own calendar, in that order. Private to the scoring engine.
 */
#pragma once

#include "collector/score/evidence/gather.h"

/** The instant at which each day of the window begins, and the one after the last. */
struct tally_days {
	int64_t starts_us[STATS_DAYS_MAX + 1];
	size_t n_days;
};
void tally_days_of(const struct score_window *window, struct tally_days *out);

/** The window with the days before it that an evidence block looks back on. */
struct score_window tally_reach(const struct model_evidence *e, const struct score_window *window);

/** Tallies of all days of an indicator by its (first) evidence block, lookback included. @return 0,
 * -ENOMEM, -E2BIG past a limit of gather.h, or what the store returns; explained. The caller frees
 * `out`, also on failure. */
int tally_fetch(struct tallies *out, const struct model_indicator *is,
                const struct model_rules *rules, const struct tally_source *from,
                struct fault *fault);

/** Tallies of the whole window, one for each value of the field `by`, as if it were one day. */
typedef int (*tally_group_fn)(void *arg, struct slice label, const struct tallies *t);
int tally_groups(const struct model_evidence *e, const struct tally_source *from,
                 tally_group_fn each, void *arg, struct fault *fault);

/** Does the window hold any row of a kind? */
int tally_any(const struct cxm_kind *kind, const struct tally_source *from, bool *any,
              struct fault *fault);
