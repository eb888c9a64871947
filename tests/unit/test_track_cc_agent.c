/* Stretches of agents from the events of mod_callcenter, in whatever order they come. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/track/cc_agent.h"
#include "tests/support/cases.h"
#include "tests/support/fs_said.h"
#include "tests/support/record_text.h"

#define S_US                 INT64_C(1000000)
#define NOW_US               (5000 * S_US)
#define AT(s, sq)            "Event-Date-Timestamp: " #s "000000; Event-Sequence: " #sq "; CC-Agent: Ana; "
#define STATUS(s, sq, value) AT(s, sq) "CC-Action: agent-status-change; CC-Agent-Status: " value
#define STATE(s, sq, value)  AT(s, sq) "CC-Action: agent-state-change; CC-Agent-State: " value

#define LOGIN                STATUS(100, 1, "Available")
#define WAITS                STATE(100, 2, "Waiting")
#define RINGS                STATE(130, 3, "Receiving")
#define TALKS                STATE(135, 4, "In%20a%20queue%20call")
#define WAITS2               STATE(195, 5, "Waiting")
#define BREAK                STATUS(200, 6, "On%20Break")
#define LOGOUT               STATUS(260, 7, "Logged%20Out")

#define SPAN(at, state, seen, ms, cut)                                                             \
	"AgentSpan at=" at " agent=<Ana> queue=NONE state=" state " seen=" seen " duration_ms=" ms \
	" cut=" cut "\n"
#define DAY                                                                                        \
	SPAN("100", "ready", "130", "30000", "0")                                                  \
	SPAN("130", "ringing", "135", "5000", "0")                                                 \
	SPAN("135", "talking", "195", "60000", "0")                                                \
	SPAN("195", "ready", "200", "5000", "0")                                                   \
	SPAN("100", "logged_in", "260", "160000", "0")                                             \
	SPAN("200", "paused", "260", "60000", "0")

static const char *const names[] = { "Ana", "Ben", NULL };

struct fixture {
	struct record_text r;
	struct cc_agent *t;
};

static void reopen(struct fixture *f)
{
	struct emit emit = record_text_emit(&f->r);

	cc_agent_free(f->t);
	record_text_reset(&f->r);
	assert_int_equal(cc_agent_new(&f->t, f->r.pseudonym, "pbx1", &emit), 0);
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

	cc_agent_free(f->t);
	record_text_free(&f->r);
	free(f);
	return 0;
}

static void say(struct fixture *f, const char *event, int64_t now_us)
{
	static struct fs_facts facts;

	fs_said(event, &facts);
	cc_agent_event(f->t, &facts, now_us);
}

static const char *settled(struct fixture *f)
{
	cc_agent_tick(f->t, NOW_US + CC_AGENT_HOLD_US);
	return buf_text(&f->r.out);
}

static void f15_any_order_of_changes_gives_the_same_stretches(void **state)
{
	static const char *const events[] = { LOGIN, WAITS, RINGS, TALKS, WAITS2, BREAK, LOGOUT };
	struct fixture *f = *state;
	unsigned order[COUNT(events)];

	for (unsigned i = 0; i < COUNT(events); i++) {
		order[i] = i;
	}
	do {
		reopen(f);
		for (unsigned i = 0; i < COUNT(events); i++) {
			say(f, events[order[i]], NOW_US);
		}
		assert_string_equal(settled(f), DAY);
	} while (fs_said_permute(order, COUNT(events)));
}

static void a_change_is_held_until_others_have_had_their_time(void **state)
{
	struct fixture *f = *state;

	say(f, LOGIN, NOW_US);
	say(f, LOGOUT, NOW_US);
	cc_agent_tick(f->t, NOW_US + CC_AGENT_HOLD_US - 1);
	assert_int_equal(f->r.n_records, 0);
}

static void an_agent_stuck_in_a_ring_is_counted_and_not_told(void **state)
{
	struct fixture *f = *state;

	say(f, STATE(100, 1, "Reserved"), NOW_US);
	say(f, STATE(900, 2, "Waiting"), NOW_US);
	assert_string_equal(settled(f), "");
	assert_int_equal(cc_agent_counters(f->t)->stuck, 1);
}

static void an_agent_who_is_deleted_without_a_word_is_gone_from_the_list(void **state)
{
	struct fixture *f = *state;

	say(f, LOGIN, NOW_US);
	(void)settled(f);
	cc_agent_list_begin(f->t);
	cc_agent_listed(f->t, SLICE("Ben"), SLICE("Logged Out"), SLICE("Waiting"), 300 * S_US);
	cc_agent_list_end(f->t, 300 * S_US);
	assert_string_equal(buf_text(&f->r.out), SPAN("100", "logged_in", "300", "200000", "1"));
	assert_int_equal(cc_agent_counters(f->t)->gone, 1);
}

static void an_agent_on_the_list_is_in_it_from_then_on(void **state)
{
	struct fixture *f = *state;

	cc_agent_list_begin(f->t);
	cc_agent_listed(f->t, SLICE("Ana"), SLICE("Available"), SLICE("Idle"), 150 * S_US);
	cc_agent_list_end(f->t, 150 * S_US);
	say(f, LOGOUT, NOW_US);
	assert_string_equal(settled(f), SPAN("150", "logged_in", "260", "110000", "0"));
}

static void the_list_put_twice_changes_nothing(void **state)
{
	struct fixture *f = *state;

	cc_agent_listed(f->t, SLICE("Ana"), SLICE("Available"), SLICE("Waiting"), 150 * S_US);
	cc_agent_listed(f->t, SLICE("Ana"), SLICE("Available"), SLICE("Waiting"), 170 * S_US);
	assert_int_equal(f->r.n_records, 0);
}

static void a_lost_connection_cuts_what_is_open(void **state)
{
	struct fixture *f = *state;

	say(f, LOGIN, NOW_US);
	say(f, BREAK, NOW_US);
	cc_agent_lost(f->t, 240 * S_US);
	assert_string_equal(buf_text(&f->r.out),
	                    SPAN("100", "logged_in", "240", "140000", "1")
	                            SPAN("200", "paused", "240", "40000", "1"));
	cc_agent_lost(f->t, 250 * S_US);
	assert_int_equal(f->r.n_records, 2);
}

static void a_state_nobody_knows_is_counted(void **state)
{
	struct fixture *f = *state;

	say(f, STATE(100, 1, "Dreaming"), NOW_US);
	assert_string_equal(settled(f), "");
	assert_int_equal(cc_agent_counters(f->t)->unknown, 1);
}

static void changes_are_applied_when_their_own_time_has_come(void **state)
{
	struct fixture *f = *state;

	say(f, LOGIN, NOW_US);
	say(f, LOGOUT, NOW_US + 1);
	cc_agent_tick(f->t, NOW_US + CC_AGENT_HOLD_US);
	assert_int_equal(f->r.n_records, 0);
	cc_agent_tick(f->t, NOW_US + CC_AGENT_HOLD_US + 1);
	assert_string_equal(buf_text(&f->r.out), SPAN("100", "logged_in", "260", "160000", "0"));
}

static void a_change_without_a_time_is_of_now(void **state)
{
	struct fixture *f = *state;

	say(f, "CC-Agent: Ana; CC-Action: agent-status-change; CC-Agent-Status: Available",
	    400 * S_US);
	say(f, "CC-Agent: Ana; CC-Action: agent-status-change; CC-Agent-Status: Logged%20Out",
	    450 * S_US);
	assert_string_equal(settled(f), SPAN("400", "logged_in", "450", "50000", "0"));
}

static void events_of_callers_are_no_changes_of_agents(void **state)
{
	struct fixture *f = *state;

	say(f, AT(100, 1) "CC-Action: bridge-agent-start; CC-Agent-State: Waiting", NOW_US);
	say(f, STATUS(100, 2, "Available"), NOW_US);
	say(f, LOGOUT, NOW_US);
	assert_string_equal(settled(f), SPAN("100", "logged_in", "260", "160000", "0"));
	assert_int_equal(cc_agent_counters(f->t)->unknown, 0);
}

static void a_change_of_nobody_is_none(void **state)
{
	struct fixture *f = *state;

	say(f, "CC-Action: agent-status-change; CC-Agent-Status: Available", NOW_US);
	cc_agent_listed(f->t, SLICE(""), SLICE("Available"), SLICE("Waiting"), NOW_US);
	cc_agent_lost(f->t, NOW_US + S_US);
	assert_int_equal(f->r.n_records, 0);
}

static void available_on_demand_is_available(void **state)
{
	struct fixture *f = *state;

	say(f, STATUS(100, 1, "Available%20(On%20Demand)"), NOW_US);
	say(f, LOGOUT, NOW_US);
	assert_string_equal(settled(f), SPAN("100", "logged_in", "260", "160000", "0"));
}

/* The first is applied, all others stay as they were. */
static void too_many_changes_are_applied_early(void **state)
{
	struct fixture *f = *state;

	say(f, LOGIN, NOW_US);
	for (unsigned i = 3; i < CC_AGENT_HELD_MAX; i++) {
		say(f, WAITS, NOW_US);
	}
	say(f, RINGS, NOW_US);
	say(f, TALKS, NOW_US);
	assert_int_equal(cc_agent_counters(f->t)->early, 0);
	say(f, LOGOUT, NOW_US);
	assert_int_equal(cc_agent_counters(f->t)->early, 1);
	assert_string_equal(settled(f), SPAN("100", "ready", "130", "30000",
	                                     "0") SPAN("130", "ringing", "135", "5000", "0")
	                                        SPAN("100", "logged_in", "260", "160000", "0"));
}

