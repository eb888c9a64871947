/*
 * What channel events come to: calls, visits to self-service, hand-offs, surveys and the rest; and
 * that what is open survives a restart of the agent, in the middle of anything.
 */
#include <stdio.h>
#include <stdlib.h>

#include "agent/track/call_state.h"
#include "tests/support/cases.h"
#include "tests/support/cel_fixture.h"

#define TRUNK "PJSIP/carrier-1"

static int setup(void **state)
{
	*state = cel_fixture_new(CEL_CALL_OPEN_MIN);
	return 0;
}

static int teardown(void **state)
{
	cel_fixture_free(*state);
	return 0;
}

/* ---- shorthand: a call of customer 5550001 that Ana takes out of the queue sales ---- */

#define COMES_IN                                                                                   \
	"100 CHAN_START c1 c1 " TRUNK " from-trunk \"\" \"\" \"\" 5550001\n"                       \
	"101 ANSWER c1 c1 " TRUNK " from-trunk Answer\n"
#define IN_MENU  "102 IVR_START c1 c1 " TRUNK " ivr-main X X \"\" \"\" main\n"
#define IN_QUEUE "110 APP_START c1 c1 " TRUNK " to-queue Queue sales,tc\n"
#define ANA_ANSWERS                                                                                \
	"111 CHAN_START a1 c1 PJSIP/101-2 internal\n"                                              \
	"113 ANSWER a1 c1 PJSIP/101-2 internal AppQueue \"(Outgoing Line)\" Ana 101\n"             \
	"114 BRIDGE_ENTER a1 c1 PJSIP/101-2 internal AppQueue X Ana 101 "                          \
	"\"{\"\"bridge_id\"\":\"\"b1\"\"}\"\n"                                                     \
	"114 BRIDGE_ENTER c1 c1 " TRUNK " to-queue Queue sales,tc \"\" \"\" "                      \
	"\"{\"\"bridge_id\"\":\"\"b1\"\"}\"\n"
#define HANGS_UP(at, source)                                                                       \
	at " HANGUP c1 c1 " TRUNK " to-queue \"\" \"\" \"\" \"\" "                                 \
	   "\"{\"\"hangupsource\"\":\"\"" source "\"\"}\"\n" at " CHAN_END c1 c1 " TRUNK           \
	   " to-queue\n" at " LINKEDID_END c1 c1 " TRUNK " to-queue\n"

#define PAYS                                                                                       \
	"119 APP_START c1 c1 " TRUNK " pay-card Wait\n"                                            \
	"120 PAYMENT_START c1 c1 " TRUNK " pay-card X\n"                                           \
	"150 PAYMENT_END c1 c1 " TRUNK " pay-card X\n"                                             \
	"151 APP_START c1 c1 " TRUNK " pay-card Playback\n"

struct case_row {
	const char *name;
	const char *lines;
	const char *has;   /* among what was recorded */
	const char *lacks; /* NULL: nothing */
};

