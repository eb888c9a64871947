/* One indicator of a model file: bound by its table, then its anchors, levels and thresholds
 * checked against one another. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "collector/score/model/model_load.h"

/* in the order of their enums */
static const char *const class_names[] = { "measured", "derived", "attested", NULL };
static const char *const gate_names[] = { "none", "soft", "hard", NULL };
const char *const loader_interval_names[] = {
	"none",    "wilson",         "quasi_wilson",  "day_block_bootstrap", "order_statistic",
	"student", "item_bootstrap", "poisson_exact", "nps_multinomial",     NULL,
};
static const char *const directions[] = { "higher", "lower", NULL };

/* A unit decides how a figure is printed (cli/look.c): a misspelt one must not print as a bare
 * number. */
static const char *const units[] = {
	"ratio",
	"ratio per year",
	"s",
	"ms",
	"days",
	"currency",
	"kappa",
	"distance 0-1",
	"level 1-4",
	"points -100..100",
	"points 1-5",
	"questions 0-6",
	"reviews per year",
	NULL,
};

static size_t index_of(const char *const *names, const char *name)
{
	size_t i = 0;

	while (names[i] != NULL && strcmp(names[i], name) != 0) {
		i++;
	}
	return i;
}

enum model_interval loader_interval(const char *name)
{
	return (enum model_interval)index_of(loader_interval_names, name);
}

const char *model_interval_name(enum model_interval interval)
{
	return loader_interval_names[interval];
}

const char *model_class_name(enum model_class c)
{
	return class_names[c];
}

/* ---- tables ---- */

static const struct conf_item threshold_items[] = {
	LOAD_ITEM(threshold_yaml, "value", CONF_REAL, value, true, 0, 0, "equal to the anchor"),
	LOAD_ITEM(threshold_yaml, "source", CONF_TEXT, source, true, 0, 0,
	          "a key of sources, or proposed"),
};
static const struct conf_schema threshold_schema = LOAD_SCHEMA(threshold_items, threshold_yaml);

static const struct conf_item thresholds_items[] = {
	LOAD_PART(thresholds_yaml, "s1_s2", CONF_SECTION, to[0], true, 0, "where stage 2 begins",
	          &threshold_schema),
	LOAD_PART(thresholds_yaml, "s2_s3", CONF_SECTION, to[1], true, 0, "where stage 3 begins",
	          &threshold_schema),
	LOAD_PART(thresholds_yaml, "s3_s4", CONF_SECTION, to[2], true, 0, "where stage 4 begins",
	          &threshold_schema),
};
static const struct conf_schema thresholds_schema = LOAD_SCHEMA(thresholds_items, thresholds_yaml);

#define WORDS(name, field, required, help)                                                         \
	LOAD_ITEM(indicator_yaml, name, CONF_TEXT, field, required, 0, 0, help)
/* what indicators and context have in common */
#define COMMON_WORDS                                                                               \
	WORDS("id", id, true, "short name, in the whole model only once"),                         \
		WORDS("name", name, true, "name as printed"),                                      \
		WORDS("name_de", name_de, true, "name as printed, German"),                        \
		LOAD_NAMED(indicator_yaml, "unit", unit, true, NULL,                               \
	                   "ratio, s, days, ... of the value", units),                             \
		WORDS("meaning", meaning, false, "what it tells, for somebody who leads"),         \
		WORDS("meaning_de", meaning_de, false, "the same in German"),                      \
		WORDS("formula", formula, true, "definition"),                                     \
		WORDS("formula_de", formula_de, false, "definition, German"),                      \
		WORDS("telemetry", telemetry, true, "where such data comes from"),                 \
		WORDS("telemetry_de", telemetry_de, true, "the same in German"),                   \
		WORDS("needs", needs, false, "the source, or the file and its fields, it needs"),  \
		WORDS("needs_de", needs_de, false, "the same in German"),                          \
		LOAD_PART(indicator_yaml, "evidence", CONF_SECTIONS, evidence, false,              \
	                  MODEL_METHODS_MAX,                                                       \
	                  "how it is computed: one block, or a list of methods of which the "      \
	                  "first with enough evidence is used; absent: not measured yet",          \
	                  &evidence_schema)

