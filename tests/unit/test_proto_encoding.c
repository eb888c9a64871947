/* Files in other encodings: every byte of them, cut anywhere. */
#include "proto/encoding.h"

#include <errno.h>

#include "cxmeter/record.h"
#include "tests/support/cases.h"

static const struct text_case {
	const char *name;
	enum encoding encoding;
	const char *in;
	size_t len;
	const char *want;
} texts[] = {
	{ "utf8_as_it_is", ENCODING_UTF8, "M\xc3\xbcller", 7, "M\xc3\xbcller" },
	{ "latin1_umlaut", ENCODING_LATIN1, "M\xfcller", 6, "M\xc3\xbcller" },
	{ "latin1_has_no_euro", ENCODING_LATIN1, "\x80", 1, "\xc2\x80" },
	{ "cp1252_euro_and_quotes", ENCODING_CP1252, "\x80\x84\x93", 3,
	  "\xe2\x82\xac\xe2\x80\x9e\xe2\x80\x9c" },
	{ "cp1252_unused_byte", ENCODING_CP1252, "\x81", 1, "\xef\xbf\xbd" },
	{ "utf16le", ENCODING_UTF16LE, "M\0\xfc\0,\0\xac\x20", 8, "M\xc3\xbc,\xe2\x82\xac" },
	{ "utf16be", ENCODING_UTF16BE, "\0M\0\xfc", 4, "M\xc3\xbc" },
	{ "utf16_surrogates", ENCODING_UTF16LE, "\x3d\xd8\x00\xde", 4, "\xf0\x9f\x98\x80" },
	{ "utf16_lone_high_half", ENCODING_UTF16LE, "\x3d\xd8x\0", 4, "\xef\xbf\xbdx" },
	{ "utf16_lone_low_half", ENCODING_UTF16LE, "\x00\xdex\0", 4, "\xef\xbf\xbdx" },
	{ "utf16_two_high_halves", ENCODING_UTF16LE, "\x3d\xd8\x3d\xd8\x00\xde", 6,
	  "\xef\xbf\xbd\xf0\x9f\x98\x80" },
};

static void text_becomes_utf8_however_it_is_cut(void **state)
{
	const struct text_case *c = *state;

	for (size_t cut = 0; cut <= c->len; cut++) {
		struct encoding_state s = { .encoding = c->encoding };
		struct buf out;

		buf_init(&out, 256);
		encoding_add(&s, c->in, cut, &out);
		encoding_add(&s, c->in + cut, c->len - cut, &out);
		assert_string_equal(buf_text(&out), c->want);
		buf_free(&out);
	}
}

static const struct mark_case {
	const char *name;
	const char *head;
	enum encoding declared;
	enum encoding want;
	size_t bytes;
} marks[] = {
	{ "mark_of_utf8_wins", "\xef\xbb\xbfx", ENCODING_LATIN1, ENCODING_UTF8, 3 },
	{ "mark_of_utf16le_wins", "\xff\xfex", ENCODING_UTF8, ENCODING_UTF16LE, 2 },
	{ "mark_of_utf16be_wins", "\xfe\xffx", ENCODING_UTF8, ENCODING_UTF16BE, 2 },
	{ "no_mark_is_as_declared", "at_us", ENCODING_CP1252, ENCODING_CP1252, 0 },
	{ "nothing_is_as_declared", "", ENCODING_UTF8, ENCODING_UTF8, 0 },
};

static void mark_says_the_encoding(void **state)
{
	const struct mark_case *c = *state;
	size_t bytes = 99;

	assert_int_equal(encoding_marked(slice_of(c->head), c->declared, &bytes), c->want);
	assert_int_equal(bytes, c->bytes);
}

static void names_are_known_in_any_case(void **state)
{
	enum encoding e = ENCODING_UTF8;

	(void)state;
	for (size_t i = 0; encoding_names[i] != NULL; i++) {
		assert_int_equal(encoding_named(slice_of(encoding_names[i]), &e), 0);
		assert_int_equal(e, i);
	}
	assert_int_equal(encoding_named(SLICE("Latin-1"), &e), 0);
	assert_int_equal(encoding_named(SLICE("latin"), &e), -EINVAL);
}

static void every_byte_of_every_encoding_is_text(void **state)
{
	(void)state;
	for (enum encoding e = ENCODING_LATIN1; e <= ENCODING_UTF16BE; e++) {
		for (unsigned i = 1; i < 65536; i++) {
			const uint8_t bytes[] = { (uint8_t)(i >> 8 != 0 ? i >> 8 : 1),
				                  (uint8_t)((i & 0xff) != 0 ? i & 0xff : 1) };
			struct encoding_state s = { .encoding = e };
			struct buf out;

			buf_init(&out, 16);
			encoding_add(&s, bytes, 2, &out);
			assert_true(
				cxm_utf8_valid((struct slice){ (const char *)out.data, out.len }));
			assert_true(out.len <= (size_t)2 * ENCODING_GROWTH);
			buf_free(&out);
		}
	}
}

int main(void)
{
	static struct cases c;

	cases_table(&c, texts, text_becomes_utf8_however_it_is_cut);
	cases_table(&c, marks, mark_says_the_encoding);
	cases_test(&c, names_are_known_in_any_case);
	cases_test(&c, every_byte_of_every_encoding_is_text);
	return cases_run("encoding", &c, NULL, NULL);
}