static const struct case_row rows[] = {
	/* visits */
	{ "a_visit_that_goes_to_a_queue_is_queued",
	  COMES_IN IN_MENU IN_QUEUE HANGS_UP("120", TRUNK),
	  "SelfServiceVisit at=102 contact=<c1> flow=main seen=110 customer=<5550001> "
	  "outcome=queued duration_ms=8000 first_value_ms=9000",
	  NULL },
	{ "a_visit_is_told_once", COMES_IN IN_MENU IN_QUEUE HANGS_UP("120", TRUNK),
	  "outcome=queued", "outcome=abandoned" },
	{ "the_far_end_hanging_up_is_an_abandoned_visit", COMES_IN IN_MENU HANGS_UP("120", TRUNK),
	  "outcome=abandoned duration_ms=18000", NULL },
	{ "our_end_hanging_up_is_a_disconnected_visit", COMES_IN IN_MENU HANGS_UP("120", ""),
	  "outcome=disconnected", NULL },
	{ "a_hang_up_of_unknown_side_is_an_unknown_end",
	  COMES_IN IN_MENU "120 HANGUP c1 c1 " TRUNK " ivr-main\n"
	                   "120 LINKEDID_END c1 c1 " TRUNK " ivr-main\n",
	  "outcome=unknown_end", "duration_ms=18000 first" },
	{ "a_caller_gone_before_the_first_menu_has_made_no_visit",
	  COMES_IN "102 HANGUP c1 c1 " TRUNK " ivr-main \"\" \"\" \"\" \"\" "
	           "\"{\"\"hangupsource\"\":\"\"" TRUNK "\"\"}\"\n"
	           "102 LINKEDID_END c1 c1 " TRUNK " ivr-main\n",
	  "Call at=100 contact=<c1>", "SelfServiceVisit" },
	{ "a_completed_task_is_contained_with_its_path",
	  COMES_IN IN_MENU "107 APP_START c1 c1 " TRUNK " ivr-balance Read\n"
	                   "109 IVR_SELFSERVICE c1 c1 " TRUNK
	                   " ivr-balance X X \"\" \"\" balance\n" HANGS_UP("120", ""),
	  "outcome=contained duration_ms=18000 first_value_ms=6000 task_started=1 "
	  "task_completed=1",
	  NULL },
	{ "the_path_joins_menus_and_tasks",
	  COMES_IN IN_MENU "107 APP_START c1 c1 " TRUNK " ivr-balance Read\n" HANGS_UP("120", ""),
	  "path=main>balance last_step=balance", NULL },
	{ "contexts_alone_make_a_visit",
	  COMES_IN "103 APP_START c1 c1 " TRUNK " ivr-main BackGround x\n" HANGS_UP("120", TRUNK),
	  "SelfServiceVisit at=103 contact=<c1> flow=main", NULL },
	{ "asking_for_a_person_at_the_first_menu_is_told",
	  COMES_IN IN_MENU "104 IVR_OPERATOR c1 c1 " TRUNK
	                   " ivr-main X X \"\" \"\" 0\n" HANGS_UP("120", TRUNK),
	  "outcome=operator duration_ms=2000", NULL },
	{ "asking_later_is_not_at_the_first_menu",
	  COMES_IN IN_MENU "103 APP_START c1 c1 " TRUNK " ivr-balance Read\n"
	                   "104 IVR_OPERATOR c1 c1 " TRUNK
	                   " ivr-balance X\n" HANGS_UP("120", TRUNK),
	  "zero_out=1", "first_menu_only=1" },
	{ "wrong_and_missing_inputs_are_counted",
	  COMES_IN IN_MENU "103 IVR_INVALID c1 c1 " TRUNK " ivr-main X X \"\" \"\" 9\n"
	                   "104 IVR_INVALID c1 c1 " TRUNK " ivr-main X X \"\" \"\" 9\n"
	                   "105 IVR_TIMEOUT c1 c1 " TRUNK
	                   " ivr-main X X \"\" \"\" 1\n" HANGS_UP("120", ""),
	  "invalid_inputs=2 timeout_inputs=1", NULL },
	{ "a_step_that_holds_digits_is_not_shown",
	  COMES_IN "102 IVR_START c1 c1 " TRUNK
	           " ivr-main X X \"\" \"\" pin-4711\n" HANGS_UP("120", ""),
	  "flow=number", "4711" },
	{ "only_ok_identifies",
	  COMES_IN IN_MENU "103 IVR_AUTH c1 c1 " TRUNK
	                   " ivr-main X X \"\" \"\" fail\n" HANGS_UP("120", ""),
	  "outcome=disconnected", "identified=1" },
	/* hand-offs */
	{ "a_blind_transfer_that_is_answered_is_not_lost",
	  COMES_IN IN_QUEUE ANA_ANSWERS
	  "120 BLINDTRANSFER a1 c1 PJSIP/101-2 internal AppQueue X Ana 101 "
	  "\"{\"\"extension\"\":\"\"602\"\"}\"\n"
	  "121 CHAN_START x1 c1 PJSIP/602-9 internal\n"
	  "123 ANSWER x1 c1 PJSIP/602-9 internal AppDial \"(Outgoing Line)\" Rui 602\n" HANGS_UP(
		  "140", TRUNK),
	  "Handoff at=120 contact=<c1> kind=blind from_queue=sales seen=140 from_agent=<Ana> "
	  "to_agent=<Rui> to_role=person answered=1 lost=0 ring_ms=2000 talk_ms=6000",
	  NULL },
	{ "a_customer_who_does_not_wait_for_the_answer_is_lost",
	  COMES_IN IN_QUEUE ANA_ANSWERS
	  "120 BLINDTRANSFER a1 c1 PJSIP/101-2 internal AppQueue X Ana 101\n"
	  "121 CHAN_START x1 c1 PJSIP/602-9 internal\n" HANGS_UP("131", TRUNK),
	  "answered=0 lost=1 ring_ms=10000", NULL },
	{ "a_customer_gone_within_five_seconds_of_the_answer_is_lost",
	  COMES_IN IN_QUEUE ANA_ANSWERS
	  "120 BLINDTRANSFER a1 c1 PJSIP/101-2 internal AppQueue X Ana 101\n"
	  "121 CHAN_START x1 c1 PJSIP/602-9 internal\n"
	  "123 ANSWER x1 c1 PJSIP/602-9 internal AppDial \"(Outgoing Line)\" Rui 602\n" HANGS_UP(
		  "127.9", TRUNK),
	  "answered=1 lost=1", NULL },
	{ "five_seconds_after_the_answer_is_not_lost",
	  COMES_IN IN_QUEUE ANA_ANSWERS
	  "120 BLINDTRANSFER a1 c1 PJSIP/101-2 internal AppQueue X Ana 101\n"
	  "121 CHAN_START x1 c1 PJSIP/602-9 internal\n"
	  "123 ANSWER x1 c1 PJSIP/602-9 internal AppDial \"(Outgoing Line)\" Rui 602\n" HANGS_UP(
		  "128", TRUNK),
	  "answered=1 lost=0", NULL },
	{ "a_transfer_into_a_queue_names_it",
	  COMES_IN IN_QUEUE ANA_ANSWERS
	  "120 BLINDTRANSFER a1 c1 PJSIP/101-2 internal AppQueue X Ana 101\n"
	  "121 APP_START c1 c1 " TRUNK " to-queue Queue billing,tc\n" HANGS_UP("131", TRUNK),
	  "from_queue=sales seen=131 from_agent=<Ana> to_queue=billing to_role=queue "
	  "answered=0 lost=1",
	  NULL },
	{ "a_transfer_told_behind_the_step_into_the_next_queue_is_out_of_the_first",
	  COMES_IN IN_QUEUE ANA_ANSWERS
	  "120 APP_END c1 c1 " TRUNK " to-queue Queue sales,tc\n"
	  "120.0001 APP_START c1 c1 " TRUNK " to-queue Queue billing,tc\n"
	  "120.0002 BLINDTRANSFER a1 c1 PJSIP/101-2 internal AppQueue X Ana 101\n" HANGS_UP("131",
	                                                                                    TRUNK),
	  "Handoff at=120.000200 contact=<c1> kind=blind from_queue=sales seen=131 "
	  "from_agent=<Ana> to_queue=billing to_role=queue answered=0 lost=1",
	  "from_queue=billing" },
	{ "a_transfer_long_behind_it_is_out_of_the_second",
	  COMES_IN IN_QUEUE ANA_ANSWERS
	  "120 APP_END c1 c1 " TRUNK " to-queue Queue sales,tc\n"
	  "120 APP_START c1 c1 " TRUNK " to-queue Queue billing,tc\n"
	  "122 BLINDTRANSFER a1 c1 PJSIP/101-2 internal AppQueue X Ana 101\n" HANGS_UP("131",
	                                                                               TRUNK),
	  "from_queue=billing", "from_queue=sales" },
	{ "a_transfer_told_behind_the_ringing_of_the_next_phone_is_to_that_one",
	  COMES_IN IN_QUEUE ANA_ANSWERS
	  "119.982402 APP_END c1 c1 " TRUNK " to-queue Queue sales,tc\n"
	  "119.982403 APP_START c1 c1 " TRUNK " internal Dial PJSIP/602,20,tT\n"
	  "119.983313 CHAN_START x1 c1 PJSIP/602-9 internal\n"
	  "120.000984 BLINDTRANSFER a1 c1 PJSIP/101-2 internal AppQueue X Ana 101\n"
	  "121.983313 ANSWER x1 c1 PJSIP/602-9 internal AppDial \"(Outgoing Line)\" Rui "
	  "602\n" HANGS_UP("140", TRUNK),
	  "Handoff at=120.000984 contact=<c1> kind=blind from_queue=sales seen=140 "
	  "from_agent=<Ana> to_agent=<Rui> to_role=person answered=1 lost=0 ring_ms=2000 "
	  "talk_ms=6000",
	  "kind=consult" },
	{ "a_phone_that_rings_before_the_customer_was_taken_away_is_not_the_next",
	  COMES_IN IN_QUEUE ANA_ANSWERS
	  "118 CHAN_START x1 c1 PJSIP/602-9 internal\n"
	  "119.9 APP_END c1 c1 " TRUNK " to-queue Queue sales,tc\n"
	  "120 BLINDTRANSFER a1 c1 PJSIP/101-2 internal AppQueue X Ana 101\n"
	  "121 CHAN_START x2 c1 PJSIP/603-9 internal\n"
	  "123 ANSWER x2 c1 PJSIP/603-9 internal AppDial \"(Outgoing Line)\" Rui 603\n" HANGS_UP(
		  "140", TRUNK),
	  "from_agent=<Ana> to_agent=<Rui> to_role=person answered=1 lost=0 ring_ms=2000", NULL },
	{ "a_transfer_long_behind_the_end_of_the_talk_is_to_who_rings_then",
	  COMES_IN IN_QUEUE ANA_ANSWERS
	  "118 APP_END c1 c1 " TRUNK " to-queue Queue sales,tc\n"
	  "118.5 CHAN_START x1 c1 PJSIP/602-9 internal\n"
	  "120 BLINDTRANSFER a1 c1 PJSIP/101-2 internal AppQueue X Ana 101\n"
	  "121 CHAN_START x2 c1 PJSIP/603-9 internal\n"
	  "123 ANSWER x2 c1 PJSIP/603-9 internal AppDial \"(Outgoing Line)\" Rui 603\n" HANGS_UP(
		  "140", TRUNK),
	  "answered=1 lost=0 ring_ms=2000", NULL },
	{ "a_transfer_to_a_trunk_is_external",
	  COMES_IN IN_QUEUE ANA_ANSWERS
	  "120 BLINDTRANSFER a1 c1 PJSIP/101-2 internal AppQueue X Ana 101\n"
	  "121 CHAN_START x1 c1 PJSIP/carrier-9 from-trunk\n"
	  "123 ANSWER x1 c1 PJSIP/carrier-9 from-trunk AppDial \"(Outgoing Line)\" \"\" "
	  "5550003\n" HANGS_UP("140", TRUNK),
	  "to_role=external answered=1", "to_agent" },
	{ "an_attended_transfer_has_its_consultation",
	  COMES_IN IN_QUEUE ANA_ANSWERS
	  "120 CHAN_START x1 c1 PJSIP/602-9 internal\n"
	  "122 ANSWER x1 c1 PJSIP/602-9 internal AppDial \"(Outgoing Line)\" Rui 602\n"
	  "130 ATTENDEDTRANSFER a1 c1 PJSIP/101-2 internal AppQueue X Ana 101\n" HANGS_UP("140",
	                                                                                  TRUNK),
	  "kind=attended from_queue=sales seen=140 from_agent=<Ana> to_agent=<Rui> "
	  "to_role=person answered=1 lost=0 ring_ms=2000 talk_ms=16000 consult_ms=8000",
	  "kind=consult" },
	{ "an_attended_transfer_before_the_answer_waits_for_it",
	  COMES_IN IN_QUEUE ANA_ANSWERS
	  "120 CHAN_START x1 c1 PJSIP/602-9 internal\n"
	  "121 ATTENDEDTRANSFER a1 c1 PJSIP/101-2 internal AppQueue X Ana 101\n"
	  "124 ANSWER x1 c1 PJSIP/602-9 internal AppDial \"(Outgoing Line)\" Rui 602\n" HANGS_UP(
		  "140", TRUNK),
	  "to_agent=<Rui> to_role=person answered=1 lost=0 ring_ms=4000", "consult_ms" },
	{ "a_consultation_without_transfer_is_a_consult",
	  COMES_IN IN_QUEUE ANA_ANSWERS
	  "120 CHAN_START x1 c1 PJSIP/602-9 internal\n"
	  "122 ANSWER x1 c1 PJSIP/602-9 internal AppDial \"(Outgoing Line)\" Rui 602\n"
	  "130 CHAN_END x1 c1 PJSIP/602-9 internal\n" HANGS_UP("140", TRUNK),
	  "kind=consult from_queue=sales seen=130 from_agent=<Ana> to_agent=<Rui> "
	  "to_role=person answered=1 ring_ms=2000 consult_ms=8000",
	  "lost=" },
	{ "a_consultation_nobody_answers_has_its_ring_time",
	  COMES_IN IN_QUEUE ANA_ANSWERS
	  "120 CHAN_START x1 c1 PJSIP/602-9 internal\n"
	  "135 CHAN_END x1 c1 PJSIP/602-9 internal\n" HANGS_UP("140", TRUNK),
	  "kind=consult from_queue=sales seen=135 from_agent=<Ana> to_role=person answered=0 "
	  "ring_ms=15000",
	  NULL },
	{ "a_second_line_of_the_phone_is_a_consultation_about_its_customer",
	  COMES_IN IN_QUEUE ANA_ANSWERS
	  "120 CHAN_START c2 c2 PJSIP/101-8 internal\n"
	  "121 CHAN_START x2 c2 PJSIP/602-9 internal\n"
	  "124 ANSWER x2 c2 PJSIP/602-9 internal AppDial \"(Outgoing Line)\" Rui 602\n"
	  "130 CHAN_END x2 c2 PJSIP/602-9 internal\n"
	  "130 LINKEDID_END c2 c2 PJSIP/101-8 internal\n",
	  "Handoff at=120 contact=<c1> kind=consult from_queue=sales seen=130 from_agent=<Ana> "
	  "to_agent=<Rui> to_role=person answered=1 ring_ms=3000 consult_ms=6000",
	  NULL },
	{ "a_second_line_that_is_joined_is_an_attended_transfer",
	  COMES_IN IN_QUEUE ANA_ANSWERS
	  "120 CHAN_START c2 c2 PJSIP/101-8 internal\n"
	  "121 CHAN_START x2 c2 PJSIP/602-9 internal\n"
	  "124 ANSWER x2 c2 PJSIP/602-9 internal AppDial \"(Outgoing Line)\" Rui 602\n"
	  "130 ATTENDEDTRANSFER a1 c1 PJSIP/101-2 internal X X Ana 101 "
	  "\"{\"\"channel2_uniqueid\"\":\"\"c2\"\"}\"\n"
	  "130 LINKEDID_END c2 c2 PJSIP/101-8 internal\n" HANGS_UP("140", TRUNK),
	  "Handoff at=130 contact=<c1> kind=attended from_queue=sales seen=140 from_agent=<Ana> "
	  "to_agent=<Rui>",
	  "kind=consult" },
	{ "three_in_one_bridge_are_a_conference",
	  COMES_IN IN_QUEUE ANA_ANSWERS
	  "120 CHAN_START x1 c1 PJSIP/602-9 internal\n"
	  "122 BRIDGE_ENTER x1 c1 PJSIP/602-9 internal X X Rui 602 "
	  "\"{\"\"bridge_id\"\":\"\"b1\"\"}\"\n"
	  "128 BRIDGE_EXIT x1 c1 PJSIP/602-9 internal\n" HANGS_UP("140", TRUNK),
	  "Handoff at=122 contact=<c1> kind=conference from_queue=sales seen=128 "
	  "from_agent=<Ana> answered=1 consult_ms=6000",
	  NULL },
	{ "three_for_an_instant_are_none",
	  COMES_IN IN_QUEUE ANA_ANSWERS
	  "120 CHAN_START x1 c1 PJSIP/602-9 internal\n"
	  "122 BRIDGE_ENTER x1 c1 PJSIP/602-9 internal X X Rui 602 "
	  "\"{\"\"bridge_id\"\":\"\"b1\"\"}\"\n"
	  "122.1 BRIDGE_EXIT x1 c1 PJSIP/602-9 internal\n" HANGS_UP("140", TRUNK),
	  "Call at=100", "kind=conference" },
	/* calls */
	{ "an_answered_call_names_queue_and_channels",
	  COMES_IN IN_QUEUE ANA_ANSWERS HANGS_UP("140", TRUNK),
	  "Call at=100 contact=<c1> seen=140 customer=<5550001> direction=inbound queue=sales "
	  "agent_answered=1 duration_ms=40000 legs=2",
	  NULL },
	{ "ringing_alone_is_not_answered",
	  COMES_IN IN_QUEUE "111 CHAN_START a1 c1 PJSIP/101-2 internal\n" HANGS_UP("140", TRUNK),
	  "queue=sales agent_answered=0", "agent_answered=1" },
	{ "a_call_we_made_is_outbound",
	  "100 CHAN_START c1 c1 " TRUNK " from-trunk\n"
	  "101 ANSWER c1 c1 " TRUNK
	  " from-trunk AppDial2 \"(Outgoing Line)\" \"\" 5550001\n" HANGS_UP("110", TRUNK),
	  "customer=<5550001> direction=outbound", NULL },
	{ "a_call_of_a_phone_to_a_phone_is_internal",
	  "100 CHAN_START c1 c1 PJSIP/101-1 internal\n"
	  "101 CHAN_START x1 c1 PJSIP/102-2 internal\n"
	  "110 LINKEDID_END c1 c1 PJSIP/101-1 internal\n",
	  "direction=internal", "customer" },
	{ "a_call_of_a_phone_to_a_trunk_is_outbound",
	  "100 CHAN_START c1 c1 PJSIP/101-1 internal\n"
	  "101 CHAN_START x1 c1 PJSIP/carrier-2 from-trunk \"\" \"\" \"\" 5550002\n"
	  "110 LINKEDID_END c1 c1 PJSIP/101-1 internal\n",
	  "customer=<5550002> direction=outbound", NULL },
	{ "a_call_whose_beginning_was_not_read_is_no_call",
	  "110 APP_START c1 c1 " TRUNK " ivr-main BackGround\n" HANGS_UP("140", TRUNK),
	  "SelfServiceVisit at=110", "Call " },
	{ "lines_after_the_last_one_of_a_call_begin_nothing",
	  COMES_IN HANGS_UP("140", TRUNK) "141 BRIDGE_EXIT c1 c1 " TRUNK " x\n", "Call at=100",
	  "Call at=141" },
	/* what the dialplan tells */
	{ "an_offered_survey_without_answer_is_not_accepted",
	  COMES_IN IN_QUEUE "130 QUEUE_RESULT c1 c1 " TRUNK
	                    " to-queue X X \"\" \"\" CONTINUE\n" HANGS_UP("140", TRUNK),
	  "SurveyOffer at=130 contact=<c1> seen=140 customer=<5550001> queue=sales accepted=0",
	  NULL },
	{ "another_result_of_the_queue_offers_nothing",
	  COMES_IN IN_QUEUE "130 QUEUE_RESULT c1 c1 " TRUNK
	                    " to-queue X X \"\" \"\" FULL\n" HANGS_UP("140", TRUNK),
	  "Call at=100", "SurveyOffer" },
	{ "an_answer_is_a_survey_of_the_agent",
	  COMES_IN IN_QUEUE ANA_ANSWERS "130 SURVEY c1 c1 " TRUNK
	                                " to-queue X X \"\" \"\" 4\n" HANGS_UP("140", TRUNK),
	  "value=4 scale_min=1 scale_max=5 queue=sales contact=<c1> customer=<5550001> "
	  "agent=<Ana> touchpoint=after_call",
	  NULL },
	{ "an_answer_beyond_the_scale_is_dropped",
	  COMES_IN IN_QUEUE "130 SURVEY c1 c1 " TRUNK
	                    " to-queue X X \"\" \"\" 9\n" HANGS_UP("140", TRUNK),
	  "Call at=100", "Survey" },
	{ "an_answer_as_long_as_a_pin_is_dropped",
	  COMES_IN IN_QUEUE "130 SURVEY c1 c1 " TRUNK
	                    " to-queue X X \"\" \"\" 0004\n" HANGS_UP("140", TRUNK),
	  "Call at=100", "Survey" },
	{ "a_promised_callback_is_told",
	  COMES_IN "130 CALLBACK_REQUEST c1 c1 " TRUNK
	           " queue-keys X X \"\" \"\" 5550002\n" HANGS_UP("140", TRUNK),
	  "customer=<5550002> contact=<c1>", "attempt" },
	{ "a_call_to_the_promised_number_is_the_attempt",
	  COMES_IN
	  "130 CALLBACK_REQUEST c1 c1 " TRUNK " queue-keys X X \"\" \"\" 5550001\n" HANGS_UP(
		  "140",
		  TRUNK) "200 CHAN_START c2 c2 PJSIP/carrier-7 from-trunk \"\" \"\" \"\" 5550001\n"
	                 "205 ANSWER c2 c2 PJSIP/carrier-7 from-trunk AppDial2 \"(Outgoing "
	                 "Line)\"\n"
	                 "230 LINKEDID_END c2 c2 PJSIP/carrier-7 from-trunk\n",
	  "attempt=200 ring_ms=5000 reached=1", NULL },
	{ "whether_a_payment_without_one_was_recorded_is_not_known",
	  COMES_IN "120 PAYMENT_START c1 c1 " TRUNK " pay X\n"
	           "150 PAYMENT_END c1 c1 " TRUNK " pay X\n" HANGS_UP("160", TRUNK),
	  "Payment at=120 contact=<c1> seen=150 duration_ms=30000", "recorded" },
	{ "a_recording_stopped_over_the_payment_covers_it",
	  COMES_IN "110 APP_START c1 c1 " TRUNK " x MixMonitor f\n"
	           "119 APP_START c1 c1 " TRUNK " x StopMixMonitor\n"
	           "120 PAYMENT_START c1 c1 " TRUNK " pay X\n"
	           "150 PAYMENT_END c1 c1 " TRUNK " pay X\n" HANGS_UP("160", TRUNK),
	  "recorded=1 covered=1", NULL },
	{ "a_recording_that_runs_does_not_cover_it",
	  COMES_IN "110 APP_START c1 c1 " TRUNK " x MixMonitor f\n"
	           "120 PAYMENT_START c1 c1 " TRUNK " pay X\n"
	           "150 PAYMENT_END c1 c1 " TRUNK " pay X\n" HANGS_UP("160", TRUNK),
	  "recorded=1 covered=0", NULL },
	{ "a_recording_may_stop_right_behind_the_mark_and_go_on_right_before_the_end",
	  COMES_IN "110 APP_START c1 c1 " TRUNK " x MixMonitor f\n"
	           "120 PAYMENT_START c1 c1 " TRUNK " pay X\n"
	           "122 APP_START c1 c1 " TRUNK " x StopMixMonitor\n"
	           "148 APP_START c1 c1 " TRUNK " x MixMonitor f\n"
	           "150 PAYMENT_END c1 c1 " TRUNK " pay X\n" HANGS_UP("160", TRUNK),
	  "recorded=1 covered=1", NULL },
	{ "a_recording_that_stops_too_late_does_not_cover_it",
	  COMES_IN "110 APP_START c1 c1 " TRUNK " x MixMonitor f\n"
	           "120 PAYMENT_START c1 c1 " TRUNK " pay X\n"
	           "123 APP_START c1 c1 " TRUNK " x StopMixMonitor\n"
	           "150 PAYMENT_END c1 c1 " TRUNK " pay X\n" HANGS_UP("160", TRUNK),
	  "recorded=1 covered=0", NULL },
	{ "nor_does_one_that_goes_on_too_early",
	  COMES_IN "110 APP_START c1 c1 " TRUNK " x MixMonitor f\n"
	           "119 APP_START c1 c1 " TRUNK " x StopMixMonitor\n"
	           "120 PAYMENT_START c1 c1 " TRUNK " pay X\n"
	           "147 APP_START c1 c1 " TRUNK " x MixMonitor f\n"
	           "150 PAYMENT_END c1 c1 " TRUNK " pay X\n" HANGS_UP("160", TRUNK),
	  "recorded=1 covered=0", NULL },
	{ "a_context_and_its_events_are_one_payment", COMES_IN PAYS HANGS_UP("160", TRUNK),
	  "Payment at=119 contact=<c1> seen=150 duration_ms=31000", "Payment at=151" },
	{ "a_start_behind_the_end_in_one_context_is_another_payment",
	  COMES_IN PAYS "152 PAYMENT_START c1 c1 " TRUNK " pay-card X\n"
	                "158 PAYMENT_END c1 c1 " TRUNK " pay-card X\n" HANGS_UP("160", TRUNK),
	  "Payment at=152 contact=<c1> seen=158 duration_ms=6000", NULL },
	{ "a_context_entered_anew_is_another_payment",
	  COMES_IN PAYS "152 APP_START c1 c1 " TRUNK " menu Read\n"
	                "154 APP_START c1 c1 " TRUNK " pay-card Read\n"
	                "158 PAYMENT_END c1 c1 " TRUNK " pay-card X\n" HANGS_UP("160", TRUNK),
	  "Payment at=154 contact=<c1> seen=158 duration_ms=4000", NULL },
	{ "a_lookup_with_a_text_has_found_the_customer",
	  COMES_IN "102 CRM_LOOKUP c1 c1 " TRUNK
	           " from-trunk X X \"\" \"\" C60271\n" HANGS_UP("140", TRUNK),
	  "ContactFact at=102 contact=<c1> seen=140 customer=<5550001> recognised=1", "C60271" },
	{ "a_lookup_without_text_has_not",
	  COMES_IN "102 CRM_LOOKUP c1 c1 " TRUNK
	           " from-trunk X X \"\" \"\" \"\"\n" HANGS_UP("140", TRUNK),
	  "recognised=0", "recognised=1" },
	{ "a_dialog_that_the_dialplan_names_joins_the_call_to_its_packets",
	  COMES_IN "102 CALL_ID c1 c1 " TRUNK
	           " from-trunk X X \"\" \"\" C60271@10.0.0.9\n" HANGS_UP("140", TRUNK),
	  "CallLeg at=102 contact=<c1> dialog=", "C60271" },
	{ "a_call_without_one_has_no_leg",
	  COMES_IN "102 CALL_ID c1 c1 " TRUNK
	           " from-trunk X X \"\" \"\" \"\"\n" HANGS_UP("140", TRUNK),
	  "Call at=", "CallLeg" },
	{ "digits_go_nowhere",
	  COMES_IN IN_MENU "103 DTMF c1 c1 " TRUNK " ivr-balance Read PIN \"\" \"\" "
	                   "\"{\"\"digit\"\":\"\"7\"\"}\"\n" HANGS_UP("140", TRUNK),
	  "outcome=abandoned", "balance" },
};

