/* What getopt_long stopped at, named. */
#include "common/usage.h"

#include <getopt.h>

#include "tests/support/cases.h"

#define ARGS_MAX 4

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const struct wrong_case {
	const char *name;
	const char *args[ARGS_MAX];
	const char *says;
} wrong_cases[] = {
	{ "an_unknown_long_option", { "x", "--fog" }, "unknown option \"--fog\"" },
	{ "an_unknown_long_option_with_a_value", { "x", "--fog=9" }, "unknown option \"--fog\"" },
	{ "an_unknown_short_option", { "x", "-z" }, "unknown option \"-z\"" },
	{ "an_unknown_short_option_among_others", { "x", "-hzc" }, "unknown option \"-z\"" },
	{ "a_long_option_without_its_value",
	  { "x", "--config" },
	  "option \"--config\" needs a value" },
	{ "a_short_option_without_its_value", { "x", "-c" }, "option \"-c\" needs a value" },
	{ "a_value_for_a_switch", { "x", "--help=9" }, "option \"--help\" takes no value" },
};

static void wrong_case_run(void **state)
{
	const struct wrong_case *c = *state;
	char *argv[ARGS_MAX + 1] = { NULL };
	char text[USAGE_OPTION_MAX];
	int argc = 0;
	int got = 0;

	while (argc < ARGS_MAX && c->args[argc] != NULL) {
		argv[argc] = strdup(c->args[argc]);
		assert_non_null(argv[argc]);
		argc++;
	}
	optind = 0; /* begin anew (getopt(3), glibc) */
	opterr = 0;
	while (got != -1 && got != '?' && got != ':') {
		got = getopt_long(argc, argv, ":c:h", long_options, NULL);
	}
	assert_string_equal(usage_wrong_option(argc, argv, got, text), c->says);
	for (int i = 0; i < argc; i++) {
		free(argv[i]);
	}
}

int main(void)
{
	static struct cases c;

	cases_table(&c, wrong_cases, wrong_case_run);
	return cases_run("usage", &c, NULL, NULL);
}
