/* The model that is compiled in is complete and true to its sources, and every way to break it is
 * refused with file, line and key. */
#include "cxmeter/model.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "tests/support/cases.h"
#include "tests/support/catalog.h"

#define N_OF(list)      (sizeof(list) / sizeof((list)[0]))
#define MODEL_FILE      "model/talkdesk.yaml"
#define FILE_MAX_BYTES  ((size_t)1024 * 1024)
#define FAULT_LINE_SIZE 64

struct fixture {
	struct model *model;
	char *text; /* of the file */
	size_t len_bytes;
};

static struct fixture shared; /* *state is the row of a table */

static int load_all(void **state)
{
	struct fault fault;
	FILE *file = fopen(MODEL_FILE, "rb");

	(void)state;
	shared.text = calloc(1, FILE_MAX_BYTES);
	assert_non_null(file);
	assert_non_null(shared.text);
	shared.len_bytes = fread(shared.text, 1, FILE_MAX_BYTES - 1, file);
	(void)fclose(file);
	if (model_builtin(&shared.model, product_catalog(), &fault) != 0) {
		print_error("%s\n", fault.text);
		return -1;
	}
	return 0;
}

static int free_all(void **state)
{
	(void)state;
	model_free(shared.model);
	free(shared.text);
	return 0;
}

/* ---- what is in it ---- */

static void the_model_has_twelve_areas_and_75_indicators(void **state)
{
	const struct fixture *f = &shared;
	size_t n = 0;

	(void)state;
	for (size_t a = 0; a < f->model->n_areas; a++) {
		n += f->model->areas[a].n_indicators;
	}
	assert_int_equal(f->model->n_areas, 12);
	assert_int_equal(n, 75);
	assert_int_equal(f->model->n_context, 10);
	assert_string_equal(f->model->id, "contact-center-maturity");
	assert_string_equal(f->model->version, "0.3.0");
}

static void the_hash_is_that_of_the_file(void **state)
{
	const struct fixture *f = &shared;
	struct model *same;
	struct fault fault;

	(void)state;
	assert_int_equal(model_load(&same, MODEL_FILE, product_catalog(), &fault), 0);
	assert_string_equal(same->sha256, f->model->sha256);
	assert_int_equal(strlen(same->sha256), 64);
	model_free(same);
}

static void one_changed_byte_changes_the_hash(void **state)
{
	struct fixture *f = &shared;
	struct model *other;
	struct fault fault;
	char *note = strstr(f->text, "note: >-\n  75");

	(void)state;
	assert_non_null(note);
	note[11] = '8';
	assert_int_equal(model_parse(&other, "x", f->text, f->len_bytes, product_catalog(), &fault),
	                 0);
	note[11] = '7';
	assert_string_not_equal(other->sha256, f->model->sha256);
	model_free(other);
}

static void rules_are_the_published_ones(void **state)
{
	const struct fixture *f = &shared;
	const struct model_rules *r = &f->model->rules;

	(void)state;
	assert_true(r->anchor_scores[1] == 1.75 && r->anchor_scores[4] == 4);
	assert_int_equal(r->window_days, 28);
	assert_int_equal(r->min_days, 10);
	assert_true(r->confidence == 0.95 && r->few_days_phi == 2);
	assert_true(r->class_factor[MODEL_DERIVED] == 0.8);
	assert_true(r->class_factor[MODEL_ATTESTED] == 0.5);
	assert_true(r->attested_max_score == 3.24);
	assert_true(r->min_coverage == 0.6 && r->min_measured_or_derived == 2);
	assert_true(r->soft_gate_headroom == 0.75);
	assert_true(r->hard_gate_below == 1.75 && r->hard_gate_cap == 1.74);
	assert_true(r->largely == 0.5 && r->fully == 0.85);
	assert_int_equal(r->min_areas, 9);
	assert_int_equal(r->n_must_areas, 3);
	assert_string_equal(r->must_areas[1]->id, "security");
	assert_int_equal(r->weight_draws, 1000);
	assert_true(r->weight_dependent_above == 0.1);
	assert_string_equal(r->stages[2].in[MODEL_GERMAN], "Reifung");
}

static void assert_told(const struct model_text *t)
{
	assert_true(strlen(t->in[MODEL_ENGLISH]) > 0);
	assert_true(strlen(t->in[MODEL_GERMAN]) > 0);
}

