/* Labels: what a raw name becomes, and that places are given back. */
#include <stdio.h>
#include <stdlib.h>

#include "agent/track/labels.h"
#include "cxmeter/record.h"
#include "tests/support/cases.h"

struct clean_case {
	const char *name;
	const char *raw;
	size_t len;
	size_t size; /* of the room */
	const char *want;
};

#define RAW(text) text, sizeof(text) - 1

static const struct clean_case cases[] = {
	{ "plain_text_stays", RAW("support-01"), 32, "support-01" },
	{ "empty_stays_empty", RAW(""), 32, "" },
	{ "utf8_stays", RAW("B\xc3\xbcro \xe2\x82\xac \xf0\x9f\x93\x9e"), 32,
	  "B\xc3\xbcro \xe2\x82\xac \xf0\x9f\x93\x9e" },
	{ "latin_1_is_replaced_byte_by_byte", RAW("J\xfcrgen\xff"), 32,
	  "J\xef\xbf\xbdrgen\xef\xbf\xbd" },
	{ "nul_is_replaced", RAW("a\0b"), 32,
	  "a\xef\xbf\xbd"
	  "b" },
	{ "overlong_form_is_replaced", RAW("\xc0\xaf"), 32, "\xef\xbf\xbd\xef\xbf\xbd" },
	{ "surrogate_is_replaced", RAW("\xed\xa0\x80"), 32,
	  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "cut_character_at_the_end_is_replaced", RAW("ab\xe2\x82"), 32,
	  "ab\xef\xbf\xbd\xef\xbf\xbd" },
	{ "long_text_is_cut", RAW("abcdefgh"), 5, "abcd" },
	{ "text_that_just_fits_is_whole", RAW("abcd"), 5, "abcd" },
	{ "character_is_never_cut_in_two", RAW("abc\xc3\xbc"), 5, "abc" },
	{ "replacement_is_never_cut_in_two", RAW("ab\xfc"), 5, "ab" },
	{ "room_for_nothing_is_empty", RAW("a"), 1, "" },
};

static void clean_case(void **state)
{
	const struct clean_case *c = *state;
	char *raw = malloc(c->len + 1);
	char *out = malloc(c->size);

	assert_non_null(raw);
	assert_non_null(out);
	memcpy(raw, c->raw, c->len);
	assert_int_equal(label_clean((struct slice){ raw, c->len }, out, c->size), strlen(c->want));
	assert_string_equal(out, c->want);
	assert_true(cxm_utf8_valid(slice_of(out)));
	free(raw);
	free(out);
}

static void one_name_has_one_place(void **state)
{
	struct labels l;
	uint32_t place;

	(void)state;
	assert_int_equal(labels_init(&l, 4), 0);
	place = labels_take(&l, 7, SLICE("sales"));
	assert_int_equal(labels_take(&l, 7, SLICE("sales")), place);
	assert_int_equal(l.items[place].users, 2);
	assert_string_equal(l.items[place].text, "sales");
	labels_free(&l);
}

static void places_in_use_are_not_given_away(void **state)
{
	struct labels l;

	(void)state;
	assert_int_equal(labels_init(&l, 2), 0);
	assert_int_not_equal(labels_take(&l, 1, SLICE("a")), LABELS_NONE);
	assert_int_not_equal(labels_take(&l, 2, SLICE("b")), LABELS_NONE);
	assert_int_equal(labels_take(&l, 3, SLICE("c")), LABELS_NONE);
	labels_free(&l);
}

static void place_nobody_uses_is_given_to_another_name(void **state)
{
	struct labels l;
	uint32_t a;
	uint32_t c;

	(void)state;
	assert_int_equal(labels_init(&l, 2), 0);
	a = labels_take(&l, 1, SLICE("a"));
	(void)labels_take(&l, 2, SLICE("b"));
	labels_drop(&l, a);
	c = labels_take(&l, 3, SLICE("c"));
	assert_int_not_equal(c, LABELS_NONE);
	assert_string_equal(l.items[c].text, "c");
	assert_int_equal(l.items[c].users, 1);
	labels_free(&l);
}

static void unused_name_is_remembered_while_there_is_room(void **state)
{
	struct labels l;
	uint32_t a;

	(void)state;
	assert_int_equal(labels_init(&l, 2), 0);
	a = labels_take(&l, 1, SLICE("a"));
	labels_drop(&l, a);
	assert_int_equal(labels_take(&l, 1, SLICE("a")), a);
	labels_free(&l);
}

int main(void)
{
	static const struct CMUnitTest plain[] = {
		cmocka_unit_test(one_name_has_one_place),
		cmocka_unit_test(places_in_use_are_not_given_away),
		cmocka_unit_test(place_nobody_uses_is_given_to_another_name),
		cmocka_unit_test(unused_name_is_remembered_while_there_is_room),
	};
	struct CMUnitTest tests[COUNT(cases) + COUNT(plain)];
	size_t n = 0;

	CASES_ADD(tests, n, cases, clean_case);
	for (size_t i = 0; i < COUNT(plain); i++) {
		tests[n++] = plain[i];
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
