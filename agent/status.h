/*
 * The command `status`: how the agent of a configuration is, from what it last wrote
 * (agent/status_file.h). Opens nothing else, waits for nobody, changes nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "common/env.h"
#include "common/fault.h"
#include "cxmeter/source.h"

#define STATUS_PROBLEMS_MAX 128 /* more than there are places that can be in trouble */
#define STATUS_DAYS_WARN    14  /* of a certificate, from when on it is said */

/**
 * What the agent wrote last.
 * @param out  owned by the caller; NULL with 0: it has never run on this spool.
 * @return 0; -EACCES, -EBADMSG for something else than a status file, -errno; explained.
 */
int status_read(const struct env *env, const char *directory, json_t **out, struct fault *fault);

/**
 * Judge it: adds `running`, `well` and `problems` to the document (made when NULL).
 * @param doc     taken over.
 * @param now_us  wall clock.
 * @return the document, owned by the caller; NULL without memory.
 */
json_t *status_judge(json_t *doc, const char *directory, int64_t now_us);

/** Print a judged document for people. */
void status_print(const json_t *doc, int64_t now_us, FILE *out);

/** Read, judge, print. @return the exit code: 0 running and well; 1 not running, or in trouble; 2
 * when the configuration or the file cannot be read. */
int agent_status_command(const char *conf_path, const struct source_ops *const *kinds, bool json);
