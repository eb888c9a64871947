/* The texts and the number of findings are bounded, and what others wrote into them is harmless. */
#include "agent/posture/report.h"

#include <string.h>

#include "tests/support/cases.h"

struct text_case {
	const char *name;
	const char *text;
	const char *want;
};

static const struct text_case texts[] = {
	{ "plain_text_stays", "manager.conf:5 [a] ~", "manager.conf:5 [a] ~" },
	{ "what_a_terminal_obeys_becomes_a_question_mark", "\x1b[2J\a\n\t\r\x7f", "?[2J?????" },
	{ "well_formed_utf_8_stays", "B\xc3\xbcro \xe2\x82\xac \xf0\x9f\x93\x9e",
	  "B\xc3\xbcro \xe2\x82\xac \xf0\x9f\x93\x9e" },
	{ "half_a_letter_becomes_a_question_mark", "B\xc3", "B?" },
	{ "a_byte_of_no_letter_does", "B\xfcro", "B?ro" },
	{ "an_end_without_a_beginning_does", "\x80", "?" },
	{ "letters_written_too_long_do", "\xc0\xaf", "??" },
	{ "nothing_stays_nothing", "", "" },
};

static void text_is_cleaned(void **state)
{
	const struct text_case *c = *state;
	struct posture_report r;
	struct posture_finding *f;

	assert_int_equal(posture_report_init(&r), 0);
	f = posture_report_add(&r, "check", c->text);
	posture_value(f, "%s", c->text);
	assert_string_equal(f->subject, c->want);
	assert_string_equal(f->value, c->want);
	posture_report_free(&r);
}

static void a_new_finding_is_unknown_and_says_nothing(void **state)
{
	struct posture_report r;
	struct posture_finding *f;

	(void)state;
	assert_int_equal(posture_report_init(&r), 0);
	f = posture_report_add(&r, "check", "subject");
	assert_string_equal(f->check, "check");
	assert_int_equal(f->result, CXM__POSTURE__RESULT__UNKNOWN);
	assert_int_equal(f->severity, POSTURE_INFORMATION);
	assert_string_equal(f->value, "");
	assert_false(f->has_figure);
	assert_false(f->has_part);
	posture_report_free(&r);
}

static void what_passes_has_no_severity(void **state)
{
	struct posture_finding f = { .check = "x" };

	(void)state;
	posture_judge(&f, false, POSTURE_HIGH);
	assert_int_equal(f.result, CXM__POSTURE__RESULT__FAIL);
	assert_int_equal(f.severity, POSTURE_HIGH);
	posture_judge(&f, true, POSTURE_HIGH);
	assert_int_equal(f.result, CXM__POSTURE__RESULT__PASS);
	assert_int_equal(f.severity, POSTURE_INFORMATION);
}

static void findings_beyond_the_limit_are_counted_and_change_nothing(void **state)
{
	struct posture_report r;
	struct posture_finding *spare;

	(void)state;
	assert_int_equal(posture_report_init(&r), 0);
	for (int i = 0; i < POSTURE_FINDINGS_MAX; i++) {
		posture_value(posture_report_add(&r, "check", "subject"), "kept");
	}
	assert_int_equal(r.beyond, 0);
	spare = posture_report_add(&r, "beyond", "subject");
	spare->has_figure = true;
	posture_value(spare, "left out");
	spare = posture_report_add(&r, "beyond", "subject");
	assert_false(spare->has_figure);
	assert_string_equal(spare->value, "");
	assert_int_equal(r.n, POSTURE_FINDINGS_MAX);
	assert_int_equal(r.beyond, 2);
	assert_string_equal(r.items[POSTURE_FINDINGS_MAX - 1].value, "kept");
	posture_report_free(&r);
}

static void texts_too_long_are_cut(void **state)
{
	struct posture_report r;
	struct posture_finding *f;
	char long_text[512];

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	assert_int_equal(posture_report_init(&r), 0);
	f = posture_report_add(&r, "check", long_text);
	posture_value(f, "%s", long_text);
	assert_int_equal(strlen(f->subject), POSTURE_SUBJECT_MAX - 1);
	assert_int_equal(strlen(f->value), POSTURE_VALUE_MAX - 1);
	posture_report_free(&r);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, texts, text_is_cleaned);
	cases_test(&c, a_new_finding_is_unknown_and_says_nothing);
	cases_test(&c, what_passes_has_no_severity);
	cases_test(&c, findings_beyond_the_limit_are_counted_and_change_nothing);
	cases_test(&c, texts_too_long_are_cut);
	return cases_run("posture/report", &c, NULL, NULL);
}
