#include "agent/decode/reasm.h"

#include "tests/support/cases.h"
#include "tests/support/dice.h"

#define SECOND_NS    INT64_C(1000000000)
#define UDP_BYTES    8
#define PROTOCOL_UDP 17

/* A UDP datagram whose payload counts up; cut into pieces at will. */
struct datagram {
	uint8_t bytes[REASM_DATAGRAM_MAX + 64];
	uint32_t len;
	uint32_t id;
};

static void make_datagram(struct datagram *d, uint32_t len, uint32_t id)
{
	const uint8_t head[UDP_BYTES] = {
		0x13, 0xc4, 0x13, 0xc6, (uint8_t)(len >> 8), (uint8_t)len
	};

	d->len = len;
	d->id = id;
	for (uint32_t i = 0; i < len; i++) {
		d->bytes[i] = (uint8_t)(i * 7 + i / 256);
	}
	memcpy(d->bytes, head, sizeof(head));
}

static struct packet_fragment piece_of(const struct datagram *d, uint32_t from, uint32_t n)
{
	return (struct packet_fragment){
		.src = net_addr_v4(0xc0000201),
		.dst = net_addr_v4(0xc0000202),
		.id = d->id,
		.protocol = PROTOCOL_UDP,
		.more = from + n < d->len,
		.offset = from,
		.data = cursor_of(d->bytes + from, n),
		.data_bytes = n,
	};
}

struct fixture {
	struct reasm *r;
	struct datagram d;
	struct packet out;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->r = reasm_new();
	*state = f;
	return f->r == NULL;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	reasm_free(f->r);
	free(f);
	return 0;
}

static enum packet_result add(struct fixture *f, uint32_t from, uint32_t n, int64_t at_ns)
{
	struct packet_fragment piece = piece_of(&f->d, from, n);

	return reasm_add(f->r, &piece, at_ns, &f->out);
}

static void assert_is_whole(const struct fixture *f)
{
	assert_int_equal(f->out.transport, PACKET_UDP);
	assert_int_equal(f->out.src_port, 5060);
	assert_int_equal(f->out.dst_port, 5062);
	assert_int_equal(f->out.payload_bytes, f->d.len - UDP_BYTES);
	assert_int_equal(cursor_left(&f->out.payload), f->d.len - UDP_BYTES);
	assert_memory_equal(f->out.payload.at, f->d.bytes + UDP_BYTES, f->d.len - UDP_BYTES);
	assert_true(net_addr_eq(f->out.src, net_addr_v4(0xc0000201)));
	assert_true(net_addr_eq(f->out.dst, net_addr_v4(0xc0000202)));
}

/* ---- pieces that fit ---- */

static void e04_two_pieces_make_a_datagram(void **state)
{
	struct fixture *f = *state;

	make_datagram(&f->d, 2000, 1);
	assert_int_equal(add(f, 0, 1480, 5), PACKET_FRAGMENT);
	assert_int_equal(add(f, 1480, 520, 6), PACKET_OK);
	assert_is_whole(f);
	assert_int_equal(f->out.at_ns, 6);
	assert_int_equal(reasm_counters(f->r)->completed, 1);
}

static void e04_last_piece_may_come_first(void **state)
{
	struct fixture *f = *state;

	make_datagram(&f->d, 3001, 1);
	assert_int_equal(add(f, 2960, 41, 0), PACKET_FRAGMENT);
	assert_int_equal(add(f, 1480, 1480, 0), PACKET_FRAGMENT);
	assert_int_equal(add(f, 0, 1480, 0), PACKET_OK);
	assert_is_whole(f);
}

static void longest_datagram_fits(void **state)
{
	struct fixture *f = *state;

	make_datagram(&f->d, REASM_DATAGRAM_MAX, 1);
	assert_int_equal(add(f, 0, 8192, 0), PACKET_FRAGMENT);
	assert_int_equal(add(f, 8192, 8192, 0), PACKET_OK);
	assert_is_whole(f);
	assert_int_equal(add(f, 0, REASM_DATAGRAM_MAX, 0), PACKET_OK); /* in a piece of its own */
	assert_is_whole(f);
}

