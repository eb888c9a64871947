/*
 * Statistics of counted and timed things: intervals, over-dispersion between days, bootstrap over
 * whole days, quantiles of complete and of censored times.
 *
 * Pure functions over memory: no clock, no allocation, no global state. Every one is checked
 * against the vectors of docs/statistics.md. Intervals are two-sided. Where an end cannot be had it
 * is NAN.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define STATS_DAYS_MAX   400
#define STATS_REPLICATES 2000 /* of every bootstrap */

struct interval {
	double low;
	double high;
};

/* What one day adds: how many (or how much weight), the sum over them, the sum of squares. Calls of
 * one day are not independent, so the day is the unit of every interval here. */
struct stats_day {
	double n;
	double sum;
	double squares; /* 0 where nobody needs it */
};

/** Total of all days, added in their order. */
struct stats_day stats_total(const struct stats_day *days, size_t n_days);

/** How many days have any data (n > 0). */
size_t stats_days_with_data(const struct stats_day *days, size_t n_days);

/**
 * Wilson score interval of a proportion (Wilson 1927; vectors: Newcombe 1998).
 *
 * @param good  how many of `n`, 0 to n; need not be whole.
 * @param n     more than 0.
 * @param z     normal quantile of the confidence: 1.959963984540054 for 95 %.
 */
struct interval stats_wilson(double good, double n, double z);

/**
 * Over-dispersion of daily proportions: max(1, X2 / (D - 1)), X2 = sum of
 * (k - n p)^2 / (m p (1 - p)) over the D days with data, m their mean size (Spiegelhalter 2005 for
 * days of one size). Big days weigh as much as they do in the total, whose variance it is: what
 * linearisation gives for a ratio (Korn and Graubard 1998).
 * @return 1 when nothing can vary: fewer than two days, or p is 0 or 1.
 */
double stats_overdispersion(const struct stats_day *days, size_t n_days);

/** Wilson on good/phi of n/phi: as many independent contacts as the days really hold. */
struct interval stats_quasi_wilson(double good, double n, double phi, double z);

/**
 * Normal interval of a mean whose variance is `phi` times that of independent contacts:
 * mean -/+ z sqrt(phi s^2 / n).
 * @return NANs when total->n < 2.
 */
struct interval stats_mean_interval(const struct stats_day *total, double phi, double z);

/* ---- randomness that every rerun repeats ---- */

struct stats_random {
	uint64_t s[4]; /* xoshiro256** (Blackman and Vigna 2021) */
};

/** FNV-1a, 64 bits, of a text. */
uint64_t stats_fnv1a(const char *text);

/** SplitMix64: step the state, return the output. */
uint64_t stats_splitmix(uint64_t *state);

/** Seed from a text by SplitMix64 over its FNV-1a. */
struct stats_random stats_random_of(const char *text);
uint64_t stats_random_next(struct stats_random *r);

/** Uniform in 0 .. n-1 without bias (Lemire 2019); n > 0. */
uint32_t stats_random_below(struct stats_random *r, uint32_t n);

/** Uniform in [0, 1), 53 bits. */
double stats_random_unit(struct stats_random *r);

/**
 * Percentile bootstrap over whole days of sum / n, percentiles expanded for few days.
 * @param confidence  such as 0.95.
 * @return NANs with fewer than two days with data.
 */
struct interval stats_day_bootstrap(const struct stats_day *days, size_t n_days, double confidence,
                                    struct stats_random random);

/**
 * The same for a share, sum of n on every day between 0 and all. Where what is counted is rare,
 * days that never saw it cannot be resampled into days that did: all days 0 would give a width of
 * 0. So as long as the days hold fewer than 10 independent cases on the rarer side (the usual rule
 * for a normal approximation: Brown, Cai and DasGupta 2001; effective cases n_eff = p (1-p) / V, V
 * the variance of the ratio between days: Korn and Graubard 1998) the interval is Wilson's with
 * every day as one case and the quantile of Student's t with D - 1 degrees of freedom: 0 on each of
 * 28 days is 0 to 13 %.
 * @return NANs with fewer than two days with data.
 */
struct interval stats_day_share(const struct stats_day *days, size_t n_days, double confidence,
                                struct stats_random random);

/** The ends that a percentile bootstrap reads from its replicates, which are sorted in place. */
struct interval stats_percentiles(double *replicates, size_t n, double confidence);

/**
 * The same of a sum or a ratio of sums where whole days were resampled. Replicates of D days
 * scatter by (D - 1) / D too little, and know nothing of how little D days tell about that scatter:
 * the percentiles are those at Phi(-sqrt(D / (D - 1)) t), t of Student's with D - 1 degrees of
 * freedom (Hesterberg 2015, "What teachers should know about the bootstrap", 5.1, expanded
 * percentiles): 36 of 2000 are left out on either side with 28 days, 17 with 10. Quantiles of
 * resampled days need it not: as few different values can come out, plain percentiles of them are
 * wide enough (docs/coverage.md).
 * @param days  that hold data, 2 or more.
 */
struct interval stats_day_percentiles(double *replicates, size_t n, double confidence, size_t days);

/* ---- quantiles ---- */

/* 1-based ranks r and s with P(X(r) <= Q <= X(s)) >= confidence, the same risk on both sides;
 * 0 where the sample is too small to bound that side. */
struct stats_ranks {
	size_t low;
	size_t high;
};

/** Distribution-free interval of the q-quantile of n values from binomial order statistics. */
struct stats_ranks stats_order_ranks(size_t n, double q, double confidence);

/* So many values of one size on one day, sorted by value by whoever makes the array. */
struct stats_cell {
	double value;
	double n;
	double events; /* of n: the time ended by what we wait for; the rest is censored there */
	uint32_t day;  /* index, below STATS_DAYS_MAX */
};

/** The q-quantile of all values: the smallest with at least q n at or below it; NAN for none. */
double stats_quantile(const struct stats_cell *cells, size_t n_cells, double q);

/** The value of the 1-based rank; NAN for rank 0 or past the end. */
double stats_value_of_rank(const struct stats_cell *cells, size_t n_cells, size_t rank);

/**
 * Kaplan-Meier quantile (Kaplan and Meier 1958): the first time at which the estimated survival
 * falls to 1 - q or below; events come before censorings at one time.
 * @param day_weight  how often each day counts; NULL: once.
 * @return NAN when survival never falls so far: too many were censored before.
 */
double stats_km_quantile(const struct stats_cell *cells, size_t n_cells, double q,
                         const uint32_t *day_weight);

/**
 * Percentile bootstrap over whole days of the Kaplan-Meier quantile.
 * @param n_days  indices below it that occur in the cells are drawn from.
 * @return an end is NAN when the replicates there never reached the quantile.
 */
struct interval stats_km_bootstrap(const struct stats_cell *cells, size_t n_cells, double q,
                                   double confidence, struct stats_random random);
