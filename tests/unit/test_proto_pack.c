#include <errno.h>
#include <math.h>

#include "cxmeter/record.h"
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

	*state = &w;
	arena_init(&w.arena, 1 << 20);
	buf_init(&w.buf, 1 << 20);
	w.catalog = product_catalog();
	return 0;
}

static int forget(void **state)
{
	struct world *w = *state;

	arena_free(&w->arena);
	buf_free(&w->buf);
	return 0;
}

/* Pack one record alone and hand back its body. */
static struct cursor body_of(struct world *w, const struct cxm_kind *kind,
                             const ProtobufCMessage *m)
{
	struct cxm_packed packed;
	struct cursor c;

	buf_reset(&w->buf);
	assert_int_equal(cxm_record_append(kind, m, &w->buf), 0);
	c = cursor_of(w->buf.data, w->buf.len);
	assert_int_equal(cxm_record_next(&c, &packed), 1);
	assert_int_equal(packed.number, kind->number);
	assert_int_equal(cxm_record_next(&c, &packed), 0);
	return packed.body;
}

static void assert_equal_content(const struct cxm_kind *kind, const ProtobufCMessage *a,
                                 const ProtobufCMessage *b)
{
	for (size_t k = 0; k < kind->n_fields; k++) {
		struct cxm_value va = cxm_field_get(a, &kind->fields[k]);
		struct cxm_value vb = cxm_field_get(b, &kind->fields[k]);

		assert_int_equal(va.present, vb.present);
		assert_int_equal(va.i, vb.i);
		assert_true(va.d == vb.d);
		assert_true(slice_eq(va.text, vb.text));
	}
	assert_int_equal(cxm_record_rank(kind, a, b), 0);
}

/* Every kind, every field: packed and unpacked it is the same; protobuf-c agrees in both
 * directions. */
static void record_survives_the_journey_in_every_kind(void **state)
{
	struct world *w = *state;
	struct dice dice = { 77 };

	for (size_t i = 0; i < w->catalog->n_kinds * 60; i++) {
		const struct cxm_kind *kind = &w->catalog->kinds[i % w->catalog->n_kinds];
		ProtobufCMessage *m =
			random_record(kind, (unsigned)dice_below(&dice, 101), &dice, &w->arena);
		uint8_t theirs[8192];
		struct cursor body = body_of(w, kind, m);
		ProtobufCMessage *back = cxm_record_unpack(kind, body, &w->arena);
		ProtobufCMessage *reference =
			protobuf_c_message_unpack(kind->pb, NULL, cursor_left(&body), body.at);

		assert_non_null(back);
		assert_non_null(reference);
		assert_equal_content(kind, m, back);
		assert_equal_content(kind, m, reference);
		assert_int_equal(protobuf_c_message_pack(m, theirs), cursor_left(&body));
		assert_memory_equal(theirs, body.at, cursor_left(&body));
		protobuf_c_message_free_unpacked(reference, NULL);
		arena_reset(&w->arena);
	}
}

static void many_records_follow_each_other(void **state)
{
	struct world *w = *state;
	struct dice dice = { 5 };
	struct cxm_packed packed;
	struct cursor c;

	buf_reset(&w->buf);
	for (size_t i = 0; i < 500; i++) {
		const struct cxm_kind *kind = &w->catalog->kinds[i % w->catalog->n_kinds];

		assert_int_equal(
			cxm_record_append(kind, random_record(kind, 50, &dice, &w->arena), &w->buf),
			0);
		arena_reset(&w->arena);
	}
	c = cursor_of(w->buf.data, w->buf.len);
	for (size_t i = 0; i < 500; i++) {
		const struct cxm_kind *kind = &w->catalog->kinds[i % w->catalog->n_kinds];

		assert_int_equal(cxm_record_next(&c, &packed), 1);
		assert_int_equal(packed.number, kind->number);
		assert_non_null(cxm_record_unpack(kind, packed.body, &w->arena));
		arena_reset(&w->arena);
	}
	assert_int_equal(cxm_record_next(&c, &packed), 0);
}

