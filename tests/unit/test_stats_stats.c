/* Every vector of docs/statistics.md, to its printed digits. */
#include "cxmeter/stats.h"

#include <math.h>
#include <string.h>

#include "tests/support/cases.h"

#define Z95                          1.959963984540054
#define N_OF(list)                   (sizeof(list) / sizeof((list)[0]))

#define assert_near(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

/* ---- proportions ---- */

static const struct wilson_case {
	const char *name;
	double good;
	double n;
	double low;
	double high;
} wilson_cases[] = {
	/* the first four: Newcombe 1998 */
	{ "wilson_of_81_in_263", 81, 263, 0.255289, 0.366210 },
	{ "wilson_of_15_in_148", 15, 148, 0.062386, 0.160487 },
	{ "wilson_of_none_in_20_begins_at_0", 0, 20, 0, 0.161125 },
	{ "wilson_of_1_in_29", 1, 29, 0.006113, 0.171755 },
	{ "wilson_of_all_29_ends_at_1", 29, 29, 0.883030, 1 },
	{ "wilson_of_320_in_400", 320, 400, 0.758030, 0.836263 },
	{ "wilson_of_all_600", 600, 600, 0.993638, 1 },
	{ "wilson_of_all_764_stays_below_995", 764, 764, 0.994997, 1 },
	{ "wilson_of_all_765_reaches_995", 765, 765, 0.995004, 1 },
	{ "wilson_takes_fractions_of_contacts", 0.5, 0.5, 0.115169, 1 },
};

static void wilson_case_run(void **state)
{
	const struct wilson_case *c = *state;
	struct interval i = stats_wilson(c->good, c->n, Z95);

	assert_near(i.low, c->low, 5e-7);
	assert_near(i.high, c->high, 5e-7);
}

static void wilson_ends_are_exact_at_none_and_all(void **state)
{
	(void)state;
	assert_true(stats_wilson(0, 20, Z95).low == 0);
	assert_true(stats_wilson(600, 600, Z95).high == 1);
}

static void ten_uneven_days_widen_the_interval(void **state)
{
	static const double good[] = { 160, 150, 190, 120, 170, 180, 165, 140, 175, 150 };
	struct stats_day days[10] = { 0 };
	struct interval i;
	double phi;

	(void)state;
	for (size_t d = 0; d < 10; d++) {
		days[d] = (struct stats_day){ 200, good[d], 0 };
	}
	phi = stats_overdispersion(days, 10);
	assert_near(phi, 13.368056, 5e-7);
	assert_near(2000 / phi, 149.610390, 5e-7);
	i = stats_quasi_wilson(1600, 2000, phi, Z95);
	assert_near(i.low, 0.728758, 5e-7);
	assert_near(i.high, 0.856222, 5e-7);
	i = stats_quasi_wilson(1600, 2000, 1, Z95);
	assert_near(i.low, 0.781902, 5e-7);
	assert_near(i.high, 0.816948, 5e-7);
}

static void days_without_data_do_not_count_as_days(void **state)
{
	static const struct stats_day with_gap[] = {
		{ 200, 160, 0 }, { 0, 0, 0 }, { 200, 120, 0 }, { 0, 0, 0 }, { 200, 190, 0 },
	};
	static const struct stats_day packed[] = {
		{ 200, 160, 0 },
		{ 200, 120, 0 },
		{ 200, 190, 0 },
	};

	(void)state;
	assert_int_equal(stats_days_with_data(with_gap, N_OF(with_gap)), 3);
	assert_true(stats_overdispersion(with_gap, N_OF(with_gap)) ==
	            stats_overdispersion(packed, N_OF(packed)));
}

static void big_days_weigh_as_they_do_in_the_total(void **state)
{
	static const struct stats_day days[] = { { 300, 180, 0 }, { 300, 120, 0 }, { 10, 5, 0 } };

	(void)state;
	/* p 0.5, (30^2 + 30^2 + 0) / (610 / 4) * 3 / 2; by each day's own n it would be 12 */
	assert_near(stats_overdispersion(days, N_OF(days)), 17.704918, 5e-7);
}

