/* Packed records that carry a number, for tests that follow records without decoding them. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/cursor.h"
#include "cxmeter/record.h"

/** Append one record as cxm_record_append would: length, field 24 (a Gap), length, then the id and
 * `pad` more bytes, which stand for a message. */
static inline void packed_add(struct buf *out, uint64_t id, size_t pad)
{
	size_t body = sizeof(id) + pad;
	size_t inner = body < 128 ? 1 : body < 16384 ? 2 : 3;

	buf_add_varint(out, 2 + inner + body);
	buf_add_varint(out, 24 << 3 | 2);
	buf_add_varint(out, body);
	buf_add_u64le(out, id);
	for (size_t i = 0; i < pad; i++) {
		buf_add_char(out, (char)('a' + i % 26));
	}
	assert_false(out->failed);
}

/** Id of the next record; fails the test when there is none. */
static inline uint64_t packed_next(struct cursor *c)
{
	struct cxm_packed packed;

	assert_int_equal(cxm_record_next(c, &packed), 1);
	return cursor_u64le(&packed.body);
}
