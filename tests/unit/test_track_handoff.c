/* When a hand-off is lost, and who is the new party; whole calls are in test_track_cel_call.c. */
#include "agent/track/handoff.h"

#include "tests/support/cases.h"

#define S INT64_C(1000000)

struct lost_row {
	const char *name;
	enum handoff_kind kind;
	int64_t answered_us;
	int64_t ended_us;
	int want;
};

/* all at 100 s */
static const struct lost_row rows[] = {
	{ "nobody_answered_and_the_customer_is_there", HANDOFF_BLIND, 0, 0, -1 },
	{ "nobody_answered_and_the_customer_left", HANDOFF_BLIND, 0, 130 * S, 1 },
	{ "answered_and_the_customer_is_there", HANDOFF_BLIND, 110 * S, 0, 0 },
	{ "the_customer_left_four_seconds_after", HANDOFF_BLIND, 110 * S, 114 * S, 1 },
	{ "the_customer_left_five_seconds_after", HANDOFF_BLIND, 110 * S, 115 * S, 0 },
	{ "an_attended_one_counts_from_the_transfer", HANDOFF_ATTENDED, 90 * S, 104 * S, 1 },
	{ "a_consultation_hands_nothing_over", HANDOFF_CONSULT, 110 * S, 111 * S, -1 },
};

static void lost_run(void **state)
{
	const struct lost_row *row = *state;
	struct handoff h = { .kind = (uint8_t)row->kind,
		             .at_us = 100 * S,
		             .answered_us = row->answered_us,
		             .ended_us = row->ended_us };

	assert_int_equal(handoff_lost(&h), row->want);
}

static void a_phone_that_rang_before_is_not_the_new_party(void **state)
{
	struct handoff h = { .kind = HANDOFF_BLIND, .at_us = 100 * S, .since_us = 100 * S };

	(void)state;
	assert_false(handoff_answered(&h, 99 * S, 101 * S, 7, false));
	assert_true(handoff_answered(&h, 100 * S, 101 * S, 8, false));
	assert_false(handoff_answered(&h, 102 * S, 103 * S, 9, true));
	assert_int_equal(h.to_agent, 8);
	assert_int_equal(h.ring_us, 100 * S);
	assert_string_equal(handoff_role_name(&h), "person");
}

static void without_a_transfer_nobody_is_the_new_party(void **state)
{
	struct handoff h = { .kind = HANDOFF_NONE };

	(void)state;
	assert_false(handoff_answered(&h, 1, 2, 3, false));
	assert_null(handoff_role_name(&h));
}

static void the_first_ring_counts(void **state)
{
	struct handoff h = { .kind = HANDOFF_BLIND };

	(void)state;
	handoff_rings(&h, 5);
	handoff_rings(&h, 9);
	assert_int_equal(h.ring_us, 5);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, rows, lost_run);
	cases_test(&c, a_phone_that_rang_before_is_not_the_new_party);
	cases_test(&c, without_a_transfer_nobody_is_the_new_party);
	cases_test(&c, the_first_ring_counts);
	return cases_run("track/handoff", &c, NULL, NULL);
}