static const struct conf_item indicator_items[] = {
	COMMON_WORDS,
	LOAD_NAMED(indicator_yaml, "evidence_class", evidence_class, true, NULL,
	           "measured, derived or attested", class_names),
	LOAD_NAMED(indicator_yaml, "direction", direction, true, NULL, "which way is better",
	           directions),
	WORDS("gaming", gaming, true, "how it could be flattered"),
	WORDS("gaming_de", gaming_de, false, "the same in German"),
	WORDS("counter", counter, true, "what would show that"),
	WORDS("counter_de", counter_de, false, "the same in German"),
	LOAD_ITEM(indicator_yaml, "counters", CONF_TEXTS, counters, false, 0, MODEL_COUNTERS_MAX,
	          "ids of what would get worse then: a conflict is flagged"),
	LOAD_ITEM(
		indicator_yaml, "requires", CONF_TEXT, requires, false, 0, 0,
		"id in its area: while this one counts without that one, the area is not assessed"),
	LOAD_PART(indicator_yaml, "declared", CONF_SECTION, declared, false, 0,
	          "the same figure at the T that the site has declared, reported beside it",
	          &declared_schema),
	LOAD_ITEM(indicator_yaml, "anchors", CONF_TEXTS, anchors, false, 0, MODEL_ANCHORS,
	          "floor, 1/2, 2/3, 3/4, ceiling"),
	LOAD_ITEM(indicator_yaml, "ordinal", CONF_BOOL, ordinal, false, 0, 0,
	          "the value is the stage: no anchors"),
	LOAD_ITEM(indicator_yaml, "levels", CONF_TEXTS, levels, false, 0, MODEL_STAGES,
	          "of an ordinal indicator: 1, 2, 3, 4"),
	LOAD_PART(indicator_yaml, "thresholds", CONF_SECTION, thresholds, true, 0,
	          "the three middle anchors with their sources", &thresholds_schema),
	LOAD_ITEM(indicator_yaml, "min_n", CONF_INT, min_n, true, 1, 1000000000,
	          "below it nothing is assessed"),
	LOAD_ITEM(indicator_yaml, "min_n_top", CONF_INT, min_n_top, false, 1, 1000000000,
	          "n from which the top stage can be reached"),
	LOAD_NAMED(indicator_yaml, "interval", interval, true, NULL, "how sure it is",
	           loader_interval_names),
	LOAD_ITEM(indicator_yaml, "weight", CONF_REAL, weight, true, 0, 0, "in its area, above 0"),
	WORDS("dependence_group", dependence_group, true, "errs together with others of it"),
	LOAD_NAMED(indicator_yaml, "gate", gate, false, "none", "must-have of its area",
	           gate_names),
	LOAD_ITEM(indicator_yaml, "any_failure_cap", CONF_REAL, any_failure_cap, false, 1,
	          MODEL_STAGES, "highest score of the area after a single failure"),
	WORDS("not_applicable_if", not_applicable_if, false,
	      "condition whose attestation takes it out of its area"),
};
const struct conf_schema indicator_schema = LOAD_SCHEMA(indicator_items, indicator_yaml);

static const struct conf_item context_items[] = {
	COMMON_WORDS,
	WORDS("use", use, true, "what it is good for"),
	WORDS("use_de", use_de, false, "the same in German"),
	LOAD_NAMED(indicator_yaml, "direction", direction, false, NULL,
	           "which way is better; only then it can be a counter", directions),
	LOAD_NAMED(indicator_yaml, "interval", interval, false, "none", "how sure it is",
	           loader_interval_names),
};
const struct conf_schema context_schema = LOAD_SCHEMA(context_items, indicator_yaml);

static int find_source(struct loader *l, const struct conf_node *at, const char *id,
                       const struct model_source **out)
{
	const struct model *m = &l->to->model;

	*out = NULL;
	for (size_t i = 0; i < m->n_sources; i++) {
		if (strcmp(m->sources[i].id, id) == 0) {
			*out = &m->sources[i];
			return 0;
		}
	}
	return strcmp(id, "proposed") == 0
	               ? 0
	               : conf_fail(LOADER_DOC(l), at, l->fault,
	                           "source \"%s\" is not in sources, and is not \"proposed\"", id);
}

static int read_thresholds(struct loader *l, const struct conf_node *node,
                           const struct indicator_yaml *in, struct model_indicator *out)
{
	const struct conf_node *at = conf_get(node, "thresholds");
	size_t i = 0;

	for (const struct conf_item *item = thresholds_items; i < MODEL_STAGES - 1; item++, i++) {
		const struct threshold_yaml *t = &in->thresholds.to[i];
		double want = in->ordinal ? (double)i + 2 : out->anchors[i + 1];
		int rc = find_source(l, conf_get(at, item->name), t->source,
		                     &out->thresholds[i].source);

		if (rc != 0) {
			return rc;
		}
		if (t->value != want) {
			return conf_fail(LOADER_DOC(l), conf_get(at, item->name), l->fault,
			                 "%g differs from %s %g", t->value,
			                 in->ordinal ? "the level" : "the anchor", want);
		}
		out->thresholds[i].value = t->value;
	}
	return 0;
}