static void case_run(void **state)
{
	const struct case_row *row = *state;
	struct cel_fixture *f = cel_fixture_new(CEL_CALL_OPEN_MIN);
	const char *text;

	cel_fixture_take(f, row->lines);
	text = cel_fixture_text(f);
	if (strstr(text, row->has) == NULL || (row->lacks != NULL && strstr(text, row->lacks))) {
		fail_msg("wanted: %s\nwithout: %s\ngot:\n%s", row->has, row->lacks, text);
	}
	cel_fixture_free(f);
}

/* ---- tables, time and repetition ---- */

static void a_part_read_twice_changes_nothing(void **state)
{
	struct cel_fixture *f = *state;
	char once[4096];

	cel_fixture_take(f, COMES_IN IN_MENU IN_QUEUE ANA_ANSWERS HANGS_UP("140", TRUNK));
	(void)snprintf(once, sizeof(once), "%s", cel_fixture_text(f));
	record_text_reset(&f->r);
	cel_fixture_take(f, COMES_IN COMES_IN IN_MENU IN_QUEUE ANA_ANSWERS HANGS_UP("140", TRUNK));
	assert_string_equal(cel_fixture_text(f), once);
	assert_int_equal(cel_call_counters(f->feed.calls)->repeated, 1);
}

static void a_unique_id_used_anew_cuts_the_old_call(void **state)
{
	struct cel_fixture *f = *state;

	cel_fixture_take(f, COMES_IN IN_MENU "500 CHAN_START c1 c1 " TRUNK
	                                     " from-trunk \"\" \"\" \"\" 5550002\n");
	assert_non_null(strstr(cel_fixture_text(f), "outcome=unknown_end"));
	assert_int_equal(cel_call_counters(f->feed.calls)->cut, 1);
	assert_int_equal(cel_call_open(f->feed.calls), 1);
}

