/* Indirect standardisation and over-dispersion between sites: the worked example of docs/model.md,
 * and numbers done by hand. */
#include "collector/stats/standardise.h"

#include <math.h>

#include "collector/stats/difference.h"
#include "tests/support/near.h"

/* simple contacts answered in time 85 %, complex 65 % */
static const double reference[] = { 0.85, 0.65 };
static const struct stats_stratum site_a[] = { { 1000, 900 }, { 200, 130 } };
static const struct stats_stratum site_b[] = { { 300, 255 }, { 900, 640 } };

static void two_sites_of_the_worked_example_are_standardised(void **state)
{
	struct stats_standardised a = stats_standardise(site_a, reference, 2, 0.8);
	struct stats_standardised b = stats_standardise(site_b, reference, 2, 0.8);

	(void)state;
	assert_near(a.observed, 1030, 0);
	assert_near(a.expected, 980, 1e-9);
	assert_near(a.variance, 173, 1e-9);
	assert_near(a.ratio, 1.0510, 5e-5);
	assert_near(a.z, 3.801, 5e-4);
	assert_near(a.error, 0.01342, 5e-6);
	assert_near(a.adjusted, 0.8 * 1030 / 980, 1e-12);
	assert_near(b.observed, 895, 0);
	assert_near(b.expected, 840, 1e-9);
	assert_near(b.variance, 243, 1e-9);
	assert_near(b.ratio, 1.0655, 5e-5);
	assert_near(b.z, 3.528, 5e-4);
	assert_near(b.error, 0.01856, 5e-6);
}

static void the_worked_example_shows_no_difference(void **state)
{
	struct stats_standardised a = stats_standardise(site_a, reference, 2, 0.8);
	struct stats_standardised b = stats_standardise(site_b, reference, 2, 0.8);
	double z = stats_standardised_z(&b, &a);
	double difference = b.ratio - a.ratio;
	double equivalent = (0.05 - difference) / hypot(a.error, b.error);

	(void)state;
	assert_near(difference, 0.0145, 5e-5);
	assert_near(z, 0.63, 5e-3);
	assert_near(stats_p_of_z(z), 0.53, 5e-3);
	/* nor are they shown to be the same within 0.05 */
	assert_near(equivalent, 1.55, 5e-3);
	assert_near(stats_p_of_z(equivalent) / 2, 0.06, 5e-3);
}

static void strata_that_the_pool_does_not_have_are_left_out(void **state)
{
	static const struct stats_stratum site[] = { { 1000, 900 }, { 50, 50 }, { 200, 130 } };
	static const double with_hole[] = { 0.85, NAN, 0.65 };
	struct stats_standardised got = stats_standardise(site, with_hole, 3, 0.8);
	struct stats_standardised want = stats_standardise(site_a, reference, 2, 0.8);

	(void)state;
	assert_memory_equal(&got, &want, sizeof(got));
}

static void nothing_expected_is_no_ratio(void **state)
{
	static const struct stats_stratum none[] = { { 0, 0 }, { 0, 0 } };
	struct stats_standardised s = stats_standardise(none, reference, 2, 0.8);

	(void)state;
	assert_true(isnan(s.ratio) && isnan(s.z) && isnan(s.adjusted) && isnan(s.error));
	assert_true(isnan(stats_standardised_z(&s, &s)));
	s = stats_standardise(site_a, (const double[]){ 1, 1 }, 2, 1);
	assert_true(isnan(s.z)); /* nothing can vary */
	assert_near(s.ratio, 1030.0 / 1200, 1e-12);
}

static void winsorising_pulls_in_a_tenth_at_either_end(void **state)
{
	double ten[] = { 9, -50, 3, 4, 5, 6, 7, 8, 2, 900 };
	double nine[] = { 3, 1, 2, 4, 5, 6, 7, 8, 9 };
	double one[] = { 3 };

	(void)state;
	stats_winsorise(ten, 10, 0.1);
	assert_near(ten[0], 2, 0);
	assert_near(ten[1], 2, 0);
	assert_near(ten[8], 9, 0);
	assert_near(ten[9], 9, 0);
	stats_winsorise(nine, 9, 0.1); /* too few to pull one in */
	assert_near(nine[0], 1, 0);
	assert_near(nine[8], 9, 0);
	stats_winsorise(one, 1, 0.5);
	assert_near(one[0], 3, 0);
	stats_winsorise(one, 0, 0.5);
}

static void sites_that_differ_by_chance_alone_need_no_variance_between_them(void **state)
{
	static const double y[] = { -1, 1, -0.5, 0.5 };
	static const double variance[] = { 1, 1, 1, 1 };
	double scratch[4];
	struct stats_dispersion d = stats_dispersion_of(y, variance, 4, 0, scratch);

	(void)state;
	assert_near(d.phi, 0.625, 1e-12); /* (1 + 1 + .25 + .25) / 4 */
	assert_false(d.additive);
	assert_near(d.tau2, 0, 0);
	assert_near(stats_dispersed_z(2, 4, 0, &d), 1, 1e-12);
}

static void variance_between_sites_is_that_of_dersimonian_and_laird(void **state)
{
	/* z = -3 3 -3 3: phi 9; weights all 1/4: tau2 = (4*9 - 3) / (1 - 0.25) = 44 */
	static const double y[] = { -6, 6, -6, 6 };
	static const double variance[] = { 4, 4, 4, 4 };
	double scratch[4];
	struct stats_dispersion d = stats_dispersion_of(y, variance, 4, 0, scratch);

	(void)state;
	assert_near(d.phi, 9, 1e-12);
	assert_true(d.additive);
	assert_near(d.tau2, 44, 1e-9);
	assert_near(stats_dispersed_z(6, 4, 0, &d), 6 / sqrt(48), 1e-12);
}

static void one_site_far_out_moves_the_dispersion_no_more_than_its_neighbour(void **state)
{
	double y[] = { -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 3 };
	static const double variance[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
	double scratch[10];
	struct stats_dispersion near_by = stats_dispersion_of(y, variance, 10, 0, scratch);
	struct stats_dispersion far_out;

	(void)state;
	y[9] = 1e6;
	far_out = stats_dispersion_of(y, variance, 10, 0, scratch);
	assert_memory_equal(&near_by.phi, &far_out.phi, sizeof(double));
}

static void fewer_than_two_sites_have_no_dispersion(void **state)
{
	static const double y = 9;
	static const double variance = 1;
	double scratch;
	struct stats_dispersion d = stats_dispersion_of(&y, &variance, 1, 0, &scratch);

	(void)state;
	assert_near(d.phi, 1, 0);
	assert_near(d.tau2, 0, 0);
	assert_false(d.additive);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, two_sites_of_the_worked_example_are_standardised);
	cases_test(&c, the_worked_example_shows_no_difference);
	cases_test(&c, strata_that_the_pool_does_not_have_are_left_out);
	cases_test(&c, nothing_expected_is_no_ratio);
	cases_test(&c, winsorising_pulls_in_a_tenth_at_either_end);
	cases_test(&c, sites_that_differ_by_chance_alone_need_no_variance_between_them);
	cases_test(&c, variance_between_sites_is_that_of_dersimonian_and_laird);
	cases_test(&c, one_site_far_out_moves_the_dispersion_no_more_than_its_neighbour);
	cases_test(&c, fewer_than_two_sites_have_no_dispersion);
	return cases_run("score_standardise", &c, NULL, NULL);
}
