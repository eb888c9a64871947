/* The numbers of the method: scale, window, statistics, evidence classes and aggregation of a model
 * file, checked against one another. */
#include "collector/score/model_load.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "cxmeter/stats.h"

#define N_OF(list) (sizeof(list) / sizeof((list)[0]))

/* ---- scale ---- */

struct stage_yaml {
	int64_t n;
	const char *id;
	const char *name;
	const char *name_de;
};

static const struct conf_item stage_items[] = {
	{ "n", CONF_INT, offsetof(struct stage_yaml, n), true, 1, MODEL_STAGES, NULL,
	  "number of the stage", NULL, NULL },
	{ "id", CONF_TEXT, offsetof(struct stage_yaml, id), true, 0, 0, NULL, "short name", NULL,
	  NULL },
	{ "name", CONF_TEXT, offsetof(struct stage_yaml, name), true, 0, 0, NULL, "name as printed",
	  NULL, NULL },
	{ "name_de", CONF_TEXT, offsetof(struct stage_yaml, name_de), true, 0, 0, NULL,
	  "name as printed, German", NULL, NULL },
};
static const struct conf_schema stage_schema = { stage_items, N_OF(stage_items),
	                                         sizeof(struct stage_yaml), CONF_NO_LINE };

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
	{ "min", CONF_REAL, offsetof(struct scale_yaml, min), true, 0, 0, NULL, "lowest score",
	  NULL, NULL },
	{ "max", CONF_REAL, offsetof(struct scale_yaml, max), true, 0, 0, NULL, "highest score",
	  NULL, NULL },
	{ "cuts", CONF_TEXTS, offsetof(struct scale_yaml, cuts), true, 0, MODEL_STAGES - 1, NULL,
	  "scores at which stages 2, 3 and 4 begin", NULL, NULL },
	{ "stages", CONF_SECTIONS, offsetof(struct scale_yaml, stages), true, 0, MODEL_STAGES, NULL,
	  "the four stages", &stage_schema, NULL },
	{ "anchor_scores", CONF_TEXTS, offsetof(struct scale_yaml, anchor_scores), true, 0,
	  MODEL_ANCHORS, NULL, "scores of floor, 1/2, 2/3, 3/4 and ceiling", NULL, NULL },
	{ "mapping", CONF_TEXT, offsetof(struct scale_yaml, mapping), true, 0, 0, NULL,
	  "how a value becomes a score", NULL, mappings },
	{ "ordinal_mapping", CONF_TEXT, offsetof(struct scale_yaml, ordinal_mapping), false, 0, 0,
	  NULL, "the same for levels, in words", NULL, NULL },
};
static const struct conf_schema scale_schema = { scale_items, N_OF(scale_items),
	                                         sizeof(struct scale_yaml), CONF_NO_LINE };

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
	{ "days", CONF_INT, offsetof(struct window_yaml, days), true, 1, STATS_DAYS_MAX, NULL,
	  "days of the window when none are named", NULL, NULL },
	{ "min_days", CONF_INT, offsetof(struct window_yaml, min_days), true, 2, STATS_DAYS_MAX,
	  NULL, "days with data below which nothing is assessed", NULL, NULL },
	{ "interval_minutes", CONF_INT, offsetof(struct window_yaml, interval_minutes), false, 1,
	  1440, NULL, "reporting interval", NULL, NULL },
	{ "interval_alignment", CONF_TEXT, offsetof(struct window_yaml, interval_alignment), false,
	  0, 0, NULL, "what intervals are aligned to, in words", NULL, NULL },
	{ "short_abandon_s", CONF_INT, offsetof(struct window_yaml, short_abandon_s), false, 0,
	  3600, NULL, "what the expressions take as a short abandon", NULL, NULL },
	{ "service_level_T_s", CONF_INT, offsetof(struct window_yaml, service_level_s), false, 0,
	  3600, NULL, "what the expressions take as T", NULL, NULL },
	{ "repeat_contact_days", CONF_INT, offsetof(struct window_yaml, repeat_contact_days), false,
	  1, STATS_DAYS_MAX, NULL, "reach of a repeat contact", NULL, NULL },
	{ "containment_hours", CONF_INT, offsetof(struct window_yaml, containment_hours), false, 1,
	  720, NULL, "reach of a contact after self-service", NULL, NULL },
};
static const struct conf_schema window_schema = { window_items, N_OF(window_items),
	                                          sizeof(struct window_yaml), CONF_NO_LINE };

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
	return rc;
}

/* ---- statistics ---- */

struct methods_yaml {
	const char *text[MODEL_NPS_MULTINOMIAL + 1];
};