static void copies_of_the_last_byte_do_not_stand_for_others(void **state)
{
	struct fixture *f = *state;

	make_datagram(&f->d, 1489, 1);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(add(f, 1488, 1, 0), PACKET_FRAGMENT);
	}
	assert_int_equal(add(f, 0, 1480, 0), PACKET_FRAGMENT);
	assert_int_equal(add(f, 1480, 8, 0), PACKET_OK);
	assert_is_whole(f);
}

static void e04_pieces_of_eight_bytes_in_any_order_make_a_datagram(void **state)
{
	struct fixture *f = *state;
	struct dice dice = { 1 };
	uint32_t order[125] = { 0 };
	const uint32_t n = sizeof(order) / sizeof(order[0]);

	make_datagram(&f->d, n * 8, 1);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t k = (uint32_t)dice_below(&dice, i + 1);

		order[i] = order[k];
		order[k] = i;
	}
	for (uint32_t i = 0; i + 1 < n; i++) {
		assert_int_equal(add(f, order[i] * 8, 8, 0), PACKET_FRAGMENT);
	}
	assert_int_equal(add(f, order[n - 1] * 8, 8, 0), PACKET_OK);
	assert_is_whole(f);
}

static void exact_copy_of_a_piece_changes_nothing(void **state)
{
	struct fixture *f = *state;

	make_datagram(&f->d, 2000, 1);
	assert_int_equal(add(f, 0, 1480, 0), PACKET_FRAGMENT);
	assert_int_equal(add(f, 0, 1480, 0), PACKET_FRAGMENT);
	assert_int_equal(add(f, 1480, 520, 0), PACKET_OK);
	assert_is_whole(f);
	assert_int_equal(reasm_counters(f->r)->overlapping, 0);
}

static void datagrams_are_told_apart(void **state)
{
	struct fixture *f = *state;
	struct packet_fragment one;
	struct packet_fragment others[4];

	make_datagram(&f->d, 2000, 1);
	one = piece_of(&f->d, 0, 1480);
	for (size_t i = 0; i < 4; i++) {
		others[i] = piece_of(&f->d, 1480, 520);
	}
	others[0].id = 2;
	others[1].src = net_addr_v4(0xc0000203);
	others[2].dst.high = 1;
	others[3].protocol = 6;
	assert_int_equal(reasm_add(f->r, &one, 0, &f->out), PACKET_FRAGMENT);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(reasm_add(f->r, &others[i], 0, &f->out), PACKET_FRAGMENT);
	}
	assert_int_equal(reasm_counters(f->r)->completed, 0);
	assert_int_equal(add(f, 1480, 520, 0), PACKET_OK);
}

static void slot_serves_again_after_a_datagram(void **state)
{
	struct fixture *f = *state;

	for (uint32_t id = 0; id < 3 * REASM_SLOTS; id++) {
		make_datagram(&f->d, 400 - id, id);
		assert_int_equal(add(f, 0, 64, 0), PACKET_FRAGMENT);
		assert_int_equal(add(f, 64, 336 - id, 0), PACKET_OK);
		assert_is_whole(f);
	}
	assert_int_equal(reasm_counters(f->r)->evicted, 0);
}

static void malformed_datagram_is_refused_by_its_name(void **state)
{
	struct fixture *f = *state;

	make_datagram(&f->d, 64, 1);
	f->d.bytes[5] = 200; /* UDP says more than came */
	assert_int_equal(add(f, 0, 32, 0), PACKET_FRAGMENT);
	assert_int_equal(add(f, 32, 32, 0), PACKET_UDP_BAD_LENGTH);
}

