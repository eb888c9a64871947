/*
 * Follows or replays queue_log; see queue_log.h. Owns the reading (tail or replay), both trackers
 * (queue_feed) and one timer. Works in turns of at most LINES_READ_BYTES, so that the loop serves
 * others between them.
 *
 * The checkpoint is the place in the log and the state of the trackers at that place, so a restart
 * goes on as if nothing had happened: records emitted after the last checkpoint are emitted again,
 * equal to the first time.
 */
#include "agent/sources/queue_log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/sources/replay.h"
#include "agent/sources/tail.h"
#include "agent/track/queue_feed.h"
#include "common/instream.h"
#include "common/log.h"
#include "cxmeter/source.h"
#include "proto/evidence.pb-c.h"

#define NAME                 "queue_log"
#define CHECKPOINT_VERSION   1
#define CHECKPOINT_MAX_BYTES (QUEUE_FEED_STATE_MAX_BYTES + TAIL_PLACE_MAX_BYTES)
#define SETTLE_US            INT64_C(5000000) /* Asterisk writes to the old file until its logger is told */
#define FIRST_LINES          64               /* looked at for a time */
#define CHECK_BYTES          4096

/* Lines that were lost, from the last one before; told when the first one behind is there. */
struct pending_gap {
	bool due;
	Cxm__Gap__Reason reason;
	int64_t from_us;
};

