/* Which of the rows count when two sources have told the same observation. Over the product's
 * records in SQLite. */
#include <string.h>

#include "collector/store/sqlite.h"
#include "tests/support/block_world.h"
#include "tests/support/cases.h"
#include "tests/support/catalog.h"

#define ROWS_MAX 5

/* Rows of one kind, "day time fields", all of contact 7 unless they say another; `of` as in a
 * tally.
 */
struct once_case {
	const char *name;
	const char *kind;
	const char *rows[ROWS_MAX];
	const char *of;
	const char *want; /* source=rows of a tally by source; then / and what was told twice */
};

#define CEL_ANSWER                                                                                 \
	"1 10:00:00 source=cel survey_id=0000000000000001 kind=csat contact=0000000000000007 "     \
	"value=4"
#define DROPPED_ANSWER                                                                             \
	"1 10:00:05 source=dropbox survey_id=0000000000000002 kind=csat contact=0000000000000007 " \
	"value=4"
#define LOGGED                                                                                     \
	"1 10:00:00 source=queue_log contact=0000000000000007 queue=sales entry=0 wait_ms=5000"
#define DROPPED                                                                                    \
	"1 10:00:01 source=dropbox contact=0000000000000007 queue=sales entry=0 wait_ms=5000"

#define EVENT "1 10:00:00 source=ami contact=0000000000000007 queue=sales entry=0 wait_ms=5000"
#define STREAM                                                                                     \
	"1 10:00:00 ssrc=9 src_addr=0000000000000001 src_port=4000 dst_addr=0000000000000002 "     \
	"dst_port=5000 "
#define ON_THE_WIRE                                                                                \
	"1 10:00:00 source=capture contact=0000000000000007 from_tag_id=0000000000000001"
#define MIRRORED  "1 10:00:09 source=hep contact=0000000000000007 from_tag_id=0000000000000001"

#define CARD      "1 10:00:00 source=cel contact=0000000000000007 recorded=true covered=false"
#define MUTED     "1 10:00:01 source=ami contact=0000000000000007 recorded=true covered=true"
#define LONG_CARD CARD " duration_ms=300000"
#define MUTED_LATE                                                                                 \
	"1 10:03:00 source=ami contact=0000000000000007 recorded=true covered=true "               \
	"duration_ms=60000"
#define MUTED_LONG                                                                                 \
	"1 09:57:00 source=ami contact=0000000000000007 recorded=true covered=true "               \
	"duration_ms=600000"
#define MUTED_FROM(second, ms)                                                                     \
	"1 10:00:" second " source=ami contact=0000000000000007 recorded=true covered=true "       \
	"duration_ms=" ms
#define LONG_CARD_IN_A_FILE                                                                        \
	"1 10:01:00 source=dropbox contact=0000000000000007 recorded=true covered=true"
#define AT_ONE_TAP ON_THE_WIRE " seen_us=2026-10-26T10:00:08Z"
#define AT_THE_NEXT                                                                                \
	"1 10:00:01 source=capture contact=0000000000000007 from_tag_id=0000000000000001"
#define FACT_IN_A_FILE                                                                             \
	"1 10:09:00 source=dropbox contact=0000000000000007 recognised=true asked_again=false"
#define FACT_OF_VARIABLES                                                                          \
	"1 10:00:00 source=ami contact=0000000000000007 recognised=true skill_wanted=cards"
#define PROMISED                                                                                   \
	"1 10:00:00 source=cel callback_id=0000000000000001 contact=0000000000000007 queue=sales"
#define PROMISED_IN_A_FILE                                                                         \
	"1 10:00:40 source=dropbox callback_id=0000000000000002 contact=0000000000000007"
#define SLOT " queue=sales slot_ms=60000 waiting=1"

