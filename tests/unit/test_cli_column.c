/* Text fits its columns whatever it is made of, and nothing in it can move the cursor. */
#include "cli/column.h"

#include <stdint.h>

#include "tests/support/cases.h"

#define N_OF(list) (sizeof(list) / sizeof((list)[0]))

static const struct width_case {
	const char *name;
	const char *text;
	size_t width;
} width_cases[] = {
	{ "ascii_takes_one_column_each", "Service level", 13 },
	{ "umlauts_take_one_column_each", "Qualitätssicherung", 18 },
	{ "a_combining_mark_takes_none", "a\xcc\x88", 1 },
	{ "chinese_takes_two", "\xe5\xae\xa2\xe6\x9c\x8d", 4 },
	{ "an_emoji_takes_two", "\xf0\x9f\x98\x80", 2 },
	{ "a_control_character_takes_one", "a\x1b[31m", 6 },
	{ "a_lone_continuation_takes_one", "\x80", 1 },
	{ "a_cut_sequence_takes_one_a_byte", "\xe2\x82", 2 },
	{ "an_overlong_slash_takes_one_a_byte", "\xc0\xaf", 2 },
	{ "nothing_takes_none", "", 0 },
};

static void width_case_run(void **state)
{
	const struct width_case *c = *state;

	assert_int_equal(column_width(slice_of(c->text)), c->width);
}

static const struct cut_case {
	const char *name;
	const char *text;
	size_t width;
	const char *want;
} cut_cases[] = {
	{ "what_fits_stays", "Prognose", 8, "Prognose" },
	{ "what_is_longer_ends_in_an_ellipsis", "Prognosefehler", 8, "Prognos…" },
	{ "an_umlaut_is_cut_whole", "Rückruf", 3, "Rü…" },
	{ "a_wide_character_that_does_not_fit_leaves_room", "\xe5\xae\xa2\xe6\x9c\x8d\xe5\xae\xa2",
	  4, "\xe5\xae\xa2…" },
	{ "no_columns_take_no_text", "abc", 0, "" },
	{ "escape_sequences_are_shown_not_obeyed", "\x1b]0;x\x07", 20, "�]0;x�" },
	{ "a_right_to_left_override_is_shown",
	  "abc\xe2\x80\xae"
	  "cba",
	  20, "abc�cba" },
	{ "a_new_line_is_shown", "a\nb", 20, "a�b" },
	{ "bytes_that_are_no_text_are_shown",
	  "a\xff\xfe"
	  "b",
	  20, "a��b" },
	{ "a_surrogate_is_shown", "\xed\xa0\x80", 20, "�" },
	{ "beyond_unicode_is_shown", "\xf4\x90\x80\x80", 20, "�" },
};

static void cut_case_run(void **state)
{
	const struct cut_case *c = *state;
	struct buf out;

	buf_init(&out, 1024);
	assert_true(column_cut(slice_of(c->text), c->width, &out) <= c->width);
	assert_string_equal(buf_text(&out), c->want);
	buf_free(&out);
}

static void padding_fills_to_the_column_on_either_side(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1024);
	column_pad(SLICE("für"), 6, &out);
	buf_add_char(&out, '|');
	column_pad_left(SLICE("für"), 6, &out);
	buf_add_char(&out, '|');
	column_pad_left(SLICE("lange Wörter"), 6, &out);
	assert_string_equal(buf_text(&out), "für   |   für|lange…");
	buf_free(&out);
}

static void wrapping_breaks_between_words_and_indents(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1024);
	column_wrap(SLICE("one two three four"), 89, &out);
	assert_string_equal(buf_text(&out),
	                    "one two\n"
	                    "                                                                      "
	                    "                   three four\n");
	buf_free(&out);
}

static void a_word_longer_than_the_line_is_cut(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1024);
	column_wrap(SLICE("abcdefgh"), 95, &out);
	assert_string_equal(buf_text(&out), "abcd…\n");
	buf_free(&out);
}

static void wrapping_nothing_ends_the_line(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1024);
	column_wrap(SLICE(""), 10, &out);
	column_wrap(SLICE("  a   b "), 0, &out);
	assert_string_equal(buf_text(&out), "\na b\n");
	buf_free(&out);
}

static const struct name_case {
	const char *name;
	const char *text;
	const char *want;
} name_cases[] = {
	{ "a_short_name_is_filled_up", "Kosten", "  Kosten    |" },
	{ "a_name_of_exactly_the_width_stays_in_its_line", "zehn zehnt", "  zehn zehnt|" },
	{ "a_long_name_goes_on_further_in", "Kosten je Kontakt", "  Kosten je\n    Kontakt |" },
	{ "only_a_word_wider_than_the_column_is_cut", "Donaudampfer fährt",
	  "  Donaudamp…\n    fährt   |" },
	{ "no_name_is_blanks", "", "            |" },
};

static void name_run(void **state)
{
	const struct name_case *c = *state;
	struct buf out;

	buf_init(&out, 256);
	column_name(slice_of(c->text), 2, 10, &out);
	buf_add_text(&out, "|");
	assert_string_equal(buf_text(&out), c->want);
	buf_free(&out);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, padding_fills_to_the_column_on_either_side);
	cases_test(&c, wrapping_breaks_between_words_and_indents);
	cases_test(&c, a_word_longer_than_the_line_is_cut);
	cases_test(&c, wrapping_nothing_ends_the_line);
	cases_table(&c, width_cases, width_case_run);
	cases_table(&c, cut_cases, cut_case_run);
	cases_table(&c, name_cases, name_run);
	return cases_run("cli_column", &c, NULL, NULL);
}
