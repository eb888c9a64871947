/*
 * Records as bytes: packed behind their length, taken from a batch, unpacked and checked.
 *
 * The encoding is protobuf's (https://protobuf.dev/programming-guides/encoding/) and what
 * protobuf-c would write and read; written by hand over the catalog because this is where a
 * record's cost lies (tests/bench/foundation.c), and stricter: a number that does not fit its
 * field, a label that is not UTF-8 and a number that is not finite make the record malformed, where
 * protobuf-c cuts or keeps them. Fields of a newer schema are skipped and forgotten.
 */
#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "cxmeter/record.h"

#define VARINT_MAX_BYTES 10
#define TAG_MAX_BYTES    5
#define HEAD_MAX_BYTES   (TAG_MAX_BYTES + 2 * VARINT_MAX_BYTES)
#define NUMBER_MAX       ((1U << 29) - 1)

static bool is_zigzag(const struct cxm_field *f)
{
	return f->pb->type == PROTOBUF_C_TYPE_SINT32 || f->pb->type == PROTOBUF_C_TYPE_SINT64;
}

static uint64_t zigzag(int64_t v)
{
	return (uint64_t)v << 1 ^ (0 - ((uint64_t)v >> 63));
}

/* ---- packing ---- */

static uint8_t *put_varint(uint8_t *to, uint64_t v)
{
	while (v >= 0x80) {
		*to++ = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	*to++ = (uint8_t)v;
	return to;
}

static uint8_t *put_le32(uint8_t *to, uint32_t v)
{
	v = htole32(v);
	memcpy(to, &v, sizeof(v));
	return to + sizeof(v);
}

static uint8_t *put_le64(uint8_t *to, uint64_t v)
{
	v = htole64(v);
	memcpy(to, &v, sizeof(v));
	return to + sizeof(v);
}

static uint8_t *put_text(uint8_t *to, const void *text, size_t len)
{
	to = put_varint(to, len);
	if (len > 0) {
		memcpy(to, text, len);
	}
	return to + len;
}

/* What lies at `at` in a message, by its type there. */
static uint8_t *put_value(uint8_t *to, ProtobufCType type, const void *at)
{
	ProtobufCBinaryData data;
	uint64_t wide;
	uint32_t narrow;
	int32_t number;
	const char *text;

	switch (type) {
	case PROTOBUF_C_TYPE_STRING:
		memcpy(&text, at, sizeof(text));
		return put_text(to, text, text != NULL ? strlen(text) : 0);
	case PROTOBUF_C_TYPE_BYTES:
		memcpy(&data, at, sizeof(data));
		return put_text(to, data.data, data.len);
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_ENUM:
		memcpy(&number, at, sizeof(number));
		return put_varint(to, (uint64_t)number);
	case PROTOBUF_C_TYPE_SINT32:
		memcpy(&number, at, sizeof(number));
		return put_varint(to, zigzag(number));
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_BOOL:
		memcpy(&narrow, at, sizeof(narrow));
		return put_varint(to, narrow);
	case PROTOBUF_C_TYPE_FLOAT:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_SFIXED32:
		memcpy(&narrow, at, sizeof(narrow));
		return put_le32(to, narrow);
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_UINT64:
		memcpy(&wide, at, sizeof(wide));
		return put_varint(to, wide);
	case PROTOBUF_C_TYPE_SINT64:
		memcpy(&wide, at, sizeof(wide));
		return put_varint(to, zigzag((int64_t)wide));
	case PROTOBUF_C_TYPE_DOUBLE:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_SFIXED64:
		memcpy(&wide, at, sizeof(wide));
		return put_le64(to, wide);
	case PROTOBUF_C_TYPE_MESSAGE:
		break; /* no field of a record */
	}
	return to;
}

static bool absent(const ProtobufCMessage *m, const struct cxm_field *f)
{
	const char *text;

	if (f->key) {
		return false;
	}
	if (f->type == CXM_LABEL) {
		memcpy(&text, (const char *)m + f->offset, sizeof(text));
		return text == NULL;
	}
	return *(const protobuf_c_boolean *)((const char *)m + f->has_offset) == 0;
}

/* The record without its head; `to` has room for the most it can take. */
static uint8_t *put_body(uint8_t *to, const struct cxm_kind *kind, const ProtobufCMessage *m)
{
	for (const struct cxm_field *f = kind->fields; f < kind->fields + kind->n_fields; f++) {
		if (!absent(m, f)) {
			to = put_varint(to, f->tag);
			to = put_value(to, f->pb_type, (const char *)m + f->offset);
		}
	}
	return to;
}

static size_t text_bytes(const struct cxm_kind *kind, const ProtobufCMessage *m)
{
	size_t sum = 0;

	for (size_t i = 0; i < kind->n_texts; i++) {
		const struct cxm_field *f = kind->texts[i];
		ProtobufCBinaryData data;
		const char *text;

		if (f->type == CXM_LABEL) {
			memcpy(&text, (const char *)m + f->offset, sizeof(text));
			sum += text != NULL ? strlen(text) : 0;
		} else if (!absent(m, f)) {
			memcpy(&data, (const char *)m + f->offset, sizeof(data));
			sum += data.len;
		}
	}
	return sum;
}

int cxm_record_append(const struct cxm_kind *kind, const ProtobufCMessage *m, struct buf *out)
{
	size_t text = text_bytes(kind, m);
	size_t most = HEAD_MAX_BYTES + kind->n_fields * (TAG_MAX_BYTES + VARINT_MAX_BYTES) + text;
	uint8_t inner[TAG_MAX_BYTES + VARINT_MAX_BYTES];
	bool failed = out->failed;
	size_t n_inner;
	size_t n_body;
	uint8_t *head;
	uint8_t *body;

	assert(m->descriptor == kind->pb);
	head = text <= CXM_RECORD_MAX_BYTES ? buf_reserve(out, most) : NULL;
	if (head == NULL) {
		out->failed = failed;
		return -EMSGSIZE;
	}
	/* one pass: the body first, its length is known afterwards, then it moves up to its head */
	body = head + HEAD_MAX_BYTES;
	n_body = (size_t)(put_body(body, kind, m) - body);
	n_inner =
		(size_t)(put_varint(put_varint(inner, (uint64_t)kind->number << 3 | CXM_WIRE_BYTES),
	                            n_body) -
	                 inner);
	if (n_inner + n_body > CXM_RECORD_MAX_BYTES) {
		return -EMSGSIZE;
	}
	head = put_varint(head, n_inner + n_body);
	memcpy(head, inner, n_inner);
	memmove(head + n_inner, body, n_body);
	buf_commit(out, (size_t)(head + n_inner + n_body - (body - HEAD_MAX_BYTES)));
	return 0;
}

/* ---- unpacking ---- */

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
	if (record.bad || (tag & 7) != CXM_WIRE_BYTES || tag >> 3 == 0 || tag >> 3 > NUMBER_MAX ||
	    len != cursor_left(&record)) {
		return -EBADMSG;
	}
	out->number = (uint32_t)(tag >> 3);
	out->body = record;
	return 1;
}

