/* The path from frames to records: one whole call in every packaging, and what must not be counted.
 */
#include "agent/track/calls.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/frames.h"
#include "tests/support/witness.h"

#define CALLER 0x0a000001 /* 10.0.0.1 */
#define CALLEE 0x0a000002
#define SECOND 1000 /* ms */

static const struct talk there = { CALLER, CALLEE, 5060, 5060 };
static const struct talk back = { CALLEE, CALLER, 5060, 5060 };
static const struct talk rtp_there = { CALLER, CALLEE, 4000, 5000 };
static const struct talk rtp_back = { CALLEE, CALLER, 5000, 4000 };

struct stage {
	struct witness w;
	struct frames f;
	struct calls_options options;
};

static int stage_open(void **state)
{
	static struct stage stage;

	witness_open(&stage.w);
	frames_open(&stage.f);
	stage.options = (struct calls_options){
		.observer = &stage.w.observer,
		.sip_ports = { CALLS_SIP_PORT },
		.n_sip_ports = 1,
		.max_streams = 64,
		.max_dialogs = 64,
		.stream_idle_ns = CALLS_STREAM_IDLE_NS,
		.dialog_idle_ns = CALLS_DIALOG_IDLE_NS,
	};
	*state = &stage;
	return 0;
}

static int stage_close(void **state)
{
	struct stage *s = *state;

	witness_close(&s->w);
	frames_close(&s->f);
	return 0;
}

/* Follow all frames, so many at once, to the end of the capture. */
static struct calls_counters follow(struct stage *s, size_t at_once)
{
	struct calls *c = calls_new(&s->options);
	struct calls_counters n;

	assert_non_null(c);
	for (size_t i = 0; i < s->f.n; i += at_once) {
		calls_frames(c, &s->f.list[i], s->f.n - i < at_once ? s->f.n - i : at_once);
	}
	calls_finish(c);
	calls_counters(c, &n);
	calls_free(c);
	return n;
}

/* ---- one call ---- */

static size_t write_sip(char *out, size_t size, const char *first, const char *cseq,
                        const char *to_tag, const char *sdp_addr_port)
{
	char sdp[512] = "";
	int n = 0;

	if (sdp_addr_port != NULL) {
		const char *port = strchr(sdp_addr_port, ' ') + 1;

		n = snprintf(sdp, sizeof(sdp),
		             "v=0\r\no=- 1 1 IN IP4 x\r\ns=-\r\nc=IN IP4 %.*s\r\nt=0 0\r\n"
		             "m=audio %s RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n",
		             (int)(port - 1 - sdp_addr_port), sdp_addr_port, port);
	}
	n = snprintf(out, size,
	             "%s\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK%.1s\r\n"
	             "From: <sip:+4930123456@example.com>;tag=a\r\n"
	             "To: <sip:5000@example.com>%s\r\nCall-ID: call-1@10.0.0.1\r\nCSeq: %s\r\n"
	             "Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
	             first, cseq, to_tag, cseq, n, sdp);
	assert_true(n > 0 && (size_t)n < size);
	return (size_t)n;
}

#define INVITE "INVITE sip:5000@10.0.0.2 SIP/2.0"
#define OK     "SIP/2.0 200 OK"

/* How a SIP message is packed into frames. */
typedef void (*pack_fn)(struct frames *f, int64_t at_ms, const struct talk *t, const char *text,
                        size_t len);

static void one_call(struct frames *f, pack_fn pack)
{
	char text[2048];
	size_t len;

	len = write_sip(text, sizeof(text), INVITE, "1 INVITE", "", "10.0.0.1 4000");
	pack(f, 0, &there, text, len);
	len = write_sip(text, sizeof(text), OK, "1 INVITE", ";tag=b", "10.0.0.2 5000");
	pack(f, 100, &back, text, len);
	for (uint16_t n = 1; n <= 100; n++) {
		frames_rtp(f, 100 + n * 20, &rtp_there, 1, n);
		frames_rtp(f, 105 + n * 20, &rtp_back, 2, n);
	}
	len = write_sip(text, sizeof(text), "BYE sip:5000@10.0.0.2 SIP/2.0", "2 BYE", ";tag=b",
	                NULL);
	pack(f, 2200, &there, text, len);
	len = write_sip(text, sizeof(text), OK, "2 BYE", ";tag=b", NULL);
	pack(f, 2210, &back, text, len);
}

