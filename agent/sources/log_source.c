/*
 * Follows or replays one log for a feed; see log_source.h. Owns the reading, the feed and one
 * timer. Works in turns of at most LINES_READ_BYTES, so that the loop serves others between them.
 */
#include "agent/sources/log_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/sources/replay.h"
#include "agent/sources/tail.h"
#include "agent/track/emit.h"
#include "common/log.h"

#define CHECKPOINT_VERSION 1
#define SETTLE_US          INT64_C(5000000) /* Asterisk writes to the old file until it is told */
#define CHECK_BYTES        4096

/* Lines that were lost, from the last one before; told when the first one behind is there. */
struct pending_gap {
	bool due;
	Cxm__Gap__Reason reason;
	int64_t from_us;
};

struct source {
	struct source_env e;
	const struct log_feed_ops *ops;
	void *feed;            /* owned */
	struct tail *tail;     /* owned; NULL in one_shot */
	struct replay *replay; /* owned; NULL otherwise */
	struct event *timer;   /* owned; NULL without a loop */
	int64_t poll_ms;
	char *part; /* owned; name of the log in gaps */
	struct pending_gap gap;
	struct buf state; /* scratch for checkpoints */
	uint64_t emitted;
	bool running;
	bool paused;
	bool changed; /* since the last checkpoint */
	bool done;    /* one_shot: said so */
};

/* ---- check ---- */

/* UTF-16 has a mark or a NUL in every other byte. */
static bool looks_utf16(struct slice text)
{
	size_t nuls = 0;

	for (size_t i = 0; i < text.len; i++) {
		nuls += text.at[i] == '\0' ? 1 : 0;
	}
	return (text.len >= 2 &&
	        (memcmp(text.at, "\xff\xfe", 2) == 0 || memcmp(text.at, "\xfe\xff", 2) == 0)) ||
	       nuls > text.len / 4;
}

/* Would this be read as such a log? Damage further down is counted when it is read. */
static int check_content(const struct log_feed_ops *ops, void *feed, const char *path,
                         struct instream *in, struct fault *fault)
{
	char bytes[CHECK_BYTES];
	ssize_t n = instream_read(in, bytes, sizeof(bytes));
	struct slice text = { bytes, n > 0 ? (size_t)n : 0 };

	if (n < 0) {
		return fault_set(fault, (int)n, "%s: cannot read: %s", path,
		                 n == -EBADMSG ? "damaged compression" : strerror((int)-n));
	}
	if (looks_utf16(text)) {
		return fault_set(fault, -EINVAL,
		                 "%s: is UTF-16; convert it: iconv -f UTF-16 -t UTF-8", path);
	}
	if (text.len == 0 && !ops->may_be_empty) {
		return fault_set(fault, 1, "%s: is empty: %s", path, ops->missing_hint);
	}
	if (memchr(bytes, '\n', text.len) != NULL && ops->first_us(feed, text) < 0) {
		return fault_set(fault, -EINVAL, "%s: is no %s: none of its first lines is %s",
		                 path, ops->log_is, ops->line_is);
	}
	return 0;
}

static int check_followed(const struct log_feed_ops *ops, void *feed, const char *path,
                          struct fault *fault)
{
	int fd = env_open_regular(&env_system, path, NULL);
	struct instream *in;
	int rc;

	if (fd == -ENOENT) {
		return fault_set(fault, 1, "%s: is not there (yet): %s", path, ops->missing_hint);
	}
	if (fd == -EACCES) {
		return fault_set(fault, fd,
		                 "%s: may not be read: put the agent's user into the group of the "
		                 "file (usually asterisk)",
		                 path);
	}
	if (fd == -ELOOP || fd == -EINVAL) {
		return fault_set(fault, fd,
		                 "%s: is a symbolic link, directory, FIFO or device; name the log "
		                 "itself",
		                 path);
	}
	if (fd < 0) {
		return fault_set(fault, fd, "%s: cannot open: %s", path, strerror(-fd));
	}
	rc = instream_open_fd(&in, fd, path, fault);
	if (rc == 0) {
		rc = check_content(ops, feed, path, in, fault);
		instream_close(in);
	}
	return rc;
}

int log_source_check(const struct log_feed_ops *ops, const struct log_source_conf *conf, void *feed,
                     struct fault *fault)
{
	const char *const *paths = conf->files.items;
	int rc = 0;

