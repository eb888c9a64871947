/*
 * The manager interface through agent, TLS, collector, store and command line: the recording of
 * tests/data/run1 beside the queue_log of the same calls, and a real agent that listens to a
 * scripted Asterisk (tests/support/fake_manager.h).
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/support/fake_manager.h"
#include "tests/support/lab.h"
#include "tests/support/pbx_child.h"

#define RUN    "tests/data/run1/"
#define NUMBER "4930555000142"

/* ---- what an export holds ---- */

static struct lab_csv export_of(const struct lab *lab, const char *kind)
{
	struct lab_csv csv;

	lab_csv_parse(&csv, lab_export(lab, kind));
	return csv;
}

static size_t count(const struct lab_csv *csv, const char *column, const char *text)
{
	size_t n = 0;

	for (size_t row = 0; row < csv->n_rows; row++) {
		n += strcmp(lab_csv_cell(csv, row, column), text) == 0;
	}
	return n;
}

static char *text_of(const struct lab *lab, const char *name)
{
	FILE *file = fopen(lab_path(lab, name), "re");
	char *text = calloc(1, 1 << 16);

	assert_non_null(file);
	assert_non_null(text);
	(void)!fread(text, 1, (1 << 16) - 1, file);
	(void)fclose(file);
	return text;
}

static bool log_says(const struct lab *lab, const char *what)
{
	bool says = false;

	for (int ms = 0; ms < LAB_PATIENCE_MS && !says; ms += 50) {
		char *text = text_of(lab, "agent.err");

		says = strstr(text, what) != NULL;
		free(text);
		lab_sleep_ms(50);
	}
	return says;
}

/* ---- a recording ---- */

static const json_t *indicator(const json_t *card, const char *id)
{
	const json_t *found = NULL;
	const json_t *area;
	const json_t *one;
	size_t i;
	size_t k;

	json_array_foreach(json_object_get(card, "areas"), i, area)
	{
		json_array_foreach(json_object_get(area, "indicators"), k, one)
		{
			const char *name = json_string_value(json_object_get(one, "id"));

			found = strcmp(name, id) == 0 ? one : found;
		}
	}
	assert_non_null(found);
	return found;
}

static json_int_t n_of(const json_t *card, const char *id)
{
	return json_integer_value(json_object_get(indicator(card, id), "n"));
}

static double value_of(const json_t *card, const char *id)
{
	return json_number_value(json_object_get(indicator(card, id), "value"));
}

static json_t *card_of(const struct lab *lab)
{
	char *text = lab_scorecard(lab);
	json_t *card = json_loads(text, 0, NULL);

	assert_non_null(card);
	free(text);
	return card;
}

static void beside_the_queue_log_nothing_counts_twice(void **state)
{
	static const char *const ids[] = { "speed_of_answer_mean", "transfer_rate",
		                           "ring_no_answer_rate" };
	struct lab lab;
	json_t *alone;
	json_t *both;

	(void)state;
	lab_open(&lab, "demo");
	lab_start_collector(&lab);
	lab_write_agent(&lab, "");
	lab_replay(&lab, "--queue-log", RUN "queue_log", NULL);
	alone = card_of(&lab);
	lab_replay(&lab, "--queue-log", RUN "queue_log", "--ami", RUN "ami.zst", NULL);
	both = card_of(&lab);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		assert_true(n_of(alone, ids[i]) > 0);
		assert_int_equal(n_of(alone, ids[i]), n_of(both, ids[i]));
		assert_true(value_of(alone, ids[i]) == value_of(both, ids[i]));
	}
	/* truth.json: 236 answered; what queue_log cannot know is there once for each */
	assert_int_equal(n_of(alone, "hold_share"), 0);
	assert_int_equal(n_of(both, "hold_share"), 236);
	assert_true(value_of(both, "hold_share") > 0);
	json_decref(alone);
	json_decref(both);
	lab_close(&lab);
}

/* ---- live ---- */

struct script {
	int to;
};

#define ABOUT(id, at) "Timestamp: " at "\r\nUniqueid: " id "\r\nQueue: sales\r\n"
#define STILL_WAITS                                                                                \
	"Event: QueueEntry\r\n" ABOUT("1.1", "1795323510.0") "Position: 1\r\nCallerIDNum: " NUMBER \
							     "\r\nWait: 10\r\n\r\n"
#define ENTERS                                                                                     \
	"Event: QueueCallerJoin\r\n" ABOUT("1.1", "1795323500.25") "CallerIDNum: " NUMBER          \
								   "\r\nPosition: 1\r\n\r\n"
