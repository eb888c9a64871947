/* Estimators on tallies given as tables: which value, which interval, and what they do with too few
 * days, too many censored, or sums that make no sense. */
#include "collector/score/estimators/estimator.h"

#include <math.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/rules.h"

#define N_OF(list)           (sizeof(list) / sizeof((list)[0]))
#define SEED                 "nord|indicator|2026-10-26/2026-11-22"
#define assert_near(a, b, t) assert_true(fabs((a) - (b)) <= (t))

static const struct expr anything;
static const struct model_evidence of_ratio = {
	.estimator = &estimator_ratio,
	.good = { { &anything }, 1 },
	.divisor = 1,
};
static const struct model_evidence of_rings = {
	.estimator = &estimator_ratio,
	.good = { { &anything }, 1 },
	.per = { { &anything, &anything }, 2 },
	.divisor = 1,
};
static const struct model_evidence of_mean = {
	.estimator = &estimator_mean,
	.value = { { &anything }, 1 },
	.square = &anything,
	.divisor = 1000,
};
static const struct model_evidence of_sum = {
	.estimator = &estimator_mean,
	.value = { { &anything, &anything, &anything }, 3 },
	.divisor = 1000,
};
static const struct model_evidence of_quantile = {
	.estimator = &estimator_quantile,
	.value = { { &anything }, 1 },
	.at = 0.9,
	.divisor = 1000,
};
static const struct model_evidence of_km = {
	.estimator = &estimator_kaplan_meier,
	.value = { { &anything }, 1 },
	.good = { { &anything }, 1 },
	.at = 0.9,
	.divisor = 1000,
};

static struct model_indicator indicator(const struct model_evidence *e, enum model_interval i)
{
	return (struct model_indicator){
		.id = "i", .unit = "s", .evidence = e, .interval = i, .min_n = 100
	};
}

static struct estimate run(const struct model_evidence *e, enum model_interval i,
                           const struct tallies *t)
{
	struct model_indicator is = indicator(e, i);

	return estimator_run(&is, &published_rules, t, SEED);
}

/* `n_days` equal days. */
static struct tallies equal_days(size_t n_days, double n, double sum, double squares)
{
	struct tallies t = { .n_days = n_days };

	for (size_t d = 0; d < n_days; d++) {
		t.days[d] = (struct stats_day){ n, sum, squares };
	}
	return t;
}

/* ---- ratio ---- */

static void ten_days_use_the_dispersion_that_is_there(void **state)
{
	static const double good[] = { 160, 150, 190, 120, 170, 180, 165, 140, 175, 150 };
	struct tallies t = { .n_days = 10 };
	struct estimate got;

	(void)state;
	for (size_t d = 0; d < 10; d++) {
		t.days[d] = (struct stats_day){ 200, good[d], 0 };
	}
	got = run(&of_ratio, MODEL_QUASI_WILSON, &t);
	assert_near(got.value, 0.8, 1e-12);
	assert_near(got.n, 2000, 0);
	assert_near(got.numerator, 1600, 0);
	assert_near(got.denominator, 2000, 0);
	assert_int_equal(got.days, 10);
	assert_near(got.phi, 13.368056, 5e-7);
	/* phi is an estimate from ten days: t of 9 degrees of freedom, 2.262157; with the normal
	 * quantile it would be 0.728758 to 0.856222 */
	assert_near(got.interval.low, 0.716660, 5e-7);
	assert_near(got.interval.high, 0.863496, 5e-7);
}

static void the_quantile_is_students_only_where_dispersion_was_measured(void **state)
{
	const struct model_rules *rules = &published_rules;

	(void)state;
	assert_near(estimator_z(rules, 1.5, 28), 2.051831, 5e-7);
	assert_near(estimator_z(rules, 13.4, 10), 2.262157, 5e-7);
	assert_near(estimator_z(rules, 1, 28), rules->z, 0);
	assert_near(estimator_z(rules, 2, 9), rules->z, 0);
}

static void nine_days_assume_a_dispersion_of_two(void **state)
{
	struct tallies t = equal_days(9, 100, 80, 0);
	struct estimate got = run(&of_ratio, MODEL_QUASI_WILSON, &t);
	struct interval want = stats_wilson(360, 450, published_rules.z);

	(void)state;
	assert_near(got.phi, 2, 0);
	assert_near(got.interval.low, want.low, 0);
	assert_near(got.interval.high, want.high, 0);
}

