/*
 * Contacts in queues of mod_callcenter. Sequences and headers of events are those of
 * mod_callcenter.c of FreeSWITCH 1.10; no real one can be run here.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/track/cc_contact.h"
#include "tests/support/cases.h"
#include "tests/support/fs_said.h"
#include "tests/support/record_text.h"

#define S_US       INT64_C(1000000)
#define NOW_US     (5000 * S_US)
#define EVENTS_MAX 10

/* one member in one queue */
#define M                                                                                          \
	"Event-Name: CUSTOM; Event-Subclass: callcenter%3A%3Ainfo; CC-Queue: sales%40default; "    \
	"CC-Member-UUID: m1; CC-Member-Session-UUID: s1; CC-Member-CID-Number: 5550001; "
#define JOINED "CC-Member-Joined-Time: 1000; "
#define AT(us) "Event-Date-Timestamp: " #us "; "
#define LEG    "Event-Name: CHANNEL_HANGUP_COMPLETE; variable_cc_member_uuid: m1; "
#define CALLER LEG "Unique-ID: s1; variable_cc_side: member; variable_cc_queue: sales%40default; "
#define AGENT  LEG "Unique-ID: a1; variable_cc_side: agent; variable_cc_member_session_uuid: s1; "

#define START  M AT(1000200000) "CC-Action: member-queue-start"
#define OFFER  M AT(1002000000) "CC-Action: agent-offering; CC-Agent: Ana"
#define MISSED                                                                                     \
	M AT(1007000000) "CC-Action: bridge-agent-fail; CC-Agent: Ana; CC-Hangup-Cause: NO_ANSWER"
#define OFFER2 M AT(1008000000) "CC-Action: agent-offering; CC-Agent: Ben"
#define BRIDGE                                                                                     \
	M JOINED AT(1011500000) "CC-Action: bridge-agent-start; CC-Agent: Ben; "                   \
				"CC-Agent-Called-Time: 1008; CC-Agent-Answered-Time: 1011"
#define UNBRIDGE                                                                                   \
	M JOINED AT(1071500000) "CC-Action: bridge-agent-end; CC-Agent: Ben; "                     \
				"CC-Agent-Answered-Time: 1011; CC-Bridge-Terminated-Time: 1071"
#define END                                                                                        \
	M JOINED AT(1071600000) "CC-Action: member-queue-end; CC-Cause: Terminated; "              \
				"CC-Agent: Ben; CC-Agent-Answered-Time: 1011"
#define CALLER_GONE                                                                                \
	CALLER "Caller-Channel-Hangup-Time: 1071550000; Caller-Caller-ID-Number: 5550001; "        \
	       "variable_sip_hangup_disposition: recv_bye; variable_cc_queue_joined_epoch: 1000; " \
	       "variable_cc_queue_answered_epoch: 1011; variable_cc_cause: answered; "             \
	       "variable_cc_agent: Ben"
#define AGENT_GONE                                                                                 \
	AGENT "Caller-Channel-Answered-Time: 1011400000; Caller-Channel-Hangup-Time: 1071560000; " \
	      "variable_hold_accum_ms: 4000; variable_sip_hangup_disposition: send_bye"

#define CANCEL(reason)                                                                             \
	M JOINED AT(1020200000) "CC-Action: member-queue-end; CC-Cause: Cancel; "                  \
				"CC-Cancel-Reason: " reason "; Answer-State: "

#define PASSED(how)                                                                                \
	AGENT "Caller-Channel-Answered-Time: 1011400000; Caller-Channel-Hangup-Time: 1071400000; " \
	      "Hangup-Cause: " how "_TRANSFER"
#define PARTY(uuid, channel, created, answered, ended)                                             \
	"Event-Name: CHANNEL_HANGUP_COMPLETE; Unique-ID: " uuid "; Channel-Call-UUID: s1; "        \
	"variable_originating_leg_uuid: s1; Channel-Name: " channel "; variable_dialed_user: "     \
	"1002; variable_dialed_domain: pbx; Caller-Channel-Created-Time: " #created "; "           \
	"Caller-Channel-Answered-Time: " answered "; Caller-Channel-Hangup-Time: " #ended
#define PASSED_ON(seen, how)                                                                       \
	"QueueContact at=1000.200000 contact=<s1> queue=sales@default entry=0 seen=" seen " "      \
	"customer=<5550001> wait_ms=11300 outcome=answered agent=<Ben> connects=1 talk_ms=60000 "  \
	"ended_by=transfer transfer=" how "\n"
#define HANDOFF(seen, how)                                                                         \
	"Handoff at=1071.400000 contact=<s1> kind=" how " from_queue=sales@default seen=" seen     \
	" from_agent=<Ben>"