/* two texts, not one that stands for both */
static void assert_translated(const struct model_text *t)
{
	assert_told(t);
	assert_string_not_equal(t->in[MODEL_ENGLISH], t->in[MODEL_GERMAN]);
}

static void every_area_says_in_two_languages_what_it_needs_and_shows(void **state)
{
	const struct fixture *f = &shared;

	(void)state;
	for (size_t a = 0; a < f->model->n_areas; a++) {
		const struct model_area *area = &f->model->areas[a];

		assert_told(&area->name);
		assert_translated(&area->needs);
		assert_translated(&area->measurable);
		assert_translated(&area->not_measurable);
	}
	assert_string_equal(f->model->areas[6].name.in[MODEL_GERMAN], "Qualitätssicherung");
}

static void every_indicator_says_in_two_languages_what_it_means_and_needs(void **state)
{
	const struct fixture *f = &shared;

	(void)state;
	for (size_t a = 0; a < f->model->n_areas; a++) {
		for (size_t i = 0; i < f->model->areas[a].n_indicators; i++) {
			const struct model_indicator *is = &f->model->areas[a].indicators[i];

			assert_translated(&is->name);
			assert_translated(&is->meaning);
			assert_translated(&is->formula);
			assert_translated(&is->needs);
			assert_translated(&is->gaming);
			assert_told(&is->telemetry);
			assert_told(&is->counter);
			assert_ptr_equal(is->area, &f->model->areas[a]);
		}
	}
}

static void every_figure_of_context_says_in_two_languages_what_it_means(void **state)
{
	const struct fixture *f = &shared;

	(void)state;
	for (size_t i = 0; i < f->model->n_context; i++) {
		const struct model_indicator *is = &f->model->context[i];

		assert_translated(&is->name);
		assert_translated(&is->meaning);
		assert_translated(&is->formula);
		assert_translated(&is->needs);
		assert_translated(&is->use);
	}
}

static const struct computed_case {
	const char *name; /* the id */
	const char *kind;
	enum model_interval interval;
	bool scored;
} computed_cases[] = {
	{ "service_level", "QueueContact", MODEL_QUASI_WILSON, true },
	{ "abandonment_rate", "QueueContact", MODEL_QUASI_WILSON, true },
	{ "speed_of_answer_mean", "QueueContact", MODEL_DAY_BLOCK_BOOTSTRAP, true },
	{ "transfer_rate", "QueueContact", MODEL_QUASI_WILSON, true },
	{ "ring_no_answer_rate", "QueueContact", MODEL_QUASI_WILSON, true },
	{ "skill_match_rate", "QueueContact", MODEL_QUASI_WILSON, true },
	{ "session_effectiveness", "Dialog", MODEL_QUASI_WILSON, true },
	{ "voice_quality_share_r80", "MediaStream", MODEL_QUASI_WILSON, true },
	{ "wait_p90", "QueueContact", MODEL_DAY_BLOCK_BOOTSTRAP, false },
	{ "aht", "QueueContact", MODEL_DAY_BLOCK_BOOTSTRAP, false },
	{ "short_talk_share", "QueueContact", MODEL_QUASI_WILSON, false },
	{ "blocked_attempts", "Dialog", MODEL_QUASI_WILSON, false },
};

static void these_are_computed_from_one_kind(void **state)
{
	const struct fixture *f = &shared;

	(void)state;
	for (size_t i = 0; i < N_OF(computed_cases); i++) {
		const struct computed_case *c = &computed_cases[i];
		const struct model_indicator *is = model_indicator_named(f->model, c->name);

		assert_non_null(is->evidence);
		assert_string_equal(is->evidence->from->name, c->kind);
		assert_int_equal(is->interval, c->interval);
		assert_int_equal(is->area != NULL, c->scored);
	}
}

/* every method of it, and each says in two languages what it counts */
static void assert_computed(const struct model_indicator *is)
{
	assert_true(is->n_methods > 0);
	for (size_t i = 0; i < is->n_methods; i++) {
		assert_translated(&is->evidence[i].counts);
		assert_int_equal(is->evidence[i].method[0] != '\0', is->n_methods > 1);
	}
}

static void every_indicator_is_computed(void **state)
{
	const struct fixture *f = &shared;

	(void)state;
	for (size_t a = 0; a < f->model->n_areas; a++) {
		for (size_t i = 0; i < f->model->areas[a].n_indicators; i++) {
			assert_computed(&f->model->areas[a].indicators[i]);
		}
	}
}

