/* When streams end, and what the tables do when they are full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/support/media_stage.h"

#define STAGED(f) cmocka_unit_test_setup_teardown(f, stage_open, stage_close)

static void a_stream_ends_after_30_s_of_silence(void **state)
{
	struct stage *s = *state;

	announce(s, PBX, PBX_RTP, 0);
	send_run(s->m, &from_phone, 1, 1);
	media_tick(s->m, START_NS + (FRAME + 29999) * MS);
	assert_int_equal(s->w.n, 0);
	media_tick(s->m, START_NS + (FRAME + 30000) * MS);
	assert_int_equal(s->w.n, 1);
	assert_int_equal(media_open_streams(s->m), 0);
}

static void a_stream_that_goes_on_later_is_a_second_record(void **state)
{
	struct stage *s = *state;

	announce(s, PBX, PBX_RTP, 0);
	send_run(s->m, &from_phone, 1, 10);
	media_tick(s->m, START_NS + 60000 * MS);
	send_run(s->m, &from_phone, 4000, 4010);
	media_finish(s->m);
	assert_int_equal(s->w.n, 2);
	assert_int_equal(witness_stream(&s->w, 0)->packets, 10);
	assert_int_equal(witness_stream(&s->w, 1)->packets, 11);
}

static void the_end_reports_in_the_order_of_first_packets(void **state)
{
	struct stage *s = *state;
	struct stage_flow f = from_phone;

	announce(s, PBX, PBX_RTP, 0);
	for (uint32_t i = 0; i < 8; i++) {
		f.ssrc = 1000 - i;
		(void)send_packet(s->m, &f, 1, 160, i / 4); /* four at a time */
	}
	media_finish(s->m);
	assert_int_equal(s->w.n, 8);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(witness_stream(&s->w, i)->ssrc, 997 + i);
		assert_int_equal(witness_stream(&s->w, 4 + i)->ssrc, 993 + i);
	}
}

static void e17_a_flood_of_flows_leaves_announced_streams_alone(void **state)
{
	struct stage *s = *state;
	struct stage_flow f = from_phone;

	announce(s, PBX, PBX_RTP, 0);
	send_run(s->m, &from_phone, 1, 2);
	f.dst_port = 6000; /* not announced */
	f.src = net_addr_v4(0x0a000009);
	for (uint32_t i = 0; i < 100000; i++) {
		f.ssrc = i;
		(void)send_packet(s->m, &f, (uint16_t)i, i, 50);
	}
	assert_int_equal(media_open_streams(s->m), 16);
	send_run(s->m, &from_phone, 3, 3);
	media_finish(s->m);
	assert_int_equal(s->w.n, 1);
	assert_int_equal(witness_stream(&s->w, 0)->packets, 3);
	assert_int_equal(counters_of(s).evicted, 0);
	assert_int_equal(counters_of(s).unproven, 100000);
}

static void e17_a_flood_leaves_proven_streams_alone_as_well(void **state)
{
	struct stage *s = *state;
	struct stage_flow f = from_phone;

	send_run(s->m, &from_phone, 1, 4);
	f.dst_port = 6000;
	for (uint32_t i = 0; i < 1000; i++) {
		f.ssrc = i;
		(void)send_packet(s->m, &f, (uint16_t)i, i, 5000);
	}
	send_run(s->m, &from_phone, 5, 5);
	media_finish(s->m);
	assert_int_equal(s->w.n, 1);
	assert_int_equal(witness_stream(&s->w, 0)->packets, 5);
}

static void e17_an_announced_stream_gives_way_to_an_announced_one_only(void **state)
{
	struct stage *s = *state;
	struct stage_flow f = from_phone;

	announce(s, PBX, PBX_RTP, 0);
	for (uint32_t i = 0; i < 16; i++) {
		f.ssrc = i;
		(void)send_packet(s->m, &f, 1, 160, i);
	}
	f.dst_port = 6000;
	f.src_port = 6002;
	(void)send_packet(s->m, &f, 1, 160, 20);
	assert_int_equal(counters_of(s).refused, 1);
	assert_int_equal(s->w.n, 0);
	f = from_phone;
	f.ssrc = 99;
	(void)send_packet(s->m, &f, 1, 160, 21);
	assert_int_equal(s->w.n, 1);
	assert_int_equal(witness_stream(&s->w, 0)->ssrc, 0); /* silent the longest */
	assert_int_equal(counters_of(s).evicted, 1);
}

static void endpoints_of_dead_dialogs_give_way_first(void **state)
{
	struct stage *s = *state;

	s->dialog_gone = true;
	for (uint16_t port = 6000; port < 6100; port++) {
		announce(s, PBX, port, 0);
	}
	assert_int_equal(counters_of(s).endpoints_evicted, 0);
	s->dialog_gone = false;
	for (uint16_t port = 7000; port < 7017; port++) {
		announce(s, PBX, port, port);
	}
	assert_int_equal(counters_of(s).endpoints_evicted, 17); /* 16 of them were alive again */
}

static void payload_types_beyond_the_limit_are_counted(void **state)
{
	struct stage *s = *state;
	struct sdp sdp = announcement(PBX, PBX_RTP);

	for (uint8_t i = 0; i < 20; i++) {
		sdp.media[0].formats[i].payload_type = i;
	}
	sdp.media[0].n_formats = 20;
	media_announce(s->m, &sdp, CONTACT, DIALOG, START_NS, false);
	assert_int_equal(counters_of(s).formats_left_out, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGED(a_stream_ends_after_30_s_of_silence),
		STAGED(a_stream_that_goes_on_later_is_a_second_record),
		STAGED(the_end_reports_in_the_order_of_first_packets),
		STAGED(e17_a_flood_of_flows_leaves_announced_streams_alone),
		STAGED(e17_a_flood_leaves_proven_streams_alone_as_well),
		STAGED(e17_an_announced_stream_gives_way_to_an_announced_one_only),
		STAGED(endpoints_of_dead_dialogs_give_way_first),
		STAGED(payload_types_beyond_the_limit_are_counted),
	};

	return cmocka_run_group_tests_name("media_limits", tests, NULL, NULL);
}