	if (conf->file == NULL && conf->files.count == 0) {
		return fault_set(fault, -EINVAL, "file: say which log to follow");
	}
	if (conf->file != NULL) {
		return check_followed(ops, feed, conf->file, fault);
	}
	for (size_t i = 0; i < conf->files.count && rc >= 0; i++) {
		struct instream *in;

		rc = instream_open(&in, paths[i], fault);
		if (rc == 0) {
			rc = check_content(ops, feed, paths[i], in, fault);
			instream_close(in);
		}
	}
	return rc;
}

/* ---- records ---- */

static void on_record(void *arg, const ProtobufCMessage *m)
{
	struct source *s = arg;

	s->emitted++;
	(void)s->e.emit(s->e.agent, m); /* what is too big is counted there */
}

static void emit_gap(struct source *s, int64_t to_us)
{
	char host[CXM_LABEL_MAX_BYTES + 1];
	Cxm__Gap m = CXM__GAP__INIT;

	(void)snprintf(host, sizeof(host), "%s", s->e.host);
	m.at_us = s->gap.from_us;
	m.source = s->ops->source;
	m.host = host;
	m.reason = s->gap.reason;
	m.part = s->part;
	m.has_seen_us = 1;
	m.seen_us = to_us > m.at_us ? to_us : m.at_us;
	m.has_to_us = 1;
	m.to_us = m.seen_us;
	s->gap.due = false;
	on_record(s, &m.base);
}

static void on_lines(void *arg, struct slice block)
{
	struct source *s = arg;

	if (s->gap.due) {
		emit_gap(s, s->ops->first_us(s->feed, block));
	}
	s->ops->lines(s->feed, block);
}

static int64_t on_first_us(void *arg, struct slice block)
{
	struct source *s = arg;

	return s->ops->first_us(s->feed, block);
}

static void on_gap(void *arg, enum tail_gap why)
{
	static const Cxm__Gap__Reason reasons[] = {
		[TAIL_GAP_TRUNCATED] = CXM__GAP__REASON__FILE_TRUNCATED,
		[TAIL_GAP_LOST] = CXM__GAP__REASON__FILE_LOST,
		[TAIL_GAP_DAMAGED] = CXM__GAP__REASON__MALFORMED,
	};
	struct source *s = arg;

	if (s->gap.due) {
		emit_gap(s, -1);
	}
	s->gap = (struct pending_gap){ true, reasons[why], s->ops->last_us(s->feed) };
}

/* ---- turns ---- */

static void say_summary(struct source *s)
{
	buf_reset(&s->state);
	s->ops->describe(s->feed, &s->state);
	log_info(s->ops->name, "%s: %s", s->part, buf_text(&s->state));
}

static bool nothing_understood(const struct source *s)
{
	return s->ops->understood(s->feed) == 0 &&
	       s->ops->malformed(s->feed) + replay_partial(s->replay) > 0;
}

static void finish_replay(struct source *s)
{
	int rc = replay_rc(s->replay);

	s->ops->finish(s->feed);
	if (s->gap.due) {
		emit_gap(s, -1);
	}
	if (rc == 0 && nothing_understood(s)) {
		log_err(s->ops->name, "%s: no line of it is %s", s->part, s->ops->line_is);
		rc = -EBADMSG;
	}
	s->done = true;
	say_summary(s);
	if (s->e.done != NULL) {
		s->e.done(s->e.agent, s, rc);
	}
}

static bool turn_of_replay(struct source *s)
{
	if (replay_step(s->replay) == REPLAY_MORE) {
		return true;
	}
	finish_replay(s);
	return false;
}

static bool turn_of_tail(struct source *s)
{
	uint64_t emitted = s->emitted;
	bool more = tail_step(s->tail) == TAIL_MORE;

	if (!more && s->ops->tick != NULL) { /* all that was written has been read */
		s->ops->tick(s->feed, env_wall_us(s->e.env));
	}
	if (more || s->emitted != emitted) {
		s->changed = true;
		if (s->emitted == emitted && s->e.touched != NULL) {
			s->e.touched(s->e.agent);
		}
	}
	return more;
}

