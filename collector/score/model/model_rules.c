/* The numbers of the method: scale, window, statistics, evidence classes and aggregation of a model
 * file, checked against one another. */
#include "collector/score/model/model_load.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "cxmeter/stats.h"

/* ---- scale ---- */

struct stage_yaml {
	int64_t n;
	const char *id;
	const char *name;
	const char *name_de;
};

static const struct conf_item stage_items[] = {
	LOAD_ITEM(stage_yaml, "n", CONF_INT, n, true, 1, MODEL_STAGES, "number of the stage"),
	LOAD_ITEM(stage_yaml, "id", CONF_TEXT, id, true, 0, 0, "short name"),
	LOAD_ITEM(stage_yaml, "name", CONF_TEXT, name, true, 0, 0, "name as printed"),
	LOAD_ITEM(stage_yaml, "name_de", CONF_TEXT, name_de, true, 0, 0, "name as printed, German"),
};
static const struct conf_schema stage_schema = LOAD_SCHEMA(stage_items, stage_yaml);

struct scale_yaml {
	double min;
	double max;
	struct conf_list cuts;
	struct conf_list stages;
	struct conf_list anchor_scores;
	const char *mapping;
	const char *ordinal_mapping;
};

static const char *const mappings[] = { "piecewise_linear", NULL };
static const struct conf_item scale_items[] = {
	LOAD_ITEM(scale_yaml, "min", CONF_REAL, min, true, 0, 0, "lowest score"),
	LOAD_ITEM(scale_yaml, "max", CONF_REAL, max, true, 0, 0, "highest score"),
	LOAD_ITEM(scale_yaml, "cuts", CONF_TEXTS, cuts, true, 0, MODEL_STAGES - 1,
	          "scores at which stages 2, 3 and 4 begin"),
	LOAD_PART(scale_yaml, "stages", CONF_SECTIONS, stages, true, MODEL_STAGES,
	          "the four stages", &stage_schema),
	LOAD_ITEM(scale_yaml, "anchor_scores", CONF_TEXTS, anchor_scores, true, 0, MODEL_ANCHORS,
	          "scores of floor, 1/2, 2/3, 3/4 and ceiling"),
	LOAD_NAMED(scale_yaml, "mapping", mapping, true, NULL, "how a value becomes a score",
	           mappings),
	LOAD_ITEM(scale_yaml, "ordinal_mapping", CONF_TEXT, ordinal_mapping, false, 0, 0,
	          "the same for levels, in words"),
};
static const struct conf_schema scale_schema = LOAD_SCHEMA(scale_items, scale_yaml);

static int read_stages(struct loader *l, const struct conf_node *scale, const struct scale_yaml *in)
{
	const struct stage_yaml *stages = in->stages.items;
	struct model_rules *rules = &l->to->model.rules;

	if (in->stages.count != MODEL_STAGES) {
		return conf_fail(LOADER_DOC(l), conf_get(scale, "stages"), l->fault,
		                 "expected %d stages", MODEL_STAGES);
	}
	for (size_t i = 0; i < MODEL_STAGES; i++) {
		if (stages[i].n != (int64_t)i + 1) {
			return conf_fail(LOADER_DOC(l), conf_get(scale, "stages"), l->fault,
			                 "expected stage n: %zu in place %zu", i + 1, i + 1);
		}
		rules->stages[i] = loader_text(stages[i].name, stages[i].name_de);
	}
	return 0;
}