static void every_figure_of_context_is_computed(void **state)
{
	const struct fixture *f = &shared;

	(void)state;
	assert_int_equal(f->model->n_context, 10);
	for (size_t i = 0; i < f->model->n_context; i++) {
		assert_computed(&f->model->context[i]);
	}
}

static const char *line_of(const struct model_indicator *is, const char *key)
{
	for (size_t i = 0; i < is->evidence->n_lines; i++) {
		if (strcmp(is->evidence->lines[i].key, key) == 0) {
			return is->evidence->lines[i].text;
		}
	}
	return "";
}

static void expressions_spell_out_the_limits_that_the_window_names(void **state)
{
	const struct fixture *f = &shared;
	const struct model_indicator *is = model_indicator_named(f->model, "service_level");

	(void)state;
	assert_non_null(strstr(f->text, "short_abandon_s: 5 "));
	assert_non_null(strstr(f->text, "service_level_T_s: 20 "));
	assert_non_null(strstr(line_of(is, "of"), "wait_ms >= 5000"));
	assert_non_null(strstr(line_of(is, "good"), "wait_ms <= 20000"));
	is = model_indicator_named(f->model, "abandonment_rate");
	assert_non_null(strstr(line_of(is, "of"), "wait_ms >= 5000"));
}

static void thresholds_name_their_sources(void **state)
{
	const struct fixture *f = &shared;
	const struct model_indicator *is = model_indicator_named(f->model, "service_level");
	size_t sourced = 0;

	(void)state;
	assert_null(is->thresholds[0].source);
	assert_string_equal(is->thresholds[1].source->id, "LIVEAGENT");
	assert_string_equal(is->thresholds[2].source->id, "VCC");
	assert_non_null(strstr(is->thresholds[2].source->ref, "https://"));
	for (size_t a = 0; a < f->model->n_areas; a++) {
		for (size_t i = 0; i < f->model->areas[a].n_indicators; i++) {
			for (size_t t = 0; t < MODEL_STAGES - 1; t++) {
				sourced += f->model->areas[a].indicators[i].thresholds[t].source !=
				           NULL;
			}
		}
	}
	assert_int_equal(sourced, 53); /* of 225 */
}

static void the_manual_lists_every_key(void **state)
{
	static char page[FILE_MAX_BYTES];
	char *keys = NULL;
	size_t len_bytes = 0;
	FILE *out = open_memstream(&keys, &len_bytes);
	FILE *file = fopen("docs/model-format.md", "rb");

	(void)state;
	assert_non_null(out);
	assert_non_null(file);
	model_describe(out);
	(void)fclose(out);
	page[fread(page, 1, sizeof(page) - 1, file)] = '\0';
	(void)fclose(file);
	assert_true(len_bytes > 1000 && strlen(page) > len_bytes);
	assert_string_equal(page + strlen(page) - len_bytes, keys);
	free(keys);
}

static void an_id_nobody_has_is_not_found(void **state)
{
	const struct fixture *f = &shared;

	(void)state;
	assert_null(model_indicator_named(f->model, "no_such_indicator"));
	assert_null(model_indicator_named(f->model, ""));
}

/* ---- how it breaks ---- */