/* ---- limits ---- */

static Cxm__Attestation signed_statement(size_t signature_bytes)
{
	static uint8_t signature[CXM_RECORD_MAX_BYTES + 1];
	static char text[] = "h";
	Cxm__Attestation m = CXM__ATTESTATION__INIT;

	m.host = text;
	m.indicator = text;
	m.source = CXM__SOURCE__DROPBOX;
	m.has_signature = 1;
	m.signature = (ProtobufCBinaryData){ signature_bytes, signature };
	return m;
}

static void largest_record_is_packed_and_taken_and_one_byte_more_is_not(void **state)
{
	struct world *w = *state;
	const struct cxm_kind *kind = cxm_kind_named(w->catalog, SLICE("attestation"));
	Cxm__Attestation m = signed_statement(CXM_RECORD_MAX_BYTES - 100);
	struct cursor body = body_of(w, kind, &m.base);
	size_t head = 2 + 2; /* tag of number 18, length of up to 16383 bytes */
	size_t room = CXM_RECORD_MAX_BYTES - head - cursor_left(&body);

	m = signed_statement(CXM_RECORD_MAX_BYTES - 100 + room);
	body = body_of(w, kind, &m.base);
	assert_int_equal(cursor_left(&body) + head, CXM_RECORD_MAX_BYTES);
	assert_non_null(cxm_record_unpack(kind, body, &w->arena));
	m = signed_statement(CXM_RECORD_MAX_BYTES - 100 + room + 1);
	buf_reset(&w->buf);
	assert_int_equal(cxm_record_append(kind, &m.base, &w->buf), -EMSGSIZE);
	assert_int_equal(w->buf.len, 0);
	m = signed_statement(CXM_RECORD_MAX_BYTES + 1);
	assert_int_equal(cxm_record_append(kind, &m.base, &w->buf), -EMSGSIZE);
	assert_int_equal(w->buf.len, 0);
	assert_false(w->buf.failed);
	arena_reset(&w->arena);
}

static void record_that_does_not_fit_leaves_the_buffer_as_it_was(void **state)
{
	struct world *w = *state;
	const struct cxm_kind *kind = cxm_kind_named(w->catalog, SLICE("attestation"));
	Cxm__Attestation m = signed_statement(1000);
	struct buf small;

	buf_init(&small, 600);
	buf_add_text(&small, "before");
	assert_int_equal(cxm_record_append(kind, &m.base, &small), -EMSGSIZE);
	assert_string_equal(buf_text(&small), "before");
	assert_false(small.failed);
	small.failed = true; /* before: an older failure was forgotten */
	assert_int_equal(cxm_record_append(kind, &m.base, &small), -EMSGSIZE);
	assert_true(small.failed);
	buf_free(&small);
}

/* Before: fields a newer schema had left in a message were packed into room that was not reserved.
 */
static void unknown_fields_of_a_message_are_not_packed(void **state)
{
	struct world *w = *state;
	const struct cxm_kind *kind = cxm_kind_named(w->catalog, SLICE("attestation"));
	static uint8_t data[CXM_RECORD_MAX_BYTES * 4];
	ProtobufCMessageUnknownField unknown = { .tag = 999,
		                                 .wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
		                                 .len = sizeof(data),
		                                 .data = data };
	Cxm__Attestation m = signed_statement(3);
	struct cursor body = body_of(w, kind, &m.base);
	size_t plain = cursor_left(&body);

	m.base.n_unknown_fields = 1;
	m.base.unknown_fields = &unknown;
	body = body_of(w, kind, &m.base);
	assert_int_equal(cursor_left(&body), plain);
}

