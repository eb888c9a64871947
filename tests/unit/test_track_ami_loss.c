/* What becomes of everything under way when events of the manager interface were missed: what goes
 * on, as the channels and the queues say that are listed then, and what has no end. */
#include "agent/track/ami_feed.h"

#include <string.h>

#include "proto/evidence.pb-c.h"
#include "tests/support/cases.h"
#include "tests/support/record_text.h"

#define EVENT(name, at) "Event: " name "\r\nTimestamp: " at "\r\n"
#define END             "\r\n"
#define CHANNEL(id)     "Uniqueid: " id "\r\nLinkedid: 1.1\r\n"
#define SET(at, name, value)                                                                       \
	EVENT("VarSet", at) CHANNEL("1.1") "Variable: " name "\r\nValue: " value "\r\n" END
#define HANGUP(at) EVENT("Hangup", at) CHANNEL("1.1") END
#define MUTE(at, state)                                                                            \
	EVENT("MixMonitorMute", at) CHANNEL("1.1") "Direction: both\r\nState: " state "\r\n" END
#define RTCP(at, loss, seq)                                                                        \
	EVENT("RTCPReceived", at)                                                                  \
	CHANNEL("1.1")                                                                             \
	"To: 192.0.2.1:4001\r\nFrom: 192.0.2.2:5001\r\nReportCount: 1\r\n"                         \
	"Report0SourceSSRC: 0x0000002a\r\nReport0CumulativeLost: " loss                            \
	"\r\nReport0HighestSequence: " seq "\r\nReport0SequenceNumberCycles: 0\r\n" END
#define JOIN(at, id)                                                                               \
	EVENT("QueueCallerJoin", at)                                                               \
	"Uniqueid: " id "\r\nLinkedid: " id "\r\nQueue: sales\r\nPosition: 1\r\n" END
#define LISTED(at, id, wait)                                                                       \
	EVENT("QueueEntry", at)                                                                    \
	"Queue: sales\r\nPosition: 1\r\nUniqueid: " id "\r\nWait: " wait "\r\n" END
#define COMPLETE(at)  EVENT("QueueStatusComplete", at) END
#define LATER(at)     EVENT("QueueParams", at) "Queue: sales\r\n" END
#define UP            "Event: CoreShowChannel\r\n" CHANNEL("1.1") END
#define CEL(type, at) CEL_OF(type, at, "")
#define CEL_IN(context, type, at)                                                                  \
	EVENT("CEL", at)                                                                           \
	"EventName: " type "\r\nUniqueID: 1.1\r\nLinkedID: 1.1\r\nChannel: PJSIP/trunk-1\r\n"      \
	"Context: " context "\r\nExten: s\r\nApplication: BackGround\r\nAppData: hello\r\n" END
#define CEL_OF(type, at, more)                                                                     \
	EVENT("CEL", at)                                                                           \
	"EventName: " type "\r\nUniqueID: 1.1\r\nLinkedID: 1.1\r\nChannel: PJSIP/trunk-1\r\n"      \
	"Context: from-trunk\r\nExten: 100\r\n" more END
#define PAYS(at, what) CEL_OF("USER_DEFINED", at, "UserDefType: " what "\r\n")

struct loss_case {
	const char *name;
	const char *before;
	const char *told; /* of channels and queues; they are asked in this order */
	const char *after;
	const char *want;
};

#define STREAM "src_addr=<192.0.2.1> src_port=4000 dst_addr=<192.0.2.2> dst_port=5000 "