static int read_scale(struct loader *l, const struct conf_node *scale)
{
	struct model_rules *rules = &l->to->model.rules;
	double cuts[MODEL_STAGES - 1];
	struct scale_yaml in;
	int rc = conf_bind(LOADER_DOC(l), scale, &scale_schema, &in, l->fault);

	rc = rc != 0 ? rc : read_stages(l, scale, &in);
	rc = rc != 0 ? rc
	             : loader_numbers(l, scale, "anchor_scores", rules->anchor_scores,
	                              MODEL_ANCHORS);
	rc = rc != 0 ? rc : loader_numbers(l, scale, "cuts", cuts, MODEL_STAGES - 1);
	if (rc != 0) {
		return rc;
	}
	for (size_t i = 1; i < MODEL_ANCHORS; i++) {
		if (rules->anchor_scores[i] <= rules->anchor_scores[i - 1]) {
			return conf_fail(LOADER_DOC(l), conf_get(scale, "anchor_scores"), l->fault,
			                 "each must be larger than the one before");
		}
	}
	if (rules->anchor_scores[0] != in.min ||
	    rules->anchor_scores[MODEL_ANCHORS - 1] != in.max) {
		return conf_fail(LOADER_DOC(l), conf_get(scale, "anchor_scores"), l->fault,
		                 "the first must be min and the last max");
	}
	for (size_t i = 0; i < MODEL_STAGES - 1; i++) {
		if (cuts[i] != rules->anchor_scores[i + 1]) {
			return conf_fail(LOADER_DOC(l), conf_get(scale, "cuts"), l->fault,
			                 "must be the three middle anchor_scores");
		}
	}
	return 0;
}

/* ---- window ---- */

struct window_yaml {
	int64_t days;
	int64_t min_days;
	int64_t interval_minutes;
	const char *interval_alignment;
	int64_t short_abandon_s;
	int64_t service_level_s;
	int64_t repeat_contact_days;
	int64_t containment_hours;
};

static const struct conf_item window_items[] = {
	LOAD_ITEM(window_yaml, "days", CONF_INT, days, true, 1, STATS_DAYS_MAX,
	          "days of the window when none are named"),
	LOAD_ITEM(window_yaml, "min_days", CONF_INT, min_days, true, 2, STATS_DAYS_MAX,
	          "days with data below which nothing is assessed"),
	{ "interval_minutes", CONF_INT, offsetof(struct window_yaml, interval_minutes), false, 5,
	  1440, "30", "length of a slot on local wall clock", NULL, NULL },
	LOAD_ITEM(window_yaml, "interval_alignment", CONF_TEXT, interval_alignment, false, 0, 0,
	          "what intervals are aligned to, in words"),
	LOAD_ITEM(window_yaml, "short_abandon_s", CONF_INT, short_abandon_s, false, 0, 3600,
	          "what the expressions take as a short abandon"),
	LOAD_ITEM(window_yaml, "service_level_T_s", CONF_INT, service_level_s, false, 0, 3600,
	          "what the expressions take as T"),
	LOAD_ITEM(window_yaml, "repeat_contact_days", CONF_INT, repeat_contact_days, false, 1,
	          STATS_DAYS_MAX, "reach of a repeat contact"),
	LOAD_ITEM(window_yaml, "containment_hours", CONF_INT, containment_hours, false, 1, 720,
	          "reach of a contact after self-service"),
};
static const struct conf_schema window_schema = LOAD_SCHEMA(window_items, window_yaml);

static int read_window(struct loader *l, const struct conf_node *node)
{
	struct model_rules *rules = &l->to->model.rules;
	struct window_yaml in;
	int rc = conf_bind(LOADER_DOC(l), node, &window_schema, &in, l->fault);

	if (rc == 0 && in.min_days > in.days) {
		rc = conf_fail(LOADER_DOC(l), conf_get(node, "min_days"), l->fault,
		               "more than the %lld days of the window", (long long)in.days);
	}
	rules->window_days = in.days;
	rules->min_days = in.min_days;
	rules->interval_minutes = in.interval_minutes;
	return rc;
}

/* ---- statistics ---- */

struct methods_yaml {
	const char *text[MODEL_NPS_MULTINOMIAL + 1];
};

#define METHOD(name, index)                                                                        \
	LOAD_ITEM(methods_yaml, name, CONF_TEXT, text[index], false, 0, 0, "what it is, in words")
static const struct conf_item methods_items[] = {
	METHOD("none", MODEL_NO_INTERVAL),
	METHOD("wilson", MODEL_WILSON),
	METHOD("quasi_wilson", MODEL_QUASI_WILSON),
	METHOD("day_block_bootstrap", MODEL_DAY_BLOCK_BOOTSTRAP),
	METHOD("order_statistic", MODEL_ORDER_STATISTIC),
	METHOD("student", MODEL_STUDENT),
	METHOD("item_bootstrap", MODEL_ITEM_BOOTSTRAP),
	METHOD("poisson_exact", MODEL_POISSON_EXACT),
	METHOD("nps_multinomial", MODEL_NPS_MULTINOMIAL),
};
static const struct conf_schema methods_schema = LOAD_SCHEMA(methods_items, methods_yaml);

