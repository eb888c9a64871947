/*
 * Rows that stand for more than themselves: of the calls of a time only a share was followed, and a
 * row of it counts as often as one over that share (Horvitz and Thompson 1952). Method:
 * docs/sampling.md. Private to the scoring engine.
 */
#pragma once

#include "collector/score/evidence/tallies.h"

#define WEIGHTS_ALL_PPM 1000000 /* every call is followed */

/** How often a row counts whose share is so much; 1 without one (0) or with none that can be. */
double weight_of(uint32_t share_ppm);

/* How many calls there are, from those that were followed. */
struct counted {
	double all;      /* sum of the weights */
	double variance; /* of `all`, by which calls fell into the share; 0: every one was followed
	                  */
	uint32_t lowest_ppm;
	uint32_t highest_ppm; /* 0: nothing was counted */
};

/** Add one call. @param share_ppm  the largest that any of its rows tells; 0: all are followed. */
void weights_count(struct counted *c, uint32_t share_ppm);

/** Between how many calls there are: the two numbers of which the share would just so leave as many
 * as were followed. Both are `all` where every call was. */
struct interval weights_between(const struct counted *c, double z);

/**
 * Add what rows of one share add up to, each counted once, to a day.
 * @param share_ppm  0: they say none.
 * @return 0 or -ENOMEM.
 */
int weights_add(struct tallies *t, size_t day, uint32_t share_ppm, const struct stats_day *rows);

/** The tallies whose rows were weighed, put to the number of equal rows that would tell as much:
 * what estimators may take for tallies of rows. */
struct weighed {
	struct tallies t;      /* borrows all but its cells */
	struct stats_day seen; /* all days, each row once */
	double per_row;        /* units of the weighed sums for one unit of `t` */
	struct score_sampled said;
};

/** @return 0, or -ENOMEM. The caller calls weights_free after 0. */
int weights_apply(const struct tallies *t, bool total, struct weighed *out);
void weights_free(struct weighed *w);