static void ipv6_options_before_udp_are_skipped(void **state)
{
	struct fixture *f = *state;
	uint8_t bytes[] = { 17,   0,    1,    4,    0, 0,  0, 0, /* destination options, padded */
		            0x13, 0xc4, 0x13, 0xc6, 0, 10, 0, 0, /* UDP of 10 bytes */
		            'h',  'i' };
	struct packet_fragment first = {
		.protocol = 60, .more = true, .data = cursor_of(bytes, 8), .data_bytes = 8
	};
	struct packet_fragment last = {
		.protocol = 60, .offset = 8, .data = cursor_of(bytes + 8, 10), .data_bytes = 10
	};

	assert_int_equal(reasm_add(f->r, &first, 0, &f->out), PACKET_FRAGMENT);
	assert_int_equal(reasm_add(f->r, &last, 0, &f->out), PACKET_OK);
	assert_int_equal(f->out.payload_bytes, 2);
	assert_memory_equal(f->out.payload.at, "hi", 2);
}

/* ---- pieces that do not ---- */

static const struct conflict {
	const char *name;
	uint32_t from[3];
	uint32_t len[3];
	uint32_t whole[3]; /* length of the datagram this piece believes in */
} conflicts[] = {
	{ "e04_piece_over_the_end_of_another",
	  { 0, 1472, 1480 },
	  { 1480, 16, 520 },
	  { 2000, 2000, 2000 } },
	{ "e04_piece_within_another_with_other_bytes",
	  { 0, 8, 1480 },
	  { 1480, 8, 520 },
	  { 2000, 2001, 2000 } },
	{ "e04_piece_around_another", { 8, 0, 16 }, { 8, 24, 1984 }, { 2000, 2000, 2000 } },
	{ "two_different_ends", { 1480, 1480, 0 }, { 520, 512, 1480 }, { 2000, 1992, 2000 } },
	{ "piece_behind_the_end", { 1480, 2000, 0 }, { 520, 8, 1480 }, { 2000, 3000, 2000 } },
	{ "piece_up_to_the_end_that_says_more_come",
	  { 1600, 1400, 0 },
	  { 400, 600, 1400 },
	  { 2000, 3000, 2000 } },
	{ "last_piece_again_that_says_more_come",
	  { 1480, 1480, 0 },
	  { 520, 520, 1480 },
	  { 2000, 3000, 2000 } },
	{ "middle_piece_again_that_says_it_is_the_last",
	  { 1472, 1472, 0 },
	  { 8, 8, 1472 },
	  { 2000, 1480, 2000 } },
	{ "end_before_what_came", { 1480, 1472, 0 }, { 520, 8, 1480 }, { 3000, 1480, 3000 } },
};

static void overlap_drops_the_datagram_whole(void **state)
{
	const struct conflict *c = *state;
	struct fixture f = { .r = reasm_new() };

	assert_non_null(f.r);
	for (int i = 0; i < 3; i++) {
		make_datagram(&f.d, c->whole[i], 1);
		f.d.bytes[c->from[i] + 7] ^= (uint8_t)(c->whole[i] & 1); /* other bytes */
		assert_int_equal(add(&f, c->from[i], c->len[i], 0), PACKET_FRAGMENT);
		assert_int_equal(reasm_counters(f.r)->overlapping, i > 0);
	}
	assert_int_equal(reasm_counters(f.r)->overlapping, 1);
	assert_int_equal(reasm_counters(f.r)->completed, 0);
	reasm_free(f.r);
}

