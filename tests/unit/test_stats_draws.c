/* Random values: the moments of their distributions, the same bits for the same seed. */
#include "collector/stats/draws.h"

#include <math.h>

#include "tests/support/cases.h"

#define DRAWS 40000

struct moments {
	double mean;
	double variance;
};

static struct moments moments_of(const double *x, size_t n)
{
	struct moments m = { 0 };

	for (size_t i = 0; i < n; i++) {
		m.mean += x[i] / (double)n;
	}
	for (size_t i = 0; i < n; i++) {
		m.variance += (x[i] - m.mean) * (x[i] - m.mean) / (double)(n - 1);
	}
	return m;
}

static void normal_values_have_mean_0_and_variance_1(void **state)
{
	static double x[DRAWS];
	struct stats_random r = stats_random_of("normal");
	struct moments m;
	size_t beyond = 0;

	(void)state;
	for (size_t i = 0; i < DRAWS; i++) {
		x[i] = stats_random_normal(&r);
		beyond += fabs(x[i]) > 1.959963984540054;
	}
	m = moments_of(x, DRAWS);
	assert_true(fabs(m.mean) < 0.02);
	assert_true(fabs(m.variance - 1) < 0.03);
	assert_in_range(beyond, DRAWS * 47 / 1000, DRAWS * 53 / 1000);
}

static const struct gamma_case {
	const char *name;
	double shape;
} gamma_cases[] = {
	{ "gamma_of_shape_0.3_has_that_mean_and_variance", 0.3 },
	{ "gamma_of_shape_1_has_that_mean_and_variance", 1 },
	{ "gamma_of_shape_7.5_has_that_mean_and_variance", 7.5 },
	{ "gamma_of_shape_1000_has_that_mean_and_variance", 1000 },
};

static void gamma_case_run(void **state)
{
	static double x[DRAWS];
	const struct gamma_case *c = *state;
	struct stats_random r = stats_random_of(c->name);
	struct moments m;

	for (size_t i = 0; i < DRAWS; i++) {
		x[i] = stats_random_gamma(&r, c->shape);
		assert_true(x[i] >= 0 && isfinite(x[i]));
	}
	m = moments_of(x, DRAWS);
	assert_true(fabs(m.mean - c->shape) < 5 * sqrt(c->shape / DRAWS));
	assert_true(fabs(m.variance / c->shape - 1) < 0.1);
}

static void dirichlet_shares_add_up_to_1_with_their_means_and_variances(void **state)
{
	static const double alpha[] = { 1, 2, 5 };
	static double x[3][DRAWS];
	struct stats_random r = stats_random_of("dirichlet");

	(void)state;
	for (size_t i = 0; i < DRAWS; i++) {
		double share[3];

		stats_dirichlet(&r, alpha, 3, share);
		assert_true(fabs(share[0] + share[1] + share[2] - 1) < 1e-12);
		for (size_t k = 0; k < 3; k++) {
			x[k][i] = share[k];
		}
	}
	for (size_t k = 0; k < 3; k++) {
		struct moments m = moments_of(x[k], DRAWS);
		double mean = alpha[k] / 8;

		assert_true(fabs(m.mean - mean) < 0.005);
		assert_true(fabs(m.variance / (mean * (1 - mean) / 9) - 1) < 0.05);
	}
}

static void tiny_concentrations_give_shares_not_nothing(void **state)
{
	static const double alpha[] = { 1e-5, 1e-5, 1e-5 };
	struct stats_random r = stats_random_of("tiny");

	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		double share[3];

		stats_dirichlet(&r, alpha, 3, share);
		assert_true(fabs(share[0] + share[1] + share[2] - 1) < 1e-12);
	}
}

static void one_share_is_all(void **state)
{
	static const double alpha[] = { 3 };
	struct stats_random r = stats_random_of("one");
	double share;

	(void)state;
	stats_dirichlet(&r, alpha, 1, &share);
	assert_true(share == 1);
}

static void the_same_seed_gives_the_same_bits(void **state)
{
	static const double alpha[] = { 1, 1.25, 0.75 };
	struct stats_random a = stats_random_of("nord|weights");
	struct stats_random b = stats_random_of("nord|weights");
	struct stats_random c = stats_random_of("sued|weights");
	double x[3];
	double y[3];
	double z[3];

	(void)state;
	stats_dirichlet(&a, alpha, 3, x);
	stats_dirichlet(&b, alpha, 3, y);
	stats_dirichlet(&c, alpha, 3, z);
	assert_memory_equal(x, y, sizeof(x));
	assert_memory_not_equal(x, z, sizeof(x));
}

int main(void)
{
	static struct cases c;

	cases_test(&c, normal_values_have_mean_0_and_variance_1);
	cases_test(&c, dirichlet_shares_add_up_to_1_with_their_means_and_variances);
	cases_test(&c, tiny_concentrations_give_shares_not_nothing);
	cases_test(&c, one_share_is_all);
	cases_test(&c, the_same_seed_gives_the_same_bits);
	cases_table(&c, gamma_cases, gamma_case_run);
	return cases_run("score_draws", &c, NULL, NULL);
}
