/* The estimators that any indicator may use, over rows written by hand: what they come to, and what
 * they say when there is nothing, too little or nonsense. */
#include "tests/support/block_world.h"

#include <math.h>

#include "tests/support/cases.h"

#define HOLD                                                                                       \
	"{estimator: mean, from: QueueContact, of: outcome == answered and known(hold_ms) and "    \
	"known(talk_ms), value: hold_ms, per: [talk_ms, hold_ms]}"
#define REUSE                                                                                      \
	"{estimator: mean, from: KnowledgeUse, of: \"kind in (link, create)\", value: kind == "    \
	"link, "                                                                                   \
	"per: kind == create}"
#define EFFORT "{estimator: mean, from: Survey, of: kind == ces, value: value}"
#define COST                                                                                       \
	"{estimator: quotient, from: BusinessFigure, of: metric == \"cost\", value: value, "       \
	"lookback_days: 62, over: {from: QueueContact, of: outcome == answered}}"
#define STORAGE                                                                                    \
	"{estimator: latest, from: Posture, of: check == \"recordings\", value: part, per: "       \
	"whole, newest_of: [host, subject], take: sum}"
#define FLOOR                                                                                      \
	"{estimator: latest, from: Posture, of: check == \"tls\", value: figure, newest_of: "      \
	"subject, take: min}"
#define AGE                                                                                        \
	"{estimator: latest, from: Posture, of: check == \"tls\", value: figure, newest_of: "      \
	"subject, take: max}"
#define THEMES                                                                                     \
	"{estimator: count_distinct, from: RegisterEntry, of: rank <= 5, good: known(owner) and "  \
	"known(after), value: rank, divisor: 1}"
#define COVERAGE                                                                                   \
	"{estimator: members, population: {from: QueueContact, on: agent, of: outcome == "         \
	"answered, at_least: 2}, with: {from: Evaluation, on: agent, at_least: 1}}"
#define REACH                                                                                      \
	"{estimator: members, population: {from: Presence, on: department}, with: {from: "         \
	"Presence, on: department, of: endpoints >= 1, sum: available_ms, per: open_ms, "          \
	"at_least: 0.5}}"
#define CHARTER "{estimator: attestation, take: latest}"
#define REVIEWS "{estimator: attestation, take: count, of: functions >= 3 and decisions >= 1}"
#define SHA     "document_sha256=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define VALID   "expires_us=2027-05-01T00:00:00Z signed=verified " SHA
#define TWO_WAYS                                                                                   \
	"[{method: survey, estimator: ratio, from: Survey, of: kind == fcr, good: value == 1}, "   \
	"{method: repeat, estimator: ratio, from: QueueContact, good: outcome == answered}]"

