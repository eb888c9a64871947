/* Rows of a share of the calls: what they stand for, and how sure that is. */
#include "collector/score/evidence/weights.h"

#include <math.h>
#include <stdio.h>

#include "agent/track/sampling.h"
#include "tests/support/block_world.h"
#include "tests/support/cases.h"
#include "tests/support/near.h"

#define RATIO  "{estimator: ratio, from: Dialog, good: final_status == 200}"
#define CALL   "Dialog 1 10:00:00 contact="
#define HALF   " sampled_ppm=500000"
#define FOURTH " sampled_ppm=250000"
#define RANG   " direction=outbound final_status=200 from_tag_id="
#define TAKEN  "QueueContact 1 10:00:00 queue=q outcome=answered contact="

/* ---- by hand ---- */

static const struct block_case cases[] = {
	{ "a_followed_call_of_half_the_calls_counts_twice",
	  "quasi_wilson",
	  RATIO,
	  { CALL "1 final_status=200" HALF, CALL "2 final_status=200" HALF,
	    CALL "3 final_status=503" },
	  0.8,
	  3,
	  WHY_NOTHING,
	  NULL },
	{ "days_of_different_shares_weigh_as_their_calls",
	  "quasi_wilson",
	  RATIO,
	  { CALL "1 final_status=200" FOURTH, "Dialog 2 10:00:00 contact=2 final_status=503",
	    "Dialog 2 11:00:00 contact=3 final_status=503" HALF,
	    "Dialog 3 10:00:00 contact=4 final_status=503" },
	  0.5,
	  4,
	  WHY_NOTHING,
	  NULL },
	{ "a_share_that_cannot_be_is_one",
	  "quasi_wilson",
	  RATIO,
	  { CALL "1 final_status=200 sampled_ppm=0", CALL "2 final_status=200 sampled_ppm=2000000",
	    CALL "3 final_status=503" },
	  2.0 / 3,
	  3,
	  WHY_NOTHING,
	  NULL },
	{ "a_mean_weighs_its_values",
	  "day_block_bootstrap",
	  "{estimator: mean, from: Dialog, value: setup_ms}",
	  { CALL "1 setup_ms=10" FOURTH, CALL "2 setup_ms=50", CALL "3" FOURTH },
	  18,
	  2,
	  WHY_NOTHING,
	  NULL },
	{ "a_mean_of_sums_counts_the_rows_that_were_seen",
	  "day_block_bootstrap",
	  "{estimator: mean, from: Dialog, value: reinvites, per: holds}",
	  { CALL "1 reinvites=1 holds=2" HALF, CALL "2 reinvites=6 holds=4" },
	  1,
	  2,
	  WHY_NOTHING,
	  NULL },
	{ "a_quantile_weighs_its_values",
	  "order_statistic",
	  "{estimator: quantile, from: Dialog, value: setup_ms, at: 0.5}",
	  { CALL "1 setup_ms=10", CALL "2 setup_ms=20", CALL "3 setup_ms=90" FOURTH },
	  90,
	  3,
	  WHY_NOTHING,
	  NULL },
	{ "a_count_is_of_all_calls",
	  "none",
	  "{estimator: count, from: Dialog, good: final_status == 200}",
	  { CALL "1 final_status=200" FOURTH, CALL "2 final_status=503" FOURTH,
	    CALL "3 final_status=200" },
	  5,
	  3,
	  WHY_NOTHING,
	  NULL },
	{ "related_rows_weigh_by_the_row_that_is_related",
	  "quasi_wilson",
	  "{estimator: ratio, from: Dialog, good: related, relate: {to: QueueContact, on: contact, "
	  "within_ms: 60000}}",
	  { CALL "1" FOURTH, CALL "2", "QueueContact 1 10:00:05 contact=1 queue=q" },
	  0.8,
	  2,
	  WHY_NOTHING,
	  NULL },
	/* 3 answered against 2 + 1 */
	{ "answers_are_held_against_all_calls_that_rang",
	  "none",
	  "{estimator: reconciliation}",
	  { TAKEN "1", TAKEN "2", TAKEN "3", CALL "1" RANG "1" HALF, CALL "2" RANG "1" },
	  0,
	  1,
	  WHY_NOTHING,
	  NULL },
	/* 4 answered against 2, both known for certain: not against 8 */
	{ "a_call_that_two_hosts_follow_stands_for_what_the_larger_share_says",
	  "none",
	  "{estimator: reconciliation}",
	  { TAKEN "1", TAKEN "2", TAKEN "3", TAKEN "4", CALL "1" RANG "1" FOURTH, CALL "1" RANG "2",
	    CALL "2" RANG "1", CALL "2" RANG "2" FOURTH },
	  0.5,
	  1,
	  WHY_NOTHING,
	  NULL },
	{ "a_kind_without_a_share_is_as_it_was",
	  "quasi_wilson",
	  "{estimator: ratio, from: Survey, good: value > 3}",
	  { "Survey 1 10:00:00 survey_id=1 kind=csat value=4",
	    "Survey 1 10:00:00 survey_id=2 kind=csat value=2" },
	  0.5,
	  2,
	  WHY_NOTHING,
	  NULL },
};

