#include "common/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/env.h"
#include "common/slice.h"

#define LOG_LINE_MAX 1024
#define LIMIT_US     1000000

const char *const log_level_names[] = { "error", "warning", "info", "debug", NULL };

/* set once by log_open, before threads */
static const char *log_program = "cxmeter";
static bool log_journal;
/* written by whoever reloads the configuration, read by all; nothing hangs on when they see it */
static atomic_int log_most = LOG_LEVEL_INFO;

/* Is standard error the journal itself? The variable alone is inherited by what writes elsewhere
 * (systemd.exec(5), $JOURNAL_STREAM: device and inode, separated by a colon). */
static bool to_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct slice inode = slice_of(stream);
	struct slice device = slice_cut(&inode, ':');
	uint64_t want_device;
	uint64_t want_inode;
	struct stat st;

	return slice_u64(device, UINT64_MAX, &want_device) == 0 &&
	       slice_u64(inode, UINT64_MAX, &want_inode) == 0 && fstat(STDERR_FILENO, &st) == 0 &&
	       want_device == st.st_dev && want_inode == st.st_ino;
}

enum log_level log_level_named(const char *name)
{
	for (unsigned i = 0; log_level_names[i] != NULL; i++) {
		if (strcmp(log_level_names[i], name) == 0) {
			return (enum log_level)i;
		}
	}
	return LOG_LEVEL_INFO;
}

void log_open(const char *program, enum log_level most)
{
	log_program = program;
	log_journal = to_journal();
	log_set_level(most);
}

void log_set_level(enum log_level most)
{
	atomic_store_explicit(&log_most, (int)most, memory_order_relaxed);
}

static bool too_quiet(enum log_level level)
{
	return (int)level > atomic_load_explicit(&log_most, memory_order_relaxed);
}

/* What came from a file or a peer must not forge a line of its own or steer a terminal. */
static void defuse(char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < ' ' || c == 0x7f) {
			*text = '?';
		}
	}
}

static void write_line(enum log_level level, const char *part, char *text)
{
	static const int syslog_level[] = { 3, 4, 6, 7 };
	static const char *const word[] = { "error: ", "warning: ", "", "" };

	defuse(text);
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

	if (too_quiet(level)) {
		return;
	}
	text[0] = '\0';
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

	if (too_quiet(level)) {
		return;
	}
	if (limit->last_mono_us != 0 && now_us - limit->last_mono_us < LIMIT_US) {
		limit->left_out++;
		return;
	}
	text[0] = '\0';
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
