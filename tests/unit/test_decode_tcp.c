#include "agent/decode/tcp.h"

#include <stdio.h>

#include "tests/support/cases.h"
#include "tests/support/tcp_stage.h"

#define SECOND_NS INT64_C(1000000000)

/* Messages of 26, 29 and 28 bytes; what else is in them is no matter here. */
#define BYE    "BYE sip:a SIP/2.0\r\nl:0\r\n\r\n"
#define INFO   "INFO sip:b SIP/2.0\nl:7\n\nabc\r\nv="
#define OK     "SIP/2.0 200 OK\r\nl:0\r\na:b\r\n\r\n"
#define NO_LEN "ACK sip:a SIP/2.0\r\n\r\n"

static const struct tcp_counters *counters(const struct tcp_stage *s)
{
	return tcp_counters(s->tcp);
}

static void assert_messages(const struct tcp_stage *s, size_t n, const char *const *want)
{
	assert_int_equal(s->n, n);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(s->texts[i], want[i]);
	}
}

#define assert_came(s, ...)                                                                        \
	do {                                                                                       \
		const char *const want_[] = { __VA_ARGS__ };                                       \
		assert_messages((s), sizeof(want_) / sizeof(want_[0]), want_);                     \
	} while (0)

/* A message with a body of `n` bytes, in `text`; returns its length. */
static size_t big_message(char *text, size_t n, char fill)
{
	size_t head = (size_t)snprintf(text, 64, "NOTIFY sip:a SIP/2.0\r\nl:%zu\r\n\r\n", n);

	memset(text + head, fill, n);
	text[head + n] = '\0';
	return head + n;
}

/* ---- framing ---- */

static void message_in_one_segment_comes_as_it_is(void **state)
{
	struct tcp_stage *s = *state;

	s->next.at_ns = 42;
	tcp_stage_text(s, 1000, BYE);
	assert_came(s, BYE);
	assert_int_equal(s->packets[0].at_ns, 42);
	assert_int_equal(s->packets[0].src_port, 40000);
	assert_int_equal(s->packets[0].dst_port, 5060);
	assert_true(net_addr_eq(s->packets[0].src, net_addr_v4(0xc0000201)));
	assert_true(net_addr_eq(s->packets[0].dst, net_addr_v4(0xc0000202)));
}

static void e02_message_in_segments_of_one_byte_comes_when_it_is_whole(void **state)
{
	static const char text[] = INFO BYE;
	struct tcp_stage *s = *state;

	for (uint32_t i = 0; i < sizeof(text) - 1; i++) {
		s->next.at_ns = i;
		tcp_stage_bytes(s, 1000 + i, text + i, 1);
	}
	assert_came(s, INFO, BYE);
	assert_int_equal(s->packets[0].at_ns, sizeof(INFO) - 2);
	assert_int_equal(s->packets[1].at_ns, sizeof(text) - 2);
}

static void e02_messages_in_one_segment_come_in_order(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_text(s, 1000, BYE INFO OK);
	assert_came(s, BYE, INFO, OK);
}

static void e02_segment_may_end_anywhere_in_a_message(void **state)
{
	static const char text[] = BYE INFO OK;
	struct tcp_stage *s = *state;
	uint32_t sequence = 1000;

	for (uint32_t i = 1; i < sizeof(text) - 1; i++) {
		tcp_stage_forget(s);
		tcp_stage_bytes(s, sequence, text, i);
		tcp_stage_bytes(s, sequence + i, text + i, sizeof(text) - 1 - i);
		assert_came(s, BYE, INFO, OK);
		sequence += (uint32_t)sizeof(text) - 1;
	}
}

static void keep_alives_between_messages_mean_nothing(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_text(s, 1000, "\r\n\r\n" BYE "\r\n\r\n\r\n");
	tcp_stage_text(s, 1000 + 4 + 26 + 6, "\r");
	tcp_stage_text(s, 1000 + 4 + 26 + 7, "\n" OK);
	assert_came(s, BYE, OK);
	assert_int_equal(counters(s)->resyncs, 0);
}

static void e02_message_without_length_has_no_body(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_text(s, 1000, NO_LEN BYE);
	assert_came(s, NO_LEN, BYE);
	assert_int_equal(counters(s)->no_length, 0);
	assert_int_equal(counters(s)->resyncs, 0);
}

