/* Conflict flags: an indicator that gets better while its counter gets worse, told from chance, and
 * found in a store over two windows. */
#include "cxmeter/score.h"

#include <math.h>

#include "tests/support/cases.h"
#include "tests/support/score_world.h"

static const struct model_area nowhere = { .id = "area", .weight = 1 };
static const struct model_indicator higher = { .id = "higher", .area = &nowhere, .directed = true };
static const struct model_indicator lower = {
	.id = "lower", .area = &nowhere, .directed = true, .lower_is_better = true
};

static struct scored of(const struct model_indicator *is, double value, double low, double high)
{
	return (struct scored){
		.is = is,
		.status = SCORE_ASSESSED,
		.got = { .value = value, .interval = { low, high } },
	};
}

static const struct worse_case {
	const char *name;
	const struct model_indicator *is;
	double before[3]; /* value, low, high */
	double now[3];
	bool worse;
} worse_cases[] = {
	{ "intervals_apart_are_worse", &higher, { 0.8, 0.78, 0.82 }, { 0.7, 0.68, 0.72 }, true },
	{ "a_rise_is_not_worse", &higher, { 0.7, 0.68, 0.72 }, { 0.8, 0.78, 0.82 }, false },
	{ "a_rise_is_worse_where_lower_is_better",
	  &lower,
	  { 0.1, 0.08, 0.12 },
	  { 0.2, 0.18, 0.22 },
	  true },
	{ "a_fall_is_not_worse_where_lower_is_better",
	  &lower,
	  { 0.2, 0.18, 0.22 },
	  { 0.1, 0.08, 0.12 },
	  false },
	{ "a_small_fall_is_chance", &higher, { 0.8, 0.75, 0.85 }, { 0.78, 0.73, 0.83 }, false },
	/* the difference of 0.06 has a half-width of 0.05 sqrt(2) = 0.0707 */
	{ "ends_that_do_not_meet_the_values_may_still_be_chance",
	  &higher,
	  { 0.80, 0.75, 0.85 },
	  { 0.74, 0.69, 0.79 },
	  false },
	/* the near ends decide: 0.03 and 0.04 make 0.05 */
	{ "the_near_ends_decide", &higher, { 0.80, 0.77, 0.99 }, { 0.74, 0.10, 0.78 }, true },
	{ "figures_without_chance_are_worse_by_any_step", &higher, { 3, 3, 3 }, { 2, 2, 2 }, true },
	{ "what_did_not_change_is_not_worse", &higher, { 3, 3, 3 }, { 3, 3, 3 }, false },
	{ "an_unknown_interval_is_not_worse",
	  &higher,
	  { 0.8, NAN, NAN },
	  { 0.1, 0.05, 0.15 },
	  false },
	{ "an_unknown_value_is_not_worse", &higher, { NAN, NAN, NAN }, { 0.1, 0.05, 0.15 }, false },
};

static void worse_case_run(void **state)
{
	const struct worse_case *c = *state;
	struct scored before = of(c->is, c->before[0], c->before[1], c->before[2]);
	struct scored now = of(c->is, c->now[0], c->now[1], c->now[2]);

	assert_int_equal(score_got_worse(&before, &now), c->worse);
}

static void better_follows_the_direction(void **state)
{
	struct scored a = of(&higher, 1, 1, 1);
	struct scored b = of(&higher, 2, 2, 2);
	struct scored c = of(&lower, 1, 1, 1);
	struct scored d = of(&lower, 2, 2, 2);
	struct scored unknown = of(&higher, NAN, NAN, NAN);

	(void)state;
	assert_true(score_got_better(&a, &b));
	assert_false(score_got_better(&b, &a));
	assert_false(score_got_better(&a, &a));
	assert_true(score_got_better(&d, &c));
	assert_false(score_got_better(&c, &d));
	assert_false(score_got_better(&unknown, &a));
	assert_false(score_got_better(&a, &unknown));
}

/* ---- two windows in a store ---- */

#define FIRST_DAY    20724 /* 28 days before the window that ends on 2026-11-22 */
#define DAYS         28
#define CALLS_A_DAY  20
#define PER_CALL_US  INT64_C(600000000)
#define MORNING_US   INT64_C(28800000000)
#define DAY_US       INT64_C(86400000000)
#define FLAGGED      "counters: [abandonment_rate, short_talk_share, wait_p90, blocked_attempts]"
#define WITH_COUNTER "counters: [transfer_rate, ring_no_answer_rate]"

