/*
 * Random values of the distributions that the scoring engine draws from, on top of the generator of
 * cxmeter/stats.h: the same seed gives the same bits. No allocation, no global state.
 */
#pragma once

#include "cxmeter/stats.h"

/** A standard normal value (Marsaglia's polar method, 1964). */
double stats_random_normal(struct stats_random *r);

/** A gamma value of scale 1 (Marsaglia and Tsang 2000). @param shape  above 0 and finite. */
double stats_random_gamma(struct stats_random *r, double shape);

/**
 * One draw of the Dirichlet distribution: n shares that are at least 0 and add up to 1.
 *
 * @param alpha  n concentrations, each above 0 and finite; the mean of share i is alpha[i] / sum.
 * @param out    n values; may not be `alpha`.
 */
void stats_dirichlet(struct stats_random *r, const double *alpha, size_t n, double *out);
