/*
 * The drop folder; see dropbox.h. Owns the list of its files, the one that is read, and a timer.
 * Works in turns of at most DROPBOX_ROWS rows.
 *
 * There is no position to store: a file that was not read to its end, or not moved away, is read
 * again after a crash, and its rows are recognised by their keys. The checkpoint only makes the
 * agent say when the last row of a file is on disk.
 */
#include "agent/sources/dropbox.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/sources/attest.h"
#include "agent/sources/dropbox_check.h"
#include "agent/sources/dropbox_list.h"
#include "agent/sources/dropbox_reader.h"
#include "common/log.h"
#include "cxmeter/source.h"

#define NAME               "dropbox"
#define DROPBOX_ROWS       1000 /* a turn */
#define DONE               "done"
#define REJECTED           "rejected"
#define UNIQUE_MAX         10000 /* files of one name kept */
#define CHECKPOINT_VERSION 1

struct source {
	struct source_env e;
	char *directory; /* owned */
	int64_t poll_ms;
	int64_t settle_us;
	struct dropbox_rules rules;
	struct dropbox_list list;
	struct dropbox_reader reader;
	struct dropbox_file *reading; /* in the list; NULL: none */
	struct event *timer;          /* owned; NULL without a loop */
	int64_t scanned_mono_us;
	uint64_t files; /* read to their end */
	uint64_t emitted;
	uint64_t rejected; /* of all kinds, of the files before the one being read */
	uint64_t bads[DROPBOX_BADS];
	uint64_t refused; /* files of which nothing could be used */
	uint64_t done_bytes;
	int rc;        /* one_shot: what went wrong first */
	int trouble;   /* why the folder could not be listed; said once */
	bool scanned;  /* one_shot: the folder was looked at */
	bool covering; /* a file was read to its end since the last checkpoint */
	bool running;
	bool paused;
	bool done;
};

/* ---- where files go ---- */

static bool is_there(const struct source *s, const char *path)
{
	int fd = env_open_regular(s->e.env, path, NULL);

	if (fd >= 0) {
		(void)s->e.env->close(s->e.env->arg, fd);
	}
	return fd != -ENOENT;
}

/* A path in done/ or rejected/ that is not taken: name, name.2, name.3 ... */
static bool free_path(const struct source *s, const char *sub, const char *name, char *out)
{
	char unique[DROPBOX_NAME_MAX + 32];

	for (unsigned i = 1; i <= UNIQUE_MAX; i++) {
		if (i == 1) {
			(void)snprintf(unique, sizeof(unique), "%s", name);
		} else {
			(void)snprintf(unique, sizeof(unique), "%s.%u", name, i);
		}
		if (!dropbox_path(&s->list, sub, unique, out)) {
			return false;
		}
		if (!is_there(s, out)) {
			return true;
		}
	}
	return false;
}

/* The signature goes where its statement went; there may be none. */
static void move_signature(struct source *s, const char *from, const char *to)
{
	char from_sig[DROPBOX_PATH_MAX + sizeof(ATTEST_SUFFIX)];
	char to_sig[DROPBOX_PATH_MAX + sizeof(ATTEST_SUFFIX)];
	int rc;

	(void)snprintf(from_sig, sizeof(from_sig), "%s%s", from, ATTEST_SUFFIX);
	(void)snprintf(to_sig, sizeof(to_sig), "%s%s", to, ATTEST_SUFFIX);
	rc = s->e.env->rename(s->e.env->arg, from_sig, to_sig);
	if (rc != 0 && rc != -ENOENT) {
		log_warn(NAME, "%s: cannot be moved: %s", from_sig, strerror(-rc));
	}
}

