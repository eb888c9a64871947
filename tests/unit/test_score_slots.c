/* The named estimators over rows written by hand; every expected value is reckoned in its comment
 * or plain from the rows. 2026-10-26 is day 1. */
#include "tests/support/block_world.h"

#include <inttypes.h>
#include <math.h>

#include "common/when.h"
#include "tests/support/cases.h"
#include "tests/support/estimated.h"
#include "tests/support/near.h"

#define NAMED(name) "{estimator: " name "}"
#define ANSWERED    "queue=q outcome=answered wait_ms=5000"
#define LATE        "queue=q outcome=answered wait_ms=30000"
#define DAY_US      (INT64_C(86400) * WHEN_US_PER_S)
#define PLAN        "published_us=2026-10-01T00:00:00Z"

static const struct block_case cases[] = {
	/* day 1: one of two queues, 3 contacts; day 2: both have one by then, 1 contact:
	 * (3 * 0.5 + 1 * 1) / 4 */
	{ "a_queue_is_covered_while_its_target_holds",
	  "none",
	  NAMED("target_coverage"),
	  { "Target 1 00:00:00 queue=q metric=service_level value=0.8 threshold_ms=20000 owner=cx",
	    "Target 2 00:00:00 queue=r metric=service_level value=0.8 threshold_ms=20000 owner=cx",
	    "QueueContact 1 10:00:00 contact=1 " ANSWERED,
	    "QueueContact 1 10:00:01 contact=2 " ANSWERED,
	    "QueueContact 1 10:00:02 contact=3 queue=r outcome=answered",
	    "QueueContact 1 10:00:02 contact=5 queue=r outcome=abandoned wait_ms=4000",
	    "QueueContact 2 10:00:02 contact=4 queue=r outcome=answered" },
	  0.625,
	  4,
	  WHY_NOTHING,
	  NULL },
	{ "a_target_without_an_owner_covers_nothing",
	  "none",
	  NAMED("target_coverage"),
	  { "Target 1 00:00:00 queue=* metric=service_level value=0.8 threshold_ms=20000",
	    "QueueContact 1 10:00:00 contact=1 " ANSWERED },
	  0,
	  1,
	  WHY_NOTHING,
	  NULL },
	{ "without_any_target_coverage_is_not_assessed",
	  "none",
	  NAMED("target_coverage"),
	  { "QueueContact 1 10:00:00 contact=1 " ANSWERED },
	  NAN,
	  0,
	  WHY_NO_EVIDENCE,
	  "Target" },
	/* 10:00 meets 50 % (1 of 2), 10:30 does not (0 of 1), queue r has no target */
	{ "contacts_of_an_interval_that_met_its_target_count",
	  "none",
	  NAMED("target_attainment"),
	  { "Target 1 00:00:00 queue=q metric=service_level value=0.5 threshold_ms=20000",
	    "QueueContact 1 10:00:00 contact=1 " ANSWERED,
	    "QueueContact 1 10:29:59 contact=2 " LATE, "QueueContact 1 10:30:00 contact=3 " LATE,
	    "QueueContact 1 10:30:00 contact=4 queue=r outcome=answered wait_ms=1" },
	  2.0 / 3,
	  3,
	  WHY_NOTHING,
	  NULL },
	{ "a_queue_is_judged_by_its_own_time_before_that_of_all",
	  "none",
	  NAMED("target_attainment"),
	  { "Target 1 00:00:00 queue=* metric=service_level value=80 threshold_ms=20000",
	    "Target 1 00:00:00 queue=q metric=service_level value=80 threshold_ms=60000",
	    "QueueContact 1 10:00:00 contact=1 " LATE,
	    "QueueContact 1 10:00:00 contact=2 queue=r outcome=answered wait_ms=30000" },
	  0.5,
	  2,
	  WHY_NOTHING,
	  NULL },
	/* intervals of 5: 1/5 and 5/5, and one of 4 that does not count; a tenth of 10 contacts is
	 * reached within the first */
	{ "the_worst_tenth_of_contacts_had_this_service",
	  "none",
	  NAMED("worst_interval"),
	  { "QueueContact 1 10:00:00 contact=1 " ANSWERED,
	    "QueueContact 1 10:00:01 contact=2 " LATE, "QueueContact 1 10:00:02 contact=3 " LATE,
	    "QueueContact 1 10:00:03 contact=4 " LATE, "QueueContact 1 10:00:04 contact=5 " LATE,
	    "QueueContact 2 10:00:00 contact=6 " ANSWERED,
	    "QueueContact 2 10:00:01 contact=7 " ANSWERED,
	    "QueueContact 2 10:00:02 contact=8 " ANSWERED,
	    "QueueContact 2 10:00:03 contact=9 " ANSWERED,
	    "QueueContact 2 10:00:04 contact=10 " ANSWERED,
	    "QueueContact 3 10:00:00 contact=11 " LATE, "QueueContact 3 10:00:01 contact=12 " LATE,
	    "QueueContact 3 10:00:02 contact=13 " LATE,
	    "QueueContact 3 10:00:03 contact=14 " LATE },
	  0.2,
	  2,
	  WHY_NOTHING,
	  NULL },
	{ "intervals_of_less_than_five_say_nothing",
	  "none",
	  NAMED("worst_interval"),
	  { "QueueContact 1 10:00:00 contact=1 " ANSWERED },
	  NAN,
	  0,
	  WHY_NONE_FITS,
	  NULL },
	{ "targets_of_efficiency_alone_are_level_1",
	  "none",
	  NAMED("target_mix"),
	  { "Target 28 00:00:00 queue=* metric=aht kind=efficiency value=300",
	    "Target 28 00:00:00 queue=* metric=csat kind=customer value=0.8" },
	  1,
	  2,
	  WHY_NOTHING,
	  NULL },
	{ "a_customer_metric_counts_once_it_is_measured",
	  "none",
	  NAMED("target_mix"),
	  { "Target 28 00:00:00 queue=* metric=CSAT kind=customer value=0.8",
	    "Survey 3 10:00:00 survey_id=1 kind=csat value=4" },
	  2,
	  1,
	  WHY_NOTHING,
	  NULL },
	{ "retention_beside_cost_is_level_3",
	  "none",
	  NAMED("target_mix"),
	  { "Target 28 00:00:00 queue=* metric=csat kind=customer value=0.8 owner=service",
	    "Target 28 00:00:00 queue=* metric=customers_lost kind=retention value=0.1",
	    "Survey 3 10:00:00 survey_id=1 kind=csat value=4",
	    "BusinessFigure 3 00:00:00 metric=customers_lost value=4",
	    "BusinessFigure 3 00:00:00 metric=cost value=4" },
	  3,
	  2,
	  WHY_NOTHING,
	  NULL },
	{ "a_target_of_cost_without_figures_is_no_cost",
	  "none",
	  NAMED("target_mix"),
	  { "Target 28 00:00:00 queue=* metric=csat kind=customer value=0.8 owner=service",
	    "Target 28 00:00:00 queue=* metric=customers_lost kind=retention value=0.1",
	    "Target 28 00:00:00 queue=* metric=cost kind=efficiency value=5",
	    "Survey 3 10:00:00 survey_id=1 kind=csat value=4",
	    "BusinessFigure 3 00:00:00 metric=customers_lost value=4" },
	  2,
	  3,
	  WHY_NOTHING,
	  NULL },
	{ "an_owner_outside_and_a_review_make_level_4",
	  "none",
	  NAMED("target_mix"),
	  { ("Target 28 00:00:00 queue=* metric=csat kind=customer value=0.8 owner=marketing "
	     "reviewed_us=2026-10-01T00:00:00Z"),
	    "Target 28 00:00:00 queue=* metric=customers_lost kind=retention value=0.1",
	    "Survey 3 10:00:00 survey_id=1 kind=csat value=4",
	    "BusinessFigure 3 00:00:00 metric=customers_lost value=4",
	    "BusinessFigure 3 00:00:00 metric=cost value=4" },
	  4,
	  2,
	  WHY_NOTHING,
	  NULL },
	/* day 1: 2 came, 3 + 1 forecast; the version of the same morning is too late. day 2: none
	 * came, 1 forecast: (2 + 1) / 2 */
	{ "the_last_forecast_of_the_day_before_counts",
	  "none",
	  NAMED("wape"),
	  { "Forecast 1 10:00:00 queue=q published_us=2026-10-20T00:00:00Z volume=7",
	    "Forecast 1 10:00:00 queue=q published_us=2026-10-24T00:00:00Z volume=3",
	    "Forecast 1 10:00:00 queue=q published_us=2026-10-25T12:00:00Z volume=1",
	    "Forecast 1 10:30:00 queue=q published_us=2026-10-24T00:00:00Z volume=1",
	    "Forecast 2 10:30:00 queue=q published_us=2026-10-24T00:00:00Z volume=1",
	    "QueueContact 1 10:00:00 contact=1 " ANSWERED,
	    "QueueContact 1 15:00:00 contact=2 " LATE,
	    "QueueContact 1 15:00:00 contact=3 queue=r outcome=answered" },
	  1.5,
	  2,
	  WHY_NOTHING,
	  NULL },
	{ "a_forecast_made_afterwards_is_none",
	  "none",
	  NAMED("wape"),
	  { "Forecast 1 10:00:00 queue=q published_us=2026-10-27T00:00:00Z volume=1",
	    "QueueContact 1 10:00:00 contact=1 " ANSWERED },
	  NAN,
	  0,
	  WHY_NONE_FITS,
	  NULL },
	/* work 8:00 to 9:00: in from 8:10, paused 8:30 to 8:40: 40 min; break 9:00 to 9:10 while
	 * logged in: 0; absence approved: left out. 40 of 70 */
	{ "f17_adherence_is_being_there_and_not_there_as_planned",
	  "none",
	  NAMED("adherence"),
	  { "Shift 1 08:00:00 agent=1 activity=work duration_ms=3600000 " PLAN,
	    "Shift 1 09:00:00 agent=1 activity=break duration_ms=600000 " PLAN,
	    "Shift 1 10:00:00 agent=1 activity=absence duration_ms=3600000 "
	    "absence_approved=true " PLAN,
	    "AgentSpan 1 08:10:00 agent=1 queue=q state=logged_in duration_ms=10800000",
	    "AgentSpan 1 08:10:00 agent=1 queue=r state=logged_in duration_ms=7200000",
	    "AgentSpan 1 08:30:00 agent=1 queue=NONE state=paused duration_ms=600000" },
	  4.0 / 7,
	  1,
	  WHY_NOTHING,
	  NULL },
	{ "a_schedule_edited_afterwards_does_not_count",
	  "none",
	  NAMED("adherence"),
	  { "Shift 1 08:00:00 agent=1 activity=work duration_ms=3600000 " PLAN,
	    "Shift 1 08:00:00 agent=1 activity=break duration_ms=3600000 "
	    "published_us=2026-10-26T09:00:00Z",
	    "AgentSpan 1 08:30:00 agent=1 queue=q state=logged_in duration_ms=1800000" },
	  0.5,
	  1,
	  WHY_NOTHING,
	  NULL },
	/* moved from 8:00 to 9:00 the day before: 9:00 to 10:00 holds, and the agent was there */
	{ "a_shift_that_was_moved_is_not_kept_twice",
	  "none",
	  NAMED("adherence"),
	  { "Shift 1 08:00:00 agent=1 activity=work duration_ms=3600000 " PLAN,
	    "Shift 1 09:00:00 agent=1 activity=work duration_ms=3600000 "
	    "published_us=2026-10-25T12:00:00Z",
	    "AgentSpan 1 09:00:00 agent=1 queue=q state=logged_in duration_ms=3600000" },
	  1,
	  1,
	  WHY_NOTHING,
	  NULL },
	/* changed at noon: the morning as it was planned (not kept), the afternoon as it became */
	{ "a_plan_changed_at_noon_changes_the_afternoon_only",
	  "none",
	  NAMED("adherence"),
	  { "Shift 1 08:00:00 agent=1 activity=work duration_ms=3600000 " PLAN,
	    "Shift 1 14:00:00 agent=1 activity=work duration_ms=3600000 " PLAN,
	    "Shift 1 08:00:00 agent=1 activity=break duration_ms=3600000 "
	    "published_us=2026-10-26T12:00:00Z",
	    "Shift 1 15:00:00 agent=1 activity=work duration_ms=3600000 "
	    "published_us=2026-10-26T12:00:00Z",
	    "AgentSpan 1 15:00:00 agent=1 queue=q state=logged_in duration_ms=3600000" },
	  0.5,
	  1,
	  WHY_NOTHING,
	  NULL },
	{ "a_plan_of_another_day_or_agent_replaces_nothing",
	  "none",
	  NAMED("adherence"),
	  { "Shift 1 08:00:00 agent=1 activity=work duration_ms=3600000 " PLAN,
	    "Shift 1 09:00:00 agent=2 activity=break duration_ms=3600000 "
	    "published_us=2026-10-25T12:00:00Z",
	    "Shift 2 09:00:00 agent=1 activity=break duration_ms=3600000 "
	    "published_us=2026-10-25T12:00:00Z",
	    "AgentSpan 3 09:00:00 agent=1 queue=q state=logged_in duration_ms=3600000" },
	  2.0 / 3,
	  3,
	  WHY_NOTHING,
	  NULL },
	{ "who_never_came_did_not_adhere",
	  "none",
	  NAMED("adherence"),
	  { "Shift 1 08:00:00 agent=1 activity=work duration_ms=3600000 " PLAN,
	    "AgentSpan 1 08:00:00 agent=2 queue=q state=logged_in duration_ms=1800000" },
	  0,
	  1,
	  WHY_NOTHING,
	  NULL },
	{ "a_login_of_the_day_before_reaches_over_midnight",
	  "none",
	  NAMED("adherence"),
	  { "Shift 2 00:00:00 agent=1 activity=work duration_ms=3600000 " PLAN,
	    "AgentSpan 1 23:00:00 agent=1 queue=q state=logged_in duration_ms=5400000" },
	  0.5,
	  1,
	  WHY_NOTHING,
	  NULL },
	/* 8:00 to 8:30 staffed 30 min, busy 27: full; 8:30 to 9:00 staffed 20 (10 paused), busy 15:
	 * 75 %, not full. 30 of 50 */
	{ "staffed_time_above_85_percent_counts",
	  "none",
	  NAMED("occupancy"),
	  { "AgentSpan 1 08:00:00 agent=1 queue=q state=logged_in duration_ms=3600000",
	    "AgentSpan 1 08:50:00 agent=1 queue=q state=paused duration_ms=600000",
	    "QueueContact 1 08:00:00 contact=1 queue=q outcome=answered wait_ms=0 "
	    "talk_ms=1500000 hold_ms=60000 wrap_ms=60000",
	    "QueueContact 1 08:29:50 contact=2 queue=q outcome=answered wait_ms=10000 "
	    "talk_ms=900000" },
	  0.6,
	  2,
	  WHY_NOTHING,
	  NULL },
	{ "occupancy_without_logins_is_not_assessed",
	  "none",
	  NAMED("occupancy"),
	  { "QueueContact 1 08:00:00 contact=1 queue=q outcome=answered wait_ms=0 talk_ms=1500" },
	  NAN,
	  0,
	  WHY_NO_EVIDENCE,
	  "AgentSpan" },
	/* known 14 days before; changed on the eve; published when it had begun: 0. The 10 %
	 * quantile of 0, 1/3, 14 is the first */
	{ "a_late_edit_takes_the_lead_away",
	  "none",
	  NAMED("lead_time"),
	  { "Shift 1 08:00:00 agent=1 activity=work published_us=2026-10-12T08:00:00Z",
	    "Shift 2 08:00:00 agent=1 activity=work published_us=2026-10-12T08:00:00Z",
	    "Shift 2 08:00:00 agent=1 activity=work published_us=2026-10-27T00:00:00Z",
	    "Shift 3 08:00:00 agent=1 activity=work published_us=2026-10-28T09:00:00Z" },
	  0,
	  3,
	  WHY_NOTHING,
	  NULL },
	{ "a_plan_of_two_weeks_leads_by_two_weeks",
	  "none",
	  NAMED("lead_time"),
	  { "Shift 15 08:00:00 agent=1 activity=work published_us=2026-10-26T08:00:00Z",
	    "Shift 15 12:00:00 agent=1 activity=break published_us=2026-10-26T08:00:00Z" },
	  14,
	  1,
	  WHY_NOTHING,
	  NULL },
	/* on the last day: h from 00:00, slots of 6 h; 00, 06 usable, 12 off by 3 s, 18 missing but
	 * the newest slot of all is that of 12: 3 expected */
	{ "a_slot_with_a_wrong_clock_is_of_no_use",
	  "none",
	  NAMED("telemetry_completeness"),
	  { "Gauge 28 00:00:00 queue= slot_ms=21600000 clock_offset_ms=2000",
	    "Gauge 28 06:00:00 queue= slot_ms=21600000",
	    "Gauge 28 12:00:00 queue= slot_ms=21600000 clock_offset_ms=-2001",
	    "Gauge 28 12:00:00 queue=q slot_ms=21600000" },
	  2.0 / 3,
	  3,
	  WHY_NOTHING,
	  NULL },
	/* from 12:00 of day 27 to the end of the window: 6 slots of 6 h, 1 came */
	{ "an_agent_that_went_silent_is_missed_until_the_end",
	  "none",
	  NAMED("telemetry_completeness"),
	  { "Gauge 27 12:00:00 queue= slot_ms=21600000" },
	  1.0 / 6,
	  6,
	  WHY_NOTHING,
	  NULL },
	/* day 1: 2 against 3; day 2: 1 against 1; day 3: 1 against 0: gaps 1/3, 0, 1 */
	{ "sources_are_held_against_each_other_by_day",
	  "none",
	  NAMED("reconciliation"),
	  { "QueueContact 1 08:00:00 contact=1 queue=q outcome=answered",
	    "QueueContact 1 08:10:00 contact=1 queue=r outcome=answered",
	    "QueueContact 1 08:00:00 contact=2 queue=q outcome=answered",
	    "QueueContact 1 08:00:00 contact=9 queue=q outcome=abandoned",
	    "QueueContact 2 08:00:00 contact=3 queue=q outcome=answered",
	    "QueueContact 3 08:00:00 contact=4 queue=q outcome=answered",
	    "Call 1 08:00:00 contact=1 agent_answered=true",
	    "Call 1 08:00:00 contact=2 agent_answered=true",
	    "Call 1 08:00:00 contact=5 agent_answered=true",
	    "Call 1 08:00:00 contact=6 agent_answered=false",
	    "Call 2 08:00:00 contact=3 agent_answered=true" },
	  1.0 / 3,
	  3,
	  WHY_NOTHING,
	  NULL },
	{ "one_source_alone_has_nothing_to_be_held_against",
	  "none",
	  NAMED("reconciliation"),
	  { "QueueContact 1 08:00:00 contact=1 queue=q outcome=answered" },
	  NAN,
	  0,
	  WHY_NO_EVIDENCE,
	  "Call" },
	/* service level is 1 of 2: 52 % agrees, 53 % does not; asa is 17.5 s: 17.8 agrees; a
	 * made-up metric is left out; abandonment of a queue nobody called cannot be recomputed */
	{ "a_figure_without_its_period_is_not_reproduced",
	  "none",
	  NAMED("reproducibility"),
	  { "QueueContact 1 08:00:00 contact=1 " ANSWERED,
	    "ReportedFigure 1 00:00:00 queue=q metric=SL report=a value=100 "
	    "to_us=2026-10-27T00:00:00Z",
	    "ReportedFigure 1 00:00:00 queue=q metric=asa report=a value=60",
	    "ReportedFigure 1 00:00:00 queue=q metric=aht report=a value=60 "
	    "to_us=2026-10-25T00:00:00Z",
	    "ReportedFigure 1 00:00:00 queue=q metric=happiness report=a value=1" },
	  1.0 / 3,
	  3,
	  WHY_NOTHING,
	  NULL },
	{ "where_no_figure_has_a_period_nothing_is_known",
	  "none",
	  NAMED("reproducibility"),
	  { "QueueContact 1 08:00:00 contact=1 " ANSWERED,
	    "ReportedFigure 1 00:00:00 queue=q metric=asa report=a value=60" },
	  NAN,
	  1,
	  WHY_NONE_FITS,
	  NULL },
	{ "a_figure_reproduces_within_two_points_or_two_percent",
	  "none",
	  NAMED("reproducibility"),
	  { "QueueContact 1 08:00:00 contact=1 " ANSWERED,
	    "QueueContact 1 08:00:01 contact=2 " LATE,
	    "ReportedFigure 1 00:00:00 queue=q metric=SL report=a value=52 "
	    "to_us=2026-10-27T00:00:00Z",
	    "ReportedFigure 1 00:00:00 queue=q metric=service_level report=b value=0.53 "
	    "to_us=2026-10-27T00:00:00Z",
	    "ReportedFigure 1 00:00:00 queue=* metric=asa report=a value=17.8 "
	    "to_us=2026-10-27T00:00:00Z",
	    "ReportedFigure 1 00:00:00 queue=* metric=happiness report=a value=1 "
	    "to_us=2026-10-27T00:00:00Z",
	    "ReportedFigure 1 00:00:00 queue=x metric=abandonment report=a value=0 "
	    "to_us=2026-10-27T00:00:00Z" },
	  0.5,
	  4,
	  WHY_NOTHING,
	  NULL },
};