static void e02_body_without_length_is_skipped_and_counted(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_text(s, 1000, NO_LEN "v=0\r\ns=-\r\nc=IN IP4 192.0.2.1\r\n" BYE);
	assert_came(s, NO_LEN, BYE);
	assert_int_equal(counters(s)->no_length, 1);
	assert_int_equal(counters(s)->resyncs, 1);
}

static const struct junk {
	const char *name;
	const char *text;
	size_t len;
} junks[] = {
	{ "text_between_messages", "Hello there\r\nVia: SIP/2.0/UDP x\r\n", 33 },
	{ "bytes_between_messages", "\x16\x03\x01\0\xff\n", 6 },
	{ "message_of_another_version", "BYE sip:a SIP/3.0\r\nl:0\r\n\r\n", 26 },
	{ "message_of_a_bad_length", "BYE sip:a SIP/2.0\r\nl:x\r\n\r\n", 26 },
};

static void junk_is_skipped_to_the_next_start_line(void **state)
{
	const struct junk *j = *state;
	void *stage;
	struct tcp_stage *s;
	uint32_t sequence = 1000;

	assert_int_equal(tcp_stage_set_up(&stage), 0);
	s = stage;
	tcp_stage_text(s, sequence, OK);
	sequence += sizeof(OK) - 1;
	for (uint32_t i = 0; i < j->len; i++) { /* in pieces, and then whole */
		tcp_stage_bytes(s, sequence++, j->text + i, 1);
	}
	tcp_stage_text(s, sequence, BYE);
	sequence += sizeof(BYE) - 1;
	assert_came(s, OK, BYE);
	assert_int_equal(counters(s)->resyncs, 1);
	tcp_stage_bytes(s, sequence, j->text, j->len);
	sequence += (uint32_t)j->len;
	tcp_stage_text(s, sequence, BYE);
	assert_came(s, OK, BYE, BYE);
	assert_int_equal(counters(s)->resyncs, 2);
	assert_int_equal(tcp_stage_tear_down(&stage), 0);
}

/* ---- order ---- */

static void e03_segments_out_of_order_are_put_in_order(void **state)
{
	static const char text[] = BYE INFO;
	struct tcp_stage *s = *state;

	tcp_stage_flags(s, 1000, PACKET_TCP_SYN);
	s->next.at_ns = 1;
	tcp_stage_bytes(s, 1040, text + 40, sizeof(text) - 1 - 40);
	tcp_stage_bytes(s, 1010, text + 10, 30);
	assert_int_equal(s->n, 0);
	s->next.at_ns = 2;
	tcp_stage_bytes(s, 1000, text, 10);
	assert_came(s, BYE, INFO);
	assert_int_equal(s->packets[1].at_ns, 2);
	assert_int_equal(counters(s)->holes, 0);
}

static void e03_segment_sent_again_changes_nothing(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_text(s, 1000, BYE);
	tcp_stage_text(s, 1000, BYE);
	tcp_stage_text(s, 1026, "SIP/2.0 200 OK\r\n");
	tcp_stage_text(s, 1026, "SIP/2.0 200 OK\r\n");
	tcp_stage_text(s, 1000, BYE "SIP/2.0 200 OK\r\nl:0\r\na:b\r\n\r\n");
	assert_came(s, BYE, OK);
}

static void e03_first_copy_of_a_byte_wins(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_flags(s, 1000, PACKET_TCP_SYN);
	tcp_stage_text(s, 1010, " SIP/2.0\r\nl:0\r\n\r\n");
	tcp_stage_text(s, 1008, "XXXXXX");         /* two new, the rest was there */
	tcp_stage_text(s, 1000, "BYE sip:YYYYYY"); /* eight new */
	assert_came(s, "BYE sip:XX SIP/2.0\r\nl:0\r\n\r\n");
}

/* Found by the fuzz target: it left a range of no bytes and then gave up the same hole for ever. */
static void old_bytes_that_come_while_a_hole_waits_change_nothing(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_text(s, 1000, BYE);
	tcp_stage_text(s, 1036, OK);
	tcp_stage_text(s, 1000, BYE);
	tcp_tick(s->tcp, 2 * SECOND_NS);
	assert_came(s, BYE, OK);
	assert_int_equal(counters(s)->holes, 1);
}

