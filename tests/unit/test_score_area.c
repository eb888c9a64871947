/* Areas: the worked example of docs/scoring.md to its printed digits, and every rule of the
 * aggregation on its own. */
#include "cxmeter/score.h"

#include <math.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/rules.h"

#define N_OF(list)           (sizeof(list) / sizeof((list)[0]))
#define assert_near(a, b, t) assert_true(fabs((a) - (b)) <= (t))

static const struct model_area nowhere = { .id = "area", .weight = 1 };

/* An indicator of weight `w` that came out with this score and interval. */
static struct scored with_score(const struct model_indicator *is, double score, double low,
                                double high)
{
	return (struct scored){ .is = is,
		                .status = SCORE_ASSESSED,
		                .got = { .numerator = NAN, .denominator = NAN },
		                .score = score,
		                .sure = { low, high },
		                .stage = score_stage(&published_rules, score) };
}

static struct scored missing(const struct model_indicator *is)
{
	return (struct scored){ .is = is,
		                .got = { .numerator = NAN, .denominator = NAN },
		                .score = NAN };
}

static struct scored_area area_of(struct scored *items, size_t n)
{
	struct scored_area a = { .is = &nowhere, .indicators = items, .n_indicators = n };

	score_area(&published_rules, &a);
	return a;
}

/* ---- worked example: routing and queueing, site Nord ---- */

static const struct model_indicator service_level = {
	.id = "service_level",
	.area = &nowhere,
	.gate = MODEL_SOFT_GATE,
	.weight = 2,
	.group = "queue",
	.min_n = 400,
	.anchors = { 0.3, 0.6, 0.8, 0.9, 0.97 },
};
static const struct model_indicator abandonment_rate = {
	.id = "abandonment_rate",
	.area = &nowhere,
	.weight = 1.5,
	.group = "queue",
	.min_n = 400,
	.lower_is_better = true,
	.anchors = { 0.2, 0.091, 0.05, 0.03, 0.015 },
};
static const struct model_indicator asa = {
	.id = "speed_of_answer_mean",
	.area = &nowhere,
	.weight = 1,
	.group = "queue",
	.min_n = 200,
	.lower_is_better = true,
	.anchors = { 300, 120, 28, 20.5, 10.25 },
};
static const struct model_indicator transfer_rate = {
	.id = "transfer_rate",
	.area = &nowhere,
	.weight = 1,
	.group = "handoff",
	.min_n = 200,
	.lower_is_better = true,
	.anchors = { 0.35, 0.19, 0.15, 0.1, 0.05 },
};
static const struct model_indicator ring_no_answer_rate = {
	.id = "ring_no_answer_rate",
	.area = &nowhere,
	.weight = 0.75,
	.group = "ring_no_answer_rate",
	.min_n = 200,
	.lower_is_better = true,
	.anchors = { 0.3, 0.15, 0.07, 0.02, 0.01 },
};
static const struct model_indicator skill_match_rate = {
	.id = "skill_match_rate",
	.area = &nowhere,
	.weight = 1,
	.class = MODEL_DERIVED,
	.group = "skill_match_rate",
	.min_n = 200,
	.anchors = { 0.4, 0.7, 0.85, 0.95, 0.975 },
};
static const struct model_indicator session_effectiveness = {
	.id = "session_effectiveness",
	.area = &nowhere,
	.weight = 0.75,
	.group = "session_effectiveness",
	.min_n = 1000,
	.anchors = { 0.9, 0.95, 0.98, 0.995, 0.9975 },
};

