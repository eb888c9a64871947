/* Rows to calls; see cdr_call.h. Owns the table. */
#include "agent/track/cdr_call.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/decode/cel.h"
#include "agent/track/call_rules.h"
#include "agent/track/labels.h"
#include "agent/track/state_fields.h"
#include "common/siphash.h"
#include "common/table.h"
#include "common/unconst.h"
#include "proto/evidence.pb-c.h"

#define STATE_VERSION 2 /* 1: without the keys of forgotten calls */
#define QUEUE_BYTES   80
#define US_PER_MS     1000
#define COUNT(fields) (sizeof(fields) / sizeof((fields)[0]))

enum list { LIST_NEW, LIST_SAID, LISTS };

struct cdr_entry {
	uint64_t key; /* keyed hash of the linked or unique id */
	uint64_t contact;
	uint64_t customer;
	int64_t at_us;
	int64_t end_us;
	int64_t queue_us;  /* start of the row that named the queue */
	uint8_t direction; /* Cxm__Call__Direction, 0: not known */
	uint8_t list;
	bool agent_answered;
	char queue[QUEUE_BYTES];
	uint32_t prev;
	uint32_t next;
};

struct cdr_call {
	const struct pseudonym *pseudonym;
	const char *trunks;
	char *host; /* owned */
	struct siphash_key key;
	struct emit emit;
	int64_t last_us;
	struct table table;
	struct cdr_entry *items; /* owned */
	uint64_t *gone;          /* owned; keys of the calls that were forgotten last, a ring */
	uint32_t n_gone;
	uint32_t next_gone;
	struct {
		uint32_t first;
		uint32_t last;
	} lists[LISTS]; /* in the order of the last change */
	struct cdr_call_counters counters;
};

/* ---- lists ---- */

static void unlink_entry(struct cdr_call *t, const struct cdr_entry *e)
{
	if (e->prev != TABLE_NONE) {
		t->items[e->prev].next = e->next;
	} else {
		t->lists[e->list].first = e->next;
	}
	if (e->next != TABLE_NONE) {
		t->items[e->next].prev = e->prev;
	} else {
		t->lists[e->list].last = e->prev;
	}
}

static void link_entry(struct cdr_call *t, struct cdr_entry *e, enum list list)
{
	uint32_t slot = (uint32_t)(e - t->items);

	e->list = (uint8_t)list;
	e->next = TABLE_NONE;
	e->prev = t->lists[list].last;
	if (e->prev != TABLE_NONE) {
		t->items[e->prev].next = slot;
	} else {
		t->lists[list].first = slot;
	}
	t->lists[list].last = slot;
}

static struct cdr_entry *first_of(const struct cdr_call *t, enum list list)
{
	return t->lists[list].first != TABLE_NONE ? &t->items[t->lists[list].first] : NULL;
}

static void forget(struct cdr_call *t, struct cdr_entry *e)
{
	unlink_entry(t, e);
	(void)table_remove(&t->table, e->key);
}

/* ---- calls that were forgotten ---- */

static void add_gone(struct cdr_call *t, uint64_t key)
{
	t->gone[t->next_gone] = key;
	t->next_gone = (t->next_gone + 1) % t->table.capacity;
	t->n_gone += t->n_gone < t->table.capacity ? 1 : 0;
}

/* Asked once a call, so a search from end to end will do. */
static bool is_gone(const struct cdr_call *t, uint64_t key)
{
	for (uint32_t i = 0; i < t->n_gone; i++) {
		if (t->gone[i] == key) {
			return true;
		}
	}
	return false;
}

/* ---- records ---- */

static void say(struct cdr_call *t, struct cdr_entry *e)
{
	Cxm__Call m = CXM__CALL__INIT;
	int64_t ms = (e->end_us - e->at_us) / US_PER_MS;

	m.at_us = e->at_us;
	m.source = CXM__SOURCE__CDR;
	m.host = t->host;
	m.contact = e->contact;
	m.has_seen_us = 1;
	m.seen_us = e->end_us;
	m.has_customer = e->customer != 0;
	m.customer = e->customer;
	m.has_direction = e->direction != 0;
	m.direction = (Cxm__Call__Direction)e->direction;
	m.queue = e->queue[0] != '\0' ? unconst(e->queue) : NULL;
	m.has_agent_answered = 1;
	m.agent_answered = e->agent_answered;
	m.has_duration_ms = 1;
	m.duration_ms = ms < 0 ? 0 : ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
	t->counters.calls++;
	emit_record(&t->emit, &m.base);
	unlink_entry(t, e);
	link_entry(t, e, LIST_SAID);
}

static void say_settled(struct cdr_call *t, int64_t now_us)
{
	struct cdr_entry *e;

	while ((e = first_of(t, LIST_NEW)) != NULL && now_us - e->end_us > CDR_CALL_SETTLE_US) {
		say(t, e);
	}
}

