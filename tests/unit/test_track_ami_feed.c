/* What single events of the manager interface become, beside queues: variables, pauses of
 * recordings, RTCP reports, logins, channel events, and what is told when Asterisk starts anew. */
#include "agent/track/ami_feed.h"

#include <stdio.h>

#include "agent/track/ami_fact.h"
#include "proto/evidence.pb-c.h"
#include "tests/support/cases.h"
#include "tests/support/record_text.h"

#define EVENT(name, at) "Event: " name "\r\nTimestamp: " at "\r\n"
#define END             "\r\n"
#define CHANNEL(id)     "Uniqueid: " id "\r\nLinkedid: 1.1\r\n"
#define SET(at, id, name, value)                                                                   \
	EVENT("VarSet", at) CHANNEL(id) "Variable: " name "\r\nValue: " value "\r\n" END
#define HANGUP(at, id) EVENT("Hangup", at) CHANNEL(id) END
#define MUTE(at, state)                                                                            \
	EVENT("MixMonitorMute", at) CHANNEL("1.1") "Direction: both\r\nState: " state "\r\n" END
#define RTCP(name, at, loss, seq) RTCP_OF(name, at, "4001", "5001", loss, seq)
#define RTCP_OF(name, at, to, from, loss, seq)                                                     \
	EVENT(name, at)                                                                            \
	CHANNEL("1.1")                                                                             \
	"To: 192.0.2.1:" to "\r\nFrom: [2001:db8::1]:" from                                        \
	"\r\nRTT: 0.0200\r\nReportCount: 1\r\n"                                                    \
	"Report0SourceSSRC: 0x0000002a\r\nReport0CumulativeLost: " loss                            \
	"\r\nReport0HighestSequence: " seq "\r\nReport0SequenceNumberCycles: 0\r\n" END
#define REPORT(at, to, rtt, ssrc, lost, highest, cycles)                                           \
	EVENT("RTCPSent", at)                                                                      \
	CHANNEL("1.1")                                                                             \
	"To: " to "\r\nFrom: 192.0.2.1:5001\r\nRTT: " rtt                                          \
	"\r\nReportCount: 1\r\nReport0SourceSSRC: " ssrc "\r\nReport0CumulativeLost: " lost        \
	"\r\nReport0HighestSequence: " highest "\r\nReport0SequenceNumberCycles: " cycles          \
	"\r\n" END
#define RTT(at, rtt, highest)       REPORT(at, "192.0.2.1:4001", rtt, "0x2a", "0", highest, "0")
#define CYCLES(at, cycles, highest) REPORT(at, "192.0.2.1:4001", "0", "0x2a", "0", highest, cycles)
/* What Asterisk hears from the phone: how far its stream has come. And what it says of that stream.
 */
#define HEARD(at, ts)                                                                              \
	EVENT("RTCPReceived", at)                                                                  \
	CHANNEL("1.1")                                                                             \
	"To: [2001:db8::1]:5001\r\nFrom: 192.0.2.1:4001\r\nSSRC: 0xeeacf57a\r\nPT: 200(SR)\r\n"    \
	"ReportCount: 0\r\nSentRTP: " ts "\r\n" END
#define JITTERED(at, jitter)                                                                       \
	EVENT("RTCPSent", at)                                                                      \
	CHANNEL("1.1")                                                                             \
	"To: 192.0.2.1:4001\r\nFrom: [2001:db8::1]:5001\r\nPT: 201(RR)\r\nReportCount: 1\r\n"      \
	"Report0SourceSSRC: 0x0000002a\r\nReport0CumulativeLost: 0\r\n"                            \
	"Report0HighestSequence: 100\r\nReport0IAJitter: " jitter "\r\n" END
#define JITTER_STREAM(more)                                                                        \
	"MediaStream at=11 ssrc=42 src_addr=<192.0.2.1> src_port=4000 dst_addr=<2001:db8::1> "     \
	"dst_port=5000 seen=16 contact=<1.1> duration_ms=5000 " more "measured_by=endpoint\n"
#define BOOTED(at, uptime)                                                                         \
	EVENT("FullyBooted", at) "Status: Fully Booted\r\nUptime: " uptime "\r\n" END
