/* The collaboration area of the built-in model over records written by hand. */
#include "tests/support/score_rows.h"

#include <math.h>

#include "tests/support/cases.h"

#define CASE_AT "Case at_us=2026-11-03T10:00:00Z departments=2 ola_ms=3600000 case_id="

#define REVIEW                                                                                     \
	"Attestation indicator=joint_review_attested signed=verified"                              \
	" expires_us=2027-11-01T00:00:00Z document_sha256="                                        \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef "

static const struct score_rows_case cases[] = {
	{ "an_announced_transfer_is_warm",
	  "warm_transfer_share",
	  1.0 / 3,
	  3,
	  WHY_NOTHING,
	  { "Handoff contact=#1 kind=attended from_queue=a",
	    "Handoff contact=#2 kind=blind from_queue=a",
	    "Handoff contact=#3 kind=blind from_queue=a to_role=expert" } },
	{ "a_transfer_to_a_machine_and_a_consultation_are_no_transfers_to_persons",
	  "warm_transfer_share",
	  1,
	  1,
	  WHY_NOTHING,
	  { "Handoff contact=#1 kind=attended from_queue=a",
	    "Handoff contact=#2 kind=blind from_queue=a to_role=ivr",
	    "Handoff contact=#3 kind=blind from_queue=a to_role=voicemail",
	    "Handoff contact=#4 kind=blind from_queue=a to_role=announcement",
	    "Handoff contact=#5 kind=consult from_queue=a",
	    "Handoff contact=#6 kind=conference from_queue=a" } },
	{ "a_lost_hand_over_counts_where_its_end_was_seen",
	  "handoff_loss_rate",
	  1.0 / 2,
	  2,
	  WHY_NOTHING,
	  { "Handoff contact=#1 kind=attended lost=true",
	    "Handoff contact=#2 kind=blind lost=false", "Handoff contact=#3 kind=blind",
	    "Handoff contact=#4 kind=consult lost=true" } },
	{ "an_expert_who_does_not_answer_is_censored",
	  "consult_answer_time",
	  40, /* S(20) = 2/3, 30 censored, S(40) = 0 */
	  3,
	  WHY_NOTHING,
	  { "Handoff contact=#1 kind=consult answered=true ring_ms=20000",
	    "Handoff contact=#2 kind=consult answered=false ring_ms=30000",
	    "Handoff contact=#3 kind=attended answered=true ring_ms=40000",
	    "Handoff contact=#4 kind=blind answered=true ring_ms=1000",
	    "Handoff contact=#5 kind=consult answered=true" } },
	{ "a_case_of_two_departments_is_inside_its_ola_to_the_millisecond",
	  "cross_department_ola",
	  1.0 / 2,
	  2,
	  WHY_NOTHING,
	  { CASE_AT "#1 closed_us=2026-11-03T11:00:00Z",
	    CASE_AT "#2 closed_us=2026-11-03T11:00:00.001Z" } },
	{ "an_open_case_counts_once_it_is_overdue",
	  "cross_department_ola",
	  0,
	  1,
	  WHY_NOTHING,
	  { CASE_AT "#1 seen_us=2026-11-03T10:30:00Z",
	    CASE_AT "#2 seen_us=2026-11-03T12:00:00Z" } },
	{ "a_case_closed_before_it_was_opened_keeps_no_ola",
	  "cross_department_ola",
	  0,
	  1,
	  WHY_NOTHING,
	  { CASE_AT "#1 closed_us=2026-11-03T09:59:59Z" } },
	{ "a_case_of_one_department_or_without_an_ola_is_in_neither_sum",
	  "cross_department_ola",
	  NAN,
	  0,
	  WHY_NONE_FITS,
	  { "Case case_id=#1 departments=1 ola_ms=10 closed_us=2026-11-03T11:00:00Z",
	    "Case case_id=#2 departments=2 closed_us=2026-11-03T11:00:00Z",
	    "Case case_id=#3 ola_ms=10 closed_us=2026-11-03T11:00:00Z" } },
	{ "a_department_is_reachable_half_of_the_opening_hours",
	  "expert_reach_share",
	  1.0 / 4,
	  4,
	  WHY_NOTHING,
	  { "Presence department=a endpoints=1 open_ms=100 available_ms=100",
	    "Presence department=a endpoints=1 open_ms=100 available_ms=0",
	    "Presence department=b endpoints=3 open_ms=200 available_ms=99",
	    "Presence department=c endpoints=0 open_ms=100 available_ms=100",
	    "Presence department=d" } },
	{ "reviews_of_three_functions_that_decided_something_count",
	  "joint_review_attested",
	  1,
	  1,
	  WHY_NOTHING,
	  { "QueueContact queue=a contact=#1 outcome=answered",
	    REVIEW "signer=#1 functions=3 decisions=1", REVIEW "signer=#2 functions=2 decisions=1",
	    REVIEW "signer=#3 functions=3 decisions=0", REVIEW "signer=#4 decisions=1",
	    "Attestation indicator=joint_review_attested signer=#5 functions=3 decisions=1" } },
};

int main(void)
{
	static struct cases c;

	cases_table(&c, cases, score_rows_check);
	return cases_run("score model: collaboration", &c, NULL, NULL);
}
