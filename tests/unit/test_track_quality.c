/* What endpoints report becomes records of their own. */
#include "agent/track/quality.h"

#include <math.h>

#include "tests/support/cases.h"
#include "tests/support/witness.h"

#define START_NS INT64_C(1795323487000000000)
#define SECOND   INT64_C(1000000000)
#define PLACES   4

static const struct quality_who phone = {
	.src = { 0, UINT64_C(0xffff0a000002) },
	.dst = { 0, UINT64_C(0xffff0a000001) },
	.src_port = 5000,
	.dst_port = 4000,
	.clock_hz = 8000,
	.contact = 77,
	.signalled = true,
};

struct stage {
	struct witness w;
	struct quality *q;
};

static int stage_open(void **state)
{
	static struct stage stage;

	witness_open(&stage.w);
	stage.q = quality_new(&stage.w.observer, PLACES);
	*state = &stage;
	return stage.q != NULL ? 0 : -1;
}

static int stage_close(void **state)
{
	struct stage *s = *state;

	quality_free(s->q);
	witness_close(&s->w);
	return 0;
}

#define STAGED(f) cmocka_unit_test_setup_teardown(f, stage_open, stage_close)

static void block(struct stage *s, int at_s, int32_t lost, uint32_t highest)
{
	const struct rtcp_block b = {
		.ssrc = 5, .cumulative_lost = lost, .highest_sequence = highest, .jitter = 80
	};

	quality_block(s->q, &phone, &b, START_NS + at_s * SECOND);
}

static const Cxm__MediaStream *only_record(struct stage *s)
{
	quality_finish(s->q);
	assert_int_equal(s->w.n, 1);
	return witness_stream(&s->w, 0);
}

static void reports_of_one_stream_are_one_record_of_the_endpoint(void **state)
{
	struct stage *s = *state;
	const Cxm__MediaStream *r;

	block(s, 0, 2, 1000);
	block(s, 5, 7, 1250);
	r = only_record(s);
	assert_int_equal(r->measured_by, CXM__MEDIA_STREAM__MEASURED_BY__ENDPOINT);
	assert_int_equal(r->ssrc, 5);
	assert_int_equal(r->src_port, 5000);
	assert_int_equal(r->dst_port, 4000);
	assert_int_equal(r->contact, 77);
	assert_int_equal(r->duration_ms, 5000);
	assert_int_equal(r->remote_lost, 7);
	assert_true(fabs(r->loss_ratio - 5.0 / 250) < 1e-6);
	assert_int_equal(r->remote_jitter_us, 10000); /* 80 units of 8 kHz */
	assert_false(r->has_packets);                 /* it has not said how many came */
	assert_false(r->has_r);
}

struct loss_case {
	const char *name;
	int32_t first;
	int32_t second;
	uint32_t highest; /* of the second; the first has 100000 */
	uint32_t want;
};

static const struct loss_case losses[] = {
	{ "loss_grows_by_differences", 10, 15, 100100, 15 },
	{ "loss_that_wraps_24_bits_goes_on", 0x7ffffe, -0x7ffffe, 100100, 0x800002 },
	{ "duplicates_make_loss_smaller", 10, 8, 100100, 8 },
	{ "below_nothing_is_nothing", 0, -5, 100100, 0 },
	{ "counts_that_begin_anew_are_added", 10, 3, 50, 13 },
	{ "an_overtaken_report_says_nothing_new", 10, 9, 99990, 10 },
};

static void loss_run(void **state)
{
	const struct loss_case *row = *state;
	struct stage *s;
	void *world;

	assert_int_equal(stage_open(&world), 0);
	s = world;
	block(s, 0, row->first, 100000);
	block(s, 5, row->second, row->highest);
	assert_int_equal(only_record(s)->remote_lost, row->want);
	assert_int_equal(stage_close(&world), 0);
}

static void voip_metrics_are_the_endpoints_own(void **state)
{
	struct stage *s = *state;
	const struct rtcp_voip v = { .ssrc = 5,
		                     .loss_rate = 64,
		                     .discard_rate = 32,
		                     .r_factor = 88,
		                     .mos_lq = 42,
		                     .mos_cq = 41,
		                     .round_trip_ms = 40 };
	const Cxm__MediaStream *r;

	quality_voip(s->q, &phone, &v, START_NS);
	r = only_record(s);
	assert_true(fabs(r->loss_ratio - 0.25) < 1e-6);
	assert_true(fabs(r->discard_ratio - 0.125) < 1e-6);
	assert_true(fabs((double)r->r - 88) < 1e-6);
	assert_true(fabs(r->mos - 4.1) < 1e-6);
	assert_true(fabs(r->mos_lq - 4.2) < 1e-6);
	assert_int_equal(r->rtt_us, 40000);
	assert_false(r->has_remote_lost);
}