static void assert_one_call(const struct stage *s)
{
	const Cxm__Dialog *d = witness_dialog(&s->w, 0);

	assert_int_equal(s->w.n, 3);
	assert_int_equal(d->final_status, 200);
	assert_int_equal(d->setup_ms, 100);
	assert_int_equal(d->session_ms, 2100);
	assert_int_equal(d->disconnect_delay_ms, 10);
	assert_int_equal(d->media_security, CXM__DIALOG__MEDIA_SECURITY__PLAIN);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(witness_stream(&s->w, i)->ssrc, i + 1);
		assert_int_equal(witness_stream(&s->w, i)->packets, 100);
		assert_int_equal(witness_stream(&s->w, i)->lost, 0);
		assert_true(witness_stream(&s->w, i)->signalled);
		assert_true(witness_stream(&s->w, i)->contact == d->contact);
	}
}

static void in_datagrams(struct frames *f, int64_t at_ms, const struct talk *t, const char *text,
                         size_t len)
{
	frames_udp(f, at_ms, t, text, len);
}

static void in_fragments(struct frames *f, int64_t at_ms, const struct talk *t, const char *text,
                         size_t len)
{
	frames_udp_pieces(f, at_ms, t, text, len, 128);
}

static void on_another_port(struct frames *f, int64_t at_ms, const struct talk *t, const char *text,
                            size_t len)
{
	struct talk other = { t->src, t->dst, 5080, 5090 };

	frames_udp(f, at_ms, &other, text, len);
}

/* Each message in segments of 100 bytes. The sequence numbers go on from message to message of a
 * direction. */
static void in_segments(struct frames *f, int64_t at_ms, const struct talk *t, const char *text,
                        size_t len)
{
	static uint32_t sequence[2];
	uint32_t *mine = &sequence[t->src == CALLER];

	*mine = at_ms <= 100 ? 1000 : *mine;
	for (size_t at = 0; at < len; at += 100) {
		size_t n = len - at < 100 ? len - at : 100;

		frames_tcp(f, at_ms, t, *mine, text + at, n);
		*mine += (uint32_t)n;
	}
}

static void a_call_makes_a_dialog_and_two_streams_with_one_contact(void **state)
{
	struct stage *s = *state;
	struct calls_counters n;

	one_call(&s->f, in_datagrams);
	n = follow(s, 16);
	assert_one_call(s);
	assert_int_equal(witness_dialog(&s->w, 0)->transport, CXM__DIALOG__TRANSPORT__UDP);
	assert_int_equal(n.frames, 204);
	assert_int_equal(n.sip[SIP_OK], 4);
	assert_int_equal(n.rtp, 200);
}

static void fragments_are_put_together(void **state)
{
	struct stage *s = *state;

	one_call(&s->f, in_fragments);
	(void)follow(s, 16);
	assert_one_call(s);
}

static void sip_is_known_by_its_first_line_on_any_port(void **state)
{
	struct stage *s = *state;

	one_call(&s->f, on_another_port);
	(void)follow(s, 16);
	assert_one_call(s);
}

static void sip_over_tcp_is_followed(void **state)
{
	struct stage *s = *state;

	one_call(&s->f, in_segments);
	(void)follow(s, 16);
	assert_one_call(s);
	assert_int_equal(witness_dialog(&s->w, 0)->transport, CXM__DIALOG__TRANSPORT__TCP);
}

static const size_t batch_sizes[] = { 1, 2, 7, 15, 16, 17, 4096 };

static void looking_ahead_changes_nothing(void **state)
{
	const size_t *at_once = *state;
	void *stage;
	struct stage *s;

	assert_int_equal(stage_open(&stage), 0);
	s = stage;
	one_call(&s->f, in_datagrams);
	(void)follow(s, *at_once);
	assert_one_call(s);
	assert_int_equal(stage_close(&stage), 0);
}

