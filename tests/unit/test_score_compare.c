/* Comparison of sites: the specification's worked example, the four statements, no influence of
 * order, ranks and vendors. Why sites are not compared: test_score_compare_fair.c. */
#include "collector/score/views/compare.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/compare_world.h"

#define assert_near(a, b, t) assert_true(fabs((a) - (b)) <= (t))
#define SL                   "service_level"

/* The reference of the example (85 % and 65 %) is a third site so large that it makes the pool. */
static void the_worked_example_shows_no_difference(void **state)
{
	struct compare_world w = { .n = 0 };
	struct rival *a = compare_enter(&w, "A");
	struct rival *b = compare_enter(&w, "B");
	struct rival *rest = compare_enter(&w, "C");
	const struct compare_result *x;
	const struct compare_value *one;
	const struct compare_value *two;

	(void)state;
	rival_stratum(a, SL, "simple", 900, 1000);
	rival_stratum(a, SL, "complex", 130, 200);
	rival_stratum(b, SL, "simple", 255, 300);
	rival_stratum(b, SL, "complex", 640, 900);
	rival_stratum(rest, SL, "simple", 0.85e9, 1e9);
	rival_stratum(rest, SL, "complex", 0.65e9, 1e9);
	compare_run(&w, false);
	x = compare_result_of(&w.report, SL);
	one = compare_at(&w.report, x->subject, 0);
	two = compare_at(&w.report, x->subject, 1);
	assert_near(one->raw, 0.8583, 5e-5);
	assert_near(two->raw, 0.7458, 5e-5);
	assert_near(one->pooled, 1.0510, 5e-5);
	assert_near(two->pooled, 1.0655, 5e-5);
	assert_near(one->error, 0.01342, 5e-6);
	assert_near(two->error, 0.01856, 5e-6);
	assert_near(one->expected, 980, 1e-2);
	assert_near(two->expected, 840, 1e-2);
	assert_near(one->z, 3.801, 5e-4);
	assert_near(two->z, 3.528, 5e-4);
	assert_near((one->pooled - two->pooled) / hypot(one->error, two->error), -0.63, 5e-3);
	/* the pair on its common mix, in which simple contacts weigh 1000 x 300 / 1300 */
	assert_near(x->side[0].value, 0.7963, 5e-5);
	assert_near(x->side[1].value, 0.7924, 5e-5);
	assert_near(x->difference, 0.0039, 5e-5);
	assert_true(x->p > 0.53);
	assert_int_not_equal(x->statement, COMPARE_A_BETTER);
	assert_int_not_equal(x->statement, COMPARE_B_BETTER);
	compare_leave(&w);
}

/* The pool of the two alone says so too: crude, A leads by eleven points. */
static void the_two_sites_of_the_example_alone_do_not_differ_either(void **state)
{
	struct compare_world w = { .n = 0 };
	struct rival *a = compare_enter(&w, "A");
	struct rival *b = compare_enter(&w, "B");

	(void)state;
	rival_stratum(a, SL, "simple", 900, 1000);
	rival_stratum(a, SL, "complex", 130, 200);
	rival_stratum(b, SL, "simple", 255, 300);
	rival_stratum(b, SL, "complex", 640, 900);
	compare_run(&w, false);
	assert_true(compare_result_of(&w.report, SL)->p > 0.5);
	assert_int_not_equal(compare_result_of(&w.report, SL)->statement, COMPARE_A_BETTER);
	compare_leave(&w);
}

/* With nobody saying what kinds the contacts are, the same sites seem far apart. */
static void without_strata_the_same_sites_differ_and_say_it_is_crude(void **state)
{
	struct compare_world w = { .n = 0 };
	struct rival *a = compare_enter(&w, "A");
	struct rival *b = compare_enter(&w, "B");
	const struct compare_result *x;

	(void)state;
	rival_stratum(a, SL, "", 1030, 1200);
	rival_stratum(b, SL, "", 895, 1200);
	rival_measure(a, SL)->adjustable = false;
	compare_run(&w, false);
	x = compare_result_of(&w.report, SL);
	assert_int_equal(compare_at(&w.report, x->subject, 0)->adjustment, COMPARE_NOT_ADJUSTABLE);
	assert_int_equal(x->statement, COMPARE_A_BETTER);
	compare_leave(&w);
}

