/* Attrition and staffing fit, on head counts, contacts and logins in a store. */
#include <math.h>

#include "tests/support/cases.h"
#include "tests/support/month.h"
#include "tests/support/near.h"

/* ---- attrition ---- */

static void count_heads(struct score_world *w, int day, const char *group, unsigned staff,
                        unsigned leavers)
{
	score_world_add(w, "HeadCount", "at_us=%" PRId64 " host=hr group=%s staff=%u leavers=%u",
	                month_us(day, 0), group, staff, leavers);
}

static struct estimate attrition(struct score_world *w)
{
	score_world_put(w);
	return month_estimate(w, &estimator_attrition, MODEL_POISSON_EXACT);
}

/* Ten dates 36 days apart cover 360 days; 60 and 40 people, 30 leavers; Poisson of 30: 20.2409 to
 * 42.8269. */
static void thirty_leavers_of_a_hundred_are_annualised(void **state)
{
	struct score_world *w = *state;
	double years = 100 * 360.0 / 365;
	struct estimate got;

	for (int i = 0; i < 10; i++) {
		count_heads(w, 27 - 36 * i, "day", 60, 2);
		count_heads(w, 27 - 36 * i, "night", i % 2 == 0 ? 39 : 41, 1);
	}
	got = attrition(w);
	assert_near(got.n, 100, 1e-9);
	assert_near(got.numerator, 30, 0);
	assert_near(got.value, 30 / years, 1e-12);
	assert_near(got.interval.low, 20.2409 / years, 1e-6);
	assert_near(got.interval.high, 42.8269 / years, 1e-6);
}

static void nobody_left_is_none_but_not_for_certain(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	for (int i = 0; i < MONTH_DAYS; i++) {
		count_heads(w, i, "day", 50, 0);
	}
	got = attrition(w);
	assert_near(got.value, 0, 0);
	assert_near(got.interval.low, 0, 0);
	assert_near(got.interval.high, 3.6889 / (50 * 28.0 / 365), 1e-3);
}

static void leavers_of_more_than_a_year_ago_do_not_count(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	count_heads(w, -400, "day", 50, 40);
	count_heads(w, 0, "day", 50, 1);
	count_heads(w, 27, "day", 50, 1);
	got = attrition(w);
	assert_near(got.numerator, 2, 0);
}

static void one_date_says_nothing_about_time(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	count_heads(w, 5, "day", 50, 3);
	got = attrition(w);
	assert_true(isnan(got.value) && isnan(got.interval.low));
	assert_int_equal(got.why, WHY_TOO_FEW);
	assert_near(got.n, 50, 0);
}

static void without_head_counts_there_is_no_evidence(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	score_world_add(w, "HeadCount", "at_us=%" PRId64 " host=hr group=day staff=9",
	                month_us(3, 0)); /* leavers not known */
	got = attrition(w);
	assert_true(isnan(got.value));
	assert_int_equal(got.why, WHY_NO_EVIDENCE);
}

/* ---- staffing ---- */

#define OPEN_S (10 * 3600) /* one half hour a day: 10:00 to 10:30 */
#define DAYS   12

static unsigned next_id;

/* So many calls of 180 s, evenly over the half hour, all answered at once. */
static void calls(struct score_world *w, int day, const char *queue, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		score_world_add(w, "QueueContact",
		                "at_us=%" PRId64
		                " host=pbx contact=%016x queue=%s outcome=answered "
		                "wait_ms=0 talk_ms=150000 hold_ms=10000 wrap_ms=20000",
		                month_us(day, OPEN_S) + (int64_t)i * 1000000, ++next_id, queue);
	}
}

/* So many who hang up after 120 s: one in 120 s of waiting, and nobody else waits. */
static void impatient(struct score_world *w, int day, const char *queue, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		score_world_add(w, "QueueContact",
		                "at_us=%" PRId64 " host=pbx contact=%016x queue=%s "
		                "outcome=abandoned wait_ms=120000",
		                month_us(day, OPEN_S) + (int64_t)i * 1000000, ++next_id, queue);
	}
}

