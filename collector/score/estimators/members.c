/*
 * Of those that come to so much in one kind (agents with 50 answered contacts), the share that
 * comes to so much in another (4 evaluations). The unit is the member, not the row.
 *
 * Items: tag 0 is the population and 1 those `with`; a is the member, x[0] the sum (or rows), x[1]
 * what it is divided by.
 */
#include "collector/score/evidence/gather.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "collector/score/evidence/tally.h"

struct asking {
	struct gather *g;
	const struct model_members *m;
	size_t day;
	uint32_t tag;
};

static int on_row(void *arg, const struct store_tally_row *row)
{
	const struct asking *a = arg;
	char label[CXM_LABEL_MAX_BYTES + 1];
	struct tally_item item = { .day = (uint32_t)a->day,
		                   .tag = a->tag,
		                   .a = (uint64_t)row->key };

	if (a->m->on->type == CXM_LABEL) {
		(void)snprintf(label, sizeof(label), "%.*s", (int)row->group.len, row->group.at);
		item.a = stats_fnv1a(label);
	}
	item.x[0] = a->m->sum != NULL ? row->sums[0] : (double)row->n;
	item.x[1] = a->m->per != NULL ? row->sums[a->m->sum != NULL ? 1 : 0] : 1;
	a->g->to->days[a->day].n += a->tag == 0 ? (double)row->n : 0;
	return gather_add_item(a->g, &item);
}

static int ask(struct gather *g, const struct model_members *m, uint32_t tag)
{
	int rc = 0;

	for (size_t day = g->first; rc == 0 && day <= g->last; day++) {
		struct asking asking = { g, m, day, tag };
		struct store_tally q = { .range = { m->from, g->from->site, g->starts_us[day],
			                            g->starts_us[day + 1] },
			                 .of = m->of };

		if (m->on->type == CXM_LABEL) {
			q.group = m->on;
		} else {
			q.key = m->on;
		}
		if (m->sum != NULL) {
			q.sums[q.n_sums++] = m->sum;
		}
		if (m->per != NULL) {
			q.sums[q.n_sums++] = m->per;
		}
		rc = g->from->store->ops->tally(g->from->store, &q, on_row, &asking, g->fault);
	}
	return tally_explain(rc, g->e, g->fault);
}

static int gather(struct gather *g)
{
	const struct model_evidence *e = g->e;
	int rc = gather_count_seen(g, e->population.from);

	if (rc == 0 && e->with.from != e->population.from) {
		rc = gather_count_seen(g, e->with.from);
	}
	rc = rc != 0 ? rc : ask(g, &e->population, 0);
	return rc != 0 ? rc : ask(g, &e->with, 1);
}

static int by_member(const void *a, const void *b)
{
	const struct tally_item *x = a;
	const struct tally_item *y = b;

	if (x->a != y->a) {
		return x->a < y->a ? -1 : 1;
	}
	if (x->tag != y->tag) {
		return x->tag < y->tag ? -1 : 1;
	}
	return (x->day > y->day) - (x->day < y->day);
}

static bool reaches(const struct model_members *m, double sum, double per)
{
	double have = m->per != NULL ? sum / per : sum;

	return have >= m->at_least; /* not so for NAN */
}

/* One member's items from `i` on; returns where the next begins. */
static size_t judge(const struct model_evidence *e, const struct tally_item *items, size_t i,
                    size_t n, struct stats_day *total)
{
	double sum[2] = { 0, 0 };
	double per[2] = { 0, 0 };
	uint64_t who = items[i].a;

	for (; i < n && items[i].a == who; i++) {
		sum[items[i].tag] += items[i].x[0];
		per[items[i].tag] += items[i].x[1];
	}
	if (reaches(&e->population, sum[0], per[0])) {
		total->n += 1;
		total->sum += reaches(&e->with, sum[1], per[1]);
	}
	return i;
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	struct tally_item *sorted = calloc(t->n_items + 1, sizeof(*sorted));
	struct stats_day total = { 0 };

	(void)seed;
	for (size_t i = 0; sorted != NULL && i < t->n_items; i++) {
		sorted[i] = t->items[i];
	}
	if (sorted != NULL && t->n_items > 0) {
		qsort(sorted, t->n_items, sizeof(*sorted), by_member);
		for (size_t i = 0; i < t->n_items;) {
			i = judge(is->evidence, sorted, i, t->n_items, &total);
		}
	}
	free(sorted);
	out->n = total.n;
	if (!(total.n > 0)) {
		return;
	}
	out->numerator = total.sum;
	out->denominator = total.n;
	out->value = total.sum / total.n;
	out->interval = is->interval == MODEL_WILSON ? stats_wilson(total.sum, total.n, rules->z)
	                                             : (struct interval){ out->value, out->value };
}

const struct estimator estimator_members = {
	.name = "members",
	.wants = ESTIMATOR_MEMBERS,
	.takes = ESTIMATOR_MEMBERS,
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_WILSON,
	.any_days = true,
	.gather = gather,
	.estimate = estimate,
};