static void label_that_is_missing_from_the_key_is_packed_as_empty(void **state)
{
	struct world *w = *state;
	const struct cxm_kind *kind = cxm_kind_named(w->catalog, SLICE("gap"));
	Cxm__Gap m = CXM__GAP__INIT;
	Cxm__Gap *back;

	m.host = NULL;
	m.part = NULL;
	back = (Cxm__Gap *)cxm_record_unpack(kind, body_of(w, kind, &m.base), &w->arena);
	assert_non_null(back);
	assert_string_equal(back->host, "");
	assert_string_equal(back->part, "");
	arena_reset(&w->arena);
}

/* ---- hostile bytes: heads ---- */

static const struct head_case {
	const char *name;
	uint8_t bytes[24];
	size_t len;
	int rc;
} heads[] = {
	{ "nothing_is_the_end", { 0 }, 0, 0 },
	{ "smallest_record", { 2, 0x0a, 0 }, 3, 1 }, /* length 2: field 1, length 0 */
	{ "record_of_nothing", { 0 }, 1, -EBADMSG },
	{ "length_without_record", { 2 }, 1, -EBADMSG },
	{ "length_cut_off", { 0x80 }, 1, -EBADMSG },
	{ "length_of_more_than_is_there", { 3, 0x0a, 0 }, 3, -EBADMSG },
	{ "length_above_the_limit", { 0x81, 0x80, 0x01, 0x0a, 0 }, 5, -EBADMSG },
	{ "length_of_64_bits",
	  { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 },
	  10,
	  -EBADMSG },
	{ "inner_length_too_short", { 3, 0x0a, 0, 0 }, 4, -EBADMSG },
	{ "inner_length_too_long", { 3, 0x0a, 2, 0 }, 4, -EBADMSG },
	{ "field_number_0", { 2, 0x02, 0 }, 3, -EBADMSG },
	{ "varint_in_place_of_a_message", { 2, 0x08, 0 }, 3, -EBADMSG },
	{ "group_in_place_of_a_message", { 2, 0x0b, 0 }, 3, -EBADMSG },
	{ "field_number_2_to_29", { 7, 0x82, 0x80, 0x80, 0x80, 0x10, 0 }, 7, -EBADMSG },
	{ "field_number_of_60_bits",
	  { 11, 0xfa, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0 },
	  12,
	  -EBADMSG },
};

static void head_is_understood_or_refused(void **state)
{
	const struct head_case *c = *state;
	struct cursor cursor = cursor_of(c->bytes, c->len);
	struct cxm_packed packed;

	assert_int_equal(cxm_record_next(&cursor, &packed), c->rc);
}

static void record_cut_at_any_byte_is_refused(void **state)
{
	struct world *w = *state;
	struct dice dice = { 8 };

	for (size_t i = 0; i < w->catalog->n_kinds; i++) {
		const struct cxm_kind *kind = &w->catalog->kinds[i];

		(void)body_of(w, kind, random_record(kind, 100, &dice, &w->arena));
		for (size_t n = 1; n < w->buf.len; n++) {
			struct cursor c = cursor_of(w->buf.data, n);
			struct cxm_packed packed;

			assert_int_equal(cxm_record_next(&c, &packed), -EBADMSG);
		}
		arena_reset(&w->arena);
	}
}

/* ---- hostile bytes: bodies ---- */

/* SurveyOffer: at_us 1, source 2, host 3 "h", contact 4; each body begins with this */
#define KEY       0x08, 0x01, 0x10, 0x07, 0x1a, 0x01, 'h', 0x21, 1, 2, 3, 4, 5, 6, 7, 8
#define KEY_SIZE  16
#define BODY(...) { KEY, __VA_ARGS__ }, KEY_SIZE + sizeof((uint8_t[]){ __VA_ARGS__ })

