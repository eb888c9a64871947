/* Streams: what becomes a record, and what a record says. */
#include "agent/track/media.h"

#include <math.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/media_stage.h"

#define STAGED(f) cmocka_unit_test_setup_teardown(f, stage_open, stage_close)

/* ---- what becomes a record ---- */

static void an_announced_stream_is_reported_from_one_packet_on(void **state)
{
	struct stage *s = *state;
	const Cxm__MediaStream *r;

	announce(s, PBX, PBX_RTP, 0);
	send_run(s->m, &from_phone, 1, 1);
	media_finish(s->m);
	r = witness_stream(&s->w, 0);
	assert_non_null(r);
	assert_true(r->signalled);
	assert_true(r->has_contact && r->contact == CONTACT);
	assert_int_equal(r->packets, 1);
}

static void e14_three_packets_nobody_announced_are_no_stream(void **state)
{
	struct stage *s = *state;

	send_run(s->m, &from_phone, 1, 3);
	media_finish(s->m);
	assert_int_equal(s->w.n, 0);
	assert_int_equal(counters_of(s).unproven, 1);
}

static void e14_four_packets_that_follow_each_other_are_a_stream(void **state)
{
	struct stage *s = *state;
	const Cxm__MediaStream *r;

	send_run(s->m, &from_phone, 1, 4);
	media_finish(s->m);
	r = witness_stream(&s->w, 0);
	assert_non_null(r);
	assert_false(r->signalled);
	assert_false(r->has_contact || r->has_encrypted);
	assert_int_equal(r->packets, 4);
	assert_string_equal(r->codec, "PCMU");
}

/* Packets of something else that happens to begin with the bits 10. */
static const struct other_case {
	const char *name;
	struct {
		uint16_t sequence;
		uint32_t timestamp;
	} packets[6];
	uint8_t payload_type;
} other_cases[] = {
	{ "e14_the_same_number_again_and_again_is_no_stream", /* DNS: flags, counts */
	  { { 0x0100, 1 },
	    { 0x0100, 1 },
	    { 0x0100, 1 },
	    { 0x0100, 1 },
	    { 0x0100, 1 },
	    { 0x0100, 1 } },
	  0 },
	{ "e14_random_numbers_are_no_stream",
	  { { 4711, 1 }, { 60000, 9 }, { 123, 4 }, { 33333, 7 }, { 2, 11 }, { 50000, 12 } },
	  0 },
	{ "e14_a_timestamp_that_stands_still_is_no_stream",
	  { { 1, 5 }, { 2, 5 }, { 3, 5 }, { 4, 5 }, { 5, 5 }, { 6, 5 } },
	  0 },
	{ "e14_timestamps_at_random_are_no_stream",
	  { { 1, 5 },
	    { 2, 3000000000 },
	    { 3, 77 },
	    { 4, 2000000000 },
	    { 5, 1000000000 },
	    { 6, 4000000000 } },
	  0 },
	{ "e14_an_unassigned_payload_type_is_no_stream",
	  { { 1, 160 }, { 2, 320 }, { 3, 480 }, { 4, 640 }, { 5, 800 }, { 6, 960 } },
	  44 },
};

static void other_case_run(void **state)
{
	const struct other_case *c = *state;
	struct stage_flow f = from_phone;
	void *stage;
	struct stage *s;

	assert_int_equal(stage_open(&stage), 0);
	s = stage;
	f.payload_type = c->payload_type;
	for (size_t i = 0; i < COUNT(c->packets); i++) {
		(void)send_packet(s->m, &f, c->packets[i].sequence, c->packets[i].timestamp,
		                  (int64_t)i * FRAME);
	}
	media_finish(s->m);
	assert_int_equal(s->w.n, 0);
	assert_int_equal(stage_close(&stage), 0);
}

static void what_is_too_short_for_rtp_has_no_key(void **state)
{
	struct stage *s = *state;
	struct packet p = { .payload = cursor_of("\x80\0\0\1\0\0\0\1\0\0\0", 11) };

	assert_true(media_key(s->m, &p) == 0);
}

static void early_media_is_adopted_when_it_is_announced(void **state)
{
	struct stage *s = *state;
	struct stage_flow f = from_phone;

	f.payload_type = 111;
	send_run(s->m, &f, 1, 1);
	announce(s, PBX, PBX_RTP, 25);
	send_run(s->m, &f, 2, 2);
	media_finish(s->m);
	assert_true(witness_stream(&s->w, 0)->signalled);
	assert_string_equal(witness_stream(&s->w, 0)->codec, "opus");
	assert_true(witness_stream(&s->w, 0)->contact == CONTACT);
}

