#include "collector/score/evidence/tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/score/evidence/parts.h"
#include "collector/score/evidence/relate.h"
#include "collector/score/evidence/tallies.h"
#include "collector/score/evidence/weights.h"
#include "common/when.h"

void tally_days_of(const struct score_window *window, struct tally_days *out)
{
	out->n_days = (size_t)(window->to_day - window->from_day) + 1;
	for (size_t i = 0; i <= out->n_days; i++) {
		out->starts_us[i] = when_day_start_us(window->from_day + (int32_t)i);
	}
}

struct taking {
	const struct model_evidence *e;
	struct tallies *to;
	uint32_t day;
	int asks;     /* the sum that tells whether rows have a share; -1: none does */
	bool sampled; /* it was above 0: nothing was taken */
	/* of tally_groups */
	struct buf label; /* of the group whose rows are coming in */
	bool open;
	tally_group_fn each;
	void *arg;
};

static int take(struct taking *t, const struct store_tally_row *row)
{
	struct stats_cell cell = {
		.value = row->value / t->e->divisor,
		.n = (double)row->n,
		.events = row->sums[0],
		.day = t->day,
	};

	if (t->e->share != NULL) {
		struct stats_day rows = { 0 };
		int rc;

		t->e->estimator->add(t->e, row, &rows);
		rc = weights_add(t->to, t->day, row->share, &rows);
		if (rc != 0) {
			return rc;
		}
		cell.n *= weight_of(row->share);
		cell.events *= weight_of(row->share);
	} else {
		t->e->estimator->add(t->e, row, &t->to->days[t->day]);
	}
	return t->e->estimator->by_value ? tallies_add_cell(t->to, &cell) : 0;
}

static int on_row(void *arg, const struct store_tally_row *row)
{
	struct taking *t = arg;

	if (t->asks >= 0 && row->sums[t->asks] > 0) {
		t->sampled = true;
		return 0;
	}
	return take(t, row);
}

/* What our own callback found wrong; the store has explained everything else. */
int tally_explain(int rc, const struct model_evidence *e, struct fault *fault)
{
	if (rc == -E2BIG) {
		return fault_set(fault, rc,
		                 "more different values of %s in the window than are looked at "
		                 "(at most %zu): take a shorter one (--from, --to)",
		                 e->from->name, TALLY_CELLS_MAX);
	}
	return rc == -ENOMEM ? fault_set(fault, rc, "out of memory") : rc;
}

static struct store_tally question(const struct model_evidence *e, const struct tally_source *from,
                                   int64_t from_us, int64_t to_us)
{
	struct store_tally q = { .range = { e->from, from->site, from_us, to_us }, .of = e->of };

	e->estimator->ask(e, &q);
	return q;
}

/* Rows of different shares apart. Where the question divides rows anyway, that is one more thing to
 * divide by; else it would make the store sort, so first it says whether there are any. */
static int ask_day(struct gather *g, struct store_tally *q, struct taking *t)
{
	struct store *st = g->from->store;
	bool divided = q->group != NULL || q->value != NULL || q->n_sums == STORE_SUMS_MAX;
	int rc;

	t->asks = -1;
	t->sampled = false;
	if (g->e->share != NULL && divided) {
		q->share = g->e->share;
	} else if (g->e->share != NULL) {
		t->asks = (int)q->n_sums;
		q->sums[q->n_sums++] = g->e->sampled;
	}
	rc = st->ops->tally(st, q, on_row, t, g->fault);
	if (rc != 0 || !t->sampled) {
		return rc;
	}
	t->asks = -1;
	q->n_sums--;
	q->share = g->e->share;
	return st->ops->tally(st, q, on_row, t, g->fault);
}

int gather_tally(struct gather *g)
{
	struct taking taking = { .e = g->e, .to = g->to };
	int rc = 0;

	for (size_t i = g->first; rc == 0 && i <= g->last; i++) {
		struct store_tally q =
			question(g->e, g->from, g->starts_us[i], g->starts_us[i + 1]);

		taking.day = (uint32_t)i;
		rc = ask_day(g, &q, &taking);
	}
	return rc;
}

struct score_window tally_reach(const struct model_evidence *e, const struct score_window *window)
{
	int64_t lookback = e->lookback_days > 0 ? e->lookback_days : e->estimator->lookback_days;
	int64_t days = (int64_t)window->to_day - window->from_day + 1;
	struct score_window all = *window;

	lookback = lookback < STATS_DAYS_MAX ? lookback : STATS_DAYS_MAX;
	all.from_day -= lookback > days ? (int32_t)(lookback - days) : 0;
	return all;
}

