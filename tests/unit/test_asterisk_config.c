/* Files of Asterisk's configuration: inheritance, inclusion, and what is told of their faults. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "agent/asterisk/config.h"
#include "tests/support/cases.h"
#include "tests/support/temp.h"

struct world {
	struct temp temp;
	struct asterisk_config c;
	char told[4096];
};

static void on_problem(void *arg, const char *text)
{
	struct world *w = arg;
	size_t n = strlen(w->told);
	const char *name = strrchr(text, '/');

	(void)snprintf(w->told + n, sizeof(w->told) - n, "%s\n", name != NULL ? name + 1 : text);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	*state = w;
	temp_open(&w->temp);
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	asterisk_config_free(&w->c);
	temp_remove(&w->temp);
	free(w);
	return 0;
}

static int load(struct world *w, const char *file)
{
	struct asterisk_tell tell = { on_problem, w };

	return asterisk_config_load(&w->c, w->temp.dir, file, &tell);
}

static void assert_text(const struct world *w, const char *section, const char *name,
                        const char *want)
{
	assert_string_equal(asterisk_text(asterisk_section(&w->c, section), name, "(none)"), want);
}

static void values_are_found_without_regard_to_case(void **state)
{
	struct world *w = *state;

	(void)temp_text(&w->temp, "manager.conf", "[General]\nEnabled = Yes\nport=5038\n");
	assert_int_equal(load(w, "manager.conf"), 0);
	assert_true(asterisk_bool(asterisk_section(&w->c, "general"), "enabled", false));
	assert_text(w, "GENERAL", "port", "5038");
	assert_text(w, "general", "bindaddr", "(none)");
	assert_text(w, "cxmeter", "port", "(none)");
	assert_string_equal(w->told, "");
}

static void a_section_inherits_and_its_own_values_win(void **state)
{
	struct world *w = *state;

	(void)temp_text(&w->temp, "pjsip.conf",
	                "[base](!)\ntransport=udp\nmedia=no\n[over](!,base)\nmedia=sdes\n"
	                "[100](over)\ntransport=tls\n");
	assert_int_equal(load(w, "pjsip.conf"), 0);
	assert_text(w, "100", "transport", "tls");
	assert_text(w, "100", "media", "sdes");
	assert_null(asterisk_section(&w->c, "base"));
	assert_string_equal(asterisk_section_after(&w->c, NULL, NULL)->name, "100");
}

static void sections_of_one_name_stay_apart(void **state)
{
	struct world *w = *state;
	const struct asterisk_section *first;

	(void)temp_text(&w->temp, "pjsip.conf", "[100]\ntype=endpoint\n[100]\ntype=auth\n");
	assert_int_equal(load(w, "pjsip.conf"), 0);
	first = asterisk_section(&w->c, "100");
	assert_string_equal(asterisk_text(first, "type", ""), "endpoint");
	assert_string_equal(asterisk_text(asterisk_section_after(&w->c, first, "100"), "type", ""),
	                    "auth");
}

static void a_section_goes_on(void **state)
{
	struct world *w = *state;

	(void)temp_text(&w->temp, "q.conf", "[a]\nx=1\n[b]\n[a](+)\ny=2\nx+=3\n");
	assert_int_equal(load(w, "q.conf"), 0);
	assert_text(w, "a", "y", "2");
	assert_text(w, "a", "x", "13");
	assert_null(asterisk_section_after(&w->c, asterisk_section(&w->c, "a"), "a"));
}

static void files_are_included_where_they_stand(void **state)
{
	struct world *w = *state;
	const struct asterisk_value *v;

	(void)mkdir(temp_path(&w->temp, "manager.d"), 0700);
	(void)temp_text(&w->temp, "manager.d/b.conf", "[second]\nread=call\n");
	(void)temp_text(&w->temp, "manager.d/a.conf", "port=1\n[first]\nread=all\n");
	(void)temp_text(&w->temp, "manager.conf",
	                "[general]\n#include \"manager.d/*.conf\"\nwrite=system\n");
	assert_int_equal(load(w, "manager.conf"), 0);
	assert_text(w, "general", "port", "1");
	assert_text(w, "first", "read", "all");
	v = asterisk_find(asterisk_section(&w->c, "general"), "write");
	assert_string_equal(v->value, "system");
	assert_int_equal(v->line, 3);
	assert_string_equal(strrchr(v->file, '/'), "/manager.conf");
	assert_int_equal(w->c.files, 3);
}

static void a_file_that_includes_itself_ends(void **state)
{
	struct world *w = *state;

	(void)temp_text(&w->temp, "a.conf", "[g]\nx=1\n#include a.conf\ny=2\n");
	assert_int_equal(load(w, "a.conf"), 0);
	assert_int_equal(w->c.files, ASTERISK_INCLUDE_DEPTH);
	assert_int_equal(w->c.problems, 1);
	assert_text(w, "g", "y", "2");
}

static void a_missing_file_is_told_apart(void **state)
{
	struct world *w = *state;

	assert_int_equal(load(w, "manager.conf"), -ENOENT);
	assert_string_equal(w->told, "");
}

struct told_case {
	const char *name;
	const char *text;
	const char *told;
	bool refused;
};

static const struct told_case tolds[] = {
	{ "a_missing_include_is_told", "[g]\n#include no.conf\n",
	  "a.conf:2: no.conf: no such file to include: Asterisk refuses the file\n", true },
	{ "a_missing_tryinclude_is_not", "[g]\n#tryinclude no.conf\n#tryinclude no*.conf\n", "",
	  false },
	{ "a_missing_template_is_told", "[g](base)\n",
	  "a.conf:1: no section base to inherit from: Asterisk refuses the file\n", true },
	{ "going_on_with_nothing_is_told", "[g](+)\nsecret=hidden\n",
	  "a.conf:1: [g](+): there is no such section to go on with: Asterisk refuses the file\n",
	  true },
	{ "a_command_is_told_and_not_run", "[g]\n#exec /bin/false\n",
	  "a.conf:2: #exec: what it would include is not known here\n", false },
	{ "a_line_without_equals_is_told_without_its_text", "[g]\nsecret hidden\n",
	  "a.conf:2: no = in the line, Asterisk skips it\n", false },
	{ "many_braces_are_no_pattern", "#tryinclude {a,b}{a,b}{a,b}{a,b}{a,b}\n", "", false },
};

static void told_run(void **state)
{
	const struct told_case *c = *state;
	struct world w = { .told = "" };

	temp_open(&w.temp);
	(void)temp_text(&w.temp, "a.conf", c->text);
	assert_int_equal(load(&w, "a.conf"), 0);
	assert_string_equal(w.told, c->told);
	assert_int_equal(w.c.refused, c->refused);
	asterisk_config_free(&w.c);
	temp_remove(&w.temp);
}

static void switches_and_lists_are_read_as_asterisk_does(void **state)
{
	(void)state;
	assert_true(asterisk_true("On") && asterisk_true("1") && asterisk_true("TRUE"));
	assert_false(asterisk_true("enabled") || asterisk_true("") || asterisk_true("no"));
	assert_true(asterisk_list_has("call, CDR ,agent", "cdr"));
	assert_false(asterisk_list_has("callx,cdr", "call"));
	assert_false(asterisk_list_has("", "call"));
}

int main(void)
{
	static struct cases c;

	cases_table(&c, tolds, told_run);
	cases_test_with(&c, values_are_found_without_regard_to_case, setup, teardown);
	cases_test_with(&c, a_section_inherits_and_its_own_values_win, setup, teardown);
	cases_test_with(&c, sections_of_one_name_stay_apart, setup, teardown);
	cases_test_with(&c, a_section_goes_on, setup, teardown);
	cases_test_with(&c, files_are_included_where_they_stand, setup, teardown);
	cases_test_with(&c, a_file_that_includes_itself_ends, setup, teardown);
	cases_test_with(&c, a_missing_file_is_told_apart, setup, teardown);
	cases_test(&c, switches_and_lists_are_read_as_asterisk_does);
	return cases_run("asterisk/config", &c, NULL, NULL);
}