/* ---- rows ---- */

static void make_room(struct cdr_call *t)
{
	struct cdr_entry *e = first_of(t, LIST_SAID);

	if (e == NULL) {
		e = first_of(t, LIST_NEW);
		say(t, e);
	}
	add_gone(t, e->key);
	forget(t, e);
}

/* NULL: of a call that was forgotten. Another Call from this row alone would count it twice. */
static struct cdr_entry *entry_of(struct cdr_call *t, struct slice id, const struct cdr_row *row)
{
	uint64_t key = siphash13(&t->key, id.at, id.len);
	uint32_t slot = table_find(&t->table, key);
	struct cdr_entry *e;

	if (slot != TABLE_NONE) {
		e = &t->items[slot];
		unlink_entry(t, e);
	} else if (is_gone(t, key)) {
		t->counters.late++;
		return NULL;
	} else {
		if (table_full(&t->table)) {
			make_room(t);
		}
		e = &t->items[table_insert(&t->table, key)];
		*e = (struct cdr_entry){ .key = key,
			                 .contact = pseudonym_of(t->pseudonym, CXM_CONTACT, id),
			                 .at_us = row->start_us,
			                 .end_us = row->end_us,
			                 .list = LIST_NEW };
	}
	return e;
}

static void take_direction(const struct cdr_call *t, struct cdr_entry *e, const struct cdr_row *row)
{
	bool in = call_rules_match(t->trunks, row->channel);

	if (e->direction != 0 || (!in && !call_rules_match(t->trunks, row->dst_channel))) {
		return;
	}
	e->direction = in ? CXM__CALL__DIRECTION__INBOUND : CXM__CALL__DIRECTION__OUTBOUND;
	e->customer = pseudonym_of(t->pseudonym, CXM_CUSTOMER, in ? row->src : row->dst);
}

/* The last queue by time: rows of one call may stand in any order. */
static void take_queue(struct cdr_entry *e, const struct cdr_row *row)
{
	if (row->queue.len == 0) {
		return;
	}
	e->agent_answered = e->agent_answered || (row->answered && row->dst_channel.len > 0);
	if (row->start_us >= e->queue_us) {
		e->queue_us = row->start_us;
		(void)label_clean(row->queue, e->queue, sizeof(e->queue));
	}
}

/* Halves of Local channels and lines that we called ourselves have rows of their own after rings
 * and attended transfers; their call has one under its first channel. */
static bool is_part(const struct cdr_row *row)
{
	return cel_is_local(row->channel) || slice_eq(row->app, SLICE("AppDial")) ||
	       slice_eq(row->app, SLICE("AppQueue"));
}

void cdr_call_row(struct cdr_call *t, const struct cdr_row *row)
{
	struct slice id = row->linkedid.len > 0 ? row->linkedid : row->uniqueid;
	struct cdr_entry *e;
	bool said;

	t->last_us = row->end_us > t->last_us ? row->end_us : t->last_us;
	say_settled(t, t->last_us);
	if (row->linkedid.len == 0 && is_part(row)) {
		t->counters.parts++;
		return;
	}
	e = entry_of(t, id, row);
	if (e == NULL) {
		return;
	}
	said = e->list == LIST_SAID; /* then its time is its key already */
	e->at_us = !said && row->start_us < e->at_us ? row->start_us : e->at_us;
	e->end_us = row->end_us > e->end_us ? row->end_us : e->end_us;
	take_direction(t, e, row);
	take_queue(e, row);
	link_entry(t, e, LIST_NEW);
}

void cdr_call_tick(struct cdr_call *t, int64_t now_us)
{
	say_settled(t, now_us);
}

void cdr_call_finish(struct cdr_call *t)
{
	struct cdr_entry *e;

	while ((e = first_of(t, LIST_NEW)) != NULL) {
		say(t, e);
	}
}

/* ---- state: u8 version, varint last_us, two lists, each: varint entries, each: its fields; varint
 * forgotten calls, each: u64 key ---- */

static const struct state_field fields[] = {
	{ STATE_HASH, offsetof(struct cdr_entry, key), 0 },
	{ STATE_HASH, offsetof(struct cdr_entry, contact), 0 },
	{ STATE_HASH, offsetof(struct cdr_entry, customer), 0 },
	{ STATE_TIME, offsetof(struct cdr_entry, at_us), 0 },
	{ STATE_TIME, offsetof(struct cdr_entry, end_us), 0 },
	{ STATE_TIME, offsetof(struct cdr_entry, queue_us), 0 },
	{ STATE_U8, offsetof(struct cdr_entry, direction), CXM__CALL__DIRECTION__INTERNAL },
	{ STATE_BOOL, offsetof(struct cdr_entry, agent_answered), 0 },
	{ STATE_TEXT, offsetof(struct cdr_entry, queue), QUEUE_BYTES },
};

