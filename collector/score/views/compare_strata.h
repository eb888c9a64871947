/* Contacts of all compared sites by kind of queue, part of the week and part of the day, and what a
 * reference makes of those of one site. Private to the comparison. */
#pragma once

#include "collector/score/views/compare.h"
#include "collector/stats/standardise.h"

#define COMPARE_STRATUM_MIN  30 /* contacts in the reference; smaller ones are merged */
#define COMPARE_LEAVE_OUT_TO 10 /* sites from which on a site stays in its own reference */

struct compare_strata {
	bool share;
	size_t n;       /* strata */
	size_t n_sites; /* of the report; those that are not fair have none */
	size_t n_fair;  /* sites in the pool */
	size_t n_days;
	struct stats_stratum *at;            /* n_sites rows of n */
	struct stats_stratum *pool;          /* n */
	const struct compare_site **by_site; /* cells of mean bootstraps */
	struct stats_stratum *scratch;       /* n + 1 */
	double *reference;                   /* n + 1 */
	size_t *merged;                      /* n: where each stratum went */
	size_t **stratum_of;                 /* of each cell of each site */
	size_t measure;
	double pool_rate;
};

struct compare_mean {
	double observed;
	double expected;
	double difference; /* NAN: nothing to hold against */
	struct interval sure;
};

int compare_strata_make(struct compare_strata *out, const struct compare_report *r, size_t subject);
void compare_strata_free(struct compare_strata *s);

/** Share of a site's contacts in strata in which another site has any. */
double compare_strata_overlap(const struct compare_strata *s, size_t site);

/** @param leave_out  the site is not in its own reference. */
struct stats_standardised compare_strata_share(const struct compare_strata *s, size_t site,
                                               bool leave_out);
struct compare_mean compare_strata_mean(const struct compare_strata *s, size_t site, bool leave_out,
                                        double confidence);

/**
 * Two sites on the mix of contacts that they have in common. A stratum weighs n_a n_b / (n_a + n_b)
 * (Cochran 1954; Mantel and Haenszel 1959), so one that either lacks weighs nothing, a small one
 * little, and the difference is a weighted mean of the differences in each stratum: who is better
 * in all of them is better.
 */
struct compare_common {
	double value[2];
	double n[2];    /* of a share: contacts without strata that would be as sure */
	double rate;    /* of both together, on the same mix */
	double part[2]; /* of each site's contacts, in strata that the other has too */
};

/** @return rate NAN where they have no contacts in common. */
struct compare_common compare_common_share(const struct compare_strata *s, size_t a, size_t b);
/** @param mean  of a and b: difference is from the rate of both, sure around the difference. */
struct compare_common compare_common_mean(const struct compare_strata *s, size_t a, size_t b,
                                          double confidence, struct compare_mean mean[2]);

/** May all fair sites be adjusted? */
bool compare_adjustable(const struct compare_report *r, size_t subject);

/** Standardised deviations of all sites and their funnel; strata NULL: not adjustable.
 * @param scratch  4 values a site. */
void compare_funnel(struct compare_report *r, size_t subject, const struct compare_strata *strata,
                    double *scratch);