static void an_announcement_behind_the_last_packet_is_of_another_call(void **state)
{
	struct stage *s = *state;

	send_run(s->m, &from_phone, 1, 4);
	announce(s, PBX, PBX_RTP, 5 * FRAME);
	media_finish(s->m);
	assert_false(witness_stream(&s->w, 0)->signalled);
}

static void the_senders_announcement_serves_where_the_receivers_is_missing(void **state)
{
	struct stage *s = *state;

	announce(s, PHONE, PHONE_RTP, 0);
	send_run(s->m, &from_phone, 1, 1);
	media_finish(s->m);
	assert_true(witness_stream(&s->w, 0)->signalled);
}

static void e12_the_receiver_says_what_a_payload_type_means(void **state)
{
	struct stage *s = *state;
	struct sdp phone = announcement(PHONE, PHONE_RTP);
	struct stage_flow f = from_phone;

	phone.media[0].formats[2].encoding = SLICE("iLBC"); /* 111 means something else to it */
	media_announce(s->m, &phone,
	               &(struct endpoint_owner){ .contact = CONTACT, .dialog = DIALOG }, START_NS);
	announce(s, PBX, PBX_RTP, 0);
	f.payload_type = 111;
	send_run(s->m, &f, 1, 2);
	media_finish(s->m);
	assert_string_equal(witness_stream(&s->w, 0)->codec, "opus");
}

static void a_new_description_replaces_the_old(void **state)
{
	struct stage *s = *state;
	struct sdp sdp = announcement(PBX, PBX_RTP);
	struct stage_flow f = from_phone;

	media_announce(s->m, &sdp, &(struct endpoint_owner){ .contact = 1, .dialog = DIALOG },
	               START_NS);
	sdp.media[0].formats[2].encoding = SLICE("speex");
	media_announce(s->m, &sdp, &(struct endpoint_owner){ .contact = 2, .dialog = DIALOG },
	               START_NS);
	f.payload_type = 111;
	send_run(s->m, &f, 1, 1);
	media_finish(s->m);
	assert_string_equal(witness_stream(&s->w, 0)->codec, "speex");
	assert_true(witness_stream(&s->w, 0)->contact == 2);
}

static void the_endpoint_of_a_dialog_that_is_gone_is_none(void **state)
{
	struct stage *s = *state;

	announce(s, PBX, PBX_RTP, 0);
	s->dialog_gone = true;
	send_run(s->m, &from_phone, 1, 4);
	media_finish(s->m);
	assert_false(witness_stream(&s->w, 0)->signalled);
}

static void a_refused_media_line_announces_nothing(void **state)
{
	struct stage *s = *state;
	struct sdp sdp = announcement(PBX, 0);

	media_announce(s->m, &sdp, &(struct endpoint_owner){ .contact = CONTACT, .dialog = DIALOG },
	               START_NS);
	sdp = announcement(PBX, PBX_RTP);
	sdp.media[0].has_addr = false;
	media_announce(s->m, &sdp, &(struct endpoint_owner){ .contact = CONTACT, .dialog = DIALOG },
	               START_NS);
	assert_int_equal(counters_of(s).endpoints, 0);
}

static void e14_srtp_is_reported_as_encrypted(void **state)
{
	struct stage *s = *state;
	struct sdp sdp = announcement(PBX, PBX_RTP);

	sdp.media[0].security = SDP_SDES;
	media_announce(s->m, &sdp, &(struct endpoint_owner){ .contact = CONTACT, .dialog = DIALOG },
	               START_NS);
	send_run(s->m, &from_phone, 1, 2);
	media_finish(s->m);
	assert_true(witness_stream(&s->w, 0)->has_encrypted);
	assert_true(witness_stream(&s->w, 0)->encrypted);
}

static void e11_one_ssrc_from_two_addresses_is_two_streams(void **state)
{
	struct stage *s = *state;
	struct stage_flow f = from_phone;

	send_run(s->m, &f, 1, 4);
	f.src = net_addr_v4(0x0a000003);
	send_run(s->m, &f, 1, 4);
	f.ssrc++;
	send_run(s->m, &f, 1, 4);
	media_finish(s->m);
	assert_int_equal(s->w.n, 3);
}