static const struct once_case rows[] = {
	{ "an_answer_counts_as_the_survey_tool_tells_it",
	  "Survey",
	  { CEL_ANSWER, DROPPED_ANSWER },
	  NULL,
	  "dropbox=1 /1" },
	{ "a_contact_counts_as_the_event_socket_tells_it_not_the_call_detail_record",
	  "QueueContact",
	  { "1 10:00:00 source=esl contact=0000000000000007 queue=sales entry=0 wait_ms=5200",
	    "1 10:00:00 source=cdr contact=0000000000000007 queue=sales entry=0 wait_ms=5000" },
	  NULL,
	  "esl=1 /1" },
	{ "a_contact_missed_by_the_event_socket_counts_as_the_record_tells_it",
	  "QueueContact",
	  { "1 10:00:00 source=cdr contact=0000000000000007 queue=sales entry=0 wait_ms=5000" },
	  NULL,
	  "cdr=1 /0" },
	{ "f12_a_contact_told_three_times_counts_once",
	  "QueueContact",
	  { DROPPED, "1 10:00:00 source=esl contact=0000000000000007 queue=sales entry=0 wait_ms=1",
	    "1 10:00:00 source=cdr contact=0000000000000007 queue=sales entry=0 wait_ms=2" },
	  NULL,
	  "esl=1 /2" },
	{ "a_record_of_a_call_goes_before_a_file",
	  "QueueContact",
	  { DROPPED,
	    "1 10:00:00 source=cdr contact=0000000000000007 queue=sales entry=0 wait_ms=2" },
	  NULL,
	  "cdr=1 /1" },
	{ "a_contact_counts_as_queue_log_tells_it_not_the_manager_interface",
	  "QueueContact",
	  { "1 10:00:00 source=queue_log contact=0000000000000007 queue=sales entry=0 wait_ms=5000",
	    "1 10:00:00 source=ami contact=0000000000000007 queue=sales entry=0 wait_ms=5200 "
	    "hold_ms=900" },
	  NULL,
	  "queue_log=1 /1" },
	{ "hold_counts_as_the_manager_interface_tells_it",
	  "QueueContact",
	  { "1 10:00:00 source=queue_log contact=0000000000000007 queue=sales entry=0 wait_ms=5000",
	    "1 10:00:00 source=ami contact=0000000000000007 queue=sales entry=0 wait_ms=5200 "
	    "hold_ms=900" },
	  "known(hold_ms)",
	  "ami=1 /0" },
	{ "an_answer_that_only_the_log_tells_counts", "Survey", { CEL_ANSWER }, NULL, "cel=1 /0" },
	{ "answers_to_two_questions_are_two",
	  "Survey",
	  { CEL_ANSWER, "1 10:00:05 source=dropbox survey_id=0000000000000002 kind=nps "
	                "contact=0000000000000007 value=9" },
	  NULL,
	  "cel=1 dropbox=1 /0" },
	{ "answers_of_two_contacts_are_two",
	  "Survey",
	  { CEL_ANSWER, "1 10:00:05 source=dropbox survey_id=0000000000000002 kind=csat "
	                "contact=0000000000000008 value=4" },
	  NULL,
	  "cel=1 dropbox=1 /0" },
	{ "without_a_contact_nobody_can_know",
	  "Survey",
	  { "1 10:00:00 source=cel survey_id=0000000000000001 kind=csat value=4",
	    "1 10:00:05 source=dropbox survey_id=0000000000000002 kind=csat value=4" },
	  NULL,
	  "cel=1 dropbox=1 /0" },
	{ "an_hour_apart_may_be_the_same_answer",
	  "Survey",
	  { CEL_ANSWER, "1 11:00:00 source=dropbox survey_id=0000000000000002 kind=csat "
	                "contact=0000000000000007 value=4" },
	  NULL,
	  "dropbox=1 /1" },
	{ "more_than_an_hour_apart_are_two_answers",
	  "Survey",
	  { CEL_ANSWER, "1 11:00:01 source=dropbox survey_id=0000000000000002 kind=csat "
	                "contact=0000000000000007 value=4" },
	  NULL,
	  "cel=1 dropbox=1 /0" },
	{ "on_two_days_are_two_answers",
	  "Survey",
	  { "1 23:59:58 source=cel survey_id=0000000000000001 kind=csat contact=0000000000000007 "
	    "value=4",
	    "2 00:00:02 source=dropbox survey_id=0000000000000002 kind=csat "
	    "contact=0000000000000007 value=4" },
	  NULL,
	  "cel=1 dropbox=1 /0" },
	{ "an_answer_counts_as_the_log_tells_it_where_the_tool_does_not_know",
	  "Survey",
	  { CEL_ANSWER " agent=0000000000000003", DROPPED_ANSWER },
	  "known(agent)",
	  "cel=1 /0" },
	{ "and_as_both_tell_it_only_once",
	  "Survey",
	  { CEL_ANSWER " agent=0000000000000003", DROPPED_ANSWER " agent=0000000000000003" },
	  "known(agent) and value > 3",
	  "dropbox=1 /1" },
	{ "an_invitation_counts_once",
	  "SurveyOffer",
	  { "1 10:00:00 source=cel contact=0000000000000007",
	    "1 10:00:09 source=dropbox contact=0000000000000007" },
	  NULL,
	  "dropbox=1 /1" },
	{ "f12_a_contact_counts_as_queue_log_tells_it",
	  "QueueContact",
	  { LOGGED, DROPPED },
	  NULL,
	  "queue_log=1 /1" },
	{ "entries_seconds_apart_are_two",
	  "QueueContact",
	  { LOGGED, "1 10:00:02 source=dropbox contact=0000000000000007 queue=sales entry=0" },
	  NULL,
	  "queue_log=1 dropbox=1 /0" },
	{ "entries_into_two_queues_are_two",
	  "QueueContact",
	  { LOGGED, "1 10:00:00 source=dropbox contact=0000000000000007 queue=support entry=0" },
	  NULL,
	  "queue_log=1 dropbox=1 /0" },
	{ "f12_what_only_the_file_knows_of_a_contact_counts",
	  "QueueContact",
	  { LOGGED, DROPPED " disposition=solved" },
	  "known(disposition)",
	  "dropbox=1 /0" },
	{ "of_three_that_tell_a_contact_the_log_counts",
	  "QueueContact",
	  { LOGGED, DROPPED, EVENT },
	  NULL,
	  "queue_log=1 /2" },
	{ "of_the_two_others_the_events", "QueueContact", { DROPPED, EVENT }, NULL, "ami=1 /1" },
	{ "what_only_the_events_know_of_a_contact_counts",
	  "QueueContact",
	  { LOGGED, DROPPED, EVENT " hold_ms=900" },
	  "known(hold_ms)",
	  "ami=1 /0" },
	{ "contacts_that_only_a_late_source_tells_count",
	  "QueueContact",
	  { EVENT, "1 10:00:00 source=ami contact=0000000000000008 queue=sales entry=0" },
	  NULL,
	  "ami=2 /0" },
	{ "an_attempt_to_call_counts_as_the_wire_shows_it",
	  "Dialog",
	  { ON_THE_WIRE, MIRRORED },
	  NULL,
	  "capture=1 /1" },
	{ "an_attempt_that_only_the_mirror_tells_counts",
	  "Dialog",
	  { MIRRORED },
	  NULL,
	  "hep=1 /0" },
	{ "what_only_the_mirror_knows_of_an_attempt_counts",
	  "Dialog",
	  { ON_THE_WIRE, MIRRORED " uui_present=true" },
	  "known(uui_present)",
	  "hep=1 /0" },
	{ "attempts_under_two_tags_are_two",
	  "Dialog",
	  { ON_THE_WIRE, "1 10:00:00 source=hep contact=0000000000000007 "
	                 "from_tag_id=0000000000000002" },
	  NULL,
	  "capture=1 hep=1 /0" },
	{ "a_payment_is_covered_as_the_manager_interface_tells_it",
	  "Payment",
	  { CARD, MUTED },
	  "known(covered)",
	  "ami=1 /1" },
	{ "a_payment_that_only_the_channel_events_tell_counts",
	  "Payment",
	  { CARD },
	  NULL,
	  "cel=1 /0" },
	{ "a_payment_muted_before_it_begins_is_one",
	  "Payment",
	  { CARD, "1 09:59:00 source=ami contact=0000000000000007 recorded=true covered=true" },
	  NULL,
	  "ami=1 /1" },
	{ "payments_of_unknown_length_more_than_a_minute_apart_are_two",
	  "Payment",
	  { CARD, "1 10:01:02 source=ami contact=0000000000000007 recorded=true covered=true" },
	  NULL,
	  "cel=1 ami=1 /0" },
	{ "a_payment_muted_minutes_after_it_began_is_one_that_is_not_covered",
	  "Payment",
	  { LONG_CARD, MUTED_LATE },
	  NULL,
	  "cel=1 /1" },
	{ "and_in_whatever_order_it_is_told",
	  "Payment",
	  { LONG_CARD_IN_A_FILE, MUTED_LATE, LONG_CARD },
	  NULL,
	  "cel=1 /2" },
	{ "a_payment_muted_but_for_a_moment_at_either_end_is_covered",
	  "Payment",
	  { CARD " duration_ms=30000", MUTED_FROM("02", "26000") },
	  NULL,
	  "ami=1 /1" },
	{ "one_that_is_muted_a_moment_too_late_is_not",
	  "Payment",
	  { CARD " duration_ms=30000", MUTED_FROM("03", "27000") },
	  NULL,
	  "cel=1 /1" },
	{ "nor_one_that_is_heard_again_too_early",
	  "Payment",
	  { CARD " duration_ms=30000", MUTED_FROM("01", "26999") },
	  NULL,
	  "cel=1 /1" },
	{ "one_muting_of_two_payments_falls_short_where_it_misses_one",
	  "Payment",
	  { CARD " duration_ms=20000",
	    "1 10:01:00 source=cel contact=0000000000000007 recorded=true covered=false "
	    "duration_ms=30000",
	    MUTED_FROM("00", "70000") },
	  NULL,
	  "cel=2 /1" },
	{ "a_muting_falls_short_of_what_a_file_says_too",
	  "Payment",
	  { CARD " duration_ms=20000", MUTED_FROM("00", "20000"),
	    "1 10:00:00 source=dropbox contact=0000000000000007 recorded=true covered=false "
	    "duration_ms=60000" },
	  NULL,
	  "cel=1 /2" },
	{ "a_short_muting_of_a_payment_that_was_covered_otherwise_changes_nothing",
	  "Payment",
	  { "1 10:00:00 source=cel contact=0000000000000007 recorded=true covered=true "
	    "duration_ms=60000",
	    MUTED_FROM("20", "10000") },
	  NULL,
	  "ami=1 /1" },
	{ "an_unclaimed_payment_of_the_manager_interface_counts_however_short",
	  "Payment",
	  { LONG_CARD, "1 10:03:00 source=ami contact=0000000000000007 recorded=true "
	               "covered=false duration_ms=60000" },
	  NULL,
	  "ami=1 /1" },
	{ "a_file_tells_what_lies_within_the_payment",
	  "Payment",
	  { LONG_CARD_IN_A_FILE, LONG_CARD },
	  NULL,
	  "cel=1 /1" },
	{ "a_payment_muted_from_before_until_after_it_is_one",
	  "Payment",
	  { CARD " duration_ms=20000",
	    "1 09:58:00 source=ami contact=0000000000000007 recorded=true covered=true "
	    "duration_ms=200000" },
	  NULL,
	  "ami=1 /1" },
	{ "a_second_payment_that_nobody_muted_counts_as_it_is",
	  "Payment",
	  { LONG_CARD, MUTED_LATE,
	    "1 10:05:30 source=cel contact=0000000000000007 recorded=true covered=false "
	    "duration_ms=30000" },
	  NULL,
	  "cel=2 /1" },
	{ "a_payment_an_hour_after_a_muting_that_never_ended_is_another",
	  "Payment",
	  { "1 11:00:01 source=cel contact=0000000000000007 recorded=true covered=false",
	    "1 10:00:00 source=ami contact=0000000000000007 recorded=true covered=true "
	    "duration_ms=7200000" },
	  NULL,
	  "cel=1 ami=1 /0" },
	{ "payments_of_two_contacts_are_two",
	  "Payment",
	  { CARD, "1 10:00:01 source=ami contact=0000000000000008 recorded=true covered=true" },
	  NULL,
	  "cel=1 ami=1 /0" },
	{ "a_payment_told_three_times_counts_once",
	  "Payment",
	  { CARD, MUTED,
	    "1 10:00:00 source=dropbox contact=0000000000000007 recorded=true covered=true" },
	  NULL,
	  "ami=1 /2" },
	{ "a_call_counts_as_channel_events_tell_it",
	  "Call",
	  { "1 10:00:00 source=cel contact=0000000000000007",
	    "1 10:00:00 source=ami contact=0000000000000007", /* channel events of another agent */
	    "1 10:00:00 source=cdr contact=0000000000000007" },
	  NULL,
	  "cel=1 /2" },
	{ "a_hand_off_counts_as_channel_events_tell_it",
	  "Handoff",
	  { "1 10:00:00 source=cel contact=0000000000000007 kind=blind from_queue=sales",
	    "1 10:00:01 source=queue_log contact=0000000000000007 kind=blind from_queue=sales" },
	  NULL,
	  "cel=1 /1" },
	{ "a_stretch_of_an_agent_counts_as_queue_log_tells_it",
	  "AgentSpan",
	  { "1 10:00:00 source=queue_log agent=0000000000000003 queue=sales state=paused",
	    "1 10:00:00 source=ami agent=0000000000000003 queue=sales state=paused" },
	  NULL,
	  "queue_log=1 /1" },
	{ "a_mirrored_dialog_counts_as_its_packets_tell_it",
	  "Dialog",
	  { "1 10:00:00 source=capture contact=0000000000000007 from_tag_id=0000000000000001",
	    "1 10:00:09 source=hep contact=0000000000000007 from_tag_id=0000000000000001" },
	  NULL,
	  "capture=1 /1" },
	{ "e07_a_dialog_seen_at_two_hosts_counts_once",
	  "Dialog",
	  { "1 10:00:00 source=capture contact=0000000000000007 from_tag_id=0000000000000001",
	    "1 10:00:01 source=capture contact=0000000000000007 from_tag_id=0000000000000001 "
	    "host=other" },
	  NULL,
	  "capture=1 /1" },
	{ "e07_a_dialog_seen_at_two_interfaces_of_one_host_counts_once",
	  "Dialog",
	  { AT_ONE_TAP, AT_THE_NEXT " seen_us=2026-10-26T10:00:07Z" },
	  NULL,
	  "capture=1 /1" },
	{ "e07_it_counts_as_seen_nearer_to_the_caller",
	  "Dialog",
	  { AT_ONE_TAP " setup_ms=900", AT_THE_NEXT " seen_us=2026-10-26T10:00:07Z setup_ms=300" },
	  "setup_ms > 500",
	  "capture=1 /0" },
	{ "e07_what_only_the_farther_interface_shows_counts",
	  "Dialog",
	  { AT_ONE_TAP, AT_THE_NEXT " seen_us=2026-10-26T10:00:07Z setup_ms=300" },
	  "known(setup_ms)",
	  "capture=1 /0" },
	{ "e07_the_same_names_again_after_the_end_are_another_attempt",
	  "Dialog",
	  { ON_THE_WIRE " seen_us=2026-10-26T10:00:00Z", AT_THE_NEXT },
	  NULL,
	  "capture=2 /0" },
	{ "e07_a_stream_routed_through_one_host_counts_once",
	  "MediaStream",
	  { STREAM "source=capture measured_by=network seen_us=2026-10-26T10:01:00Z",
	    "1 10:00:01 ssrc=9 src_addr=0000000000000001 src_port=4000 "
	    "dst_addr=0000000000000002 dst_port=5000 source=capture measured_by=network "
	    "seen_us=2026-10-26T10:01:01Z" },
	  NULL,
	  "capture=1 /1" },
	{ "e07_both_at_one_instant_count_once",
	  "Dialog",
	  { "1 10:00:00 source=capture contact=0000000000000007 from_tag_id=0000000000000001",
	    "1 10:00:00 source=capture contact=0000000000000007 from_tag_id=0000000000000001 "
	    "host=other" },
	  NULL,
	  "capture=1 /1" },
	{ "e07_the_two_sides_of_a_b2bua_are_two_legs",
	  "Dialog",
	  { "1 10:00:00 source=capture contact=0000000000000007 from_tag_id=0000000000000001",
	    "1 10:00:00 source=capture contact=0000000000000008 from_tag_id=0000000000000002",
	    "1 10:00:01 source=capture contact=0000000000000008 from_tag_id=0000000000000002 "
	    "host=other" },
	  NULL,
	  "capture=2 /1" },
	{ "e07_a_stream_seen_at_two_hosts_counts_once",
	  "MediaStream",
	  { STREAM "source=capture measured_by=network",
	    STREAM "source=capture measured_by=network host=other" },
	  NULL,
	  "capture=1 /1" },
	{ "what_an_endpoint_says_of_a_stream_is_another_thing",
	  "MediaStream",
	  { STREAM "source=capture measured_by=network", STREAM "source=ami measured_by=endpoint" },
	  NULL,
	  "ami=1 capture=1 /0" },
	{ "a_fact_counts_as_the_file_tells_it",
	  "ContactFact",
	  { FACT_OF_VARIABLES, FACT_IN_A_FILE },
	  "recognised",
	  "dropbox=1 /1" },
	{ "what_only_the_variables_know_of_a_contact_counts",
	  "ContactFact",
	  { FACT_OF_VARIABLES, FACT_IN_A_FILE },
	  "known(skill_wanted)",
	  "ami=1 /0" },
	{ "a_fact_told_three_times_counts_once",
	  "ContactFact",
	  { FACT_OF_VARIABLES, "1 10:00:05 source=cel contact=0000000000000007 recognised=false",
	    FACT_IN_A_FILE },
	  NULL,
	  "dropbox=1 /2" },
	{ "two_agents_of_one_contact_are_two_facts",
	  "ContactFact",
	  { FACT_IN_A_FILE, "1 10:20:00 source=dropbox contact=0000000000000007 recognised=true",
	    FACT_OF_VARIABLES },
	  NULL,
	  "dropbox=2 /1" },
	{ "facts_more_than_an_hour_apart_are_two",
	  "ContactFact",
	  { FACT_OF_VARIABLES, "1 11:00:01 source=dropbox contact=0000000000000007" },
	  NULL,
	  "ami=1 dropbox=1 /0" },
	{ "a_callback_counts_as_the_file_tells_it",
	  "Callback",
	  { PROMISED, PROMISED_IN_A_FILE " due_us=2026-10-26T12:00:00Z" },
	  NULL,
	  "dropbox=1 /1" },
	{ "an_attempt_that_only_the_log_tells_counts",
	  "Callback",
	  { PROMISED " attempt_us=2026-10-26T11:00:00Z", PROMISED_IN_A_FILE },
	  "known(attempt_us)",
	  "cel=1 /0" },
	{ "callbacks_of_two_contacts_are_two",
	  "Callback",
	  { PROMISED, "1 10:00:40 source=dropbox callback_id=0000000000000002 "
	              "contact=0000000000000008" },
	  NULL,
	  "cel=1 dropbox=1 /0" },
	{ "two_promises_of_one_contact_are_two",
	  "Callback",
	  { PROMISED, "1 10:30:00 source=cel callback_id=0000000000000003 "
	              "contact=0000000000000007" },
	  NULL,
	  "cel=2 /0" },
	{ "a_queue_in_one_slot_counts_as_events_tell_it",
	  "Gauge",
	  { "1 10:00:00 source=esl" SLOT, "1 10:00:00 source=ami" SLOT },
	  NULL,
	  "ami=1 /1" },
	{ "a_shorter_slot_within_a_longer_is_the_same",
	  "Gauge",
	  { "1 10:00:00 source=esl" SLOT, "1 10:00:50 source=ami queue=sales slot_ms=10000" },
	  NULL,
	  "ami=1 /1" },
	{ "the_next_slot_is_another",
	  "Gauge",
	  { "1 10:00:00 source=ami" SLOT, "1 10:01:00 source=esl" SLOT },
	  NULL,
	  "ami=1 esl=1 /0" },
	{ "queues_of_one_name_on_two_hosts_are_two",
	  "Gauge",
	  { "1 10:00:00 source=ami" SLOT, "1 10:00:00 source=esl host=other" SLOT },
	  NULL,
	  "ami=1 esl=1 /0" },
	{ "other_kinds_count_as_they_are_told",
	  "KnowledgeUse",
	  { "1 10:00:00 source=access_log session_id=0000000000000001 kind=view "
	    "article_id=0000000000000001",
	    "1 10:00:00 source=dropbox session_id=0000000000000001 kind=view "
	    "article_id=0000000000000001" },
	  NULL,
	  "dropbox=1 access_log=1 /0" },
};

