/* Good of all: sum of `good` over sum of `per` (1 a row). Interval: Wilson, Wilson with measured
 * over-dispersion between days, or a bootstrap over days for what is no share of contacts. */
#include "collector/score/estimators/estimator.h"

#include <math.h>

static void ask(const struct model_evidence *e, struct store_tally *q)
{
	for (size_t i = 0; i < e->good.n; i++) {
		q->sums[q->n_sums++] = e->good.at[i];
	}
	for (size_t i = 0; i < e->per.n; i++) {
		q->sums[q->n_sums++] = e->per.at[i];
	}
	if (e->blank != NULL) {
		q->sums[q->n_sums++] = e->blank;
	}
}

static void add(const struct model_evidence *e, const struct store_tally_row *row,
                struct stats_day *day)
{
	for (size_t i = 0; i < e->good.n; i++) {
		day->sum += row->sums[i];
	}
	for (size_t i = 0; i < e->per.n; i++) {
		day->n += row->sums[e->good.n + i];
	}
	if (e->per.n == 0) {
		day->n += (double)row->n;
	}
	if (e->blank != NULL) { /* a share has no use for squares */
		day->squares += row->sums[e->good.n + e->per.n];
	}
}

/* A column that nobody filled is no figure of 0, nor of 1 where less is better and a blank counts
 * as what is unwanted. */
static bool nobody_says(const struct model_indicator *is, const struct stats_day *total)
{
	double from_blanks = is->lower_is_better ? total->squares : 0;

	return is->evidence->blank != NULL && total->sum <= from_blanks && total->n > 0 &&
	       2 * total->squares >= total->n;
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	struct stats_day total = stats_total(t->days, t->n_days);
	bool enough_days = out->days >= (size_t)rules->min_days;
	bool share = total.sum >= 0 && total.sum <= total.n;

	if (nobody_says(is, &total)) {
		out->why = WHY_NONE_FITS;
		return;
	}
	out->numerator = total.sum;
	out->denominator = total.n;
	out->value = total.sum / total.n;
	if (is->interval == MODEL_NO_INTERVAL) {
		out->interval = (struct interval){ out->value, out->value };
	} else if (is->interval == MODEL_DAY_BLOCK_BOOTSTRAP && enough_days) {
		out->interval = (share ? stats_day_share : stats_day_bootstrap)(
			t->days, t->n_days, rules->confidence, stats_random_of(seed));
	} else if (!share) {
		out->why = WHY_NOT_A_SHARE;
		out->value = is->interval == MODEL_DAY_BLOCK_BOOTSTRAP ? out->value : NAN;
	} else {
		out->phi = is->interval == MODEL_WILSON ? 1 : estimator_phi(is, rules, t);
		out->interval = estimator_share(rules, out);
	}
}

const struct estimator estimator_ratio = {
	.name = "ratio",
	.wants = ESTIMATOR_FROM | ESTIMATOR_GOOD,
	.takes = ESTIMATOR_FROM | ESTIMATOR_OF | ESTIMATOR_RELATE | ESTIMATOR_GOOD | ESTIMATOR_PER,
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_WILSON | 1 << MODEL_QUASI_WILSON |
	             1 << MODEL_DAY_BLOCK_BOOTSTRAP,
	.ask = ask,
	.add = add,
	.estimate = estimate,
};
