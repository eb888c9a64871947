/* Members of one JSON object, as event logs have them. */
#include <errno.h>
#include <stdio.h>

#include "agent/decode/json_flat.h"
#include "tests/support/cases.h"

#define ROOM 64

struct json_row {
	const char *name;
	const char *text;
	const char *want; /* name=value; of each member, then the result */
};

static const struct json_row rows[] = {
	{ "an_empty_object_has_no_member", "{}", "0" },
	{ "blanks_do_not_count", " { \"a\" :\t1 } ", "a=1;0" },
	{ "texts_numbers_and_literals", "{\"a\":\"x\",\"b\":-1.5,\"c\":true,\"d\":null}",
	  "a=x;b=-1.5;c=true;d=;0" },
	{ "escapes_are_undone", "{\"a\":\"\\\"\\\\\\/\\n\\u0041\\u00e9\\u20ac\"}",
	  "a=\"\\/\nA\xc3\xa9\xe2\x82\xac;0" },
	{ "half_a_surrogate_becomes_the_replacement", "{\"a\":\"\\ud83d\"}", "a=\xef\xbf\xbd;0" },
	{ "what_is_nested_is_stepped_over", "{\"a\":{\"b\":[1,\"}\",{}]},\"c\":2}", "a=;c=2;0" },
	{ "deep_nesting_is_no_danger", "{\"a\":[[[[[[[[[[]]]]]]]]]],\"b\":1}", "a=;b=1;0" },
	{ "a_missing_end_is_refused", "{\"a\":1", "a=1;-74" },
	{ "an_unfinished_text_is_refused", "{\"a\":\"x", "-74" },
	{ "an_unfinished_nesting_is_refused", "{\"a\":[1", "-74" },
	{ "an_unknown_escape_is_refused", "{\"a\":\"\\x\"}", "-74" },
	{ "a_bad_code_point_is_refused", "{\"a\":\"\\u00g0\"}", "-74" },
	{ "no_colon_is_refused", "{\"a\" 1}", "-74" },
	{ "no_value_is_refused", "{\"a\":}", "-74" },
	{ "a_bare_name_is_refused", "{a:1}", "-74" },
	{ "an_array_is_no_object", "[1]", "-74" },
	{ "nothing_is_no_object", "", "-74" },
	{ "more_than_the_room_is_refused",
	  "{\"a\":\"0123456789012345678901234567890123456789012345678901234567890123456789\"}",
	  "-90" },
};

static void row_run(void **state)
{
	const struct json_row *row = *state;
	struct slice rest = slice_of(row->text);
	char bytes[ROOM];
	char got[256];
	struct json_room room = { bytes, sizeof(bytes), 0 };
	struct json_member m;
	size_t n = 0;
	int rc;

	while ((rc = json_flat_next(&rest, &room, &m)) == 1) {
		n += (size_t)snprintf(got + n, sizeof(got) - n, "%.*s=%.*s;", (int)m.name.len,
		                      m.name.at, (int)m.value.len,
		                      m.value.at != NULL ? m.value.at : "");
	}
	(void)snprintf(got + n, sizeof(got) - n, "%d", rc);
	assert_string_equal(got, row->want);
}

static void what_is_nested_is_handed_out_as_it_stands(void **state)
{
	struct slice rest = SLICE("{\"a\": {\"b\":[1,\"}\",{}]} ,\"c\":[ ],\"d\":2}");
	char bytes[ROOM];
	struct json_room room = { bytes, sizeof(bytes), 0 };
	struct json_member m;

	(void)state;
	assert_int_equal(json_flat_next(&rest, &room, &m), 1);
	assert_true(slice_eq(m.nested, SLICE("{\"b\":[1,\"}\",{}]}")));
	assert_int_equal(json_flat_next(&rest, &room, &m), 1);
	assert_true(slice_eq(m.nested, SLICE("[ ]")));
	assert_int_equal(json_flat_next(&rest, &room, &m), 1);
	assert_int_equal(m.nested.len, 0);
	assert_true(slice_eq(m.value, SLICE("2")));
}

static const struct json_row arrays[] = {
	{ "objects_and_arrays_are_taken_apart", " [ {\"a\":1} , [2] ] ", "{\"a\":1};[2];0" },
	{ "an_empty_array_has_none", "[]", "0" },
	{ "a_bracket_in_a_text_is_none", "[{\"a\":\"]\"}]", "{\"a\":\"]\"};0" },
	{ "a_number_is_no_element", "[1]", "-74" },
	{ "an_object_is_no_array", "{\"a\":1}", "-74" },
	{ "an_array_that_is_cut_is_refused", "[{\"a\":1}", "{\"a\":1};-74" },
	{ "an_element_that_is_cut_is_refused", "[{\"a\":1", "-74" },
};

static void array_run(void **state)
{
	const struct json_row *row = *state;
	struct slice rest = slice_of(row->text);
	struct slice one;
	char got[256];
	size_t n = 0;
	int rc;

	while ((rc = json_flat_element(&rest, &one)) == 1) {
		n += (size_t)snprintf(got + n, sizeof(got) - n, "%.*s;", (int)one.len, one.at);
	}
	(void)snprintf(got + n, sizeof(got) - n, "%d", rc);
	assert_string_equal(got, row->want);
}

static void an_object_is_known_by_its_brace(void **state)
{
	(void)state;
	assert_true(json_flat_begins(SLICE(" {")));
	assert_false(json_flat_begins(SLICE("16,x,")));
	assert_false(json_flat_begins(SLICE("")));
}

int main(void)
{
	static struct cases c;

	cases_table(&c, rows, row_run);
	cases_test(&c, what_is_nested_is_handed_out_as_it_stands);
	cases_table(&c, arrays, array_run);
	cases_test(&c, an_object_is_known_by_its_brace);
	return cases_run("decode/json_flat", &c, NULL, NULL);
}
