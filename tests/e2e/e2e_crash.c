/*
 * kill -9 of agent or collector at random moments of a replay: whatever was cut off, starting again
 * and letting it finish leaves exactly the rows of an undisturbed run. CXM_KILLS says how often
 * (make fault: 100), CXM_SEED which moments.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "common/slice.h"
#include "tests/support/dice.h"
#include "tests/support/lab.h"

#define RUN           "tests/data/run1/"
#define KILLS_DEFAULT 10
#define MOMENT_MAX_MS 1500 /* a replay takes about this long */

static const char *const kinds[] = { "QueueContact", "Handoff", "AgentSpan", "Dialog",
	                             "MediaStream",  "Survey",  "Target",    "Gap" };
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static uint64_t number_from(const char *variable, uint64_t otherwise)
{
	const char *text = getenv(variable);
	uint64_t number = otherwise;

	if (text != NULL && slice_u64(slice_of(text), UINT64_MAX, &number) != 0) {
		fail_msg("%s is \"%s\", no number", variable, text);
	}
	return number;
}

static void replay_whole(struct lab *lab)
{
	lab_replay(lab, "--queue-log", RUN "queue_log", "--pcap", RUN "calls.pcap.zst", "--drop",
	           RUN "drop", NULL);
}

/* Begin a replay and kill one side somewhere in it. */
static void replay_and_kill(struct lab *lab, struct dice *dice)
{
	int moment_ms = (int)dice_below(dice, MOMENT_MAX_MS);
	bool collector_dies = dice_below(dice, 2) == 0;

	lab->agent = lab_spawn(lab, "agent.err", "cxmeter-agent", "replay", "-c",
	                       lab_path(lab, "agent.yaml"), "--queue-log", RUN "queue_log",
	                       "--pcap", RUN "calls.pcap.zst", "--drop", RUN "drop", NULL);
	lab_sleep_ms(moment_ms);
	if (collector_dies) {
		(void)lab_stop(&lab->collector, SIGKILL);
		lab_start_collector(lab);
		lab_sleep_ms(moment_ms / 4); /* let the agent come back sometimes */
	}
	(void)lab_stop(&lab->agent, SIGKILL);
}

static void any_number_of_kills_leaves_the_same_rows(void **state)
{
	uint64_t kills = number_from("CXM_KILLS", KILLS_DEFAULT);
	uint64_t seed = number_from("CXM_SEED", 20261122);
	struct dice dice = { seed };
	struct lab calm;
	struct lab rough;

	(void)state;
	lab_open(&calm, "nord");
	lab_start_collector(&calm);
	lab_write_agent(&calm, "");
	replay_whole(&calm);
	lab_open(&rough, "nord");
	lab_share_key(&rough, &calm);
	lab_start_collector(&rough);
	lab_write_agent(&rough, "");
	for (uint64_t i = 0; i < kills; i++) {
		replay_and_kill(&rough, &dice);
	}
	replay_whole(&rough);
	for (size_t i = 0; i < N_KINDS; i++) {
		char *expected = lab_export(&calm, kinds[i]);
		char *found = lab_export(&rough, kinds[i]);

		if (strcmp(expected, found) != 0) {
			fail_msg("%s differs after %" PRIu64 " kills (seed %" PRIu64 ")", kinds[i],
			         kills, seed);
		}
		free(expected);
		free(found);
	}
	assert_int_equal(lab_count_rows(&rough, "QueueContact"), 309);
	lab_close(&calm);
	lab_close(&rough);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_number_of_kills_leaves_the_same_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
