/* One call from all its channels, in whatever order they end, and the audio a channel counted. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/track/fs_call.h"
#include "tests/support/cases.h"
#include "tests/support/fs_said.h"
#include "tests/support/record_text.h"

#define S_US   INT64_C(1000000)
#define NOW_US (5000 * S_US)

#define CALLER                                                                                     \
	"Unique-ID: s1; Channel-Call-UUID: s1; Channel-Name: sofia/external/5550001%40carrier; "   \
	"Call-Direction: inbound; Caller-Caller-ID-Number: 5550001; "                              \
	"Caller-Channel-Created-Time: 1000100000; Caller-Channel-Hangup-Time: 1071500000; "        \
	"variable_cc_side: member; variable_cc_queue: sales%40default; "                           \
	"variable_cc_queue_joined_epoch: 1001; variable_cc_queue_answered_epoch: 1011"
#define AGENT                                                                                      \
	"Unique-ID: a1; Channel-Call-UUID: a1; Channel-Name: sofia/internal/1001%40pbx; "          \
	"Call-Direction: outbound; Caller-Channel-Created-Time: 1005000000; "                      \
	"Caller-Channel-Hangup-Time: 1071600000; variable_cc_side: agent; "                        \
	"variable_cc_member_session_uuid: s1; variable_cc_queue: sales%40default"
#define FORWARD                                                                                    \
	"Unique-ID: b1; Channel-Call-UUID: s1; Channel-Name: sofia/external/5550002%40carrier; "   \
	"Call-Direction: outbound; Caller-Destination-Number: 5550002; "                           \
	"Caller-Channel-Created-Time: 1060000000; Caller-Channel-Hangup-Time: 1090000000; "        \
	"variable_originating_leg_uuid: s1"

static const char *const names[] = { "s1",     "a1",        "5550001",   "5550002",
	                             "d1@pbx", "192.0.2.1", "192.0.2.2", NULL };

struct fixture {
	struct record_text r;
	struct fs_call *t;
};

static void reopen(struct fixture *f)
{
	struct emit emit = record_text_emit(&f->r);
	struct fs_call_options options = { f->r.pseudonym, "pbx1", "sofia/external/*",
		                           CXM__SOURCE__ESL, FS_CALL_OPEN_MIN };

	fs_call_free(f->t);
	record_text_reset(&f->r);
	assert_int_equal(fs_call_new(&f->t, &options, &emit), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	record_text_init(&f->r);
	f->r.names = names;
	reopen(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fs_call_free(f->t);
	record_text_free(&f->r);
	free(f);
	return 0;
}

static void say(struct fixture *f, const char *leg, int64_t now_us)
{
	static struct fs_facts facts;

	fs_said(leg, &facts);
	fs_call_leg(f->t, &facts, now_us);
}

static const char *settled(struct fixture *f)
{
	fs_call_tick(f->t, NOW_US + FS_CALL_SETTLE_US);
	return buf_text(&f->r.out);
}

static void f15_any_order_of_channels_is_one_call(void **state)
{
	static const char *const legs[] = { CALLER, AGENT, FORWARD };
	struct fixture *f = *state;
	unsigned order[] = { 0, 1, 2 };

	do {
		reopen(f);
		for (unsigned i = 0; i < COUNT(order); i++) {
			say(f, legs[order[i]], NOW_US);
		}
		assert_string_equal(settled(f),
		                    "Call at=1000.100000 contact=<s1> seen=1090 "
		                    "customer=<5550001> direction=inbound queue=sales@default "
		                    "agent_answered=1 duration_ms=89900 legs=3\n");
	} while (fs_said_permute(order, COUNT(order)));
}

static void a_call_to_a_trunk_is_outbound_and_its_customer_is_who_was_called(void **state)
{
	struct fixture *f = *state;

	say(f,
	    "Unique-ID: s1; Channel-Name: sofia/external/5550002%40carrier; Call-Direction: "
	    "outbound; Caller-Caller-ID-Number: 1001; Caller-Destination-Number: 5550002; "
	    "Caller-Channel-Created-Time: 1000000000; Caller-Channel-Hangup-Time: 1001000000",
	    NOW_US);
	assert_string_equal(settled(f), "Call at=1000 contact=<s1> seen=1001 customer=<5550002> "
	                                "direction=outbound agent_answered=0 "
	                                "duration_ms=1000 legs=1\n");
}

static void a_channel_that_ends_late_tells_the_call_again(void **state)
{
	struct fixture *f = *state;

	say(f, CALLER, NOW_US);
	(void)settled(f);
	record_text_reset(&f->r);
	say(f, AGENT, NOW_US + 2 * FS_CALL_SETTLE_US);
	fs_call_tick(f->t, NOW_US + 3 * FS_CALL_SETTLE_US);
	assert_string_equal(buf_text(&f->r.out),
	                    "Call at=1000.100000 contact=<s1> seen=1071.600001 "
	                    "customer=<5550001> direction=inbound queue=sales@default "
	                    "agent_answered=1 duration_ms=71500 legs=2\n");
	assert_int_equal(fs_call_counters(f->t)->again, 1);
}

static void a_channel_tells_of_the_audio_it_received(void **state)
{
	struct fixture *f = *state;

	say(f,
	    "Unique-ID: a1; Caller-Channel-Created-Time: 1000000000; Caller-Channel-Hangup-Time: "
	    "1001000000; variable_remote_media_ip: 192.0.2.1; variable_remote_media_port: 4000; "
	    "variable_local_media_ip: 192.0.2.2; variable_local_media_port: 16384; "
	    "variable_rtp_audio_in_media_packet_count: 50; variable_rtp_audio_in_raw_bytes: 8600; "
	    "variable_rtp_audio_in_mos: 3.86; variable_rtp_use_codec_name: PCMA",
	    NOW_US);
	assert_string_equal(buf_text(&f->r.out),
	                    "MediaStream at=1000 ssrc=0 src_addr=<192.0.2.1> src_port=4000 "
	                    "dst_addr=<192.0.2.2> dst_port=16384 seen=1001 contact=<a1> "
	                    "codec=PCMA packets=50 mos=3.86 measured_by=endpoint "
	                    "signalled=1 size_bytes=8600\n");
}

static void a_mos_that_is_none_is_not_told(void **state)
{
	struct fixture *f = *state;

	say(f,
	    "Unique-ID: a1; Caller-Channel-Created-Time: 1000000000; Caller-Channel-Hangup-Time: "
	    "1001000000; variable_remote_media_port: 4000; variable_local_media_port: 16384; "
	    "variable_rtp_audio_in_media_packet_count: 50; variable_rtp_audio_in_mos: nan",
	    NOW_US);
	assert_null(strstr(buf_text(&f->r.out), "mos="));
}

/* One channel of a second, and more about it. */
#define CHANNEL                                                                                    \
	"Unique-ID: a1; Caller-Channel-Created-Time: 1000000000; Caller-Channel-Hangup-Time: "     \
	"1001000000; "
