/* What the files of the model loader share; nobody else includes this. */
#pragma once

#include <stddef.h>

#include "common/conf.h"
#include "cxmeter/model.h"

#define MODEL_ARENA_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define MODEL_ID_MAX_BYTES    48

/* A model and what it rests on. */
struct loaded {
	struct model model; /* first: a struct model * is a struct loaded * */
	struct conf_doc doc;
	struct arena arena; /* expressions and lists */
};

struct loader {
	struct loaded *to;
	const struct cxm_catalog *catalog;
	struct fault *fault;
};

#define LOADER_DOC(l) (&(l)->to->doc)

/* Rows of the tables: a key, its type, its field, whether it must be there, its range, and help. */
#define LOAD_ITEM(of, name, type, field, required, min, max, help)                                 \
	{                                                                                          \
		name, type, offsetof(struct of, field), required, min, max, NULL, help, NULL, NULL \
	}
/* a text that is one of `choices` */
#define LOAD_NAMED(of, name, field, required, def, help, choices)                                  \
	{                                                                                          \
		name, CONF_TEXT, offsetof(struct of, field), required, 0, 0, def, help, NULL,      \
			choices                                                                    \
	}
/* a section, or a list of at most `max` */
#define LOAD_PART(of, name, type, field, required, max, help, schema)                              \
	{                                                                                          \
		name, type, offsetof(struct of, field), required, 0, max, NULL, help, schema, NULL \
	}
#define LOAD_SCHEMA(items, of)                                                                     \
	{                                                                                          \
		items, sizeof(items) / sizeof((items)[0]), sizeof(struct of), CONF_NO_LINE         \
	}

/* Zeroed memory of the model; NULL with the fault filled. */
void *loader_alloc(struct loader *l, size_t size_bytes);

/** A list that must stand there, of 1 to `max` entries; NULL with the fault filled. */
const struct conf_node *loader_list(struct loader *l, const struct conf_node *map, const char *key,
                                    size_t max);

/** Read a list of exactly n numbers. */
int loader_numbers(struct loader *l, const struct conf_node *map, const char *key, double *out,
                   size_t n);

struct model_text loader_text(const char *english, const char *german);

/** Lower-case letters, digits and _ only, of bounded length, as ids are. */
int loader_check_id(struct loader *l, const struct conf_node *at, const char *id);

/* Method: scale, window, statistics, evidence classes, aggregation (model_rules.c). */
int loader_rules(struct loader *l);

/* The evidence block of one indicator (model_evidence.c). */
struct evidence_yaml {
	const char *estimator;
	const char *from;
	const char *of;
	struct conf_list good; /* of const char * */
	struct conf_list per;
	struct conf_list value;
	double at;
	double divisor;
	const char *by;
	const char *counts;
	const char *counts_de;
};
extern const struct conf_schema evidence_schema;

/** One expression may stand where a list may: make it a list of one, before anything is bound. */
int loader_spread_terms(struct loader *l, const struct conf_node *indicator);
int loader_evidence(struct loader *l, const struct conf_node *indicator,
                    const struct evidence_yaml *in, struct model_indicator *out);

/* One indicator as it stands in the file (model_indicator.c). */
struct threshold_yaml {
	double value;
	const char *source;
};

struct thresholds_yaml {
	struct threshold_yaml to[MODEL_STAGES - 1];
};

struct indicator_yaml {
	const char *id;
	const char *name;
	const char *name_de;
	const char *evidence_class;
	const char *unit;
	const char *direction;
	const char *meaning;
	const char *meaning_de;
	const char *formula;
	const char *formula_de;
	const char *telemetry;
	const char *telemetry_de;
	const char *needs;
	const char *needs_de;
	const char *gaming;
	const char *gaming_de;
	const char *counter;
	const char *counter_de;
	struct conf_list counters; /* of const char * */
	const char *use;
	const char *use_de;
	struct evidence_yaml evidence;
	struct conf_list anchors;
	bool ordinal;
	struct conf_list levels;
	struct thresholds_yaml thresholds;
	int64_t min_n;
	int64_t min_n_top;
	const char *interval;
	double weight;
	const char *dependence_group;
	const char *gate;
	double any_failure_cap;
	const char *not_applicable_if;
};

extern const struct conf_schema indicator_schema;
extern const struct conf_schema context_schema; /* the same struct, fewer keys */

int loader_indicator(struct loader *l, const struct conf_node *node,
                     const struct indicator_yaml *in, struct model_indicator *out);

/** Counter-indicators by id, once all indicators are known (model_links.c). */
int loader_counters(struct loader *l);

/** The areas without which there is no overall index, once all areas are known. */
int loader_must_areas(struct loader *l);

/** Refuse dependencies that go in a circle; every entry has `first` and `then` already. */
int loader_check_circles(struct loader *l, const struct conf_node *dependencies);

/** What an indicator and a context figure have in common. */
void loader_take_words(const struct indicator_yaml *in, struct model_indicator *out);

/* Tables for model_describe. */
struct described {
	const char *title;
	const struct conf_schema *schema;
};
extern const struct described model_rules_described[];
extern const size_t model_n_rules_described;