bool log_source_turn(struct source *s)
{
	if (!s->running || s->paused || s->done) {
		return false;
	}
	return s->replay != NULL ? turn_of_replay(s) : turn_of_tail(s);
}

static void schedule(struct source *s, int64_t wait_ms)
{
	struct timeval wait = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };

	if (s->timer != NULL && s->running && !s->paused && !s->done) {
		(void)evtimer_add(s->timer, &wait);
	}
}

static void timer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct source *s = arg;

	(void)fd;
	(void)what;
	schedule(s, log_source_turn(s) ? 0 : s->poll_ms);
}

/* ---- checkpoint: u8 version, place, u8 reason + 1 of a gap that is due, u64 from, state of the
 * trackers ---- */

int log_source_checkpoint(struct source *s, struct buf *out)
{
	if (s->tail == NULL || !s->changed) {
		return 0;
	}
	buf_reset(&s->state);
	buf_add_char(&s->state, CHECKPOINT_VERSION);
	tail_save(s->tail, &s->state);
	buf_add_char(&s->state, (char)(s->gap.due ? (int)s->gap.reason + 1 : 0));
	buf_add_u64le(&s->state, (uint64_t)s->gap.from_us);
	s->ops->save(s->feed, &s->state);
	if (s->state.failed) { /* the old one stays: what came since would be read again */
		log_err(s->ops->name, "%s: no memory for the position", s->part);
		return 0;
	}
	buf_add(out, s->state.data, s->state.len);
	s->changed = false;
	return 1;
}

static int load(struct source *s)
{
	struct cursor in = s->e.checkpoint;
	bool good = cursor_u8(&in) == CHECKPOINT_VERSION;
	unsigned reason;
	int rc = tail_load(s->tail, &in);

	reason = cursor_u8(&in);
	s->gap.from_us = (int64_t)cursor_u64le(&in);
	s->gap.due = reason > 0;
	s->gap.reason = (Cxm__Gap__Reason)(reason > 0 ? reason - 1 : 0);
	if (rc == 0 &&
	    (!good || in.bad || s->gap.from_us < 0 ||
	     (s->gap.due && protobuf_c_enum_descriptor_get_value(&cxm__gap__reason__descriptor,
	                                                         s->gap.reason) == NULL))) {
		rc = -EBADMSG;
	}
	if (rc == 0) {
		rc = s->ops->load(s->feed, &in);
	}
	return rc == 0 && cursor_left(&in) > 0 ? -EBADMSG : rc;
}

/* ---- life ---- */

void log_source_close(struct source *s)
{
	if (s == NULL) {
		return;
	}
	if (s->timer != NULL) {
		event_free(s->timer);
	}
	tail_free(s->tail);
	replay_free(s->replay);
	if (s->feed != NULL) {
		s->ops->free(s->feed);
	}
	buf_free(&s->state);
	free(s->part);
	free(s);
}

static int make_feed(struct source *s, struct fault *fault)
{
	struct emit emit = { on_record, s };

	s->feed = s->ops->make(&s->e, &emit, fault);
	return s->feed != NULL ? 0 : fault->code < 0 ? fault->code : -ENOMEM;
}

static int open_tail(struct source *s, const struct log_source_conf *conf, struct fault *fault)
{
	struct tail_handler handler = { s, on_lines, on_first_us, on_gap };
	struct tail_options options = { s->e.env, s->ops->name, conf->file, conf->from_start,
		                        SETTLE_US };
	int rc = tail_new(&s->tail, &options, &handler);

	if (rc != 0 || cursor_left(&s->e.checkpoint) == 0) {
		return rc;
	}
	if (load(s) == 0) {
		return 0;
	}
	log_warn(s->ops->name,
	         "%s: the stored position cannot be used; reading anew (what is stored already "
	         "is recognised)",
	         conf->file);
	s->gap = (struct pending_gap){ .due = false };
	tail_free(s->tail);
	s->tail = NULL;
	s->ops->free(s->feed);
	s->feed = NULL;
	rc = make_feed(s, fault);
	return rc == 0 ? tail_new(&s->tail, &options, &handler) : rc;
}