static void probe_of_a_byte_before_the_next_changes_nothing(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_text(s, 1000, BYE);
	tcp_stage_text(s, 1025, "x");
	tcp_stage_text(s, 1026, OK);
	assert_came(s, BYE, OK);
	assert_int_equal(counters(s)->resyncs, 0);
}

static void sequence_numbers_may_wrap(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_text(s, UINT32_MAX - 9, "BYE sip:a ");
	tcp_stage_text(s, 0, "SIP/2.0\r\nl:0\r\n\r\n");
	tcp_stage_text(s, 16, OK);
	assert_came(s, BYE, OK);
	assert_int_equal(counters(s)->holes, 0);
}

/* ---- holes ---- */

static void e03_hole_with_more_than_4096_bytes_behind_is_given_up(void **state)
{
	struct tcp_stage *s = *state;
	char text[8192];
	size_t len = big_message(text, 4096 - 32, 'x'); /* 4,096 in all */

	assert_int_equal(len, 4096);
	tcp_stage_flags(s, 1000, PACKET_TCP_SYN);
	tcp_stage_bytes(s, 1010, text, len);
	assert_int_equal(s->n, 0);
	assert_int_equal(counters(s)->holes, 0);
	tcp_stage_text(s, 1010 + 4096, "\n");
	assert_came(s, text);
	assert_int_equal(counters(s)->holes, 1);
	tcp_stage_text(s, 1000, "0123456789"); /* too late */
	tcp_stage_text(s, 1010 + 4097, OK);
	assert_came(s, text, OK);
}

static void e03_hole_is_waited_for_one_second(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_text(s, 1000, "BYE sip:a ");
	s->next.at_ns = 5;
	tcp_stage_text(s, 1026, OK);
	tcp_tick(s->tcp, 5 + SECOND_NS);
	assert_int_equal(s->n, 0);
	tcp_stage_text(s, 1010, "SIP/2.0\r\nl:0\r\n\r\n");
	assert_came(s, BYE, OK);
	assert_int_equal(counters(s)->holes, 0);
}

static void e03_hole_is_waited_for_no_longer(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_text(s, 1000, "BYE sip:a ");
	s->next.at_ns = 5;
	tcp_stage_text(s, 1026, OK);
	tcp_tick(s->tcp, 6 + SECOND_NS);
	assert_came(s, OK);
	assert_int_equal(counters(s)->holes, 1);
	assert_int_equal(counters(s)->resyncs, 0);
	assert_int_equal(s->packets[0].at_ns, 5);
	assert_int_equal(s->packets[0].src_port, 40000);
	assert_int_equal(s->packets[0].dst_port, 5060);
	assert_int_equal(s->packets[0].transport, PACKET_TCP);
	assert_true(net_addr_eq(s->packets[0].src, net_addr_v4(0xc0000201)));
	assert_true(net_addr_eq(s->packets[0].dst, net_addr_v4(0xc0000202)));
}

static void later_segment_ends_the_wait_as_well(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_text(s, 1000, "BYE sip:a ");
	tcp_stage_text(s, 1026, OK);
	s->next.at_ns = 1 + SECOND_NS;
	tcp_stage_text(s, 1026 + 28, BYE);
	assert_came(s, OK, BYE);
	assert_int_equal(counters(s)->holes, 1);
}

static void e03_message_cut_by_a_hole_is_skipped_to_the_next(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_text(s, 1000, "BYE sip:a ");
	tcp_stage_text(s, 1020, "0\r\n\r\nhalf a line\r\n" OK);
	tcp_tick(s->tcp, 2 * SECOND_NS);
	assert_came(s, OK);
	assert_int_equal(counters(s)->holes, 1);
	assert_int_equal(counters(s)->resyncs, 1);
}

static void holes_are_given_up_one_by_one(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_text(s, 1000, BYE);
	s->next.at_ns = SECOND_NS;
	tcp_stage_text(s, 1026 + 10 + 28 + 10, INFO); /* came first, is behind both holes */
	s->next.at_ns = SECOND_NS + SECOND_NS / 2;
	tcp_stage_text(s, 1026 + 10, OK);
	tcp_tick(s->tcp, 2 * SECOND_NS + 1);
	assert_came(s, BYE, OK, INFO);
	assert_int_equal(counters(s)->holes, 2);
}