/* 28 days of calls: of each 20 so many are in time, the rest late, and so many are handed on. */
static void fill(struct score_world *w, int32_t first_day, int in_time, int transferred)
{
	for (int d = 0; d < DAYS; d++) {
		for (int i = 0; i < CALLS_A_DAY; i++) {
			int64_t at = (first_day + d) * DAY_US + MORNING_US + i * PER_CALL_US;

			score_world_add(w, "QueueContact",
			                "at_us=%lld source=queue_log host=pbx queue=q "
			                "contact=%016x outcome=answered wait_ms=%d talk_ms=60000"
			                "%s",
			                (long long)at, 1000 * (first_day + d) + i + 1,
			                i < in_time ? 5000 : 90000,
			                i < transferred ? " transfer=blind" : "");
		}
	}
	score_world_put(w);
}

static const struct scored *service_level(struct score_world *w, struct scorecard **card)
{
	struct score_request request = score_world_request();
	int32_t from = FIRST_DAY + DAYS;
	int32_t to = from + DAYS - 1;

	model_free(w->model);
	w->model = score_world_model(w, FLAGGED, WITH_COUNTER);
	request.from_day = &from;
	request.to_day = &to;
	*card = score_world_card(w, &request);
	return score_world_of(*card, "service_level");
}

static void better_in_time_by_handing_on_is_flagged(void **state)
{
	struct score_world *w = *state;
	struct scorecard *card;
	const struct scored *s;

	fill(w, FIRST_DAY, 12, 2);
	fill(w, FIRST_DAY + DAYS, 16, 8);
	s = service_level(w, &card);
	assert_int_equal(s->status, SCORE_ASSESSED);
	assert_true(fabs(s->before - 0.6) < 1e-12);
	assert_int_equal(s->n_flags, 1);
	assert_string_equal(s->flags[0].counter->id, "transfer_rate");
	assert_true(fabs(s->flags[0].before - 0.1) < 1e-12);
	assert_true(fabs(s->flags[0].now - 0.4) < 1e-12);
	scorecard_free(card);
}

static void better_in_both_is_not_flagged(void **state)
{
	struct score_world *w = *state;
	struct scorecard *card;

	fill(w, FIRST_DAY, 12, 8);
	fill(w, FIRST_DAY + DAYS, 16, 2);
	assert_int_equal(service_level(w, &card)->n_flags, 0);
	scorecard_free(card);
}

static void worse_in_both_is_not_flagged(void **state)
{
	struct score_world *w = *state;
	struct scorecard *card;

	fill(w, FIRST_DAY, 16, 2);
	fill(w, FIRST_DAY + DAYS, 12, 8);
	assert_int_equal(service_level(w, &card)->n_flags, 0);
	scorecard_free(card);
}

static void a_site_without_a_past_is_not_flagged(void **state)
{
	struct score_world *w = *state;
	struct scorecard *card;
	const struct scored *s;

	fill(w, FIRST_DAY + DAYS, 16, 8);
	s = service_level(w, &card);
	assert_int_equal(s->status, SCORE_ASSESSED);
	assert_int_equal(s->n_flags, 0);
	assert_true(isnan(s->before));
	scorecard_free(card);
}

static void a_flag_changes_no_score(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct scorecard *plain;
	struct scorecard *card;
	double score;

	fill(w, FIRST_DAY, 12, 2);
	fill(w, FIRST_DAY + DAYS, 16, 8);
	plain = score_world_card(w, &request);
	score = score_world_of(plain, "service_level")->score;
	assert_int_equal(score_world_of(plain, "service_level")->n_flags, 0);
	scorecard_free(plain);
	assert_int_equal(service_level(w, &card)->n_flags, 1);
	assert_true(score_world_of(card, "service_level")->score == score);
	scorecard_free(card);
}

#define in_a_world(c, test) cases_test_with(c, test, score_world_set_up, score_world_tear_down)

int main(void)
{
	static struct cases c;

	cases_table(&c, worse_cases, worse_case_run);
	cases_test(&c, better_follows_the_direction);
	in_a_world(&c, better_in_time_by_handing_on_is_flagged);
	in_a_world(&c, better_in_both_is_not_flagged);
	in_a_world(&c, worse_in_both_is_not_flagged);
	in_a_world(&c, a_site_without_a_past_is_not_flagged);
	in_a_world(&c, a_flag_changes_no_score);
	return cases_run("score_conflict", &c, NULL, NULL);
}
