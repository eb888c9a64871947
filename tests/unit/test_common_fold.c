#include "common/fold.h"

#include "tests/support/cases.h"

#define TEXT_MAX_BYTES 40

static const struct fold_case {
	const char *name;
	const char *a;
	const char *b;
	size_t len;
	bool equal;
} folds[] = {
	{ "nothing_equals_nothing", "", "", 0, true },
	{ "one_letter_of_either_case", "a", "A", 1, true },
	{ "one_other_letter", "a", "B", 1, false },
	{ "letters_at_the_ends_of_the_alphabet", "azAZ", "AZaz", 4, true },
	{ "three_letters", "Via", "vIA", 3, true },
	{ "last_of_three_differs", "Via", "viB", 3, false },
	{ "a_whole_word", "REPLACES", "replaces", 8, true },
	{ "a_letter_more_than_a_word", "X-Replaces", "x-REPLACES", 10, true },
	{ "the_byte_behind_a_word_differs", "replaces1", "replaces2", 9, false },
	{ "two_words_and_a_piece", "Proxy-Authorization", "proxy-authorization", 19, true },
	{ "the_middle_word_differs", "proxy-authorizatioN", "proxy_authorization", 19, false },
	{ "bracket_is_no_brace", "[", "{", 1, false },
	{ "at_is_no_grave_accent", "@", "`", 1, false },
	{ "digit_is_no_control", "0", "\x10", 1, false },
	{ "caret_is_no_tilde", "ab^c", "ab~c", 4, false },
	{ "letters_beyond_ascii_have_no_case", "\xc3\xa4", "\xc3\x84", 2, false },
	{ "high_bytes_that_look_like_letters", "\xc1\xe1", "\xe1\xc1", 2, false },
	{ "nul_is_a_byte_as_any_other", "a\0b", "a\0c", 3, false },
	{ "what_is_behind_a_nul_is_compared", "a\0B", "A\0b", 3, true },
};

static void texts_compare_without_case(void **state)
{
	const struct fold_case *c = *state;

	assert_int_equal(fold_eq(c->a, c->b, c->len), c->equal);
	assert_int_equal(fold_eq(c->b, c->a, c->len), c->equal);
}

/* In blocks of their exact size, so that the address sanitizer sees a byte read beyond. */
static void one_byte_that_differs_is_seen_wherever_it_is(void **state)
{
	(void)state;
	for (size_t len = 1; len <= TEXT_MAX_BYTES; len++) {
		char *a = malloc(len);
		char *b = malloc(len);

		assert_non_null(a);
		assert_non_null(b);
		memset(a, 'q', len);
		memset(b, 'Q', len);
		assert_true(fold_eq(a, b, len));
		for (size_t at = 0; at < len; at++) {
			b[at] = 'r';
			assert_false(fold_eq(a, b, len));
			b[at] = 'Q';
		}
		free(a);
		free(b);
	}
}

int main(void)
{
	static struct cases c;

	cases_table(&c, folds, texts_compare_without_case);
	cases_test(&c, one_byte_that_differs_is_seen_wherever_it_is);
	return cases_run("fold", &c, NULL, NULL);
}
