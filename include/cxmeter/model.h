/*
 * The maturity model as data: areas, indicators, thresholds with their sources, weights, gates, and
 * for what can be computed the expressions over evidence. Read from YAML (model/talkdesk.yaml,
 * docs/model-format.md says how to change it), checked completely, then constant.
 *
 * Everything a model points to lives as long as the model; nothing is written after loading, so
 * threads may share one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/fault.h"
#include "cxmeter/record.h"
#include "proto/expr.h"

#define MODEL_STAGES         4
#define MODEL_ANCHORS        5 /* floor, 1/2, 2/3, 3/4, ceiling */
#define MODEL_AREAS_MAX      32
#define MODEL_INDICATORS_MAX 64 /* in one area, or as context */
#define MODEL_TERMS_MAX      4  /* of a sum */
#define MODEL_COUNTERS_MAX   8  /* of one indicator */
#define MODEL_SHA256_SIZE    65 /* hexadecimal, NUL included */

enum model_language { MODEL_ENGLISH, MODEL_GERMAN, MODEL_LANGUAGES };

/* One text in every language; the German one is the English one where nobody has written it. */
struct model_text {
	const char *in[MODEL_LANGUAGES];
};

enum model_class { MODEL_MEASURED, MODEL_DERIVED, MODEL_ATTESTED, MODEL_CLASSES };
enum model_gate { MODEL_NO_GATE, MODEL_SOFT_GATE, MODEL_HARD_GATE };

enum model_interval {
	MODEL_NO_INTERVAL,
	MODEL_WILSON,
	MODEL_QUASI_WILSON,
	MODEL_DAY_BLOCK_BOOTSTRAP,
	MODEL_ORDER_STATISTIC,
	/* named by the model, not computed yet */
	MODEL_STUDENT,
	MODEL_ITEM_BOOTSTRAP,
	MODEL_POISSON_EXACT,
	MODEL_NPS_MULTINOMIAL,
};

struct model_source {
	const char *id;
	const char *title;
	const char *ref; /* mostly a URL */
	const char *took;
	const char *verified;
};

struct model_threshold {
	double value;
	const struct model_source *source; /* NULL: no public source, proposed */
};

struct estimator;

/* Numbers that are added up. Each is summed on its own, so one that a row does not have adds
 * nothing and takes nothing from the others. */
struct model_terms {
	const struct expr *at[MODEL_TERMS_MAX];
	size_t n;
};

/* A key of the evidence block as it stands in the file, for explain. */
struct model_line {
	const char *key;
	const char *text;
};

#define MODEL_LINES_MAX   40
#define MODEL_METHODS_MAX 4 /* evidence blocks of one indicator */
#define MODEL_READS_MAX   6
#define MODEL_KEYS_MAX    2 /* fields that a relation compares */

/* A kind that a block reads, and how far beyond a day: what makes that day's figures stale. */
struct model_read {
	const struct cxm_kind *kind;
	int64_t before_us; /* rows from so long before the day's beginning */
	int64_t after_us;  /* until so long after its end */
	bool needed;       /* without any row nothing is assessed */
};

/* Rows of another kind that belong to a row: those with equal keys whose time lies in
 * since + from_us .. since + within_us, both ends included. */
struct model_relation {
	const struct cxm_kind *to; /* NULL: there is no such relation */
	const struct expr *of;     /* which rows of `to` count; NULL: all */
	const struct expr *told;   /* made by the loader: rows that say whether `of` holds */
	const struct cxm_field *left[MODEL_KEYS_MAX];
	const struct cxm_field *right[MODEL_KEYS_MAX];
	size_t n_keys;
	const struct cxm_field *since; /* time of the left row; NULL: at_us */
	const struct cxm_field *time;  /* of the right row; NULL: at_us */
	int64_t from_us;
	int64_t within_us;
	int64_t reach_us; /* the right row's at_us may lie so long before its `time` */
	const struct cxm_field *differs_left; /* must differ between the two; NULL: need not */
	const struct cxm_field *differs_right;
};

