/* The analytics ladder, on reports, forecasts, contacts and actions in a store. */
#include <math.h>

#include "tests/support/cases.h"
#include "tests/support/month.h"
#include "tests/support/near.h"

static void report(struct score_world *w, int day, const char *rest)
{
	score_world_add(w, "ReportedFigure",
	                "at_us=%" PRId64 " host=bi metric=service_level report=daily %s",
	                month_us(day, 0), rest);
}

/* By queue, by reason and by the day, on so many days. */
static void segmented_reports(struct score_world *w, int days)
{
	for (int day = 0; day < days; day++) {
		char rest[96];

		(void)snprintf(rest, sizeof(rest), "queue=support reason=billing to_us=%" PRId64,
		               month_us(day + 1, 0));
		report(w, day, rest);
	}
}

/* Every third day 14 contacts, else 10: last week's day is no good guide. */
static int contacts_of(int day)
{
	return (day + 30) % 3 == 0 ? 14 : 10;
}

static void take_calls(struct score_world *w)
{
	for (int day = -7; day < MONTH_DAYS; day++) {
		for (int i = 0; i < contacts_of(day); i++) {
			score_world_add(w, "QueueContact",
			                "at_us=%" PRId64 " host=pbx contact=%016x queue=support "
			                "outcome=answered",
			                month_us(day, 36000 + i), 100 * (day + 10) + i);
		}
	}
}

static void forecast(struct score_world *w, int day, int64_t published_us, double volume)
{
	score_world_add(w, "Forecast",
	                "at_us=%" PRId64 " host=wfm queue=support published_us=%" PRId64
	                " volume=%g",
	                month_us(day, 0), published_us, volume);
}

static void act(struct score_world *w, const char *rest)
{
	score_world_add(w, "RegisterEntry",
	                "at_us=%" PRId64 " host=crm action_id=0000000000000007 %s", month_us(3, 0),
	                rest);
}

static double ladder(struct score_world *w)
{
	struct estimate got;

	score_world_put(w);
	got = month_estimate(w, &estimator_analytics_ladder, MODEL_NO_INTERVAL);
	assert_true(got.interval.low == got.value && got.interval.high == got.value);
	return got.value;
}

static void reports_alone_are_level_1(void **state)
{
	report(*state, 3, "queue=*");
	assert_near(ladder(*state), 1, 0);
}

static const struct lacking {
	const char *segment;
	int days; /* of the period */
} lacking[] = {
	{ "queue=support reason=billing", 7 },
	{ "queue=support", 1 },
	{ "queue=* reason=billing", 1 },
};

static void reports_that_lack_a_segment_are_level_1(void **state)
{
	for (int i = 0; i < (int)COUNT(lacking) * 9; i++) {
		const struct lacking *l = &lacking[i / 9];
		char rest[96];

		(void)snprintf(rest, sizeof(rest), "%s to_us=%" PRId64, l->segment,
		               month_us(i + l->days, 0));
		report(*state, i, rest);
	}
	assert_near(ladder(*state), 1, 0);
}

static void segmented_reports_of_too_few_days_are_level_1(void **state)
{
	segmented_reports(*state, 9);
	assert_near(ladder(*state), 1, 0);
}

static void segmented_reports_in_use_are_level_2(void **state)
{
	segmented_reports(*state, 10);
	assert_near(ladder(*state), 2, 0);
}

static void good_forecast_is_level_3(void **state)
{
	segmented_reports(*state, 10);
	take_calls(*state);
	for (int day = 0; day < MONTH_DAYS; day++) {
		forecast(*state, day, month_us(day - 2, 0), contacts_of(day) + 1);
		forecast(*state, day, month_us(day - 3, 0), 500); /* an older version */
	}
	assert_near(ladder(*state), 3, 0);
}

static void forecast_without_segmented_reports_is_level_1(void **state)
{
	report(*state, 3, "queue=*");
	take_calls(*state);
	for (int day = 0; day < MONTH_DAYS; day++) {
		forecast(*state, day, month_us(day - 2, 0), contacts_of(day));
	}
	assert_near(ladder(*state), 1, 0);
}

static void bad_forecast_is_no_better_than_last_week(void **state)
{
	segmented_reports(*state, 10);
	take_calls(*state);
	for (int day = 0; day < MONTH_DAYS; day++) {
		forecast(*state, day, month_us(day - 2, 0), 20);
	}
	assert_near(ladder(*state), 2, 0);
}

static void forecast_published_too_late_is_none(void **state)
{
	segmented_reports(*state, 10);
	take_calls(*state);
	for (int day = 0; day < MONTH_DAYS; day++) {
		forecast(*state, day, month_us(day - 1, 1), contacts_of(day));
	}
	assert_near(ladder(*state), 2, 0);
}

static void all_but_the_action(struct score_world *w)
{
	segmented_reports(w, 10);
	take_calls(w);
	for (int day = 0; day < MONTH_DAYS; day++) {
		forecast(w, day, month_us(day - 1, 0), contacts_of(day));
	}
}

static void automatic_action_against_a_holdout_is_level_4(void **state)
{
	all_but_the_action(*state);
	act(*state, "automatic=true holdout=true before=0.2 after=0.1");
	assert_near(ladder(*state), 4, 0);
}

static void action_without_holdout_or_outcome_is_level_3(void **state)
{
	all_but_the_action(*state);
	act(*state, "automatic=true holdout=true before=0.2");
	act(*state, "automatic=true holdout=false effect=better");
	act(*state, "automatic=false holdout=true effect=better");
	assert_near(ladder(*state), 3, 0);
}

static void without_reports_there_is_no_evidence(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	act(w, "automatic=true holdout=true effect=better");
	score_world_put(w);
	got = month_estimate(w, &estimator_analytics_ladder, MODEL_NO_INTERVAL);
	assert_true(isnan(got.value));
	assert_int_equal(got.why, WHY_NO_EVIDENCE);
	assert_string_equal(got.missing->name, "ReportedFigure");
}

int main(void)
{
	static struct cases c;

	month_test(&c, reports_alone_are_level_1);
	month_test(&c, reports_that_lack_a_segment_are_level_1);
	month_test(&c, segmented_reports_of_too_few_days_are_level_1);
	month_test(&c, segmented_reports_in_use_are_level_2);
	month_test(&c, good_forecast_is_level_3);
	month_test(&c, forecast_without_segmented_reports_is_level_1);
	month_test(&c, bad_forecast_is_no_better_than_last_week);
	month_test(&c, forecast_published_too_late_is_none);
	month_test(&c, automatic_action_against_a_holdout_is_level_4);
	month_test(&c, action_without_holdout_or_outcome_is_level_3);
	month_test(&c, without_reports_there_is_no_evidence);
	return cases_run("score_analytics_ladder", &c, NULL, NULL);
}