static void login(struct score_world *w, int64_t at_us, unsigned agent, const char *queue,
                  unsigned seconds)
{
	score_world_add(w, "AgentSpan",
	                "at_us=%" PRId64 " host=pbx agent=%016x queue=%s state=logged_in "
	                "duration_ms=%u000",
	                at_us, agent, queue, seconds);
}

static void logins(struct score_world *w, int day, const char *queue, unsigned first, unsigned n)
{
	for (unsigned a = first; a < first + n; a++) {
		login(w, month_us(day, OPEN_S), a, queue, 1800);
	}
}

static struct estimate staffing_fit(struct score_world *w)
{
	score_world_put(w);
	return month_estimate(w, &estimator_staffing_fit, MODEL_DAY_BLOCK_BOOTSTRAP);
}

/* 100 calls of 180 s in 30 minutes need 14 (docs/model.md, 5.1). */
static const struct fit_case {
	const char *name;
	unsigned agents;
	double value;
} fit_cases[] = {
	{ "fourteen_agents_for_100_calls_fit", 14, 1 },
	{ "seven_agents_for_100_calls_fit_half", 7, 0.5 },
	{ "twenty_one_agents_for_100_calls_fit_half", 21, 0.5 },
	{ "no_agents_but_one_fit_a_fourteenth", 1, 1.0 / 14 },
};

static void fit_case_run(const struct fit_case *c)
{
	void *world = NULL;
	struct estimate got;

	assert_int_equal(score_world_set_up(&world), 0);
	for (int day = 0; day < DAYS; day++) {
		calls(world, day, "support", 100);
		logins(world, day, "support", 1, c->agents);
	}
	got = staffing_fit(world);
	assert_near(got.value, c->value, 1e-9);
	assert_near(got.n, DAYS, 0);
	assert_near(got.interval.low, c->value, 1e-9); /* all days alike */
	assert_near(got.interval.high, c->value, 1e-9);
	assert_int_equal(score_world_tear_down(&world), 0);
}

static void fits(void **state)
{
	fit_case_run(*state);
}

/* 90 answered and 10 who give up after 2 minutes: patience 120 s, 12 are enough (5.2). */
static void callers_who_give_up_need_fewer(void **state)
{
	struct score_world *w = *state;

	for (int day = 0; day < DAYS; day++) {
		calls(w, day, "support", 90);
		impatient(w, day, "support", 10);
		logins(w, day, "support", 1, 12);
	}
	assert_near(staffing_fit(w).value, 1, 1e-9);
}

/* Two queues of 50 calls: 8 agents each when each has its own, 14 when they share. */
static void queues_with_their_own_agents_need_more(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	for (int day = 0; day < DAYS; day++) {
		calls(w, day, "support", 50);
		calls(w, day, "sales", 50);
		logins(w, day, "support", 1, 7);
		logins(w, day, "sales", 8, 7);
	}
	got = staffing_fit(w);
	assert_near(got.value, 1 - 2.0 / 16, 1e-9);
	assert_near(got.n, 2 * DAYS, 0);
}

static void agent_of_two_queues_is_there_once(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	for (int day = 0; day < DAYS; day++) {
		calls(w, day, "support", 50);
		calls(w, day, "sales", 50);
		logins(w, day, "support", 1, 14);
		logins(w, day, "sales", 1, 14);
	}
	got = staffing_fit(w);
	assert_near(got.value, 1, 1e-9);
	assert_near(got.n, DAYS, 0);
}