static void a_full_table_gives_up_the_oldest_and_says_so(void **state)
{
	struct cel_fixture *f = *state;
	char line[128];

	for (unsigned i = 0; i <= CEL_CALL_OPEN_MIN; i++) {
		(void)snprintf(line, sizeof(line),
		               "%u CHAN_START k%u k%u PJSIP/carrier-%u from-trunk", 100 + i, i, i,
		               i);
		cel_fixture_take(f, line);
	}
	assert_int_equal(cel_call_open(f->feed.calls), CEL_CALL_OPEN_MIN);
	cel_fixture_finish(f);
	assert_int_equal(cel_call_counters(f->feed.calls)->evicted, 1);
	assert_non_null(strstr(cel_fixture_text(f), "Gap at=116 reason=table_full part=cel"));
}

static void a_call_older_than_the_limit_has_lost_its_end(void **state)
{
	struct cel_fixture *f = *state;

	cel_fixture_take(f, COMES_IN "90000 CHAN_START c2 c2 PJSIP/carrier-7 from-trunk\n");
	assert_int_equal(cel_call_open(f->feed.calls), 2); /* one line alone may be damaged */
	cel_fixture_take(f, "90001 ANSWER c2 c2 PJSIP/carrier-7 from-trunk Answer\n");
	assert_int_equal(cel_call_open(f->feed.calls), 1);
	assert_int_equal(cel_call_counters(f->feed.calls)->expired, 1);
}

