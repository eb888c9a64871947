/*
 * Scores from evidence: what every indicator of a model says about one site in one window, how sure
 * that is, and what it makes of the twelve areas. Method and formulas: docs/scoring.md.
 *
 * The parts that calculate are pure functions (score_indicator, score_area); score_site alone
 * talks to a store. The same rows give the same bits, whatever the order or batches in which they
 * arrived.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/fault.h"
#include "cxmeter/model.h"
#include "cxmeter/stats.h"
#include "cxmeter/store.h"

#define SCORE_ZONE_MAX      64
#define SCORE_AREA_NOTES    8
#define SCORE_LOWEST        3  /* areas named beside the overall index */
#define SCORE_ROLE_SIZE     64 /* of a signer's role, NUL included; longer ones are cut */
#define SCORE_GAPS_MAX      64
#define SCORE_KINDS_MAX     64   /* that a model reads; of more the newest day is not known */
#define SCORE_GROUPS_MAX    1000 /* of a break-down; the rest is counted, not listed */
#define SCORE_SOURCES_MAX   32
#define SCORE_CELL_CONTACTS 5 /* a cell of fewer contacts is not shown (privacy) */

enum score_status { SCORE_NOT_ASSESSED, SCORE_ASSESSED, SCORE_NOT_APPLICABLE };
enum score_verdict {
	VERDICT_NOT_ASSESSED,
	VERDICT_CONFIRMED, /* the whole interval lies in one stage */
	VERDICT_LEANING,   /* it does not */
	VERDICT_UNEVEN,    /* the second opinion differs from the stage of the mean */
	VERDICT_UNDECIDED, /* a hard gate may hold or not: it wins over the others */
};

enum score_why {
	WHY_NOTHING,
	/* of an indicator */
	WHY_NOT_MEASURED,  /* the model does not say yet how to compute it */
	WHY_NO_EVIDENCE,   /* no row of its kind in the window */
	WHY_NONE_FITS,     /* rows, but none that says what is needed */
	WHY_TOO_FEW,       /* n or days below the minimum */
	WHY_TOO_UNCERTAIN, /* the interval spans three stages */
	WHY_NO_INTERVAL,   /* too little to say how sure it is */
	WHY_NOT_A_SHARE,   /* the numerator is larger than the denominator */
	WHY_NOT_REACHED,   /* so many were censored that the quantile was never reached */
	WHY_ATTESTED_AWAY, /* a signed statement says that there is no such thing here */
	/* of an area */
	WHY_COVERAGE,
	WHY_FEW_MEASURED,
	WHY_HARD_GATE_MISSING,
	WHY_REQUIRED_MISSING, /* what an indicator that counts requires beside it */
	WHY_SOFT_GATE_MISSING,
	WHY_GATE_CAPS,
	WHY_GATE_UNDECIDED,
	WHY_FAILURE_KNOWN, /* not assessed, but capped already */
	WHY_CONTRADICTED,  /* attested away, but there is evidence of it */
	/* of the overall index */
	WHY_NO_INDEX, /* the model has none */
	WHY_FEW_AREAS,
	WHY_MUST_AREA_MISSING,
};

struct score_reason {
	enum score_why why;
	const struct model_indicator *is; /* the gate; or the indicator itself */
	double have; /* n, coverage, the score without the gate, failures, areas */
	double need; /* likewise; the cap after a failure */
	double have_days;
	double need_days;
	const struct cxm_kind *kind;   /* WHY_NO_EVIDENCE: which is missing */
	const struct model_area *area; /* that is missing */
	int32_t day;                   /* of the statement, and who signed it */
	char role[SCORE_ROLE_SIZE];
};

/* Agents of the schedule, where one is read, and those of them whom the PBX never shows in the
 * window. Only how many: names are not kept. */
struct score_agents {
	uint64_t planned;
	uint64_t strangers;
};

/* What an estimator says, before it is judged. Numbers that are not known are NAN. */
struct estimate {
	double value;
	double n;
	double numerator;
	double denominator;
	struct interval interval;       /* of the value */
	size_t days;                    /* with data */
	double phi;                     /* over-dispersion that was used; NAN: none was */
	enum score_why why;             /* there is no value, or no interval */
	const struct cxm_kind *missing; /* WHY_NO_EVIDENCE: of this kind; NULL: of `from` */
	struct score_agents agents;
};

/* A counter-indicator that got worse while the indicator got better (docs/scoring.md, "Conflict").
 */
struct score_flag {
	const struct model_indicator *counter;
	double before; /* its value in the window before, and now */
	double now;
};