struct source {
	struct source_env e;
	struct queue_feed feed;
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

/* ---- configuration ---- */

#define POLL_MS    500
#define MAX_OPEN   8192 /* ten times what one Asterisk holds in queues */
#define MAX_AGE_MS INT64_C(86400000)

static const struct conf_item items[] = {
	{ .name = "file",
	  .type = CONF_PATH,
	  .offset = offsetof(struct queue_log_conf, file),
	  .help = "The log to follow, usually /var/log/asterisk/queue_log." },
	{ .name = "files",
	  .type = CONF_TEXTS,
	  .offset = offsetof(struct queue_log_conf, files),
	  .max = REPLAY_FILES_MAX,
	  .help = "Logs to read once (replay); .gz and .zst are unpacked." },
	{ .name = "poll",
	  .type = CONF_DURATION,
	  .offset = offsetof(struct queue_log_conf, poll_ms),
	  .min = 50,
	  .max = 60000,
	  .def = "500ms",
	  .help = "How often a log that has been read to its end is looked at." },
	{ .name = "max_open",
	  .type = CONF_INT,
	  .offset = offsetof(struct queue_log_conf, max_open),
	  .min = QUEUE_CALL_OPEN_MIN,
	  .max = QUEUE_CALL_OPEN_MAX,
	  .def = "8192",
	  .help = "Contacts in queues at one time; beyond, the oldest is given up and a gap says "
	          "so." },
	{ .name = "max_age",
	  .type = CONF_DURATION,
	  .offset = offsetof(struct queue_log_conf, max_age_ms),
	  .min = 60000,
	  .max = INT64_C(30) * 86400000,
	  .def = "24h",
	  .help = "A contact that is in a queue for longer has lost its end." },
	{ .name = "from_start",
	  .type = CONF_BOOL,
	  .offset = offsetof(struct queue_log_conf, from_start),
	  .def = "true",
	  .help = "At the very first start read the whole log and its rotated parts, not only what "
	          "comes." },
	{ .name = "no_handoffs",
	  .type = CONF_BOOL,
	  .offset = offsetof(struct queue_log_conf, no_handoffs),
	  .def = "false",
	  .help = "Leave hand-offs to a cel source, which knows more of them; so it is anyway "
	          "where "
	          "this agent has one." },
};

static const struct conf_schema schema = { items, sizeof(items) / sizeof(items[0]),
	                                   sizeof(struct queue_log_conf), CONF_NO_LINE };

/* UTF-16 has a mark or a NUL in every other byte. */
static bool looks_utf16(const char *bytes, size_t n)
{
	size_t nuls = 0;

	for (size_t i = 0; i < n; i++) {
		nuls += bytes[i] == '\0' ? 1 : 0;
	}
	return (n >= 2 &&
	        (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0)) ||
	       nuls > n / 4;
}

/* Would this be read as a queue_log? Damage further down is counted when it is read. */
static int check_content(const char *path, struct instream *in, struct fault *fault)
{
	char bytes[CHECK_BYTES];
	ssize_t n = instream_read(in, bytes, sizeof(bytes));
	struct slice text = { bytes, n > 0 ? (size_t)n : 0 };

	if (n < 0) {
		return fault_set(fault, (int)n, "%s: cannot read: %s", path,
		                 n == -EBADMSG ? "damaged compression" : strerror((int)-n));
	}
	if (looks_utf16(bytes, text.len)) {
		return fault_set(fault, -EINVAL,
		                 "%s: is UTF-16; convert it: iconv -f UTF-16 -t UTF-8", path);
	}
	if (text.len > 0 && memchr(bytes, '\n', text.len) != NULL &&
	    queue_feed_first_us(text, FIRST_LINES) < 0) {
		return fault_set(fault, -EINVAL,
		                 "%s: is no queue_log: none of its first lines is "
		                 "epoch|uniqueid|queue|agent|event|...",
		                 path);
	}
	return 0;
}

static int check_followed(const char *path, struct fault *fault)
{
	int fd = env_open_regular(&env_system, path, NULL);
	struct instream *in;
	int rc;

	if (fd == -ENOENT) { /* app_queue makes it with its first line, so it may come */
		return fault_set(fault, 1,
		                 "%s: is not there (yet): Asterisk writes it when queue_log = yes "
		                 "in logger.conf",
		                 path);
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
		rc = check_content(path, in, fault);
		instream_close(in);
	}
	return rc;
}

static int check_files(const struct conf_list *files, struct fault *fault)
{
	const char *const *paths = files->items;

	for (size_t i = 0; i < files->count; i++) {
		struct instream *in;
		int rc = instream_open(&in, paths[i], fault);

		if (rc == 0) {
			rc = check_content(paths[i], in, fault);
			instream_close(in);
		}
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

static int check(const void *conf, struct fault *fault)
{
	const struct queue_log_conf *c = conf;

	if (c->file == NULL && c->files.count == 0) {
		return fault_set(fault, -EINVAL, "file: say which log to follow");
	}
	return c->file != NULL ? check_followed(c->file, fault) : check_files(&c->files, fault);
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
	m.source = CXM__SOURCE__QUEUE_LOG;
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
		emit_gap(s, queue_feed_first_us(block, FIRST_LINES));
	}
	queue_feed_lines(&s->feed, block);
}

static int64_t on_first_us(void *arg, struct slice block)
{
	(void)arg;
	return queue_feed_first_us(block, FIRST_LINES);
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
	s->gap = (struct pending_gap){ true, reasons[why], queue_call_last_us(s->feed.calls) };
}

/* ---- turns ---- */

static void say_summary(struct source *s)
{
	buf_reset(&s->state);
	queue_feed_describe(&s->feed, &s->state);
	log_info(NAME, "%s: %s", s->part, buf_text(&s->state));
}

static bool nothing_understood(const struct source *s)
{
	return s->feed.counters.lines[QUEUE_LINE_OK] == 0 &&
	       queue_feed_malformed(&s->feed) + replay_partial(s->replay) > 0;
}

static void finish_replay(struct source *s)
{
	int rc = replay_rc(s->replay);

	queue_feed_finish(&s->feed);
	if (s->gap.due) {
		emit_gap(s, -1);
	}
	if (rc == 0 && nothing_understood(s)) {
		log_err(NAME, "%s: no line of it is a queue_log line", s->part);
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

	if (!more) { /* all that was written has been read */
		queue_call_tick(s->feed.calls, env_wall_us(s->e.env));
	}
	if (more || s->emitted != emitted) {
		s->changed = true;
		if (s->emitted == emitted && s->e.touched != NULL) {
			s->e.touched(s->e.agent);
		}
	}
	return more;
}

bool queue_log_turn(struct source *s)
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
	schedule(s, queue_log_turn(s) ? 0 : s->poll_ms);
}

/* ---- checkpoint: u8 version, place, u8 reason + 1 of a gap that is due, u64 from, state of the
 * trackers ---- */

static int checkpoint(struct source *s, struct buf *out)
{
	if (s->tail == NULL || !s->changed) {
		return 0;
	}
	buf_reset(&s->state);
	buf_add_char(&s->state, CHECKPOINT_VERSION);
	tail_save(s->tail, &s->state);
	buf_add_char(&s->state, (char)(s->gap.due ? (int)s->gap.reason + 1 : 0));
	buf_add_u64le(&s->state, (uint64_t)s->gap.from_us);
	queue_feed_save(&s->feed, &s->state);
	if (s->state.failed) { /* the old one stays: what came since would be read again */
		log_err(NAME, "%s: no memory for the position", s->part);
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
		rc = queue_feed_load(&s->feed, &in);
	}
	return rc == 0 && cursor_left(&in) > 0 ? -EBADMSG : rc;
}

/* ---- life ---- */

static void close_source(struct source *s)
{
	if (s == NULL) {
		return;
	}
	if (s->timer != NULL) {
		event_free(s->timer);
	}
	tail_free(s->tail);
	replay_free(s->replay);
	queue_feed_deinit(&s->feed);
	buf_free(&s->state);
	free(s->part);
	free(s);
}

static int open_feed(struct source *s, const struct queue_log_conf *conf)
{
	struct queue_call_options options = {
		.pseudonym = s->e.pseudonym,
		.host = s->e.host,
		.max_open = conf->max_open > 0 ? (uint32_t)conf->max_open : MAX_OPEN,
		.max_age_us = (conf->max_age_ms > 0 ? conf->max_age_ms : MAX_AGE_MS) * 1000,
		.no_handoffs = conf->no_handoffs,
	};
	struct emit emit = { on_record, s };

	return queue_feed_init(&s->feed, &options, &emit);
}

static int open_tail(struct source *s, const struct queue_log_conf *conf)
{
	struct tail_handler handler = { s, on_lines, on_first_us, on_gap };
	struct tail_options options = { s->e.env, NAME, conf->file, conf->from_start, SETTLE_US };
	int rc = tail_new(&s->tail, &options, &handler);

	if (rc != 0 || cursor_left(&s->e.checkpoint) == 0) {
		return rc;
	}
	if (load(s) == 0) {
		return 0;
	}
	log_warn(NAME,
	         "%s: the stored position cannot be used; reading anew (what is stored already "
	         "is recognised)",
	         conf->file);
	s->gap = (struct pending_gap){ .due = false };
	tail_free(s->tail);
	s->tail = NULL;
	queue_feed_deinit(&s->feed);
	rc = open_feed(s, conf);
	return rc == 0 ? tail_new(&s->tail, &options, &handler) : rc;
}

static int open_reading(struct source *s, const struct queue_log_conf *conf, struct fault *fault)
{
	struct tail_handler handler = { s, on_lines, on_first_us, on_gap };
	bool named = s->e.one_shot && conf->files.count > 0;
	const char *const *paths = named ? conf->files.items : &conf->file;
	const char *slash = strrchr(paths[0], '/');

	if (s->e.one_shot) {
		int rc = replay_new(&s->replay, NAME, paths, named ? conf->files.count : 1,
		                    &handler, fault);

		if (rc != 0) {
			return rc;
		}
	}
	s->part = strdup(slash != NULL ? slash + 1 : paths[0]);
	return s->part != NULL && (s->replay != NULL || open_tail(s, conf) == 0)
	               ? 0
	               : fault_set(fault, -ENOMEM, "out of memory");
}

static int open_source(struct source **out, const struct source_env *env, struct fault *fault)
{
	const struct queue_log_conf *conf = env->conf;
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
	s->poll_ms = conf->poll_ms > 0 ? conf->poll_ms : POLL_MS;
	buf_init(&s->state, CHECKPOINT_MAX_BYTES);
	rc = open_feed(s, conf) == 0 ? open_reading(s, conf, fault)
	                             : fault_set(fault, -ENOMEM, "out of memory");
	if (rc == 0 && env->base != NULL) {
		s->timer = evtimer_new(env->base, timer_cb, s);
		rc = s->timer != NULL ? 0 : fault_set(fault, -ENOMEM, "out of memory");
	}
	s->e.checkpoint = cursor_of(NULL, 0); /* borrowed for open only */
	s->e.conf = NULL;
	if (rc != 0) {
		close_source(s);
		return rc;
	}
	*out = s;
	return 0;
}

static int start(struct source *s)
{
	s->running = true;
	schedule(s, 0);
	return 0;
}

static void pause_source(struct source *s)
{
	s->paused = true;
	if (s->timer != NULL) {
		(void)evtimer_del(s->timer);
	}
}

static void resume(struct source *s)
{
	s->paused = false;
	schedule(s, 0);
}

static void stop(struct source *s)
{
	if (s->timer != NULL) {
		(void)evtimer_del(s->timer);
	}
	if (s->running && !s->done) {
		say_summary(s);
	}
	s->running = false;
}

static void progress(const struct source *s, struct source_progress *out)
{
	uint64_t partial =
		s->replay != NULL ? replay_partial(s->replay) : tail_counters(s->tail)->partial;

	*out = (struct source_progress){ .what = s->part,
		                         .records = s->emitted,
		                         .rejected = queue_feed_malformed(&s->feed) + partial };
	if (s->replay != NULL) {
		replay_progress(s->replay, &out->done, &out->all);
	} else {
		tail_progress(s->tail, &out->done, &out->all);
	}
}

const struct source_ops source_queue_log = {
	.name = NAME,
	.schema = &schema,
	.check = check,
	.open = open_source,
	.start = start,
	.pause = pause_source,
	.resume = resume,
	.checkpoint = checkpoint,
	.committed = NULL,
	.progress = progress,
	.stop = stop,
	.close = close_source,
};
