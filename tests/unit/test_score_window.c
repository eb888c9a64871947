/* The days a score is made of: which they are by themselves, in a time zone, and when they are
 * named. */
#include "cxmeter/score.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

#include "common/when.h"
#include "tests/support/cases.h"
#include "tests/support/score_world.h"

#define assert_near(a, b, t) assert_true(fabs((a) - (b)) <= (t))
#define MINUTE_US            (60 * WHEN_US_PER_S)
#define HOUR_US              (60 * MINUTE_US)
#define DAY_US               (24 * HOUR_US)

/* A contact answered or lost; each with a key of its own. */
static void contact(struct score_world *w, int64_t at_us, unsigned id, const char *rest)
{
	score_world_add(w, "QueueContact",
	                "at_us=%" PRId64 " host=pbx contact=%016x queue=support %s", at_us, id,
	                rest);
}

static void the_window_is_28_days_up_to_the_newest_evidence(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct score_window window;

	contact(w, score_world_day_us("2026-11-02"), 1, "outcome=full");
	score_world_add(w, "MediaStream", "at_us=%" PRId64 " host=pbx",
	                score_world_day_us("2026-11-20") + HOUR_US);
	/* an article written later is no traffic; a loss is no evidence the model computes with;
	 * plans are dated ahead */
	score_world_add(w, "KnowledgeUse", "at_us=%" PRId64 " host=pbx kind=create",
	                score_world_day_us("2026-11-27"));
	score_world_add(w, "Gap", "at_us=%" PRId64 " host=pbx", score_world_day_us("2026-11-28"));
	score_world_add(w, "Target", "at_us=%" PRId64 " host=pbx",
	                score_world_day_us("2026-11-28"));
	score_world_add(w, "Shift", "at_us=%" PRId64 " host=pbx", score_world_day_us("2026-11-28"));
	score_world_add(w, "Forecast", "at_us=%" PRId64 " host=pbx",
	                score_world_day_us("2026-11-28"));
	score_world_add(w, "Attestation", "at_us=%" PRId64 " host=pbx",
	                score_world_day_us("2026-11-28"));
	score_world_put(w);
	assert_int_equal(score_window_of(&window, w->model, w->store, &request, &w->fault), 0);
	assert_int_equal(window.to_day, score_world_day("2026-11-20"));
	assert_int_equal(window.from_day, score_world_day("2026-10-24"));
	assert_string_equal(window.timezone, "UTC");
}

/* What comes in between two questions about one page does not make them of two windows. */
static void a_window_found_before_stays(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct score_window before;
	struct score_window now;

	contact(w, score_world_day_us("2026-11-20"), 1, "outcome=full");
	score_world_put(w);
	request.timezone = "Europe/Berlin";
	assert_int_equal(score_window_of(&before, w->model, w->store, &request, &w->fault), 0);
	contact(w, score_world_day_us("2026-11-22"), 2, "outcome=full");
	score_world_put(w);
	assert_int_equal(when_use_zone("UTC", &w->fault), 0);
	request.window = &before;
	assert_int_equal(score_window_of(&now, w->model, w->store, &request, &w->fault), 0);
	assert_int_equal(now.to_day, score_world_day("2026-11-20"));
	assert_int_equal(now.n_newest, before.n_newest);
	assert_int_equal(now.newest[0].day, now.to_day);
	assert_true(when_day_start_us(now.to_day) == score_world_day_us("2026-11-20") - HOUR_US);
}

static void without_traffic_the_window_ends_with_whatever_there_is(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct score_window window;

	score_world_add(w, "KnowledgeUse", "at_us=%" PRId64 " host=pbx kind=create",
	                score_world_day_us("2026-11-27"));
	score_world_put(w);
	assert_int_equal(score_window_of(&window, w->model, w->store, &request, &w->fault), 0);
	assert_int_equal(window.to_day, score_world_day("2026-11-27"));
}

/* A contact of 2099 in a month of 2026. */
static void put_month_and_2099(struct score_world *w)
{
	for (size_t i = 0; i < 28; i++) {
		char rest[64];

		(void)snprintf(rest, sizeof(rest), "outcome=answered customer=%016zx", i);
		contact(w, score_world_day_us("2026-10-26") + (int64_t)i * DAY_US, 1, rest);
	}
	contact(w, score_world_day_us("2099-01-01"), 1, "outcome=answered");
	contact(w, score_world_day_us("2099-01-02"), 1, "outcome=answered");
	score_world_put(w);
}

/* D04: a sender's clock is in another century. */
static void what_is_dated_ahead_ends_no_window_and_is_counted(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct scorecard *card;

	put_month_and_2099(w);
	score_world_receive(w, score_world_day_us("2026-11-22") + HOUR_US);
	card = score_world_card(w, &request);
	assert_int_equal(card->window.to_day, score_world_day("2026-11-22"));
	assert_int_equal(card->window.dated_ahead, 2);
	assert_string_equal(card->gaps[card->n_gaps - 1].name, GAPS_DATED_AHEAD);
	assert_int_equal(card->gaps[card->n_gaps - 1].count, 2);
	/* repeats of the last seven days may still come, whatever 2099 brings */
	assert_near(score_world_of(card, "first_contact_resolution")->got.n, 21, 0);
	scorecard_free(card);
}

