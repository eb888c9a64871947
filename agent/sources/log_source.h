/*
 * A source that follows one log file, or reads files of it once, whatever its lines mean: reading
 * (tail or replay), turns, timer, checkpoints and gaps. What lines mean is its feed's: a pure
 * tracker behind a few calls. queue_log.c, cel.c and cdr.c are feeds of this.
 *
 * The checkpoint is the place in the log and the state of the feed at that place, so a restart goes
 * on as if nothing had happened: what was emitted after the last checkpoint is emitted again, equal
 * to the first time.
 */
#pragma once

#include "agent/track/emit.h"
#include "common/instream.h"
#include "cxmeter/source.h"
#include "proto/evidence.pb-c.h"

#define LOG_SOURCE_FIRST_LINES 64 /* looked at for a time */

/* What a log's lines mean. `feed` is what make gave; the configuration of the source is env->conf.
 */
struct log_feed_ops {
	const char *name;         /* of the source */
	const char *log_is;       /* what its files are called, for messages */
	const char *line_is;      /* how a line of it looks, for messages */
	const char *missing_hint; /* why the file may not be there */
	bool may_be_empty;        /* a file without a line is nothing to warn of */
	Cxm__Source source;
	size_t state_max_bytes;
	void *(*make)(const struct source_env *env, const struct emit *emit, struct fault *fault);
	void (*free)(void *feed);
	void (*lines)(void *feed, struct slice block);
	int64_t (*first_us)(void *feed, struct slice block);
	int64_t (*last_us)(const void *feed);
	void (*tick)(void *feed, int64_t now_us); /* live, when all was read; may be NULL */
	void (*finish)(void *feed);
	void (*save)(const void *feed, struct buf *out);
	int (*load)(void *feed, struct cursor *in);
	uint64_t (*understood)(const void *feed); /* lines */
	uint64_t (*malformed)(const void *feed);
	void (*describe)(const void *feed, struct buf *out);
	void (*counters)(const void *feed, const struct source_tally *to);
};

/* What the configuration of every such source says of its files. */
struct log_source_conf {
	const char *file;       /* followed; with `files` not needed */
	struct conf_list files; /* const char *; read once (one_shot) */
	int64_t poll_ms;
	bool from_start;
};

#define LOG_SOURCE_POLL_MS 500

/* The first items of the schema of such a source, whose struct keeps a log_source_conf in `log`. */
/* clang-format off */
#define LOG_SOURCE_ITEMS(conf, usual_file)                                                         \
	{ .name = "file",                                                                          \
	  .type = CONF_PATH,                                                                       \
	  .offset = offsetof(conf, log.file),                                                      \
	  .help = "The log to follow, usually " usual_file "." },                                  \
	{ .name = "files",                                                                         \
	  .type = CONF_TEXTS,                                                                      \
	  .offset = offsetof(conf, log.files),                                                     \
	  .max = 4096,                                                                             \
	  .help = "Logs to read once (replay); .gz and .zst are unpacked." },                      \
	{ .name = "poll",                                                                          \
	  .type = CONF_DURATION,                                                                   \
	  .offset = offsetof(conf, log.poll_ms),                                                   \
	  .min = 50,                                                                               \
	  .max = 60000,                                                                            \
	  .def = "500ms",                                                                          \
	  .help = "How often a log that has been read to its end is looked at." },                 \
	{ .name = "from_start",                                                                    \
	  .type = CONF_BOOL,                                                                       \
	  .offset = offsetof(conf, log.from_start),                                                \
	  .def = "true",                                                                           \
	  .help = "At the very first start read the whole log and its rotated parts, not only what " \
	          "comes." }
/* clang-format on */
#define LOG_SOURCE_N_ITEMS 4

/** source_ops.open. @param conf  borrowed for the call, as env->conf. */
int log_source_open(struct source **out, const struct source_env *env,
                    const struct log_feed_ops *ops, const struct log_source_conf *conf,
                    struct fault *fault);

/** source_ops.check: can the files be read, and would they be understood? `feed` is what first_us
 * is asked with. */
int log_source_check(const struct log_feed_ops *ops, const struct log_source_conf *conf, void *feed,
                     struct fault *fault);

/** One turn of work: what the source's timer does. @return true when there is more to do at once.
 */
bool log_source_turn(struct source *s);

/* The rest of source_ops, the same for all. */
int log_source_start(struct source *s);
void log_source_pause(struct source *s);
void log_source_resume(struct source *s);
int log_source_checkpoint(struct source *s, struct buf *out);
void log_source_progress(const struct source *s, struct source_progress *out);
void log_source_counters(const struct source *s, const struct source_tally *to);
void log_source_stop(struct source *s);
void log_source_close(struct source *s);