struct scored {
	const struct model_indicator *is;
	const struct model_evidence *by; /* the method that was used; NULL: none */
	bool top_out_of_reach; /* n is below min_n_top, so the score is kept below the top stage */
	enum score_status status;
	int stage; /* 1 to 4; 0: not assessed */
	struct estimate got;
	double score; /* 1 to 4, and its interval; NAN when not assessed */
	struct interval sure;
	struct score_reason reason;
	struct score_reason attested; /* WHY_ATTESTED_AWAY, WHY_CONTRADICTED or WHY_NOTHING */
	double before;                /* value in the window before; NAN: not asked or not known */
	struct score_flag flags[MODEL_COUNTERS_MAX]; /* any: excluded from comparison of sites */
	size_t n_flags;
};

struct scored_area {
	const struct model_area *is;
	enum score_status status;
	double score;
	struct interval sure;
	int stage; /* 0: not assessed */
	enum score_verdict verdict;
	double coverage;    /* weight assessed of weight applicable */
	int second_opinion; /* 0: none */
	struct score_reason notes[SCORE_AREA_NOTES];
	size_t n_notes;
	struct scored *indicators;
	size_t n_indicators;
};

/* One figure over all areas; never without them. */
struct score_overall {
	enum score_status status; /* not assessed: the notes say why */
	double index;             /* NAN when not assessed, as all that follows */
	struct interval sure;
	int band;  /* stage of the index */
	int stage; /* by shares of area weight: the overall stage */
	bool uneven;
	double weight; /* of assessed areas, of all that apply */
	double all_weight;
	double at_least[MODEL_STAGES]; /* share of weight at stage k + 1 or above */
	double equal_weights;          /* the index if all areas weighed the same */
	struct interval drawn;         /* lowest and highest index under random weights */
	double drawn_elsewhere;        /* share of random weights that give another stage */
	bool weight_dependent;
	size_t n_assessed;
	const struct scored_area *lowest[SCORE_LOWEST]; /* assessed areas, lowest first */
	size_t n_lowest;
	struct score_reason notes[SCORE_AREA_NOTES];
	size_t n_notes;
};

/* The newest day of a kind, among rows that are not dated ahead. */
struct score_newest {
	const struct cxm_kind *kind;
	int32_t day;
};

/* Days of the site's own calendar, both inclusive, since 1970-01-01. */
struct score_window {
	int32_t from_day;
	int32_t to_day;
	char timezone[SCORE_ZONE_MAX];
	struct score_newest newest[SCORE_KINDS_MAX]; /* of the evidence the model uses */
	size_t n_newest;
	uint64_t dated_ahead; /* rows dated after any evidence came; they end no window */
};

/* What the records say about what is not there; rows of a table that another source tells as well,
 * which are left out, end in GAPS_TOLD_TWICE. */
#define GAPS_TOLD_TWICE  "_told_twice"
#define GAPS_DATED_AHEAD "dated_ahead"
struct score_gap {
	char name[48];
	uint64_t count;
};

struct score_changes;

/* An indicator at the T that the site itself has declared for each queue, reported beside its
 * score. Only queues with a declared T are in it. */
struct score_declared {
	const struct model_indicator
		*is; /* NULL: no T is declared, or the model has no such figure */
	struct estimate got;
	double low_ms; /* smallest and largest T in force */
	double high_ms;
	size_t queues; /* with contacts and a T */
};

struct scorecard {
	const struct model *model;
	char site[STORE_NAME_MAX + 1];
	struct score_window window;
	bool provisional;
	bool simulated; /* made-up evidence; every page says so */
	struct scored_area *areas;
	size_t n_areas;
	struct score_overall overall;
	struct scored *context;
	size_t n_context;
	struct score_gap gaps[SCORE_GAPS_MAX];
	size_t n_gaps;
	const struct score_declared *declared; /* borrowed; NULL: not asked */
	const struct score_changes *changes;   /* cxmeter/changes.h; borrowed; NULL: not asked */
};

/* ---- pure parts ---- */

/** The stage, 1 to 4, of a score. */
int score_stage(const struct model_rules *rules, double score);

/** A value on the scale of 1 to 4 through the five anchors; a level for an ordinal indicator;
 * attested ones never above the model's limit. NAN stays NAN. */
double score_map(const struct model_indicator *is, const struct model_rules *rules, double value);

/** Judge an estimate: enough of it? how sure? which stage? */
struct scored score_indicator(const struct model_indicator *is, const struct model_rules *rules,
                              const struct estimate *got, bool provisional);

/** An area from its indicators, which are `a->indicators` already; fills the rest. */
void score_area(const struct model_rules *rules, struct scored_area *a);

