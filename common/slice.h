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

static inline bool slice_istarts(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len && fold_eq(s.at, prefix.at, prefix.len);
}

/** Where the first `c` is; NULL: nowhere. For texts as short as lines and words, which end before
 * a call of memchr has paid for itself. */
static inline const char *slice_find(struct slice s, char c)
{
#ifdef __SSE2__
	const size_t stride = 16;
	const __m128i wanted = _mm_set1_epi8(c);
	size_t i = 0;

	for (; i + stride <= s.len; i += stride) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(s.at + i));
		unsigned hits = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted));

		if (hits != 0) {
			return s.at + i + (unsigned)__builtin_ctz(hits);
		}
	}
	for (; i < s.len; i++) {
		if (s.at[i] == c) {
			return s.at + i;
		}
	}
	return NULL;
#else
	return s.len > 0 ? memchr(s.at, c, s.len) : NULL;
#endif
}

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
