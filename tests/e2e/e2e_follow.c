/*
 * A live host: the agent follows a queue_log that grows, is rotated, truncated, and goes on over
 * restarts of every part; tools leave files in the drop folder meanwhile.
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

static const char *const sources =
	"  queue_log:\n    - file: queue_log\n      poll: 100ms\n"
	"  dropbox:\n    - directory: drop\n      poll: 100ms\n      settle: 100ms\n";

struct caller {
	unsigned at_s;
	unsigned number;
};

/* One answered call as app_queue writes it. */
static void call(const struct lab *lab, struct caller c)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
	               "%u|%u.%u|sales|NONE|ENTERQUEUE||555%04u|1\n"
	               "%u|%u.%u|sales|Ana Lima|CONNECT|3|%u.900|1\n"
	               "%u|%u.%u|sales|Ana Lima|COMPLETECALLER|3|40|1\n",
	               c.at_s, c.at_s, c.number, c.number, c.at_s + 3, c.at_s, c.number, c.at_s,
	               c.at_s + 43, c.at_s, c.number);
	lab_append(lab, "queue_log", text);
}

static void rename_in(const struct lab *lab, const char *from, const char *to)
{
	assert_int_equal(rename(lab_path(lab, from), lab_path(lab, to)), 0);
}

static void begin(struct lab *lab)
{
	lab_open(lab, "nord");
	lab_write(lab, "queue_log", "1795323487|NONE|NONE|NONE|QUEUESTART|\n");
	assert_int_equal(mkdir(lab_path(lab, "drop"), 0700), 0);
	lab_start_collector(lab);
	lab_write_agent(lab, sources);
}

static void a_growing_log_arrives_line_by_line(void **state)
{
	struct lab lab;

	(void)state;
	begin(&lab);
	lab_start_agent(&lab);
	call(&lab, (struct caller){ 1795323500, 1 });
	assert_true(lab_wait_rows(&lab, "QueueContact", 1));
	call(&lab, (struct caller){ 1795323600, 2 });
	call(&lab, (struct caller){ 1795323700, 3 });
	assert_true(lab_wait_rows(&lab, "QueueContact", 3));
	assert_int_equal(lab_stop(&lab.agent, SIGTERM), 0);
	assert_int_equal(lab_stop(&lab.collector, SIGTERM), 0);
	lab_close(&lab);
}

/* libpcap and what comes with it are a megabyte: they are loaded where packets are captured. */
static void an_agent_without_a_capture_loads_no_libpcap(void **state)
{
	static char maps[65536];
	char path[64];
	struct lab lab;
	FILE *f;
	size_t n;

	(void)state;
	begin(&lab);
	lab_start_agent(&lab);
	call(&lab, (struct caller){ 1795323500, 1 });
	assert_true(lab_wait_rows(&lab, "QueueContact", 1));
	(void)snprintf(path, sizeof(path), "/proc/%d/maps", (int)lab.agent);
	f = fopen(path, "re");
	assert_non_null(f);
	n = fread(maps, 1, sizeof(maps) - 1, f);
	(void)fclose(f);
	maps[n] = '\0';
	assert_non_null(strstr(maps, "libssl.so"));
	assert_null(strstr(maps, "libpcap.so"));
	assert_int_equal(lab_stop(&lab.agent, SIGTERM), 0);
	assert_int_equal(lab_stop(&lab.collector, SIGTERM), 0);
	lab_close(&lab);
}