#define ANSWERED_RECORD                                                                            \
	"QueueContact at=1000.200000 contact=<s1> queue=sales@default entry=0 "                    \
	"seen=1071.600000 customer=<5550001> wait_ms=11300 outcome=answered agent=<Ben> "          \
	"connects=1 ring_no_answers=1 ring_no_answers_over_3s=1 ring_ms=3500 talk_ms=60000 "       \
	"hold_ms=4000 ended_by=caller\n"

static const char *const names[] = { "s1", "s2", "Ana", "Ben", "5550001", "1002@pbx", NULL };

struct fixture {
	struct record_text r;
	struct cc_contact *t;
	struct cc_contact_options options;
};

static void reopen(struct fixture *f)
{
	struct emit emit = record_text_emit(&f->r);

	cc_contact_free(f->t);
	record_text_reset(&f->r);
	assert_int_equal(cc_contact_new(&f->t, &f->options, &emit), 0);
}

static struct fixture *open_fixture(void)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	record_text_init(&f->r);
	f->r.names = names;
	f->options =
		(struct cc_contact_options){ f->r.pseudonym,      "pbx1",      CXM__SOURCE__ESL,
		                             CC_CONTACT_OPEN_MIN, 3600 * S_US, "sofia/external/*" };
	reopen(f);
	return f;
}

static void close_fixture(struct fixture *f)
{
	cc_contact_free(f->t);
	record_text_free(&f->r);
	free(f);
}

static int setup(void **state)
{
	*state = open_fixture();
	return 0;
}

static int teardown(void **state)
{
	close_fixture(*state);
	return 0;
}

static void say(struct fixture *f, const char *event, int64_t now_us)
{
	static struct fs_facts facts;

	fs_said(event, &facts);
	if (fs_is(&facts, FS_EVENT, SLICE("CUSTOM"))) {
		cc_contact_event(f->t, &facts, now_us);
	} else if (fs_is(&facts, FS_EVENT, SLICE("CHANNEL_HANGUP_COMPLETE"))) {
		cc_contact_leg(f->t, &facts, now_us);
	} else {
		cc_contact_hold(f->t, &facts, fs_is(&facts, FS_EVENT, SLICE("CHANNEL_HOLD")),
		                now_us);
	}
}

static void say_all(struct fixture *f, const char *const *events)
{
	for (size_t i = 0; events[i] != NULL; i++) {
		say(f, events[i], NOW_US);
	}
}

static const char *settled(struct fixture *f)
{
	cc_contact_tick(f->t, NOW_US + CC_CONTACT_SETTLE_US);
	return buf_text(&f->r.out);
}

/* ---- one stay, and what becomes of it ---- */

struct stay_case {
	const char *name;
	const char *events[EVENTS_MAX];
	const char *want;
};

#define LEFT(outcome)                                                                              \
	"QueueContact at=1000.200000 contact=<s1> queue=sales@default entry=0 seen=1020.200000 "   \
	"customer=<5550001> wait_ms=20000 outcome=" outcome

