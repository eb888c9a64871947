/* `run` as a whole, in this process, with signals sent by a thread that watches the collector's
 * store. */
#include "agent/run.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/program.h"
#include "agent/status.h"
#include "common/log.h"
#include "tests/support/agent_place.h"
#include "tests/support/cases.h"
#include "tests/support/fake_source.h"
#include "tests/support/json_schema.h"

static const struct source_ops *const kinds[] = { &fake_source, NULL };

#define SOURCE_OF(amount) "sources:\n  fake:\n    - { file: /live, amount: " #amount " }\n"

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

/* What the watching thread does: waits for so many sessions and rows, then sends signals. */
struct watch {
	struct world *w;
	uint64_t rows;
	void (*act)(struct world *w);
};

static void *watch_main(void *arg)
{
	struct watch *watch = arg;

	while (fake_store_rows(watch->w->fs) < watch->rows) {
		(void)sched_yield();
	}
	if (watch->act != NULL) {
		watch->act(watch->w);
	}
	(void)kill(getpid(), SIGTERM);
	return NULL;
}

static int run_until(const char *conf, struct watch *watch)
{
	pthread_t thread;
	int code;

	assert_int_equal(pthread_create(&thread, NULL, watch_main, watch), 0);
	code = agent_run(conf, kinds);
	assert_int_equal(pthread_join(thread, NULL), 0);
	return code;
}

static void records_are_delivered_until_terminated(void **state)
{
	struct watch watch = { .w = *state, .rows = 50 };

	assert_int_equal(run_until(agent_place(watch.w, watch.w->port, SOURCE_OF(50)), &watch),
	                 EXIT_SUCCESS);
	assert_int_equal(fake_store_rows(watch.w->fs), 50);
}

static void a_restart_goes_on_where_it_was(void **state)
{
	struct watch watch = { .w = *state, .rows = 50 };

	assert_int_equal(run_until(agent_place(watch.w, watch.w->port, SOURCE_OF(50)), &watch),
	                 EXIT_SUCCESS);
	watch.rows = 70;
	assert_int_equal(run_until(agent_place(watch.w, watch.w->port, SOURCE_OF(70)), &watch),
	                 EXIT_SUCCESS);
	assert_int_equal(fake_store_rows(watch.w->fs), 70);
}

static void reload_badly(struct world *w)
{
	(void)agent_place(w, w->port, "wrong: key\n");
	(void)kill(getpid(), SIGHUP);
	(void)kill(getpid(), SIGUSR1);
}

static void a_broken_new_configuration_leaves_the_old_one(void **state)
{
	struct watch watch = { .w = *state, .rows = 50, .act = reload_badly };

	assert_int_equal(run_until(agent_place(watch.w, watch.w->port, SOURCE_OF(50)), &watch),
	                 EXIT_SUCCESS);
}

static void reload_well(struct world *w)
{
	(void)agent_place(w, w->port, SOURCE_OF(50));
	(void)kill(getpid(), SIGHUP);
	assert_true(world_count(w, COUNTER_SESSIONS, 2)); /* it came back */
}

static void a_reload_connects_anew(void **state)
{
	struct watch watch = { .w = *state, .rows = 50, .act = reload_well };

	assert_int_equal(run_until(agent_place(watch.w, watch.w->port, SOURCE_OF(50)), &watch),
	                 EXIT_SUCCESS);
}

/* What the agent wrote last, judged, keeps the schema; owned by the caller. */
static json_t *status_of(struct world *w)
{
	json_t *schema = json_load_file("docs/status.schema.json", 0, NULL);
	struct fault fault = { 0 };
	char why[512] = "";
	json_t *doc = NULL;

	assert_int_equal(status_read(&env_system, pki_path(w->pki, "spool"), &doc, &fault), 0);
	doc = status_judge(doc, "spool", env_wall_us(&env_system));
	assert_non_null(schema);
	if (json_schema_check(schema, doc, why, sizeof(why)) != 0) {
		fail_msg("%s", why);
	}
	json_decref(schema);
	return doc;
}

static const char *word(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void look_at_status(struct world *w)
{
	json_t *doc = status_of(w);

	assert_string_equal(word(doc, "state"), "running");
	assert_true(json_is_true(json_object_get(doc, "running")));
	json_decref(doc);
}

static void it_writes_its_status_while_it_runs_and_when_it_stops(void **state)
{
	struct watch watch = { .w = *state, .rows = 50, .act = look_at_status };
	json_t *doc;
	json_t *source;

	assert_int_equal(run_until(agent_place(watch.w, watch.w->port, SOURCE_OF(50)), &watch),
	                 EXIT_SUCCESS);
	doc = status_of(watch.w);
	assert_string_equal(word(doc, "state"), "stopped");
	assert_string_equal(word(doc, "site"), "nord");
	assert_string_equal(word(json_object_get(doc, "collector"), "state"), "connected");
	assert_true(json_is_integer(
		json_object_get(json_object_get(doc, "collector"), "certificate_days")));
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(doc, "records"), "accepted")),
		50);
	source = json_array_get(json_object_get(doc, "sources"), 0);
	assert_string_equal(word(source, "kind"), "fake");
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(source, "taken"), "numbers")),
		50);
	json_decref(doc);
}

static const struct start_case {
	const char *name;
	const char *more;
	int want;
} start_cases[] = {
	{ "no_sources_is_usage", "", FAULT_EXIT_USAGE },
	{ "a_wrong_key_is_usage", "no_such_key: 1\n", FAULT_EXIT_USAGE },
	{ "a_source_that_cannot_be_opened_is_a_matter_of_configuration",
	  "sources:\n  fake:\n    - { file: /x, broken: yes }\n", FAULT_EXIT_USAGE },
	{ "a_signal_while_it_opens_its_sources_is_a_stop_like_any_other",
	  "sources:\n  fake:\n    - { file: /x, terminated: yes }\n", EXIT_SUCCESS },
};

static void start_case_run(void **state)
{
	const struct start_case *c = *state;
	void *world = NULL;
	struct world *w;

	(void)setup(&world);
	w = world;
	assert_int_equal(agent_run(agent_place(w, w->port, c->more), kinds), c->want);
	(void)teardown(&world);
}

static void a_locked_spool_is_a_failure(void **state)
{
	struct world *w = *state;
	const char *conf = agent_place(w, w->port, SOURCE_OF(1));
	const struct spool_options options = { pki_path(w->pki, "spool"), 1 << 20, 1 << 16 };
	struct spool *spool = NULL;

	assert_int_equal(spool_open(&spool, &env_system, &options, NULL), 0);
	assert_int_equal(agent_run(conf, kinds), EXIT_FAILURE);
	spool_close(spool);
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, records_are_delivered_until_terminated, setup, teardown);
	cases_test_with(&c, a_restart_goes_on_where_it_was, setup, teardown);
	cases_test_with(&c, a_broken_new_configuration_leaves_the_old_one, setup, teardown);
	cases_test_with(&c, a_reload_connects_anew, setup, teardown);
	cases_test_with(&c, it_writes_its_status_while_it_runs_and_when_it_stops, setup, teardown);
	cases_test_with(&c, a_locked_spool_is_a_failure, setup, teardown);
	cases_table(&c, start_cases, start_case_run);
	return cases_run("agent_run", &c, NULL, NULL);
}
