#include "collector/score/reconcile_rows.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 1024
#define DAY_US     INT64_C(86400000000)

struct reading {
	struct reconcile_rows *to;
	const struct cxm_kind *kind;
	const struct cxm_field *same[PRIORITY_SAME_MAX];
	size_t n_same;
	struct fault *fault;
};

/* ---- one row ---- */

static struct cxm_value get(const ProtobufCMessage *m, const struct cxm_kind *kind,
                            const char *name)
{
	const struct cxm_field *f = cxm_field_named(kind, slice_of(name));

	return f != NULL ? cxm_field_get(m, f) : (struct cxm_value){ .present = false };
}

/* Texts of a site are few; the same one right before is the usual case. */
static const char *keep(struct reconcile_rows *rows, struct slice text, const char *last)
{
	if (last != NULL && slice_eq(text, slice_of(last))) {
		return last;
	}
	return arena_text(rows->texts, text.at, text.len);
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

static uint64_t hash_value(uint64_t h, const struct cxm_value *v)
{
	for (size_t i = 0; i < v->text.len; i++) {
		h = mix(h, (unsigned char)v->text.at[i]);
	}
	return mix(h, (uint64_t)v->i);
}

/* @return NULL when there is no room; explained. */
static struct reconcile_row *new_row(struct reading *r)
{
	struct reconcile_rows *rows = r->to;

	if (rows->n == RECONCILE_ROWS_MAX) {
		(void)fault_set(r->fault, -E2BIG,
		                "more than %zu rows of %s in these days; narrow them with --from "
		                "and --to",
		                RECONCILE_ROWS_MAX, r->kind->name);
		return NULL;
	}
	if (rows->n == rows->room) {
		size_t room = rows->room > 0 ? 2 * rows->room : FIRST_ROOM;
		struct reconcile_row *at = reallocarray(rows->at, room, sizeof(*at));

		if (at == NULL) {
			(void)fault_set(r->fault, -ENOMEM, "out of memory");
			return NULL;
		}
		rows->at = at;
		rows->room = room;
	}
	assert(rows->at != NULL); /* there is room */
	rows->at[rows->n] = (struct reconcile_row){ .key = 0 };
	return &rows->at[rows->n++];
}

/* What every kind has. */
static struct reconcile_row *common_row(struct reading *r, const ProtobufCMessage *m)
{
	const struct reconcile_row *before = r->to->n > 0 ? &r->to->at[r->to->n - 1] : NULL;
	const char *host = before != NULL ? before->host : NULL;
	const char *queue = before != NULL ? before->queue : NULL;
	struct cxm_value q = get(m, r->kind, "queue");
	struct reconcile_row *row = new_row(r);

	if (row == NULL) {
		return NULL;
	}
	if (!q.present) {
		q.text = SLICE("");
	}
	row->at_us = cxm_field_get(m, r->kind->at).i;
	row->seen_us = r->kind->seen != NULL ? cxm_field_get(m, r->kind->seen).i : 0;
	row->seen_us = row->seen_us > row->at_us ? row->seen_us : row->at_us;
	row->source = (Cxm__Source)get(m, r->kind, "source").i;
	row->contact = (uint64_t)get(m, r->kind, "contact").i;
	row->host = keep(r->to, get(m, r->kind, "host").text, host);
	row->queue = keep(r->to, q.text, queue);
	if (row->host == NULL || row->queue == NULL) {
		(void)fault_set(r->fault, -ENOMEM, "out of memory");
		return NULL;
	}
	return row;
}

static int take_value(struct reconcile_rows *rows, const ProtobufCMessage *m,
                      const struct cxm_field *f, struct reconcile_value *out)
{
	struct cxm_value v = cxm_field_get(m, f);

	*out = (struct reconcile_value){ .known = v.present, .n = v.i, .real = v.d };
	if (v.present && f->type == CXM_LABEL) {
		out->text = arena_text(rows->texts, v.text.at, v.text.len);
		return out->text != NULL ? 0 : -ENOMEM;
	}
	return 0;
}

/* Of what only its seen_us says how long it lasted that is the end. */
static void take_end(struct reconcile_row *row, const struct reading *r, const ProtobufCMessage *m)
{
	const struct priority *p = r->to->priority;
	int64_t lasted_ms = p->lasts_else_ms;

	row->until_us = row->seen_us;
	if (p->lasts != NULL) {
		struct cxm_value v = get(m, r->kind, p->lasts);

		lasted_ms = v.present ? v.i : lasted_ms;
		row->until_us = row->at_us + lasted_ms * 1000;
	}
}

static void judge_contact(struct reconcile_row *row, const ProtobufCMessage *m)
{
	const Cxm__QueueContact *c = (const Cxm__QueueContact *)(const void *)m;

	row->cut = c->has_outcome && (c->outcome == CXM__QUEUE_CONTACT__OUTCOME__UNKNOWN_END ||
	                              c->outcome == CXM__QUEUE_CONTACT__OUTCOME__PBX_STOPPED);
	row->refused = c->has_outcome && c->outcome == CXM__QUEUE_CONTACT__OUTCOME__FULL;
}

/* ---- a kind ---- */

static int on_row(void *arg, const ProtobufCMessage *m)
{
	struct reading *r = arg;
	struct reconcile_row *row;
	int rc = 0;

	if (priority_rank(r->to->priority, get(m, r->kind, "source").i) == 0) {
		return 0;
	}
	row = common_row(r, m);
	if (row == NULL) {
		return r->fault->code;
	}
	for (size_t i = 0; i < r->n_same; i++) {
		struct cxm_value v = cxm_field_get(m, r->same[i]);

		if (!v.present) { /* nobody can know what it belongs to */
			r->to->n--;
			return 0;
		}
		row->key = hash_value(row->key, &v);
	}
	take_end(row, r, m);
	if (row->contact == 0) {
		row->agent = (uint64_t)get(m, r->kind, "agent").i;
	}
	if (r->kind->pb == &cxm__queue_contact__descriptor) {
		judge_contact(row, m);
	}
	for (size_t i = 0; rc == 0 && i < r->to->n_fields; i++) {
		rc = take_value(r->to, m, r->to->fields[i], &row->values[i]);
	}
	return rc == 0 ? 0 : fault_set(r->fault, rc, "out of memory");
}

static int by_key(const void *a, const void *b)
{
	const struct reconcile_row *x = a;
	const struct reconcile_row *y = b;

	if (x->key != y->key) {
		return x->key < y->key ? -1 : 1;
	}
	if (x->at_us != y->at_us) {
		return x->at_us < y->at_us ? -1 : 1;
	}
	if (x->source != y->source) {
		return x->source < y->source ? -1 : 1;
	}
	return strcmp(x->host, y->host);
}

static void sort(struct reconcile_rows *rows)
{
	if (rows->n > 0) {
		qsort(rows->at, rows->n, sizeof(*rows->at), by_key);
	}
}

int reconcile_read_kind(struct reconcile_rows *out, struct store *st,
                        const struct store_range *range, struct fault *fault)
{
	const struct priority *p = priority_of(range->kind);
	struct reading r = { .to = out, .kind = range->kind, .fault = fault };
	int rc;

	out->record = range->kind->name;
	out->priority = p;
	for (size_t i = 0; i < PRIORITY_SAME_MAX && p->same[i] != NULL; i++) {
		r.same[r.n_same++] = cxm_field_named(range->kind, slice_of(p->same[i]));
	}
	for (size_t i = 0; i < PRIORITY_COMPARED_MAX && p->compared[i] != NULL; i++) {
		out->fields[out->n_fields] = cxm_field_named(range->kind, slice_of(p->compared[i]));
		out->names[out->n_fields++] = p->compared[i];
	}
	rc = st->ops->rows(st, range, on_row, &r, fault);
	sort(out);
	return rc;
}

/* ---- contacts ---- */

enum { ANSWERED, QUEUE, CONTACT_FIELDS };

static void say_contact(struct reconcile_row *row, bool known, bool answered)
{
	row->key = row->contact;
	row->values[ANSWERED] = (struct reconcile_value){ .known = known, .n = answered };
	row->values[QUEUE] =
		(struct reconcile_value){ .known = row->queue[0] != '\0', .text = row->queue };
}

static int on_contact(void *arg, const ProtobufCMessage *m)
{
	struct reading *r = arg;
	const Cxm__QueueContact *c = (const Cxm__QueueContact *)(const void *)m;
	struct reconcile_row *row;

	if (priority_rank(r->to->priority, c->source) == 0) {
		return 0;
	}
	row = common_row(r, m);
	if (row == NULL) {
		return r->fault->code;
	}
	judge_contact(row, m);
	row->silent = row->at_us >= r->to->to_us;
	say_contact(row, c->has_outcome,
	            c->has_outcome && c->outcome == CXM__QUEUE_CONTACT__OUTCOME__ANSWERED);
	return 0;
}

static int on_call(void *arg, const ProtobufCMessage *m)
{
	struct reading *r = arg;
	const Cxm__Call *c = (const Cxm__Call *)(const void *)m;
	struct reconcile_row *row;

	if (priority_rank(r->to->against, c->source) == 0) {
		return 0;
	}
	row = common_row(r, m);
	if (row == NULL) {
		return r->fault->code;
	}
	/* a queue that turns a caller away leaves him unanswered; a call in no queue is nobody's */
	row->second = true;
	row->silent = row->queue[0] == '\0' || row->at_us < r->to->from_us;
	row->refused = c->has_agent_answered && !c->agent_answered;
	say_contact(row, c->has_agent_answered, c->agent_answered);
	return 0;
}

/* Entries of one contact as one source tells them: answered in any, the queue of the last. Rows are
 * in the order of their key, so of one contact and source in that of time. */
static void fold(struct reconcile_rows *rows)
{
	size_t n = 0;

	for (size_t i = 0; i < rows->n; i++) {
		struct reconcile_row *row = &rows->at[i];
		size_t k = n;

		while (k > 0 && rows->at[k - 1].key == row->key &&
		       rows->at[k - 1].source != row->source) {
			k--;
		}
		if (k == 0 || rows->at[k - 1].key != row->key) {
			rows->at[n++] = *row;
			continue;
		}
		struct reconcile_row *first = &rows->at[k - 1];

		first->values[ANSWERED].n |= row->values[ANSWERED].n;
		first->values[ANSWERED].known |= row->values[ANSWERED].known;
		first->values[QUEUE] = row->values[QUEUE];
		first->queue = row->queue;
		first->cut |= row->cut;
		first->refused &= row->refused;
		first->seen_us = row->seen_us > first->seen_us ? row->seen_us : first->seen_us;
	}
	rows->n = n;
}

int reconcile_read_contacts(struct reconcile_rows *out, struct store *st,
                            const struct store_range *contacts, const struct cxm_kind *calls,
                            struct fault *fault)
{
	static const char *const names[CONTACT_FIELDS] = { "answered", "queue" };
	struct reading r = { .to = out, .kind = contacts->kind, .fault = fault };
	struct store_range range = *contacts;
	int rc;

	out->record = RECONCILE_CONTACT;
	out->from_us = range.from_us;
	out->to_us = range.to_us;
	range.to_us += DAY_US;
	out->n_fields = CONTACT_FIELDS;
	memcpy(out->names, names, sizeof(names));
	out->two_kinds = true;
	out->priority = priority_of(contacts->kind);
	out->against = priority_of(calls);
	rc = st->ops->rows(st, &range, on_contact, &r, fault);
	sort(out);
	fold(out);
	range = (struct store_range){ calls, contacts->site, out->from_us - DAY_US, out->to_us };
	r.kind = calls;
	rc = rc != 0 ? rc : st->ops->rows(st, &range, on_call, &r, fault);
	sort(out);
	return rc;
}

void reconcile_rows_free(struct reconcile_rows *rows)
{
	free(rows->at);
	rows->at = NULL;
}
