/* How waits and talks in queues end, by events of the manager interface that came or did not. */
#include "agent/track/ami_feed.h"

#include <stdio.h>

#include "tests/support/cases.h"
#include "tests/support/record_text.h"

#define EVENT(name, at, id)                                                                        \
	"Event: " name "\r\nTimestamp: " at "\r\nUniqueid: " id "\r\nLinkedid: 1.1\r\n"
#define END         "\r\n"
#define QUEUE       "Queue: sales\r\n"
#define JOIN(at)    EVENT("QueueCallerJoin", at, "1.1") QUEUE "CallerIDNum: 555\r\nPosition: 2\r\n" END
#define LEAVE(at)   EVENT("QueueCallerLeave", at, "1.1") QUEUE END
#define ABANDON(at) EVENT("QueueCallerAbandon", at, "1.1") QUEUE END
#define REQUEST(at) EVENT("HangupRequest", at, "1.1") END
#define HANGUP(at)  EVENT("Hangup", at, "1.1") END
#define RUNS(at, app)                                                                              \
	EVENT("Newexten", at, "1.1")                                                               \
	"Application: " app "\r\nAppData: sales,t,,,60\r\nCallerIDNum: 555\r\n" END
#define STATUS(at, value)                                                                          \
	EVENT("VarSet", at, "1.1") "Variable: QUEUESTATUS\r\nValue: " value "\r\n" END
#define RANG(at)                                                                                   \
	EVENT("AgentRingNoAnswer", at, "1.1") QUEUE "MemberName: Ana\r\nRingTime: 5000\r\n" END
#define CONNECT(at) EVENT("AgentConnect", at, "1.1") QUEUE "MemberName: Ana\r\nRingTime: 3\r\n" END
#define COMPLETE(at, why)                                                                          \
	EVENT("AgentComplete", at, "1.1") QUEUE "MemberName: Ana\r\nReason: " why "\r\n" END
#define HOLD(at, id)   EVENT("Hold", at, id) END
#define UNHOLD(at, id) EVENT("Unhold", at, id) END
#define BLIND(at, result)                                                                          \
	"Event: BlindTransfer\r\nTimestamp: " at "\r\nTransfererLinkedid: 1.1\r\nResult: " result  \
	"\r\n\r\n"
#define ATTENDED(at)                                                                               \
	"Event: AttendedTransfer\r\nTimestamp: " at                                                \
	"\r\nOrigTransfererLinkedid: 1.1\r\nResult: Success\r\n\r\n"
#define AGENT(name, at, more) "Event: " name "\r\nTimestamp: " at "\r\nQueue: sales\r\n" more "\r\n"

struct contact_case {
	const char *name;
	const char *stream;
	const char *want;
};

