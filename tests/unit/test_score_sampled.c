/* Representativeness of evaluations and bias of surveys, on contacts in a store. */
#include <math.h>

#include "collector/stats/variation.h"
#include "tests/support/cases.h"
#include "tests/support/month.h"
#include "tests/support/near.h"

#define CONTACTS 300

static void contact(struct score_world *w, int day, unsigned id, const char *rest)
{
	score_world_add(w, "QueueContact",
	                "at_us=%" PRId64 " host=pbx contact=%016x outcome=answered %s",
	                month_us(day, 36000 + id), id, rest);
}

/* One, two or four minutes: a hundred contacts each. */
static unsigned talk_s(unsigned i)
{
	return 60U << (i - 1) / 100;
}

/* 300 contacts on a Monday. */
static void take_calls(struct score_world *w)
{
	for (unsigned i = 1; i <= CONTACTS; i++) {
		char rest[96];

		(void)snprintf(rest, sizeof(rest), "queue=support wait_ms=5000 talk_ms=%u000",
		               talk_s(i));
		contact(w, 1, i, rest);
	}
}

static void evaluate(struct score_world *w, unsigned id, unsigned of)
{
	score_world_add(w, "Evaluation",
	                "at_us=%" PRId64 " host=qa evaluation_id=%016x contact=%016x",
	                month_us(2 + (int)(id % 20), 50000), id, of);
}

static struct estimate representativeness(struct score_world *w)
{
	score_world_put(w);
	return month_estimate(w, &estimator_representativeness, MODEL_ITEM_BOOTSTRAP);
}

static void sample_of_the_longest_third_is_two_thirds_apart(void **state)
{
	static const double thirds[] = { 100, 100, 100 };
	struct score_world *w = *state;
	struct estimate got;
	double want = 2.0 / 3 - stats_variation_expected(thirds, 3, 100);

	take_calls(w);
	for (unsigned i = 0; i < 100; i++) {
		evaluate(w, i, 201 + i);
	}
	got = representativeness(w);
	assert_near(got.n, 100, 0);
	assert_near(got.value, want, 1e-12);
	assert_true(got.interval.low <= want && want <= got.interval.high);
	assert_true(got.interval.low > 0.5 && got.interval.high < 0.75);
}

static void every_third_contact_is_like_all(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	take_calls(w);
	for (unsigned i = 0; i < 100; i++) {
		evaluate(w, i, 1 + 3 * i);
	}
	got = representativeness(w);
	assert_near(got.n, 100, 0);
	assert_near(got.value, 0, 1e-12);
	assert_true(got.interval.high < 0.15);
}

static void queue_and_week_end_are_cells_of_their_own(void **state)
{
	/* 100 on a Monday in one queue, 100 in another, 100 in the first on a Sunday */
	static const double nine[] = { 34, 33, 33, 33, 34, 33, 33, 33, 34 };
	struct score_world *w = *state;
	struct estimate got;

	for (unsigned i = 1; i <= CONTACTS; i++) {
		char rest[96];

		(void)snprintf(rest, sizeof(rest), "queue=%s wait_ms=5000 talk_ms=%u000",
		               i % 3 == 1 ? "sales" : "support", talk_s(i));
		contact(w, i % 3 == 2 ? 0 : 1, i, rest);
	}
	for (unsigned i = 0; i < 100; i++) {
		evaluate(w, i, 1 + 3 * i); /* sales alone */
	}
	got = representativeness(w);
	assert_near(got.value, 2.0 / 3 - stats_variation_expected(nine, 9, 100), 0.01);
}

static void contact_evaluated_twice_counts_once_and_a_stranger_not_at_all(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	take_calls(w);
	evaluate(w, 1, 10);
	evaluate(w, 2, 10);
	evaluate(w, 3, 200);
	evaluate(w, 4, 99999);
	got = representativeness(w);
	assert_near(got.n, 2, 0);
	assert_true(got.value >= 0 && got.value <= 1);
}

