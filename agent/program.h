/*
 * What `run` and `replay` share: everything opened in the right order, joined, and taken down
 * again in reverse.
 *
 * Rights: sources and the site key are opened with the rights the program was started with; spool
 * and certificates as the user it will become, because it must be able to open them again later;
 * then all rights are given up, and only then is a byte from outside looked at.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <event2/event.h>

#include "agent/agent.h"
#include "agent/conf.h"
#include "agent/spool.h"
#include "agent/uplink.h"
#include "common/fault.h"
#include "cxmeter/record.h"

/* One source to open. */
struct program_input {
	const struct source_ops *ops;
	const char *instance;
	const void *entry; /* its configuration */
	unsigned line;     /* where that begins in the file; 0: it comes from the command line */
};

struct program {
	/* set before program_open; borrowed */
	const struct agent_conf *conf;
	const struct program_input *inputs;
	size_t n_inputs;
	bool one_shot;
	void (*happened)(void *arg); /* something was accepted, acknowledged or finished */
	void *arg;

	const struct env *env;
	struct cxm_catalog catalog;
	struct pseudonym *pseudonym;
	struct event_base *base;
	struct event *turn; /* when the agent wants to be called */
	struct spool *spool;
	struct agent *agent;
	struct uplink *uplink;
	unsigned n_unopened; /* one_shot: inputs that could not be opened; it has been said why */
	size_t up;           /* steps taken */
};

/** @return 0, or -errno, explained, with nothing left open. */
int program_open(struct program *p, struct fault *fault);

/** Start sources and uplink. @return 0 or -errno, explained. */
int program_start(struct program *p, struct fault *fault);

/** Records that the collector is not known to have. */
uint64_t program_unacked(const struct program *p);

/** Options of the uplink as a configuration has them; `names` gets those of the sources, for at
 * most AGENT_KINDS_MAX kinds, and must live as long as the options. */
struct uplink_options program_uplink_options(const struct program *p, const struct agent_conf *conf,
                                             const char *names[AGENT_KINDS_MAX + 1]);

void program_close(struct program *p);