struct statistics_yaml {
	double confidence;
	double z;
	double few_days_phi;
	struct methods_yaml methods;
};

static const struct conf_item statistics_items[] = {
	LOAD_ITEM(statistics_yaml, "confidence", CONF_REAL, confidence, true, 0, 0,
	          "of every interval, 0.5 to 0.999"),
	LOAD_ITEM(statistics_yaml, "z", CONF_REAL, z, true, 0, 0,
	          "normal quantile of the confidence"),
	LOAD_ITEM(statistics_yaml, "few_days_phi", CONF_REAL, few_days_phi, true, 1, 100,
	          "over-dispersion assumed on fewer than min_days days"),
	LOAD_PART(statistics_yaml, "methods", CONF_SECTION, methods, false, 0,
	          "the intervals, in words", &methods_schema),
};
static const struct conf_schema statistics_schema = LOAD_SCHEMA(statistics_items, statistics_yaml);

static int read_statistics(struct loader *l, const struct conf_node *node)
{
	struct model_rules *rules = &l->to->model.rules;
	struct statistics_yaml in;
	int rc = conf_bind(LOADER_DOC(l), node, &statistics_schema, &in, l->fault);

	if (rc != 0) {
		return rc;
	}
	if (in.confidence < 0.5 || in.confidence > 0.999) {
		return conf_fail(LOADER_DOC(l), conf_get(node, "confidence"), l->fault,
		                 "expected 0.5 to 0.999");
	}
	if (fabs(erf(in.z / sqrt(2)) - in.confidence) > 1e-9) {
		return conf_fail(LOADER_DOC(l), conf_get(node, "z"), l->fault,
		                 "is not the normal quantile of confidence %g (0.95 has "
		                 "1.959963984540054)",
		                 in.confidence);
	}
	rules->confidence = in.confidence;
	rules->z = in.z;
	rules->few_days_phi = in.few_days_phi;
	return 0;
}

/* ---- evidence classes ---- */

struct attestation_yaml {
	int64_t max_age_days;
	struct conf_list requires;
};
static const struct conf_item attestation_items[] = {
	LOAD_ITEM(attestation_yaml, "max_age_days", CONF_INT, max_age_days, false, 1, 3650,
	          "how long a statement holds at most"),
	LOAD_ITEM(attestation_yaml, "requires", CONF_TEXTS, requires, false, 0, 16,
	          "what a statement must carry"),
};
static const struct conf_schema attestation_schema =
	LOAD_SCHEMA(attestation_items, attestation_yaml);

struct classes_yaml {
	double factor[MODEL_CLASSES];
};
#define CLASS(name, index)                                                                         \
	LOAD_ITEM(classes_yaml, name, CONF_REAL, factor[index], true, 0, 1,                        \
	          "factor on the weight, 0 to 1")
static const struct conf_item classes_items[] = {
	CLASS("measured", MODEL_MEASURED),
	CLASS("derived", MODEL_DERIVED),
	CLASS("attested", MODEL_ATTESTED),
};
static const struct conf_schema classes_schema = LOAD_SCHEMA(classes_items, classes_yaml);

struct proof_yaml {
	struct classes_yaml classes;
	double attested_max_score;
	struct attestation_yaml attestation;
};
static const struct conf_item proof_items[] = {
	LOAD_PART(proof_yaml, "classes", CONF_SECTION, classes, true, 0,
	          "how much each class of evidence weighs", &classes_schema),
	LOAD_ITEM(proof_yaml, "attested_max_score", CONF_REAL, attested_max_score, true, 1,
	          MODEL_STAGES, "no attested indicator scores above it"),
	LOAD_PART(proof_yaml, "attestation", CONF_SECTION, attestation, false, 0,
	          "what a signed statement needs", &attestation_schema),
};
static const struct conf_schema proof_schema = LOAD_SCHEMA(proof_items, proof_yaml);