static void hole_behind_another_has_its_own_second(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_text(s, 1000, BYE);
	tcp_stage_text(s, 1026 + 10, OK);
	s->next.at_ns = SECOND_NS;
	tcp_stage_text(s, 1026 + 10 + 28 + 10, INFO);
	tcp_tick(s->tcp, SECOND_NS + SECOND_NS / 2);
	assert_came(s, BYE, OK);
	tcp_stage_text(s, 1026 + 10 + 28, "\r\n\r\n\r\n\r\n\r\n");
	assert_came(s, BYE, OK, INFO);
	assert_int_equal(counters(s)->holes, 1);
}

static void ninth_hole_gives_up_the_first(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_flags(s, 1000, PACKET_TCP_SYN);
	for (uint32_t i = 0; i < 8; i++) {
		tcp_stage_text(s, 1010 + 100 * i, BYE);
	}
	assert_int_equal(s->n, 0);
	tcp_stage_text(s, 1010 + 800, BYE);
	assert_came(s, BYE);
	assert_int_equal(counters(s)->holes, 1);
}

static void bytes_far_ahead_are_another_stream(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_text(s, 1000, "BYE sip:a ");
	tcp_stage_text(s, 1010 + 70000, BYE);
	assert_came(s, BYE);
	assert_int_equal(counters(s)->holes, 1);
}

static void bytes_far_back_are_another_stream(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_text(s, 1000000, BYE);
	tcp_stage_text(s, 1000, OK);
	assert_came(s, BYE, OK);
	assert_int_equal(counters(s)->holes, 1);
}

static void big_segment_behind_a_hole_does_not_wait(void **state)
{
	struct tcp_stage *s = *state;
	char text[70000];
	size_t len = big_message(text, 60000, 'x');

	tcp_stage_text(s, 1000, "BYE sip:a ");
	tcp_stage_bytes(s, 1000 + 26, text, len); /* fits no more into the flow's buffer */
	tcp_stage_text(s, (uint32_t)(1000 + 26 + len), OK);
	assert_came(s, text, OK);
	assert_int_equal(counters(s)->holes, 1);
}

static void payload_cut_by_the_capture_is_a_hole(void **state)
{
	struct tcp_stage *s = *state;
	struct packet p = s->next;
	char text[512];
	size_t len = big_message(text, 300, 'x');

	p.tcp_sequence = 1000;
	p.payload = cursor_of(text, 96);
	p.payload_bytes = (uint32_t)len;
	tcp_segment(s->tcp, &p, true);
	tcp_stage_text(s, 1000 + (uint32_t)len, OK);
	tcp_tick(s->tcp, 2 * SECOND_NS);
	assert_came(s, OK);
	assert_int_equal(counters(s)->holes, 1);
}

/* ---- limits ---- */

static void longest_message_comes_whole(void **state)
{
	struct tcp_stage *s = *state;
	static char text[70000];
	size_t len = big_message(text, 65535 - 33, 'x');

	assert_int_equal(len, 65535);
	for (size_t i = 0; i < len; i += 1460) {
		tcp_stage_bytes(s, (uint32_t)i, text + i, len - i < 1460 ? len - i : 1460);
	}
	tcp_stage_text(s, (uint32_t)len, BYE);
	assert_came(s, text, BYE);
	assert_int_equal(counters(s)->overflows, 0);
}

static void e03_longer_message_is_skipped_and_counted(void **state)
{
	struct tcp_stage *s = *state;
	static char text[70000];
	size_t len = big_message(text, 65536 - 33, '\n');

	for (size_t i = 0; i < len; i += 1460) {
		tcp_stage_bytes(s, (uint32_t)i, text + i, len - i < 1460 ? len - i : 1460);
	}
	tcp_stage_text(s, (uint32_t)len, BYE);
	assert_came(s, BYE);
	assert_int_equal(counters(s)->overflows, 1);
}

static void length_of_4_gibibytes_blinds_nobody(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_text(s, 1000, "BYE sip:a SIP/2.0\r\nl:4294967295\r\n\r\nabc\r\n" OK);
	assert_came(s, OK);
	assert_int_equal(counters(s)->overflows, 1);
}

