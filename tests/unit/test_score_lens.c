/* Lenses: what a part says, what a stage needs, what is refused at load. */
#include "collector/score/views/lens.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/nord.h"

#define assert_near(a, b, t) assert_true(fabs((a) - (b)) <= (t))

struct setting {
	const char *id; /* indicator or area */
	double score;
};

static void set_one(struct nord *n, const struct setting *s)
{
	for (size_t a = 0; a < n->card.n_areas; a++) {
		struct scored_area *area = &n->card.areas[a];

		if (strcmp(area->is->id, s->id) == 0) {
			area->status = SCORE_ASSESSED;
			area->score = s->score;
			area->sure = (struct interval){ s->score - 0.1, s->score + 0.1 };
		}
		for (size_t i = 0; i < area->n_indicators; i++) {
			struct scored *is = &area->indicators[i];

			if (strcmp(is->is->id, s->id) == 0) {
				is->status = SCORE_ASSESSED;
				is->score = s->score;
				is->sure = (struct interval){ s->score - 0.1, s->score + 0.1 };
			}
		}
	}
}

/* A card on which nothing is assessed but what stands here. */
static struct nord *card_with(const struct setting *settings, size_t n_settings)
{
	struct nord *n = nord_new(NORD_DAY, false);

	for (size_t a = 0; a < n->card.n_areas; a++) {
		n->card.areas[a].status = SCORE_NOT_ASSESSED;
		n->card.areas[a].score = NAN;
		for (size_t i = 0; i < n->card.areas[a].n_indicators; i++) {
			n->card.areas[a].indicators[i].status = SCORE_NOT_ASSESSED;
			n->card.areas[a].indicators[i].score = NAN;
		}
	}
	for (size_t i = 0; i < n_settings && settings[i].id != NULL; i++) {
		set_one(n, &settings[i]);
	}
	return n;
}

static const struct lens_view *look(const struct nord *n, const char *id, struct lens **lens)
{
	static struct lens_view view;
	struct fault fault;

	assert_int_equal(lens_builtin(lens, id, n->model, &fault), 0);
	lens_look(&view, *lens, &n->card);
	return &view;
}

#define SETTINGS_MAX 24

/* ---- stages ---- */

#define SURVEYS(x)                                                                                 \
	{ "survey_offer_rate", x }, { "survey_response_rate", x }, { "csat_top2", 1.0 },           \
		{ "nps", 1.0 },                                                                    \
	{                                                                                          \
		"ces_mean", 1.0                                                                    \
	}
#define STRATEGY(x)                                                                                \
	{ "service_target_declared", x }, { "service_target_attainment", x },                      \
		{ "target_mix_level", x },                                                         \
	{                                                                                          \
		"analytics_ladder", x                                                              \
	}
#define ACTIONING(x)                                                                               \
	{ "closed_loop_48h", x }, { "coaching_closure", x },                                       \
	{                                                                                          \
		"callback_promise_kept", x                                                         \
	}
#define REPORTING(x)                                                                               \
	{ "telemetry_completeness", x }, { "metric_reproducibility", x },                          \
		{ "reconciliation_gap", x },                                                       \
	{                                                                                          \
		"disposition_capture_rate", x                                                      \
	}
#define SHARING(x)                                                                                 \
	{ "feedback_to_action_share", x }, { "cross_department_ola", x },                          \
		{ "joint_review_attested", x },                                                    \
	{                                                                                          \
		"context_delivery_rate", x                                                         \
	}
#define DIMENSIONS(x)                                                                              \
	{ "routing_queueing", x }, { "cx_philosophy", x }, { "security", x },                      \
		{ "workforce_management", x }, { "quality_assurance", x },                         \
		{ "knowledge_management", x }, { "customer_interaction_management", x },           \
	{                                                                                          \
		"reporting_analytics", x                                                           \
	}

