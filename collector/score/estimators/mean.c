/*
 * Mean of a value over the rows that have it, or of a sum of terms over all rows; with `per` the
 * ratio of two sums, which may be above 1.
 *
 * Independent answers: Student's t.
 * Interval: bootstrap over days. On fewer days than the model wants that would promise too much, so
 * a normal interval with assumed over-dispersion takes its place; it needs the sum of squares,
 * which only a single value has.
 */
#include "collector/score/estimators/estimator.h"
#include "collector/stats/student.h"

#include <math.h>
#include <string.h>

static void ask(const struct model_evidence *e, struct store_tally *q)
{
	for (size_t i = 0; i < e->value.n; i++) {
		q->sums[q->n_sums++] = e->value.at[i];
	}
	for (size_t i = 0; i < e->per.n; i++) {
		q->sums[q->n_sums++] = e->per.at[i];
	}
	if (e->square != NULL) {
		q->sums[q->n_sums++] = e->square;
	}
}

static void add(const struct model_evidence *e, const struct store_tally_row *row,
                struct stats_day *day)
{
	double sum = 0;

	for (size_t i = 0; i < e->value.n; i++) {
		sum += row->sums[i];
	}
	day->sum += sum / e->divisor;
	if (e->per.n > 0) {
		for (size_t i = 0; i < e->per.n; i++) {
			day->n += row->sums[e->value.n + i];
		}
		day->squares += (double)row->n; /* rows: nothing else says how many there are */
		return;
	}
	day->n += (double)row->n;
	if (e->square != NULL) {
		day->squares += row->sums[e->value.n] / (e->divisor * e->divisor);
	}
}

/* Durations are never negative, so neither is the lower end of their mean. */
static bool is_duration(const char *unit)
{
	return strcmp(unit, "s") == 0 || strcmp(unit, "ms") == 0 || strcmp(unit, "days") == 0;
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	struct stats_day total = stats_total(t->days, t->n_days);

	out->numerator = total.sum;
	out->denominator = total.n;
	out->value = total.sum / total.n;
	out->n = is->evidence->per.n > 0 ? total.squares : total.n;
	if (is->interval == MODEL_NO_INTERVAL) {
		out->interval = (struct interval){ out->value, out->value };
	} else if (is->interval == MODEL_STUDENT && is->evidence->square != NULL) {
		out->interval = stats_student_interval(&total, rules->confidence);
	} else if (is->interval == MODEL_DAY_BLOCK_BOOTSTRAP &&
	           out->days >= (size_t)rules->min_days) {
		out->interval = stats_day_bootstrap(t->days, t->n_days, rules->confidence,
		                                    stats_random_of(seed));
	} else if (is->interval == MODEL_DAY_BLOCK_BOOTSTRAP && is->evidence->square != NULL) {
		out->phi = rules->few_days_phi;
		out->interval = stats_mean_interval(&total, out->phi, rules->z);
		if (is_duration(is->unit)) {
			out->interval.low = fmax(out->interval.low, 0); /* fmax(NAN, 0) is 0 */
			out->interval.low = isnan(out->interval.high) ? NAN : out->interval.low;
		}
	}
}

const struct estimator estimator_mean = {
	.name = "mean",
	.weighs = true,
	.wants = ESTIMATOR_FROM | ESTIMATOR_VALUE,
	.takes = ESTIMATOR_FROM | ESTIMATOR_OF | ESTIMATOR_VALUE | ESTIMATOR_PER,
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_DAY_BLOCK_BOOTSTRAP | 1 << MODEL_STUDENT,
	.ask = ask,
	.add = add,
	.estimate = estimate,
};