static const struct loss_case cases[] = {
	{ "a_fact_of_a_call_that_goes_on_is_told_at_its_end", SET("10", "LANG", "de"), UP,
	  SET("40", "CRM_ID", "C1") HANGUP("50"),
	  "ContactFact at=10 contact=<1.1> seen=40 customer=<C1> language_wanted=de\n" },
	{ "who_was_known_before_the_loss_was_recognised", SET("10", "CRM_ID", "C1"), UP,
	  HANGUP("50"), "ContactFact at=10 contact=<1.1> seen=10 customer=<C1> recognised=1\n" },
	{ "a_fact_of_a_call_that_is_gone_is_told_as_far_as_it_was_heard", SET("10", "LANG", "de"),
	  "", SET("40", "CRM_ID", "C1") HANGUP("50"),
	  "ContactFact at=10 contact=<1.1> seen=10 language_wanted=de\n"
	  "ContactFact at=40 contact=<1.1> seen=40 customer=<C1> recognised=1\n" },
	{ "a_pause_whose_end_may_have_been_missed_is_not_told", MUTE("10", "1"), UP,
	  MUTE("50", "0"), "" },
	{ "a_stream_that_goes_on_is_one", RTCP("10", "5", "100") RTCP("15", "8", "350"), UP,
	  RTCP("40", "10", "1600") HANGUP("50"),
	  "MediaStream at=10 ssrc=42 " STREAM "seen=40 contact=<1.1> duration_ms=30000 "
	  "packets=1495 lost=5 measured_by=endpoint\n" },
	{ "a_stream_of_a_channel_that_is_gone_ends_with_its_last_report",
	  RTCP("10", "5", "100") RTCP("15", "8", "350"), "", LATER("60"),
	  "MediaStream at=10 ssrc=42 " STREAM "seen=15 contact=<1.1> duration_ms=5000 "
	  "packets=247 lost=3 measured_by=endpoint\n" },
	{ "who_waits_on_has_waited_since_he_came_to_the_microsecond", JOIN("119.25", "1.1"),
	  LISTED("125.9", "1.1", "6") COMPLETE("126"), LATER("181"),
	  "Gauge at=180 queue=sales seen=180 slot_ms=60000 waiting=1 longest_wait_ms=60750\n"
	  "QueueContact at=119.250000 contact=<1.1> queue=sales entry=0 seen=119.250000 "
	  "outcome=unknown_end position=1\n" },
	{ "who_came_meanwhile_has_waited_since_the_middle_of_a_second", "",
	  LISTED("125.9", "1.1", "6") COMPLETE("126"), LATER("181"),
	  "Gauge at=180 queue=sales seen=180 slot_ms=60000 waiting=1 longest_wait_ms=60500\n"
	  "QueueContact at=119.500000 contact=<1.1> queue=sales entry=0 seen=119.500000 "
	  "outcome=unknown_end position=1\n" },
	{ "who_has_just_come_has_not_come_later_than_he_is_listed", "",
	  LISTED("125.2", "1.1", "0") COMPLETE("126"), LATER("181"),
	  "Gauge at=180 queue=sales seen=180 slot_ms=60000 waiting=1 longest_wait_ms=54800\n"
	  "QueueContact at=125.200000 contact=<1.1> queue=sales entry=0 seen=125.200000 "
	  "outcome=unknown_end position=1\n" },
	{ "who_is_not_listed_waits_no_more", JOIN("119", "1.1"), COMPLETE("126"), LATER("181"),
	  "QueueContact at=119 contact=<1.1> queue=sales entry=0 seen=119 outcome=unknown_end "
	  "position=1\n"
	  "Gauge at=180 queue=sales seen=180 slot_ms=60000 longest_wait_ms=0\n" },
	{ "who_comes_while_the_list_is_made_is_one", "",
	  JOIN("125.25", "1.1") LISTED("125.9", "1.1", "0") COMPLETE("126"), LATER("181"),
	  "Gauge at=180 queue=sales seen=180 slot_ms=60000 waiting=1 longest_wait_ms=54750\n"
	  "QueueContact at=125.250000 contact=<1.1> queue=sales entry=0 seen=125.250000 "
	  "outcome=unknown_end position=1\n" },
	{ "a_call_that_is_up_has_its_length_but_who_answered_is_not_known", CEL("CHAN_START", "10"),
	  UP, CEL("CHAN_END", "70") CEL("LINKEDID_END", "70"),
	  "Call at=10 contact=<1.1> seen=70 direction=inbound duration_ms=60000 legs=1\n" },
	{ "a_visit_that_was_under_way_is_told_once_without_an_end",
	  CEL("CHAN_START", "10") CEL_IN("ivr", "APP_START", "11"), UP,
	  CEL_IN("ivr", "APP_START", "40") CEL("LINKEDID_END", "70"),
	  "SelfServiceVisit at=11 contact=<1.1> flow=ivr seen=11 outcome=unknown_end "
	  "task_started=0 task_completed=0 zero_out=0 identified=0 context_collected=0 path=ivr "
	  "last_step=ivr first_menu_only=0\n"
	  "Call at=10 contact=<1.1> seen=70 direction=inbound duration_ms=60000 legs=1\n" },
	{ "who_took_an_attended_transfer_may_have_picked_up_unheard", CEL("CHAN_START", "10"), UP,
	  CEL("ATTENDEDTRANSFER", "40") CEL("CHAN_END", "70") CEL("LINKEDID_END", "70"),
	  "Handoff at=40 contact=<1.1> kind=attended from_queue=NONE seen=70\n"
	  "Call at=10 contact=<1.1> seen=70 direction=inbound duration_ms=60000 legs=1\n" },
	{ "who_took_a_blind_transfer_would_have_been_heard", CEL("CHAN_START", "10"), UP,
	  CEL("BLINDTRANSFER", "40") CEL("CHAN_END", "70") CEL("LINKEDID_END", "70"),
	  "Handoff at=40 contact=<1.1> kind=blind from_queue=NONE seen=70 answered=0\n"
	  "Call at=10 contact=<1.1> seen=70 direction=inbound duration_ms=60000 legs=1\n" },
	{ "a_call_that_is_gone_has_no_length", CEL("CHAN_START", "10"), "", LATER("60"),
	  "Call at=10 contact=<1.1> seen=10 direction=inbound legs=1\n" },
	{ "a_payment_whose_recording_was_muted_is_told_once", CEL("CHAN_START", "1000"), UP,
	  PAYS("1010", "PAY") MUTE("1010.5", "1") MUTE("1019.5", "0") PAYS("1020", "PAID"),
	  "Payment at=1010 contact=<1.1> seen=1020 duration_ms=10000 recorded=1 covered=1\n"
	  "Call at=1000 contact=<1.1> seen=1020 direction=inbound legs=1\n" },
	{ "and_also_where_it_is_muted_until_behind_it", CEL("CHAN_START", "1000"), UP,
	  MUTE("1009", "1") PAYS("1010", "PAY") PAYS("1020", "PAID") MUTE("1021", "0"),
	  "Payment at=1010 contact=<1.1> seen=1020 duration_ms=10000 recorded=1 covered=1\n"
	  "Call at=1000 contact=<1.1> seen=1020 direction=inbound legs=1\n" },
	{ "a_second_payment_that_is_not_muted_is_told_by_its_events", CEL("CHAN_START", "1000"), UP,
	  MUTE("1009", "1") MUTE("1012", "0") PAYS("1080", "PAY") PAYS("1090", "PAID"),
	  "Payment at=1009 contact=<1.1> seen=1012 duration_ms=3000 recorded=1 covered=1\n"
	  "Payment at=1080 contact=<1.1> seen=1090 duration_ms=10000 recorded=1 covered=0\n"
	  "Call at=1000 contact=<1.1> seen=1090 direction=inbound legs=1\n" },
	{ "a_muting_that_begins_late_does_not_cover_the_payment", CEL("CHAN_START", "1000"), UP,
	  PAYS("1010", "PAY") MUTE("1012.1", "1") PAYS("1020", "PAID") MUTE("1021", "0"),
	  "Payment at=1010 contact=<1.1> seen=1020 duration_ms=10000 recorded=1 covered=0\n"
	  "Call at=1000 contact=<1.1> seen=1020 direction=inbound legs=1\n" },
	{ "nor_does_one_that_ends_early", CEL("CHAN_START", "1000"), UP,
	  PAYS("1010", "PAY") MUTE("1010", "1") MUTE("1017.9", "0") PAYS("1020", "PAID"),
	  "Payment at=1010 contact=<1.1> seen=1020 duration_ms=10000 recorded=1 covered=0\n"
	  "Call at=1000 contact=<1.1> seen=1020 direction=inbound legs=1\n" },
	{ "a_muting_lasts_until_its_channel_is_gone", CEL("CHAN_START", "1000"), UP,
	  PAYS("1010", "PAY") MUTE("1010", "1") HANGUP("1017") PAYS("1020", "PAID"),
	  "Payment at=1010 contact=<1.1> seen=1020 duration_ms=10000 recorded=1 covered=0\n"
	  "Call at=1000 contact=<1.1> seen=1020 direction=inbound legs=1\n" },
	{ "a_muting_behind_the_payment_is_one_of_its_own", CEL("CHAN_START", "1000"), UP,
	  PAYS("1010", "PAY") PAYS("1020", "PAID") MUTE("1021", "1") MUTE("1023", "0"),
	  "Payment at=1010 contact=<1.1> seen=1020 duration_ms=10000\n"
	  "Payment at=1021 contact=<1.1> seen=1023 duration_ms=2000 recorded=1 covered=1\n"
	  "Call at=1000 contact=<1.1> seen=1020 direction=inbound legs=1\n" },
	{ "a_payment_is_told_as_far_as_it_was_seen_before_a_loss",
	  CEL("CHAN_START", "1000") PAYS("1010", "PAY") MUTE("1010", "1") CEL("ANSWER", "1011"), UP,
	  PAYS("1020", "PAID") PAYS("1030", "PAY") PAYS("1040", "PAID"),
	  "Payment at=1010 contact=<1.1> seen=1011 duration_ms=1000 recorded=1 covered=1\n"
	  "Payment at=1030 contact=<1.1> seen=1040 duration_ms=10000\n"
	  "Call at=1000 contact=<1.1> seen=1040 direction=inbound legs=1\n" },
};

