/*
 * Prints what the statistics of the scoring engine say of random inputs, for tests/oracle/check.py
 * and check.R to reckon again with software that is not ours:
 *
 *     oracle ROUNDS SEED      name input ... = output ...      a line, numbers with 17 digits
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/stats/agreement.h"
#include "collector/stats/censored.h"
#include "collector/stats/difference.h"
#include "collector/stats/erlang.h"
#include "collector/stats/nps.h"
#include "collector/stats/poisson.h"
#include "collector/stats/special.h"
#include "collector/stats/standardise.h"
#include "collector/stats/student.h"
#include "collector/stats/variation.h"
#include "common/slice.h"

#define Z95        1.959963984540054
#define TIMES_MAX  60
#define ITEMS      30
#define CATEGORIES 4
#define CELLS      6
#define TESTS      12
#define DAYS       28

static struct stats_random dice;

static double unit(void)
{
	return stats_random_unit(&dice);
}

/* Evenly on the logarithm: small and large ones as often. */
static double scale(double low, double high)
{
	return low * pow(high / low, unit());
}

static unsigned below(unsigned n)
{
	return stats_random_below(&dice, n);
}

static void number(double v)
{
	printf(" %.17g", v);
}

static void two(struct interval i)
{
	number(i.low);
	number(i.high);
}

static void proportions(void)
{
	double n = floor(scale(1, 1e6));
	double m = floor(scale(1, 1e4));
	double k = floor(unit() * (n + 1));
	double j = floor(unit() * (m + 1));
	struct stats_difference d = stats_newcombe(k, n, j, m, Z95);

	printf("wilson %.17g %.17g =", k, n);
	two(stats_wilson(k, n, Z95));
	printf("\nnewcombe %.17g %.17g %.17g %.17g =", k, n, j, m);
	number(d.value);
	two(d.sure);
	printf("\n");
}

static void distributions(void)
{
	double x = unit();
	double a = scale(0.01, 1e5);
	double b = scale(0.01, 1e5);
	double g = a * exp(0.5 * stats_normal_quantile(unit()) / sqrt(a + 1));
	double df = scale(0.3, 1e6);
	double count = below(2) == 0 ? below(50) : floor(scale(1, 1e6));
	double lambda = scale(0.01, 1e6);

	printf("normal_quantile %.17g =", x);
	number(stats_normal_quantile(x));
	printf("\nbeta_cdf %.17g %.17g %.17g =", x, a, b);
	number(stats_beta_cdf(x, a, b));
	/* near the middle of its mass, where it is neither 0 nor 1 */
	x = fmin(1, a / (a + b) * (0.9 + 0.2 * x));
	printf("\nbeta_cdf %.17g %.17g %.17g =", x, a, b);
	number(stats_beta_cdf(x, a, b));
	printf("\ngamma_cdf %.17g %.17g =", a, g);
	number(stats_gamma_cdf(a, g));
	x = 0.001 + 0.998 * unit();
	printf("\nstudent_quantile %.17g %.17g =", x, df);
	number(stats_student_quantile(x, df));
	printf("\npoisson_interval %.17g =", count);
	two(stats_poisson_interval(count, 0.95));
	printf("\nwape_floor %.17g =", lambda);
	number(stats_poisson_wape_floor(lambda));
	printf("\n");
}

static void queue_line(const char *name, const struct erlang_load *l, unsigned n, double within)
{
	struct erlang_queue q = erlang_queue(l, n, within);

	printf("%s %.17g %.17g %.17g %u %.17g =", name, l->arrival, l->service, l->patience, n,
	       within);
	number(q.waits);
	number(q.abandons);
	number(q.mean_wait);
	number(q.occupancy);
	number(q.service_level);
	number(q.gone_within);
	printf("\n");
}

static void queues(void)
{
	double load = scale(0.2, 200);
	struct erlang_load l = { load, 1, 0 };
	unsigned enough = (unsigned)ceil(load * (1.001 + 0.3 * unit())) + below(3);
	unsigned n = (unsigned)ceil(load * (0.6 + 0.7 * unit()));
	double target = 0.5 + 0.45 * unit();
	double within = scale(0.01, 1);

	printf("erlang_b %.17g %u =", load, n);
	number(erlang_b(load, n));
	printf("\n");
	queue_line("erlang_c", &l, enough, within);
	l.patience = scale(0.05, 20);
	queue_line("erlang_a", &l, n, within);
	printf("servers %.17g %.17g %.17g %.17g %.17g = %u\n", l.arrival, l.service, l.patience,
	       target, within, erlang_servers(&l, target, within));
}

