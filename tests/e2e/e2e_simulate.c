/* Made-up sites through the whole real path: simulate, agent, TLS, collector, store, score. Every
 * area is assessed at the lowest and the highest profile, and what is measured is what happened. */
#include <math.h>
#include <stdio.h>

#include "tests/support/cases.h"
#include "tests/support/lab.h"

/* What waits for evidence that no file of a PBX gives, or needs no value to be right. */
static const char *const exact[] = {
	"callback_promise_kept",
	"service_level",
	"abandonment_rate",
	"speed_of_answer_mean",
	"worst_interval_service_level",
	"transfer_rate",
	"ring_no_answer_rate",
	"skill_match_rate",
	"session_effectiveness",
	"forecast_wape_daily",
	"schedule_lead_time",
	"agent_attrition",
	"reidentification_rate",
	"interaction_record_completeness",
	"resolution_within_target",
	"kb_link_rate",
	"kb_search_success",
	"kb_freshness",
	"qa_coverage_agents",
	"customer_critical_accuracy",
	"compliance_critical_accuracy",
	"voice_quality_share_r80",
	"csat_top2",
	"survey_response_rate",
	"closed_loop_48h",
	"telemetry_completeness",
	"ces_mean",
	"metric_reproducibility",
	"alert_ack_15min",
	"signalling_tls_share",
	"payment_recording_pause",
	"ivr_abandon_rate",
	"zero_out_rate",
	"warm_transfer_share",
	"handoff_loss_rate",
	"true_containment",
	"cross_department_ola",
};

static const struct site_case {
	const char *name;
	const char *profile;
} site_cases[] = {
	{ "all_twelve_areas_of_a_beginning_site_are_assessed", "beginning" },
	{ "all_twelve_areas_of_an_optimizing_site_are_assessed", "optimizing" },
};

static const json_t *indicator(const json_t *card, const char *id)
{
	const json_t *areas = json_object_get(card, "areas");

	for (size_t a = 0; a < json_array_size(areas); a++) {
		const json_t *list = json_object_get(json_array_get(areas, a), "indicators");

		for (size_t i = 0; i < json_array_size(list); i++) {
			const json_t *one = json_array_get(list, i);

			if (strcmp(json_string_value(json_object_get(one, "id")), id) == 0) {
				return one;
			}
		}
	}
	return NULL;
}

static void areas_are_assessed(const json_t *card)
{
	const json_t *areas = json_object_get(card, "areas");

	assert_int_equal(json_array_size(areas), 12);
	for (size_t a = 0; a < 12; a++) {
		const json_t *area = json_array_get(areas, a);

		assert_true(json_is_number(json_object_get(area, "score")));
	}
	assert_true(json_is_true(json_object_get(card, "simulated")));
}

/* What happened. Where a figure has two methods, to as many cases as were measured. */
static double happened(const json_t *figures, const json_t *one, const char *id)
{
	json_t *figure = json_object_get(figures, id);
	const char *method;
	json_t *by;
	json_t *book = figure;

	json_object_foreach(json_object_get(figure, "by_method"), method, by)
	{
		double n = json_number_value(json_object_get(by, "n"));

		book = n == json_number_value(json_object_get(one, "denominator")) ? by : book;
	}
	return json_number_value(json_object_get(book, "realised"));
}

static void values_are_what_happened(const json_t *card, const json_t *truth)
{
	const json_t *figures = json_object_get(truth, "indicators");

	for (size_t i = 0; i < COUNT(exact); i++) {
		const json_t *one = indicator(card, exact[i]);
		double realised = happened(figures, one, exact[i]);
		double value = json_number_value(json_object_get(one, "value"));
		bool same = fabs(value - realised) <= 1e-5 * fmax(1, fabs(realised));

		if (!same) {
			(void)fprintf(stderr, "%s: measured %.9g, happened %.9g\n", exact[i], value,
			              realised);
		}
		assert_true(same);
	}
}

static void site_case_run(void **state)
{
	const struct site_case *c = *state;
	struct lab_output o;
	struct temp dir;
	char folder[300];
	char path[320];
	json_t *card;
	json_t *truth;

	temp_open(&dir);
	(void)snprintf(folder, sizeof(folder), "%s/site", dir.dir);
	(void)snprintf(path, sizeof(path), "%s/truth.json", folder);
	lab_run(&o, "cxmeter", "simulate", "--profile", c->profile, "--contacts", "400", "--out",
	        folder, NULL);
	lab_expect_ok(&o, c->name);
	lab_output_free(&o);
	lab_run(&o, "tools/measure.sh", "--site", "made-up", "--simulated", folder, "--format",
	        "json", NULL);
	lab_expect_ok(&o, c->name);
	card = json_loads(buf_text(&o.out), 0, NULL);
	truth = lab_json(path);
	assert_non_null(card);
	areas_are_assessed(card);
	values_are_what_happened(card, truth);
	json_decref(card);
	json_decref(truth);
	lab_output_free(&o);
	temp_remove(&dir);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, site_cases, site_case_run);
	return cases_run("e2e_simulate", &c, NULL, NULL);
}
