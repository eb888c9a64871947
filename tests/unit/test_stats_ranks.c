/* Places among sites and the permutation test, on numbers done by hand. */
#include "collector/stats/ranks.h"

#include <math.h>

#include "tests/support/near.h"

static void ties_share_the_middle_of_their_places(void **state)
{
	static const double values[] = { 30, 10, 20, 20, 40 };
	static const double want[] = { 70, 10, 40, 40, 90 };
	struct stats_ranked scratch[5];
	double got[5];

	(void)state;
	stats_mid_ranks(values, 5, got, scratch);
	for (size_t i = 0; i < 5; i++) {
		assert_near(got[i], want[i], 1e-12);
	}
}

static void all_equal_sites_stand_in_the_middle(void **state)
{
	double values[] = { 7, 7, 7 };
	struct stats_ranked scratch[3];

	(void)state;
	stats_mid_ranks(values, 3, values, scratch); /* in place */
	for (size_t i = 0; i < 3; i++) {
		assert_near(values[i], 50, 1e-12);
	}
}

static void site_without_a_value_does_not_stop_the_others(void **state)
{
	double values[] = { NAN, 1, 2 };
	struct stats_ranked scratch[3];

	(void)state;
	stats_mid_ranks(values, 3, values, scratch);
	assert_true(values[1] < values[2]);
}

#define ROWS 1000

static void rank_interval_is_wide_where_sites_overlap_and_a_point_where_not(void **state)
{
	static double rows[ROWS * 3];
	struct stats_random r = stats_random_of("ranks");
	struct stats_ranked scratch[3];
	struct interval sure[3];

	(void)state;
	for (size_t b = 0; b < ROWS; b++) {
		rows[3 * b] = stats_random_unit(&r);
		rows[3 * b + 1] = stats_random_unit(&r);
		rows[3 * b + 2] = 5;
	}
	stats_rank_intervals(rows, 3, ROWS, 0.95, sure, scratch);
	for (size_t i = 0; i < 2; i++) {
		assert_near(sure[i].low, 100.0 / 6, 1e-9);
		assert_near(sure[i].high, 50, 1e-9);
	}
	assert_near(sure[2].low, 100 * 2.5 / 3, 1e-9);
	assert_near(sure[2].high, 100 * 2.5 / 3, 1e-9);
}

static const double ten_values[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
static const uint32_t apart[] = { 0, 0, 0, 0, 0, 1, 1, 1, 1, 1 };
static const uint32_t mixed[] = { 0, 1, 0, 1, 0, 1, 0, 1, 0, 1 };

static void groups_fully_apart_are_as_rare_as_counting_says(void **state)
{
	struct stats_groups g = { ten_values, apart, 10, 2 };
	uint32_t scratch[10];

	(void)state;
	/* 2 of the 252 ways to deal ten sites into two fives are as far apart: 0.00794 */
	assert_near(stats_permutation_p(&g, stats_random_of("a"), scratch), 2.0 / 252, 0.003);
}

static void mixed_groups_are_as_common_as_counting_says(void **state)
{
	struct stats_groups g = { ten_values, mixed, 10, 2 };
	uint32_t scratch[10];

	(void)state;
	/* rank sums of 5 out of 10: 174 of the 252 lie at least 2.5 from 27.5 */
	assert_near(stats_permutation_p(&g, stats_random_of("a"), scratch), 0.690476, 0.02);
}

static void permutation_repeats_to_the_bit(void **state)
{
	struct stats_groups g = { ten_values, apart, 10, 2 };
	uint32_t scratch[10];
	double a = stats_permutation_p(&g, stats_random_of("s"), scratch);
	double b = stats_permutation_p(&g, stats_random_of("s"), scratch);

	(void)state;
	assert_true(a == b);
}

static void one_group_or_equal_sites_show_nothing(void **state)
{
	static const double equal[] = { 4, 4, 4, 4 };
	static const uint32_t one[] = { 1, 1, 1, 1 };
	static const uint32_t two[] = { 0, 0, 1, 1 };
	struct stats_groups g = { ten_values, one, 4, 2 };
	uint32_t scratch[4];

	(void)state;
	assert_near(stats_permutation_p(&g, stats_random_of("s"), scratch), 1, 0);
	g = (struct stats_groups){ equal, two, 4, 2 };
	assert_near(stats_permutation_p(&g, stats_random_of("s"), scratch), 1, 0);
	g = (struct stats_groups){ equal, two, 0, 2 };
	assert_near(stats_permutation_p(&g, stats_random_of("s"), scratch), 1, 0);
	g = (struct stats_groups){ equal, two, 4, STATS_GROUPS_MAX + 1 };
	assert_near(stats_permutation_p(&g, stats_random_of("s"), scratch), 1, 0);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, ties_share_the_middle_of_their_places);
	cases_test(&c, all_equal_sites_stand_in_the_middle);
	cases_test(&c, site_without_a_value_does_not_stop_the_others);
	cases_test(&c, rank_interval_is_wide_where_sites_overlap_and_a_point_where_not);
	cases_test(&c, groups_fully_apart_are_as_rare_as_counting_says);
	cases_test(&c, mixed_groups_are_as_common_as_counting_says);
	cases_test(&c, permutation_repeats_to_the_bit);
	cases_test(&c, one_group_or_equal_sites_show_nothing);
	return cases_run("score_ranks", &c, NULL, NULL);
}
