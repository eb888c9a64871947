/* Total variation distance; see variation.h. */
#include "collector/stats/variation.h"

#include <math.h>

/* Items drawn a replicate. A larger sample is drawn smaller and its spread scaled by the root of
 * the sizes (m out of n bootstrap: Bickel, Goetze and van Zwet 1997). */
#define DRAWN_MAX 500

static double sum_of(const double *counts, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		sum += counts[i];
	}
	return sum;
}

double stats_variation_distance(const double *sample, const double *population, size_t n)
{
	double in_sample = sum_of(sample, n);
	double in_all = sum_of(population, n);
	double sum = 0;

	if (!(in_sample > 0 && in_all > 0)) {
		return NAN;
	}
	for (size_t i = 0; i < n; i++) {
		sum += fabs(sample[i] / in_sample - population[i] / in_all);
	}
	return sum / 2;
}

static double log_choose(double n, double k)
{
	int sign;

	return lgamma_r(n + 1, &sign) - lgamma_r(k + 1, &sign) - lgamma_r(n - k + 1, &sign);
}

/* Mean absolute deviation of how many of `cell` out of `all` are among `size`. */
static double mean_deviation(double all, double cell, double size)
{
	double m = floor(size * cell / all) + 1;
	double p;

	if (m > cell || m > size) {
		return 0; /* all of the cell, or all of the sample, whatever is drawn */
	}
	p = exp(log_choose(cell, m) + log_choose(all - cell, size - m) - log_choose(all, size));
	return 2 * m * (all - cell - size + m) * p / all;
}

double stats_variation_expected(const double *population, size_t n, double size)
{
	double all = sum_of(population, n);
	double sum = 0;

	size = fmin(size, all);
	if (!(size > 0)) {
		return NAN;
	}
	for (size_t i = 0; i < n; i++) {
		sum += population[i] > 0 ? mean_deviation(all, population[i], size) : 0;
	}
	return sum / size / 2;
}

/* What draws items of the sample, each as likely, by their cell. */
struct urn {
	const double *population;
	size_t n;
	double up_to[VARIATION_CELLS_MAX]; /* counts of the sample, added up */
	uint32_t draws;
};

static size_t cell_of(const struct urn *u, double item)
{
	size_t low = 0;
	size_t high = u->n - 1;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (item < u->up_to[middle]) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	return low;
}

static double draw(const struct urn *u, struct stats_random *random)
{
	double counts[VARIATION_CELLS_MAX] = { 0 };
	double items = u->up_to[u->n - 1];

	for (uint32_t i = 0; i < u->draws; i++) {
		counts[cell_of(u, floor(stats_random_unit(random) * items))]++;
	}
	return stats_variation_distance(counts, u->population, u->n);
}

/* The ends of the interval of the excess from its replicates; `v` has the rest. */
static struct interval ends(const struct stats_variation *v, double *replicates, double scale,
                            double confidence)
{
	double mean = sum_of(replicates, STATS_REPLICATES) / STATS_REPLICATES;
	/* further out than the sample itself: as much chance distance as there was in the sample */
	double bias = fmin(fmax((mean - v->distance) * scale, 0), v->expected);
	struct interval at = stats_percentiles(replicates, STATS_REPLICATES, confidence);

	at.low = v->distance - v->expected + (at.low - mean) * scale;
	at.high = v->distance - bias + (at.high - mean) * scale;
	at.low = fmin(fmax(at.low, 0), v->excess);
	at.high = fmax(fmin(at.high, 1), v->excess);
	return at;
}

struct stats_variation stats_variation(const double *sample, const double *population, size_t n,
                                       double confidence, struct stats_random random)
{
	struct stats_variation v = { NAN, NAN, NAN, { NAN, NAN } };
	double replicates[STATS_REPLICATES];
	double size = sum_of(sample, n);
	struct urn urn = { .population = population, .n = n };

	if (n > VARIATION_CELLS_MAX || !(size > 0 && sum_of(population, n) > 0)) {
		return v;
	}
	v.distance = stats_variation_distance(sample, population, n);
	v.expected = stats_variation_expected(population, n, size);
	v.excess = fmax(v.distance - v.expected, 0);
	urn.draws = (uint32_t)fmax(1, fmin(size, DRAWN_MAX));
	for (size_t i = 0; i < n; i++) {
		urn.up_to[i] = sample[i] + (i > 0 ? urn.up_to[i - 1] : 0);
	}
	for (size_t b = 0; b < STATS_REPLICATES; b++) {
		replicates[b] = draw(&urn, &random);
	}
	v.sure = ends(&v, replicates, sqrt(urn.draws / size), confidence);
	return v;
}
