#include "cli/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct option_row {
	const char *name;
	const char *value; /* what it takes; NULL: a switch */
	size_t offset;
	unsigned commands; /* that know it */
	unsigned required; /* that cannot do without */
	const char *help;
};

#define NEXT_LINE    "\n                     " /* below the text above, for --help */
#define ROW(field)   offsetof(struct options, field)
#define WITH_CARD    (COMMAND_SCORE | COMMAND_EXPLAIN | COMMAND_TREND | COMMAND_ROADMAP)
#define WITH_SCORING (WITH_CARD | COMMAND_COMPARE)
#define WITH_MODEL   (WITH_SCORING | COMMAND_CHANGES | COMMAND_RECONCILE)
#define WITH_WINDOW  (WITH_MODEL | COMMAND_EXPORT)
#define WITH_STORE   (WITH_WINDOW | COMMAND_IMPORT)
#define WITH_SITE                                                                                  \
	(WITH_CARD | COMMAND_CHANGES | COMMAND_RECONCILE | COMMAND_EXPORT | COMMAND_IMPORT)

static const struct option_row rows[] = {
	{ "profile", "NAME", ROW(profile), COMMAND_SIMULATE, COMMAND_SIMULATE,
	  "beginning, developing, maturing or optimizing" },
	{ "out", "DIR", ROW(out), COMMAND_SIMULATE, COMMAND_SIMULATE,
	  "folder to write; several sites: one folder each in it" },
	{ "sites", "N", ROW(sites), COMMAND_SIMULATE, 0, "how many sites (default: 1)" },
	{ "days", "N", ROW(days), COMMAND_SIMULATE, 0, "how many days (default: 28)" },
	{ "seed", "N", ROW(seed), COMMAND_SIMULATE, 0,
	  "the same seed gives the same sites (default: 1)" },
	{ "contacts", "N", ROW(contacts), COMMAND_SIMULATE, 0,
	  "contacts on an average weekday (default: 1200)" },
	{ "store", "URL", ROW(store), WITH_STORE, 0,
	  "where the evidence lies (default: $CXMETER_STORE, else" NEXT_LINE OPTIONS_STORE_DEFAULT
	  ")" },
	{ "site", "ID", ROW(site), WITH_SITE, WITH_SITE, "whose evidence" },
	{ "indicator", "ID", ROW(indicator), COMMAND_EXPLAIN | COMMAND_TREND, COMMAND_EXPLAIN,
	  "which indicator, by its id in the model" },
	{ "area", "ID", ROW(area), COMMAND_TREND, 0, "which area, by its id in the model" },
	{ "record", "KIND", ROW(record), COMMAND_EXPORT, COMMAND_EXPORT,
	  "which kind of record, such as QueueContact" },
	{ "from", "DAY", ROW(from), WITH_WINDOW | COMMAND_SIMULATE, 0,
	  "first day, YYYY-MM-DD on the site's calendar" },
	{ "to", "DAY", ROW(to), WITH_WINDOW, 0, "last day, included" },
	{ "timezone", "TZ", ROW(timezone), WITH_SITE | COMMAND_SIMULATE, 0,
	  "calendar and local times, such as Europe/Berlin (default: the" NEXT_LINE
	  "site's own, else UTC)" },
	{ "model", "FILE", ROW(model), WITH_MODEL | COMMAND_MODEL, 0,
	  "another model than the one built in" },
	{ "format", "FORMAT", ROW(format),
	  COMMAND_SCORE | COMMAND_CHANGES | COMMAND_TREND | COMMAND_EXPORT | COMMAND_ROADMAP |
	          COMMAND_COMPARE | COMMAND_RECONCILE,
	  0,
	  "text (default), json or csv; reconcile: jsonl too; export: csv" NEXT_LINE
	  "(default) or jsonl" },
	{ "lens", "NAME", ROW(lens), COMMAND_SCORE, 0,
	  "as another model sees it: delighted, valantic, nextiva," NEXT_LINE
	  "connected, or a file of your own" },
	{ "target", "AREA=N", ROW(target), COMMAND_ROADMAP, 0,
	  "stage to reach, such as security=3,feedback=2 (default: the" NEXT_LINE
	  "stage above the area's)" },
	{ "targets", "FILE", ROW(targets), COMMAND_ROADMAP, 0,
	  "target stages of sites, as YAML (docs/roadmap.md)" },
	{ "sites", "A,B,...", ROW(sites), COMMAND_COMPARE, COMMAND_COMPARE,
	  "sites to compare, at least two" },
	{ "sites-file", "FILE", ROW(sites_file), COMMAND_COMPARE, 0,
	  "vendor, country and kinds of queues of sites, as YAML" NEXT_LINE "(docs/compare.md)" },
	{ "vendor", "SITE=NAME", ROW(vendor), COMMAND_COMPARE, 0,
	  "vendors of sites, such as nord=Asterisk,sued=Genesys" },
	{ "by", "vendor", ROW(by), COMMAND_COMPARE, 0, "compare vendors instead of sites" },
	{ "provisional", NULL, ROW(provisional), WITH_SCORING, 0,
	  "score with too little data too, and say so on every line" },
	{ "simulated", NULL, ROW(simulated), COMMAND_IMPORT, 0,
	  "the files are made up; a site's evidence is simulated or real," NEXT_LINE "never both" },
	{ "brief", NULL, ROW(brief), COMMAND_SCORE, 0,
	  "text: the first screen only, without the indicators" },
	{ "no-color", NULL, ROW(no_color), WITH_SCORING | COMMAND_CHANGES | COMMAND_RECONCILE, 0,
	  "no colour, also on a terminal (as does a NO_COLOR variable)" },
	{ "lang", "LANG", ROW(lang), WITH_MODEL | COMMAND_MODEL, 0,
	  "de or en (default: the environment's; json and csv: en)" },
	{ "document", NULL, ROW(document), COMMAND_MODEL, 0,
	  "print what the model measures and why, as Markdown for readers" },
	{ "describe", NULL, ROW(describe), COMMAND_MODEL, 0,
	  "print every key a model file can have, as Markdown" },
	{ "help", NULL, ROW(help), ~0U, 0, "this text" },
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static const struct option_row *row_named(const struct command *command, const char *name,
                                          size_t len)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		if ((rows[i].commands & command->bit) != 0 && strlen(rows[i].name) == len &&
		    strncmp(rows[i].name, name, len) == 0) {
			return &rows[i];
		}
	}
	return NULL;
}

