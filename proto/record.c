/* Records as data; see include/cxmeter/record.h. Knows protobuf-c descriptors and no particular
 * record. */
#include "cxmeter/record.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- learning the schema ---- */

static bool type_of(const ProtobufCFieldDescriptor *pb, enum cxm_type *out)
{
	switch (pb->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_UINT64:
		*out = CXM_INT;
		return true;
	case PROTOBUF_C_TYPE_FLOAT:
	case PROTOBUF_C_TYPE_DOUBLE:
		*out = CXM_REAL;
		return true;
	case PROTOBUF_C_TYPE_BOOL:
		*out = CXM_BOOL;
		return true;
	case PROTOBUF_C_TYPE_ENUM:
		*out = CXM_STATE;
		return true;
	case PROTOBUF_C_TYPE_STRING:
		*out = CXM_LABEL;
		return true;
	case PROTOBUF_C_TYPE_BYTES:
		*out = CXM_BYTES;
		return true;
	case PROTOBUF_C_TYPE_FIXED64:
		*out = CXM_IDENTITY;
		return true;
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_MESSAGE:
		break;
	}
	return false;
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t n = strlen(name);
	size_t k = strlen(suffix);

	return n >= k && strcmp(name + n - k, suffix) == 0;
}

static enum cxm_unit unit_of(const ProtobufCFieldDescriptor *pb)
{
	if (ends_with(pb->name, "_us")) {
		return pb->type == PROTOBUF_C_TYPE_INT64 ? CXM_TIME : CXM_US;
	}
	if (ends_with(pb->name, "_ms")) {
		return CXM_MS;
	}
	if (ends_with(pb->name, "_bytes")) {
		return CXM_SIZE;
	}
	return ends_with(pb->name, "_ratio") ? CXM_RATIO : CXM_NO_UNIT;
}

static enum cxm_domain domain_of(const char *name)
{
	if (strcmp(name, "contact") == 0 || strcmp(name, "dialog") == 0) {
		return CXM_CONTACT;
	}
	if (strcmp(name, "customer") == 0) {
		return CXM_CUSTOMER;
	}
	if (ends_with(name, "_addr")) {
		return CXM_ADDRESS;
	}
	return ends_with(name, "_id") ? CXM_REFERENCE : CXM_STAFF;
}

/* https://protobuf.dev/programming-guides/encoding/#structure */
static enum cxm_wire wire_of(ProtobufCType type)
{
	if (type == PROTOBUF_C_TYPE_STRING || type == PROTOBUF_C_TYPE_BYTES) {
		return CXM_WIRE_BYTES;
	}
	if (type == PROTOBUF_C_TYPE_FIXED64 || type == PROTOBUF_C_TYPE_DOUBLE) {
		return CXM_WIRE_64;
	}
	return type == PROTOBUF_C_TYPE_FLOAT ? CXM_WIRE_32 : CXM_WIRE_VARINT;
}

static int learn_field(struct cxm_kind *kind, const ProtobufCFieldDescriptor *pb,
                       struct cxm_field *f, struct fault *fault)
{
	bool low = pb->id <= CXM_KEY_NUMBER_MAX;

	*f = (struct cxm_field){
		.name = pb->name, .pb = pb, .unit = unit_of(pb), .domain = domain_of(pb->name)
	};
	if (!type_of(pb, &f->type) || pb->label == PROTOBUF_C_LABEL_REPEATED) {
		return fault_set(fault, -EINVAL, "%s.%s: type not allowed in a record", kind->name,
		                 pb->name);
	}
	if (pb->label != (low ? PROTOBUF_C_LABEL_REQUIRED : PROTOBUF_C_LABEL_OPTIONAL)) {
		return fault_set(
			fault, -EINVAL,
			"%s.%s: fields 1 to %d are the key and required, all others optional",
			kind->name, pb->name, CXM_KEY_NUMBER_MAX);
	}
	if (pb->default_value != NULL || (pb->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
		return fault_set(fault, -EINVAL,
		                 "%s.%s: absent means not known, so no default and no oneof",
		                 kind->name, pb->name);
	}
	f->key = low;
	f->tag = pb->id << 3 | wire_of(pb->type);
	f->pb_type = pb->type;
	f->offset = pb->offset;
	f->has_offset = pb->quantifier_offset;
	kind->n_key += low ? 1 : 0;
	if (f->type == CXM_LABEL || f->type == CXM_BYTES) {
		kind->texts[kind->n_texts++] = f;
	}
	if (strcmp(pb->name, "at_us") == 0 && f->unit == CXM_TIME && low) {
		kind->at = f;
	}
	if (strcmp(pb->name, "seen_us") == 0) {
		kind->seen = f;
		if (pb->id != CXM_KEY_NUMBER_MAX + 1 || f->unit != CXM_TIME) {
			return fault_set(fault, -EINVAL, "%s.seen_us: must be int64 and number %d",
			                 kind->name, CXM_KEY_NUMBER_MAX + 1);
		}
	}
	return 0;
}

static int learn_kind(struct cxm_kind *kind, const ProtobufCFieldDescriptor *in_envelope,
                      struct fault *fault)
{
	const ProtobufCMessageDescriptor *pb = in_envelope->descriptor;