static const struct nord_case {
	const char *name;
	const struct model_indicator *is;
	double good;
	double n;
	double phi; /* 0: the interval is given */
	double low;
	double high;
	double score;
	double score_low;
	double score_high;
	int stage;
} nord_cases[] = {
	{ "nord_service_level", &service_level, 6150, 8000, 4.2, 0.7493, 0.7871, 2.3828, 2.3098,
	  2.4517, 2 },
	{ "nord_abandonment_rate", &abandonment_rate, 520, 8000, 3.1, 0.0561, 0.0752, 2.2256,
	  2.0395, 2.3880, 2 },
	{ "nord_speed_of_answer_mean", &asa, 34, 1, 0, 29, 40, 2.4511, 2.4022, 2.4918, 2 },
	{ "nord_transfer_rate", &transfer_rate, 1010, 7100, 1.5, 0.1326, 0.1525, 2.6162, 2.4532,
	  2.7611, 3 },
	{ "nord_ring_no_answer_rate", &ring_no_answer_rate, 610, 8100, 2.0, 0.0676, 0.0838, 2.4502,
	  2.3702, 2.5363, 2 },
	{ "nord_session_effectiveness", &session_effectiveness, 11820, 11940, 1.8, 0.9872, 0.9921,
	  2.9975, 2.8625, 3.1041, 3 },
};

static struct scored nord(const struct nord_case *c)
{
	struct interval i = c->phi > 0
	                            ? stats_quasi_wilson(c->good, c->n, c->phi, published_rules.z)
	                            : (struct interval){ c->low, c->high };
	struct estimate got = { c->good / c->n,
		                c->phi > 0 ? c->n : 7100,
		                c->good,
		                c->n,
		                i,
		                28,
		                c->phi,
		                WHY_NOTHING,
		                NULL,
		                { 0, 0 },
		                { 0, 0, 0 } };

	return score_indicator(c->is, &published_rules, &got, false);
}

static void nord_case_run(void **state)
{
	const struct nord_case *c = *state;
	struct scored s = nord(c);

	assert_int_equal(s.status, SCORE_ASSESSED);
	assert_near(s.got.interval.low, c->low, 5e-5);
	assert_near(s.got.interval.high, c->high, 5e-5);
	assert_near(s.score, c->score, 5e-5);
	assert_near(s.sure.low, c->score_low, 5e-5);
	assert_near(s.sure.high, c->score_high, 5e-5);
	assert_int_equal(s.stage, c->stage);
}

static void nord_routing_scores_24653_from_23917_to_25308(void **state)
{
	struct scored items[N_OF(nord_cases) + 1];
	struct scored_area a;

	(void)state;
	for (size_t i = 0; i < N_OF(nord_cases); i++) {
		items[i] = nord(&nord_cases[i]);
	}
	items[N_OF(nord_cases)] = missing(&skill_match_rate);
	a = area_of(items, N_OF(items));
	assert_int_equal(a.status, SCORE_ASSESSED);
	assert_near(a.coverage, 0.875, 0);
	assert_near(a.score, 2.4653, 5e-5);
	assert_near(a.sure.low, 2.3917, 5e-5);
	assert_near(a.sure.high, 2.5308, 5e-5);
	assert_int_equal(a.stage, 2);
	assert_int_equal(a.second_opinion, 2);
	assert_int_equal(a.verdict, VERDICT_LEANING);
	assert_int_equal(a.n_notes, 0); /* the soft gate allows up to 3.1328 */
}

/* ---- worked example: security, site Nord ---- */

#define SECURITY(name, w, g)                                                                       \
	{                                                                                          \
		.id = (name), .area = &nowhere, .weight = (w), .group = (name), .gate = (g)        \
	}

static const struct model_indicator security[] = {
	SECURITY("signalling_tls_share", 1.25, MODEL_SOFT_GATE),
	SECURITY("media_srtp_share", 1.0, MODEL_NO_GATE),
	SECURITY("tls_floor_level", 1.0, MODEL_HARD_GATE),
	{ .id = "payment_recording_pause",
	  .area = &nowhere,
	  .weight = 1.25,
	  .group = "payment_recording_pause",
	  .gate = MODEL_HARD_GATE,
	  .any_failure_cap = 1.74,
	  .min_n = 50,
	  .anchors = { 0.5, 0.95, 0.99, 1.0, 1.0 } },
	SECURITY("recording_storage_protection", 0.75, MODEL_NO_GATE),
	SECURITY("patch_age_critical", 0.75, MODEL_NO_GATE),
	SECURITY("retention_overrun", 0.5, MODEL_NO_GATE),
};
#define PAYMENT 3