static void head_without_end_is_skipped_and_counted(void **state)
{
	struct tcp_stage *s = *state;
	static char text[66000] = "BYE sip:a SIP/2.0\r\n";

	memset(text + strlen(text), 'x', sizeof(text) - strlen(text));
	for (size_t i = 0; i < sizeof(text); i += 1000) {
		tcp_stage_bytes(s, (uint32_t)i, text + i, 1000);
	}
	tcp_stage_text(s, sizeof(text), "\r\n" OK);
	assert_came(s, OK);
	assert_int_equal(counters(s)->overflows, 1);
}

static void oldest_flow_gives_way(void **state)
{
	struct tcp_stage *s = *state;

	for (uint16_t port = 0; port < TCP_FLOWS; port++) {
		s->next.src_port = port;
		tcp_stage_text(s, 1000, "BYE sip:a ");
	}
	assert_int_equal(counters(s)->flows, TCP_FLOWS);
	s->next.src_port = 0; /* not the oldest any more */
	tcp_stage_text(s, 1010, "SIP");
	s->next.src_port = TCP_FLOWS;
	tcp_stage_text(s, 1000, OK);
	assert_int_equal(counters(s)->evicted, 1);
	s->next.src_port = 0;
	tcp_stage_text(s, 1013, "/2.0\r\nl:0\r\n\r\n");
	assert_came(s, OK, BYE);
	s->next.src_port = 1; /* gone, so this is the middle of nothing */
	tcp_stage_text(s, 1010, "sip:a SIP/2.0\r\nl:0\r\n\r\n");
	assert_came(s, OK, BYE);
}

/* ---- which flows are kept ---- */

static void directions_and_connections_are_apart(void **state)
{
	struct tcp_stage *s = *state;
	struct packet there = s->next;

	tcp_stage_text(s, 1000, "BYE sip:a ");
	s->next.src = there.dst;
	s->next.dst = there.src;
	s->next.src_port = there.dst_port;
	s->next.dst_port = there.src_port;
	tcp_stage_text(s, 1010, OK);
	s->next = there;
	s->next.src_port++;
	tcp_stage_text(s, 1010, OK);
	s->next = there;
	tcp_stage_text(s, 1010, "SIP/2.0\r\nl:0\r\n\r\n");
	assert_came(s, OK, OK, BYE);
	assert_int_equal(counters(s)->flows, 3);
}

static void other_port_is_kept_when_it_begins_like_sip(void **state)
{
	struct tcp_stage *s = *state;

	s->sip_port = false;
	tcp_stage_text(s, 1000, "BYE sip:a ");
	tcp_stage_text(s, 1010, "SIP/2.0\r\nl:0\r\n\r\n");
	assert_came(s, BYE);
}

static void other_port_is_not_kept_else(void **state)
{
	struct tcp_stage *s = *state;

	s->sip_port = false;
	tcp_stage_flags(s, 999, PACKET_TCP_SYN);
	tcp_stage_text(s, 1000, "GET / HTTP/1.1\r\n\r\n");
	tcp_stage_text(s, 1018, "hello\r\n" BYE);
	assert_int_equal(s->n, 0);
	assert_int_equal(counters(s)->flows, 0);
}

static void empty_segments_make_no_flow(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_flags(s, 1000, 0);
	tcp_stage_flags(s, 1000, PACKET_TCP_FIN);
	tcp_stage_flags(s, 1000, PACKET_TCP_RST);
	assert_int_equal(counters(s)->flows, 0);
}

static void datagram_is_no_segment(void **state)
{
	struct tcp_stage *s = *state;

	s->next.transport = PACKET_UDP;
	tcp_stage_text(s, 1000, BYE);
	assert_int_equal(s->n, 0);
}

static void stream_may_be_joined_within_a_message(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_text(s, 1000, "e message\r\nl:0\r\n\r\n" BYE);
	tcp_stage_text(s, 1044, OK);
	assert_came(s, BYE, OK);
	assert_int_equal(counters(s)->resyncs, 1);
}

