/* See reconcile_pair.h. Rows of one key are few, and each is looked at once a pair. */
#include "collector/score/reconcile_pair.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_BYTES 48
#define DAY_US      INT64_C(86400000000)

static const char *const reason_names[RECONCILE_REASONS] = {
	[RECONCILE_UNEXPLAINED] = "unexplained", [RECONCILE_END_NOT_SEEN] = "end_not_seen",
	[RECONCILE_REFUSED] = "refused",         [RECONCILE_GAP] = "gap",
	[RECONCILE_NOT_THERE] = "not_there",
};

const char *reconcile_reason_name(enum reconcile_reason reason)
{
	return reason_names[reason];
}

/* ---- what differs ---- */

static uint64_t apart(int64_t a, int64_t b)
{
	return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

/* What one of them does not know is no difference. */
static bool differ(const struct cxm_field *f, const struct reconcile_value *a,
                   const struct reconcile_value *b)
{
	if (!a->known || !b->known) {
		return false;
	}
	if (a->text != NULL && b->text != NULL) {
		return strcmp(a->text, b->text) != 0;
	}
	if (f != NULL && f->type == CXM_REAL) {
		return a->real < b->real || a->real > b->real;
	}
	if (f != NULL && f->unit == CXM_MS) {
		return apart(a->n, b->n) > RECONCILE_TOLERANCE_US / 1000;
	}
	if (f != NULL && (f->unit == CXM_TIME || f->unit == CXM_US)) {
		return apart(a->n, b->n) > RECONCILE_TOLERANCE_US;
	}
	return a->n != b->n;
}

/* ---- conflicts, as records ---- */

static char *value_text(struct reconciliation *r, const struct cxm_field *f,
                        const struct reconcile_value *v)
{
	char text[VALUE_BYTES] = "";

	if (v->text != NULL) {
		return arena_text(&r->arena, v->text, strlen(v->text));
	}
	if (f == NULL || f->type == CXM_BOOL) {
		(void)snprintf(text, sizeof(text), "%s", v->n != 0 ? "true" : "false");
	} else if (f->type == CXM_IDENTITY) {
		(void)snprintf(text, sizeof(text), "%016" PRIx64, (uint64_t)v->n);
	} else if (f->type == CXM_REAL) {
		(void)snprintf(text, sizeof(text), "%.10g", v->real);
	} else if (f->type != CXM_STATE || cxm_state_name(f, v->n, text, sizeof(text)) == NULL) {
		(void)snprintf(text, sizeof(text), "%" PRId64, v->n);
	}
	return arena_text(&r->arena, text, strlen(text));
}

static Cxm__Reconciliation *new_conflict(struct reconcile_held *h)
{
	struct reconciliation *r = h->to;

	if (r->n_conflicts == RECONCILE_CONFLICTS_MAX) {
		r->left_out++;
		return NULL;
	}
	if ((r->n_conflicts & (r->n_conflicts - 1)) == 0) { /* room for the next power of two */
		size_t room = r->n_conflicts > 0 ? 2 * r->n_conflicts : 1;
		Cxm__Reconciliation *more = reallocarray(r->conflicts, room, sizeof(*more));

		if (more == NULL) {
			h->rc = fault_set(h->fault, -ENOMEM, "out of memory");
			return NULL;
		}
		r->conflicts = more;
	}
	r->conflicts[r->n_conflicts] = (Cxm__Reconciliation)CXM__RECONCILIATION__INIT;
	return &r->conflicts[r->n_conflicts++];
}

static char *copy(struct reconcile_held *h, const char *text)
{
	char *at = arena_text(&h->to->arena, text, strlen(text));

	if (at == NULL) {
		h->rc = fault_set(h->fault, -ENOMEM, "out of memory");
	}
	return at;
}

/* @param row  the one that counts, or the only one; @param field  of h->rows, or -1: told. */
static void list(struct reconcile_held *h, const struct reconcile_row *row,
                 const struct reconcile_row *other, int field, enum reconcile_reason reason)
{
	Cxm__Reconciliation *m = h->to != NULL && h->rc == 0 ? new_conflict(h) : NULL;
	const struct reconcile_row *first = row != NULL ? row : other;
	const struct cxm_field *f = field >= 0 ? h->rows->fields[field] : NULL;
	const struct reconcile_value yes = { .known = true, .n = row != NULL };
	const struct reconcile_value no = { .known = true, .n = other != NULL };

	if (m == NULL) {
		return;
	}
	m->at_us = first->at_us;
	m->source = h->pair->source;
	m->other_source = h->pair->other;
	m->host = copy(h, first->host);
	m->contact = first->contact;
	m->agent = first->agent;
	m->queue = copy(h, first->queue);
	m->record = copy(h, h->rows->record);
	m->field = copy(h, field >= 0 ? h->rows->names[field] : RECONCILE_TOLD);
	m->has_seen_us = 1;
	m->seen_us = row != NULL && other != NULL && other->seen_us > row->seen_us ? other->seen_us
	                                                                           : first->seen_us;
	m->value = value_text(h->to, f, field >= 0 ? &row->values[field] : &yes);
	m->other_value = value_text(h->to, f, field >= 0 ? &other->values[field] : &no);
	m->reason = copy(h, reason_names[reason]);
	if (m->value == NULL || m->other_value == NULL) {
		h->rc = fault_set(h->fault, -ENOMEM, "out of memory");
	}
}

/* ---- both tell it, or one does ---- */

static void hold(struct reconcile_held *h, const struct reconcile_row *row,
                 const struct reconcile_row *other)
{
	enum reconcile_reason reason =
		row->cut || other->cut ? RECONCILE_END_NOT_SEEN : RECONCILE_UNEXPLAINED;
	bool agree = true;

	for (size_t i = 0; i < h->rows->n_fields; i++) {
		if (differ(h->rows->fields[i], &row->values[i], &other->values[i])) {
			h->pair->fields[i].differ[reason]++;
			agree = false;
			list(h, row, other, (int)i, reason);
		}
	}
	h->pair->both++;
	h->pair->agree += agree ? 1 : 0;
}

static bool in_gap(const struct reconcile_gaps *gaps, Cxm__Source source,
                   const struct reconcile_row *row)
{
	for (size_t i = 0; i < gaps->n; i++) {
		const struct reconcile_gap *g = &gaps->at[i];

		if (g->source == source && g->from_us <= row->seen_us && g->to_us >= row->at_us) {
			return true;
		}
	}
	return false;
}

/* @param absent  0: the source that counts does not tell it, 1: the other one. */
static enum reconcile_reason why_absent(const struct reconcile_held *h,
                                        const struct reconcile_row *row, int absent)
{
	Cxm__Source source = absent == 0 ? h->pair->source : h->pair->other;

	if (!h->any[absent] || row->at_us < h->first_us[absent] ||
	    row->at_us > h->last_us[absent]) {
		return RECONCILE_NOT_THERE;
	}
	if (in_gap(h->gaps, source, row)) {
		return RECONCILE_GAP;
	}
	return row->refused && source == CXM__SOURCE__QUEUE_LOG ? RECONCILE_REFUSED
	                                                        : RECONCILE_UNEXPLAINED;
}

static void alone(struct reconcile_held *h, const struct reconcile_row *row, int absent)
{
	enum reconcile_reason reason;

	if (row->silent || h->gaps == NULL) {
		return;
	}
	reason = why_absent(h, row, absent);
	(absent == 1 ? h->pair->only : h->pair->other_only)[reason]++;
	if (reason < RECONCILE_GAP) {
		list(h, absent == 1 ? row : NULL, absent == 1 ? NULL : row, -1, reason);
	}
}

/* ---- twins ---- */

/* 0: of the source that counts, 1: of the other, -1: of neither. */
static int side_of(const struct reconcile_held *h, const struct reconcile_row *row)
{
	bool two = h->rows->two_kinds;

	if (row->source == h->pair->source && (!two || !row->second)) {
		return 0;
	}
	return row->source == h->pair->other && (!two || row->second) ? 1 : -1;
}

/* No row after `row` is near to one so early. */
static bool too_early(const struct reconcile_held *h, const struct reconcile_row *row,
                      const struct reconcile_row *other)
{
	if (h->rows->two_kinds || other->at_us >= row->at_us) {
		return false;
	}
	return row->at_us - other->at_us > priority_reach_us(h->rows->priority) ||
	       row->at_us / DAY_US != other->at_us / DAY_US;
}

static bool twins(const struct reconcile_held *h, const struct reconcile_row *row,
                  const struct reconcile_row *other)
{
	const struct priority *p = h->rows->priority;

	if (h->rows->two_kinds) {
		return true;
	}
	if (apart(row->at_us, other->at_us) > (uint64_t)priority_reach_us(p) ||
	    row->at_us / DAY_US != other->at_us / DAY_US) {
		return false;
	}
	return p->reach_us == 0 || (row->at_us < other->until_us + p->apart_us &&
	                            other->at_us < row->until_us + p->apart_us);
}

/* Rows of one key, in the order of time: each finds the first of the other source that is near and
 * not taken. What is too early for one is so for every later one. */
static void match(struct reconcile_held *h, struct reconcile_row *at, size_t n)
{
	size_t first = 0;

	for (size_t i = 0; i < n; i++) {
		size_t next;

		if (side_of(h, &at[i]) != 0) {
			continue;
		}
		while (first < n && (side_of(h, &at[first]) != 1 || at[first].matched ||
		                     too_early(h, &at[i], &at[first]))) {
			first++;
		}
		for (next = first; next < n; next++) {
			if (side_of(h, &at[next]) == 1 && !at[next].matched &&
			    twins(h, &at[i], &at[next])) {
				break;
			}
			if (too_early(h, &at[next], &at[i])) {
				next = n - 1; /* nor is a later one */
			}
		}
		if (next < n) {
			at[i].matched = true;
			at[next].matched = true;
			if (!at[i].silent || !at[next].silent) {
				hold(h, &at[i], &at[next]);
			}
		}
	}
}

/* ---- one source that saw it again ---- */

/* As once.c has it: on another host, or before the other was over. */
static bool seen_again(const struct reconcile_held *h, const struct reconcile_row *row,
                       const struct reconcile_row *later)
{
	return twins(h, row, later) &&
	       (strcmp(row->host, later->host) != 0 ||
	        (row->at_us < later->at_us && row->until_us >= later->at_us));
}

/* The first sight counts, and each later one is held against it. */
static void match_again(struct reconcile_held *h, struct reconcile_row *at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t k = i + 1; k < n && side_of(h, &at[i]) == 0 && !at[i].matched &&
		                       !too_early(h, &at[k], &at[i]);
		     k++) {
			if (side_of(h, &at[k]) == 0 && !at[k].matched &&
			    seen_again(h, &at[i], &at[k])) {
				at[k].matched = true;
				hold(h, &at[i], &at[k]);
			}
		}
	}
}

