/* The scoring map of docs/statistics.md, and what is enough evidence. */
#include "cxmeter/score.h"

#include <math.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/rules.h"

#define N_OF(list)           (sizeof(list) / sizeof((list)[0]))
#define assert_near(a, b, t) assert_true(fabs((a) - (b)) <= (t))

static const struct model_area area = { .id = "routing_queueing", .weight = 1.25 };

static const struct model_indicator service_level = {
	.id = "service_level",
	.area = &area,
	.interval = MODEL_QUASI_WILSON,
	.anchors = { 0.3, 0.6, 0.8, 0.9, 0.97 },
	.thresholds = { { 0.6, NULL }, { 0.8, NULL }, { 0.9, NULL } },
	.min_n = 400,
	.weight = 2,
};
static const struct model_indicator abandonment_rate = {
	.id = "abandonment_rate",
	.area = &area,
	.lower_is_better = true,
	.anchors = { 0.2, 0.091, 0.05, 0.03, 0.015 },
	.thresholds = { { 0.091, NULL }, { 0.05, NULL }, { 0.03, NULL } },
	.min_n = 400,
	.weight = 1.5,
};
static const struct model_indicator asa = {
	.id = "speed_of_answer_mean",
	.area = &area,
	.lower_is_better = true,
	.anchors = { 300, 120, 28, 20.5, 10.25 },
	.thresholds = { { 120, NULL }, { 28, NULL }, { 20.5, NULL } },
	.min_n = 200,
	.weight = 1,
};
static const struct model_indicator nps = {
	.id = "nps",
	.area = &area,
	.anchors = { -50, 0, 33, 50, 75 },
};
static const struct model_indicator attrition = {
	.id = "agent_attrition",
	.area = &area,
	.class = MODEL_ATTESTED,
	.lower_is_better = true,
	.anchors = { 0.8, 0.45, 0.3, 0.2, 0.1 },
	.thresholds = { { 0.45, NULL }, { 0.3, NULL }, { 0.2, NULL } },
};
static const struct model_indicator charter = {
	.id = "cx_charter_attested",
	.area = &area,
	.class = MODEL_ATTESTED,
	.anchors = { 0, 2, 5, 6, 6 },
};
static const struct model_indicator accuracy = {
	.id = "compliance_critical_accuracy",
	.area = &area,
	.interval = MODEL_WILSON,
	.anchors = { 0.9, 0.95, 0.98, 0.995, 0.9975 },
	.min_n = 200,
	.min_n_top = 765,
};
static const struct model_indicator tls_floor = {
	.id = "tls_floor_level",
	.area = &area,
	.ordinal = true,
};
static const struct model_indicator wait_p90 = { .id = "wait_p90" }; /* context */

/* ---- the map ---- */

