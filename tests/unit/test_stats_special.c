/* Normal, beta, gamma, Student and Poisson against closed forms and printed tables. */
#include "collector/stats/special.h"

#include <math.h>

#include "collector/stats/poisson.h"
#include "collector/stats/student.h"
#include "tests/support/near.h"

static const struct normal_case {
	const char *name;
	double p;
	double z;
} normal_cases[] = {
	{ "normal_quantile_of_half", 0.5, 0 },
	{ "normal_quantile_of_975", 0.975, 1.959963984540054 },
	{ "normal_quantile_of_025", 0.025, -1.959963984540054 },
	{ "normal_quantile_of_998", 0.999, 3.090232306167813 },
	{ "normal_quantile_far_out", 1e-10, -6.361340902404056 },
	{ "normal_quantile_of_0", 0, -INFINITY },
	{ "normal_quantile_of_1", 1, INFINITY },
	{ "normal_quantile_of_no_probability", 1.5, NAN },
};

static void normal_case_run(void **state)
{
	const struct normal_case *c = *state;

	assert_near(stats_normal_quantile(c->p), c->z, 1e-12);
}

static void normal_quantile_undoes_the_distribution(void **state)
{
	(void)state;
	for (int i = -32; i <= 20; i++) {
		double z = i / 4.0;

		assert_near(stats_normal_quantile(stats_normal_cdf(z)), z, 1e-9);
	}
	assert_near(stats_normal_cdf(INFINITY), 1, 0);
	assert_near(stats_normal_cdf(-INFINITY), 0, 0);
}

static const struct beta_case {
	const char *name;
	double x;
	double a;
	double b;
	double want;
} beta_cases[] = {
	{ "beta_1_1_is_uniform", 0.3, 1, 1, 0.3 },
	{ "beta_2_1_is_the_square", 0.3, 2, 1, 0.09 },
	{ "beta_half_half_is_the_arcsine", 0.25, 0.5, 0.5, 1.0 / 3 },
	{ "beta_is_symmetric_in_the_middle", 0.5, 7, 7, 0.5 },
	/* P(Bin(10, 0.3) >= 4) */
	{ "beta_is_a_binomial_tail", 0.3, 4, 7, 0.3503892816 },
	{ "beta_at_0", 0, 3, 4, 0 },
	{ "beta_at_1", 1, 3, 4, 1 },
	{ "beta_of_no_a", 0.5, 0, 4, 1 },
	{ "beta_of_no_b", 0.5, 4, 0, 0 },
	{ "beta_of_a_million_is_symmetric", 0.5, 1e6, 1e6, 0.5 },
};

static void beta_case_run(void **state)
{
	const struct beta_case *c = *state;

	assert_near(stats_beta_cdf(c->x, c->a, c->b), c->want, 1e-12 + 1e-15 * (c->a + c->b) * 10);
}

static const struct gamma_case {
	const char *name;
	double a;
	double x;
	double want;
} gamma_cases[] = {
	{ "gamma_1_is_exponential", 1, 2, 0.8646647167633873 },
	{ "gamma_half_is_the_error_function", 0.5, 2, 0.9544997361036416 },
	{ "gamma_5_at_5_is_a_poisson_tail", 5, 5, 0.5595067149347875 },
	{ "gamma_far_above", 3, 800, 1 },
	{ "gamma_far_below", 300, 10, 0 },
	{ "gamma_at_0", 3, 0, 0 },
	{ "gamma_of_no_shape", 0, 3, 1 },
	/* a large shape: normal but for the skewness, 0.5 + 1 / (3 sqrt(2 pi a)) */
	{ "gamma_of_a_billion_at_its_mean", 1e9, 1e9, 0.500004205 },
};

static void gamma_case_run(void **state)
{
	const struct gamma_case *c = *state;

	assert_near(stats_gamma_cdf(c->a, c->x), c->want, c->a > 1e6 ? 1e-8 : 1e-12);
}

static void gamma_quantile_undoes_the_distribution(void **state)
{
	static const double shapes[] = { 0.05, 0.5, 1, 7, 300, 1e5 };
	static const double ps[] = { 1e-6, 0.025, 0.5, 0.975, 0.999999 };

	(void)state;
	for (size_t i = 0; i < COUNT(shapes); i++) {
		for (size_t k = 0; k < COUNT(ps); k++) {
			double x = stats_gamma_quantile(shapes[i], ps[k]);

			assert_near(stats_gamma_cdf(shapes[i], x), ps[k], 1e-9);
		}
	}
	assert_near(stats_gamma_quantile(3, 0), 0, 0);
	assert_near(stats_gamma_quantile(0, 0.5), 0, 0);
	assert_near(stats_gamma_quantile(3, 1), INFINITY, 0);
	assert_near(stats_gamma_quantile(1e9, 0.5), 1e9, 1);
}

/* t of 95 %, two-sided, from any printed table; the 99 degrees are those of docs/model.md */
static const struct student_case {
	const char *name;
	double df;
	double t;
} student_cases[] = {
	{ "t_of_1_degree", 1, 12.706205 },       { "t_of_2_degrees", 2, 4.302653 },
	{ "t_of_10_degrees", 10, 2.228139 },     { "t_of_30_degrees", 30, 2.042272 },
	{ "t_of_99_degrees", 99, 1.984217 },     { "t_of_a_million_degrees", 1e6, 1.959966 },
	{ "t_of_1e12_degrees", 1e12, 1.959964 }, { "t_of_half_a_degree", 0.5, 164.5576735 },
};