static int read_anchors(struct loader *l, const struct conf_node *node,
                        const struct indicator_yaml *in, struct model_indicator *out)
{
	const struct conf_node *at = conf_get(node, "anchors");
	double sign = out->lower_is_better ? -1 : 1;
	int rc;

	if (in->ordinal) {
		return at == NULL ? 0
		                  : conf_fail(LOADER_DOC(l), at, l->fault,
		                              "an ordinal indicator has levels and no anchors");
	}
	rc = loader_numbers(l, node, "anchors", out->anchors, MODEL_ANCHORS);
	for (size_t i = 1; rc == 0 && i < MODEL_ANCHORS; i++) {
		double step = sign * (out->anchors[i] - out->anchors[i - 1]);

		/* where the best there is already is stage 4, ceiling and 3/4 are one */
		if (step < 0 || (step == 0 && i < MODEL_ANCHORS - 1)) {
			rc = conf_fail(LOADER_DOC(l), at, l->fault,
			               "must go %s from floor to ceiling (direction: %s); %g "
			               "after %g does not",
			               out->lower_is_better ? "down" : "up", in->direction,
			               out->anchors[i], out->anchors[i - 1]);
		}
	}
	return rc;
}

static int read_levels(struct loader *l, const struct conf_node *node,
                       const struct indicator_yaml *in)
{
	double levels[MODEL_STAGES];
	int rc;

	if (!in->ordinal) {
		return conf_get(node, "levels") == NULL
		               ? 0
		               : conf_fail(LOADER_DOC(l), conf_get(node, "levels"), l->fault,
		                           "only an ordinal indicator has levels");
	}
	rc = loader_numbers(l, node, "levels", levels, MODEL_STAGES);
	for (size_t i = 0; rc == 0 && i < MODEL_STAGES; i++) {
		if (levels[i] != (double)i + 1) {
			rc = conf_fail(LOADER_DOC(l), conf_get(node, "levels"), l->fault,
			               "expected 1, 2, 3, 4");
		}
	}
	return rc;
}

void loader_take_words(const struct indicator_yaml *in, struct model_indicator *out)
{
	out->id = in->id;
	out->name = loader_text(in->name, in->name_de);
	out->meaning = loader_text(in->meaning, in->meaning_de);
	out->formula = loader_text(in->formula, in->formula_de);
	out->telemetry = loader_text(in->telemetry, in->telemetry_de);
	out->needs = in->needs != NULL ? loader_text(in->needs, in->needs_de) : out->telemetry;
	out->gaming = loader_text(in->gaming, in->gaming_de);
	out->counter = loader_text(in->counter, in->counter_de);
	out->use = loader_text(in->use, in->use_de);
	out->unit = in->unit;
	out->interval = loader_interval(in->interval);
	out->directed = in->direction != NULL;
	out->lower_is_better = out->directed && strcmp(in->direction, "lower") == 0;
	out->not_applicable_if = in->not_applicable_if;
	out->min_n = in->min_n > 0 ? (double)in->min_n : 1;
	out->min_n_top = (double)in->min_n_top;
	out->ordinal = in->ordinal;
	out->weight = in->weight;
	out->group = in->dependence_group != NULL ? in->dependence_group : in->id;
	out->any_failure_cap = in->any_failure_cap;
}

int loader_indicator(struct loader *l, const struct conf_node *node,
                     const struct indicator_yaml *in, struct model_indicator *out)
{
	int rc = loader_check_id(l, node, in->id);

	if (rc != 0) {
		return rc;
	}
	loader_take_words(in, out);
	out->line = node->line;
	out->class = (enum model_class)index_of(class_names, in->evidence_class);
	out->gate = (enum model_gate)index_of(gate_names, in->gate);
	if (!(in->weight > 0)) {
		return conf_fail(LOADER_DOC(l), conf_get(node, "weight"), l->fault,
		                 "must be above 0");
	}
	rc = read_anchors(l, node, in, out);
	rc = rc != 0 ? rc : read_levels(l, node, in);
	rc = rc != 0 ? rc : read_thresholds(l, node, in, out);
	rc = rc != 0 ? rc : loader_evidence(l, node, &in->evidence, out);
	return rc != 0 ? rc : loader_declared(l, node, in, out);
}