/* Ana, whose last change is the longest ago, though she came last but one. */
static void the_oldest_of_too_many_agents_gives_way(void **state)
{
	struct fixture *f = *state;
	char name[16];

	for (unsigned i = 0; i < CC_AGENT_MAX - 2; i++) {
		(void)snprintf(name, sizeof(name), "agent%u", i);
		cc_agent_listed(f->t, slice_of(name), SLICE("Available"), SLICE("Idle"),
		                200 * S_US);
	}
	cc_agent_listed(f->t, SLICE("Ana"), SLICE("Available"), SLICE("Idle"), 100 * S_US);
	cc_agent_listed(f->t, SLICE("Ben"), SLICE("Available"), SLICE("Idle"), 200 * S_US);
	assert_int_equal(cc_agent_counters(f->t)->evicted, 0);
	cc_agent_listed(f->t, SLICE("Cem"), SLICE("Available"), SLICE("Idle"), 300 * S_US);
	assert_int_equal(cc_agent_counters(f->t)->evicted, 1);
	assert_string_equal(buf_text(&f->r.out), SPAN("100", "logged_in", "100", "0", "1"));
}

static void a_restart_goes_on_with_open_stretches(void **state)
{
	struct fixture *f = *state;
	struct buf saved;
	struct cursor in;

	buf_init(&saved, CC_AGENT_STATE_MAX_BYTES);
	say(f, LOGIN, NOW_US);
	(void)settled(f);
	cc_agent_save(f->t, &saved);
	reopen(f);
	in = cursor_of(saved.data, saved.len);
	assert_int_equal(cc_agent_load(f->t, &in), 0);
	say(f, LOGOUT, NOW_US);
	assert_string_equal(settled(f), SPAN("100", "logged_in", "260", "160000", "0"));
	for (size_t len = 0; len < saved.len; len++) {
		in = cursor_of(saved.data, len);
		assert_int_equal(cc_agent_load(f->t, &in), -EBADMSG);
	}
	record_text_reset(&f->r);
	cc_agent_lost(f->t, 300 * S_US);
	assert_int_equal(f->r.n_records, 0);
	buf_free(&saved);
}

