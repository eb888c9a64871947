/*
 * Visits to the self-service of a FreeSWITCH dialplan. Events and headers are those of
 * switch_core_session.c (CHANNEL_EXECUTE), applications those of mod_dptools.c, mod_callcenter.c
 * and mod_fifo.c of FreeSWITCH 1.10; no real one can be run here.
 */
#include "agent/track/fs_visit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/fs_said.h"
#include "tests/support/record_text.h"

#define S_US      INT64_C(1000000)
#define NOW_US    (5000 * S_US)
#define STEPS_MAX 8

#define CHANNEL                                                                                    \
	"Event-Name: CHANNEL_EXECUTE; Unique-ID: s1; Channel-Call-UUID: s1; Channel-Name: "        \
	"sofia/external/5550001%40carrier; Call-Direction: inbound; Caller-Caller-ID-Number: "     \
	"5550001; Caller-Channel-Answered-Time: 999000000; "
#define IN(context)     "Caller-Context: " context "; Caller-Destination-Number: 700; "
#define AT(us)          "Event-Date-Timestamp: " #us "; "
#define DOES(app, data) "Application: " app "; Application-Data: " data
#define TELLS(data)     DOES("event", data ",Event-Name=CUSTOM")

#define MENU            CHANNEL IN("ivr-main") AT(1000000000) DOES("playback", "hello.wav")
#define BALANCE         CHANNEL IN("ivr-balance") AT(1010000000) DOES("playback", "x.wav")
#define GONE(disposition)                                                                          \
	"Event-Name: CHANNEL_HANGUP_COMPLETE; Unique-ID: s1; Caller-Channel-Hangup-Time: "         \
	"1030000000; variable_sip_hangup_disposition: " disposition

#define VISIT                                                                                      \
	"SelfServiceVisit at=1000 contact=<s1> flow=main seen=1030 customer=<5550001> outcome="

static const char *const names[] = { "s1", "5550001", NULL };

struct fixture {
	struct record_text r;
	struct fs_visit *t;
	struct call_rules rules;
	struct fs_visit_options options;
};

static void reopen(struct fixture *f)
{
	struct emit emit = record_text_emit(&f->r);

	fs_visit_free(f->t);
	record_text_reset(&f->r);
	assert_int_equal(fs_visit_new(&f->t, &f->options, &emit), 0);
}

static struct fixture *open_fixture(void)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	record_text_init(&f->r);
	f->r.names = names;
	f->rules = fs_said_rules;
	f->options =
		(struct fs_visit_options){ f->r.pseudonym, "pbx1",           "sofia/external/*",
		                           &f->rules,      CXM__SOURCE__ESL, FS_VISIT_OPEN_MIN,
		                           3600 * S_US };
	reopen(f);
	return f;
}

static void close_fixture(struct fixture *f)
{
	fs_visit_free(f->t);
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
	if (fs_is(&facts, FS_EVENT, SLICE("CHANNEL_EXECUTE"))) {
		(void)fs_visit_execute(f->t, &facts, now_us);
	} else {
		fs_visit_leg(f->t, &facts, now_us);
	}
}

static const char *settled(struct fixture *f)
{
	fs_visit_tick(f->t, NOW_US + FS_VISIT_HOLD_US);
	return buf_text(&f->r.out);
}

/* ---- one visit, and what becomes of it ---- */

struct visit_case {
	const char *name;
	const char *steps[STEPS_MAX];
	const char *want;
};

