#include "proto/text.h"

#include <errno.h>

#include <jansson.h>

#include "common/when.h"
#include "proto/csv.h"
#include "proto/evidence.pb-c.h"
#include "tests/support/cases.h"
#include "tests/support/catalog.h"
#include "tests/support/random_record.h"

struct world {
	const struct cxm_catalog *catalog;
	struct arena arena;
	struct buf buf;
};

static int learn(void **state)
{
	static struct world w;
	struct fault fault;

	*state = &w;
	arena_init(&w.arena, 1 << 20);
	buf_init(&w.buf, 1 << 20);
	w.catalog = product_catalog();
	return when_use_zone("Europe/Berlin", &fault);
}

static int forget(void **state)
{
	struct world *w = *state;

	arena_free(&w->arena);
	buf_free(&w->buf);
	return 0;
}

/* A caller's number, as a source would hash it. */
static int hash_length(void *arg, const struct cxm_field *f, struct slice raw, uint64_t *out)
{
	(void)f;
	*out = raw.len * *(const uint64_t *)arg;
	return raw.at[0] == '?' ? -EINVAL : 0;
}

static uint64_t thousand = 1000;
static const struct text_rules plain_rules = { .decimal_comma = false };
static const struct text_rules comma_rules = { .decimal_comma = true };
static const struct text_rules hash_rules = { .identity = hash_length, .arg = &thousand };

/* ---- reading ---- */

static const struct good_case {
	const char *name;
	const char *kind;
	const char *field;
	const char *text;
	double factor;
	const struct text_rules *rules;
	const char *want; /* as text_print writes it */
} good[] = {
	{ "count", "queue_contact", "connects", "3", 1, &plain_rules, "3" },
	{ "count_with_blanks_around", "queue_contact", "connects", " 3\r\n", 1, &plain_rules, "3" },
	{ "count_written_as_a_fraction", "queue_contact", "connects", "3.0", 1, &plain_rules, "3" },
	{ "count_with_exponent", "queue_contact", "connects", "3e2", 1, &plain_rules, "300" },
	{ "negative_count", "media_stream", "lost", "-7", 1, &plain_rules, "-7" },
	{ "largest_size", "media_stream", "size_bytes", "9223372036854775807", 1, &plain_rules,
	  "9223372036854775807" },
	{ "seconds_into_ms", "queue_contact", "wait_ms", "17", 1000, &plain_rules, "17000" },
	{ "seconds_with_fraction_into_ms", "queue_contact", "wait_ms", "1.2345", 1000, &plain_rules,
	  "1235" },
	{ "seconds_with_comma_into_ms", "queue_contact", "wait_ms", "1,5", 1000, &comma_rules,
	  "1500" },
	{ "real", "survey", "value", "4.5", 1, &plain_rules, "4.5" },
	{ "real_with_comma", "survey", "value", "4,5", 1, &comma_rules, "4.5" },
	{ "real_scaled", "survey", "value", "50", 0.01, &plain_rules, "0.5" },
	{ "real_that_needs_17_digits", "survey", "value", "0.1000000000000000055511151231257827", 1,
	  &plain_rules, "0.1" },
	{ "float_in_its_shortest_form", "media_stream", "mos", "4.4", 1, &plain_rules, "4.4" },
	{ "truth", "queue_contact", "recorded", "true", 1, &plain_rules, "true" },
	{ "truth_as_1", "queue_contact", "recorded", "1", 1, &plain_rules, "true" },
	{ "truth_in_german", "queue_contact", "recorded", "Ja", 1, &plain_rules, "true" },
	{ "truth_denied_in_german", "queue_contact", "recorded", "nein", 1, &plain_rules, "false" },
	{ "truth_denied", "queue_contact", "recorded", "NO", 1, &plain_rules, "false" },
	{ "label", "queue_contact", "disposition", "gel\xc3\xb6st", 1, &plain_rules,
	  "gel\xc3\xb6st" },
	{ "label_is_trimmed", "queue_contact", "disposition", " a b ", 1, &plain_rules, "a b" },
	/* before: any apostrophe in front of = + - @ was taken off, in JSONL as well */
	{ "label_keeps_its_apostrophe", "queue_contact", "disposition", "'=x", 1, &plain_rules,
	  "'=x" },
	{ "empty_label_stays_absent", "queue_contact", "disposition", "  ", 1, &plain_rules, "" },
	{ "empty_label_of_the_key", "gap", "part", "", 1, &plain_rules, "" },
	{ "empty_count_stays_absent", "queue_contact", "connects", "", 1, &plain_rules, "" },
	{ "empty_identity_of_the_key_is_none", "queue_contact", "contact", "", 1, &plain_rules,
	  "0000000000000000" },
	{ "state", "queue_contact", "outcome", "timed_out", 1, &plain_rules, "timed_out" },
	{ "state_in_capitals", "queue_contact", "outcome", "TIMED_OUT", 1, &plain_rules,
	  "timed_out" },
	{ "pseudonym", "queue_contact", "agent", "0123456789abcDEF", 1, &plain_rules,
	  "0123456789abcdef" },
	{ "pseudonym_of_all_ones", "queue_contact", "agent", "ffffffffffffffff", 1, &plain_rules,
	  "ffffffffffffffff" },
	{ "identity_is_hashed", "queue_contact", "agent", "Agent/7", 1, &hash_rules,
	  "0000000000001b58" },
	{ "time_iso", "queue_contact", "at_us", "2026-11-22T05:58:26+01:00", 1, &plain_rules,
	  "1795323506000000" },
	{ "time_local", "queue_contact", "at_us", "22.11.2026 05:58", 1, &plain_rules,
	  "1795323480000000" },
	{ "time_in_seconds", "queue_contact", "at_us", "1795323506.5", 1, &plain_rules,
	  "1795323506500000" },
	{ "time_in_microseconds", "queue_contact", "at_us", "1795323506500000", 1, &plain_rules,
	  "1795323506500000" },
	/* before: the factor of a time was silently ignored */
	{ "time_in_milliseconds_by_factor", "queue_contact", "at_us", "1795323506500", 1000,
	  &plain_rules, "1795323506500000" },
	{ "time_in_seconds_by_factor", "queue_contact", "at_us", "1795323506.25", 1e6, &plain_rules,
	  "1795323506250000" },
	/* before: a table exported with signatures could not be imported */
	{ "bytes", "attestation", "signature", "00fFa1", 1, &plain_rules, "00ffa1" },
};

