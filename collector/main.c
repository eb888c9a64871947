/*
 * cxmeter-collector: the command line, signals, and the order of starting and stopping.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/check.h"
#include "collector/collector.h"
#include "collector/conf.h"
#include "common/log.h"
#include "common/notify.h"
#include "common/privilege.h"
#include "common/usage.h"
#include "cxmeter/record.h"
#include "cxmeter/store.h"
#include "proto/evidence.pb-c.h"

#define DEFAULT_CONF "/etc/cxmeter/collector.yaml"

static const char usage_text[] =
	"usage: cxmeter-collector run [-c FILE]\n"
	"       cxmeter-collector check [-c FILE]\n"
	"\n"
	"Takes evidence from agents over mutual TLS and stores it.\n"
	"\n"
	"  run                serve until SIGTERM; SIGHUP reloads, SIGUSR1 logs counters\n"
	"  check              look for whatever would keep it from running, and say so\n"
	"\n"
	"  -c, --config FILE  configuration (default " DEFAULT_CONF ")\n"
	"  -h, --help         this text\n"
	"  -V, --version      version\n"
	"\n"
	"exit codes: 0 fine, 2 usage or configuration, 1 anything else\n";

struct command {
	const char *name;
	const char *conf_path;
};

/* What runs, in the order in which it was started. */
struct program {
	const char *conf_path;
	struct cxm_catalog catalog;
	struct collector *collector;
	struct store *store;
	char *port_file; /* owned; NULL: none was asked for */
};

static void take_signals(sigset_t *signals)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	(void)sigaction(SIGPIPE, &ignore, NULL); /* a peer that hangs up is an error of send */
	(void)sigemptyset(signals);
	(void)sigaddset(signals, SIGTERM);
	(void)sigaddset(signals, SIGINT);
	(void)sigaddset(signals, SIGHUP);
	(void)sigaddset(signals, SIGUSR1);
	(void)pthread_sigmask(SIG_BLOCK, signals, NULL); /* before threads, so in all of them */
}

/* Written aside and renamed: whoever waits for the file finds it whole. */
static int write_port(const char *path, uint16_t port, struct fault *fault)
{
	char aside[4096];
	FILE *out;
	int rc = 0;

	if (snprintf(aside, sizeof(aside), "%s.new", path) >= (int)sizeof(aside)) {
		return fault_set(fault, -ENAMETOOLONG, "%s: too long a path", path);
	}
	out = fopen(aside, "we");
	if (out == NULL || fprintf(out, "%u\n", port) < 0) {
		rc = -errno;
	}
	if (out != NULL && fclose(out) != 0) {
		rc = -errno;
	}
	if (rc == 0 && rename(aside, path) != 0) {
		rc = -errno;
	}
	return rc == 0 ? 0
	               : fault_set(fault, rc,
	                           "%s: cannot write: %s: change `port_file`, or who may write "
	                           "there",
	                           path, strerror(-rc));
}

static int start(struct program *p, struct collector_conf *conf, struct fault *fault)
{
	char *url = strdup(conf->store); /* the collector takes the configuration over */
	char *user = conf->user != NULL ? strdup(conf->user) : NULL;
	int rc;

	p->port_file = conf->port_file != NULL ? strdup(conf->port_file) : NULL;
	rc = cxm_catalog_init(&p->catalog, &cxm__evidence__descriptor, fault);
	if (rc == 0) {
		rc = collector_open(&p->collector, conf, &env_system, fault);
	}
	if (rc == 0) {
		rc = privilege_drop(user, fault);
	}
	if (rc == 0) {
		rc = cxm_store_open(&p->store, url, false, &p->catalog, fault);
	}
	if (rc == 0) {
		rc = collector_start(p->collector, p->store, fault);
	}
	if (rc == 0 && p->port_file != NULL) {
		rc = write_port(p->port_file, collector_port(p->collector), fault);
	}
	free(url);
	free(user);
	return rc;
}

