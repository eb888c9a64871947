/*
 * kill -9 of agent, collector or both in the middle of a replay, again and again: whatever was cut
 * off, starting again and letting it finish leaves exactly the rows of an undisturbed run.
 *
 * Kills come in rounds, each with an empty store and spool, because a kill proves nothing once all
 * records are stored. CXM_KILLS says how many must hit while some are missing; all are counted and
 * printed. CXM_SEED says which moments.
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
#include <time.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "common/slice.h"
#include "tests/support/dice.h"
#include "tests/support/lab.h"

#define RUN             "tests/data/run1/"
#define KILLS_DEFAULT   10
#define KILLS_A_ROUND   5
#define MISSES_MAX      10 /* kills for one that hits: something is wrong with the moments */
#define SEED_DEFAULT    20261122
#define START_MAX_MS    40 /* a program is still starting */
#define FINISH_MS       60000
#define COMMIT_LOOKS_MS 400 /* how long to wait for a commit to strike behind */

static const struct kind {
	const char *name;
	const char *table;
} kinds[] = {
	{ "QueueContact", "queue_contact" },
	{ "Handoff", "handoff" },
	{ "AgentSpan", "agent_span" },
	{ "Dialog", "dialog" },
	{ "MediaStream", "media_stream" },
	{ "Survey", "survey" },
	{ "Target", "target" },
	{ "Gap", "gap" },
};
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

enum victim { AGENT, COLLECTOR, BOTH, N_VICTIMS };
enum moment { AT_START, AFTER_COMMIT, ANY_TIME, N_MOMENTS };

struct score {
	uint64_t kills;
	uint64_t hits; /* while records were missing */
	uint64_t victims[N_VICTIMS];
	uint64_t moments[N_MOMENTS];
	uint64_t rounds;
};

struct crash {
	struct lab calm;
	struct lab rough;
	int64_t rows;     /* of the calm one */
	int replay_ms;    /* an undisturbed replay takes so long */
	struct dice dice; /* the same moments for the same seed */
	struct score score;
};

static uint64_t number_from(const char *variable, uint64_t otherwise)
{
	const char *text = getenv(variable);
	uint64_t number = otherwise;

	if (text != NULL && slice_u64(slice_of(text), UINT64_MAX, &number) != 0) {
		fail_msg("%s is \"%s\", no number", variable, text);
	}
	return number;
}

static unsigned below(struct crash *c, unsigned limit)
{
	return (unsigned)dice_below(&c->dice, limit);
}

/* ---- looking into the store from outside ---- */

static int64_t count_table(sqlite3 *db, const char *table)
{
	sqlite3_stmt *stmt = NULL;
	char sql[64];
	int64_t n = 0;

	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW) {
		n = sqlite3_column_int64(stmt, 0);
	}
	(void)sqlite3_finalize(stmt);
	return n;
}

/* Rows of all kinds; 0 while there is no store yet. */
static int64_t count_rows(const struct lab *lab)
{
	sqlite3 *db = NULL;
	int64_t n = 0;

	if (sqlite3_open_v2(lab_path(lab, "evidence.db"), &db, SQLITE_OPEN_READONLY, NULL) ==
	    SQLITE_OK) {
		for (size_t i = 0; i < N_KINDS; i++) {
			n += count_table(db, kinds[i].table);
		}
	}
	(void)sqlite3_close(db);
	return n;
}

/* ---- replaying ---- */

static void start_replay(struct lab *lab)
{
	lab->agent = lab_spawn(lab, "agent.err", "cxmeter-agent", "replay", "-c",
	                       lab_path(lab, "agent.yaml"), "--queue-log", RUN "queue_log",
	                       "--pcap", RUN "calls.pcap.zst", "--drop", RUN "drop", NULL);
}

static void let_it_finish(struct lab *lab)
{
	int status = 0;

	for (int waited_ms = 0; waitpid(lab->agent, &status, WNOHANG) == 0; waited_ms += 5) {
		if (waited_ms > FINISH_MS) {
			fail_msg("the replay did not end; see %s/agent.err", lab->temp.dir);
		}
		lab_sleep_ms(5);
	}
	lab->agent = 0;
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int)(now.tv_sec % 1000000 * 1000 + now.tv_nsec / 1000000);
}

/* ---- killing ---- */

