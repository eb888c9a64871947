/* How many: rows that are good among those that count (`count`), or different values among them
 * (`count_distinct`), divided by a number that the model gives. Exact, so without an interval. */
#include "collector/score/estimators/estimator.h"

static void ask(const struct model_evidence *e, struct store_tally *q)
{
	for (size_t i = 0; i < e->good.n; i++) {
		q->sums[q->n_sums++] = e->good.at[i];
	}
}

static void add(const struct model_evidence *e, const struct store_tally_row *row,
                struct stats_day *day)
{
	day->n += (double)row->n;
	for (size_t i = 0; i < e->good.n; i++) {
		day->sum += row->sums[i];
	}
	if (e->good.n == 0) {
		day->sum += (double)row->n;
	}
}

static void state(const struct model_indicator *is, double count, struct estimate *out)
{
	out->numerator = count;
	out->denominator = is->evidence->divisor;
	out->value = count / is->evidence->divisor;
	out->interval = (struct interval){ out->value, out->value };
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	(void)rules;
	(void)seed;
	state(is, stats_total(t->days, t->n_days).sum, out);
}

const struct estimator estimator_count = {
	.name = "count",
	.weighs = true,
	.total = true,
	.wants = ESTIMATOR_FROM,
	.takes = ESTIMATOR_FROM | ESTIMATOR_OF | ESTIMATOR_GOOD,
	.intervals = 1 << MODEL_NO_INTERVAL,
	.any_days = true,
	.ask = ask,
	.add = add,
	.estimate = estimate,
};

static void ask_distinct(const struct model_evidence *e, struct store_tally *q)
{
	q->value = e->value.at[0];
	if (e->good.n > 0) {
		q->sums[q->n_sums++] = e->good.at[0];
	}
}

static void add_distinct(const struct model_evidence *e, const struct store_tally_row *row,
                         struct stats_day *day)
{
	(void)e;
	day->n += (double)row->n;
}

static void estimate_distinct(const struct model_indicator *is, const struct model_rules *rules,
                              const struct tallies *t, const char *seed, struct estimate *out)
{
	double count = 0;

	(void)rules;
	(void)seed;
	for (size_t i = 0; i < t->n_cells;) {
		double value = t->cells[i].value;
		bool good = false;

		for (; i < t->n_cells && t->cells[i].value == value; i++) {
			good |= is->evidence->good.n == 0 || t->cells[i].events > 0;
		}
		count += good;
	}
	state(is, count, out);
}

const struct estimator estimator_count_distinct = {
	.name = "count_distinct",
	.wants = ESTIMATOR_FROM | ESTIMATOR_VALUE,
	.takes = ESTIMATOR_FROM | ESTIMATOR_OF | ESTIMATOR_GOOD | ESTIMATOR_VALUE,
	.intervals = 1 << MODEL_NO_INTERVAL,
	.by_value = true,
	.one_value = true,
	.any_days = true,
	.ask = ask_distinct,
	.add = add_distinct,
	.estimate = estimate_distinct,
};