static void e04_what_comes_of_a_dropped_datagram_is_swallowed(void **state)
{
	struct fixture *f = *state;

	make_datagram(&f->d, 2000, 1);
	(void)add(f, 0, 1480, 0);
	(void)add(f, 8, 1480, 0);
	assert_int_equal(add(f, 0, 1480, 0), PACKET_FRAGMENT);
	assert_int_equal(add(f, 1480, 520, 0), PACKET_FRAGMENT);
	assert_int_equal(reasm_counters(f->r)->overlapping, 1);
	assert_int_equal(add(f, 0, 1480, 31 * SECOND_NS), PACKET_FRAGMENT);
	assert_int_equal(add(f, 1480, 520, 31 * SECOND_NS), PACKET_OK);
	assert_int_equal(reasm_counters(f->r)->timed_out, 0);
}

static const struct long_piece {
	const char *name;
	uint32_t from;
	uint32_t len;
} long_pieces[] = {
	{ "piece_one_byte_past_the_longest_datagram", REASM_DATAGRAM_MAX - 8, 9 },
	{ "piece_that_begins_at_the_longest_datagram", REASM_DATAGRAM_MAX, 8 },
	{ "piece_longer_than_the_longest_datagram", 0, REASM_DATAGRAM_MAX + 8 },
	{ "piece_at_the_end_of_all_datagrams", 65528, 7 },
	{ "piece_of_4_gibibytes", 8, UINT32_MAX },
};

static void too_long_a_datagram_is_dropped(void **state)
{
	const struct long_piece *l = *state;
	struct fixture f = { .r = reasm_new() };
	struct packet_fragment piece = { .protocol = PROTOCOL_UDP,
		                         .offset = l->from,
		                         .data = cursor_of(f.d.bytes, 8),
		                         .data_bytes = l->len };

	assert_non_null(f.r);
	assert_int_equal(reasm_add(f.r, &piece, 0, &f.out), PACKET_FRAGMENT);
	assert_int_equal(reasm_counters(f.r)->too_long, 1);
	assert_int_equal(reasm_counters(f.r)->cut, 0);
	reasm_free(f.r);
}

static void piece_cut_by_the_capture_drops_the_datagram(void **state)
{
	struct fixture *f = *state;
	struct packet_fragment piece;

	make_datagram(&f->d, 2000, 1);
	piece = piece_of(&f->d, 0, 1480);
	piece.data.end--;
	assert_int_equal(reasm_add(f->r, &piece, 0, &f->out), PACKET_FRAGMENT);
	assert_int_equal(add(f, 0, 1480, 0), PACKET_FRAGMENT);
	assert_int_equal(add(f, 1480, 520, 0), PACKET_FRAGMENT);
	assert_int_equal(reasm_counters(f->r)->cut, 1);
}

static const struct odd_piece {
	const char *name;
	uint32_t from;
	uint32_t len;
	bool more;
} odd_pieces[] = {
	{ "piece_between_two_units", 4, 8, false },
	{ "middle_piece_of_no_whole_units", 0, 12, true },
	{ "piece_of_nothing", 0, 0, false },
};

static void piece_is_refused(void **state)
{
	const struct odd_piece *o = *state;
	struct fixture f = { .r = reasm_new() };
	struct packet_fragment piece = { .protocol = PROTOCOL_UDP,
		                         .more = o->more,
		                         .offset = o->from,
		                         .data = cursor_of(f.d.bytes, o->len),
		                         .data_bytes = o->len };

	assert_non_null(f.r);
	assert_int_equal(reasm_add(f.r, &piece, 0, &f.out), PACKET_IP_BAD_LENGTH);
	reasm_free(f.r);
}

/* ---- time and room ---- */

static void e04_datagram_waits_thirty_seconds(void **state)
{
	struct fixture *f = *state;

	make_datagram(&f->d, 2000, 1);
	assert_int_equal(add(f, 0, 1480, 7), PACKET_FRAGMENT);
	assert_int_equal(add(f, 1480, 520, 7 + REASM_TIMEOUT_NS), PACKET_OK);
}