static void a_call_cut_at_the_end_has_no_duration(void **state)
{
	struct cel_fixture *f = *state;

	cel_fixture_take(f, COMES_IN);
	cel_fixture_finish(f);
	assert_non_null(strstr(cel_fixture_text(f), "Call at=100"));
	assert_null(strstr(cel_fixture_text(f), "duration_ms"));
}

static void table_sizes_are_checked(void **state)
{
	struct cel_fixture *f = *state;
	struct cel_call_options options = { f->r.pseudonym,        "h", &f->conf.rules,
		                            CEL_CALL_OPEN_MIN - 1, 1,   CXM__SOURCE__CEL };
	struct emit emit = record_text_emit(&f->r);
	struct cel_call *t;

	assert_int_equal(cel_call_new(&t, &options, &emit), -22);
	options.max_open = CEL_CALL_OPEN_MAX + 1;
	assert_int_equal(cel_call_new(&t, &options, &emit), -22);
}

/* ---- saved and loaded ---- */

static void restart(struct cel_fixture *f)
{
	struct buf state;
	struct cursor in;

	buf_init(&state, CEL_CALL_STATE_MAX_BYTES);
	cel_call_save(f->feed.calls, &state);
	assert_false(state.failed);
	cel_fixture_reopen(f);
	in = cursor_of(state.data, state.len);
	assert_int_equal(cel_call_load(f->feed.calls, &in), 0);
	assert_int_equal(cursor_left(&in), 0);
	buf_free(&state);
}