static void nord_security(struct scored items[N_OF(security)], double paused, double payments)
{
	static const double scores[] = { 2.9342, 2.5789, 3.0, 0, 2.8750, 2.9219, 2.8333 };
	struct estimate got = { paused / payments,
		                payments,
		                paused,
		                payments,
		                stats_wilson(paused, payments, published_rules.z),
		                28,
		                NAN,
		                WHY_NOTHING,
		                NULL,
		                { 0, 0 },
		                { 0, 0, 0 } };

	for (size_t i = 0; i < N_OF(security); i++) {
		items[i] = with_score(&security[i], scores[i], scores[i] - 0.1, scores[i] + 0.1);
	}
	items[PAYMENT] = score_indicator(&security[PAYMENT], &published_rules, &got, false);
}

static void twelve_recorded_payments_cap_security_at_174(void **state)
{
	struct scored items[N_OF(security)];
	struct scored_area a;

	(void)state;
	nord_security(items, 188, 200);
	assert_near(items[PAYMENT].score, 1.7333, 5e-5);
	a = area_of(items, N_OF(items));
	assert_near(a.score, 1.74, 0);
	assert_near(a.sure.high, 1.74, 0);
	assert_int_equal(a.stage, 1);
	assert_int_equal(a.n_notes, 1);
	assert_int_equal(a.notes[0].why, WHY_GATE_CAPS);
	assert_ptr_equal(a.notes[0].is, &security[PAYMENT]);
	assert_near(a.notes[0].have, 2.6427, 5e-5); /* "2.64 without the gate" */
	assert_int_equal(a.second_opinion, 2);      /* 80.8 % at stage 2 or above: not 85 % */
	assert_int_equal(a.verdict, VERDICT_UNEVEN);
}

static void one_failure_caps_even_when_the_share_is_high(void **state)
{
	struct scored items[N_OF(security)];
	struct scored_area a;

	(void)state;
	nord_security(items, 1999, 2000);
	assert_true(items[PAYMENT].score > 2.5);
	a = area_of(items, N_OF(items));
	assert_near(a.score, 1.74, 0);
}

static void no_failure_does_not_cap(void **state)
{
	struct scored items[N_OF(security)];
	struct scored_area a;

	(void)state;
	nord_security(items, 2000, 2000);
	a = area_of(items, N_OF(items));
	assert_true(a.score > 2.5);
	assert_int_equal(a.n_notes, 0);
}

/* Two failures among ten are no share to score, but they are known. */
static void known_failures_of_too_few_cases_are_named(void **state)
{
	struct scored items[N_OF(security)];
	struct scored_area a;

	(void)state;
	nord_security(items, 8, 10);
	assert_int_equal(items[PAYMENT].reason.why, WHY_TOO_FEW);
	a = area_of(items, N_OF(items));
	assert_int_equal(a.status, SCORE_NOT_ASSESSED); /* its hard gate is missing */
	assert_int_equal(a.n_notes, 2);
	assert_int_equal(a.notes[0].why, WHY_HARD_GATE_MISSING);
	assert_int_equal(a.notes[1].why, WHY_FAILURE_KNOWN);
	assert_near(a.notes[1].have, 2, 0);
	assert_near(a.notes[1].need, 1.74, 0);
}

