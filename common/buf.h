/*
 * A growable byte buffer with a ceiling stated when it is made.
 *
 * A write that would pass the ceiling, or for which there is no memory, leaves the content as it
 * was and sets `failed`, which stays set until buf_reset; until then every further write fails too.
 * So a caller may write a whole message and test once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/slice.h"

struct buf {
	uint8_t *data; /* owned */
	size_t len;
	size_t cap;
	size_t max; /* ceiling [bytes] */
	bool failed;
};

void buf_init(struct buf *b, size_t max_bytes);
void buf_free(struct buf *b);

/** Empty it, keep the memory. */
void buf_reset(struct buf *b);

/** Make room for n more bytes; NULL (and `failed`) when it cannot be had. The bytes count only
 * after buf_commit. */
uint8_t *buf_reserve(struct buf *b, size_t n);
void buf_commit(struct buf *b, size_t n);

void buf_add(struct buf *b, const void *data, size_t n);
void buf_add_slice(struct buf *b, struct slice s);
void buf_add_text(struct buf *b, const char *text);
void buf_add_char(struct buf *b, char c);
void buf_add_u32le(struct buf *b, uint32_t v);
void buf_add_u64le(struct buf *b, uint64_t v);
void buf_add_varint(struct buf *b, uint64_t v);
/** Needs room for one byte more than it adds: vsnprintf(3) ends with a NUL. */
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Remove the first n bytes. */
void buf_drop_front(struct buf *b, size_t n);

/** The content as text with a NUL behind it, which does not count; "" when it cannot be terminated.
 */
const char *buf_text(struct buf *b);
