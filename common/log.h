/*
 * Messages to the operator, on standard error: "cxmeter-agent: spool: cannot open ...: No space
 * left on device".
 *
 * info is state an operator acts on; nothing per packet or per call above debug. No raw identity
 * (number, name, Call-ID, address of a caller) at any level. Under systemd each line carries its
 * syslog level (sd-daemon(3)). Control characters are written as ?, and a line is cut at 1 KiB.
 */
#pragma once

#include <stdint.h>

enum log_level { LOG_LEVEL_ERR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/** Their names in a configuration, in that order, NULL-terminated. */
extern const char *const log_level_names[];

/** The level of that name; LOG_LEVEL_INFO for any other text. */
enum log_level log_level_named(const char *name);

/** Say who speaks and what is too quiet to print. Call once, before any thread starts. */
void log_open(const char *program, enum log_level most);

/** Change what is too quiet to print; any thread, any time. */
void log_set_level(enum log_level most);

void log_write(enum log_level level, const char *part, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define log_err(part, ...)   log_write(LOG_LEVEL_ERR, part, __VA_ARGS__)
#define log_warn(part, ...)  log_write(LOG_LEVEL_WARN, part, __VA_ARGS__)
#define log_info(part, ...)  log_write(LOG_LEVEL_INFO, part, __VA_ARGS__)
#define log_debug(part, ...) log_write(LOG_LEVEL_DEBUG, part, __VA_ARGS__)

/* A message that a peer can cause as often as it likes: at most one a second, the next says how
 * many were left out. Belongs to one thread. */
struct log_limit {
	int64_t last_mono_us;
	uint64_t left_out;
};

void log_limited(struct log_limit *limit, enum log_level level, const char *part,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));
