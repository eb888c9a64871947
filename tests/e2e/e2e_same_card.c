/*
 * One truth, one card: however the same evidence comes in, the scorecard's JSON is the same to the
 * byte. In parts of rotated logs and cut captures, with the options in another order, in batches of
 * another size, exported and imported again, rows shuffled.
 *
 * Sent twice and source by source is in e2e_recording.c, with kills between in e2e_crash.c.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/cursor.h"
#include "common/instream.h"
#include "cxmeter/record.h"
#include "proto/evidence.pb-c.h"
#include "tests/support/dice.h"
#include "tests/support/lab.h"

#define RUN               "tests/data/run1/"
#define FILE_MAX_BYTES    ((size_t)256 * 1024 * 1024)
#define PCAP_HEAD_BYTES   24 /* pcap-savefile(5) */
#define PACKET_HEAD_BYTES 16
#define LINES_MAX         100000
#define SEED              UINT64_C(20261122)

static struct lab calm; /* the recording, replayed in one go */
static char *card;

static struct buf read_whole(const char *path)
{
	struct instream *in = NULL;
	struct buf data;
	uint8_t *room;
	ssize_t n;

	buf_init(&data, FILE_MAX_BYTES);
	assert_int_equal(instream_open(&in, path, NULL), 0);
	do {
		room = buf_reserve(&data, 1 << 20);
		assert_non_null(room);
		n = instream_read(in, room, 1 << 20);
		assert_true(n >= 0);
		buf_commit(&data, (size_t)n);
	} while (n > 0);
	instream_close(in);
	return data;
}

/* A file of the lab made of two pieces. */
static void write_pieces(const struct lab *lab, const char *name, struct cursor a, struct cursor b)
{
	FILE *out = fopen(lab_path(lab, name), "we");

	assert_non_null(out);
	assert_int_equal(fwrite(a.at, 1, cursor_left(&a), out), cursor_left(&a));
	assert_int_equal(fwrite(b.at, 1, cursor_left(&b), out), cursor_left(&b));
	assert_int_equal(fclose(out), 0);
}

/* ---- the evidence in parts ---- */

/* Two captures, cut between two packets near the middle; both begin with the file's header. */
static void split_capture(const struct lab *lab)
{
	struct buf all = read_whole(RUN "calls.pcap.zst");
	size_t at = PCAP_HEAD_BYTES;

	assert_memory_equal(all.data, "\xd4\xc3\xb2\xa1", 4); /* little-endian, microseconds */
	while (at < all.len / 2) {
		const uint8_t *len = all.data + at + 8;

		at += PACKET_HEAD_BYTES + len[0] + ((size_t)len[1] << 8) + ((size_t)len[2] << 16);
	}
	assert_true(at < all.len);
	write_pieces(lab, "a.pcap", cursor_of(all.data, at), cursor_of(NULL, 0));
	write_pieces(lab, "b.pcap", cursor_of(all.data, PCAP_HEAD_BYTES),
	             cursor_of(all.data + at, all.len - at));
	buf_free(&all);
}

/* As logrotate leaves it: the older part has another name. Cut between two lines. */
static void split_log(const struct lab *lab)
{
	struct buf all = read_whole(RUN "queue_log");
	size_t at = all.len / 3;

	while (all.data[at - 1] != '\n') {
		at++;
	}
	write_pieces(lab, "queue_log.1", cursor_of(all.data, at), cursor_of(NULL, 0));
	write_pieces(lab, "queue_log", cursor_of(all.data + at, all.len - at), cursor_of(NULL, 0));
	buf_free(&all);
}

static void open_other(struct lab *other)
{
	lab_open(other, "demo");
	lab_share_key(other, &calm); /* pseudonyms are in the natural keys */
}

static void assert_same_card(const struct lab *other)
{
	char *found = lab_scorecard(other);

	assert_string_equal(found, card);
	free(found);
}

