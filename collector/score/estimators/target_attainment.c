/*
 * Share of contacts that came in intervals in which their queue met its own declared service level
 * (docs/model.md, service_target_attainment). Queues without a declared one are left out.
 *
 * Slots: [0] offered, [1] answered within the queue's own T, [2] room to count in, [3] the declared
 * share, 0 where there is none.
 */
#include "collector/score/evidence/gather.h"
#include "collector/score/evidence/targets.h"

#include <errno.h>
#include <math.h>

#include "proto/evidence.pb-c.h"

#define TIMES_MAX  16 /* different T of one site's targets */
#define SLOT_SHARE 3
#define EPSILON    1e-9

static bool in_run(const struct gather *g, const struct tally_slot *s)
{
	return s->day >= g->first && s->day <= g->last;
}

static const struct target *target_of(const struct gather *g, const struct targets *targets,
                                      const struct tally_slot *s)
{
	const struct target *t = targets_find(targets, stats_fnv1a(tally_label(g->to, s->label)),
	                                      stats_fnv1a("service_level"), g->starts_us[s->day]);

	return t != NULL && t->threshold_ms > 0 && t->value > 0 ? t : NULL;
}

/* Remember each slot's share, and the different T. */
static int find_times(struct gather *g, const struct targets *targets, double *times, size_t *n)
{
	for (size_t i = 0; i < g->to->n_slots; i++) {
		struct tally_slot *s = &g->to->slots[i];
		const struct target *t = in_run(g, s) ? target_of(g, targets, s) : NULL;
		size_t k = 0;

		if (t == NULL) {
			continue;
		}
		s->sums[SLOT_SHARE] = t->value;
		g->to->days[s->day].n += s->sums[0];
		while (k < *n && times[k] != t->threshold_ms) {
			k++;
		}
		if (k == TIMES_MAX) {
			return fault_set(g->fault, -EINVAL,
			                 "more than %d different answer times in the declared "
			                 "service levels",
			                 TIMES_MAX);
		}
		times[k] = t->threshold_ms;
		*n += k == *n;
	}
	return 0;
}

/* Count what was answered within one T, for the queues whose T it is. */
static int count_within(struct gather *g, const struct targets *targets, double time_ms)
{
	const struct cxm_kind *contacts = gather_kind(g, &cxm__queue_contact__descriptor);
	struct gather_sums q = { .kind = contacts,
		                 .label = cxm_field_named(contacts, SLICE("queue")),
		                 .count_at = 2 };
	int rc = gather_expr(g, contacts, EXPR_IS_TRUTH, &q.of,
	                     "outcome == answered and wait_ms <= %.0f", time_ms);

	for (size_t i = 0; i < g->to->n_slots; i++) {
		g->to->slots[i].sums[2] = 0;
	}
	rc = rc != 0 ? rc : gather_slots(g, &q);
	for (size_t i = 0; rc == 0 && i < g->to->n_slots; i++) {
		struct tally_slot *s = &g->to->slots[i];
		const struct target *t = in_run(g, s) ? target_of(g, targets, s) : NULL;

		if (t != NULL && t->threshold_ms == time_ms) {
			s->sums[1] = s->sums[2];
		}
		s->sums[2] = 0;
	}
	return rc;
}

static int gather(struct gather *g)
{
	const struct cxm_kind *contacts = gather_kind(g, &cxm__queue_contact__descriptor);
	struct gather_sums q = { .kind = contacts,
		                 .label = cxm_field_named(contacts, SLICE("queue")),
		                 .count_at = 0 };
	struct targets targets = { 0 };
	double times[TIMES_MAX];
	size_t n = 0;
	int rc = g->e->of != NULL ? 0
	                          : gather_expr(g, contacts, EXPR_IS_TRUTH, &q.of, "%s", OFFERED);

	q.of = g->e->of != NULL ? g->e->of : q.of;
	rc = rc != 0 ? rc : gather_slots(g, &q);
	rc = rc != 0 ? rc : targets_read(g, &targets);
	rc = rc != 0 ? rc : find_times(g, &targets, times, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = count_within(g, &targets, times[i]);
	}
	targets_free(&targets);
	return rc;
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	struct tallies met = { .n_days = t->n_days };
	struct stats_day total;

	(void)seed;
	for (size_t i = 0; i < t->n_slots; i++) {
		const struct tally_slot *s = &t->slots[i];

		if (s->sums[SLOT_SHARE] > 0 && s->sums[0] > 0) {
			met.days[s->day].n += s->sums[0];
			met.days[s->day].sum +=
				s->sums[1] >= (s->sums[SLOT_SHARE] - EPSILON) * s->sums[0]
					? s->sums[0]
					: 0;
		}
	}
	total = stats_total(met.days, met.n_days);
	out->n = total.n;
	out->days = stats_days_with_data(met.days, met.n_days);
	if (!(total.n > 0)) {
		return;
	}
	out->numerator = total.sum;
	out->denominator = total.n;
	out->value = total.sum / total.n;
	if (is->interval == MODEL_NO_INTERVAL) {
		out->interval = (struct interval){ out->value, out->value };
		return;
	}
	out->phi = estimator_phi(is, rules, &met);
	out->interval = estimator_share(rules, out);
}

const struct estimator estimator_target_attainment = {
	.name = "target_attainment",
	.takes = ESTIMATOR_OF,
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_QUASI_WILSON,
	.by_label = true,
	.reads = { { &cxm__queue_contact__descriptor, 0, 0, true },
	           { &cxm__target__descriptor, TARGETS_BEFORE_DAYS, 0, true } },
	.gather = gather,
	.estimate = estimate,
};
