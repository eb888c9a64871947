/* What follows from the facts of a stay in a queue of mod_callcenter. Times are in seconds. */
#include "agent/track/cc_stay.h"

#include "tests/support/cases.h"

#define S INT64_C(1000000)

struct rings_case {
	const char *name;
	struct cc_ring rings[6];
	unsigned n;
	struct cc_rings want;
};

#define OFFERED(agent, s)                                                                          \
	{                                                                                          \
		agent, (s)*S, CC_RING_OFFERED                                                      \
	}
#define ANSWERED(agent, s)                                                                         \
	{                                                                                          \
		agent, (s)*S, CC_RING_ANSWERED                                                     \
	}
#define MISSED(agent, s)                                                                           \
	{                                                                                          \
		agent, (s)*S, CC_RING_MISSED                                                       \
	}
#define OFF(agent, s)                                                                              \
	{                                                                                          \
		agent, (s)*S, CC_RING_CALLED_OFF                                                   \
	}

static const struct rings_case rings[] = {
	{ "no_ring_is_none", { OFFERED(1, 5) }, 0, { 0, 0, 0, false } },
	{ "an_offer_alone_is_no_ring", { OFFERED(1, 5) }, 1, { 0, 0, 0, false } },
	{ "an_answer_rang_since_its_offer",
	  { OFFERED(1, 5), ANSWERED(1, 9) },
	  2,
	  { 0, 0, 4000, true } },
	{ "an_answer_that_was_heard_first_rang_as_long",
	  { ANSWERED(1, 9), OFFERED(1, 5) },
	  2,
	  { 0, 0, 4000, true } },
	{ "an_answer_of_another_agent_has_no_offer",
	  { OFFERED(1, 5), ANSWERED(2, 9) },
	  2,
	  { 0, 0, 0, false } },
	{ "an_answer_without_an_offer_has_no_ring", { ANSWERED(1, 9) }, 1, { 0, 0, 0, false } },
	{ "an_answer_behind_a_miss_has_no_offer_of_its_own",
	  { OFFERED(1, 5), MISSED(1, 6), ANSWERED(1, 9) },
	  3,
	  { 1, 0, 0, false } },
	{ "a_miss_of_three_seconds_is_a_long_one",
	  { OFFERED(1, 5), MISSED(1, 8), OFFERED(2, 5), { 2, 8 * S - 1, CC_RING_MISSED } },
	  4,
	  { 2, 1, 0, false } },
	{ "a_miss_without_an_offer_is_no_long_one", { MISSED(1, 8) }, 1, { 1, 0, 0, false } },
	{ "a_phone_called_off_is_not_missed", { OFFERED(1, 5), OFF(1, 9) }, 2, { 0, 0, 0, false } },
	{ "an_offer_and_a_miss_of_one_moment_belong_together",
	  { MISSED(1, 5), OFFERED(1, 5), OFFERED(2, 1), MISSED(2, 5) },
	  4,
	  { 2, 1, 0, false } },
	{ "an_offer_and_an_answer_of_one_moment_are_a_ring",
	  { ANSWERED(1, 5), OFFERED(1, 5) },
	  2,
	  { 0, 0, 0, true } },
	{ "two_agents_at_once_are_two",
	  { OFFERED(2, 1), OFFERED(1, 2), ANSWERED(2, 4), OFF(1, 4) },
	  4,
	  { 0, 0, 3000, true } },
};

static void rings_run(void **state)
{
	const struct rings_case *c = *state;
	struct cc_stay s = { .key = 1 };
	struct cc_rings got;

	for (unsigned i = 0; i < c->n; i++) {
		cc_stay_add_ring(&s, &c->rings[i]);
	}
	cc_stay_rings(&s, &got);
	assert_int_equal(got.missed, c->want.missed);
	assert_int_equal(got.missed_over_3s, c->want.missed_over_3s);
	assert_int_equal(got.has_ring, c->want.has_ring);
	assert_int_equal(got.ring_ms, c->want.ring_ms);
}

