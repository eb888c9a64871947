#include "common/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/env.h"

#define LOG_LINE_MAX 1024
#define LIMIT_US     1000000

/* set once by log_open, before threads */
static const char *log_program = "cxmeter";
static enum log_level log_most = LOG_LEVEL_INFO;
static bool log_journal;

void log_open(const char *program, enum log_level most)
{
	log_program = program;
	log_most = most;
	log_journal = getenv("JOURNAL_STREAM") != NULL;
}

static void write_line(enum log_level level, const char *part, const char *text)
{
	static const int syslog_level[] = { 3, 4, 6, 7 };
	static const char *const word[] = { "error: ", "warning: ", "", "" };

	/* one call a line, so that threads do not mix */
	if (log_journal) {
		(void)fprintf(stderr, "<%d>%s: %s\n", syslog_level[level], part, text);
	} else {
		(void)fprintf(stderr, "%s: %s%s: %s\n", log_program, word[level], part, text);
	}
}

void log_write(enum log_level level, const char *part, const char *format, ...)
{
	char text[LOG_LINE_MAX];
	va_list args;

	if (level > log_most) {
		return;
	}
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	write_line(level, part, text);
}

void log_limited(struct log_limit *limit, enum log_level level, const char *part,
                 const char *format, ...)
{
	char text[LOG_LINE_MAX];
	int64_t now_us = env_mono_us(&env_system);
	va_list args;
	int used;

	if (level > log_most) {
		return;
	}
	if (limit->last_mono_us != 0 && now_us - limit->last_mono_us < LIMIT_US) {
		limit->left_out++;
		return;
	}
	va_start(args, format);
	used = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (limit->left_out > 0 && used > 0 && (size_t)used < sizeof(text)) {
		(void)snprintf(text + used, sizeof(text) - (size_t)used,
		               " (%" PRIu64 " more like this left out)", limit->left_out);
	}
	limit->last_mono_us = now_us;
	limit->left_out = 0;
	write_line(level, part, text);
}
