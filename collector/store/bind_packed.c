/* The short way from the wire into a statement, for records as our own agents write them: known
 * fields in ascending order, each once, every value sound. Whatever is not like that is left to
 * cxm_record_unpack, which decides what it is. Reads proto2's wire format
 * (protobuf.dev/programming-guides/encoding). */
#include <math.h>

#include "collector/store/bind.h"

enum wire_type { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

static enum wire_type wire_type_of(const struct cxm_field *f)
{
	switch (f->type) {
	case CXM_REAL:
		return f->pb->type == PROTOBUF_C_TYPE_FLOAT ? WIRE_32 : WIRE_64;
	case CXM_IDENTITY:
		return WIRE_64;
	case CXM_LABEL:
	case CXM_BYTES:
		return WIRE_BYTES;
	case CXM_INT:
	case CXM_BOOL:
	case CXM_STATE:
		break;
	}
	return WIRE_VARINT;
}

/* A varint as the field's type reads it; narrow types take its low 32 bits, as protobuf-c does. */
static int64_t integer_of(ProtobufCType type, uint64_t v)
{
	int64_t wide;

	switch ((int)type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_ENUM:
		return (int32_t)(uint32_t)v;
	case PROTOBUF_C_TYPE_UINT32:
		return (uint32_t)v;
	case PROTOBUF_C_TYPE_SINT32:
		v = (uint32_t)v;
		return (int32_t)(uint32_t)(v >> 1 ^ (0 - (v & 1)));
	case PROTOBUF_C_TYPE_SINT64:
		v = v >> 1 ^ (0 - (v & 1));
		break;
	case PROTOBUF_C_TYPE_BOOL:
		return v != 0;
	default:
		break;
	}
	memcpy(&wide, &v, sizeof(wide));
	return wide;
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
	v->i = integer_of(f->pb->type, cursor_varint(c));
	/* a uint64 beyond int64 has no place in a column */
	return !c->bad && (f->pb->type != PROTOBUF_C_TYPE_UINT64 || v->i >= 0);
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
		       kind->fields[next].pb->id < tag >> 3) {
			next++;
		}
		f = &kind->fields[next];
		if (next == kind->n_fields || f->pb->id != tag >> 3 ||
		    (tag & 7) != wire_type_of(f) || !take_value(&body, f, &v) ||
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
