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

	for (int waited_ms = 0; waited_ms < LAB_PATIENCE_MS; waited_ms += 100) {
		ask(&o, "text");
		if (o.code == code && strstr(buf_text(&o.out), says) != NULL) {
			break;
		}
		lab_output_free(&o);
		lab_sleep_ms(100);
	}
	ask(&o, "text");
	said_code(&o, code);
	said_part(buf_text(&o.out), says);
	lab_output_free(&o);
}

static int open_all(void **state)
{
	(void)state;
	lab_open(&lab, "nord");
	lab_start_collector(&lab);
	lab_write(&lab, "queue_log", good_and_bad);
	lab_write_agent(&lab, "  queue_log:\n    - { file: queue_log }\n");
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

static void what_could_not_be_understood_is_counted_by_name(void **state)
{
	struct lab_output o;
	json_t *doc;
	const json_t *malformed;

	(void)state;
	assert_comes_to(0, "malformed ");
	ask(&o, "json");
	said_code(&o, 0);
	doc = json_loads(buf_text(&o.out), 0, NULL);
	assert_non_null(doc);
	malformed =
		json_object_get(json_array_get(json_object_get(doc, "sources"), 0), "malformed");
	assert_int_equal(json_integer_value(json_object_get(malformed, "bad_time")), 1);
	json_decref(doc);
	lab_output_free(&o);
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
		cmocka_unit_test(what_could_not_be_understood_is_counted_by_name),
		cmocka_unit_test(without_its_collector_it_is_1_until_that_is_back),
		cmocka_unit_test(a_stopped_agent_is_1),
		cmocka_unit_test(without_a_configuration_it_is_2),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
