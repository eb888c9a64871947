/*
 * A piece of text that belongs to somebody else, and the few questions asked of it.
 * Not terminated by NUL; an empty slice may have a NULL pointer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "common/fold.h"

struct slice {
	const char *at; /* borrowed */
	size_t len;
};

#define SLICE(literal) ((struct slice){ (literal), sizeof(literal) - 1 })

static inline struct slice slice_of(const char *text)
{
	return (struct slice){ text, text != NULL ? strlen(text) : 0 };
}

static inline bool slice_eq(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/** Equal, ASCII case ignored. */
static inline bool slice_ieq(struct slice a, struct slice b)
{
	return a.len == b.len && fold_eq(a.at, b.at, a.len);
}

static inline bool slice_starts(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.at, prefix.at, prefix.len) == 0);
}

static inline bool slice_ends(struct slice s, struct slice suffix)
{
	return s.len >= suffix.len &&
	       (suffix.len == 0 || memcmp(s.at + s.len - suffix.len, suffix.at, suffix.len) == 0);
}

static inline bool slice_istarts(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len && fold_eq(s.at, prefix.at, prefix.len);
}

#ifdef __SSE2__

/* One bit for each of 16 or 8 bytes that is `c`. */
static inline unsigned slice_hits16(const char *at, char c)
{
	__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);

	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)));
}

static inline unsigned slice_hits8(const char *at, char c)
{
	__m128i bytes = _mm_loadl_epi64((const __m128i *)(const void *)at);

	return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(c))) & 0xff;
}

/* The same for fewer than 16. */
static inline unsigned slice_hits(struct slice s, char c)
{
	unsigned hits = 0;

	if (s.len >= 8) {
		return slice_hits8(s.at, c) | slice_hits8(s.at + s.len - 8, c) << (s.len - 8);
	}
	for (size_t i = 0; i < s.len; i++) {
		hits |= (unsigned)(s.at[i] == c) << i;
	}
	return hits;
}

/** Where the first `c` is; NULL: nowhere. For texts as short as lines and words, which end before
 * a call of memchr has paid for itself. */
static inline const char *slice_find(struct slice s, char c)
{
	unsigned hits;

	for (; s.len >= 16; s.at += 16, s.len -= 16) {
		hits = slice_hits16(s.at, c);
		if (hits != 0) {
			return s.at + __builtin_ctz(hits);
		}
	}
	hits = slice_hits(s, c);
	return hits != 0 ? s.at + __builtin_ctz(hits) : NULL;
}

#else

static inline const char *slice_find(struct slice s, char c)
{
	return s.len > 0 ? memchr(s.at, c, s.len) : NULL;
}

#endif

static inline bool slice_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/** Without leading and trailing blanks, tabs, CR and LF. */
static inline struct slice slice_trim(struct slice s)
{
	while (s.len > 0 && slice_is_space(s.at[0])) {
		s.at++;
		s.len--;
	}
	while (s.len > 0 && slice_is_space(s.at[s.len - 1])) {
		s.len--;
	}
	return s;
}

/** Cut `s` at the first `sep`: returns what is before it and leaves what is after it in `s`. */
struct slice slice_cut(struct slice *s, char sep);

/**
 * Parse a whole slice as a decimal number.
 * @return 0, -EINVAL when anything but digits (and for the signed form one leading minus) is in it
 * or it is empty, -ERANGE outside min..max.
 */
int slice_u64(struct slice s, uint64_t max, uint64_t *out);
int slice_i64(struct slice s, int64_t min, int64_t max, int64_t *out);

/** Parse a whole slice as a decimal fraction ("3.25", "1e3"); a decimal comma is accepted when
 * `comma`. */
int slice_double(struct slice s, bool comma, double *out);