static void say(struct ami_feed *f, const char *stream)
{
	static struct ami_message m;
	struct ami_reader r = { .scanned = 0 };
	struct slice in = slice_of(stream);

	while (ami_take(&r, &in, &m)) {
		ami_feed_event(f, &r, &m, 0);
	}
}

static struct ami_feed *open_feed(struct record_text *text, const struct emit *emit)
{
	static const char *const names[] = { "1.1", "C1", "192.0.2.1", "192.0.2.2", NULL };
	static const struct call_rules rules = { .menus = "ivr",
		                                 .tasks = "",
		                                 .operators = "",
		                                 .surveys = "",
		                                 .payments = "",
		                                 .trunks = "from-trunk",
		                                 .visit_events = "",
		                                 .task_events = "",
		                                 .done_events = "",
		                                 .identified_events = "",
		                                 .recognised_events = "",
		                                 .invalid_events = "",
		                                 .timeout_events = "",
		                                 .operator_events = "",
		                                 .callback_events = "",
		                                 .offer_events = "",
		                                 .survey_events = "",
		                                 .payment_start_events = "PAY",
		                                 .payment_end_events = "PAID",
		                                 .call_id_events = "",
		                                 .survey_kind = "csat",
		                                 .survey_min = 1,
		                                 .survey_max = 5 };
	struct ami_feed_options options = { .host = "pbx1",
		                            .variables = "CRM_ID=customer LANG=language_wanted",
		                            .rules = &rules,
		                            .max_open = 16,
		                            .max_age_us = INT64_C(86400000000),
		                            .slot_us = 60000000,
		                            .media = true,
		                            .payments = true };
	struct ami_feed *f;