/* Move a file away unless it was changed while it was read: then it is read again. */
static void move_away(struct source *s, struct dropbox_file *f)
{
	const char *sub = f->good ? DONE : REJECTED;
	char from[DROPBOX_PATH_MAX];
	char to[DROPBOX_PATH_MAX];
	struct stat st;
	int fd = dropbox_list_open(&s->list, f, &st);
	int rc = -ENAMETOOLONG;

	if (fd < 0) {
		f->state = DROPBOX_LEFT; /* somebody else moved it */
		return;
	}
	(void)s->e.env->close(s->e.env->arg, fd);
	if (!dropbox_file_same(f, &st)) {
		log_info(NAME, "%s: changed while it was read: it is read again", f->name);
		f->state = DROPBOX_SETTLING;
		f->size = -1;
		return;
	}
	if (dropbox_path(&s->list, "", f->name, from) && free_path(s, sub, f->name, to)) {
		rc = s->e.env->rename(s->e.env->arg, from, to);
	}
	if (rc == 0 && attest_name(f->name)) {
		move_signature(s, from, to);
	}
	f->state = DROPBOX_LEFT; /* also when it is still there: not to be read for ever */
	if (rc != 0) {
		log_err(NAME, "%s: cannot be moved to %s/: %s; it stays until it changes", f->name,
		        sub, strerror(-rc));
	}
}

/* rejected/<name>.errors: what could not be used, by line. */
static void write_rejects(struct source *s)
{
	const struct env *env = s->e.env;
	struct dropbox_reader *r = &s->reader;
	char name[DROPBOX_NAME_MAX + 16];
	char path[DROPBOX_PATH_MAX];
	int fd = -ENAMETOOLONG;
	int rc;

	(void)snprintf(name, sizeof(name), "%s.errors", r->name);
	if (free_path(s, REJECTED, name, path)) {
		fd = env->open(env->arg, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0640);
	}
	rc = fd >= 0 ? env_pwrite_all(env, fd, r->rejects.data, r->rejects.len, 0) : fd;
	if (fd >= 0) {
		(void)env->close(env->arg, fd);
	}
	if (rc != 0) {
		log_err(NAME, "%s/%s: cannot be written: %s", REJECTED, name, strerror(-rc));
	}
}

/* ---- reading ---- */

static void end_of_file(struct source *s, int rc)
{
	struct dropbox_file *f = s->reading;

	if (s->reader.good == 0 && s->reader.bad == 0) {
		dropbox_reader_note(&s->reader, DROPBOX_BAD_EMPTY, 0, "there is no row in it");
	}
	dropbox_reader_finish(&s->reader);
	s->files++;
	s->rejected += s->reader.bad;
	for (size_t i = 0; i < DROPBOX_BADS; i++) {
		s->bads[i] += s->reader.bads[i];
	}
	s->done_bytes += f->size > 0 ? (uint64_t)f->size : 0;
	s->rc = s->rc == 0 ? rc : s->rc;
	f->good = s->reader.good > 0;
	s->refused += f->good ? 0 : 1;
	f->state = DROPBOX_READ;
	if (!s->e.one_shot) {
		if (s->reader.bad > 0) {
			write_rejects(s);
		}
		if (f->good) {
			s->covering = true;
		} else {
			move_away(s, f); /* nothing of it has to reach the disk first */
		}
	}
	dropbox_reader_close(&s->reader);
	s->reading = NULL;
	if (s->covering && s->e.touched != NULL) {
		s->e.touched(s->e.agent);
	}
}

static void read_rows(struct source *s)
{
	unsigned look = DROPBOX_ROWS;
	ProtobufCMessage *m;
	int rc;

	while ((rc = dropbox_reader_next(&s->reader, &look, &m)) == 1) {
		if (s->e.emit(s->e.agent, m) == 0) {
			s->emitted++;
		} else {
			dropbox_reader_take_back(&s->reader, "the row is too big for a record");
		}
	}
	if (rc != -EAGAIN) {
		end_of_file(s, rc);
	}
}

static int signature_of(const struct source *s, const struct dropbox_file *f)
{
	int fd = dropbox_list_open_signature(&s->list, f);

	if (fd < 0 && fd != -ENOENT) {
		log_warn(NAME, "%s%s: cannot be read: %s", f->name, ATTEST_SUFFIX, strerror(-fd));
	}
	return fd < 0 ? -1 : fd;
}

