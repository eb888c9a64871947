/* Total variation distance: by hand, against simulation, and its interval. */
#include "collector/stats/variation.h"

#include <math.h>

#include "tests/support/near.h"

static const double population[] = { 400, 300, 200, 80, 20 };
static const double large[] = { 40000, 30000, 20000, 8000, 2000 };

static void distance_is_half_the_sum_of_differences(void **state)
{
	static const double same[] = { 40, 30, 20, 8, 2 };
	static const double other[] = { 0, 0, 0, 0, 7 };
	static const double shifted[] = { 30, 40, 20, 8, 2 };
	static const double none[] = { 0, 0, 0, 0, 0 };

	(void)state;
	assert_near(stats_variation_distance(same, population, 5), 0, 1e-15);
	assert_near(stats_variation_distance(other, population, 5), 0.98, 1e-15);
	assert_near(stats_variation_distance(shifted, population, 5), 0.1, 1e-15);
	assert_true(isnan(stats_variation_distance(none, population, 5)));
	assert_true(isnan(stats_variation_distance(same, none, 5)));
	assert_true(isnan(stats_variation_distance(NULL, NULL, 0)));
}

/* A draw of one out of four: 1 in 2 cells of two: |1 - 1/2| always, so the distance is 1/2. Of two
 * out of four: both from one cell 2 times in 6, distance 1/2, else 0. */
static void expected_distance_of_small_samples_is_counted_out(void **state)
{
	static const double two_and_two[] = { 2, 2 };

	(void)state;
	assert_near(stats_variation_expected(two_and_two, 2, 1), 0.5, 1e-12);
	assert_near(stats_variation_expected(two_and_two, 2, 2), 1.0 / 6, 1e-12);
	assert_near(stats_variation_expected(two_and_two, 2, 4), 0, 1e-12); /* all of them */
	assert_near(stats_variation_expected(two_and_two, 2, 9), 0, 1e-12);
	assert_true(isnan(stats_variation_expected(two_and_two, 2, 0)));
}

#define ROUNDS 4000

/* Deal `size` of the 1000 without replacement. */
static void deal(struct stats_random *r, double size, double sample[5])
{
	double left[5];
	double all = 1000;

	for (size_t k = 0; k < 5; k++) {
		left[k] = population[k];
		sample[k] = 0;
	}
	for (int i = 0; i < (int)size; i++) {
		double item = stats_random_unit(r) * all;
		size_t k = 0;

		while (item >= left[k]) {
			item -= left[k];
			k++;
		}
		left[k]--;
		all--;
		sample[k]++;
	}
}

static const struct expected_case {
	const char *name;
	double size;
} expected_cases[] = {
	{ "expected_distance_of_10_is_what_simulation_finds", 10 },
	{ "expected_distance_of_100_is_what_simulation_finds", 100 },
	{ "expected_distance_of_700_is_what_simulation_finds", 700 },
};

static void expected_case_run(void **state)
{
	const struct expected_case *c = *state;
	struct stats_random r = stats_random_of(c->name);
	double want = stats_variation_expected(population, 5, c->size);
	double mean = 0;

	for (int i = 0; i < ROUNDS; i++) {
		double sample[5];

		deal(&r, c->size, sample);
		mean += stats_variation_distance(sample, population, 5) / ROUNDS;
	}
	assert_near(mean / want, 1, 0.02);
}

static void random_sample_is_not_shown_to_be_apart(void **state)
{
	struct stats_random r = stats_random_of("random");
	double sample[5];
	struct stats_variation v;

	(void)state;
	deal(&r, 200, sample);
	v = stats_variation(sample, population, 5, 0.95, stats_random_of("s"));
	assert_true(v.excess < 0.05);
	assert_near(v.sure.low, 0, 0);
	assert_true(v.sure.high < 0.1);
}

/* Items taken from cells with shares 0.2 0.3 0.2 0.2 0.1: 0.2 apart from the population. */
static void pick(struct stats_random *r, size_t size, double sample[5])
{
	static const size_t up_to[] = { 20, 50, 70, 90, 100 };

	for (size_t k = 0; k < 5; k++) {
		sample[k] = 0;
	}
	for (size_t i = 0; i < size; i++) {
		size_t item = stats_random_below(r, 100);
		size_t k = 0;

		while (item >= up_to[k]) {
			k++;
		}
		sample[k]++;
	}
}

static const struct cover_case {
	const char *name;
	size_t size;
} cover_cases[] = {
	{ "variation_intervals_of_100_items_cover_the_true_distance", 100 },
	{ "variation_intervals_of_400_items_cover_the_true_distance", 400 },
	{ "variation_intervals_of_5000_items_cover_the_true_distance", 5000 },
};

static void cover_case_run(void **state)
{
	const struct cover_case *c = *state;
	struct stats_random r = stats_random_of(c->name);
	unsigned covered = 0;

	for (int i = 0; i < 60; i++) {
		double sample[5];
		struct stats_variation v;

		pick(&r, c->size, sample);
		v = stats_variation(sample, large, 5, 0.95, r);
		covered += v.sure.low <= 0.2 && 0.2 <= v.sure.high;
	}
	print_message("# covered %u of 60\n", covered);
	assert_in_range(covered, 54, 60);
}

static void value_lies_in_its_interval_and_repeats_to_the_bit(void **state)
{
	static const double sample[] = { 10, 10, 60, 15, 5 };
	struct stats_variation a =
		stats_variation(sample, population, 5, 0.95, stats_random_of("s"));
	struct stats_variation b =
		stats_variation(sample, population, 5, 0.95, stats_random_of("s"));

	(void)state;
	assert_memory_equal(&a, &b, sizeof(a));
	assert_near(a.excess, a.distance - a.expected, 1e-15);
	assert_true(0 <= a.sure.low && a.sure.low <= a.excess && a.excess <= a.sure.high &&
	            a.sure.high <= 1);
}

static void nothing_sampled_or_too_many_cells_is_no_distance(void **state)
{
	static const double none[5] = { 0 };
	static double many[VARIATION_CELLS_MAX + 1];
	struct stats_variation v = stats_variation(none, population, 5, 0.95, stats_random_of("s"));

	(void)state;
	assert_true(isnan(v.excess) && isnan(v.sure.low) && isnan(v.sure.high));
	many[0] = 1;
	v = stats_variation(many, many, VARIATION_CELLS_MAX + 1, 0.95, stats_random_of("s"));
	assert_true(isnan(v.excess));
}

static void one_item_and_a_cell_the_population_lacks_are_bounded(void **state)
{
	static const double one[] = { 0, 0, 0, 0, 0, 1 };
	static const double all[] = { 400, 300, 200, 80, 20, 0 };
	struct stats_variation v = stats_variation(one, all, 6, 0.95, stats_random_of("s"));

	(void)state;
	assert_near(v.distance, 1, 1e-12);
	assert_true(v.excess >= 0 && v.excess <= 1);
	assert_true(v.sure.low >= 0 && v.sure.high <= 1);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, distance_is_half_the_sum_of_differences);
	cases_test(&c, expected_distance_of_small_samples_is_counted_out);
	cases_test(&c, random_sample_is_not_shown_to_be_apart);
	cases_test(&c, value_lies_in_its_interval_and_repeats_to_the_bit);
	cases_test(&c, nothing_sampled_or_too_many_cells_is_no_distance);
	cases_test(&c, one_item_and_a_cell_the_population_lacks_are_bounded);
	cases_table(&c, expected_cases, expected_case_run);
	cases_table(&c, cover_cases, cover_case_run);
	return cases_run("score_variation", &c, NULL, NULL);
}
