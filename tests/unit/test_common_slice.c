#include "common/slice.h"

#include <errno.h>
#include <float.h>

#include "tests/support/cases.h"

static const struct slice nothing = { NULL, 0 };

static void equality_is_by_content(void **state)
{
	(void)state;
	assert_true(slice_eq(SLICE("support"), slice_of("support")));
	assert_false(slice_eq(SLICE("support"), SLICE("suppor")));
	assert_false(slice_eq(SLICE("support"), SLICE("Support")));
	assert_true(slice_eq(nothing, SLICE("")));
	assert_true(slice_eq(slice_of(NULL), nothing));
}

static void case_is_ignored_where_asked(void **state)
{
	(void)state;
	assert_true(slice_ieq(SLICE("Content-Type"), SLICE("content-TYPE")));
	assert_false(slice_ieq(SLICE("Content-Type"), SLICE("Content-Typ")));
	assert_true(slice_ieq(nothing, nothing));
}

static void prefix_is_found(void **state)
{
	(void)state;
	assert_true(slice_starts(SLICE("SIP/2.0 200 OK"), SLICE("SIP/2.0")));
	assert_false(slice_starts(SLICE("SIP"), SLICE("SIP/2.0")));
	assert_false(slice_starts(SLICE("sip/2.0"), SLICE("SIP")));
	assert_true(slice_istarts(SLICE("sip/2.0"), SLICE("SIP")));
	assert_true(slice_starts(nothing, nothing));
	assert_true(slice_istarts(SLICE("x"), nothing));
}

static const struct trim_case {
	const char *name;
	const char *in;
	const char *want;
} trims[] = {
	{ "trim_both_ends", " \t a b\r\n", "a b" },
	{ "trim_nothing", "ab", "ab" },
	{ "trim_all", " \r\n\t ", "" },
	{ "trim_empty", "", "" },
	{ "trim_keeps_other_controls", "\va\f", "\va\f" },
};

static void blanks_around_are_taken_off(void **state)
{
	const struct trim_case *c = *state;

	assert_true(slice_eq(slice_trim(slice_of(c->in)), slice_of(c->want)));
}

#define FIND_MAX_BYTES 50

/* In blocks of their exact size, so that the address sanitizer sees a byte read beyond. */
static void the_first_of_a_byte_is_found_wherever_it_is(void **state)
{
	(void)state;
	for (size_t len = 1; len <= FIND_MAX_BYTES; len++) {
		char *text = malloc(len);
		struct slice s = { text, len };

		assert_non_null(text);
		memset(text, 'x', len);
		assert_null(slice_find(s, '|'));
		for (size_t at = len; at-- > 0;) { /* those behind it stay */
			text[at] = '|';
			assert_ptr_equal(slice_find(s, '|'), text + at);
		}
		free(text);
	}
}

static void nothing_is_found_in_nothing(void **state)
{
	(void)state;
	assert_null(slice_find(nothing, '|'));
	assert_null(slice_find(SLICE(""), '\0'));
}

static void cutting_walks_a_list(void **state)
{
	struct slice rest = SLICE("a||bc");

	(void)state;
	assert_true(slice_eq(slice_cut(&rest, '|'), SLICE("a")));
	assert_true(slice_eq(slice_cut(&rest, '|'), SLICE("")));
	assert_true(slice_eq(slice_cut(&rest, '|'), SLICE("bc")));
	assert_int_equal(rest.len, 0);
	assert_true(slice_eq(slice_cut(&rest, '|'), SLICE("")));
}

static void cutting_nothing_gives_nothing(void **state)
{
	struct slice rest = nothing;

	(void)state;
	assert_int_equal(slice_cut(&rest, '|').len, 0);
	assert_int_equal(rest.len, 0);
	assert_int_equal(slice_trim(nothing).len, 0);
}

#define UNTOUCHED 4711

static const struct u64_case {
	const char *name;
	const char *in;
	uint64_t max;
	int rc;
	uint64_t want;
} u64s[] = {
	{ "u64_zero", "0", 10, 0, 0 },
	{ "u64_leading_zeros", "007", 10, 0, 7 },
	{ "u64_at_the_limit", "10", 10, 0, 10 },
	{ "u64_above_the_limit", "11", 10, -ERANGE, UNTOUCHED },
	{ "u64_largest", "18446744073709551615", UINT64_MAX, 0, UINT64_MAX },
	{ "u64_largest_and_one", "18446744073709551616", UINT64_MAX, -ERANGE, UNTOUCHED },
	{ "u64_ten_times_too_long", "99999999999999999999999", UINT64_MAX, -ERANGE, UNTOUCHED },
	{ "u64_empty", "", 10, -EINVAL, UNTOUCHED },
	{ "u64_negative", "-1", 10, -EINVAL, UNTOUCHED },
	{ "u64_plus", "+1", 10, -EINVAL, UNTOUCHED },
	{ "u64_blank_in_front", " 1", 10, -EINVAL, UNTOUCHED },
	{ "u64_text_behind", "60s", UINT64_MAX, -EINVAL, UNTOUCHED },
	/* before: out of range, though it is no number at all */
	{ "u64_text_behind_a_number_out_of_range", "99999999999999999999x", UINT64_MAX, -EINVAL,
	  UNTOUCHED },
	{ "u64_colon_is_no_digit", "1:", 99, -EINVAL, UNTOUCHED },
	{ "u64_slash_is_no_digit", "1/", 99, -EINVAL, UNTOUCHED },
};