static void add_rows(struct score_world *w, const struct once_case *c)
{
	for (size_t i = 0; i < ROWS_MAX && c->rows[i] != NULL; i++) {
		struct slice rest = slice_of(c->rows[i]);
		int day = slice_cut(&rest, ' ').at[0] - '0';
		char time[9];

		(void)snprintf(time, sizeof(time), "%.8s", slice_cut(&rest, ' ').at);
		score_world_add(w, c->kind, "at_us=%lld %s%.*s",
		                (long long)block_world_us(day, time),
		                strstr(c->rows[i], "host=") == NULL ? "host=h " : "", (int)rest.len,
		                rest.at);
	}
	score_world_put(w);
}

static const struct expr *expr_of(struct score_world *w, const struct once_case *c,
                                  struct arena *arena)
{
	const struct expr *of = NULL;

	if (c->of != NULL) {
		assert_int_equal(expr_parse(&of, product_kind(c->kind), slice_of(c->of),
		                            EXPR_IS_TRUTH, arena, &w->fault),
		                 0);
	}
	return of;
}

static int on_group(void *arg, const struct store_tally_row *row)
{
	buf_printf(arg, "%.*s=%llu ", (int)row->group.len, row->group.at,
	           (unsigned long long)row->n);
	return 0;
}

static int on_column(void *arg, const struct store_columns_row *row)
{
	(void)row;
	(*(uint64_t *)arg)++;
	return 0;
}

