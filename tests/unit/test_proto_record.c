#include "cxmeter/record.h"

#include <errno.h>
#include <float.h>
#include <limits.h>
#include <math.h>

#include "proto/evidence.pb-c.h"
#include "tests/support/cases.h"
#include "tests/support/random_record.h"

struct world {
	struct cxm_catalog catalog;
	struct arena arena;
};

static int learn(void **state)
{
	static struct world w;
	struct fault fault;

	*state = &w;
	arena_init(&w.arena, 64 << 20);
	return cxm_catalog_init(&w.catalog, &cxm__evidence__descriptor, &fault);
}

static int forget(void **state)
{
	struct world *w = *state;

	cxm_catalog_free(&w->catalog);
	arena_free(&w->arena);
	return 0;
}

/* ---- the real schema ---- */

static void every_kind_of_the_envelope_is_learnt(void **state)
{
	const struct world *w = *state;

	assert_int_equal(w->catalog.n_kinds, cxm__evidence__descriptor.n_fields);
	for (size_t i = 0; i < w->catalog.n_kinds; i++) {
		const struct cxm_kind *kind = &w->catalog.kinds[i];

		assert_ptr_equal(cxm_kind_named(&w->catalog, slice_of(kind->name)), kind);
		assert_ptr_equal(cxm_kind_named(&w->catalog, slice_of(kind->table)), kind);
		assert_ptr_equal(cxm_kind_numbered(&w->catalog, kind->number), kind);
		assert_ptr_equal(cxm_kind_of(&w->catalog, kind->pb), kind);
	}
}

static const struct cxm_field *must_have(const struct cxm_kind *kind, const char *name,
                                         uint32_t number)
{
	const struct cxm_field *f = cxm_field_named(kind, slice_of(name));

	assert_non_null(f);
	assert_int_equal(f->pb->id, number);
	return f;
}

/* The conventions at the head of proto/evidence.proto that a descriptor cannot enforce. */
static void every_kind_says_when_where_and_how_it_was_seen(void **state)
{
	const struct world *w = *state;

	for (size_t i = 0; i < w->catalog.n_kinds; i++) {
		const struct cxm_kind *kind = &w->catalog.kinds[i];

		assert_ptr_equal(must_have(kind, "at_us", 1), kind->at);
		assert_ptr_equal(must_have(kind, "seen_us", CXM_KEY_NUMBER_MAX + 1), kind->seen);
		assert_int_equal(kind->at->unit, CXM_TIME);
		assert_int_equal(must_have(kind, "source", 2)->type, CXM_STATE);
		assert_int_equal(must_have(kind, "host", 3)->type, CXM_LABEL);
	}
}

static void key_comes_first_and_fields_come_in_order(void **state)
{
	const struct world *w = *state;

	for (size_t i = 0; i < w->catalog.n_kinds; i++) {
		const struct cxm_kind *kind = &w->catalog.kinds[i];

		for (size_t k = 0; k < kind->n_fields; k++) {
			assert_int_equal(kind->fields[k].key, k < kind->n_key);
			assert_int_equal(kind->fields[k].pb->id <= CXM_KEY_NUMBER_MAX,
			                 k < kind->n_key);
			assert_true(k == 0 || kind->fields[k - 1].pb->id < kind->fields[k].pb->id);
		}
	}
}

static bool has_unit_suffix(const char *name)
{
	static const char *const suffixes[] = { "_us", "_ms", "_bytes", "_ratio" };

	for (size_t i = 0; i < 4; i++) {
		size_t n = strlen(name);
		size_t k = strlen(suffixes[i]);

		if (n > k && strcmp(name + n - k, suffixes[i]) == 0) {
			return true;
		}
	}
	return false;
}

static void suffix_says_the_unit_of_every_number(void **state)
{
	const struct world *w = *state;

	for (size_t i = 0; i < w->catalog.n_kinds; i++) {
		const struct cxm_kind *kind = &w->catalog.kinds[i];

		for (size_t k = 0; k < kind->n_fields; k++) {
			const struct cxm_field *f = &kind->fields[k];
			bool is_number = f->type == CXM_INT || f->type == CXM_REAL;

			assert_int_equal(f->unit != CXM_NO_UNIT, has_unit_suffix(f->name));
			assert_true(is_number || f->unit == CXM_NO_UNIT);
			/* an int64 is a point in time and nothing else */
			assert_int_equal(f->unit == CXM_TIME, f->pb->type == PROTOBUF_C_TYPE_INT64);
		}
	}
}