/* ---- a pair of sources ---- */

static void hold_key(struct reconcile_held *h, struct reconcile_row *at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		at[i].matched = false;
	}
	if (h->pair->source == h->pair->other && !h->rows->two_kinds) {
		match_again(h, at, n);
		return; /* what was seen at one place only is no disagreement */
	}
	match(h, at, n);
	for (size_t i = 0; i < n; i++) {
		int side = side_of(h, &at[i]);

		if (side >= 0 && !at[i].matched) {
			alone(h, &at[i], side == 0 ? 1 : 0);
		}
	}
}

static void span(struct reconcile_held *h)
{
	for (size_t i = 0; i < h->rows->n; i++) {
		const struct reconcile_row *row = &h->rows->at[i];
		int side = side_of(h, row);

		if (side < 0) {
			continue;
		}
		if (!h->any[side] || row->at_us < h->first_us[side]) {
			h->first_us[side] = row->at_us;
		}
		if (!h->any[side] || row->at_us > h->last_us[side]) {
			h->last_us[side] = row->at_us;
		}
		h->any[side] = true;
	}
}

static uint64_t sum(const uint64_t counts[RECONCILE_REASONS])
{
	uint64_t all = 0;

	for (size_t i = 0; i < RECONCILE_REASONS; i++) {
		all += counts[i];
	}
	return all;
}