static void once_run(void **state)
{
	const struct once_case *c = *state;
	const struct cxm_kind *kind = product_kind(c->kind);
	struct score_world *w;
	void *world;
	struct arena arena;
	struct buf out;
	uint64_t twice;
	uint64_t columns = 0;

	assert_int_equal(score_world_set_up(&world), 0);
	w = world;
	arena_init(&arena, 65536);
	buf_init(&out, 4096);
	add_rows(w, c);
	struct store_tally tally = { .range = { kind, SCORE_WORLD_SITE,
		                                block_world_us(1, "00:00:00"),
		                                block_world_us(3, "00:00:00") },
		                     .of = expr_of(w, c, &arena),
		                     .group = cxm_field_named(kind, SLICE("source")) };
	struct store_columns listed = { .range = tally.range, .of = tally.of };

	assert_int_equal(w->store->ops->tally(w->store, &tally, on_group, &out, &w->fault), 0);
	assert_int_equal(w->store->ops->twice(w->store, &tally.range, tally.of, &twice, &w->fault),
	                 0);
	buf_printf(&out, "/%llu", (unsigned long long)twice);
	assert_string_equal(buf_text(&out), c->want);
	/* columns leave out the same */
	assert_int_equal(w->store->ops->columns(w->store, &listed, on_column, &columns, &w->fault),
	                 0);
	tally.group = NULL;
	buf_reset(&out);
	assert_int_equal(w->store->ops->tally(w->store, &tally, on_group, &out, &w->fault), 0);
	assert_int_equal(strtoull(strchr(buf_text(&out), '=') + 1, NULL, 10), columns);
	buf_free(&out);
	arena_free(&arena);
	assert_int_equal(score_world_tear_down(&world), 0);
}