void cdr_call_save(const struct cdr_call *t, struct buf *out)
{
	buf_add_char(out, STATE_VERSION);
	buf_add_varint(out, (uint64_t)t->last_us);
	for (unsigned list = 0; list < LISTS; list++) {
		uint32_t n = 0;

		for (uint32_t i = t->lists[list].first; i != TABLE_NONE; i = t->items[i].next) {
			n++;
		}
		buf_add_varint(out, n);
		for (uint32_t i = t->lists[list].first; i != TABLE_NONE; i = t->items[i].next) {
			state_save(fields, COUNT(fields), &t->items[i], out);
		}
	}
	buf_add_varint(out, t->n_gone);
	for (uint32_t i = 0; i < t->n_gone; i++) { /* oldest first */
		uint32_t from = t->n_gone < t->table.capacity ? 0 : t->next_gone;

		buf_add_u64le(out, t->gone[(from + i) % t->table.capacity]);
	}
}

static int load_entry(struct cdr_call *t, struct cursor *in, enum list list)
{
	struct cdr_entry read = { 0 };
	struct cdr_entry *e;

	state_load(fields, COUNT(fields), &read, in);
	if (in->bad || table_find(&t->table, read.key) != TABLE_NONE) {
		return -EBADMSG;
	}
	if (table_full(&t->table)) {
		return -ENOSPC;
	}
	e = &t->items[table_insert(&t->table, read.key)];
	*e = read;
	link_entry(t, e, list);
	return 0;
}

static void clear(struct cdr_call *t)
{
	for (unsigned list = 0; list < LISTS; list++) {
		struct cdr_entry *e;

		while ((e = first_of(t, (enum list)list)) != NULL) {
			forget(t, e);
		}
	}
	t->last_us = 0;
	t->n_gone = 0;
	t->next_gone = 0;
}

static int load_gone(struct cdr_call *t, struct cursor *in)
{
	uint64_t n = cursor_varint(in);

	if (in->bad || n > CDR_CALL_OPEN_MAX) { /* with a smaller max_calls the oldest go */
		return -EBADMSG;
	}
	for (uint64_t i = 0; i < n; i++) {
		add_gone(t, cursor_u64le(in));
	}
	return in->bad ? -EBADMSG : 0;
}

int cdr_call_load(struct cdr_call *t, struct cursor *in)
{
	unsigned version = cursor_u8(in);
	uint64_t last_us = cursor_varint(in);
	bool good = version >= 1 && version <= STATE_VERSION;
	int rc = good && !in->bad && last_us <= (uint64_t)STATE_TIME_MAX_US ? 0 : -EBADMSG;

	clear(t);
	for (unsigned list = 0; rc == 0 && list < LISTS; list++) {
		uint64_t n = cursor_varint(in);

		rc = in->bad ? -EBADMSG : 0;
		for (uint64_t i = 0; rc == 0 && i < n; i++) {
			rc = load_entry(t, in, (enum list)list);
		}
	}
	if (rc == 0 && version > 1) {
		rc = load_gone(t, in);
	}
	if (rc != 0) {
		clear(t);
		return rc;
	}
	t->last_us = (int64_t)last_us;
	return 0;
}

/* ---- life ---- */

int cdr_call_new(struct cdr_call **out, const struct cdr_call_options *options,
                 const struct emit *emit)
{
	struct cdr_call *t;

	if (options->max_calls < CDR_CALL_OPEN_MIN || options->max_calls > CDR_CALL_OPEN_MAX) {
		return -EINVAL;
	}
	t = calloc(1, sizeof(*t));
	if (t == NULL) {
		return -ENOMEM;
	}
	t->pseudonym = options->pseudonym;
	t->trunks = options->trunks;
	t->key = pseudonym_table_key(options->pseudonym);
	t->emit = *emit;
	for (unsigned list = 0; list < LISTS; list++) {
		t->lists[list].first = TABLE_NONE;
		t->lists[list].last = TABLE_NONE;
	}
	t->host = strdup(options->host);
	t->items = calloc(options->max_calls, sizeof(*t->items));
	t->gone = calloc(options->max_calls, sizeof(*t->gone));
	if (t->host == NULL || t->items == NULL || t->gone == NULL ||
	    table_init(&t->table, options->max_calls) != 0) {
		cdr_call_free(t);
		return -ENOMEM;
	}
	*out = t;
	return 0;
}

void cdr_call_free(struct cdr_call *t)
{
	if (t == NULL) {
		return;
	}
	table_free(&t->table);
	free(t->items);
	free(t->gone);
	free(t->host);
	free(t);
}

int64_t cdr_call_last_us(const struct cdr_call *t)
{
	return t->last_us;
}

const struct cdr_call_counters *cdr_call_counters(const struct cdr_call *t)
{
	return &t->counters;
}