static const struct body_case {
	const char *name;
	uint8_t bytes[64];
	size_t len;
	bool good;
} bodies[] = {
	{ "key_alone", { KEY }, KEY_SIZE, true },
	{ "key_in_another_order",
	  { 0x1a, 1, 'h', 0x21, 1, 2, 3, 4, 5, 6, 7, 8, 0x10, 7, 0x08, 1 },
	  KEY_SIZE,
	  true },
	{ "nothing", { 0 }, 0, false },
	{ "time_missing", { 0x10, 7, 0x1a, 1, 'h', 0x21, 1, 2, 3, 4, 5, 6, 7, 8 }, 14, false },
	{ "contact_missing", { 0x08, 1, 0x10, 7, 0x1a, 1, 'h' }, 7, false },
	{ "host_missing", { 0x08, 1, 0x10, 7, 0x21, 1, 2, 3, 4, 5, 6, 7, 8 }, 13, false },
	{ "tag_cut", BODY(0x80), false },
	{ "number_cut", BODY(0x80, 0x01, 0x80), false },
	{ "identity_cut", BODY(0x89, 0x01, 1, 2, 3, 4, 5, 6, 7), false },
	{ "label_longer_than_the_body", BODY(0x92, 0x01, 9, 'a'), false },
	{ "label_of_64_bit_length",
	  BODY(0x92, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01), false },
	{ "field_number_0", BODY(0x00, 1), false },
	{ "field_number_above_29_bits", BODY(0x80, 0x80, 0x80, 0x80, 0x10, 1), false },
	{ "unknown_number_is_skipped", BODY(0xf8, 0x06, 0x80, 0x01), true },
	{ "unknown_8_bytes_are_skipped", BODY(0xf9, 0x06, 1, 2, 3, 4, 5, 6, 7, 8), true },
	{ "unknown_text_is_skipped", BODY(0xfa, 0x06, 3, 'a', 'b', 'c'), true },
	{ "unknown_4_bytes_are_skipped", BODY(0xfd, 0x06, 1, 2, 3, 4), true },
	{ "unknown_text_cut", BODY(0xfa, 0x06, 4, 'a', 'b', 'c'), false },
	{ "unknown_number_cut", BODY(0xf8, 0x06, 0x80), false },
	{ "unknown_8_bytes_cut", BODY(0xf9, 0x06, 1, 2, 3, 4, 5, 6, 7), false },
	{ "unknown_4_bytes_cut", BODY(0xfd, 0x06, 1, 2, 3), false },
	{ "group_begins", BODY(0xfb, 0x06), false },
	{ "group_ends", BODY(0xfc, 0x06), false },
	{ "wire_type_6", BODY(0xfe, 0x06), false },
	{ "wire_type_7", BODY(0xff, 0x06), false },
	{ "wrong_wire_type_for_a_number", BODY(0x81, 0x01, 1, 2, 3, 4, 5, 6, 7, 8), false },
	{ "wrong_wire_type_for_a_label", BODY(0x90, 0x01, 1), false },
	{ "label_that_is_no_utf8", BODY(0x92, 0x01, 2, 0xc3, 0x28), false },
	{ "label_with_a_nul_inside", BODY(0x92, 0x01, 3, 'a', 0, 'b'), false },
	{ "label_with_a_nul_at_the_end", BODY(0x92, 0x01, 2, 'a', 0), false },
	{ "label_of_nothing", BODY(0x92, 0x01, 0), true },
	{ "state_of_a_newer_schema", BODY(0x98, 0x01, 99), true },
	{ "state_beyond_32_bits", BODY(0x98, 0x01, 0x80, 0x80, 0x80, 0x80, 0x10), false },
	{ "truth_of_2", BODY(0xa0, 0x01, 2), true },
	{ "number_longer_than_needed", BODY(0x80, 0x01, 0x81, 0x80, 0x00), true },
	{ "tag_longer_than_needed", BODY(0x80, 0x81, 0x00, 0x01), true },
	{ "number_of_eleven_bytes",
	  BODY(0x80, 0x01, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0), false },
};

static void body_is_understood_or_refused(void **state)
{
	const struct body_case *c = *state;
	void *world;
	struct world *w;
	const struct cxm_kind *kind;

	assert_int_equal(learn(&world), 0);
	w = world;
	kind = cxm_kind_named(w->catalog, SLICE("survey_offer"));
	assert_int_equal(cxm_record_unpack(kind, cursor_of(c->bytes, c->len), &w->arena) != NULL,
	                 c->good);
	assert_int_equal(forget(&world), 0);
}