#define GIVES_UP                                                                                                                      \
	"Event: HangupRequest\r\n" ABOUT(                                                                                             \
		"1.1",                                                                                                                \
		"1795323530.25") "\r\n"                                                                                               \
				 "Event: QueueCallerAbandon\r\n" ABOUT(                                                               \
					 "1.1",                                                                                       \
					 "1795323530.25") "\r\n"                                                                      \
							  "Event: QueueCallerLeave\r\n" ABOUT(                                        \
								  "1.1",                                                              \
								  "1795323530.25") "\r\n"                                             \
										   "Event: "                                          \
										   "Hangup\r"                                         \
										   "\n" ABOUT(                                        \
											   "1.1",                                     \
											   "17953"                                    \
											   "23530"                                    \
											   ".25") "\r\n"                              \
												  "Event: QueueCallerJoin\r\n" ABOUT( \
													  "1.2",                      \
													  "1795323700.0") "\r\n"

/* Enters before the connection is lost, and gives up when the agent has been started anew. */
static void on_looked(void *arg, struct fake_manager *f)
{
	const struct script *s = arg;

	f->queues = STILL_WAITS;
	if (f->looks == 1) {
		fake_pbx_say(f->pbx, ENTERS);
		fake_pbx_hang_up(f->pbx);
	} else if (f->looks == 3) {
		fake_pbx_say(f->pbx, GIVES_UP);
	}
	pbx_child_tell(s->to);
}

static struct fake_pbx *open_manager(void *arg, struct event_base *base, int to)
{
	static struct fake_manager f;
	static struct script s;

	s.to = to;
	fake_manager_open(&f, base);
	f.secret = arg;
	f.looked = on_looked;
	f.arg = &s;
	return f.pbx;
}

static void begin(struct lab *lab, const struct pbx_child *p)
{
	char sources[512];

	lab_open(lab, "nord");
	lab_write(lab, "ami.secret", "s3cret\n");
	assert_int_equal(chmod(lab_path(lab, "ami.secret"), 0600), 0);
	(void)snprintf(sources, sizeof(sources),
	               "  ami:\n    - port: %d\n      secret_file: ami.secret\n"
	               "      asterisk: \"\"\n"
	               "      reconnect_min: 10ms\n      reconnect_max: 20ms\n",
	               p->port);
	lab_start_collector(lab);
	lab_write_agent(lab, sources);
	lab_start_agent(lab);
}

static void end(struct lab *lab, struct pbx_child *p)
{
	assert_int_equal(lab_stop(&lab->agent, SIGTERM), 0);
	assert_int_equal(lab_stop(&lab->collector, SIGTERM), 0);
	pbx_child_stop(p);
	lab_close(lab);
}

static void nothing_secret_is_logged(const struct lab *lab)
{
	char *log = text_of(lab, "agent.err");

	assert_null(strstr(log, NUMBER));
	assert_null(strstr(log, "s3cret"));
	free(log);
}

static void who_waits_through_a_lost_connection_and_a_restart_is_one_contact(void **state)
{
	char secret[] = "s3cret";
	struct pbx_child p;
	struct lab lab;
	struct lab_csv csv;

	(void)state;
	pbx_child_start(&p, open_manager, secret);
	begin(&lab, &p);
	pbx_child_await(&p);
	pbx_child_await(&p);
	assert_true(lab_wait_rows(&lab, "Gap", 1)); /* the second look has been read */
	assert_int_equal(lab_stop(&lab.agent, SIGTERM), 0);
	lab_start_agent(&lab);
	pbx_child_await(&p);
	assert_true(lab_wait_rows(&lab, "QueueContact", 1));
	csv = export_of(&lab, "QueueContact");
	assert_int_equal(csv.n_rows, 1);
	assert_string_equal(lab_csv_cell(&csv, 0, "outcome"), "abandoned");
	assert_string_equal(lab_csv_cell(&csv, 0, "source"), "ami");
	assert_int_equal(lab_csv_int(&csv, 0, "wait_ms"), 30000);
	lab_csv_free(&csv);
	csv = export_of(&lab, "Gap");
	assert_int_equal(csv.n_rows, 2); /* the loss, and the restart */
	assert_int_equal(count(&csv, "reason", "source_down"), 2);
	lab_csv_free(&csv);
	nothing_secret_is_logged(&lab);
	end(&lab, &p);
}

static void a_wrong_secret_is_said_and_not_hammered(void **state)
{
	char secret[] = "another";
	struct pbx_child p;
	struct lab lab;

	(void)state;
	pbx_child_start(&p, open_manager, secret);
	begin(&lab, &p);
	assert_true(log_says(&lab, "it refuses the login"));
	nothing_secret_is_logged(&lab);
	end(&lab, &p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beside_the_queue_log_nothing_counts_twice),
		cmocka_unit_test(who_waits_through_a_lost_connection_and_a_restart_is_one_contact),
		cmocka_unit_test(a_wrong_secret_is_said_and_not_hammered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
