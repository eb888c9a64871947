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

static void beside_the_queue_log_nothing_counts_twice(void **state)
{
	struct lab lab;
	struct lab_csv csv;

	(void)state;
	lab_open(&lab, "demo");
	lab_start_collector(&lab);
	lab_write_agent(&lab, "");
	lab_replay(&lab, "--queue-log", RUN "queue_log", "--ami", RUN "ami.zst", NULL);
	csv = export_of(&lab, "QueueContact");
	printf("rows %zu ql %zu ami %zu ans %zu ab %zu full %zu empty %zu unk %zu\n", csv.n_rows,
	       count(&csv, "source", "queue_log"), count(&csv, "source", "ami"),
	       count(&csv, "outcome", "answered"), count(&csv, "outcome", "abandoned"),
	       count(&csv, "outcome", "full"), count(&csv, "outcome", "exit_empty"),
	       count(&csv, "outcome", "unknown_end"));
	lab_csv_free(&csv);
	for (const char *const *k = (const char *const[]){ "AgentSpan", "Handoff", "Gauge", "Gap",
	                                                   "MediaStream", "Posture", NULL };
	     *k != NULL; k++) {
		csv = export_of(&lab, *k);
		printf("%s %zu ql %zu ami %zu\n", *k, csv.n_rows,
		       count(&csv, "source", "queue_log"), count(&csv, "source", "ami"));
		lab_csv_free(&csv);
	}
	{
		char *card = lab_scorecard(&lab);
		FILE *f = fopen("/tmp/f4card.json", "w");
		fputs(card, f);
		fclose(f);
		free(card);
	}
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beside_the_queue_log_nothing_counts_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
