/* Quality, knowledge and reporting in the built-in model over records written by hand. */
#include "tests/support/score_rows.h"

#include <math.h>

#include "tests/support/cases.h"

#define KB "KnowledgeUse session_id="

static const struct score_rows_case cases[] = {
	{ "an_evaluation_is_accurate_without_a_customer_critical_error",
	  "customer_critical_accuracy",
	  2.0 / 3,
	  3,
	  WHY_NOTHING,
	  { "Evaluation evaluation_id=#1 customer_critical_errors=0",
	    "Evaluation evaluation_id=#2 customer_critical_errors=0 compliance_critical_errors=4",
	    "Evaluation evaluation_id=#3 customer_critical_errors=1",
	    "Evaluation evaluation_id=#4" } },
	{ "an_evaluation_is_compliant_without_a_compliance_critical_error",
	  "compliance_critical_accuracy",
	  1.0 / 2,
	  2,
	  WHY_NOTHING,
	  { "Evaluation evaluation_id=#1 compliance_critical_errors=0 customer_critical_errors=1",
	    "Evaluation evaluation_id=#2 compliance_critical_errors=2",
	    "Evaluation evaluation_id=#3 customer_critical_errors=0" } },
	{ "a_closed_case_with_an_article_is_linked",
	  "kb_link_rate",
	  1.0 / 2,
	  2,
	  WHY_NOTHING,
	  { "Case case_id=#1 closed_us=2026-11-04T10:00:00Z articles=1",
	    "Case case_id=#2 closed_us=2026-11-04T10:00:00Z articles=0 excluded=false",
	    "Case case_id=#3 closed_us=2026-11-04T10:00:00Z articles=0 excluded=true",
	    "Case case_id=#4 articles=1" } },
	{ "a_search_is_a_success_with_one_hit",
	  "kb_search_success",
	  1.0 / 2,
	  2,
	  WHY_NOTHING,
	  { KB "#1 kind=search hits=1", KB "#2 kind=search hits=0", KB "#3 kind=search",
	    KB "#4 kind=view article_id=#9" } },
	{ "an_article_is_fresh_for_180_days",
	  "kb_freshness",
	  3.0 / 5,
	  5,
	  WHY_NOTHING,
	  { KB "#1 kind=view at_us=2026-11-03T10:00:00Z article_reviewed_us=2026-05-07T10:00:00Z",
	    KB "#2 kind=view at_us=2026-11-03T10:00:00Z article_reviewed_us=2026-05-07T09:59:59Z",
	    KB "#3 kind=view at_us=2026-11-03T10:00:00Z article_created_us=2026-11-01T10:00:00Z",
	    KB "#4 kind=view at_us=2026-11-03T10:00:00Z article_created_us=2020-01-01T00:00:00Z"
	       " article_reviewed_us=2026-11-01T10:00:00Z",
	    KB "#5 kind=view at_us=2026-11-03T10:00:00Z", KB "#6 kind=link" } },
	{ "an_alert_is_acknowledged_by_a_person_within_15_min",
	  "alert_ack_15min",
	  1.0 / 5,
	  5,
	  WHY_NOTHING,
	  { "Alert alert_id=#1 at_us=2026-11-03T10:00:00Z acknowledged_us=2026-11-03T10:15:00Z"
	    " by_person=true in_hours=true",
	    "Alert alert_id=#2 at_us=2026-11-03T10:00:00Z acknowledged_us=2026-11-03T10:15:01Z"
	    " by_person=true",
	    "Alert alert_id=#3 at_us=2026-11-03T10:00:00Z acknowledged_us=2026-11-03T10:01:00Z"
	    " by_person=false",
	    "Alert alert_id=#4 at_us=2026-11-03T10:00:00Z acknowledged_us=2026-11-03T10:01:00Z",
	    "Alert alert_id=#5 by_person=true", "Alert alert_id=#6 in_hours=false" } },
	{ "a_report_is_as_old_as_the_end_of_its_period",
	  "report_latency_p95",
	  3600,
	  2,
	  WHY_NOTHING,
	  { "ReportedFigure metric=aht to_us=2026-11-03T11:00:00Z "
	    "published_us=2026-11-03T11:30:00Z",
	    "ReportedFigure metric=asa to_us=2026-11-03T11:00:00Z "
	    "published_us=2026-11-03T12:00:00Z",
	    "ReportedFigure metric=fcr to_us=2026-11-03T11:00:00Z "
	    "published_us=2026-11-03T10:59:59Z",
	    "ReportedFigure metric=csat published_us=2026-11-03T12:00:00Z" } },
	{ "one_way_delay_is_half_of_the_round_trip",
	  "delay_one_way_p95",
	  60,
	  2,
	  WHY_NOTHING,
	  { "MediaStream ssrc=1 rtt_us=40000", "MediaStream ssrc=2 rtt_us=120000",
	    "MediaStream ssrc=3 delay_us=900000" } },
	{ "an_accepted_offer_is_a_response",
	  "survey_response_rate",
	  1.0 / 3,
	  3,
	  WHY_NOTHING,
	  { "SurveyOffer contact=#1 accepted=true", "SurveyOffer contact=#2 accepted=false",
	    "SurveyOffer contact=#3" } },
};

int main(void)
{
	static struct cases c;

	cases_table(&c, cases, score_rows_check);
	return cases_run("score model: quality", &c, NULL, NULL);
}
