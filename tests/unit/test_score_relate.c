/* Rows that belong to rows of another kind: which are related, which do not count, how long it
 * took, and what is said when there is no such kind at all. */
#include "tests/support/block_world.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "tests/support/cases.h"

#define VISITS                                                                                     \
	"{estimator: ratio, from: SelfServiceVisit, of: task_started, good: task_completed and "   \
	"not related, relate: {to: QueueContact, of: outcome == answered, on: customer, from_ms: " \
	"1, within_ms: 86400000}}"
#define REPEATS                                                                                    \
	"{estimator: ratio, from: QueueContact, of: outcome == answered and known(customer), "     \
	"good: not related, relate: {to: QueueContact, of: outcome == answered, on: customer, "    \
	"from_ms: 1, within_ms: 604800000, differs: contact}}"
#define CODED                                                                                      \
	"{estimator: ratio, from: QueueContact, of: outcome == answered, good: related, relate: "  \
	"{to: ContactFact, of: recognised, on: contact, from_ms: -3600000, within_ms: 3600000}}"
#define OFFERED                                                                                    \
	"{estimator: ratio, from: QueueContact, of: outcome == answered, good: related, relate: "  \
	"{to: SurveyOffer, on: contact, from_ms: 0, within_ms: 3600000}, except: {to: "            \
	"SurveyOffer, on: customer, from_ms: -2592000000, within_ms: -1}}"
#define ROUTED                                                                                     \
	"{estimator: ratio, from: QueueContact, of: outcome == answered, good: known(transfer), "  \
	"only: {to: SelfServiceVisit, of: outcome == queued, on: contact, from_ms: -600000, "      \
	"within_ms: 0}}"
#define COACHED                                                                                    \
	"{estimator: kaplan_meier, from: Evaluation, of: score < pass_mark, at: 0.5, good: "       \
	"related, value: gap_ms, divisor: 1000, relate: {to: Coaching, on: evaluation_id, "        \
	"from_ms: 0, within_ms: 1209600000}}"
#define PUBLISHED                                                                                  \
	"{estimator: quantile, from: Case, of: known(closed_us), at: 0.5, value: gap_ms, "         \
	"divisor: 86400000, relate: {to: KnowledgeUse, of: kind == create, on: case_id, since: "   \
	"closed_us, from_ms: 0, within_ms: 7776000000}}"