#define AUDIO(from, to, packets)                                                                   \
	CHANNEL "variable_remote_media_port: " from "; variable_local_media_port: " to             \
		"; variable_rtp_audio_in_media_packet_count: " packets "; "

struct audio_case {
	const char *name;
	const char *leg;
	bool stream;
	const char *says; /* NULL: no MOS */
};

static const struct audio_case audios[] = {
	{ "the_lowest_mos_is_told", AUDIO("4000", "16384", "50") "variable_rtp_audio_in_mos: 1",
	  true, "mos=1 " },
	{ "the_highest_mos_is_told", AUDIO("4000", "16384", "50") "variable_rtp_audio_in_mos: 5",
	  true, "mos=5 " },
	{ "a_mos_below_the_scale_is_none",
	  AUDIO("4000", "16384", "50") "variable_rtp_audio_in_mos: 0.99", true, NULL },
	{ "a_mos_above_the_scale_is_none",
	  AUDIO("4000", "16384", "50") "variable_rtp_audio_in_mos: 5.01", true, NULL },
	{ "a_mos_with_a_tail_is_none",
	  AUDIO("4000", "16384", "50") "variable_rtp_audio_in_mos: 4.5x", true, NULL },
	{ "the_last_port_is_one", AUDIO("65535", "65535", "1"), true, NULL },
	{ "a_port_of_0_is_none", AUDIO("0", "16384", "50"), false, NULL },
	{ "a_local_port_of_0_is_none", AUDIO("4000", "0", "50"), false, NULL },
	{ "a_port_beyond_16_bits_is_none", AUDIO("65536", "16384", "50"), false, NULL },
	{ "audio_of_no_packets_is_none", AUDIO("4000", "16384", "0"), false, NULL },
	{ "audio_of_packets_without_a_number_is_none", AUDIO("4000", "16384", "some"), false,
	  NULL },
};

