/*
 * cxmeter-agent: the command line, and the only list of the sources there are.
 */
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/check.h"
#include "agent/conf.h"
#include "agent/discover/discover.h"
#include "agent/program.h"
#include "agent/pseudonym.h"
#include "agent/replay.h"
#include "agent/run.h"
#include "agent/status.h"
#include "agent/usage.h"
#include "common/log.h"
#include "common/usage.h"

static const struct source_ops *const kinds[] = {
	&source_queue_log, &source_cel,     &source_cdr,     &source_capture,
	&source_ami,       &source_esl,     &source_fs_cdr,  &source_fs_csv,
	&source_hep,       &source_dropbox, &source_posture, NULL,
};

static_assert(sizeof(kinds) / sizeof(kinds[0]) <= AGENT_KINDS_MAX + 1, "room for every source");

struct command {
	const char *name;
	const char *argument; /* NULL: none */
	struct replay_options replay;
	struct replay_path paths[REPLAY_PATHS_MAX];
	bool replays; /* an option that only replay has */
	struct discover_options discover;
	bool discovers; /* an option that only discover has */
	bool json;
	bool formats; /* an option that only status has */
};

static int usage(const char *what, const char *which)
{
	return usage_error("cxmeter-agent", what, which);
}

/* ---- the line ---- */

static int add_path(struct command *c, const char *kind, const char *path)
{
	if (c->replay.n_paths == REPLAY_PATHS_MAX) {
		return usage("too many files: one capture or log can be joined before, say "
		             "with mergecap or cat",
		             "");
	}
	c->paths[c->replay.n_paths++] = (struct replay_path){ kind, path };
	return -1;
}

static int take_format(struct command *c, const char *value)
{
	c->formats = true;
	c->json = strcmp(value, "json") == 0;
	return c->json || strcmp(value, "text") == 0
	               ? -1
	               : usage("--format: expected text or json, found", value);
}

/* @return -1: go on; otherwise end with this code. */
static int take_option(struct command *c, int option, const char *value)
{
	c->discovers = c->discovers || option == AGENT_OPTION_ROOT || option == AGENT_OPTION_OUTPUT;
	c->replays =
		c->replays || (option >= AGENT_OPTION_QUEUE_LOG && option != AGENT_OPTION_ROOT &&
	                       option != AGENT_OPTION_OUTPUT && option != AGENT_OPTION_FORMAT);
	switch (option) {
	case AGENT_OPTION_CONFIG:
		c->replay.conf_path = value;
		return -1;
	case AGENT_OPTION_QUEUE_LOG:
		return add_path(c, source_queue_log.name, value);
	case AGENT_OPTION_CEL:
		return add_path(c, source_cel.name, value);
	case AGENT_OPTION_CDR:
		return add_path(c, source_cdr.name, value);
	case AGENT_OPTION_AMI:
		return add_path(c, source_ami.name, value);
	case AGENT_OPTION_FS_CDR:
		return add_path(c, source_fs_cdr.name, value);
	case AGENT_OPTION_FS_CSV:
		return add_path(c, source_fs_csv.name, value);
	case AGENT_OPTION_PCAP:
		return add_path(c, source_capture.name, value);
	case AGENT_OPTION_DROP:
		return add_path(c, source_dropbox.name, value);
	case AGENT_OPTION_PROGRESS:
		c->replay.progress = true;
		return -1;
	case AGENT_OPTION_TIMEOUT:
		return conf_duration_ms(value, &c->replay.timeout_ms) == 0
		               ? -1
		               : usage("--timeout: expected a time such as 500ms, 60s or 5m, found",
		                       value);
	case AGENT_OPTION_ROOT:
		c->discover.root = value;
		return -1;
	case AGENT_OPTION_OUTPUT:
		c->discover.output = value;
		return -1;
	case AGENT_OPTION_FORMAT:
		return take_format(c, value);
	case AGENT_OPTION_HELP:
		(void)fputs(agent_usage, stdout);
		return EXIT_SUCCESS;
	case AGENT_OPTION_VERSION:
		printf("cxmeter-agent " CXM_VERSION "\n");
		return EXIT_SUCCESS;
	default:
		assert(false); /* each option of the table is taken above */
		return -1;
	}
}

