/* The feedback area of the built-in model over records written by hand: which answers count, on
 * which scales, and what a missing column does. */
#include "tests/support/score_rows.h"

#include <math.h>

#include "tests/support/cases.h"

#define CSAT "Survey kind=csat scale_min=1 scale_max=5 survey_id="
#define NPS  "Survey kind=nps scale_min=0 scale_max=10 survey_id="
#define AT   " at_us=2026-11-03T10:00:00Z followed_up_us="

static const struct score_rows_case cases[] = {
	{ "csat_counts_four_and_five_of_five",
	  "csat_top2",
	  0.5,
	  4,
	  WHY_NOTHING,
	  { CSAT "#1 value=5", CSAT "#2 value=4", CSAT "#3 value=3", CSAT "#4 value=1" } },
	{ "csat_on_another_scale_is_in_neither_sum",
	  "csat_top2",
	  1,
	  1,
	  WHY_NOTHING,
	  { CSAT "#1 value=4", "Survey kind=csat scale_min=1 scale_max=10 survey_id=#2 value=5",
	    "Survey kind=csat scale_min=0 scale_max=5 survey_id=#3 value=5" } },
	{ "csat_without_its_scale_is_in_neither_sum",
	  "csat_top2",
	  NAN,
	  0,
	  WHY_NONE_FITS,
	  { "Survey kind=csat survey_id=#1 value=5", "Survey kind=csat survey_id=#2 value=4" } },
	{ "csat_outside_of_its_scale_is_in_neither_sum",
	  "csat_top2",
	  0,
	  1,
	  WHY_NOTHING,
	  { CSAT "#1 value=6", CSAT "#2 value=0", CSAT "#3 value=2", CSAT "#4" } },
	{ "csat_takes_no_answers_to_other_questions",
	  "csat_top2",
	  1,
	  1,
	  WHY_NOTHING,
	  { CSAT "#1 value=4", "Survey kind=ces scale_min=1 scale_max=5 survey_id=#2 value=1" } },
	{ "a_detractor_is_followed_up_by_a_ring_of_15_s_within_48_h",
	  "closed_loop_48h",
	  1.0 / 2,
	  2,
	  WHY_NOTHING,
	  { NPS "#1 value=6" AT "2026-11-05T10:00:00Z reachable=true follow_up_ring_ms=15000",
	    NPS "#2 value=6" AT "2026-11-05T10:00:01Z reachable=true follow_up_ring_ms=15000" } },
	{ "a_tick_without_a_ring_or_a_letter_is_no_follow_up",
	  "closed_loop_48h",
	  1.0 / 4,
	  4,
	  WHY_NOTHING,
	  { NPS "#1 value=0" AT "2026-11-03T12:00:00Z",
	    NPS "#2 value=0" AT "2026-11-03T12:00:00Z follow_up_ring_ms=14999",
	    NPS "#3 value=0" AT "2026-11-03T12:00:00Z follow_up_written=true",
	    NPS "#4 value=0 follow_up_written=true" } },
	{ "a_follow_up_before_the_answer_is_none",
	  "closed_loop_48h",
	  0,
	  1,
	  WHY_NOTHING,
	  { NPS "#1 value=0" AT "2026-11-03T09:59:59Z follow_up_written=true" } },
	{ "who_cannot_be_reached_and_who_is_no_detractor_do_not_count",
	  "closed_loop_48h",
	  0,
	  2,
	  WHY_NOTHING,
	  { NPS "#1 value=6 reachable=false", NPS "#2 value=7", CSAT "#3 value=3",
	    CSAT "#4 value=2", CSAT "#5 value=1 reachable=true" } },
	{ "resolved_at_first_contact_is_what_customers_say",
	  "first_contact_resolution",
	  2.0 / 3,
	  3,
	  WHY_NOTHING,
	  { "Survey kind=fcr survey_id=#1 value=1", "Survey kind=fcr survey_id=#2 value=1",
	    "Survey kind=fcr survey_id=#3 value=0", "Survey kind=fcr survey_id=#4" } },
};

int main(void)
{
	static struct cases c;

	cases_table(&c, cases, score_rows_check);
	return cases_run("score model: feedback", &c, NULL, NULL);
}
