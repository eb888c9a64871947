/*
 * Bounded reading of bytes that came from outside.
 *
 * Every decoder reads through a cursor: a read past the end sets `bad`, returns zero and moves
 * nothing, and every later read fails too. So a decoder may read a whole header and test `bad`
 * once. Nothing here allocates.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cursor {
	const uint8_t *at;  /* next byte; borrowed */
	const uint8_t *end; /* one past the last */
	bool bad;           /* sticky: a read went past the end */
};

static inline struct cursor cursor_of(const void *data, size_t len_bytes)
{
	if (data == NULL) {
		data = ""; /* nothing, but somewhere */
		len_bytes = 0;
	}
	return (struct cursor){ data, (const uint8_t *)data + len_bytes, false };
}

static inline size_t cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

/** Take n bytes; NULL when fewer are left. */
static inline const uint8_t *cursor_take(struct cursor *c, size_t n)
{
	const uint8_t *at = c->at;

	if (c->bad || n > cursor_left(c)) {
		c->bad = true;
		return NULL;
	}
	c->at += n;
	return at;
}

static inline void cursor_skip(struct cursor *c, size_t n)
{
	(void)cursor_take(c, n);
}

/** A cursor over the next n bytes, which are taken from `c`; bad when fewer are left. */
static inline struct cursor cursor_sub(struct cursor *c, size_t n)
{
	const uint8_t *at = cursor_take(c, n);

	return at != NULL ? cursor_of(at, n) : (struct cursor){ c->end, c->end, true };
}

static inline uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 1);

	return p != NULL ? p[0] : 0;
}

static inline uint16_t cursor_u16be(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 2);

	return p != NULL ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

static inline uint32_t cursor_u32be(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 4);

	return p != NULL ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
	                 : 0;
}

/* 4 bytes, the lowest first; compilers make one load of it */
static inline uint32_t cursor_le32_at(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint32_t cursor_u32le(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 4);

	return p != NULL ? cursor_le32_at(p) : 0;
}

static inline uint64_t cursor_u64le(struct cursor *c)
{
	const uint8_t *p = cursor_take(c, 8);

	return p != NULL ? cursor_le32_at(p) | (uint64_t)cursor_le32_at(p + 4) << 32 : 0;
}

/** Base-128 varint as protobuf writes it; more than ten bytes, or a tenth byte above 1, is bad. */
static inline uint64_t cursor_varint(struct cursor *c)
{
	const uint8_t *start = c->at;
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 70 && !c->bad; shift += 7) {
		uint8_t b = cursor_u8(c);

		v |= (uint64_t)(b & 0x7f) << shift;
		if (!c->bad && b < (shift < 63 ? 0x80 : 2)) {
			return v;
		}
	}
	c->at = start;
	c->bad = true;
	return 0;
}
