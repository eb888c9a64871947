/* `replay` as a whole, in this process: a configuration on disk, the real collector on loopback,
 * and a source whose files are only names. */
#include "agent/replay.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>

#include "common/log.h"
#include "tests/support/agent_place.h"
#include "tests/support/cases.h"
#include "tests/support/fake_source.h"

static const struct source_ops *const kinds[] = { &fake_source, NULL };

#define NOBODY_PORT 1 /* tcpmux: nobody listens there */

static int setup(void **state)
{
	struct world *w = world_new();

	log_open("test", LOG_LEVEL_ERR);
	world_issue(w, "pbx1");
	world_start(w, "");
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	world_free(*state);
	return 0;
}

static int replay(const char *conf, const char *const *files, size_t n, int64_t timeout_ms)
{
	struct replay_path paths[8];
	struct replay_options options = { conf, paths, n, timeout_ms, false };

	for (size_t i = 0; i < n; i++) {
		paths[i] = (struct replay_path){ "fake", files[i] };
	}
	return agent_replay(&options, kinds);
}

static void files_are_delivered(void **state)
{
	static const char *const files[] = { "one", "two \"quoted\"\\", "thr\tee" };
	struct world *w = *state;

	assert_int_equal(replay(agent_place(w, w->port, ""), files, 3, 20000), EXIT_SUCCESS);
	assert_int_equal(fake_store_rows(w->fs), 300);
}

static void replaying_twice_changes_nothing(void **state)
{
	static const char *const files[] = { "one" };
	struct world *w = *state;
	const char *conf = agent_place(w, w->port, "");

	assert_int_equal(replay(conf, files, 1, 20000), EXIT_SUCCESS);
	assert_int_equal(replay(conf, files, 1, 20000), EXIT_SUCCESS);
	assert_int_equal(fake_store_rows(w->fs), 100);
}

static void configured_sources_are_left_alone(void **state)
{
	static const char *const files[] = { "one" };
	struct world *w = *state;
	const char *conf =
		agent_place(w, w->port, "sources:\n  fake:\n    - { file: /live, amount: 7 }\n");

	assert_int_equal(replay(conf, files, 1, 20000), EXIT_SUCCESS);
	assert_int_equal(fake_store_rows(w->fs), 100);
}

static void without_a_collector_records_stay_safe_and_go_next_time(void **state)
{
	static const char *const files[] = { "one" };
	struct world *w = *state;

	assert_int_equal(replay(agent_place(w, NOBODY_PORT, ""), files, 1, 300), EXIT_FAILURE);
	assert_int_equal(fake_store_rows(w->fs), 0);
	assert_int_equal(replay(agent_place(w, w->port, ""), NULL, 0, 20000), EXIT_SUCCESS);
	assert_int_equal(fake_store_rows(w->fs), 100);
}

static void nothing_at_all_needs_no_collector(void **state)
{
	struct world *w = *state;

	assert_int_equal(replay(agent_place(w, NOBODY_PORT, ""), NULL, 0, 300), EXIT_SUCCESS);
}

static void a_failing_input_is_delivered_as_far_as_it_is_good(void **state)
{
	static const char *const files[] = { "one", "fails" };
	struct world *w = *state;

	assert_int_equal(replay(agent_place(w, w->port, ""), files, 2, 20000), EXIT_FAILURE);
	assert_int_equal(fake_store_rows(w->fs), 200);
}

static void an_input_that_cannot_be_opened_fails(void **state)
{
	static const char *const files[] = { "broken" };
	struct world *w = *state;

	assert_int_equal(replay(agent_place(w, w->port, ""), files, 1, 20000), EXIT_FAILURE);
	assert_int_equal(fake_store_rows(w->fs), 0);
}

static void a_wrong_configuration_is_usage(void **state)
{
	struct world *w = *state;

	assert_int_equal(replay("/nonexistent/agent.yaml", NULL, 0, 300), 2);
	assert_int_equal(replay(agent_place(w, w->port, "lines: wrong\n"), NULL, 0, 300), 2);
	assert_int_equal(replay(agent_place(w, w->port, "user: [a]\n"), NULL, 0, 300), 2);
}

static void a_certificate_for_another_agent_is_usage(void **state)
{
	struct world *w = *state;

	pki_issue(w->pki, &(struct pki_leaf){ .name = "pbx1",
	                                      .client = true,
	                                      .san = "URI:urn:cxmeter:nord:pbx9" });
	assert_int_equal(replay(agent_place(w, w->port, ""), NULL, 0, 300), 2);
}

/* The store holds its first put until the interrupt has been sent, so something is under way. */
static void *interrupt(void *arg)
{
	struct world *w = arg;

	fake_store_wait_held(w->fs);
	(void)kill(getpid(), SIGINT);
	return NULL;
}

static void an_interrupted_replay_keeps_what_it_read(void **state)
{
	static const char *const files[] = { "one" };
	struct world *w = *state;
	const char *conf = agent_place(w, w->port, "");
	pthread_t thread;

	fake_store_hold(w->fs, true);
	assert_int_equal(pthread_create(&thread, NULL, interrupt, w), 0);
	assert_int_equal(replay(conf, files, 1, 20000), EXIT_FAILURE);
	assert_int_equal(pthread_join(thread, NULL), 0);
	fake_store_hold(w->fs, false);
	assert_int_equal(replay(conf, NULL, 0, 20000), EXIT_SUCCESS);
	assert_int_equal(fake_store_rows(w->fs), 100);
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, files_are_delivered, setup, teardown);
	cases_test_with(&c, replaying_twice_changes_nothing, setup, teardown);
	cases_test_with(&c, configured_sources_are_left_alone, setup, teardown);
	cases_test_with(&c, without_a_collector_records_stay_safe_and_go_next_time, setup,
	                teardown);
	cases_test_with(&c, nothing_at_all_needs_no_collector, setup, teardown);
	cases_test_with(&c, a_failing_input_is_delivered_as_far_as_it_is_good, setup, teardown);
	cases_test_with(&c, an_input_that_cannot_be_opened_fails, setup, teardown);
	cases_test_with(&c, a_wrong_configuration_is_usage, setup, teardown);
	cases_test_with(&c, a_certificate_for_another_agent_is_usage, setup, teardown);
	cases_test_with(&c, an_interrupted_replay_keeps_what_it_read, setup, teardown);
	return cases_run("agent_replay", &c, NULL, NULL);
}