static const struct stay_case stays[] = {
	{ "an_answered_contact_with_a_ring_in_vain_before",
	  { START, OFFER, MISSED, OFFER2, BRIDGE, UNBRIDGE, END, CALLER_GONE, AGENT_GONE },
	  ANSWERED_RECORD },
	{ "a_caller_who_hung_up_has_abandoned",
	  { START, CANCEL("BREAK_OUT") "hangup" },
	  LEFT("abandoned") " ended_by=caller\n" },
	{ "a_cancel_without_reason_is_a_caller_who_hung_up_as_the_agent_was_found",
	  { START, CANCEL("NONE") "hangup" },
	  LEFT("abandoned") " ended_by=caller\n" },
	{ "the_longest_wait_is_a_time_out",
	  { START, CANCEL("TIMEOUT") "answered" },
	  LEFT("timed_out") "\n" },
	{ "no_agent_for_too_long_is_an_empty_queue",
	  { START, CANCEL("NO_AGENT_TIMEOUT") "answered" },
	  LEFT("exit_empty") "\n" },
	{ "the_caller_s_key_is_a_way_out",
	  { START, CANCEL("EXIT_WITH_KEY") "answered" },
	  LEFT("exit_key") "\n" },
	{ "a_caller_who_was_moved_away_by_somebody_counts_nowhere",
	  { START, CANCEL("BREAK_OUT") "answered" },
	  "QueueContact at=1000.200000 contact=<s1> queue=sales@default entry=0 seen=1020.200000 "
	  "customer=<5550001> outcome=unknown_end\n" },
	{ "without_its_start_it_began_when_later_events_say",
	  { CANCEL("TIMEOUT") "answered" },
	  "QueueContact at=1000 contact=<s1> queue=sales@default entry=0 seen=1020.200000 "
	  "customer=<5550001> wait_ms=20200 outcome=timed_out\n" },
	{ "a_hang_up_that_the_queue_never_announced_is_an_abandonment",
	  { START, CALLER "Caller-Channel-Hangup-Time: 1020200000; "
	                  "variable_sip_hangup_disposition: recv_bye" },
	  LEFT("abandoned") " ended_by=caller\n" },
	{ "phones_called_off_when_another_was_picked_up_are_no_answers_missed",
	  { START, OFFER,
	    M AT(1009000000) "CC-Action: bridge-agent-fail; CC-Agent: Ana; "
	                     "CC-Hangup-Cause: ORIGINATOR_CANCEL",
	    CANCEL("BREAK_OUT") "hangup" },
	  LEFT("abandoned") " ended_by=caller\n" },
	{ "a_busy_phone_did_not_ring_for_three_seconds",
	  { START, OFFER,
	    M AT(1002100000) "CC-Action: bridge-agent-fail; CC-Agent: Ana; "
	                     "CC-Hangup-Cause: USER_BUSY",
	    CANCEL("BREAK_OUT") "hangup" },
	  LEFT("abandoned") " ring_no_answers=1 ended_by=caller\n" },
	{ "an_agent_s_blind_transfer_is_a_handoff",
	  { START, OFFER2, BRIDGE, UNBRIDGE, END,
	    AGENT "Caller-Channel-Answered-Time: 1011400000; Caller-Channel-Hangup-Time: "
	          "1071400000; Hangup-Cause: BLIND_TRANSFER" },
	  "QueueContact at=1000.200000 contact=<s1> queue=sales@default entry=0 "
	  "seen=1071.600000 customer=<5550001> wait_ms=11300 outcome=answered agent=<Ben> "
	  "connects=1 ring_ms=3500 talk_ms=60000 ended_by=transfer transfer=blind\n"
	  "Handoff at=1071.400000 contact=<s1> kind=blind from_queue=sales@default "
	  "seen=1071.600000 from_agent=<Ben> talk_ms=59900\n" },
	{ "a_transfer_in_the_caller_s_history_is_one_too",
	  { START, BRIDGE, END,
	    CALLER
	    "Caller-Channel-Hangup-Time: 1090000000; variable_transfer_history: "
	    "ARRAY%3A%3A990%3Ax%3Abl_xfer%3Aivr/default/XML%7C%3A1040%3Ay%3Aatt_xfer%3A1001" },
	  "QueueContact at=1000.200000 contact=<s1> queue=sales@default entry=0 seen=1090 "
	  "customer=<5550001> wait_ms=11300 outcome=answered agent=<Ben> connects=1 "
	  "talk_ms=60100 ended_by=transfer transfer=attended\n"
	  "Handoff at=1040 contact=<s1> kind=attended from_queue=sales@default seen=1090 "
	  "from_agent=<Ben> talk_ms=28500\n" },
	{ "a_transfer_before_the_answer_is_the_dialplan_s",
	  { START, BRIDGE, END,
	    CALLER "Caller-Channel-Hangup-Time: 1071550000; variable_transfer_history: "
	           "990%3Ax%3Abl_xfer%3Aqueue/default/XML" },
	  "QueueContact at=1000.200000 contact=<s1> queue=sales@default entry=0 "
	  "seen=1071.600000 customer=<5550001> wait_ms=11300 outcome=answered agent=<Ben> "
	  "connects=1 talk_ms=60100\n" },
	{ "the_dialplan_that_goes_on_behind_the_agent_hands_nobody_over",
	  { START, BRIDGE, UNBRIDGE, END, AGENT_GONE,
	    CALLER "Caller-Channel-Hangup-Time: 1090000000; variable_transfer_history: "
	           "1072%3As1%3Abl_xfer%3Asurvey/default/XML" },
	  "QueueContact at=1000.200000 contact=<s1> queue=sales@default entry=0 seen=1090 "
	  "customer=<5550001> wait_ms=11300 outcome=answered agent=<Ben> connects=1 "
	  "talk_ms=60000 hold_ms=4000\n" },
	{ "holds_add_up",
	  { START, BRIDGE, END,
	    "Event-Name: CHANNEL_HOLD; Unique-ID: a1; variable_cc_side: agent; "
	    "variable_cc_member_uuid: m1; variable_cc_member_session_uuid: s1; " AT(1020000000),
	    "Event-Name: CHANNEL_UNHOLD; Unique-ID: a1; variable_cc_side: agent; "
	    "variable_cc_member_uuid: m1; variable_cc_member_session_uuid: s1; " AT(1025000000) },
	  "QueueContact at=1000.200000 contact=<s1> queue=sales@default entry=0 "
	  "seen=1071.600000 customer=<5550001> wait_ms=11300 outcome=answered agent=<Ben> "
	  "connects=1 talk_ms=60100 hold_ms=5000\n" },
};

