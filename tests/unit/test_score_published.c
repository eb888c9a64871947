/* The model that is compiled in gives the figures of its specification: the scoring map and the
 * worked example of docs/scoring.md, with the model's own anchors, weights,
 * gates and groups. The other tests of the score bring their own. */
#include "cxmeter/score.h"

#include <math.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/catalog.h"

#define N_OF(list)           (sizeof(list) / sizeof((list)[0]))
#define INDICATORS_MAX       16
#define assert_near(a, b, t) assert_true(fabs((a) - (b)) <= (t))

static struct model *model;

static int load_model(void **state)
{
	struct fault fault;

	(void)state;
	return model_builtin(&model, product_catalog(), &fault);
}

static int free_model(void **state)
{
	(void)state;
	model_free(model);
	return 0;
}

/* ---- the map ---- */

static const struct map_case {
	const char *name;
	const char *id;
	double value;
	double score;
} map_cases[] = {
	{ "service_level_10_percent", "service_level", 0.10, 1.0 },
	{ "service_level_30_percent", "service_level", 0.30, 1.0 },
	{ "service_level_45_percent", "service_level", 0.45, 1.375 },
	{ "service_level_60_percent", "service_level", 0.60, 1.75 },
	{ "service_level_70_percent", "service_level", 0.70, 2.125 },
	{ "service_level_80_percent", "service_level", 0.80, 2.5 },
	{ "service_level_85_percent", "service_level", 0.85, 2.875 },
	{ "service_level_90_percent", "service_level", 0.90, 3.25 },
	{ "service_level_97_percent", "service_level", 0.97, 4.0 },
	{ "abandonment_20_percent", "abandonment_rate", 0.20, 1.0 },
	{ "abandonment_15_percent", "abandonment_rate", 0.15, 1.3440 },
	{ "abandonment_91_permille", "abandonment_rate", 0.091, 1.75 },
	{ "abandonment_65_permille", "abandonment_rate", 0.065, 2.2256 },
	{ "abandonment_5_percent", "abandonment_rate", 0.05, 2.5 },
	{ "abandonment_3_percent", "abandonment_rate", 0.03, 3.25 },
	{ "abandonment_15_permille", "abandonment_rate", 0.015, 4.0 },
	{ "asa_300_s", "speed_of_answer_mean", 300, 1.0 },
	{ "asa_120_s", "speed_of_answer_mean", 120, 1.75 },
	{ "asa_34_s", "speed_of_answer_mean", 34, 2.4511 },
	{ "asa_28_s", "speed_of_answer_mean", 28, 2.5 },
	{ "asa_205_ds", "speed_of_answer_mean", 20.5, 3.25 },
	{ "nps_minus_50", "nps", -50, 1.0 },
	{ "nps_0", "nps", 0, 1.75 },
	{ "nps_33", "nps", 33, 2.5 },
	{ "nps_50", "nps", 50, 3.25 },
	{ "nps_75", "nps", 75, 4.0 },
	{ "attrition_45_percent", "agent_attrition", 0.45, 1.75 },
	{ "attrition_30_percent", "agent_attrition", 0.30, 2.5 },
	{ "attrition_20_percent_is_capped", "agent_attrition", 0.20, 3.24 },
	{ "attrition_10_percent_is_capped", "agent_attrition", 0.10, 3.24 },
};

static void map_case_run(void **state)
{
	const struct map_case *c = *state;
	const struct model_indicator *is = model_indicator_named(model, c->id);

	assert_non_null(is);
	assert_near(score_map(is, &model->rules, c->value), c->score, 5e-5);
}

/* ---- the worked example, site Nord ---- */

struct nord {
	const char *id;
	double good;
	double n;
	double phi; /* 0: the interval is given */
	double low;
	double high;
};

static struct scored scored_of(const struct nord *from)
{
	const struct model_indicator *is = model_indicator_named(model, from->id);
	struct estimate got = { .value = from->good / from->n,
		                .n = is->min_n + from->n,
		                .numerator = from->good,
		                .denominator = from->n,
		                .interval = { from->low, from->high },
		                .days = 28 };

	if (from->phi > 0) {
		got.interval = stats_quasi_wilson(from->good, from->n, from->phi, model->rules.z);
	}
	return score_indicator(is, &model->rules, &got, false);
}

/* The area with these assessed and everything else missing. */
static struct scored_area area_of(const char *id, const struct nord *from, size_t n,
                                  struct scored items[INDICATORS_MAX])
{
	static const struct estimate nothing = {
		.value = NAN, .numerator = NAN, .denominator = NAN, .why = WHY_NO_EVIDENCE
	};
	struct scored_area a = { .indicators = items };

