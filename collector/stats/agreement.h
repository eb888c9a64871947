/*
 * Do evaluators agree beyond chance? Cohen's kappa of two, Fleiss' kappa of three or more, with an
 * interval by bootstrap. Pure.
 *
 * Everything a kappa needs is sums over items, so parts add up: one struct an item, a contact, a
 * day or the whole window.
 */
#pragma once

#include "cxmeter/stats.h"

#define AGREEMENT_CATEGORIES_MAX 16
#define AGREEMENT_BLOCKS_MAX     2000

struct stats_ratings {
	double items;
	double agreed;                           /* sum over items of the share of agreeing pairs */
	double first[AGREEMENT_CATEGORIES_MAX];  /* ratings by category: of the first evaluator, */
	double second[AGREEMENT_CATEGORIES_MAX]; /* and of the second; Fleiss: all in the first */
};

enum stats_kappa { KAPPA_COHEN, KAPPA_FLEISS };

/** One item that two evaluators put into a category each, below AGREEMENT_CATEGORIES_MAX. */
void stats_ratings_pair(struct stats_ratings *to, unsigned first, unsigned second);

/** One item with so many ratings in each category; left out with fewer than two ratings. How many
 * there are may differ from item to item. */
void stats_ratings_item(struct stats_ratings *to, const unsigned counts[AGREEMENT_CATEGORIES_MAX]);

void stats_ratings_add(struct stats_ratings *to, const struct stats_ratings *more);

/** Cohen 1960; Fleiss 1971. @return NAN without items, and where all ratings fall into one
 * category: chance alone would agree as well. */
double stats_kappa(const struct stats_ratings *r, enum stats_kappa which);

/**
 * Percentile bootstrap over blocks, such as the items of one contact: they were heard by the same
 * people and are not independent.
 *
 * @param blocks  as many as wanted; beyond AGREEMENT_BLOCKS_MAX they are joined, in turn, in place.
 * @return NANs with fewer than two blocks or without a kappa. Where all agree no replicate differs;
 * then the lower end is that of Wilson's interval of the observed agreement.
 */
struct interval stats_kappa_bootstrap(struct stats_ratings *blocks, size_t n,
                                      enum stats_kappa which, double confidence,
                                      struct stats_random random);
