/*
 * A small lab for end-to-end tests: a folder of its own, certificates, real programs started and
 * stopped, their output caught. Everything listens on loopback on ports the system chose;
 * everything started is ended by lab_close.
 *
 * Failures of the lab itself fail the running test. The scripts come from tools/. Inside the test's
 * own process are tests/support/collector_world.h (a collector) and agent_place.h (an agent's
 * configuration for it).
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

#include "common/buf.h"
#include "tests/support/temp.h"

#define LAB_PATH_MAX    512
#define LAB_ARGS_MAX    48
#define LAB_PATIENCE_MS 20000 /* how long to wait for something that should take milliseconds */

struct lab {
	struct temp temp; /* its folder is what "dir" stands for below */
	char site[32];
	pid_t collector;
	pid_t agent;
	int port;
};

/** A fresh folder with a site's certificates (agent "pbx1") and key. */
void lab_open(struct lab *lab, const char *site);
void lab_close(struct lab *lab);

/** Use the site key of another lab, so that both give the same pseudonyms. */
void lab_share_key(const struct lab *lab, const struct lab *from);

/** dir/name; the result lives until the next eight calls. */
const char *lab_path(const struct lab *lab, const char *name);

/** Write a text file in the lab; the folder must exist. */
void lab_write(const struct lab *lab, const char *name, const char *text);
void lab_append(const struct lab *lab, const char *name, const char *text);

/** Start the collector of this lab on its store dir/evidence.db and wait until it listens. */
void lab_start_collector(struct lab *lab);

/** Write dir/agent.yaml for this lab's collector; `sources` is YAML below `sources:`, "" for none.
 */
void lab_write_agent(const struct lab *lab, const char *sources);

/** Start cxmeter-agent run on dir/agent.yaml. */
void lab_start_agent(struct lab *lab);

/** cxmeter-agent replay on dir/agent.yaml with further arguments, NULL at the end; requires
 * success. */
void lab_replay(struct lab *lab, ...) __attribute__((sentinel));

/** All rows of one kind as CSV, by cxmeter export; the caller frees. */
char *lab_export(const struct lab *lab, const char *kind);

/** Wait until the export of `kind` has this many rows. @return whether it came to pass. */
bool lab_wait_rows(const struct lab *lab, const char *kind, size_t rows);
size_t lab_count_rows(const struct lab *lab, const char *kind);

/** The scorecard as JSON text, provisional; the caller frees. */
char *lab_scorecard(const struct lab *lab);

/** Load JSON or fail the test. */
json_t *lab_json(const char *path);

/* ---- programs, with a lab or without ----
 *
 * One of ours by name, from $CXM_BIN, or any other by path; arguments end with NULL. It reads from
 * /dev/null, speaks English, has no store in its environment, and is killed when the test is. */

struct lab_output {
	int code;       /* exit code, or 128 + signal */
	struct buf out; /* standard output */
	struct buf err;
};

/** Run to its end. */
void lab_run(struct lab_output *o, const char *program, ...) __attribute__((sentinel));
void lab_run_argv(struct lab_output *o, const char *const *argv);
void lab_output_free(struct lab_output *o);

/** Require exit code 0; otherwise the test fails and shows what the program said. */
void lab_expect_ok(const struct lab_output *o, const char *what);

/** Start in the background; what it prints is appended to dir/<log_name>, or to a file by its path.
 */
pid_t lab_spawn(const struct lab *lab, const char *log_name, const char *program, ...)
	__attribute__((sentinel));
pid_t lab_spawn_argv(const char *log_path, const char *const *argv);

/** Wait for the end. @return exit code, or 128 + signal. */
int lab_wait(pid_t pid);

/** Send a signal and wait for the end, at most LAB_PATIENCE_MS. *pid becomes 0. @return as
 * lab_wait. */
int lab_stop(pid_t *pid, int signal);

/** Put the arguments of a call, up to and with NULL, into argv from n on; it has LAB_ARGS_MAX. */
void lab_collect(const char **argv, size_t n, va_list args);

void lab_sleep_ms(int ms);

/* ---- CSV of an export, by column name ---- */

struct lab_csv {
	char *text; /* owned; cut up in place */
	size_t n_rows;
	size_t n_columns;
	const char **cells; /* (n_rows + 1) * n_columns, the header first */
};

void lab_csv_parse(struct lab_csv *csv, char *text);
const char *lab_csv_cell(const struct lab_csv *csv, size_t row, const char *column);

/** A cell that must be a number; anything else fails the test. */
int64_t lab_csv_int(const struct lab_csv *csv, size_t row, const char *column);
double lab_csv_double(const struct lab_csv *csv, size_t row, const char *column);
void lab_csv_free(struct lab_csv *csv);
