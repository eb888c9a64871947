/*
 * The recording of tests/data/run1 through agent, TLS, collector, store and command line, held
 * against figures that were worked out without this project: truth.json by a script,
 * rtp_streams.json by tshark.
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

#include "common/slice.h"
#include "common/unconst.h"
#include "tests/support/lab.h"

#define RUN             "tests/data/run1/"
#define SIP_CODE_MAX    699  /* RFC 3261 7.2 */
#define JITTER_SLACK    0.01 /* of tshark's figure */
#define JITTER_PRINT_US 1.1  /* tshark prints three decimals of a millisecond */
#define JITTER_ABSURD_MS                                                                           \
	1000.0 /* timestamp jumps (the recording has 7): tshark counts them, we do not */

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
	lab_replay(&world.lab, "--queue-log", RUN "queue_log", "--pcap", RUN "calls.pcap.zst",
	           "--drop", RUN "drop", NULL);
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

static struct lab_csv export_of(struct world *w, const char *kind)
{
	struct lab_csv csv;

	lab_csv_parse(&csv, lab_export(&w->lab, kind));
	return csv;
}

static int64_t integer(const json_t *object, const char *key)
{
	const json_t *v = json_object_get(object, key);

	if (!json_is_integer(v)) {
		fail_msg("truth.json has no %s", key);
	}
	return json_integer_value(v);
}

/* ---- queue figures ---- */

struct queue_figures {
	int64_t offered, answered, abandoned, timed_out, exit_key, exit_empty;
	int64_t within_5s, within_20s;
	int64_t blind, attended;
	double wait_ms, talk_ms;
};

static void add_contact(struct queue_figures *f, const struct lab_csv *csv, size_t row)
{
	const char *outcome = lab_csv_cell(csv, row, "outcome");
	const char *transfer = lab_csv_cell(csv, row, "transfer");
	double wait_ms = lab_csv_double(csv, row, "wait_ms");
	bool answered = strcmp(outcome, "answered") == 0;

	f->offered++;
	f->answered += answered;
	f->abandoned += strcmp(outcome, "abandoned") == 0;
	f->timed_out += strcmp(outcome, "timed_out") == 0;
	f->exit_key += strcmp(outcome, "exit_key") == 0;
	f->exit_empty += strcmp(outcome, "exit_empty") == 0;
	f->blind += strcmp(transfer, "blind") == 0;
	f->attended += strcmp(transfer, "attended") == 0;
	f->within_5s += answered && wait_ms <= 5000;
	f->within_20s += answered && wait_ms <= 20000;
	f->wait_ms += answered ? wait_ms : 0;
	f->talk_ms += answered ? lab_csv_double(csv, row, "talk_ms") : 0;
}

static void check_figures(const struct queue_figures *f, const json_t *truth)
{
	const json_t *ended = json_object_get(truth, "ended_by");
	const json_t *blind = json_object_get(ended, "BLINDTRANSFER");
	const json_t *attended = json_object_get(ended, "ATTENDEDTRANSFER");

	assert_int_equal(f->offered, integer(truth, "offered_entries"));
	assert_int_equal(f->answered, integer(truth, "answered"));
	assert_int_equal(f->abandoned, integer(truth, "abandoned"));
	assert_int_equal(f->timed_out, integer(truth, "timeouts"));
	assert_int_equal(f->exit_key, integer(truth, "exit_key"));
	assert_int_equal(f->exit_empty, integer(truth, "exit_empty"));
	assert_int_equal(f->within_5s, integer(truth, "answered_within_5s"));
	assert_int_equal(f->within_20s, integer(truth, "answered_within_20s"));
	assert_int_equal(f->blind, json_integer_value(blind));
	assert_int_equal(f->attended, json_integer_value(attended));
	/* truth.json is rounded to three decimals of a second */
	assert_true(fabs(f->wait_ms / 1000 / (double)f->answered -
	                 json_real_value(json_object_get(truth, "asa_s"))) < 0.0006);
	assert_true(fabs(f->talk_ms / 1000 / (double)f->answered -
	                 json_real_value(json_object_get(truth, "aht_talk_s"))) < 0.0006);
}

static void queue_figures_equal_the_truth(void **state)
{
	struct world *w = *state;
	const json_t *per_queue =
		json_object_get(json_object_get(w->truth, "queue_log"), "per_queue");
	struct lab_csv csv = export_of(w, "QueueContact");
	struct queue_figures overall = { 0 };
	const char *queue;
	json_t *expected;
	size_t queues = 0;

	for (size_t row = 0; row < csv.n_rows; row++) {
		add_contact(&overall, &csv, row);
	}
	check_figures(&overall, json_object_get(json_object_get(w->truth, "queue_log"), "overall"));
	json_object_foreach((json_t *)unconst(per_queue), queue, expected)
	{
		struct queue_figures f = { 0 };

		for (size_t row = 0; row < csv.n_rows; row++) {
			if (strcmp(lab_csv_cell(&csv, row, "queue"), queue) == 0) {
				add_contact(&f, &csv, row);
			}
		}
		check_figures(&f, expected);
		queues++;
	}
	assert_int_equal(queues, 3);
	lab_csv_free(&csv);
}