/* With ratios under one reference a third site that is far worse in every kind of contact made 3.3
 * points of this one: b is a point better in both strata. */
static void a_third_site_does_not_move_the_difference_of_two(void **state)
{
	struct compare_world w = { .n = 0 };
	struct rival *a = compare_enter(&w, "A");
	struct rival *b = compare_enter(&w, "B");
	struct rival *c = compare_enter(&w, "C");
	const struct compare_result *x;

	(void)state;
	rival_stratum(a, SL, "simple", 8500, 10000);
	rival_stratum(a, SL, "complex", 650, 1000);
	rival_stratum(b, SL, "simple", 860, 1000);
	rival_stratum(b, SL, "complex", 6600, 10000);
	rival_stratum(c, SL, "simple", 60000, 100000);
	rival_stratum(c, SL, "complex", 40000, 100000);
	compare_run(&w, false);
	x = compare_result_of(&w.report, SL);
	assert_near(x->difference, -0.01, 1e-9);
	compare_leave(&w);
}

static void a_pair_without_contacts_in_common_is_not_compared(void **state)
{
	struct compare_world w = { .n = 0 };
	struct rival *a = compare_enter(&w, "A");
	struct rival *b = compare_enter(&w, "B");
	struct rival *c = compare_enter(&w, "C");

	(void)state;
	rival_stratum(a, SL, "simple", 850, 1000);
	rival_stratum(b, SL, "complex", 650, 1000);
	rival_stratum(c, SL, "simple", 850, 1000);
	rival_stratum(c, SL, "complex", 650, 1000);
	compare_run(&w, false);
	assert_int_equal(compare_result_of(&w.report, SL)->bar, COMPARE_NO_STRATA);
	assert_int_equal(compare_at(&w.report, compare_subject_of(&w.report, SL), 0)->bar,
	                 COMPARE_FAIR);
	compare_leave(&w);
}

static void means_are_held_against_each_other_on_the_common_mix(void **state)
{
	static const char asa[] = "speed_of_answer_mean";
	struct compare_world w = { .n = 0 };
	struct rival *a = compare_enter(&w, "A");
	struct rival *b = compare_enter(&w, "B");
	const struct compare_result *x;

	(void)state;
	/* 20 s and 60 s a contact at either site: crude 28 s against 52 s */
	rival_stratum(a, asa, "simple", 20 * 800.0, 800);
	rival_stratum(a, asa, "complex", 60 * 200.0, 200);
	rival_stratum(b, asa, "simple", 20 * 200.0, 200);
	rival_stratum(b, asa, "complex", 60 * 800.0, 800);
	rival_measure(a, asa)->share = rival_measure(b, asa)->share = false;
	rival_measure(a, asa)->cells[0].sum += 30; /* days differ a little */
	rival_measure(b, asa)->cells[3].sum += 30;
	rival_set(a, asa, 28, 2);
	rival_set(b, asa, 52, 2);
	compare_run(&w, false);
	x = compare_result_of(&w.report, asa);
	assert_int_equal(x->bar, COMPARE_FAIR);
	assert_near(x->side[0].value, 40, 0.2);
	assert_near(x->side[1].value, 40, 0.2);
	assert_true(x->p > 0.05);
	compare_leave(&w);
}

/* ---- the four statements ---- */

static const struct statement_case {
	const char *name;
	const char *id;
	double a;
	double b;
	double half;
	enum compare_statement want;
} statement_cases[] = {
	{ "higher_is_better_and_a_is_higher", SL, 0.90, 0.70, 0.02, COMPARE_A_BETTER },
	{ "higher_is_better_and_b_is_higher", SL, 0.70, 0.90, 0.02, COMPARE_B_BETTER },
	{ "lower_is_better_and_a_is_lower", "abandonment_rate", 0.03, 0.12, 0.005,
	  COMPARE_A_BETTER },
	{ "lower_is_better_and_b_is_lower", "abandonment_rate", 0.12, 0.03, 0.005,
	  COMPARE_B_BETTER },
	{ "both_within_a_quarter_point_are_equivalent", SL, 0.801, 0.800, 0.01,
	  COMPARE_EQUIVALENT },
	{ "wide_intervals_show_no_difference", SL, 0.78, 0.76, 0.08, COMPARE_NO_DIFFERENCE },
};