bool cxm_utf8_valid(struct slice s)
{
	const uint8_t *p = (const uint8_t *)(s.len > 0 ? s.at : "");
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

/* What a newer schema added; groups (wire types 3 and 4) have no place in a record. */
static void skip_value(struct cursor *c, unsigned wire)
{
	switch (wire) {
	case CXM_WIRE_VARINT:
		(void)cursor_varint(c);
		break;
	case CXM_WIRE_64:
		cursor_skip(c, 8);
		break;
	case CXM_WIRE_BYTES:
		(void)cursor_sub(c, cursor_varint(c));
		break;
	case CXM_WIRE_32:
		cursor_skip(c, 4);
		break;
	default:
		c->bad = true;
	}
}

static void take_text(struct cursor *c, const struct cxm_field *f, struct arena *arena,
                      struct cxm_value *v)
{
	uint64_t len = cursor_varint(c);
	const uint8_t *at = cursor_take(c, len);

	if (at == NULL) {
		return;
	}
	v->text = (struct slice){ (const char *)at, len };
	if (f->type == CXM_LABEL && (len > CXM_LABEL_MAX_BYTES || !cxm_utf8_valid(v->text))) {
		c->bad = true;
		return;
	}
	v->text.at = arena_text(arena, v->text.at, len);
	c->bad = v->text.at == NULL;
}

static void take_real(struct cursor *c, const struct cxm_field *f, struct cxm_value *v)
{
	uint64_t wide;
	uint32_t narrow;
	float f32;

	if (f->pb->type == PROTOBUF_C_TYPE_FLOAT) {
		narrow = cursor_u32le(c);
		memcpy(&f32, &narrow, sizeof(f32));
		v->d = (double)f32;
	} else {
		wide = cursor_u64le(c);
		memcpy(&v->d, &wide, sizeof(v->d));
	}
}

static void take_value(struct cursor *c, const struct cxm_field *f, struct arena *arena,
                       struct cxm_value *v)
{
	uint64_t bits;

	switch (f->type) {
	case CXM_LABEL:
	case CXM_BYTES:
		take_text(c, f, arena, v);
		return;
	case CXM_REAL:
		take_real(c, f, v);
		return;
	case CXM_IDENTITY:
		v->i = (int64_t)cursor_u64le(c);
		return;
	case CXM_BOOL:
		v->i = cursor_varint(c) != 0;
		return;
	case CXM_INT:
	case CXM_STATE:
		break;
	}
	bits = cursor_varint(c);
	v->i = (int64_t)(is_zigzag(f) ? bits >> 1 ^ (0 - (bits & 1)) : bits);
}

/* The field of this number; `guess` is the index it has when fields come in order. */
static const struct cxm_field *numbered(const struct cxm_kind *kind, uint64_t number, size_t *guess)
{
	for (size_t i = 0; i < kind->n_fields; i++) {
		size_t at = *guess + i < kind->n_fields ? *guess + i : *guess + i - kind->n_fields;

		if (kind->fields[at].tag >> 3 == number) {
			*guess = at + 1;
			return &kind->fields[at];
		}
	}
	return NULL;
}

static bool take_fields(struct cursor *c, const struct cxm_kind *kind, ProtobufCMessage *m,
                        struct arena *arena)
{
	uint32_t missing = (1U << kind->n_key) - 1;
	size_t guess = 0;

	while (cursor_left(c) > 0) {
		struct cxm_value v = { .present = true };
		uint64_t tag = cursor_varint(c);
		const struct cxm_field *f = numbered(kind, tag >> 3, &guess);

		if (tag >> 3 == 0 || tag >> 3 > NUMBER_MAX) {
			return false;
		}
		if (f == NULL) {
			skip_value(c, tag & 7);
		} else if (tag == f->tag) {
			take_value(c, f, arena, &v);
		} else {
			return false;
		}
		if (c->bad || (f != NULL && cxm_field_set(m, f, &v) != 0)) {
			return false;
		}
		if (f != NULL && f->key) {
			missing &= ~(1U << (f - kind->fields));
		}
	}
	return missing == 0;
}

ProtobufCMessage *cxm_record_unpack(const struct cxm_kind *kind, struct cursor body,
                                    struct arena *arena)
{
	ProtobufCMessage *m = body.bad ? NULL : cxm_record_new(kind, arena);

	return m != NULL && take_fields(&body, kind, m, arena) ? m : NULL;
}