static void contact_of_before_the_window_is_none_of_the_sample(void **state)
{
	struct score_world *w = *state;

	take_calls(w);
	contact(w, -2, 901, "queue=support wait_ms=0 talk_ms=60000");
	evaluate(w, 1, 901);
	evaluate(w, 2, 10);
	assert_near(representativeness(w).n, 1, 0);
}

static void without_contacts_or_evaluations_there_is_no_evidence(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	evaluate(w, 1, 10);
	got = representativeness(w);
	assert_true(isnan(got.value));
	assert_int_equal(got.why, WHY_NO_EVIDENCE);
	assert_string_equal(got.missing->name, "QueueContact");
}

static void evaluations_of_strangers_alone_are_no_sample(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	take_calls(w);
	evaluate(w, 1, 5000);
	got = representativeness(w);
	assert_true(isnan(got.value) && isnan(got.interval.high));
	assert_near(got.n, 0, 0);
	assert_int_equal(got.why, WHY_NONE_FITS);
}

static void one_endless_call_moves_no_tercile_out_of_place(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	take_calls(w);
	contact(w, 1, CONTACTS + 1, "queue=support wait_ms=0 talk_ms=4000000000");
	for (unsigned i = 0; i < 100; i++) {
		evaluate(w, i, 1 + 3 * i);
	}
	got = representativeness(w);
	assert_true(got.value < 0.05);
}

/* ---- survey bias ---- */

static struct estimate survey_bias(struct score_world *w)
{
	score_world_put(w);
	return month_estimate(w, &estimator_survey_bias, MODEL_ITEM_BOOTSTRAP);
}

/* 200 contacts alike but that 50 were transferred. */
static void transfer_some(struct score_world *w)
{
	for (unsigned i = 0; i < 200; i++) {
		contact(w, (int)(i % 20), i,
		        i < 50 ? "queue=support wait_ms=5000 talk_ms=60000 transfer=blind"
		               : "queue=support wait_ms=5000 talk_ms=60000");
	}
}

static void respond(struct score_world *w, unsigned of)
{
	score_world_add(w, "Survey",
	                "at_us=%" PRId64
	                " host=crm survey_id=%016x kind=csat value=5 contact=%016x",
	                month_us(5, 60000), of, of);
}

static void answers_of_the_transferred_alone_are_three_quarters_apart(void **state)
{
	static const double two[] = { 50, 150 };
	struct score_world *w = *state;
	struct estimate got;

	transfer_some(w);
	for (unsigned i = 0; i < 40; i++) {
		respond(w, i);
	}
	got = survey_bias(w);
	assert_near(got.n, 40, 0);
	assert_near(got.value, 0.75 - stats_variation_expected(two, 2, 40), 1e-12);
}

static void answers_in_proportion_are_not_biased(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	transfer_some(w);
	for (unsigned i = 0; i < 40; i++) {
		respond(w, i * 5);
	}
	got = survey_bias(w);
	assert_near(got.value, 0, 0);
	assert_near(got.interval.low, 0, 0);
}

int main(void)
{
	static struct cases c;

	month_test(&c, sample_of_the_longest_third_is_two_thirds_apart);
	month_test(&c, every_third_contact_is_like_all);
	month_test(&c, queue_and_week_end_are_cells_of_their_own);
	month_test(&c, contact_evaluated_twice_counts_once_and_a_stranger_not_at_all);
	month_test(&c, contact_of_before_the_window_is_none_of_the_sample);
	month_test(&c, without_contacts_or_evaluations_there_is_no_evidence);
	month_test(&c, evaluations_of_strangers_alone_are_no_sample);
	month_test(&c, one_endless_call_moves_no_tercile_out_of_place);
	month_test(&c, answers_of_the_transferred_alone_are_three_quarters_apart);
	month_test(&c, answers_in_proportion_are_not_biased);
	return cases_run("score_sampled", &c, NULL, NULL);
}