static void even_days_are_not_counted_as_better_than_independent(void **state)
{
	static const struct stats_day days[] = { { 100, 80, 0 }, { 100, 80, 0 }, { 100, 80, 0 } };

	(void)state;
	assert_true(stats_overdispersion(days, N_OF(days)) == 1);
}

static void dispersion_of_all_good_or_of_one_day_is_one(void **state)
{
	static const struct stats_day all_good[] = { { 10, 10, 0 }, { 20, 20, 0 } };

	(void)state;
	assert_true(stats_overdispersion(all_good, 2) == 1);
	assert_true(stats_overdispersion(all_good, 1) == 1);
	assert_true(stats_overdispersion(NULL, 0) == 1);
}

/* ---- means ---- */

static void mean_of_few_days_has_a_normal_interval_with_double_variance(void **state)
{
	/* 1 2 3 4 5: mean 3, s^2 = 2.5 */
	struct stats_day total = { 5, 15, 55 };
	struct interval i = stats_mean_interval(&total, 2, Z95);

	(void)state;
	assert_near(i.low, 3 - Z95, 1e-12); /* sqrt(2 * 2.5 / 5) is 1 */
	assert_near(i.high, 3 + Z95, 1e-12);
}

static void mean_of_equal_values_has_no_width(void **state)
{
	struct stats_day total = { 3, 0.3, 0.03 };
	struct interval i = stats_mean_interval(&total, 2, Z95);

	(void)state;
	assert_near(i.low, 0.1, 1e-7);
	assert_near(i.high, 0.1, 1e-7);
}

static void mean_of_one_value_has_no_interval(void **state)
{
	struct stats_day total = { 1, 7, 49 };

	(void)state;
	assert_true(isnan(stats_mean_interval(&total, 2, Z95).low));
	assert_true(isnan(stats_mean_interval(&total, 2, Z95).high));
}

/* ---- ranks ---- */

static const struct ranks_case {
	const char *name;
	size_t n;
	double q;
	size_t low;
	size_t high;
} ranks_cases[] = {
	{ "p90_of_36_values", 36, 0.9, 29, 36 },
	{ "p90_of_35_values_has_no_upper_limit", 35, 0.9, 28, 0 },
	{ "p90_of_50_values", 50, 0.9, 41, 50 },
	{ "p90_of_100_values", 100, 0.9, 84, 96 },
	{ "p90_of_200_values", 200, 0.9, 171, 189 },
	{ "p90_of_1000_values", 1000, 0.9, 881, 919 },
	{ "median_of_10_values", 10, 0.5, 2, 9 },
	{ "median_of_20_values", 20, 0.5, 6, 15 },
	{ "median_of_100_values", 100, 0.5, 40, 61 },
	{ "median_of_5_values_has_no_limits", 5, 0.5, 0, 0 },
	{ "median_of_a_million_values", 1000000, 0.5, 499020, 500981 },
	{ "ranks_of_nothing", 0, 0.5, 0, 0 },
};

static void ranks_case_run(void **state)
{
	const struct ranks_case *c = *state;
	struct stats_ranks r = stats_order_ranks(c->n, c->q, 0.95);

	assert_int_equal(r.low, c->low);
	assert_int_equal(r.high, c->high);
}

static void quantile_is_the_smallest_value_with_enough_at_or_below(void **state)
{
	static const struct stats_cell cells[] = {
		{ 1, 4, 0, 0 }, { 1, 1, 0, 1 }, { 2, 4, 0, 0 }, { 9, 1, 0, 1 }
	};

	(void)state;
	assert_true(stats_quantile(cells, N_OF(cells), 0.5) == 1);
	assert_true(stats_quantile(cells, N_OF(cells), 0.51) == 2);
	assert_true(stats_quantile(cells, N_OF(cells), 0.9) == 2);
	assert_true(stats_quantile(cells, N_OF(cells), 0.91) == 9);
	assert_true(isnan(stats_quantile(cells, 0, 0.5)));
	assert_true(stats_value_of_rank(cells, N_OF(cells), 10) == 9);
	assert_true(isnan(stats_value_of_rank(cells, N_OF(cells), 11)));
	assert_true(isnan(stats_value_of_rank(cells, N_OF(cells), 0)));
}

