/* The helpers from which estimators gather; see gather.h. */
#include "collector/score/evidence/gather.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "collector/score/evidence/tallies.h"
#include "collector/score/evidence/tally.h"

#define MINUTE_US (INT64_C(60) * 1000000)
#define US_PER_MS 1000.0

const struct cxm_kind *gather_kind(const struct gather *g, const ProtobufCMessageDescriptor *pb)
{
	for (size_t i = 0; i < g->e->n_reads; i++) {
		if (g->e->reads[i].kind->pb == pb) {
			return g->e->reads[i].kind;
		}
	}
	return NULL;
}

size_t gather_day_of(const struct gather *g, int64_t at_us)
{
	size_t low = g->first;
	size_t high = g->last + 1; /* starts_us has one more */

	if (at_us < g->starts_us[low] || at_us >= g->starts_us[high]) {
		return SIZE_MAX;
	}
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (at_us < g->starts_us[middle]) {
			high = middle;
		} else {
			low = middle;
		}
	}
	return low;
}

int gather_expr(struct gather *g, const struct cxm_kind *kind, enum expr_type want,
                const struct expr **out, const char *format, ...)
{
	char text[EXPR_MAX_BYTES];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof(text)) {
		return fault_set(g->fault, -EINVAL, "an expression over %s is too long",
		                 kind->name);
	}
	return expr_parse(out, kind, slice_of(text), want, &g->arena, g->fault);
}

void gather_seen(struct gather *g, size_t day, const struct cxm_kind *kind, uint64_t rows)
{
	for (size_t i = 0; i < g->e->n_reads; i++) {
		if (g->e->reads[i].kind == kind) {
			g->to->seen[day].rows[i] += rows;
			return;
		}
	}
}

/* ---- sums ---- */

struct counting {
	struct gather *g;
	const struct gather_sums *q;
	size_t day;
	uint64_t rows;
};

static int on_count(void *arg, const struct store_tally_row *row)
{
	((struct counting *)arg)->rows += row->n;
	return 0;
}

int gather_count_seen(struct gather *g, const struct cxm_kind *kind)
{
	int rc = 0;

	for (size_t i = g->first; rc == 0 && i <= g->last; i++) {
		struct counting c = { 0 };
		struct store_tally q = { .range = { kind, g->from->site, g->starts_us[i],
			                            g->starts_us[i + 1] } };

		rc = g->from->store->ops->tally(g->from->store, &q, on_count, &c, g->fault);
		gather_seen(g, i, kind, c.rows);
	}
	return rc;
}

static int on_sums(void *arg, const struct store_tally_row *row)
{
	const struct counting *c = arg;
	struct tally_slot *s;
	uint32_t label;
	int rc = tallies_label(c->g->to, row->group, &label);

	rc = rc != 0 ? rc : tallies_slot(c->g->to, (uint32_t)c->day, row->slot, label, &s);
	if (rc != 0) {
		return rc;
	}
	for (size_t i = 0; i < c->q->n_sums; i++) {
		s->sums[c->q->at + i] += row->sums[i];
	}
	if (c->q->count_at >= 0) {
		s->sums[c->q->count_at] += (double)row->n;
	}
	gather_seen(c->g, c->day, c->q->kind, row->n);
	return 0;
}

int gather_slots(struct gather *g, const struct gather_sums *q)
{
	int64_t slot_us = g->rules->interval_minutes * MINUTE_US;
	int rc = 0;

	for (size_t i = g->first; rc == 0 && i <= g->last; i++) {
		struct counting c = { .g = g, .q = q, .day = i };
		struct store_tally t = { .range = { q->kind, g->from->site, g->starts_us[i],
			                            g->starts_us[i + 1] },
			                 .of = q->of,
			                 .n_sums = q->n_sums,
			                 .group = q->label,
			                 .slot_us = q->whole_day ? 0 : slot_us };

		for (size_t k = 0; k < q->n_sums; k++) {
			t.sums[k] = q->sums[k];
		}
		rc = g->from->store->ops->tally(g->from->store, &t, on_sums, &c, g->fault);
	}
	return tally_explain(rc, g->e, g->fault);
}

int gather_add_slot(struct gather *g, size_t day, uint32_t slot, struct slice label, size_t at,
                    double value)
{
	struct tally_slot *s;
	uint32_t number;
	int rc = tallies_label(g->to, label, &number);

	rc = rc != 0 ? rc : tallies_slot(g->to, (uint32_t)day, slot, number, &s);
	if (rc == 0) {
		s->sums[at] += value;
	}
	return rc;
}

int gather_add_stretch(struct gather *g, int64_t from_us, int64_t to_us, struct slice label,
                       size_t at)
{
	int64_t slot_us = g->rules->interval_minutes * MINUTE_US;
	int64_t begin_us = g->starts_us[g->first];
	int64_t end_us = g->starts_us[g->last + 1];
	int rc = 0;

	from_us = from_us > begin_us ? from_us : begin_us;
	to_us = to_us < end_us ? to_us : end_us;
	while (rc == 0 && from_us < to_us) {
		size_t day = gather_day_of(g, from_us);
		int64_t slot = (from_us - g->starts_us[day]) / slot_us;
		int64_t next_us = g->starts_us[day] + (slot + 1) * slot_us;

		next_us = next_us < g->starts_us[day + 1] ? next_us : g->starts_us[day + 1];
		next_us = next_us < to_us ? next_us : to_us;
		rc = gather_add_slot(g, day, (uint32_t)slot, label, at,
		                     (double)(next_us - from_us) / US_PER_MS);
		from_us = next_us;
	}
	return rc;
}

int gather_add_item(struct gather *g, const struct tally_item *item)
{
	return tallies_add_item(g->to, item);
}

int gather_add_cell(struct gather *g, const struct stats_cell *cell)
{
	return tallies_add_cell(g->to, cell);
}

/* ---- rows ---- */

struct walking {
	struct gather *g;
	gather_row_fn each;
	gather_columns_fn each_columns;
	void *arg;
};

/* Of a kind, as far around the run as the block reads it. */
static struct store_range range_of(const struct gather *g, const struct cxm_kind *kind)
{
	struct store_range range = { kind, g->from->site, g->starts_us[g->first],
		                     g->starts_us[g->last + 1] };

	for (size_t i = 0; i < g->e->n_reads; i++) {
		if (g->e->reads[i].kind == kind) {
			range.from_us -= g->e->reads[i].before_us;
			range.to_us += g->e->reads[i].after_us;
			break;
		}
	}
	return range;
}

static int on_row(void *arg, const ProtobufCMessage *m)
{
	const struct walking *w = arg;

	return w->each(w->g, w->arg, m);
}

int gather_rows(struct gather *g, const struct cxm_kind *kind, gather_row_fn each, void *arg)
{
	struct walking w = { .g = g, .each = each, .arg = arg };
	struct store_range range = range_of(g, kind);
	int rc = g->from->store->ops->rows(g->from->store, &range, on_row, &w, g->fault);

	return tally_explain(rc, g->e, g->fault);
}

static int on_columns(void *arg, const struct store_columns_row *row)
{
	const struct walking *w = arg;

	return w->each_columns(w->g, w->arg, row);
}

int gather_columns(struct gather *g, struct store_columns *q, gather_columns_fn each, void *arg)
{
	struct walking w = { .g = g, .each_columns = each, .arg = arg };
	int rc;

	q->range = range_of(g, q->range.kind);
	rc = g->from->store->ops->columns(g->from->store, q, on_columns, &w, g->fault);
	return tally_explain(rc, g->e, g->fault);
}
