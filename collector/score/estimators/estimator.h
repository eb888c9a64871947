/*
 * What an estimator is: which parts of an evidence block it takes, how it gathers what one day adds
 * from the store, and what it makes of all days. One static struct a file; the loader finds them by
 * name.
 *
 * A day's part lies in typed arrays (struct tallies) and depends on nothing but the rows of that
 * day and of as many days around it as `reads` says: so it can be kept and used again
 * (cxmeter/cache.h does, for every estimator alike). Everything that depends on the window,
 * on other days or on the seed belongs into `estimate`, which is a pure function.
 */
#pragma once

#include "cxmeter/score.h"

/* Keys of an evidence block, as bits. */
enum estimator_key {
	ESTIMATOR_GOOD = 1 << 0,
	ESTIMATOR_PER = 1 << 1,
	ESTIMATOR_VALUE = 1 << 2,
	ESTIMATOR_AT = 1 << 3,
	ESTIMATOR_RELATE = 1 << 4, /* relate, only, except */
	ESTIMATOR_TAKE = 1 << 5,
	ESTIMATOR_SUBJECT = 1 << 6,
	ESTIMATOR_MEMBERS = 1 << 7, /* population, with */
	ESTIMATOR_OVER = 1 << 8,
	ESTIMATOR_FROM = 1 << 9, /* without it `from` is the first of `reads` */
	ESTIMATOR_OF = 1 << 10,
};

#define TALLY_ITEM_VALUES 4

/* Sums of one slot of a day and one label (mostly a queue). */
struct tally_slot {
	uint32_t day;   /* index into days[] */
	uint32_t slot;  /* of interval_minutes from the day's beginning */
	uint32_t label; /* index into labels[] */
	double sums[STORE_SUMS_MAX];
};

/* One thing of a day that a figure needs by itself. */
struct tally_item {
	uint32_t day;
	uint32_t tag; /* what kind of thing, as the estimator numbers them */
	uint64_t a;   /* keys */
	uint64_t b;
	double x[TALLY_ITEM_VALUES];
};

/* Rows of each kind of model_evidence.reads that were there to be looked at. */
struct tally_seen {
	uint64_t rows[MODEL_READS_MAX];
};

/*
 * What the rows of one indicator add up to, by day. Sorted when an estimator gets them, so the
 * order in which rows came leaves no trace: cells by value and day; slots by day, label text and
 * slot, one each; items by day, tag, a, b and x.
 */
struct tallies {
	struct stats_day days[STATS_DAYS_MAX];
	struct tally_seen seen[STATS_DAYS_MAX];
	size_t n_days;
	int32_t first_day; /* of days[0], since 1970-01-01 */
	size_t window_at;  /* the window's first day; before it the lookback's */
	uint32_t slots_a_day;
	struct stats_cell *cells; /* owned, like slots, items and labels */
	size_t n_cells;
	size_t cap;
	struct tally_slot *slots;
	size_t n_slots;
	size_t cap_slots;
	struct tally_item *items;
	size_t n_items;
	size_t cap_items;
	uint32_t *index; /* while gathering */
	size_t cap_index;
	char **labels;
	size_t n_labels;
	size_t cap_labels;
};

/* A kind that a named estimator reads besides, or instead of, `from`. */
struct estimator_read {
	const ProtobufCMessageDescriptor *kind;
	int32_t before_days;
	int32_t after_days;
	bool needed; /* no row in all days: "no evidence" of this kind, never 0 */
};

struct gather;

struct estimator {
	const char *name;
	unsigned wants;        /* keys it cannot do without */
	unsigned takes;        /* and those it can */
	unsigned intervals;    /* bits 1 << enum model_interval that it can give */
	bool by_value;         /* one row a distinct value, each a cell */
	bool one_value;        /* `value` is one expression, not a list */
	bool any_days;         /* its unit is not the day: on few days it says as much */
	bool by_label;         /* explain may break it down by the labels of its slots */
	bool uncached;         /* a day's part depends on the window's end */
	int64_t lookback_days; /* when the block says none; 0: the window */
	struct estimator_read reads[MODEL_READS_MAX]; /* up to the first without a kind */

	/* One of two ways to gather. (1) ask and add: what to ask the store for on each day, and
	 * its answer into one day. For by_value the days get n only; cells are made by the
	 * caller. */
	void (*ask)(const struct model_evidence *e, struct store_tally *q);
	void (*add)(const struct model_evidence *e, const struct store_tally_row *row,
	            struct stats_day *day);
	/* (2) everything else: fill days, cells, slots, items and seen of g->first .. g->last with
	 * the helpers of collector/score/evidence/gather.h. 0 or -errno, explained. */
	int (*gather)(struct gather *g);

	/* Value, n, numerator, denominator and interval. is->evidence is the block in use,
	 * is->interval its interval; n (the days' sum), `days` and the NANs are set before. Leave
	 * value NAN and say `why` when there is none. */
	void (*estimate)(const struct model_indicator *is, const struct model_rules *rules,
	                 const struct tallies *t, const char *seed, struct estimate *out);
};

extern const struct estimator estimator_ratio;
extern const struct estimator estimator_mean;
extern const struct estimator estimator_quantile;
extern const struct estimator estimator_kaplan_meier;
extern const struct estimator estimator_quotient;
extern const struct estimator estimator_count;
extern const struct estimator estimator_count_distinct;
extern const struct estimator estimator_latest;
extern const struct estimator estimator_members;
extern const struct estimator estimator_attestation;
extern const struct estimator estimator_target_coverage;
extern const struct estimator estimator_target_attainment;
extern const struct estimator estimator_worst_interval;
extern const struct estimator estimator_target_mix;
extern const struct estimator estimator_wape;
extern const struct estimator estimator_adherence;
extern const struct estimator estimator_occupancy;
extern const struct estimator estimator_lead_time;
extern const struct estimator estimator_telemetry_completeness;
extern const struct estimator estimator_reconciliation;
extern const struct estimator estimator_reproducibility;
extern const struct estimator estimator_nps;
extern const struct estimator estimator_kappa;
extern const struct estimator estimator_representativeness;
extern const struct estimator estimator_attrition;
extern const struct estimator estimator_staffing_fit;
extern const struct estimator estimator_affinity;
extern const struct estimator estimator_continuity;
extern const struct estimator estimator_analytics_ladder;
extern const struct estimator estimator_survey_bias;

/** By name; NULL when there is none. */
const struct estimator *estimator_named(const char *name);

/** "ratio, mean, ..." for messages. */
const char *estimator_names(void);

/** The estimate of an indicator from its tallies, by its first evidence block (give it a copy with
 * another one for another method). @param seed  "site|indicator|from/to". */
struct estimate estimator_run(const struct model_indicator *is, const struct model_rules *rules,
                              const struct tallies *t, const char *seed);

/** The over-dispersion to reckon with: assumed on few days, else measured, and where there is too
 * little of either not below what would be assumed. */
double estimator_phi(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t);

/**
 * The quantile for an interval whose variance is phi times that of independent contacts. A phi that
 * was measured on D days is an estimate with D - 1 degrees of freedom: Student's t (Student 1908).
 * The normal z where there is none to estimate (phi is 1) or it is assumed (few days).
 */
double estimator_z(const struct model_rules *rules, double phi, size_t days);

/** Quasi-Wilson of numerator, denominator, phi and days of an estimate. */
struct interval estimator_share(const struct model_rules *rules, const struct estimate *got);