#define SEEDS 8
#define LINES 400

static void a_restart_behind_any_line_changes_nothing(void **state)
{
	struct cel_fixture *f = *state;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct buf log;
		struct buf whole;
		struct slice rest;
		char line[512];

		buf_init(&log, 1 << 20);
		buf_init(&whole, 1 << 24);
		cel_fixture_generate(seed, LINES, &log);
		record_text_reset(&f->r);
		cel_fixture_reopen(f);
		cel_fixture_take(f, buf_text(&log));
		cel_fixture_finish(f);
		buf_add_text(&whole, cel_fixture_text(f));
		record_text_reset(&f->r);
		cel_fixture_reopen(f);
		rest = slice_of(buf_text(&log));
		while (rest.len > 0) {
			struct slice one = slice_cut(&rest, '\n');

			(void)snprintf(line, sizeof(line), "%.*s", (int)one.len, one.at);
			cel_fixture_take(f, line);
			restart(f);
		}
		cel_fixture_finish(f);
		assert_string_equal(cel_fixture_text(f), buf_text(&whole));
		assert_true(whole.len > 1000);
		buf_free(&log);
		buf_free(&whole);
	}
}

static void a_cut_state_is_refused_and_leaves_the_tracker_new(void **state)
{
	struct cel_fixture *f = *state;
	struct buf saved;

	cel_fixture_take(f, COMES_IN IN_MENU IN_QUEUE ANA_ANSWERS);
	buf_init(&saved, CEL_CALL_STATE_MAX_BYTES);
	cel_call_save(f->feed.calls, &saved);
	for (size_t len = 0; len < saved.len; len++) {
		struct cursor in = cursor_of(saved.data, len);

		assert_int_equal(cel_call_load(f->feed.calls, &in), -74);
		assert_int_equal(cel_call_open(f->feed.calls), 0);
	}
	buf_free(&saved);
}

