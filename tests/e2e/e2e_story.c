/*
 * One call, one story: the recording as each source tells it alone, as all tell it at once, and as
 * agents that know nothing of one another tell it into one store. No figure changes but those that
 * need two of them, and what the sources disagree on can be read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/lab.h"

#define RUN     "tests/data/run1/"
#define LOG     RUN "queue_log"
#define CEL     RUN "cel.csv.zst"
#define CDR     RUN "cdr.csv.zst"
#define CAPTURE RUN "calls.pcap.zst"

/* What one source alone says, and all together must say too. */
static const struct figure {
	const char *id;
	const char *option;
	const char *file;
} figures[] = {
	{ "service_level", "--queue-log", LOG },
	{ "worst_interval_service_level", "--queue-log", LOG },
	{ "abandonment_rate", "--queue-log", LOG },
	{ "speed_of_answer_mean", "--queue-log", LOG },
	{ "transfer_rate", "--queue-log", LOG },
	{ "ring_no_answer_rate", "--queue-log", LOG },
	{ "occupancy_over_85_share", "--queue-log", LOG },
	{ "staffing_fit", "--queue-log", LOG },
	{ "aht", "--queue-log", LOG },
	{ "wait_p90", "--queue-log", LOG },
	{ "repeat_30min", "--queue-log", LOG },
	{ "survey_response_rate", "--cel", CEL },
	{ "csat_top2", "--cel", CEL },
	{ "ivr_abandon_rate", "--cel", CEL },
	{ "zero_out_rate", "--cel", CEL },
	{ "time_to_first_value", "--cel", CEL },
	{ "misroute_after_ivr", "--cel", CEL },
	{ "warm_transfer_share", "--cel", CEL },
	{ "handoff_loss_rate", "--cel", CEL },
	{ "consult_answer_time", "--cel", CEL },
	{ "session_effectiveness", "--pcap", CAPTURE },
	{ "voice_quality_share_r80", "--pcap", CAPTURE },
	{ "signalling_tls_share", "--pcap", CAPTURE },
	{ "media_srtp_share", "--pcap", CAPTURE },
	{ "blocked_attempts", "--pcap", CAPTURE },
	{ "delay_one_way_p95", "--pcap", CAPTURE },
};

#define FIGURES (sizeof(figures) / sizeof(figures[0]))

static const json_t *named(const json_t *list, const char *id)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);

		if (strcmp(json_string_value(json_object_get(one, "id")), id) == 0) {
			return one;
		}
	}
	return NULL;
}

static const json_t *indicator(const json_t *card, const char *id)
{
	const json_t *areas = json_object_get(card, "areas");
	const json_t *found = named(json_object_get(card, "context"), id);

	for (size_t a = 0; found == NULL && a < json_array_size(areas); a++) {
		found = named(json_object_get(json_array_get(areas, a), "indicators"), id);
	}
	assert_non_null(found);
	return found;
}

static double figure(const json_t *card, const char *id, const char *key)
{
	return json_number_value(json_object_get(indicator(card, id), key));
}

static int64_t gap(const json_t *card, const char *name)
{
	return json_integer_value(json_object_get(json_object_get(card, "gaps"), name));
}

static json_t *card_of(struct lab *lab)
{
	char *text = lab_scorecard(lab);
	json_t *card = json_loads(text, 0, NULL);

	assert_non_null(card);
	free(text);
	return card;
}

/* A collector that has heard nothing yet, in a lab with the key of `like`. */
static void open_lab(struct lab *lab, const struct lab *like)
{
	lab_open(lab, "demo");
	if (like != NULL) {
		lab_share_key(lab, like);
	}
	lab_start_collector(lab);
	lab_write_agent(lab, "");
}

static void assert_as_alone(const json_t *all, const struct lab *like, const char *option,
                            const char *file)
{
	struct lab lab;
	json_t *alone;

	open_lab(&lab, like);
	lab_replay(&lab, option, file, NULL);
	alone = card_of(&lab);
	for (size_t i = 0; i < FIGURES; i++) {
		const char *id = figures[i].id;

		if (strcmp(figures[i].file, file) != 0) {
			continue;
		}
		assert_true(figure(alone, id, "n") > 0);
		assert_true(figure(all, id, "n") == figure(alone, id, "n"));
		assert_true(figure(all, id, "value") == figure(alone, id, "value"));
	}
	json_decref(alone);
	lab_close(&lab);
}

