#include "proto/csv.h"

#include <errno.h>

#include "tests/support/cases.h"
#include "tests/support/dice.h"

#define SHOWN_MAX 4096

/* Rows and fields as one line of text: fields in [ ], rows separated by blanks, ! for a quote out
 * of place, # for too much, + and the number of line feeds behind rows that took more than one. */
static void show_rows(struct slice in, char separator, char out[SHOWN_MAX])
{
	struct csv_row row;
	struct buf b;
	size_t consumed;
	int rc;

	csv_row_init(&row);
	buf_init(&b, SHOWN_MAX);
	while ((rc = csv_next(in, separator, true, &row, &consumed)) != 0) {
		buf_add_text(&b, b.len > 0 ? " " : "");
		for (size_t i = 0; rc == 1 && i < row.n_fields; i++) {
			buf_add_char(&b, '[');
			buf_add_slice(&b, row.fields[i]);
			buf_add_char(&b, ']');
		}
		buf_add_text(&b, rc == -EBADMSG ? "!" : rc == -EMSGSIZE ? "#" : "");
		if (row.lines > 1) {
			buf_printf(&b, "+%zu", row.lines);
		}
		assert_true(consumed > 0);
		in = (struct slice){ in.at + consumed, in.len - consumed };
	}
	assert_int_equal(in.len, 0);
	assert_false(b.failed);
	memcpy(out, buf_text(&b), b.len + 1);
	buf_free(&b);
	csv_row_free(&row);
}

static const struct row_case {
	const char *name;
	const char *in;
	const char *want;
} rows[] = {
	/* RFC 4180, section 2, rules 1 to 7 */
	{ "rule_1_rows_end_in_crlf", "aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n",
	  "[aaa][bbb][ccc] [zzz][yyy][xxx]" },
	{ "rule_2_last_row_without_line_end", "aaa,bbb,ccc\r\nzzz,yyy,xxx",
	  "[aaa][bbb][ccc] [zzz][yyy][xxx]" },
	{ "rule_4_blanks_are_part_of_a_field", "aaa , bbb\n", "[aaa ][ bbb]" },
	{ "rule_5_fields_in_quotes", "\"aaa\",\"bbb\"\r\nzzz,yyy\r\n", "[aaa][bbb] [zzz][yyy]" },
	{ "rule_6_separator_in_quotes", "\"aaa\",\"b,bb\"\r\n", "[aaa][b,bb]" },
	{ "rule_6_line_end_in_quotes", "\"aaa\",\"b\r\nbb\",\"ccc\"\r\nzzz\r\n",
	  "[aaa][b\r\nbb][ccc]+2 [zzz]" },
	{ "rule_7_quote_in_quotes", "\"aaa\",\"b\"\"bb\",\"ccc\"\n", "[aaa][b\"bb][ccc]" },
	/* what tools write besides */
	{ "line_feed_alone", "a,b\nc,d\n", "[a][b] [c][d]" },
	{ "empty_fields", ",,\n", "[][][]" },
	{ "empty_last_field", "a,\nb,\n", "[a][] [b][]" },
	{ "empty_quoted_fields", "\"\",\"\"\n", "[][]" },
	{ "quote_alone_in_quotes", "\"\"\"\"\n", "[\"]" },
	{ "two_quotes_in_quotes", "\"\"\"\"\"\"\n", "[\"\"]" },
	{ "blank_lines", "a\n\n\r\nb\n", "[a] [] [] [b]" },
	{ "quoted_last_field_without_line_end", "a,\"b\"", "[a][b]" },
	{ "separator_behind_quotes_at_the_end", "\"a\",", "[a][]" },
	{ "carriage_return_inside_a_field", "a\rb,c\n", "[a\rb][c]" },
	{ "several_carriage_returns_at_the_end", "a,b\r\r\n", "[a][b]" },
	{ "nothing", "", "" },
	/* before: a quote inside an unquoted field swallowed rows up to the next one */
	{ "inch_mark_is_a_character", "5\" pipe,a\n6\" pipe,b\n", "[5\" pipe][a] [6\" pipe][b]" },
	{ "blank_before_a_quote_is_no_quote", "a, \"b\"\nc\n", "[a][ \"b\"] [c]" },
	/* quotes in the wrong place cost one line and no more */
	{ "text_behind_quotes", "\"a\"b,c\nd,e\n", "! [d][e]" },
	{ "text_between_quoted_texts", "\"a\"b\"c\",d\ne\n", "! [e]" },
	{ "blank_behind_quotes", "\"a\" ,b\nc\n", "! [c]" },
	{ "quote_that_is_never_closed", "\"a,b\nc,d\ne,f\n", "! [c][d] [e][f]" },
	{ "quote_that_is_never_closed_in_the_last_line", "a,b\nc,\"d\n", "[a][b] !" },
	{ "quote_that_is_never_closed_at_the_very_end", "a,\"", "!" },
	{ "three_quotes_and_a_line", "\"\"\"\n", "!" },
};