static const struct broken_case {
	const char *name;
	const char *find; /* the first of it is replaced */
	const char *by;
	int line; /* of the fault, counted from the line of `find`; the part after "FILE:LINE: " */
	const char *says;
} broken_cases[] = {
	{ "unknown_top_key_is_refused", "crosswalk:\n", "crossways:\n", 0,
	  "crossways: unknown key; known here: model, version" },
	{ "missing_version_is_refused", "version: 0.3.0\n", "", -1, "expected \"version\"" },
	{ "a_key_twice_is_refused", "\nsources:\n", "\ncomparison:\n", 1,
	  "comparison: this key stands here a second time" },
	{ "other_mapping_is_refused", "mapping: piecewise_linear", "mapping: spline", 0,
	  "\"spline\" is none of: piecewise_linear" },
	{ "cuts_beside_the_anchors_are_refused", "cuts: [1.75, 2.5, 3.25]",
	  "cuts: [1.75, 2.5, 3.2]", 0, "cuts: must be the three middle anchor_scores" },
	{ "anchor_scores_that_fall_are_refused", "anchor_scores: [1, 1.75, 2.5, 3.25, 4]",
	  "anchor_scores: [1, 1.75, 2.5, 2.5, 4]", 0, "each must be larger" },
	{ "four_anchor_scores_are_refused", "anchor_scores: [1, 1.75, 2.5, 3.25, 4]",
	  "anchor_scores: [1, 1.75, 2.5, 3.25]", 0, "expected 5 numbers, found 4" },
	{ "a_fifth_stage_is_refused", "  - {n: 4, id",
	  "  - {n: 4, id: x, name: x, name_de: x}\n  - {n: 4, id", -4,
	  "stages: 5 entries, at most 4" },
	{ "min_days_beyond_the_window_is_refused", "min_days: 10", "min_days: 29", 0,
	  "min_days: more than the 28 days" },
	{ "a_window_of_words_is_refused", "  days: 28", "  days: four weeks", 0,
	  "days: expected a whole number, found \"four weeks\"" },
	{ "z_of_another_confidence_is_refused", "confidence: 0.95", "confidence: 0.9", 1,
	  "z: is not the normal quantile of confidence 0.9" },
	{ "class_factor_zero_is_refused", "attested: 0.5}", "attested: 0}", 0,
	  "classes: factors must be above 0" },
	{ "optional_hard_gates_are_refused", "require_hard_gates: true",
	  "require_hard_gates: false", 0, "\"false\" is none of: true" },
	{ "weight_zero_is_refused", "    weight: 2\n", "    weight: 0\n", 0,
	  "weight: must be above 0" },
	{ "negative_weight_is_refused", "    weight: 2\n", "    weight: -2\n", 0,
	  "weight: must be above 0" },
	{ "weight_in_words_is_refused", "    weight: 2\n", "    weight: 0.5x\n", 0,
	  "weight: expected a number, found \"0.5x\"" },
	{ "area_weight_zero_is_refused", "  weight: 1.25\n  needs", "  weight: 0\n  needs", 0,
	  "weight: must be above 0" },
	{ "anchors_against_the_direction_are_refused", "anchors: [0.3, 0.6, 0.8, 0.9, 0.97]",
	  "anchors: [0.3, 0.6, 0.5, 0.9, 0.97]", 0,
	  "anchors: must go up from floor to ceiling (direction: higher); 0.5 after 0.6" },
	{ "anchors_that_rise_for_lower_is_better_are_refused",
	  "anchors: [300, 120, 28, 20.5, 10.25]", "anchors: [300, 120, 28, 28, 10.25]", 0,
	  "anchors: must go down from floor to ceiling (direction: lower); 28 after 28" },
	{ "six_anchors_are_refused", "anchors: [0.3, 0.6, 0.8, 0.9, 0.97]",
	  "anchors: [0.3, 0.6, 0.8, 0.9, 0.97, 1]", 0, "anchors: 6 entries, at most 5" },
	{ "anchors_that_are_no_numbers_are_refused", "anchors: [0.3, 0.6, 0.8, 0.9, 0.97]",
	  "anchors: [0.3, 0.6, 0.8, high, 0.97]", 0, "anchors: entry 4 is not a number" },
	{ "anchors_that_are_infinite_are_refused", "anchors: [0.3, 0.6, 0.8, 0.9, 0.97]",
	  "anchors: [0.3, 0.6, 0.8, 0.9, inf]", 0, "anchors: entry 5 is not a number" },
	{ "threshold_beside_its_anchor_is_refused", "s2_s3: {value: 0.8, source: LIVEAGENT}",
	  "s2_s3: {value: 0.81, source: LIVEAGENT}", 0, "s2_s3: 0.81 differs from the anchor 0.8" },
	{ "threshold_without_a_source_is_refused", "s2_s3: {value: 0.8, source: LIVEAGENT}",
	  "s2_s3: {value: 0.8}", 0, "\"source\" is missing" },
	{ "unknown_source_is_refused", "s2_s3: {value: 0.8, source: LIVEAGENT}",
	  "s2_s3: {value: 0.8, source: HEARSAY}", 0, "source \"HEARSAY\" is not in sources" },
	{ "source_without_a_title_is_refused", "    title: VCC Live", "    took: VCC Live", 2,
	  "took: this key stands here a second time" },
	{ "level_beside_its_stage_is_refused", "s1_s2: {value: 2, source: RFC9325}",
	  "s1_s2: {value: 3, source: RFC9325}", 0, "s1_s2: 3 differs from the level 2" },
	{ "levels_other_than_1_to_4_are_refused", "levels: [1, 2, 3, 4]", "levels: [1, 2, 3, 5]", 0,
	  "levels: expected 1, 2, 3, 4" },
	{ "anchors_of_an_ordinal_indicator_are_refused", "    ordinal: true\n",
	  "    ordinal: true\n    anchors: [1, 2, 3, 4, 5]\n", 1,
	  "anchors: an ordinal indicator has levels" },
	{ "levels_of_a_scaled_indicator_are_refused", "    anchors: [0.3, 0.6, 0.8, 0.9, 0.97]\n",
	  "    anchors: [0.3, 0.6, 0.8, 0.9, 0.97]\n    levels: [1, 2, 3, 4]\n", 1,
	  "levels: only an ordinal indicator" },
	{ "an_id_twice_is_refused", "- id: abandonment_rate", "- id: service_level", 0,
	  "\"service_level\" is the id of an indicator above already" },
	{ "a_context_id_that_is_an_indicator_is_refused", "- id: wait_p90", "- id: service_level",
	  0, "\"service_level\" is the id of an indicator above already" },
	{ "an_area_id_twice_is_refused", "- id: routing_queueing", "- id: cx_philosophy", 0,
	  "id: \"cx_philosophy\" is the id of an area above already" },
	{ "an_id_in_capitals_is_refused", "- id: abandonment_rate", "- id: Abandonment", 0,
	  "\"Abandonment\" is no id" },
	{ "min_n_zero_is_refused", "    min_n: 400\n", "    min_n: 0\n", 0,
	  "min_n: 0 is out of range" },
	{ "unknown_interval_is_refused", "interval: quasi_wilson", "interval: quasi_wilsom", 0,
	  "\"quasi_wilsom\" is none of: none, wilson" },
	{ "unknown_class_is_refused", "evidence_class: measured", "evidence_class: felt", 0,
	  "\"felt\" is none of: measured, derived, attested" },
	{ "unknown_gate_is_refused", "gate: soft", "gate: wide", 0, "\"wide\" is none of: none" },
	{ "unknown_key_of_an_indicator_is_refused", "    min_n: 400\n",
	  "    min_n: 400\n    minn: 1\n", 1, "minn: unknown key" },
	{ "missing_german_name_is_refused", "    name_de: Abbruchquote\n", "", -2,
	  "\"name_de\" is missing" },
	{ "unknown_estimator_is_refused", "estimator: kaplan_meier", "estimator: kaplan", 0,
	  "estimator: expected an estimator: ratio, mean, quantile, kaplan_meier" },
	{ "missing_estimator_is_refused", "      estimator: ratio\n", "", -3,
	  "evidence: expected an estimator" },
	{ "unknown_kind_is_refused", "from: QueueContact", "from: QueueContacts", 0,
	  "from: expected a kind of record such as QueueContact" },
	{ "unknown_field_is_refused_with_its_column",
	  "good: outcome == answered and wait_ms <= 20000",
	  "good: outcome == answered and wait_mss <= 20000", 0, "good: column 25" },
	{ "field_of_another_kind_is_refused", "good: r >= 80", "good: wait_ms >= 80", 0,
	  "good: column 1" },
	{ "number_where_a_truth_is_wanted_is_refused", "of: duration_ms >= 10000 and known(r)",
	  "of: duration_ms", 0, "of: column 1" },
	{ "unknown_state_is_refused", "good: outcome == abandoned", "good: outcome == gone", 0,
	  "good: column 12" },
	{ "a_key_the_estimator_does_not_take_is_refused", "      value: wait_ms\n",
	  "      value: wait_ms\n      good: outcome == answered\n", 1,
	  "good: the estimator mean does not take this" },
	{ "a_key_the_estimator_needs_is_missed", "      value: wait_ms\n", "", -4,
	  "\"value\" is missing: the estimator mean needs it" },
	{ "an_interval_the_estimator_cannot_give_is_refused",
	  "interval: day_block_bootstrap\n    weight: 1\n    dependence_group: queue\n    gaming: "
	  "serve",
	  "interval: wilson\n    weight: 1\n    dependence_group: queue\n    gaming: serve", 0,
	  "interval: the estimator mean gives no wilson interval" },
	{ "an_interval_not_computed_yet_is_refused_with_evidence",
	  "interval: quasi_wilson\n- id: short_talk", "interval: student\n- id: short_talk", 0,
	  "interval: the estimator ratio gives no student" },
	{ "a_quantile_at_1_is_refused", "    at: 0.9\n", "    at: 1\n", 0,
	  "at: expected a fraction between 0 and 1" },
	{ "a_divisor_of_zero_is_refused", "divisor: 1000", "divisor: 0", 0,
	  "divisor: must be above 0" },
	{ "a_list_of_values_for_a_quantile_is_refused", "    value: wait_ms\n    at:",
	  "    value: [wait_ms, talk_ms]\n    at:", 0, "value: expected one expression" },
	{ "five_terms_are_refused", "value: [talk_ms, hold_ms, wrap_ms]",
	  "value: [talk_ms, hold_ms, wrap_ms, ring_ms, wait_ms]", 0,
	  "value: 5 entries, at most 4" },
	{ "no_terms_are_refused", "value: [talk_ms, hold_ms, wrap_ms]", "value: []", 0,
	  "value: expected an expression, found an empty list" },
	{ "a_breakdown_by_a_number_is_refused", "by: queue", "by: wait_ms", 0,
	  "by: expected a label or a state" },
	{ "a_breakdown_by_nothing_known_is_refused", "by: queue", "by: quueue", 0,
	  "by: expected a label or a state" },
	{ "dependency_on_nobody_is_refused", "first: telemetry_completeness",
	  "first: telemetry_completenes", 0, "no indicator \"telemetry_completenes\"" },
	{ "dependency_without_then_is_refused",
	  "{first: telemetry_completeness, then: interaction_record_completeness}",
	  "{first: telemetry_completeness}", 0, "\"then\" is missing" },
	{ "dependencies_in_a_circle_are_refused",
	  "dependencies:\n- {first: telemetry_completeness, then: interaction_record_completeness}",
	  "dependencies:\n- {first: hold_share, then: kb_search_success}", 1,
	  "the dependencies go in a circle: kb_search_success < hold_share < kb_search_success" },
	{ "a_dependency_on_itself_is_refused",
	  "dependencies:\n- {first: telemetry_completeness, then: interaction_record_completeness}",
	  "dependencies:\n- {first: hold_share, then: hold_share}", 1,
	  "the dependencies go in a circle: hold_share < hold_share" },
	{ "a_weight_that_is_no_number_is_refused", "    weight: 2\n", "    weight: nan\n", 0,
	  "weight: expected a number, found \"nan\"" },
	{ "an_unknown_unit_is_refused", "    unit: ratio\n", "    unit: ratios\n", 0,
	  "unit: \"ratios\" is none of: ratio, ratio per year, s, ms" },
	{ "an_unknown_unit_of_context_is_refused", "  unit: currency\n", "  unit: euros\n", 0,
	  "unit: \"euros\" is none of: ratio" },
	{ "an_unknown_counter_is_refused",
	  "counters: [abandonment_rate, short_talk_share, wait_p90, blocked_attempts]",
	  "counters: [transfer_rate, transfer_rat]", 0,
	  "counters: no indicator and no figure of context \"transfer_rat\"" },
	{ "an_indicator_as_its_own_counter_is_refused",
	  "counters: [abandonment_rate, short_talk_share, wait_p90, blocked_attempts]",
	  "counters: [service_level]", 0, "counters: \"service_level\" cannot be its own counter" },
	{ "a_counter_without_a_direction_is_refused",
	  "counters: [abandonment_rate, short_talk_share, wait_p90, blocked_attempts]",
	  "counters: [contact_rate]", 0,
	  "counters: \"contact_rate\" has no direction, so it cannot get worse" },
	{ "what_is_required_lies_in_the_same_area", "requires: service_target_attainment",
	  "requires: service_level", 0,
	  "requires: no other indicator \"service_level\" in its area" },
	{ "nine_counters_are_refused",
	  "counters: [abandonment_rate, short_talk_share, wait_p90, blocked_attempts]",
	  "counters: [a, b, c, d, e, f, g, h, i]", 0, "counters: 9 entries, at most 8" },
	{ "an_unknown_must_area_is_refused", "must_areas: [routing_queueing",
	  "must_areas: [routing", 0, "must_areas: no area \"routing\"" },
	{ "more_areas_than_there_are_cannot_be_wanted", "min_areas: 9", "min_areas: 13", 0,
	  "min_areas: more than the 12 areas there are" },
	{ "a_declared_figure_without_t_is_refused", "wait_ms <= $T", "wait_ms <= 20000", 0,
	  "good: expected $T somewhere" },
	{ "a_declared_figure_that_does_not_parse_is_refused", "wait_ms <= $T", "wait <= $T", 0,
	  "good: column 25" },
	{ "yaml_that_cannot_be_read_is_refused", "scale:\n", "scale: [\n", 2,
	  "did not find expected" },
	{ "areas_that_are_no_list_are_refused", "\nareas:\n", "\nareas: {}\nx:\n", 2,
	  "x: unknown key" },
};