	if (in_envelope->type != PROTOBUF_C_TYPE_MESSAGE) {
		return fault_set(fault, -EINVAL, "envelope field %s is not a message",
		                 in_envelope->name);
	}
	if (pb->n_fields > CXM_FIELDS_MAX) {
		return fault_set(fault, -EINVAL, "%s: more than %d fields", pb->short_name,
		                 CXM_FIELDS_MAX);
	}
	*kind = (struct cxm_kind){ .name = pb->short_name,
		                   .table = in_envelope->name,
		                   .number = in_envelope->id,
		                   .pb = pb,
		                   .n_fields = pb->n_fields };
	kind->fields = calloc(pb->n_fields, sizeof(*kind->fields));
	kind->texts = calloc(pb->n_fields, sizeof(struct cxm_field *));
	if (kind->fields == NULL || kind->texts == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	for (size_t i = 0; i < pb->n_fields; i++) { /* protobuf-c sorts by number */
		int rc = learn_field(kind, &pb->fields[i], &kind->fields[i], fault);

		if (rc != 0) {
			return rc;
		}
	}
	if (kind->at == NULL) {
		return fault_set(fault, -EINVAL,
		                 "%s: a record needs a required int64 at_us in its key",
		                 kind->name);
	}
	return 0;
}

int cxm_catalog_init(struct cxm_catalog *catalog, const ProtobufCMessageDescriptor *envelope,
                     struct fault *fault)
{
	*catalog = (struct cxm_catalog){ 0 };
	catalog->kinds = calloc(envelope->n_fields, sizeof(*catalog->kinds));
	if (catalog->kinds == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	for (size_t i = 0; i < envelope->n_fields; i++) {
		int rc = learn_kind(&catalog->kinds[catalog->n_kinds++], &envelope->fields[i],
		                    fault);

		if (rc != 0) {
			cxm_catalog_free(catalog);
			return rc;
		}
	}
	return 0;
}

void cxm_catalog_free(struct cxm_catalog *catalog)
{
	for (size_t i = 0; i < catalog->n_kinds; i++) {
		free(catalog->kinds[i].fields);
		free(catalog->kinds[i].texts);
	}
	free(catalog->kinds);
	*catalog = (struct cxm_catalog){ 0 };
}

const struct cxm_kind *cxm_kind_named(const struct cxm_catalog *catalog, struct slice name)
{
	for (size_t i = 0; i < catalog->n_kinds; i++) {
		const struct cxm_kind *kind = &catalog->kinds[i];

		if (slice_ieq(name, slice_of(kind->name)) ||
		    slice_ieq(name, slice_of(kind->table))) {
			return kind;
		}
	}
	return NULL;
}

const struct cxm_kind *cxm_kind_numbered(const struct cxm_catalog *catalog, uint32_t number)
{
	for (size_t i = 0; i < catalog->n_kinds; i++) {
		if (catalog->kinds[i].number == number) {
			return &catalog->kinds[i];
		}
	}
	return NULL;
}

const struct cxm_kind *cxm_kind_of(const struct cxm_catalog *catalog,
                                   const ProtobufCMessageDescriptor *pb)
{
	for (size_t i = 0; i < catalog->n_kinds; i++) {
		if (catalog->kinds[i].pb == pb) {
			return &catalog->kinds[i];
		}
	}
	return NULL;
}

const struct cxm_field *cxm_field_named(const struct cxm_kind *kind, struct slice name)
{
	for (size_t i = 0; i < kind->n_fields; i++) {
		if (slice_eq(name, slice_of(kind->fields[i].name))) {
			return &kind->fields[i];
		}
	}
	return NULL;
}

/* ---- reading and writing single fields ---- */

static const void *member(const ProtobufCMessage *m, const struct cxm_field *f)
{
	return (const char *)m + f->pb->offset;
}

static bool present(const ProtobufCMessage *m, const struct cxm_field *f)
{
	if (f->type == CXM_LABEL) {
		const char *text;

		memcpy(&text, member(m, f), sizeof(text));
		return text != NULL;
	}
	if (f->key) {
		return true;
	}
	return *(const protobuf_c_boolean *)((const char *)m + f->pb->quantifier_offset) != 0;
}

static bool is_int32(ProtobufCType type)
{
	return type == PROTOBUF_C_TYPE_INT32 || type == PROTOBUF_C_TYPE_SINT32 ||
	       type == PROTOBUF_C_TYPE_ENUM ||
	       type == PROTOBUF_C_TYPE_BOOL; /* protobuf_c_boolean and enums are ints */
}

static int64_t integer_at(const void *at, ProtobufCType type)
{
	int32_t i32;
	uint32_t u32;
	int64_t i64;

	if (is_int32(type)) {
		memcpy(&i32, at, sizeof(i32));
		return i32;
	}
	if (type == PROTOBUF_C_TYPE_UINT32) {
		memcpy(&u32, at, sizeof(u32));
		return u32;
	}
	memcpy(&i64, at, sizeof(i64));
	return i64;
}

static double real_at(const void *at, ProtobufCType type)
{
	float narrow;
	double wide;

	if (type == PROTOBUF_C_TYPE_FLOAT) {
		memcpy(&narrow, at, sizeof(narrow));
		return (double)narrow;
	}
	memcpy(&wide, at, sizeof(wide));
	return wide;
}

struct cxm_value cxm_field_get(const ProtobufCMessage *m, const struct cxm_field *f)
{
	struct cxm_value v = { .present = present(m, f) };

