/* What the lines of a SIP message are made of: words, quoted strings, parameters, addresses. Used
 * by the sip*.c files only. */
#pragma once

#include "common/slice.h"

static inline bool sip_text_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline bool sip_text_is_space(char c)
{
	return c <= ' ' && (sip_text_is_blank(c) || c == '\r' || c == '\n');
}

static inline struct slice sip_text_from(struct slice s, size_t from)
{
	return from > 0 ? (struct slice){ s.at + from, s.len - from } : s;
}

static inline struct slice sip_text_head(struct slice s, size_t len)
{
	return (struct slice){ s.at, len };
}

static inline size_t sip_text_find(struct slice s, size_t from, char c)
{
	const char *hit = from < s.len ? slice_find(sip_text_from(s, from), c) : NULL;

	return hit != NULL ? (size_t)(hit - s.at) : s.len;
}

static inline struct slice sip_text_skip_space(struct slice s)
{
	size_t n = 0;

	while (n < s.len && sip_text_is_space(s.at[n])) {
		n++;
	}
	return sip_text_from(s, n);
}

/* The first word of `s`, which is left at the next one. Control characters end a word as well. */
static inline struct slice sip_text_word(struct slice *s)
{
	struct slice word = sip_text_skip_space(*s);
	size_t n = 0;

	while (n < word.len && (unsigned char)word.at[n] > ' ') {
		n++;
	}
	*s = sip_text_skip_space(sip_text_from(word, n));
	return sip_text_head(word, n);
}

/* A walk over a field value that does not look into quoted strings. */
struct sip_walk {
	struct slice s;
	size_t at;
	size_t quote; /* where the next quoted string opens; the length when there is none */
};

struct sip_walk sip_text_walk(struct slice s);

/** Go on to the next `c` outside quoted strings; its place, or the length. The walk then stands on
 * it. A quote that never closes is plain text, and so is all behind it: else one would have to look
 * for its partner again and again. */
size_t sip_text_walk_to(struct sip_walk *w, char c);

/** Is there a NUL where RFC 3261 25.1 does not allow it: anywhere but in a quoted string, behind a
 * backslash? */
bool sip_text_has_bare_nul(struct slice field);

/** The value of a parameter in ";a=b;c", which the walk stands before; empty when it is not there
 * or has none. */
struct slice sip_text_param(struct sip_walk w, struct slice name);

struct sip_address {
	struct slice uri;
	struct sip_walk params; /* of the field, not of the URI */
};

/** RFC 3261 20.10: name-addr or addr-spec; without angle brackets the parameters are the field's.
 */
struct sip_address sip_text_address(struct slice value);

/** User part of a sip, sips or tel URI, as it stands (escapes and all); empty when there is none.
 */
struct slice sip_text_user(struct slice uri);