static void no_name_is_taken_twice_whatever_its_case(void **state)
{
	const struct world *w = *state;

	for (size_t i = 0; i < w->catalog.n_kinds; i++) {
		const struct cxm_kind *kind = &w->catalog.kinds[i];

		for (size_t k = 0; k < kind->n_fields; k++) {
			for (size_t other = 0; other < k; other++) {
				assert_int_not_equal(
					strcasecmp(kind->fields[k].name, kind->fields[other].name),
					0);
			}
		}
	}
}

static const struct field_case {
	const char *name;
	const char *kind;
	const char *field;
	enum cxm_type type;
	enum cxm_unit unit;
	enum cxm_domain domain; /* of identities */
} fields[] = {
	{ "field_time", "QueueContact", "at_us", CXM_INT, CXM_TIME, CXM_STAFF },
	{ "field_duration_ms", "QueueContact", "wait_ms", CXM_INT, CXM_MS, CXM_STAFF },
	{ "field_duration_us", "MediaStream", "jitter_max_us", CXM_INT, CXM_US, CXM_STAFF },
	{ "field_size", "MediaStream", "size_bytes", CXM_INT, CXM_SIZE, CXM_STAFF },
	{ "field_ratio", "MediaStream", "burst_ratio", CXM_REAL, CXM_RATIO, CXM_STAFF },
	{ "field_count", "QueueContact", "connects", CXM_INT, CXM_NO_UNIT, CXM_STAFF },
	{ "field_label", "QueueContact", "queue", CXM_LABEL, CXM_NO_UNIT, CXM_STAFF },
	{ "field_state", "QueueContact", "outcome", CXM_STATE, CXM_NO_UNIT, CXM_STAFF },
	{ "field_truth", "QueueContact", "recorded", CXM_BOOL, CXM_NO_UNIT, CXM_STAFF },
	{ "field_bytes", "Attestation", "signature", CXM_BYTES, CXM_NO_UNIT, CXM_STAFF },
	{ "identity_contact", "QueueContact", "contact", CXM_IDENTITY, CXM_NO_UNIT, CXM_CONTACT },
	{ "identity_customer", "QueueContact", "customer", CXM_IDENTITY, CXM_NO_UNIT,
	  CXM_CUSTOMER },
	{ "identity_staff", "QueueContact", "agent", CXM_IDENTITY, CXM_NO_UNIT, CXM_STAFF },
	{ "identity_address", "Dialog", "src_addr", CXM_IDENTITY, CXM_NO_UNIT, CXM_ADDRESS },
	{ "identity_reference", "Case", "case_id", CXM_IDENTITY, CXM_NO_UNIT, CXM_REFERENCE },
};

static void field_is_what_name_and_type_say(void **state)
{
	const struct field_case *c = *state;
	struct cxm_catalog catalog;
	const struct cxm_field *f;

	assert_int_equal(cxm_catalog_init(&catalog, &cxm__evidence__descriptor, NULL), 0);
	f = cxm_field_named(cxm_kind_named(&catalog, slice_of(c->kind)), slice_of(c->field));
	assert_int_equal(f->type, c->type);
	assert_int_equal(f->unit, c->unit);
	assert_int_equal(f->domain, c->domain);
	cxm_catalog_free(&catalog);
}

static void unknown_names_find_nothing(void **state)
{
	const struct world *w = *state;
	const struct cxm_kind *kind = cxm_kind_named(&w->catalog, SLICE("queuecontact"));

	assert_non_null(kind); /* case does not matter for kinds */
	assert_null(cxm_kind_named(&w->catalog, SLICE("QueueContacts")));
	assert_null(cxm_kind_named(&w->catalog, SLICE("")));
	assert_null(cxm_kind_numbered(&w->catalog, 0));
	assert_null(cxm_kind_numbered(&w->catalog, 9999));
	assert_null(cxm_kind_of(&w->catalog, &cxm__evidence__descriptor));
	assert_null(cxm_field_named(kind, SLICE("WAIT_MS"))); /* for fields it does */
	assert_null(cxm_field_named(kind, SLICE("wait")));
}