/* What the two sources count together, as "source=rows ". */
static void count_payments(struct score_world *w, struct buf *out)
{
	const struct cxm_kind *kind = product_kind("Payment");
	const struct store_tally tally = { .range = { kind, SCORE_WORLD_SITE,
		                                      block_world_us(1, "00:00:00"),
		                                      block_world_us(3, "00:00:00") },
		                           .group = cxm_field_named(kind, SLICE("source")) };

	assert_int_equal(w->store->ops->tally(w->store, &tally, on_group, out, &w->fault), 0);
}

static void a_muting_that_is_told_late_takes_the_place(void **state)
{
	static const struct once_case card = { .kind = "Payment", .rows = { LONG_CARD } };
	static const struct once_case muted = { .kind = "Payment", .rows = { MUTED_LONG } };
	struct score_world *w = *state;
	struct buf out;

	buf_init(&out, 4096);
	add_rows(w, &card);
	count_payments(w, &out);
	add_rows(w, &muted);
	count_payments(w, &out);
	assert_string_equal(buf_text(&out), "cel=1 ami=1 ");
	buf_free(&out);
}

static int on_twins(void *arg, int n, char **values, char **names)
{
	(void)n;
	(void)values;
	(void)names;
	(*(unsigned *)arg)++;
	return 0;
}

