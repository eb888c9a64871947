/* The interval of a Kaplan-Meier quantile: order statistics where nothing is censored. */
#include "collector/stats/censored.h"

#include <math.h>

#include "tests/support/near.h"

#define VALUES_MAX 1000

/* Values 1 .. n, each once, each seen to its end. */
static void count_up(struct stats_cell cells[VALUES_MAX], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		cells[i] = (struct stats_cell){ (double)(i + 1), 1, 1, 0 };
	}
}

/* The vectors of docs/model.md, 5.5, as ranks: value i stands at rank i. */
static const struct ranks_case {
	const char *name;
	size_t n;
	double q;
	double low;
	double high;
} ranks_cases[] = {
	{ "uncensored_p90_of_36", 36, 0.9, 29, 36 },
	{ "uncensored_p90_of_35_has_no_upper_limit", 35, 0.9, 28, NAN },
	{ "uncensored_p90_of_50", 50, 0.9, 41, 50 },
	{ "uncensored_p90_of_100", 100, 0.9, 84, 96 },
	{ "uncensored_p90_of_200", 200, 0.9, 171, 189 },
	{ "uncensored_p90_of_1000", 1000, 0.9, 881, 919 },
	{ "uncensored_median_of_10", 10, 0.5, 2, 9 },
	{ "uncensored_median_of_20", 20, 0.5, 6, 15 },
	{ "uncensored_median_of_100", 100, 0.5, 40, 61 },
	{ "uncensored_median_of_5_has_no_limits", 5, 0.5, NAN, NAN },
	{ "uncensored_median_of_1_has_no_limits", 1, 0.5, NAN, NAN },
	{ "uncensored_median_of_nothing_has_no_limits", 0, 0.5, NAN, NAN },
};

static void ranks_case_run(void **state)
{
	const struct ranks_case *c = *state;
	struct stats_cell cells[VALUES_MAX];
	struct interval i;

	count_up(cells, c->n);
	i = stats_km_interval(cells, c->n, c->q, 0.95);
	assert_near(i.low, c->low, 0);
	assert_near(i.high, c->high, 0);
}

static void those_who_gave_up_widen_the_interval_upwards(void **state)
{
	struct stats_cell cells[VALUES_MAX];
	struct interval all;
	struct interval some;

	(void)state;
	count_up(cells, 100);
	all = stats_km_interval(cells, 100, 0.5, 0.95);
	for (size_t i = 0; i < 100; i += 3) {
		cells[i].events = 0;
	}
	some = stats_km_interval(cells, 100, 0.5, 0.95);
	assert_true(some.low >= all.low);
	assert_true(some.high > all.high);
	assert_true(some.low < stats_km_quantile(cells, 100, 0.5, NULL));
	assert_true(some.high > stats_km_quantile(cells, 100, 0.5, NULL));
}

static void all_censored_has_no_limits(void **state)
{
	static const struct stats_cell cells[] = { { 5, 10, 0, 0 }, { 9, 10, 0, 0 } };
	struct interval i = stats_km_interval(cells, 2, 0.5, 0.95);

	(void)state;
	assert_true(isnan(i.low) && isnan(i.high));
}

static void censored_before_the_first_end_do_not_count_as_seen(void **state)
{
	static const struct stats_cell with[] = {
		{ 0.5, 1000, 0, 0 }, { 1, 4, 4, 0 }, { 2, 8, 8, 0 }, { 3, 4, 4, 0 }
	};
	struct interval a = stats_km_interval(with, 4, 0.5, 0.95);
	struct interval b = stats_km_interval(with + 1, 3, 0.5, 0.95);

	(void)state;
	assert_near(a.low, b.low, 0);
	assert_near(a.high, b.high, 0);
}

#define SITES 400
#define CALLS 80

/* Rings exponential with mean 1, cut off by an exponential patience of mean 2: a third censored. */
static void simulate(struct stats_random *r, struct stats_cell cells[CALLS])
{
	for (size_t i = 0; i < CALLS; i++) {
		double answer = -log(1 - stats_random_unit(r));
		double patience = -2 * log(1 - stats_random_unit(r));
		struct stats_cell c = { fmin(answer, patience), 1, answer <= patience, 0 };
		size_t at = i;

		for (; at > 0 && cells[at - 1].value > c.value; at--) {
			cells[at] = cells[at - 1];
		}
		cells[at] = c;
	}
}

static void censored_intervals_cover_the_median_92_to_98_times_in_100(void **state)
{
	struct stats_random r = stats_random_of("experts");
	unsigned covered = 0;

	(void)state;
	for (int site = 0; site < SITES; site++) {
		struct stats_cell cells[CALLS] = { 0 };
		struct interval i;

		simulate(&r, cells);
		i = stats_km_interval(cells, CALLS, 0.5, 0.95);
		covered += i.low <= M_LN2 && M_LN2 <= i.high;
	}
	print_message("# covered %u of %u\n", covered, SITES);
	assert_in_range(covered, SITES * 92 / 100, SITES * 98 / 100);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, those_who_gave_up_widen_the_interval_upwards);
	cases_test(&c, all_censored_has_no_limits);
	cases_test(&c, censored_before_the_first_end_do_not_count_as_seen);
	cases_test(&c, censored_intervals_cover_the_median_92_to_98_times_in_100);
	cases_table(&c, ranks_cases, ranks_case_run);
	return cases_run("score_censored", &c, NULL, NULL);
}