static void unsigned_number_is_read_whole_or_refused(void **state)
{
	const struct u64_case *c = *state;
	uint64_t v = UNTOUCHED;

	assert_int_equal(slice_u64(slice_of(c->in), c->max, &v), c->rc);
	assert_int_equal(v, c->want);
}

static const struct i64_case {
	const char *name;
	const char *in;
	int64_t min;
	int64_t max;
	int rc;
	int64_t want;
} i64s[] = {
	{ "i64_negative", "-5", -5, 5, 0, -5 },
	{ "i64_below", "-6", -5, 5, -ERANGE, UNTOUCHED },
	{ "i64_above", "6", -5, 5, -ERANGE, UNTOUCHED },
	{ "i64_minus_zero", "-0", -5, 5, 0, 0 },
	{ "i64_largest", "9223372036854775807", INT64_MIN, INT64_MAX, 0, INT64_MAX },
	{ "i64_largest_and_one", "9223372036854775808", INT64_MIN, INT64_MAX, -ERANGE, UNTOUCHED },
	/* before: out of range, so what was exported could not be read back */
	{ "i64_smallest", "-9223372036854775808", INT64_MIN, INT64_MAX, 0, INT64_MIN },
	{ "i64_smallest_less_one", "-9223372036854775809", INT64_MIN, INT64_MAX, -ERANGE,
	  UNTOUCHED },
	{ "i64_minus_alone", "-", INT64_MIN, INT64_MAX, -EINVAL, UNTOUCHED },
	{ "i64_two_minus", "--1", INT64_MIN, INT64_MAX, -EINVAL, UNTOUCHED },
	{ "i64_empty", "", INT64_MIN, INT64_MAX, -EINVAL, UNTOUCHED },
};

static void signed_number_is_read_whole_or_refused(void **state)
{
	const struct i64_case *c = *state;
	int64_t v = UNTOUCHED;

	assert_int_equal(slice_i64(slice_of(c->in), c->min, c->max, &v), c->rc);
	assert_int_equal(v, c->want);
}

static const struct double_case {
	const char *name;
	const char *in;
	bool comma;
	int rc;
	double want;
} doubles[] = {
	{ "double_fraction", "3.25", false, 0, 3.25 },
	{ "double_exponent", "1e3", false, 0, 1000 },
	{ "double_negative", "-0.5", false, 0, -0.5 },
	{ "double_largest", "1.7976931348623157e308", false, 0, DBL_MAX },
	{ "double_comma_where_allowed", "3,25", true, 0, 3.25 },
	{ "double_comma_where_not", "3,25", false, -EINVAL, UNTOUCHED },
	{ "double_point_where_comma_is_allowed", "3.25", true, 0, 3.25 },
	{ "double_thousands_and_comma", "1.234,5", true, -EINVAL, UNTOUCHED },
	{ "double_overflow", "1e400", false, -EINVAL, UNTOUCHED },
	{ "double_infinity", "inf", false, -EINVAL, UNTOUCHED },
	{ "double_nan", "nan", false, -EINVAL, UNTOUCHED },
	{ "double_hexadecimal", "0x1p3", false, -EINVAL, UNTOUCHED },
	{ "double_text_behind", "0.5x", false, -EINVAL, UNTOUCHED },
	{ "double_blank_in_front", " 1", false, -EINVAL, UNTOUCHED },
	{ "double_cut_exponent", "1e", false, -EINVAL, UNTOUCHED },
	{ "double_point_alone", ".", false, -EINVAL, UNTOUCHED },
	{ "double_empty", "", false, -EINVAL, UNTOUCHED },
	{ "double_of_63_digits", "000000000000000000000000000000000000000000000000000000000000001",
	  false, 0, 1 },
	{ "double_of_64_digits", "0000000000000000000000000000000000000000000000000000000000000001",
	  false, -EINVAL, UNTOUCHED },
};

static void fraction_is_read_whole_or_refused(void **state)
{
	const struct double_case *c = *state;
	double v = UNTOUCHED;

	assert_int_equal(slice_double(slice_of(c->in), c->comma, &v), c->rc);
	assert_true(v == c->want);
}

static void nul_byte_is_no_part_of_a_number(void **state)
{
	struct slice in = SLICE("5\0");
	uint64_t u = UNTOUCHED;
	double d = UNTOUCHED;

	(void)state;
	assert_int_equal(slice_u64(in, 9, &u), -EINVAL);
	assert_int_equal(slice_double(in, false, &d), -EINVAL);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, equality_is_by_content);
	cases_test(&c, case_is_ignored_where_asked);
	cases_test(&c, prefix_is_found);
	cases_table(&c, trims, blanks_around_are_taken_off);
	cases_test(&c, the_first_of_a_byte_is_found_wherever_it_is);
	cases_test(&c, nothing_is_found_in_nothing);
	cases_test(&c, cutting_walks_a_list);
	cases_test(&c, cutting_nothing_gives_nothing);
	cases_table(&c, u64s, unsigned_number_is_read_whole_or_refused);
	cases_table(&c, i64s, signed_number_is_read_whole_or_refused);
	cases_table(&c, doubles, fraction_is_read_whole_or_refused);
	cases_test(&c, nul_byte_is_no_part_of_a_number);
	return cases_run("slice", &c, NULL, NULL);
}