static void e04_datagram_waits_no_longer(void **state)
{
	struct fixture *f = *state;

	make_datagram(&f->d, 2000, 1);
	assert_int_equal(add(f, 0, 1480, 7), PACKET_FRAGMENT);
	assert_int_equal(add(f, 1480, 520, 8 + REASM_TIMEOUT_NS), PACKET_FRAGMENT);
	assert_int_equal(reasm_counters(f->r)->timed_out, 1);
	assert_int_equal(reasm_counters(f->r)->completed, 0);
}

static void time_that_goes_back_drops_nothing(void **state)
{
	struct fixture *f = *state;

	make_datagram(&f->d, 2000, 1);
	assert_int_equal(add(f, 0, 1480, 100 * SECOND_NS), PACKET_FRAGMENT);
	assert_int_equal(add(f, 1480, 520, 0), PACKET_OK);
}

static void e04_oldest_gives_way_to_ten_thousand_first_pieces(void **state)
{
	struct fixture *f = *state;

	for (uint32_t id = 0; id < 10000; id++) {
		make_datagram(&f->d, 2000, id);
		assert_int_equal(add(f, 0, 1480, id), PACKET_FRAGMENT);
	}
	assert_int_equal(reasm_counters(f->r)->evicted, 10000 - REASM_SLOTS);
	make_datagram(&f->d, 2000, 10000 - REASM_SLOTS);
	assert_int_equal(add(f, 1480, 520, 10000), PACKET_OK);
	assert_is_whole(f);
}

static void dropped_datagram_gives_way_without_being_counted_again(void **state)
{
	struct fixture *f = *state;

	make_datagram(&f->d, 2000, 0);
	(void)add(f, 0, 1480, 0);
	(void)add(f, 8, 1480, 0);
	for (uint32_t id = 1; id <= REASM_SLOTS; id++) {
		make_datagram(&f->d, 2000, id);
		(void)add(f, 0, 1480, id);
	}
	assert_int_equal(reasm_counters(f->r)->overlapping, 1);
	assert_int_equal(reasm_counters(f->r)->evicted, 0);
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, e04_two_pieces_make_a_datagram, set_up, tear_down);
	cases_test_with(&c, e04_last_piece_may_come_first, set_up, tear_down);
	cases_test_with(&c, longest_datagram_fits, set_up, tear_down);
	cases_test_with(&c, e04_pieces_of_eight_bytes_in_any_order_make_a_datagram, set_up,
	                tear_down);
	cases_test_with(&c, copies_of_the_last_byte_do_not_stand_for_others, set_up, tear_down);
	cases_test_with(&c, exact_copy_of_a_piece_changes_nothing, set_up, tear_down);
	cases_test_with(&c, datagrams_are_told_apart, set_up, tear_down);
	cases_test_with(&c, slot_serves_again_after_a_datagram, set_up, tear_down);
	cases_test_with(&c, malformed_datagram_is_refused_by_its_name, set_up, tear_down);
	cases_test_with(&c, ipv6_options_before_udp_are_skipped, set_up, tear_down);
	cases_table(&c, conflicts, overlap_drops_the_datagram_whole);
	cases_test_with(&c, e04_what_comes_of_a_dropped_datagram_is_swallowed, set_up, tear_down);
	cases_table(&c, long_pieces, too_long_a_datagram_is_dropped);
	cases_test_with(&c, piece_cut_by_the_capture_drops_the_datagram, set_up, tear_down);
	cases_table(&c, odd_pieces, piece_is_refused);
	cases_test_with(&c, e04_datagram_waits_thirty_seconds, set_up, tear_down);
	cases_test_with(&c, e04_datagram_waits_no_longer, set_up, tear_down);
	cases_test_with(&c, time_that_goes_back_drops_nothing, set_up, tear_down);
	cases_test_with(&c, e04_oldest_gives_way_to_ten_thousand_first_pieces, set_up, tear_down);
	cases_test_with(&c, dropped_datagram_gives_way_without_being_counted_again, set_up,
	                tear_down);
	return cases_run("decode/reasm", &c, NULL, NULL);
}
