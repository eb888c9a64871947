/*
 * A kind of evidence is a message and nothing else: Probe and Index stand only in
 * tests/support/test_records.proto, and have import, a table, tallies and exports all the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "proto/import.h"
#include "tests/support/store_world.h"

static const char probe_csv[] =
	"at_us,light,host,contact,entry,seen_us,delta,offset_ms,wait_ms,due_us,balance,size_bytes,"
	"share_ratio,value,done,select,group,order,note,proof,agent,coach,customer\n"
	"1700000000000000,red,pbx1,00000000000000a1,0,1700000000000900,-3,-20,4000,"
	"1700000100000000,-5,1048576,0.25,2.5,true,false,green,b,\"Größe, sehr\",,"
	"00000000000000b1,00000000000000b2,00000000000000c1\n"
	"1700000060000000,green,pbx1,00000000000000a2,0,,,,25000,,,,,,false,,red,a,,,,,\n"
	"1700000120000000,amber,pbx2,00000000000000a3,1,,,,,,,,,,,,,,,,,,\n";

static const char probe_jsonl[] =
	"{\"at_us\":1700000000000000,\"light\":\"red\",\"host\":\"pbx1\",\"contact\":"
	"\"00000000000000a1\",\"entry\":0,\"seen_us\":1700000000000900,\"delta\":-3,\"offset_ms\":"
	"-20,\"wait_ms\":4000,\"due_us\":1700000100000000,\"balance\":-5,\"size_bytes\":1048576,"
	"\"share_ratio\":0.25,\"value\":2.5,\"done\":true,\"select\":false,\"group\":\"green\","
	"\"order\":\"b\",\"note\":\"Größe, sehr\",\"proof\":null,\"agent\":\"00000000000000b1\","
	"\"coach\":\"00000000000000b2\",\"customer\":\"00000000000000c1\"}\n"
	"{\"at_us\":1700000060000000,\"light\":\"green\",\"host\":\"pbx1\",\"contact\":"
	"\"00000000000000a2\",\"entry\":0,\"seen_us\":null,\"delta\":null,\"offset_ms\":null,"
	"\"wait_ms\":25000,\"due_us\":null,\"balance\":null,\"size_bytes\":null,\"share_ratio\":"
	"null,\"value\":null,\"done\":false,\"select\":null,\"group\":\"red\",\"order\":\"a\","
	"\"note\":null,\"proof\":null,\"agent\":null,\"coach\":null,\"customer\":null}\n"
	"{\"at_us\":1700000120000000,\"light\":\"amber\",\"host\":\"pbx2\",\"contact\":"
	"\"00000000000000a3\",\"entry\":1,\"seen_us\":null,\"delta\":null,\"offset_ms\":null,"
	"\"wait_ms\":null,\"due_us\":null,\"balance\":null,\"size_bytes\":null,\"share_ratio\":"
	"null,\"value\":null,\"done\":null,\"select\":null,\"group\":null,\"order\":null,\"note\":"
	"null,\"proof\":null,\"agent\":null,\"coach\":null,\"customer\":null}\n";

/* Import a text as a file of its name and put all its records. */
static void import_text(struct store_world *w, const char *name, const char *text)
{
	struct import_rules rules = { .text = { 0 } };
	struct instream *in = NULL;
	struct import *im = NULL;
	ProtobufCMessage *m;
	unsigned line;
	char path[512];
	FILE *file;
	int rc;

	(void)snprintf(path, sizeof(path), "%.*s/%s", (int)(strrchr(w->where, '/') - w->where),
	               w->where, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(import_name(w->catalog, path, &rules.kind, &rules.format), 0);
	assert_int_equal(instream_open(&in, path, &w->fault), 0);
	assert_int_equal(import_open(&im, in, &rules, &w->fault), 0);
	while ((rc = import_next(im, &m, &line, &w->fault)) == 1) {
		store_world_add_message(w, rules.kind, m);
	}
	assert_int_equal(rc, 0);
	import_close(im);
	instream_close(in);
	assert_int_equal(store_world_put(w, store_world_watermark(w, WORLD_EPOCH) + 1), 0);
}

static void csv_goes_in_and_comes_out_byte_by_byte(void **state)
{
	struct store_world *w = *state;
	char want[2048];

	import_text(w, "Probe-2026.csv", probe_csv);

	assert_int_equal(w->counts.stored, 3);
	(void)snprintf(want, sizeof(want), "%sat_us,entries\n", probe_csv);
	assert_string_equal(store_world_export(w, w->store, WORLD_SITE), want);
}

static int json_row(void *arg, const ProtobufCMessage *m)
{
	struct store_world *w = arg;

	text_json_row(w->probe, m, &w->text);
	return 0;
}

static void jsonl_goes_in_and_comes_out_byte_by_byte(void **state)
{
	struct store_world *w = *state;
	struct store_range all = store_world_all(w->probe, WORLD_SITE);

	import_text(w, "probe.jsonl", probe_jsonl);

	assert_int_equal(w->of->ops->rows(w->store, &all, json_row, w, &w->fault), 0);
	assert_string_equal(buf_text(&w->text), probe_jsonl);
}

static void both_forms_are_the_same_rows(void **state)
{
	struct store_world *w = *state;

	import_text(w, "probe.csv", probe_csv);
	import_text(w, "Probe.jsonl", probe_jsonl);

	assert_int_equal(w->counts.known, 3);
	assert_int_equal(w->counts.stored, 0);
}

static void its_fields_can_be_asked_about(void **state)
{
	struct store_world *w = *state;

	import_text(w, "probe.csv", probe_csv);

	assert_int_equal(store_world_count(w, "group == green and wait_ms <= 20000"), 1);
	assert_int_equal(store_world_count(w, "known(wait_ms) and not done"), 1);
	assert_int_equal(store_world_count(w, "host == \"pbx2\""), 1);
}

static void a_kind_whose_table_is_a_word_of_sql_works_too(void **state)
{
	struct store_world *w = *state;
	const struct store_span all = { w->index, WORLD_SITE, INT64_MAX };
	int64_t first = 0;
	int64_t last = 0;

	import_text(w, "Index.csv", "at_us,entries\n1700000000000000,5\n");

	assert_int_equal(w->of->ops->span(w->store, &all, &first, &last, &w->fault), 1);
	assert_non_null(strstr(store_world_export(w, w->store, WORLD_SITE),
	                       "at_us,entries\n1700000000000000,5\n"));
}

int main(void)
{
	static const struct store_kind file = { .ops = &store_sqlite, .read_only = true };
	static struct store_test test = { &file, NULL };
	struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_goes_in_and_comes_out_byte_by_byte),
		cmocka_unit_test(jsonl_goes_in_and_comes_out_byte_by_byte),
		cmocka_unit_test(both_forms_are_the_same_rows),
		cmocka_unit_test(its_fields_can_be_asked_about),
		cmocka_unit_test(a_kind_whose_table_is_a_word_of_sql_works_too),
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		tests[i].setup_func = store_world_set_up;
		tests[i].teardown_func = store_world_tear_down;
		tests[i].initial_state = &test;
	}
	return cmocka_run_group_tests_name("new kind", tests, NULL, NULL);
}