static int parse(int argc, char **argv, struct command *c)
{
	char wrong[USAGE_OPTION_MAX];
	int code = -1;
	int option;

	opterr = 0;
	while (code < 0 &&
	       (option = getopt_long(argc, argv, agent_short_options, agent_options, NULL)) != -1) {
		code = option == '?' || option == ':'
		               ? usage(usage_wrong_option(argc, argv, option, wrong), "")
		               : take_option(c, option, optarg);
	}
	if (code >= 0) {
		return code;
	}
	if (optind == argc) {
		return usage("no command", "");
	}
	c->name = argv[optind];
	c->argument = optind + 1 < argc ? argv[optind + 1] : NULL;
	if (optind + 2 < argc) {
		return usage("one argument too many:", argv[optind + 2]);
	}
	if (strcmp(c->name, "keygen") != 0 && c->argument != NULL) {
		return usage("one argument too many:", c->argument);
	}
	if (strcmp(c->name, "replay") != 0 && c->replays) {
		return usage("only replay takes files, --progress and --timeout, not", c->name);
	}
	if (strcmp(c->name, "discover") != 0 && c->discovers) {
		return usage("only discover takes --root and --output, not", c->name);
	}
	if (strcmp(c->name, "status") != 0 && c->formats) {
		return usage("only status takes --format, not", c->name);
	}
	return -1;
}

/* ---- the commands ---- */

static int run(const struct command *c)
{
	return agent_run(c->replay.conf_path, kinds);
}

static int check(const struct command *c)
{
	unsigned problems = agent_check(c->replay.conf_path, kinds, stdout);

	if (problems > 0) {
		printf("%u problem%s\n", problems, problems == 1 ? "" : "s");
		return FAULT_EXIT_USAGE;
	}
	printf("configuration is fine\n");
	return EXIT_SUCCESS;
}

static int status(const struct command *c)
{
	return agent_status_command(c->replay.conf_path, kinds, c->json);
}

static int replay(const struct command *c)
{
	return agent_replay(&c->replay, kinds);
}

static int look_around(const struct command *c)
{
	struct fault fault;

	if (discover(&c->discover, stdout, stderr, &fault) != 0) {
		log_err("discover", "%s", fault.text);
		return FAULT_EXIT_USAGE;
	}
	return EXIT_SUCCESS;
}

static int keygen(const struct command *c)
{
	struct fault fault;

	if (c->argument == NULL) {
		return usage("keygen wants the name of the file to make", "");
	}
	if (pseudonym_write_key(c->argument, &fault) != 0) {
		log_err("keygen", "%s", fault.text);
		return fault_exit_code(fault.code);
	}
	return EXIT_SUCCESS;
}

static int keys(const struct command *c)
{
	(void)c;
	agent_conf_describe(kinds, stdout);
	return EXIT_SUCCESS;
}

static const struct {
	const char *name;
	int (*call)(const struct command *c);
} commands[] = {
	{ "run", run },   { "check", check },          { "replay", replay }, { "keygen", keygen },
	{ "keys", keys }, { "discover", look_around }, { "status", status },
};

int main(int argc, char **argv)
{
	static struct command c = { .replay.conf_path = AGENT_CONF_DEFAULT };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	int code;

	c.replay.paths = c.paths;
	(void)conf_duration_ms(AGENT_TIMEOUT_DEFAULT, &c.replay.timeout_ms);
	log_open("cxmeter-agent", LOG_LEVEL_INFO);
	(void)sigaction(SIGPIPE, &ignore, NULL); /* a peer that hangs up is an error of send */
	code = parse(argc, argv, &c);
	if (code >= 0) {
		return usage_printed("cxmeter-agent", code);
	}
	assert(c.name != NULL);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, c.name) == 0) {
			code = commands[i].call(&c);
			return usage_printed("cxmeter-agent", code);
		}
	}
	return usage("unknown command", c.name);
}