static const struct visit_case visits[] = {
	{ "a_task_that_was_done_is_contained",
	  { MENU, BALANCE,
	    CHANNEL IN("ivr-balance") AT(1020000000) TELLS("Event-Subclass=IVR_DONE,Text=balance"),
	    GONE("recv_bye") },
	  VISIT "contained duration_ms=30000 first_value_ms=11000 task_started=1 "
	        "task_completed=1 zero_out=0 identified=0 "
	        "context_collected=1 path=main>balance last_step=balance first_menu_only=0\n" },
	{ "a_caller_who_hangs_up_in_the_menu_has_abandoned",
	  { MENU, GONE("recv_bye") },
	  VISIT "abandoned duration_ms=30000 task_started=0 task_completed=0 zero_out=0 "
	        "identified=0 context_collected=0 path=main "
	        "last_step=main first_menu_only=0\n" },
	{ "a_menu_that_hangs_up_has_disconnected",
	  { MENU, GONE("send_bye") },
	  VISIT "disconnected duration_ms=30000 task_started=0 task_completed=0 zero_out=0 "
	        "identified=0 context_collected=0 path=main "
	        "last_step=main first_menu_only=0\n" },
	{ "who_said_good_bye_may_not_be_known",
	  { MENU, "Event-Name: CHANNEL_HANGUP_COMPLETE; Unique-ID: s1; "
	          "Caller-Channel-Hangup-Time: 1030000000" },
	  VISIT "unknown_end task_started=0 task_completed=0 zero_out=0 "
	        "identified=0 context_collected=0 path=main last_step=main "
	        "first_menu_only=0\n" },
	{ "an_extension_of_a_context_can_be_the_place_of_who_asks_for_a_person",
	  { MENU,
	    CHANNEL "Caller-Context: default; Caller-Destination-Number: operator; " AT(1012000000)
	            DOES("answer", ""),
	    GONE("recv_bye") },
	  VISIT "operator duration_ms=12000 task_started=0 task_completed=0 zero_out=1 "
	        "identified=0 context_collected=0 path=main "
	        "last_step=main first_menu_only=1\n" },
	{ "the_queue_ends_the_visit",
	  { MENU, CHANNEL IN("default") AT(1015000000) DOES("callcenter", "sales%40default"),
	    GONE("recv_bye") },
	  "SelfServiceVisit at=1000 contact=<s1> flow=main seen=1015 customer=<5550001> "
	  "outcome=queued duration_ms=15000 first_value_ms=16000 task_started=0 "
	  "task_completed=0 zero_out=0 identified=0 "
	  "context_collected=0 path=main last_step=main first_menu_only=0\n" },
	{ "a_queue_of_mod_fifo_is_one_where_callers_go_in",
	  { MENU, CHANNEL IN("default") AT(1015000000) DOES("fifo", "sales%20in"),
	    GONE("recv_bye") },
	  "SelfServiceVisit at=1000 contact=<s1> flow=main seen=1015 customer=<5550001> "
	  "outcome=queued duration_ms=15000 first_value_ms=16000 task_started=0 "
	  "task_completed=0 zero_out=0 identified=0 "
	  "context_collected=0 path=main last_step=main first_menu_only=0\n" },
	{ "a_menu_of_mod_dptools_names_itself",
	  { CHANNEL IN("public") AT(1000000000) DOES("ivr", "main"), GONE("recv_bye") },
	  VISIT "abandoned duration_ms=30000 task_started=0 task_completed=0 zero_out=0 "
	        "identified=0 context_collected=0 path=main "
	        "last_step=main first_menu_only=0\n" },
	{ "inputs_and_proof_are_what_the_dialplan_says",
	  { MENU, CHANNEL IN("ivr-main") AT(1001000000) TELLS("Event-Subclass=IVR_INVALID"),
	    CHANNEL IN("ivr-main") AT(1002000000) TELLS("Event-Subclass=IVR_TIMEOUT"),
	    CHANNEL IN("ivr-main") AT(1003000000)
	            DOES("event", "^^:Event-Subclass=IVR_AUTH:Text=ok"),
	    GONE("recv_bye") },
	  VISIT "abandoned duration_ms=30000 task_started=0 task_completed=0 zero_out=0 "
	        "invalid_inputs=1 timeout_inputs=1 identified=1 context_collected=1 path=main "
	        "last_step=main first_menu_only=0\n" },
	{ "a_callback_that_was_promised",
	  { MENU,
	    CHANNEL IN("ivr-main") AT(1005000000)
	            TELLS("Event-Subclass=CALLBACK_REQUEST,Text=5550009"),
	    GONE("recv_bye") },
	  VISIT "call_back duration_ms=5000 task_started=0 task_completed=0 zero_out=0 "
	        "identified=0 context_collected=0 path=main "
	        "last_step=main first_menu_only=0\n" },
	{ "put_through_to_somebody_that_no_rule_names_is_no_abandonment",
	  { MENU, CHANNEL IN("default") AT(1012000000) DOES("bridge", "user/1001"),
	    GONE("recv_bye") },
	  VISIT "unknown_end task_started=0 task_completed=0 zero_out=0 "
	        "identified=0 context_collected=0 path=main last_step=main "
	        "first_menu_only=0\n" },
	{ "where_no_rule_names_a_place_there_is_no_visit",
	  { CHANNEL IN("default") AT(1000000000) DOES("answer", ""), GONE("recv_bye") },
	  "" },
};