static void kappas(void)
{
	struct stats_ratings cohen = { 0 };
	struct stats_ratings fleiss = { 0 };
	double same = unit();
	unsigned raters = 2 + below(6);

	printf("cohen");
	for (unsigned i = 0; i < ITEMS; i++) {
		unsigned a = below(CATEGORIES);
		unsigned b = unit() < same ? a : below(CATEGORIES);

		stats_ratings_pair(&cohen, a, b);
		printf(" %u %u", a, b);
	}
	printf(" =");
	number(stats_kappa(&cohen, KAPPA_COHEN));
	printf("\nfleiss %u", (unsigned)CATEGORIES);
	for (unsigned i = 0; i < ITEMS; i++) {
		unsigned counts[AGREEMENT_CATEGORIES_MAX] = { 0 };
		unsigned truth = below(CATEGORIES);

		for (unsigned r = 0; r < raters; r++) {
			counts[unit() < same ? truth : below(CATEGORIES)]++;
		}
		stats_ratings_item(&fleiss, counts);
		for (unsigned k = 0; k < CATEGORIES; k++) {
			printf(" %u", counts[k]);
		}
	}
	printf(" =");
	number(stats_kappa(&fleiss, KAPPA_FLEISS));
	printf("\n");
}

static int by_value(const void *a, const void *b)
{
	const struct stats_cell *x = a;
	const struct stats_cell *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

static void times(void)
{
	struct stats_cell cells[TIMES_MAX];
	unsigned n = 5 + below(TIMES_MAX - 4);
	double censored = 0.6 * unit();
	double q = 0.2 + 0.6 * unit();

	for (unsigned i = 0; i < n; i++) {
		cells[i] = (struct stats_cell){ 1 + below(40), 1, unit() < censored ? 0 : 1, 0 };
	}
	qsort(cells, n, sizeof(cells[0]), by_value);
	printf("km %.17g", q);
	for (unsigned i = 0; i < n; i++) {
		printf(" %g %g", cells[i].value, cells[i].events);
	}
	printf(" =");
	number(stats_km_quantile(cells, n, q, NULL));
	two(stats_km_interval(cells, n, q, 0.95));
	printf("\n");
}

static void orders(void)
{
	size_t n = (size_t)scale(1, 1e5);
	double q = 0.05 + 0.9 * unit();
	struct stats_ranks r = stats_order_ranks(n, q, 0.95);

	printf("ranks %zu %.17g = %zu %zu\n", n, q, r.low, r.high);
}

static void many_tests(void)
{
	struct stats_test tests[TESTS];
	double adjusted[TESTS];

	printf("benjamini_hochberg");
	for (unsigned i = 0; i < TESTS; i++) {
		tests[i] = (struct stats_test){ .p = pow(unit(), 3), .id = i };
		number(tests[i].p);
	}
	stats_benjamini_hochberg(tests, TESTS);
	for (unsigned i = 0; i < TESTS; i++) {
		adjusted[tests[i].id] = tests[i].adjusted;
	}
	printf(" =");
	for (unsigned i = 0; i < TESTS; i++) {
		number(adjusted[i]);
	}
	printf("\n");
}

static void samples(void)
{
	double population[CELLS];
	double sum = 0;
	double size;

	printf("variation");
	for (unsigned i = 0; i < CELLS; i++) {
		population[i] = floor(scale(1, 5000));
		sum += population[i];
		number(population[i]);
	}
	size = 1 + floor(unit() * fmin(sum - 1, 2000));
	printf(" %.17g =", size);
	number(stats_variation_expected(population, CELLS, size));
	printf("\n");
}

/* Days of unequal volume and mood: the interval of a bootstrap, to its Monte Carlo error. */
static void bootstraps(void)
{
	struct stats_day days[DAYS];

	printf("bootstrap");
	for (unsigned i = 0; i < DAYS; i++) {
		double n = 50 + below(200);

		days[i] = (struct stats_day){ n, n * (30 + 10 * unit()), 0 };
		number(days[i].n);
		number(days[i].sum);
	}
	printf(" =");
	two(stats_day_bootstrap(days, DAYS, 0.95, dice));
	printf("\n");
}

static void scores(void)
{
	double n = 2 + below(500);
	double promoters = below((unsigned)n + 1);
	double detractors = below((unsigned)(n - promoters) + 1);
	struct stats_nps s = stats_nps(promoters, detractors, n, Z95);
	struct stats_day answers = { n, 0, 0 };

	printf("nps %g %g %g =", promoters, detractors, n);
	number(s.points);
	number(s.error);
	printf("\nstudent_interval");
	for (unsigned i = 0; i < (unsigned)n; i++) {
		double value = 1 + below(5);

		answers.sum += value;
		answers.squares += value * value;
		printf(" %g", value);
	}
	printf(" =");
	two(stats_student_interval(&answers, 0.95));
	printf("\n");
}

int main(int argc, char **argv)
{
	static void (*const all[])(
		void) = { proportions, distributions, queues,  kappas,     times,
		          orders,      many_tests,    samples, bootstraps, scores };
	uint64_t rounds = 0;

	if (argc != 3 || slice_u64(slice_of(argv[1]), 1000000, &rounds) != 0) {
		(void)fprintf(stderr, "usage: oracle ROUNDS SEED\n");
		return 2;
	}
	dice = stats_random_of(argv[2]);
	for (uint64_t i = 0; i < rounds; i++) {
		for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
			all[k]();
		}
	}
	return 0;
}
