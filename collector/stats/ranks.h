/*
 * Places among sites, never bare: mid-rank percentiles with their interval from joint replicates,
 * and whether groups of sites differ by more than a shuffle would make them. Pure.
 */
#pragma once

#include <stdint.h>

#include "cxmeter/stats.h"

/* Somewhere to sort in. */
struct stats_ranked {
	double value;
	double percentile;
	size_t id;
};

/**
 * Mid-rank percentiles: 100 (below + half of the equal, itself among them) / n.
 * @param out      n percentiles, in the order of `values`; may be `values`.
 * @param scratch  n entries.
 */
void stats_mid_ranks(const double *values, size_t n, double *out, struct stats_ranked *scratch);

/**
 * Intervals of the percentiles of n sites.
 *
 * @param replicates    n_replicates rows of n values, one a site, drawn jointly; at most
 *                      STATS_REPLICATES rows; become percentiles.
 * @param out           n intervals.
 */
void stats_rank_intervals(double *replicates, size_t n, size_t n_replicates, double confidence,
                          struct interval *out, struct stats_ranked *scratch);

#define STATS_PERMUTATIONS 10000

/* Values of sites that belong to groups, such as vendors. */
struct stats_groups {
	const double *values;
	const uint32_t *group; /* 0 .. n_groups - 1 */
	size_t n;
	uint32_t n_groups; /* at most STATS_GROUPS_MAX */
};

#define STATS_GROUPS_MAX 64

/**
 * Permutation test over sites: do the means of the groups differ more than when the sites are dealt
 * out anew? The measure is the sum of squares between groups; for two groups that is the two-sided
 * test of their difference.
 *
 * @param scratch  n group numbers.
 * @return p, (1 + shuffles at least as far apart) / (1 + STATS_PERMUTATIONS), so never 0; 1 when
 * there are fewer than two groups with a member, or too many.
 */
double stats_permutation_p(const struct stats_groups *g, struct stats_random random,
                           uint32_t *scratch);