static void values_of_127_are_not_given(void **state)
{
	struct stage *s = *state;
	const struct rtcp_voip v = { .ssrc = 5, .r_factor = 127, .mos_lq = 127, .mos_cq = 127 };
	const Cxm__MediaStream *r;

	quality_voip(s->q, &phone, &v, START_NS);
	r = only_record(s);
	assert_false(r->has_r);
	assert_false(r->has_mos);
	assert_false(r->has_mos_lq);
	assert_false(r->has_rtt_us);
}

static void without_a_clock_there_is_no_jitter(void **state)
{
	struct stage *s = *state;
	struct quality_who who = phone;
	const struct rtcp_block b = { .ssrc = 5, .jitter = 80 };

	who.clock_hz = 0;
	quality_block(s->q, &who, &b, START_NS);
	assert_false(only_record(s)->has_remote_jitter_us);
}

/* FreeSWITCH and heplify write a block of zeros where nothing was received. */
static void a_block_about_nobody_makes_no_record(void **state)
{
	struct stage *s = *state;
	const struct rtcp_block b = { .reporter = 9 };

	quality_block(s->q, &phone, &b, START_NS);
	quality_finish(s->q);
	assert_int_equal(s->w.n, 0);
}

#define MID UINT32_C(0xb7052000)

/* A sender report at 0, and a block that answers it so much later; the phone let it lie 1 s. */
static void answer_at(struct stage *s, const struct quality_who *who, int at_ms)
{
	const struct rtcp_sender sent = { .ssrc = 5, .has_ntp = true, .ntp_mid = MID };
	const struct rtcp_block b = { .ssrc = 5, .lsr = MID, .dlsr = 65536 };

	quality_sender(s->q, &sent, who->mirror, START_NS);
	quality_block(s->q, who, &b, START_NS + at_ms * (SECOND / 1000));
}

static void the_smallest_round_trip_is_told(void **state)
{
	struct stage *s = *state;
	struct quality_who who = phone;

	who.timed = true;
	answer_at(s, &who, 1080);
	answer_at(s, &who, 1050);
	answer_at(s, &who, 1090);
	assert_int_equal(only_record(s)->rtt_us, 50000);
}

static void a_time_that_is_not_the_mirrors_own_gives_no_round_trip(void **state)
{
	struct stage *s = *state;

	answer_at(s, &phone, 1080);
	assert_false(only_record(s)->has_rtt_us);
}

/* RFC 3611 4.7.3: it has measured from end to end, a mirror only its half. */
static void the_endpoints_own_round_trip_goes_before(void **state)
{
	struct stage *s = *state;
	const struct rtcp_voip v = { .ssrc = 5, .round_trip_ms = 140 };
	struct quality_who who = phone;

	who.timed = true;
	answer_at(s, &who, 1080);
	quality_voip(s->q, &who, &v, START_NS);
	assert_int_equal(only_record(s)->rtt_us, 140000);
}

static void an_endpoint_that_knows_no_round_trip_leaves_the_mirrors(void **state)
{
	struct stage *s = *state;
	const struct rtcp_voip v = { .ssrc = 5 };
	struct quality_who who = phone;

	who.timed = true;
	answer_at(s, &who, 1080);
	quality_voip(s->q, &who, &v, START_NS);
	assert_int_equal(only_record(s)->rtt_us, 80000);
}

static void an_old_sender_report_is_forgotten(void **state)
{
	struct stage *s = *state;
	const struct rtcp_sender sent = { .ssrc = 5, .has_ntp = true, .ntp_mid = MID };
	const struct rtcp_block b = { .ssrc = 5, .lsr = MID, .dlsr = 60 * 65536 };
	struct quality_who who = phone;

	who.timed = true;
	quality_sender(s->q, &sent, 0, START_NS);
	quality_tick(s->q, START_NS + QUALITY_IDLE_NS + 1);
	quality_block(s->q, &who, &b, START_NS + QUALITY_IDLE_NS + SECOND);
	assert_false(only_record(s)->has_rtt_us);
}

static void a_silent_stream_is_reported(void **state)
{
	struct stage *s = *state;

	block(s, 0, 0, 1000);
	quality_tick(s->q, START_NS + QUALITY_IDLE_NS - 1);
	assert_int_equal(s->w.n, 0);
	quality_tick(s->q, START_NS + QUALITY_IDLE_NS);
	assert_int_equal(s->w.n, 1);
}

static void a_full_table_reports_the_one_silent_the_longest(void **state)
{
	struct stage *s = *state;
	struct quality_counters n;

	for (uint32_t ssrc = 1; ssrc <= PLACES + 1; ssrc++) {
		const struct rtcp_block b = { .ssrc = ssrc };

		quality_block(s->q, &phone, &b, START_NS + ssrc * SECOND);
	}
	quality_counters(s->q, &n);
	assert_int_equal(n.evicted, 1);
	assert_int_equal(s->w.n, 1);
	assert_int_equal(witness_stream(&s->w, 0)->ssrc, 1);
}

