/*
 * The source that follows Asterisk's queue_log, or reads files of it once. Its operations are
 * source_queue_log in cxmeter/source.h; here is what its configuration looks like.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/conf.h"

struct source;

/* As its schema fills it; a number that is 0 means its default, so that a replay may fill in
 * nothing but files. */
struct queue_log_conf {
	const char *file;       /* followed; with `files` not needed */
	struct conf_list files; /* const char *; read once (one_shot) */
	int64_t poll_ms;
	int64_t max_open;
	int64_t max_age_ms;
	bool from_start;
	bool no_handoffs; /* a cel source tells them */
};

/**
 * One turn of work: what the source's timer does. Tests call it themselves, with a source_env
 * without a loop.
 * @return true when there is more to do at once.
 */
bool queue_log_turn(struct source *s);