#define OUTCOME(o) CXM__QUEUE_CONTACT__OUTCOME__##o
#define BY(b)      CXM__QUEUE_CONTACT__ENDED_BY__##b

struct end_case {
	const char *name;
	struct cc_stay stay;
	int outcome;
	int by;
	int64_t left_s;
};

static const struct end_case ends[] = {
	{ "nothing_heard_is_no_end", { .joined_us = S }, OUTCOME(UNKNOWN_END), 0, 0 },
	{ "the_callers_own_good_bye_is_an_abandonment",
	  { .hangup_us = 9 * S, .member_hung_up = true },
	  OUTCOME(ABANDONED),
	  BY(CALLER),
	  9 },
	{ "a_hang_up_by_nobody_in_particular_is_no_end",
	  { .hangup_us = 9 * S },
	  OUTCOME(UNKNOWN_END),
	  0,
	  9 },
	{ "broken_out_and_gone_is_an_abandonment",
	  { .cause = CC_CAUSE_CANCELLED, .reason = CC_REASON_BREAK_OUT, .left_us = 9 * S },
	  OUTCOME(ABANDONED),
	  BY(CALLER),
	  9 },
	{ "broken_out_and_alive_is_moved_away",
	  { .cause = CC_CAUSE_CANCELLED,
	    .reason = CC_REASON_BREAK_OUT,
	    .left_us = 9 * S,
	    .alive = true },
	  OUTCOME(UNKNOWN_END),
	  0,
	  9 },
	{ "a_channel_that_lives_two_seconds_longer_went_with_the_queue",
	  { .cause = CC_CAUSE_CANCELLED, .over_us = 9 * S, .hangup_us = 11 * S },
	  OUTCOME(ABANDONED),
	  BY(CALLER),
	  9 },
	{ "a_channel_that_lives_longer_was_moved_away",
	  { .cause = CC_CAUSE_CANCELLED, .over_us = 9 * S, .hangup_us = 11 * S + 1 },
	  OUTCOME(UNKNOWN_END),
	  0,
	  9 },
	{ "an_end_that_was_heard_says_itself_whether_the_channel_lived",
	  { .cause = CC_CAUSE_CANCELLED, .left_us = 8 * S, .over_us = 9 * S, .hangup_us = 60 * S },
	  OUTCOME(ABANDONED),
	  BY(CALLER),
	  8 },
	{ "a_channel_that_ends_without_the_queues_end_was_there_to_the_last",
	  { .cause = CC_CAUSE_CANCELLED, .hangup_us = 60 * S },
	  OUTCOME(ABANDONED),
	  BY(CALLER),
	  60 },
	{ "an_answer_without_a_time_is_one",
	  { .cause = CC_CAUSE_ANSWERED, .hangup_us = 60 * S },
	  OUTCOME(ANSWERED),
	  0,
	  60 },
	{ "an_answer_goes_before_a_cancel",
	  { .cause = CC_CAUSE_CANCELLED, .answered_us = 5 * S, .left_us = 9 * S },
	  OUTCOME(ANSWERED),
	  0,
	  9 },
	{ "an_agent_who_hangs_up_ends_it",
	  { .bridged_us = 5 * S, .agent_hung_up = true, .member_hung_up = true, .left_us = 9 * S },
	  OUTCOME(ANSWERED),
	  BY(AGENT),
	  9 },
	{ "a_transfer_ends_it_whoever_hangs_up",
	  { .answered_us = 5 * S,
	    .transfer = CXM__QUEUE_CONTACT__TRANSFER__BLIND,
	    .transfer_us = 3 * S,
	    .agent_hung_up = true,
	    .left_us = 9 * S },
	  OUTCOME(ANSWERED),
	  BY(TRANSFER),
	  9 },
	{ "a_transfer_well_before_the_answer_is_the_dialplans",
	  { .answered_us = 5 * S,
	    .moved = CXM__QUEUE_CONTACT__TRANSFER__BLIND,
	    .moved_us = 3 * S - 1,
	    .member_hung_up = true,
	    .left_us = 9 * S },
	  OUTCOME(ANSWERED),
	  BY(CALLER),
	  9 },
};