static void all_sources_at_once_count_nothing_twice(void **state)
{
	struct lab lab;
	json_t *all;

	(void)state;
	open_lab(&lab, NULL);
	lab_replay(&lab, "--queue-log", LOG, "--cel", CEL, "--cdr", CDR, "--pcap", CAPTURE, NULL);
	all = card_of(&lab);
	assert_as_alone(all, &lab, "--queue-log", LOG);
	assert_as_alone(all, &lab, "--cel", CEL);
	assert_as_alone(all, &lab, "--pcap", CAPTURE);
	assert_int_equal(gap(all, "call_told_twice"), 420); /* truth.json: calls */
	json_decref(all);
	lab_close(&lab);
}

/* Each replay knows its own source only, so queue_log tells its hand-offs too. */
static void agents_apart_count_nothing_twice(void **state)
{
	struct lab lab;
	json_t *all;

	(void)state;
	open_lab(&lab, NULL);
	lab_replay(&lab, "--queue-log", LOG, NULL);
	lab_replay(&lab, "--cel", CEL, NULL);
	lab_replay(&lab, "--cdr", CDR, NULL);
	lab_replay(&lab, "--pcap", CAPTURE, NULL);
	all = card_of(&lab);
	assert_as_alone(all, &lab, "--queue-log", LOG);
	assert_as_alone(all, &lab, "--cel", CEL);
	assert_int_equal(gap(all, "handoff_told_twice"), 25); /* all that queue_log has */
	json_decref(all);
	lab_close(&lab);
}

static char *reconcile(const struct lab *lab, const char *format)
{
	struct lab_output o;
	char store[LAB_PATH_MAX + 16];
	char *text;

	(void)snprintf(store, sizeof(store), "sqlite:%s", lab_path(lab, "evidence.db"));
	lab_run(&o, "cxmeter", "reconcile", "--store", store, "--site", "demo", "--format", format,
	        NULL);
	lab_expect_ok(&o, "reconcile");
	text = strdup(buf_text(&o.out));
	assert_non_null(text);
	lab_output_free(&o);
	return text;
}

static void import(const struct lab *lab, const char *file)
{
	struct lab_output o;
	char store[LAB_PATH_MAX + 16];

	(void)snprintf(store, sizeof(store), "sqlite:%s", lab_path(lab, "evidence.db"));
	lab_run(&o, "cxmeter", "import", "--store", store, "--site", "demo", file, NULL);
	lab_expect_ok(&o, "import");
	lab_output_free(&o);
}

static size_t lines_of(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++) {
		n += *text == '\n' ? 1 : 0;
	}
	return n;
}

/* 304 contacts in queues; of six callers more queue_log has no line: two found the queue full, four
 * found nobody in it (truth.json: plan_vs_log, QUEUE_FULL and JOINEMPTY). */
static void what_sources_disagree_on_can_be_read_and_carried_on(void **state)
{
	struct lab lab;
	char *csv;
	char *records;
	char *again;

	(void)state;
	open_lab(&lab, NULL);
	lab_replay(&lab, "--queue-log", LOG, "--cel", CEL, "--cdr", CDR, NULL);
	csv = reconcile(&lab, "csv");
	assert_non_null(strstr(csv, "Contact,queue_log,cel,told,,,304\n"));
	assert_non_null(strstr(csv, "Contact,queue_log,cel,other_told,,,310\n"));
	assert_non_null(strstr(csv, "Contact,queue_log,cel,agree,,,304\n"));
	assert_non_null(strstr(csv, "Contact,queue_log,cel,other_only,,refused,6\n"));
	assert_non_null(strstr(csv, "Call,cel,cdr,both,,,420\n"));
	records = reconcile(&lab, "jsonl");
	assert_non_null(strstr(records, "\"field\":\"told\""));
	lab_write(&lab, "Reconciliation.jsonl", records);
	import(&lab, lab_path(&lab, "Reconciliation.jsonl"));
	assert_int_equal(lab_count_rows(&lab, "Reconciliation"), lines_of(records));
	again = reconcile(&lab, "jsonl"); /* records of it are no evidence for it */
	assert_string_equal(records, again);
	free(csv);
	free(records);
	free(again);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_sources_at_once_count_nothing_twice),
		cmocka_unit_test(agents_apart_count_nothing_twice),
		cmocka_unit_test(what_sources_disagree_on_can_be_read_and_carried_on),
	};

	return cmocka_run_group_tests_name("story", tests, NULL, NULL);
}
