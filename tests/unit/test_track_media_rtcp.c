/* RTCP: round trips and what the receiver reports. */
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/media_stage.h"

#define STAGED(f) cmocka_unit_test_setup_teardown(f, stage_open, stage_close)

/* SR of the phone's stream on the port above, with no blocks */
static void send_sender_report(struct media *m, const struct stage_flow *f, uint32_t ntp_mid,
                               int64_t at_ms)
{
	uint8_t bytes[28] = { 0x80, 200, 0, 6 };
	struct packet p = {
		.at_ns = START_NS + at_ms * MS,
		.src = f->src,
		.dst = f->dst,
		.src_port = (uint16_t)(f->src_port + 1),
		.dst_port = (uint16_t)(f->dst_port + 1),
		.payload = cursor_of(bytes, sizeof(bytes)),
		.payload_bytes = sizeof(bytes),
	};

	put_u32(bytes + 4, f->ssrc);
	put_u32(bytes + 8, ntp_mid >> 16); /* the middle 32 of 64 bits */
	put_u32(bytes + 12, ntp_mid << 16);
	media_rtcp(m, &p);
}

struct block_of_test {
	int64_t at_ms;
	uint32_t lsr;
	uint32_t dlsr;
	uint32_t lost; /* 24 bits */
	uint32_t jitter;
	bool mux; /* on the RTP ports themselves */
};

/* RR about the stream, from its receiver */
static void send_block(struct media *m, const struct stage_flow *f, const struct block_of_test *b)
{
	uint8_t bytes[32] = { 0x81, 201, 0, 7 };
	struct packet p = {
		.at_ns = START_NS + b->at_ms * MS,
		.src = f->dst,
		.dst = f->src,
		.src_port = (uint16_t)(f->dst_port + !b->mux),
		.dst_port = (uint16_t)(f->src_port + !b->mux),
		.payload = cursor_of(bytes, sizeof(bytes)),
		.payload_bytes = sizeof(bytes),
	};

	put_u32(bytes + 4, 0x99);
	put_u32(bytes + 8, f->ssrc);
	put_u32(bytes + 12, b->lost);
	put_u32(bytes + 20, b->jitter);
	put_u32(bytes + 24, b->lsr);
	put_u32(bytes + 28, b->dlsr);
	media_rtcp(m, &p);
}

#define LSR  UINT32_C(0xb7052000)
#define DLSR UINT32_C(0x00054000) /* 5.25 s */

static const struct rtcp_case {
	const char *name;
	struct block_of_test blocks[3];
	size_t n;
	uint32_t rtt_us; /* 0: none */
	uint32_t lost;
	uint32_t jitter_us;
	bool has_jitter;
} rtcp_cases[] = {
	/* RFC 3550 6.4.1's own figure: 6.125 s */
	{ "the_example_of_rfc_3550", { { 11375, LSR, DLSR, 0, 8, 0 } }, 1, 6125000, 0, 1000, true },
	{ "the_same_ports_by_rtcp_mux",
	  { { 11375, LSR, DLSR, 0, 8, 1 } },
	  1,
	  6125000,
	  0,
	  1000,
	  true },
	{ "the_smallest_round_trip_counts",
	  { { 5400, LSR, DLSR, 0, 0, 0 },
	    { 5300, LSR, DLSR, 0, 0, 0 },
	    { 5350, LSR, DLSR, 0, 0, 0 } },
	  3,
	  50000,
	  0,
	  0,
	  true },
	{ "a_report_on_another_sender_report_says_nothing",
	  { { 5400, LSR + 1, DLSR, 3, 0, 0 } },
	  1,
	  0,
	  3,
	  0,
	  true },
	{ "a_negative_round_trip_is_discarded",
	  { { 5000, LSR, DLSR, 0, 0, 0 } },
	  1,
	  0,
	  0,
	  0,
	  true },
	{ "a_round_trip_of_more_than_10_s_is_discarded",
	  { { 15251, LSR, DLSR, 0, 0, 0 } },
	  1,
	  0,
	  0,
	  0,
	  true },
	{ "the_last_block_says_what_was_lost",
	  { { 5300, 0, 0, 7, 80, 0 }, { 5400, 0, 0, 9, 160, 0 } },
	  2,
	  0,
	  9,
	  20000,
	  true },
	{ "negative_loss_is_none", { { 5300, 0, 0, 0xfffffa, 0, 0 } }, 1, 0, 0, 0, true },
	{ "jitter_of_84_s_is_a_jump_not_jitter",
	  { { 5300, 0, 0, 0, 673635, 0 } },
	  1,
	  0,
	  0,
	  0,
	  false },
};