static const struct stage_case {
	const char *name;
	const char *lens;
	struct setting settings[SETTINGS_MAX];
	bool assessed;
	int stage;
	bool open;
} stage_cases[] = {
	{ "delighted_says_nothing_without_evidence",
	  "delighted",
	  { { NULL, 0 } },
	  false,
	  0,
	  false },
	{ "delighted_first_steps_with_weak_strategy",
	  "delighted",
	  { SURVEYS(2), STRATEGY(1.5), ACTIONING(2), REPORTING(2), SHARING(2) },
	  true,
	  1,
	  false },
	{ "delighted_making_progress",
	  "delighted",
	  { SURVEYS(2), STRATEGY(1.75), ACTIONING(1), REPORTING(1), SHARING(1.75) },
	  true,
	  2,
	  false },
	{ "delighted_third_stage_needs_the_weakest_pillar_too",
	  "delighted",
	  { SURVEYS(3), STRATEGY(3), ACTIONING(2.4), REPORTING(3), SHARING(3) },
	  true,
	  2,
	  false },
	{ "delighted_scales",
	  "delighted",
	  { SURVEYS(3), STRATEGY(3), ACTIONING(2.5), REPORTING(3), SHARING(3) },
	  true,
	  3,
	  false },
	{ "delighted_second_stage_is_open_when_strategy_is_not_known",
	  "delighted",
	  { SURVEYS(2), ACTIONING(2), REPORTING(2), SHARING(2) },
	  true,
	  1,
	  true },
	{ "valantic_first_level_is_the_default", "valantic", { DIMENSIONS(1) }, true, 1, false },
	{ "valantic_first_level_with_weak_feedback",
	  "valantic",
	  { DIMENSIONS(2), { "feedback", 1.7 } },
	  true,
	  1,
	  false },
	{ "valantic_second_level",
	  "valantic",
	  { DIMENSIONS(2),
	    { "feedback", 1.75 },
	    { "analytics_ladder", 2 },
	    { "closed_loop_48h", 1 },
	    { "personalization", 2.4 } },
	  true,
	  2,
	  false },
	{ "valantic_third_level",
	  "valantic",
	  { DIMENSIONS(3),
	    { "feedback", 2 },
	    { "analytics_ladder", 3 },
	    { "closed_loop_48h", 1 },
	    { "personalization", 2.5 },
	    { "cross_channel_continuity", 2.5 } },
	  true,
	  3,
	  false },
	{ "valantic_fourth_level",
	  "valantic",
	  { DIMENSIONS(3),
	    { "feedback", 2 },
	    { "analytics_ladder", 4 },
	    { "closed_loop_48h", 1 },
	    { "personalization", 2.5 },
	    { "cross_channel_continuity", 2.5 },
	    { "self_service", 2.5 },
	    { "employee_collaboration", 2.5 },
	    { "feedback_to_action_share", 3.25 } },
	  true,
	  4,
	  false },
};

static void stage_case_run(void **state)
{
	const struct stage_case *c = *state;
	struct nord *n = card_with(c->settings, SETTINGS_MAX);
	struct lens *lens = NULL;
	const struct lens_view *v = look(n, c->lens, &lens);

	assert_int_equal(v->assessed, c->assessed);
	assert_int_equal(v->stage, c->stage);
	assert_int_equal(v->open, c->open);
	lens_free(lens);
	nord_free(n);
}

/* ---- parts ---- */

static const struct lens_view_part *part(const struct lens_view *v, const char *id)
{
	for (size_t i = 0; i < v->is->n_parts; i++) {
		if (strcmp(v->is->parts[i].id, id) == 0) {
			return &v->parts[i];
		}
	}
	fail_msg("no part %s", id);
	return NULL;
}

/* 0.3 * 2 + 0.2 * 3 + 0.15 * 1 over 0.65 */
static void the_hand_off_index_is_a_weighted_mean_of_what_is_there(void **state)
{
	static const struct setting settings[] = { { "handoff_loss_rate", 2 },
		                                   { "escalation_context_rate", 3 },
		                                   { "context_delivery_rate", 1 } };
	struct nord *n = card_with(settings, COUNT(settings));
	struct lens *lens = NULL;
	const struct lens_view_part *p = part(look(n, "connected", &lens), "handoff_index");

	(void)state;
	assert_int_equal(p->status, SCORE_ASSESSED);
	assert_near(p->coverage, 0.65, 1e-12);
	assert_near(p->score, 1.35 / 0.65, 1e-12);
	/* half-widths of 0.1 in quadrature over three groups */
	assert_near(p->sure.high - p->score, 0.1 * sqrt(0.3 * 0.3 + 0.2 * 0.2 + 0.15 * 0.15) / 0.65,
	            1e-12);
	lens_free(lens);
	nord_free(n);
}

static void a_part_below_sixty_percent_of_its_weight_is_not_assessed(void **state)
{
	static const struct setting settings[] = { { "handoff_loss_rate", 2 },
		                                   { "escalation_context_rate", 3 } };
	struct nord *n = card_with(settings, COUNT(settings));
	struct lens *lens = NULL;
	const struct lens_view_part *p = part(look(n, "connected", &lens), "handoff_index");

	(void)state;
	assert_int_equal(p->status, SCORE_NOT_ASSESSED);
	assert_near(p->coverage, 0.5, 1e-12);
	assert_true(isnan(p->score));
	lens_free(lens);
	nord_free(n);
}