/* The file with one thing replaced; `line` is where that thing stood. */
static char *broken(const struct fixture *f, const struct broken_case *c, int *line)
{
	char *out = calloc(1, FILE_MAX_BYTES);
	const char *at = strstr(f->text, c->find);
	size_t head;

	assert_non_null(out);
	assert_non_null(at);
	head = (size_t)(at - f->text);
	*line = 1;
	for (const char *p = f->text; p < at; p++) {
		*line += *p == '\n';
	}
	memcpy(out, f->text, head);
	(void)snprintf(out + head, FILE_MAX_BYTES - head, "%s%s", c->by, at + strlen(c->find));
	return out;
}

static void broken_case_run(void **state)
{
	const struct broken_case *c = *state;
	struct model *m = NULL;
	struct fault fault = { 0 };
	char where[FAULT_LINE_SIZE];
	int line;
	char *text = broken(&shared, c, &line);
	int rc = model_parse(&m, "test.yaml", text, strlen(text), product_catalog(), &fault);

	free(text);
	assert_null(m);
	assert_in_set(rc,
	              ((const LargestIntegralType[]){ (LargestIntegralType)(int)-EINVAL,
	                                              (LargestIntegralType)(int)-EBADMSG }),
	              2);
	(void)snprintf(where, sizeof(where), "test.yaml:%d: ", line + c->line);
	if (strncmp(fault.text, where, strlen(where)) != 0 || strstr(fault.text, c->says) == NULL) {
		print_error("expected %s... %s\n   found %s\n", where, c->says, fault.text);
		fail();
	}
}

