/* The index over all areas: the worked example of docs/scoring.md to its printed digits, when there
 * is none, and what is said about how far it can be trusted. */
#include "cxmeter/score.h"

#include <math.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/rules.h"

#define N_OF(list)           (sizeof(list) / sizeof((list)[0]))
#define assert_near(a, b, t) assert_true(fabs((a) - (b)) <= (t))

static const struct model_area areas[] = {
	{ .id = "cx_philosophy", .weight = 0.75 },
	{ .id = "routing_queueing", .weight = 1.25 },
	{ .id = "workforce_management", .weight = 1 },
	{ .id = "personalization", .weight = 0.75 },
	{ .id = "customer_interaction_management", .weight = 1.25 },
	{ .id = "knowledge_management", .weight = 0.75 },
	{ .id = "quality_assurance", .weight = 1 },
	{ .id = "feedback", .weight = 1 },
	{ .id = "reporting_analytics", .weight = 1 },
	{ .id = "security", .weight = 1.25 },
	{ .id = "self_service", .weight = 1 },
	{ .id = "employee_collaboration", .weight = 0.75 },
};
#define N_AREAS   N_OF(areas)
#define ROUTING   1
#define REPORTING 8
#define SECURITY  9

/* The scores of site Nord; 0: not assessed. The interval of routing is that of its own example; the
 * others are given 0.15 on either side, the payments hold security at 1.74. */
static const double nord[N_AREAS] = { 0,    2.4653, 2.21, 0,    2.62, 1.68,
	                              2.05, 2.30,   2.90, 1.74, 1.95, 2.40 };

struct world {
	struct model model;
	struct scorecard card;
	struct scored_area areas[N_AREAS];
};

static void set(struct world *w, size_t i, double score, double low, double high)
{
	struct scored_area *a = &w->areas[i];

	*a = (struct scored_area){ .is = &areas[i], .score = NAN, .sure = { NAN, NAN } };
	if (score > 0) {
		a->status = SCORE_ASSESSED;
		a->score = score;
		a->sure = (struct interval){ low, high };
		a->stage = score_stage(&published_rules, score);
	}
}

static struct scorecard *of_scores(struct world *w, const double scores[N_AREAS])
{
	*w = (struct world){ .model = { .rules = published_rules } };
	w->model.rules.must_areas[0] = &areas[ROUTING];
	w->model.rules.must_areas[1] = &areas[SECURITY];
	w->model.rules.must_areas[2] = &areas[REPORTING];
	w->model.rules.n_must_areas = 3;
	w->card.model = &w->model;
	w->card.areas = w->areas;
	w->card.n_areas = N_AREAS;
	for (size_t i = 0; i < N_AREAS; i++) {
		set(w, i, scores[i], scores[i] - 0.15, scores[i] + 0.15);
	}
	return &w->card;
}

static const struct score_overall *nord_overall(struct world *w)
{
	of_scores(w, nord);
	set(w, ROUTING, 2.4653, 2.3917, 2.5308);
	set(w, SECURITY, 1.74, 1.59, 1.74);
	score_overall(&w->card, "nord|overall|2026-10-26/2026-11-22");
	return &w->card.overall;
}

static void nord_is_224_from_220_to_229_developing(void **state)
{
	struct world w;
	const struct score_overall *o = nord_overall(&w);

	(void)state;
	assert_int_equal(o->status, SCORE_ASSESSED);
	assert_near(o->index, 2.24, 5e-3);
	assert_near(o->sure.low, 2.20, 5e-3);
	assert_near(o->sure.high, 2.29, 5e-3);
	assert_int_equal(o->band, 2);
	assert_int_equal(o->stage, 2);
	assert_false(o->uneven);
	assert_near(o->weight, 10.25, 1e-12);
	assert_near(o->all_weight, 11.75, 1e-12);
	assert_near(o->at_least[0], 1, 0);
	assert_near(o->at_least[1], 0.805, 5e-4);
	assert_near(o->at_least[2], 0.220, 5e-4);
	assert_near(o->at_least[3], 0, 0);
	assert_int_equal(o->n_assessed, 10);
	assert_int_equal(o->n_notes, 0);
}

static void only_assessed_areas_weigh_and_all_that_apply_are_named(void **state)
{
	struct world w;

	(void)state;
	of_scores(&w, nord);
	w.areas[0].status = SCORE_NOT_APPLICABLE;
	score_overall(&w.card, "x");
	assert_near(w.card.overall.weight, 10.25, 1e-12);
	assert_near(w.card.overall.all_weight, 11, 1e-12);
}

static void the_three_lowest_areas_come_lowest_first(void **state)
{
	struct world w;
	const struct score_overall *o = nord_overall(&w);

	(void)state;
	assert_int_equal(o->n_lowest, 3);
	assert_string_equal(o->lowest[0]->is->id, "knowledge_management");
	assert_string_equal(o->lowest[1]->is->id, "security");
	assert_string_equal(o->lowest[2]->is->id, "self_service");
}

