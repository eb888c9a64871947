/* Records as data; see include/cxmeter/record.h. Knows protobuf-c descriptors and no particular
 * record. */
#include "cxmeter/record.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define VARINT_MAX_BYTES 10
#define TAG_MAX_BYTES    5
#define WIRE_TYPE_BYTES  2

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
	if (strcmp(name, "contact") == 0) {
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
	if (low != (pb->label == PROTOBUF_C_LABEL_REQUIRED)) {
		return fault_set(
			fault, -EINVAL,
			"%s.%s: fields 1 to %d are the key and required, all others optional",
			kind->name, pb->name, CXM_KEY_NUMBER_MAX);
	}
	f->key = low;
	kind->n_key += low ? 1 : 0;
	kind->fixed_max_bytes += TAG_MAX_BYTES + VARINT_MAX_BYTES;
	if (strcmp(pb->name, "at_us") == 0 && f->unit == CXM_TIME && low) {
		kind->at = f;
	}
	if (strcmp(pb->name, "seen_us") == 0 && f->unit == CXM_TIME) {
		kind->seen = f;
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
	*kind = (struct cxm_kind){ .name = pb->short_name,
		                   .table = in_envelope->name,
		                   .number = in_envelope->id,
		                   .pb = pb,
		                   .n_fields = pb->n_fields };
	kind->fields = calloc(pb->n_fields, sizeof(*kind->fields));
	if (kind->fields == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	for (size_t i = 0; i < pb->n_fields; i++) {
		int rc = learn_field(kind, &pb->fields[i], &kind->fields[i],
		                     fault); /* protobuf-c sorts by number */

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

static int set_integer(void *at, ProtobufCType type, int64_t value)
{
	int32_t i32 = (int32_t)value;
	uint32_t u32 = (uint32_t)value;

	if (is_int32(type)) {
		memcpy(at, &i32, sizeof(i32));
		return value == i32 ? 0 : -ERANGE;
	}
	if (type == PROTOBUF_C_TYPE_UINT32) {
		memcpy(at, &u32, sizeof(u32));
		return value == (int64_t)u32 ? 0 : -ERANGE;
	}
	memcpy(at, &value, sizeof(value));
	return type == PROTOBUF_C_TYPE_UINT64 && value < 0 ? -ERANGE : 0;
}

int cxm_field_set(ProtobufCMessage *m, const struct cxm_field *f, const struct cxm_value *v)
{
	char *at = (char *)m + f->pb->offset;
	int rc = 0;

	if (f->type == CXM_LABEL) {
		memcpy(at, &v->text.at, sizeof(v->text.at));
		return 0;
	}
	if (f->type == CXM_BYTES) {
		ProtobufCBinaryData data = { .len = v->text.len };

		memcpy(&data.data, &v->text.at, sizeof(data.data));
		memcpy(at, &data, sizeof(data));
	} else if (f->type == CXM_REAL && f->pb->type == PROTOBUF_C_TYPE_FLOAT) {
		float narrow = (float)v->d;

		rc = isfinite(narrow) ? 0 : -ERANGE;
		memcpy(at, &narrow, sizeof(narrow));
	} else if (f->type == CXM_REAL) {
		memcpy(at, &v->d, sizeof(v->d));
	} else {
		rc = set_integer(at, f->pb->type, v->i);
	}
	if (rc == 0 && !f->key) {
		*(protobuf_c_boolean *)((char *)m + f->pb->quantifier_offset) = 1;
	}
	return rc;
}

const char *cxm_state_name(const struct cxm_field *f, int64_t value, char *out, size_t size)
{
	const ProtobufCEnumValue *v =
		protobuf_c_enum_descriptor_get_value(f->pb->descriptor, (int)value);
	size_t i = 0;

	if (v == NULL || value != (int)value) {
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

/* ---- packing and unpacking ---- */

ProtobufCMessage *cxm_record_new(const struct cxm_kind *kind, struct arena *arena)
{
	ProtobufCMessage *m = arena_alloc(arena, kind->pb->sizeof_message);

	if (m != NULL) {
		kind->pb->message_init(m);
	}
	return m;
}

static size_t put_varint(uint8_t *out, uint64_t v)
{
	size_t n = 0;

	while (v >= 0x80) {
		out[n++] = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	out[n++] = (uint8_t)v;
	return n;
}

static size_t text_bytes(const struct cxm_kind *kind, const ProtobufCMessage *m)
{
	size_t sum = 0;

	for (size_t i = 0; i < kind->n_fields; i++) {
		if (kind->fields[i].type == CXM_LABEL || kind->fields[i].type == CXM_BYTES) {
			sum += cxm_field_get(m, &kind->fields[i]).text.len;
		}
	}
	return sum;
}

int cxm_record_append(const struct cxm_kind *kind, const ProtobufCMessage *m, struct buf *out)
{
	const size_t head_max = TAG_MAX_BYTES + 2 * VARINT_MAX_BYTES;
	size_t body_max = kind->fixed_max_bytes + text_bytes(kind, m);
	uint8_t head[TAG_MAX_BYTES + 2 * VARINT_MAX_BYTES];
	uint8_t inner[TAG_MAX_BYTES + VARINT_MAX_BYTES];
	size_t n_inner;
	size_t n_head;
	size_t n_body;
	uint8_t *to;

	assert(m->descriptor == kind->pb);
	to = body_max <= CXM_RECORD_MAX_BYTES ? buf_reserve(out, head_max + body_max) : NULL;
	if (to == NULL) {
		out->failed = false;
		return -EMSGSIZE;
	}
	/* one pass: the body first, its length is known afterwards, then it moves up against its
	 * head */
	n_body = protobuf_c_message_pack(m, to + head_max);
	n_inner = put_varint(inner, (uint64_t)kind->number << 3 | WIRE_TYPE_BYTES);
	n_inner += put_varint(inner + n_inner, n_body);
	n_head = put_varint(head, n_inner + n_body);
	memcpy(head + n_head, inner, n_inner);
	n_head += n_inner;
	memcpy(to, head, n_head);
	memmove(to + n_head, to + head_max, n_body);
	buf_commit(out, n_head + n_body);
	return 0;
}

int cxm_record_next(struct cursor *c, struct cxm_packed *out)
{
	struct cursor record;
	uint64_t tag;
	uint64_t len;

	if (cursor_left(c) == 0 && !c->bad) {
		return 0;
	}
	len = cursor_varint(c);
	if (len > CXM_RECORD_MAX_BYTES) {
		return -EBADMSG;
	}
	record = cursor_sub(c, (size_t)len);
	tag = cursor_varint(&record);
	len = cursor_varint(&record);
	if (record.bad || (tag & 7) != WIRE_TYPE_BYTES || tag >> 3 == 0 || tag >> 3 > UINT32_MAX ||
	    len != cursor_left(&record)) {
		return -EBADMSG;
	}
	out->number = (uint32_t)(tag >> 3);
	out->body = record;
	return 1;
}

bool cxm_utf8_valid(struct slice s)
{
	const uint8_t *p = (const uint8_t *)s.at;
	const uint8_t *end = p + s.len;

	while (p < end) {
		uint32_t code;
		int more;

		if (*p < 0x80) {
			if (*p++ == 0) {
				return false;
			}
			continue;
		}
		if (*p >= 0xc2 && *p <= 0xdf) {
			more = 1;
			code = *p & 0x1f;
		} else if ((*p & 0xf0) == 0xe0) {
			more = 2;
			code = *p & 0x0f;
		} else if (*p >= 0xf0 && *p <= 0xf4) {
			more = 3;
			code = *p & 0x07;
		} else {
			return false;
		}
		if (end - p <= more) {
			return false;
		}
		for (int i = 1; i <= more; i++) {
			if ((p[i] & 0xc0) != 0x80) {
				return false;
			}
			code = code << 6 | (p[i] & 0x3f);
		}
		/* overlong forms, surrogates, beyond the last plane */
		if ((more == 2 && code < 0x800) ||
		    (more == 3 && (code < 0x10000 || code > 0x10ffff)) ||
		    (code >= 0xd800 && code <= 0xdfff)) {
			return false;
		}
		p += more + 1;
	}
	return true;
}

static bool field_sound(const ProtobufCMessage *m, const struct cxm_field *f)
{
	struct cxm_value v;

	if (f->type != CXM_LABEL && f->type != CXM_REAL && f->pb->type != PROTOBUF_C_TYPE_UINT64) {
		return true;
	}
	v = cxm_field_get(m, f);
	if (f->type == CXM_INT) {
		return v.i >= 0; /* a uint64 that an int64, and so a column, cannot hold */
	}
	if (f->type == CXM_LABEL) {
		return v.present ? v.text.len <= CXM_LABEL_MAX_BYTES && cxm_utf8_valid(v.text)
		                 : !f->key;
	}
	return f->type != CXM_REAL || !v.present || isfinite(v.d);
}

ProtobufCMessage *cxm_record_unpack(const struct cxm_kind *kind, struct cursor body,
                                    struct arena *arena)
{
	ProtobufCAllocator allocator = arena_allocator(arena);
	ProtobufCMessage *m;

	if (body.bad || cursor_left(&body) == 0) {
		return NULL;
	}
	m = protobuf_c_message_unpack(kind->pb, &allocator, cursor_left(&body), body.at);
	for (size_t i = 0; m != NULL && i < kind->n_fields; i++) {
		if (!field_sound(m, &kind->fields[i])) {
			return NULL;
		}
	}
	return m;
}

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
	for (size_t pass = 0; pass < 2; pass++) {
		/* first by how late the last observation was, then field by field so that no two
		 * different ones tie */
		for (size_t i = 0; i < kind->n_fields; i++) {
			const struct cxm_field *f = &kind->fields[i];
			struct cxm_value va = cxm_field_get(a, f);
			struct cxm_value vb = cxm_field_get(b, f);
			int order =
				(pass == 0) == (f == kind->seen) ? compare_values(f, &va, &vb) : 0;

			if (order != 0) {
				return order;
			}
		}
	}
	return 0;
}