static void too_few_contacts_do_not_assume_less_than_two(void **state)
{
	struct tallies t = equal_days(12, 5, 4, 0); /* n = 60 of 100, and all days alike */
	struct estimate got = run(&of_ratio, MODEL_QUASI_WILSON, &t);

	(void)state;
	assert_near(got.phi, 2, 0);
}

static void plain_wilson_takes_every_contact_as_its_own(void **state)
{
	struct tallies t = equal_days(10, 40, 32, 0);
	struct estimate got = run(&of_ratio, MODEL_WILSON, &t);

	(void)state;
	assert_near(got.interval.low, 0.758030, 5e-7);
	assert_near(got.interval.high, 0.836263, 5e-7);
}

static void one_contact_has_a_wide_interval_and_no_zero(void **state)
{
	struct tallies t = equal_days(1, 1, 1, 0);
	struct estimate got = run(&of_ratio, MODEL_QUASI_WILSON, &t);

	(void)state;
	assert_near(got.value, 1, 0);
	assert_near(got.interval.low, 0.115169, 5e-7);
	assert_near(got.interval.high, 1, 0);
}

static void no_contact_has_no_value(void **state)
{
	struct tallies t = equal_days(28, 0, 0, 0);
	struct estimate got = run(&of_ratio, MODEL_QUASI_WILSON, &t);

	(void)state;
	assert_true(isnan(got.value) && isnan(got.numerator) && isnan(got.denominator));
	assert_true(isnan(got.interval.low) && isnan(got.interval.high));
	assert_near(got.n, 0, 0);
	assert_int_equal(got.days, 0);
	assert_int_equal(got.why, WHY_NONE_FITS);
}

static void more_good_than_all_is_not_a_share(void **state)
{
	struct tallies t = equal_days(10, 10, 11, 0);
	struct estimate got = run(&of_ratio, MODEL_QUASI_WILSON, &t);

	(void)state;
	assert_true(isnan(got.value));
	assert_int_equal(got.why, WHY_NOT_A_SHARE);
}

static void a_ratio_of_sums_may_exceed_one_with_a_bootstrap(void **state)
{
	struct tallies t = equal_days(10, 10, 30, 0);
	struct estimate got;

	(void)state;
	t.days[3].sum = 40;
	got = run(&of_ratio, MODEL_DAY_BLOCK_BOOTSTRAP, &t);
	assert_near(got.value, 3.1, 1e-12);
	assert_true(got.interval.low < 3.1 && 3.1 < got.interval.high);
}

static void sums_that_are_no_numbers_are_no_value(void **state)
{
	struct tallies t = equal_days(10, 10, NAN, 0);
	struct estimate got = run(&of_ratio, MODEL_DAY_BLOCK_BOOTSTRAP, &t);

	(void)state;
	assert_true(isnan(got.value));
	t = equal_days(10, 10, INFINITY, 0);
	got = run(&of_ratio, MODEL_DAY_BLOCK_BOOTSTRAP, &t);
	assert_true(isnan(got.value));
}

static void rings_are_counted_by_their_own_terms(void **state)
{
	struct store_tally_row row = { .n = 7, .sums = { 3, 4, 20 } };
	struct stats_day day = { 0 };
	struct store_tally q = { 0 };

	(void)state;
	estimator_ratio.ask(&of_rings, &q);
	assert_int_equal(q.n_sums, 3);
	estimator_ratio.add(&of_rings, &row, &day);
	assert_near(day.sum, 3, 0);
	assert_near(day.n, 24, 0);
}

static void contacts_are_counted_one_a_row(void **state)
{
	struct store_tally_row row = { .n = 7, .sums = { 3 } };
	struct stats_day day = { 1, 1, 0 };

	(void)state;
	estimator_ratio.add(&of_ratio, &row, &day);
	assert_near(day.sum, 4, 0);
	assert_near(day.n, 8, 0);
}

/* ---- mean ---- */