#define JOIN(at) EVENT("QueueCallerJoin", at) CHANNEL("1.1") "Queue: sales\r\nPosition: 1\r\n" END
#define LOGIN(name, at, service)                                                                   \
	EVENT(name, at) "Service: " service "\r\nAccountID: secretuser\r\n" END

struct feed_case {
	const char *name;
	const char *stream;
	const char *want;
};

static const struct feed_case streams[] = {
	{ "variables_become_a_fact_when_the_caller_is_gone",
	  SET("10", "1.1", "CRM_ID", "C1") SET("11", "1.2", "__LANG", "de")
	          SET("12", "1.1", "OTHER", "x") HANGUP("20", "1.2") HANGUP("21", "1.1"),
	  "ContactFact at=10 contact=<1.1> seen=11 customer=<C1> recognised=1 "
	  "language_wanted=de\n" },
	{ "a_customer_known_after_the_answer_was_not_recognised",
	  SET("10", "1.1", "LANG", "de") EVENT("AgentConnect", "11") CHANNEL("1.1")
	          END SET("12", "1.1", "CRM_ID", "C1") HANGUP("20", "1.1"),
	  "ContactFact at=10 contact=<1.1> seen=12 customer=<C1> language_wanted=de\n" },
	{ "call_ids_join_the_call_to_its_packets",
	  SET("10", "1.1", "CALLID", "d1") SET("11", "1.2", "CALLID", "d2")
	          SET("12", "1.1", "CALLID", "d1") EVENT("AgentConnect", "13")
	                  CHANNEL("1.1") "Queue: sales\r\n" END HANGUP("20", "1.1"),
	  "CallLeg at=10 contact=<1.1> dialog=<d1> seen=12 queue=sales\n"
	  "CallLeg at=11 contact=<1.1> dialog=<d2> seen=12 queue=sales\n" },
	{ "an_empty_value_says_nothing", SET("10", "1.1", "CRM_ID", "") HANGUP("20", "1.1"), "" },
	{ "a_muted_recording_is_a_payment_that_is_covered", MUTE("10", "1") MUTE("14.5", "0"),
	  "Payment at=10 contact=<1.1> seen=14.500000 duration_ms=4500 recorded=1 covered=1\n" },
	{ "a_pause_ends_with_the_channel", MUTE("10", "1") HANGUP("12", "1.1"),
	  "Payment at=10 contact=<1.1> seen=12 duration_ms=2000 recorded=1 covered=1\n" },
	{ "a_resume_alone_is_nothing", MUTE("10", "0"), "" },
	{ "loss_is_counted_between_the_reports",
	  RTCP("RTCPReceived", "10", "5", "100") RTCP("RTCPReceived", "15", "8", "350")
	          HANGUP("16", "1.1"),
	  "MediaStream at=10 ssrc=42 src_addr=<192.0.2.1> src_port=4000 dst_addr=<2001:db8::1> "
	  "dst_port=5000 seen=15 contact=<1.1> duration_ms=5000 packets=247 lost=3 rtt_us=20000 "
	  "measured_by=endpoint\n" },
	{ "the_count_of_loss_is_signed_and_has_24_bits",
	  RTCP("RTCPSent", "10", "1", "100") RTCP("RTCPSent", "15", "16777215", "200")
	          HANGUP("16", "1.1"),
	  "MediaStream at=10 ssrc=42 src_addr=<192.0.2.1> src_port=4000 dst_addr=<2001:db8::1> "
	  "dst_port=5000 seen=15 contact=<1.1> duration_ms=5000 packets=102 lost=-2 rtt_us=20000 "
	  "measured_by=endpoint\n" },
	{ "a_port_that_stream_and_reports_share_is_kept",
	  RTCP_OF("RTCPSent", "10", "4000", "5000", "9", "100") HANGUP("16", "1.1"),
	  "MediaStream at=10 ssrc=42 src_addr=<192.0.2.1> src_port=4000 dst_addr=<2001:db8::1> "
	  "dst_port=5000 seen=10 contact=<1.1> rtt_us=20000 measured_by=endpoint\n" },
	{ "one_report_tells_no_loss", RTCP("RTCPSent", "10", "9", "100") HANGUP("16", "1.1"),
	  "MediaStream at=10 ssrc=42 src_addr=<192.0.2.1> src_port=4000 dst_addr=<2001:db8::1> "
	  "dst_port=5000 seen=10 contact=<1.1> rtt_us=20000 measured_by=endpoint\n" },
	{ "a_customer_known_before_the_answer_stays_recognised",
	  SET("10", "1.1", "CRM_ID", "C1") EVENT("AgentConnect", "11") CHANNEL("1.1")
	          END SET("12", "1.1", "CRM_ID", "C1") HANGUP("20", "1.1"),
	  "ContactFact at=10 contact=<1.1> seen=12 customer=<C1> recognised=1\n" },
	{ "the_answer_of_another_call_says_nothing_of_this_one",
	  SET("10", "1.1", "LANG", "de")
	          EVENT("AgentConnect", "11") "Uniqueid: 2.1\r\nLinkedid: 2.1\r\n" END SET(
			  "12", "1.1", "CRM_ID", "C1") HANGUP("20", "1.1"),
	  "ContactFact at=10 contact=<1.1> seen=12 customer=<C1> recognised=1 "
	  "language_wanted=de\n" },
	{ "a_hangup_ends_what_is_known_of_a_call",
	  SET("10", "1.1", "LANG", "de") HANGUP("11", "1.1") SET("12", "1.1", "LANG", "fr")
	          HANGUP("13", "1.1"),
	  "ContactFact at=10 contact=<1.1> seen=10 language_wanted=de\n"
	  "ContactFact at=12 contact=<1.1> seen=12 language_wanted=fr\n" },
	{ "a_hangup_ends_the_streams_of_its_channel",
	  RTCP("RTCPReceived", "10", "5", "100") HANGUP("12", "1.1")
	          RTCP("RTCPReceived", "20", "7", "200"),
	  "MediaStream at=10 ssrc=42 src_addr=<192.0.2.1> src_port=4000 dst_addr=<2001:db8::1> "
	  "dst_port=5000 seen=10 contact=<1.1> rtt_us=20000 measured_by=endpoint\n"
	  "MediaStream at=20 ssrc=42 src_addr=<192.0.2.1> src_port=4000 dst_addr=<2001:db8::1> "
	  "dst_port=5000 seen=20 contact=<1.1> rtt_us=20000 measured_by=endpoint\n" },
	{ "what_is_not_over_is_told_at_the_end", SET("10", "1.1", "CRM_ID", "C1") MUTE("11", "1"),
	  "ContactFact at=10 contact=<1.1> seen=10 customer=<C1> recognised=1\n" },
	{ "a_pause_is_told_once", MUTE("10", "1") MUTE("12", "0") HANGUP("13", "1.1"),
	  "Payment at=10 contact=<1.1> seen=12 duration_ms=2000 recorded=1 covered=1\n" },
	{ "a_pause_told_twice_is_one", MUTE("10", "1") MUTE("12", "1") MUTE("14", "0"),
	  "Payment at=10 contact=<1.1> seen=14 duration_ms=4000 recorded=1 covered=1\n" },
	{ "a_hangup_of_another_channel_ends_nothing",
	  MUTE("10", "1") RTCP("RTCPReceived", "10", "5", "100") HANGUP("12", "1.2") MUTE("14", "0")
	          RTCP("RTCPReceived", "15", "8", "350"),
	  "Payment at=10 contact=<1.1> seen=14 duration_ms=4000 recorded=1 covered=1\n"
	  "MediaStream at=10 ssrc=42 src_addr=<192.0.2.1> src_port=4000 dst_addr=<2001:db8::1> "
	  "dst_port=5000 seen=15 contact=<1.1> duration_ms=5000 packets=247 lost=3 rtt_us=20000 "
	  "measured_by=endpoint\n" },
	{ "a_sequence_that_goes_back_tells_no_loss",
	  RTCP("RTCPReceived", "10", "5", "300") RTCP("RTCPReceived", "15", "8", "100")
	          RTCP("RTCPReceived", "20", "10", "200") HANGUP("21", "1.1"),
	  "MediaStream at=10 ssrc=42 src_addr=<192.0.2.1> src_port=4000 dst_addr=<2001:db8::1> "
	  "dst_port=5000 seen=20 contact=<1.1> duration_ms=10000 packets=98 lost=2 rtt_us=20000 "
	  "measured_by=endpoint\n" },
	{ "capitals_are_digits_too",
	  EVENT("RTCPSent", "10")
	          CHANNEL("1.1") "To: 192.0.2.1:4001\r\nFrom: 192.0.2.1:5001\r\nReportCount: 1\r\n"
	                         "Report0SourceSSRC: 0XABCDEF09\r\nReport0CumulativeLost: "
	                         "0\r\nReport0HighestSequence: 1\r\n" END HANGUP("16", "1.1"),
	  "MediaStream at=10 ssrc=2882400009 src_addr=<192.0.2.1> src_port=4000 "
	  "dst_addr=<192.0.2.1> dst_port=5000 seen=10 contact=<1.1> measured_by=endpoint\n" },
	{ "the_shortest_round_trip_is_told_and_none_of_a_minute",
	  RTT("10", "0.5000", "100") RTT("11", "0.0300", "101") RTT("12", "0.0400", "102")
	          RTT("13", "60", "103") RTT("14", "0.0000", "104") HANGUP("15", "1.1"),
	  "MediaStream at=10 ssrc=42 src_addr=<192.0.2.1> src_port=4000 dst_addr=<192.0.2.1> "
	  "dst_port=5000 seen=14 contact=<1.1> duration_ms=4000 packets=4 rtt_us=30000 "
	  "measured_by=endpoint\n" },
	{ "a_round_trip_of_a_minute_or_none_is_not_told",
	  RTT("10", "60", "100") RTT("11", "0", "101") RTT("11", "-1", "101") HANGUP("15", "1.1"),
	  "MediaStream at=10 ssrc=42 src_addr=<192.0.2.1> src_port=4000 dst_addr=<192.0.2.1> "
	  "dst_port=5000 seen=11 contact=<1.1> duration_ms=1000 packets=1 measured_by=endpoint\n" },
	{ "cycles_of_the_sequence_count",
	  CYCLES("10", "0", "65530") CYCLES("15", "1", "10") HANGUP("16", "1.1"),
	  "MediaStream at=10 ssrc=42 src_addr=<192.0.2.1> src_port=4000 dst_addr=<192.0.2.1> "
	  "dst_port=5000 seen=15 contact=<1.1> duration_ms=5000 packets=16 "
	  "measured_by=endpoint\n" },
	{ "two_report_blocks_are_two_streams",
	  EVENT("RTCPSent", "10")
	          CHANNEL("1.1") "To: 192.0.2.1:4001\r\nFrom: 192.0.2.1:5001\r\nReportCount: 2\r\n"
	                         "Report0SourceSSRC: 0x1\r\nReport0CumulativeLost: "
	                         "0\r\nReport0HighestSequence: 1\r\n"
	                         "Report1SourceSSRC: 0x2\r\nReport1CumulativeLost: "
	                         "0\r\nReport1HighestSequence: 1\r\n" END HANGUP("16", "1.1"),
	  "MediaStream at=10 ssrc=1 src_addr=<192.0.2.1> src_port=4000 dst_addr=<192.0.2.1> "
	  "dst_port=5000 seen=10 contact=<1.1> measured_by=endpoint\n"
	  "MediaStream at=10 ssrc=2 src_addr=<192.0.2.1> src_port=4000 dst_addr=<192.0.2.1> "
	  "dst_port=5000 seen=10 contact=<1.1> measured_by=endpoint\n" },
	{ "jitter_is_told_in_the_clock_that_the_sender_shows",
	  HEARD("10", "0") JITTERED("11", "80") HEARD("15", "40000") JITTERED("16", "40")
	          HEARD("20", "80000") HANGUP("21", "1.1"),
	  JITTER_STREAM("jitter_max_us=10000 remote_jitter_us=5000 ") },
	{ "without_that_clock_jitter_is_not_told",
	  HEARD("10", "0") JITTERED("11", "80") HEARD("15", "40000") JITTERED("16", "40")
	          HANGUP("21", "1.1"),
	  JITTER_STREAM("") },
	{ "jitter_that_one_report_leaves_out_is_not_told",
	  HEARD("10", "0") JITTERED("11", "x") HEARD("15", "40000") JITTERED("16", "40")
	          HEARD("20", "80000") HANGUP("21", "1.1"),
	  JITTER_STREAM("") },
	{ "jitter_of_ten_seconds_is_a_jump",
	  HEARD("10", "0") JITTERED("11", "80000") HEARD("15", "40000") JITTERED("16", "40")
	          HEARD("20", "80000") HANGUP("21", "1.1"),
	  JITTER_STREAM("") },
	{ "who_only_sends_is_no_record", HEARD("10", "0") HEARD("15", "40000") HANGUP("21", "1.1"),
	  "" },
	{ "logins_are_counted_an_hour_and_a_service",
	  LOGIN("SuccessfulAuth", "3600", "AMI") LOGIN("InvalidPassword", "3601", "PJSIP")
	          LOGIN("FailedACL", "3602", "PJSIP") LOGIN("SuccessfulAuth", "7200", "AMI"),
	  "Posture at=3600 check=auth_failures subject=AMI seen=3600 whole=1\n"
	  "Posture at=3601 check=auth_failures subject=PJSIP seen=3602 part=2 whole=2\n"
	  "Posture at=7200 check=auth_failures subject=AMI seen=7200 whole=1\n" },
	{ "logins_of_a_later_run_in_the_same_hour_are_other_ones",
	  LOGIN("InvalidPassword", "3610.5", "AMI"),
	  "Posture at=3610.500000 check=auth_failures subject=AMI seen=3610.500000 part=1 "
	  "whole=1\n" },
	{ "logins_are_told_while_the_hour_lasts_and_only_what_grew",
	  LOGIN("InvalidPassword", "3600", "AMI") LOGIN("FailedACL", "3610", "PJSIP")
	          LOGIN("InvalidPassword", "3900", "AMI") LOGIN("InvalidPassword", "3901", "AMI"),
	  "Posture at=3600 check=auth_failures subject=AMI seen=3600 part=1 whole=1\n"
	  "Posture at=3610 check=auth_failures subject=PJSIP seen=3610 part=1 whole=1\n"
	  "Posture at=3600 check=auth_failures subject=AMI seen=3901 part=3 whole=3\n" },
	{ "a_start_told_twice_is_one_restart",
	  BOOTED("100", "50") JOIN("110") BOOTED("121", "1") LOGIN("SuccessfulAuth", "121.5", "AMI")
	          BOOTED("123.9", "3"),
	  "QueueContact at=110 contact=<1.1> queue=sales entry=0 seen=110 "
	  "outcome=unknown_end position=1\n"
	  "Gap at=110 reason=pbx_restart part=ami seen=120 to=120 lost=1\n"
	  "Posture at=121.500000 check=auth_failures subject=AMI seen=121.500000 whole=1\n" },
	{ "two_restarts_are_two",
	  BOOTED("100", "50") JOIN("110") BOOTED("121", "1") JOIN("130") BOOTED("141", "1"),
	  "QueueContact at=110 contact=<1.1> queue=sales entry=0 seen=110 "
	  "outcome=unknown_end position=1\n"
	  "Gap at=110 reason=pbx_restart part=ami seen=120 to=120 lost=1\n"
	  "QueueContact at=130 contact=<1.1> queue=sales entry=0 seen=130 "
	  "outcome=unknown_end position=1\n"
	  "Gap at=130 reason=pbx_restart part=ami seen=140 to=140 lost=1\n" },
	{ "an_event_without_time_and_without_a_clock_is_left_out",
	  "Event: Hangup\r\nUniqueid: 1.1\r\n\r\n", "" },
};