static void statement_case_run(void **state)
{
	const struct statement_case *c = *state;
	struct compare_world w = { .n = 0 };

	rival_set(compare_enter(&w, "A"), c->id, c->a, c->half);
	rival_set(compare_enter(&w, "B"), c->id, c->b, c->half);
	compare_run(&w, false);
	assert_int_equal(compare_result_of(&w.report, c->id)->statement, c->want);
	compare_leave(&w);
}

static void areas_are_compared_by_mover_and_printed_p_is_adjusted(void **state)
{
	struct compare_world w = { .n = 0 };
	struct rival *a = compare_enter(&w, "A");
	struct rival *b = compare_enter(&w, "B");
	const struct compare_result *x;
	const struct scored_area *one;
	const struct scored_area *two;

	(void)state;
	rival_set(a, SL, 0.95, 0.01);
	rival_set(b, SL, 0.65, 0.01);
	compare_run(&w, false);
	x = compare_result_of(&w.report, "routing_queueing");
	one = &a->nord->card.areas[1];
	two = &b->nord->card.areas[1];
	assert_near(x->difference, one->score - two->score, 1e-12);
	assert_near(x->sure.low,
	            x->difference - hypot(one->score - one->sure.low, two->sure.high - two->score),
	            1e-12);
	assert_int_equal(x->statement, COMPARE_A_BETTER);
	for (size_t i = 0; i < w.report.n_results; i++) {
		const struct compare_result *y = &w.report.results[i];

		assert_true(y->bar != COMPARE_FAIR || y->adjusted >= y->p);
	}
	compare_leave(&w);
}

/* ---- forecasts ---- */

/* Chance alone makes 8.0 % at 100 contacts a day and 2.5 % at 1000. */
static void forecast_errors_are_compared_above_what_chance_makes(void **state)
{
	struct compare_world w = { .n = 0 };
	struct rival *a = compare_enter(&w, "A");
	struct rival *b = compare_enter(&w, "B");
	const struct compare_result *x;

	(void)state;
	rival_set(a, "forecast_wape_daily", 0.13, 0.01);
	rival_set(b, "forecast_wape_daily", 0.08, 0.01);
	rival_measure(a, "forecast_wape_daily")->contacts_a_day = 100;
	rival_measure(b, "forecast_wape_daily")->contacts_a_day = 1000;
	compare_run(&w, false);
	x = compare_result_of(&w.report, "forecast_wape_daily");
	assert_near(compare_at(&w.report, x->subject, 0)->value, 0.13 - 0.0798, 5e-5);
	assert_near(compare_at(&w.report, x->subject, 1)->value, 0.08 - 0.0252, 5e-5);
	assert_int_not_equal(x->statement, COMPARE_B_BETTER);
	compare_leave(&w);
}

static void a_forecast_without_known_load_is_not_compared(void **state)
{
	struct compare_world w = { .n = 0 };
	struct rival *a = compare_enter(&w, "A");
	struct rival *b = compare_enter(&w, "B");

	(void)state;
	rival_set(a, "forecast_wape_daily", 0.13, 0.01);
	rival_set(b, "forecast_wape_daily", 0.08, 0.01);
	rival_measure(a, "forecast_wape_daily")->contacts_a_day = NAN;
	rival_measure(b, "forecast_wape_daily")->contacts_a_day = 1000;
	compare_run(&w, false);
	assert_int_equal(compare_result_of(&w.report, "forecast_wape_daily")->bar, COMPARE_NO_LOAD);
	compare_leave(&w);
}

/* ---- chance ---- */

/* Binomial of n with p as a sum: slow, exact. */
static double draws(struct stats_random *r, double p, size_t n)
{
	double good = 0;

	for (size_t i = 0; i < n; i++) {
		good += stats_random_unit(r) < p;
	}
	return good;
}

struct trial {
	double simple[2]; /* rate of a and b */
	double complex[2];
	bool third; /* a site that is far worse in everything */
};

enum { TRIALS = 200 };

/* How often of TRIALS each statement is made of two sites of very different mixes: [0] a better,
 * [1] b better. Of one indicator alone, so that p is not adjusted for others. */