static const struct contact_case streams[] = {
	{ "a_caller_who_hangs_up_abandons",
	  JOIN("10") REQUEST("15") ABANDON("15") LEAVE("15") HANGUP("16"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=15 customer=<555> "
	  "wait_ms=5000 outcome=abandoned ended_by=caller position=2\n" },
	{ "a_wait_that_times_out",
	  JOIN("10") ABANDON("15") LEAVE("15") STATUS("15", "TIMEOUT") HANGUP("20"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=15 customer=<555> "
	  "wait_ms=5000 outcome=timed_out ended_by=system position=2\n" },
	{ "a_wait_in_a_queue_that_became_empty",
	  JOIN("10") ABANDON("15") LEAVE("15") STATUS("15", "LEAVEEMPTY") HANGUP("20"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=15 customer=<555> "
	  "wait_ms=5000 outcome=exit_empty ended_by=system position=2\n" },
	{ "a_wait_in_a_queue_whose_members_became_unavailable",
	  JOIN("10") ABANDON("15") LEAVE("15") STATUS("15", "LEAVEUNAVAIL") HANGUP("20"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=15 customer=<555> "
	  "wait_ms=5000 outcome=exit_empty ended_by=system position=2\n" },
	{ "a_hangup_behind_an_end_nobody_explained",
	  JOIN("10") ABANDON("15") LEAVE("15") HANGUP("20"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=15 customer=<555> "
	  "wait_ms=5000 outcome=abandoned ended_by=caller position=2\n" },
	{ "the_next_application_behind_an_end_nobody_explained",
	  JOIN("10") ABANDON("15") LEAVE("15") RUNS("16", "Playback") HANGUP("20"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=15 customer=<555> "
	  "wait_ms=5000 outcome=timed_out ended_by=system position=2\n" },
	{ "the_next_queue_behind_an_end_nobody_explained",
	  JOIN("10") ABANDON("15") LEAVE("15") JOIN("17") REQUEST("18") ABANDON("18") LEAVE("18")
	          HANGUP("20"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=15 customer=<555> "
	  "wait_ms=5000 outcome=timed_out ended_by=system position=2\n"
	  "QueueContact at=17 contact=<1.1> queue=sales entry=0 seen=18 customer=<555> "
	  "wait_ms=1000 outcome=abandoned ended_by=caller position=2\n" },
	{ "a_caller_who_leaves_by_a_key",
	  JOIN("10") LEAVE("15") RUNS("16", "Playback") HANGUP("20"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=15 customer=<555> "
	  "wait_ms=5000 outcome=exit_key ended_by=caller position=2\n" },
	{ "a_status_of_no_wait_is_nothing",
	  JOIN("10") STATUS("11", "TIMEOUT") STATUS("11", "LEAVEEMPTY") REQUEST("15") ABANDON("15")
	          LEAVE("15") HANGUP("16"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=15 customer=<555> "
	  "wait_ms=5000 outcome=abandoned ended_by=caller position=2\n" },
	{ "other_variables_are_nothing",
	  JOIN("10") ABANDON("15") LEAVE("15") EVENT(
		  "VarSet", "15", "1.1") "Variable: QSTATUS\r\nValue: TIMEOUT\r\n" END REQUEST("16")
	          HANGUP("16"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=15 customer=<555> "
	  "wait_ms=5000 outcome=abandoned ended_by=caller position=2\n" },
	{ "a_full_queue_lets_nobody_in", RUNS("10", "Queue") STATUS("11", "FULL") HANGUP("12"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=11 customer=<555> wait_ms=0 "
	  "outcome=full ended_by=system\n" },
	{ "an_unavailable_queue_lets_nobody_in",
	  RUNS("10", "Queue") STATUS("11", "JOINUNAVAIL") HANGUP("12"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=11 customer=<555> wait_ms=0 "
	  "outcome=exit_empty ended_by=system\n" },
	{ "a_refusal_is_told_once",
	  RUNS("10", "Queue") STATUS("11", "JOINEMPTY") STATUS("12", "JOINEMPTY") HANGUP("12"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=11 customer=<555> wait_ms=0 "
	  "outcome=exit_empty ended_by=system\n" },
	{ "a_refusal_of_a_queue_nobody_asked_for_is_none",
	  RUNS("10", "Playback") STATUS("11", "FULL") HANGUP("12"), "" },
	{ "a_queue_that_let_in_did_not_refuse",
	  RUNS("10", "Queue") JOIN("10") STATUS("11", "FULL") REQUEST("15") ABANDON("15")
	          LEAVE("15") HANGUP("16"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=15 customer=<555> "
	  "wait_ms=5000 outcome=abandoned ended_by=caller position=2\n" },
	{ "a_refused_caller_of_one_queue_asks_another",
	  RUNS("10", "Queue") STATUS("11", "FULL") RUNS("12", "queue") STATUS("13", "JOINEMPTY")
	          HANGUP("14"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=11 customer=<555> wait_ms=0 "
	  "outcome=full ended_by=system\n"
	  "QueueContact at=12 contact=<1.1> queue=sales entry=0 seen=13 customer=<555> wait_ms=0 "
	  "outcome=exit_empty ended_by=system\n" },
	{ "an_answered_call_that_the_caller_ends",
	  JOIN("10") RANG("16") LEAVE("20") CONNECT("20") COMPLETE("50", "caller") HANGUP("51"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=50 customer=<555> "
	  "wait_ms=10000 outcome=answered agent=<Ana> connects=1 ring_no_answers=1 "
	  "ring_no_answers_over_3s=1 ring_ms=3000 talk_ms=30000 hold_ms=0 ended_by=caller "
	  "position=2\n" },
	{ "an_answered_call_that_the_agent_ends",
	  JOIN("10") LEAVE("20") CONNECT("20") COMPLETE("50", "agent") HANGUP("51"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=50 customer=<555> "
	  "wait_ms=10000 outcome=answered agent=<Ana> connects=1 ring_ms=3000 talk_ms=30000 "
	  "hold_ms=0 ended_by=agent position=2\n" },
	{ "an_answered_call_that_is_transferred",
	  JOIN("10") LEAVE("20") CONNECT("20") COMPLETE("50", "transfer") HANGUP("51"),
	  "Handoff at=50 contact=<1.1> kind=blind from_queue=sales seen=50 from_agent=<Ana> "
	  "talk_ms=30000\n"
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=50 customer=<555> "
	  "wait_ms=10000 outcome=answered agent=<Ana> connects=1 ring_ms=3000 talk_ms=30000 "
	  "hold_ms=0 ended_by=transfer transfer=blind position=2\n" },
	{ "a_blind_transfer",
	  JOIN("10") LEAVE("20") CONNECT("20") BLIND("50", "Success") COMPLETE("50", "agent")
	          HANGUP("51"),
	  "Handoff at=50 contact=<1.1> kind=blind from_queue=sales seen=50 from_agent=<Ana> "
	  "talk_ms=30000\n"
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=50 customer=<555> "
	  "wait_ms=10000 outcome=answered agent=<Ana> connects=1 ring_ms=3000 talk_ms=30000 "
	  "hold_ms=0 ended_by=transfer transfer=blind position=2\n" },
	{ "a_blind_transfer_that_failed_is_none",
	  JOIN("10") LEAVE("20") CONNECT("20") BLIND("40", "Fail") COMPLETE("50", "caller")
	          HANGUP("51"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=50 customer=<555> "
	  "wait_ms=10000 outcome=answered agent=<Ana> connects=1 ring_ms=3000 talk_ms=30000 "
	  "hold_ms=0 ended_by=caller position=2\n" },
	{ "an_attended_transfer",
	  JOIN("10") LEAVE("20") CONNECT("20") ATTENDED("50") COMPLETE("50", "agent") HANGUP("51"),
	  "Handoff at=50 contact=<1.1> kind=attended from_queue=sales seen=50 from_agent=<Ana> "
	  "talk_ms=30000\n"
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=50 customer=<555> "
	  "wait_ms=10000 outcome=answered agent=<Ana> connects=1 ring_ms=3000 talk_ms=30000 "
	  "hold_ms=0 ended_by=transfer transfer=attended position=2\n" },
	{ "a_talk_whose_end_is_not_told_ends_with_the_callers_channel",
	  JOIN("10") LEAVE("20") CONNECT("20") REQUEST("50") HANGUP("50"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=50 customer=<555> "
	  "wait_ms=10000 outcome=answered agent=<Ana> connects=1 ring_ms=3000 talk_ms=30000 "
	  "hold_ms=0 ended_by=caller position=2\n" },
	{ "a_talk_whose_end_is_not_told_and_that_the_agent_ended",
	  JOIN("10") LEAVE("20") CONNECT("20") HANGUP("50"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=50 customer=<555> "
	  "wait_ms=10000 outcome=answered agent=<Ana> connects=1 ring_ms=3000 talk_ms=30000 "
	  "hold_ms=0 ended_by=agent position=2\n" },
	{ "a_transferred_talk_whose_end_is_not_told",
	  JOIN("10") LEAVE("20") CONNECT("20") BLIND("45", "Success") HANGUP("50"),
	  "Handoff at=50 contact=<1.1> kind=blind from_queue=sales seen=50 from_agent=<Ana> "
	  "talk_ms=30000\n"
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=50 customer=<555> "
	  "wait_ms=10000 outcome=answered agent=<Ana> connects=1 ring_ms=3000 talk_ms=30000 "
	  "hold_ms=0 ended_by=transfer transfer=blind position=2\n" },
	{ "another_channel_of_the_call_ends_no_talk",
	  JOIN("10") LEAVE("20") CONNECT("20") EVENT(
		  "Newexten", "25",
		  "1.2") "Application: Queue\r\nAppData: other\r\n" END EVENT("Hangup", "30", "1.2")
	          END COMPLETE("50", "caller"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=50 customer=<555> "
	  "wait_ms=10000 outcome=answered agent=<Ana> connects=1 ring_ms=3000 talk_ms=30000 "
	  "hold_ms=0 ended_by=caller position=2\n" },
	{ "holds_are_added_up",
	  JOIN("10") LEAVE("20") CONNECT("20") HOLD("25", "1.2") UNHOLD("28", "1.2")
	          HOLD("30", "1.2") UNHOLD("32.5", "1.2") COMPLETE("50", "caller"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=50 customer=<555> "
	  "wait_ms=10000 outcome=answered agent=<Ana> connects=1 ring_ms=3000 talk_ms=24500 "
	  "hold_ms=5500 ended_by=caller position=2\n" },
	{ "a_hold_told_twice_is_one",
	  JOIN("10") LEAVE("20") CONNECT("20") HOLD("25", "1.2") HOLD("27", "1.2")
	          UNHOLD("28", "1.2") UNHOLD("29", "1.2") COMPLETE("50", "caller"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=50 customer=<555> "
	  "wait_ms=10000 outcome=answered agent=<Ana> connects=1 ring_ms=3000 talk_ms=27000 "
	  "hold_ms=3000 ended_by=caller position=2\n" },
	{ "a_hold_ends_with_the_talk",
	  JOIN("10") LEAVE("20") CONNECT("20") HOLD("46", "1.2") COMPLETE("50", "caller"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=50 customer=<555> "
	  "wait_ms=10000 outcome=answered agent=<Ana> connects=1 ring_ms=3000 talk_ms=26000 "
	  "hold_ms=4000 ended_by=caller position=2\n" },
	{ "a_hold_ends_with_a_talk_whose_end_is_not_told",
	  JOIN("10") LEAVE("20") CONNECT("20") HOLD("45", "1.2") REQUEST("50") HANGUP("50"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=50 customer=<555> "
	  "wait_ms=10000 outcome=answered agent=<Ana> connects=1 ring_ms=3000 talk_ms=25000 "
	  "hold_ms=5000 ended_by=caller position=2\n" },
	{ "the_customers_own_hold_is_not_the_agents",
	  JOIN("10") LEAVE("20") CONNECT("20") HOLD("25", "1.1") UNHOLD("35", "1.1")
	          COMPLETE("50", "caller"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=50 customer=<555> "
	  "wait_ms=10000 outcome=answered agent=<Ana> connects=1 ring_ms=3000 talk_ms=30000 "
	  "hold_ms=0 ended_by=caller position=2\n" },
	{ "a_talk_holds_nothing_of_the_one_before",
	  JOIN("10") LEAVE("20") CONNECT("20") HOLD("25", "1.2") COMPLETE("50", "agent") JOIN("60")
	          LEAVE("70") CONNECT("70") COMPLETE("80", "caller"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=50 customer=<555> "
	  "wait_ms=10000 outcome=answered agent=<Ana> connects=1 ring_ms=3000 talk_ms=5000 "
	  "hold_ms=25000 ended_by=agent position=2\n"
	  "QueueContact at=60 contact=<1.1> queue=sales entry=0 seen=80 customer=<555> "
	  "wait_ms=10000 outcome=answered agent=<Ana> connects=1 ring_ms=3000 talk_ms=10000 "
	  "hold_ms=0 ended_by=caller position=2\n" },
	{ "a_completion_of_another_queue_is_not_this_talks",
	  JOIN("10") LEAVE("20") CONNECT("20") HOLD("25", "1.2")
	          EVENT("AgentComplete", "30",
	                "1.1") "Queue: other\r\nReason: agent\r\n" END COMPLETE("50", "caller"),
	  "QueueContact at=10 contact=<1.1> queue=sales entry=0 seen=50 customer=<555> "
	  "wait_ms=10000 outcome=answered agent=<Ana> connects=1 ring_ms=3000 talk_ms=5000 "
	  "hold_ms=25000 ended_by=caller position=2\n" },
	{ "who_was_listed_has_waited_before",
	  EVENT("QueueEntry", "10", "1.1") QUEUE "Position: 1\r\nWait: 4\r\n" END REQUEST("15")
	          ABANDON("15") LEAVE("15") HANGUP("16"),
	  "QueueContact at=6.500000 contact=<1.1> queue=sales entry=0 seen=15 wait_ms=8500 "
	  "outcome=abandoned ended_by=caller position=1\n" },
	{ "who_joined_while_the_list_was_made_waits_once",
	  JOIN("9") EVENT("QueueEntry", "10", "1.1") QUEUE "Wait: 1\r\n" END REQUEST("15")
	          ABANDON("15") LEAVE("15") HANGUP("16"),
	  "QueueContact at=9 contact=<1.1> queue=sales entry=0 seen=15 customer=<555> wait_ms=6000 "
	  "outcome=abandoned ended_by=caller position=2\n" },
	{ "a_pause_and_its_reason",
	  AGENT("QueueMemberAdded", "5", "MemberName: Ana\r\nMembership: dynamic\r\nPaused: 0\r\n")
	          AGENT("QueueMemberPause", "10",
	                "MemberName: Ana\r\nPaused: 1\r\nPausedReason: lunch\r\n")
	                  AGENT("QueueMemberPause", "20", "MemberName: Ana\r\nPaused: 0\r\n")
	                          AGENT("QueueMemberRemoved", "30", "MemberName: Ana\r\n"),
	  "AgentSpan at=10 agent=<Ana> queue=sales state=paused seen=20 duration_ms=10000 "
	  "reason=lunch cut=0\n"
	  "AgentSpan at=5 agent=<Ana> queue=sales state=logged_in seen=30 duration_ms=25000 "
	  "cut=0\n" },
	{ "a_static_member_does_not_log_in",
	  AGENT("QueueMember", "5", "Name: Ana\r\nMembership: static\r\nPaused: 0\r\n")
	          AGENT("QueueMemberRemoved", "30", "MemberName: Ana\r\n"),
	  "" },
	{ "who_is_listed_has_logged_in_and_paused_before",
	  AGENT("QueueMember", "50",
	        "Name: Ana\r\nMembership: dynamic\r\nLoginTime: 20\r\nPaused: 1\r\nLastPause: "
	        "30\r\nPausedReason: lunch\r\n")
	          AGENT("QueueMemberPause", "60", "MemberName: Ana\r\nPaused: 0\r\n")
	                  AGENT("QueueMemberRemoved", "70", "MemberName: Ana\r\n"),
	  "AgentSpan at=30 agent=<Ana> queue=sales state=paused seen=60 duration_ms=30000 "
	  "reason=lunch cut=0\n"
	  "AgentSpan at=20 agent=<Ana> queue=sales state=logged_in seen=70 duration_ms=50000 "
	  "cut=0\n" },
	{ "who_is_listed_without_times_has_logged_in_now",
	  AGENT("QueueMember", "50",
	        "Name: Ana\r\nMembership: dynamic\r\nLoginTime: 0\r\nPaused: 1\r\nLastPause: 0\r\n")
	          AGENT("QueueMemberPause", "60", "MemberName: Ana\r\nPaused: 0\r\n")
	                  AGENT("QueueMemberRemoved", "70", "MemberName: Ana\r\n"),
	  "AgentSpan at=50 agent=<Ana> queue=sales state=paused seen=60 duration_ms=10000 cut=0\n"
	  "AgentSpan at=50 agent=<Ana> queue=sales state=logged_in seen=70 duration_ms=20000 "
	  "cut=0\n" },
};

static void stream_run(void **state)
{
	static const char *const names[] = { "1.1", "555", "Ana", NULL };
	static struct ami_message m;
	const struct contact_case *c = *state;
	struct ami_reader r = { .scanned = 0 };
	struct slice in = slice_of(c->stream);
	struct record_text text;
	struct ami_feed_options options = { .host = "pbx1",
		                            .variables = "",
		                            .max_open = 16,
		                            .max_age_us = INT64_C(86400000000),
		                            .slot_us = 60000000 };
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
	ami_feed_free(f);
	record_text_free(&text);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, streams, stream_run);
	return cases_run("track/ami_contact", &c, NULL, NULL);
}