/* The first of `find` in the file replaced; the caller frees it. */
static char *changed(const char *find, const char *by)
{
	struct broken_case c = { .find = find, .by = by };
	int line;

	return broken(&shared, &c, &line);
}

static void a_text_without_german_is_the_english_one(void **state)
{
	char *text = changed("    gaming_de: kinderleichte Ziele vereinbaren\n", "");
	const struct model_indicator *is;
	struct model *m = NULL;
	struct fault fault;

	(void)state;
	assert_int_equal(model_parse(&m, "x", text, strlen(text), product_catalog(), &fault), 0);
	is = model_indicator_named(m, "service_target_declared");
	assert_string_equal(is->gaming.in[MODEL_GERMAN], "declare trivially easy targets");
	model_free(m);
	free(text);
}

static void without_needs_the_telemetry_is_what_it_needs(void **state)
{
	char *text = changed(
		"    needs: 'the queue log (or SIP): contacts offered, with wait and outcome'\n",
		"");
	const struct model_indicator *is;
	struct model *m = NULL;
	struct fault fault;

	(void)state;
	assert_int_equal(model_parse(&m, "x", text, strlen(text), product_catalog(), &fault), 0);
	is = model_indicator_named(m, "worst_interval_service_level");
	assert_string_equal(is->needs.in[MODEL_ENGLISH], "queue_log");
	model_free(m);
	free(text);
}