	for (size_t i = 0; i < model->n_areas; i++) {
		a.is = strcmp(model->areas[i].id, id) == 0 ? &model->areas[i] : a.is;
	}
	assert_non_null(a.is);
	a.n_indicators = a.is->n_indicators;
	assert_in_range(a.n_indicators, 1, INDICATORS_MAX);
	for (size_t i = 0; i < a.n_indicators; i++) {
		items[i] = score_indicator(&a.is->indicators[i], &model->rules, &nothing, false);
		for (size_t k = 0; k < n; k++) {
			items[i] = strcmp(from[k].id, a.is->indicators[i].id) == 0
			                   ? scored_of(&from[k])
			                   : items[i];
		}
	}
	score_area(&model->rules, &a);
	return a;
}

static void routing_of_nord_is_24653_from_23917_to_25308(void **state)
{
	static const struct nord routing[] = {
		{ "service_level", 6150, 8000, 4.2, 0, 0 },
		{ "abandonment_rate", 520, 8000, 3.1, 0, 0 },
		{ "speed_of_answer_mean", 34, 1, 0, 29, 40 },
		{ "transfer_rate", 1010, 7100, 1.5, 0, 0 },
		{ "ring_no_answer_rate", 610, 8100, 2.0, 0, 0 },
		{ "session_effectiveness", 11820, 11940, 1.8, 0, 0 },
	};
	struct scored items[INDICATORS_MAX];
	struct scored_area a = area_of("routing_queueing", routing, N_OF(routing), items);

	(void)state;
	assert_near(a.coverage, 0.875, 0);
	assert_near(a.score, 2.4653, 5e-5);
	assert_near(a.sure.low, 2.3917, 5e-5);
	assert_near(a.sure.high, 2.5308, 5e-5);
	assert_int_equal(a.stage, 2);
	assert_int_equal(a.second_opinion, 2);
	assert_int_equal(a.verdict, VERDICT_LEANING);
	assert_int_equal(a.n_notes, 0); /* the soft gate allows up to 3.1328 */
	assert_near(items[0].score + model->rules.soft_gate_headroom, 3.1328, 5e-5);
}

static const struct nord security[] = {
	{ "signalling_tls_share", 9100, 10000, 0, 0.91, 0.91 },
	{ "media_srtp_share", 8200, 10000, 0, 0.82, 0.82 },
	{ "tls_floor_level", 3, 1, 0, 3, 3 },
	{ "payment_recording_pause", 188, 200, 0, 0.94, 0.94 },
	{ "recording_storage_protection", 0.95, 1, 0, 0.95, 0.95 },
	{ "patch_age_critical", 21, 1, 0, 21, 21 },
	{ "retention_overrun", 30, 5000, 0, 0.006, 0.006 },
};

static const struct security_case {
	const char *name;
	size_t at;
	double score;
} security_cases[] = {
	{ "tls_of_nord_is_29342", 0, 2.9342 },       { "srtp_of_nord_is_25789", 1, 2.5789 },
	{ "tls_floor_of_nord_is_3", 2, 3.0 },        { "payment_of_nord_is_17333", 3, 1.7333 },
	{ "storage_of_nord_is_28750", 4, 2.8750 },   { "patches_of_nord_are_29219", 5, 2.9219 },
	{ "retention_of_nord_is_28333", 6, 2.8333 },
};

static void security_case_run(void **state)
{
	const struct security_case *c = *state;

	assert_near(scored_of(&security[c->at]).score, c->score, 5e-5);
}

static void security_of_nord_is_174_and_26427_without_the_gate(void **state)
{
	struct scored items[INDICATORS_MAX];
	struct scored_area a = area_of("security", security, N_OF(security), items);

	(void)state;
	assert_near(a.score, 1.74, 0);
	assert_int_equal(a.stage, 1);
	assert_int_equal(a.verdict, VERDICT_UNEVEN);
	assert_int_equal(a.second_opinion, 2);
	assert_int_equal(a.notes[a.n_notes - 1].why, WHY_GATE_CAPS);
	assert_string_equal(a.notes[a.n_notes - 1].is->id, "payment_recording_pause");
	assert_near(a.notes[a.n_notes - 1].have, 2.6427, 5e-5);
}

static void philosophy_of_nord_is_not_assessed_at_25_percent(void **state)
{
	static const struct nord philosophy[] = {
		{ "target_mix_level", 2, 1, 0, 2, 2 },
		{ "cx_charter_attested", 6, 1, 0, 6, 6 },
	};
	struct scored items[INDICATORS_MAX];
	struct scored_area a = area_of("cx_philosophy", philosophy, N_OF(philosophy), items);

	(void)state;
	assert_int_equal(a.status, SCORE_NOT_ASSESSED);
	assert_near(a.coverage, 0.25, 0);
	assert_true(isnan(a.score));
}

int main(void)
{
	static struct cases c;

	cases_test(&c, routing_of_nord_is_24653_from_23917_to_25308);
	cases_test(&c, security_of_nord_is_174_and_26427_without_the_gate);
	cases_test(&c, philosophy_of_nord_is_not_assessed_at_25_percent);
	cases_table(&c, map_cases, map_case_run);
	cases_table(&c, security_cases, security_case_run);
	return cases_run("score_published", &c, load_model, free_model);
}