/* Gather the days g->first .. g->last. */
static int gather_run(struct gather *g)
{
	if (g->e->estimator->gather != NULL) {
		return g->e->estimator->gather(g);
	}
	return relate_needed(g->e) ? relate_gather(g) : gather_tally(g);
}

/* Every run of days that are not there yet. */
static int gather_missing(struct gather *g, const bool *have)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < g->to->n_days; i++) {
		if (have[i]) {
			continue;
		}
		g->first = i;
		while (i + 1 < g->to->n_days && !have[i + 1]) {
			i++;
		}
		g->last = i;
		rc = gather_run(g);
	}
	return rc;
}

static void begin(struct tallies *out, const struct gather *g, const struct score_window *all,
                  size_t n_days)
{
	tally_free(out);
	out->window_at = n_days - (size_t)(g->from->window->to_day - g->from->window->from_day) - 1;
	out->n_days = n_days;
	out->first_day = all->from_day;
	out->slots_a_day = (uint32_t)(INT64_C(24) * 60 / g->rules->interval_minutes);
}

int tally_fetch(struct tallies *out, const struct model_indicator *is,
                const struct model_rules *rules, const struct tally_source *from,
                struct fault *fault)
{
	const struct model_evidence *e = is->evidence;
	const struct parts *parts = e->estimator->uncached ? NULL : from->parts;
	const struct score_window all = tally_reach(e, from->window);
	struct tally_days days;
	bool have[STATS_DAYS_MAX] = { false };
	struct gather g = { .is = is, .e = e, .rules = rules, .from = from, .to = out };
	int rc;

	*out = (struct tallies){ 0 };
	tally_days_of(&all, &days);
	g.starts_us = days.starts_us;
	g.fault = fault;
	begin(out, &g, &all, days.n_days);
	if (parts != NULL && parts_load(parts, &g, have) != 0) {
		memset(have, 0, sizeof(have));
		begin(out, &g, &all, days.n_days); /* what is kept is damaged: make it anew */
	}
	arena_init(&g.arena, GATHER_ARENA_MAX_BYTES);
	rc = gather_missing(&g, have);
	arena_free(&g.arena);
	tallies_sort(out);
	if (rc == 0 && parts != NULL) {
		parts_keep(parts, &g, have);
	}
	return tally_explain(rc, e, fault);
}

/* Hand over the group that is complete. */
static int close_group(struct taking *t)
{
	struct slice label = { (const char *)t->label.data, t->label.len };
	int rc;

	if (!t->open) {
		return 0;
	}
	tallies_sort(t->to);
	rc = t->each(t->arg, label, t->to);
	t->to->n_cells = 0;
	t->to->days[0] = (struct stats_day){ 0 };
	free(t->to->sampled);
	t->to->sampled = NULL;
	t->open = false;
	return rc;
}

static int on_group_row(void *arg, const struct store_tally_row *row)
{
	struct taking *t = arg;
	struct slice label = { (const char *)t->label.data, t->label.len };
	int rc = 0;

	if (t->open && !slice_eq(label, row->group)) {
		rc = close_group(t);
	}
	if (rc == 0 && !t->open) {
		buf_reset(&t->label);
		buf_add_slice(&t->label, row->group);
		t->open = true;
	}
	return rc != 0 ? rc : take(t, row);
}

int tally_groups(const struct model_evidence *e, const struct tally_source *from,
                 tally_group_fn each, void *arg, struct fault *fault)
{
	struct tallies group = { .n_days = 1 };
	struct taking taking = { .e = e, .to = &group, .each = each, .arg = arg };
	struct tally_days days;
	struct store_tally q;
	int rc;

	tally_days_of(from->window, &days);
	q = question(e, from, days.starts_us[0], days.starts_us[days.n_days]);
	q.group = e->by;
	q.share = e->share;
	buf_init(&taking.label, CXM_LABEL_MAX_BYTES);
	rc = from->store->ops->tally(from->store, &q, on_group_row, &taking, fault);
	rc = rc != 0 ? rc : close_group(&taking);
	buf_free(&taking.label);
	tally_free(&group);
	return tally_explain(rc, e, fault);
}

static int on_any(void *arg, const struct store_columns_row *row)
{
	(void)row;
	*(bool *)arg = true;
	return 1; /* one says it all */
}

int tally_any(const struct cxm_kind *kind, const struct tally_source *from, bool *any,
              struct fault *fault)
{
	struct tally_days days;
	struct store_columns q = { .range = { .kind = kind, .site = from->site } };
	int rc;

	tally_days_of(from->window, &days);
	q.range.from_us = days.starts_us[0];
	q.range.to_us = days.starts_us[days.n_days];
	*any = false;
	rc = from->store->ops->columns(from->store, &q, on_any, any, fault);
	return rc < 0 ? rc : 0;
}