	if (!v.present) {
		return v;
	}
	if (f->type == CXM_LABEL) {
		const char *text;

		memcpy(&text, member(m, f), sizeof(text));
		v.text = slice_of(text);
	} else if (f->type == CXM_BYTES) {
		ProtobufCBinaryData data;

		memcpy(&data, member(m, f), sizeof(data));
		v.text = (struct slice){ (const char *)data.data, data.len };
	} else if (f->type == CXM_REAL) {
		v.d = real_at(member(m, f), f->pb->type);
	} else {
		v.i = integer_at(member(m, f), f->pb->type);
	}
	return v;
}

static bool integer_fits(int64_t value, ProtobufCType type)
{
	if (is_int32(type)) {
		return value >= INT32_MIN && value <= INT32_MAX;
	}
	if (type == PROTOBUF_C_TYPE_UINT32) {
		return value >= 0 && value <= UINT32_MAX;
	}
	return type != PROTOBUF_C_TYPE_UINT64 || value >= 0;
}

static void put_integer(void *at, ProtobufCType type, int64_t value)
{
	uint32_t narrow = (uint32_t)value; /* the low half, also of a negative number */

	if (is_int32(type) || type == PROTOBUF_C_TYPE_UINT32) {
		memcpy(at, &narrow, sizeof(narrow));
	} else {
		memcpy(at, &value, sizeof(value));
	}
}

static void put_real(void *at, ProtobufCType type, double value)
{
	value += 0.0; /* minus zero becomes zero: JSON and tables would lose its sign on the way */
	if (type == PROTOBUF_C_TYPE_FLOAT) {
		float narrow = (float)value;

		memcpy(at, &narrow, sizeof(narrow));
	} else {
		memcpy(at, &value, sizeof(value));
	}
}

static bool fits(const struct cxm_field *f, const struct cxm_value *v)
{
	switch (f->type) {
	case CXM_REAL:
		/* a little above FLT_MAX is what FLT_MAX is written as */
		return isfinite(f->pb->type == PROTOBUF_C_TYPE_FLOAT ? (float)v->d : v->d);
	case CXM_INT:
	case CXM_BOOL:
	case CXM_STATE:
		return integer_fits(v->i, f->pb->type);
	case CXM_LABEL:
	case CXM_IDENTITY:
	case CXM_BYTES:
		break;
	}
	return true;
}

int cxm_field_set(ProtobufCMessage *m, const struct cxm_field *f, const struct cxm_value *v)
{
	char *at = (char *)m + f->pb->offset;

	if (!fits(f, v)) {
		return -ERANGE;
	}
	if (f->type == CXM_LABEL) {
		memcpy(at, &v->text.at, sizeof(v->text.at)); /* its presence is the pointer */
		return 0;
	}
	if (f->type == CXM_BYTES) {
		ProtobufCBinaryData data = { .len = v->text.len };

		memcpy(&data.data, &v->text.at, sizeof(data.data));
		memcpy(at, &data, sizeof(data));
	} else if (f->type == CXM_REAL) {
		put_real(at, f->pb->type, v->d);
	} else {
		put_integer(at, f->pb->type, v->i);
	}
	if (!f->key) {
		*(protobuf_c_boolean *)((char *)m + f->pb->quantifier_offset) = 1;
	}
	return 0;
}

const char *cxm_state_name(const struct cxm_field *f, int64_t value, char *out, size_t size)
{
	const ProtobufCEnumValue *v = NULL;
	size_t i = 0;

	if (value >= INT_MIN && value <= INT_MAX) {
		v = protobuf_c_enum_descriptor_get_value(f->pb->descriptor, (int)value);
	}
	if (v == NULL || size == 0) {
		return NULL;
	}
	for (; v->name[i] != '\0' && i + 1 < size; i++) {
		out[i] = (char)tolower((unsigned char)v->name[i]);
	}
	out[i] = '\0';
	return out;
}

int cxm_state_value(const struct cxm_field *f, struct slice name, int64_t *value)
{
	const ProtobufCEnumDescriptor *e = f->pb->descriptor;

	for (unsigned i = 0; i < e->n_values; i++) {
		if (slice_ieq(name, slice_of(e->values[i].name))) {
			*value = e->values[i].value;
			return 0;
		}
	}
	return -EINVAL;
}

ProtobufCMessage *cxm_record_new(const struct cxm_kind *kind, struct arena *arena)
{
	ProtobufCMessage *m = arena_alloc(arena, kind->pb->sizeof_message);

	if (m != NULL) {
		kind->pb->message_init(m);
	}
	return m;
}

/* ---- which of two wins ---- */

static int compare_values(const struct cxm_field *f, const struct cxm_value *a,
                          const struct cxm_value *b)
{
	if (a->present != b->present) {
		return a->present ? 1 : -1; /* knowing more wins */
	}
	if (!a->present) {
		return 0;
	}
	if (f->type == CXM_LABEL || f->type == CXM_BYTES) {
		size_t n = a->text.len < b->text.len ? a->text.len : b->text.len;
		int order = n > 0 ? memcmp(a->text.at, b->text.at, n) : 0;

		return order != 0 ? order
		                  : (a->text.len > b->text.len) - (a->text.len < b->text.len);
	}
	if (f->type == CXM_REAL) {
		return (a->d > b->d) - (a->d < b->d);
	}
	return (a->i > b->i) - (a->i < b->i);
}

int cxm_record_rank(const struct cxm_kind *kind, const ProtobufCMessage *a,
                    const ProtobufCMessage *b)
{
	/* behind the key, which is the same, comes seen_us: so first by how late the last
	 * observation was, then field by field so that no two different records tie */
	for (size_t i = 0; i < kind->n_fields; i++) {
		struct cxm_value va = cxm_field_get(a, &kind->fields[i]);
		struct cxm_value vb = cxm_field_get(b, &kind->fields[i]);
		int order = compare_values(&kind->fields[i], &va, &vb);

		if (order != 0) {
			return order;
		}
	}
	return 0;
}
