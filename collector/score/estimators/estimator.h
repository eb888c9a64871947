/*
 * What an estimator is: which expressions of the model it takes, what it asks the store for on each
 * day, and what it makes of the days. One static struct a file; the loader finds them by name.
 */
#pragma once

#include "cxmeter/score.h"

/* Expressions and numbers of an evidence block, as bits. */
enum estimator_key {
	ESTIMATOR_GOOD = 1 << 0,
	ESTIMATOR_PER = 1 << 1,
	ESTIMATOR_VALUE = 1 << 2,
	ESTIMATOR_AT = 1 << 3,
};

/* What the rows of one indicator add up to, by day. */
struct tallies {
	struct stats_day days[STATS_DAYS_MAX];
	size_t n_days;
	struct stats_cell
		*cells; /* owned; of estimators that look at single values; by value, day */
	size_t n_cells;
	size_t cap;
};

struct estimator {
	const char *name;
	unsigned wants;     /* keys it cannot do without */
	unsigned takes;     /* and those it can */
	unsigned intervals; /* bits 1 << enum model_interval that it can give */
	bool by_value;      /* one row a distinct value */
	bool one_value;     /* `value` is one expression, not a list */
	/* What to ask the store for: sums, and the value. */
	void (*ask)(const struct model_evidence *e, struct store_tally *q);
	/* Take the answer into one day. For by_value the days get n only; cells are made by the
	 * caller. */
	void (*add)(const struct model_evidence *e, const struct store_tally_row *row,
	            struct stats_day *day);
	/* Value, n, numerator, denominator and interval; `days` and the NANs are set before. */
	void (*estimate)(const struct model_indicator *is, const struct model_rules *rules,
	                 const struct tallies *t, const char *seed, struct estimate *out);
};

extern const struct estimator estimator_ratio;
extern const struct estimator estimator_mean;
extern const struct estimator estimator_quantile;
extern const struct estimator estimator_kaplan_meier;

/** By name; NULL when there is none. */
const struct estimator *estimator_named(const char *name);

/** "ratio, mean, ..." for messages. */
const char *estimator_names(void);

/** The estimate of an indicator from its tallies. @param seed  "site|indicator|from/to". */
struct estimate estimator_run(const struct model_indicator *is, const struct model_rules *rules,
                              const struct tallies *t, const char *seed);

/** The over-dispersion to reckon with: assumed on few days, else measured, and where there is too
 * little of either not below what would be assumed. */
double estimator_phi(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t);
