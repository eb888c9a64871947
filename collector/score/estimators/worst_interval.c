/*
 * The service level that nine of ten contacts were better served than: the 10 % quantile, weighted
 * by contacts, over the intervals of each queue with at least five of them (docs/model.md,
 * worst_interval_service_level). T is 20 s for all, so that sites compare. Its n is intervals.
 * Interval: bootstrap over days.
 *
 * Slots: [0] offered, [1] answered within 20 s.
 */
#include "collector/score/evidence/gather.h"
#include "collector/score/evidence/targets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "proto/evidence.pb-c.h"

#define OFFERED_MIN 5
#define QUANTILE    0.1

static int gather(struct gather *g)
{
	const struct cxm_kind *contacts = gather_kind(g, &cxm__queue_contact__descriptor);
	struct gather_sums q = { .kind = contacts,
		                 .label = cxm_field_named(contacts, SLICE("queue")),
		                 .n_sums = 1,
		                 .at = 1,
		                 .count_at = 0 };
	int rc = gather_expr(g, contacts, EXPR_IS_NUMBER, &q.sums[0],
	                     "outcome == answered and wait_ms <= 20000");

	rc = rc != 0 || g->e->of != NULL
	             ? rc
	             : gather_expr(g, contacts, EXPR_IS_TRUTH, &q.of, "%s", OFFERED);
	q.of = g->e->of != NULL ? g->e->of : q.of;
	rc = rc != 0 ? rc : gather_slots(g, &q);
	for (size_t i = 0; rc == 0 && i < g->to->n_slots; i++) {
		const struct tally_slot *s = &g->to->slots[i];

		if (s->day >= g->first && s->day <= g->last && s->sums[0] >= OFFERED_MIN) {
			g->to->days[s->day].n += 1;
		}
	}
	return rc;
}

static int by_value(const void *a, const void *b)
{
	const struct stats_cell *x = a;
	const struct stats_cell *y = b;

	if (x->value != y->value) {
		return x->value < y->value ? -1 : 1;
	}
	return (x->day > y->day) - (x->day < y->day);
}

/* Days with data, so that a bootstrap draws from nothing else. */
struct drawing {
	uint32_t days[STATS_DAYS_MAX];
	size_t n_days;
	double total[STATS_DAYS_MAX]; /* contacts, by day */
};

/* The weighted quantile where day d counts weight[d] times; it stops when it is found. */
static double quantile(const struct stats_cell *cells, size_t n, const double *weight, double total)
{
	double below = 0;

	for (size_t i = 0; i < n; i++) {
		below += cells[i].n * weight[cells[i].day];
		if (below > 0 && below >= QUANTILE * total) {
			return cells[i].value;
		}
	}
	return NAN;
}

static struct interval bootstrap(const struct stats_cell *cells, size_t n, const struct drawing *d,
                                 double confidence, struct stats_random random)
{
	static _Thread_local double replicates[STATS_REPLICATES];

	for (size_t r = 0; r < STATS_REPLICATES; r++) {
		double weight[STATS_DAYS_MAX] = { 0 };
		double total = 0;

		for (size_t i = 0; i < d->n_days; i++) {
			uint32_t day = d->days[stats_random_below(&random, (uint32_t)d->n_days)];

			weight[day] += 1;
			total += d->total[day];
		}
		replicates[r] = quantile(cells, n, weight, total);
	}
	return stats_percentiles(replicates, STATS_REPLICATES, confidence);
}

static size_t fill(const struct tallies *t, struct stats_cell *cells, struct drawing *d)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n_slots; i++) {
		const struct tally_slot *s = &t->slots[i];

		if (s->sums[0] >= OFFERED_MIN) {
			cells[n++] = (struct stats_cell){ .value = s->sums[1] / s->sums[0],
				                          .n = s->sums[0],
				                          .day = s->day };
			if (d->total[s->day] == 0) {
				d->days[d->n_days++] = s->day;
			}
			d->total[s->day] += s->sums[0];
		}
	}
	qsort(cells, n, sizeof(*cells), by_value);
	return n;
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	struct stats_cell *cells = calloc(t->n_slots + 1, sizeof(*cells));
	struct drawing drawing = { 0 };
	double once[STATS_DAYS_MAX];
	double total = 0;
	size_t n = cells != NULL ? fill(t, cells, &drawing) : 0;

	for (size_t d = 0; d < STATS_DAYS_MAX; d++) {
		once[d] = 1;
		total += drawing.total[d];
	}
	out->n = (double)n;
	out->days = drawing.n_days;
	out->value = n > 0 ? quantile(cells, n, once, total) : NAN;
	if (is->interval == MODEL_NO_INTERVAL) {
		out->interval = (struct interval){ out->value, out->value };
	} else if (n > 0 && out->days >= (size_t)rules->min_days) {
		out->interval =
			bootstrap(cells, n, &drawing, rules->confidence, stats_random_of(seed));
	}
	free(cells);
}

const struct estimator estimator_worst_interval = {
	.name = "worst_interval",
	.takes = ESTIMATOR_OF,
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_DAY_BLOCK_BOOTSTRAP,
	.by_label = true,
	.reads = { { &cxm__queue_contact__descriptor, 0, 0, true } },
	.gather = gather,
	.estimate = estimate,
};
