/*
 * Sites beside one another: is the comparison fair, do they differ, and how sure is that
 * (docs/compare.md has the method and its sources).
 *
 * compare_gather asks a store; compare_make is a pure function of what it brought. Sites are sorted
 * by name first, so the result does not depend on the order in which they were named.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "collector/score/views/compare_facts.h"
#include "collector/stats/difference.h"
#include "cxmeter/score.h"

#define COMPARE_SITES_MAX    64
#define COMPARE_DAYPARTS     4 /* 0-6, 6-12, 12-18, 18-24 h of the site's wall clock */
#define COMPARE_CELLS_MAX    ((size_t)256 * 1024) /* of one site and indicator */
#define COMPARE_RANK_SITES   10
#define COMPARE_VENDOR_SITES 5
#define COMPARE_TRAIT_BYTES  256

/* Contacts of one stratum on one day. */
struct compare_cell {
	char queue[CXM_LABEL_MAX_BYTES + 1]; /* its type */
	bool weekend;
	int daypart;
	uint32_t day;
	double n;
	double sum; /* numerator of a share, sum of a mean */
};

/* What an answer must have in common with that of another site. */
enum compare_trait {
	COMPARE_CHANNEL,
	COMPARE_SURVEY_SCALE,
	COMPARE_SURVEY_WORDING,
	COMPARE_TRAITS,
};

/* What is known of one indicator at one site beyond its score. */
struct compare_measure {
	bool adjustable;
	bool share; /* cells are of a share; else of a mean */
	struct compare_cell *cells;
	size_t n_cells;
	bool has[COMPARE_TRAITS];                        /* its records have such a field */
	char trait[COMPARE_TRAITS][COMPARE_TRAIT_BYTES]; /* "" when no record says */
	double contacts_a_day; /* offered per queue and day, for the forecast floor; NAN: not known
	                        */
};

struct compare_site {
	const struct scorecard *card;
	const struct compare_fact *fact;  /* NULL: nothing is known of it */
	struct compare_measure *measures; /* one an indicator, areas in order; NULL: none */
};

/* Why two sites are not compared. */
enum compare_bar {
	COMPARE_FAIR,
	COMPARE_MODEL,
	COMPARE_WINDOW,
	COMPARE_PROVISIONAL,
	COMPARE_NOT_ASSESSED,
	COMPARE_NO_COMPLETENESS,
	COMPARE_INCOMPLETE,
	COMPARE_CONFLICT,
	COMPARE_METHOD,
	COMPARE_CHANNELS,
	COMPARE_SCALES,
	COMPARE_NO_WORDING,
	COMPARE_WORDINGS,
	COMPARE_NO_COUNTRY,
	COMPARE_COUNTRIES,
	COMPARE_NO_LOAD,
	COMPARE_NO_STRATA,
	COMPARE_NO_ERROR,
	COMPARE_INDICATORS, /* of an area */
	COMPARE_FEW_SITES,  /* of vendors */
	COMPARE_BARS,
};

enum compare_statement {
	COMPARE_NOT_COMPARED,
	COMPARE_NO_DIFFERENCE,
	COMPARE_EQUIVALENT,
	COMPARE_A_BETTER,
	COMPARE_B_BETTER,
};

enum compare_adjustment {
	COMPARE_IS_SCORE,       /* an area */
	COMPARE_STANDARDISED,   /* for the mix of contacts */
	COMPARE_EXCESS,         /* forecast error above what chance alone makes */
	COMPARE_NOT_ADJUSTABLE, /* its evidence does not say from which queue it is */
};

/* One thing that is compared: an area, or an indicator. */
struct compare_subject {
	const struct model_area *area;
	const struct model_indicator *indicator; /* NULL: the area itself */
	size_t at;                               /* place among all indicators */
};