static void a_payment_that_ended_stays_ended_over_a_restart(void **state)
{
	struct cel_fixture *f = *state;

	cel_fixture_take(f, COMES_IN PAYS);
	restart(f);
	record_text_reset(&f->r);
	cel_fixture_take(f,
	                 "152 APP_START c1 c1 " TRUNK " pay-card Hangup\n" HANGS_UP("160", TRUNK));
	assert_null(strstr(cel_fixture_text(f), "Payment"));
}

/* A call of which no channel is known, so that its last field stands before two empty lists. */
static void a_state_of_before_recordings_had_a_beginning_is_read(void **state)
{
	struct cel_fixture *f = *state;
	struct buf saved;
	struct cursor in;

	cel_fixture_take(f, "120 PAYMENT_START c1 c1 " TRUNK " pay X\n");
	buf_init(&saved, CEL_CALL_STATE_MAX_BYTES);
	cel_call_save(f->feed.calls, &saved);
	assert_int_equal(saved.data[0], 4);
	assert_memory_equal(saved.data + saved.len - 3, "\0\0\0", 3);
	saved.data[0] = 3;
	cel_fixture_reopen(f);
	in = cursor_of(saved.data, saved.len);
	assert_int_equal(cel_call_load(f->feed.calls, &in), 0);
	assert_int_equal(cursor_left(&in), 1); /* that field, which version 3 has not */
	cel_fixture_take(f, "150 PAYMENT_END c1 c1 " TRUNK " pay X\n");
	assert_non_null(strstr(cel_fixture_text(f), "Payment at=120 "));
	buf_free(&saved);
}