/* ---- schemas that break the conventions ---- */

static const int32_t some_default = 5;

/* One field beside a good at_us. */
static const struct broken_case {
	const char *name;
	ProtobufCFieldDescriptor field;
	const char *want;
} broken[] = {
	{ "optional_field_in_the_key",
	  { .name = "x",
	    .id = 2,
	    .label = PROTOBUF_C_LABEL_OPTIONAL,
	    .type = PROTOBUF_C_TYPE_UINT32 },
	  "Broken.x: fields 1 to 15 are the key and required, all others optional" },
	{ "required_field_outside_the_key",
	  { .name = "x",
	    .id = 16,
	    .label = PROTOBUF_C_LABEL_REQUIRED,
	    .type = PROTOBUF_C_TYPE_UINT32 },
	  "Broken.x: fields 1 to 15 are the key and required, all others optional" },
	/* before: taken, and setting it overwrote the message's descriptor */
	{ "proto3_field_without_presence",
	  { .name = "x", .id = 16, .label = PROTOBUF_C_LABEL_NONE, .type = PROTOBUF_C_TYPE_UINT32 },
	  "Broken.x: fields 1 to 15 are the key and required, all others optional" },
	{ "repeated_field",
	  { .name = "x",
	    .id = 16,
	    .label = PROTOBUF_C_LABEL_REPEATED,
	    .type = PROTOBUF_C_TYPE_UINT32 },
	  "Broken.x: type not allowed in a record" },
	{ "message_in_a_record",
	  { .name = "x",
	    .id = 16,
	    .label = PROTOBUF_C_LABEL_OPTIONAL,
	    .type = PROTOBUF_C_TYPE_MESSAGE },
	  "Broken.x: type not allowed in a record" },
	{ "fixed32_field",
	  { .name = "x",
	    .id = 16,
	    .label = PROTOBUF_C_LABEL_OPTIONAL,
	    .type = PROTOBUF_C_TYPE_FIXED32 },
	  "Broken.x: type not allowed in a record" },
	{ "field_with_a_default",
	  { .name = "x",
	    .id = 16,
	    .label = PROTOBUF_C_LABEL_OPTIONAL,
	    .type = PROTOBUF_C_TYPE_INT32,
	    .default_value = &some_default },
	  "Broken.x: absent means not known, so no default and no oneof" },
	{ "field_in_a_oneof",
	  { .name = "x",
	    .id = 16,
	    .label = PROTOBUF_C_LABEL_OPTIONAL,
	    .type = PROTOBUF_C_TYPE_INT32,
	    .flags = PROTOBUF_C_FIELD_FLAG_ONEOF },
	  "Broken.x: absent means not known, so no default and no oneof" },
	{ "no_time_in_the_key",
	  { .name = "x",
	    .id = 16,
	    .label = PROTOBUF_C_LABEL_OPTIONAL,
	    .type = PROTOBUF_C_TYPE_INT32 },
	  "Broken: a record needs a required int64 at_us in its key" },
};

static void schema_that_breaks_a_convention_is_refused(void **state)
{
	const struct broken_case *c = *state;
	ProtobufCFieldDescriptor fields_of_it[2] = {
		{ .name = "at_us",
		  .id = 1,
		  .label = PROTOBUF_C_LABEL_REQUIRED,
		  .type = PROTOBUF_C_TYPE_UINT32 },
		c->field,
	};
	ProtobufCMessageDescriptor message = { .short_name = "Broken",
		                               .n_fields = 2,
		                               .fields = fields_of_it };
	ProtobufCFieldDescriptor in_envelope = {
		.name = "broken", .id = 1, .type = PROTOBUF_C_TYPE_MESSAGE, .descriptor = &message
	};
	ProtobufCMessageDescriptor envelope = { .n_fields = 1, .fields = &in_envelope };
	struct cxm_catalog catalog;
	struct fault fault;

	assert_int_equal(cxm_catalog_init(&catalog, &envelope, &fault), -EINVAL);
	assert_string_equal(fault.text, c->want);
	assert_null(catalog.kinds);
}

