/* What the files of the model loader share; nobody else includes this. */
#pragma once

#include <stddef.h>

#include "common/conf.h"
#include "cxmeter/model.h"

#define MODEL_ARENA_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define MODEL_ID_MAX_BYTES    48

#define N_OF(list)            (sizeof(list) / sizeof((list)[0]))

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

/** As model_parse; `sha256` of these bytes is known, or NULL. */
int loader_model(struct model **out, const char *path, struct slice bytes, const char *sha256,
                 const struct cxm_catalog *catalog, struct fault *fault);

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

/* The evidence blocks of one indicator (model_evidence.c), and what reaches into other kinds
 * (model_relation.c). */
struct relation_yaml {
	const char *to;
	const char *of;
	struct conf_list on; /* of const char *: "field" or "field = field of the other" */
	const char *since;
	const char *time;
	int64_t from_ms;
	int64_t within_ms;
	int64_t reach_days;
	const char *differs;
};

struct members_yaml {
	const char *from;
	const char *on;
	const char *of;
	const char *sum;
	const char *per;
	double at_least;
};

struct over_yaml {
	const char *from;
	const char *of;
	const char *value;
};

struct evidence_yaml {
	const char *method;
	const char *estimator;
	const char *from;
	const char *of;
	struct conf_list good; /* of const char * */
	const char *blank;
	struct conf_list per;
	struct conf_list value;
	double at;
	double divisor;
	const char *interval;
	int64_t lookback_days;
	int64_t settle_days;
	struct relation_yaml relations[MODEL_RELATIONS];
	const char *take;
	struct conf_list subject;
	struct members_yaml population;
	struct members_yaml with;
	struct over_yaml over;
	const char *by;
	const char *counts;
	const char *counts_de;
};
extern const struct conf_schema evidence_schema;
extern const struct conf_schema relation_schema;
extern const struct conf_schema members_schema;
extern const struct conf_schema over_schema;
extern const char *const loader_interval_names[];
enum model_interval loader_interval(const char *name);

/* One block being read. */
struct block {
	struct loader *l;
	const struct conf_node *node;
	struct model_evidence *out;
};

/** Refuse a key of the block (the block itself where it is not there). */
int block_refuse(const struct block *c, const char *key, const char *why);

/** Remember a key's text for explain and for the hash. */
void block_keep(const struct block *c, const char *key, const char *text);

/** Where to point at for a key: its node, or the map when it is not there. */
const struct conf_node *block_at(const struct conf_node *node, const char *key);

/** Parse an expression over a kind; `at` is named when it is wrong. */
int block_parse(const struct block *c, const struct conf_node *at, const struct cxm_kind *kind,
                const char *text, enum expr_type want, const struct expr **out);

/** What may be added to `good`: "related", "not related", or one of them behind "... and ". Cuts
 * that off `text`, of which "" may remain. */
enum model_related block_related(char *text);

/** relate, only, except; population, with; over; newest_of; reads. */
int block_reach(const struct block *c, const struct evidence_yaml *in);

/** One expression may stand where a list may, one block where several may: make each a list of one
 * before anything is bound. */
int loader_spread_terms(struct loader *l, const struct conf_node *indicator);
int loader_evidence(struct loader *l, const struct conf_node *indicator, const struct conf_list *in,
                    struct model_indicator *out);

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
	const char *requires;
	struct model_declared declared;
	const char *use;
	const char *use_de;
	struct conf_list evidence; /* of struct evidence_yaml */
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

/** The figure at the declared T (model_declared.c), once the evidence is read. */
extern const struct conf_schema declared_schema;
int loader_declared(struct loader *l, const struct conf_node *indicator,
                    const struct indicator_yaml *in, struct model_indicator *out);

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
