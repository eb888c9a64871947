/*
 * IP fragments back into datagrams (RFC 791 3.2, RFC 8200 4.5).
 *
 * Owns REASM_SLOTS buffers and a bit for each 8 bytes of them that came; takes nothing more later.
 * A slot that was dropped stays until its time is over, to swallow what else comes of the datagram
 * (RFC 5722 3).
 */
#include "agent/decode/reasm.h"

#include <stdlib.h>

#define UNIT_BYTES 8 /* fragments begin at multiples of it */
#define UNITS      (REASM_DATAGRAM_MAX / UNIT_BYTES)

enum slot_state { SLOT_FREE, SLOT_GATHERING, SLOT_DROPPED };

struct slot {
	enum slot_state state;
	uint8_t protocol;
	uint32_t id;
	struct net_addr src;
	struct net_addr dst;
	int64_t since_ns;
	uint32_t bytes;     /* that came */
	uint32_t all_bytes; /* of the datagram; 0 until its last piece came */
	uint32_t end_bytes; /* of the piece that reaches furthest */
	uint64_t came[UNITS / 64];
	uint8_t data[REASM_DATAGRAM_MAX];
};

struct reasm {
	struct reasm_counters counters;
	struct slot slots[REASM_SLOTS];
};

struct reasm *reasm_new(void)
{
	return calloc(1, sizeof(struct reasm));
}

void reasm_free(struct reasm *r)
{
	free(r);
}

const struct reasm_counters *reasm_counters(const struct reasm *r)
{
	return &r->counters;
}

static bool slot_is_of(const struct slot *s, const struct packet_fragment *piece)
{
	return s->state != SLOT_FREE && s->id == piece->id && s->protocol == piece->protocol &&
	       net_addr_eq(s->src, piece->src) && net_addr_eq(s->dst, piece->dst);
}

static void expire(struct reasm *r, int64_t at_ns)
{
	for (size_t i = 0; i < REASM_SLOTS; i++) {
		struct slot *s = &r->slots[i];

		if (s->state != SLOT_FREE && at_ns - s->since_ns > REASM_TIMEOUT_NS) {
			r->counters.timed_out += s->state == SLOT_GATHERING;
			s->state = SLOT_FREE;
		}
	}
}

/* A slot for a new datagram: a free one, else that of the oldest. */
static struct slot *slot_take(struct reasm *r)
{
	struct slot *oldest = &r->slots[0];

	for (size_t i = 0; i < REASM_SLOTS; i++) {
		struct slot *s = &r->slots[i];

		if (s->state == SLOT_FREE) {
			return s;
		}
		oldest = s->since_ns < oldest->since_ns ? s : oldest;
	}
	r->counters.evicted += oldest->state == SLOT_GATHERING;
	return oldest;
}

static struct slot *slot_for(struct reasm *r, const struct packet_fragment *piece, int64_t at_ns)
{
	struct slot *s;

	for (size_t i = 0; i < REASM_SLOTS; i++) {
		if (slot_is_of(&r->slots[i], piece)) {
			return &r->slots[i];
		}
	}
	s = slot_take(r);
	s->state = SLOT_GATHERING;
	s->protocol = piece->protocol;
	s->id = piece->id;
	s->src = piece->src;
	s->dst = piece->dst;
	s->since_ns = at_ns;
	s->bytes = 0;
	s->all_bytes = 0;
	s->end_bytes = 0;
	memset(s->came, 0, sizeof(s->came));
	return s;
}

static enum packet_result drop(struct slot *s, uint64_t *counter)
{
	++*counter;
	s->state = SLOT_DROPPED;
	return PACKET_FRAGMENT;
}

/* Mark the units of a piece; returns how many of them had come before. */
static uint32_t mark_units(struct slot *s, uint32_t from, uint32_t end)
{
	uint32_t before = 0;

	for (uint32_t unit = from; unit < end; unit++) {
		uint64_t bit = UINT64_C(1) << unit % 64;

		before += (s->came[unit / 64] & bit) != 0;
		s->came[unit / 64] |= bit;
	}
	return before;
}

/* Does what is known of the datagram's end hold with this piece? */
static bool end_agrees(const struct slot *s, const struct packet_fragment *piece, uint32_t end)
{
	if (s->all_bytes > 0) {
		return piece->more ? end < s->all_bytes : end == s->all_bytes;
	}
	return piece->more || end > s->end_bytes;
}

/* Put a piece, all captured and within the slot, where it belongs; false when it contradicts what
 * came before. An exact copy, as a network may make (RFC 8200 4.5) and a capture on two interfaces
 * does, contradicts nothing. */
static bool place(struct slot *s, const struct packet_fragment *piece)
{
	uint32_t end = piece->offset + piece->data_bytes;
	uint32_t first_unit = piece->offset / UNIT_BYTES;
	uint32_t end_unit = (end + UNIT_BYTES - 1) / UNIT_BYTES;
	uint32_t before;

	if (!end_agrees(s, piece, end)) {
		return false;
	}
	before = mark_units(s, first_unit, end_unit);
	if (before > 0) {
		return before == end_unit - first_unit &&
		       memcmp(s->data + piece->offset, piece->data.at, piece->data_bytes) == 0;
	}
	memcpy(s->data + piece->offset, piece->data.at, piece->data_bytes);
	s->bytes += piece->data_bytes;
	s->end_bytes = end > s->end_bytes ? end : s->end_bytes;
	s->all_bytes = piece->more ? s->all_bytes : end;
	return true;
}

enum packet_result reasm_add(struct reasm *r, const struct packet_fragment *piece, int64_t at_ns,
                             struct packet *out)
{
	struct slot *s;

	if (piece->offset % UNIT_BYTES != 0 || piece->data_bytes == 0 ||
	    (piece->more && piece->data_bytes % UNIT_BYTES != 0)) {
		return PACKET_IP_BAD_LENGTH;
	}
	expire(r, at_ns);
	s = slot_for(r, piece, at_ns);
	if (s->state == SLOT_DROPPED) {
		return PACKET_FRAGMENT;
	}
	if (piece->data_bytes > REASM_DATAGRAM_MAX ||
	    piece->offset > REASM_DATAGRAM_MAX - piece->data_bytes) {
		return drop(s, &r->counters.too_long);
	}
	if (cursor_left(&piece->data) < piece->data_bytes) {
		return drop(s, &r->counters.cut);
	}
	if (!place(s, piece)) {
		return drop(s, &r->counters.overlapping);
	}
	if (s->all_bytes == 0 || s->bytes < s->all_bytes) {
		return PACKET_FRAGMENT;
	}
	s->state = SLOT_FREE;
	r->counters.completed++;
	out->src = s->src;
	out->dst = s->dst;
	out->at_ns = at_ns;
	return packet_decode_transport(s->protocol, cursor_of(s->data, s->all_bytes), s->all_bytes,
	                               out);
}