/* Who takes over is known by the caller's channel, so these begin with what the queue says of it.
 */
static const struct stay_case handovers[] = {
	{ "who_takes_over_at_once_is_the_one_who_answers",
	  { START, BRIDGE, UNBRIDGE, END, PASSED("BLIND"),
	    PARTY("b1", "sofia/internal/1002%40pbx", 1072000000, "0", 1077000000),
	    PARTY("b2", "sofia/internal/1002%40pbx", 1077000000, "1080000000", 1200000000),
	    CALLER "Caller-Channel-Hangup-Time: 1200000000" },
	  PASSED_ON("1200", "blind") HANDOFF(
		  "1200",
		  "blind") " to_agent=<1002@pbx> to_role=person answered=1 lost=0 ring_ms=3000 "
	                   "talk_ms=59900\n" },
	{ "nobody_who_took_over_is_a_caller_lost",
	  { START, BRIDGE, UNBRIDGE, END, PASSED("BLIND"),
	    PARTY("b1", "sofia/internal/1002%40pbx", 1072000000, "0", 1090000000),
	    CALLER "Caller-Channel-Hangup-Time: 1090000000" },
	  PASSED_ON("1090", "blind") HANDOFF(
		  "1090",
		  "blind") " to_agent=<1002@pbx> to_role=person answered=0 lost=1 ring_ms=18000 "
	                   "talk_ms=59900\n" },
	{ "a_number_outside_is_no_agent",
	  { START, BRIDGE, UNBRIDGE, END, PASSED("BLIND"),
	    PARTY("b1", "sofia/external/5550002%40carrier", 1072000000, "1074000000", 1200000000),
	    CALLER "Caller-Channel-Hangup-Time: 1200000000" },
	  PASSED_ON("1200", "blind") HANDOFF(
		  "1200",
		  "blind") " to_role=external answered=1 lost=0 ring_ms=2000 talk_ms=59900\n" },
	{ "who_was_asked_before_takes_over_with_an_attended_transfer",
	  { START, BRIDGE, UNBRIDGE, END, PASSED("ATTENDED"),
	    "Event-Name: CHANNEL_HANGUP_COMPLETE; Unique-ID: b1; Channel-Call-UUID: a2; "
	    "Channel-Name: sofia/internal/1002%40pbx; variable_last_bridge_to: s1; "
	    "variable_dialed_user: 1002; variable_dialed_domain: pbx; "
	    "Caller-Channel-Created-Time: 1050000000; Caller-Channel-Answered-Time: "
	    "1054000000; Caller-Channel-Hangup-Time: 1200000000",
	    CALLER "Caller-Channel-Hangup-Time: 1200000000" },
	  PASSED_ON("1200", "attended") HANDOFF(
		  "1200",
		  "attended") " to_agent=<1002@pbx> to_role=person answered=1 lost=0 ring_ms=4000 "
	                      "talk_ms=59900 consult_ms=17400\n" },
	{ "a_phone_that_was_over_before_the_transfer_took_nobody_over",
	  { START, BRIDGE, UNBRIDGE, END, PASSED("BLIND"),
	    PARTY("b0", "sofia/internal/1002%40pbx", 990000000, "991000000", 999000000),
	    CALLER "Caller-Channel-Hangup-Time: 1200000000" },
	  PASSED_ON("1200", "blind") HANDOFF("1200", "blind") " talk_ms=59900\n" },
};

static void stay_becomes_records(void **state)
{
	const struct stay_case *c = *state;
	struct fixture *f = open_fixture();

	say_all(f, c->events);
	assert_string_equal(settled(f), c->want);
	close_fixture(f);
}

/* The claim of the whole tracker: all n! orders of a stay's events, one and the same record. */
static void run_in_any_order(const struct stay_case *c, unsigned from)
{
	unsigned order[EVENTS_MAX];
	struct fixture *f = open_fixture();
	unsigned n = 0;

	while (n < 8 && c->events[n] != NULL) {
		order[n] = n;
		n++;
	}
	do {
		reopen(f);
		for (unsigned i = 0; i < n; i++) {
			say(f, c->events[order[i]], NOW_US);
		}
		for (unsigned i = n; c->events[i] != NULL; i++) {
			say(f, c->events[i], NOW_US);
		}
		assert_string_equal(settled(f), c->want);
	} while (fs_said_permute(order + from, n - from));
	close_fixture(f);
}

