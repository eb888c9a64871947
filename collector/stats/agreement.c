/* Cohen's and Fleiss' kappa; see agreement.h. */
#include "collector/stats/agreement.h"

#include <math.h>

#include "collector/stats/special.h"

void stats_ratings_pair(struct stats_ratings *to, unsigned first, unsigned second)
{
	to->items++;
	to->agreed += first == second;
	to->first[first]++;
	to->second[second]++;
}

void stats_ratings_item(struct stats_ratings *to, const unsigned counts[AGREEMENT_CATEGORIES_MAX])
{
	double ratings = 0;
	double pairs = 0;

	for (size_t k = 0; k < AGREEMENT_CATEGORIES_MAX; k++) {
		ratings += counts[k];
		pairs += (double)counts[k] * ((double)counts[k] - 1);
	}
	if (ratings < 2) {
		return;
	}
	to->items++;
	to->agreed += pairs / (ratings * (ratings - 1));
	for (size_t k = 0; k < AGREEMENT_CATEGORIES_MAX; k++) {
		to->first[k] += counts[k];
	}
}

void stats_ratings_add(struct stats_ratings *to, const struct stats_ratings *more)
{
	to->items += more->items;
	to->agreed += more->agreed;
	for (size_t k = 0; k < AGREEMENT_CATEGORIES_MAX; k++) {
		to->first[k] += more->first[k];
		to->second[k] += more->second[k];
	}
}

/* How often chance alone would agree, with the categories as common as they are. */
static double by_chance(const struct stats_ratings *r, enum stats_kappa which)
{
	const double *second = which == KAPPA_COHEN ? r->second : r->first;
	double sum_first = 0;
	double sum_second = 0;
	double both = 0;

	for (size_t k = 0; k < AGREEMENT_CATEGORIES_MAX; k++) {
		sum_first += r->first[k];
		sum_second += second[k];
		both += r->first[k] * second[k];
	}
	return both / (sum_first * sum_second);
}

double stats_kappa(const struct stats_ratings *r, enum stats_kappa which)
{
	double chance;

	if (!(r->items > 0)) {
		return NAN;
	}
	chance = by_chance(r, which);
	return chance < 1 - 1e-12 ? (r->agreed / r->items - chance) / (1 - chance) : NAN;
}

static size_t join_blocks(struct stats_ratings *blocks, size_t n)
{
	for (size_t i = AGREEMENT_BLOCKS_MAX; i < n; i++) {
		stats_ratings_add(&blocks[i % AGREEMENT_BLOCKS_MAX], &blocks[i]);
	}
	return n < AGREEMENT_BLOCKS_MAX ? n : AGREEMENT_BLOCKS_MAX;
}

/* All agree: as in Wilson's interval of n of n, they might not have. */
static struct interval all_agreed(const struct stats_ratings *total, enum stats_kappa which,
                                  double confidence)
{
	double z = stats_normal_quantile((1 + confidence) / 2);
	double chance = by_chance(total, which);
	double low = stats_wilson(total->items, total->items, z).low;

	return (struct interval){ (low - chance) / (1 - chance), 1 };
}

struct interval stats_kappa_bootstrap(struct stats_ratings *blocks, size_t n,
                                      enum stats_kappa which, double confidence,
                                      struct stats_random random)
{
	double replicates[STATS_REPLICATES];
	struct stats_ratings total = { 0 };
	size_t known = 0;

	n = join_blocks(blocks, n);
	for (size_t i = 0; i < n; i++) {
		stats_ratings_add(&total, &blocks[i]);
	}
	if (n < 2 || isnan(stats_kappa(&total, which))) {
		return (struct interval){ NAN, NAN };
	}
	if (total.agreed >= total.items) {
		return all_agreed(&total, which, confidence);
	}
	for (size_t b = 0; b < STATS_REPLICATES; b++) {
		struct stats_ratings drawn = { 0 };

		for (size_t i = 0; i < n; i++) {
			stats_ratings_add(&drawn,
			                  &blocks[stats_random_below(&random, (uint32_t)n)]);
		}
		replicates[known] = stats_kappa(&drawn, which);
		known += !isnan(replicates[known]);
	}
	/* a replicate of one category alone has no kappa; where most have none, nobody knows */
	return 2 * known > STATS_REPLICATES ? stats_percentiles(replicates, known, confidence)
	                                    : (struct interval){ NAN, NAN };
}