static void what_is_not_applicable_leaves_both_sums(void **state)
{
	static const struct setting settings[] = { { "true_containment", 2 },
		                                   { "transfer_rate", 3 } };
	struct nord *n = card_with(settings, COUNT(settings));
	struct lens *lens = NULL;
	const struct lens_view *v;

	(void)state;
	for (size_t a = 0; a < n->card.n_areas; a++) {
		for (size_t i = 0; i < n->card.areas[a].n_indicators; i++) {
			struct scored *s = &n->card.areas[a].indicators[i];

			if (strcmp(s->is->id, "staffing_fit") == 0) {
				s->status = SCORE_NOT_APPLICABLE;
			}
		}
	}
	v = look(n, "connected", &lens);
	assert_near(part(v, "cost")->coverage, 2 / 3.0, 1e-12);
	assert_near(part(v, "cost")->score, 2.5, 1e-12);
	lens_free(lens);
	nord_free(n);
}

static const struct presence_case {
	const char *name;
	struct setting settings[6];
	double score;
} presence_cases[] = {
	{ "one_kind_of_survey_counts_2_5",
	  { { "survey_offer_rate", 1 }, { "survey_response_rate", 1 }, { "nps", 4 } },
	  2.5 },
	{ "two_kinds_count_3_25",
	  { { "survey_offer_rate", 1 },
	    { "survey_response_rate", 1 },
	    { "nps", 1 },
	    { "ces_mean", 1 } },
	  3.25 },
	{ "three_kinds_count_4", { SURVEYS(1) }, 4.0 },
};

static void presence_case_run(void **state)
{
	const struct presence_case *c = *state;
	struct nord *n = card_with(c->settings, 6);
	struct lens *lens = NULL;
	const struct lens_view_part *p = part(look(n, "delighted", &lens), "surveying");
	size_t present = 0;

	for (size_t i = 0; i < p->n_lines; i++) {
		if (p->lines[i].is->presence && p->lines[i].status == SCORE_ASSESSED) {
			assert_near(p->lines[i].score, c->score, 0);
			present++;
		}
	}
	assert_int_equal(p->present, present);
	assert_true(present > 0);
	lens_free(lens);
	nord_free(n);
}

static void looking_changes_nothing_on_the_card(void **state)
{
	struct nord *n = nord_new(NORD_MONTH, false);
	struct scored_area before[MODEL_AREAS_MAX];
	struct lens *lens = NULL;

	(void)state;
	memcpy(before, n->areas, sizeof(before));
	(void)look(n, "valantic", &lens);
	assert_memory_equal(before, n->areas, sizeof(before));
	lens_free(lens);
	nord_free(n);
}

/* ---- files ---- */

#define HEAD                                                                                       \
	"lens: x\nname: X\nname_de: X\nsource: S_VALANTIC\nmin_coverage: 0.6\n"                    \
	"parts:\n- id: a\n  name: A\n  name_de: A\n"
#define MEMBER "  members:\n  - {indicator: nps}\n"

