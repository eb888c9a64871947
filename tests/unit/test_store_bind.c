/* collector/store/bind.c, bind_packed.c: from the wire into a statement, decoded or not */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "collector/store/bind.h"
#include "collector/store/sql.h"
#include "proto/text.h"
#include "tests/support/cases.h"
#include "tests/support/catalog.h"
#include "tests/support/dice.h"
#include "tests/support/record_of.h"

struct world {
	const struct cxm_catalog *catalog;
	const struct cxm_kind *probe;
	struct arena arena;
	sqlite3 *db;
	sqlite3_stmt *echo; /* SELECT of all parameters, so that what was bound can be read back */
	struct buf packed;
	struct buf text[2];
	const void *row;
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct buf sql;

	assert_non_null(w);
	w->catalog = test_catalog();
	w->probe = cxm_kind_named(w->catalog, SLICE("Probe"));
	arena_init(&w->arena, (size_t)4 * 1024 * 1024);
	buf_init(&w->packed, 65536);
	buf_init(&w->text[0], 65536);
	buf_init(&w->text[1], 65536);
	buf_init(&sql, 4096);
	buf_add_text(&sql, "SELECT ?");
	for (size_t i = 1; i < w->probe->n_fields; i++) {
		buf_add_text(&sql, ",?");
	}
	assert_int_equal(sqlite3_open(":memory:", &w->db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(w->db, sql_text(&sql), -1, &w->echo, NULL), SQLITE_OK);
	buf_free(&sql);
	w->row = *state;
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	(void)sqlite3_finalize(w->echo);
	(void)sqlite3_close(w->db);
	buf_free(&w->packed);
	buf_free(&w->text[0]);
	buf_free(&w->text[1]);
	arena_free(&w->arena);
	free(w);
	return 0;
}

/* The record behind its length and envelope. */
static struct cursor body_of(const struct buf *packed)
{
	struct cursor c = cursor_of(packed->data, packed->len);
	struct cxm_packed record;