static void a_known_failure_caps_where_its_indicator_is_no_gate(void **state)
{
	static const struct model_indicator strict = {
		.id = "strict", .weight = 0.1, .group = "strict", .any_failure_cap = 1.74
	};
	struct scored items[] = { missing(&strict), with_score(&security[0], 3, 3, 3),
		                  with_score(&security[1], 3, 3, 3) };
	struct scored_area a;

	(void)state;
	items[0].got.numerator = 1;
	items[0].got.denominator = 2;
	a = area_of(items, N_OF(items));
	assert_near(a.score, 1.74, 0);
	assert_near(a.sure.high, 1.74, 0);
	assert_int_equal(a.notes[0].why, WHY_GATE_CAPS);
}

static void a_failure_where_nothing_applies_caps_nothing(void **state)
{
	struct scored items[N_OF(security)];

	(void)state;
	nord_security(items, 188, 200);
	items[PAYMENT].status = SCORE_NOT_APPLICABLE;
	assert_true(area_of(items, N_OF(items)).score > 2.5);
}

static void what_was_signed_away_is_noted_with_day_and_role(void **state)
{
	struct scored items[N_OF(security)];
	struct scored_area a;

	(void)state;
	nord_security(items, 200, 200);
	items[PAYMENT].status = SCORE_NOT_APPLICABLE;
	items[PAYMENT].attested = (struct score_reason){
		.why = WHY_ATTESTED_AWAY, .is = &security[PAYMENT], .day = 20000, .role = "CFO"
	};
	a = area_of(items, N_OF(items));
	assert_near(a.coverage, 1, 0);
	assert_int_equal(a.n_notes, 1);
	assert_int_equal(a.notes[0].day, 20000);
	assert_string_equal(a.notes[0].role, "CFO");
}

/* ---- worked example: CX philosophy, site Nord ---- */

static void charter_and_target_mix_alone_do_not_make_an_area(void **state)
{
	static const struct model_indicator philosophy[] = {
		{ .id = "service_target_declared",
		  .weight = 1,
		  .group = "a",
		  .class = MODEL_DERIVED,
		  .gate = MODEL_SOFT_GATE },
		{ .id = "service_target_attainment", .weight = 1.5, .group = "queue" },
		{ .id = "worst_interval_service_level", .weight = 1, .group = "queue" },
		{ .id = "callback_promise_kept", .weight = 1, .group = "b" },
		{ .id = "target_mix_level", .weight = 1, .group = "c", .class = MODEL_DERIVED },
		{ .id = "cx_charter_attested",
		  .weight = 0.5,
		  .group = "d",
		  .class = MODEL_ATTESTED },
	};
	struct scored items[N_OF(philosophy)];
	struct scored_area a;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		items[i] = missing(&philosophy[i]);
	}
	items[4] = with_score(&philosophy[4], 2, 2, 2);
	items[5] = with_score(&philosophy[5], 3.24, 3.24, 3.24);
	a = area_of(items, N_OF(items));
	assert_int_equal(a.status, SCORE_NOT_ASSESSED);
	assert_int_equal(a.verdict, VERDICT_NOT_ASSESSED);
	assert_near(a.coverage, 0.25, 0);
	assert_true(isnan(a.score) && isnan(a.sure.low) && isnan(a.sure.high));
	assert_int_equal(a.stage, 0);
	assert_int_equal(a.second_opinion, 0);
	assert_int_equal(a.n_notes, 2);
	assert_int_equal(a.notes[0].why, WHY_COVERAGE);
	assert_int_equal(a.notes[1].why, WHY_FEW_MEASURED);
}

/* ---- single rules ---- */

static const struct model_indicator plain[] = {
	{ .id = "a", .weight = 1, .group = "a" },
	{ .id = "b", .weight = 1, .group = "b" },
	{ .id = "c", .weight = 1, .group = "b" },
};
static const struct model_indicator derived = {
	.id = "d", .weight = 1, .group = "d", .class = MODEL_DERIVED
};
static const struct model_indicator soft = {
	.id = "soft", .weight = 1, .group = "soft", .gate = MODEL_SOFT_GATE
};
static const struct model_indicator hard = {
	.id = "hard", .weight = 1, .group = "hard", .gate = MODEL_HARD_GATE
};