static const struct cxm_field *field_of(struct world *w, const char *kind_name, const char *field,
                                        ProtobufCMessage **m)
{
	const struct cxm_kind *kind = cxm_kind_named(w->catalog, slice_of(kind_name));

	*m = cxm_record_new(kind, &w->arena);
	return cxm_field_named(kind, slice_of(field));
}

static void text_is_read_and_written_in_its_own_form(void **state)
{
	const struct good_case *c = *state;
	const struct cxm_field *f;
	struct fault fault = { 0 };
	ProtobufCMessage *m;
	struct world *w;
	void *world;

	assert_int_equal(learn(&world), 0);
	w = world;
	f = field_of(w, c->kind, c->field, &m);
	assert_int_equal(
		text_parse(m, f, slice_of(c->text), c->factor, c->rules, &w->arena, &fault), 0);
	text_print(m, f, &w->buf);
	assert_string_equal(buf_text(&w->buf), c->want);
	assert_int_equal(forget(&world), 0);
}

static const struct bad_case {
	const char *name;
	const char *kind;
	const char *field;
	const char *text;
	double factor;
	const struct text_rules *rules;
	const char *want; /* the whole message */
} bad[] = {
	{ "words_for_a_count", "queue_contact", "connects", "many", 1, &plain_rules,
	  "connects: expected a whole number that fits the field, found something like \"aaaa\"" },
	{ "fraction_for_a_count", "queue_contact", "connects", "1.5", 1, &plain_rules,
	  "connects: expected a whole number that fits the field, found something like \"9.9\"" },
	{ "negative_for_a_duration", "queue_contact", "wait_ms", "-1", 1, &plain_rules,
	  "wait_ms: expected a whole number that fits the field, found something like \"-9\"" },
	{ "count_too_large_for_its_field", "queue_contact", "connects", "4294967296", 1,
	  &plain_rules,
	  "connects: expected a whole number that fits the field, found something like "
	  "\"9999999999\"" },
	{ "scaled_beyond_its_field", "queue_contact", "wait_ms", "4294968", 1000, &plain_rules,
	  "wait_ms: expected a whole number that fits the field, found something like "
	  "\"9999999\"" },
	{ "scaled_beyond_what_a_double_counts", "media_stream", "size_bytes", "9007199254740993",
	  1000, &plain_rules,
	  "size_bytes: expected a whole number that fits the field, found something like "
	  "\"9999999999999999\"" },
	{ "comma_where_a_point_is_meant", "survey", "value", "4,5", 1, &plain_rules,
	  "value: expected a number, found something like \"9,9\"" },
	{ "real_that_becomes_infinite", "survey", "value", "1e308", 10, &plain_rules,
	  "value: expected a number, found something like \"9a999\"" },
	{ "float_too_large", "media_stream", "mos", "1e39", 1, &plain_rules,
	  "mos: expected a number, found something like \"9a99\"" },
	{ "no_truth", "queue_contact", "recorded", "on", 1, &plain_rules,
	  "recorded: expected true or false, found something like \"aa\"" },
	{ "no_state", "queue_contact", "ended_by", "customer", 1, &plain_rules,
	  "ended_by: expected one of agent, caller, transfer, system, found something like "
	  "\"aaaaaaaa\"" },
	{ "no_time", "queue_contact", "at_us", "22.11.26", 1, &plain_rules,
	  "at_us: expected a time such as 2026-11-22T05:58:26+01:00, 22.11.2026 05:58 or seconds "
	  "since "
	  "1970, found something like \"99.99.99\"" },
	{ "no_time_at_all", "queue_contact", "at_us", " ", 1, &plain_rules,
	  "at_us is empty; it is part of the record's key" },
	{ "no_state_in_the_key", "gap", "reason", "", 1, &plain_rules,
	  "reason is empty; it is part of the record's key" },
	{ "half_a_byte", "attestation", "signature", "abc", 1, &plain_rules,
	  "signature: expected bytes as hexadecimal digits, found something like \"aaa\"" },
	{ "bytes_that_are_no_digits", "attestation", "signature", "0g", 1, &plain_rules,
	  "signature: expected bytes as hexadecimal digits, found something like \"9a\"" },
	{ "label_that_is_no_utf8", "queue_contact", "disposition", "M\xfcller", 1, &plain_rules,
	  "disposition: expected UTF-8 text of at most 512 bytes: the text is not UTF-8; name the "
	  "file's `encoding`, or save it as UTF-8" },
	{ "identity_in_clear_where_only_pseudonyms_go", "queue_contact", "customer",
	  "+493012345678901", 1, &plain_rules,
	  "customer: expected an identity, or its pseudonym (16 hexadecimal digits)" },
	{ "pseudonym_too_short", "queue_contact", "customer", "0123456789abcde", 1, &plain_rules,
	  "customer: expected an identity, or its pseudonym (16 hexadecimal digits)" },
	{ "identity_that_the_source_refuses", "queue_contact", "customer", "?", 1, &hash_rules,
	  "customer: expected an identity, or its pseudonym (16 hexadecimal digits)" },
	/* columns have shifted: what is found is shown by its shape alone */
	{ "telephone_number_in_a_count", "queue_contact", "connects", "+49 (30) 1234-567", 1,
	  &plain_rules,
	  "connects: expected a whole number that fits the field, found something like \"+99 (99) "
	  "9999-999\"" },
	{ "name_in_a_time", "queue_contact", "at_us", "J\xc3\xbcrgen M\xc3\xbcller", 1,
	  &plain_rules,
	  "at_us: expected a time such as 2026-11-22T05:58:26+01:00, 22.11.2026 05:58 or seconds "
	  "since "
	  "1970, found something like \"a??aaaa a??aaaa\"" },
	{ "long_text_is_cut", "queue_contact", "connects",
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1, &plain_rules,
	  "connects: expected a whole number that fits the field, found something like "
	  "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"" },
};

static void text_of_another_type_is_refused_without_repeating_it(void **state)
{
	const struct bad_case *c = *state;
	const struct cxm_field *f;
	struct fault fault = { 0 };
	ProtobufCMessage *m;
	struct world *w;
	void *world;

	assert_int_equal(learn(&world), 0);
	w = world;
	f = field_of(w, c->kind, c->field, &m);
	assert_int_equal(
		text_parse(m, f, slice_of(c->text), c->factor, c->rules, &w->arena, &fault),
		-EINVAL);
	assert_string_equal(fault.text, c->want);
	assert_int_equal(fault.code, -EINVAL);
	assert_int_equal(cxm_field_get(m, f).present, f->key && f->type != CXM_LABEL);
	assert_int_equal(forget(&world), 0);
}

/* No field of any type may repeat what it was given, whatever it was. */
static void no_error_ever_repeats_what_was_there(void **state)
{
	static const char *const secrets[] = { "Schneider", "4930987654", "x4930987654",
		                               "Anna-Lena" };
	struct world *w = *state;
	struct fault fault;

	for (size_t i = 0; i < w->catalog->n_kinds; i++) {
		const struct cxm_kind *kind = &w->catalog->kinds[i];

		for (size_t k = 0; k < kind->n_fields * 4; k++) {
			const char *secret = secrets[k % 4];

			fault = (struct fault){ 0 };
			(void)text_parse(cxm_record_new(kind, &w->arena), &kind->fields[k / 4],
			                 slice_of(secret), 1.0, &plain_rules, &w->arena, &fault);
			assert_null(strstr(fault.text, secret));
			assert_null(strstr(fault.text, "098765"));
		}
		arena_reset(&w->arena);
	}
}

static void label_up_to_the_limit_is_read(void **state)
{
	struct world *w = *state;
	char text[CXM_LABEL_MAX_BYTES + 1];
	ProtobufCMessage *m;
	const struct cxm_field *f = field_of(w, "gap", "detail", &m);
	struct fault fault;

	memset(text, 'x', sizeof(text));
	assert_int_equal(
		text_parse(m, f, (struct slice){ text, 512 }, 1, &plain_rules, &w->arena, &fault),
		0);
	assert_int_equal(cxm_field_get(m, f).text.len, 512);
	assert_int_equal(
		text_parse(m, f, (struct slice){ text, 513 }, 1, &plain_rules, &w->arena, &fault),
		-EINVAL);
	arena_reset(&w->arena);
}

static void full_arena_is_no_crash(void **state)
{
	struct world *w = *state;
	ProtobufCMessage *m;
	const struct cxm_field *f = field_of(w, "gap", "detail", &m);
	struct arena none;
	struct fault fault;

	arena_init(&none, 0);
	assert_int_equal(text_parse(m, f, SLICE("text"), 1, &plain_rules, &none, &fault), -EINVAL);
	assert_false(cxm_field_get(m, f).present);
	arena_reset(&w->arena);
}

/* ---- rows ---- */

static struct cxm_value trimmed(const struct cxm_field *f, struct cxm_value v)
{
	v.text = f->type == CXM_LABEL ? slice_trim(v.text) : v.text;
	return v;
}

/* A float is written in the shortest form that gives the same float. */
static bool same_real(const struct cxm_field *f, double a, double b)
{
	return f->pb->type == PROTOBUF_C_TYPE_FLOAT ? (float)a == (float)b : a == b;
}

/* What a field holds after it was written as text and read again: blanks around labels are gone,
 * and an optional label of nothing is absent. */
static void assert_same_field(const struct cxm_field *f, struct cxm_value was, struct cxm_value is)
{
	bool empty_text = (f->type == CXM_LABEL || f->type == CXM_BYTES) && was.text.len == 0;

	assert_int_equal(is.present, was.present && (f->key || !empty_text));
	assert_int_equal(is.present ? was.i : 0, is.i);
	assert_true(!is.present || same_real(f, was.d, is.d));
	assert_true(slice_eq(was.text, is.text));
}

/* Times are read as microseconds from 14 digits on (1970-04-26), as when_parse says. */
static void use_times_of_this_century(const struct cxm_kind *kind, ProtobufCMessage *m,
                                      struct dice *dice)
{
	for (size_t k = 0; k < kind->n_fields; k++) {
		struct cxm_value v = { .present = true };

		v.i = (int64_t)(UINT64_C(946684800000000) +
		                dice_below(dice, UINT64_C(3155760000000000)));
		if (kind->fields[k].unit == CXM_TIME) {
			(void)cxm_field_set(m, &kind->fields[k], &v);
		}
	}
}

static void read_csv_row(struct world *w, const struct cxm_kind *kind, const struct csv_row *row,
                         ProtobufCMessage *m)
{
	struct fault fault = { 0 };

	assert_int_equal(row->n_fields, kind->n_fields);
	for (size_t k = 0; k < kind->n_fields; k++) {
		struct slice text = row->fields[k];

		text = kind->fields[k].type == CXM_LABEL ? csv_unguard(text) : text;
		assert_int_equal(
			text_parse(m, &kind->fields[k], text, 1, &plain_rules, &w->arena, &fault),
			0);
	}
}

static void csv_rows_of_every_kind_are_read_as_they_were_written(void **state)
{
	struct world *w = *state;
	struct dice dice = { 3 };
	struct csv_row row;

	csv_row_init(&row);
	for (size_t i = 0; i < w->catalog->n_kinds * 60; i++) {
		const struct cxm_kind *kind = &w->catalog->kinds[i % w->catalog->n_kinds];
		ProtobufCMessage *m = random_record(kind, 70, &dice, &w->arena);
		ProtobufCMessage *back = cxm_record_new(kind, &w->arena);
		size_t consumed;

		use_times_of_this_century(kind, m, &dice);
		buf_reset(&w->buf);
		text_csv_row(kind, m, &w->buf);
		assert_int_equal(csv_next((struct slice){ (const char *)w->buf.data, w->buf.len },
		                          ',', false, &row, &consumed),
		                 1);
		assert_int_equal(consumed, w->buf.len);
		read_csv_row(w, kind, &row, back);
		for (size_t k = 0; k < kind->n_fields; k++) {
			const struct cxm_field *f = &kind->fields[k];

			assert_same_field(f, trimmed(f, cxm_field_get(m, f)),
			                  cxm_field_get(back, f));
		}
		arena_reset(&w->arena);
	}
	csv_row_free(&row);
}

static void assert_json_field(struct world *w, const struct cxm_field *f, const ProtobufCMessage *m,
                              const json_t *value)
{
	struct cxm_value v = cxm_field_get(m, f);

	assert_non_null(value);
	assert_int_equal(json_is_null(value), !v.present);
	if (!v.present) {
		return;
	}
	if (f->type == CXM_INT) {
		assert_int_equal(json_integer_value(value), v.i);
	} else if (f->type == CXM_REAL) {
		assert_true(same_real(f, json_number_value(value), v.d));
	} else if (f->type == CXM_BOOL) {
		assert_int_equal(json_is_true(value), v.i);
	} else if (f->type == CXM_LABEL) {
		assert_true(slice_eq(v.text, slice_of(json_string_value(value))));
	} else {
		buf_reset(&w->buf);
		text_print(m, f, &w->buf);
		assert_string_equal(json_string_value(value), buf_text(&w->buf));
	}
}

static void json_rows_of_every_kind_are_what_a_json_reader_reads(void **state)
{
	struct world *w = *state;
	struct dice dice = { 4 };

	for (size_t i = 0; i < w->catalog->n_kinds * 60; i++) {
		const struct cxm_kind *kind = &w->catalog->kinds[i % w->catalog->n_kinds];
		ProtobufCMessage *m = random_record(kind, 70, &dice, &w->arena);
		json_t *object;

		buf_reset(&w->buf);
		text_json_row(kind, m, &w->buf);
		assert_int_equal(w->buf.data[w->buf.len - 1], '\n');
		assert_ptr_equal(memchr(w->buf.data, '\n', w->buf.len),
		                 w->buf.data + w->buf.len - 1);
		object = json_loadb((const char *)w->buf.data, w->buf.len, JSON_REJECT_DUPLICATES,
		                    NULL);
		assert_int_equal(json_object_size(object), kind->n_fields);
		for (size_t k = 0; k < kind->n_fields; k++) {
			assert_json_field(w, &kind->fields[k], m,
			                  json_object_get(object, kind->fields[k].name));
		}
		json_decref(object);
		arena_reset(&w->arena);
	}
}

static Cxm__Gap some_gap(void)
{
	static char host[] = "=pbx\"1\"";
	static char part[] = "a,b";
	Cxm__Gap m = CXM__GAP__INIT;

	m.at_us = INT64_C(1795323506000000);
	m.source = CXM__SOURCE__QUEUE_LOG;
	m.host = host;
	m.reason = CXM__GAP__REASON__FILE_LOST;
	m.part = part;
	m.has_lost = 1;
	m.lost = 7;
	return m;
}

static void rows_look_like_this(void **state)
{
	struct world *w = *state;
	const struct cxm_kind *kind = cxm_kind_named(w->catalog, SLICE("gap"));
	Cxm__Gap m = some_gap();

	buf_reset(&w->buf);
	text_csv_header(kind, &w->buf);
	text_csv_row(kind, &m.base, &w->buf);
	text_json_row(kind, &m.base, &w->buf);
	assert_string_equal(
		buf_text(&w->buf),
		"at_us,source,host,reason,part,seen_us,to_us,lost,detail,seen,sampled_ppm\n"
		"1795323506000000,queue_log,\"'=pbx\"\"1\"\"\",file_lost,\"a,b\",,,7,,,\n"
		"{\"at_us\":1795323506000000,\"source\":\"queue_log\",\"host\":\"=pbx\\\"1\\\"\","
		"\"reason\":\"file_lost\",\"part\":\"a,b\",\"seen_us\":null,\"to_us\":null,"
		"\"lost\":7,\"detail\":null,\"seen\":null,\"sampled_ppm\":null}\n");
}

static void state_of_a_newer_schema_is_written_as_its_number(void **state)
{
	struct world *w = *state;
	const struct cxm_kind *kind = cxm_kind_named(w->catalog, SLICE("gap"));
	Cxm__Gap m = some_gap();

	m.reason = (Cxm__Gap__Reason)99;
	buf_reset(&w->buf);
	text_print(&m.base, cxm_field_named(kind, SLICE("reason")), &w->buf);
	assert_string_equal(buf_text(&w->buf), "99");
}

static void number_that_is_none_is_null_in_json(void **state)
{
	struct world *w = *state;
	const struct cxm_kind *kind = cxm_kind_named(w->catalog, SLICE("survey"));
	static char host[] = "h";
	Cxm__Survey m = CXM__SURVEY__INIT;

	m.host = host;
	m.has_value = 1;
	m.value = 1e308 * 10; /* before: "value":, and the line was no JSON */
	buf_reset(&w->buf);
	text_json_row(kind, &m.base, &w->buf);
	assert_non_null(strstr(buf_text(&w->buf), "\"value\":null"));
}

static void json_text_is_escaped(void **state)
{
	struct world *w = *state;

	buf_reset(&w->buf);
	text_json_string(SLICE("a\"b\\c/\b\n\x01\x7f\xc3\xa4"), &w->buf);
	assert_string_equal(buf_text(&w->buf),
	                    "\"a\\\"b\\\\c/\\u0008\\u000a\\u0001\\u007f\xc3\xa4\"");
}

int main(void)
{
	static struct cases with_schema;
	static struct cases c;

	cases_table(&c, good, text_is_read_and_written_in_its_own_form);
	cases_table(&c, bad, text_of_another_type_is_refused_without_repeating_it);
	cases_test(&with_schema, no_error_ever_repeats_what_was_there);
	cases_test(&with_schema, label_up_to_the_limit_is_read);
	cases_test(&with_schema, full_arena_is_no_crash);
	cases_test(&with_schema, csv_rows_of_every_kind_are_read_as_they_were_written);
	cases_test(&with_schema, json_rows_of_every_kind_are_what_a_json_reader_reads);
	cases_test(&with_schema, rows_look_like_this);
	cases_test(&with_schema, state_of_a_newer_schema_is_written_as_its_number);
	cases_test(&with_schema, number_that_is_none_is_null_in_json);
	cases_test(&with_schema, json_text_is_escaped);
	return cases_run("text", &c, NULL, NULL) +
	       cases_run("text_rows", &with_schema, learn, forget);
}
