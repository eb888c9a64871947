/*
 * Fair comparison of sites with different contacts: indirect standardisation over strata, and how
 * much more sites differ than chance lets them. Pure; docs/compare.md has the method.
 */
#pragma once

#include <stdbool.h>

#include "cxmeter/stats.h"

/* Contacts of one site in one stratum, and how many of them were good. */
struct stats_stratum {
	double n;
	double good;
};

/* What was observed against what the reference would have made of the same contacts. */
struct stats_standardised {
	double observed;
	double expected;
	double variance; /* of the observed, when the reference holds */
	double ratio;    /* observed / expected */
	double error; /* standard error of the ratio, first order: the reference taken as known */
	double z;     /* (observed - expected) / sqrt(variance) */
	double adjusted; /* ratio times the rate of the pool */
};

/**
 * Indirect standardisation.
 *
 * @param site       n strata of the site.
 * @param reference  rate of each stratum in the pool, 0 to 1; where it is NAN the pool has no such
 *                   contacts and the stratum is left out.
 * @param pool_rate  rate of the whole pool.
 * @return ratio, error and adjusted are NAN when nothing was expected; z is NAN when nothing could
 * vary.
 */
struct stats_standardised stats_standardise(const struct stats_stratum *site,
                                            const double *reference, size_t n, double pool_rate);

/** z of the difference of two ratios; NAN when one has no error. */
double stats_standardised_z(const struct stats_standardised *a, const struct stats_standardised *b);

/* Over-dispersion between sites (Spiegelhalter 2005). */
struct stats_dispersion {
	double phi;  /* mean of the winsorised z squared */
	double tau2; /* variance between sites, in the square of the unit; 0 where none is shown */
	bool additive; /* phi > J / (J - 1): tau2 is to be used */
};

/**
 * @param y        what each site has; variance[i] > 0 its sampling variance.
 * @param centre   what all are held against.
 * @param scratch  n values.
 * @return phi 1, tau2 0 for fewer than two sites.
 */
struct stats_dispersion stats_dispersion_of(const double *y, const double *variance, size_t n,
                                            double centre, double *scratch);

/** Winsorise in place, sorted: as many as lie in the outer `share` at either end take the value of
 * the innermost of them that stays. */
void stats_winsorise(double *values, size_t n, double share);

/** z of one site: (y - centre) / sqrt(variance + tau2), with tau2 only where it is additive. */
double stats_dispersed_z(double y, double variance, double centre,
                         const struct stats_dispersion *d);
