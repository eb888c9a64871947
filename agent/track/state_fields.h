/*
 * Structs of numbers and short texts as bytes on disk and back, by a table of their fields: for the
 * state of trackers inside a checkpoint, which has its own checksum. Read back as if it came from
 * outside all the same: ranges, texts and times are checked.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/cursor.h"

enum state_type {
	STATE_HASH, /* uint64_t, eight bytes: hashes do not shrink */
	STATE_TIME, /* int64_t [us], 0 to STATE_TIME_MAX_US */
	STATE_U32,
	STATE_U8, /* at most `max` */
	STATE_BOOL,
	STATE_TEXT, /* char[max], a label with its NUL */
};

#define STATE_TIME_MAX_US INT64_C(4102444800999999)

struct state_field {
	enum state_type type;
	size_t offset;
	size_t max;
};

/** Append the fields of the struct at `from`. */
void state_save(const struct state_field *fields, size_t n, const void *from, struct buf *out);

/** Fill the fields of the struct at `to`; what is wrong sets in->bad. */
void state_load(const struct state_field *fields, size_t n, void *to, struct cursor *in);