static void counters_are_indicators_and_figures_with_a_direction(void **state)
{
	char *text = changed("counters: [service_level, target_mix_level]",
	                     "counters: [abandonment_rate, wait_p90]");
	const struct model_indicator *is;
	struct model *m = NULL;
	struct fault fault;

	(void)state;
	assert_int_equal(model_parse(&m, "x", text, strlen(text), product_catalog(), &fault), 0);
	is = model_indicator_named(m, "service_target_declared");
	assert_int_equal(is->n_counters, 2);
	assert_ptr_equal(is->counters[0], model_indicator_named(m, "abandonment_rate"));
	assert_ptr_equal(is->counters[1], model_indicator_named(m, "wait_p90"));
	model_free(m);
	free(text);
}

static void a_figure_of_context_may_have_a_direction(void **state)
{
	const struct model_indicator *is = model_indicator_named(shared.model, "wait_p90");

	(void)state;
	assert_true(is->directed && is->lower_is_better);
	assert_false(model_indicator_named(shared.model, "contact_rate")->directed);
}

static void a_refused_model_leaves_the_one_in_use(void **state)
{
	char *text = changed("    weight: 2\n", "    weight: 0.5x\n");
	struct model *in_use = shared.model;
	struct fault fault;

	(void)state;
	assert_int_equal(model_parse(&in_use, "x", text, strlen(text), product_catalog(), &fault),
	                 -EINVAL);
	assert_ptr_equal(in_use, shared.model);
	assert_string_equal(in_use->version, "0.3.0");
	free(text);
}

