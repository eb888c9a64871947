/*
 * How long before a shift its final schedule was known: the 10 % quantile over agents' days of
 * (beginning of the day's work - last publication that changed it before that), in days
 * (docs/model.md, schedule_lead_time). A version published after the day began counts as published
 * at its beginning, so late edits show as no lead at all.
 */
#include "collector/score/evidence/gather.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "proto/evidence.pb-c.h"

#define QUANTILE  0.1
#define DAY_US    86400e6
#define PLANS_MAX ((size_t)1024 * 1024)

/* One agent's day. */
struct plan {
	uint64_t agent;
	size_t day;
	int64_t from_us;
	int64_t published_us;
};

struct plans {
	struct plan *list;
	size_t n;
	size_t cap;
};

/* keys: agent, published_us */
static int on_row(struct gather *g, void *arg, const struct store_columns_row *row)
{
	struct plans *p = arg;
	size_t day = gather_day_of(g, row->time_us);

	if (day == SIZE_MAX) {
		return 0;
	}
	gather_seen(g, day, g->e->from, 1);
	if (p->n == p->cap) {
		size_t cap = p->cap > 0 ? 2 * p->cap : 1024;
		struct plan *list = p->n < PLANS_MAX ? realloc(p->list, cap * sizeof(*list)) : NULL;

		if (list == NULL) {
			return p->n < PLANS_MAX ? -ENOMEM : -E2BIG;
		}
		p->list = list;
		p->cap = cap;
	}
	p->list[p->n++] = (struct plan){ row->keys[0], day, row->time_us, (int64_t)row->keys[1] };
	return 0;
}

static int by_agent(const void *a, const void *b)
{
	const struct plan *x = a;
	const struct plan *y = b;

	if (x->agent != y->agent) {
		return x->agent < y->agent ? -1 : 1;
	}
	if (x->day != y->day) {
		return x->day < y->day ? -1 : 1;
	}
	return (x->from_us > y->from_us) - (x->from_us < y->from_us);
}

static int add_plans(struct gather *g, const struct plans *p)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < p->n;) {
		const struct plan *first = &p->list[i];
		int64_t published_us = INT64_MIN;
		struct stats_cell cell = { .n = 1, .events = 1, .day = (uint32_t)first->day };

		for (; i < p->n && p->list[i].agent == first->agent && p->list[i].day == first->day;
		     i++) {
			published_us = p->list[i].published_us > published_us
			                       ? p->list[i].published_us
			                       : published_us;
		}
		published_us = published_us < first->from_us ? published_us : first->from_us;
		cell.value = (double)(first->from_us - published_us) / DAY_US;
		g->to->days[first->day].n += 1;
		rc = gather_add_cell(g, &cell);
	}
	return rc;
}

static int gather(struct gather *g)
{
	const struct cxm_kind *kind = gather_kind(g, &cxm__shift__descriptor);
	struct store_columns q = { .range = { .kind = kind }, .of = g->e->of, .n_keys = 2 };
	struct plans plans = { 0 };
	int rc;

	q.keys[0] = cxm_field_named(kind, SLICE("agent"));
	q.keys[1] = cxm_field_named(kind, SLICE("published_us"));
	rc = gather_columns(g, &q, on_row, &plans);
	if (rc == 0 && plans.n > 1) {
		qsort(plans.list, plans.n, sizeof(*plans.list), by_agent);
	}
	rc = rc != 0 ? rc : add_plans(g, &plans);
	free(plans.list);
	return rc;
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	struct stats_ranks ranks;

	(void)seed;
	out->value = stats_quantile(t->cells, t->n_cells, QUANTILE);
	if (is->interval == MODEL_NO_INTERVAL) {
		out->interval = (struct interval){ out->value, out->value };
		return;
	}
	ranks = stats_order_ranks((size_t)out->n, QUANTILE, rules->confidence);
	out->interval.low = stats_value_of_rank(t->cells, t->n_cells, ranks.low);
	out->interval.high = stats_value_of_rank(t->cells, t->n_cells, ranks.high);
}

const struct estimator estimator_lead_time = {
	.name = "lead_time",
	.takes = ESTIMATOR_OF,
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_ORDER_STATISTIC,
	.reads = { { &cxm__shift__descriptor, 0, 0, true } },
	.gather = gather,
	.estimate = estimate,
};
