/* Roadmaps: the figures of the specification's example, gates first, dependencies, waves, targets
 * and who named them, effects that are scored anew. */
#include "collector/score/views/roadmap.h"

#include <math.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/nord.h"

#define assert_near(a, b, t) assert_true(fabs((a) - (b)) <= (t))

/* A month at Nord in which everything assessed has the top score, unless a test says else. */
static struct nord *top(void)
{
	struct nord *n = nord_new(NORD_MONTH, false);

	for (size_t a = 0; a < n->card.n_areas; a++) {
		for (size_t i = 0; i < n->card.areas[a].n_indicators; i++) {
			struct scored *s = &n->card.areas[a].indicators[i];

			if (s->status == SCORE_ASSESSED) {
				s->score = 4;
				s->sure = (struct interval){ 4, 4 };
				s->stage = 4;
				s->got.numerator = NAN;
			}
		}
		score_area(&n->model->rules, &n->card.areas[a]);
	}
	return n;
}

static struct scored *indicator(struct nord *n, const char *id)
{
	for (size_t a = 0; a < n->card.n_areas; a++) {
		for (size_t i = 0; i < n->card.areas[a].n_indicators; i++) {
			if (strcmp(n->card.areas[a].indicators[i].is->id, id) == 0) {
				return &n->card.areas[a].indicators[i];
			}
		}
	}
	fail_msg("no indicator %s", id);
	return NULL;
}

static void set(struct nord *n, const char *id, double score, double low, double high)
{
	struct scored *s = indicator(n, id);

	s->status = SCORE_ASSESSED;
	s->score = score;
	s->sure = (struct interval){ low, high };
	s->stage = score_stage(&n->model->rules, score);
	for (size_t a = 0; a < n->card.n_areas; a++) {
		score_area(&n->model->rules, &n->card.areas[a]);
	}
}

static struct roadmap roadmap_of(const struct nord *n, const char *targets)
{
	struct roadmap_wishes wishes = { 0 };
	struct fault fault;
	struct roadmap r;

	assert_int_equal(roadmap_wishes_text(&wishes, targets, n->model, &fault), 0);
	assert_int_equal(roadmap_make(&r, &n->card, &wishes), 0);
	return r;
}

static const struct roadmap_step *step_of(const struct roadmap *r, const char *id)
{
	for (size_t i = 0; i < r->n_steps; i++) {
		if (strcmp(r->steps[i].driver->is->id, id) == 0) {
			return &r->steps[i];
		}
	}
	fail_msg("no step %s", id);
	return NULL;
}

static void the_example_of_the_specification_is_reproduced(void **state)
{
	struct nord *n = top();
	struct roadmap r;

	(void)state;
	set(n, "service_level", 2.3828, 2.3098, 2.4517);
	set(n, "abandonment_rate", 2.2256, 2.0395, 2.3880);
	set(n, "worst_interval_service_level", 2.0, 1.9, 2.1);
	r = roadmap_of(n, "routing_queueing=3,cx_philosophy=3");
	assert_near(step_of(&r, "service_level")->urgency, 0.05494, 5e-6);
	assert_near(step_of(&r, "abandonment_rate")->urgency, 0.06431, 5e-6);
	assert_int_equal(step_of(&r, "service_level")->dependents, 2);
	assert_int_equal(step_of(&r, "abandonment_rate")->dependents, 0);
	assert_string_equal(r.steps[0].driver->is->id, "service_level");
	assert_int_equal(step_of(&r, "service_level")->wave, 1);
	assert_int_equal(step_of(&r, "abandonment_rate")->wave, 2);
	roadmap_free(&r);
	nord_free(n);
}

static void an_interval_across_the_target_counts_by_its_part_below(void **state)
{
	struct nord *n = top();
	struct roadmap r;

	(void)state;
	set(n, "service_level", 2.4, 2.2, 2.6);
	r = roadmap_of(n, "routing_queueing=3");
	assert_near(step_of(&r, "service_level")->chance, 0.75, 1e-12);
	roadmap_free(&r);
	nord_free(n);
}