static const struct refused_case {
	const char *name;
	const char *file;
	const char *says;
} refused_cases[] = {
	{ "an_unknown_indicator", HEAD "  members:\n  - {indicator: npss}\n",
	  "x.yaml:11: the model contact-center-maturity" },
	{ "a_context_figure_as_indicator", HEAD "  members:\n  - {indicator: aht}\n",
	  "has no indicator \"aht\"" },
	{ "an_indicator_as_context_figure", HEAD "  members:\n  - {context: nps}\n",
	  "has no figure of context \"nps\"" },
	{ "an_unknown_area", HEAD "  members:\n  - {area: safety, weight: 1}\n",
	  "has no area \"safety\"" },
	{ "an_area_without_weight", HEAD "  members:\n  - {area: security}\n",
	  "x.yaml:11: expected a weight above 0" },
	{ "a_weight_of_nothing", HEAD "  members:\n  - {indicator: nps, weight: 0}\n",
	  "x.yaml:11: weight: expected a weight above 0" },
	{ "a_weight_that_is_no_number", HEAD "  members:\n  - {indicator: nps, weight: nan}\n",
	  "x.yaml:11: weight" },
	{ "a_weight_with_a_letter", HEAD "  members:\n  - {indicator: nps, weight: 0.5x}\n",
	  "x.yaml:11: weight" },
	{ "a_member_of_two_kinds", HEAD "  members:\n  - {indicator: nps, area: feedback}\n",
	  "expected one of indicator, area and context" },
	{ "a_member_of_none", HEAD "  members:\n  - {presence: true}\n",
	  "expected one of indicator, area and context" },
	{ "presence_without_scores", HEAD "  members:\n  - {indicator: nps, presence: true}\n",
	  "1 members with presence, 0 scores" },
	{ "a_presence_score_above_the_scale",
	  HEAD "  presence: [5]\n  members:\n  - {indicator: nps, presence: true}\n",
	  "expected a score from 1 to 4" },
	{ "an_unknown_key", HEAD MEMBER "colour: red\n", "x.yaml:12: colour" },
	{ "an_unknown_source",
	  "lens: x\nname: X\nname_de: X\nsource: S_X\nmin_coverage: 0.6\nparts: []\n",
	  "has no source \"S_X\"" },
	{ "no_parts",
	  "lens: x\nname: X\nname_de: X\nsource: S_VALANTIC\nmin_coverage: 0.6\nparts: []\n",
	  "expected at least one part" },
	{ "two_parts_of_one_id", HEAD MEMBER "- id: a\n  name: B\n  name_de: B\n" MEMBER,
	  "\"a\" is the id of a part above" },
	{ "a_stage_that_needs_nothing_known",
	  HEAD MEMBER "stages:\n- name: S\n  needs:\n  - {part: b, at_least: 2}\n",
	  "x.yaml:15: no part \"b\"" },
	{ "a_need_without_limit", HEAD MEMBER "stages:\n- name: S\n  needs:\n  - {part: a}\n",
	  "expected at_least with a number, or assessed: true" },
	{ "a_need_of_two",
	  HEAD MEMBER "stages:\n- name: S\n  needs:\n"
	              "  - {part: a, area: feedback, at_least: 2}\n",
	  "expected one of indicator, area, part and present_of" },
	{ "a_list", "- a\n", "expected keys" },
	{ "a_word", "a\n", "expected keys" },
	{ "no_yaml", "lens: [\n", "x.yaml" },
};

static void refused_case_run(void **state)
{
	const struct refused_case *c = *state;
	struct nord *n = nord_new(NORD_DAY, false);
	struct fault fault = { 0 };
	struct lens *lens = NULL;

	assert_int_not_equal(
		lens_parse(&lens, "x.yaml", c->file, strlen(c->file), n->model, &fault), 0);
	assert_null(lens);
	if (strstr(fault.text, c->says) == NULL) {
		fail_msg("said: %s", fault.text);
	}
	nord_free(n);
}

static void every_lens_that_is_compiled_in_loads(void **state)
{
	struct nord *n = nord_new(NORD_DAY, false);
	size_t i = 0;

	(void)state;
	for (; lens_builtin_id(i) != NULL; i++) {
		struct lens *lens = NULL;
		struct fault fault;

		assert_int_equal(lens_builtin(&lens, lens_builtin_id(i), n->model, &fault), 0);
		assert_string_equal(lens->id, lens_builtin_id(i));
		lens_free(lens);
	}
	assert_int_equal(i, 4);
	nord_free(n);
}

static void a_lens_that_is_not_there_is_refused_with_those_that_are(void **state)
{
	struct nord *n = nord_new(NORD_DAY, false);
	struct lens *lens = NULL;
	struct fault fault;

	(void)state;
	assert_int_equal(lens_builtin(&lens, "gartner", n->model, &fault), -ENOENT);
	assert_string_equal(fault.text, "no lens \"gartner\"; there is: delighted, valantic, "
	                                "nextiva, connected");
	nord_free(n);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, stage_cases, stage_case_run);
	cases_test(&c, the_hand_off_index_is_a_weighted_mean_of_what_is_there);
	cases_test(&c, a_part_below_sixty_percent_of_its_weight_is_not_assessed);
	cases_test(&c, what_is_not_applicable_leaves_both_sums);
	cases_table(&c, presence_cases, presence_case_run);
	cases_test(&c, looking_changes_nothing_on_the_card);
	cases_table(&c, refused_cases, refused_case_run);
	cases_test(&c, every_lens_that_is_compiled_in_loads);
	cases_test(&c, a_lens_that_is_not_there_is_refused_with_those_that_are);
	return cases_run("score_lens", &c, NULL, NULL);
}
