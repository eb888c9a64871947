/* Lines of Asterisk's configuration. What they should be is what Asterisk 22 makes of them. */
#include <stdio.h>

#include "agent/decode/ini.h"
#include "tests/support/cases.h"

struct ini_case {
	const char *name;
	const char *text;
	const char *want; /* line:kind:name=value, a blank behind each; faults as !number */
};

static const struct ini_case files[] = {
	{ "an_empty_file_says_nothing", "", "" },
	{ "a_section_and_a_value", "[general]\nenabled = yes\n", "1S:general= 2V:enabled=yes " },
	{ "the_last_line_needs_no_end", "[g]\na=b", "1S:g= 2V:a=b " },
	{ "carriage_returns_are_blanks", "[g]\r\na = b \r\n", "1S:g= 2V:a=b " },
	{ "an_arrow_is_an_equals_sign", "[g]\nmember => PJSIP/1\n", "1S:g= 2V:member=PJSIP/1 " },
	{ "plus_equals_appends", "[g]\na += ,b\n", "1S:g= 2A:a=,b " },
	{ "a_second_equals_sign_belongs_to_the_value", "[g]\na=b=c\n", "1S:g= 2V:a=b=c " },
	{ "an_empty_value_is_a_value", "[g]\na=\n", "1S:g= 2V:a= " },
	{ "a_template_and_what_is_inherited", "[a](!)\n[b](a,c)\n[b](+)\n",
	  "1S:a=! 2S:b=a,c 3S:b=+ " },
	{ "text_behind_a_section_is_ignored", "[a] (b)\n[c]x\n", "1S:a= 2S:c= " },
	{ "a_comment_ends_the_line", "[g];x\na=b ; c\n;[h]\n", "1S:g= 2V:a=b " },
	{ "an_escaped_semicolon_is_text", "[g]\na=b\\;c ;d\n", "1S:g= 2V:a=b;c " },
	{ "two_escaped_semicolons", "[g]\na=\\;\\;\n", "1S:g= 2V:a=;; " },
	{ "a_comment_over_lines", "[g]\n;-- a=1\nb=2\n--; c=3\n", "1S:g= 4V:c=3 " },
	{ "a_comment_within_a_line", "[g]\na=1;-- x --;2\n", "1S:g= 2V:a=12 " },
	{ "comments_over_lines_nest", "[g]\n;-- a\n;-- b --;\nc=1\n--;\nd=2\n", "1S:g= 6V:d=2 " },
	{ "three_dashes_begin_an_ordinary_comment", "[g]\n;--- x\na=1\n", "1S:g= 3V:a=1 " },
	{ "an_end_without_beginning_is_a_comment", "[g]\na=1 --; b\nc=2\n",
	  "1S:g= 2V:a=1 -- 3V:c=2 " },
	{ "a_comment_without_end_is_told", "[g]\n;-- a\nb=1\n", "1S:g= 2!9 " },
	{ "an_escaped_first_character", "[g]\n\\#a=b\n", "1S:g= 2V:#a=b " },
	{ "includes_with_and_without_quotes",
	  "#include a.conf\n#include \"b c.conf\"\n#tryinclude <d/*.conf>\n#exec /bin/x\n",
	  "1I:include=a.conf 2I:include=b c.conf 3T:tryinclude=d/*.conf 4E:exec=/bin/x " },
	{ "an_include_without_file_is_bad", "#include\n#incluce x\n", "1!7 2!7 " },
	{ "a_section_without_bracket_is_bad", "[general\n", "1!2 " },
	{ "a_section_without_parenthesis_is_bad", "[a](b\n", "1!3 " },
	{ "a_value_before_a_section_is_bad", "a=b\n[g]\n", "1!4 2S:g= " },
	{ "a_mark_at_the_beginning_is_no_section", "\xef\xbb\xbf[g]\n", "1!4 " },
	{ "a_word_alone_is_bad", "[g]\nyes\n", "1S:g= 2!5 " },
	{ "a_value_without_name_is_bad", "[g]\n= b\n", "1S:g= 2!6 " },
	{ "appending_without_name_is_bad", "[g]\n+=b\n", "1S:g= 2!6 " },
};