static const struct ami_feed_options a_few = { .host = "pbx1",
	                                       .variables = "CRM_ID=customer LANG=language_wanted "
	                                                    "CALLID=dialog",
	                                       .max_open = 16,
	                                       .max_age_us = INT64_C(86400000000),
	                                       .slot_us = 60000000,
	                                       .media = true,
	                                       .payments = true };

static void stream_run(void **state)
{
	static const char *const names[] = { "1.1",       "C1",          "d1", "d2",
		                             "192.0.2.1", "2001:db8::1", NULL };
	static struct ami_message m;
	const struct feed_case *c = *state;
	struct ami_reader r = { .scanned = 0 };
	struct slice in = slice_of(c->stream);
	struct record_text text;
	struct ami_feed_options options = a_few;
	struct ami_feed *f;
	struct emit emit;

	record_text_init(&text);
	text.names = names;
	emit = record_text_emit(&text);
	options.pseudonym = text.pseudonym;
	assert_int_equal(ami_feed_new(&f, &options, &emit), 0);
	while (ami_take(&r, &in, &m)) {
		ami_feed_event(f, &r, &m, 0);
	}
	ami_feed_finish(f);
	assert_string_equal(buf_text(&text.out), c->want);
	assert_null(strstr(buf_text(&text.out), "secretuser"));
	ami_feed_free(f);
	record_text_free(&text);
}

