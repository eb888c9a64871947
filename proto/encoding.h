/*
 * Text files as other tools encode them, brought to UTF-8 on the way in. Works on chunks of any
 * size; keeps nothing but the bytes of a character that was cut.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/slice.h"

enum encoding {
	ENCODING_UTF8,
	ENCODING_LATIN1,  /* ISO 8859-1; also reads ISO 8859-15 but for eight signs */
	ENCODING_CP1252,  /* what Windows calls ANSI in Western Europe */
	ENCODING_UTF16LE, /* what Excel calls Unicode text */
	ENCODING_UTF16BE,
};

/* The most bytes of UTF-8 that a byte of any of them can become. */
#define ENCODING_GROWTH 3

/** By name: utf-8, latin-1, windows-1252, utf-16le, utf-16be. @return 0 or -EINVAL. */
int encoding_named(struct slice name, enum encoding *out);

/** The names above, NULL-terminated. */
extern const char *const encoding_names[];

/** What a byte order mark at the front of a file says, and how long it is; else `declared` and 0.
 */
enum encoding encoding_marked(struct slice head, enum encoding declared, size_t *mark_bytes);

struct encoding_state {
	enum encoding encoding;
	uint16_t high; /* first half of a surrogate pair, or 0 */
	uint8_t half;  /* first byte of a UTF-16 unit that was cut */
	bool cut;
};

/** Append n bytes as UTF-8; what is no character becomes U+FFFD. UTF-8 itself is passed as it is.
 */
void encoding_add(struct encoding_state *s, const void *data, size_t n, struct buf *out);