enum model_relation_role {
	MODEL_RELATE, /* the row is related */
	MODEL_ONLY,   /* rows without such a row do not count */
	MODEL_EXCEPT, /* rows with one do not */
	MODEL_RELATIONS,
};

enum model_related { MODEL_ANY_RELATED, MODEL_IS_RELATED, MODEL_NOT_RELATED };

enum model_take {
	MODEL_TAKE_MIN,
	MODEL_TAKE_MAX,
	MODEL_TAKE_SUM,
	MODEL_TAKE_LATEST,
	MODEL_TAKE_COUNT
};

/* members: keys of one kind that come to so much. */
struct model_members {
	const struct cxm_kind *from; /* NULL: not given */
	const struct cxm_field *on;  /* an identity or a label */
	const struct expr *of;
	const struct expr *sum; /* NULL: count rows */
	const struct expr *per; /* NULL: the sum itself, else sum over sum */
	double at_least;
};

/* How an indicator is computed. */
struct model_evidence {
	const struct estimator *estimator;
	const char *method;           /* "survey", "repeat": part of the result; "": the only one */
	enum model_interval interval; /* the indicator's, unless the block says another */
	int64_t lookback_days;        /* days that count, up to the window's last; 0: the window */
	int64_t settle_days; /* before the newest evidence, too recent to be judged; 0: none */
	const struct cxm_kind *from;
	const struct expr *of;      /* which rows count; NULL: all */
	struct model_terms good;    /* ratio: numerator; kaplan_meier: the event */
	struct model_terms per;     /* ratio: denominator; none: 1 a row */
	const struct expr *blank;   /* ratio: rows that do not say whether they are good; or NULL */
	struct model_terms value;   /* mean: numerator; quantile, kaplan_meier: what is measured */
	const struct expr *square;  /* of a single value, made by the loader; NULL: not needed */
	double at;                  /* quantile, kaplan_meier: 0 to 1 */
	double divisor;             /* from the value's unit to the indicator's: 1000 for ms to s */
	const struct cxm_field *by; /* explain breaks down by this label or state; NULL: none */
	struct model_relation relations[MODEL_RELATIONS];
	enum model_related related; /* what `good` says of it beside its own expression */
	bool gap;                   /* `value` is gap_ms: from the left row to the right one */
	enum model_take take;
	const struct cxm_field *subject[MODEL_KEYS_MAX]; /* latest: the newest row of each */
	size_t n_subject;
	struct model_members population;
	struct model_members with;
	const struct cxm_kind *over; /* quotient: the kind of the denominator */
	const struct expr *over_of;
	const struct expr *over_value;            /* NULL: 1 a row */
	struct model_read reads[MODEL_READS_MAX]; /* `from` first */
	size_t n_reads;
	uint64_t hash;            /* of everything above: the same figures from the same rows */
	struct model_text counts; /* what the numerator counts: "contacts answered within 20 s" */
	struct model_line lines[MODEL_LINES_MAX];
	size_t n_lines;
};

/* The same figure at the T that a site has declared for each queue, reported beside the score. */
struct model_declared {
	const char *metric; /* of Target records; NULL: there is no such figure */
	const char *good;   /* numerator, in which $T stands for the declared milliseconds */
};

struct model_area;

