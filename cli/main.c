/* cxmeter: what the evidence of a contact centre says. Dispatches to one command. */
#include <stdio.h>
#include <string.h>

#include "cli/desk.h"
#include "cli/plan.h"
#include "common/usage.h"

static const struct command commands[] = {
	{ "score", COMMAND_SCORE, "", "Score a site: twelve areas, each with what it rests on.",
	  command_score },
	{ "explain", COMMAND_EXPLAIN, "",
	  "One indicator in detail: definition, sources, days, queues, what lifts it.",
	  command_explain },
	{ "roadmap", COMMAND_ROADMAP, "",
	  "What to do next: drivers by urgency, in waves, each with what it would change.",
	  command_roadmap },
	{ "compare", COMMAND_COMPARE, "",
	  "Sites beside one another, where that is fair; else why not.", command_compare },
	{ "trend", COMMAND_TREND, "", "Scores day by day, each of the four weeks that end with it.",
	  command_trend },
	{ "changes", COMMAND_CHANGES, "",
	  "What changed around the figures: targets, and queues that came and went.",
	  command_changes },
	{ "reconcile", COMMAND_RECONCILE, "",
	  "Sources beside one another: what two tell alike, differently, or one alone.",
	  command_reconcile },
	{ "export", COMMAND_EXPORT, "", "Records as CSV or JSONL.", command_export },
	{ "import", COMMAND_IMPORT, "FILE...",
	  "Records from CSV or JSONL files named after their kind.\n"
	  "Names are like Survey.csv or QueueContact-2026-11.jsonl.gz. Identities are accepted as\n"
	  "pseudonyms only (16 hexadecimal digits).",
	  command_import },
	{ "simulate", COMMAND_SIMULATE, "",
	  "Write made-up contact centres whose true figures are known.", command_simulate },
	{ "model", COMMAND_MODEL, "", "Check a model; print its id, version and SHA-256.",
	  command_model },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void help(FILE *out)
{
	(void)fprintf(out, "usage: cxmeter COMMAND [options]\n\n"
	                   "How mature a contact centre is, from what its hosts really do.\n\n");
	for (size_t i = 0; i < N_COMMANDS; i++) {
		(void)fprintf(out, "  %-9s %.*s\n", commands[i].name,
		              (int)strcspn(commands[i].summary, "\n"), commands[i].summary);
	}
	(void)fprintf(out,
	              "\nOptions of the commands (cxmeter COMMAND --help names those of one):\n\n");
	options_list(out);
	(void)fprintf(out, "  -V, --version      version\n"
	                   "\nexit codes: 0 fine, 2 usage or configuration, 1 anything else\n");
}

static int run(const struct command *command, int argc, char **argv)
{
	struct options o;
	struct fault fault;

	if (options_parse(&o, command, argc, argv, &fault) != 0) {
		(void)fprintf(stderr, "cxmeter: %s\n", fault.text);
		return EXIT_USAGE;
	}
	if (o.help) {
		options_help(command, stdout);
		return EXIT_DONE;
	}
	return command->run(&o);
}

static int dispatch(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
		help(stdout);
		return EXIT_DONE;
	}
	if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
		(void)printf("cxmeter %s\n", CXM_VERSION);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcmp(name, commands[i].name) == 0) {
			return run(&commands[i], argc - 2, argv + 2);
		}
	}
	return usage_error("cxmeter", argc > 1 ? "unknown command" : "no command", name);
}

int main(int argc, char **argv)
{
	return usage_printed("cxmeter", dispatch(argc, argv));
}
