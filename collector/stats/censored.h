/* The interval of a Kaplan-Meier quantile from the times alone, without days to draw from. Pure. */
#pragma once

#include "cxmeter/stats.h"

/**
 * Interval of the q-quantile of times of which some were not seen to end (the same cells as
 * stats_km_quantile).
 *
 * All t are taken at which the estimated share F(t) does not differ from q: binomial tails with the
 * effective size F (1 - F) / Greenwood's variance in place of n (the modified Clopper-Pearson of
 * Fay, Brittain and Proschan 2013). Without censoring that is n, and the interval is the one of
 * stats_order_ranks, to the rank.
 *
 * @return an end is NAN when too little was seen on that side of it.
 */
struct interval stats_km_interval(const struct stats_cell *cells, size_t n_cells, double q,
                                  double confidence);