static const struct feed_case no_streams[] = {
	{ "an_ssrc_of_nothing", REPORT("10", "192.0.2.1:4001", "0", "0x", "0", "1", "0"), "" },
	{ "an_ssrc_of_nine_digits",
	  REPORT("10", "192.0.2.1:4001", "0", "0x123456789", "0", "1", "0"), "" },
	{ "an_ssrc_of_other_letters", REPORT("10", "192.0.2.1:4001", "0", "0x12g4", "0", "1", "0"),
	  "" },
	{ "an_ssrc_of_signs", REPORT("10", "192.0.2.1:4001", "0", "0x12@4", "0", "1", "0"), "" },
	{ "an_ssrc_that_is_decimal", REPORT("10", "192.0.2.1:4001", "0", "1234", "0", "1", "0"),
	  "" },
	{ "a_loss_of_words", REPORT("10", "192.0.2.1:4001", "0", "0x2a", "much", "1", "0"), "" },
	{ "a_sequence_of_words", REPORT("10", "192.0.2.1:4001", "0", "0x2a", "0", "last", "0"),
	  "" },
	{ "an_address_without_a_port", REPORT("10", "192.0.2.1", "0", "0x2a", "0", "1", "0"), "" },
	{ "a_port_without_an_address", REPORT("10", ":4001", "0", "0x2a", "0", "1", "0"), "" },
	{ "a_port_that_is_none", REPORT("10", "192.0.2.1:65536", "0", "0x2a", "0", "1", "0"), "" },
};

