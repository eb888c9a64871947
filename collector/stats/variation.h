/* How far a sample is from what it was taken from: total variation distance over cells, beyond what
 * chance alone makes of a random sample. Pure. */
#pragma once

#include "cxmeter/stats.h"

#define VARIATION_CELLS_MAX 1024

struct stats_variation {
	double distance; /* 0.5 sum |p_sample - p_population|, 0 to 1 */
	double expected; /* of a random sample of the same size, without replacement */
	double excess;   /* distance - expected, at least 0 */
	struct interval sure;
};

/** Total variation distance of two sets of counts; NAN when one is empty. */
double stats_variation_distance(const double *sample, const double *population, size_t n);

/**
 * Its mean for a random sample of `size` out of the population, exact: each cell is hypergeometric,
 * whose mean absolute deviation is 2 m (N - K - n + m) P(m) / N with m = floor(n K / N) + 1 (de
 * Moivre's for the binomial). What a simulation would come near to.
 *
 * @param population  n whole counts.
 * @param size        at most their sum; beyond that it counts as the sum.
 */
double stats_variation_expected(const double *population, size_t n, double size);

/**
 * All of it. The interval is a percentile bootstrap over the items of the sample. Resampling adds
 * the same chance distance once more, so the replicates are centred; the upper end gives back what
 * of the expected distance the bootstrap shows not to be there.
 *
 * @param sample, population  n whole counts, n up to VARIATION_CELLS_MAX.
 * @return NANs when one is empty or there are too many cells.
 */
struct stats_variation stats_variation(const double *sample, const double *population, size_t n,
                                       double confidence, struct stats_random random);
