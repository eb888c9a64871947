/* The estimator of evaluator agreement, on calibrations in a store. */
#include <math.h>

#include "tests/support/cases.h"
#include "tests/support/month.h"
#include "tests/support/near.h"

static void rate(struct score_world *w, int day, unsigned contact, unsigned evaluator,
                 const char *rest)
{
	score_world_add(w, "Calibration",
	                "at_us=%" PRId64
	                " host=qa contact=%016x item=greeting evaluator=%08x%08x %s",
	                month_us(day, 36000), contact, evaluator, evaluator, rest);
}

static struct estimate kappa(struct score_world *w)
{
	score_world_put(w);
	return month_estimate(w, &estimator_kappa, MODEL_ITEM_BOOTSTRAP);
}

static const char *const pass = "value=pass critical=true";
static const char *const failed = "value=fail critical=true";

/* [[20, 5], [10, 15]]: 0.4 (docs/model.md, 5.6) */
static void two_evaluators_of_fifty_contacts_have_cohens_kappa(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	for (unsigned i = 0; i < 50; i++) {
		rate(w, (int)(i % 7), i, 1, i < 25 ? pass : failed);
		rate(w, (int)(i % 5), i, 2, i < 20 || (i >= 25 && i < 35) ? pass : failed);
	}
	got = kappa(w);
	assert_near(got.value, 0.4, 1e-12);
	assert_near(got.n, 50, 0);
	assert_true(0 < got.interval.low && got.interval.low < 0.4);
	assert_true(0.4 < got.interval.high && got.interval.high < 0.8);
}

/* Three raters: ppp fff ppf pff. P = (1 + 1 + 1/3 + 1/3) / 4, Pe = 1/2: kappa 1/3. */
static void rate_four_contacts_by_three(struct score_world *w)
{
	static const char *const said[] = { "ppp", "fff", "ppf", "pff" };

	for (unsigned i = 0; i < 4; i++) {
		for (unsigned e = 0; e < 3; e++) {
			rate(w, 3, i, e + 1, said[i][e] == 'p' ? pass : failed);
		}
	}
}

static void three_evaluators_have_fleiss_kappa(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	rate_four_contacts_by_three(w);
	got = kappa(w);
	assert_near(got.value, 1.0 / 3, 1e-12);
	assert_near(got.n, 4, 0);
}

static void what_is_not_critical_or_rated_by_one_alone_does_not_count(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	rate_four_contacts_by_three(w);
	rate(w, 4, 10, 1, "value=pass critical=false");
	rate(w, 4, 10, 2, "value=fail critical=false");
	rate(w, 4, 11, 1, "value=pass");
	rate(w, 4, 11, 2, "value=fail");
	rate(w, 4, 12, 1, pass);
	rate(w, 4, 13, 1, "critical=true");
	rate(w, 4, 13, 2, "critical=true");
	got = kappa(w);
	assert_near(got.value, 1.0 / 3, 1e-12);
	assert_near(got.n, 4, 0);
}

static void second_thoughts_take_the_place_of_the_first(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	rate_four_contacts_by_three(w);
	rate(w, 9, 2, 3, pass); /* ppf becomes ppp: P = (1 + 1 + 1 + 1/3) / 4, p = 7/12 */
	got = kappa(w);
	assert_near(got.value, (10.0 / 12 - 74.0 / 144) / (1 - 74.0 / 144), 1e-12);
	assert_near(got.n, 4, 0);
}

static void order_of_arrival_does_not_matter(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	rate(w, 3, 3, 3, failed);
	rate_four_contacts_by_three(w);
	got = kappa(w);
	assert_near(got.value, 1.0 / 3, 1e-12);
}

static void one_value_for_all_is_no_agreement_beyond_chance(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	for (unsigned i = 0; i < 60; i++) {
		rate(w, 2, i, 1, pass);
		rate(w, 2, i, 2, pass);
	}
	got = kappa(w);
	assert_true(isnan(got.value) && isnan(got.interval.low));
	assert_int_equal(got.why, WHY_NONE_FITS);
}

static void more_values_than_categories_are_refused(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	for (unsigned i = 0; i < 40; i++) {
		char rest[64];

		(void)snprintf(rest, sizeof(rest), "value=v%u critical=true", i);
		rate(w, 2, i / 2, i % 2, rest);
	}
	got = kappa(w);
	assert_true(isnan(got.value));
	assert_int_equal(got.why, WHY_NONE_FITS);
}

static void without_calibrations_there_is_no_evidence(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	rate(w, 40, 1, 1, pass); /* past the window */
	got = kappa(w);
	assert_true(isnan(got.value));
	assert_int_equal(got.why, WHY_NO_EVIDENCE);
	assert_string_equal(got.missing->name, "Calibration");
}

int main(void)
{
	static struct cases c;

	month_test(&c, two_evaluators_of_fifty_contacts_have_cohens_kappa);
	month_test(&c, three_evaluators_have_fleiss_kappa);
	month_test(&c, what_is_not_critical_or_rated_by_one_alone_does_not_count);
	month_test(&c, second_thoughts_take_the_place_of_the_first);
	month_test(&c, order_of_arrival_does_not_matter);
	month_test(&c, one_value_for_all_is_no_agreement_beyond_chance);
	month_test(&c, more_values_than_categories_are_refused);
	month_test(&c, without_calibrations_there_is_no_evidence);
	return cases_run("score_kappa", &c, NULL, NULL);
}
