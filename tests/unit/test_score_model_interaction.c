/* The interaction area of the built-in model over records written by hand, and the promises of the
 * philosophy area. */
#include "tests/support/score_rows.h"

#include <math.h>

#include "tests/support/cases.h"

#define CASE_AT "Case at_us=2026-11-03T10:00:00Z target_ms=86400000 case_id="
#define PROMISE "Callback at_us=2026-11-03T10:00:00Z callback_id="
#define CALL    "QueueContact queue=sales contact="

static const struct score_rows_case cases[] = {
	{ "a_case_closed_in_time_to_the_millisecond_is_resolved",
	  "resolution_within_target",
	  1.0 / 2,
	  2,
	  WHY_NOTHING,
	  { CASE_AT "#1 closed_us=2026-11-04T10:00:00Z reopened=0",
	    CASE_AT "#2 closed_us=2026-11-04T10:00:00.001Z reopened=0" } },
	{ "opened_again_within_seven_days_is_not_closed",
	  "resolution_within_target",
	  2.0 / 5,
	  5,
	  WHY_NOTHING,
	  { CASE_AT "#1 closed_us=2026-11-03T11:00:00Z reopened_us=2026-11-10T11:00:00Z",
	    CASE_AT "#2 closed_us=2026-11-03T11:00:00Z reopened_us=2026-11-10T11:00:01Z reopened=1",
	    CASE_AT "#3 closed_us=2026-11-03T11:00:00Z reopened=1",
	    CASE_AT "#4 closed_us=2026-11-03T11:00:00Z",
	    CASE_AT "#5 closed_us=2026-11-05T11:00:00Z reopened_us=2026-11-03T12:00:00Z" } },
	{ "an_open_case_counts_once_it_is_overdue",
	  "resolution_within_target",
	  0,
	  1,
	  WHY_NOTHING,
	  { CASE_AT "#1 seen_us=2026-11-04T10:00:00Z",
	    CASE_AT "#2 seen_us=2026-11-04T10:00:00.002Z" } },
	{ "a_case_without_a_declared_time_is_in_neither_sum",
	  "resolution_within_target",
	  NAN,
	  0,
	  WHY_NONE_FITS,
	  { "Case case_id=#1 closed_us=2026-11-03T11:00:00Z" } },
	{ "an_answered_contact_is_complete_with_wait_and_talk",
	  "interaction_record_completeness",
	  1.0 / 3,
	  3,
	  WHY_NOTHING,
	  { CALL "#1 outcome=answered wait_ms=1 talk_ms=1", CALL "#2 outcome=answered wait_ms=1",
	    CALL "#3 outcome=answered talk_ms=1" } },
	{ "a_contact_without_an_end_is_incomplete",
	  "interaction_record_completeness",
	  4.0 / 7,
	  7,
	  WHY_NOTHING,
	  { CALL "#1 outcome=unknown_end", CALL "#2 outcome=pbx_stopped wait_ms=9000", CALL "#3",
	    CALL "#4 outcome=full", CALL "#5 outcome=timed_out wait_ms=1",
	    CALL "#6 outcome=exit_key wait_ms=1", CALL "#7 outcome=abandoned wait_ms=5000",
	    CALL "#8 outcome=abandoned wait_ms=4999" } },
	{ "a_promise_is_kept_by_an_attempt_inside_its_window",
	  "callback_promise_kept",
	  2.0 / 4,
	  4,
	  WHY_NOTHING,
	  { PROMISE "#1 due_us=2026-11-03T12:00:00Z attempt_us=2026-11-03T12:00:00Z",
	    PROMISE "#2 due_us=2026-11-03T12:00:00Z attempt_us=2026-11-03T12:00:01Z",
	    PROMISE "#3 from_us=2026-11-03T11:00:00Z due_us=2026-11-03T12:00:00Z"
	            " attempt_us=2026-11-03T10:59:59Z",
	    PROMISE "#4 from_us=2026-11-03T11:00:00Z due_us=2026-11-03T12:00:00Z"
	            " attempt_us=2026-11-03T11:00:00Z cancelled=false" } },
	{ "a_promise_nobody_tried_to_keep_is_broken",
	  "callback_promise_kept",
	  0,
	  2,
	  WHY_NOTHING,
	  { PROMISE "#1 source=dropbox due_us=2026-11-03T12:00:00Z seen_us=2026-11-03T12:00:00Z",
	    PROMISE "#2 source=queue_log due_us=2026-11-03T12:00:00Z seen_us=2026-11-03T10:00:00Z",
	    PROMISE "#3 due_us=2026-11-03T12:00:00Z cancelled=true" } },
	{ "a_promise_that_was_not_due_when_the_file_was_written_is_in_neither_sum",
	  "callback_promise_kept",
	  NAN,
	  0,
	  WHY_NONE_FITS,
	  { PROMISE
	    "#1 source=dropbox due_us=2026-11-03T12:00:00Z seen_us=2026-11-03T11:59:59Z" } },
	{ "a_customer_of_another_language_was_not_served_in_his",
	  "language_match_rate",
	  1.0 / 3,
	  3,
	  WHY_NOTHING,
	  { CALL "#1 outcome=answered language_wanted=de language_given=de",
	    CALL "#2 outcome=answered language_wanted=de language_given=en",
	    CALL "#3 outcome=answered language_wanted=de",
	    CALL "#4 outcome=answered language_given=de",
	    CALL "#5 outcome=timed_out language_wanted=de" } },
	{ "only_a_recognised_caller_can_be_asked_again",
	  "reidentification_rate",
	  1.0 / 2,
	  2,
	  WHY_NOTHING,
	  { "ContactFact contact=#1 recognised=true asked_again=true",
	    "ContactFact contact=#2 recognised=true asked_again=false",
	    "ContactFact contact=#3 recognised=true",
	    "ContactFact contact=#4 recognised=false asked_again=true" } },
};

int main(void)
{
	static struct cases c;

	cases_table(&c, cases, score_rows_check);
	return cases_run("score model: interaction", &c, NULL, NULL);
}