static void rows_are_read_as_the_standard_and_tools_mean_them(void **state)
{
	const struct row_case *c = *state;
	char shown[SHOWN_MAX];

	show_rows(slice_of(c->in), ',', shown);
	assert_string_equal(shown, c->want);
}

static void another_separator_makes_the_comma_a_character(void **state)
{
	char shown[SHOWN_MAX];

	(void)state;
	show_rows(SLICE("3,5;\"a;b\"\n"), ';', shown);
	assert_string_equal(shown, "[3,5][a;b]");
	show_rows(SLICE("a\tb,c\n"), '\t', shown);
	assert_string_equal(shown, "[a][b,c]");
}

/* Whatever the caller has read so far: the row is complete and the same, or asked for again. */
static void row_is_never_taken_before_it_is_all_there(void **state)
{
	const struct row_case *c = *state;
	struct slice in = slice_of(c->in);
	struct csv_row row;
	size_t whole = 0;
	size_t consumed;
	int want;

	csv_row_init(&row);
	want = csv_next(in, ',', true, &row, &whole);
	for (size_t n = 0; n < whole; n++) {
		assert_int_equal(csv_next((struct slice){ in.at, n }, ',', false, &row, &consumed),
		                 0);
		assert_int_equal(consumed, 0);
	}
	assert_int_equal(csv_next(in, ',', true, &row, &consumed), want);
	csv_row_free(&row);
}

static const struct separator_case {
	const char *name;
	const char *line;
	char want;
} separators[] = {
	{ "separator_comma", "at_us,queue,kind", ',' },
	{ "separator_semicolon", "at_us;queue;kind", ';' },
	{ "separator_tab", "at_us\tqueue\tkind", '\t' },
	{ "separator_of_the_majority", "a;b;c,d", ';' },
	{ "separator_in_quotes_does_not_count", "\"a,b,c,d\";e", ';' },
	{ "separator_of_one_column_is_a_comma", "at_us", ',' },
	{ "separator_of_nothing_is_a_comma", "", ',' },
	{ "separator_tie_goes_to_the_comma", "a;b,c", ',' },
};

static void separator_is_the_most_frequent_outside_quotes(void **state)
{
	const struct separator_case *c = *state;

	assert_int_equal(csv_separator(slice_of(c->line)), c->want);
}

/* ---- limits ---- */

static int next_of(struct slice in, bool last, size_t *fields, size_t *consumed)
{
	struct csv_row row;
	int rc;

	csv_row_init(&row);
	rc = csv_next(in, ',', last, &row, consumed);
	*fields = row.n_fields;
	csv_row_free(&row);
	return rc;
}

static void row_of_the_largest_size_is_read_and_one_byte_more_is_not(void **state)
{
	static char text[CSV_ROW_MAX_BYTES + 4];
	size_t fields;
	size_t consumed;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[CSV_ROW_MAX_BYTES - 1] = '\n';
	text[CSV_ROW_MAX_BYTES + 1] = '\n';
	assert_int_equal(next_of((struct slice){ text, sizeof(text) }, false, &fields, &consumed),
	                 1);
	assert_int_equal(consumed, CSV_ROW_MAX_BYTES);
	text[CSV_ROW_MAX_BYTES - 1] = 'x';
	assert_int_equal(next_of((struct slice){ text, sizeof(text) }, false, &fields, &consumed),
	                 -EMSGSIZE);
	assert_int_equal(consumed, CSV_ROW_MAX_BYTES + 2);
	/* without a line end in sight it is too long as soon as it fills a row */
	assert_int_equal(
		next_of((struct slice){ text, CSV_ROW_MAX_BYTES - 1 }, false, &fields, &consumed),
		0);
	assert_int_equal(
		next_of((struct slice){ text, CSV_ROW_MAX_BYTES }, false, &fields, &consumed),
		-EMSGSIZE);
	/* before: a last row of exactly this size was called out of memory */
	assert_int_equal(
		next_of((struct slice){ text, CSV_ROW_MAX_BYTES }, true, &fields, &consumed), 1);
}

static void quoted_row_of_the_largest_size_is_read(void **state)
{
	static char text[CSV_ROW_MAX_BYTES];
	size_t fields;
	size_t consumed;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[0] = '"';
	text[CSV_ROW_MAX_BYTES - 1] = '"';
	assert_int_equal(next_of((struct slice){ text, sizeof(text) }, true, &fields, &consumed),
	                 1);
	assert_int_equal(fields, 1);
}

static void row_of_256_fields_is_read_and_of_257_is_not(void **state)
{
	char text[CSV_FIELDS_MAX + 2];
	size_t fields;
	size_t consumed;

	(void)state;
	memset(text, ',', sizeof(text));
	text[CSV_FIELDS_MAX - 1] = '\n';
	text[CSV_FIELDS_MAX + 1] = '\n';
	assert_int_equal(next_of((struct slice){ text, CSV_FIELDS_MAX }, false, &fields, &consumed),
	                 1);
	assert_int_equal(fields, CSV_FIELDS_MAX);
	text[CSV_FIELDS_MAX - 1] = ',';
	assert_int_equal(
		next_of((struct slice){ text, CSV_FIELDS_MAX + 2 }, false, &fields, &consumed),
		-EMSGSIZE);
	assert_int_equal(consumed, CSV_FIELDS_MAX + 2);
}