/* ---- Kaplan-Meier ---- */

/* 6-MP arm of Freireich et al. 1963, the textbook example: weeks in remission, 21 patients;
 * S = .857 .807 .753 .690 .627 .538 .448 at 6 7 10 13 16 22 23. */
static const struct stats_cell remission[] = {
	{ 6, 4, 3, 0 },  { 7, 1, 1, 0 },  { 9, 1, 0, 0 },  { 10, 2, 1, 0 },
	{ 11, 1, 0, 0 }, { 13, 1, 1, 1 }, { 16, 1, 1, 1 }, { 17, 1, 0, 1 },
	{ 19, 1, 0, 1 }, { 20, 1, 0, 1 }, { 22, 1, 1, 1 }, { 23, 1, 1, 1 },
	{ 25, 1, 0, 1 }, { 32, 2, 0, 1 }, { 34, 1, 0, 1 }, { 35, 1, 0, 1 },
};

static const struct km_case {
	const char *name;
	double q;
	double want; /* NAN: not reached */
} km_cases[] = {
	{ "remission_falls_to_86_percent_at_6", 1 - 0.858, 6 },
	{ "remission_falls_below_85_percent_at_7", 0.15, 7 },
	{ "remission_falls_below_70_percent_at_13", 0.30, 13 },
	{ "remission_falls_below_54_percent_at_22", 0.46, 22 },
	{ "median_remission_is_23_weeks", 0.5, 23 },
	{ "remission_never_falls_below_40_percent", 0.6, NAN },
};

static void km_case_run(void **state)
{
	const struct km_case *c = *state;
	double at = stats_km_quantile(remission, N_OF(remission), c->q, NULL);

	assert_true(at == c->want || (isnan(at) && isnan(c->want)));
}

static void without_censoring_km_is_the_plain_quantile(void **state)
{
	static const struct stats_cell cells[] = {
		{ 1, 5, 5, 0 },
		{ 2, 4, 4, 0 },
		{ 9, 1, 1, 0 },
	};

	(void)state;
	assert_true(stats_km_quantile(cells, N_OF(cells), 0.9, NULL) == 2);
	assert_true(stats_quantile(cells, N_OF(cells), 0.9) == 2);
}

static void those_who_left_make_the_wait_longer_than_the_answered_saw(void **state)
{
	/* ten answered at 1 .. 10 s, and ten who gave up at 5 s */
	static const struct stats_cell cells[] = {
		{ 1, 1, 1, 0 }, { 2, 1, 1, 0 }, { 3, 1, 1, 0 }, { 4, 1, 1, 0 }, { 5, 11, 1, 0 },
		{ 6, 1, 1, 0 }, { 7, 1, 1, 0 }, { 8, 1, 1, 0 }, { 9, 1, 1, 0 }, { 10, 1, 1, 0 },
	};

	(void)state;
	/* S: 0.75 after 5 s, then 0.6, 0.45, 0.3, 0.15, 0 */
	assert_true(stats_km_quantile(cells, N_OF(cells), 0.5, NULL) == 7);
	assert_true(stats_km_quantile(cells, N_OF(cells), 0.8, NULL) == 9);
}

static void a_day_weighted_zero_is_as_if_it_were_not_there(void **state)
{
	static const uint32_t only_day_0[] = { 1, 0 };

	(void)state;
	assert_true(stats_km_quantile(remission, N_OF(remission), 0.3, only_day_0) == 6);
	assert_true(stats_km_quantile(remission, 5, 0.3, NULL) == 6);
}