static void envelope_of_something_else_is_refused(void **state)
{
	struct cxm_catalog catalog;
	struct fault fault;

	(void)state;
	assert_int_equal(cxm_catalog_init(&catalog, &cxm__gap__descriptor, &fault), -EINVAL);
	assert_string_equal(fault.text, "envelope field at_us is not a message");
}

/* ---- single fields ---- */

static bool same(const struct cxm_field *f, const struct cxm_value *a, const struct cxm_value *b)
{
	if (f->type == CXM_LABEL || f->type == CXM_BYTES) {
		return slice_eq(a->text, b->text);
	}
	return f->type == CXM_REAL ? a->d == b->d : a->i == b->i;
}

static void value_is_read_as_it_was_set_in_every_field(void **state)
{
	struct world *w = *state;
	struct dice dice = { 21 };

	for (size_t i = 0; i < w->catalog.n_kinds; i++) {
		const struct cxm_kind *kind = &w->catalog.kinds[i];

		for (size_t k = 0; k < kind->n_fields * 50; k++) {
			const struct cxm_field *f = &kind->fields[k % kind->n_fields];
			ProtobufCMessage *m = cxm_record_new(kind, &w->arena);
			struct cxm_value in = random_value(f, &dice, &w->arena);
			struct cxm_value out = cxm_field_get(m, f);

			assert_int_equal(out.present, f->key && f->type != CXM_LABEL);
			assert_int_equal(cxm_field_set(m, f, &in), 0);
			out = cxm_field_get(m, f);
			assert_true(out.present);
			assert_true(same(f, &in, &out));
			arena_reset(&w->arena);
		}
	}
}

static const struct range_case {
	const char *name;
	const char *kind;
	const char *field;
	int64_t i;
	double d;
	int rc;
} ranges[] = {
	{ "uint32_largest", "QueueContact", "wait_ms", UINT32_MAX, 0, 0 },
	{ "uint32_and_one", "QueueContact", "wait_ms", (int64_t)UINT32_MAX + 1, 0, -ERANGE },
	{ "uint32_negative", "QueueContact", "wait_ms", -1, 0, -ERANGE },
	{ "int32_smallest", "MediaStream", "lost", INT32_MIN, 0, 0 },
	{ "int32_below", "MediaStream", "lost", (int64_t)INT32_MIN - 1, 0, -ERANGE },
	{ "int32_above", "MediaStream", "lost", (int64_t)INT32_MAX + 1, 0, -ERANGE },
	{ "sint32_above", "Gauge", "clock_offset_ms", (int64_t)INT32_MAX + 1, 0, -ERANGE },
	{ "uint64_largest", "MediaStream", "size_bytes", INT64_MAX, 0, 0 },
	{ "uint64_negative", "MediaStream", "size_bytes", -1, 0, -ERANGE },
	{ "int64_smallest", "QueueContact", "at_us", INT64_MIN, 0, 0 },
	{ "identity_of_all_ones", "QueueContact", "contact", -1, 0, 0 },
	{ "state_beyond_an_enum", "QueueContact", "outcome", (int64_t)INT_MAX + 1, 0, -ERANGE },
	{ "float_largest", "MediaStream", "mos", 0, FLT_MAX, 0 },
	{ "float_above", "MediaStream", "mos", 0, (double)FLT_MAX * 2, -ERANGE },
	{ "float_nan", "MediaStream", "mos", 0, NAN, -ERANGE },
	{ "double_largest", "Survey", "value", 0, DBL_MAX, 0 },
	/* before: taken, and refused by the collector with the whole record */
	{ "double_infinite", "Survey", "value", 0, INFINITY, -ERANGE },
	{ "double_nan", "Survey", "value", 0, NAN, -ERANGE },
};