static int read_proof(struct loader *l, const struct conf_node *node)
{
	struct model_rules *rules = &l->to->model.rules;
	struct proof_yaml in;
	int rc = conf_bind(LOADER_DOC(l), node, &proof_schema, &in, l->fault);

	for (size_t i = 0; rc == 0 && i < MODEL_CLASSES; i++) {
		if (in.classes.factor[i] <= 0) {
			rc = conf_fail(LOADER_DOC(l), conf_get(node, "classes"), l->fault,
			               "factors must be above 0");
		}
		rules->class_factor[i] = in.classes.factor[i];
	}
	rules->attested_max_score = in.attested_max_score;
	return rc;
}

/* ---- aggregation ---- */

struct soft_yaml {
	double headroom;
	const char *means;
};
static const struct conf_item soft_items[] = {
	LOAD_ITEM(soft_yaml, "headroom", CONF_REAL, headroom, true, 0, MODEL_STAGES,
	          "how far an area may score above its must-have"),
	LOAD_ITEM(soft_yaml, "means", CONF_TEXT, means, false, 0, 0, "in words"),
};
static const struct conf_schema soft_schema = LOAD_SCHEMA(soft_items, soft_yaml);

struct hard_yaml {
	double below;
	double cap;
	const char *means;
};
static const struct conf_item hard_items[] = {
	LOAD_ITEM(hard_yaml, "below", CONF_REAL, below, true, 1, MODEL_STAGES,
	          "a must-have that scores below it ..."),
	LOAD_ITEM(hard_yaml, "cap", CONF_REAL, cap, true, 1, MODEL_STAGES,
	          "... keeps its area at this score"),
	LOAD_ITEM(hard_yaml, "means", CONF_TEXT, means, false, 0, 0, "in words"),
};
static const struct conf_schema hard_schema = LOAD_SCHEMA(hard_items, hard_yaml);

struct gates_yaml {
	struct soft_yaml soft;
	struct hard_yaml hard;
};
static const struct conf_item gates_items[] = {
	LOAD_PART(gates_yaml, "soft", CONF_SECTION, soft, true, 0, "rule of a soft gate",
	          &soft_schema),
	LOAD_PART(gates_yaml, "hard", CONF_SECTION, hard, true, 0, "rule of a hard gate",
	          &hard_schema),
};
static const struct conf_schema gates_schema = LOAD_SCHEMA(gates_items, gates_yaml);

struct opinion_yaml {
	double largely;
	double fully;
	const char *means;
};
static const struct conf_item opinion_items[] = {
	LOAD_ITEM(opinion_yaml, "largely", CONF_REAL, largely, true, 0, 1,
	          "weight share at the stage, above"),
	LOAD_ITEM(opinion_yaml, "fully", CONF_REAL, fully, true, 0, 1,
	          "weight share at the stage below, above"),
	LOAD_ITEM(opinion_yaml, "means", CONF_TEXT, means, false, 0, 0, "in words"),
};
static const struct conf_schema opinion_schema = LOAD_SCHEMA(opinion_items, opinion_yaml);

struct overall_yaml {
	int64_t min_areas;
	struct conf_list must_areas;
	const char *index;
	const char *stage;
	int64_t weight_draws;
	double weight_dependent_above;
};
static const struct conf_item overall_items[] = {
	LOAD_ITEM(overall_yaml, "min_areas", CONF_INT, min_areas, false, 1, MODEL_AREAS_MAX,
	          "areas an overall index needs"),
	LOAD_ITEM(overall_yaml, "must_areas", CONF_TEXTS, must_areas, false, 0, MODEL_AREAS_MAX,
	          "areas it cannot do without"),
	LOAD_ITEM(overall_yaml, "index", CONF_TEXT, index, false, 0, 0, "in words"),
	LOAD_ITEM(overall_yaml, "stage", CONF_TEXT, stage, false, 0, 0, "in words"),
	{ "weight_draws", CONF_INT, offsetof(struct overall_yaml, weight_draws), false, 100, 100000,
	  "1000", "random weights of the areas that are tried on it", NULL, NULL },
	{ "weight_dependent_above", CONF_REAL,
	  offsetof(struct overall_yaml, weight_dependent_above), false, 0, 1, "0.1",
	  "share of them with another stage, above which the stage depends on the weights", NULL,
	  NULL },
};
static const struct conf_schema overall_schema = LOAD_SCHEMA(overall_items, overall_yaml);

