/*
 * Forecast error: sum |actual - forecast| / sum actual over queues and days (docs/model.md,
 * forecast_wape_daily). The forecast of an interval is the last version that was published 24 hours
 * or more before the day began; queue-days without one are left out. Its n is queue-days.
 *
 * Slots (one a day and queue): [0] actual, [1] forecast, [2] 1 where there is one.
 */
#include "collector/score/evidence/gather.h"
#include "collector/score/evidence/tally.h"
#include "collector/score/evidence/targets.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "proto/evidence.pb-c.h"

#define VERSIONS_MAX ((size_t)1024 * 1024) /* rows of Forecast in one run */
#define AHEAD_US     (INT64_C(24) * 3600 * 1000000)

struct version {
	int64_t at_us;
	int64_t published_us;
	uint64_t queue;
	double volume;
};

struct versions {
	struct version *list;
	size_t n;
	size_t cap;
};

/* keys: queue, published_us; value: volume */
static int on_row(struct gather *g, void *arg, const struct store_columns_row *row)
{
	struct versions *v = arg;
	size_t day = gather_day_of(g, row->time_us);
	struct version one = { row->time_us, (int64_t)row->keys[1], row->keys[0], row->values[0] };

	if (day == SIZE_MAX || isnan(one.volume) || one.volume < 0) {
		return 0;
	}
	gather_seen(g, day, gather_kind(g, &cxm__forecast__descriptor), 1);
	if (one.published_us > g->starts_us[day] - AHEAD_US) {
		return 0;
	}
	if (v->n == v->cap) {
		size_t cap = v->cap > 0 ? 2 * v->cap : 1024;
		struct version *list =
			v->n < VERSIONS_MAX ? realloc(v->list, cap * sizeof(*list)) : NULL;

		if (list == NULL) {
			return v->n < VERSIONS_MAX ? -ENOMEM : -E2BIG;
		}
		v->list = list;
		v->cap = cap;
	}
	v->list[v->n++] = one;
	return 0;
}

/* By queue and interval, the last version last; of two at once the larger. */
static int by_version(const void *a, const void *b)
{
	const struct version *x = a;
	const struct version *y = b;

	if (x->queue != y->queue) {
		return x->queue < y->queue ? -1 : 1;
	}
	if (x->at_us != y->at_us) {
		return x->at_us < y->at_us ? -1 : 1;
	}
	if (x->published_us != y->published_us) {
		return x->published_us < y->published_us ? -1 : 1;
	}
	return (x->volume > y->volume) - (x->volume < y->volume);
}

static int read_versions(struct gather *g, struct versions *v)
{
	const struct cxm_kind *kind = gather_kind(g, &cxm__forecast__descriptor);
	struct store_columns q = { .range = { .kind = kind }, .n_keys = 2, .n_values = 1 };
	int rc = gather_expr(g, kind, EXPR_IS_NUMBER, &q.values[0], "volume");

	q.keys[0] = cxm_field_named(kind, SLICE("queue"));
	q.keys[1] = cxm_field_named(kind, SLICE("published_us"));
	rc = rc != 0 ? rc : gather_columns(g, &q, on_row, v);
	if (rc == 0 && v->n > 1) {
		qsort(v->list, v->n, sizeof(*v->list), by_version);
	}
	return rc;
}

/* The forecast of one queue and day: the last version of each of its intervals. */
static bool forecast_of(const struct versions *v, uint64_t queue, int64_t from_us, int64_t to_us,
                        double *out)
{
	struct version want = { .queue = queue, .at_us = from_us, .published_us = INT64_MIN };
	size_t low = 0;
	size_t n = v->n;
	bool any = false;

	while (n > 0) {
		size_t half = n / 2;
		bool before = by_version(&v->list[low + half], &want) < 0;

		low += before ? half + 1 : 0;
		n = before ? n - half - 1 : half;
	}
	*out = 0;
	for (size_t i = low; i < v->n && v->list[i].queue == queue && v->list[i].at_us < to_us;
	     i++) {
		bool last = i + 1 == v->n || v->list[i + 1].queue != queue ||
		            v->list[i + 1].at_us != v->list[i].at_us;

		any = true;
		*out += last ? v->list[i].volume : 0;
	}
	return any;
}

/* A queue that was forecast and got no contact has no slot yet: its label is not known from its
 * hash, so the queues' names are read besides. */
static int on_queue(void *arg, const struct store_tally_row *row)
{
	struct gather *g = arg;
	int rc = 0;

	for (size_t d = g->first; rc == 0 && d <= g->last; d++) {
		rc = gather_add_slot(g, d, 0, row->group, 0, 0);
	}
	return rc;
}

static int name_queues(struct gather *g)
{
	const struct cxm_kind *kind = gather_kind(g, &cxm__forecast__descriptor);
	struct store_tally q = { .range = { kind, g->from->site, g->starts_us[g->first],
		                            g->starts_us[g->last + 1] },
		                 .group = cxm_field_named(kind, SLICE("queue")) };
	int rc = g->from->store->ops->tally(g->from->store, &q, on_queue, g, g->fault);

	return tally_explain(rc, g->e, g->fault);
}

static int gather(struct gather *g)
{
	const struct cxm_kind *contacts = gather_kind(g, &cxm__queue_contact__descriptor);
	struct gather_sums q = { .kind = contacts,
		                 .label = cxm_field_named(contacts, SLICE("queue")),
		                 .count_at = 0,
		                 .whole_day = true };
	struct versions v = { 0 };
	int rc = g->e->of != NULL ? 0
	                          : gather_expr(g, contacts, EXPR_IS_TRUTH, &q.of, "%s", OFFERED);

	q.of = g->e->of != NULL ? g->e->of : q.of;
	rc = rc != 0 ? rc : gather_slots(g, &q);
	rc = rc != 0 ? rc : name_queues(g);
	rc = rc != 0 ? rc : read_versions(g, &v);
	for (size_t i = 0; rc == 0 && i < g->to->n_slots; i++) {
		struct tally_slot *s = &g->to->slots[i];

		if (s->day >= g->first && s->day <= g->last &&
		    forecast_of(&v, stats_fnv1a(tally_label(g->to, s->label)), g->starts_us[s->day],
		                g->starts_us[s->day + 1], &s->sums[1])) {
			s->sums[2] = 1;
			g->to->days[s->day].n += s->sums[0];
		}
	}
	free(v.list);
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

		if (s->sums[2] > 0) {
			days[s->day].n += s->sums[0];
			days[s->day].sum += fabs(s->sums[0] - s->sums[1]);
			out->n += 1;
		}
	}
	total = stats_total(days, t->n_days);
	out->days = stats_days_with_data(days, t->n_days);
	if (!(total.n > 0)) {
		return;
	}
	out->numerator = total.sum;
	out->denominator = total.n;
	out->value = total.sum / total.n;
	if (is->interval == MODEL_NO_INTERVAL) {
		out->interval = (struct interval){ out->value, out->value };
	} else if (out->days >= (size_t)rules->min_days) {
		out->interval = stats_day_bootstrap(days, t->n_days, rules->confidence,
		                                    stats_random_of(seed));
	}
}

const struct estimator estimator_wape = {
	.name = "wape",
	.takes = ESTIMATOR_OF,
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_DAY_BLOCK_BOOTSTRAP,
	.by_label = true,
	.reads = { { &cxm__queue_contact__descriptor, 0, 0, true },
	           { &cxm__forecast__descriptor, 0, 0, true } },
	.gather = gather,
	.estimate = estimate,
};