/* Where streams lie in the tables depends on the key; in which order they are reported must not. */
static void the_order_of_records_does_not_depend_on_the_key(void **state)
{
	struct stage *s = *state;
	uint32_t order[64];

	for (uint16_t n = 1; n <= 5; n++) {
		for (uint32_t ssrc = 0; ssrc < 50; ssrc++) {
			frames_rtp(&s->f, n * 20 + ssrc % 7, &rtp_there, 1000 - ssrc, n);
		}
	}
	(void)follow(s, 16);
	assert_int_equal(s->w.n, 50);
	for (size_t i = 0; i < 50; i++) {
		order[i] = witness_stream(&s->w, i)->ssrc;
	}
	witness_forget(&s->w);
	s->w.observer.key.k0 ^= UINT64_C(0x123456789abcdef0);
	(void)follow(s, 16);
	for (size_t i = 0; i < 50; i++) {
		assert_int_equal(witness_stream(&s->w, i)->ssrc, order[i]);
	}
}

/* ---- what must not be counted ---- */

static void a_packet_quoted_by_icmp_is_not_counted_again(void **state)
{
	struct stage *s = *state;

	one_call(&s->f, in_datagrams);
	frames_icmp_quote(&s->f, 2211);
	for (uint16_t n = 1; n <= 10; n++) {
		frames_rtp(&s->f, 3000 + n, &rtp_there, 3, n);
		frames_icmp_quote(&s->f, 3000 + n);
	}
	assert_int_equal(follow(s, 16).rtp, 210);
	assert_int_equal(witness_stream(&s->w, 2)->packets, 10);
}

static void e14_dns_is_neither_rtp_nor_rtcp(void **state)
{
	/* answer to a query with identifier 0x80c8, which begins like an RTCP sender report */
	static const uint8_t answer[] =
		"\x80\xc8\x81\x80\0\1\0\1\0\0\0\0\3www\7example\3com\0\0\1\0\1";
	struct talk from_server = { CALLEE, CALLER, 53, 40000 };
	struct stage *s = *state;
	struct calls_counters n;

	for (unsigned i = 0; i < 10; i++) {
		frames_udp(&s->f, i, &from_server, answer, sizeof(answer) - 1);
	}
	n = follow(s, 16);
	assert_int_equal(n.rtp, 0);
	assert_int_equal(n.rtcp, 0);
	assert_int_equal(n.udp_other, 10);
	assert_int_equal(s->w.n, 0);
}

static void frames_without_time_are_counted_and_left_out(void **state)
{
	struct stage *s = *state;
	struct calls_counters n;

	frames_rtp(&s->f, 0, &rtp_there, 1, 1);
	frames_rtp(&s->f, 0, &rtp_there, 1, 2);
	s->f.list[0].at_ns = -1;
	s->f.list[1].at_ns = INT64_MAX;
	n = follow(s, 16);
	assert_int_equal(n.frames, 2);
	assert_int_equal(n.bad_time, 2);
	assert_int_equal(n.rtp, 0);
}

static void a_keep_alive_on_a_sip_port_is_not_sip(void **state)
{
	struct stage *s = *state;

	frames_udp(&s->f, 0, &there, "\r\n\r\n", 4);
	assert_int_equal(follow(s, 16).sip[SIP_NOT_SIP], 1);
}

static void an_sdp_that_is_none_is_counted(void **state)
{
	struct stage *s = *state;

	frames_sip(&s->f, 0, &there,
	           INVITE "\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=a\r\n"
	                  "To: <sip:c@d>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n"
	                  "Content-Type: application/sdp\r\nContent-Length: 4\r\n\r\nx=0\n");
	assert_int_equal(follow(s, 16).sdp_bad, 1);
	assert_int_equal(s->w.n, 1);
}

/* ---- time ---- */

static void streams_end_while_the_capture_goes_on(void **state)
{
	struct stage *s = *state;
	struct calls *c = calls_new(&s->options);

	one_call(&s->f, in_datagrams);
	calls_frames(c, s->f.list, s->f.n);
	assert_int_equal(s->w.n, 1); /* the dialog */
	calls_tick(c, FRAMES_START_NS + INT64_C(40) * SECOND * 1000000);
	assert_int_equal(s->w.n, 3);
	calls_free(c);
}

static void a_clock_that_goes_back_ends_nothing(void **state)
{
	struct stage *s = *state;

	for (uint16_t n = 1; n <= 10; n++) {
		frames_rtp(&s->f, (n > 5 ? -3600 * SECOND : 0) + n * 20, &rtp_there, 1, n);
	}
	(void)follow(s, 16);
	assert_int_equal(s->w.n, 1);
	assert_int_equal(witness_stream(&s->w, 0)->packets, 10);
}