static void visit_run(void **state)
{
	const struct visit_case *c = *state;
	struct fixture *f = open_fixture();

	for (size_t i = 0; c->steps[i] != NULL; i++) {
		say(f, c->steps[i], NOW_US);
	}
	assert_string_equal(settled(f), c->want);
	close_fixture(f);
}

/* ---- order, loss, limits ---- */

static void f15_any_order_of_events_is_the_same_visit(void **state)
{
	static const char *const steps[] = {
		MENU, BALANCE, CHANNEL IN("ivr-main") AT(1011000000) DOES("playback", "again.wav"),
		CHANNEL IN("default") AT(1015000000) DOES("callcenter", "sales"), GONE("recv_bye")
	};
	struct fixture *f = *state;
	unsigned order[] = { 0, 1, 2, 3, 4 };

	do {
		reopen(f);
		for (unsigned i = 0; i < COUNT(order); i++) {
			say(f, steps[order[i]], NOW_US);
		}
		assert_non_null(strstr(settled(f), "outcome=queued"));
		assert_non_null(strstr(settled(f), "path=main>balance>main "));
	} while (fs_said_permute(order, COUNT(order)));
}

static void without_a_word_for_it_nothing_is_claimed(void **state)
{
	struct fixture *f = *state;

	f->rules.done_events = "";
	f->rules.identified_events = "";
	f->rules.invalid_events = "";
	f->rules.timeout_events = "";
	f->rules.operators = "";
	f->rules.operator_events = "";
	say(f, MENU, NOW_US);
	say(f, GONE("recv_bye"), NOW_US);
	assert_string_equal(settled(f),
	                    VISIT "abandoned duration_ms=30000 path=main last_step=main\n");
}

static void keep_visit(void *arg, const ProtobufCMessage *m)
{
	*(Cxm__SelfServiceVisit *)arg = *(const Cxm__SelfServiceVisit *)m;
}

static void wrong_inputs_are_none_only_where_they_would_have_been_told(void **state)
{
	struct fixture *f = *state;
	Cxm__SelfServiceVisit visit;
	struct emit emit = { keep_visit, &visit };

	fs_visit_free(f->t);
	assert_int_equal(fs_visit_new(&f->t, &f->options, &emit), 0);
	say(f, MENU, NOW_US);
	say(f, GONE("recv_bye"), NOW_US);
	fs_visit_settle(f->t);
	assert_true(visit.has_invalid_inputs);
	assert_true(visit.has_timeout_inputs);
	f->rules.invalid_events = "";
	f->rules.timeout_events = "";
	say(f, MENU, NOW_US);
	say(f, GONE("recv_bye"), NOW_US);
	fs_visit_settle(f->t);
	assert_false(visit.has_invalid_inputs);
	assert_false(visit.has_timeout_inputs);
}

static void a_task_nobody_could_have_called_done_is_no_abandonment(void **state)
{
	struct fixture *f = *state;

	f->rules.done_events = "";
	say(f, MENU, NOW_US);
	say(f, BALANCE, NOW_US);
	say(f, GONE("recv_bye"), NOW_US);
	assert_non_null(strstr(settled(f), "outcome=unknown_end"));
	assert_null(strstr(settled(f), "task_started"));
}

static void a_visit_whose_channel_is_no_longer_listed_has_lost_its_end(void **state)
{
	struct fixture *f = *state;

	say(f, MENU, NOW_US);
	(void)settled(f);
	fs_visit_channels_begin(f->t, NOW_US + 60 * S_US);
	fs_visit_channel(f->t, SLICE("s1"));
	fs_visit_channels_end(f->t);
	assert_int_equal(fs_visit_counters(f->t)->visits, 0);
	fs_visit_channels_begin(f->t, NOW_US + 120 * S_US);
	fs_visit_channels_end(f->t);
	assert_non_null(strstr(buf_text(&f->r.out), "outcome=unknown_end"));
	assert_int_equal(fs_visit_counters(f->t)->unended, 1);
}

static void a_visit_that_was_heard_of_while_channels_were_listed_is_not_judged(void **state)
{
	struct fixture *f = *state;

	say(f, MENU, NOW_US);
	(void)settled(f);
	fs_visit_channels_begin(f->t, NOW_US + 1);
	fs_visit_channels_end(f->t);
	assert_int_equal(fs_visit_counters(f->t)->visits, 0);
}

