/*
 * Pieces of datagrams, one after the other. Each begins with 6 bytes: which datagram and protocol,
 * flags, offset in units of 8 (2 bytes), length of the data, seconds that passed.
 */
#include <stdlib.h>

#include "agent/decode/reasm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FLAG_MORE 0x01
#define FLAG_CUT  0x02
#define FLAG_V6   0x04
#define FLAG_LONG 0x08 /* the length counts in 64 bytes, whose content repeats */

static void expect(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void add_piece(struct reasm *r, struct cursor *c, int64_t *now_ns)
{
	static uint8_t repeated[256 * 64];
	static const uint8_t protocols[] = { 17, 6, 60, 1 };
	struct packet_fragment piece = { .src = net_addr_v4(1) };
	uint8_t which = cursor_u8(c);
	uint8_t flags = cursor_u8(c);
	size_t n;
	struct packet out;

	piece.id = which & 0x0f;
	piece.protocol = protocols[which >> 4 & 3];
	piece.more = (flags & FLAG_MORE) != 0;
	piece.dst.high = (flags & FLAG_V6) != 0;
	piece.offset = (uint32_t)cursor_u16be(c) * 8;
	n = cursor_u8(c);
	*now_ns += (int64_t)cursor_u8(c) * INT64_C(1000000000);
	if ((flags & FLAG_LONG) != 0) {
		memset(repeated, which, sizeof(repeated));
		piece.data = cursor_of(repeated, n * 64);
	} else {
		n = n < cursor_left(c) ? n : cursor_left(c);
		piece.data = cursor_sub(c, n);
	}
	piece.data_bytes = (uint32_t)cursor_left(&piece.data) + ((flags & FLAG_CUT) != 0 ? 8 : 0);
	if (reasm_add(r, &piece, *now_ns, &out) == PACKET_OK) {
		uint64_t sum = 0;

		expect(cursor_left(&out.payload) == out.payload_bytes);
		expect(out.payload_bytes <= REASM_DATAGRAM_MAX);
		while (cursor_left(&out.payload) > 0) { /* every byte can be read */
			sum += cursor_u8(&out.payload);
		}
		expect(sum <= (uint64_t)UINT8_MAX * out.payload_bytes);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	struct reasm *r = reasm_new();
	int64_t now_ns = 0;
	uint64_t pieces = 0;
	const struct reasm_counters *n;

	if (r == NULL) {
		return 0;
	}
	while (cursor_left(&c) >= 6) {
		add_piece(r, &c, &now_ns);
		pieces++;
	}
	n = reasm_counters(r);
	expect(n->completed + n->overlapping + n->timed_out + n->evicted + n->too_long + n->cut <=
	       2 * pieces);
	reasm_free(r);
	return 0;
}