/* Before: a number that did not fit was refused and still written in part. */
static void number_fits_or_leaves_the_field_as_it_was(void **state)
{
	const struct range_case *c = *state;
	struct cxm_value in = { .present = true, .i = c->i, .d = c->d };
	struct cxm_catalog catalog;
	struct cxm_value before;
	struct cxm_value after;
	struct arena arena;
	ProtobufCMessage *m;
	const struct cxm_kind *kind;
	const struct cxm_field *f;

	arena_init(&arena, 4096);
	assert_int_equal(cxm_catalog_init(&catalog, &cxm__evidence__descriptor, NULL), 0);
	kind = cxm_kind_named(&catalog, slice_of(c->kind));
	f = cxm_field_named(kind, slice_of(c->field));
	m = cxm_record_new(kind, &arena);
	before = cxm_field_get(m, f);
	assert_int_equal(cxm_field_set(m, f, &in), c->rc);
	after = cxm_field_get(m, f);
	assert_true(same(f, &after, c->rc == 0 ? &in : &before));
	assert_int_equal(after.present, c->rc == 0 || before.present);
	cxm_catalog_free(&catalog);
	arena_free(&arena);
}

static void states_have_names_in_lower_case(void **state)
{
	const struct world *w = *state;
	const struct cxm_field *f = cxm_field_named(
		cxm_kind_named(&w->catalog, SLICE("queue_contact")), SLICE("outcome"));
	char name[32];
	int64_t value = 0;

	assert_string_equal(cxm_state_name(f, 3, name, sizeof(name)), "timed_out");
	assert_int_equal(cxm_state_value(f, SLICE("Timed_Out"), &value), 0);
	assert_int_equal(value, 3);
	assert_int_equal(cxm_state_value(f, SLICE("timed out"), &value), -EINVAL);
	assert_int_equal(cxm_state_value(f, SLICE(""), &value), -EINVAL);
	assert_null(cxm_state_name(f, 0, name, sizeof(name)));
	assert_null(cxm_state_name(f, 999, name, sizeof(name)));
	assert_null(cxm_state_name(f, (INT64_C(1) << 32) + 3, name, sizeof(name)));
	assert_null(cxm_state_name(f, 3, name, 0));
	assert_string_equal(cxm_state_name(f, 3, name, 6), "timed");
}

/* ---- which of two wins ---- */

static Cxm__Gap gap(int64_t seen_us, uint64_t lost)
{
	Cxm__Gap m = CXM__GAP__INIT;
	static char text[] = "x";

	m.host = text;
	m.part = text;
	m.reason = CXM__GAP__REASON__SPOOL_FULL;
	m.source = CXM__SOURCE__SELF;
	m.has_seen_us = seen_us != 0;
	m.seen_us = seen_us;
	m.has_lost = lost != 0;
	m.lost = lost;
	return m;
}

static void later_observation_wins_then_the_larger_content(void **state)
{
	const struct world *w = *state;
	const struct cxm_kind *kind = cxm_kind_named(&w->catalog, SLICE("gap"));
	Cxm__Gap early = gap(10, 99);
	Cxm__Gap late = gap(11, 0);
	Cxm__Gap late_with_more = gap(11, 1);
	Cxm__Gap unseen = gap(0, 99);

	assert_true(cxm_record_rank(kind, &early.base, &late.base) < 0);
	assert_true(cxm_record_rank(kind, &late.base, &early.base) > 0);
	assert_true(cxm_record_rank(kind, &late.base, &late_with_more.base) < 0);
	assert_true(cxm_record_rank(kind, &unseen.base, &early.base) < 0);
	assert_int_equal(cxm_record_rank(kind, &late.base, &late.base), 0);
}

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

enum { RANKED = 24 };

static bool same_bytes(const struct cxm_kind *kind, const ProtobufCMessage *a,
                       const ProtobufCMessage *b)
{
	struct buf x;
	struct buf y;
	bool equal;

	buf_init(&x, 2 * CXM_RECORD_MAX_BYTES);
	buf_init(&y, 2 * CXM_RECORD_MAX_BYTES);
	assert_int_equal(cxm_record_append(kind, a, &x), 0);
	assert_int_equal(cxm_record_append(kind, b, &y), 0);
	equal = x.len == y.len && memcmp(x.data, y.data, x.len) == 0;
	buf_free(&x);
	buf_free(&y);
	return equal;
}