/* An announcement cuts in on the same ports, and then the agent goes on where she was. */
static void e11_an_ssrc_that_changes_in_a_call_is_a_new_stream_and_no_loss(void **state)
{
	struct stage *s = *state;
	struct stage_flow f = from_phone;

	announce(s, PBX, PBX_RTP, 0);
	send_run(s->m, &f, 1, 50);
	f.ssrc = SSRC + 1;
	send_run(s->m, &f, 30000, 30020);
	f.ssrc = SSRC;
	send_run(s->m, &f, 51, 60);
	media_finish(s->m);
	assert_int_equal(s->w.n, 2);
	for (size_t i = 0; i < 2; i++) {
		const Cxm__MediaStream *r = witness_stream(&s->w, i);

		assert_int_equal(r->lost, 0);
		assert_int_equal(r->missing, 0);
		assert_int_equal(r->restarts, 0);
		assert_int_equal(r->contact, CONTACT);
	}
	assert_int_equal(witness_stream(&s->w, 0)->packets + witness_stream(&s->w, 1)->packets,
	                 60 + 21);
}

static void ipv6_streams_are_streams(void **state)
{
	struct stage *s = *state;
	struct stage_flow f = from_phone;

	f.src = (struct net_addr){ 0x20010db800000000, 1 };
	f.dst = (struct net_addr){ 0x20010db800000000, 2 };
	send_run(s->m, &f, 1, 4);
	f.src.low = 3;
	send_run(s->m, &f, 1, 4);
	media_finish(s->m);
	assert_int_equal(s->w.n, 2);
	assert_true(witness_stream(&s->w, 0)->src_addr ==
	            pseudonym_of(s->w.pseudonym, CXM_ADDRESS, SLICE("2001:db8::1")));
}

/* ---- what a record says ---- */

static void a_record_describes_the_stream(void **state)
{
	struct stage *s = *state;
	const struct pseudonym *p = s->w.pseudonym;
	const Cxm__MediaStream *r;

	announce(s, PBX, PBX_RTP, 0);
	send_run(s->m, &from_phone, 1, 50);
	send_run(s->m, &from_phone, 56, 100);
	media_finish(s->m);
	r = witness_stream(&s->w, 0);
	assert_string_equal(r->host, "pbx1");
	assert_int_equal(r->source, CXM__SOURCE__CAPTURE);
	assert_int_equal(r->at_us, START_NS / 1000 + FRAME * 1000);
	assert_int_equal(r->seen_us, START_NS / 1000 + 100 * FRAME * 1000);
	assert_int_equal(r->duration_ms, 99 * FRAME);
	assert_int_equal(r->ssrc, SSRC);
	assert_true(r->src_addr == pseudonym_of(p, CXM_ADDRESS, SLICE("10.0.0.1")));
	assert_true(r->dst_addr == pseudonym_of(p, CXM_ADDRESS, SLICE("10.0.0.2")));
	assert_int_equal(r->src_port, PHONE_RTP);
	assert_int_equal(r->dst_port, PBX_RTP);
	assert_string_equal(r->codec, "PCMU");
	assert_int_equal(r->payload_type, 0);
	assert_int_equal(r->packets, 95);
	assert_int_equal(r->lost, 5);
	assert_int_equal(r->missing, 5);
	assert_true(fabsf(r->burst_ratio - 4.75f) < 0.001f); /* one run of 5 at 5 % */
	assert_int_equal(r->size_bytes, 95 * 172);
	assert_int_equal(r->measured_by, CXM__MEDIA_STREAM__MEASURED_BY__NETWORK);
	assert_false(r->has_rtt_us || r->has_remote_lost || r->has_remote_jitter_us);
}

static void delay_without_rtt_is_frame_and_jitter_buffer(void **state)
{
	struct stage *s = *state;

	announce(s, PBX, PBX_RTP, 0);
	send_run(s->m, &from_phone, 1, 2);
	media_finish(s->m);
	assert_int_equal(witness_stream(&s->w, 0)->delay_us, (FRAME + 40) * 1000);
}

static void a_stream_of_one_packet_takes_its_frame_from_sdp(void **state)
{
	struct stage *s = *state;

	announce(s, PBX, PBX_RTP, 0);
	send_run(s->m, &from_phone, 1, 1);
	media_finish(s->m);
	assert_int_equal(witness_stream(&s->w, 0)->delay_us, (30 + 40) * 1000);
	assert_false(witness_stream(&s->w, 0)->has_jitter_mean_us);
}

/* A clock rate of 1 Hz would make each packet cover 160 s. */
static void a_frame_of_minutes_is_not_believed(void **state)
{
	struct stage *s = *state;
	struct sdp sdp = announcement(PBX, PBX_RTP);

	sdp.media[0].formats[0].clock_hz = 1;
	media_announce(s->m, &sdp, &(struct endpoint_owner){ .contact = CONTACT, .dialog = DIALOG },
	               START_NS);
	send_run(s->m, &from_phone, 1, 3);
	media_finish(s->m);
	assert_int_equal(witness_stream(&s->w, 0)->delay_us, (30 + 40) * 1000);
}

