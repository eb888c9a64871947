/* Counts of independent events: exact interval, and how exactly such a count can be foretold at
 * best. Pure. */
#pragma once

#include "cxmeter/stats.h"

/**
 * Exact interval of the mean of a Poisson count (Garwood 1936).
 * @param count  0 or more, not necessarily whole.
 * @return low is 0 for a count of 0.
 */
struct interval stats_poisson_interval(double count, double confidence);

/**
 * The least relative mean absolute error that a forecast can have whose true mean is lambda:
 * 2 lambda^m e^-lambda / m! with m = floor(lambda); near sqrt(2 / (pi lambda)).
 * @return NAN for lambda <= 0.
 */
double stats_poisson_wape_floor(double lambda);