/* Wait for the moment. A commit is seen by the rows it brought. */
static void wait_for(struct crash *c, enum moment moment)
{
	int64_t before;

	switch (moment) {
	case AT_START:
		lab_sleep_ms((int)below(c, START_MAX_MS));
		break;
	case AFTER_COMMIT:
		lab_sleep_ms((int)below(c, (unsigned)c->replay_ms / 2));
		before = count_rows(&c->rough);
		for (int i = 0; i < COMMIT_LOOKS_MS && count_rows(&c->rough) == before; i++) {
			lab_sleep_ms(1);
		}
		break;
	case ANY_TIME:
	case N_MOMENTS:
		lab_sleep_ms((int)below(c, (unsigned)c->replay_ms * 3 / 4));
		break;
	}
}

/* One kill, and what was killed is started again. What nobody killed goes on: an agent whose
 * collector died connects again. */
static void strike(struct crash *c)
{
	enum moment moment = below(c, N_MOMENTS);
	enum victim victim = below(c, N_VICTIMS);
	struct lab *lab = &c->rough;

	wait_for(c, moment);
	c->score.hits += count_rows(lab) < c->rows;
	c->score.kills++;
	c->score.victims[victim]++;
	c->score.moments[moment]++;
	if (victim != AGENT) {
		(void)lab_stop(&lab->collector, SIGKILL);
	}
	if (victim != COLLECTOR) {
		(void)lab_stop(&lab->agent, SIGKILL);
	}
	if (victim != AGENT) {
		lab_start_collector(lab);
	}
	if (lab->agent == 0 || waitpid(lab->agent, NULL, WNOHANG) != 0) {
		start_replay(lab);
	}
}

static void assert_same_rows(const struct crash *c)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		char *expected = lab_export(&c->calm, kinds[i].name);
		char *found = lab_export(&c->rough, kinds[i].name);

		if (strcmp(expected, found) != 0) {
			fail_msg("%s differs after %" PRIu64 " kills (seed %" PRIu64 ")",
			         kinds[i].name, c->score.kills,
			         number_from("CXM_SEED", SEED_DEFAULT));
		}
		free(expected);
		free(found);
	}
}

static void play_round(struct crash *c, uint64_t hits)
{
	lab_open(&c->rough, "nord");
	lab_share_key(&c->rough, &c->calm);
	lab_start_collector(&c->rough);
	lab_write_agent(&c->rough, "");
	start_replay(&c->rough);
	for (uint64_t i = 0; i < KILLS_A_ROUND && c->score.hits < hits; i++) {
		strike(c);
	}
	let_it_finish(&c->rough);
	assert_same_rows(c);
	lab_close(&c->rough);
	c->score.rounds++;
}

static void begin_calm(struct crash *c)
{
	int began_ms;

	c->dice.state = number_from("CXM_SEED", SEED_DEFAULT);
	lab_open(&c->calm, "nord");
	lab_start_collector(&c->calm);
	lab_write_agent(&c->calm, "");
	began_ms = now_ms();
	start_replay(&c->calm);
	let_it_finish(&c->calm);
	c->replay_ms = now_ms() - began_ms;
	c->rows = count_rows(&c->calm);
	assert_int_equal(lab_count_rows(&c->calm, "QueueContact"), 309);
}

static void say_score(const struct crash *c)
{
	const struct score *s = &c->score;

	print_message("# seed %" PRIu64 ": %" PRIu64 " kills in %" PRIu64 " rounds, %" PRIu64
	              " while records were missing\n# agent %" PRIu64 ", collector %" PRIu64
	              ", both %" PRIu64 "; at start %" PRIu64 ", just after a commit %" PRIu64
	              ", at any time %" PRIu64 " (a replay takes %d ms)\n",
	              number_from("CXM_SEED", SEED_DEFAULT), s->kills, s->rounds, s->hits,
	              s->victims[AGENT], s->victims[COLLECTOR], s->victims[BOTH],
	              s->moments[AT_START], s->moments[AFTER_COMMIT], s->moments[ANY_TIME],
	              c->replay_ms);
}

static void any_number_of_kills_leaves_the_same_rows(void **state)
{
	static struct crash c;
	uint64_t hits = number_from("CXM_KILLS", KILLS_DEFAULT);

	(void)state;
	begin_calm(&c);
	while (c.score.hits < hits) {
		play_round(&c, hits);
		assert_true(c.score.kills <= MISSES_MAX * hits);
	}
	say_score(&c);
	lab_close(&c.calm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_number_of_kills_leaves_the_same_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
