/* A quantile of times that not all were seen to end: who gave up waiting would have waited longer.
 * Interval: bootstrap over days, from as many days on as the model wants; or, for few that do not
 * come in days, from the times alone. */
#include "collector/score/estimators/estimator.h"
#include "collector/stats/censored.h"

#include <math.h>

static void ask(const struct model_evidence *e, struct store_tally *q)
{
	q->value = e->value.at[0];
	q->sums[q->n_sums++] = e->good.at[0];
}

static void add(const struct model_evidence *e, const struct store_tally_row *row,
                struct stats_day *day)
{
	(void)e;
	day->n += (double)row->n;
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	double q = is->evidence->at;

	out->value = stats_km_quantile(t->cells, t->n_cells, q, NULL);
	if (isnan(out->value)) {
		out->why = WHY_NOT_REACHED;
	} else if (is->interval == MODEL_NO_INTERVAL) {
		out->interval = (struct interval){ out->value, out->value };
	} else if (is->interval == MODEL_ORDER_STATISTIC) {
		out->interval = stats_km_interval(t->cells, t->n_cells, q, rules->confidence);
	} else if (out->days >= (size_t)rules->min_days) {
		out->interval = stats_km_bootstrap(t->cells, t->n_cells, q, rules->confidence,
		                                   stats_random_of(seed));
	}
}

const struct estimator estimator_kaplan_meier = {
	.name = "kaplan_meier",
	.weighs = true,
	.wants = ESTIMATOR_FROM | ESTIMATOR_VALUE | ESTIMATOR_GOOD | ESTIMATOR_AT,
	.takes = ESTIMATOR_FROM | ESTIMATOR_OF | ESTIMATOR_RELATE | ESTIMATOR_VALUE |
	         ESTIMATOR_GOOD | ESTIMATOR_AT,
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_DAY_BLOCK_BOOTSTRAP |
	             1 << MODEL_ORDER_STATISTIC,
	.by_value = true,
	.one_value = true,
	.ask = ask,
	.add = add,
	.estimate = estimate,
};