static Cxm__SurveyOffer *unpack_offer(struct world *w, const uint8_t *bytes, size_t len)
{
	return (Cxm__SurveyOffer *)cxm_record_unpack(
		cxm_kind_named(w->catalog, SLICE("survey_offer")), cursor_of(bytes, len),
		&w->arena);
}

static void last_of_a_repeated_field_counts(void **state)
{
	static const uint8_t bytes[] = { KEY,  0x08, 0x02, 0x1a, 1,    'i', 0x92,
		                         0x01, 1,    'p',  0x92, 0x01, 1,   'q' };
	struct world *w = *state;
	const Cxm__SurveyOffer *m = unpack_offer(w, bytes, sizeof(bytes));

	assert_non_null(m);
	assert_int_equal(m->at_us, 2);
	assert_string_equal(m->host, "i");
	assert_string_equal(m->queue, "q");
	arena_reset(&w->arena);
}

static void labels_are_copies(void **state)
{
	static uint8_t bytes[] = { KEY, 0x92, 0x01, 1, 'p' };
	struct world *w = *state;
	const Cxm__SurveyOffer *m = unpack_offer(w, bytes, sizeof(bytes));

	assert_non_null(m);
	memset(bytes, 'x', sizeof(bytes));
	assert_string_equal(m->queue, "p");
	assert_int_equal(m->contact, UINT64_C(0x0807060504030201));
	arena_reset(&w->arena);
}

/* Numbers that protobuf-c would cut to 32 bits and keep. */
static const struct number_case {
	const char *name;
	const char *kind;
	const char *field;
	uint64_t v;
	bool good;
} numbers[] = {
	{ "uint32_largest", "queue_contact", "wait_ms", UINT32_MAX, true },
	{ "uint32_and_one", "queue_contact", "wait_ms", UINT64_C(1) << 32, false },
	{ "int32_minus_one", "media_stream", "lost", UINT64_MAX, true },
	{ "int32_minus_one_in_32_bits", "media_stream", "lost", UINT32_MAX, false },
	{ "int32_smallest", "media_stream", "lost", (uint64_t)INT32_MIN, true },
	{ "int32_below", "media_stream", "lost", (uint64_t)INT32_MIN - 1, false },
	{ "sint32_smallest", "gauge", "clock_offset_ms", UINT32_MAX, true },
	{ "sint32_below", "gauge", "clock_offset_ms", (UINT64_C(1) << 32) + 1, false },
	{ "uint64_largest", "media_stream", "size_bytes", INT64_MAX, true },
	/* before: taken, and -1 in tables and exports */
	{ "uint64_beyond_int64", "media_stream", "size_bytes", UINT64_MAX, false },
};

static void put_field(struct buf *b, const struct cxm_field *f, const void *value, size_t n)
{
	buf_add_varint(b, f->tag);
	buf_add(b, value, n);
}

/* A good record of the kind, then one field more as bytes; @return whether it is understood. */
static bool understood(const char *kind_name, const char *field, const void *value, size_t n)
{
	struct dice dice = { 1 };
	void *world;
	struct world *w;
	const struct cxm_kind *kind;
	struct cursor body;
	struct buf b;
	bool good;

	assert_int_equal(learn(&world), 0);
	w = world;
	kind = cxm_kind_named(w->catalog, slice_of(kind_name));
	body = body_of(w, kind, random_record(kind, 0, &dice, &w->arena));
	buf_init(&b, 1 << 16);
	buf_add(&b, body.at, cursor_left(&body));
	put_field(&b, cxm_field_named(kind, slice_of(field)), value, n);
	good = cxm_record_unpack(kind, cursor_of(b.data, b.len), &w->arena) != NULL;
	buf_free(&b);
	assert_int_equal(forget(&world), 0);
	return good;
}