int main(void)
{
	static struct cases all;

	cases_test_with(&all, f15_any_order_of_changes_gives_the_same_stretches, setup, teardown);
	cases_test_with(&all, a_change_is_held_until_others_have_had_their_time, setup, teardown);
	cases_test_with(&all, an_agent_stuck_in_a_ring_is_counted_and_not_told, setup, teardown);
	cases_test_with(&all, an_agent_who_is_deleted_without_a_word_is_gone_from_the_list, setup,
	                teardown);
	cases_test_with(&all, an_agent_on_the_list_is_in_it_from_then_on, setup, teardown);
	cases_test_with(&all, the_list_put_twice_changes_nothing, setup, teardown);
	cases_test_with(&all, a_lost_connection_cuts_what_is_open, setup, teardown);
	cases_test_with(&all, a_state_nobody_knows_is_counted, setup, teardown);
	cases_test_with(&all, changes_are_applied_when_their_own_time_has_come, setup, teardown);
	cases_test_with(&all, a_change_without_a_time_is_of_now, setup, teardown);
	cases_test_with(&all, events_of_callers_are_no_changes_of_agents, setup, teardown);
	cases_test_with(&all, a_change_of_nobody_is_none, setup, teardown);
	cases_test_with(&all, available_on_demand_is_available, setup, teardown);
	cases_test_with(&all, too_many_changes_are_applied_early, setup, teardown);
	cases_test_with(&all, the_oldest_of_too_many_agents_gives_way, setup, teardown);
	cases_test_with(&all, a_restart_goes_on_with_open_stretches, setup, teardown);
	return cases_run("cc_agent", &all, NULL, NULL);
}