#define METHOD(name, index)                                                                        \
	{                                                                                          \
		name, CONF_TEXT, offsetof(struct methods_yaml, text[index]), false, 0, 0, NULL,    \
			"what it is, in words", NULL, NULL                                         \
	}
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
static const struct conf_schema methods_schema = { methods_items, N_OF(methods_items),
	                                           sizeof(struct methods_yaml), CONF_NO_LINE };

struct statistics_yaml {
	double confidence;
	double z;
	double few_days_phi;
	struct methods_yaml methods;
};

static const struct conf_item statistics_items[] = {
	{ "confidence", CONF_REAL, offsetof(struct statistics_yaml, confidence), true, 0, 0, NULL,
	  "of every interval, 0.5 to 0.999", NULL, NULL },
	{ "z", CONF_REAL, offsetof(struct statistics_yaml, z), true, 0, 0, NULL,
	  "normal quantile of the confidence", NULL, NULL },
	{ "few_days_phi", CONF_REAL, offsetof(struct statistics_yaml, few_days_phi), true, 1, 100,
	  NULL, "over-dispersion assumed on fewer than min_days days", NULL, NULL },
	{ "methods", CONF_SECTION, offsetof(struct statistics_yaml, methods), false, 0, 0, NULL,
	  "the intervals, in words", &methods_schema, NULL },
};
static const struct conf_schema statistics_schema = { statistics_items, N_OF(statistics_items),
	                                              sizeof(struct statistics_yaml),
	                                              CONF_NO_LINE };

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
	{ "max_age_days", CONF_INT, offsetof(struct attestation_yaml, max_age_days), false, 1, 3650,
	  NULL, "how long a statement holds at most", NULL, NULL },
	{ "requires", CONF_TEXTS, offsetof(struct attestation_yaml, requires), false, 0, 16, NULL,
	  "what a statement must carry", NULL, NULL },
};
static const struct conf_schema attestation_schema = { attestation_items, N_OF(attestation_items),
	                                               sizeof(struct attestation_yaml),
	                                               CONF_NO_LINE };

struct classes_yaml {
	double factor[MODEL_CLASSES];
};
#define CLASS(name, index)                                                                         \
	{                                                                                          \
		name, CONF_REAL, offsetof(struct classes_yaml, factor[index]), true, 0, 1, NULL,   \
			"factor on the weight, 0 to 1", NULL, NULL                                 \
	}
static const struct conf_item classes_items[] = {
	CLASS("measured", MODEL_MEASURED),
	CLASS("derived", MODEL_DERIVED),
	CLASS("attested", MODEL_ATTESTED),
};
static const struct conf_schema classes_schema = { classes_items, N_OF(classes_items),
	                                           sizeof(struct classes_yaml), CONF_NO_LINE };

struct proof_yaml {
	struct classes_yaml classes;
	double attested_max_score;
	struct attestation_yaml attestation;
};
static const struct conf_item proof_items[] = {
	{ "classes", CONF_SECTION, offsetof(struct proof_yaml, classes), true, 0, 0, NULL,
	  "how much each class of evidence weighs", &classes_schema, NULL },
	{ "attested_max_score", CONF_REAL, offsetof(struct proof_yaml, attested_max_score), true, 1,
	  MODEL_STAGES, NULL, "no attested indicator scores above it", NULL, NULL },
	{ "attestation", CONF_SECTION, offsetof(struct proof_yaml, attestation), false, 0, 0, NULL,
	  "what a signed statement needs", &attestation_schema, NULL },
};
static const struct conf_schema proof_schema = { proof_items, N_OF(proof_items),
	                                         sizeof(struct proof_yaml), CONF_NO_LINE };

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
	{ "headroom", CONF_REAL, offsetof(struct soft_yaml, headroom), true, 0, MODEL_STAGES, NULL,
	  "how far an area may score above its must-have", NULL, NULL },
	{ "means", CONF_TEXT, offsetof(struct soft_yaml, means), false, 0, 0, NULL, "in words",
	  NULL, NULL },
};
static const struct conf_schema soft_schema = { soft_items, N_OF(soft_items),
	                                        sizeof(struct soft_yaml), CONF_NO_LINE };

struct hard_yaml {
	double below;
	double cap;
	const char *means;
};
static const struct conf_item hard_items[] = {
	{ "below", CONF_REAL, offsetof(struct hard_yaml, below), true, 1, MODEL_STAGES, NULL,
	  "a must-have that scores below it ...", NULL, NULL },
	{ "cap", CONF_REAL, offsetof(struct hard_yaml, cap), true, 1, MODEL_STAGES, NULL,
	  "... keeps its area at this score", NULL, NULL },
	{ "means", CONF_TEXT, offsetof(struct hard_yaml, means), false, 0, 0, NULL, "in words",
	  NULL, NULL },
};
static const struct conf_schema hard_schema = { hard_items, N_OF(hard_items),
	                                        sizeof(struct hard_yaml), CONF_NO_LINE };