static void km_bootstrap_holds_the_quantile_and_repeats_itself(void **state)
{
	struct stats_cell cells[200];
	struct stats_random r = stats_random_of("km");
	struct interval a;
	struct interval b;
	double at;

	(void)state;
	for (size_t i = 0; i < N_OF(cells); i++) {
		uint32_t day = stats_random_below(&r, 20);

		cells[i] = (struct stats_cell){ (double)i, 2, day % 3 != 0 ? 2 : 1, day };
	}
	at = stats_km_quantile(cells, N_OF(cells), 0.5, NULL);
	a = stats_km_bootstrap(cells, N_OF(cells), 0.5, 0.95, stats_random_of("s|i|w"));
	b = stats_km_bootstrap(cells, N_OF(cells), 0.5, 0.95, stats_random_of("s|i|w"));
	assert_true(a.low < at && at < a.high);
	assert_memory_equal(&a, &b, sizeof(a));
}

static void km_bootstrap_needs_two_days_and_names_no_end_it_never_saw(void **state)
{
	struct interval i =
		stats_km_bootstrap(remission, N_OF(remission), 0.6, 0.95, stats_random_of("x"));

	(void)state;
	assert_true(isnan(i.high));
	i = stats_km_bootstrap(remission, 5, 0.3, 0.95, stats_random_of("x"));
	assert_true(isnan(i.low) && isnan(i.high));
}

/* ---- randomness ---- */

static void fnv1a_matches_its_published_vectors(void **state)
{
	(void)state;
	assert_true(stats_fnv1a("") == UINT64_C(0xcbf29ce484222325));
	assert_true(stats_fnv1a("a") == UINT64_C(0xaf63dc4c8601ec8c));
	assert_true(stats_fnv1a("foobar") == UINT64_C(0x85944171f73967e8));
}

static void splitmix_matches_its_published_vectors(void **state)
{
	uint64_t s = 1234567;

	(void)state;
	assert_true(stats_splitmix(&s) == UINT64_C(6457827717110365317));
	assert_true(stats_splitmix(&s) == UINT64_C(3203168211198807973));
	assert_true(stats_splitmix(&s) == UINT64_C(9817491932198370423));
}

static void xoshiro_matches_its_published_vectors(void **state)
{
	static const uint64_t want[] = {
		11520,
		0,
		1509978240,
		UINT64_C(1215971899390074240),
		UINT64_C(1216172134540287360),
		UINT64_C(607988272756665600),
		UINT64_C(16172922978634559625),
		UINT64_C(8476171486693032832),
		UINT64_C(10595114339597558777),
		UINT64_C(2904607092377533576),
	};
	struct stats_random r = { { 1, 2, 3, 4 } };

	(void)state;
	for (size_t i = 0; i < N_OF(want); i++) {
		assert_true(stats_random_next(&r) == want[i]);
	}
}

static void bounded_draws_reach_every_value_about_as_often(void **state)
{
	struct stats_random r = stats_random_of("dice");
	unsigned count[6] = { 0 };

	(void)state;
	for (size_t i = 0; i < 60000; i++) {
		uint32_t face = stats_random_below(&r, 6);

		assert_in_range(face, 0, 5);
		count[face]++;
	}
	for (size_t face = 0; face < 6; face++) {
		assert_in_range(count[face], 9600, 10400); /* 4 standard deviations */
	}
}

/* ---- bootstrap ---- */

static void percentiles_leave_out_as_many_below_as_above(void **state)
{
	double replicates[STATS_REPLICATES];
	struct interval i;

	(void)state;
	for (size_t b = 0; b < STATS_REPLICATES; b++) {
		replicates[b] = (double)(STATS_REPLICATES - b); /* 2000 .. 1 */
	}
	i = stats_percentiles(replicates, STATS_REPLICATES, 0.95);
	assert_true(i.low == 51);
	assert_true(i.high == 1950);
	assert_true(isnan(stats_percentiles(replicates, 0, 0.95).low));
	assert_true(stats_percentiles(replicates, 1, 0.95).high == 1);
}

static const struct expanded_case {
	const char *name;
	size_t days;
	double low; /* of 1 to 2000 */
} expanded_cases[] = {
	/* 2000 Phi(-sqrt(D / (D - 1)) t): 36.66, 17.10, 0.24 left out on either side */
	{ "twenty_eight_days_leave_out_36_of_2000", 28, 37 },
	{ "ten_days_leave_out_17_of_2000", 10, 18 },
	{ "four_days_leave_out_none", 4, 1 },
};

