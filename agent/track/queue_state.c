/*
 * The state of queue_call on disk, inside a checkpoint of the spool, which has its own checksum.
 * Read back as if it came from outside all the same: every count, place and time is checked before
 * it is used.
 *
 *   u8 version, u8 begun, varint last_us, varint lost, from_us, to_us of a pending gap
 *   varint labels, each: varint place, u64 hash, varint length, text
 *   three lists, each: varint entries, each: u8 flags, u64 contact_hash, u64 contact, varint label,
 * times as signed differences from last_us, then what the flags announce
 */
#include <errno.h>

#include "agent/track/queue_call_internal.h"

#define STATE_VERSION 1
#define TIME_MAX_US   (QUEUE_LINE_MAX_S * INT64_C(1000000) + 999999)

enum entry_flag {
	HAS_POSITION = 1,
	HAS_WAIT = 2,
	HAS_RING = 4,
	HAS_CUSTOMER = 8,
	HAS_CONNECT = 16,
	HAS_ENTRY = 32,
	HAS_RING_NO_ANSWERS = 64,
	FLAGS_KNOWN = 127,
};

/* ---- writing ---- */

/* Small differences in either direction become small numbers (protobuf's zigzag). */
static void add_time(struct buf *out, int64_t base_us, int64_t at_us)
{
	int64_t d = at_us - base_us;

	buf_add_varint(out, d < 0 ? (uint64_t)~d << 1 | 1 : (uint64_t)d << 1);
}

static unsigned flags_of(const struct queue_entry *e)
{
	return (e->has_position ? HAS_POSITION : 0U) | (e->has_wait ? HAS_WAIT : 0U) |
	       (e->has_ring ? HAS_RING : 0U) | (e->customer != 0 ? HAS_CUSTOMER : 0U) |
	       (e->connects > 0 ? HAS_CONNECT : 0U) | (e->entry > 0 ? HAS_ENTRY : 0U) |
	       (e->ring_no_answers > 0 ? HAS_RING_NO_ANSWERS : 0U);
}

static void add_entry(struct buf *out, const struct queue_entry *e, int64_t base_us)
{
	unsigned flags = flags_of(e);

	buf_add_char(out, (char)flags);
	buf_add_u64le(out, e->contact_hash);
	buf_add_u64le(out, e->contact);
	buf_add_varint(out, e->queue);
	add_time(out, base_us, e->at_us);
	add_time(out, base_us, e->seen_us);
	if ((flags & HAS_POSITION) != 0) {
		buf_add_varint(out, e->position);
	}
	if ((flags & HAS_WAIT) != 0) {
		buf_add_varint(out, e->wait_ms);
	}
	if ((flags & HAS_RING) != 0) {
		buf_add_varint(out, e->ring_ms);
	}
	if ((flags & HAS_CUSTOMER) != 0) {
		buf_add_u64le(out, e->customer);
	}
	if ((flags & HAS_CONNECT) != 0) {
		buf_add_varint(out, e->connects);
		buf_add_u64le(out, e->agent);
		add_time(out, base_us, e->connected_us);
	}
	if ((flags & HAS_ENTRY) != 0) {
		buf_add_varint(out, e->entry);
	}
	if ((flags & HAS_RING_NO_ANSWERS) != 0) {
		buf_add_varint(out, e->ring_no_answers);
		buf_add_varint(out, e->ring_no_answers_over_3s);
	}
}

static void add_labels(struct buf *out, const struct labels *l)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < l->table.capacity; i++) {
		n += l->items[i].users > 0 ? 1 : 0;
	}
	buf_add_varint(out, n);
	for (uint32_t i = 0; i < l->table.capacity; i++) {
		const struct label *item = &l->items[i];

		if (item->users > 0) {
			buf_add_varint(out, i);
			buf_add_u64le(out, item->hash);
			buf_add_varint(out, strlen(item->text));
			buf_add_text(out, item->text);
		}
	}
}

void queue_call_save(const struct queue_call *q, struct buf *out)
{
	buf_add_char(out, STATE_VERSION);
	buf_add_char(out, q->begun ? 1 : 0);
	buf_add_varint(out, (uint64_t)q->last_us);
	buf_add_varint(out, q->full.lost);
	buf_add_varint(out, (uint64_t)q->full.from_us);
	buf_add_varint(out, (uint64_t)q->full.to_us);
	add_labels(out, &q->labels);
	for (unsigned list = 0; list < ENTRY_LISTS; list++) {
		const struct queue_entry *e =
			queue_entries_first(&q->entries, (enum entry_list)list);

		buf_add_varint(out, q->entries.lists[list].count);
		for (; e != NULL; e = queue_entries_at(&q->entries, e->next)) {
			add_entry(out, e, q->last_us);
		}
	}
}

/* ---- reading ---- */

struct loader {
	struct cursor *in;
	int64_t base_us;
	uint32_t place_of[QUEUE_CALL_LABELS_MAX]; /* as saved -> as taken; LABELS_NONE: not there */
};

static uint32_t take_u32(struct cursor *in)
{
	uint64_t v = cursor_varint(in);

	if (v > UINT32_MAX) {
		in->bad = true;
	}
	return in->bad ? 0 : (uint32_t)v;
}

