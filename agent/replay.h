/* Files from the command line, once, and away: no service, no positions. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cxmeter/source.h"

#define REPLAY_PATHS_MAX 4096

struct replay_path {
	const char *kind; /* name of the source that reads it */
	const char *path;
};

struct replay_options {
	const char *conf_path;
	const struct replay_path *paths;
	size_t n_paths;
	int64_t timeout_ms; /* without any progress */
	bool progress;      /* also when standard error is no terminal */
};

/** Read everything, deliver everything. @return the exit code. */
int agent_replay(const struct replay_options *options, const struct source_ops *const *kinds);