/* The key that says that nobody but the dialplan records. */
static void a_payment_is_known_to_be_unrecorded_where_the_dialplan_records_all(void **state)
{
	struct cel_fixture *f = *state;

	f->conf.rules.recordings_in_dialplan = true;
	cel_fixture_reopen(f);
	cel_fixture_take(f, COMES_IN PAYS HANGS_UP("160", TRUNK));
	assert_non_null(strstr(cel_fixture_text(f), "duration_ms=31000 recorded=0\n"));
	record_text_reset(&f->r);
	cel_fixture_take(f, "200 APP_START c9 c9 " TRUNK
	                    " menu Read\n" /* nor was its beginning read */
	                    "219 PAYMENT_START c9 c9 " TRUNK " pay X\n"
	                    "250 PAYMENT_END c9 c9 " TRUNK " pay X\n");
	assert_non_null(strstr(cel_fixture_text(f), "duration_ms=31000\n"));
}

/* Every field at its longest: the largest state there can be fits what the checkpoint may hold. */
static void the_largest_state_fits(void **state)
{
	size_t call = sizeof(struct call) + 64; /* varints of times take ten bytes at most */
	size_t leg = sizeof(struct call_leg) + 32;
	size_t promise = sizeof(struct call_promise) + 32;

	(void)state;
	assert_true(CEL_CALL_OPEN_MAX * (call + CEL_CALL_LEGS_PER_CALL * leg) +
	                    CEL_CALL_PROMISES_MAX * promise <
	            CEL_CALL_STATE_MAX_BYTES);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, rows, case_run);
	cases_test_with(&c, a_part_read_twice_changes_nothing, setup, teardown);
	cases_test_with(&c, a_unique_id_used_anew_cuts_the_old_call, setup, teardown);
	cases_test_with(&c, a_full_table_gives_up_the_oldest_and_says_so, setup, teardown);
	cases_test_with(&c, a_call_older_than_the_limit_has_lost_its_end, setup, teardown);
	cases_test_with(&c, a_call_cut_at_the_end_has_no_duration, setup, teardown);
	cases_test_with(&c, table_sizes_are_checked, setup, teardown);
	cases_test_with(&c, a_restart_behind_any_line_changes_nothing, setup, teardown);
	cases_test_with(&c, a_cut_state_is_refused_and_leaves_the_tracker_new, setup, teardown);
	cases_test_with(&c, a_payment_that_ended_stays_ended_over_a_restart, setup, teardown);
	cases_test_with(&c, a_state_of_before_recordings_had_a_beginning_is_read, setup, teardown);
	cases_test_with(&c, a_payment_is_known_to_be_unrecorded_where_the_dialplan_records_all,
	                setup, teardown);
	cases_test(&c, the_largest_state_fits);
	return cases_run("track/cel_call", &c, NULL, NULL);
}