struct gates_yaml {
	struct soft_yaml soft;
	struct hard_yaml hard;
};
static const struct conf_item gates_items[] = {
	{ "soft", CONF_SECTION, offsetof(struct gates_yaml, soft), true, 0, 0, NULL,
	  "rule of a soft gate", &soft_schema, NULL },
	{ "hard", CONF_SECTION, offsetof(struct gates_yaml, hard), true, 0, 0, NULL,
	  "rule of a hard gate", &hard_schema, NULL },
};
static const struct conf_schema gates_schema = { gates_items, N_OF(gates_items),
	                                         sizeof(struct gates_yaml), CONF_NO_LINE };

struct opinion_yaml {
	double largely;
	double fully;
	const char *means;
};
static const struct conf_item opinion_items[] = {
	{ "largely", CONF_REAL, offsetof(struct opinion_yaml, largely), true, 0, 1, NULL,
	  "weight share at the stage, above", NULL, NULL },
	{ "fully", CONF_REAL, offsetof(struct opinion_yaml, fully), true, 0, 1, NULL,
	  "weight share at the stage below, above", NULL, NULL },
	{ "means", CONF_TEXT, offsetof(struct opinion_yaml, means), false, 0, 0, NULL, "in words",
	  NULL, NULL },
};
static const struct conf_schema opinion_schema = { opinion_items, N_OF(opinion_items),
	                                           sizeof(struct opinion_yaml), CONF_NO_LINE };

struct overall_yaml {
	int64_t min_areas;
	struct conf_list must_areas;
	const char *index;
	const char *stage;
};
static const struct conf_item overall_items[] = {
	{ "min_areas", CONF_INT, offsetof(struct overall_yaml, min_areas), false, 1,
	  MODEL_AREAS_MAX, NULL, "areas an overall index needs", NULL, NULL },
	{ "must_areas", CONF_TEXTS, offsetof(struct overall_yaml, must_areas), false, 0,
	  MODEL_AREAS_MAX, NULL, "areas it cannot do without", NULL, NULL },
	{ "index", CONF_TEXT, offsetof(struct overall_yaml, index), false, 0, 0, NULL, "in words",
	  NULL, NULL },
	{ "stage", CONF_TEXT, offsetof(struct overall_yaml, stage), false, 0, 0, NULL, "in words",
	  NULL, NULL },
};
static const struct conf_schema overall_schema = { overall_items, N_OF(overall_items),
	                                           sizeof(struct overall_yaml), CONF_NO_LINE };

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
	{ "area_score", CONF_TEXT, offsetof(struct aggregation_yaml, area_score), false, 0, 0, NULL,
	  "in words", NULL, NULL },
	{ "interval", CONF_TEXT, offsetof(struct aggregation_yaml, interval), false, 0, 0, NULL,
	  "in words", NULL, NULL },
	{ "gates", CONF_SECTION, offsetof(struct aggregation_yaml, gates), true, 0, 0, NULL,
	  "must-haves", &gates_schema, NULL },
	{ "min_coverage", CONF_REAL, offsetof(struct aggregation_yaml, min_coverage), true, 0, 1,
	  NULL, "weight assessed of weight applicable that an area needs", NULL, NULL },
	{ "min_measured_or_derived", CONF_INT,
	  offsetof(struct aggregation_yaml, min_measured_or_derived), true, 1, MODEL_INDICATORS_MAX,
	  NULL, "indicators not merely attested that an area needs", NULL, NULL },
	{ "require_hard_gates", CONF_TEXT, offsetof(struct aggregation_yaml, require_hard_gates),
	  true, 0, 0, NULL, "an area without its hard gate is not assessed", NULL, always },
	{ "staged_second_opinion", CONF_SECTION,
	  offsetof(struct aggregation_yaml, staged_second_opinion), true, 0, 0, NULL,
	  "the stage by weight shares instead of the mean", &opinion_schema, NULL },
	{ "overall", CONF_SECTION, offsetof(struct aggregation_yaml, overall), false, 0, 0, NULL,
	  "one index over all areas; not computed yet", &overall_schema, NULL },
};
static const struct conf_schema aggregation_schema = { aggregation_items, N_OF(aggregation_items),
	                                               sizeof(struct aggregation_yaml),
	                                               CONF_NO_LINE };

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
