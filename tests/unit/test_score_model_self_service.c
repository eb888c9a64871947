/* The self-service area of the built-in model over records written by hand. */
#include "tests/support/score_rows.h"

#include <math.h>

#include "tests/support/cases.h"

static const struct score_rows_case cases[] = {
	{ "hanging_up_with_nothing_done_is_an_abandon",
	  "ivr_abandon_rate",
	  2.0 / 5,
	  5,
	  WHY_NOTHING,
	  { "SelfServiceVisit contact=#1 outcome=abandoned duration_ms=5000",
	    "SelfServiceVisit contact=#2 outcome=abandoned duration_ms=9000 task_completed=true",
	    "SelfServiceVisit contact=#3 outcome=abandoned duration_ms=9000 task_completed=false",
	    "SelfServiceVisit contact=#4 outcome=queued duration_ms=9000",
	    "SelfServiceVisit contact=#5 outcome=contained duration_ms=9000" } },
	{ "a_visit_below_5_s_is_in_neither_sum",
	  "ivr_abandon_rate",
	  0,
	  1,
	  WHY_NOTHING,
	  { "SelfServiceVisit contact=#1 outcome=abandoned duration_ms=4999",
	    "SelfServiceVisit contact=#2 outcome=operator duration_ms=5000" } },
	{ "a_visit_of_unknown_length_is_not_taken_for_short",
	  "ivr_abandon_rate",
	  1,
	  1,
	  WHY_NOTHING,
	  { "SelfServiceVisit contact=#1 outcome=abandoned" } },
	{ "a_visit_whose_end_nobody_saw_is_in_neither_sum",
	  "ivr_abandon_rate",
	  1,
	  1,
	  WHY_NOTHING,
	  { "SelfServiceVisit contact=#1 outcome=unknown_end duration_ms=9000",
	    "SelfServiceVisit contact=#2 duration_ms=9000",
	    "SelfServiceVisit contact=#3 outcome=abandoned duration_ms=9000" } },
	{ "wanting_a_person_at_the_first_prompt_is_a_zero_out",
	  "zero_out_rate",
	  2.0 / 4,
	  4,
	  WHY_NOTHING,
	  { "SelfServiceVisit contact=#1 zero_out=true first_menu_only=true",
	    "SelfServiceVisit contact=#2 zero_out=true first_menu_only=false",
	    "SelfServiceVisit contact=#3 zero_out=false",
	    "SelfServiceVisit contact=#4 zero_out=true", "SelfServiceVisit contact=#5" } },
	{ "the_median_visit_gets_something_useful_in_30_s",
	  "time_to_first_value",
	  30,
	  3,
	  WHY_NOTHING,
	  { "SelfServiceVisit contact=#1 first_value_ms=10000",
	    "SelfServiceVisit contact=#2 first_value_ms=30000",
	    "SelfServiceVisit contact=#3 first_value_ms=90000", "SelfServiceVisit contact=#4" } },
};

int main(void)
{
	static struct cases c;

	cases_table(&c, cases, score_rows_check);
	return cases_run("score model: self-service", &c, NULL, NULL);
}
