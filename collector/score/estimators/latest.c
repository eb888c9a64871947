/*
 * The newest figure of each subject (a host, a store of recordings, a package), and what they come
 * to together: the worst, the best, or part of a whole.
 *
 * Items: a and b are the subject, x[0] the value, x[1] the whole it is part of, x[2] when.
 */
#include "collector/score/evidence/gather.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

static int on_row(struct gather *g, void *arg, const struct store_columns_row *row)
{
	size_t day = gather_day_of(g, row->time_us);
	struct tally_item item = { .day = (uint32_t)day,
		                   .x = { row->values[0], 0, (double)row->time_us } };

	(void)arg;
	if (day == SIZE_MAX || isnan(row->values[0])) {
		return 0;
	}
	for (size_t i = 0; i < g->e->per.n; i++) {
		if (isnan(row->values[1 + i])) {
			return 0; /* a part of nobody knows what */
		}
		item.x[1] += row->values[1 + i];
	}
	item.a = row->keys[0];
	item.b = row->keys[1];
	g->to->days[day].n += 1;
	return gather_add_item(g, &item);
}

static int gather(struct gather *g)
{
	const struct model_evidence *e = g->e;
	struct store_columns q = { .range = { .kind = e->from },
		                   .of = e->of,
		                   .values = { e->value.at[0] },
		                   .n_values = 1 };

	for (size_t i = 0; i < e->per.n; i++) {
		q.values[q.n_values++] = e->per.at[i];
	}
	for (size_t i = 0; i < e->n_subject; i++) {
		q.keys[q.n_keys++] = e->subject[i];
	}
	return gather_columns(g, &q, on_row, NULL);
}

/* By subject, the newest last; of two at one moment the order of their figures decides. */
static int by_subject(const void *a, const void *b)
{
	const struct tally_item *x = a;
	const struct tally_item *y = b;

	if (x->a != y->a) {
		return x->a < y->a ? -1 : 1;
	}
	if (x->b != y->b) {
		return x->b < y->b ? -1 : 1;
	}
	if (x->x[2] != y->x[2]) {
		return x->x[2] < y->x[2] ? -1 : 1;
	}
	return (x->x[0] > y->x[0]) - (x->x[0] < y->x[0]);
}

struct taken {
	double low;
	double high;
	double part;
	double whole;
	double subjects;
};

static struct taken take(const struct tally_item *items, size_t n)
{
	struct taken t = { INFINITY, -INFINITY, 0, 0, 0 };

	for (size_t i = 0; i < n; i++) {
		bool newest =
			i + 1 == n || items[i].a != items[i + 1].a || items[i].b != items[i + 1].b;

		if (newest) {
			t.low = fmin(t.low, items[i].x[0]);
			t.high = fmax(t.high, items[i].x[0]);
			t.part += items[i].x[0];
			t.whole += items[i].x[1];
			t.subjects += 1;
		}
	}
	return t;
}

static void state(const struct model_indicator *is, const struct model_rules *rules,
                  const struct taken *t, struct estimate *out)
{
	double divisor = is->evidence->divisor;

	out->n = t->subjects;
	if (is->evidence->take != MODEL_TAKE_SUM) {
		out->value = (is->evidence->take == MODEL_TAKE_MIN ? t->low : t->high) / divisor;
		out->interval = (struct interval){ out->value, out->value };
		return;
	}
	out->numerator = t->part;
	out->denominator = t->whole;
	out->value = t->part / t->whole / divisor;
	out->interval = (struct interval){ out->value, out->value };
	if (is->interval == MODEL_WILSON && t->part >= 0 && t->part <= t->whole && t->whole > 0) {
		out->n = t->whole;
		out->interval = stats_wilson(t->part, t->whole, rules->z);
	} else if (is->interval == MODEL_WILSON) {
		out->why = WHY_NOT_A_SHARE;
		out->value = NAN;
	}
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	struct tally_item *sorted = calloc(t->n_items + 1, sizeof(*sorted));
	struct taken taken;

	(void)seed;
	if (sorted == NULL || t->n_items == 0) {
		free(sorted);
		return;
	}
	for (size_t i = 0; i < t->n_items; i++) {
		sorted[i] = t->items[i];
	}
	qsort(sorted, t->n_items, sizeof(*sorted), by_subject);
	taken = take(sorted, t->n_items);
	free(sorted);
	state(is, rules, &taken, out);
}

const struct estimator estimator_latest = {
	.name = "latest",
	.wants = ESTIMATOR_FROM | ESTIMATOR_VALUE | ESTIMATOR_TAKE | ESTIMATOR_SUBJECT,
	.takes = ESTIMATOR_FROM | ESTIMATOR_OF | ESTIMATOR_VALUE | ESTIMATOR_PER | ESTIMATOR_TAKE |
	         ESTIMATOR_SUBJECT,
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_WILSON,
	.one_value = true,
	.any_days = true,
	.gather = gather,
	.estimate = estimate,
};