/* ---- SIP ---- */

/* a dialog without a final response has no code: counted as 0 */
static uint64_t final_code(const char *text)
{
	uint64_t code = 0;

	assert_true(text[0] == '\0' || slice_u64(slice_of(text), SIP_CODE_MAX, &code) == 0);
	return code;
}

static void final_codes_equal_the_truth(void **state)
{
	struct world *w = *state;
	const json_t *legs = json_object_get(json_object_get(w->truth, "sip"), "invite_dialogs");
	struct lab_csv csv = export_of(w, "Dialog");
	int64_t expected[SIP_CODE_MAX + 1] = { 0 };
	int64_t found[SIP_CODE_MAX + 1] = { 0 };
	int64_t calls = 0;
	const char *name;
	json_t *leg;

	json_object_foreach((json_t *)unconst(legs), name, leg)
	{
		const char *code;
		json_t *count;

		calls += integer(leg, "calls");
		json_object_foreach(json_object_get(leg, "final_codes"), code, count)
		{
			expected[final_code(code)] += json_integer_value(count);
		}
	}
	assert_int_equal(csv.n_rows, calls);
	for (size_t row = 0; row < csv.n_rows; row++) {
		found[final_code(lab_csv_cell(&csv, row, "final_status"))]++;
	}
	for (size_t code = 0; code <= SIP_CODE_MAX; code++) {
		if (expected[code] != found[code]) {
			fail_msg("final code %zu: %lld dialogs, the truth has %lld", code,
			         (long long)found[code], (long long)expected[code]);
		}
	}
	lab_csv_free(&csv);
}

/* ---- RTP ---- */

struct stream_key {
	uint32_t ssrc;
	int src_port;
	int dst_port;
	size_t row;
};

static int by_key(const void *a, const void *b)
{
	const struct stream_key *x = a;
	const struct stream_key *y = b;

	if (x->ssrc != y->ssrc) {
		return x->ssrc < y->ssrc ? -1 : 1;
	}
	return x->src_port != y->src_port ? x->src_port - y->src_port : x->dst_port - y->dst_port;
}

static struct stream_key *index_streams(const struct lab_csv *csv)
{
	struct stream_key *keys = calloc(csv->n_rows + 1, sizeof(*keys));

	assert_non_null(keys);
	for (size_t row = 0; row < csv->n_rows; row++) {
		keys[row].ssrc = (uint32_t)lab_csv_int(csv, row, "ssrc");
		keys[row].src_port = (int)lab_csv_int(csv, row, "src_port");
		keys[row].dst_port = (int)lab_csv_int(csv, row, "dst_port");
		keys[row].row = row;
	}
	qsort(keys, csv->n_rows, sizeof(*keys), by_key);
	return keys;
}

static size_t row_of(const struct stream_key *keys, size_t n, const json_t *tshark)
{
	struct stream_key want = {
		.ssrc = (uint32_t)strtoul(json_string_value(json_object_get(tshark, "ssrc")), NULL,
		                          16),
		.src_port = (int)integer(tshark, "sport"),
		.dst_port = (int)integer(tshark, "dport"),
	};
	const struct stream_key *hit = bsearch(&want, keys, n, sizeof(*keys), by_key);

	if (hit == NULL) {
		fail_msg("stream 0x%08x of port %d is missing", want.ssrc, want.src_port);
		return 0;
	}
	return hit->row;
}

static void every_rtp_stream_equals_tshark(void **state)
{
	struct lab_csv csv = export_of(*state, "MediaStream");
	struct stream_key *keys = index_streams(&csv);
	json_t *streams = lab_json(RUN "rtp_streams.json");
	size_t i;
	json_t *s;

	assert_int_equal(json_array_size(streams), 1759);
	json_array_foreach(streams, i, s)
	{
		size_t row = row_of(keys, csv.n_rows, s);

		assert_int_equal(lab_csv_int(&csv, row, "packets"), integer(s, "packets"));
		assert_int_equal(lab_csv_int(&csv, row, "lost"), integer(s, "lost"));
	}
	json_decref(streams);
	free(keys);
	lab_csv_free(&csv);
}

/* a stream of too few packets has none; tshark prints 0 for it */
static double mean_jitter_us(const struct lab_csv *csv, size_t row)
{
	bool known = lab_csv_cell(csv, row, "jitter_mean_us")[0] != '\0';

	return known ? lab_csv_double(csv, row, "jitter_mean_us") : 0;
}

