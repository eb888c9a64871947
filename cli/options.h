/*
 * The command line: one table of options for all commands, from which parsing, checking and --help
 * come. Written as --name VALUE or --name=VALUE; "--" ends the options.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/fault.h"

#define OPTIONS_STORE_DEFAULT "sqlite:/var/lib/cxmeter/evidence.db"

enum command_bit {
	COMMAND_SCORE = 1 << 0,
	COMMAND_EXPLAIN = 1 << 1,
	COMMAND_EXPORT = 1 << 2,
	COMMAND_IMPORT = 1 << 3,
	COMMAND_MODEL = 1 << 4,
	COMMAND_CHANGES = 1 << 5,
	COMMAND_ROADMAP = 1 << 6,
	COMMAND_COMPARE = 1 << 7,
	COMMAND_TREND = 1 << 8,
	COMMAND_RECONCILE = 1 << 9,
	COMMAND_SIMULATE = 1 << 12,
};

struct options {
	const char *store;
	const char *site;
	const char *indicator;
	const char *area;
	const char *record;
	const char *from;
	const char *to;
	const char *timezone;
	const char *model;
	const char *format;
	const char *lang;
	const char *profile;
	const char *sites;
	const char *days;
	const char *seed;
	const char *contacts;
	const char *out;
	const char *lens;
	const char *target;
	const char *targets;
	const char *sites_file;
	const char *vendor;
	const char *by;
	bool provisional;
	bool simulated;
	bool no_color;
	bool brief;
	bool describe;
	bool document;
	bool help;
	char **files;
	int n_files;
};

struct command {
	const char *name;
	enum command_bit bit;
	const char *operands; /* "FILE..." or "" */
	const char *summary;
	int (*run)(const struct options *o); /* exit code */
};

/**
 * Parse what follows the command's name.
 * @return 0, or -EINVAL for what this command does not know or what is missing; explained.
 */
int options_parse(struct options *out, const struct command *command, int argc, char **argv,
                  struct fault *fault);

/** Every option of any command, once. */
void options_list(FILE *out);

/** Usage of one command with all its options. */
void options_help(const struct command *command, FILE *out);