static void expanded_case_run(void **state)
{
	const struct expanded_case *c = *state;
	double replicates[STATS_REPLICATES];
	struct interval i;

	for (size_t b = 0; b < STATS_REPLICATES; b++) {
		replicates[b] = (double)(b + 1);
	}
	i = stats_day_percentiles(replicates, STATS_REPLICATES, 0.95, c->days);
	assert_true(i.low == c->low);
	assert_true(i.high == STATS_REPLICATES + 1 - c->low);
}

static double gaussian(struct stats_random *r)
{
	double sum = 0;

	for (int i = 0; i < 12; i++) {
		sum += stats_random_unit(r);
	}
	return sum - 6;
}

#define SITES     500
#define SITE_DAYS 28
#define TRUTH     40.0

/* A month of a site whose mean wait is TRUTH s: days differ in volume, and each has its own mood,
 * which is what calls of one day share. */
static void simulate_month(struct stats_random *r, struct stats_day days[SITE_DAYS])
{
	for (size_t d = 0; d < SITE_DAYS; d++) {
		double n = 150 + stats_random_below(r, 101);

		days[d] = (struct stats_day){ n, n * (TRUTH + 6 * gaussian(r)), 0 };
	}
}

static void bootstrap_intervals_cover_the_truth_92_to_98_times_in_100(void **state)
{
	struct stats_random world = stats_random_of("500 simulated sites");
	unsigned covered = 0;

	(void)state;
	for (unsigned site = 0; site < SITES; site++) {
		struct stats_day days[SITE_DAYS];
		struct interval i;

		simulate_month(&world, days);
		i = stats_day_bootstrap(days, SITE_DAYS, 0.95, world);
		covered += i.low <= TRUTH && TRUTH <= i.high;
		(void)stats_random_next(&world);
	}
	print_message("# covered %u of %u\n", covered, SITES);
	assert_in_range(covered, SITES * 92 / 100, SITES * 98 / 100);
}

static void bootstrap_repeats_to_the_bit_and_depends_on_the_seed(void **state)
{
	struct stats_random world = stats_random_of("one site");
	struct stats_day days[SITE_DAYS];
	struct interval a;
	struct interval b;
	struct interval c;

	(void)state;
	simulate_month(&world, days);
	a = stats_day_bootstrap(days, SITE_DAYS, 0.95, stats_random_of("nord|asa|a/b"));
	b = stats_day_bootstrap(days, SITE_DAYS, 0.95, stats_random_of("nord|asa|a/b"));
	c = stats_day_bootstrap(days, SITE_DAYS, 0.95, stats_random_of("sued|asa|a/b"));
	assert_memory_equal(&a, &b, sizeof(a));
	assert_memory_not_equal(&a, &c, sizeof(a));
}

static void bootstrap_of_one_day_is_no_interval(void **state)
{
	static const struct stats_day days[] = { { 0, 0, 0 }, { 10, 5, 0 }, { 0, 0, 0 } };

	(void)state;
	assert_true(isnan(stats_day_bootstrap(days, 3, 0.95, stats_random_of("x")).low));
}

/* ---- a share of days ---- */

static void share_that_no_day_ever_saw_has_a_width(void **state)
{
	struct stats_day days[SITE_DAYS];
	struct interval none;
	struct interval all;

	(void)state;
	for (size_t d = 0; d < SITE_DAYS; d++) {
		days[d] = (struct stats_day){ 100, 0, 0 };
	}
	none = stats_day_share(days, SITE_DAYS, 0.95, stats_random_of("x"));
	/* t of 27 degrees is 2.05183: t^2 / (28 + t^2) */
	assert_true(none.low == 0);
	assert_near(none.high, 0.130705, 1e-6);
	for (size_t d = 0; d < SITE_DAYS; d++) {
		days[d].sum = 100;
	}
	all = stats_day_share(days, SITE_DAYS, 0.95, stats_random_of("x"));
	assert_near(all.low, 1 - none.high, 1e-12);
	assert_true(all.high == 1);
}