/* Records that differ in few fields, as re-reads of one observation do. */
static void make_relatives(struct world *w, const struct cxm_kind *kind, struct dice *dice,
                           ProtobufCMessage *out[RANKED])
{
	struct cxm_value few[2][64];

	assert_true(kind->n_fields <= 64);
	for (size_t k = 0; k < kind->n_fields * 2; k++) {
		few[k % 2][k / 2] = random_value(&kind->fields[k / 2], dice, &w->arena);
	}
	for (size_t i = 0; i < RANKED; i++) {
		out[i] = cxm_record_new(kind, &w->arena);
		for (size_t k = 0; k < kind->n_fields; k++) {
			size_t pick = dice_below(dice, 6); /* mostly the first; one in six absent */

			if (kind->fields[k].key || pick < 5) {
				(void)cxm_field_set(out[i], &kind->fields[k], &few[pick == 4][k]);
			}
		}
	}
}

static void rank_is_a_total_order_for_every_kind(void **state)
{
	struct world *w = *state;
	ProtobufCMessage *m[RANKED];
	struct dice dice = { 33 };

	for (size_t i = 0; i < w->catalog.n_kinds; i++) {
		const struct cxm_kind *kind = &w->catalog.kinds[i];

		make_relatives(w, kind, &dice, m);
		for (size_t a = 0; a < RANKED; a++) {
			for (size_t b = 0; b < RANKED; b++) {
				int ab = sign(cxm_record_rank(kind, m[a], m[b]));

				assert_int_equal(ab, -sign(cxm_record_rank(kind, m[b], m[a])));
				assert_int_equal(ab == 0, same_bytes(kind, m[a], m[b]));
				for (size_t c = 0; c < RANKED; c++) {
					bool chain =
						ab <= 0 && cxm_record_rank(kind, m[b], m[c]) <= 0;

					assert_true(!chain ||
					            cxm_record_rank(kind, m[a], m[c]) <= 0);
				}
			}
		}
		arena_reset(&w->arena);
	}
}

/* Before: 0 and -0 tied in the rank, so which of the two was kept depended on which came first. */
static void minus_zero_is_zero(void **state)
{
	struct world *w = *state;
	const struct cxm_kind *kind = cxm_kind_named(&w->catalog, SLICE("survey"));
	const struct cxm_field *f = cxm_field_named(kind, SLICE("value"));
	struct cxm_value minus = { .present = true, .d = -0.0 };
	ProtobufCMessage *m = cxm_record_new(kind, &w->arena);

	assert_int_equal(cxm_field_set(m, f, &minus), 0);
	assert_false(signbit(cxm_field_get(m, f).d));
	arena_reset(&w->arena);
}

int main(void)
{
	static struct cases with_schema;
	static struct cases c;

	cases_test(&with_schema, every_kind_of_the_envelope_is_learnt);
	cases_test(&with_schema, every_kind_says_when_where_and_how_it_was_seen);
	cases_test(&with_schema, key_comes_first_and_fields_come_in_order);
	cases_test(&with_schema, suffix_says_the_unit_of_every_number);
	cases_test(&with_schema, no_name_is_taken_twice_whatever_its_case);
	cases_test(&with_schema, unknown_names_find_nothing);
	cases_test(&with_schema, value_is_read_as_it_was_set_in_every_field);
	cases_test(&with_schema, states_have_names_in_lower_case);
	cases_test(&with_schema, later_observation_wins_then_the_larger_content);
	cases_test(&with_schema, rank_is_a_total_order_for_every_kind);
	cases_test(&with_schema, minus_zero_is_zero);
	cases_table(&c, fields, field_is_what_name_and_type_say);
	cases_table(&c, broken, schema_that_breaks_a_convention_is_refused);
	cases_test(&c, envelope_of_something_else_is_refused);
	cases_table(&c, ranges, number_fits_or_leaves_the_field_as_it_was);
	return cases_run("record_schema", &with_schema, learn, forget) +
	       cases_run("record", &c, NULL, NULL);
}
