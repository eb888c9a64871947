/* Every reason not to compare sites, in both languages. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/compare_world.h"

#define SL "service_level"

static struct model other_model;

static void of_another_model(struct rival *r)
{
	other_model = *r->nord->model;
	other_model.sha256[0] = 'f';
	r->nord->card.model = &other_model;
}

static void of_another_window(struct rival *r)
{
	r->nord->card.window.to_day++;
}

static void provisional(struct rival *r)
{
	r->nord->card.provisional = true;
}

static void not_assessed(struct rival *r)
{
	rival_indicator(r, SL)->status = SCORE_NOT_ASSESSED;
}

static void of_unknown_completeness(struct rival *r)
{
	rival_indicator(r, "telemetry_completeness")->status = SCORE_NOT_ASSESSED;
}

static void incomplete(struct rival *r)
{
	rival_set(r, "telemetry_completeness", 0.979, 0.001);
}

static void in_conflict(struct rival *r)
{
	rival_indicator(r, SL)->n_flags = 1;
}

static struct model_evidence by_survey = { .method = "survey" };

static void by_another_method(struct rival *r)
{
	rival_indicator(r, SL)->by = &by_survey;
}

static void of_another_channel(struct rival *r)
{
	(void)snprintf(rival_measure(r, SL)->trait[COMPARE_CHANNEL], COMPARE_TRAIT_BYTES, "chat");
}

static void of_another_scale(struct rival *r)
{
	(void)snprintf(rival_measure(r, SL)->trait[COMPARE_SURVEY_SCALE], COMPARE_TRAIT_BYTES,
	               "1, 7");
}

static void of_another_wording(struct rival *r)
{
	rival_measure(r, SL)->has[COMPARE_SURVEY_WORDING] = true;
	(void)snprintf(rival_measure(r, SL)->trait[COMPARE_SURVEY_WORDING], COMPARE_TRAIT_BYTES,
	               "w2");
}

static void of_unknown_wording(struct rival *r)
{
	rival_measure(r, SL)->has[COMPARE_SURVEY_WORDING] = true;
}

static void of_contacts_nobody_else_has(struct rival *r)
{
	struct compare_measure *m = rival_measure(r, SL);

	for (size_t i = 0; i < m->n_cells; i++) {
		(void)snprintf(m->cells[i].queue, sizeof(m->cells[i].queue), "weather");
	}
}

static const struct bar_case {
	const char *name;
	void (*spoil)(struct rival *r);
	enum compare_bar want;
	const char *says;
	const char *says_de;
} bar_cases[] = {
	{ "another_model", of_another_model, COMPARE_MODEL,
	  "not comparable because they were scored by different models",
	  "nicht vergleichbar, weil sie mit verschiedenen Modellen bewertet wurden" },
	{ "another_window", of_another_window, COMPARE_WINDOW,
	  "not comparable because their windows differ",
	  "nicht vergleichbar, weil ihre Zeiträume verschieden sind" },
	{ "a_provisional_score", provisional, COMPARE_PROVISIONAL,
	  "not comparable because sued is scored provisionally, on too little data",
	  "nicht vergleichbar, weil sued nur vorläufig bewertet ist, mit zu wenigen Daten" },
	{ "no_assessment", not_assessed, COMPARE_NOT_ASSESSED,
	  "not comparable because it is not assessed at sued",
	  "nicht vergleichbar, weil es bei sued nicht bewertet ist" },
	{ "unknown_completeness", of_unknown_completeness, COMPARE_NO_COMPLETENESS,
	  "not comparable because nobody knows how complete the telemetry of sued is",
	  "nicht vergleichbar, weil niemand weiß, wie vollständig die Telemetrie von sued ist" },
	{ "telemetry_below_98_percent", incomplete, COMPARE_INCOMPLETE,
	  "not comparable because less than 98 % of the telemetry of sued arrived",
	  "nicht vergleichbar, weil weniger als 98 % der Telemetrie von sued ankamen" },
	{ "a_conflict_flag", in_conflict, COMPARE_CONFLICT,
	  "not comparable because a counter-indicator got worse at sued while this got better",
	  "nicht vergleichbar, weil bei sued eine Gegenkennzahl schlechter wurde, während diese "
	  "besser wurde" },
	{ "another_method", by_another_method, COMPARE_METHOD,
	  "not comparable because it is measured by different methods",
	  "nicht vergleichbar, weil es mit verschiedenen Methoden gemessen ist" },
	{ "another_channel", of_another_channel, COMPARE_CHANNELS,
	  "not comparable because the channels differ (not known; chat)",
	  "nicht vergleichbar, weil die Kanäle verschieden sind (unbekannt; chat)" },
	{ "another_scale", of_another_scale, COMPARE_SCALES,
	  "not comparable because the scales of the survey differ (not known; 1, 7)",
	  "nicht vergleichbar, weil die Skalen der Umfrage verschieden sind (unbekannt; 1, 7)" },
	{ "another_wording", of_another_wording, COMPARE_WORDINGS,
	  "not comparable because the question was worded differently (not known; w2)",
	  "nicht vergleichbar, weil die Frage verschieden gestellt war (unbekannt; w2)" },
	{ "an_unknown_wording", of_unknown_wording, COMPARE_NO_WORDING,
	  "not comparable because nobody says how the question was worded at sued",
	  "nicht vergleichbar, weil niemand sagt, wie die Frage bei sued gestellt war" },
	{ "contacts_of_other_kinds", of_contacts_nobody_else_has, COMPARE_NO_STRATA,
	  "not comparable because nord has hardly any contacts of a kind that the other has too",
	  "nicht vergleichbar, weil nord kaum Kontakte einer Art hat, die es auch beim anderen "
	  "gibt" },
};

static void check_words(const struct compare_world *w, const struct compare_result *x,
                        const struct bar_case *c)
{
	struct buf out;

	buf_init(&out, 4096);
	compare_bar_text(&w->report, x, MODEL_ENGLISH, &out);
	assert_string_equal(buf_text(&out), c->says);
	buf_reset(&out);
	compare_bar_text(&w->report, x, MODEL_GERMAN, &out);
	assert_string_equal(buf_text(&out), c->says_de);
	buf_free(&out);
}

static void bar_case_run(void **state)
{
	const struct bar_case *c = *state;
	struct compare_world w = { .n = 0 };
	struct rival *nord = compare_enter(&w, "nord");
	struct rival *sued = compare_enter(&w, "sued");
	const struct compare_result *x;

	rival_stratum(nord, SL, "simple", 800, 1000);
	rival_stratum(sued, SL, "simple", 810, 1000);
	c->spoil(sued);
	compare_run(&w, false);
	x = compare_result_of(&w.report, SL);
	assert_int_equal(x->bar, c->want);
	assert_int_equal(x->statement, COMPARE_NOT_COMPARED);
	assert_true(isnan(x->p) && isnan(x->difference));
	check_words(&w, x, c);
	compare_leave(&w);
}

static const struct country_case {
	const char *name;
	const char *a;
	const char *b;
	enum compare_bar want;
} country_cases[] = {
	{ "recommendation_in_one_country_is_compared", "DE", "DE", COMPARE_FAIR },
	{ "recommendation_across_countries_is_not", "DE", "AT", COMPARE_COUNTRIES },
	{ "recommendation_in_an_unknown_country_is_not", "DE", NULL, COMPARE_NO_COUNTRY },
};

static void country_case_run(void **state)
{
	const struct country_case *c = *state;
	struct compare_world w = { .n = 0 };
	struct rival *a = compare_enter(&w, "A");
	struct rival *b = compare_enter(&w, "B");

	rival_set(a, "nps", 40, 3);
	rival_set(b, "nps", 20, 3);
	a->fact.country = c->a;
	b->fact.country = c->b;
	compare_run(&w, false);
	assert_int_equal(compare_result_of(&w.report, "nps")->bar, c->want);
	compare_leave(&w);
}

static void areas_of_different_indicators_are_not_compared(void **state)
{
	struct compare_world w = { .n = 0 };
	struct rival *nord = compare_enter(&w, "nord");
	struct rival *sued = compare_enter(&w, "sued");
	const struct compare_result *x;
	struct buf out;

	(void)state;
	rival_set(nord, SL, 0.8, 0.01);
	rival_set(sued, SL, 0.8, 0.01);
	rival_indicator(nord, "abandonment_rate")->status = SCORE_NOT_ASSESSED;
	rival_indicator(nord, "transfer_rate")->status = SCORE_NOT_ASSESSED;
	compare_run(&w, false);
	x = compare_result_of(&w.report, "routing_queueing");
	assert_int_equal(x->bar, COMPARE_INDICATORS);
	buf_init(&out, 4096);
	compare_bar_text(&w.report, x, MODEL_ENGLISH, &out);
	assert_string_equal(buf_text(&out), "not comparable because the scores rest on different "
	                                    "indicators (only sued: Abandonment rate; 1 more)");
	buf_free(&out);
	compare_leave(&w);
}

static void real_sites_are_not_compared_with_simulated_ones(void **state)
{
	struct compare_world w = { .n = 0 };

	(void)state;
	compare_enter(&w, "sued");
	compare_enter(&w, "nord")->nord->card.simulated = true;
	w.sites[0] = rival_site(w.rivals[0]);
	w.sites[1] = rival_site(w.rivals[1]);
	assert_int_equal(compare_make(&w.report, w.sites, 2, false, &w.fault), -EINVAL);
	assert_string_equal(w.fault.text,
	                    "site \"nord\" is simulated and \"sued\" is real: compare real "
	                    "sites with real ones, simulated with simulated ones");
	compare_leave(&w);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, bar_cases, bar_case_run);
	cases_table(&c, country_cases, country_case_run);
	cases_test(&c, areas_of_different_indicators_are_not_compared);
	cases_test(&c, real_sites_are_not_compared_with_simulated_ones);
	return cases_run("score_compare_fair", &c, NULL, NULL);
}
