/* A quantile of single values, with its distribution-free interval from order statistics. */
#include "collector/score/estimators/estimator.h"

#include <math.h>

static void ask(const struct model_evidence *e, struct store_tally *q)
{
	q->value = e->value.at[0];
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
	struct stats_ranks ranks;

	(void)seed;
	out->value = stats_quantile(t->cells, t->n_cells, q);
	if (is->interval == MODEL_NO_INTERVAL) {
		out->interval = (struct interval){ out->value, out->value };
		return;
	}
	ranks = stats_order_ranks((size_t)out->n, q, rules->confidence);
	out->interval.low = stats_value_of_rank(t->cells, t->n_cells, ranks.low);
	out->interval.high = stats_value_of_rank(t->cells, t->n_cells, ranks.high);
}

const struct estimator estimator_quantile = {
	.name = "quantile",
	.weighs = true,
	.wants = ESTIMATOR_FROM | ESTIMATOR_VALUE | ESTIMATOR_AT,
	.takes = ESTIMATOR_FROM | ESTIMATOR_OF | ESTIMATOR_RELATE | ESTIMATOR_VALUE | ESTIMATOR_AT,
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_ORDER_STATISTIC,
	.by_value = true,
	.one_value = true,
	.ask = ask,
	.add = add,
	.estimate = estimate,
};