static void f15_any_order_gives_the_same_records(void **state)
{
	run_in_any_order(*state, 0);
}

static void f15_any_order_behind_the_first_gives_the_same_handover(void **state)
{
	run_in_any_order(*state, 1);
}

/* ---- what is not over, and what comes late ---- */

static void f15_an_offer_before_the_start_is_no_other_contact(void **state)
{
	struct fixture *f = *state;

	say(f, OFFER, NOW_US);
	say(f, START, NOW_US);
	assert_int_equal(cc_contact_open(f->t), 1);
}

static void nothing_is_told_before_it_has_settled(void **state)
{
	struct fixture *f = *state;

	say(f, START, NOW_US);
	say(f, CANCEL("TIMEOUT") "answered", NOW_US);
	cc_contact_tick(f->t, NOW_US + CC_CONTACT_SETTLE_US - 1);
	assert_int_equal(f->r.n_records, 0);
}

static void f15_what_comes_after_all_is_told_again_under_the_same_key(void **state)
{
	struct fixture *f = *state;

	say(f, CANCEL("TIMEOUT") "answered", NOW_US);
	(void)settled(f);
	record_text_reset(&f->r);
	say(f, START, NOW_US + CC_CONTACT_SETTLE_US);
	cc_contact_tick(f->t, NOW_US + 2 * CC_CONTACT_SETTLE_US);
	assert_string_equal(buf_text(&f->r.out),
	                    "QueueContact at=1000 contact=<s1> queue=sales@default entry=0 "
	                    "seen=1020.200001 customer=<5550001> wait_ms=20200 "
	                    "outcome=timed_out\n");
	assert_int_equal(cc_contact_counters(f->t)->again, 1);
}

static void a_told_stay_is_forgotten_with_its_channel(void **state)
{
	struct fixture *f = *state;

	say(f, CANCEL("TIMEOUT") "answered", NOW_US);
	(void)settled(f);
	cc_contact_tick(f->t, NOW_US + CC_CONTACT_KEEP_US);
	assert_int_equal(cc_contact_open(f->t), 1);
	say(f, CALLER "Caller-Channel-Hangup-Time: 1021000000", NOW_US);
	(void)settled(f);
	cc_contact_tick(f->t, NOW_US + CC_CONTACT_KEEP_US);
	assert_int_equal(cc_contact_open(f->t), 0);
}

static void a_told_stay_whose_channel_is_not_listed_is_forgotten(void **state)
{
	struct fixture *f = *state;
	int64_t later_us = NOW_US + 120 * S_US;

	say(f, CANCEL("TIMEOUT") "answered", NOW_US);
	(void)settled(f);
	cc_contact_channels_begin(f->t, later_us);
	cc_contact_channels_end(f->t, later_us);
	cc_contact_tick(f->t, later_us + CC_CONTACT_KEEP_US);
	assert_int_equal(cc_contact_open(f->t), 0);
	assert_int_equal(cc_contact_counters(f->t)->again, 0);
}

static void a_caller_who_stays_long_after_the_queue_is_the_same_contact(void **state)
{
	struct fixture *f = *state;

	say(f, START, NOW_US);
	say(f, CANCEL("TIMEOUT") "answered", NOW_US);
	(void)settled(f);
	record_text_reset(&f->r);
	cc_contact_tick(f->t, NOW_US + 10 * CC_CONTACT_KEEP_US);
	say(f,
	    CALLER "Caller-Channel-Hangup-Time: 1900000000; variable_cc_queue_joined_epoch: 1000; "
	           "variable_cc_cause: cancel; variable_cc_cancel_reason: TIMEOUT",
	    NOW_US + 10 * CC_CONTACT_KEEP_US);
	cc_contact_tick(f->t, NOW_US + 11 * CC_CONTACT_KEEP_US);
	assert_non_null(strstr(buf_text(&f->r.out), "QueueContact at=1000.200000 contact=<s1> "));
	assert_int_equal(cc_contact_counters(f->t)->contacts, 2); /* again, under the same key */
}

/* The agent sends the caller on into another queue. */
#define M2                                                                                         \
	"Event-Name: CUSTOM; Event-Subclass: callcenter%3A%3Ainfo; CC-Queue: care%40default; "     \
	"CC-Member-UUID: m2; CC-Member-Session-UUID: s1; CC-Member-CID-Number: 5550001; "