struct aggregation_yaml {
	const char *area_score;
	const char *interval;
	struct gates_yaml gates;
	double min_coverage;
	int64_t min_measured_or_derived;
	const char *require_hard_gates;
	struct opinion_yaml staged_second_opinion;
	struct overall_yaml overall;
};
static const char *const always[] = { "true", NULL };
static const struct conf_item aggregation_items[] = {
	LOAD_ITEM(aggregation_yaml, "area_score", CONF_TEXT, area_score, false, 0, 0, "in words"),
	LOAD_ITEM(aggregation_yaml, "interval", CONF_TEXT, interval, false, 0, 0, "in words"),
	LOAD_PART(aggregation_yaml, "gates", CONF_SECTION, gates, true, 0, "must-haves",
	          &gates_schema),
	LOAD_ITEM(aggregation_yaml, "min_coverage", CONF_REAL, min_coverage, true, 0, 1,
	          "weight assessed of weight applicable that an area needs"),
	LOAD_ITEM(aggregation_yaml, "min_measured_or_derived", CONF_INT, min_measured_or_derived,
	          true, 1, MODEL_INDICATORS_MAX,
	          "indicators not merely attested that an area needs"),
	LOAD_NAMED(aggregation_yaml, "require_hard_gates", require_hard_gates, true, NULL,
	           "an area without its hard gate is not assessed", always),
	LOAD_PART(aggregation_yaml, "staged_second_opinion", CONF_SECTION, staged_second_opinion,
	          true, 0, "the stage by weight shares instead of the mean", &opinion_schema),
	LOAD_PART(aggregation_yaml, "overall", CONF_SECTION, overall, false, 0,
	          "one index over all areas; none when absent", &overall_schema),
};
static const struct conf_schema aggregation_schema =
	LOAD_SCHEMA(aggregation_items, aggregation_yaml);

static int read_aggregation(struct loader *l, const struct conf_node *node)
{
	struct model_rules *rules = &l->to->model.rules;
	struct aggregation_yaml in;
	int rc = conf_bind(LOADER_DOC(l), node, &aggregation_schema, &in, l->fault);

	rules->min_coverage = in.min_coverage;
	rules->min_measured_or_derived = in.min_measured_or_derived;
	rules->soft_gate_headroom = in.gates.soft.headroom;
	rules->hard_gate_below = in.gates.hard.below;
	rules->hard_gate_cap = in.gates.hard.cap;
	rules->largely = in.staged_second_opinion.largely;
	rules->fully = in.staged_second_opinion.fully;
	rules->min_areas = in.overall.min_areas;
	rules->weight_draws = in.overall.weight_draws;
	rules->weight_dependent_above = in.overall.weight_dependent_above;
	return rc;
}

/* ---- all of it ---- */

const struct described model_rules_described[] = {
	{ "scale", &scale_schema },
	{ "window", &window_schema },
	{ "statistics", &statistics_schema },
	{ "evidence", &proof_schema },
	{ "aggregation", &aggregation_schema },
};
const size_t model_n_rules_described = N_OF(model_rules_described);

int loader_rules(struct loader *l)
{
	static const struct {
		const char *key;
		int (*read)(struct loader *l, const struct conf_node *node);
	} parts[] = {
		{ "scale", read_scale },
		{ "window", read_window },
		{ "statistics", read_statistics },
		{ "evidence", read_proof },
		{ "aggregation", read_aggregation },
	};
	const struct conf_node *root = LOADER_DOC(l)->root;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < N_OF(parts); i++) {
		const struct conf_node *node = conf_get(root, parts[i].key);

		rc = conf_is_null(node) ? conf_fail(LOADER_DOC(l), root, l->fault,
		                                    "\"%s\" is missing", parts[i].key)
		                        : parts[i].read(l, node);
	}
	return rc;
}
