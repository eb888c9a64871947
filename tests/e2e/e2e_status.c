/*
 * `cxmeter-agent status` beside a running agent and a real collector: its exit code follows what
 * happens to them, and what a source could not understand has a name and a number.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/lab.h"
#include "tests/support/said.h"

static struct lab lab;

static const char good_and_bad[] = "1795323487|NONE|NONE|NONE|QUEUESTART|\n"
				   "1795323500|1795323500.1|sales|NONE|ENTERQUEUE||5550001|1\n"
				   "1795323503|1795323500.1|sales|Ana Lima|TELEPATHY|9|8|7\n"
				   "yesterday|1795323500.1|sales|NONE|ABANDON|1|1|4\n"
				   "1795323504|1795323500.1|sales|NONE|ABANDON|1|1|4\n"
				   "no log line at all\n";

static void ask(struct lab_output *o, const char *format)
{
	lab_run(o, "cxmeter-agent", "status", "-c", lab_path(&lab, "agent.yaml"), "--format",
	        format, NULL);
}

/* Ask until it ends with this code and says so; the agent writes every five seconds. */
static void assert_comes_to(int code, const char *says)
{
	struct lab_output o;
	bool come = false;

	for (int waited_ms = 0; !come && waited_ms < LAB_PATIENCE_MS; waited_ms += 100) {
		ask(&o, "text");
		come = o.code == code && strstr(buf_text(&o.out), says) != NULL;
		lab_output_free(&o);
		lab_sleep_ms(100);
	}
	ask(&o, "text");
	said_code(&o, code);
	said_part(buf_text(&o.out), says);
	lab_output_free(&o);
}

static const char sources[] = "  queue_log:\n    - { file: queue_log }\n"
			      "  cel:\n    - { file: cel.csv, from_start: yes }\n"
			      "  cdr:\n    - { file: Master.csv, from_start: yes }\n"
			      "  fs_csv:\n    - { file: fs.csv, from_start: yes }\n"
			      "  fs_cdr:\n    - { folder: cdr, from_start: yes }\n"
			      "  dropbox:\n    - { directory: drop }\n";

/* What stands in these files, and how it is called. */
static const struct malformed {
	const char *kind;
	const char *name;
} inputs[] = {
	{ "queue_log", "bad_time" }, { "cel", "too_few_fields" }, { "cdr", "too_few_fields" },
	{ "fs_csv", "bad_columns" }, { "fs_cdr", "bad_json" },    { "dropbox", "bad_row" },
};
#define INPUTS (sizeof(inputs) / sizeof(inputs[0]))

static void make_folder(const char *name)
{
	assert_int_equal(mkdir(lab_path(&lab, name), 0700), 0);
}

static int open_all(void **state)
{
	(void)state;
	lab_open(&lab, "nord");
	lab_start_collector(&lab);
	lab_write(&lab, "queue_log", good_and_bad);
	lab_write(&lab, "cel.csv", "no event\n");
	lab_write(&lab, "Master.csv", "no call\n");
	lab_write(&lab, "fs.csv", "no call\n");
	make_folder("drop");
	lab_write(&lab, "drop/Survey.csv", "at_us,survey_id,kind,value\nyesterday,s1,csat,5\n");
	make_folder("cdr");
	lab_write(&lab, "cdr/a_1.cdr.json", "{ no JSON");
	lab_write_agent(&lab, sources);
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	lab_close(&lab);
	return 0;
}

static void before_the_first_start_it_is_1(void **state)
{
	(void)state;
	assert_comes_to(1, "problem: not running: no agent has ever written its status into ");
}

static void a_connected_agent_is_0(void **state)
{
	(void)state;
	lab_start_agent(&lab);
	assert_comes_to(0, "connected for ");
	assert_comes_to(0, "all is well\n");
}

/* What a source could not understand, by name. */
static json_int_t count_of(const json_t *doc, const struct malformed *m)
{
	const json_t *list = json_object_get(doc, "sources");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		if (strcmp(json_string_value(json_object_get(one, "kind")), m->kind) == 0) {
			return json_integer_value(
				json_object_get(json_object_get(one, "malformed"), m->name));
		}
	}
	return -1;
}

static size_t counted(void)
{
	struct lab_output o;
	json_t *doc;
	size_t n = 0;

	ask(&o, "json");
	doc = json_loads(buf_text(&o.out), 0, NULL);
	assert_non_null(doc);
	for (size_t i = 0; i < INPUTS; i++) {
		json_int_t count = count_of(doc, &inputs[i]);

		print_message("%s %s: %d\n", inputs[i].kind, inputs[i].name, (int)count);
		n += count == 1;
	}
	json_decref(doc);
	lab_output_free(&o);
	return n;
}

static void what_each_source_could_not_understand_is_counted_by_name(void **state)
{
	(void)state;
	for (int waited_ms = 0; waited_ms < LAB_PATIENCE_MS && counted() < INPUTS;
	     waited_ms += 500) {
		lab_sleep_ms(500);
	}
	assert_int_equal(counted(), INPUTS);
	assert_comes_to(0, "  malformed bad_");
}

static void without_its_collector_it_is_1_until_that_is_back(void **state)
{
	(void)state;
	assert_int_equal(lab_stop(&lab.collector, SIGKILL), 128 + SIGKILL);
	assert_comes_to(1, "problem: not connected to the collector: ");
	lab_start_collector(&lab);
	assert_comes_to(0, "all is well\n");
}

static void a_stopped_agent_is_1(void **state)
{
	(void)state;
	assert_int_equal(lab_stop(&lab.agent, SIGTERM), 0);
	assert_comes_to(1, "problem: not running: it was stopped ");
}

static void without_a_configuration_it_is_2(void **state)
{
	struct lab_output o;

	(void)state;
	lab_run(&o, "cxmeter-agent", "status", "-c", lab_path(&lab, "nosuch.yaml"), NULL);
	said_code(&o, 2);
	said_part(buf_text(&o.err), "nosuch.yaml");
	lab_output_free(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_the_first_start_it_is_1),
		cmocka_unit_test(a_connected_agent_is_0),
		cmocka_unit_test(what_each_source_could_not_understand_is_counted_by_name),
		cmocka_unit_test(without_its_collector_it_is_1_until_that_is_back),
		cmocka_unit_test(a_stopped_agent_is_1),
		cmocka_unit_test(without_a_configuration_it_is_2),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