static void a_derived_indicator_counts_eight_tenths(void **state)
{
	struct scored items[] = { with_score(&plain[0], 2, 2, 2), with_score(&derived, 3, 3, 3) };
	struct scored_area a = area_of(items, N_OF(items));

	(void)state;
	assert_near(a.score, (2 + 0.8 * 3) / 1.8, 1e-12);
}

static void half_widths_of_two_groups_add_in_quadrature(void **state)
{
	struct scored items[] = { with_score(&plain[0], 2, 1.7, 2.4),
		                  with_score(&plain[1], 2, 1.6, 2.3) };
	struct scored_area a = area_of(items, N_OF(items));

	(void)state;
	assert_near(a.sure.low, 2 - 0.5 * 0.5, 1e-12); /* 0.3 and 0.4 make 0.5 */
	assert_near(a.sure.high, 2 + 0.5 * 0.5, 1e-12);
}

static void half_widths_of_one_group_add(void **state)
{
	struct scored items[] = { with_score(&plain[1], 2, 1.7, 2.4),
		                  with_score(&plain[2], 2, 1.6, 2.3) };
	struct scored_area a = area_of(items, N_OF(items));

	(void)state;
	assert_near(a.sure.low, 2 - 0.5 * 0.7, 1e-12);
	assert_near(a.sure.high, 2 + 0.5 * 0.7, 1e-12);
}

static void a_soft_gate_lets_the_area_rise_one_stage_above_it(void **state)
{
	struct scored items[] = { with_score(&soft, 1.5, 1.4, 1.6), with_score(&plain[0], 4, 4, 4),
		                  with_score(&plain[1], 4, 4, 4) };
	struct scored_area a = area_of(items, N_OF(items));

	(void)state;
	assert_near(a.score, 2.25, 0);
	assert_near(a.sure.low, 2.15, 1e-12); /* the ends use the ends of the gate */
	assert_near(a.sure.high, 2.35, 1e-12);
	assert_int_equal(a.notes[0].why, WHY_GATE_CAPS);
	assert_near(a.notes[0].have, 9.5 / 3, 1e-12);
}

static void a_hard_gate_in_stage_1_keeps_the_area_there(void **state)
{
	struct scored items[] = { with_score(&hard, 1.5, 1.4, 1.6), with_score(&plain[0], 4, 4, 4),
		                  with_score(&plain[1], 4, 4, 4) };
	struct scored_area a = area_of(items, N_OF(items));

	(void)state;
	assert_near(a.score, 1.74, 0);
	assert_near(a.sure.low, 1.74, 0);
	assert_near(a.sure.high, 1.74, 0);
	assert_int_equal(a.stage, 1);
}

static void a_hard_gate_whose_interval_holds_the_limit_is_undecided(void **state)
{
	struct scored items[] = { with_score(&hard, 1.8, 1.7, 1.9), with_score(&plain[0], 4, 4, 4),
		                  with_score(&plain[1], 4, 4, 4) };
	struct scored_area a = area_of(items, N_OF(items));

	(void)state;
	assert_near(a.score, 9.8 / 3, 1e-12);
	assert_near(a.sure.low, 1.74, 0);
	assert_true(a.sure.high > 3.25);
	assert_int_equal(a.n_notes, 1);
	assert_int_equal(a.notes[0].why, WHY_GATE_UNDECIDED);
	assert_ptr_equal(a.notes[0].is, &hard);
	assert_int_equal(a.verdict, VERDICT_UNDECIDED);
}