static void a_queue_that_takes_over_is_told_and_again_when_it_has_answered(void **state)
{
	struct fixture *f = *state;

	say(f, START, NOW_US);
	say(f, BRIDGE, NOW_US);
	say(f, END, NOW_US);
	say(f, PASSED("BLIND"), NOW_US);
	say(f, M2 AT(1072000000) "CC-Action: member-queue-start", NOW_US);
	assert_non_null(
		strstr(settled(f),
	               HANDOFF("1071.600000",
	                       "blind") " to_queue=care@default to_role=queue talk_ms=59900\n"));
	record_text_reset(&f->r);
	say(f,
	    M2 AT(1090000000) "CC-Action: bridge-agent-start; CC-Agent: Ana; "
	                      "CC-Agent-Answered-Time: 1090",
	    NOW_US + CC_CONTACT_KEEP_US);
	say(f, M2 AT(1150000000) "CC-Action: member-queue-end; CC-Cause: Terminated",
	    NOW_US + CC_CONTACT_KEEP_US);
	cc_contact_tick(f->t, NOW_US + 2 * CC_CONTACT_KEEP_US);
	cc_contact_tick(f->t, NOW_US + 2 * CC_CONTACT_KEEP_US);
	assert_non_null(strstr(
		buf_text(&f->r.out),
		HANDOFF("1071.600001",
	                "blind") " to_agent=<Ana> to_queue=care@default to_role=queue answered=1 "
				 "lost=0 talk_ms=59900\n"));
}

static void a_queue_in_vain_has_not_answered(void **state)
{
	struct fixture *f = *state;

	say(f, START, NOW_US);
	say(f, BRIDGE, NOW_US);
	say(f, END, NOW_US);
	say(f, PASSED("BLIND"), NOW_US);
	say(f, M2 AT(1072000000) "CC-Action: member-queue-start", NOW_US);
	say(f,
	    M2 AT(1090000000) "CC-Action: member-queue-end; CC-Cause: Cancel; CC-Cancel-Reason: "
	                      "BREAK_OUT; Answer-State: hangup",
	    NOW_US);
	say(f,
	    "Event-Name: CHANNEL_HANGUP_COMPLETE; variable_cc_member_uuid: m2; Unique-ID: s1; "
	    "variable_cc_side: member; Caller-Channel-Hangup-Time: 1090000000",
	    NOW_US);
	cc_contact_finish(f->t);
	assert_non_null(strstr(buf_text(&f->r.out),
	                       " to_queue=care@default to_role=queue answered=0 lost=1 "
	                       "talk_ms=59900\n"));
}

static void a_stay_of_which_nothing_is_heard_any_more_has_no_end(void **state)
{
	struct fixture *f = *state;

	say(f, START, NOW_US);
	cc_contact_tick(f->t, NOW_US + 3600 * S_US + 1);
	cc_contact_tick(f->t, NOW_US + 3600 * S_US + 2);
	assert_string_equal(buf_text(&f->r.out),
	                    "QueueContact at=1000.200000 contact=<s1> queue=sales@default "
	                    "entry=0 seen=1000.200000 customer=<5550001> "
	                    "outcome=unknown_end\n");
	assert_int_equal(cc_contact_counters(f->t)->unended, 1);
}

static void a_stay_whose_channel_is_not_listed_has_ended_unheard(void **state)
{
	struct fixture *f = *state;
	int64_t later_us = NOW_US + 60 * S_US;

	say(f, START, NOW_US);
	cc_contact_channels_begin(f->t, later_us);
	cc_contact_channel(f->t, SLICE("s2"));
	cc_contact_channels_end(f->t, later_us);
	cc_contact_tick(f->t, later_us + CC_CONTACT_SETTLE_US);
	assert_int_equal(f->r.n_records, 1);
	assert_int_equal(cc_contact_counters(f->t)->unended, 1);
}

static void a_stay_whose_channel_is_listed_goes_on(void **state)
{
	struct fixture *f = *state;
	int64_t later_us = NOW_US + 60 * S_US;

	say(f, START, NOW_US);
	cc_contact_channels_begin(f->t, later_us);
	cc_contact_channel(f->t, SLICE("s1"));
	cc_contact_channels_end(f->t, later_us);
	cc_contact_tick(f->t, later_us + CC_CONTACT_SETTLE_US);
	assert_int_equal(f->r.n_records, 0);
}

