/*
 * Draws from the distributions that a contact centre is made of: exponential patience, lognormal
 * handle times, Poisson arrivals, and daily shares that scatter more than independent contacts.
 *
 * Pure functions of one generator (stats_random, stats.h), so a seed gives the same site on every
 * machine with IEEE 754 doubles.
 */
#pragma once

#include <stdbool.h>

#include "cxmeter/stats.h"

/** True with chance `p`; never for p <= 0, always for p >= 1. One draw, whatever p is. */
bool draw_chance(struct stats_random *r, double p);

/** Exponential with this mean; always above 0. */
double draw_exponential(struct stats_random *r, double mean);

/** Standard normal (Box and Muller 1958; the second of the pair is thrown away). */
double draw_normal(struct stats_random *r);

/** Lognormal with this mean and coefficient of variation. */
double draw_lognormal(struct stats_random *r, double mean, double cv);

/** Lognormal with this median; `sigma` is the standard deviation of the logarithm. */
double draw_around_median(struct stats_random *r, double median, double sigma);

/** Gamma with this shape (> 0) and scale 1 (Marsaglia and Tsang 2000). */
double draw_gamma(struct stats_random *r, double shape);

/** A share of one day around its long-run value `p`: beta with mean p and variance
 * p (1-p) `spread`, so contacts of one day are not independent. 0 and 1 stay as they are. */
double draw_share(struct stats_random *r, double p, double spread);

/** Poisson with this mean; 0 for mean <= 0. Takes time in proportion to the mean. */
unsigned draw_poisson(struct stats_random *r, double mean);

/** Uniform in low <= x < high. */
double draw_between(struct stats_random *r, double low, double high);