static void rotated_logs_and_cut_captures_give_the_same_card(void **state)
{
	struct lab other;

	(void)state;
	open_other(&other);
	split_capture(&other);
	split_log(&other);
	lab_start_collector(&other);
	lab_write_agent(&other, "");
	lab_replay(&other, "--queue-log", lab_path(&other, "queue_log.1"), "--queue-log",
	           lab_path(&other, "queue_log"), "--pcap", lab_path(&other, "a.pcap"), "--pcap",
	           lab_path(&other, "b.pcap"), "--drop", RUN "drop", NULL);
	assert_same_card(&other);
	lab_close(&other);
}

static void options_in_another_order_give_the_same_card(void **state)
{
	struct lab other;

	(void)state;
	open_other(&other);
	lab_start_collector(&other);
	lab_write_agent(&other, "");
	lab_replay(&other, "--drop", RUN "drop", "--pcap", RUN "calls.pcap.zst", "--queue-log",
	           RUN "queue_log", NULL);
	assert_same_card(&other);
	lab_close(&other);
}

/* ---- the evidence in other batches ---- */

struct tuning {
	const char *agent; /* begins in the section `spool` */
	const char *collector;
};

static void start_tuned_collector(struct lab *lab, const char *keys)
{
	char text[4 * LAB_PATH_MAX];

	lab_start_collector(lab); /* for its port, and a store that is there */
	assert_int_equal(lab_stop(&lab->collector, SIGTERM), 0);
	(void)snprintf(text, sizeof(text),
	               "listen: 127.0.0.1:%d\nca: pki/ca.pem\ncertificate: pki/collector.pem\n"
	               "key: pki/collector.key\nstore: sqlite:evidence.db\nlog_level: warning\n%s",
	               lab->port, keys);
	lab_write(lab, "collector.yaml", text);
	lab->collector = lab_spawn(lab, "collector.err", "cxmeter-collector", "run", "-c",
	                           lab_path(lab, "collector.yaml"), NULL);
}