static void one_rare_day_promises_no_more_than_none(void **state)
{
	struct stats_day days[SITE_DAYS];
	struct interval i;

	(void)state;
	for (size_t d = 0; d < SITE_DAYS; d++) {
		days[d] = (struct stats_day){ 100, d == 3 ? 0.01 : 0, 0 };
	}
	i = stats_day_share(days, SITE_DAYS, 0.95, stats_random_of("x"));
	assert_true(i.low >= 0 && i.low < 0.01 / 2800);
	assert_true(i.high > 0.13);
}

static void common_share_is_bootstrapped(void **state)
{
	struct stats_random world = stats_random_of("one site");
	struct stats_day days[SITE_DAYS];
	struct interval a;
	struct interval b;

	(void)state;
	simulate_month(&world, days);
	for (size_t d = 0; d < SITE_DAYS; d++) {
		days[d].sum /= 100; /* about 40 % */
	}
	a = stats_day_share(days, SITE_DAYS, 0.95, stats_random_of("s"));
	b = stats_day_bootstrap(days, SITE_DAYS, 0.95, stats_random_of("s"));
	assert_memory_equal(&a, &b, sizeof(a));
}

static void share_of_one_day_is_no_interval(void **state)
{
	static const struct stats_day days[] = { { 0, 0, 0 }, { 10, 0, 0 }, { 0, 0, 0 } };

	(void)state;
	assert_true(isnan(stats_day_share(days, 3, 0.95, stats_random_of("x")).high));
}

int main(void)
{
	static struct cases c;

	cases_test(&c, wilson_ends_are_exact_at_none_and_all);
	cases_test(&c, ten_uneven_days_widen_the_interval);
	cases_test(&c, days_without_data_do_not_count_as_days);
	cases_test(&c, big_days_weigh_as_they_do_in_the_total);
	cases_test(&c, even_days_are_not_counted_as_better_than_independent);
	cases_test(&c, dispersion_of_all_good_or_of_one_day_is_one);
	cases_test(&c, mean_of_few_days_has_a_normal_interval_with_double_variance);
	cases_test(&c, mean_of_equal_values_has_no_width);
	cases_test(&c, mean_of_one_value_has_no_interval);
	cases_test(&c, quantile_is_the_smallest_value_with_enough_at_or_below);
	cases_test(&c, without_censoring_km_is_the_plain_quantile);
	cases_test(&c, those_who_left_make_the_wait_longer_than_the_answered_saw);
	cases_test(&c, a_day_weighted_zero_is_as_if_it_were_not_there);
	cases_test(&c, km_bootstrap_holds_the_quantile_and_repeats_itself);
	cases_test(&c, km_bootstrap_needs_two_days_and_names_no_end_it_never_saw);
	cases_test(&c, fnv1a_matches_its_published_vectors);
	cases_test(&c, splitmix_matches_its_published_vectors);
	cases_test(&c, xoshiro_matches_its_published_vectors);
	cases_test(&c, bounded_draws_reach_every_value_about_as_often);
	cases_test(&c, percentiles_leave_out_as_many_below_as_above);
	cases_table(&c, expanded_cases, expanded_case_run);
	cases_test(&c, bootstrap_intervals_cover_the_truth_92_to_98_times_in_100);
	cases_test(&c, bootstrap_repeats_to_the_bit_and_depends_on_the_seed);
	cases_test(&c, bootstrap_of_one_day_is_no_interval);
	cases_test(&c, share_that_no_day_ever_saw_has_a_width);
	cases_test(&c, one_rare_day_promises_no_more_than_none);
	cases_test(&c, common_share_is_bootstrapped);
	cases_test(&c, share_of_one_day_is_no_interval);
	cases_table(&c, wilson_cases, wilson_case_run);
	cases_table(&c, ranks_cases, ranks_case_run);
	cases_table(&c, km_cases, km_case_run);
	return cases_run("score_stats", &c, NULL, NULL);
}