static void a_failing_hard_gate_that_might_pass_leaves_the_upper_end_open(void **state)
{
	struct scored items[] = { with_score(&hard, 1.7, 1.6, 1.8), with_score(&plain[0], 4, 4, 4),
		                  with_score(&plain[1], 4, 4, 4) };
	struct scored_area a = area_of(items, N_OF(items));

	(void)state;
	assert_near(a.score, 1.74, 0);
	assert_true(a.sure.high > 3);
	assert_int_equal(a.notes[0].why, WHY_GATE_UNDECIDED);
	assert_int_equal(a.notes[1].why, WHY_GATE_CAPS);
}

static void without_its_hard_gate_an_area_is_not_assessed(void **state)
{
	struct scored items[] = { missing(&hard), with_score(&plain[0], 4, 4, 4),
		                  with_score(&plain[1], 4, 4, 4) };
	struct scored_area a = area_of(items, N_OF(items));

	(void)state;
	assert_int_equal(a.status, SCORE_NOT_ASSESSED);
	assert_int_equal(a.notes[0].why, WHY_HARD_GATE_MISSING);
	assert_ptr_equal(a.notes[0].is, &hard);
}

static void without_its_soft_gate_an_area_says_so_and_is_assessed(void **state)
{
	struct scored items[] = { missing(&soft), with_score(&plain[0], 3, 3, 3),
		                  with_score(&plain[1], 3, 3, 3) };
	struct scored_area a = area_of(items, N_OF(items));

	(void)state;
	assert_int_equal(a.status, SCORE_ASSESSED);
	assert_int_equal(a.n_notes, 1);
	assert_int_equal(a.notes[0].why, WHY_SOFT_GATE_MISSING);
}

static void what_is_not_applicable_leaves_both_sums(void **state)
{
	struct scored items[] = { missing(&hard), with_score(&plain[0], 3, 3, 3),
		                  with_score(&plain[1], 3, 3, 3) };
	struct scored_area a;

	(void)state;
	items[0].status = SCORE_NOT_APPLICABLE;
	a = area_of(items, N_OF(items));
	assert_int_equal(a.status, SCORE_ASSESSED);
	assert_near(a.coverage, 1, 0);
	assert_int_equal(a.n_notes, 0);
}

static void what_counts_needs_what_it_requires(void **state)
{
	static const struct model_indicator charter = {
		.id = "charter", .weight = 1, .group = "charter", .requires = &plain[0]
	};
	struct scored items[] = { with_score(&charter, 3, 3, 3), missing(&plain[0]),
		                  with_score(&plain[1], 3, 3, 3), with_score(&plain[2], 3, 3, 3) };
	struct scored_area a = area_of(items, N_OF(items));

	(void)state;
	assert_int_equal(a.status, SCORE_NOT_ASSESSED);
	assert_int_equal(a.n_notes, 1);
	assert_int_equal(a.notes[0].why, WHY_REQUIRED_MISSING);
	assert_ptr_equal(a.notes[0].is, &plain[0]);
	items[1].status = SCORE_NOT_APPLICABLE;
	assert_int_equal(area_of(items, N_OF(items)).status, SCORE_ASSESSED);
	items[1] = with_score(&plain[0], 1, 1, 1);
	assert_int_equal(area_of(items, N_OF(items)).status, SCORE_ASSESSED);
	items[0] = missing(&charter);
	items[1] = missing(&plain[0]);
	items[0].status = SCORE_NOT_APPLICABLE;
	assert_int_equal(area_of(items, N_OF(items)).status, SCORE_ASSESSED);
}

static void coverage_of_exactly_60_percent_is_enough(void **state)
{
	static const struct model_indicator heavy = { .id = "h", .weight = 0.4, .group = "h" };
	static const struct model_indicator light[] = {
		{ .id = "x", .weight = 0.1, .group = "x" },
		{ .id = "y", .weight = 0.2, .group = "y" },
		{ .id = "z", .weight = 0.3, .group = "z" },
	};
	struct scored items[] = { missing(&heavy), with_score(&light[0], 2, 2, 2),
		                  with_score(&light[1], 2, 2, 2), with_score(&light[2], 2, 2, 2) };

	(void)state;
	assert_int_equal(area_of(items, N_OF(items)).status, SCORE_ASSESSED);
}