static void audio_run(void **state)
{
	const struct audio_case *c = *state;
	struct fixture *f;
	void *opened;

	assert_int_equal(setup(&opened), 0);
	f = opened;
	say(f, c->leg, NOW_US);
	assert_int_equal(fs_call_counters(f->t)->streams, c->stream);
	assert_int_equal(strstr(buf_text(&f->r.out), "mos=") != NULL, c->says != NULL);
	assert_non_null(strstr(buf_text(&f->r.out), c->says != NULL ? c->says : ""));
	assert_int_equal(teardown(&opened), 0);
}

static void a_call_is_told_once(void **state)
{
	struct fixture *f = *state;

	say(f, CALLER, NOW_US);
	(void)settled(f);
	assert_int_equal(f->r.n_records, 1);
	fs_call_tick(f->t, NOW_US + 2 * FS_CALL_SETTLE_US);
	fs_call_finish(f->t);
	assert_int_equal(f->r.n_records, 1);
	assert_int_equal(fs_call_counters(f->t)->again, 0);
}

static void a_call_is_remembered_for_its_time_and_no_longer(void **state)
{
	struct fixture *f = *state;

	say(f, CALLER, NOW_US);
	(void)settled(f);
	fs_call_tick(f->t, NOW_US + FS_CALL_KEEP_US - 1);
	say(f, AGENT, NOW_US + FS_CALL_KEEP_US - 1);
	fs_call_tick(f->t, NOW_US + FS_CALL_KEEP_US + FS_CALL_SETTLE_US);
	assert_non_null(strstr(buf_text(&f->r.out), "legs=2"));
	record_text_reset(&f->r);
	fs_call_tick(f->t, NOW_US + 2 * FS_CALL_KEEP_US - 1);
	say(f, FORWARD, NOW_US + 2 * FS_CALL_KEEP_US);
	fs_call_tick(f->t, NOW_US + 3 * FS_CALL_KEEP_US);
	assert_non_null(strstr(buf_text(&f->r.out), "legs=1"));
}

#define QUEUED(queue, joined)                                                                      \
	CHANNEL "variable_cc_queue: " queue "; variable_cc_queue_joined_epoch: " joined

static void the_queue_it_joined_last_is_the_calls(void **state)
{
	static const char *const orders[2][2] = {
		{ QUEUED("first", "1000"), QUEUED("second", "1001") },
		{ QUEUED("second", "1001"), QUEUED("first", "1000") },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(orders); i++) {
		reopen(f);
		say(f, orders[i][0], NOW_US);
		say(f, orders[i][1], NOW_US);
		assert_non_null(strstr(settled(f), "queue=second"));
	}
}

static void a_channel_that_ends_before_it_began_is_left_out(void **state)
{
	struct fixture *f = *state;

	say(f,
	    "Unique-ID: a1; Caller-Channel-Created-Time: 1000000001; Caller-Channel-Hangup-Time: "
	    "1000000000",
	    NOW_US);
	assert_int_equal(fs_call_counters(f->t)->untimed, 1);
	say(f,
	    "Unique-ID: a2; Caller-Channel-Created-Time: 1000000000; Caller-Channel-Hangup-Time: "
	    "1000000000",
	    NOW_US);
	assert_int_equal(fs_call_counters(f->t)->untimed, 1);
	assert_non_null(strstr(settled(f), "duration_ms=0 "));
}