static void equal_weights_give_the_plain_mean(void **state)
{
	struct world w;

	(void)state;
	assert_near(nord_overall(&w)->equal_weights,
	            (2.4653 + 2.21 + 2.62 + 1.68 + 2.05 + 2.30 + 2.90 + 1.74 + 1.95 + 2.40) / 10,
	            1e-12);
}

static void random_weights_reach_beyond_the_index_but_not_beyond_the_areas(void **state)
{
	struct world w;
	const struct score_overall *o = nord_overall(&w);

	(void)state;
	assert_true(o->drawn.low < o->index - 0.1 && o->drawn.low > 1.68);
	assert_true(o->drawn.high > o->index + 0.1 && o->drawn.high < 2.90);
}

static void the_same_seed_draws_the_same_weights(void **state)
{
	struct world w;
	struct score_overall first = *nord_overall(&w);
	struct score_overall second = *nord_overall(&w);

	(void)state;
	assert_memory_equal(&first.drawn, &second.drawn, sizeof(first.drawn));
	assert_true(first.drawn_elsewhere == second.drawn_elsewhere);
	score_overall(&w.card, "another seed");
	assert_true(w.card.overall.drawn.low != first.drawn.low);
}

static void twelve_areas_alike_depend_on_no_weights(void **state)
{
	static const double same[N_AREAS] = { 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3 };
	struct world w;

	(void)state;
	score_overall(of_scores(&w, same), "x");
	assert_near(w.card.overall.drawn.low, 3, 1e-12);
	assert_near(w.card.overall.drawn.high, 3, 1e-12);
	assert_near(w.card.overall.drawn_elsewhere, 0, 0);
	assert_false(w.card.overall.weight_dependent);
}

/* Half of the weight, give or take, at either end of the scale. */
static void a_split_profile_depends_on_its_weights(void **state)
{
	static const double split[N_AREAS] = { 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2 };
	struct world w;

	(void)state;
	score_overall(of_scores(&w, split), "x");
	assert_true(w.card.overall.drawn_elsewhere > 0.1);
	assert_true(w.card.overall.weight_dependent);
}

static void a_mean_above_its_shares_is_uneven(void **state)
{
	/* a quarter of the weight at 1.2 leaves a mean of stage 3, and no share of 85 % */
	static const double holes[N_AREAS] = { 4, 4, 4, 4, 4, 4, 3.6, 1.2, 3.6, 3.6, 1.2, 1.2 };
	struct world w;

	(void)state;
	score_overall(of_scores(&w, holes), "x");
	assert_int_equal(w.card.overall.band, 3);
	assert_int_equal(w.card.overall.stage, 2);
	assert_true(w.card.overall.uneven);
}

/* ---- when there is none ---- */

static void eight_areas_make_no_index(void **state)
{
	static const double eight[N_AREAS] = { 0, 2, 2, 0, 2, 0, 2, 2, 2, 2, 2, 0 };
	struct world w;

	(void)state;
	score_overall(of_scores(&w, eight), "x");
	assert_int_equal(w.card.overall.status, SCORE_NOT_ASSESSED);
	assert_true(isnan(w.card.overall.index) && isnan(w.card.overall.sure.low));
	assert_true(isnan(w.card.overall.equal_weights) && isnan(w.card.overall.drawn.low));
	assert_int_equal(w.card.overall.n_notes, 1);
	assert_int_equal(w.card.overall.notes[0].why, WHY_FEW_AREAS);
	assert_near(w.card.overall.notes[0].have, 8, 0);
	assert_near(w.card.overall.notes[0].need, 9, 0);
	assert_int_equal(w.card.overall.n_lowest, 3);
}

static void eleven_areas_without_security_make_no_index(void **state)
{
	static const double eleven[N_AREAS] = { 2, 2, 2, 2, 2, 2, 2, 2, 2, 0, 2, 2 };
	struct world w;

	(void)state;
	score_overall(of_scores(&w, eleven), "x");
	assert_int_equal(w.card.overall.status, SCORE_NOT_ASSESSED);
	assert_int_equal(w.card.overall.n_notes, 1);
	assert_int_equal(w.card.overall.notes[0].why, WHY_MUST_AREA_MISSING);
	assert_ptr_equal(w.card.overall.notes[0].area, &areas[SECURITY]);
}

static void nine_areas_with_the_three_musts_are_enough(void **state)
{
	static const double nine[N_AREAS] = { 0, 2, 2, 0, 2, 2, 2, 2, 2, 2, 2, 0 };
	struct world w;

	(void)state;
	score_overall(of_scores(&w, nine), "x");
	assert_int_equal(w.card.overall.status, SCORE_ASSESSED);
}

