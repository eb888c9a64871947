/*
 * Channel events and call detail records of tests/data/run1 through agent, TLS, collector, store
 * and command line, held against truth.json, which a script worked out without this project.
 */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/instream.h"
#include "tests/support/lab.h"

#define RUN           "tests/data/run1/"
#define CEL           RUN "cel.csv.zst"
#define CDR           RUN "cdr.csv.zst"
#define LOG           RUN "queue_log"
#define LOG_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define READ_BYTES    ((size_t)64 * 1024)

struct world {
	struct lab lab;
	json_t *truth;
};

static struct world world;

static int replay_recording(void **state)
{
	*state = &world;
	lab_open(&world.lab, "demo");
	lab_start_collector(&world.lab);
	lab_write_agent(&world.lab, "");
	lab_replay(&world.lab, "--queue-log", LOG, "--cel", CEL, "--cdr", CDR, NULL);
	world.truth = lab_json(RUN "truth.json");
	return 0;
}

static int close_world(void **state)
{
	(void)state;
	json_decref(world.truth);
	lab_close(&world.lab);
	return 0;
}

static struct lab_csv export_of(const struct lab *lab, const char *kind)
{
	struct lab_csv csv;

	lab_csv_parse(&csv, lab_export(lab, kind));
	return csv;
}

static int64_t truth(const struct world *w, const char *part, const char *group, const char *key)
{
	const json_t *at = json_object_get(json_object_get(w->truth, part), group);
	const json_t *v = json_object_get(at, key);

	if (!json_is_integer(v)) {
		fail_msg("truth.json has no %s.%s.%s", part, group, key);
	}
	return json_integer_value(v);
}

/* Rows whose column holds a text. */
static int64_t count(const struct lab_csv *csv, const char *column, const char *text)
{
	int64_t n = 0;

	for (size_t row = 0; row < csv->n_rows; row++) {
		n += strcmp(lab_csv_cell(csv, row, column), text) == 0;
	}
	return n;
}

static int64_t sum(const struct lab_csv *csv, const char *column)
{
	int64_t n = 0;

	for (size_t row = 0; row < csv->n_rows; row++) {
		n += lab_csv_int(csv, row, column);
	}
	return n;
}

/* ---- against the truth ---- */

static void visits_and_their_outcomes_equal_the_truth(void **state)
{
	static const char *const pairs[][2] = {
		{ "queued", "QUEUE" },           { "contained", "IVR_CONTAINED" },
		{ "operator", "OPERATOR" },      { "abandoned", "IVR_ABANDON" },
		{ "call_back", "CALLBACK_IVR" }, { "disconnected", "IVR_DISCONNECT" },
	};
	const struct world *w = *state;
	struct lab_csv csv = export_of(&w->lab, "SelfServiceVisit");

	assert_int_equal(csv.n_rows, 399);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		assert_int_equal(count(&csv, "outcome", pairs[i][0]),
		                 truth(w, "cel", "ivr_outcomes", pairs[i][1]));
	}
	assert_int_equal(sum(&csv, "invalid_inputs"), truth(w, "cel", "events", "IVR_INVALID"));
	assert_int_equal(sum(&csv, "timeout_inputs"), truth(w, "cel", "events", "IVR_TIMEOUT"));
	assert_int_equal(count(&csv, "zero_out", "true"),
	                 truth(w, "cel", "events", "IVR_OPERATOR"));
	assert_int_equal(count(&csv, "task_completed", "true"),
	                 truth(w, "cel", "events", "IVR_SELFSERVICE"));
	assert_int_equal(count(&csv, "identified", "true"), 42); /* truth.json: auth_ok */
	lab_csv_free(&csv);
}

static void transfers_by_kind_equal_the_truth_and_none_counts_twice(void **state)
{
	const struct world *w = *state;
	struct lab_csv csv = export_of(&w->lab, "Handoff");

	assert_int_equal(count(&csv, "kind", "blind"), truth(w, "cel", "transfers", "blind"));
	assert_int_equal(count(&csv, "kind", "attended"), truth(w, "cel", "transfers", "attended"));
	assert_int_equal(csv.n_rows, 27);
	assert_int_equal(count(&csv, "source", "cel"), 27);
	/* every target of the plan picked up after a second, and no customer left */
	assert_int_equal(count(&csv, "answered", "true"), 27);
	assert_int_equal(count(&csv, "lost", "false"), 27);
	assert_int_equal(count(&csv, "to_queue", "sales"), 5);
	lab_csv_free(&csv);
}