/* Begin the next file that is ready; false when there is none. */
static bool begin_file(struct source *s)
{
	struct dropbox_file *f = dropbox_list_ready(&s->list, s->e.one_shot ? 0 : s->settle_us);
	struct stat st;
	int fd;
	int rc;

	if (f == NULL) {
		return false;
	}
	fd = dropbox_list_open(&s->list, f, &st);
	if (fd < 0 || !dropbox_file_same(f, &st)) {
		if (fd >= 0) {
			(void)s->e.env->close(s->e.env->arg, fd);
		}
		f->size = -1; /* looked at again in the next pass */
		return true;
	}
	s->reading = f;
	rc = dropbox_reader_open(&s->reader,
	                         &(struct dropbox_input){ .source = NAME,
	                                                  .name = f->name,
	                                                  .fd = fd,
	                                                  .signature_fd = signature_of(s, f) },
	                         &s->rules);
	if (rc != 0) {
		end_of_file(s, rc);
	}
	return true;
}

static void scan(struct source *s)
{
	int rc = dropbox_list_scan(&s->list);

	s->scanned = true;
	s->scanned_mono_us = env_mono_us(s->e.env);
	if (rc != s->trouble && rc != 0) {
		log_warn(NAME, "%s: cannot list the folder: %s; will try again", s->directory,
		         strerror(-rc));
	}
	if (s->list.beyond > 0) {
		log_warn(NAME,
		         "%s: %zu files more than are looked at in one pass, or with names "
		         "that are too long",
		         s->directory, s->list.beyond);
	}
	s->trouble = rc;
	if (s->e.one_shot) {
		s->rc = rc != 0 ? rc : s->list.beyond > 0 ? -E2BIG : 0;
	}
}

static bool turn_of_one_shot(struct source *s)
{
	if (!s->scanned) {
		scan(s);
	}
	if (begin_file(s)) {
		return true;
	}
	s->done = true;
	if (s->e.done != NULL) {
		s->e.done(s->e.agent, s, s->rc);
	}
	return false;
}

static bool turn_of_folder(struct source *s)
{
	if (begin_file(s)) {
		return true;
	}
	if (s->scanned && env_mono_us(s->e.env) - s->scanned_mono_us < s->poll_ms * 1000) {
		return false;
	}
	scan(s);
	return begin_file(s);
}

bool dropbox_turn(struct source *s)
{
	if (!s->running || s->paused || s->done) {
		return false;
	}
	if (s->reading != NULL) {
		read_rows(s);
		return true;
	}
	return s->e.one_shot ? turn_of_one_shot(s) : turn_of_folder(s);
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
	schedule(s, dropbox_turn(s) ? 0 : s->poll_ms);
}

/* ---- durability ---- */

static void change_all(struct source *s, enum dropbox_state from, enum dropbox_state to)
{
	for (size_t i = 0; i < s->list.count; i++) {
		struct dropbox_file *f = &s->list.files[i];

		f->state = f->state == from ? to : f->state;
	}
}

/* u8 version, u64 files read: nothing is read back, but its change makes the agent commit and say
 * so. */
static int checkpoint(struct source *s, struct buf *out)
{
	if (!s->covering) {
		return 0;
	}
	buf_add_char(out, CHECKPOINT_VERSION);
	buf_add_u64le(out, s->files);
	change_all(s, DROPBOX_READ, DROPBOX_COVERED);
	s->covering = false;
	return 1;
}

static void committed(struct source *s)
{
	for (size_t i = 0; i < s->list.count; i++) {
		if (s->list.files[i].state == DROPBOX_COVERED) {
			move_away(s, &s->list.files[i]);
		}
	}
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
	if (s->reading != NULL) {
		dropbox_reader_close(&s->reader);
	}
	dropbox_list_free(&s->list);
	dropbox_rules_free(&s->rules);
	free(s->directory);
	free(s);
}