static const struct block_case cases[] = {
	{ "a_call_within_the_window_undoes_containment",
	  "wilson",
	  VISITS,
	  { "SelfServiceVisit 1 10:00:00 contact=1 flow=a customer=7 task_started=true "
	    "task_completed=true",
	    "SelfServiceVisit 1 10:00:00 contact=2 flow=a customer=8 task_started=true "
	    "task_completed=true",
	    "SelfServiceVisit 1 10:00:00 contact=3 flow=a customer=9 task_started=true "
	    "task_completed=false",
	    "QueueContact 1 20:00:00 contact=4 queue=q customer=7 outcome=answered",
	    "QueueContact 1 20:00:00 contact=5 queue=q customer=6 outcome=answered" },
	  1.0 / 3,
	  3,
	  WHY_NOTHING,
	  NULL },
	{ "one_at_the_very_end_of_the_window_still_belongs",
	  "wilson",
	  VISITS,
	  { "SelfServiceVisit 1 10:00:00 contact=1 flow=a customer=7 task_started=true "
	    "task_completed=true",
	    "QueueContact 2 10:00:00 contact=4 queue=q customer=7 outcome=answered" },
	  0,
	  1,
	  WHY_NOTHING,
	  NULL },
	{ "one_a_second_later_does_not",
	  "wilson",
	  VISITS,
	  { "SelfServiceVisit 1 10:00:00 contact=1 flow=a customer=7 task_started=true "
	    "task_completed=true",
	    "QueueContact 2 10:00:01 contact=4 queue=q customer=7 outcome=answered" },
	  1,
	  1,
	  WHY_NOTHING,
	  NULL },
	{ "nor_does_one_at_the_same_moment_or_before",
	  "wilson",
	  VISITS,
	  { "SelfServiceVisit 1 10:00:00 contact=1 flow=a customer=7 task_started=true "
	    "task_completed=true",
	    "QueueContact 1 10:00:00 contact=4 queue=q customer=7 outcome=answered",
	    "QueueContact 1 09:00:00 contact=5 queue=q customer=7 outcome=answered" },
	  1,
	  1,
	  WHY_NOTHING,
	  NULL },
	{ "a_row_that_does_not_count_is_not_related",
	  "wilson",
	  VISITS,
	  { "SelfServiceVisit 1 10:00:00 contact=1 flow=a customer=7 task_started=true "
	    "task_completed=true",
	    "QueueContact 1 11:00:00 contact=4 queue=q customer=7 outcome=abandoned" },
	  1,
	  1,
	  WHY_NOTHING,
	  NULL },
	{ "whom_nobody_knows_is_related_to_nobody",
	  "wilson",
	  VISITS,
	  { "SelfServiceVisit 1 10:00:00 contact=1 flow=a task_started=true task_completed=true",
	    "QueueContact 1 11:00:00 contact=4 queue=q outcome=answered" },
	  1,
	  1,
	  WHY_NOTHING,
	  NULL },
	{ "without_any_row_of_the_other_kind_nothing_is_assessed",
	  "wilson",
	  VISITS,
	  { "SelfServiceVisit 1 10:00:00 contact=1 flow=a customer=7 task_started=true "
	    "task_completed=true" },
	  NAN,
	  0,
	  WHY_NO_EVIDENCE,
	  "QueueContact" },
	{ "rows_that_do_not_say_whether_they_count_are_no_evidence",
	  "wilson",
	  CODED,
	  { "QueueContact 1 10:00:00 contact=1 queue=q outcome=answered",
	    "ContactFact 1 10:00:01 contact=1 disposition=order" },
	  NAN,
	  0,
	  WHY_NO_EVIDENCE,
	  "ContactFact" },
	{ "rows_that_say_no_are_evidence",
	  "wilson",
	  CODED,
	  { "QueueContact 1 10:00:00 contact=1 queue=q outcome=answered",
	    "ContactFact 1 10:00:01 contact=1 recognised=false" },
	  0,
	  1,
	  WHY_NOTHING,
	  NULL },
	{ "the_other_row_may_come_before",
	  "wilson",
	  CODED,
	  { "QueueContact 1 10:00:00 contact=1 queue=q outcome=answered",
	    "QueueContact 1 10:00:00 contact=2 queue=q outcome=answered",
	    "ContactFact 1 09:00:00 contact=1 recognised=true",
	    "ContactFact 1 08:59:59 contact=2 recognised=true" },
	  0.5,
	  2,
	  WHY_NOTHING,
	  NULL },
	{ "another_contact_of_the_customer_is_a_repeat",
	  "wilson",
	  REPEATS,
	  { "QueueContact 1 10:00:00 contact=1 queue=q customer=7 outcome=answered",
	    "QueueContact 3 10:00:00 contact=2 queue=q customer=7 outcome=answered",
	    "QueueContact 20 10:00:00 contact=3 queue=q customer=7 outcome=answered",
	    "QueueContact 20 10:00:00 contact=4 queue=q customer=8 outcome=answered" },
	  0.75,
	  4,
	  WHY_NOTHING,
	  NULL },
	{ "the_same_contact_in_a_second_queue_is_none",
	  "wilson",
	  REPEATS,
	  { "QueueContact 1 10:00:00 contact=1 queue=q customer=7 outcome=answered",
	    "QueueContact 1 10:05:00 contact=1 queue=r customer=7 outcome=answered" },
	  1,
	  2,
	  WHY_NOTHING,
	  NULL },
	{ "behind_the_same_contact_the_next_one_is_found",
	  "wilson",
	  REPEATS,
	  { "QueueContact 1 10:00:00 contact=1 queue=q customer=7 outcome=answered",
	    "QueueContact 1 10:05:00 contact=1 queue=r customer=7 outcome=answered",
	    "QueueContact 2 10:05:00 contact=9 queue=r customer=7 outcome=answered" },
	  1.0 / 3,
	  3,
	  WHY_NOTHING,
	  NULL },
	{ "a_repeat_after_the_last_day_of_the_window_is_seen",
	  "wilson",
	  REPEATS,
	  { "QueueContact 28 10:00:00 contact=1 queue=q customer=7 outcome=answered",
	    "QueueContact 30 10:00:00 contact=2 queue=q customer=7 outcome=answered" },
	  0,
	  1,
	  WHY_NOTHING,
	  NULL },
	{ "who_was_asked_in_the_last_30_days_is_left_out",
	  "wilson",
	  OFFERED,
	  { "QueueContact 1 10:00:00 contact=1 queue=q customer=7 outcome=answered",
	    "QueueContact 5 10:00:00 contact=2 queue=q customer=7 outcome=answered",
	    "QueueContact 5 10:00:00 contact=3 queue=q customer=8 outcome=answered",
	    "SurveyOffer 1 10:10:00 contact=1 customer=7" },
	  0.5,
	  2,
	  WHY_NOTHING,
	  NULL },
	{ "only_what_the_menu_routed_counts",
	  "wilson",
	  ROUTED,
	  { "SelfServiceVisit 1 10:00:00 contact=1 flow=a outcome=queued",
	    "SelfServiceVisit 1 10:00:00 contact=2 flow=a outcome=queued",
	    "QueueContact 1 10:01:00 contact=1 queue=q outcome=answered transfer=blind",
	    "QueueContact 1 10:01:00 contact=2 queue=q outcome=answered",
	    "QueueContact 1 10:01:00 contact=3 queue=q outcome=answered transfer=blind" },
	  0.5,
	  2,
	  WHY_NOTHING,
	  NULL },
	{ "half_were_coached_after_two_days_and_one_never",
	  "none",
	  COACHED,
	  { "Evaluation 1 10:00:00 evaluation_id=1 agent=1 score=10 pass_mark=80",
	    "Evaluation 1 10:00:00 evaluation_id=2 agent=1 score=10 pass_mark=80",
	    "Evaluation 1 10:00:00 evaluation_id=3 agent=1 score=10 pass_mark=80",
	    "Evaluation 1 10:00:00 evaluation_id=4 agent=1 score=90 pass_mark=80",
	    "Coaching 2 10:00:00 agent=1 evaluation_id=1",
	    "Coaching 3 10:00:00 agent=1 evaluation_id=2",
	    "Coaching 4 10:00:00 agent=1 evaluation_id=2" },
	  172800,
	  3,
	  WHY_NOTHING,
	  NULL },
	{ "the_gap_runs_from_the_time_that_the_block_names",
	  "none",
	  PUBLISHED,
	  { "Case 1 10:00:00 case_id=1 closed_us=2026-10-28T10:00:00Z",
	    "Case 1 10:00:00 case_id=2 closed_us=2026-10-29T10:00:00Z",
	    "KnowledgeUse 6 10:00:00 session_id=1 kind=create article_id=1 case_id=1",
	    "KnowledgeUse 7 10:00:00 session_id=1 kind=create article_id=2 case_id=1" },
	  3,
	  1,
	  WHY_NOTHING,
	  NULL },
};