static void hold_pair(struct reconcile_held *h)
{
	struct reconcile_rows *rows = h->rows;
	size_t end;

	h->pair->record = rows->record;
	h->pair->n_fields = rows->n_fields;
	for (size_t i = 0; i < rows->n_fields; i++) {
		h->pair->fields[i].name = rows->names[i];
	}
	for (size_t i = 0; i < rows->n; i = end) {
		for (end = i + 1; end < rows->n && rows->at[end].key == rows->at[i].key; end++) {
		}
		hold_key(h, &rows->at[i], end - i);
	}
	h->pair->told = h->pair->both + sum(h->pair->only);
	h->pair->other_told = h->pair->both + sum(h->pair->other_only);
}

/* ---- all pairs of some rows ---- */

/* May `a` stand before `b`? */
static bool ordered(const struct reconcile_rows *rows, unsigned a, unsigned b)
{
	unsigned first = priority_rank(rows->priority, a);

	if (rows->two_kinds) {
		return a != b && first > 0 && priority_rank(rows->against, b) > 0;
	}
	return first > 0 &&
	       (priority_rank(rows->priority, b) > first || (a == b && rows->priority->again));
}

int reconcile_each_pair(struct reconcile_rows *rows, const struct reconcile_held *like,
                        reconcile_pair_fn each, void *arg)
{
	for (unsigned a = 0; a < PRIORITY_SOURCES_MAX; a++) {
		for (unsigned b = 0; b < PRIORITY_SOURCES_MAX; b++) {
			struct reconcile_pair pair = { .source = (Cxm__Source)a,
				                       .other = (Cxm__Source)b };
			struct reconcile_held h = *like;
			int rc;

			h.rows = rows;
			h.pair = &pair;
			if (!ordered(rows, a, b)) {
				continue;
			}
			span(&h);
			if (!h.any[0] || (a != b && !h.any[1])) {
				continue;
			}
			hold_pair(&h);
			if (a == b && pair.both == 0) {
				continue; /* nothing was seen again */
			}
			rc = h.rc != 0 ? h.rc : each(arg, &h);
			if (rc != 0) {
				return rc;
			}
		}
	}
	return 0;
}