static const struct map_case {
	const char *name;
	const struct model_indicator *is;
	double value;
	double score;
} map_cases[] = {
	{ "service_level_10_percent_is_1", &service_level, 0.10, 1.0 },
	{ "service_level_30_percent_is_1", &service_level, 0.30, 1.0 },
	{ "service_level_45_percent_is_1375", &service_level, 0.45, 1.375 },
	{ "service_level_60_percent_is_175", &service_level, 0.60, 1.75 },
	{ "service_level_70_percent_is_2125", &service_level, 0.70, 2.125 },
	{ "service_level_80_percent_is_25", &service_level, 0.80, 2.5 },
	{ "service_level_85_percent_is_2875", &service_level, 0.85, 2.875 },
	{ "service_level_90_percent_is_325", &service_level, 0.90, 3.25 },
	{ "service_level_97_percent_is_4", &service_level, 0.97, 4.0 },
	{ "service_level_all_is_4", &service_level, 1.0, 4.0 },
	{ "abandonment_20_percent_is_1", &abandonment_rate, 0.20, 1.0 },
	{ "abandonment_15_percent_is_13440", &abandonment_rate, 0.15, 1.3440 },
	{ "abandonment_91_permille_is_175", &abandonment_rate, 0.091, 1.75 },
	{ "abandonment_65_permille_is_22256", &abandonment_rate, 0.065, 2.2256 },
	{ "abandonment_5_percent_is_25", &abandonment_rate, 0.05, 2.5 },
	{ "abandonment_3_percent_is_325", &abandonment_rate, 0.03, 3.25 },
	{ "abandonment_15_permille_is_4", &abandonment_rate, 0.015, 4.0 },
	{ "abandonment_none_is_4", &abandonment_rate, 0, 4.0 },
	{ "asa_300_s_is_1", &asa, 300, 1.0 },
	{ "asa_120_s_is_175", &asa, 120, 1.75 },
	{ "asa_34_s_is_24511", &asa, 34, 2.4511 },
	{ "asa_28_s_is_25", &asa, 28, 2.5 },
	{ "asa_205_ds_is_325", &asa, 20.5, 3.25 },
	{ "asa_of_a_century_is_1", &asa, 3e9, 1.0 },
	{ "nps_minus_50_is_1", &nps, -50, 1.0 },
	{ "nps_0_is_175", &nps, 0, 1.75 },
	{ "nps_33_is_25", &nps, 33, 2.5 },
	{ "nps_50_is_325", &nps, 50, 3.25 },
	{ "nps_75_is_4", &nps, 75, 4.0 },
	{ "attested_attrition_45_percent_is_175", &attrition, 0.45, 1.75 },
	{ "attested_attrition_30_percent_is_25", &attrition, 0.30, 2.5 },
	{ "attested_attrition_20_percent_is_capped_at_324", &attrition, 0.20, 3.24 },
	{ "attested_attrition_10_percent_is_capped_at_324", &attrition, 0.10, 3.24 },
	{ "charter_six_of_six_is_capped_at_324", &charter, 6, 3.24 },
	{ "charter_five_is_25", &charter, 5, 2.5 },
	{ "ordinal_level_3_is_3", &tls_floor, 3, 3.0 },
	{ "ordinal_level_stays_in_the_scale", &tls_floor, 7, 4.0 },
};

static void map_case_run(void **state)
{
	const struct map_case *c = *state;

	assert_near(score_map(c->is, &published_rules, c->value), c->score, 5e-5);
}

static void thresholds_map_to_the_cuts_exactly(void **state)
{
	(void)state;
	assert_true(score_map(&abandonment_rate, &published_rules, 0.091) == 1.75);
	assert_true(score_map(&abandonment_rate, &published_rules, 0.05) == 2.5);
	assert_true(score_map(&service_level, &published_rules, 0.9) == 3.25);
}

static void not_known_stays_not_known(void **state)
{
	(void)state;
	assert_true(isnan(score_map(&service_level, &published_rules, NAN)));
	assert_true(isnan(score_map(&tls_floor, &published_rules, NAN)));
}

/* ---- stages ---- */

static const struct stage_case {
	const char *name;
	double score;
	int stage;
} stage_cases[] = {
	{ "score_1_is_stage_1", 1.0, 1 },
	{ "score_174_is_stage_1", 1.74, 1 },
	{ "score_175_is_stage_2", 1.75, 2 },
	{ "score_249_is_stage_2", 2.49, 2 },
	{ "score_25_less_rounding_is_stage_3", 2.5 - 4e-16, 3 },
	{ "score_325_is_stage_4", 3.25, 4 },
	{ "score_4_is_stage_4", 4.0, 4 },
};

static void stage_case_run(void **state)
{
	const struct stage_case *c = *state;

	assert_int_equal(score_stage(&published_rules, c->score), c->stage);
}

/* ---- enough? ---- */

static struct estimate share(double good, double n, size_t days, double low, double high)
{
	return (struct estimate){ good / n, n,           good, n,        { low, high }, days,
		                  2,        WHY_NOTHING, NULL, { 0, 0 }, { 0, 0, 0 } };
}

