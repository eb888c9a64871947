/* The estimator of the net promoter score, on surveys in a store. */
#include <math.h>

#include "tests/support/cases.h"
#include "tests/support/month.h"
#include "tests/support/near.h"

static void answer(struct score_world *w, int day, unsigned id, const char *rest)
{
	score_world_add(w, "Survey", "at_us=%" PRId64 " host=crm survey_id=%016x %s",
	                month_us(day, 36000 + id), id, rest);
}

static struct estimate nps(struct score_world *w)
{
	score_world_put(w);
	return month_estimate(w, &estimator_nps, MODEL_NPS_MULTINOMIAL);
}

/* docs/model.md, 5.6, dealt out over ten days */
static void hundred_answers_give_the_published_score(void **state)
{
	static const char *const values[] = {
		"10", "10", "10", "10", "10", "9", "8", "7", "6", "0"
	};
	struct score_world *w = *state;
	struct estimate got;

	for (unsigned i = 0; i < 100; i++) {
		char rest[64];

		(void)snprintf(rest, sizeof(rest), "kind=nps value=%s", values[i % 10]);
		answer(w, (int)(i % 20), i, rest);
	}
	got = nps(w);
	assert_near(got.n, 100, 0);
	assert_near(got.value, 40, 1e-12);
	assert_near(got.interval.low, 24.320, 5e-4);
	assert_near(got.interval.high, 55.680, 5e-4);
	assert_int_equal(got.days, 20);
}

static void what_is_on_no_such_scale_does_not_count(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	answer(w, 1, 1, "kind=nps value=10 scale_max=10");
	answer(w, 1, 2, "kind=nps value=11");
	answer(w, 1, 3, "kind=nps value=-1");
	answer(w, 1, 4, "kind=nps value=5 scale_max=5");
	answer(w, 1, 5, "kind=csat value=1");
	answer(w, 1, 6, "kind=nps");
	answer(w, 30, 7, "kind=nps value=0");
	got = nps(w);
	assert_near(got.n, 1, 0);
	assert_near(got.value, 100, 0);
	assert_true(got.interval.low < 100);
}

static void answer_that_came_twice_counts_once(void **state)
{
	struct score_world *w = *state;

	answer(w, 1, 1, "kind=nps value=10");
	answer(w, 1, 1, "kind=nps value=10");
	answer(w, 1, 2, "kind=nps value=0");
	assert_near(nps(w).n, 2, 0);
}

static void without_surveys_there_is_no_evidence(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	answer(w, 1, 1, "kind=csat value=5");
	got = nps(w);
	assert_true(isnan(got.value) && isnan(got.interval.low));
	assert_int_equal(got.why, WHY_NO_EVIDENCE);
	assert_string_equal(got.missing->name, "Survey");
}

int main(void)
{
	static struct cases c;

	month_test(&c, hundred_answers_give_the_published_score);
	month_test(&c, what_is_on_no_such_scale_does_not_count);
	month_test(&c, answer_that_came_twice_counts_once);
	month_test(&c, without_surveys_there_is_no_evidence);
	return cases_run("score_nps", &c, NULL, NULL);
}