/* Take one option at argv[*i]; moves on over its value. */
static int take(struct options *out, const struct command *command, char **argv, int argc, int *i,
                struct fault *fault)
{
	const char *name = argv[*i] + 2;
	const char *equals = strchr(name, '=');
	size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
	const struct option_row *row = row_named(command, name, len);
	char *field;

	if (row == NULL) {
		return fault_set(fault, -EINVAL, "unknown option \"--%.*s\": see cxmeter %s --help",
		                 len < 100 ? (int)len : 100, name, command->name);
	}
	field = (char *)out + row->offset;
	if (row->value == NULL) {
		if (equals != NULL) {
			return fault_set(fault, -EINVAL,
			                 "option \"--%s\" takes no value: see cxmeter %s --help",
			                 row->name, command->name);
		}
		*(bool *)(void *)field = true;
		return 0;
	}
	if (equals == NULL && *i + 1 == argc) {
		return fault_set(fault, -EINVAL,
		                 "option \"--%s\" needs a value: see cxmeter %s --help", row->name,
		                 command->name);
	}
	*(const char **)(void *)field = equals != NULL ? equals + 1 : argv[++*i];
	return 0;
}

static int check(const struct options *out, const struct command *command, struct fault *fault)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		const char *const *field = (const void *)((const char *)out + rows[i].offset);

		if ((rows[i].required & command->bit) != 0 &&
		    (*field == NULL || (*field)[0] == '\0')) {
			return fault_set(fault, -EINVAL,
			                 "%s needs --%s %s (%s): see cxmeter %s --help",
			                 command->name, rows[i].name, rows[i].value, rows[i].help,
			                 command->name);
		}
	}
	if (command->operands[0] == '\0' && out->n_files > 0) {
		return fault_set(fault, -EINVAL,
		                 "one argument too many: \"%.100s\": see cxmeter %s --help",
		                 out->files[0], command->name);
	}
	if (command->operands[0] != '\0' && out->n_files == 0) {
		return fault_set(fault, -EINVAL, "%s needs %s: see cxmeter %s --help",
		                 command->name, command->operands, command->name);
	}
	return 0;
}

int options_parse(struct options *out, const struct command *command, int argc, char **argv,
                  struct fault *fault)
{
	const char *store = getenv("CXMETER_STORE");
	bool operands_only = false;
	int rc = 0;

	*out = (struct options){ .files = argv };
	out->store = store != NULL && store[0] != '\0' ? store : OPTIONS_STORE_DEFAULT;
	for (int i = 0; rc == 0 && i < argc; i++) {
		if (!operands_only && strcmp(argv[i], "--") == 0) {
			operands_only = true;
		} else if (!operands_only && strcmp(argv[i], "-h") == 0) {
			out->help = true;
		} else if (!operands_only && argv[i][0] == '-' && argv[i][1] != '-' &&
		           argv[i][1] != '\0') {
			rc = fault_set(fault, -EINVAL,
			               "unknown option \"%.100s\": see cxmeter %s --help", argv[i],
			               command->name);
		} else if (!operands_only && strncmp(argv[i], "--", 2) == 0) {
			rc = take(out, command, argv, argc, &i, fault);
		} else {
			argv[out->n_files++] =
				argv[i]; /* close up: never past the one being read */
		}
	}
	return rc != 0 || out->help ? rc : check(out, command, fault);
}

static void print_row(const struct option_row *row, FILE *out)
{
	char name[40];

	(void)snprintf(name, sizeof(name), "%s--%s%s%s",
	               strcmp(row->name, "help") == 0 ? "-h, " : "", row->name,
	               row->value != NULL ? " " : "", row->value != NULL ? row->value : "");
	(void)fprintf(out, "  %-18s %s\n", name, row->help);
}

void options_list(FILE *out)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		print_row(&rows[i], out);
	}
}

void options_help(const struct command *command, FILE *out)
{
	(void)fprintf(out, "usage: cxmeter %s", command->name);
	for (size_t i = 0; i < N_ROWS; i++) {
		if ((rows[i].required & command->bit) != 0) {
			(void)fprintf(out, " --%s %s", rows[i].name, rows[i].value);
		}
	}
	(void)fprintf(out, " [options]%s%s\n\n%s\n\n", command->operands[0] != '\0' ? " " : "",
	              command->operands, command->summary);
	for (size_t i = 0; i < N_ROWS; i++) {
		if ((rows[i].commands & command->bit) != 0) {
			print_row(&rows[i], out);
		}
	}
}
