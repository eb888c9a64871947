/*
 * The agent's configuration file. The table in conf.c, and the schemas of the sources under
 * `sources:`, are the only list of keys; docs/agent.md shows it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/conf.h"
#include "common/fault.h"
#include "cxmeter/source.h"

#define AGENT_KINDS_MAX     32
#define AGENT_HOST_MAX      256
#define AGENT_PORT_DEFAULT  7443
#define AGENT_INSTANCES_MAX 64 /* entries under one kind of source */

struct agent_conf_collector {
	const char *address;
	const char *ca;
	const char *certificate;
	const char *key;
	bool compress;
	int64_t reconnect_min_ms;
	int64_t reconnect_max_ms;
};

struct agent_conf_spool {
	const char *directory;
	int64_t quota_bytes;
	int64_t segment_bytes;
};

struct agent_conf {
	const char *site;
	const char *agent;
	const char *host;
	const char *timezone;
	const char *site_key;
	const char *country_code; /* NULL: numbers stay as dialled */
	const char *national_prefix;
	const char *international_prefix;
	bool simulated; /* the evidence is made up */
	struct agent_conf_collector collector;
	struct agent_conf_spool spool;
	int64_t commit_interval_ms;
	const char *user; /* NULL: stay who we are */
	const char *log_level;
	struct conf_list sources[AGENT_KINDS_MAX]; /* entries of kinds[i], as its schema has them */

	/* what follows is not read from a key */
	const struct source_ops *const *kinds; /* NULL-terminated; borrowed */
	char collector_host[AGENT_HOST_MAX];
	uint16_t collector_port;
	char own_host[AGENT_HOST_MAX];
	char own_timezone[AGENT_HOST_MAX];
	struct conf_doc doc; /* owns the texts above */
};

/**
 * Read a file and bind it; nothing is judged beyond types and ranges.
 * @param kinds  of sources there are, NULL-terminated; must outlive the configuration.
 * @return 0, -errno, -EBADMSG or -EINVAL; explained with file, line and key. On failure there is
 * nothing to free.
 */
int agent_conf_read(struct agent_conf *conf, const char *path,
                    const struct source_ops *const *kinds, struct fault *fault);
void agent_conf_free(struct agent_conf *conf);

typedef void (*agent_conf_problem_fn)(void *arg, const char *text);

/** Judge it: names, address, time zone, numbering plan, duplicates. Each problem is told with file,
 * line and key. Fills collector_host and collector_port. @return how many there are. */
unsigned agent_conf_problems(struct agent_conf *conf, agent_conf_problem_fn tell, void *arg);

/** Read and judge; the first problem is the fault. */
int agent_conf_load(struct agent_conf *conf, const char *path,
                    const struct source_ops *const *kinds, struct fault *fault);

/** Does the certificate name this site and agent? @return 0, or -errno, explained. */
int agent_conf_identity(const struct agent_conf *conf, struct fault *fault);

/** What tells a source apart from others of its kind: the first text of its entry (file,
 * interface, directory). NULL when it has none. */
const char *agent_conf_instance(const struct source_ops *kind, const void *entry);

/** The i-th entry of a kind. */
const void *agent_conf_entry(const struct agent_conf *conf, size_t kind, size_t i);

/** The line it begins at. */
unsigned agent_conf_line(const struct agent_conf *conf, size_t kind, size_t i);

/** Top-level keys that differ and take effect at a start only, as "spool, user"; "" for none. */
const char *agent_conf_fixed(const struct agent_conf *old_conf, const struct agent_conf *new_conf,
                             char *out, size_t size);

/** Bind an entry made of text, for sources from the command line. `doc` owns it afterwards. */
int agent_conf_bind_text(const struct source_ops *kind, const char *yaml, struct conf_doc *doc,
                         void **entry, struct fault *fault);

/** Print every key with type, default and meaning, as a Markdown table. */
void agent_conf_describe(const struct source_ops *const *kinds, FILE *out);