static void number_fits_its_field_or_the_record_is_refused(void **state)
{
	const struct number_case *c = *state;
	struct buf value;

	buf_init(&value, 16);
	buf_add_varint(&value, c->v);
	assert_int_equal(understood(c->kind, c->field, value.data, value.len), c->good);
	buf_free(&value);
}

static const struct real_case {
	const char *name;
	double d;
	bool good;
} reals[] = {
	{ "real_negative", -1.5, true },
	{ "real_nan", NAN, false },
	{ "real_infinite", INFINITY, false },
	{ "real_minus_infinite", -INFINITY, false },
};

static void real_is_finite_or_the_record_is_refused(void **state)
{
	const struct real_case *c = *state;
	float narrow = (float)c->d;

	assert_int_equal(understood("survey", "value", &c->d, sizeof(c->d)), c->good);
	assert_int_equal(understood("media_stream", "mos", &narrow, sizeof(narrow)), c->good);
}

static void label_of_512_bytes_is_taken_and_of_513_refused(void **state)
{
	char text[2 + CXM_LABEL_MAX_BYTES + 1];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[0] = (char)0x80; /* 512 and 513 as varint */
	text[1] = 0x04;
	assert_true(understood("gap", "detail", text, 2 + 512));
	text[0] = (char)0x81;
	assert_false(understood("gap", "detail", text, 2 + 513));
}

static void arena_without_room_refuses(void **state)
{
	static const uint8_t bytes[] = { KEY };
	struct world *w = *state;
	const struct cxm_kind *kind = cxm_kind_named(w->catalog, SLICE("survey_offer"));
	struct arena small;
	size_t need = 0;

	arena_init(&small, 0);
	while (cxm_record_unpack(kind, cursor_of(bytes, sizeof(bytes)), &small) == NULL) {
		arena_free(&small);
		arena_init(&small, ++need);
		assert_true(need < 4096);
	}
	assert_true(need > sizeof(Cxm__SurveyOffer)); /* the label needs its own */
	arena_free(&small);
}

static void bad_cursor_is_refused(void **state)
{
	static const uint8_t bytes[] = { KEY };
	struct world *w = *state;
	struct cursor c = cursor_of(bytes, sizeof(bytes));

	c.bad = true;
	assert_null(
		cxm_record_unpack(cxm_kind_named(w->catalog, SLICE("survey_offer")), c, &w->arena));
}

/* Any change of any byte: whatever is still understood, protobuf-c understands alike. */
static void what_is_understood_of_damaged_records_is_what_protobuf_c_understands(void **state)
{
	struct world *w = *state;
	struct dice dice = { 13 };
	uint8_t bytes[8192];

	for (size_t i = 0; i < w->catalog->n_kinds * 300; i++) {
		const struct cxm_kind *kind = &w->catalog->kinds[i % w->catalog->n_kinds];
		struct cursor body = body_of(w, kind, random_record(kind, 30, &dice, &w->arena));
		size_t n = cursor_left(&body) - dice_below(&dice, 3);
		ProtobufCMessage *ours;
		ProtobufCMessage *theirs;

		memcpy(bytes, body.at, n);
		for (size_t k = 0; k < 1 + dice_below(&dice, 3); k++) {
			bytes[dice_below(&dice, n)] = (uint8_t)dice_next(&dice);
		}
		ours = cxm_record_unpack(kind, cursor_of(bytes, n), &w->arena);
		theirs = ours != NULL ? protobuf_c_message_unpack(kind->pb, NULL, n, bytes) : NULL;
		assert_int_equal(ours != NULL, theirs != NULL);
		if (ours != NULL) {
			assert_equal_content(kind, ours, theirs);
			protobuf_c_message_free_unpacked(theirs, NULL);
		}
		arena_reset(&w->arena);
	}
}

/* ---- UTF-8 ---- */