static void end_run(void **state)
{
	const struct end_case *c = *state;

	assert_int_equal(cc_stay_outcome(&c->stay), c->outcome);
	assert_int_equal(cc_stay_ended_by(&c->stay), c->by);
	assert_int_equal(cc_stay_left_us(&c->stay), c->left_s * S);
}

struct hold_case {
	const char *name;
	struct cc_stay stay;
	bool known;
	uint32_t want_ms;
};

static const struct hold_case holds[] = {
	{ "no_hold_heard_is_not_known", { .left_us = 9 * S }, false, 0 },
	{ "a_hold_that_ended", { .n_hold = 1, .n_unhold = 1, .hold_us = 4 * S }, true, 4000 },
	{ "a_hold_that_nobody_ended_lasts_to_the_end",
	  { .n_hold = 1, .hold_us = -(uint64_t)(5 * S), .left_us = 9 * S },
	  true,
	  4000 },
	{ "a_hold_in_a_call_without_an_end_is_not_known",
	  { .n_hold = 1, .hold_us = -(uint64_t)(5 * S) },
	  false,
	  0 },
	{ "two_holds_that_nobody_ended_are_not_known",
	  { .n_hold = 2, .hold_us = -(uint64_t)(5 * S), .left_us = 9 * S },
	  false,
	  0 },
	{ "more_ends_than_holds_are_not_known",
	  { .n_hold = 1, .n_unhold = 2, .hold_us = 4 * S },
	  false,
	  0 },
	{ "an_end_before_its_hold_is_not_known",
	  { .n_hold = 1, .n_unhold = 1, .hold_us = -(uint64_t)S },
	  false,
	  0 },
	{ "what_the_channel_adds_up_is_enough",
	  { .has_hold_ms = true, .hold_ms = 3000 },
	  true,
	  3000 },
	{ "the_longer_of_both_counts",
	  { .has_hold_ms = true, .hold_ms = 3000, .n_hold = 1, .n_unhold = 1, .hold_us = 4 * S },
	  true,
	  4000 },
	{ "the_longer_of_both_counts_the_other_way",
	  { .has_hold_ms = true, .hold_ms = 5000, .n_hold = 1, .n_unhold = 1, .hold_us = 4 * S },
	  true,
	  5000 },
};

static void hold_run(void **state)
{
	const struct hold_case *c = *state;
	uint32_t ms = 77;

	assert_int_equal(cc_stay_hold_ms(&c->stay, &ms), c->known);
	assert_int_equal(ms, c->want_ms);
}

static void it_began_when_the_event_says_and_else_when_it_joined(void **state)
{
	const struct cc_stay both = { .start_us = 2 * S, .joined_us = S };
	const struct cc_stay one = { .joined_us = S };

	(void)state;
	assert_int_equal(cc_stay_at_us(&both), 2 * S);
	assert_int_equal(cc_stay_at_us(&one), S);
}

static void it_is_over_when_anything_says_so(void **state)
{
	const struct cc_stay open = { .over_us = S };
	const struct cc_stay left = { .left_us = S };
	const struct cc_stay gone = { .hangup_us = S };
	const struct cc_stay lost = { .lost = true };

	(void)state;
	assert_false(cc_stay_is_over(&open));
	assert_true(cc_stay_is_over(&left));
	assert_true(cc_stay_is_over(&gone));
	assert_true(cc_stay_is_over(&lost));
}

int main(void)
{
	static struct cases c;

	cases_table(&c, rings, rings_run);
	cases_table(&c, ends, end_run);
	cases_table(&c, holds, hold_run);
	cases_test(&c, it_began_when_the_event_says_and_else_when_it_joined);
	cases_test(&c, it_is_over_when_anything_says_so);
	return cases_run("track/cc_stay", &c, NULL, NULL);
}
