/* The short way from the wire into a statement, for records as our own agents write them: known
 * fields in ascending order, each once, every value sound. Whatever is not like that is left to
 * cxm_record_unpack, which decides what it is. Reads proto2's wire format
 * (protobuf.dev/programming-guides/encoding). */
#include <math.h>

#include "collector/store/bind.h"

/* A varint as the field's type reads it. @return false when it does not fit. */
static bool integer_of(ProtobufCType type, uint64_t v, int64_t *out)
{
	switch ((int)type) {
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SINT64:
		v = v >> 1 ^ (0 - (v & 1));
		break;
	case PROTOBUF_C_TYPE_BOOL:
		v = v != 0;
		break;
	default:
		break;
	}
	memcpy(out, &v, sizeof(*out));
	switch ((int)type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_ENUM:
		return *out >= INT32_MIN && *out <= INT32_MAX;
	case PROTOBUF_C_TYPE_UINT32:
		return v <= UINT32_MAX;
	case PROTOBUF_C_TYPE_UINT64:
		return *out >= 0; /* beyond int64 it has no place in a column */
	default:
		return true;
	}
}

static bool take_real(struct cursor *c, bool narrow, double *out)
{
	uint32_t bits32;
	uint64_t bits64;
	float f;

	if (narrow) {
		bits32 = cursor_u32le(c);
		memcpy(&f, &bits32, sizeof(f));
		*out = (double)f;
	} else {
		bits64 = cursor_u64le(c);
		memcpy(out, &bits64, sizeof(*out));
	}
	return !c->bad && isfinite(*out);
}

static bool take_text(struct cursor *c, const struct cxm_field *f, struct slice *out)
{
	uint64_t len = cursor_varint(c);

	if (c->bad || len > cursor_left(c)) {
		return false;
	}
	*out = (struct slice){ (const char *)cursor_take(c, (size_t)len), (size_t)len };
	return f->type == CXM_BYTES || (len <= CXM_LABEL_MAX_BYTES && cxm_utf8_valid(*out));
}

static bool take_value(struct cursor *c, const struct cxm_field *f, struct cxm_value *v)
{
	uint64_t bits;

	switch (f->type) {
	case CXM_REAL:
		return take_real(c, f->pb->type == PROTOBUF_C_TYPE_FLOAT, &v->d);
	case CXM_IDENTITY:
		bits = cursor_u64le(c);
		memcpy(&v->i, &bits, sizeof(v->i));
		return !c->bad;
	case CXM_LABEL:
	case CXM_BYTES:
		return take_text(c, f, &v->text);
	case CXM_INT:
	case CXM_BOOL:
	case CXM_STATE:
		break;
	}
	bits = cursor_varint(c);
	return !c->bad && integer_of(f->pb->type, bits, &v->i);
}

bool bind_packed(sqlite3_stmt *stmt, int first, const struct cxm_kind *kind, struct cursor body,
                 int64_t *at_us)
{
	size_t next = 0; /* the first field that can still come */

	while (cursor_left(&body) > 0) {
		uint64_t tag = cursor_varint(&body);
		struct cxm_value v = { .present = true };
		const struct cxm_field *f;

		/* every field of the key must come, so none of them may be passed over */
		while (next >= kind->n_key && next < kind->n_fields &&
		       kind->fields[next].tag < tag) {
			next++;
		}
		f = &kind->fields[next];
		if (next == kind->n_fields || f->tag != tag || !take_value(&body, f, &v) ||
		    bind_value(stmt, first + (int)next, f, &v) != SQLITE_OK) {
			return false;
		}
		if (f == kind->at) {
			*at_us = v.i;
		}
		next++;
	}
	return !body.bad && next >= kind->n_key;
}