static void survey_answers_equal_the_truth(void **state)
{
	const struct world *w = *state;
	const json_t *overall =
		json_object_get(json_object_get(w->truth, "queue_log"), "survey_overall");
	struct lab_csv csv = export_of(&w->lab, "Survey");
	struct lab_csv offers = export_of(&w->lab, "SurveyOffer");
	double total = 0;

	assert_int_equal(csv.n_rows, truth(w, "queue_log", "survey_overall", "n"));
	for (size_t row = 0; row < csv.n_rows; row++) {
		total += lab_csv_double(&csv, row, "value");
	}
	assert_true(fabs(total / (double)csv.n_rows -
	                 json_real_value(json_object_get(overall, "mean"))) < 0.0006);
	assert_int_equal(count(&csv, "queue", "sales"), 21);
	assert_int_equal(count(&csv, "queue", "support"), 38);
	assert_int_equal(count(&csv, "queue", "billing"), 9);
	assert_int_equal(count(&offers, "accepted", "true"), 68);
	lab_csv_free(&csv);
	lab_csv_free(&offers);
}

static void both_logs_tell_the_same_calls(void **state)
{
	const struct world *w = *state;
	struct lab_csv csv = export_of(&w->lab, "Call");
	int64_t agreed = 0;

	assert_int_equal(count(&csv, "source", "cel"), 420); /* linkedids of truth.json */
	assert_int_equal(count(&csv, "source", "cdr"), 420); /* uniqueids_from_carrier */
	for (size_t a = 0; a < csv.n_rows; a++) {
		for (size_t b = a + 1; b < csv.n_rows; b++) {
			agreed += strcmp(lab_csv_cell(&csv, a, "contact"),
			                 lab_csv_cell(&csv, b, "contact")) == 0 &&
			          strcmp(lab_csv_cell(&csv, a, "agent_answered"),
			                 lab_csv_cell(&csv, b, "agent_answered")) == 0 &&
			          strcmp(lab_csv_cell(&csv, a, "customer"),
			                 lab_csv_cell(&csv, b, "customer")) == 0;
		}
	}
	assert_int_equal(agreed, 420);
	lab_csv_free(&csv);
}

static bool holds(const struct lab_csv *csv, const char *column, const char *text)
{
	return count(csv, column, text) > 0;
}

static void visits_join_queue_log_by_contact_and_customer(void **state)
{
	const struct world *w = *state;
	struct lab_csv visits = export_of(&w->lab, "SelfServiceVisit");
	struct lab_csv contacts = export_of(&w->lab, "QueueContact");
	int64_t queued = 0;

	for (size_t row = 0; row < visits.n_rows; row++) {
		queued += holds(&contacts, "contact", lab_csv_cell(&visits, row, "contact")) &&
		          holds(&contacts, "customer", lab_csv_cell(&visits, row, "customer"));
	}
	/* 306 went on to a queue; six of them found it full or without agents, and queue_log has
	 * no line of those */
	assert_int_equal(queued, 300);
	lab_csv_free(&visits);
	lab_csv_free(&contacts);
}

/* ---- what must not change anything ---- */

static const char *const kinds[] = { "SelfServiceVisit", "Handoff",  "Call",        "Survey",
	                             "SurveyOffer",      "Callback", "ContactFact", "Gap" };
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void a_second_replay_changes_nothing(void **state)
{
	struct world *w = *state;
	char *before[KINDS];

	for (size_t i = 0; i < KINDS; i++) {
		before[i] = lab_export(&w->lab, kinds[i]);
	}
	lab_replay(&w->lab, "--cdr", CDR, "--cel", CEL, "--queue-log", LOG, NULL);
	for (size_t i = 0; i < KINDS; i++) {
		char *after = lab_export(&w->lab, kinds[i]);

		assert_string_equal(before[i], after);
		free(before[i]);
		free(after);
	}
}

#define PARTS 3

/* A packed log in three parts of whole lines: name.0, name.1, name.2. */
static void split(const struct lab *lab, const char *packed, const char *name)
{
	struct instream *in;
	struct fault fault;
	struct buf all;
	size_t from = 0;
	ssize_t n;

	assert_int_equal(instream_open(&in, packed, &fault), 0);
	buf_init(&all, LOG_MAX_BYTES);
	do {
		uint8_t *room = buf_reserve(&all, READ_BYTES);

		assert_non_null(room);
		n = instream_read(in, room, READ_BYTES);
		assert_true(n >= 0);
		buf_commit(&all, (size_t)n);
	} while (n > 0);
	instream_close(in);
	for (unsigned part = 0; part < PARTS; part++) {
		size_t to = part + 1 < PARTS ? all.len / PARTS * (part + 1) : all.len - 1;
		const uint8_t *end = memchr(all.data + to, '\n', all.len - to);
		char path[LAB_PATH_MAX];
		FILE *file;

		assert_non_null(end);
		(void)snprintf(path, sizeof(path), "%s.%u", lab_path(lab, name), part);
		file = fopen(path, "wbe");
		assert_non_null(file);
		to = (size_t)(end - all.data) + 1;
		assert_int_equal(fwrite(all.data + from, 1, to - from, file), to - from);
		assert_int_equal(fclose(file), 0);
		from = to;
	}
	buf_free(&all);
}

