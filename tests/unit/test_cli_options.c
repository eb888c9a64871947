/* The command line: what is understood, what is refused, and that --help tells all of it. */
#include "cli/options.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/cases.h"

#define N_OF(list)  (sizeof(list) / sizeof((list)[0]))
#define ARGS_MAX    8
#define HELP_SIZE   8192
#define ARG_MAX_LEN 64

static const struct command score = { "score", COMMAND_SCORE, "", "Score a site.", NULL };
static const struct command import = { "import", COMMAND_IMPORT, "FILE...", "Import.", NULL };
static const struct command explain = { "explain", COMMAND_EXPLAIN, "", "Explain.", NULL };
static const struct command model = { "model", COMMAND_MODEL, "", "Model.", NULL };

struct line {
	char text[ARGS_MAX][ARG_MAX_LEN];
	char *argv[ARGS_MAX];
	int argc;
};

/* argv must be writable memory of its own. */
static int parse(struct options *out, const struct command *command, const char *const *args,
                 struct line *line, struct fault *fault)
{
	*line = (struct line){ 0 };
	for (; line->argc < ARGS_MAX && args[line->argc] != NULL; line->argc++) {
		(void)snprintf(line->text[line->argc], ARG_MAX_LEN, "%s", args[line->argc]);
		line->argv[line->argc] = line->text[line->argc];
	}
	return options_parse(out, command, line->argc, line->argv, fault);
}

static void both_ways_to_write_a_value_are_understood(void **state)
{
	static const char *const args[] = { "--site", "nord", "--format=json", "--provisional",
		                            NULL };
	struct options o;
	struct line line;

	(void)state;
	assert_int_equal(parse(&o, &score, args, &line, NULL), 0);
	assert_string_equal(o.site, "nord");
	assert_string_equal(o.format, "json");
	assert_true(o.provisional);
	assert_false(o.no_color);
	assert_null(o.model);
}

static void files_stand_anywhere_and_behind_two_dashes_are_files_too(void **state)
{
	static const char *const args[] = { "a.csv", "--site",  "nord", "b.csv",
		                            "--",    "--c.csv", NULL };
	struct options o;
	struct line line;

	(void)state;
	assert_int_equal(parse(&o, &import, args, &line, NULL), 0);
	assert_int_equal(o.n_files, 3);
	assert_string_equal(o.files[0], "a.csv");
	assert_string_equal(o.files[1], "b.csv");
	assert_string_equal(o.files[2], "--c.csv");
}

static void the_store_comes_from_option_environment_or_default(void **state)
{
	static const char *const named[] = { "--site", "n", "--store", "sqlite:a.db", NULL };
	static const char *const plain[] = { "--site", "n", NULL };
	struct options o;
	struct line line;

	(void)state;
	(void)unsetenv("CXMETER_STORE");
	assert_int_equal(parse(&o, &score, plain, &line, NULL), 0);
	assert_string_equal(o.store, OPTIONS_STORE_DEFAULT);
	(void)setenv("CXMETER_STORE", "sqlite:env.db", 1);
	assert_int_equal(parse(&o, &score, plain, &line, NULL), 0);
	assert_string_equal(o.store, "sqlite:env.db");
	assert_int_equal(parse(&o, &score, named, &line, NULL), 0);
	assert_string_equal(o.store, "sqlite:a.db");
	(void)setenv("CXMETER_STORE", "", 1);
	assert_int_equal(parse(&o, &score, plain, &line, NULL), 0);
	assert_string_equal(o.store, OPTIONS_STORE_DEFAULT);
}

static void help_needs_nothing_else(void **state)
{
	static const char *const args[] = { "--help", NULL };
	static const char *const shorter[] = { "-h", NULL };
	struct options o;
	struct line line;

	(void)state;
	assert_int_equal(parse(&o, &score, args, &line, NULL), 0);
	assert_true(o.help);
	assert_int_equal(parse(&o, &import, shorter, &line, NULL), 0);
	assert_true(o.help);
}

static const struct refused_case {
	const char *name;
	const struct command *command;
	const char *args[ARGS_MAX];
	const char *says;
} refused_cases[] = {
	{ "an_unknown_option",
	  &score,
	  { "--site", "n", "--colour" },
	  "unknown option \"--colour\": see cxmeter score --help" },
	{ "an_option_of_another_command",
	  &score,
	  { "--site", "n", "--record", "Dialog" },
	  "unknown option \"--record\": see cxmeter score --help" },
	{ "an_option_without_its_value",
	  &score,
	  { "--site" },
	  "option \"--site\" needs a value: see cxmeter score --help" },
	{ "a_value_for_a_switch",
	  &score,
	  { "--site", "n", "--provisional=yes" },
	  "option \"--provisional\" takes no value: see cxmeter score --help" },
	{ "a_missing_site", &score, { "--provisional" }, "score needs --site ID" },
	{ "an_empty_site", &score, { "--site=" }, "score needs --site ID" },
	{ "a_missing_indicator", &explain, { "--site", "n" }, "explain needs --indicator ID" },
	{ "a_file_where_none_belongs",
	  &score,
	  { "--site", "n", "x.csv" },
	  "one argument too many: \"x.csv\": see cxmeter score --help" },
	{ "a_short_option", &model, { "-x" }, "unknown option \"-x\": see cxmeter model --help" },
	{ "missing_files", &import, { "--site", "n" }, "import needs FILE..." },
	{ "half_an_option_name", &score, { "--site", "n", "--prov" }, "unknown option \"--prov\"" },
};

static void refused_case_run(void **state)
{
	const struct refused_case *c = *state;
	struct options o;
	struct line line;
	struct fault fault = { 0 };

	assert_int_equal(parse(&o, c->command, c->args, &line, &fault), -EINVAL);
	assert_memory_equal(fault.text, c->says, strlen(c->says));
}

static void help_names_every_option_of_the_command_and_no_other(void **state)
{
	char text[HELP_SIZE] = "";
	FILE *out = fmemopen(text, sizeof(text) - 1, "w");

	(void)state;
	assert_non_null(out);
	options_help(&explain, out);
	(void)fclose(out);
	assert_non_null(
		strstr(text, "usage: cxmeter explain --site ID --indicator ID [options]\n"));
	assert_non_null(strstr(text, "  --timezone TZ      "));
	assert_non_null(strstr(text, "  --provisional      "));
	assert_null(strstr(text, "--record"));
	assert_null(strstr(text, "--describe"));
}

int main(void)
{
	static struct cases c;

	cases_test(&c, both_ways_to_write_a_value_are_understood);
	cases_test(&c, files_stand_anywhere_and_behind_two_dashes_are_files_too);
	cases_test(&c, the_store_comes_from_option_environment_or_default);
	cases_test(&c, help_needs_nothing_else);
	cases_test(&c, help_names_every_option_of_the_command_and_no_other);
	cases_table(&c, refused_cases, refused_case_run);
	return cases_run("cli_options", &c, NULL, NULL);
}