static int64_t take_moment(struct cursor *in)
{
	uint64_t v = cursor_varint(in);

	if (v > (uint64_t)TIME_MAX_US) {
		in->bad = true;
	}
	return in->bad ? 0 : (int64_t)v;
}

static int64_t take_time(struct loader *l)
{
	uint64_t v = cursor_varint(l->in);
	int64_t d = (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
	int64_t at_us = 0;

	if (__builtin_add_overflow(l->base_us, d, &at_us) || at_us < 0 || at_us > TIME_MAX_US) {
		l->in->bad = true;
		return 0;
	}
	return at_us;
}

static int load_labels(struct loader *l, struct labels *labels)
{
	uint32_t n = take_u32(l->in);

	for (size_t i = 0; i < QUEUE_CALL_LABELS_MAX; i++) {
		l->place_of[i] = LABELS_NONE;
	}
	for (uint32_t i = 0; i < n && !l->in->bad; i++) {
		uint32_t place = take_u32(l->in);
		uint64_t hash = cursor_u64le(l->in);
		uint32_t len = take_u32(l->in);
		const uint8_t *text = len < LABEL_BYTES ? cursor_take(l->in, len) : NULL;

		if (text == NULL || place >= QUEUE_CALL_LABELS_MAX ||
		    l->place_of[place] != LABELS_NONE) {
			return -EBADMSG;
		}
		l->place_of[place] =
			labels_take(labels, hash, (struct slice){ (const char *)text, len });
		if (l->place_of[place] == LABELS_NONE) {
			return -EBADMSG;
		}
	}
	return l->in->bad ? -EBADMSG : 0;
}

static void take_fields(struct loader *l, struct queue_entry *e, unsigned flags)
{
	e->has_position = (flags & HAS_POSITION) != 0;
	e->has_wait = (flags & HAS_WAIT) != 0;
	e->has_ring = (flags & HAS_RING) != 0;
	e->position = e->has_position ? take_u32(l->in) : 0;
	e->wait_ms = e->has_wait ? take_u32(l->in) : 0;
	e->ring_ms = e->has_ring ? take_u32(l->in) : 0;
	e->customer = (flags & HAS_CUSTOMER) != 0 ? cursor_u64le(l->in) : 0;
	if ((flags & HAS_CONNECT) != 0) {
		e->connects = take_u32(l->in);
		e->agent = cursor_u64le(l->in);
		e->connected_us = take_time(l);
	}
	e->entry = (flags & HAS_ENTRY) != 0 ? take_u32(l->in) : 0;
	if ((flags & HAS_RING_NO_ANSWERS) != 0) {
		e->ring_no_answers = take_u32(l->in);
		e->ring_no_answers_over_3s = take_u32(l->in);
	}
}

static int load_entry(struct queue_call *q, struct loader *l, enum entry_list list)
{
	unsigned flags = cursor_u8(l->in);
	uint64_t contact_hash = cursor_u64le(l->in);
	uint64_t contact = cursor_u64le(l->in);
	uint32_t saved = take_u32(l->in);
	uint32_t place =
		!l->in->bad && saved < QUEUE_CALL_LABELS_MAX ? l->place_of[saved] : LABELS_NONE;
	struct queue_entry *e;

	if (place == LABELS_NONE || (flags & ~(unsigned)FLAGS_KNOWN) != 0) {
		return -EBADMSG;
	}
	if (table_full(&q->entries.table)) {
		return -ENOSPC;
	}
	e = queue_entries_add(&q->entries, contact_hash, q->labels.items[place].hash, list);
	if (e == NULL) { /* twice */
		return -EBADMSG;
	}
	q->labels.items[place].users++;
	e->queue = place;
	e->contact = contact;
	e->at_us = take_time(l);
	e->seen_us = take_time(l);
	take_fields(l, e, flags);
	return l->in->bad ? -EBADMSG : 0;
}

static int load_all(struct queue_call *q, struct loader *l)
{
	int rc = cursor_u8(l->in) == STATE_VERSION ? 0 : -EBADMSG;

	q->begun = cursor_u8(l->in) != 0;
	q->last_us = take_moment(l->in);
	l->base_us = q->last_us;
	q->full.lost = take_u32(l->in); /* a minute holds no more, and no Gap above INT64_MAX */
	q->full.from_us = take_moment(l->in);
	q->full.to_us = take_moment(l->in);
	if (rc == 0) {
		rc = load_labels(l, &q->labels);
	}
	for (unsigned list = 0; rc == 0 && list < ENTRY_LISTS; list++) {
		uint32_t n = take_u32(l->in);

		for (uint32_t i = 0; rc == 0 && i < n; i++) {
			rc = load_entry(q, l, (enum entry_list)list);
		}
	}
	return rc == 0 && l->in->bad ? -EBADMSG : rc;
}

int queue_call_load(struct queue_call *q, struct cursor *in)
{
	struct loader l = { .in = in };
	int rc;

	queue_call_clear(q);
	rc = load_all(q, &l);
	/* taking a label counted one user, which no entry is */
	for (size_t i = 0; i < QUEUE_CALL_LABELS_MAX; i++) {
		if (rc == 0 && l.place_of[i] != LABELS_NONE) {
			labels_drop(&q->labels, l.place_of[i]);
		}
	}
	if (rc != 0) {
		queue_call_clear(q);
	}
	return rc;
}