static const struct block_case cases[] = {
	{ "hold_is_a_share_of_talk_and_hold",
	  "none",
	  HOLD,
	  { "QueueContact 1 10:00:00 contact=1 queue=q outcome=answered talk_ms=90000 "
	    "hold_ms=10000",
	    "QueueContact 2 10:00:00 contact=2 queue=q outcome=answered talk_ms=70000 "
	    "hold_ms=30000",
	    "QueueContact 2 10:00:00 contact=3 queue=q outcome=answered talk_ms=70000" },
	  0.2,
	  2,
	  WHY_NOTHING,
	  NULL },
	{ "reuse_may_be_more_than_one",
	  "none",
	  REUSE,
	  { "KnowledgeUse 1 10:00:00 session_id=1 kind=link article_id=1",
	    "KnowledgeUse 1 10:00:01 session_id=1 kind=link article_id=1",
	    "KnowledgeUse 1 10:00:02 session_id=1 kind=link article_id=2",
	    "KnowledgeUse 1 10:00:03 session_id=1 kind=create article_id=3" },
	  3,
	  4,
	  WHY_NOTHING,
	  NULL },
	{ "links_over_nothing_created_are_no_number",
	  "none",
	  REUSE,
	  { "KnowledgeUse 1 10:00:00 session_id=1 kind=link article_id=1" },
	  NAN,
	  1,
	  WHY_NONE_FITS,
	  NULL },
	{ "answers_are_averaged",
	  "student",
	  EFFORT,
	  { "Survey 1 10:00:00 survey_id=1 kind=ces value=4",
	    "Survey 1 10:00:00 survey_id=2 kind=ces value=5",
	    "Survey 1 10:00:00 survey_id=3 kind=ces value=3",
	    "Survey 1 10:00:00 survey_id=4 kind=csat value=1" },
	  4,
	  3,
	  WHY_NOTHING,
	  NULL },
	{ "cost_is_spread_over_contacts",
	  "none",
	  COST,
	  { "BusinessFigure 1 00:00:00 metric=cost value=12",
	    "BusinessFigure 1 00:00:00 metric=customers_lost value=99",
	    "QueueContact 1 10:00:00 contact=1 queue=q outcome=answered",
	    "QueueContact 2 10:00:00 contact=2 queue=q outcome=answered",
	    "QueueContact 2 10:00:00 contact=3 queue=q outcome=abandoned" },
	  6,
	  1,
	  WHY_NOTHING,
	  NULL },
	{ "cost_without_contacts_is_not_assessed",
	  "none",
	  COST,
	  { "BusinessFigure 1 00:00:00 metric=cost value=12" },
	  NAN,
	  0,
	  WHY_NO_EVIDENCE,
	  "QueueContact" },
	{ "the_newest_figure_of_each_store_counts",
	  "none",
	  STORAGE,
	  { "Posture 1 10:00:00 check=recordings subject=a part=0 whole=100",
	    "Posture 5 10:00:00 check=recordings subject=a part=50 whole=100",
	    "Posture 4 10:00:00 check=recordings subject=b part=300 whole=300",
	    "Posture 4 11:00:00 check=recordings subject=c part=300",
	    "Posture 6 10:00:00 check=other subject=a part=1 whole=1000" },
	  350.0 / 400,
	  2,
	  WHY_NOTHING,
	  NULL },
	{ "parts_of_a_whole_may_have_an_interval",
	  "wilson",
	  STORAGE,
	  { "Posture 5 10:00:00 check=recordings subject=a part=50 whole=100" },
	  0.5,
	  100,
	  WHY_NOTHING,
	  NULL },
	{ "a_part_above_its_whole_is_no_share",
	  "wilson",
	  STORAGE,
	  { "Posture 5 10:00:00 check=recordings subject=a part=500 whole=100" },
	  NAN,
	  1,
	  WHY_NOT_A_SHARE,
	  NULL },
	{ "the_weakest_port_is_the_floor",
	  "none",
	  FLOOR,
	  { "Posture 1 10:00:00 check=tls subject=5061 figure=4",
	    "Posture 2 10:00:00 check=tls subject=5061 figure=3",
	    "Posture 1 10:00:00 check=tls subject=8089 figure=2" },
	  2,
	  2,
	  WHY_NOTHING,
	  NULL },
	{ "the_oldest_fix_is_the_age",
	  "none",
	  AGE,
	  { "Posture 1 10:00:00 check=tls subject=5061 figure=4",
	    "Posture 1 10:00:00 check=tls subject=8089 figure=2" },
	  4,
	  2,
	  WHY_NOTHING,
	  NULL },
	{ "no_figure_at_all_is_no_evidence", "none", FLOOR, { 0 }, NAN, 0, WHY_NO_EVIDENCE, NULL },
	{ "a_theme_counts_once",
	  "none",
	  THEMES,
	  { "RegisterEntry 1 10:00:00 action_id=1 rank=1 owner=head after=3",
	    "RegisterEntry 1 11:00:00 action_id=2 rank=1 owner=head after=3",
	    "RegisterEntry 1 11:00:00 action_id=3 rank=2 owner=head",
	    "RegisterEntry 1 11:00:00 action_id=4 rank=6 owner=head after=3" },
	  1,
	  3,
	  WHY_NOTHING,
	  NULL },
	{ "agents_are_the_unit_of_coverage",
	  "wilson",
	  COVERAGE,
	  { "QueueContact 1 10:00:00 contact=1 queue=q outcome=answered agent=1",
	    "QueueContact 2 10:00:00 contact=2 queue=q outcome=answered agent=1",
	    "QueueContact 1 10:00:00 contact=3 queue=q outcome=answered agent=2",
	    "QueueContact 1 10:00:00 contact=4 queue=q outcome=answered agent=2",
	    "QueueContact 1 10:00:00 contact=5 queue=q outcome=answered agent=3",
	    "Evaluation 20 10:00:00 evaluation_id=1 agent=1",
	    "Evaluation 20 10:00:00 evaluation_id=2 agent=3" },
	  0.5,
	  2,
	  WHY_NOTHING,
	  NULL },
	{ "coverage_without_evaluations_is_not_assessed",
	  "wilson",
	  COVERAGE,
	  { "QueueContact 1 10:00:00 contact=1 queue=q outcome=answered agent=1",
	    "QueueContact 2 10:00:00 contact=2 queue=q outcome=answered agent=1" },
	  NAN,
	  0,
	  WHY_NO_EVIDENCE,
	  "Evaluation" },
	{ "departments_are_reachable_half_of_their_hours",
	  "wilson",
	  REACH,
	  { "Presence 1 00:00:00 department=it endpoints=2 open_ms=100 available_ms=40",
	    "Presence 2 00:00:00 department=it endpoints=2 open_ms=100 available_ms=60",
	    "Presence 1 00:00:00 department=law endpoints=0 open_ms=100 available_ms=100",
	    "Presence 1 00:00:00 department=hr endpoints=1 open_ms=100 available_ms=49",
	    "Presence 1 00:00:00 department=fin endpoints=1 open_ms=0 available_ms=0" },
	  0.25,
	  4,
	  WHY_NOTHING,
	  NULL },
	{ "the_newest_statement_that_counts_is_taken",
	  "none",
	  CHARTER,
	  { "Attestation 1 10:00:00 indicator=probe signer=1 value=4 " VALID,
	    "Attestation 2 10:00:00 indicator=probe signer=1 value=5 " VALID,
	    "Attestation 3 10:00:00 indicator=probe signer=1 value=6 signed=unsigned "
	    "expires_us=2027-05-01T00:00:00Z " SHA,
	    "Attestation 4 10:00:00 indicator=other signer=1 value=6 " VALID },
	  5,
	  2,
	  WHY_NOTHING,
	  NULL },
	{ "an_expired_statement_is_absent",
	  "none",
	  CHARTER,
	  { "Attestation 1 10:00:00 indicator=probe signer=1 value=4 signed=verified "
	    "expires_us=2026-11-20T00:00:00Z " SHA },
	  NAN,
	  0,
	  WHY_NONE_FITS,
	  NULL },
	{ "reviews_are_counted",
	  "none",
	  REVIEWS,
	  { "Attestation 1 10:00:00 indicator=probe signer=1 functions=3 decisions=1 " VALID,
	    "Attestation 2 10:00:00 indicator=probe signer=1 functions=4 decisions=2 " VALID,
	    "Attestation 3 10:00:00 indicator=probe signer=1 functions=2 decisions=2 " VALID,
	    "Attestation 4 10:00:00 indicator=probe signer=1 functions=3 " VALID },
	  2,
	  2,
	  WHY_NOTHING,
	  NULL },
	{ "the_first_method_with_enough_is_used",
	  "wilson",
	  TWO_WAYS,
	  { "Survey 1 10:00:00 survey_id=1 kind=fcr value=1",
	    "QueueContact 1 10:00:00 contact=1 queue=q outcome=abandoned",
	    "QueueContact 1 10:00:00 contact=2 queue=q outcome=abandoned" },
	  1,
	  1,
	  WHY_NOTHING,
	  NULL },
	{ "the_second_stands_in_for_the_first",
	  "wilson",
	  TWO_WAYS,
	  { "Survey 1 10:00:00 survey_id=1 kind=csat value=1",
	    "QueueContact 1 10:00:00 contact=1 queue=q outcome=abandoned",
	    "QueueContact 1 10:00:00 contact=2 queue=q outcome=answered" },
	  0.5,
	  2,
	  WHY_NOTHING,
	  NULL },
};