static const struct judged_case {
	const char *name;
	const struct model_indicator *is;
	double good;
	double n;
	size_t days;
	double low;
	double high;
	bool provisional;
	enum score_status status;
	enum score_why why;
	int stage;
} judged_cases[] = {
	{ "enough_of_all_is_assessed", &service_level, 320, 400, 10, 0.76, 0.84, false,
	  SCORE_ASSESSED, WHY_NOTHING, 3 },
	{ "one_contact_short_is_too_few", &service_level, 319, 399, 28, 0.76, 0.84, false,
	  SCORE_NOT_ASSESSED, WHY_TOO_FEW, 0 },
	{ "one_day_short_is_too_few", &service_level, 320, 400, 9, 0.76, 0.84, false,
	  SCORE_NOT_ASSESSED, WHY_TOO_FEW, 0 },
	{ "provisional_scores_it_all_the_same", &service_level, 32, 40, 1, 0.76, 0.84, true,
	  SCORE_ASSESSED, WHY_NOTHING, 3 },
	{ "an_interval_over_three_stages_is_too_uncertain", &service_level, 320, 400, 10, 0.59,
	  0.81, false, SCORE_NOT_ASSESSED, WHY_TOO_UNCERTAIN, 0 },
	{ "provisional_does_not_mind_three_stages", &service_level, 320, 400, 10, 0.59, 0.81, true,
	  SCORE_ASSESSED, WHY_NOTHING, 3 },
	{ "an_interval_over_two_stages_is_fine", &service_level, 320, 400, 10, 0.61, 0.81, false,
	  SCORE_ASSESSED, WHY_NOTHING, 3 },
	{ "no_interval_is_no_assessment", &service_level, 1, 1, 1, NAN, NAN, true,
	  SCORE_NOT_ASSESSED, WHY_NO_INTERVAL, 0 },
};

static void judged_case_run(void **state)
{
	const struct judged_case *c = *state;
	struct estimate got = share(c->good, c->n, c->days, c->low, c->high);
	struct scored s = score_indicator(c->is, &published_rules, &got, c->provisional);

	assert_int_equal(s.status, c->status);
	assert_int_equal(s.reason.why, c->why);
	assert_int_equal(s.stage, c->stage);
	assert_true(isnan(s.score) == (c->status != SCORE_ASSESSED));
	assert_true(isnan(s.got.interval.low) == (c->status != SCORE_ASSESSED));
	assert_near(s.got.value, c->good / c->n, 0);
	assert_near(s.got.n, c->n, 0);
}

/* tls_floor's interval is none */
static void a_state_seen_on_one_day_is_enough(void **state)
{
	struct estimate got = { 3,   1,           NAN,  NAN,      { 3, 3 },   1,
		                NAN, WHY_NOTHING, NULL, { 0, 0 }, { 0, 0, 0 } };
	struct scored s = score_indicator(&tls_floor, &published_rules, &got, false);

	(void)state;
	assert_int_equal(s.status, SCORE_ASSESSED);
	assert_int_equal(s.stage, 3);
}

static void below_its_n_the_top_stage_is_out_of_reach(void **state)
{
	struct estimate few = share(764, 764, 28, 0.99499, 1);
	struct estimate enough = share(765, 765, 28, 0.995, 1);
	struct scored s = score_indicator(&accuracy, &published_rules, &few, false);

	(void)state;
	assert_true(s.top_out_of_reach);
	assert_int_equal(s.stage, 3);
	assert_near(s.score, 3.24, 1e-12);
	assert_near(s.sure.high, 3.24, 1e-12);
	assert_true(s.sure.low <= s.score);
	s = score_indicator(&accuracy, &published_rules, &enough, false);
	assert_false(s.top_out_of_reach);
	assert_int_equal(s.stage, 4);
}

static void the_interval_of_the_score_turns_with_the_direction(void **state)
{
	struct estimate got = share(520, 8000, 28, 0.0561, 0.0752);
	struct scored s = score_indicator(&abandonment_rate, &published_rules, &got, false);

	(void)state;
	assert_true(s.sure.low < s.score && s.score < s.sure.high);
	assert_near(s.sure.low, score_map(&abandonment_rate, &published_rules, 0.0752), 0);
}