	record_text_init(text);
	text->names = names;
	options.pseudonym = text->pseudonym;
	assert_int_equal(ami_feed_new(&f, &options, emit), 0);
	return f;
}

static void loss_run(void **state)
{
	const struct loss_case *c = *state;
	struct record_text text;
	const struct emit emit = { record_text_add, &text };
	struct ami_feed *f = open_feed(&text, &emit);

	say(f, c->before);
	ami_feed_lost(f);
	say(f, c->told);
	ami_feed_channels(f);
	say(f, c->after);
	ami_feed_finish(f);
	assert_string_equal(buf_text(&text.out), c->want);
	ami_feed_free(f);
	record_text_free(&text);
}

static void on_call(void *arg, const ProtobufCMessage *m)
{
	assert_ptr_equal(m->descriptor, &cxm__call__descriptor);
	*(Cxm__Source *)arg = ((const Cxm__Call *)m)->source;
}

/* So that the same told by a `cel` source of another agent goes before it, and both are not
 * counted (collector/store/priority.c). */
static void what_channel_events_tell_here_is_told_by_ami(void **state)
{
	Cxm__Source source = CXM__SOURCE__CEL;
	const struct emit emit = { on_call, &source };
	struct record_text text;
	struct ami_feed *f = open_feed(&text, &emit);

	(void)state;
	say(f, CEL("CHAN_START", "10") CEL("CHAN_END", "70") CEL("LINKEDID_END", "70"));
	assert_int_equal(source, CXM__SOURCE__AMI);
	ami_feed_free(f);
	record_text_free(&text);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, cases, loss_run);
	cases_test(&c, what_channel_events_tell_here_is_told_by_ami);
	return cases_run("track/ami_loss", &c, NULL, NULL);
}
