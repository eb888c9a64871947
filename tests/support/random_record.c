#include "tests/support/random_record.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

static int64_t random_integer(ProtobufCType type, struct dice *dice)
{
	uint64_t bits = dice_next(dice) >> dice_below(dice, 64);

	if (type == PROTOBUF_C_TYPE_INT32 || type == PROTOBUF_C_TYPE_SINT32) {
		return (int32_t)(uint32_t)bits;
	}
	if (type == PROTOBUF_C_TYPE_UINT32) {
		return (int64_t)(bits & UINT32_MAX);
	}
	return (int64_t)(type == PROTOBUF_C_TYPE_UINT64 ? bits & INT64_MAX : bits);
}

static int64_t random_state(const struct cxm_field *f, struct dice *dice)
{
	const ProtobufCEnumDescriptor *e = f->pb->descriptor;

	return e->values[dice_below(dice, e->n_values)].value;
}

static double random_real(ProtobufCType type, struct dice *dice)
{
	static const double extremes[] = { 0.0, 1.0, -1.0, FLT_MAX, -FLT_MAX, FLT_MIN };
	double d = (double)(int64_t)dice_next(dice) / 1e12;

	if (dice_below(dice, 4) == 0) {
		d = extremes[dice_below(dice, sizeof(extremes) / sizeof(extremes[0]))];
	}
	return type == PROTOBUF_C_TYPE_FLOAT ? (double)(float)d : d;
}

/* Characters of one to four bytes, and those that CSV, JSON and spreadsheets take for their own. */
static struct slice random_label(struct dice *dice, struct arena *arena)
{
	static const char *const pieces[] = { "a",
		                              "Z",
		                              "0",
		                              "=",
		                              "+",
		                              "-",
		                              "@",
		                              "'",
		                              "\"",
		                              ",",
		                              ";",
		                              "\\",
		                              "/",
		                              "{",
		                              "\t",
		                              "\n",
		                              "x",
		                              "y",
		                              "\xc3\xa4",
		                              "\xe2\x82\xac",
		                              "\xf0\x9f\x93\x9e",
		                              "\x7f" };
	char text[CXM_LABEL_MAX_BYTES];
	size_t len = 0;
	size_t n = dice_below(dice, dice_below(dice, 8) == 0 ? 100 : 12);

	for (size_t i = 0; i < n; i++) {
		const char *piece = pieces[dice_below(dice, sizeof(pieces) / sizeof(pieces[0]))];

		memcpy(text + len, piece, strlen(piece));
		len += strlen(piece);
	}
	return (struct slice){ arena_text(arena, text, len), len };
}

static struct slice random_bytes(struct dice *dice, struct arena *arena)
{
	size_t len = dice_below(dice, 70);
	char *bytes = arena_alloc(arena, len);

	for (size_t i = 0; bytes != NULL && i < len; i++) {
		bytes[i] = (char)dice_next(dice);
	}
	return (struct slice){ bytes, len };
}

struct cxm_value random_value(const struct cxm_field *f, struct dice *dice, struct arena *arena)
{
	struct cxm_value v = { .present = true };

	switch (f->type) {
	case CXM_INT:
		v.i = random_integer(f->pb->type, dice);
		break;
	case CXM_REAL:
		v.d = random_real(f->pb->type, dice);
		break;
	case CXM_BOOL:
		v.i = (int64_t)dice_below(dice, 2);
		break;
	case CXM_LABEL:
		v.text = random_label(dice, arena);
		break;
	case CXM_STATE:
		v.i = random_state(f, dice);
		break;
	case CXM_IDENTITY:
		v.i = (int64_t)dice_next(dice);
		break;
	case CXM_BYTES:
		v.text = random_bytes(dice, arena);
		break;
	}
	return v;
}

ProtobufCMessage *random_record(const struct cxm_kind *kind, unsigned percent, struct dice *dice,
                                struct arena *arena)
{
	ProtobufCMessage *m = cxm_record_new(kind, arena);

	for (size_t i = 0; i < kind->n_fields; i++) {
		const struct cxm_field *f = &kind->fields[i];
		struct cxm_value v = random_value(f, dice, arena);

		if ((f->key || dice_below(dice, 100) < percent) && cxm_field_set(m, f, &v) != 0) {
			abort(); /* a value made for the field must fit it */
		}
	}
	return m;
}