static void student_case_run(void **state)
{
	const struct student_case *c = *state;

	assert_near(stats_student_quantile(0.975, c->df), c->t, 5e-7);
	assert_near(stats_student_quantile(0.025, c->df), -stats_student_quantile(0.975, c->df),
	            1e-9);
	assert_near(stats_student_cdf(stats_student_quantile(0.975, c->df), c->df), 0.975, 1e-12);
}

static void student_has_its_ends_and_its_middle(void **state)
{
	(void)state;
	assert_near(stats_student_quantile(0.5, 3), 0, 0);
	assert_near(stats_student_quantile(0, 3), -INFINITY, 0);
	assert_near(stats_student_quantile(1, 3), INFINITY, 0);
	assert_true(isnan(stats_student_quantile(0.5, 0)));
	assert_true(isnan(stats_student_quantile(-1, 3)));
	assert_true(isnan(stats_student_cdf(NAN, 3)));
	assert_near(stats_student_cdf(0, 3), 0.5, 1e-15);
	assert_near(stats_student_cdf(1, 1), 0.75, 1e-12); /* Cauchy */
}

/* docs/model.md, 5.6: 40x5 30x4 15x3 10x2 5x1, mean 3.9, sd 1.184922, +/- 0.235 */
static void effort_scores_have_the_published_interval(void **state)
{
	struct stats_day total = { 100, 390, 40 * 25 + 30 * 16 + 15 * 9 + 10 * 4 + 5 };
	struct interval i = stats_student_interval(&total, 0.95);

	(void)state;
	assert_near(sqrt((total.squares - 390 * 3.9) / 99), 1.184922, 5e-7);
	assert_near((i.low + i.high) / 2, 3.9, 1e-12);
	assert_near((i.high - i.low) / 2, 0.235, 5e-4);
	assert_near((i.high - i.low) / 2, 1.984217 * 0.1184922, 5e-7);
}

static void one_answer_has_no_interval(void **state)
{
	struct stats_day one = { 1, 5, 25 };

	(void)state;
	assert_true(isnan(stats_student_interval(&one, 0.95).low));
	assert_true(isnan(stats_student_interval(&one, 0.95).high));
}

/* Garwood 1936; Johnson, Kotz and Kemp 1992, section 4.7.3 */
static const struct poisson_case {
	const char *name;
	double count;
	double low;
	double high;
} poisson_cases[] = {
	{ "poisson_of_0", 0, 0, 3.6889 },          { "poisson_of_1", 1, 0.0253, 5.5716 },
	{ "poisson_of_5", 5, 1.6235, 11.6683 },    { "poisson_of_10", 10, 4.7954, 18.3904 },
	{ "poisson_of_20", 20, 12.2165, 30.8884 }, { "poisson_of_100", 100, 81.3640, 121.6268 },
};

static void poisson_case_run(void **state)
{
	const struct poisson_case *c = *state;
	struct interval i = stats_poisson_interval(c->count, 0.95);

	assert_near(i.low, c->low, 5e-5);
	assert_near(i.high, c->high, 5e-5);
}

static void huge_counts_have_normal_intervals(void **state)
{
	struct interval i = stats_poisson_interval(1e10, 0.95);

	(void)state;
	assert_near(i.low, 1e10 - 1.959964e5, 5);
	assert_near(i.high, 1e10 + 1.959964e5, 5);
}

/* docs/model.md, 5.6 */
static const struct floor_case {
	const char *name;
	double lambda;
	double want;
} floor_cases[] = {
	{ "wape_floor_of_10", 10, 0.25022 },     { "wape_floor_of_50", 50, 0.11265 },
	{ "wape_floor_of_100", 100, 0.07972 },   { "wape_floor_of_200", 200, 0.05640 },
	{ "wape_floor_of_1000", 1000, 0.02523 }, { "wape_floor_of_almost_none_is_2", 1e-9, 2 },
	{ "wape_floor_of_none", 0, NAN },        { "wape_floor_of_1e12", 1e12, 0.797885e-6 },
};

static void floor_case_run(void **state)
{
	const struct floor_case *c = *state;

	assert_near(stats_poisson_wape_floor(c->lambda), c->want, 5e-6);
}

static void wape_floor_is_near_its_approximation(void **state)
{
	(void)state;
	for (int i = 2; i < 30; i++) {
		double lambda = pow(2.5, i + 1);

		assert_near(stats_poisson_wape_floor(lambda) / sqrt(2 / (M_PI * lambda)), 1, 0.01);
	}
}

int main(void)
{
	static struct cases c;

	cases_test(&c, normal_quantile_undoes_the_distribution);
	cases_test(&c, gamma_quantile_undoes_the_distribution);
	cases_test(&c, student_has_its_ends_and_its_middle);
	cases_test(&c, effort_scores_have_the_published_interval);
	cases_test(&c, one_answer_has_no_interval);
	cases_test(&c, huge_counts_have_normal_intervals);
	cases_test(&c, wape_floor_is_near_its_approximation);
	cases_table(&c, normal_cases, normal_case_run);
	cases_table(&c, beta_cases, beta_case_run);
	cases_table(&c, gamma_cases, gamma_case_run);
	cases_table(&c, student_cases, student_case_run);
	cases_table(&c, poisson_cases, poisson_case_run);
	cases_table(&c, floor_cases, floor_case_run);
	return cases_run("score_special", &c, NULL, NULL);
}
