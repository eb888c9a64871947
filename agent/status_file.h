/*
 * How a running agent is, as a JSON file in its spool: docs/status.schema.json. Written by the
 * agent every few seconds, so that asking needs no socket and can never disturb it; read by
 * agent/status.h.
 *
 * Holds names of files and counts, never an identity.
 */
#pragma once

#include <jansson.h>

#include "agent/conf.h"
#include "agent/program.h"

#define STATUS_FORMAT      1
#define STATUS_NAME        "status.json"
#define STATUS_INTERVAL_US INT64_C(5000000)
/* Three were not written: it does not run, or hangs. */
#define STATUS_STALE_US  (3 * STATUS_INTERVAL_US)
#define STATUS_MAX_BYTES ((size_t)1024 * 1024) /* 64 sources of 60 counters are a tenth */

struct status_writer {
	const struct program *program; /* borrowed */
	const struct agent_conf *conf; /* borrowed */
	int64_t started_us;
	int trouble; /* of the last writing; said once */
};

/** The document as it is now. @param state  "running" or "stopped". @return NULL without memory. */
json_t *status_document(const struct status_writer *w, const char *state);

/** Write it: whoever reads finds the old file or the new one, whole. On a full disk the old one is
 * overwritten in its place. A failure is logged once. @return 0 or -errno. */
int status_write(struct status_writer *w, const char *state);

/** Put text where status_write puts the document. @return 0 or -errno. */
int status_put(const struct env *env, const char *directory, const char *text, size_t len_bytes);