static void a_stay_that_began_during_the_list_is_not_judged(void **state)
{
	struct fixture *f = *state;

	cc_contact_channels_begin(f->t, NOW_US);
	say(f, START, NOW_US + S_US);
	cc_contact_channels_end(f->t, NOW_US + 2 * S_US);
	cc_contact_tick(f->t, NOW_US + 60 * S_US);
	assert_int_equal(f->r.n_records, 0);
}

static void a_member_that_is_listed_waits_since_it_joined(void **state)
{
	struct fixture *f = *state;
	struct cc_member m = { SLICE("sales@default"), SLICE("m1"), SLICE("s1"), SLICE("5550001"),
		               1000 * S_US };

	cc_contact_member(f->t, &m, NOW_US);
	say(f, CANCEL("TIMEOUT") "answered", NOW_US);
	assert_string_equal(settled(f),
	                    "QueueContact at=1000 contact=<s1> queue=sales@default entry=0 "
	                    "seen=1020.200000 customer=<5550001> wait_ms=20200 "
	                    "outcome=timed_out\n");
}

static void a_second_stay_of_one_call_is_a_contact_of_its_own(void **state)
{
	struct fixture *f = *state;

	say(f, CANCEL("TIMEOUT") "answered", NOW_US);
	say(f,
	    "Event-Name: CUSTOM; CC-Queue: late%40default; CC-Member-UUID: m2; "
	    "CC-Member-Session-UUID: s1; CC-Member-Joined-Time: 1021; "
	    "CC-Action: member-queue-end; CC-Cause: Cancel; CC-Cancel-Reason: TIMEOUT; " AT(
		    1030000000),
	    NOW_US);
	(void)settled(f);
	assert_int_equal(f->r.n_records, 2);
}

static void an_event_that_names_no_member_is_counted(void **state)
{
	struct fixture *f = *state;

	say(f, "Event-Name: CUSTOM; CC-Member-Session-UUID: s1; CC-Action: member-queue-start",
	    NOW_US);
	assert_int_equal(cc_contact_counters(f->t)->unkeyed, 1);
	assert_int_equal(cc_contact_open(f->t), 0);
}

static void a_full_table_lets_the_silent_one_go(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i <= CC_CONTACT_OPEN_MIN; i++) {
		char event[512];

		(void)snprintf(event, sizeof(event),
		               "Event-Name: CUSTOM; CC-Queue: sales; CC-Member-UUID: m%u; "
		               "CC-Member-Session-UUID: s%u; CC-Action: member-queue-start; "
		               "Event-Date-Timestamp: 1000000000",
		               i, i);
		say(f, event, NOW_US + i);
	}
	assert_int_equal(cc_contact_open(f->t), CC_CONTACT_OPEN_MIN);
	assert_int_equal(cc_contact_counters(f->t)->evicted, 1);
	assert_int_equal(f->r.n_records, 1);
}

static void more_rings_than_are_kept_are_not_told(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i <= CC_CONTACT_RINGS_MAX; i++) {
		say(f, MISSED, NOW_US);
	}
	say(f, START, NOW_US);
	say(f, CANCEL("TIMEOUT") "answered", NOW_US);
	assert_string_equal(settled(f), LEFT("timed_out") "\n");
	assert_int_equal(cc_contact_counters(f->t)->overrun, 1);
}

/* ---- state ---- */

static void a_restart_forgets_nothing(void **state)
{
	struct fixture *f = *state;
	struct buf saved;
	struct cursor in;

	buf_init(&saved, CC_CONTACT_STATE_MAX_BYTES);
	say(f, START, NOW_US);
	say(f, OFFER, NOW_US);
	say(f, MISSED, NOW_US);
	say(f, OFFER2, NOW_US);
	cc_contact_save(f->t, &saved);
	reopen(f);
	in = cursor_of(saved.data, saved.len);
	assert_int_equal(cc_contact_load(f->t, &in), 0);
	assert_int_equal(cursor_left(&in), 0);
	say(f, BRIDGE, NOW_US);
	say(f, UNBRIDGE, NOW_US);
	say(f, END, NOW_US);
	say(f, CALLER_GONE, NOW_US);
	say(f, AGENT_GONE, NOW_US);
	assert_string_equal(settled(f), ANSWERED_RECORD);
	buf_free(&saved);
}

static void a_state_cut_short_is_refused_and_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct buf saved;

	buf_init(&saved, CC_CONTACT_STATE_MAX_BYTES);
	say(f, START, NOW_US);
	say(f, OFFER, NOW_US);
	cc_contact_save(f->t, &saved);
	for (size_t len = 0; len < saved.len; len++) {
		struct cursor in = cursor_of(saved.data, len);

		assert_int_equal(cc_contact_load(f->t, &in), -EBADMSG);
		assert_int_equal(cc_contact_open(f->t), 0);
	}
	buf_free(&saved);
}