static int make_folders(const struct source *s, struct fault *fault)
{
	static const char *const subs[] = { DONE, REJECTED };
	char path[DROPBOX_PATH_MAX];

	for (size_t i = 0; i < sizeof(subs) / sizeof(subs[0]); i++) {
		int rc = dropbox_path(&s->list, "", subs[i], path)
		                 ? s->e.env->mkdir(s->e.env->arg, path, 0750)
		                 : -ENAMETOOLONG;

		if (rc != 0 && rc != -EEXIST) {
			return fault_set(fault, rc, "%s/%s: cannot be made: %s", s->directory,
			                 subs[i], strerror(-rc));
		}
	}
	return 0;
}

static int open_parts(struct source *s, const struct dropbox_conf *conf, struct fault *fault)
{
	int rc = dropbox_check_folder(s->directory, fault);

	if (rc == 0) {
		rc = dropbox_rules_init(&s->rules, conf, s->e.catalog, s->e.pseudonym, s->e.host,
		                        fault);
	}
	if (rc == 0 && !s->e.one_shot) {
		rc = make_folders(s, fault);
	}
	if (rc == 0 && s->e.base != NULL) {
		s->timer = evtimer_new(s->e.base, timer_cb, s);
		rc = s->timer != NULL ? 0 : fault_set(fault, -ENOMEM, "out of memory");
	}
	return rc;
}

static int open_source(struct source **out, const struct source_env *env, struct fault *fault)
{
	const struct dropbox_conf *conf = env->conf;
	struct source *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL || (s->directory = strdup(conf->directory)) == NULL) {
		free(s);
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	s->e = *env;
	s->e.conf = NULL; /* both borrowed for open only */
	s->e.checkpoint = cursor_of(NULL, 0);
	s->poll_ms = conf->poll_ms;
	s->settle_us = conf->settle_ms * 1000;
	arena_init(&s->rules.arena, 0);
	dropbox_list_init(&s->list, env->env, NAME, s->directory);
	rc = open_parts(s, conf, fault);
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
	s->running = false;
}

static void progress(const struct source *s, struct source_progress *out)
{
	uint64_t all = 0;

	for (size_t i = 0; i < s->list.count; i++) {
		all += s->list.files[i].size > 0 ? (uint64_t)s->list.files[i].size : 0;
	}
	*out = (struct source_progress){
		.what = s->directory,
		.done = s->done_bytes +
		        (s->reading != NULL ? dropbox_reader_done_bytes(&s->reader) : 0),
		.all = s->e.one_shot ? all : 0,
		.records = s->emitted,
		.rejected = s->rejected + (s->reading != NULL ? s->reader.bad : 0),
	};
	if (s->trouble != 0) {
		(void)snprintf(out->trouble, sizeof(out->trouble), "%s: cannot list the folder: %s",
		               s->directory, strerror(-s->trouble));
	}
}

static void counters(const struct source *s, const struct source_tally *to)
{
	source_tell(to, SOURCE_TAKEN, "files", s->files);
	source_tell(to, SOURCE_TAKEN, "rows", s->emitted);
	for (int i = 0; i < DROPBOX_BADS; i++) {
		source_tell(to, SOURCE_MALFORMED, dropbox_bad_name((enum dropbox_bad)i),
		            s->bads[i] + (s->reading != NULL ? s->reader.bads[i] : 0));
	}
	source_tell(to, SOURCE_MALFORMED, "refused_file", s->refused);
	source_tell(to, SOURCE_LOST, "files_beyond_limit", s->list.beyond);
}

const struct source_ops source_dropbox = {
	.name = NAME,
	.schema = &dropbox_schema,
	.check = dropbox_check,
	.examine = dropbox_examine,
	.open = open_source,
	.start = start,
	.pause = pause_source,
	.resume = resume,
	.checkpoint = checkpoint,
	.committed = committed,
	.progress = progress,
	.counters = counters,
	.stop = stop,
	.close = close_source,
};