static void nothing_at_all_has_no_lowest_area(void **state)
{
	static const double none[N_AREAS] = { 0 };
	struct world w;

	(void)state;
	score_overall(of_scores(&w, none), "x");
	assert_int_equal(w.card.overall.n_lowest, 0);
	assert_int_equal(w.card.overall.n_notes, 4);
}

static void a_model_without_the_rule_has_no_index(void **state)
{
	struct world w;

	(void)state;
	of_scores(&w, nord);
	w.model.rules.min_areas = 0;
	score_overall(&w.card, "x");
	assert_int_equal(w.card.overall.status, SCORE_NOT_ASSESSED);
	assert_int_equal(w.card.overall.notes[0].why, WHY_NO_INDEX);
}

/* ---- indicators that err together across areas ---- */

static const struct model_indicator calls[] = {
	{ .id = "a", .weight = 1, .group = "queue" },
	{ .id = "b", .weight = 1, .group = "queue" },
	{ .id = "c", .weight = 1, .group = "other" },
};

/* An area of one indicator, with the same interval as it. */
static void give(struct world *w, size_t area, struct scored *s, const struct model_indicator *is)
{
	const struct scored_area *a = &w->areas[area];

	*s = (struct scored){
		.is = is, .status = SCORE_ASSESSED, .score = a->score, .sure = a->sure
	};
	w->areas[area].indicators = s;
	w->areas[area].n_indicators = 1;
}

static double half_width_of(const struct model_indicator *second)
{
	static const double same[N_AREAS] = { 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2 };
	struct scored first_of;
	struct scored second_of;
	struct world w;

	of_scores(&w, same);
	for (size_t i = 0; i < N_AREAS; i++) {
		w.areas[i].sure = (struct interval){ 2, 2 };
	}
	w.areas[2].sure = (struct interval){ 1.7, 2.3 };
	w.areas[6].sure = (struct interval){ 1.6, 2.4 };
	give(&w, 2, &first_of, &calls[0]);
	give(&w, 6, &second_of, second);
	score_overall(&w.card, "x");
	return w.card.overall.index - w.card.overall.sure.low;
}

static void half_widths_of_one_group_add_across_areas(void **state)
{
	(void)state;
	assert_near(half_width_of(&calls[1]), 0.7 / 11.75, 1e-12);
	assert_near(half_width_of(&calls[1]) / half_width_of(&calls[2]), 0.7 / 0.5, 1e-9);
}

/* A gate that caps an area changes its interval and not who it errs with. */
static void the_interval_of_a_gated_area_is_taken_as_it_is(void **state)
{
	static const double same[N_AREAS] = { 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2 };
	struct scored items[2];
	struct world w;

	(void)state;
	of_scores(&w, same);
	for (size_t i = 0; i < N_AREAS; i++) {
		w.areas[i].sure = (struct interval){ 2, 2 };
	}
	w.areas[2].sure = (struct interval){ 1.9, 2 };
	items[0] = (struct scored){
		.is = &calls[0], .status = SCORE_ASSESSED, .score = 2.5, .sure = { 2.1, 2.9 }
	};
	items[1] = (struct scored){
		.is = &calls[2], .status = SCORE_ASSESSED, .score = 2.5, .sure = { 2.5, 2.5 }
	};
	w.areas[2].indicators = items;
	w.areas[2].n_indicators = 2;
	score_overall(&w.card, "x");
	assert_near(w.card.overall.index - w.card.overall.sure.low, 0.1 / w.card.overall.weight,
	            1e-12);
	assert_near(w.card.overall.sure.high - w.card.overall.index, 0, 1e-12);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, nord_is_224_from_220_to_229_developing);
	cases_test(&c, only_assessed_areas_weigh_and_all_that_apply_are_named);
	cases_test(&c, the_three_lowest_areas_come_lowest_first);
	cases_test(&c, equal_weights_give_the_plain_mean);
	cases_test(&c, random_weights_reach_beyond_the_index_but_not_beyond_the_areas);
	cases_test(&c, the_same_seed_draws_the_same_weights);
	cases_test(&c, twelve_areas_alike_depend_on_no_weights);
	cases_test(&c, a_split_profile_depends_on_its_weights);
	cases_test(&c, a_mean_above_its_shares_is_uneven);
	cases_test(&c, eight_areas_make_no_index);
	cases_test(&c, eleven_areas_without_security_make_no_index);
	cases_test(&c, nine_areas_with_the_three_musts_are_enough);
	cases_test(&c, nothing_at_all_has_no_lowest_area);
	cases_test(&c, a_model_without_the_rule_has_no_index);
	cases_test(&c, half_widths_of_one_group_add_across_areas);
	cases_test(&c, the_interval_of_a_gated_area_is_taken_as_it_is);
	return cases_run("score_overall", &c, NULL, NULL);
}