/* Two queues of ten days: explain shows each queue by itself. */
static void intervals_are_broken_down_by_queue(void **state)
{
	struct score_world *w = *state;
	struct score_detail d;

	block_world_use(w, "day_block_bootstrap", NAMED("worst_interval"));
	for (int day = 1; day <= 12; day++) {
		for (int i = 0; i < 5; i++) {
			block_world_add(w, "QueueContact", day, "10:00:00",
			                "contact=%d queue=good outcome=answered wait_ms=1000",
			                day * 100 + i);
			block_world_add(w, "QueueContact", day, "10:00:00",
			                "contact=%d queue=slow outcome=answered wait_ms=%d",
			                day * 100 + 50 + i, 1000 + 20000 * (i % 2));
		}
	}
	score_world_put(w);
	d = block_world_detail(w);
	assert_int_equal(d.n_groups, 2);
	assert_string_equal(d.groups[0].label, "good");
	assert_true(fabs(d.groups[0].got.value - 1) < 1e-12);
	assert_true(fabs(d.groups[1].got.value - 0.6) < 1e-12);
	assert_true(fabs(d.scored.got.value - 0.6) < 1e-12);
	assert_true(d.scored.got.interval.low <= 0.6 && d.scored.got.interval.high >= 0.6);
	assert_int_equal(d.scored.status, SCORE_ASSESSED);
	score_detail_free(&d);
}

