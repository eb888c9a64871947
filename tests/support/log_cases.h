/*
 * A table of cases in a text file: a log, and the records it must become. Each case becomes a test
 * of its own.
 *
 *   ## name
 *   lines of the log
 *   =>
 *   lines of records (tests/support/record_line.h)
 *
 * Lines before the first ## are comment; so are lines that begin with a single #.
 */
#pragma once

#include <stddef.h>

#include "common/buf.h"
#include "common/slice.h"

#define LOG_CASES_MAX 256

struct log_case {
	char name[128];
	struct buf log;
	struct buf want;
};

struct log_cases {
	struct log_case items[LOG_CASES_MAX];
	size_t count;
};

/** Read a file; ends the program with a message when it cannot. Never freed: it is the program's
 * table. */
struct log_cases *log_cases_read(const char *path);
