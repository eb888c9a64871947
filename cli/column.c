#include "cli/column.h"

#include <stdint.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
#define ELLIPSIS    "\xe2\x80\xa6" /* U+2026 */
#define NAME_INDENT 2

struct range {
	uint32_t first;
	uint32_t last;
};

/* Unicode 15: characters that must not reach a terminal, that take no column, that take two. The
 * blocks of the last two, not each character: enough for names. */
static const struct range unsafe[] = {
	{ 0x0000, 0x001f }, { 0x007f, 0x009f }, { 0x061c, 0x061c }, { 0x200e, 0x200f },
	{ 0x2028, 0x202e }, { 0x2066, 0x2069 }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb },
};
static const struct range narrow[] = {
	{ 0x0300, 0x036f },
	{ 0x200b, 0x200d },
	{ 0x20d0, 0x20ff },
	{ 0xfe00, 0xfe0f },
};
static const struct range wide[] = {
	{ 0x1100, 0x115f },   { 0x2e80, 0xa4cf },   { 0xac00, 0xd7a3 }, { 0xf900, 0xfaff },
	{ 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },   { 0xffe0, 0xffe6 }, { 0x1f300, 0x1f64f },
	{ 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
};

#define IN(table, c) in_table(table, sizeof(table) / sizeof((table)[0]), c)

static bool in_table(const struct range *table, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++) {
		if (c >= table[i].first && c <= table[i].last) {
			return true;
		}
	}
	return false;
}

struct glyph {
	size_t len_bytes; /* taken from the text */
	size_t width;
	bool safe; /* else U+FFFD is shown */
};

/* One code point from the front of a text that is not empty; a byte that is no UTF-8 is one. */
static struct glyph glyph_at(struct slice s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char lead = (unsigned char)s.at[0];
	size_t len = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	uint32_t c = len < 2 ? lead : lead & (0x7fU >> len);

	for (size_t i = 1; i < len; i++) {
		unsigned char next = i < s.len ? (unsigned char)s.at[i] : 0;

		if ((next & 0xc0) != 0x80) {
			return (struct glyph){ 1, 1, false };
		}
		c = c << 6 | (next & 0x3fU);
	}
	if (len == 0 || lead > 0xf4 || c < least[len] || c > 0x10ffff ||
	    (c >= 0xd800 && c <= 0xdfff) || IN(unsafe, c)) {
		return (struct glyph){ len > 0 ? len : 1, 1, false };
	}
	return (struct glyph){ len, IN(narrow, c) ? 0 : IN(wide, c) ? 2 : 1, true };
}

static struct slice behind(struct slice s, size_t n)
{
	return (struct slice){ s.at + n, s.len - n };
}

size_t column_width(struct slice text)
{
	size_t width = 0;

	while (text.len > 0) {
		struct glyph g = glyph_at(text);

		width += g.width;
		text = behind(text, g.len_bytes);
	}
	return width;
}

size_t column_cut(struct slice text, size_t width, struct buf *out)
{
	bool whole = column_width(text) <= width;
	size_t limit = whole || width == 0 ? width : width - 1;
	size_t used = 0;

	while (text.len > 0) {
		struct glyph g = glyph_at(text);

		if (used + g.width > limit) {
			break;
		}
		if (g.safe) {
			buf_add(out, text.at, g.len_bytes);
		} else {
			buf_add_text(out, REPLACEMENT);
		}
		used += g.width;
		text = behind(text, g.len_bytes);
	}
	if (!whole && width > 0) {
		buf_add_text(out, ELLIPSIS);
		used++;
	}
	return used;
}

void column_blanks(size_t n, struct buf *out)
{
	while (n-- > 0) {
		buf_add_char(out, ' ');
	}
}

void column_pad(struct slice text, size_t width, struct buf *out)
{
	column_blanks(width - column_cut(text, width, out), out);
}

void column_pad_left(struct slice text, size_t width, struct buf *out)
{
	size_t taken = column_width(text);

	column_blanks(taken < width ? width - taken : 0, out);
	(void)column_cut(text, width, out);
}

void column_name(struct slice text, size_t at, size_t width, struct buf *out)
{
	size_t column = 0;
	size_t from = 0; /* of this line */

	column_blanks(at, out);
	while (text.len > 0) {
		struct slice word = slice_cut(&text, ' ');

		if (column > from && column + 1 + column_width(word) > width) {
			from = NAME_INDENT;
			column = from;
			buf_add_char(out, '\n');
			column_blanks(at + from, out);
		} else if (column > from) {
			buf_add_char(out, ' ');
			column++;
		}
		column += column_cut(word, width - column, out);
	}
	column_blanks(width > column ? width - column : 0, out);
}

void column_wrap(struct slice text, size_t at, struct buf *out)
{
	size_t column = at;

	while (text.len > 0) {
		struct slice word = slice_cut(&text, ' ');
		size_t width = column_width(word);

		if (word.len == 0) {
			continue;
		}
		if (column > at && column + 1 + width > COLUMN_LINE_MAX) {
			buf_add_char(out, '\n');
			column_blanks(at, out);
			column = at;
		} else if (column > at) {
			buf_add_char(out, ' ');
			column++;
		}
		column += column_cut(word, COLUMN_LINE_MAX - at, out);
	}
	buf_add_char(out, '\n');
}