static void a_clock_that_goes_back_gives_no_negative_duration(void **state)
{
	struct stage *s = *state;

	announce(s, PBX, PBX_RTP, 0);
	(void)send_packet(s->m, &from_phone, 1, 160, 5000);
	(void)send_packet(s->m, &from_phone, 2, 320, 1000);
	media_finish(s->m);
	assert_int_equal(witness_stream(&s->w, 0)->duration_ms, 0);
}

/* G.711 with 5 of 100 packets missing in one run: MODEL 5.3 with BurstR 4.75. */
static void r_and_mos_follow_the_e_model(void **state)
{
	struct stage *s = *state;
	const Cxm__MediaStream *r;

	announce(s, PBX, PBX_RTP, 0);
	send_run(s->m, &from_phone, 1, 50);
	send_run(s->m, &from_phone, 56, 100);
	media_finish(s->m);
	r = witness_stream(&s->w, 0);
	assert_true(fabs((double)r->r - (93.2 - 95.0 * 5 / (5 / 4.75 + 25.1))) < 0.001);
	assert_true(r->mos > 3.8 && r->mos < 3.9);
}

static void a_codec_without_published_values_has_no_rating(void **state)
{
	struct stage *s = *state;
	struct stage_flow f = from_phone;

	announce(s, PBX, PBX_RTP, 0);
	f.payload_type = 111;
	send_run(s->m, &f, 1, 10);
	media_finish(s->m);
	assert_string_equal(witness_stream(&s->w, 0)->codec, "opus");
	assert_false(witness_stream(&s->w, 0)->has_r || witness_stream(&s->w, 0)->has_mos);
}

static void a_payload_type_nobody_named_has_no_codec(void **state)
{
	struct stage *s = *state;
	struct stage_flow f = from_phone;

	f.payload_type = 120;
	send_run(s->m, &f, 1, 10);
	media_finish(s->m);
	assert_null(witness_stream(&s->w, 0)->codec);
	assert_int_equal(witness_stream(&s->w, 0)->payload_type, 120);
	assert_false(witness_stream(&s->w, 0)->has_r);
}

static void the_codec_is_the_one_most_packets_had(void **state)
{
	struct stage *s = *state;
	struct stage_flow f = from_phone;

	announce(s, PBX, PBX_RTP, 0);
	send_run(s->m, &f, 1, 3);
	f.payload_type = 18;
	send_run(s->m, &f, 4, 10);
	f.payload_type = 101;
	send_run(s->m, &f, 11, 100);
	media_finish(s->m);
	assert_string_equal(witness_stream(&s->w, 0)->codec, "G729");
	assert_int_equal(witness_stream(&s->w, 0)->packets, 100);
}

int main(void)
{
	static const struct CMUnitTest singles[] = {
		STAGED(an_announced_stream_is_reported_from_one_packet_on),
		STAGED(e14_three_packets_nobody_announced_are_no_stream),
		STAGED(e14_four_packets_that_follow_each_other_are_a_stream),
		STAGED(what_is_too_short_for_rtp_has_no_key),
		STAGED(early_media_is_adopted_when_it_is_announced),
		STAGED(an_announcement_behind_the_last_packet_is_of_another_call),
		STAGED(the_senders_announcement_serves_where_the_receivers_is_missing),
		STAGED(e12_the_receiver_says_what_a_payload_type_means),
		STAGED(a_new_description_replaces_the_old),
		STAGED(the_endpoint_of_a_dialog_that_is_gone_is_none),
		STAGED(a_refused_media_line_announces_nothing),
		STAGED(e14_srtp_is_reported_as_encrypted),
		STAGED(e11_one_ssrc_from_two_addresses_is_two_streams),
		STAGED(e11_an_ssrc_that_changes_in_a_call_is_a_new_stream_and_no_loss),
		STAGED(ipv6_streams_are_streams),
		STAGED(a_record_describes_the_stream),
		STAGED(delay_without_rtt_is_frame_and_jitter_buffer),
		STAGED(a_stream_of_one_packet_takes_its_frame_from_sdp),
		STAGED(a_frame_of_minutes_is_not_believed),
		STAGED(a_clock_that_goes_back_gives_no_negative_duration),
		STAGED(r_and_mos_follow_the_e_model),
		STAGED(a_codec_without_published_values_has_no_rating),
		STAGED(a_payload_type_nobody_named_has_no_codec),
		STAGED(the_codec_is_the_one_most_packets_had),
	};
	struct CMUnitTest tests[COUNT(singles) + COUNT(other_cases)];
	size_t n = COUNT(singles);

	memcpy(tests, singles, sizeof(singles));
	CASES_ADD(tests, n, other_cases, other_case_run);
	return cmocka_run_group_tests_name("media", tests, NULL, NULL);
}
