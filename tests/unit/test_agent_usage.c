/* What the program says about itself in four places says the same: the options getopt takes, the
 * help, the man page and docs/agent.md; the table of keys and the sample configuration too. */
#include "agent/usage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/conf.h"
#include "tests/support/cases.h"

#define HELP_PATH "the help"
#define MAN_PATH  "docs/man/cxmeter-agent.8"
#define PAGE_PATH "docs/agent.md"

static const struct source_ops *const kinds[] = {
	&source_queue_log, &source_cel,     &source_cdr,     &source_capture,
	&source_ami,       &source_esl,     &source_fs_cdr,  &source_fs_csv,
	&source_hep,       &source_dropbox, &source_posture, NULL,
};

/* A whole file, to be freed. */
static char *read_file(const char *path)
{
	const size_t max = 1 << 20;
	FILE *in = fopen(path, "re");
	char *text = malloc(max);
	size_t n;

	assert_non_null(in);
	assert_non_null(text);
	n = fread(text, 1, max - 1, in);
	(void)fclose(in);
	text[n] = '\0';
	return text;
}

static bool has_option(const char *name, size_t len)
{
	for (const struct option *o = agent_options; o->name != NULL; o++) {
		if (strlen(o->name) == len && memcmp(o->name, name, len) == 0) {
			return true;
		}
	}
	return false;
}

/* Every option stands in the text behind this mark, and every word behind it is an option. */
static void compare(const char *text, const char *mark)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz-";

	for (const struct option *o = agent_options; o->name != NULL; o++) {
		char want[64];

		(void)snprintf(want, sizeof(want), "%s%s", mark, o->name);
		assert_non_null(strstr(text, want));
	}
	for (const char *at = strstr(text, mark); at != NULL; at = strstr(at, mark)) {
		at += strlen(mark);
		assert_true(has_option(at, strspn(at, letters)));
	}
}

static void help_lists_exactly_the_options(void **state)
{
	(void)state;
	compare(agent_usage, "--");
}

static void man_page_lists_exactly_the_options(void **state)
{
	char *text = read_file(MAN_PATH);

	(void)state;
	compare(text, "Fl -");
	free(text);
}

static void page_lists_exactly_the_options(void **state)
{
	char *text = read_file(PAGE_PATH);

	(void)state;
	compare(text, "`--");
	free(text);
}

static const char *const commands[] = { "run", "check", "replay", "discover", "keygen", "keys" };

static void every_command_is_in_all_three(void **state)
{
	char *man = read_file(MAN_PATH);
	char *page = read_file(PAGE_PATH);

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		char in_help[64];
		char in_man[64];
		char in_page[64];

		(void)snprintf(in_help, sizeof(in_help), "cxmeter-agent %s", commands[i]);
		(void)snprintf(in_man, sizeof(in_man), ".It Cm %s\n", commands[i]);
		(void)snprintf(in_page, sizeof(in_page), "cxmeter-agent %s", commands[i]);
		assert_non_null(strstr(agent_usage, in_help));
		assert_non_null(strstr(man, in_man));
		assert_non_null(strstr(page, in_page));
	}
	free(man);
	free(page);
}

/* tools/agent-keys.sh writes it anew. */
static void page_has_the_table_of_keys(void **state)
{
	char *page = read_file(PAGE_PATH);
	char *table = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&table, &size);

	(void)state;
	assert_non_null(out);
	agent_conf_describe(kinds, out);
	assert_int_equal(fclose(out), 0);
	assert_non_null(strstr(page, table));
	free(table);
	free(page);
}

static void sample_configuration_is_valid(void **state)
{
	struct agent_conf conf;
	struct fault fault = { 0 };

	(void)state;
	assert_int_equal(agent_conf_load(&conf, "etc/agent.yaml", kinds, &fault), 0);
	assert_string_equal(conf.site, "nord");
	assert_int_equal(conf.sources[0].count, 1);
	agent_conf_free(&conf);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, help_lists_exactly_the_options);
	cases_test(&c, man_page_lists_exactly_the_options);
	cases_test(&c, page_lists_exactly_the_options);
	cases_test(&c, every_command_is_in_all_three);
	cases_test(&c, page_has_the_table_of_keys);
	cases_test(&c, sample_configuration_is_valid);
	return cases_run("agent_usage", &c, NULL, NULL);
}
