/*
 * Wrong command lines of all programs: one line on standard error that names what is wrong and
 * where help is, nothing on standard output. And the help itself.
 */
#include <stdio.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/lab.h"
#include "tests/support/said.h"

#define ARGS_MAX 12

static const struct line_case {
	const char *name;
	const char *args[ARGS_MAX];
	int code;
	const char *says; /* the line, or its beginning */
} lines[] = {
	{ "agent_without_a_command",
	  { "cxmeter-agent" },
	  2,
	  "cxmeter-agent: no command: see cxmeter-agent --help\n" },
	{ "agent_with_an_unknown_command",
	  { "cxmeter-agent", "runn" },
	  2,
	  "cxmeter-agent: unknown command \"runn\": see cxmeter-agent --help\n" },
	{ "agent_with_an_unknown_option",
	  { "cxmeter-agent", "run", "--fog" },
	  2,
	  "cxmeter-agent: unknown option \"--fog\": see cxmeter-agent --help\n" },
	{ "agent_with_an_unknown_letter",
	  { "cxmeter-agent", "run", "-x" },
	  2,
	  "cxmeter-agent: unknown option \"-x\": see cxmeter-agent --help\n" },
	{ "agent_with_an_option_without_its_value",
	  { "cxmeter-agent", "check", "--config" },
	  2,
	  "cxmeter-agent: option \"--config\" needs a value: see cxmeter-agent --help\n" },
	{ "agent_with_an_argument_too_many",
	  { "cxmeter-agent", "run", "x" },
	  2,
	  "cxmeter-agent: one argument too many: \"x\": see cxmeter-agent --help\n" },
	{ "agent_with_files_for_check",
	  { "cxmeter-agent", "check", "--pcap", "x" },
	  2,
	  "cxmeter-agent: only replay takes files, --progress and --timeout, not \"check\": see" },
	{ "agent_with_a_time_that_is_none",
	  { "cxmeter-agent", "replay", "--timeout", "soon" },
	  2,
	  "cxmeter-agent: --timeout: expected a time such as 500ms, 60s or 5m, found \"soon\"" },
	{ "agent_whose_configuration_is_not_there",
	  { "cxmeter-agent", "run", "-c", "/no/such" },
	  2,
	  "cxmeter-agent: error: run: /no/such: cannot open: No such file or directory\n" },
	{ "agent_that_shall_replace_a_key",
	  { "cxmeter-agent", "keygen", "/etc/hostname" },
	  2,
	  "cxmeter-agent: error: keygen: /etc/hostname: cannot make the site key: File exists (a "
	  "key in use must never change: pseudonyms would no longer match)\n" },
	{ "agent_that_shall_make_a_key_nowhere",
	  { "cxmeter-agent", "keygen" },
	  2,
	  "cxmeter-agent: keygen wants the name of the file to make: see cxmeter-agent --help\n" },
	{ "collector_without_a_command",
	  { "cxmeter-collector" },
	  2,
	  "cxmeter-collector: no command: see cxmeter-collector --help\n" },
	{ "collector_with_an_unknown_command",
	  { "cxmeter-collector", "serve" },
	  2,
	  "cxmeter-collector: unknown command \"serve\": see cxmeter-collector --help\n" },
	{ "collector_with_an_unknown_option",
	  { "cxmeter-collector", "run", "--fog=1" },
	  2,
	  "cxmeter-collector: unknown option \"--fog\": see cxmeter-collector --help\n" },
	{ "collector_with_an_option_without_its_value",
	  { "cxmeter-collector", "run", "-c" },
	  2,
	  "cxmeter-collector: option \"-c\" needs a value: see cxmeter-collector --help\n" },
	{ "collector_with_a_value_for_a_switch",
	  { "cxmeter-collector", "--help=me" },
	  2,
	  "cxmeter-collector: option \"--help\" takes no value: see cxmeter-collector --help\n" },
	{ "collector_whose_configuration_is_not_there",
	  { "cxmeter-collector", "run", "-c", "/no/such" },
	  2,
	  "cxmeter-collector: error: configuration: /no/such: cannot open: No such file" },
	{ "collector_whose_configuration_is_a_folder",
	  { "cxmeter-collector", "run", "-c", "/" },
	  2,
	  "cxmeter-collector: error: configuration: /: not a file of at most" },
	{ "command_without_a_command",
	  { "cxmeter" },
	  2,
	  "cxmeter: no command: see cxmeter --help\n" },
	{ "command_with_an_unknown_command",
	  { "cxmeter", "scor" },
	  2,
	  "cxmeter: unknown command \"scor\": see cxmeter --help\n" },
	{ "score_with_an_unknown_option",
	  { "cxmeter", "score", "--sight", "n" },
	  2,
	  "cxmeter: unknown option \"--sight\": see cxmeter score --help\n" },
	{ "score_with_an_unknown_letter",
	  { "cxmeter", "score", "-x" },
	  2,
	  "cxmeter: unknown option \"-x\": see cxmeter score --help\n" },
	{ "score_with_an_option_without_its_value",
	  { "cxmeter", "score", "--site" },
	  2,
	  "cxmeter: option \"--site\" needs a value: see cxmeter score --help\n" },
	{ "score_without_a_site",
	  { "cxmeter", "score" },
	  2,
	  "cxmeter: score needs --site ID (whose evidence): see cxmeter score --help\n" },
	{ "score_through_an_unknown_lens",
	  { "cxmeter", "score", "--site", "n", "--lens", "gartner" },
	  2,
	  "cxmeter: no lens \"gartner\"; there is: delighted, valantic, nextiva, connected\n" },
	{ "score_through_a_lens_that_is_no_file",
	  { "cxmeter", "score", "--site", "n", "--lens", "/no/such.yaml" },
	  2,
	  "cxmeter: /no/such.yaml: cannot open the lens: No such file or directory\n" },
	{ "roadmap_to_a_stage_of_five",
	  { "cxmeter", "roadmap", "--site", "n", "--target", "security=5" },
	  2,
	  "cxmeter: --target: expected AREA=STAGE with a stage from 1 to 4, such as "
	  "routing_queueing=3, found \"security=5\"\n" },
	{ "compare_one_site",
	  { "cxmeter", "compare", "--sites", "nord" },
	  2,
	  "cxmeter: --sites: expected at least two sites\n" },
	{ "compare_without_sites",
	  { "cxmeter", "compare" },
	  2,
	  "cxmeter: compare needs --sites A,B,... (sites to compare, at least two): see cxmeter "
	  "compare --help\n" },
	{ "compare_by_what_nobody_knows",
	  { "cxmeter", "compare", "--sites", "a,b", "--by", "colour" },
	  2,
	  "cxmeter: --by: expected vendor, found \"colour\"\n" },
	{ "score_from_a_day_that_is_none",
	  { "cxmeter", "score", "--site", "n", "--from", "2026-02-30" },
	  2,
	  "cxmeter: --from: expected a day such as 2026-11-22, found \"2026-02-30\"\n" },
	{ "score_to_a_day_before_the_first",
	  { "cxmeter", "score", "--site", "n", "--from", "2026-02-03", "--to", "2026-02-01" },
	  2,
	  "cxmeter: --to 2026-02-01 lies before --from 2026-02-03\n" },
	{ "export_to_a_day_before_the_first",
	  { "cxmeter", "export", "--site", "n", "--record", "Survey", "--from", "2026-02-03",
	    "--to", "2026-02-01" },
	  2,
	  "cxmeter: --to 2026-02-01 lies before --from 2026-02-03\n" },
	{ "score_of_a_store_that_is_no_database",
	  { "cxmeter", "score", "--site", "n", "--store", "sqlite:model/talkdesk.yaml" },
	  1,
	  "cxmeter: model/talkdesk.yaml: cannot read or make the tables: it is not an SQLite" },
	{ "score_of_a_store_that_is_not_there",
	  { "cxmeter", "score", "--site", "n", "--store", "sqlite:/tmp/no-such-evidence.db" },
	  1,
	  "cxmeter: /tmp/no-such-evidence.db: no evidence yet: the file does not exist; is the" },
	{ "import_without_files",
	  { "cxmeter", "import", "--site", "n" },
	  2,
	  "cxmeter: import needs FILE...: see cxmeter import --help\n" },
	{ "import_into_a_folder_that_is_not_there",
	  { "cxmeter", "import", "--site", "n", "--store", "sqlite:/no/such/e.db", "Survey.csv" },
	  1,
	  "cxmeter: /no/such/e.db: directory /no/such: No such file or directory: create it or" },
	{ "measure_without_a_site",
	  { "tools/measure.sh" },
	  2,
	  "measure: --site is missing: a short name for the site, e.g. nord: see run measure" },
	{ "measure_without_files",
	  { "tools/measure.sh", "--site", "n" },
	  2,
	  "measure: nothing to measure: give --queue-log, --cel, --cdr, --pcap, --drop or "
	  "--simulated: see run measure" },
	{ "measure_with_an_unknown_option",
	  { "tools/measure.sh", "--fog" },
	  2,
	  "measure: unknown option \"--fog\": see run measure --help\n" },
	{ "measure_with_an_option_without_its_value",
	  { "tools/measure.sh", "--site" },
	  2,
	  "measure: option \"--site\" needs a value: see run measure --help\n" },
	{ "measure_of_a_file_that_is_not_there",
	  { "tools/measure.sh", "--site", "n", "--pcap", "/no/such" },
	  2,
	  "measure: --pcap /no/such: no such file: see run measure --help\n" },
	{ "measure_with_a_configuration_without_sources",
	  { "tools/measure.sh", "--site", "n", "--agent-config", "LICENSE" },
	  2,
	  "measure: --agent-config LICENSE: has no \"sources:\" at the beginning of" },
	{ "measure_in_an_unknown_zone",
	  { "tools/measure.sh", "--site", "n", "--timezone", "Mars/Base", "--queue-log",
	    "tests/data/run1/queue_log" },
	  2,
	  "measure: --timezone: the system has no zone \"Mars/Base\": a name such as Europe/" },
	{ "measure_in_an_unknown_language",
	  { "tools/measure.sh", "--site", "n", "--lang", "fr", "--queue-log",
	    "tests/data/run1/queue_log" },
	  2,
	  "measure: --lang: expected de or en, found \"fr\": see run measure --help\n" },
	{ "measure_in_an_unknown_format",
	  { "tools/measure.sh", "--site", "n", "--format", "xml", "--queue-log",
	    "tests/data/run1/queue_log" },
	  2,
	  "measure: --format: expected text, json or csv, found \"xml\": see run measure" },
	{ "agent_that_cannot_print",
	  { "/bin/sh", "-c", "exec ${CXM_BIN:-build/release/bin}/cxmeter-agent keys >/dev/full" },
	  1,
	  "cxmeter-agent: cannot write the result: No space left on device\n" },
	{ "score_that_cannot_print",
	  { "/bin/sh", "-c",
	    "exec ${CXM_BIN:-build/release/bin}/cxmeter model --describe >/dev/full" },
	  1,
	  "cxmeter: cannot write the result: No space left on device\n" },
	{ "run_with_an_unknown_command",
	  { "./run", "measur" },
	  2,
	  "run: unknown command \"measur\"; known: demo, test, measure\n" },
};