static void words_of_variables_are_judged(void **state)
{
	(void)state;
	assert_null(ami_fact_problem(""));
	assert_null(ami_fact_problem(" A=agent  B=reason "));
	assert_string_equal(ami_fact_problem("A=agent B"), "B");
	assert_string_equal(ami_fact_problem("A=number"), "A=number");
	assert_string_equal(ami_fact_problem("=agent"), "=agent");
}

static void the_word_behind_the_last_that_is_taken_is_named(void **state)
{
	char words[AMI_FACT_VARIABLES_MAX * 8 + 16] = "";

	(void)state;
	for (size_t i = 0; i < AMI_FACT_VARIABLES_MAX; i++) {
		memcpy(words + 8 * i, "A=agent ", 9);
	}
	assert_null(ami_fact_problem(words));
	memcpy(words + sizeof(words) - 16, "B=agent", 8);
	assert_string_equal(ami_fact_problem(words), "B=agent");
}

static void contacts_and_channels_without_room_are_counted(void **state)
{
	static struct ami_message m;
	struct ami_feed_options options = a_few;
	struct ami_reader r = { .scanned = 0 };
	struct record_text text;
	struct slice in;
	struct ami_feed *f;
	struct emit emit;
	struct buf joins;

	(void)state;
	record_text_init(&text);
	emit = record_text_emit(&text);
	options.pseudonym = text.pseudonym;
	assert_int_equal(ami_feed_new(&f, &options, &emit), 0);
	buf_init(&joins, 65536);
	for (int i = 0; i < 3 * 16; i++) {
		buf_printf(&joins,
		           "Event: QueueCallerJoin\r\nTimestamp: %d\r\nUniqueid: %d.1\r\n"
		           "Linkedid: %d.1\r\nQueue: sales\r\nPosition: 1\r\n\r\n",
		           10 + i, i, i);
	}
	in = slice_of(buf_text(&joins));
	while (ami_take(&r, &in, &m)) {
		ami_feed_event(f, &r, &m, 0);
	}
	assert_int_equal(ami_feed_evicted(f).contacts, 2 * 16);
	assert_int_equal(ami_feed_evicted(f).channels, 16);
	assert_int_equal(ami_feed_evicted(f).streams, 0);
	ami_feed_free(f);
	buf_free(&joins);
	record_text_free(&text);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, streams, stream_run);
	cases_table(&c, no_streams, stream_run);
	cases_test(&c, contacts_and_channels_without_room_are_counted);
	cases_test(&c, words_of_variables_are_judged);
	cases_test(&c, the_word_behind_the_last_that_is_taken_is_named);
	return cases_run("track/ami_feed", &c, NULL, NULL);
}