static void mean_turns_milliseconds_to_seconds(void **state)
{
	/* 1 s, 2 s, 3 s: sum 6000 ms, squares 14e6 ms^2 */
	struct store_tally_row row = { .n = 3, .sums = { 6000, 14e6 } };
	struct tallies t = { .n_days = 1 };
	struct estimate got;

	(void)state;
	estimator_mean.add(&of_mean, &row, &t.days[0]);
	assert_near(t.days[0].sum, 6, 0);
	assert_near(t.days[0].squares, 14, 1e-12);
	got = run(&of_mean, MODEL_DAY_BLOCK_BOOTSTRAP, &t);
	assert_near(got.value, 2, 0);
	assert_near(got.numerator, 6, 0);
	assert_near(got.denominator, 3, 0);
	assert_near(got.phi, 2, 0);
	/* s^2 = 1: 2 -/+ z sqrt(2 / 3) */
	assert_near(got.interval.low, 2 - published_rules.z * sqrt(2.0 / 3), 1e-12);
	assert_near(got.interval.high, 2 + published_rules.z * sqrt(2.0 / 3), 1e-12);
}

static void a_mean_wait_is_never_below_zero(void **state)
{
	struct tallies t = equal_days(1, 10, 10, 100); /* one of 10 s, nine of 0 s */
	struct estimate got = run(&of_mean, MODEL_DAY_BLOCK_BOOTSTRAP, &t);

	(void)state;
	assert_near(got.interval.low, 0, 0);
	assert_true(got.interval.high > 1);
}

static void a_mean_of_one_wait_has_no_interval(void **state)
{
	struct tallies t = equal_days(1, 1, 10, 100);
	struct estimate got = run(&of_mean, MODEL_DAY_BLOCK_BOOTSTRAP, &t);

	(void)state;
	assert_near(got.value, 10, 0);
	assert_true(isnan(got.interval.low) && isnan(got.interval.high));
}

static void ten_days_bootstrap_the_mean(void **state)
{
	struct tallies t = equal_days(10, 100, 3000, 0);
	struct estimate got;

	(void)state;
	for (size_t d = 0; d < 10; d++) {
		t.days[d].sum += 100 * (double)d;
	}
	got = run(&of_mean, MODEL_DAY_BLOCK_BOOTSTRAP, &t);
	assert_near(got.value, 34.5, 1e-12);
	assert_true(32 < got.interval.low && got.interval.low < 34.5);
	assert_true(34.5 < got.interval.high && got.interval.high < 37);
	assert_true(isnan(got.phi));
}

static void a_sum_of_terms_has_an_interval_from_ten_days_on(void **state)
{
	struct store_tally_row row = { .n = 2, .sums = { 60000, 0, 20000 } };
	struct tallies t = { .n_days = 9 };
	struct estimate got;

	(void)state;
	for (size_t d = 0; d < 9; d++) {
		estimator_mean.add(&of_sum, &row, &t.days[d]);
	}
	got = run(&of_sum, MODEL_DAY_BLOCK_BOOTSTRAP, &t);
	assert_near(got.value, 40, 0);
	assert_true(isnan(got.interval.low));
	t.n_days = 10;
	estimator_mean.add(&of_sum, &row, &t.days[9]);
	got = run(&of_sum, MODEL_DAY_BLOCK_BOOTSTRAP, &t);
	assert_near(got.interval.low, 40, 0);
}

static void one_absurd_wait_moves_the_mean_and_shows_in_the_interval(void **state)
{
	struct tallies t = equal_days(28, 100, 3000, 0);
	struct estimate got;

	(void)state;
	t.days[5].sum += 4294967; /* the longest wait a record can hold */
	got = run(&of_mean, MODEL_DAY_BLOCK_BOOTSTRAP, &t);
	assert_true(got.interval.low < 31);
	assert_true(got.interval.high > 1500);
}

/* ---- quantiles ---- */

static struct stats_cell cells_100[100]; /* values 1 .. 100, each once */

static struct tallies hundred(size_t n_days)
{
	struct tallies t = { .n_days = n_days, .cells = cells_100, .n_cells = 100 };

	for (size_t i = 0; i < 100; i++) {
		cells_100[i] = (struct stats_cell){ (double)i + 1, 1, 1, (uint32_t)(i % n_days) };
		t.days[i % n_days].n += 1;
	}
	return t;
}

static void p90_of_100_lies_between_ranks_84_and_96(void **state)
{
	struct tallies t = hundred(10);
	struct estimate got = run(&of_quantile, MODEL_ORDER_STATISTIC, &t);

	(void)state;
	assert_near(got.value, 90, 0);
	assert_near(got.interval.low, 84, 0);
	assert_near(got.interval.high, 96, 0);
	assert_true(isnan(got.numerator) && isnan(got.denominator));
}