/* ---- session reports ---- */

static struct vq_report session(const char *start, const char *stop)
{
	return (struct vq_report){
		.call_id = SLICE("call-1"),
		.local = { 0, UINT64_C(0xffff0a000001) },
		.remote = { 0, UINT64_C(0xffff0a000002) },
		.local_port = 4000,
		.remote_port = 5000,
		.ssrc = 9,
		.start = slice_of(start),
		.stop = slice_of(stop),
		.codec = SLICE("PCMA"),
		.loss_percent = 150,
		.discard_percent = -1,
		.r_lq = 9000,
		.r_cq = -1,
		.mos_lq = 420,
		.mos_cq = -1,
		.round_trip_ms = -1,
		.jitter_ms = 3,
		.final = true,
	};
}

static void a_session_report_is_a_record_at_once(void **state)
{
	struct stage *s = *state;
	struct vq_report v = session("", "");
	const Cxm__MediaStream *r;

	quality_session(s->q, &v, START_NS);
	r = witness_stream(&s->w, 0);
	assert_int_equal(r->measured_by, CXM__MEDIA_STREAM__MEASURED_BY__ENDPOINT);
	assert_true(r->at_us == START_NS / 1000);
	assert_int_equal(r->ssrc, 9);
	assert_int_equal(r->src_port, 5000);
	assert_string_equal(r->codec, "PCMA");
	assert_true(r->has_contact);
	assert_true(fabs(r->loss_ratio - 0.015) < 1e-6);
	assert_false(r->has_discard_ratio);
	assert_true(fabs((double)r->r - 90) < 1e-6);
	assert_false(r->has_mos);
	assert_true(fabs(r->mos_lq - 4.2) < 1e-6);
	assert_int_equal(r->remote_jitter_us, 3000);
	assert_false(r->has_duration_ms);
}

/* START_NS is 2026-11-22 04:58:07 UTC */
static void a_report_that_comes_again_is_the_same_row(void **state)
{
	struct stage *s = *state;
	struct vq_report v = session("2026-11-22T04:56:00Z", "2026-11-22T04:58:05Z");

	quality_session(s->q, &v, START_NS);
	quality_session(s->q, &v, START_NS + SECOND);
	assert_int_equal(s->w.n, 2);
	assert_true(witness_stream(&s->w, 0)->at_us == witness_stream(&s->w, 1)->at_us);
	assert_int_equal(witness_stream(&s->w, 0)->duration_ms, 125000);
}

static void a_phone_whose_clock_is_wrong_gets_the_time_of_arrival(void **state)
{
	struct stage *s = *state;
	struct vq_report v = session("2004-10-10T18:23:43Z", "2004-10-10T18:26:02Z");

	quality_session(s->q, &v, START_NS);
	assert_true(witness_stream(&s->w, 0)->at_us == START_NS / 1000);
	assert_int_equal(witness_stream(&s->w, 0)->duration_ms, 139000);
}

static void reports_during_a_call_are_counted_only(void **state)
{
	struct stage *s = *state;
	struct vq_report v = session("", "");
	struct quality_counters n;

	v.final = false;
	quality_session(s->q, &v, START_NS);
	quality_counters(s->q, &n);
	assert_int_equal(n.reports, 1);
	assert_int_equal(s->w.n, 0);
}

int main(void)
{
	const struct CMUnitTest staged[] = {
		STAGED(reports_of_one_stream_are_one_record_of_the_endpoint),
		STAGED(voip_metrics_are_the_endpoints_own),
		STAGED(values_of_127_are_not_given),
		STAGED(without_a_clock_there_is_no_jitter),
		STAGED(a_block_about_nobody_makes_no_record),
		STAGED(the_smallest_round_trip_is_told),
		STAGED(a_time_that_is_not_the_mirrors_own_gives_no_round_trip),
		STAGED(the_endpoints_own_round_trip_goes_before),
		STAGED(an_endpoint_that_knows_no_round_trip_leaves_the_mirrors),
		STAGED(an_old_sender_report_is_forgotten),
		STAGED(a_silent_stream_is_reported),
		STAGED(a_full_table_reports_the_one_silent_the_longest),
		STAGED(a_session_report_is_a_record_at_once),
		STAGED(a_report_that_comes_again_is_the_same_row),
		STAGED(a_phone_whose_clock_is_wrong_gets_the_time_of_arrival),
		STAGED(reports_during_a_call_are_counted_only),
	};
	static struct cases c;

	cases_table(&c, losses, loss_run);
	for (size_t i = 0; i < COUNT(staged); i++) {
		c.tests[c.n++] = staged[i];
	}
	return cases_run("track_quality", &c, NULL, NULL);
}