/* ---- call detail records ---- */

static void the_variables_of_a_record_alone_make_the_contact(void **state)
{
	struct fixture *f = *state;

	f->options.source = CXM__SOURCE__CDR;
	reopen(f);
	say(f,
	    CALLER "Caller-Channel-Hangup-Time: 1071550000; Caller-Caller-ID-Number: 5550001; "
	           "variable_cc_queue_joined_epoch: 1000; variable_cc_queue_answered_epoch: 1011; "
	           "variable_cc_queue_terminated_epoch: 1071; variable_cc_cause: answered; "
	           "variable_cc_agent: Ben",
	    NOW_US);
	assert_string_equal(settled(f),
	                    "QueueContact at=1000 contact=<s1> queue=sales@default entry=0 "
	                    "seen=1071.550000 customer=<5550001> wait_ms=11000 outcome=answered "
	                    "agent=<Ben> talk_ms=60000\n");
}

static void an_answer_of_the_queue_before_is_none_of_this_one(void **state)
{
	struct fixture *f = *state;

	f->options.source = CXM__SOURCE__CDR;
	reopen(f);
	say(f,
	    CALLER "Caller-Channel-Hangup-Time: 1120500000; Caller-Caller-ID-Number: 5550001; "
	           "variable_cc_queue_joined_epoch: 1100; variable_cc_queue_answered_epoch: 1011; "
	           "variable_cc_queue_terminated_epoch: 1071; variable_cc_queue_canceled_epoch: "
	           "1120; variable_cc_cause: cancel; variable_cc_cancel_reason: BREAK_OUT; "
	           "variable_cc_agent: Ben",
	    NOW_US);
	assert_string_equal(settled(f),
	                    "QueueContact at=1100 contact=<s1> queue=sales@default entry=0 "
	                    "seen=1120.500000 customer=<5550001> wait_ms=20000 "
	                    "outcome=abandoned ended_by=caller\n");
}

int main(void)
{
	static struct cases all;

	cases_table(&all, stays, stay_becomes_records);
	cases_table(&all, stays, f15_any_order_gives_the_same_records);
	cases_table(&all, handovers, stay_becomes_records);
	cases_table(&all, handovers, f15_any_order_behind_the_first_gives_the_same_handover);
	cases_test_with(&all, f15_an_offer_before_the_start_is_no_other_contact, setup, teardown);
	cases_test_with(&all, nothing_is_told_before_it_has_settled, setup, teardown);
	cases_test_with(&all, f15_what_comes_after_all_is_told_again_under_the_same_key, setup,
	                teardown);
	cases_test_with(&all, a_told_stay_is_forgotten_with_its_channel, setup, teardown);
	cases_test_with(&all, a_told_stay_whose_channel_is_not_listed_is_forgotten, setup,
	                teardown);
	cases_test_with(&all, a_caller_who_stays_long_after_the_queue_is_the_same_contact, setup,
	                teardown);
	cases_test_with(&all, a_queue_that_takes_over_is_told_and_again_when_it_has_answered, setup,
	                teardown);
	cases_test_with(&all, a_queue_in_vain_has_not_answered, setup, teardown);
	cases_test_with(&all, a_stay_of_which_nothing_is_heard_any_more_has_no_end, setup,
	                teardown);
	cases_test_with(&all, a_stay_whose_channel_is_not_listed_has_ended_unheard, setup,
	                teardown);
	cases_test_with(&all, a_stay_whose_channel_is_listed_goes_on, setup, teardown);
	cases_test_with(&all, a_stay_that_began_during_the_list_is_not_judged, setup, teardown);
	cases_test_with(&all, a_member_that_is_listed_waits_since_it_joined, setup, teardown);
	cases_test_with(&all, a_second_stay_of_one_call_is_a_contact_of_its_own, setup, teardown);
	cases_test_with(&all, an_event_that_names_no_member_is_counted, setup, teardown);
	cases_test_with(&all, a_full_table_lets_the_silent_one_go, setup, teardown);
	cases_test_with(&all, more_rings_than_are_kept_are_not_told, setup, teardown);
	cases_test_with(&all, a_restart_forgets_nothing, setup, teardown);
	cases_test_with(&all, a_state_cut_short_is_refused_and_leaves_nothing, setup, teardown);
	cases_test_with(&all, the_variables_of_a_record_alone_make_the_contact, setup, teardown);
	cases_test_with(&all, an_answer_of_the_queue_before_is_none_of_this_one, setup, teardown);
	return cases_run("cc_contact", &all, NULL, NULL);
}