static void a_binding_gate_comes_before_what_is_more_urgent(void **state)
{
	struct nord *n = nord_new(NORD_MONTH, false);
	struct roadmap r = roadmap_of(n, "");

	(void)state;
	assert_string_equal(r.steps[0].driver->is->id, "payment_recording_pause");
	assert_true(r.steps[0].gate_binds);
	assert_true(r.steps[0].no_failure);
	assert_int_equal(r.steps[0].when, ROADMAP_NOW);
	assert_true(r.steps[0].urgency < r.steps[1].urgency);
	roadmap_free(&r);
	nord_free(n);
}

static void
a_gate_with_one_failure_left_is_a_step_though_its_score_is_above_the_target(void **state)
{
	struct nord *n = top();
	struct scored *gate = indicator(n, "payment_recording_pause");
	struct roadmap r;

	(void)state;
	gate->got.numerator = gate->got.denominator - 1;
	set(n, "payment_recording_pause", 3.9, 3.8, 4.0);
	r = roadmap_of(n, "");
	assert_int_equal(r.n_steps, 1);
	assert_true(r.steps[0].gate_binds);
	assert_true(r.steps[0].no_failure);
	assert_near(r.steps[0].area->score, 1.74, 1e-9);
	assert_near(r.steps[0].area_after, 4, 1e-9);
	roadmap_free(&r);
	nord_free(n);
}

/* What a step is said to do to its area is what scoring the area with that figure gives. */
static void the_effect_of_a_step_is_the_area_scored_anew(void **state)
{
	struct nord *n = nord_new(NORD_MONTH, false);
	struct roadmap r = roadmap_of(n, "");
	double said = step_of(&r, "service_level")->area_after;

	(void)state;
	roadmap_free(&r);
	set(n, "service_level", 2.5, 2.5, 2.5);
	assert_near(indicator(n, "service_level")->score, 2.5, 0);
	for (size_t a = 0; a < n->card.n_areas; a++) {
		if (strcmp(n->card.areas[a].is->id, "routing_queueing") == 0) {
			assert_near(n->card.areas[a].score, said, 1e-12);
		}
	}
	nord_free(n);
}

static void all_steps_of_an_area_together_reach_its_target(void **state)
{
	struct nord *n = nord_new(NORD_MONTH, false);
	struct roadmap r = roadmap_of(n, "routing_queueing=4,security=4");

	(void)state;
	for (size_t i = 0; i < r.n_targets; i++) {
		if (r.targets[i].area->status == SCORE_ASSESSED) {
			assert_true(r.targets[i].reached >= r.targets[i].score - 1e-9);
			assert_int_equal(r.targets[i].reached_stage, 4);
		}
	}
	roadmap_free(&r);
	nord_free(n);
}

static void no_step_stands_before_what_it_waits_for(void **state)
{
	struct nord *n = top();
	struct roadmap r;

	(void)state;
	for (size_t a = 0; a < n->card.n_areas; a++) {
		for (size_t i = 0; i < n->card.areas[a].n_indicators; i++) {
			set(n, n->card.areas[a].indicators[i].is->id, 1.2, 1.1, 1.3);
		}
	}
	r = roadmap_of(n, "");
	assert_int_equal(r.n_steps, 75);
	assert_int_equal(r.n_missing, 0);
	for (size_t i = 0; i < r.n_steps; i++) {
		for (size_t j = 0; j < r.n_steps; j++) {
			if (roadmap_precedes(&r, &r.steps[i], &r.steps[j])) {
				assert_true(i < j);
				assert_true(r.steps[i].wave < r.steps[j].wave);
			}
		}
	}
	roadmap_free(&r);
	nord_free(n);
}

static void shares_add_up_to_one(void **state)
{
	struct nord *n = nord_new(NORD_MONTH, false);
	struct roadmap r = roadmap_of(n, "");
	double sum = 0;

	(void)state;
	for (size_t i = 0; i < r.n_steps; i++) {
		sum += r.steps[i].share;
	}
	assert_near(sum, 1, 1e-12);
	roadmap_free(&r);
	nord_free(n);
}