static void rotation_and_restarts_lose_and_repeat_nothing(void **state)
{
	struct lab lab;
	unsigned at_s = 1795323500;
	unsigned n = 0;

	(void)state;
	begin(&lab);
	lab_start_agent(&lab);
	call(&lab, (struct caller){ at_s += 100, ++n });
	assert_true(lab_wait_rows(&lab, "QueueContact", n));
	/* rotated while it runs */
	rename_in(&lab, "queue_log", "queue_log.1");
	lab_write(&lab, "queue_log", "");
	call(&lab, (struct caller){ at_s += 100, ++n });
	assert_true(lab_wait_rows(&lab, "QueueContact", n));
	/* killed, written to, rotated, written to, started */
	(void)lab_stop(&lab.agent, SIGKILL);
	call(&lab, (struct caller){ at_s += 100, ++n });
	rename_in(&lab, "queue_log.1", "queue_log.2");
	rename_in(&lab, "queue_log", "queue_log.1");
	lab_write(&lab, "queue_log", "");
	call(&lab, (struct caller){ at_s += 100, ++n });
	lab_start_agent(&lab);
	assert_true(lab_wait_rows(&lab, "QueueContact", n));
	/* the collector is away for a while */
	(void)lab_stop(&lab.collector, SIGKILL);
	call(&lab, (struct caller){ at_s += 100, ++n });
	lab_sleep_ms(300);
	lab_start_collector(&lab);
	assert_true(lab_wait_rows(&lab, "QueueContact", n));
	/* copied and truncated */
	assert_int_equal(truncate(lab_path(&lab, "queue_log"), 0), 0);
	lab_sleep_ms(300);
	call(&lab, (struct caller){ at_s += 100, ++n });
	assert_true(lab_wait_rows(&lab, "QueueContact", n));
	assert_int_equal(lab_stop(&lab.agent, SIGTERM), 0);
	assert_int_equal(lab_count_rows(&lab, "QueueContact"), n);
	lab_close(&lab);
}

static void a_dropped_file_is_taken_and_bad_rows_are_named(void **state)
{
	struct lab lab;
	struct stat st;

	(void)state;
	begin(&lab);
	lab_start_agent(&lab);
	lab_write(&lab, "drop/Survey-november.csv",
	          "survey_id,at_us,kind,value,scale_min,scale_max\n"
	          "A1,2026-11-22T10:00:00Z,csat,4,1,5\n"
	          "A2,2026-11-22T10:01:00Z,csat,quite good,1,5\n"
	          "A3,22.11.2026 10:02,csat,5,1,5\n");
	assert_true(lab_wait_rows(&lab, "Survey", 2));
	for (int i = 0; i < 100 && stat(lab_path(&lab, "drop/done/Survey-november.csv"), &st) != 0;
	     i++) {
		lab_sleep_ms(50);
	}
	assert_int_equal(stat(lab_path(&lab, "drop/done/Survey-november.csv"), &st), 0);
	assert_int_equal(stat(lab_path(&lab, "drop/rejected/Survey-november.csv.errors"), &st), 0);
	assert_int_equal(lab_stop(&lab.agent, SIGTERM), 0);
	assert_int_equal(lab_count_rows(&lab, "Survey"), 2);
	lab_close(&lab);
}

static void two_agents_with_one_spool_are_refused(void **state)
{
	struct lab lab;
	struct lab_output o;

	(void)state;
	begin(&lab);
	lab_start_agent(&lab);
	call(&lab, (struct caller){ 1795323500, 1 });
	assert_true(lab_wait_rows(&lab, "QueueContact", 1));
	lab_run(&o, "cxmeter-agent", "run", "-c", lab_path(&lab, "agent.yaml"), NULL);
	assert_int_equal(o.code, 1);
	assert_non_null(strstr(buf_text(&o.err), "locked by pid"));
	lab_output_free(&o);
	assert_int_equal(lab_stop(&lab.agent, SIGTERM), 0);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_growing_log_arrives_line_by_line),
		cmocka_unit_test(an_agent_without_a_capture_loads_no_libpcap),
		cmocka_unit_test(rotation_and_restarts_lose_and_repeat_nothing),
		cmocka_unit_test(a_dropped_file_is_taken_and_bad_rows_are_named),
		cmocka_unit_test(two_agents_with_one_spool_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