/* ---- worlds ---- */

static struct score_world *world;
static void *state_of_world;

static void begin(const char *interval, const char *block)
{
	assert_int_equal(score_world_set_up(&state_of_world), 0);
	world = state_of_world;
	block_world_use(world, interval, block);
}

static struct scored finish(void)
{
	struct scored s;

	score_world_put(world);
	s = block_world_score(world);
	(void)score_world_tear_down(&state_of_world);
	return s;
}

/* ---- a rate that stays changes nothing ---- */

static const struct same_case {
	const char *name;
	const char *interval;
	const char *block;
	const char *share;
} sames[] = {
	{ "at_a_constant_half_a_ratio_is_as_if_all_were_there", "quasi_wilson", RATIO, HALF },
	{ "at_a_constant_third_a_ratio_is_as_if_all_were_there", "quasi_wilson", RATIO,
	  " sampled_ppm=333333" },
	{ "at_a_constant_third_a_mean_is_as_if_all_were_there", "day_block_bootstrap",
	  "{estimator: mean, from: Dialog, value: setup_ms}", " sampled_ppm=333333" },
	{ "at_a_constant_third_a_quantile_is_as_if_all_were_there", "order_statistic",
	  "{estimator: quantile, from: Dialog, value: setup_ms, at: 0.9}", " sampled_ppm=333333" },
	{ "at_a_constant_third_a_censored_one_is_as_if_all_were_there", "day_block_bootstrap",
	  "{estimator: kaplan_meier, from: Dialog, value: setup_ms, good: final_status == 200, at: "
	  "0.5}",
	  " sampled_ppm=333333" },
};

static struct scored month_of(const struct same_case *c, const char *share)
{
	begin(c->interval, c->block);
	for (int i = 0; i < 28 * 20; i++) {
		block_world_add(world, "Dialog", 1 + i % 28, "10:00:00",
		                "contact=%d final_status=%d setup_ms=%d%s", i,
		                (i * 7) % 10 < 7 ? 200 : 503, 100 + (i * 37) % 91, share);
	}
	return finish();
}

static void same_run(void **state)
{
	const struct same_case *c = *state;
	struct scored all = month_of(c, "");
	struct scored part = month_of(c, c->share);

	assert_false(isnan(all.got.interval.low));
	assert_near(part.got.value, all.got.value, 1e-12);
	assert_near(part.got.interval.low, all.got.interval.low, 1e-9);
	assert_near(part.got.interval.high, all.got.interval.high, 1e-9);
	assert_true(part.got.n == all.got.n);
	assert_true(part.got.sampled.effective_n == all.got.n);
	assert_int_equal(all.got.sampled.highest_ppm, 0);
}

/* ---- how sure ---- */

/* Each day 4 rows of weight 4 and 4 of weight 1: (28 * 20)^2 / (28 * 68). */
static void the_interval_is_that_of_the_rows_that_would_tell_as_much(void **state)
{
	const double effective = 560.0 * 560 / 1904;
	struct interval want = stats_wilson(0.5 * effective, effective, 1.959963984540054);
	struct scored s;

	(void)state;
	begin("wilson", RATIO);
	for (int i = 0; i < 28 * 8; i++) {
		block_world_add(world, "Dialog", 1 + i / 8, "10:00:00",
		                "contact=%d final_status=%d%s", i, i % 2 == 0 ? 200 : 503,
		                i % 8 < 4 ? FOURTH : "");
	}
	s = finish();
	assert_near(s.got.sampled.effective_n, effective, 1e-9);
	assert_near(s.got.interval.low, want.low, 1e-9);
	assert_near(s.got.interval.high, want.high, 1e-9);
	assert_int_equal(s.got.sampled.lowest_ppm, 250000);
	assert_int_equal(s.got.sampled.highest_ppm, 1000000);
	assert_true(s.got.n == 28 * 8);
	assert_near(s.got.numerator, 280, 1e-9);
	assert_near(s.got.denominator, 560, 1e-9);
}

/* ---- a population of which the truth is known ---- */

#define DAYS        28
#define CALLS_A_DAY 120
#define POPULATIONS 8

/* Calls fail more often in the second half, when only a tenth is followed. */
static struct scored population(uint64_t seed, bool weighed, double *truth)
{
	struct siphash_key key = { seed, 7 };
	struct sampling sampling;
	unsigned good = 0;