static void what_stands_before_related_needs_parentheses_around_or(void **state)
{
	struct score_world *w = *state;

	assert_int_equal(block_world_try(w, "wilson",
	                                 "{estimator: ratio, from: QueueContact, good: recorded or "
	                                 "outcome == full and related, relate: {to: ContactFact, "
	                                 "on: contact}}"),
	                 -EINVAL);
	assert_non_null(strstr(w->fault.text, "parentheses"));
	assert_int_equal(block_world_try(w, "wilson",
	                                 "{estimator: ratio, from: QueueContact, good: (recorded "
	                                 "or outcome == full) and related, relate: {to: "
	                                 "ContactFact, on: contact}}"),
	                 0);
}

static const struct refused_case {
	const char *name;
	const char *block;
	const char *says;
} refused[] = {
	{ "identities_of_different_things_are_not_compared",
	  "{estimator: ratio, from: QueueContact, good: related, relate: {to: ContactFact, on: "
	  "agent = customer}}",
	  "not of the same sort" },
	{ "a_relation_needs_a_key",
	  "{estimator: ratio, from: QueueContact, good: related, relate: {to: ContactFact}}",
	  "\"on\"" },
	{ "a_window_that_ends_before_it_begins_is_refused",
	  "{estimator: ratio, from: QueueContact, good: related, relate: {to: ContactFact, on: "
	  "contact, from_ms: 5, within_ms: 4}}",
	  "below from_ms" },
	{ "an_estimator_that_knows_no_relation_refuses_one",
	  "{estimator: count, from: QueueContact, relate: {to: ContactFact, on: contact}}",
	  "does not take this" },
	{ "a_kind_nobody_knows_is_refused",
	  "{estimator: ratio, from: QueueContact, good: related, relate: {to: Nobody, on: "
	  "contact}}",
	  "\"to\"" },
};

static void refused_case_run(void **state)
{
	const struct refused_case *c = *state;
	void *world = NULL;
	struct score_world *w;

	assert_int_equal(score_world_set_up(&world), 0);
	w = world;
	assert_int_equal(block_world_try(w, "wilson", c->block), -EINVAL);
	assert_non_null(strstr(w->fault.text, c->says));
	assert_int_equal(score_world_tear_down(&world), 0);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, cases, block_case_run);
	cases_table(&c, refused, refused_case_run);
	cases_test_with(&c, what_stands_before_related_needs_parentheses_around_or,
	                score_world_set_up, score_world_tear_down);
	return cases_run("score_relate", &c, NULL, NULL);
}
