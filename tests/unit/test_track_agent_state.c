/* Agents' stretches. The table of logs and records is tests/data/queue_log/agents.txt; here are
 * limits and the state on disk. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/cases.h"
#include "tests/support/feed_fixture.h"
#include "tests/support/log_cases.h"

static void log_becomes_stretches(void **state)
{
	struct log_case *c = *state;
	struct feed_fixture *f = feed_fixture_new(QUEUE_CALL_OPEN_MIN);

	queue_feed_lines(&f->feed, (struct slice){ (const char *)c->log.data, c->log.len });
	queue_feed_finish(&f->feed);
	assert_string_equal(buf_text(&f->r.out), buf_text(&c->want));
	feed_fixture_free(f);
}

static const struct agent_state_counters *counters(const struct feed_fixture *f)
{
	return agent_state_counters(f->feed.agents);
}

static void full_table_cuts_the_oldest(void **state)
{
	struct feed_fixture *f = feed_fixture_new(QUEUE_CALL_OPEN_MIN);
	char line[96];

	(void)state;
	feed_fixture_take(f, "1000|NONE|sales|Ana|PAUSE|lunch\n");
	for (unsigned i = 0; i < AGENT_STATE_OPEN_MAX; i++) {
		(void)snprintf(line, sizeof(line), "%u|NONE|sales|a%u|PAUSE|\n", 1001 + i, i);
		feed_fixture_take(f, line);
	}
	assert_string_equal(buf_text(&f->r.out),
	                    "AgentSpan at=1000 agent=<Ana> queue=sales state=paused "
	                    "seen=5096 duration_ms=4096000 reason=lunch cut=1\n");
	assert_int_equal(counters(f)->evicted, 1);
	feed_fixture_free(f);
}

static void full_state_fits_its_ceiling(void **state)
{
	struct feed_fixture *f = feed_fixture_new(QUEUE_CALL_OPEN_MIN);
	struct buf saved;
	char line[512];

	(void)state;
	buf_init(&saved, AGENT_STATE_STATE_MAX_BYTES);
	for (unsigned i = 0; i < AGENT_STATE_OPEN_MAX; i++) {
		(void)snprintf(line, sizeof(line), "4000000000|NONE|%0200u|a%u|PAUSE|%0200u\n", i,
		               i, i);
		feed_fixture_take(f, line);
	}
	agent_state_save(f->feed.agents, &saved);
	assert_false(saved.failed);
	assert_true(saved.len > (size_t)AGENT_STATE_OPEN_MAX * 200);
	buf_free(&saved);
	feed_fixture_free(f);
}

static void ends_without_beginnings_are_counted(void **state)
{
	struct feed_fixture *f = feed_fixture_new(QUEUE_CALL_OPEN_MIN);

	(void)state;
	feed_fixture_take(f, "1000|NONE|sales|Ana|UNPAUSE|\n1001|MANAGER|sales|Ana|REMOVEMEMBER|\n"
	                     "1002|NONE|sales|NONE|PAUSE|\n");
	assert_int_equal(counters(f)->orphans, 3);
	feed_fixture_free(f);
}

static void save_some(struct feed_fixture *f, struct buf *saved)
{
	buf_init(saved, AGENT_STATE_STATE_MAX_BYTES);
	feed_fixture_take(f, "1000|MANAGER|sales|Ana|ADDMEMBER|PAUSED\n"
	                     "1001|NONE|tech|Rui|PAUSE|acw\n1002|NONE|NONE|Eva|AGENTLOGIN|x\n");
	agent_state_save(f->feed.agents, saved);
	record_text_reset(&f->r);
}

static void saved_stretches_go_on(void **state)
{
	struct feed_fixture *f = feed_fixture_new(QUEUE_CALL_OPEN_MIN);
	struct feed_fixture *g = feed_fixture_new(QUEUE_CALL_OPEN_MIN);
	struct buf saved;
	struct cursor in;

	(void)state;
	save_some(f, &saved);
	in = cursor_of(saved.data, saved.len);
	assert_int_equal(agent_state_load(g->feed.agents, &in), 0);
	assert_int_equal(cursor_left(&in), 0);
	feed_fixture_take(f, "1010|NONE|tech|Rui|UNPAUSE|\n");
	feed_fixture_take(g, "1010|NONE|tech|Rui|UNPAUSE|\n");
	queue_feed_finish(&f->feed);
	queue_feed_finish(&g->feed);
	assert_int_equal(f->r.n_records, 4);
	assert_string_equal(buf_text(&g->r.out), buf_text(&f->r.out));
	buf_free(&saved);
	feed_fixture_free(f);
	feed_fixture_free(g);
}

static void truncated_state_is_refused_at_every_length(void **state)
{
	struct feed_fixture *f = feed_fixture_new(QUEUE_CALL_OPEN_MIN);
	struct buf saved;

	(void)state;
	save_some(f, &saved);
	for (size_t n = 0; n < saved.len; n++) {
		struct cursor in = cursor_of(saved.data, n);

		assert_int_equal(agent_state_load(f->feed.agents, &in), -EBADMSG);
	}
	queue_feed_finish(&f->feed);
	assert_int_equal(f->r.n_records, 0);
	buf_free(&saved);
	feed_fixture_free(f);
}

static void flipped_bits_never_break_the_tracker(void **state)
{
	struct feed_fixture *f = feed_fixture_new(QUEUE_CALL_OPEN_MIN);
	struct buf saved;

	(void)state;
	save_some(f, &saved);
	for (size_t bit = 0; bit < saved.len * 8; bit++) {
		struct cursor in = cursor_of(saved.data, saved.len);

		saved.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
		(void)agent_state_load(f->feed.agents, &in);
		agent_state_finish(f->feed.agents);
		saved.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	buf_free(&saved);
	feed_fixture_free(f);
}

static void state_with_one_stretch_twice_is_refused(void **state)
{
	struct feed_fixture *f = feed_fixture_new(QUEUE_CALL_OPEN_MIN);
	struct buf saved;
	struct buf twice;
	struct cursor in;

	(void)state;
	buf_init(&saved, AGENT_STATE_STATE_MAX_BYTES);
	buf_init(&twice, AGENT_STATE_STATE_MAX_BYTES);
	feed_fixture_take(f, "1|NONE|tech|Rui|PAUSE|acw\n");
	agent_state_save(f->feed.agents, &saved);
	/* u8 version, varint 1000000 (3 bytes), varint count, the stretch */
	buf_add(&twice, saved.data, saved.len);
	assert_int_equal(twice.data[4], 1);
	twice.data[4] = 2;
	buf_add(&twice, saved.data + 5, saved.len - 5);
	in = cursor_of(twice.data, twice.len);
	assert_int_equal(agent_state_load(f->feed.agents, &in), -EBADMSG);
	buf_free(&saved);
	buf_free(&twice);
	feed_fixture_free(f);
}

int main(void)
{
	static const struct CMUnitTest plain[] = {
		cmocka_unit_test(full_table_cuts_the_oldest),
		cmocka_unit_test(full_state_fits_its_ceiling),
		cmocka_unit_test(ends_without_beginnings_are_counted),
		cmocka_unit_test(saved_stretches_go_on),
		cmocka_unit_test(truncated_state_is_refused_at_every_length),
		cmocka_unit_test(flipped_bits_never_break_the_tracker),
		cmocka_unit_test(state_with_one_stretch_twice_is_refused),
	};
	struct log_cases *table = log_cases_read("tests/data/queue_log/agents.txt");
	struct CMUnitTest tests[LOG_CASES_MAX + COUNT(plain)];
	size_t n = 0;
	int failed;

	for (size_t i = 0; i < table->count; i++) {
		tests[n++] =
			case_test(table->items[i].name, log_becomes_stretches, &table->items[i]);
	}
	for (size_t i = 0; i < COUNT(plain); i++) {
		tests[n++] = plain[i];
	}
	failed = _cmocka_run_group_tests("agent_state", tests, n, NULL, NULL);
	log_cases_free(table);
	return failed;
}