static void make_trials(const struct trial *t, size_t better[2])
{
	struct stats_random random = stats_random_of("trials");

	better[0] = better[1] = 0;
	for (size_t i = 0; i < TRIALS; i++) {
		struct compare_world w = { .n = 0 };
		struct rival *a = compare_enter(&w, "A");
		struct rival *b = compare_enter(&w, "B");
		const struct compare_result *x;

		rival_stratum(a, SL, "simple", draws(&random, t->simple[0], 1800), 1800);
		rival_stratum(a, SL, "complex", draws(&random, t->complex[0], 200), 200);
		rival_stratum(b, SL, "simple", draws(&random, t->simple[1], 200), 200);
		rival_stratum(b, SL, "complex", draws(&random, t->complex[1], 1800), 1800);
		if (t->third) {
			struct rival *c = compare_enter(&w, "C");

			rival_stratum(c, SL, "simple", 600, 1000);
			rival_stratum(c, SL, "complex", 400, 1000);
		}
		compare_run(&w, false);
		x = compare_result_of(&w.report, SL);
		better[0] += x->p <= 0.05 && x->sure.low > 0;
		better[1] += x->p <= 0.05 && x->sure.high < 0;
		compare_leave(&w);
	}
}

/* About one of twenty; with ratios under one reference it would be more, with each site held
 * against the other one of three. */
static void equal_sites_of_different_mix_differ_in_one_of_twenty_at_most(void **state)
{
	static const struct trial trials[] = {
		{ { 0.85, 0.85 }, { 0.65, 0.65 }, false },
		{ { 0.85, 0.85 }, { 0.65, 0.65 }, true },
		{ { 0.95, 0.95 }, { 0.30, 0.30 }, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]); i++) {
		size_t better[2];

		make_trials(&trials[i], better);
		assert_in_range(better[0] + better[1], 1, TRIALS / 20);
	}
}

/* Six points in every kind of contact, against a crude difference the other way round. */
static void the_true_sign_is_found_whatever_the_mix(void **state)
{
	static const struct trial b_better = { { 0.82, 0.90 }, { 0.58, 0.66 }, true };
	size_t better[2];

	(void)state;
	make_trials(&b_better, better);
	assert_int_equal(better[0], 0);
	assert_true(better[1] > TRIALS * 3 / 4);
}

/* ---- order, limits ---- */

static void the_order_of_the_sites_does_not_matter(void **state)
{
	struct compare_world w = { .n = 0 };
	struct compare_world other = { .n = 0 };
	const char *names[] = { "ost", "nord", "west" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		rival_set(compare_enter(&w, names[i]), SL, 0.7 + 0.01 * (double)strlen(names[i]),
		          0.02);
		rival_set(compare_enter(&other, names[2 - i]), SL,
		          0.7 + 0.01 * (double)strlen(names[2 - i]), 0.02);
	}
	compare_run(&w, false);
	compare_run(&other, false);
	assert_int_equal(w.report.n_results, other.report.n_results);
	for (size_t i = 0; i < w.report.n_results; i++) {
		assert_int_equal(w.report.results[i].a, other.report.results[i].a);
		assert_int_equal(w.report.results[i].statement, other.report.results[i].statement);
		assert_memory_equal(&w.report.results[i].p, &other.report.results[i].p,
		                    sizeof(double));
		assert_memory_equal(&w.report.results[i].adjusted,
		                    &other.report.results[i].adjusted, sizeof(double));
	}
	assert_string_equal(w.report.sites[0].card->site, "nord");
	compare_leave(&w);
	compare_leave(&other);
}

static void one_site_or_one_twice_is_refused(void **state)
{
	struct compare_world w = { .n = 0 };

	(void)state;
	(void)compare_enter(&w, "A");
	(void)compare_enter(&w, "A");
	w.sites[0] = rival_site(w.rivals[0]);
	w.sites[1] = rival_site(w.rivals[1]);
	assert_int_equal(compare_make(&w.report, w.sites, 1, false, &w.fault), -EINVAL);
	assert_int_equal(compare_make(&w.report, w.sites, 2, false, &w.fault), -EINVAL);
	assert_string_equal(w.fault.text, "site \"A\" is named twice");
	compare_leave(&w);
}

/* ---- ranks and vendors ---- */

static void enter_many(struct compare_world *w, size_t n, double first, double step)
{
	for (size_t i = 0; i < n; i++) {
		char name[8];

		(void)snprintf(name, sizeof(name), "s%02zu", w->n);
		rival_set(compare_enter(w, name), SL, first + step * (double)i, 0.01);
	}
}

