/* Forecast errors, occupancy, net promoter score and top-two: the vectors of docs/model.md, 5.6. */
#include "collector/stats/forecast.h"

#include <math.h>

#include "collector/stats/nps.h"
#include "tests/support/near.h"

#define Z95 1.959963984540054

static void forecast_of_four_intervals_has_the_published_errors(void **state)
{
	static const double forecast[] = { 100, 120, 80, 60 };
	static const double actual[] = { 110, 100, 80, 50 };
	struct stats_forecast_error e = stats_forecast_error(actual, forecast, 4);

	(void)state;
	assert_near(e.wape, 0.117647, 5e-7);
	assert_near(e.mape, 0.122727, 5e-7);
	assert_near(e.bias, 0.058824, 5e-7);
}

static void interval_in_which_nobody_came_has_no_relative_error(void **state)
{
	static const double forecast[] = { 10, 5 };
	static const double actual[] = { 10, 0 };
	static const double nobody[] = { 0, 0 };
	struct stats_forecast_error e = stats_forecast_error(actual, forecast, 2);

	(void)state;
	assert_near(e.wape, 0.5, 1e-15);
	assert_true(isnan(e.mape));
	e = stats_forecast_error(nobody, forecast, 2);
	assert_true(isnan(e.wape) && isnan(e.bias));
	assert_true(isnan(stats_forecast_error(NULL, NULL, 0).wape));
}

static void skill_is_what_is_left_of_the_naive_error(void **state)
{
	(void)state;
	assert_near(stats_forecast_skill(0.1, 0.4), 0.75, 1e-15);
	assert_near(stats_forecast_skill(0.4, 0.1), -3, 1e-12);
	assert_true(isnan(stats_forecast_skill(0.1, 0)));
}

static void pause_counts_for_utilisation_and_not_for_occupancy(void **state)
{
	struct stats_work w = { 3600, 300, 600, 900, 1200 };
	struct stats_work none = { 0 };

	(void)state;
	assert_near(stats_occupancy(&w), 0.833333, 5e-7);
	assert_near(stats_utilisation(&w), 0.681818, 5e-7);
	assert_true(isnan(stats_occupancy(&none)));
	assert_true(isnan(stats_utilisation(&none)));
}

static void nps_of_a_hundred_answers_is_40_with_8_points_error(void **state)
{
	struct stats_nps s = stats_nps(60, 20, 100, Z95);

	(void)state;
	assert_near(s.points, 40, 1e-12);
	assert_near(s.error, 8, 1e-12);
	assert_near(s.sure.low, 24.320, 5e-4);
	assert_near(s.sure.high, 55.680, 5e-4);
}

static const struct one_class_case {
	const char *name;
	double promoters;
	double detractors;
	double points;
} one_class_cases[] = {
	{ "all_promoters_are_not_certain", 50, 0, 100 },
	{ "all_detractors_are_not_certain", 0, 50, -100 },
	{ "all_passives_are_not_certain", 0, 0, 0 },
};

static void one_class_case_run(void **state)
{
	const struct one_class_case *c = *state;
	struct stats_nps s = stats_nps(c->promoters, c->detractors, 50, Z95);

	assert_near(s.points, c->points, 0);
	assert_near(s.error, 0, 0);
	assert_true(s.sure.high - s.sure.low > 5);
	assert_true(s.sure.low >= -100 && s.sure.high <= 100);
	assert_true(s.sure.low <= s.points && s.points <= s.sure.high);
}

static void nps_ends_stay_on_the_scale_and_nobody_has_none(void **state)
{
	struct stats_nps s = stats_nps(2, 1, 3, Z95);

	(void)state;
	assert_near(s.sure.high, 100, 0);
	s = stats_nps(0, 0, 0, Z95);
	assert_true(isnan(s.points) && isnan(s.sure.low) && isnan(s.sure.high));
}

static void top_two_of_a_hundred_answers_is_70_percent(void **state)
{
	struct interval i = stats_wilson(70, 100, Z95);

	(void)state;
	assert_near(i.low, 0.604151, 5e-7);
	assert_near(i.high, 0.781051, 5e-7);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, forecast_of_four_intervals_has_the_published_errors);
	cases_test(&c, interval_in_which_nobody_came_has_no_relative_error);
	cases_test(&c, skill_is_what_is_left_of_the_naive_error);
	cases_test(&c, pause_counts_for_utilisation_and_not_for_occupancy);
	cases_test(&c, nps_of_a_hundred_answers_is_40_with_8_points_error);
	cases_test(&c, nps_ends_stay_on_the_scale_and_nobody_has_none);
	cases_test(&c, top_two_of_a_hundred_answers_is_70_percent);
	cases_table(&c, one_class_cases, one_class_case_run);
	return cases_run("score_forecast", &c, NULL, NULL);
}