/* RFC 3629: section 3 for the forms, 4 for the grammar */
static const struct utf8_case {
	const char *name;
	const char *text;
	size_t len;
	bool valid;
} texts[] = {
	{ "utf8_ascii", "queue", 5, true },
	{ "utf8_nothing", "", 0, true },
	{ "utf8_null_pointer", NULL, 0, true },
	{ "utf8_two_bytes_first", "\xc2\x80", 2, true },
	{ "utf8_two_bytes_last", "\xdf\xbf", 2, true },
	{ "utf8_three_bytes_first", "\xe0\xa0\x80", 3, true },
	{ "utf8_before_surrogates", "\xed\x9f\xbf", 3, true },
	{ "utf8_behind_surrogates", "\xee\x80\x80", 3, true },
	{ "utf8_four_bytes_first", "\xf0\x90\x80\x80", 4, true },
	{ "utf8_four_bytes_last", "\xf4\x8f\xbf\xbf", 4, true },
	{ "utf8_nul", "a\0b", 3, false },
	{ "utf8_continuation_alone", "\x80", 1, false },
	{ "utf8_overlong_slash", "\xc0\xaf", 2, false },
	{ "utf8_overlong_in_two", "\xc1\xbf", 2, false },
	{ "utf8_overlong_in_three", "\xe0\x9f\xbf", 3, false },
	{ "utf8_overlong_in_four", "\xf0\x8f\xbf\xbf", 4, false },
	{ "utf8_surrogate_first", "\xed\xa0\x80", 3, false },
	{ "utf8_surrogate_last", "\xed\xbf\xbf", 3, false },
	{ "utf8_above_the_last", "\xf4\x90\x80\x80", 4, false },
	{ "utf8_five_bytes", "\xf8\x88\x80\x80\x80", 5, false },
	{ "utf8_two_bytes_cut", "a\xc3", 2, false },
	{ "utf8_three_bytes_cut", "\xe2\x82", 2, false },
	{ "utf8_four_bytes_cut", "\xf0\x9f\x93", 3, false },
	{ "utf8_continuation_missing", "\xe2\x28\xa1", 3, false },
	{ "utf8_latin1", "M\xfcller", 6, false },
};

static void text_is_utf8_or_not(void **state)
{
	const struct utf8_case *c = *state;

	assert_int_equal(cxm_utf8_valid((struct slice){ c->text, c->len }), c->valid);
}

int main(void)
{
	static struct cases with_schema;
	static struct cases c;

	cases_test(&with_schema, record_survives_the_journey_in_every_kind);
	cases_test(&with_schema, many_records_follow_each_other);
	cases_test(&with_schema, largest_record_is_packed_and_taken_and_one_byte_more_is_not);
	cases_test(&with_schema, record_that_does_not_fit_leaves_the_buffer_as_it_was);
	cases_test(&with_schema, unknown_fields_of_a_message_are_not_packed);
	cases_test(&with_schema, label_that_is_missing_from_the_key_is_packed_as_empty);
	cases_test(&with_schema, record_cut_at_any_byte_is_refused);
	cases_test(&with_schema, last_of_a_repeated_field_counts);
	cases_test(&with_schema, labels_are_copies);
	cases_test(&with_schema, arena_without_room_refuses);
	cases_test(&with_schema, bad_cursor_is_refused);
	cases_test(&with_schema,
	           what_is_understood_of_damaged_records_is_what_protobuf_c_understands);
	cases_table(&c, heads, head_is_understood_or_refused);
	cases_table(&c, bodies, body_is_understood_or_refused);
	cases_table(&c, numbers, number_fits_its_field_or_the_record_is_refused);
	cases_table(&c, reals, real_is_finite_or_the_record_is_refused);
	cases_test(&c, label_of_512_bytes_is_taken_and_of_513_refused);
	cases_table(&c, texts, text_is_utf8_or_not);
	return cases_run("pack_schema", &with_schema, learn, forget) +
	       cases_run("pack", &c, NULL, NULL);
}
