/* Draws have the mean and the scatter that are asked for. */
#include "simulate/draw.h"

#include <math.h>

#include "tests/support/cases.h"

#define DRAWS 40000

static double exponential(struct stats_random *r)
{
	return draw_exponential(r, 180);
}

static double normal(struct stats_random *r)
{
	return draw_normal(r);
}

static double lognormal(struct stats_random *r)
{
	return draw_lognormal(r, 300, 0.8);
}

static double gamma_above_one(struct stats_random *r)
{
	return draw_gamma(r, 3);
}

static double gamma_below_one(struct stats_random *r)
{
	return draw_gamma(r, 0.4);
}

static double share(struct stats_random *r)
{
	return draw_share(r, 0.8, 0.01);
}

static double small_share(struct stats_random *r)
{
	return draw_share(r, 0.01, 0.01);
}

static double sure_share(struct stats_random *r)
{
	return draw_share(r, 1, 0.01);
}

static double poisson(struct stats_random *r)
{
	return draw_poisson(r, 12);
}

static double chance(struct stats_random *r)
{
	return draw_chance(r, 0.3) ? 1 : 0;
}

static double around_median(struct stats_random *r)
{
	return draw_around_median(r, 20, 0.5) <= 20 ? 1 : 0;
}

static const struct draw_case {
	const char *name;
	double (*draw)(struct stats_random *r);
	double mean;
	double deviation;
} draw_cases[] = {
	{ "exponential_scatters_as_much_as_its_mean", exponential, 180, 180 },
	{ "normal_is_standard", normal, 0, 1 },
	{ "lognormal_has_its_mean", lognormal, 300, 240 },
	{ "gamma_above_one", gamma_above_one, 3, 1.7320508 },
	{ "gamma_below_one", gamma_below_one, 0.4, 0.6324555 },
	{ "a_days_share_scatters_around_its_value", share, 0.8, 0.04 },
	{ "a_small_share_keeps_its_mean", small_share, 0.01, 0.00994987 },
	{ "what_is_sure_does_not_scatter", sure_share, 1, 0 },
	{ "poisson_scatters_by_its_root", poisson, 12, 3.4641016 },
	{ "chance_is_as_often_as_asked", chance, 0.3, 0.4582576 },
	{ "half_lie_below_the_median", around_median, 0.5, 0.5 },
};

static void draw_case_run(void **state)
{
	const struct draw_case *c = *state;
	struct stats_random r = stats_random_of(c->name);
	double sum = 0;
	double squares = 0;
	double mean;

	for (unsigned i = 0; i < DRAWS; i++) {
		double x = c->draw(&r);

		sum += x;
		squares += x * x;
	}
	mean = sum / DRAWS;
	/* five standard errors, and as much of the deviation as heavy tails need */
	assert_true(fabs(mean - c->mean) <= 5 * c->deviation / 200);
	assert_true(fabs(sqrt(fmax(0, squares / DRAWS - mean * mean)) - c->deviation) <=
	            0.05 * c->deviation);
}

static void nothing_arrives_at_rate_nought(void **state)
{
	struct stats_random r = stats_random_of("nought");

	(void)state;
	assert_int_equal(draw_poisson(&r, 0), 0);
	assert_int_equal(draw_poisson(&r, -1), 0);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, draw_cases, draw_case_run);
	cases_test(&c, nothing_arrives_at_rate_nought);
	return cases_run("simulate_draw", &c, NULL, NULL);
}