static void show(const struct ini_line *line, char *out, size_t size)
{
	size_t n = strlen(out);

	if (line->kind == INI_BAD) {
		(void)snprintf(out + n, size - n, "%u!%d ", line->line, line->fault);
	} else {
		(void)snprintf(out + n, size - n, "%u%c:%.*s=%.*s ", line->line,
		               "SVAITE"[line->kind], (int)line -> name.len, line->name.at,
		               (int)line->value.len, line->value.at != NULL ? line->value.at : "");
	}
}

static void file_run(void **state)
{
	const struct ini_case *c = *state;
	struct ini_reader r;
	struct ini_line line;
	char got[1024] = "";

	ini_begin(&r, slice_of(c->text), false);
	while (ini_next(&r, &line)) {
		show(&line, got, sizeof(got));
	}
	assert_string_equal(got, c->want);
}

static void a_line_of_8191_bytes_is_taken_and_one_more_is_not(void **state)
{
	static char text[2 * INI_LINE_MAX_BYTES + 64];
	struct ini_reader r;
	struct ini_line line;
	int n;

	(void)state;
	n = snprintf(text, sizeof(text), "a=%0*d\nb=%0*d\n", INI_LINE_MAX_BYTES - 2, 1,
	             INI_LINE_MAX_BYTES - 1, 1);
	ini_begin(&r, (struct slice){ text, (size_t)n }, true);
	assert_true(ini_next(&r, &line));
	assert_int_equal(line.value.len, INI_LINE_MAX_BYTES - 2);
	assert_true(ini_next(&r, &line));
	assert_int_equal(line.fault, INI_TOO_LONG);
	assert_false(ini_next(&r, &line));
}

static void comments_too_deep_are_told(void **state)
{
	static char text[4 * INI_NESTED_MAX + 8];
	struct ini_reader r;
	struct ini_line line;

	(void)state;
	for (size_t i = 0; i <= INI_NESTED_MAX; i++) {
		memcpy(text + 4 * i, ";--\n", 4);
	}
	ini_begin(&r, (struct slice){ text, (size_t)4 * (INI_NESTED_MAX + 1) }, true);
	assert_true(ini_next(&r, &line));
	assert_int_equal(line.fault, INI_NESTED_TOO_DEEP);
	assert_true(ini_next(&r, &line));
	assert_int_equal(line.fault, INI_OPEN_COMMENT);
	assert_int_equal(line.line, 1);
}

static void a_nul_ends_the_text_of_its_line(void **state)
{
	struct ini_reader r;
	struct ini_line line;

	(void)state;
	ini_begin(&r, SLICE("a=b\0c\nd=e\n"), true);
	assert_true(ini_next(&r, &line));
	assert_true(slice_eq(line.value, SLICE("b")));
	assert_true(ini_next(&r, &line));
	assert_true(slice_eq(line.name, SLICE("d")));
}

static void only_what_asterisk_refuses_is_fatal(void **state)
{
	unsigned fatal = 0;

	(void)state;
	for (int f = INI_OK; f < INI_FAULTS; f++) {
		fatal |= (unsigned)ini_fault_is_fatal((enum ini_fault)f) << f;
		assert_true(f == INI_OK || strlen(ini_fault_text((enum ini_fault)f)) > 0);
	}
	assert_int_equal(fatal,
	                 1u << INI_NO_BRACKET | 1u << INI_NO_PARENTHESIS | 1u << INI_NO_SECTION);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, files, file_run);
	cases_test(&c, a_line_of_8191_bytes_is_taken_and_one_more_is_not);
	cases_test(&c, comments_too_deep_are_told);
	cases_test(&c, a_nul_ends_the_text_of_its_line);
	cases_test(&c, only_what_asterisk_refuses_is_fatal);
	return cases_run("decode/ini", &c, NULL, NULL);
}
