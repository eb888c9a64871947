/* Sender reports that went by, and the round trips of what answers them. */
#include "agent/track/sent_reports.h"

#include "tests/support/cases.h"

#define START_NS INT64_C(1795323487000000000)
#define MS       INT64_C(1000000)
#define PLACES   2
#define HERE     1
#define MID      UINT32_C(0xb7052000)
#define DLSR     UINT32_C(0x00054000) /* 5.25 s */

static const struct siphash_key key = { 1, 2 };

static int setup(void **state)
{
	static struct sent_reports reports;

	*state = &reports;
	return sent_reports_init(&reports, &key, PLACES);
}

static int teardown(void **state)
{
	sent_reports_deinit(*state);
	return 0;
}

static void sent(struct sent_reports *t, uint32_t ssrc, uint32_t mid, int64_t at_ms)
{
	const struct rtcp_sender s = { .ssrc = ssrc, .has_ntp = true, .ntp_mid = mid };

	sent_reports_add(t, &s, HERE, START_NS + at_ms * MS);
}

static bool answered(const struct sent_reports *t, uint32_t ssrc, uint32_t lsr)
{
	const struct rtcp_block b = { .ssrc = ssrc, .lsr = lsr };
	int64_t ns;

	return sent_reports_answer(t, &b, HERE, START_NS + MS, &ns);
}

/* What one report and one block that answers it give. */
static const struct answer_case {
	const char *name;
	uint32_t mid; /* of the report, which went by at 0 */
	uint32_t slack;
	uint32_t lsr;
	uint32_t mirror; /* of the block */
	int64_t at_ms;
	int64_t want_ms; /* -1: none */
} answers[] = {
	/* RFC 3550 6.4.1's own figure: 6.125 s */
	{ "the_example_of_rfc_3550", MID, 0, MID, HERE, 11375, 6125 },
	{ "a_round_trip_of_no_length_is_one", MID, 0, MID, HERE, 5250, 0 },
	{ "another_report_is_not_taken_for_it", MID, 0, MID + 1, HERE, 11375, -1 },
	{ "a_time_of_microseconds_may_be_a_unit_off", MID, 1, MID + 1, HERE, 5350, 100 },
	{ "or_a_unit_before", MID, 1, MID - 1, HERE, 5350, 100 },
	{ "but_not_two", MID, 1, MID + 2, HERE, 5350, -1 },
	{ "nor_two_before", MID, 1, MID - 2, HERE, 5350, -1 },
	{ "the_number_may_wrap", UINT32_MAX, 2, 1, HERE, 5350, 100 },
	{ "who_has_heard_no_report_answers_none", 0, 0, 0, HERE, 5350, -1 },
	{ "one_mirrors_time_is_not_anothers", MID, 0, MID, HERE + 1, 5350, -1 },
	{ "an_answer_before_the_report_is_a_wrong_clock", MID, 0, MID, HERE, 5249, -1 },
	{ "ten_seconds_are_a_round_trip", MID, 0, MID, HERE, 15250, 10000 },
	{ "more_are_a_wrong_clock", MID, 0, MID, HERE, 15251, -1 },
};

static void answer_run(void **state)
{
	const struct answer_case *c = *state;
	const struct rtcp_sender s = {
		.ssrc = 5, .has_ntp = true, .ntp_mid = c->mid, .ntp_slack = c->slack
	};
	const struct rtcp_block b = { .ssrc = 5, .lsr = c->lsr, .dlsr = DLSR };
	struct sent_reports t;
	int64_t ns = -1;
	bool known;

	assert_int_equal(sent_reports_init(&t, &key, PLACES), 0);
	sent_reports_add(&t, &s, HERE, START_NS);
	known = sent_reports_answer(&t, &b, c->mirror, START_NS + c->at_ms * MS, &ns);
	assert_int_equal(known ? ns / MS : -1, c->want_ms);
	sent_reports_deinit(&t);
}

static void only_the_last_report_of_a_source_is_answered(void **state)
{
	struct sent_reports *t = *state;

	sent(t, 5, MID, 0);
	sent(t, 5, MID + 100, 0);
	assert_false(answered(t, 5, MID));
	assert_true(answered(t, 5, MID + 100));
	assert_int_equal(t->evicted, 0);
}

static void a_report_without_a_time_is_not_kept(void **state)
{
	struct sent_reports *t = *state;
	const struct rtcp_sender s = { .ssrc = 5 };

	sent_reports_add(t, &s, HERE, START_NS);
	assert_int_equal(t->table.count, 0);
}

static void the_oldest_gives_way(void **state)
{
	struct sent_reports *t = *state;

	sent(t, 5, MID, 0);
	sent(t, 6, MID, 0);
	sent(t, 5, MID, 0); /* heard again: 6 is the oldest now */
	sent(t, 7, MID, 0);
	assert_int_equal(t->evicted, 1);
	assert_true(answered(t, 5, MID));
	assert_false(answered(t, 6, MID));
	assert_true(answered(t, 7, MID));
}

static void what_is_old_is_forgotten(void **state)
{
	struct sent_reports *t = *state;

	sent(t, 5, MID, 0);
	sent(t, 6, MID, 1);
	sent_reports_forget(t, START_NS + MS);
	assert_false(answered(t, 5, MID));
	assert_true(answered(t, 6, MID));
}

int main(void)
{
	static struct cases c;

	cases_table(&c, answers, answer_run);
	cases_test_with(&c, only_the_last_report_of_a_source_is_answered, setup, teardown);
	cases_test_with(&c, a_report_without_a_time_is_not_kept, setup, teardown);
	cases_test_with(&c, the_oldest_gives_way, setup, teardown);
	cases_test_with(&c, what_is_old_is_forgotten, setup, teardown);
	return cases_run("track_sent_reports", &c, NULL, NULL);
}