static void rtcp_case_run(void **state)
{
	const struct rtcp_case *c = *state;
	const Cxm__MediaStream *r;
	void *stage;
	struct stage *s;

	assert_int_equal(stage_open(&stage), 0);
	s = stage;
	announce(s, PBX, PBX_RTP, 0);
	send_run(s->m, &from_phone, 1, 2);
	send_sender_report(s->m, &from_phone, LSR, 0);
	for (size_t i = 0; i < c->n; i++) {
		send_block(s->m, &from_phone, &c->blocks[i]);
	}
	media_finish(s->m);
	r = witness_stream(&s->w, 0);
	assert_int_equal(r->has_rtt_us, c->rtt_us != 0);
	assert_int_equal(r->rtt_us, c->rtt_us);
	assert_int_equal(r->remote_lost, c->lost);
	assert_int_equal(r->has_remote_jitter_us, c->has_jitter);
	assert_true(!c->has_jitter || r->remote_jitter_us == c->jitter_us);
	assert_int_equal(r->delay_us, c->rtt_us / 2 + (FRAME + 40) * 1000);
	assert_int_equal(stage_close(&stage), 0);
}

static void reports_of_encrypted_streams_are_not_believed(void **state)
{
	const struct block_of_test block = { 5300, LSR, DLSR, 7, 80, 0 };
	struct stage *s = *state;
	struct sdp sdp = announcement(PBX, PBX_RTP);

	sdp.media[0].security = SDP_SDES;
	media_announce(s->m, &sdp, &(struct endpoint_owner){ .contact = CONTACT, .dialog = DIALOG },
	               START_NS);
	send_run(s->m, &from_phone, 1, 2);
	send_sender_report(s->m, &from_phone, LSR, 0);
	send_block(s->m, &from_phone, &block);
	media_finish(s->m);
	assert_false(witness_stream(&s->w, 0)->has_rtt_us);
	assert_false(witness_stream(&s->w, 0)->has_remote_lost);
}

/* The PBX answers the phone's report: on the PBX's own host that is a round trip of nothing. */
static void a_report_of_this_host_gives_no_round_trip(void **state)
{
	const struct block_of_test block = { 5251, LSR, DLSR, 7, 80, 0 };
	const struct net_addr here[] = { PBX };
	struct stage *s = *state;
	struct media *m = media_new(&(struct media_options){
		.observer = &s->w.observer,
		.max_streams = 4,
		.max_endpoints = 4,
		.idle_ns = 30000 * MS,
		.local = here,
		.n_local = 1,
	});

	send_run(m, &from_phone, 1, 4);
	send_sender_report(m, &from_phone, LSR, 0);
	send_block(m, &from_phone, &block);
	media_finish(m);
	media_free(m);
	assert_false(witness_stream(&s->w, 0)->has_rtt_us);
	assert_int_equal(witness_stream(&s->w, 0)->remote_lost, 7);
}

static void rtcp_alone_makes_no_stream(void **state)
{
	const struct block_of_test block = { 5300, LSR, DLSR, 7, 80, 0 };
	struct stage *s = *state;

	announce(s, PBX, PBX_RTP, 0);
	send_sender_report(s->m, &from_phone, LSR, 0);
	send_block(s->m, &from_phone, &block);
	media_finish(s->m);
	assert_int_equal(s->w.n, 0);
	assert_int_equal(counters_of(s).rtcp, 2);
}

int main(void)
{
	static const struct CMUnitTest singles[] = {
		STAGED(reports_of_encrypted_streams_are_not_believed),
		STAGED(rtcp_alone_makes_no_stream),
		STAGED(a_report_of_this_host_gives_no_round_trip),
	};
	struct CMUnitTest tests[COUNT(singles) + COUNT(rtcp_cases)];
	size_t n = COUNT(singles);

	memcpy(tests, singles, sizeof(singles));
	CASES_ADD(tests, n, rtcp_cases, rtcp_case_run);
	return cmocka_run_group_tests_name("media_rtcp", tests, NULL, NULL);
}