static void nothing_may_be_null(void **state)
{
	const struct slice nothing = { NULL, 0 };
	size_t fields;
	size_t consumed = 9;

	(void)state;
	assert_int_equal(next_of(nothing, true, &fields, &consumed), 0);
	assert_int_equal(consumed, 0);
	assert_int_equal(csv_separator(nothing), ',');
	assert_int_equal(csv_unguard(nothing).len, 0);
}

/* ---- writing ---- */

static const struct add_case {
	const char *name;
	const char *field;
	bool guard;
	const char *want;
} adds[] = {
	{ "plain_text_stays_plain", "support", true, "support" },
	{ "comma_is_quoted", "a,b", true, "\"a,b\"" },
	{ "semicolon_is_quoted", "a;b", true, "\"a;b\"" },
	{ "tab_is_quoted", "a\tb", true, "\"a\tb\"" },
	{ "line_feed_is_quoted", "a\nb", true, "\"a\nb\"" },
	{ "carriage_return_is_quoted", "a\rb", true, "\"a\rb\"" },
	{ "quote_is_doubled", "a\"b", true, "\"a\"\"b\"" },
	{ "nothing_stays_nothing", "", true, "" },
	/* CWE-1236 and https://owasp.org/www-community/attacks/CSV_Injection */
	{ "formula_is_guarded", "=cmd|' /C calc'!A0", true, "'=cmd|' /C calc'!A0" },
	{ "plus_is_guarded", "+49 30 1", true, "'+49 30 1" },
	{ "minus_is_guarded", "-2+3", true, "'-2+3" },
	{ "at_is_guarded", "@SUM(1)", true, "'@SUM(1)" },
	{ "tab_in_front_is_guarded", "\t=1", true, "\"'\t=1\"" },
	{ "carriage_return_in_front_is_guarded", "\r=1", true, "\"'\r=1\"" },
	{ "number_is_not_guarded_when_asked_not_to", "-2", false, "-2" },
	{ "apostrophe_alone_is_not_guarded", "'s", true, "'s" },
	/* before: as it is, and read back without its apostrophe */
	{ "what_looks_guarded_is_guarded", "'=1", true, "''=1" },
};

static void field_is_written_so_that_no_spreadsheet_runs_it(void **state)
{
	const struct add_case *c = *state;
	struct buf b;

	buf_init(&b, 256);
	csv_add(&b, slice_of(c->field), c->guard);
	assert_string_equal(buf_text(&b), c->want);
	buf_free(&b);
}

static struct slice random_field(struct dice *dice, char *out, size_t max)
{
	static const char bits[] = "ab,;\t\"\r\n'=+-@ \xc3\xa4";
	size_t n = dice_below(dice, max);

	for (size_t i = 0; i < n; i++) {
		out[i] = bits[dice_below(dice, sizeof(bits) - 1)];
	}
	return (struct slice){ out, n };
}

static void rows_are_read_as_they_were_written(void **state)
{
	enum { FIELDS = 6, ROOM = 12 };
	struct dice dice = { 4180 };
	struct csv_row row;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	csv_row_init(&row);
	for (int round = 0; round < 20000; round++) {
		char text[FIELDS][ROOM];
		struct slice want[FIELDS];
		size_t n = 1 + dice_below(&dice, FIELDS);
		size_t consumed;

		buf_reset(&b);
		for (size_t i = 0; i < n; i++) {
			want[i] = random_field(&dice, text[i], ROOM);
			buf_add_text(&b, i > 0 ? "," : "");
			csv_add(&b, want[i], true);
		}
		buf_add_char(&b, '\n');
		assert_int_equal(csv_next((struct slice){ (const char *)b.data, b.len }, ',', false,
		                          &row, &consumed),
		                 1);
		assert_int_equal(consumed, b.len);
		assert_int_equal(row.n_fields, n);
		for (size_t i = 0; i < n; i++) {
			assert_true(slice_eq(csv_unguard(row.fields[i]), want[i]));
		}
	}
	csv_row_free(&row);
	buf_free(&b);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, rows, rows_are_read_as_the_standard_and_tools_mean_them);
	cases_table(&c, rows, row_is_never_taken_before_it_is_all_there);
	cases_test(&c, another_separator_makes_the_comma_a_character);
	cases_table(&c, separators, separator_is_the_most_frequent_outside_quotes);
	cases_test(&c, row_of_the_largest_size_is_read_and_one_byte_more_is_not);
	cases_test(&c, quoted_row_of_the_largest_size_is_read);
	cases_test(&c, row_of_256_fields_is_read_and_of_257_is_not);
	cases_test(&c, nothing_may_be_null);
	cases_table(&c, adds, field_is_written_so_that_no_spreadsheet_runs_it);
	cases_test(&c, rows_are_read_as_they_were_written);
	return cases_run("csv", &c, NULL, NULL);
}