/* A subject at one site. */
struct compare_value {
	enum compare_bar bar; /* of the site alone */
	enum compare_adjustment adjustment;
	double value; /* against all sites, for ranks; of an area its score */
	struct interval sure;
	double error; /* standard error of the value, or (standardised shares) of the ratio */
	double score; /* the same on the scale of 1 to 4 */
	struct interval score_sure;
	double raw;    /* as the scorecard has it */
	double pooled; /* observed / expected with all sites in the reference; NAN: no such share */
	double n;
	/* standardised against the other sites (all of them from 10 sites on); NAN: not */
	double observed;
	double expected;
	double ratio;
	double z;
	double z_dispersed; /* with the variance between sites; better is above 0 */
	struct interval funnel_95;
	struct interval funnel_998;
	double percentile; /* mid-rank; NAN below COMPARE_RANK_SITES sites */
	struct interval percentile_sure;
	unsigned band; /* from 1, the best; 0: no ranks */
};

/* One of two, as it is held against the other: what both can be held against is known of a pair,
 * not of a site. */
struct compare_side {
	double value; /* standardised: on the mix of contacts that the two have in common */
	struct interval sure;
	double score; /* the same on the scale of 1 to 4 */
	struct interval score_sure;
};

struct compare_result {
	size_t subject;
	size_t a; /* sites, or vendors */
	size_t b;
	enum compare_bar bar;
	size_t barred; /* the site that it lies with, where it lies with one */
	enum compare_statement statement;
	double difference; /* a - b, in the unit of the value */
	struct interval sure;
	double score_difference; /* on the scale of 1 to 4 */
	struct interval score_sure_90;
	struct interval ratio_sure_90; /* of standardised shares: the difference over their common
	                                * rate */
	struct compare_side side[2];   /* of a and b; NANs where they are not compared */
	double p;
	double adjusted; /* Benjamini and Hochberg, over the whole report */
};

struct compare_vendor {
	const char *name;
	size_t sites;
};

struct compare_report {
	const struct model *model;
	const struct compare_site *sites; /* by name */
	size_t n_sites;
	bool by_vendor;
	struct compare_vendor vendors[COMPARE_SITES_MAX];
	size_t n_vendors;
	struct compare_subject *subjects;
	size_t n_subjects;
	struct compare_value *values;   /* n_subjects rows of n_sites */
	struct compare_result *results; /* by subject, a, b */
	size_t n_results;
	size_t n_compared;
};

static inline const struct compare_value *compare_at(const struct compare_report *r, size_t subject,
                                                     size_t site)
{
	return &r->values[subject * r->n_sites + site];
}

/**
 * Compare. @param sites  sorted here; must outlive the report.
 * @return 0, -ENOMEM, or -EINVAL for fewer than two sites, more than COMPARE_SITES_MAX, or one
 * twice; explained.
 */
int compare_make(struct compare_report *out, struct compare_site *sites, size_t n_sites,
                 bool by_vendor, struct fault *fault);
void compare_free(struct compare_report *r);

/** Fill the measures of a site from the store its card was made from; sets the process's time zone
 * to the card's. @return 0, -ENOMEM, -E2BIG, or what the store returns; explained. */
int compare_gather(struct compare_site *site, struct store *st, const struct cxm_catalog *catalog,
                   struct fault *fault);
void compare_site_free(struct compare_site *site);

/* ---- words ---- */

/** Why not: "not comparable because ...". */
void compare_bar_text(const struct compare_report *r, const struct compare_result *x,
                      enum model_language language, struct buf *out);
const char *compare_bar_name(enum compare_bar bar);

/* ---- parts of compare_make, in files of their own ---- */

/** Values of all sites: adjustment, funnel, ranks (compare_value.c, compare_rank.c). */
int compare_values(struct compare_report *r);
int compare_ranks(struct compare_report *r, size_t subject);

/** What stands between two sites in the way of comparing them (compare_fair.c). */
enum compare_bar compare_fair(const struct compare_report *r, size_t subject, size_t a, size_t b,
                              size_t *barred);
/** Of one site alone. */
enum compare_bar compare_fair_site(const struct compare_report *r, size_t subject, size_t site);

int compare_vendors(struct compare_report *r);

/** Every pair of sites held against each other (compare_pair.c). */
int compare_pairs(struct compare_report *r);
/** A result of which nothing is known yet. */
struct compare_result compare_nothing(size_t subject, size_t a, size_t b);

/** Indicators of an area that only one of two sites has assessed.
 * @param only  two of them, of the first and of the second site; NULL: none. @return how many. */
size_t compare_lone_indicators(const struct scored_area *a, const struct scored_area *b,
                               const struct model_indicator *only[2]);