static int open_reading(struct source *s, const struct log_source_conf *conf, struct fault *fault)
{
	struct tail_handler handler = { s, on_lines, on_first_us, on_gap };
	bool named = s->e.one_shot && conf->files.count > 0;
	const char *const *paths = named ? conf->files.items : &conf->file;
	const char *slash = strrchr(paths[0], '/');

	if (s->e.one_shot) {
		int rc = replay_new(&s->replay, s->ops->name, paths, named ? conf->files.count : 1,
		                    &handler, fault);

		if (rc != 0) {
			return rc;
		}
	}
	s->part = strdup(slash != NULL ? slash + 1 : paths[0]);
	return s->part != NULL && (s->replay != NULL || open_tail(s, conf, fault) == 0)
	               ? 0
	               : fault_set(fault, -ENOMEM, "out of memory");
}

int log_source_open(struct source **out, const struct source_env *env,
                    const struct log_feed_ops *ops, const struct log_source_conf *conf,
                    struct fault *fault)
{
	struct source *s;
	int rc;

	if (conf->file == NULL && (!env->one_shot || conf->files.count == 0)) {
		return fault_set(fault, -EINVAL, "file: say which log to follow");
	}
	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	s->e = *env;
	s->ops = ops;
	s->poll_ms = conf->poll_ms > 0 ? conf->poll_ms : LOG_SOURCE_POLL_MS;
	buf_init(&s->state, ops->state_max_bytes + TAIL_PLACE_MAX_BYTES + 16);
	rc = make_feed(s, fault);
	rc = rc == 0 ? open_reading(s, conf, fault) : rc;
	if (rc == 0 && env->base != NULL) {
		s->timer = evtimer_new(env->base, timer_cb, s);
		rc = s->timer != NULL ? 0 : fault_set(fault, -ENOMEM, "out of memory");
	}
	s->e.checkpoint = cursor_of(NULL, 0); /* borrowed for open only */
	s->e.conf = NULL;
	if (rc != 0) {
		log_source_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

int log_source_start(struct source *s)
{
	s->running = true;
	schedule(s, 0);
	return 0;
}

void log_source_pause(struct source *s)
{
	s->paused = true;
	if (s->timer != NULL) {
		(void)evtimer_del(s->timer);
	}
}

void log_source_resume(struct source *s)
{
	s->paused = false;
	schedule(s, 0);
}

void log_source_stop(struct source *s)
{
	if (s->timer != NULL) {
		(void)evtimer_del(s->timer);
	}
	if (s->running && !s->done) {
		say_summary(s);
	}
	s->running = false;
}

static void say_trouble(const struct source *s, char *out, size_t size)
{
	int rc = tail_trouble(s->tail);

	if (rc == -ELOOP || rc == -EINVAL) {
		(void)snprintf(out, size,
		               "%s: a symbolic link, FIFO or device stands where a log should be: "
		               "name the log itself",
		               tail_path(s->tail));
	} else if (rc != 0) {
		(void)snprintf(out, size, "%s: cannot read: %s", tail_path(s->tail), strerror(-rc));
	}
}

void log_source_progress(const struct source *s, struct source_progress *out)
{
	uint64_t partial =
		s->replay != NULL ? replay_partial(s->replay) : tail_counters(s->tail)->partial;
	int64_t last_us = s->ops->last_us(s->feed);

	*out = (struct source_progress){ .what = s->part,
		                         .records = s->emitted,
		                         .rejected = s->ops->malformed(s->feed) + partial,
		                         .last_us = last_us > 0 ? last_us : 0 };
	if (s->replay != NULL) {
		replay_progress(s->replay, &out->done, &out->all);
	} else {
		tail_progress(s->tail, &out->done, &out->all);
		say_trouble(s, out->trouble, sizeof(out->trouble));
	}
}

void log_source_counters(const struct source *s, const struct source_tally *to)
{
	static const struct tail_counters none;
	const struct tail_counters *n = s->tail != NULL ? tail_counters(s->tail) : &none;

	s->ops->counters(s->feed, to);
	source_tell(to, SOURCE_MALFORMED, "partial_line",
	            s->replay != NULL ? replay_partial(s->replay) : n->partial);
	source_tell(to, SOURCE_MALFORMED, "damaged_file", n->damaged);
	source_tell(to, SOURCE_TAKEN, "files", n->files);
	source_tell(to, SOURCE_LOST, "file_cut", n->truncated);
	source_tell(to, SOURCE_LOST, "file_gone", n->lost);
}
