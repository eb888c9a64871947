/*
 * Share of staffed time in intervals above 85 % occupancy (docs/model.md, occupancy_over_85_share).
 * Occupancy = (talk + hold + wrap-up) / (the same + available); pause is neither. Busy time comes
 * from the contacts, from the answer on; who is logged in and not paused is either busy or
 * available. Its n is intervals with staff. Interval: bootstrap over days.
 *
 * Slots: [0] busy, [1] ready [ms].
 */
#include "collector/score/evidence/gather.h"
#include "collector/score/evidence/spans.h"

#include <math.h>

#include "proto/evidence.pb-c.h"

#define FULL 0.85

/* values: wait, talk, hold, wrap */
static int on_contact(struct gather *g, void *arg, const struct store_columns_row *row)
{
	int64_t from_us =
		row->time_us + (isnan(row->values[0]) ? 0 : (int64_t)row->values[0] * 1000);
	double busy_ms = 0;
	size_t day = gather_day_of(g, row->time_us);

	(void)arg;
	for (size_t i = 1; i < 4; i++) {
		busy_ms += isnan(row->values[i]) ? 0 : row->values[i];
	}
	if (day != SIZE_MAX) {
		gather_seen(g, day, gather_kind(g, &cxm__queue_contact__descriptor), 1);
	}
	return gather_add_stretch(g, from_us, from_us + (int64_t)busy_ms * 1000, SLICE(""), 0);
}

static int read_busy(struct gather *g)
{
	static const char *const names[] = { "wait_ms", "talk_ms", "hold_ms", "wrap_ms" };
	const struct cxm_kind *kind = gather_kind(g, &cxm__queue_contact__descriptor);
	struct store_columns q = { .range = { .kind = kind } };
	int rc = gather_expr(g, kind, EXPR_IS_TRUTH, &q.of,
	                     "outcome == answered and known(talk_ms)");

	for (size_t i = 0; rc == 0 && i < 4; i++) {
		rc = gather_expr(g, kind, EXPR_IS_NUMBER, &q.values[q.n_values++], "%s", names[i]);
	}
	return rc != 0 ? rc : gather_columns(g, &q, on_contact, NULL);
}

/* Logged in adds, paused takes away, each slot by itself; a pause outside a login was cut off. */
static int add_ready(struct gather *g, const struct spans *s)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s->n; i++) {
		const struct span *in = &s->list[i];
		int64_t from_us = in->from_us;

		if (in->paused) {
			continue;
		}
		for (size_t p = spans_of(s, in->agent, true);
		     rc == 0 && p < s->n && s->list[p].agent == in->agent &&
		     s->list[p].from_us < in->to_us;
		     p++) {
			if (s->list[p].to_us > from_us) {
				rc = gather_add_stretch(g, from_us, s->list[p].from_us, SLICE(""),
				                        1);
				from_us = s->list[p].to_us;
			}
		}
		rc = rc != 0 ? rc : gather_add_stretch(g, from_us, in->to_us, SLICE(""), 1);
	}
	return rc;
}

static int gather(struct gather *g)
{
	struct spans spans = { 0 };
	int rc = read_busy(g);

	rc = rc != 0 ? rc : spans_read(g, &spans);
	rc = rc != 0 ? rc : add_ready(g, &spans);
	spans_free(&spans);
	for (size_t i = 0; rc == 0 && i < g->to->n_slots; i++) {
		const struct tally_slot *s = &g->to->slots[i];

		g->to->days[s->day].n += s->day >= g->first && s->day <= g->last && s->sums[1] > 0;
	}
	return rc;
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	struct stats_day days[STATS_DAYS_MAX] = { 0 };
	struct stats_day total;

	out->n = 0;
	for (size_t i = 0; i < t->n_slots; i++) {
		const struct tally_slot *s = &t->slots[i];
		/* without anybody logged in nobody knows the staff: not an interval with staff */
		double staffed = s->sums[1] > 0 ? fmax(s->sums[1], s->sums[0]) : 0;

		if (staffed > 0) {
			out->n += 1;
			days[s->day].n += staffed;
			days[s->day].sum += s->sums[0] > FULL * staffed ? staffed : 0;
		}
	}
	total = stats_total(days, t->n_days);
	if (!(total.n > 0)) {
		return;
	}
	out->numerator = total.sum;
	out->denominator = total.n;
	out->value = total.sum / total.n;
	if (is->interval == MODEL_NO_INTERVAL) {
		out->interval = (struct interval){ out->value, out->value };
	} else if (out->days >= (size_t)rules->min_days) {
		out->interval =
			stats_day_share(days, t->n_days, rules->confidence, stats_random_of(seed));
	}
}

const struct estimator estimator_occupancy = {
	.name = "occupancy",
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_DAY_BLOCK_BOOTSTRAP,
	.reads = { { &cxm__agent_span__descriptor, SPANS_BEFORE_DAYS, 0, true },
	           { &cxm__queue_contact__descriptor, 1, 0, true } },
	.gather = gather,
	.estimate = estimate,
};