static void stream_joined_within_a_start_line_invents_no_method(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_text(s, 1000, "FO sip:b SIP/2.0\r\nl:0\r\n\r\n");
	tcp_stage_text(s, 1025, BYE "FO sip:b SIP/2.0\r\nl:0\r\n\r\n"); /* here it is one */
	assert_came(s, BYE, "FO sip:b SIP/2.0\r\nl:0\r\n\r\n");
	assert_int_equal(counters(s)->resyncs, 1);
}

static void port_used_again_is_a_new_stream(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_flags(s, 1000, PACKET_TCP_SYN);
	tcp_stage_text(s, 1000, BYE "SIP/2.0 2");
	tcp_stage_flags(s, 1010, PACKET_TCP_SYN);
	tcp_stage_text(s, 1010, OK);
	assert_came(s, BYE, OK);
	assert_int_equal(counters(s)->holes, 1);
	assert_int_equal(counters(s)->flows, 1);
}

static void syn_sent_again_changes_nothing(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_flags(s, 1000, PACKET_TCP_SYN);
	tcp_stage_text(s, 1000, "BYE sip:a ");
	tcp_stage_flags(s, 1000, PACKET_TCP_SYN);
	tcp_stage_text(s, 1010, "SIP/2.0\r\nl:0\r\n\r\n");
	assert_came(s, BYE);
}

static void closed_flow_still_knows_what_it_had(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_text(s, 1000, BYE);
	tcp_stage_flags(s, 1026, PACKET_TCP_FIN);
	tcp_tick(s->tcp, 10 * SECOND_NS);
	tcp_stage_text(s, 1000, BYE);
	assert_came(s, BYE);
	assert_int_equal(counters(s)->flows, 1);
}

static void closed_flow_is_forgotten_after_ten_seconds(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_text(s, 1000, BYE "SIP/2");
	tcp_stage_flags(s, 1031, PACKET_TCP_RST);
	tcp_tick(s->tcp, 10 * SECOND_NS + 1);
	tcp_stage_text(s, 1000, BYE);
	assert_came(s, BYE, BYE);
	assert_int_equal(counters(s)->flows, 2);
	assert_int_equal(counters(s)->holes, 1);
}

static void open_flow_is_forgotten_after_half_an_hour(void **state)
{
	struct tcp_stage *s = *state;

	tcp_stage_text(s, 1000, BYE);
	tcp_tick(s->tcp, 1800 * SECOND_NS);
	tcp_stage_text(s, 1026, "\r\n");
	assert_int_equal(counters(s)->flows, 1);
	tcp_tick(s->tcp, 1800 * SECOND_NS + 1);
	tcp_stage_text(s, 1028, "\r\n");
	assert_int_equal(counters(s)->flows, 2);
	assert_int_equal(counters(s)->holes, 0);
}

static void tick_of_nothing_does_nothing(void **state)
{
	struct tcp_stage *s = *state;

	tcp_tick(s->tcp, INT64_MAX);
	tcp_tick(s->tcp, 0);
	assert_int_equal(s->n, 0);
}

static void freeing_nothing_is_fine(void **state)
{
	(void)state;
	tcp_free(NULL);
}

/* ---- work ---- */

/* Bytes that were searched for a line end or another byte, all told. */
static size_t searched_bytes;

/* names the linker asks for (--wrap) */
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
void *__real_memchr(const void *at, int c, size_t n);
void *__wrap_memchr(const void *at, int c, size_t n);