static void a_site_at_the_top_has_nothing_to_do(void **state)
{
	struct nord *n = top();
	struct roadmap r = roadmap_of(n, "");

	(void)state;
	assert_int_equal(r.n_steps, 0);
	assert_int_equal(r.waves, 0);
	roadmap_free(&r);
	nord_free(n);
}

static void an_attestation_that_cannot_reach_the_stage_says_so(void **state)
{
	struct nord *n = top();
	struct roadmap r;

	(void)state;
	set(n, "cx_charter_attested", 2.0, 2.0, 2.0);
	r = roadmap_of(n, "cx_philosophy=4");
	assert_true(step_of(&r, "cx_charter_attested")->out_of_reach);
	roadmap_free(&r);
	r = roadmap_of(n, "cx_philosophy=3");
	assert_false(step_of(&r, "cx_charter_attested")->out_of_reach);
	roadmap_free(&r);
	nord_free(n);
}

static void an_area_that_is_not_assessed_has_no_target_unless_it_is_named(void **state)
{
	struct nord *n = nord_new(NORD_MONTH, false);
	struct roadmap r = roadmap_of(n, "feedback=2");

	(void)state;
	for (size_t i = 0; i < r.n_targets; i++) {
		bool named = strcmp(r.targets[i].area->is->id, "feedback") == 0;

		if (r.targets[i].area->status != SCORE_ASSESSED) {
			assert_int_equal(r.targets[i].stage, named ? 2 : 0);
			assert_true(isnan(r.targets[i].reached));
		}
	}
	roadmap_free(&r);
	nord_free(n);
}

static void missing_evidence_is_sorted_by_weight_then_id(void **state)
{
	struct nord *n = nord_new(NORD_MONTH, false);
	struct roadmap r = roadmap_of(n, "");

	(void)state;
	assert_string_equal(r.missing[0].is->is->id, "first_contact_resolution");
	for (size_t i = 1; i < r.n_missing; i++) {
		assert_true(r.missing[i].weight < r.missing[i - 1].weight ||
		            (r.missing[i].weight == r.missing[i - 1].weight &&
		             strcmp(r.missing[i].is->is->id, r.missing[i - 1].is->is->id) > 0));
	}
	roadmap_free(&r);
	nord_free(n);
}

/* ---- targets ---- */

#define SECURITY_4 "targets:\n- {area: security, stage: 4}\n"

static const struct from_case {
	const char *name;
	const char *file;
	const char *option;
	int stage;
	enum roadmap_from from;
} from_cases[] = {
	{ "nobody_names_a_target", "targets: []\n", "", 2, ROADMAP_NEXT_STAGE },
	{ "a_file_names_it_for_every_site", SECURITY_4, "", 4, ROADMAP_FILE },
	{ "a_file_names_it_for_this_site", SECURITY_4 "- {site: nord, area: security, stage: 3}\n",
	  "", 3, ROADMAP_FILE_SITE },
	{ "for_this_site_wins_also_when_it_stands_first",
	  "targets:\n- {site: nord, area: security, stage: 3}\n- {area: security, stage: 4}\n", "",
	  3, ROADMAP_FILE_SITE },
	{ "another_site_is_not_meant", "targets:\n- {site: sued, area: security, stage: 4}\n", "",
	  2, ROADMAP_NEXT_STAGE },
	{ "the_command_line_wins", SECURITY_4, "security=3", 3, ROADMAP_OPTION },
};