static void a_day_ahead_is_borne(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct score_window window;

	contact(w, score_world_day_us("2026-11-02"), 1, "outcome=full");
	contact(w, score_world_day_us("2026-11-20"), 2, "outcome=full");
	score_world_put(w);
	score_world_receive(w, score_world_day_us("2026-11-19") + 1);
	assert_int_equal(score_window_of(&window, w->model, w->store, &request, &w->fault), 0);
	assert_int_equal(window.to_day, score_world_day("2026-11-20"));
	assert_int_equal(window.dated_ahead, 0);
	score_world_receive(w, score_world_day_us("2026-11-19"));
	assert_int_equal(score_window_of(&window, w->model, w->store, &request, &w->fault), 0);
	assert_int_equal(window.to_day, score_world_day("2026-11-02"));
	assert_int_equal(window.dated_ahead, 1);
}

static void where_all_is_dated_ahead_the_store_is_in_doubt(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct score_window window;

	contact(w, score_world_day_us("2026-11-20"), 1, "outcome=full");
	score_world_put(w);
	score_world_receive(w, score_world_day_us("2001-01-01"));
	assert_int_equal(score_window_of(&window, w->model, w->store, &request, &w->fault), 0);
	assert_int_equal(window.to_day, score_world_day("2026-11-20"));
	assert_int_equal(window.dated_ahead, 1);
}

static void days_are_those_of_the_zone(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct score_window window;

	/* 23:30 in London is half past midnight in Berlin */
	contact(w, score_world_day_us("2026-11-20") + 23 * HOUR_US + 30 * MINUTE_US, 1,
	        "outcome=full");
	score_world_put(w);
	request.timezone = "Europe/Berlin";
	assert_int_equal(score_window_of(&window, w->model, w->store, &request, &w->fault), 0);
	assert_int_equal(window.to_day, score_world_day("2026-11-21"));
	assert_string_equal(window.timezone, "Europe/Berlin");
	request.timezone = NULL; /* what the site says */
	assert_int_equal(
		w->store->ops->set_zone(w->store, SCORE_WORLD_SITE, "Europe/London", &w->fault), 0);
	assert_int_equal(score_window_of(&window, w->model, w->store, &request, &w->fault), 0);
	assert_int_equal(window.to_day, score_world_day("2026-11-20"));
	assert_string_equal(window.timezone, "Europe/London");
}

static void a_day_of_25_hours_is_one_day(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	int32_t day = score_world_day("2026-10-25"); /* clocks go back in Berlin */
	struct scorecard *card;
	int64_t begins_us = score_world_day_us("2026-10-25") - 2 * HOUR_US;

	for (unsigned hour = 0; hour < 25; hour++) {
		contact(w, begins_us + hour * HOUR_US, hour + 1, "outcome=answered wait_ms=1000");
	}
	contact(w, begins_us - 1, 98, "outcome=answered wait_ms=1000");
	contact(w, begins_us + 25 * HOUR_US, 99, "outcome=answered wait_ms=1000");
	score_world_put(w);
	request.timezone = "Europe/Berlin";
	request.from_day = &day;
	request.to_day = &day;
	card = score_world_card(w, &request);
	assert_near(score_world_of(card, "service_level")->got.n, 25, 0);
	assert_int_equal(score_world_of(card, "service_level")->got.days, 1);
	scorecard_free(card);
}

static void named_days_are_both_included(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	int32_t from = score_world_day("2026-11-02");
	int32_t to = score_world_day("2026-11-03");
	struct scorecard *card;

	for (unsigned d = 0; d < 4; d++) {
		contact(w, score_world_day_us("2026-11-01") + d * DAY_US, d + 1,
		        "outcome=answered wait_ms=1000");
		contact(w, score_world_day_us("2026-11-01") + (d + 1) * DAY_US - 1, d + 11,
		        "outcome=answered wait_ms=1000");
	}
	score_world_put(w);
	request.from_day = &from;
	request.to_day = &to;
	card = score_world_card(w, &request);
	assert_near(score_world_of(card, "service_level")->got.n, 4, 0);
	assert_int_equal(score_world_of(card, "service_level")->got.days, 2);
	scorecard_free(card);
}

static void only_the_site_asked_for_is_scored(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct scorecard *card = NULL;

	contact(w, score_world_day_us("2026-11-22"), 1, "outcome=full");
	score_world_put(w);
	request.site = "sued";
	assert_int_equal(score_site(&card, w->model, w->store, &request, w->catalog, &w->fault),
	                 -ENOENT);
	assert_null(card);
	assert_string_equal(w->fault.text, "no site \"sued\"; there is: nord");
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, the_window_is_28_days_up_to_the_newest_evidence, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, a_window_found_before_stays, score_world_set_up, score_world_tear_down);
	cases_test_with(&c, without_traffic_the_window_ends_with_whatever_there_is,
	                score_world_set_up, score_world_tear_down);
	cases_test_with(&c, what_is_dated_ahead_ends_no_window_and_is_counted, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, a_day_ahead_is_borne, score_world_set_up, score_world_tear_down);
	cases_test_with(&c, where_all_is_dated_ahead_the_store_is_in_doubt, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, days_are_those_of_the_zone, score_world_set_up, score_world_tear_down);
	cases_test_with(&c, a_day_of_25_hours_is_one_day, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, named_days_are_both_included, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, only_the_site_asked_for_is_scored, score_world_set_up,
	                score_world_tear_down);
	return cases_run("score_window", &c, NULL, NULL);
}