static void a_file_that_is_not_there_is_explained(void **state)
{
	struct model *m = NULL;
	struct fault fault;

	(void)state;
	assert_int_equal(model_load(&m, "model/no-such.yaml", product_catalog(), &fault), -ENOENT);
	assert_null(m);
	assert_non_null(strstr(fault.text, "model/no-such.yaml: cannot open the model"));
	assert_int_equal(model_load(&m, "model", product_catalog(), &fault), -EFBIG);
}

static void nothing_at_all_is_refused(void **state)
{
	struct model *m = NULL;
	struct fault fault;

	(void)state;
	assert_int_equal(model_parse(&m, "x", "", 0, product_catalog(), &fault), -EBADMSG);
	assert_int_equal(model_parse(&m, "x", "- a\n", 4, product_catalog(), &fault), -EINVAL);
	assert_int_equal(model_parse(&m, "x", "areas:\n", 7, product_catalog(), &fault), -EINVAL);
	assert_string_equal(fault.text, "x:1: \"scale\" is missing");
	assert_null(m);
}

/* Never does half of it load, and nothing leaks (run under a sanitizer). */
static void a_file_cut_before_its_sources_is_refused(void **state)
{
	const struct fixture *f = &shared;
	size_t end = (size_t)(strstr(f->text, "\nsources:\n") - f->text);

	(void)state;
	for (size_t len = 0; len < end; len += 997) {
		struct model *m = NULL;
		struct fault fault;

		assert_true(model_parse(&m, "x", f->text, len, product_catalog(), &fault) < 0);
		assert_null(m);
	}
}

int main(void)
{
	static struct cases c;

	cases_test(&c, the_model_has_twelve_areas_and_75_indicators);
	cases_test(&c, the_hash_is_that_of_the_file);
	cases_test(&c, one_changed_byte_changes_the_hash);
	cases_test(&c, rules_are_the_published_ones);
	cases_test(&c, every_area_says_in_two_languages_what_it_needs_and_shows);
	cases_test(&c, every_indicator_says_in_two_languages_what_it_means_and_needs);
	cases_test(&c, every_figure_of_context_says_in_two_languages_what_it_means);
	cases_test(&c, a_text_without_german_is_the_english_one);
	cases_test(&c, without_needs_the_telemetry_is_what_it_needs);
	cases_test(&c, these_are_computed_from_one_kind);
	cases_test(&c, every_indicator_is_computed);
	cases_test(&c, every_figure_of_context_is_computed);
	cases_test(&c, expressions_spell_out_the_limits_that_the_window_names);
	cases_test(&c, thresholds_name_their_sources);
	cases_test(&c, the_manual_lists_every_key);
	cases_test(&c, an_id_nobody_has_is_not_found);
	cases_test(&c, counters_are_indicators_and_figures_with_a_direction);
	cases_test(&c, a_figure_of_context_may_have_a_direction);
	cases_test(&c, a_refused_model_leaves_the_one_in_use);
	cases_test(&c, a_file_that_is_not_there_is_explained);
	cases_test(&c, nothing_at_all_is_refused);
	cases_test(&c, a_file_cut_before_its_sources_is_refused);
	cases_table(&c, broken_cases, broken_case_run);
	return cases_run("score_model", &c, load_all, free_all);
}
