/*
 * A piece of text that belongs to somebody else, and the few questions asked of it.
 * Not terminated by NUL; an empty slice may have a NULL pointer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

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
	return a.len == b.len && (a.len == 0 || strncasecmp(a.at, b.at, a.len) == 0);
}

static inline bool slice_starts(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.at, prefix.at, prefix.len) == 0);
}

static inline bool slice_istarts(struct slice s, struct slice prefix)
{
	return s.len >= prefix.len &&
	       (prefix.len == 0 || strncasecmp(s.at, prefix.at, prefix.len) == 0);
}

/** Without leading and trailing blanks, tabs, CR and LF. */
struct slice slice_trim(struct slice s);

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