/* 90 % in 10 s needs 15: C = 0.102, 1 - C exp(-5 * 10 / 180) = 0.923; with 14 it is 0.861. */
static void declared_target_takes_the_place_of_80_in_20(void **state)
{
	struct score_world *w = *state;

	score_world_add(w, "Target",
	                "at_us=%" PRId64 " host=crm queue=* metric=service_level value=0.5 "
	                "threshold_ms=60000",
	                month_us(-200, 0));
	score_world_add(w, "Target",
	                "at_us=%" PRId64 " host=crm queue=support metric=service_level value=0.9 "
	                "threshold_ms=10000",
	                month_us(-100, 0));
	score_world_add(w, "Target",
	                "at_us=%" PRId64 " host=crm queue=support metric=service_level value=0.1 "
	                "threshold_ms=90000 valid_to_us=%" PRId64,
	                month_us(-90, 0), month_us(-1, 0));
	for (int day = 0; day < DAYS; day++) {
		calls(w, day, "support", 100);
		logins(w, day, "support", 1, 15);
	}
	assert_near(staffing_fit(w).value, 1, 1e-9);
}

static void login_for_all_queues_counts_where_the_agent_answers(void **state)
{
	struct score_world *w = *state;

	for (int day = 0; day < DAYS; day++) {
		calls(w, day, "support", 100);
		logins(w, day, "support", 1, 13);
		login(w, month_us(day, OPEN_S), 99, "NONE", 1800);
		score_world_add(w, "QueueContact",
		                "at_us=%" PRId64 " host=pbx contact=%016x queue=support "
		                "outcome=answered agent=%016x",
		                month_us(day, OPEN_S + 3600), ++next_id, 99);
	}
	/* the lone call an hour later needs one agent, whom nobody is: 12 * 14 + 12 * 1 */
	assert_near(staffing_fit(w).value, 1 - 12.0 / (12 * 15), 1e-9);
}

static void login_of_days_ago_still_counts(void **state)
{
	struct score_world *w = *state;

	for (unsigned agent = 1; agent <= 14; agent++) {
		login(w, month_us(-3, 0), agent, "support", 15 * 86400);
	}
	for (int day = 0; day < DAYS; day++) {
		calls(w, day, "support", 100);
	}
	/* present day and night, where nobody calls: far too many, but counted */
	assert_true(staffing_fit(w).value < 0);
}

static void flood_of_calls_in_one_interval_is_bounded(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	calls(w, 1, "support", 1700);
	calls(w, 2, "support", 1);
	logins(w, 1, "support", 1, 10);
	got = staffing_fit(w);
	assert_true(isfinite(got.value) && got.value > 0 && got.value < 0.2);
}

static void without_handle_times_nothing_is_required(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	impatient(w, 1, "support", 10);
	logins(w, 1, "support", 1, 3);
	got = staffing_fit(w);
	assert_true(isnan(got.value) && isnan(got.interval.low));
	assert_int_equal(got.why, WHY_NONE_FITS);
}

static void without_logins_there_is_no_evidence(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	calls(w, 1, "support", 10);
	got = staffing_fit(w);
	assert_true(isnan(got.value));
	assert_int_equal(got.why, WHY_NO_EVIDENCE);
	assert_string_equal(got.missing->name, "AgentSpan");
}

int main(void)
{
	static struct cases c;

	month_test(&c, thirty_leavers_of_a_hundred_are_annualised);
	month_test(&c, nobody_left_is_none_but_not_for_certain);
	month_test(&c, leavers_of_more_than_a_year_ago_do_not_count);
	month_test(&c, one_date_says_nothing_about_time);
	month_test(&c, without_head_counts_there_is_no_evidence);
	month_test(&c, callers_who_give_up_need_fewer);
	month_test(&c, queues_with_their_own_agents_need_more);
	month_test(&c, agent_of_two_queues_is_there_once);
	month_test(&c, declared_target_takes_the_place_of_80_in_20);
	month_test(&c, login_for_all_queues_counts_where_the_agent_answers);
	month_test(&c, login_of_days_ago_still_counts);
	month_test(&c, flood_of_calls_in_one_interval_is_bounded);
	month_test(&c, without_handle_times_nothing_is_required);
	month_test(&c, without_logins_there_is_no_evidence);
	cases_table(&c, fit_cases, fits);
	return cases_run("score_staffing", &c, NULL, NULL);
}