static void assert_jitter(double found_us, const json_t *tshark)
{
	double expected_us = 1000 * json_number_value(json_object_get(tshark, "mean_jitter"));

	if (fabs(found_us - expected_us) > fmax(JITTER_SLACK * expected_us, JITTER_PRINT_US)) {
		fail_msg("stream %s: jitter %.0f us, tshark %.0f us",
		         json_string_value(json_object_get(tshark, "ssrc")), found_us, expected_us);
	}
}

static void jitter_is_within_one_percent_of_tshark(void **state)
{
	struct lab_csv csv = export_of(*state, "MediaStream");
	struct stream_key *keys = index_streams(&csv);
	json_t *streams = lab_json(RUN "rtp_streams.json");
	size_t compared = 0;
	size_t i;
	json_t *s;

	json_array_foreach(streams, i, s)
	{
		if (json_number_value(json_object_get(s, "max_jitter")) < JITTER_ABSURD_MS) {
			assert_jitter(mean_jitter_us(&csv, row_of(keys, csv.n_rows, s)), s);
			compared++;
		}
	}
	assert_int_equal(compared, 1752);
	json_decref(streams);
	free(keys);
	lab_csv_free(&csv);
}

/* ---- what must not change anything ---- */

static void a_second_replay_changes_nothing(void **state)
{
	struct world *w = *state;
	static const char *const kinds[] = { "QueueContact", "Dialog",  "MediaStream", "Survey",
		                             "AgentSpan",    "Handoff", "Gap" };
	char *before[sizeof(kinds) / sizeof(kinds[0])];
	char *card = lab_scorecard(&w->lab);
	char *card_after;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		before[i] = lab_export(&w->lab, kinds[i]);
	}
	lab_replay(&w->lab, "--queue-log", RUN "queue_log", "--pcap", RUN "calls.pcap.zst",
	           "--drop", RUN "drop", NULL);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char *after = lab_export(&w->lab, kinds[i]);

		assert_string_equal(before[i], after);
		free(before[i]);
		free(after);
	}
	card_after = lab_scorecard(&w->lab);
	assert_string_equal(card, card_after);
	free(card);
	free(card_after);
}

static void another_order_gives_the_identical_scorecard(void **state)
{
	struct world *w = *state;
	char *card = lab_scorecard(&w->lab);
	struct lab other;
	char *other_card;

	lab_open(&other, "demo");
	lab_share_key(&other, &w->lab); /* pseudonyms are in the natural keys */
	lab_start_collector(&other);
	lab_write_agent(&other, "");
	lab_replay(&other, "--drop", RUN "drop", NULL);
	lab_replay(&other, "--pcap", RUN "calls.pcap.zst", NULL);
	lab_replay(&other, "--queue-log", RUN "queue_log", NULL);
	other_card = lab_scorecard(&other);
	assert_string_equal(card, other_card);
	lab_close(&other);
	free(card);
	free(other_card);
}

/* ---- what must never be in there ---- */

static bool file_holds(const char *path, const char *needle)
{
	FILE *file = fopen(path, "rbe");
	size_t n = strlen(needle);
	char *data;
	size_t len;
	bool found;

	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	len = (size_t)ftell(file);
	rewind(file);
	data = malloc(len + 1);
	assert_non_null(data);
	assert_int_equal(fread(data, 1, len, file), len);
	(void)fclose(file);
	found = memmem(data, len, needle, n) != NULL;
	free(data);
	return found;
}

static void no_raw_identity_is_in_the_store(void **state)
{
	struct world *w = *state;
	/* a caller's number, an agent's name, a Call-ID, a unique id, an address of the recording
	 */
	static const char *const raw[] = { "5550001", "Ines Couto", "lab-run1-", "1795323505.0",
		                           "127.0.0.40" };

	assert_int_equal(lab_stop(&w->lab.collector, SIGTERM),
	                 0); /* so that everything is in the one file */
	assert_true(file_holds(lab_path(&w->lab, "evidence.db"),
	                       "billing")); /* a label, to see that looking works */
	for (size_t i = 0; i < sizeof(raw) / sizeof(raw[0]); i++) {
		if (file_holds(lab_path(&w->lab, "evidence.db"), raw[i])) {
			fail_msg("\"%s\" is in the store", raw[i]);
		}
	}
	lab_start_collector(&w->lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queue_figures_equal_the_truth),
		cmocka_unit_test(final_codes_equal_the_truth),
		cmocka_unit_test(every_rtp_stream_equals_tshark),
		cmocka_unit_test(jitter_is_within_one_percent_of_tshark),
		cmocka_unit_test(no_raw_identity_is_in_the_store),
		cmocka_unit_test(a_second_replay_changes_nothing),
		cmocka_unit_test(another_order_gives_the_identical_scorecard),
	};

	return cmocka_run_group_tests(tests, replay_recording, close_world);
}
