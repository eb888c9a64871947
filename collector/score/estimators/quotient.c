/* A sum over rows of one kind, divided by a sum over rows of another (or of the same): cost over
 * contacts, customers lost over customers at the start. Its n is the rows of the numerator.
 * Interval: none, or a bootstrap over days from as many days on as the model wants. */
#include "collector/score/evidence/gather.h"

#include <math.h>

#include "collector/score/evidence/tally.h"

/* One side of the fraction on one day. */
struct side {
	double sum;
	uint64_t rows;
};

static int on_row(void *arg, const struct store_tally_row *row)
{
	struct side *side = arg;

	side->sum += row->sums[0];
	side->rows += row->n;
	return 0;
}

static int ask_side(struct gather *g, size_t day, struct store_tally *q, struct side *out)
{
	int rc;

	*out = (struct side){ 0 };
	q->range.site = g->from->site;
	q->range.from_us = g->starts_us[day];
	q->range.to_us = g->starts_us[day + 1];
	q->n_sums = q->sums[0] != NULL ? 1 : 0;
	rc = g->from->store->ops->tally(g->from->store, q, on_row, out, g->fault);
	out->sum = q->n_sums == 0 ? (double)out->rows : out->sum;
	gather_seen(g, day, q->range.kind, out->rows);
	return rc;
}

static int gather(struct gather *g)
{
	const struct model_evidence *e = g->e;
	int rc = 0;

	for (size_t day = g->first; rc == 0 && day <= g->last; day++) {
		struct stats_day *to = &g->to->days[day];
		struct store_tally above = { .range = { .kind = e->from },
			                     .of = e->of,
			                     .sums = { e->value.at[0] } };
		struct store_tally below = { .range = { .kind = e->over },
			                     .of = e->over_of,
			                     .sums = { e->over_value } };
		struct side side;

		rc = ask_side(g, day, &above, &side);
		to->sum = side.sum / e->divisor;
		to->squares = (double)side.rows;
		rc = rc != 0 ? rc : ask_side(g, day, &below, &side);
		to->n = side.sum;
	}
	return rc;
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	struct stats_day total = stats_total(t->days, t->n_days);

	out->n = total.squares;
	if (!(total.squares > 0) || !(total.n > 0)) {
		return;
	}
	out->numerator = total.sum;
	out->denominator = total.n;
	out->value = total.sum / total.n;
	if (is->interval == MODEL_NO_INTERVAL) {
		out->interval = (struct interval){ out->value, out->value };
	} else if (out->days >= (size_t)rules->min_days) {
		out->interval = stats_day_bootstrap(t->days, t->n_days, rules->confidence,
		                                    stats_random_of(seed));
	}
}

const struct estimator estimator_quotient = {
	.name = "quotient",
	.wants = ESTIMATOR_FROM | ESTIMATOR_OVER,
	.takes = ESTIMATOR_FROM | ESTIMATOR_OF | ESTIMATOR_VALUE | ESTIMATOR_OVER,
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_DAY_BLOCK_BOOTSTRAP,
	.one_value = true,
	.gather = gather,
	.estimate = estimate,
};