/** The index over all areas, which are scored already. @param seed  "site|overall|from/to". */
void score_overall(struct scorecard *card, const char *seed);

/** Has this counter got worse by more than chance explains? The interval of the difference is that
 * of MOVER (Zou and Donner 2008). False where a value or an interval is not known. */
bool score_got_worse(const struct scored *before, const struct scored *now);

/** Is the value better than it was? False where one is not known. */
bool score_got_better(const struct scored *before, const struct scored *now);

/**
 * The next step that is nearest and weighs most: the assessed indicator with the largest
 * weight / distance to the next stage (a distance below 0.05 counts as 0.05), weight being its
 * share of what is applicable in its area, times the area's weight.
 * @return NULL when nothing assessed is below the top stage.
 */
const struct scored *score_next_step(const struct scorecard *card);

/* What lifts an indicator to its next stage. */
struct score_lift {
	bool known;
	double target;   /* the threshold, in the indicator's unit */
	double contacts; /* ratio: so many more (or fewer) of the denominator; else NAN */
	int stage;       /* the stage it reaches */
};
struct score_lift score_lift_of(const struct scored *s, const struct model_rules *rules);

/* ---- with a store ---- */

struct score_request {
	const char *site;
	const char *timezone;    /* NULL: what the site says, else UTC */
	const int32_t *from_day; /* NULL: as many days before the last as the model wants */
	const int32_t *to_day;   /* NULL: the day of the newest traffic, else evidence, of what
	                            is not dated ahead (docs/scoring.md) */
	bool provisional;
	struct cache *cache; /* of parts of days (cxmeter/cache.h); NULL: everything is gathered */
	int64_t now_us;      /* for score_history only: the time of what is computed now */
	const struct score_window *window; /* found before: this one; NULL: as above */
};

/** Is there such a site? @return 0, -ENOENT (explained with those there are), -errno. */
int score_check_site(struct store *st, const char *site, struct fault *fault);

/**
 * Use a time zone from now on (common/when.h): the one given, else the site's own, else UTC.
 * @return 0, -EINVAL for a zone nobody knows, -errno.
 */
int score_use_zone(char out[SCORE_ZONE_MAX], struct store *st, const char *site,
                   const char *timezone, struct fault *fault);

/** Is the evidence of this site simulated? @return 0 or -errno, explained. */
int score_mark(bool *simulated, struct store *st, const char *site, struct fault *fault);

/**
 * Find the window of a request. Sets the process's time zone (common/when.h) to the site's.
 * @return 0; -ENOENT for a site the store does not know (explained with those it knows) or one
 * without evidence, -EINVAL for a zone nobody knows or days that are no window, -errno.
 */
int score_window_of(struct score_window *out, const struct model *m, struct store *st,
                    const struct score_request *request, struct fault *fault);

/** Score a site. @return 0, or what score_window_of and the store return. */
int score_site(struct scorecard **out, const struct model *m, struct store *st,
               const struct score_request *request, const struct cxm_catalog *catalog,
               struct fault *fault);

/** The figure at the declared T, of the first indicator of the model that has one. @return as
 * score_site. */
int score_declared_of(struct score_declared *out, const struct model *m, struct store *st,
                      const struct score_request *request, struct fault *fault);
void scorecard_free(struct scorecard *card);

/* One line of a break-down of one indicator: a day, or one queue. */
struct score_line {
	int32_t day;
	char label[CXM_LABEL_MAX_BYTES + 1];
	struct estimate got;
};

struct score_detail {
	const struct model *model;
	char site[STORE_NAME_MAX + 1];
	struct score_window window;
	bool provisional;
	bool simulated; /* as in struct scorecard */
	struct scored scored;
	struct score_line *days;
	size_t n_days;
	struct score_line *groups; /* by descending n, then label */
	size_t n_groups;
	uint64_t groups_left_out;   /* past the limit */
	struct score_line *sources; /* who saw it: queue_log, ami, ...; as groups */
	size_t n_sources;
	uint64_t told_twice; /* rows that are left out because another source tells them */
};

/** One indicator with its days, groups and sources, for explain; none of them where it has no
 * evidence in the model. @return as score_site. */
int score_detail_of(struct score_detail *out, const struct model_indicator *is,
                    const struct model *m, struct store *st, const struct score_request *request,
                    struct fault *fault);
void score_detail_free(struct score_detail *detail);

/* ---- words ---- */

/** Why something was not assessed, or what an area's gates did; nothing for WHY_NOTHING. */
void score_reason_text(const struct score_reason *r, enum model_language language, struct buf *out);

/** A number for people: `digits` after the point, which is a comma in German. */
void score_number(double v, int digits, enum model_language language, struct buf *out);