static void a_channel_without_audio_tells_of_none(void **state)
{
	struct fixture *f = *state;

	say(f, CALLER, NOW_US);
	assert_int_equal(fs_call_counters(f->t)->streams, 0);
}

static void a_channel_without_times_is_left_out_and_counted(void **state)
{
	struct fixture *f = *state;

	say(f, "Unique-ID: a1", NOW_US);
	say(f, "Caller-Channel-Created-Time: 1000000000; Caller-Channel-Hangup-Time: 1001000000",
	    NOW_US);
	assert_string_equal(settled(f), "");
	assert_int_equal(fs_call_counters(f->t)->untimed, 2);
}

static void a_full_table_tells_the_silent_one_early(void **state)
{
	struct fixture *f = *state;
	char leg[256];

	for (unsigned i = 0; i <= FS_CALL_OPEN_MIN; i++) {
		(void)snprintf(leg, sizeof(leg),
		               "Unique-ID: u%u; Caller-Channel-Created-Time: 1000000000; "
		               "Caller-Channel-Hangup-Time: 1001000000",
		               i);
		say(f, leg, NOW_US + i);
	}
	assert_int_equal(fs_call_counters(f->t)->evicted, 1);
	assert_int_equal(fs_call_counters(f->t)->calls, 1);
}

static void a_restart_forgets_no_channel(void **state)
{
	struct fixture *f = *state;
	struct buf saved;
	struct cursor in;

	buf_init(&saved, FS_CALL_STATE_MAX_BYTES);
	say(f, CALLER, NOW_US);
	fs_call_save(f->t, &saved);
	reopen(f);
	in = cursor_of(saved.data, saved.len);
	assert_int_equal(fs_call_load(f->t, &in), 0);
	say(f, AGENT, NOW_US);
	assert_non_null(strstr(settled(f), " legs=2\n"));
	for (size_t len = 0; len < saved.len; len++) {
		in = cursor_of(saved.data, len);
		assert_int_equal(fs_call_load(f->t, &in), -EBADMSG);
	}
	buf_free(&saved);
}

static void a_channel_that_says_its_call_id_is_joined_to_its_packets(void **state)
{
	struct fixture *f = *state;

	say(f, CALLER "; variable_sip_call_id: d1%40pbx", NOW_US);
	assert_non_null(strstr(
		settled(f), "CallLeg at=1000.100000 contact=<s1> dialog=<d1@pbx> seen=1071.500000 "
			    "queue=sales@default"));
}

int main(void)
{
	static struct cases all;

	cases_test_with(&all, f15_any_order_of_channels_is_one_call, setup, teardown);
	cases_test_with(&all, a_call_to_a_trunk_is_outbound_and_its_customer_is_who_was_called,
	                setup, teardown);
	cases_test_with(&all, a_channel_that_ends_late_tells_the_call_again, setup, teardown);
	cases_test_with(&all, a_channel_tells_of_the_audio_it_received, setup, teardown);
	cases_test_with(&all, a_mos_that_is_none_is_not_told, setup, teardown);
	cases_table(&all, audios, audio_run);
	cases_test_with(&all, a_call_is_told_once, setup, teardown);
	cases_test_with(&all, a_call_is_remembered_for_its_time_and_no_longer, setup, teardown);
	cases_test_with(&all, the_queue_it_joined_last_is_the_calls, setup, teardown);
	cases_test_with(&all, a_channel_that_ends_before_it_began_is_left_out, setup, teardown);
	cases_test_with(&all, a_channel_without_audio_tells_of_none, setup, teardown);
	cases_test_with(&all, a_channel_without_times_is_left_out_and_counted, setup, teardown);
	cases_test_with(&all, a_full_table_tells_the_silent_one_early, setup, teardown);
	cases_test_with(&all, a_restart_forgets_no_channel, setup, teardown);
	cases_test_with(&all, a_channel_that_says_its_call_id_is_joined_to_its_packets, setup,
	                teardown);
	return cases_run("fs_call", &all, NULL, NULL);
}