static void from_case_run(void **state)
{
	const struct from_case *c = *state;
	struct nord *n = nord_new(NORD_MONTH, false);
	struct roadmap_wishes w = { 0 };
	struct fault fault;
	struct roadmap r;

	assert_int_equal(
		roadmap_wishes_parse(&w, "t.yaml", slice_of(c->file), "nord", n->model, &fault), 0);
	assert_int_equal(roadmap_wishes_text(&w, c->option, n->model, &fault), 0);
	assert_int_equal(roadmap_make(&r, &n->card, &w), 0);
	for (size_t i = 0; i < r.n_targets; i++) {
		if (strcmp(r.targets[i].area->is->id, "security") == 0) {
			assert_int_equal(r.targets[i].stage, c->stage);
			assert_int_equal(r.targets[i].from, c->from);
		}
	}
	roadmap_free(&r);
	nord_free(n);
}

static const struct refused_case {
	const char *name;
	const char *file; /* or */
	const char *option;
	const char *says;
} refused_cases[] = {
	{ "a_stage_of_five_is_refused", NULL, "security=5",
	  "--target: expected AREA=STAGE with a stage from 1 to 4" },
	{ "a_stage_that_is_no_number_is_refused", NULL, "security=3x", "found \"security=3x\"" },
	{ "an_area_without_stage_is_refused", NULL, "security", "found \"security\"" },
	{ "an_unknown_area_is_refused", NULL, "safety=2", "no area \"safety\"; there is: cx_phil" },
	{ "two_targets_for_one_area_are_refused", NULL, "security=2,security=3",
	  "two targets for security" },
	{ "an_unknown_area_in_a_file_is_refused_with_its_line",
	  "targets:\n- {area: feedback, stage: 2}\n- {area: safety, stage: 2}\n", NULL,
	  "t.yaml:3: area: no area \"safety\"" },
	{ "a_stage_of_zero_in_a_file_is_refused", "targets:\n- {area: security, stage: 0}\n", NULL,
	  "t.yaml:2" },
	{ "an_unknown_key_in_a_file_is_refused", "targets:\n- {aera: security, stage: 2}\n", NULL,
	  "t.yaml:2" },
	{ "a_target_twice_in_a_file_is_refused", SECURITY_4 "- {area: security, stage: 3}\n", NULL,
	  "two targets for security" },
	{ "a_file_of_a_list_is_refused", "- security\n", NULL, "expected \"targets\"" },
	{ "a_mistake_for_another_site_is_refused_too",
	  "targets:\n- {site: sued, area: safety, stage: 2}\n", NULL, "no area \"safety\"" },
};

static void refused_case_run(void **state)
{
	const struct refused_case *c = *state;
	struct nord *n = nord_new(NORD_MONTH, false);
	struct roadmap_wishes w = { 0 };
	struct fault fault = { 0 };
	int rc = c->file != NULL ? roadmap_wishes_parse(&w, "t.yaml", slice_of(c->file), "nord",
	                                                n->model, &fault)
	                         : roadmap_wishes_text(&w, c->option, n->model, &fault);

	assert_int_equal(rc, -22);
	if (strstr(fault.text, c->says) == NULL) {
		fail_msg("said: %s", fault.text);
	}
	nord_free(n);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, the_example_of_the_specification_is_reproduced);
	cases_test(&c, an_interval_across_the_target_counts_by_its_part_below);
	cases_test(&c, a_binding_gate_comes_before_what_is_more_urgent);
	cases_test(&c, a_gate_with_one_failure_left_is_a_step_though_its_score_is_above_the_target);
	cases_test(&c, the_effect_of_a_step_is_the_area_scored_anew);
	cases_test(&c, all_steps_of_an_area_together_reach_its_target);
	cases_test(&c, no_step_stands_before_what_it_waits_for);
	cases_test(&c, shares_add_up_to_one);
	cases_test(&c, a_site_at_the_top_has_nothing_to_do);
	cases_test(&c, an_attestation_that_cannot_reach_the_stage_says_so);
	cases_test(&c, an_area_that_is_not_assessed_has_no_target_unless_it_is_named);
	cases_test(&c, missing_evidence_is_sorted_by_weight_then_id);
	cases_table(&c, from_cases, from_case_run);
	cases_table(&c, refused_cases, refused_case_run);
	return cases_run("score_roadmap", &c, NULL, NULL);
}