static void nine_sites_have_no_percentiles(void **state)
{
	struct compare_world w = { .n = 0 };

	(void)state;
	enter_many(&w, 9, 0.6, 0.02);
	compare_run(&w, false);
	for (size_t j = 0; j < 9; j++) {
		assert_true(isnan(
			compare_at(&w.report, compare_subject_of(&w.report, SL), j)->percentile));
		assert_int_equal(compare_at(&w.report, compare_subject_of(&w.report, SL), j)->band,
		                 0);
	}
	compare_leave(&w);
}

/* Two clusters far apart: two bands, the better one first; inside one all look alike. */
static void sites_whose_ranks_overlap_share_a_band(void **state)
{
	struct compare_world w = { .n = 0 };
	size_t s;

	(void)state;
	enter_many(&w, 5, 0.9, 0.0005);
	enter_many(&w, 5, 0.6, 0.0005);
	compare_run(&w, false);
	s = compare_subject_of(&w.report, SL);
	for (size_t j = 0; j < 10; j++) {
		const struct compare_value *v = compare_at(&w.report, s, j);

		assert_int_equal(v->band, j < 5 ? 1 : 2);
		assert_true(v->percentile_sure.low <= v->percentile &&
		            v->percentile <= v->percentile_sure.high);
	}
	assert_near(compare_at(&w.report, s, 4)->percentile, 95, 1e-9);
	compare_leave(&w);
}

static void set_vendors(struct compare_world *w, size_t first)
{
	for (size_t i = 0; i < w->n; i++) {
		w->rivals[i]->fact.vendor = i < first ? "Asterisk" : "Zeus";
	}
}

static void vendors_of_five_sites_each_are_compared(void **state)
{
	struct compare_world w = { .n = 0 };
	const struct compare_result *x;

	(void)state;
	enter_many(&w, 6, 0.85, 0.005);
	enter_many(&w, 6, 0.65, 0.005);
	set_vendors(&w, 6);
	compare_run(&w, true);
	x = compare_result_of(&w.report, SL);
	assert_int_equal(w.report.n_vendors, 2);
	assert_int_equal(x->bar, COMPARE_FAIR);
	assert_true(x->difference > 0);
	/* 2 of 924 ways to deal them out are as far apart */
	assert_near(x->p, 2 / 924.0, 0.0015);
	compare_leave(&w);
}

static void a_vendor_of_four_sites_is_not_compared(void **state)
{
	struct compare_world w = { .n = 0 };

	(void)state;
	enter_many(&w, 6, 0.85, 0.005);
	enter_many(&w, 4, 0.65, 0.005);
	set_vendors(&w, 6);
	compare_run(&w, true);
	assert_int_equal(compare_result_of(&w.report, SL)->bar, COMPARE_FEW_SITES);
	assert_int_equal(w.report.n_compared, 0);
	compare_leave(&w);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, the_worked_example_shows_no_difference);
	cases_test(&c, the_two_sites_of_the_example_alone_do_not_differ_either);
	cases_test(&c, without_strata_the_same_sites_differ_and_say_it_is_crude);
	cases_table(&c, statement_cases, statement_case_run);
	cases_test(&c, areas_are_compared_by_mover_and_printed_p_is_adjusted);
	cases_test(&c, forecast_errors_are_compared_above_what_chance_makes);
	cases_test(&c, a_forecast_without_known_load_is_not_compared);
	cases_test(&c, equal_sites_of_different_mix_differ_in_one_of_twenty_at_most);
	cases_test(&c, the_true_sign_is_found_whatever_the_mix);
	cases_test(&c, a_third_site_does_not_move_the_difference_of_two);
	cases_test(&c, a_pair_without_contacts_in_common_is_not_compared);
	cases_test(&c, means_are_held_against_each_other_on_the_common_mix);
	cases_test(&c, the_order_of_the_sites_does_not_matter);
	cases_test(&c, one_site_or_one_twice_is_refused);
	cases_test(&c, nine_sites_have_no_percentiles);
	cases_test(&c, sites_whose_ranks_overlap_share_a_band);
	cases_test(&c, vendors_of_five_sites_each_are_compared);
	cases_test(&c, a_vendor_of_four_sites_is_not_compared);
	return cases_run("score_compare", &c, NULL, NULL);
}