/* As one is that an older program made, open to read only. */
static void a_store_without_the_index_counts_the_same(void **state)
{
	static const struct once_case both = { .kind = "Payment",
		                               .rows = { LONG_CARD, MUTED_LONG } };
	struct score_world *w = *state;
	sqlite3 *db = store_sqlite_of(w->store)->db;
	unsigned twins = 0;
	struct buf out;

	buf_init(&out, 4096);
	add_rows(w, &both);
	assert_int_equal(sqlite3_exec(db, "SELECT 1 FROM sqlite_schema WHERE name='payment_twins'",
	                              on_twins, &twins, NULL),
	                 SQLITE_OK);
	assert_int_equal(twins, 1);
	assert_int_equal(sqlite3_exec(db, "DROP INDEX payment_twins", NULL, NULL, NULL), SQLITE_OK);
	count_payments(w, &out);
	assert_string_equal(buf_text(&out), "ami=1 ");
	buf_free(&out);
}

/* What was asked before is not remembered past what another program stored. */
static void what_another_connection_stores_is_seen_at_once(void **state)
{
	static const struct once_case card = { .kind = "Payment", .rows = { LONG_CARD } };
	struct score_world *w = *state;
	struct store *mine = w->store;
	struct fault fault;
	char url[600];
	struct buf out;

	buf_init(&out, 4096);
	add_rows(w, &card);
	count_payments(w, &out);
	(void)snprintf(url, sizeof(url), "sqlite:%s", store_sqlite_of(mine)->path);
	assert_int_equal(cxm_store_open(&w->store, url, false, w->catalog, &fault), 0);
	score_world_add(w, "Payment",
	                "at_us=%lld host=h source=ami contact=0000000000000007 covered=true "
	                "duration_ms=600000",
	                (long long)block_world_us(1, "09:57:00"));
	score_world_put(w);
	cxm_store_close(w->store);
	w->store = mine;
	count_payments(w, &out);
	assert_string_equal(buf_text(&out), "cel=1 ami=1 ");
	buf_free(&out);
}

static void a_card_says_how_many_were_left_out(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct scorecard *card;
	uint64_t left_out = 0;

	score_world_add(
		w, "Survey",
		"at_us=2026-11-20T10:00:00Z host=h source=cel survey_id=0000000000000001 kind=csat "
		"contact=0000000000000007 value=4");
	score_world_add(w, "Survey",
	                "at_us=2026-11-20T10:00:05Z host=h source=dropbox "
	                "survey_id=0000000000000002 kind=csat "
	                "contact=0000000000000007 value=4");
	score_world_put(w);
	card = score_world_card(w, &request);
	for (size_t i = 0; i < card->n_gaps; i++) {
		left_out += strcmp(card->gaps[i].name, "survey_told_twice") == 0
		                    ? card->gaps[i].count
		                    : 0;
	}
	assert_int_equal(left_out, 1);
	scorecard_free(card);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, rows, once_run);
	cases_test_with(&c, a_muting_that_is_told_late_takes_the_place, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, a_store_without_the_index_counts_the_same, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, what_another_connection_stores_is_seen_at_once, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, a_card_says_how_many_were_left_out, score_world_set_up,
	                score_world_tear_down);
	return cases_run("store/once", &c, NULL, NULL);
}