/* 2026-10-25 has 25 hours in Berlin: the second 02:30 is a slot of its own. */
static void a_day_of_25_hours_has_two_slots_more(void **state)
{
	struct score_world *w = *state;
	struct score_detail d;
	int32_t day = score_world_day("2026-10-25");
	struct score_request request = { .site = SCORE_WORLD_SITE,
		                         .timezone = "Europe/Berlin",
		                         .from_day = &day,
		                         .to_day = &day };

	block_world_use(w, "none", NAMED("worst_interval"));
	for (int i = 0; i < 10; i++) {
		score_world_add(w, "QueueContact",
		                "at_us=2026-10-25T0%d:30:00Z host=h contact=%016x queue=q "
		                "outcome=answered wait_ms=%d",
		                i / 5, i, i < 5 ? 1000 : 30000);
	}
	score_world_put(w);
	assert_int_equal(score_detail_of(&d, model_indicator_named(w->model, BLOCK_ID), w->model,
	                                 w->store, &request, &w->fault),
	                 0);
	assert_true(d.scored.got.n == 2);
	assert_true(d.scored.got.value == 0);
	score_detail_free(&d);
}

/* F17: whom the PBX does not know is counted, never named; who was there on one day is known. */
static void f17_agents_whom_the_pbx_never_shows_are_counted(void **state)
{
	struct score_world *w = *state;
	const struct estimated how = { .estimator = estimator_named("adherence"),
		                       .interval = MODEL_NO_INTERVAL,
		                       .from = "2026-10-26",
		                       .to = "2026-11-22" };
	struct estimate got;

	for (unsigned agent = 1; agent <= 4; agent++) {
		for (int day = 0; day < 3; day++) {
			score_world_add(w, "Shift",
			                "at_us=%" PRId64 " host=wfm agent=%016x activity=work "
			                "duration_ms=3600000 " PLAN,
			                score_world_day_us("2026-10-27") + day * DAY_US, agent);
		}
	}
	score_world_add(w, "AgentSpan",
	                "at_us=%" PRId64 " host=pbx agent=0000000000000001 queue=q "
	                "state=logged_in duration_ms=1000",
	                score_world_day_us("2026-10-28"));
	score_world_add(w, "AgentSpan",
	                "at_us=%" PRId64 " host=pbx agent=0000000000000009 queue=q "
	                "state=logged_in duration_ms=1000",
	                score_world_day_us("2026-10-28"));
	score_world_put(w);
	got = estimated(w, &how);
	assert_int_equal(got.agents.planned, 4);
	assert_int_equal(got.agents.strangers, 3);
	assert_near(got.n, 12, 0);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, cases, block_case_run);
	cases_test_with(&c, intervals_are_broken_down_by_queue, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, f17_agents_whom_the_pbx_never_shows_are_counted, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, a_day_of_25_hours_has_two_slots_more, score_world_set_up,
	                score_world_tear_down);
	return cases_run("score_slots", &c, NULL, NULL);
}
