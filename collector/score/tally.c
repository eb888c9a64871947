#include "collector/score/tally.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/when.h"

#define CELLS_FIRST 1024

void tally_days_of(const struct score_window *window, struct tally_days *out)
{
	out->n_days = (size_t)(window->to_day - window->from_day) + 1;
	for (size_t i = 0; i <= out->n_days; i++) {
		out->starts_us[i] = when_day_start_us(window->from_day + (int32_t)i);
	}
}

void tally_free(struct tallies *t)
{
	free(t->cells);
	*t = (struct tallies){ 0 };
}

static int add_cell(struct tallies *t, const struct stats_cell *cell)
{
	if (t->n_cells == t->cap) {
		size_t cap = t->cap > 0 ? 2 * t->cap : CELLS_FIRST;
		struct stats_cell *cells;

		if (t->n_cells >= TALLY_CELLS_MAX) {
			return -E2BIG;
		}
		cells = realloc(t->cells, cap * sizeof(*cells));
		if (cells == NULL) {
			return -ENOMEM;
		}
		t->cells = cells;
		t->cap = cap;
	}
	t->cells[t->n_cells++] = *cell;
	return 0;
}

struct taking {
	const struct model_evidence *e;
	struct tallies *to;
	uint32_t day;
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

	t->e->estimator->add(t->e, row, &t->to->days[t->day]);
	return t->e->estimator->by_value ? add_cell(t->to, &cell) : 0;
}

static int on_row(void *arg, const struct store_tally_row *row)
{
	return take(arg, row);
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

static void sort_cells(struct tallies *t)
{
	if (t->n_cells > 1) {
		qsort(t->cells, t->n_cells, sizeof(*t->cells), by_value);
	}
}

/* What our own callback found wrong; the store has explained everything else. */
static int explain(int rc, const struct model_evidence *e, struct fault *fault)
{
	if (rc == -E2BIG) {
		return fault_set(fault, rc,
		                 "more than %zu different values of %s in the window: take a "
		                 "shorter one (--from, --to)",
		                 TALLY_CELLS_MAX, e->from->name);
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

int tally_fetch(struct tallies *out, const struct model_evidence *e,
                const struct tally_source *from, struct fault *fault)
{
	struct taking taking = { .e = e, .to = out };
	struct tally_days days;
	int rc = 0;

	*out = (struct tallies){ 0 };
	tally_days_of(from->window, &days);
	out->n_days = days.n_days;
	for (size_t i = 0; rc == 0 && i < days.n_days; i++) {
		struct store_tally q = question(e, from, days.starts_us[i], days.starts_us[i + 1]);

		taking.day = (uint32_t)i;
		rc = from->store->ops->tally(from->store, &q, on_row, &taking, fault);
	}
	sort_cells(out);
	return explain(rc, e, fault);
}

/* Hand over the group that is complete. */
static int close_group(struct taking *t)
{
	struct slice label = { (const char *)t->label.data, t->label.len };
	int rc;

	if (!t->open) {
		return 0;
	}
	sort_cells(t->to);
	rc = t->each(t->arg, label, t->to);
	t->to->n_cells = 0;
	t->to->days[0] = (struct stats_day){ 0 };
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
	buf_init(&taking.label, CXM_LABEL_MAX_BYTES);
	rc = from->store->ops->tally(from->store, &q, on_group_row, &taking, fault);
	rc = rc != 0 ? rc : close_group(&taking);
	buf_free(&taking.label);
	tally_free(&group);
	return explain(rc, e, fault);
}

static int count_row(void *arg, const struct store_tally_row *row)
{
	*(uint64_t *)arg += row->n;
	return 0;
}

int tally_rows(const struct cxm_kind *kind, const struct tally_source *from, uint64_t *rows,
               struct fault *fault)
{
	struct tally_days days;
	struct store_tally q = { .range = { .kind = kind, .site = from->site } };

	tally_days_of(from->window, &days);
	q.range.from_us = days.starts_us[0];
	q.range.to_us = days.starts_us[days.n_days];
	*rows = 0;
	return from->store->ops->tally(from->store, &q, count_row, rows, fault);
}