/* ---- limits ---- */

static void streams_given_up_early_are_a_gap_with_their_number(void **state)
{
	struct stage *s = *state;
	const Cxm__Gap *g;

	s->options.max_streams = 16;
	for (uint32_t ssrc = 0; ssrc < 20; ssrc++) {
		for (uint16_t n = 1; n <= 4; n++) {
			frames_rtp(&s->f, ssrc * 100 + n * 20, &rtp_there, ssrc, n);
		}
	}
	assert_int_equal(follow(s, 16).media.evicted, 4);
	g = witness_gap(&s->w, 0);
	assert_int_equal(witness_count(&s->w, &cxm__gap__descriptor), 1);
	assert_int_equal(witness_count(&s->w, &cxm__media_stream__descriptor), 20);
	assert_int_equal(g->reason, CXM__GAP__REASON__TABLE_FULL);
	assert_string_equal(g->part, "streams");
	assert_int_equal(g->lost, 4);
}

static void dialogs_given_up_early_are_a_gap_with_their_number(void **state)
{
	struct stage *s = *state;

	s->options.max_dialogs = 16;
	for (unsigned i = 0; i < 20; i++) {
		frames_sip(&s->f, i, &there,
		           INVITE "\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\n"
		                  "From: <sip:a@b>;tag=a\r\nTo: <sip:c@d>\r\nCall-ID: %u\r\n"
		                  "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
		           i);
	}
	(void)follow(s, 16);
	assert_int_equal(witness_count(&s->w, &cxm__dialog__descriptor), 20);
	assert_string_equal(witness_gap(&s->w, 0)->part, "dialogs");
	assert_int_equal(witness_gap(&s->w, 0)->lost, 4);
}

static void the_summary_names_what_could_not_be_understood(void **state)
{
	struct stage *s = *state;
	struct calls *c = calls_new(&s->options);
	struct buf text;

	buf_init(&text, 1024);
	frames_rtp(&s->f, 0, &rtp_there, 1, 1);
	s->f.list[0].len_bytes = 20; /* ends within the IP header */
	calls_frames(c, s->f.list, s->f.n);
	calls_summary(c, &text);
	assert_string_equal(buf_text(&text), "packets=1 sip=0 rtp=0 rtcp=0 dialogs=0 streams=0 "
	                                     "ip_truncated=1");
	buf_free(&text);
	calls_free(c);
}

#define STAGED(f) cmocka_unit_test_setup_teardown(f, stage_open, stage_close)

int main(void)
{
	static const struct CMUnitTest singles[] = {
		STAGED(a_call_makes_a_dialog_and_two_streams_with_one_contact),
		STAGED(fragments_are_put_together),
		STAGED(sip_is_known_by_its_first_line_on_any_port),
		STAGED(sip_over_tcp_is_followed),
		STAGED(the_order_of_records_does_not_depend_on_the_key),
		STAGED(a_packet_quoted_by_icmp_is_not_counted_again),
		STAGED(e14_dns_is_neither_rtp_nor_rtcp),
		STAGED(frames_without_time_are_counted_and_left_out),
		STAGED(a_keep_alive_on_a_sip_port_is_not_sip),
		STAGED(an_sdp_that_is_none_is_counted),
		STAGED(streams_end_while_the_capture_goes_on),
		STAGED(a_clock_that_goes_back_ends_nothing),
		STAGED(streams_given_up_early_are_a_gap_with_their_number),
		STAGED(dialogs_given_up_early_are_a_gap_with_their_number),
		STAGED(the_summary_names_what_could_not_be_understood),
	};
	struct CMUnitTest tests[COUNT(singles) + COUNT(batch_sizes)];
	size_t n = COUNT(singles);

	memcpy(tests, singles, sizeof(singles));
	for (size_t i = 0; i < COUNT(batch_sizes); i++) {
		tests[n++] = case_test("looking_ahead_changes_nothing",
		                       looking_ahead_changes_nothing, &batch_sizes[i]);
	}
	return cmocka_run_group_tests_name("calls", tests, NULL, NULL);
}
