/* November 2026, which begins on a Sunday, as estimators' tests use it: 28 days, times by day and
 * second. */
#pragma once

#include <inttypes.h>

#include "tests/support/estimated.h"

#define MONTH_FROM   "2026-11-01"
#define MONTH_TO     "2026-11-28"
#define MONTH_DAYS   28
#define MONTH_SECOND INT64_C(1000000)

/** A second of a day; day 0 is the first, days before it are negative. */
static inline int64_t month_us(int day, int64_t second)
{
	return score_world_day_us(MONTH_FROM) + (day * INT64_C(86400) + second) * MONTH_SECOND;
}

/** What an estimator says of the whole month. */
static inline struct estimate month_estimate(struct score_world *w, const struct estimator *e,
                                             enum model_interval interval)
{
	struct estimated how = { e, interval, 1, MONTH_FROM, MONTH_TO };

	return estimated(w, &how);
}

/** As cases_test, in a store of its own. */
#define month_test(c, function)                                                                    \
	cases_test_with((c), function, score_world_set_up, score_world_tear_down)