static void nothing_at_all_says_why_and_is_not_zero(void **state)
{
	static const struct estimate nothing = {
		.value = NAN,
		.numerator = NAN,
		.denominator = NAN,
		.interval = { NAN, NAN },
		.why = WHY_NO_EVIDENCE,
	};
	struct scored s = score_indicator(&service_level, &published_rules, &nothing, true);

	(void)state;
	assert_int_equal(s.status, SCORE_NOT_ASSESSED);
	assert_int_equal(s.reason.why, WHY_NO_EVIDENCE);
	assert_true(isnan(s.score) && isnan(s.got.value));
	assert_int_equal(s.stage, 0);
}

static void context_is_reported_and_never_scored(void **state)
{
	struct estimate got = { .value = 31, .n = 5, .days = 1, .interval = { 20, 40 } };
	struct scored s = score_indicator(&wait_p90, &published_rules, &got, false);

	(void)state;
	assert_int_equal(s.status, SCORE_ASSESSED);
	assert_int_equal(s.stage, 0);
	assert_true(isnan(s.score));
	assert_near(s.got.interval.high, 40, 0);
}

/* ---- what lifts it ---- */

static const struct lift_case {
	const char *name;
	const struct model_indicator *is;
	double value;
	double numerator;
	double denominator;
	double target;
	double contacts;
	int stage;
	bool known;
} lift_cases[] = {
	{ "contacts_more_to_80_percent", &service_level, 215.0 / 309, 215, 309, 0.8, 33, 3, true },
	{ "contacts_more_to_60_percent", &service_level, 0.5, 5, 10, 0.6, 1, 2, true },
	{ "exactly_on_a_threshold_aims_at_the_next", &service_level, 0.8, 80, 100, 0.9, 10, 4,
	  true },
	{ "contacts_fewer_to_5_percent", &abandonment_rate, 0.065, 520, 8000, 0.05, 120, 3, true },
	{ "the_top_has_no_next_stage", &service_level, 0.95, 95, 100, 0, NAN, 0, false },
	{ "attested_evidence_gets_no_higher_than_its_cap", &attrition, 0.25, NAN, NAN, 0, NAN, 0,
	  false },
	{ "a_mean_has_a_target_and_no_contacts", &asa, 34, NAN, NAN, 28, NAN, 3, true },
	{ "not_known_has_no_lift", &asa, NAN, NAN, NAN, 0, NAN, 0, false },
};

static void lift_case_run(void **state)
{
	const struct lift_case *c = *state;
	struct scored s = { .is = c->is,
		            .got = { .value = c->value,
		                     .numerator = c->numerator,
		                     .denominator = c->denominator } };
	struct score_lift lift = score_lift_of(&s, &published_rules);

	assert_int_equal(lift.known, c->known);
	assert_int_equal(lift.stage, c->stage);
	assert_near(lift.target, c->target, 0);
	assert_true(lift.contacts == c->contacts || (isnan(lift.contacts) && isnan(c->contacts)));
}

int main(void)
{
	static struct cases c;

	cases_test(&c, thresholds_map_to_the_cuts_exactly);
	cases_test(&c, not_known_stays_not_known);
	cases_test(&c, a_state_seen_on_one_day_is_enough);
	cases_test(&c, below_its_n_the_top_stage_is_out_of_reach);
	cases_test(&c, the_interval_of_the_score_turns_with_the_direction);
	cases_test(&c, nothing_at_all_says_why_and_is_not_zero);
	cases_test(&c, context_is_reported_and_never_scored);
	cases_table(&c, map_cases, map_case_run);
	cases_table(&c, stage_cases, stage_case_run);
	cases_table(&c, judged_cases, judged_case_run);
	cases_table(&c, lift_cases, lift_case_run);
	return cases_run("score_indicator", &c, NULL, NULL);
}
