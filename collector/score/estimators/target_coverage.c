/*
 * Share of queues that have a declared target on the day, weighted by the contacts they were
 * offered (docs/model.md, service_target_declared). A target counts with its value and its owner.
 *
 * Slots (one a day and queue): [0] offered, [1] 1 where a target holds.
 */
#include "collector/score/evidence/gather.h"
#include "collector/score/evidence/targets.h"

#include <math.h>

#include "proto/evidence.pb-c.h"

static void mark(struct gather *g, const struct targets *targets)
{
	for (size_t i = 0; i < g->to->n_slots; i++) {
		struct tally_slot *s = &g->to->slots[i];
		const struct target *t;

		if (s->day < g->first || s->day > g->last) {
			continue;
		}
		t = targets_find(targets, stats_fnv1a(tally_label(g->to, s->label)), 0,
		                 g->starts_us[s->day]);
		s->sums[1] = t != NULL && t->has_owner && !isnan(t->value) ? 1 : 0;
		g->to->days[s->day].n += s->sums[0];
	}
}

static int gather(struct gather *g)
{
	const struct cxm_kind *contacts = gather_kind(g, &cxm__queue_contact__descriptor);
	struct gather_sums q = { .kind = contacts,
		                 .label = cxm_field_named(contacts, SLICE("queue")),
		                 .count_at = 0,
		                 .whole_day = true };
	struct targets targets = { 0 };
	int rc = g->e->of != NULL ? 0
	                          : gather_expr(g, contacts, EXPR_IS_TRUTH, &q.of, "%s", OFFERED);

	q.of = g->e->of != NULL ? g->e->of : q.of;
	rc = rc != 0 ? rc : gather_slots(g, &q);
	rc = rc != 0 ? rc : targets_read(g, &targets);
	if (rc == 0) {
		mark(g, &targets);
	}
	targets_free(&targets);
	return rc;
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	struct stats_day days[STATS_DAYS_MAX] = { 0 };
	struct stats_day total;
	size_t i = 0;

	while (i < t->n_slots) {
		uint32_t day = t->slots[i].day;
		double queues = 0;
		double with = 0;
		double offered = 0;

		for (; i < t->n_slots && t->slots[i].day == day; i++) {
			queues += 1;
			with += t->slots[i].sums[1];
			offered += t->slots[i].sums[0];
		}
		days[day] = (struct stats_day){ offered, offered * with / queues, 0 };
	}
	total = stats_total(days, t->n_days);
	out->n = total.n;
	if (!(total.n > 0)) {
		return;
	}
	out->value = total.sum / total.n;
	out->numerator = total.sum;
	out->denominator = total.n;
	if (is->interval == MODEL_NO_INTERVAL) {
		out->interval = (struct interval){ out->value, out->value };
	} else if (out->days >= (size_t)rules->min_days) {
		out->interval = stats_day_bootstrap(days, t->n_days, rules->confidence,
		                                    stats_random_of(seed));
	}
}

const struct estimator estimator_target_coverage = {
	.name = "target_coverage",
	.takes = ESTIMATOR_OF,
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_DAY_BLOCK_BOOTSTRAP,
	.reads = { { &cxm__queue_contact__descriptor, 0, 0, true },
	           { &cxm__target__descriptor, TARGETS_BEFORE_DAYS, 0, true } },
	.gather = gather,
	.estimate = estimate,
};
