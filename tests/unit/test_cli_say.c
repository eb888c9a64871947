/* Words in every language, and which language is meant. */
#include "cli/say.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/cases.h"

#define N_OF(list) (sizeof(list) / sizeof((list)[0]))

static void no_word_is_missing_in_any_language(void **state)
{
	(void)state;
	for (int what = 0; what < SAY_COUNT; what++) {
		for (int l = 0; l < MODEL_LANGUAGES; l++) {
			const char *text = say((enum say)what, (enum model_language)l);

			assert_non_null(text);
			assert_true(text[0] != '\0');
		}
	}
}

static void no_word_holds_a_format(void **state)
{
	(void)state;
	for (int what = 0; what < SAY_COUNT; what++) {
		assert_null(strchr(say((enum say)what, MODEL_ENGLISH), '%'));
		assert_null(strchr(say((enum say)what, MODEL_GERMAN), '%'));
	}
}

static const struct locale_case {
	const char *name;
	const char *wanted;
	const char *lc_all; /* NULL: not set */
	const char *lc_messages;
	const char *lang;
	enum model_language want;
} locale_cases[] = {
	{ "nothing_set_is_english", NULL, NULL, NULL, NULL, MODEL_ENGLISH },
	{ "lang_de_is_german", NULL, NULL, NULL, "de_DE.UTF-8", MODEL_GERMAN },
	{ "austria_is_german", NULL, NULL, NULL, "de_AT", MODEL_GERMAN },
	{ "de_alone_is_german", NULL, NULL, NULL, "de", MODEL_GERMAN },
	{ "lc_messages_goes_before_lang", NULL, NULL, "de_DE", "en_US.UTF-8", MODEL_GERMAN },
	{ "lc_all_goes_before_all", NULL, "C", "de_DE", "de_DE", MODEL_ENGLISH },
	{ "an_empty_variable_does_not_count", NULL, "", "", "de_DE", MODEL_GERMAN },
	{ "delaware_is_not_german", NULL, NULL, NULL, "del_XX", MODEL_ENGLISH },
	{ "the_option_goes_before_the_environment", "en", "de_DE", NULL, NULL, MODEL_ENGLISH },
	{ "the_option_can_be_german", "de", "C", NULL, NULL, MODEL_GERMAN },
};

static void put_variable(const char *name, const char *value)
{
	if (value != NULL) {
		(void)setenv(name, value, 1);
	} else {
		(void)unsetenv(name);
	}
}

static void locale_case_run(void **state)
{
	const struct locale_case *c = *state;
	enum model_language got;

	put_variable("LC_ALL", c->lc_all);
	put_variable("LC_MESSAGES", c->lc_messages);
	put_variable("LANG", c->lang);
	assert_int_equal(say_language(c->wanted, &got), 0);
	assert_int_equal(got, c->want);
}

static void another_language_is_refused(void **state)
{
	enum model_language got;

	(void)state;
	assert_int_equal(say_language("fr", &got), -EINVAL);
	assert_int_equal(say_language("", &got), -EINVAL);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, no_word_is_missing_in_any_language);
	cases_test(&c, no_word_holds_a_format);
	cases_test(&c, another_language_is_refused);
	cases_table(&c, locale_cases, locale_case_run);
	return cases_run("cli_say", &c, NULL, NULL);
}
