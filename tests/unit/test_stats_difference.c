/* Differences of proportions and scores, and many tests at once: the vectors of docs/model.md. */
#include "collector/stats/difference.h"

#include <math.h>

#include "tests/support/near.h"

#define Z95 1.959963984540054

static const struct newcombe_case {
	const char *name;
	double good_a;
	double n_a;
	double good_b;
	double n_b;
	double value;
	double low;
	double high;
	double tolerance;
} newcombe_cases[] = {
	/* Newcombe 1998, 17:873, table II (a), method 10 */
	{ "newcombe_56_of_70_against_48_of_80", 56, 70, 48, 80, 0.2, 0.0524, 0.3339, 5e-5 },
	{ "newcombe_340_against_310_of_400", 340, 400, 310, 400, 0.075, 0.020900, 0.128740, 5e-7 },
	/* the same table, (b), (c), (e) and (g) */
	{ "newcombe_9_of_10_against_3_of_10", 9, 10, 3, 10, 0.6, 0.1705, 0.8090, 5e-5 },
	{ "newcombe_10_of_10_against_0_of_20", 10, 10, 0, 20, 1, 0.6791, 1, 5e-5 },
	{ "newcombe_0_of_10_against_0_of_10", 0, 10, 0, 10, 0, -0.2775, 0.2775, 5e-5 },
	{ "newcombe_with_nobody_is_no_interval", 0, 0, 5, 10, NAN, NAN, NAN, 0 },
};

static void newcombe_case_run(void **state)
{
	const struct newcombe_case *c = *state;
	struct stats_difference d = stats_newcombe(c->good_a, c->n_a, c->good_b, c->n_b, Z95);

	assert_near(d.value, c->value, 1e-12);
	assert_near(d.sure.low, c->low, c->tolerance);
	assert_near(d.sure.high, c->high, c->tolerance);
}

static void mover_takes_the_halves_that_point_the_same_way(void **state)
{
	/* 3, 4 and 5, 12: whole roots */
	struct stats_difference d =
		stats_difference(10, (struct interval){ 7, 15 }, 6, (struct interval){ -6, 10 });

	(void)state;
	assert_near(d.value, 4, 0);
	assert_near(d.sure.low, 4 - 5, 1e-12);
	assert_near(d.sure.high, 4 + 13, 1e-12);
}

static void difference_with_itself_turned_around_is_its_mirror(void **state)
{
	struct interval a = { 2.1, 2.6 };
	struct interval b = { 1.7, 2.0 };
	struct stats_difference d = stats_difference(2.4, a, 1.9, b);
	struct stats_difference e = stats_difference(1.9, b, 2.4, a);

	(void)state;
	assert_near(d.sure.low, -e.sure.high, 1e-15);
	assert_near(d.sure.high, -e.sure.low, 1e-15);
}

static void unknown_end_stays_unknown(void **state)
{
	struct stats_difference d =
		stats_difference(2, (struct interval){ NAN, 3 }, 1, (struct interval){ 0, 2 });

	(void)state;
	assert_true(isnan(d.sure.low));
	assert_true(isfinite(d.sure.high));
}

static void p_is_two_sided_and_of_nothing_is_1(void **state)
{
	(void)state;
	assert_near(stats_p_of_z(Z95), 0.05, 1e-12);
	assert_near(stats_p_of_z(-Z95), 0.05, 1e-12);
	assert_near(stats_p_of_z(0), 1, 0);
	assert_near(stats_p_of_z(NAN), 1, 0);
	assert_near(stats_p_of_z(INFINITY), 0, 0);
}

static void equivalent_only_when_all_of_the_interval_lies_inside(void **state)
{
	(void)state;
	assert_true(stats_equivalent((struct interval){ -0.2, 0.24 }, 0.25));
	assert_false(stats_equivalent((struct interval){ -0.2, 0.25 }, 0.25));
	assert_false(stats_equivalent((struct interval){ -0.3, 0.1 }, 0.25));
	assert_false(stats_equivalent((struct interval){ NAN, NAN }, 0.25));
}

/* docs/model.md: two rejections at q = 0.05 */
static const struct adjusted_case {
	double p;
	double adjusted;
} ten_tests[] = {
	{ 0.001, 0.01 }, { 0.008, 0.04 },    { 0.039, 0.084 }, { 0.041, 0.084 }, { 0.042, 0.084 },
	{ 0.06, 0.1 },   { 0.074, 0.10571 }, { 0.205, 0.216 }, { 0.212, 0.216 }, { 0.216, 0.216 },
};

static void ten_published_p_values_are_adjusted_with_two_rejections(void **state)
{
	struct stats_test tests[10];
	size_t rejected = 0;

	(void)state;
	for (size_t i = 0; i < 10; i++) {
		/* in reverse: the order they come in does not matter */
		tests[9 - i] = (struct stats_test){ .p = ten_tests[i].p, .id = i };
	}
	stats_benjamini_hochberg(tests, 10);
	for (size_t i = 0; i < 10; i++) {
		assert_int_equal(tests[i].id, i);
		assert_near(tests[i].adjusted, ten_tests[i].adjusted, 5e-6);
		rejected += tests[i].adjusted <= 0.05;
	}
	assert_int_equal(rejected, 2);
}

static void one_test_is_not_adjusted_and_none_is_no_trouble(void **state)
{
	struct stats_test one = { .p = 0.03 };

	(void)state;
	stats_benjamini_hochberg(&one, 1);
	assert_near(one.adjusted, 0.03, 1e-15);
	stats_benjamini_hochberg(&one, 0);
}

static void test_without_a_p_counts_as_nothing_shown(void **state)
{
	struct stats_test tests[] = { { .p = NAN, .id = 7 }, { .p = 0.01, .id = 8 } };

	(void)state;
	stats_benjamini_hochberg(tests, 2);
	assert_int_equal(tests[0].id, 8);
	assert_near(tests[0].adjusted, 0.02, 1e-15);
	assert_near(tests[1].adjusted, 1, 0);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, mover_takes_the_halves_that_point_the_same_way);
	cases_test(&c, difference_with_itself_turned_around_is_its_mirror);
	cases_test(&c, unknown_end_stays_unknown);
	cases_test(&c, p_is_two_sided_and_of_nothing_is_1);
	cases_test(&c, equivalent_only_when_all_of_the_interval_lies_inside);
	cases_test(&c, ten_published_p_values_are_adjusted_with_two_rejections);
	cases_test(&c, one_test_is_not_adjusted_and_none_is_no_trouble);
	cases_test(&c, test_without_a_p_counts_as_nothing_shown);
	cases_table(&c, newcombe_cases, newcombe_case_run);
	return cases_run("score_difference", &c, NULL, NULL);
}
