/*
 * Is one site better than another? Differences of two estimates with their interval, and how many
 * of many such questions may be answered "yes". Pure.
 */
#pragma once

#include <stdbool.h>

#include "cxmeter/stats.h"

struct stats_difference {
	double value; /* a - b */
	struct interval sure;
};

/**
 * Difference of two independent estimates from their separate intervals (MOVER: Zou and Donner
 * 2008): each half-width is the root of the two squares that point that way.
 * @return an end is NAN when one it rests on is.
 */
struct stats_difference stats_difference(double a, struct interval sure_a, double b,
                                         struct interval sure_b);

/**
 * Difference of two proportions: MOVER of two Wilson intervals, which is Newcombe's hybrid score
 * interval (Newcombe 1998, method 10).
 * @return NANs when an n is not above 0.
 */
struct stats_difference stats_newcombe(double good_a, double n_a, double good_b, double n_b,
                                       double z);

/** Two-sided p of a standardised difference; 1 for NAN: nothing was shown. */
double stats_p_of_z(double z);

/** Two one-sided tests: the 90 % interval lies inside -margin .. +margin. */
bool stats_equivalent(struct interval sure_90, double margin);

struct stats_test {
	double p;
	double adjusted; /* filled in */
	size_t id;       /* of the caller */
};

/**
 * Benjamini and Hochberg 1995: p adjusted for all tests of one report. Rejecting adjusted <= q
 * keeps the expected share of false rejections at or below q. Sorts `tests` by p, then id; NAN
 * counts as 1.
 */
void stats_benjamini_hochberg(struct stats_test *tests, size_t n);