static void other_batches_give_the_same_card(void **state)
{
	static const struct tuning tunings[] = {
		{ "  segment: 4KiB\n  quota: 1MiB\ncommit_interval: 1ms\n",
		  "window: 1\ningest_threads: 2\nqueue: 1MiB\n" },
		{ "  segment: 64MiB\ncommit_interval: 60s\n", "window: 1024\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tunings) / sizeof(tunings[0]); i++) {
		struct lab other;

		open_other(&other);
		start_tuned_collector(&other, tunings[i].collector);
		lab_write_agent(&other, "");
		lab_append(&other, "agent.yaml", tunings[i].agent);
		lab_replay(&other, "--queue-log", RUN "queue_log", "--pcap", RUN "calls.pcap.zst",
		           "--drop", RUN "drop", NULL);
		assert_same_card(&other);
		lab_close(&other);
	}
}

/* ---- the evidence from hand to hand ---- */

typedef void (*arrange_fn)(const char *kind, struct buf *rows);

/* As they came. */
static void keep(const char *kind, struct buf *rows)
{
	(void)kind;
	assert_false(rows->failed);
}

/* Lines in another order, the header of a CSV file first all the same. */
static void shuffle(const char *kind, struct buf *rows)
{
	struct dice dice = { SEED };
	struct buf mixed;
	char **lines = calloc(LINES_MAX, sizeof(*lines));
	char *text = strdup(buf_text(rows));
	size_t n = 0;

	(void)kind;
	assert_non_null(lines);
	assert_non_null(text);
	for (char *line = text; *line != '\0'; line = strchr(line, '\0') + 1) {
		assert_true(n < LINES_MAX);
		lines[n++] = line;
		line[strcspn(line, "\n")] = '\0';
	}
	for (size_t i = n; i > 2; i--) {
		size_t k = 1 + dice_below(&dice, i - 1);
		char *line = lines[k];

		lines[k] = lines[i - 1];
		lines[i - 1] = line;
	}
	buf_init(&mixed, FILE_MAX_BYTES);
	for (size_t i = 0; i < n; i++) {
		buf_printf(&mixed, "%s\n", lines[i]);
	}
	assert_int_equal(mixed.len, rows->len);
	buf_free(rows);
	*rows = mixed;
	free(text);
	free(lines);
}

static const char *url_of(const struct lab *lab)
{
	static char urls[2][2 * LAB_PATH_MAX];
	static unsigned turn;
	char *url = urls[turn++ % 2];

	(void)snprintf(url, sizeof(urls[0]), "sqlite:%s", lab_path(lab, "evidence.db"));
	return url;
}

/* Rows of one kind out of the calm store and into another. */
static void carry(const struct lab *to, const char *kind, const char *format, arrange_fn arrange)
{
	struct lab_output o;
	char name[80];

	lab_run(&o, "cxmeter", "export", "--store", url_of(&calm), "--site", "demo", "--record",
	        kind, "--format", format, NULL);
	lab_expect_ok(&o, "export");
	arrange(kind, &o.out);
	(void)snprintf(name, sizeof(name), "%s.%s", kind, format);
	lab_write(to, name, buf_text(&o.out));
	lab_output_free(&o);
	lab_run(&o, "cxmeter", "import", "--store", url_of(to), "--site", "demo", "--timezone",
	        "UTC", lab_path(to, name), NULL);
	lab_expect_ok(&o, "import");
	lab_output_free(&o);
}

/* All kinds, from the last to the first, give this card. */
static char *carried(const char *format, arrange_fn arrange)
{
	struct cxm_catalog catalog;
	struct lab other;
	char *found;

	assert_int_equal(cxm_catalog_init(&catalog, &cxm__evidence__descriptor, NULL), 0);
	open_other(&other);
	for (size_t i = catalog.n_kinds; i > 0; i--) {
		carry(&other, catalog.kinds[i - 1].name, format, arrange);
	}
	found = lab_scorecard(&other);
	lab_close(&other);
	cxm_catalog_free(&catalog);
	return found;
}

static void assert_carried(const char *format, arrange_fn arrange)
{
	char *found = carried(format, arrange);

	assert_string_equal(found, card);
	free(found);
}

static void exported_as_csv_and_imported_it_is_the_same_card(void **state)
{
	(void)state;
	assert_carried("csv", keep);
}

static void exported_as_jsonl_and_imported_it_is_the_same_card(void **state)
{
	(void)state;
	assert_carried("jsonl", keep);
}

static void imported_in_shuffled_rows_it_is_the_same_card(void **state)
{
	(void)state;
	assert_carried("csv", shuffle);
}

static void lose_a_contact(const char *kind, struct buf *rows)
{
	const char *end = memrchr(rows->data, '\n', rows->len - 1);

	if (strcmp(kind, "QueueContact") == 0) {
		assert_non_null(end);
		rows->len = (size_t)(end + 1 - (const char *)rows->data);
	}
}

/* Were it not, the tests above could not fail. */
static void without_one_contact_it_is_another_card(void **state)
{
	char *found = carried("csv", lose_a_contact);

	(void)state;
	assert_string_not_equal(found, card);
	free(found);
}

static int replay_recording(void **state)
{
	(void)state;
	lab_open(&calm, "demo");
	lab_start_collector(&calm);
	lab_write_agent(&calm, "");
	lab_replay(&calm, "--queue-log", RUN "queue_log", "--pcap", RUN "calls.pcap.zst", "--drop",
	           RUN "drop", NULL);
	card = lab_scorecard(&calm);
	return 0;
}

static int close_calm(void **state)
{
	(void)state;
	free(card);
	lab_close(&calm);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rotated_logs_and_cut_captures_give_the_same_card),
		cmocka_unit_test(options_in_another_order_give_the_same_card),
		cmocka_unit_test(other_batches_give_the_same_card),
		cmocka_unit_test(exported_as_csv_and_imported_it_is_the_same_card),
		cmocka_unit_test(exported_as_jsonl_and_imported_it_is_the_same_card),
		cmocka_unit_test(imported_in_shuffled_rows_it_is_the_same_card),
		cmocka_unit_test(without_one_contact_it_is_another_card),
	};

	return cmocka_run_group_tests(tests, replay_recording, close_calm);
}