	begin("quasi_wilson", RATIO);
	for (uint64_t i = 0; i < (uint64_t)DAYS * CALLS_A_DAY; i++) {
		int day = (int)(i / CALLS_A_DAY);
		uint64_t words[2] = { i, 1 };
		bool second = day >= DAYS / 2;
		bool is_good = siphash13_words(&key, words, 2) % 1000 < (second ? 500 : 900);

		sampling_init(&sampling, second ? 0.1 : 1, 0);
		good += is_good;
		if (sampling_takes(&sampling, siphash13_words(&key, words, 1))) {
			block_world_add(world, "Dialog", 1 + day, "10:00:00",
			                "contact=%d final_status=%d%s", (int)i, is_good ? 200 : 503,
			                weighed && second ? " sampled_ppm=100000" : "");
		}
	}
	*truth = good / (double)(DAYS * CALLS_A_DAY);
	return finish();
}

/* The mean of so many estimates less their truths; each has a standard error of 0.017. */
static double mean_error(bool weighed)
{
	double sum = 0;

	for (uint64_t seed = 1; seed <= POPULATIONS; seed++) {
		double truth;
		struct scored s = population(seed, weighed, &truth);

		sum += s.got.value - truth;
	}
	return sum / POPULATIONS;
}

static void the_weighed_estimate_is_that_of_all_calls(void **state)
{
	(void)state;
	assert_near(mean_error(true), 0, 0.018); /* three standard errors */
}

static void without_weights_it_would_be_off_by_far(void **state)
{
	(void)state;
	assert_true(mean_error(false) > 0.12);
}

static void the_interval_holds_what_all_calls_say(void **state)
{
	double truth;
	struct scored s = population(3, true, &truth);

	(void)state;
	assert_true(s.got.interval.low < truth && truth < s.got.interval.high);
	assert_true(s.got.sampled.effective_n < s.got.n);
}

/* 200 rows that tell and 1 of a thousandth: they tell no more than 1.44 equal ones. */
static void too_few_to_judge_are_counted_as_what_they_tell(void **state)
{
	struct scored s;

	(void)state;
	begin("wilson", RATIO);
	for (int i = 0; i < 200; i++) {
		block_world_add(world, "Dialog", 1 + i / 8, "10:00:00",
		                "contact=%d final_status=200", i);
	}
	block_world_add(world, "Dialog", 28, "10:00:00",
	                "contact=999 final_status=200 sampled_ppm=1000");
	world->model->areas[0].indicators[0].min_n = 2;
	s = finish();
	assert_true(s.got.n == 201);
	assert_near(s.got.sampled.effective_n, 1200.0 * 1200 / (200 + 1e6), 1e-9);
	assert_int_equal(s.reason.why, WHY_TOO_FEW);
	assert_near(s.reason.have, 1, 0);
}

/* ---- what explain shows ---- */

static void each_day_and_group_is_weighed_by_itself(void **state)
{
	struct score_detail d;

	(void)state;
	begin("quasi_wilson",
	      "{estimator: ratio, from: Dialog, good: final_status == 200, by: transport}");
	block_world_add(world, "Dialog", 1, "10:00:00",
	                "contact=1 final_status=200 transport=udp" HALF);
	block_world_add(world, "Dialog", 1, "10:00:00", "contact=2 final_status=503 transport=udp");
	block_world_add(world, "Dialog", 2, "10:00:00", "contact=3 final_status=503 transport=tls");
	score_world_put(world);
	d = block_world_detail(world);
	assert_near(d.days[0].got.value, 2.0 / 3, 1e-12);
	assert_true(d.days[0].got.n == 2);
	assert_int_equal(d.days[0].got.sampled.lowest_ppm, 500000);
	assert_int_equal(d.days[1].got.sampled.lowest_ppm, 0);
	assert_string_equal(d.groups[0].label, "udp");
	assert_near(d.groups[0].got.value, 2.0 / 3, 1e-12);
	assert_string_equal(d.groups[1].label, "tls");
	assert_int_equal(d.groups[1].got.sampled.lowest_ppm, 0);
	score_detail_free(&d);
	(void)score_world_tear_down(&state_of_world);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, cases, block_case_run);
	cases_table(&c, sames, same_run);
	cases_test(&c, the_interval_is_that_of_the_rows_that_would_tell_as_much);
	cases_test(&c, the_weighed_estimate_is_that_of_all_calls);
	cases_test(&c, without_weights_it_would_be_off_by_far);
	cases_test(&c, the_interval_holds_what_all_calls_say);
	cases_test(&c, too_few_to_judge_are_counted_as_what_they_tell);
	cases_test(&c, each_day_and_group_is_weighed_by_itself);
	return cases_run("score_weights", &c, NULL, NULL);
}