static void one_measured_indicator_is_not_an_area(void **state)
{
	struct scored items[] = { with_score(&plain[0], 3, 3, 3) };
	struct scored_area a = area_of(items, N_OF(items));

	(void)state;
	assert_int_equal(a.status, SCORE_NOT_ASSESSED);
	assert_int_equal(a.notes[0].why, WHY_FEW_MEASURED);
}

static void an_interval_inside_one_stage_is_confirmed(void **state)
{
	struct scored items[] = { with_score(&plain[0], 2, 1.9, 2.1),
		                  with_score(&plain[1], 2, 1.9, 2.1) };

	(void)state;
	assert_int_equal(area_of(items, N_OF(items)).verdict, VERDICT_CONFIRMED);
}

static void a_mean_that_hides_a_hole_is_uneven(void **state)
{
	/* two at 4.0 lift the mean to stage 3, but a third of the weight is at stage 1 */
	struct scored items[] = { with_score(&plain[0], 1, 1, 1), with_score(&plain[1], 4, 4, 4),
		                  with_score(&plain[2], 4, 4, 4) };
	struct scored_area a = area_of(items, N_OF(items));

	(void)state;
	assert_int_equal(a.stage, 3);
	assert_int_equal(a.second_opinion, 2);
	assert_int_equal(a.verdict, VERDICT_UNEVEN);
}

static void an_empty_area_is_not_applicable(void **state)
{
	struct scored_area a = area_of(NULL, 0);

	(void)state;
	assert_int_equal(a.status, SCORE_NOT_APPLICABLE);
	assert_true(isnan(a.score));
}

int main(void)
{
	static struct cases c;

	cases_test(&c, nord_routing_scores_24653_from_23917_to_25308);
	cases_test(&c, twelve_recorded_payments_cap_security_at_174);
	cases_test(&c, one_failure_caps_even_when_the_share_is_high);
	cases_test(&c, no_failure_does_not_cap);
	cases_test(&c, known_failures_of_too_few_cases_are_named);
	cases_test(&c, a_known_failure_caps_where_its_indicator_is_no_gate);
	cases_test(&c, a_failure_where_nothing_applies_caps_nothing);
	cases_test(&c, what_was_signed_away_is_noted_with_day_and_role);
	cases_test(&c, charter_and_target_mix_alone_do_not_make_an_area);
	cases_test(&c, a_derived_indicator_counts_eight_tenths);
	cases_test(&c, half_widths_of_two_groups_add_in_quadrature);
	cases_test(&c, half_widths_of_one_group_add);
	cases_test(&c, a_soft_gate_lets_the_area_rise_one_stage_above_it);
	cases_test(&c, a_hard_gate_in_stage_1_keeps_the_area_there);
	cases_test(&c, a_hard_gate_whose_interval_holds_the_limit_is_undecided);
	cases_test(&c, a_failing_hard_gate_that_might_pass_leaves_the_upper_end_open);
	cases_test(&c, without_its_hard_gate_an_area_is_not_assessed);
	cases_test(&c, without_its_soft_gate_an_area_says_so_and_is_assessed);
	cases_test(&c, what_is_not_applicable_leaves_both_sums);
	cases_test(&c, what_counts_needs_what_it_requires);
	cases_test(&c, coverage_of_exactly_60_percent_is_enough);
	cases_test(&c, one_measured_indicator_is_not_an_area);
	cases_test(&c, an_interval_inside_one_stage_is_confirmed);
	cases_test(&c, a_mean_that_hides_a_hole_is_uneven);
	cases_test(&c, an_empty_area_is_not_applicable);
	cases_table(&c, nord_cases, nord_case_run);
	return cases_run("score_area", &c, NULL, NULL);
}
