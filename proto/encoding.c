/* Encodings; see encoding.h. Code points by the Unicode Consortium's tables for ISO 8859-1 and
 * Windows code page 1252, UTF-16 by RFC 2781, UTF-8 by RFC 3629. */
#include "proto/encoding.h"

#include <errno.h>

#define REPLACEMENT 0xfffd

const char *const encoding_names[] = { "utf-8",    "latin-1",  "windows-1252",
	                               "utf-16le", "utf-16be", NULL };

int encoding_named(struct slice name, enum encoding *out)
{
	for (size_t i = 0; encoding_names[i] != NULL; i++) {
		if (slice_ieq(name, slice_of(encoding_names[i]))) {
			*out = (enum encoding)i;
			return 0;
		}
	}
	return -EINVAL;
}

enum encoding encoding_marked(struct slice head, enum encoding declared, size_t *mark_bytes)
{
	*mark_bytes = 0;
	if (slice_starts(head, SLICE("\xef\xbb\xbf"))) {
		*mark_bytes = 3;
		return ENCODING_UTF8;
	}
	if (slice_starts(head, SLICE("\xff\xfe"))) {
		*mark_bytes = 2;
		return ENCODING_UTF16LE;
	}
	if (slice_starts(head, SLICE("\xfe\xff"))) {
		*mark_bytes = 2;
		return ENCODING_UTF16BE;
	}
	return declared;
}

static void add_point(struct buf *out, uint32_t c)
{
	if (c < 0x80) {
		buf_add_char(out, (char)c);
		return;
	}
	if (c < 0x800) {
		buf_add_char(out, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			buf_add_char(out, (char)(0xe0 | c >> 12));
		} else {
			buf_add_char(out, (char)(0xf0 | c >> 18));
			buf_add_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
		}
		buf_add_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	buf_add_char(out, (char)(0x80 | (c & 0x3f)));
}

/* 0x80 to 0x9f of code page 1252; five of them are not used. */
static const uint16_t cp1252[32] = {
	0x20ac,      REPLACEMENT, 0x201a, 0x0192, 0x201e, 0x2026,      0x2020, 0x2021,
	0x02c6,      0x2030,      0x0160, 0x2039, 0x0152, REPLACEMENT, 0x017d, REPLACEMENT,
	REPLACEMENT, 0x2018,      0x2019, 0x201c, 0x201d, 0x2022,      0x2013, 0x2014,
	0x02dc,      0x2122,      0x0161, 0x203a, 0x0153, REPLACEMENT, 0x017e, 0x0178,
};

static void add_byte(struct encoding_state *s, uint8_t c, struct buf *out)
{
	bool windows = s->encoding == ENCODING_CP1252 && c >= 0x80 && c < 0xa0;

	add_point(out, windows ? cp1252[c - 0x80] : c);
}

static void add_unit(struct encoding_state *s, uint16_t unit, struct buf *out)
{
	bool low = unit >= 0xdc00 && unit < 0xe000;
	uint16_t high = s->high;

	s->high = 0;
	if (high != 0 && low) {
		add_point(out, 0x10000 + ((uint32_t)(high - 0xd800) << 10) + (unit - 0xdc00U));
		return;
	}
	if (high != 0) {
		add_point(out, REPLACEMENT);
	}
	if (unit >= 0xd800 && unit < 0xdc00) {
		s->high = unit;
	} else {
		add_point(out, low ? REPLACEMENT : unit);
	}
}

static void add_half(struct encoding_state *s, uint8_t c, struct buf *out)
{
	if (!s->cut) {
		s->half = c;
		s->cut = true;
		return;
	}
	s->cut = false;
	add_unit(s,
	         s->encoding == ENCODING_UTF16LE ? (uint16_t)(c << 8 | s->half)
	                                         : (uint16_t)(s->half << 8 | c),
	         out);
}

void encoding_add(struct encoding_state *s, const void *data, size_t n, struct buf *out)
{
	const uint8_t *bytes = data;

	if (s->encoding == ENCODING_UTF8) {
		buf_add(out, data, n);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (s->encoding == ENCODING_LATIN1 || s->encoding == ENCODING_CP1252) {
			add_byte(s, bytes[i], out);
		} else {
			add_half(s, bytes[i], out);
		}
	}
}