static void line_is_refused_in_one_line(void **state)
{
	const struct line_case *c = *state;
	struct lab_output o;

	lab_run_argv(&o, c->args);
	said_code(&o, c->code);
	assert_string_equal(buf_text(&o.out), "");
	said_one_line(buf_text(&o.err));
	assert_memory_equal(buf_text(&o.err), c->says, strlen(c->says));
	lab_output_free(&o);
}

/* ---- help ---- */

static const struct help_case {
	const char *name;
	const char *args[3];
	const char *says;
} helps[] = {
	{ "agent_helps", { "cxmeter-agent", "--help" }, "usage: cxmeter-agent run" },
	{ "agent_helps_behind_a_command",
	  { "cxmeter-agent", "run", "-h" },
	  "usage: cxmeter-agent" },
	{ "collector_helps", { "cxmeter-collector", "-h" }, "usage: cxmeter-collector run" },
	{ "command_helps", { "cxmeter", "--help" }, "usage: cxmeter COMMAND" },
	{ "changes_helps",
	  { "cxmeter", "changes", "-h" },
	  "usage: cxmeter changes --site ID [options]" },
	{ "score_helps", { "cxmeter", "score", "-h" }, "usage: cxmeter score --site ID [options]" },
	{ "explain_helps", { "cxmeter", "explain", "--help" }, "usage: cxmeter explain --site ID" },
	{ "roadmap_helps", { "cxmeter", "roadmap", "--help" }, "usage: cxmeter roadmap --site ID" },
	{ "compare_helps",
	  { "cxmeter", "compare", "-h" },
	  "usage: cxmeter compare --sites A,B,..." },
	{ "export_helps", { "cxmeter", "export", "--help" }, "usage: cxmeter export --site ID" },
	{ "import_helps", { "cxmeter", "import", "--help" }, "usage: cxmeter import --site ID" },
	{ "model_helps", { "cxmeter", "model", "--help" }, "usage: cxmeter model [options]" },
	{ "measure_helps", { "tools/measure.sh", "--help" }, "--queue-log FILE" },
	{ "run_helps", { "./run", "--help" }, "./run measure --site ID" },
	{ "agent_has_a_version",
	  { "cxmeter-agent", "--version" },
	  "cxmeter-agent " CXM_VERSION "\n" },
	{ "collector_has_a_version",
	  { "cxmeter-collector", "-V" },
	  "cxmeter-collector " CXM_VERSION "\n" },
	{ "command_has_a_version", { "cxmeter", "--version" }, "cxmeter " CXM_VERSION "\n" },
	{ "command_has_a_short_version", { "cxmeter", "-V" }, "cxmeter " CXM_VERSION "\n" },
};

static void help_goes_to_standard_output(void **state)
{
	const struct help_case *c = *state;
	struct lab_output o;

	lab_run_argv(&o, c->args);
	said_code(&o, 0);
	assert_string_equal(buf_text(&o.err), "");
	said_part(buf_text(&o.out), c->says);
	lab_output_free(&o);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, lines, line_is_refused_in_one_line);
	cases_table(&c, helps, help_goes_to_standard_output);
	return cases_run("e2e_command_line", &c, NULL, NULL);
}