static void parts_in_any_order_give_the_same(void **state)
{
	const struct world *w = *state;
	struct lab other;

	lab_open(&other, "demo");
	lab_share_key(&other, &w->lab);
	lab_start_collector(&other);
	lab_write_agent(&other, "");
	split(&other, CEL, "cel.csv");
	split(&other, CDR, "cdr.csv");
	lab_replay(&other, "--cel", lab_path(&other, "cel.csv.1"), "--cel",
	           lab_path(&other, "cel.csv.2"), "--cel", lab_path(&other, "cel.csv.0"), "--cdr",
	           lab_path(&other, "cdr.csv.2"), "--cdr", lab_path(&other, "cdr.csv.0"), "--cdr",
	           lab_path(&other, "cdr.csv.1"), NULL);
	for (size_t i = 0; i < KINDS; i++) {
		char *one = lab_export(&w->lab, kinds[i]);
		char *two = lab_export(&other, kinds[i]);

		assert_string_equal(one, two);
		free(one);
		free(two);
	}
	lab_close(&other);
}

/* ---- what must never be in there ---- */

static bool file_holds(const char *path, const char *needle)
{
	FILE *file = fopen(path, "rbe");
	size_t len;
	char *data;
	bool found;

	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	len = (size_t)ftell(file);
	rewind(file);
	data = malloc(len + 1);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, len, file), len);
	(void)fclose(file);
	found = memmem(data, len, needle, strlen(needle)) != NULL;
	free(data);
	return found;
}

static void no_raw_identity_and_no_digit_is_in_the_store(void **state)
{
	struct world *w = *state;
	/* a caller, an agent, a unique id, a phone, a CRM id, and a PIN that was keyed (plan: call
	 * 5)
	 */
	static const char *const raw[] = { "5550001",       "Ines Couto", "1795323505.0",
		                           "PJSIP/carrier", "C60271",     "7981" };

	assert_int_equal(lab_stop(&w->lab.collector, SIGTERM), 0);
	assert_true(file_holds(lab_path(&w->lab, "evidence.db"), "main>balance"));
	for (size_t i = 0; i < sizeof(raw) / sizeof(raw[0]); i++) {
		if (file_holds(lab_path(&w->lab, "evidence.db"), raw[i])) {
			fail_msg("\"%s\" is in the store", raw[i]);
		}
	}
	lab_start_collector(&w->lab);
}

/* ---- live ---- */

static void move(const struct lab *lab, const char *from, const char *to)
{
	assert_int_equal(rename(lab_path(lab, from), lab_path(lab, to)), 0);
}

static void a_log_that_is_followed_survives_the_agents_restart(void **state)
{
	const struct world *w = *state;
	struct lab live;

	lab_open(&live, "demo");
	lab_share_key(&live, &w->lab);
	lab_start_collector(&live);
	split(&live, CEL, "all.csv");
	lab_write_agent(&live, "  cel:\n    - {file: cel.csv, poll: 50ms}\n");
	move(&live, "all.csv.0", "cel.csv");
	lab_start_agent(&live);
	assert_true(lab_wait_rows(&live, "Call", 100));
	assert_int_equal(lab_stop(&live.agent, SIGKILL), 128 + SIGKILL);
	/* rotated while nobody looked */
	move(&live, "cel.csv", "cel.csv.1");
	move(&live, "all.csv.1", "cel.csv");
	lab_start_agent(&live);
	assert_true(lab_wait_rows(&live, "Call", 250));
	move(&live, "cel.csv", "cel.csv.0");
	move(&live, "all.csv.2", "cel.csv");
	assert_true(lab_wait_rows(&live, "Call", 420));
	assert_int_equal(lab_stop(&live.agent, SIGTERM), 0);
	assert_int_equal(lab_count_rows(&live, "SelfServiceVisit"), 399);
	assert_int_equal(lab_count_rows(&live, "Handoff"), 27);
	lab_close(&live);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(visits_and_their_outcomes_equal_the_truth),
		cmocka_unit_test(transfers_by_kind_equal_the_truth_and_none_counts_twice),
		cmocka_unit_test(survey_answers_equal_the_truth),
		cmocka_unit_test(both_logs_tell_the_same_calls),
		cmocka_unit_test(visits_join_queue_log_by_contact_and_customer),
		cmocka_unit_test(no_raw_identity_and_no_digit_is_in_the_store),
		cmocka_unit_test(a_second_replay_changes_nothing),
		cmocka_unit_test(parts_in_any_order_give_the_same),
		cmocka_unit_test(a_log_that_is_followed_survives_the_agents_restart),
	};

	return cmocka_run_group_tests_name("cel", tests, replay_recording, close_world);
}