struct model_indicator {
	const char *id;
	struct model_text name;
	struct model_text meaning; /* what it tells a reader who leads; may be empty */
	struct model_text formula;
	struct model_text telemetry; /* where such data comes from */
	struct model_text needs;     /* source, or file and fields; telemetry where unsaid */
	struct model_text gaming;    /* how it could be flattered */
	struct model_text counter;   /* and what would show it */
	struct model_text use;       /* of a context indicator; else empty */
	/* what would get worse if the indicator were flattered; scored or context */
	const struct model_indicator *const *counters;
	size_t n_counters;
	/* of the same area: while this one counts and that one is not assessed, the area is not;
	 * NULL: none */
	const struct model_indicator *requires;
	const char *unit;
	enum model_class class;
	enum model_gate gate;
	enum model_interval interval;
	bool directed; /* false: a figure of context of which neither more nor less is better */
	bool lower_is_better;
	struct model_declared declared;
	const char *not_applicable_if; /* the condition that may be attested; NULL: none */
	bool ordinal;                  /* the value is the stage: no anchors */
	double anchors[MODEL_ANCHORS];
	struct model_threshold thresholds[MODEL_STAGES - 1];
	double min_n;
	double min_n_top;       /* below it the top stage cannot be reached; 0: it always can */
	double weight;          /* 0 for context: reported, never scored */
	const char *group;      /* indicators of one dependence group err together */
	double any_failure_cap; /* of the area once one failure is known; 0: none */
	const struct model_evidence *evidence; /* NULL: cannot be computed yet; else n_methods of
	                                          them, the preferred first */
	size_t n_methods;
	const struct model_area *area; /* NULL for context */
	unsigned line;
};

struct model_area {
	const char *id;
	struct model_text name;
	struct model_text needs; /* the telemetry of the whole area, in a few words */
	struct model_text measurable;
	struct model_text not_measurable;
	double weight;
	struct model_indicator *indicators;
	size_t n_indicators;
	unsigned line;
};

/* The numbers of the method (docs/scoring.md, "Aggregation"). */
struct model_rules {
	double anchor_scores[MODEL_ANCHORS]; /* 1.00 1.75 2.50 3.25 4.00 */
	struct model_text stages[MODEL_STAGES];
	int64_t window_days;
	int64_t interval_minutes; /* slots on local wall clock */
	int64_t min_days;
	double confidence;
	double z; /* its normal quantile */
	double few_days_phi;
	double class_factor[MODEL_CLASSES];
	double attested_max_score;
	double min_coverage;
	int64_t min_measured_or_derived;
	double soft_gate_headroom;
	double hard_gate_below;
	double hard_gate_cap;
	double largely; /* weight share at stage k, above */
	double fully;   /* weight share at stage k - 1, above */
	/* overall index */
	int64_t min_areas; /* assessed ones that it needs; 0: the model has none */
	const struct model_area *must_areas[MODEL_AREAS_MAX];
	size_t n_must_areas;
	int64_t weight_draws;          /* random weights tried on it */
	double weight_dependent_above; /* share of draws with another stage */
};

/* What should be improved before what. */
struct model_dependency {
	const struct model_indicator *first;
	const struct model_indicator *then;
};

struct model {
	const char *id;
	const char *version;
	const struct cxm_catalog *catalog; /* borrowed: it was loaded with it */
	char sha256[MODEL_SHA256_SIZE];    /* of the file's bytes */
	struct model_rules rules;
	struct model_area *areas;
	size_t n_areas;
	struct model_indicator *context;
	size_t n_context;
	struct model_source *sources;
	size_t n_sources;
	struct model_dependency *dependencies;
	size_t n_dependencies;
};

/**
 * Load a model from memory; `path` only names it in errors. The catalog must outlive the model.
 * @return 0; -EBADMSG for what is no YAML, -EINVAL for everything else that is wrong with it
 * (explained with file, line, key and, in expressions, column), -ENOMEM. Never half a model.
 */
int model_parse(struct model **out, const char *path, const void *data, size_t len_bytes,
                const struct cxm_catalog *catalog, struct fault *fault);

/** The same from a file; also -errno when it cannot be read. */
int model_load(struct model **out, const char *path, const struct cxm_catalog *catalog,
               struct fault *fault);

/** The model that is compiled in: model/talkdesk.yaml. */
int model_builtin(struct model **out, const struct cxm_catalog *catalog, struct fault *fault);
void model_free(struct model *m);

/** By id, among areas' indicators and context; NULL when there is none. */
const struct model_indicator *model_indicator_named(const struct model *m, const char *id);

/** Every key of a model file with type, range and help, as Markdown tables. */
void model_describe(FILE *out);

/** "quasi_wilson" and so on, as in the file. */
const char *model_interval_name(enum model_interval interval);
const char *model_class_name(enum model_class c);