static void stop(struct program *p)
{
	if (p->collector != NULL) {
		collector_stop(p->collector);
		collector_close(p->collector);
	}
	if (p->store != NULL) {
		cxm_store_close(p->store);
	}
	cxm_catalog_free(&p->catalog);
	if (p->port_file != NULL) {
		(void)unlink(p->port_file);
	}
	free(p->port_file);
}

static void reload(const struct program *p)
{
	struct collector_conf conf;
	struct fault fault = { 0 };
	int rc = collector_conf_load(&conf, p->conf_path, &fault);

	(void)notify_reloading();
	if (rc == 0) {
		rc = collector_reload(p->collector, &conf, &fault);
		collector_conf_free(&conf);
	}
	if (rc == 0) {
		log_info("reload", "%s: taken up", p->conf_path);
	} else {
		log_err("reload", "%s. Everything stays as it was", fault.text);
	}
	(void)notify_ready();
}

static void say_counters(const struct program *p)
{
	char text[900];

	log_info("counters", "agents=%" PRIu32 " %s", collector_agents(p->collector),
	         counters_text(collector_counters(p->collector), text, sizeof(text)));
}

static void serve(const struct program *p, const sigset_t *signals)
{
	for (;;) {
		switch (sigwaitinfo(signals, NULL)) {
		case SIGHUP:
			reload(p);
			break;
		case SIGUSR1:
			say_counters(p);
			break;
		case SIGTERM:
		case SIGINT:
			return;
		default: /* EINTR: stopped and continued */
			break;
		}
	}
}

static int run(const struct command *command)
{
	struct program p = { .conf_path = command->conf_path };
	struct collector_conf conf;
	struct fault fault = { 0 };
	sigset_t signals;

	log_open("cxmeter-collector", LOG_LEVEL_INFO);
	if (collector_conf_load(&conf, command->conf_path, &fault) != 0) {
		log_err("configuration", "%s", fault.text);
		return FAULT_EXIT_USAGE;
	}
	log_open("cxmeter-collector", log_level_named(conf.log_level));
	take_signals(&signals);
	if (start(&p, &conf, &fault) != 0) {
		log_err("start", "%s", fault.text);
		collector_conf_free(&conf);
		stop(&p);
		return fault_exit_code(fault.code);
	}
	log_info("start", "version " CXM_VERSION ", listening on port %u",
	         collector_port(p.collector));
	(void)notify_ready();
	serve(&p, &signals);
	(void)notify_stopping();
	log_info("stop", "storing what waits, then ending");
	say_counters(&p);
	stop(&p);
	return EXIT_SUCCESS;
}

static int check(const struct command *command)
{
	unsigned problems = collector_check(command->conf_path, stdout);

	if (problems > 0) {
		printf("%u problem%s\n", problems, problems == 1 ? "" : "s");
		return FAULT_EXIT_USAGE;
	}
	printf("configuration is fine\n");
	return EXIT_SUCCESS;
}

static int usage(const char *what, const char *which)
{
	return usage_error("cxmeter-collector", what, which);
}

/* @return -1: go on; otherwise end with this code. */
static int parse(int argc, char **argv, struct command *command)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	char wrong[USAGE_OPTION_MAX];
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":c:hV", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			command->conf_path = optarg;
			break;
		case 'h':
			(void)fputs(usage_text, stdout);
			return EXIT_SUCCESS;
		case 'V':
			printf("cxmeter-collector " CXM_VERSION "\n");
			return EXIT_SUCCESS;
		default:
			return usage(usage_wrong_option(argc, argv, c, wrong), "");
		}
	}
	if (optind == argc) {
		return usage("no command", "");
	}
	if (optind + 1 < argc) {
		return usage("one argument too many:", argv[optind + 1]);
	}
	command->name = argv[optind];
	return -1;
}

int main(int argc, char **argv)
{
	struct command command = { .name = "", .conf_path = DEFAULT_CONF };
	int code = parse(argc, argv, &command);

	if (code >= 0) {
		return usage_printed("cxmeter-collector", code);
	}
	if (strcmp(command.name, "run") == 0) {
		return run(&command);
	}
	if (strcmp(command.name, "check") == 0) {
		return usage_printed("cxmeter-collector", check(&command));
	}
	return usage("unknown command", command.name);
}