static void p90_of_few_has_no_upper_end(void **state)
{
	struct tallies t = hundred(10);
	struct estimate got;

	(void)state;
	t.n_cells = 20;
	memset(t.days, 0, sizeof(t.days));
	t.days[0].n = 20;
	got = run(&of_quantile, MODEL_ORDER_STATISTIC, &t);
	assert_near(got.value, 18, 0);
	assert_true(isnan(got.interval.high));
}

static void km_without_censoring_is_the_plain_quantile(void **state)
{
	struct tallies t = hundred(10);
	struct estimate got = run(&of_km, MODEL_DAY_BLOCK_BOOTSTRAP, &t);

	(void)state;
	assert_near(got.value, 90, 0);
	assert_true(got.interval.low < 90 && 90 <= got.interval.high);
}

static void km_of_few_days_has_a_value_and_no_interval(void **state)
{
	struct tallies t = hundred(9);
	struct estimate got = run(&of_km, MODEL_DAY_BLOCK_BOOTSTRAP, &t);

	(void)state;
	assert_near(got.value, 90, 0);
	assert_true(isnan(got.interval.low) && isnan(got.interval.high));
}

static void km_that_is_never_reached_says_so(void **state)
{
	struct tallies t = hundred(10);
	struct estimate got;

	(void)state;
	for (size_t i = 50; i < 100; i++) {
		cells_100[i].events = 0; /* all who waited longer gave up */
	}
	got = run(&of_km, MODEL_DAY_BLOCK_BOOTSTRAP, &t);
	assert_true(isnan(got.value));
	assert_int_equal(got.why, WHY_NOT_REACHED);
	assert_near(got.n, 100, 0);
}

static void estimates_repeat_to_the_bit(void **state)
{
	struct tallies t = hundred(10);
	struct estimate a = run(&of_km, MODEL_DAY_BLOCK_BOOTSTRAP, &t);
	struct estimate b = run(&of_km, MODEL_DAY_BLOCK_BOOTSTRAP, &t);

	(void)state;
	assert_memory_equal(&a.interval, &b.interval, sizeof(a.interval));
}

static void estimators_are_found_by_name(void **state)
{
	(void)state;
	assert_ptr_equal(estimator_named("kaplan_meier"), &estimator_kaplan_meier);
	assert_null(estimator_named("median"));
	assert_non_null(strstr(estimator_names(), estimator_quantile.name));
}

int main(void)
{
	static struct cases c;

	cases_test(&c, ten_days_use_the_dispersion_that_is_there);
	cases_test(&c, the_quantile_is_students_only_where_dispersion_was_measured);
	cases_test(&c, nine_days_assume_a_dispersion_of_two);
	cases_test(&c, too_few_contacts_do_not_assume_less_than_two);
	cases_test(&c, plain_wilson_takes_every_contact_as_its_own);
	cases_test(&c, one_contact_has_a_wide_interval_and_no_zero);
	cases_test(&c, no_contact_has_no_value);
	cases_test(&c, more_good_than_all_is_not_a_share);
	cases_test(&c, a_ratio_of_sums_may_exceed_one_with_a_bootstrap);
	cases_test(&c, sums_that_are_no_numbers_are_no_value);
	cases_test(&c, rings_are_counted_by_their_own_terms);
	cases_test(&c, contacts_are_counted_one_a_row);
	cases_test(&c, mean_turns_milliseconds_to_seconds);
	cases_test(&c, a_mean_wait_is_never_below_zero);
	cases_test(&c, a_mean_of_one_wait_has_no_interval);
	cases_test(&c, ten_days_bootstrap_the_mean);
	cases_test(&c, a_sum_of_terms_has_an_interval_from_ten_days_on);
	cases_test(&c, one_absurd_wait_moves_the_mean_and_shows_in_the_interval);
	cases_test(&c, p90_of_100_lies_between_ranks_84_and_96);
	cases_test(&c, p90_of_few_has_no_upper_end);
	cases_test(&c, km_without_censoring_is_the_plain_quantile);
	cases_test(&c, km_of_few_days_has_a_value_and_no_interval);
	cases_test(&c, km_that_is_never_reached_says_so);
	cases_test(&c, estimates_repeat_to_the_bit);
	cases_test(&c, estimators_are_found_by_name);
	return cases_run("score_estimators", &c, NULL, NULL);
}
