/* Places among sites, and the permutation test; see ranks.h. */
#include "collector/stats/ranks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
	const struct stats_ranked *x = a;
	const struct stats_ranked *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

void stats_mid_ranks(const double *values, size_t n, double *out, struct stats_ranked *scratch)
{
	for (size_t i = 0; i < n; i++) {
		scratch[i] = (struct stats_ranked){ values[i], 0, i };
	}
	qsort(scratch, n, sizeof(*scratch), by_value);
	for (size_t i = 0; i < n;) {
		size_t end = i + 1; /* NAN equals nothing, itself neither */

		while (end < n && scratch[end].value == scratch[i].value) {
			end++;
		}
		for (size_t k = i; k < end; k++) {
			out[scratch[k].id] = 100 * ((double)i + (double)(end - i) / 2) / (double)n;
		}
		i = end;
	}
}

void stats_rank_intervals(double *replicates, size_t n, size_t n_replicates, double confidence,
                          struct interval *out, struct stats_ranked *scratch)
{
	double column[STATS_REPLICATES];
	size_t rows = n_replicates < STATS_REPLICATES ? n_replicates : STATS_REPLICATES;

	for (size_t b = 0; b < rows; b++) {
		stats_mid_ranks(replicates + b * n, n, replicates + b * n, scratch);
	}
	for (size_t i = 0; i < n; i++) {
		for (size_t b = 0; b < rows; b++) {
			column[b] = replicates[b * n + i];
		}
		out[i] = stats_percentiles(column, rows, confidence);
	}
}

/* Sum over the groups of (sum of values)^2 / members: the sum of squares between groups, less what
 * no shuffle changes. */
static double between(const struct stats_groups *g, const uint32_t *group, double mean)
{
	double sums[STATS_GROUPS_MAX] = { 0 };
	double counts[STATS_GROUPS_MAX] = { 0 };
	double total = 0;

	for (size_t i = 0; i < g->n; i++) {
		sums[group[i]] += g->values[i] - mean;
		counts[group[i]]++;
	}
	for (uint32_t k = 0; k < g->n_groups; k++) {
		total += counts[k] > 0 ? sums[k] * sums[k] / counts[k] : 0;
	}
	return total;
}

static uint32_t groups_with_members(const struct stats_groups *g)
{
	unsigned char seen[STATS_GROUPS_MAX] = { 0 };
	uint32_t n = 0;

	for (size_t i = 0; i < g->n; i++) {
		n += seen[g->group[i]] == 0;
		seen[g->group[i]] = 1;
	}
	return n;
}

static void shuffle(uint32_t *group, size_t n, struct stats_random *random)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = stats_random_below(random, (uint32_t)i);
		uint32_t held = group[i - 1];

		group[i - 1] = group[k];
		group[k] = held;
	}
}

double stats_permutation_p(const struct stats_groups *g, struct stats_random random,
                           uint32_t *scratch)
{
	double mean = 0;
	double seen;
	unsigned as_far = 0;

	if (g->n_groups > STATS_GROUPS_MAX || groups_with_members(g) < 2) {
		return 1;
	}
	for (size_t i = 0; i < g->n; i++) {
		mean += g->values[i] / (double)g->n;
	}
	seen = between(g, g->group, mean);
	memcpy(scratch, g->group, g->n * sizeof(*scratch));
	for (unsigned b = 0; b < STATS_PERMUTATIONS; b++) {
		shuffle(scratch, g->n, &random);
		/* a shuffle that deals the same groups may differ in the last bits */
		as_far += between(g, scratch, mean) >= seen * (1 - 1e-12);
	}
	return (1.0 + as_far) / (1.0 + STATS_PERMUTATIONS);
}