static void a_visit_of_which_nothing_is_heard_for_too_long_has_lost_its_end(void **state)
{
	struct fixture *f = *state;

	say(f, MENU, NOW_US);
	(void)settled(f);
	fs_visit_tick(f->t, NOW_US + 3601 * S_US);
	assert_non_null(strstr(buf_text(&f->r.out), "outcome=unknown_end"));
}

static void a_full_table_tells_the_silent_one_early(void **state)
{
	struct fixture *f = *state;
	char step[256];

	for (unsigned i = 0; i <= FS_VISIT_OPEN_MIN; i++) {
		(void)snprintf(step, sizeof(step),
		               "Event-Name: CHANNEL_EXECUTE; Unique-ID: u%u; Caller-Context: "
		               "ivr-main; Event-Date-Timestamp: 1000000000; Application: answer",
		               i);
		say(f, step, NOW_US + i);
	}
	fs_visit_tick(f->t, NOW_US + 2 * FS_VISIT_HOLD_US);
	assert_int_equal(fs_visit_counters(f->t)->evicted, 1);
	assert_int_equal(fs_visit_counters(f->t)->visits, 1);
}

static void with_too_many_held_the_first_is_applied_early(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i <= FS_VISIT_HELD_MAX; i++) {
		say(f, MENU, NOW_US);
	}
	assert_int_equal(fs_visit_counters(f->t)->early, 1);
}

static void a_restart_forgets_no_visit(void **state)
{
	struct fixture *f = *state;
	struct buf saved;
	struct cursor in;

	buf_init(&saved, FS_VISIT_STATE_MAX_BYTES);
	say(f, MENU, NOW_US);
	say(f, BALANCE, NOW_US);
	fs_visit_settle(f->t);
	fs_visit_save(f->t, &saved);
	reopen(f);
	in = cursor_of(saved.data, saved.len);
	assert_int_equal(fs_visit_load(f->t, &in), 0);
	say(f, GONE("recv_bye"), NOW_US);
	assert_non_null(strstr(settled(f), "outcome=abandoned"));
	assert_non_null(strstr(settled(f), "path=main>balance "));
	for (size_t len = 0; len < saved.len; len++) {
		in = cursor_of(saved.data, len);
		assert_int_equal(fs_visit_load(f->t, &in), -EBADMSG);
	}
	buf_free(&saved);
}

static void no_text_of_the_dialplan_is_kept(void **state)
{
	struct fixture *f = *state;
	struct buf saved;

	buf_init(&saved, FS_VISIT_STATE_MAX_BYTES);
	say(f, MENU, NOW_US);
	say(f,
	    CHANNEL IN("ivr-main") AT(1005000000)
	            TELLS("Event-Subclass=CALLBACK_REQUEST,Text=5550009"),
	    NOW_US);
	fs_visit_settle(f->t);
	fs_visit_save(f->t, &saved);
	assert_null(memmem(saved.data, saved.len, "5550009", 7));
	assert_null(memmem(saved.data, saved.len, "5550001", 7));
	buf_free(&saved);
}

int main(void)
{
	static struct cases all;

	cases_table(&all, visits, visit_run);
	cases_test_with(&all, f15_any_order_of_events_is_the_same_visit, setup, teardown);
	cases_test_with(&all, without_a_word_for_it_nothing_is_claimed, setup, teardown);
	cases_test_with(&all, wrong_inputs_are_none_only_where_they_would_have_been_told, setup,
	                teardown);
	cases_test_with(&all, a_task_nobody_could_have_called_done_is_no_abandonment, setup,
	                teardown);
	cases_test_with(&all, a_visit_whose_channel_is_no_longer_listed_has_lost_its_end, setup,
	                teardown);
	cases_test_with(&all, a_visit_that_was_heard_of_while_channels_were_listed_is_not_judged,
	                setup, teardown);
	cases_test_with(&all, a_visit_of_which_nothing_is_heard_for_too_long_has_lost_its_end,
	                setup, teardown);
	cases_test_with(&all, a_full_table_tells_the_silent_one_early, setup, teardown);
	cases_test_with(&all, with_too_many_held_the_first_is_applied_early, setup, teardown);
	cases_test_with(&all, a_restart_forgets_no_visit, setup, teardown);
	cases_test_with(&all, no_text_of_the_dialplan_is_kept, setup, teardown);
	return cases_run("fs_visit", &all, NULL, NULL);
}