static void the_method_is_part_of_the_result(void **state)
{
	struct score_world *w = *state;
	struct scored s;

	block_world_use(w, "wilson", TWO_WAYS);
	block_world_add(w, "QueueContact", 1, "10:00:00", "contact=1 queue=q outcome=answered");
	score_world_put(w);
	s = block_world_score(w);
	assert_string_equal(s.by->method, "repeat");
	assert_ptr_equal(s.by, &s.is->evidence[1]);
}

/* mean 4, s = 1, n = 3: 4 -/+ 4.302653 / sqrt(3) */
static void a_mean_of_answers_has_students_interval(void **state)
{
	struct score_world *w = *state;
	struct score_detail d;

	block_world_use(w, "student", EFFORT);
	for (int i = 3; i <= 5; i++) {
		block_world_add(w, "Survey", 10 + i, "10:00:00", "survey_id=%d kind=ces value=%d",
		                i, i);
	}
	score_world_put(w);
	d = block_world_detail(w);
	assert_true(isnan(d.scored.got.interval.low)); /* not enough days: nothing is promised */
	assert_int_equal(d.scored.reason.why, WHY_TOO_FEW);
	assert_true(fabs(d.scored.got.value - 4) < 1e-12);
	assert_int_equal(d.n_days, 28);
	assert_true(fabs(d.days[12].got.value - 3) < 1e-12);
	score_detail_free(&d);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, cases, block_case_run);
	cases_test_with(&c, the_method_is_part_of_the_result, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, a_mean_of_answers_has_students_interval, score_world_set_up,
	                score_world_tear_down);
	return cases_run("score_forms", &c, NULL, NULL);
}