	assert_int_equal(cxm_record_next(&c, &record), 1);
	return record.body;
}

/* What was bound, as a CSV row; "" when it cannot be read. */
static const char *bound(struct world *w, struct buf *out)
{
	ProtobufCMessage *m = NULL;

	buf_reset(out);
	assert_int_equal(sqlite3_step(w->echo), SQLITE_ROW);
	if (bind_read(w->echo, w->probe, &w->arena, &m) == 0) {
		text_csv_row(w->probe, m, out);
	}
	(void)sqlite3_reset(w->echo);
	return buf_text(out);
}

#define EVERYTHING                                                                                 \
	"light=amber host=pbx contact=8123456789abcdef entry=4294967295 seen_us=1700000000000001 " \
	"delta=-2147483648 offset_ms=-7 wait_ms=4294967295 due_us=1800000000000000 "               \
	"balance=-9223372036854775807 size_bytes=9223372036854775807 share_ratio=0.1 value=0.1 "   \
	"done=true select=false group=red order=desc note=Grüße proof=bytes "                    \
	"agent=ffffffffffffffff coach=0000000000000000 customer=0000000000000001"

struct plain {
	const char *name;
	const char *record;
};

static const struct plain plains[] = {
	{ "a_record_of_its_key_alone_is_plain", "" },
	{ "a_record_of_everything_is_plain", EVERYTHING },
	{ "empty_texts_are_plain", "host= note= order= proof=" },
	{ "zeros_are_plain", "delta=0 offset_ms=0 wait_ms=0 balance=0 value=0 share_ratio=0" },
	{ "negatives_are_plain", "delta=-1 offset_ms=-1 balance=-1 value=-1 share_ratio=-1" },
};

/* A plain record is bound the same packed and decoded. */
static void plain_run(void **state)
{
	struct world *w = *state;
	const struct plain *c = w->row;
	ProtobufCMessage *m = record_of(w->probe, &w->arena, c->record);
	int64_t at_us = 0;

	assert_int_equal(cxm_record_append(w->probe, m, &w->packed), 0);
	assert_int_equal(bind_fields(w->echo, 1, w->probe->fields, w->probe->n_fields, m),
	                 SQLITE_OK);
	(void)bound(w, &w->text[0]);
	(void)sqlite3_clear_bindings(w->echo);

	assert_true(bind_packed(w->echo, 1, w->probe, body_of(&w->packed), &at_us));

	assert_string_equal(bound(w, &w->text[1]), buf_text(&w->text[0]));
	assert_int_equal(at_us, RECORD_AT_US);
	text_csv_row(w->probe, m, &w->text[0]);
	assert_int_equal(w->text[0].len, 2 * w->text[1].len);
}

/* What is not plain, as fields behind the key of a record: Probe {at_us 1, light 1, host "",
 * contact 0, entry 0} */
#define KEY 0x08, 1, 0x10, 1, 0x1a, 0, 0x21, 0, 0, 0, 0, 0, 0, 0, 0, 0x28, 0

struct strange {
	const char *name;
	uint8_t body[64];
	size_t len;
};

#define BODY(...) { __VA_ARGS__ }, sizeof((uint8_t[]){ __VA_ARGS__ })

static const struct strange strangers[] = {
	{ "nothing_is_not_plain", { 0 }, 0 },
	{ "a_key_cut_short_is_not_plain", BODY(0x08, 1, 0x10, 1, 0x1a, 0) },
	{ "a_field_of_the_key_left_out_is_not_plain",
	  BODY(0x08, 1, 0x1a, 0, 0x21, 0, 0, 0, 0, 0, 0, 0, 0, 0x28, 0) },
	{ "an_unknown_field_is_not_plain", BODY(KEY, 0xf8, 0x03, 1) }, /* 63: varint 1 */
	{ "fields_out_of_order_are_not_plain", BODY(KEY, 0x98, 1, 9, 0x88, 1, 9) }, /* 19, 17 */
	{ "a_field_twice_is_not_plain", BODY(KEY, 0x98, 1, 9, 0x98, 1, 8) },
	{ "another_wire_type_is_not_plain", BODY(KEY, 0x9d, 1, 1, 2, 3, 4) }, /* 19 as 32 bits */
	{ "a_group_is_not_plain", BODY(KEY, 0x9b, 1, 0x9c, 1) },
	{ "a_cut_varint_is_not_plain", BODY(KEY, 0x98, 1, 0x80) },
	{ "a_tag_alone_is_not_plain", BODY(KEY, 0x98, 1) },
	{ "a_tag_of_field_0_is_not_plain", BODY(KEY, 0x00, 1) },
	{ "an_endless_varint_is_not_plain",
	  BODY(KEY, 0x98, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01) },
	{ "a_text_longer_than_the_record_is_not_plain", BODY(KEY, 0xea, 1, 5, 'a') }, /* 29 */
	{ "text_that_is_not_utf8_is_not_plain", BODY(KEY, 0xea, 1, 1, 0xff) },
	{ "text_with_a_nul_is_not_plain", BODY(KEY, 0xea, 1, 3, 'a', 0, 'b') },
	{ "a_cut_double_is_not_plain", BODY(KEY, 0xc1, 1, 0, 0, 0, 0) }, /* 24 */
	{ "a_nan_is_not_plain", BODY(KEY, 0xc1, 1, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f) },
	{ "an_infinite_float_is_not_plain", BODY(KEY, 0xbd, 1, 0, 0, 0x80, 0x7f) }, /* 23 */
	{ "a_number_beyond_int64_is_not_plain",
	  BODY(KEY, 0xb0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01) }, /* 22 */
	{ "a_number_beyond_uint32_is_not_plain",
	  BODY(KEY, 0x98, 1, 0x80, 0x80, 0x80, 0x80, 0x10) }, /* 19 */
	{ "a_number_beyond_int32_is_not_plain",
	  BODY(KEY, 0x88, 1, 0x80, 0x80, 0x80, 0x80, 0x08) }, /* 17 */
	{ "a_number_beyond_sint32_is_not_plain",
	  BODY(KEY, 0x90, 1, 0x80, 0x80, 0x80, 0x80, 0x10) },           /* 18 */
	{ "a_cut_identity_is_not_plain", BODY(KEY, 0xf9, 1, 1, 2, 3) }, /* 31 */
};

static void strange_run(void **state)
{
	struct world *w = *state;
	const struct strange *c = w->row;
	uint8_t *exact = malloc(c->len + 1); /* a sanitizer sees a read behind it */
	int64_t at_us = 0;
	bool plain;

	assert_non_null(exact);
	memcpy(exact + 1, c->body, c->len);
	plain = bind_packed(w->echo, 1, w->probe, cursor_of(exact + 1, c->len), &at_us);
	free(exact);

	assert_false(plain);
}

static void the_key_of_the_strange_ones_alone_is_plain(void **state)
{
	static const uint8_t key[] = { KEY };
	struct world *w = *state;
	int64_t at_us = 0;

	assert_true(bind_packed(w->echo, 1, w->probe, cursor_of(key, sizeof(key)), &at_us));

	assert_int_equal(at_us, 1);
}

static void long_varints_are_read_as_the_decoder_reads_them(void **state)
{
	static const uint8_t body[] = {
		KEY,  0x88, 1,    0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0x01, /* 17 delta */
		0x98, 1,    0x81, 0x80, 0x80, 0x00, /* 19 wait */
		0xc8, 1,    0x80, 0x02,             /* 25 done */
	};
	struct world *w = *state;
	ProtobufCMessage *m = cxm_record_unpack(w->probe, cursor_of(body, sizeof(body)), &w->arena);
	int64_t at_us = 0;

	assert_non_null(m);
	text_csv_row(w->probe, m, &w->text[0]);

	assert_true(bind_packed(w->echo, 1, w->probe, cursor_of(body, sizeof(body)), &at_us));

	assert_string_equal(bound(w, &w->text[1]), buf_text(&w->text[0]));
}

/* Change bytes of a good record: whenever the short way takes it, the decoder does and agrees. */
static void whatever_is_plain_the_decoder_takes_and_agrees(void **state)
{
	struct world *w = *state;
	struct dice r = { 11 };
	uint8_t body[512];
	size_t taken = 0;
	struct cursor good;

	assert_int_equal(
		cxm_record_append(w->probe, record_of(w->probe, &w->arena, EVERYTHING), &w->packed),
		0);
	good = body_of(&w->packed);
	for (int round = 0; round < 20000; round++) {
		size_t len = cursor_left(&good);
		struct cursor changed;
		int64_t at_us = 0;
		ProtobufCMessage *m;

		memcpy(body, good.at, len);
		for (size_t i = 1 + dice_below(&r, 3); i > 0; i--) {
			body[dice_below(&r, len)] = (uint8_t)dice_next(&r);
		}
		changed = cursor_of(body, len - (round % 4 == 0 ? dice_below(&r, len) : 0));
		arena_reset(&w->arena);
		(void)sqlite3_clear_bindings(w->echo);
		if (!bind_packed(w->echo, 1, w->probe, changed, &at_us)) {
			continue;
		}
		taken++;
		m = cxm_record_unpack(w->probe, changed, &w->arena);
		assert_non_null(m);
		buf_reset(&w->text[0]);
		text_csv_row(w->probe, m, &w->text[0]);
		assert_string_equal(bound(w, &w->text[1]), buf_text(&w->text[0]));
	}
	assert_true(taken > 1000);
}

/* ---- reading ---- */

struct misfit {
	const char *name;
	const char *field;
	const char *value; /* as SQL */
	int rc;
};

static const struct misfit misfits[] = {
	{ "a_missing_field_is_absent", "note", "NULL", 0 },
	{ "a_missing_key_is_damage", "host", "NULL", -EBADMSG },
	{ "text_in_a_number_is_damage", "wait_ms", "'soon'", -EBADMSG },
	{ "a_fraction_in_a_whole_number_is_damage", "wait_ms", "1.5", -EBADMSG },
	{ "a_number_in_a_label_is_damage", "note", "1", -EBADMSG },
	{ "a_blob_in_a_label_is_damage", "note", "x'61'", -EBADMSG },
	{ "text_in_bytes_is_damage", "proof", "'a'", -EBADMSG },
	{ "a_number_too_big_for_its_field_is_damage", "wait_ms", "4294967296", -EBADMSG },
	{ "a_number_too_small_for_its_field_is_damage", "wait_ms", "-1", -EBADMSG },
	{ "a_negative_unsigned_number_is_damage", "size_bytes", "-1", -EBADMSG },
	{ "a_double_too_big_for_a_float_is_damage", "share_ratio", "1e300", -EBADMSG },
	{ "a_state_of_a_newer_program_is_read", "group", "77", 0 },
};

static void misfit_run(void **state)
{
	struct world *w = *state;
	const struct misfit *c = w->row;
	ProtobufCMessage *m = NULL;
	sqlite3_stmt *stmt = NULL;
	struct buf sql;

	buf_init(&sql, 4096);
	for (size_t i = 0; i < w->probe->n_fields; i++) {
		const struct cxm_field *f = &w->probe->fields[i];
		bool it = strcmp(f->name, c->field) == 0;
		const char *other = !f->key ? "NULL" : f->type == CXM_LABEL ? "'x'" : "1";

		buf_printf(&sql, "%s %s", i == 0 ? "SELECT" : ",", it ? c->value : other);
	}
	assert_int_equal(sqlite3_prepare_v2(w->db, sql_text(&sql), -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);

	assert_int_equal(bind_read(stmt, w->probe, &w->arena, &m), c->rc);

	(void)sqlite3_finalize(stmt);
	buf_free(&sql);
}

static void no_memory_for_a_row_is_said(void **state)
{
	struct world *w = *state;
	struct arena none;
	ProtobufCMessage *m = NULL;

	arena_init(&none, 8);
	assert_int_equal(sqlite3_step(w->echo), SQLITE_ROW);

	assert_int_equal(bind_read(w->echo, w->probe, &none, &m), -ENOMEM);

	arena_free(&none);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, plains, plain_run);
	cases_table(&c, strangers, strange_run);
	cases_table(&c, misfits, misfit_run);
	cases_test(&c, the_key_of_the_strange_ones_alone_is_plain);
	cases_test(&c, long_varints_are_read_as_the_decoder_reads_them);
	cases_test(&c, whatever_is_plain_the_decoder_takes_and_agrees);
	cases_test(&c, no_memory_for_a_row_is_said);
	for (size_t i = 0; i < c.n; i++) {
		c.tests[i].setup_func = set_up;
		c.tests[i].teardown_func = tear_down;
	}
	return cases_run("bind", &c, NULL, NULL);
}