void *__wrap_memchr(const void *at, int c, size_t n)
{
	void *hit = __real_memchr(at, c, n);

	searched_bytes += hit != NULL ? (size_t)((uint8_t *)hit - (const uint8_t *)at) + 1 : n;
	return hit;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static const struct worst {
	const char *name;
	const char *start;
	const char *repeated;
	size_t segment_bytes;
} worsts[] = {
	{ "long_head_in_segments_of_one_byte", "BYE sip:a SIP/2.0\r\nX: ", "x", 1 },
	{ "many_headers_in_segments_of_one_byte", "BYE sip:a SIP/2.0\r\n", "a\n", 1 },
	{ "long_start_line_in_segments_of_one_byte", "BYE ", "x", 1 },
	{ "long_body_in_segments_of_one_byte", "BYE sip:a SIP/2.0\r\nl:65000\r\n\r\n", "x", 1 },
	{ "start_lines_only", "", "BYE sip:a SIP/2.0\n", 1460 },
	{ "start_lines_with_a_bad_length", "", "BYE sip:a SIP/2.0\nl:x\n\n", 1460 },
	{ "bytes_without_lines", "", "\x01", 1460 },
	{ "line_ends_only", "", "\n", 1 },
};

static void work_grows_with_length_only(void **state)
{
	const struct worst *w = *state;
	static char text[1 << 18];
	size_t len = strlen(w->start);
	void *stage;

	memcpy(text, w->start, len);
	for (size_t n = strlen(w->repeated); len + n <= sizeof(text); len += n) {
		memcpy(text + len, w->repeated, n);
	}
	assert_int_equal(tcp_stage_set_up(&stage), 0);
	searched_bytes = 0;
	for (size_t i = 0; i + w->segment_bytes <= len; i += w->segment_bytes) {
		tcp_stage_bytes(stage, (uint32_t)i, text + i, w->segment_bytes);
	}
	/* everything that is kept searched for each segment would be thousands of times as much */
	assert_in_range(searched_bytes, 0, 16 * len);
	assert_int_equal(tcp_stage_tear_down(&stage), 0);
}

#define STAGED(test) cases_test_with(&c, test, tcp_stage_set_up, tcp_stage_tear_down)

int main(void)
{
	static struct cases c;

	STAGED(message_in_one_segment_comes_as_it_is);
	STAGED(e02_message_in_segments_of_one_byte_comes_when_it_is_whole);
	STAGED(e02_messages_in_one_segment_come_in_order);
	STAGED(e02_segment_may_end_anywhere_in_a_message);
	STAGED(keep_alives_between_messages_mean_nothing);
	STAGED(e02_message_without_length_has_no_body);
	STAGED(e02_body_without_length_is_skipped_and_counted);
	cases_table(&c, junks, junk_is_skipped_to_the_next_start_line);
	STAGED(e03_segments_out_of_order_are_put_in_order);
	STAGED(e03_segment_sent_again_changes_nothing);
	STAGED(e03_first_copy_of_a_byte_wins);
	STAGED(old_bytes_that_come_while_a_hole_waits_change_nothing);
	STAGED(probe_of_a_byte_before_the_next_changes_nothing);
	STAGED(sequence_numbers_may_wrap);
	STAGED(e03_hole_with_more_than_4096_bytes_behind_is_given_up);
	STAGED(e03_hole_is_waited_for_one_second);
	STAGED(e03_hole_is_waited_for_no_longer);
	STAGED(later_segment_ends_the_wait_as_well);
	STAGED(e03_message_cut_by_a_hole_is_skipped_to_the_next);
	STAGED(holes_are_given_up_one_by_one);
	STAGED(hole_behind_another_has_its_own_second);
	STAGED(ninth_hole_gives_up_the_first);
	STAGED(bytes_far_ahead_are_another_stream);
	STAGED(bytes_far_back_are_another_stream);
	STAGED(big_segment_behind_a_hole_does_not_wait);
	STAGED(payload_cut_by_the_capture_is_a_hole);
	STAGED(longest_message_comes_whole);
	STAGED(e03_longer_message_is_skipped_and_counted);
	STAGED(length_of_4_gibibytes_blinds_nobody);
	STAGED(head_without_end_is_skipped_and_counted);
	STAGED(oldest_flow_gives_way);
	STAGED(directions_and_connections_are_apart);
	STAGED(other_port_is_kept_when_it_begins_like_sip);
	STAGED(other_port_is_not_kept_else);
	STAGED(empty_segments_make_no_flow);
	STAGED(datagram_is_no_segment);
	STAGED(stream_may_be_joined_within_a_message);
	STAGED(stream_joined_within_a_start_line_invents_no_method);
	STAGED(port_used_again_is_a_new_stream);
	STAGED(syn_sent_again_changes_nothing);
	STAGED(closed_flow_still_knows_what_it_had);
	STAGED(closed_flow_is_forgotten_after_ten_seconds);
	STAGED(open_flow_is_forgotten_after_half_an_hour);
	STAGED(tick_of_nothing_does_nothing);
	cases_test(&c, freeing_nothing_is_fine);
	cases_table(&c, worsts, work_grows_with_length_only);
	return cases_run("decode/tcp", &c, NULL, NULL);
}
