/*
 * The fs_cdr source: a folder (fs_folder.h), the record in each file (fs_cdr.h) and the trackers
 * the event socket has too, told as Source CDR. Works in turns of FILES_PER_TURN files. A replay
 * reads the whole folder once.
 */
#include "agent/sources/fs_cdr.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/decode/fs_cdr.h"
#include "agent/sources/fs_conf.h"
#include "agent/sources/fs_folder.h"
#include "agent/track/fs_visit.h"
#include "common/log.h"
#include "cxmeter/source.h"

#define NAME               "fs_cdr"
#define CHECKPOINT_VERSION 2 /* 1: without visits */
#define FILES_PER_TURN     64
#define FS_NUMBER_BYTES    24
#define NEVER_US           (INT64_C(86400) * 1000000) /* a record has its end, or never gets it */

struct source {
	struct source_env e;
	struct fs_cdr_conf conf;
	struct fs_folder folder;
	struct cc_contact *contact; /* owned, as the next four */
	struct fs_call *call;
	struct fs_visit *visit;
	char *text; /* of a file, and as much room for what is in it */
	struct event *timer;
	struct fs_facts facts;
	uint64_t emitted;
	uint64_t files;
	uint64_t bad_json;   /* files that are no record */
	uint64_t unnamed;    /* records that name no channel */
	uint64_t oversized;  /* files above FS_CDR_MAX_BYTES */
	uint64_t overlong;   /* records with more applications or transfers than are taken */
	uint64_t unreadable; /* files that could not be opened or read */
	int64_t last_us;     /* end of the latest record */
	int folder_rc;       /* of the last look, so that it is told once */
	bool done;           /* replay: all is read */
	bool running;
	bool paused;
	bool changed; /* since the last checkpoint */
};

/* ---- configuration ---- */

#define AT(member) offsetof(struct fs_cdr_conf, member)

static const struct conf_item items[] = {
	{ .name = "folder",
	  .type = CONF_PATH,
	  .offset = AT(folder),
	  .required = true,
	  .help = "Where mod_json_cdr leaves its files (*.json), usually "
	          "/var/log/freeswitch/json_cdr. They are read and left as they are." },
	{ .name = "encoded",
	  .type = CONF_BOOL,
	  .offset = AT(encoded),
	  .def = "true",
	  .help = "Variables are URL-encoded: `encode-values` in json_cdr.conf.xml is not false." },
	FS_ITEM_TRUNKS(AT(trunks), FS_HELP_OTHERS),
	FS_ITEM_VISITS(AT(visits)),
	{ .name = "poll",
	  .type = CONF_DURATION,
	  .offset = AT(poll_ms),
	  .min = 100,
	  .max = 3600000,
	  .def = "10s",
	  .help = "How often the folder is looked at." },
	FS_ITEM_MAX_CONTACTS(AT(max_contacts), FS_HELP_CONTACTS),
	FS_ITEM_MAX_CALLS(AT(max_calls), FS_HELP_CALLS),
	{ .name = "from_start",
	  .type = CONF_BOOL,
	  .offset = AT(from_start),
	  .def = "true",
	  .help = "At the very first start read all files that are there, not only what comes." },
};

static const struct conf_schema schema = { items, sizeof(items) / sizeof(items[0]),
	                                   sizeof(struct fs_cdr_conf), CONF_NO_LINE };

static int check(const void *conf, struct fault *fault)
{
	const struct fs_cdr_conf *c = conf;
	struct stat st;

	if (stat(c->folder, &st) != 0) {
		int rc = -errno;

		return fault_set(
			fault, rc == -ENOENT ? 1 : rc, "%s: %s", c->folder,
			rc == -ENOENT ? "is not there (yet): FreeSWITCH makes it when mod_json_cdr "
					"is loaded and log-b-leg is true in json_cdr.conf.xml"
				      : strerror(-rc));
	}
	if (!S_ISDIR(st.st_mode)) {
		return fault_set(fault, -ENOTDIR, "%s: is no folder", c->folder);
	}
	if (access(c->folder, R_OK | X_OK) != 0) {
		return fault_set(fault, -EACCES,
		                 "%s: may not be read: put the agent's user into the group of the "
		                 "folder (usually freeswitch)",
		                 c->folder);
	}
	return 0;
}

/* ---- records ---- */

static void on_record(void *arg, const ProtobufCMessage *m)
{
	struct source *s = arg;

	s->emitted++;
	s->changed = true;
	(void)s->e.emit(s->e.agent, m); /* what is too big is counted there */
}

/* The clock of the trackers. In a replay it is the end of the latest record, so that channels that
 * ended together are taken together, however fast their files are read. */
static int64_t tracked_us(const struct source *s)
{
	return s->e.one_shot ? s->last_us : env_wall_us(s->e.env);
}

static void move_clock(struct source *s)
{
	int64_t end_us = fs_us(&s->facts, FS_HANGUP_US);

	end_us = end_us != 0 ? end_us : fs_s_as_us(&s->facts, FS_HANGUP_S);
	s->last_us = end_us > s->last_us ? end_us : s->last_us;
}

/* As CHANNEL_EXECUTE would have said it. */
static void on_executed(void *arg, const struct fs_executed *e)
{
	struct source *s = arg;
	char at[FS_NUMBER_BYTES];

	(void)snprintf(at, sizeof(at), "%" PRId64, e->at_us);
	s->facts.text[FS_AT_US] = slice_of(at);
	s->facts.text[FS_APP] = e->app;
	s->facts.text[FS_APP_DATA] = e->data;
	s->facts.text[FS_CONTEXT] = e->context;
	s->facts.text[FS_CALLED] = e->called;
	(void)fs_visit_execute(s->visit, &s->facts, tracked_us(s));
}

static void take_visit(struct source *s, struct slice text, struct json_room *room)
{
	if (fs_visit_wanted(&s->conf.visits)) {
		s->overlong += fs_cdr_executed(text, room, on_executed, s) < 0 ? 1 : 0;
		fs_visit_leg(s->visit, &s->facts, tracked_us(s));
	}
}

static void take_text(struct source *s, size_t len)
{
	struct json_room room = { s->text + FS_CDR_MAX_BYTES, FS_CDR_MAX_BYTES, 0 };
	struct slice text = { s->text, len };
	int rc = fs_cdr_json(text, s->conf.encoded, &room, &s->facts);

	if (rc == -ENODATA) {
		s->unnamed++;
	} else if (rc != 0) {
		s->bad_json++;
	} else {
		move_clock(s);
		cc_contact_leg(s->contact, &s->facts, tracked_us(s));
		fs_call_leg(s->call, &s->facts, tracked_us(s));
		take_visit(s, text, &room); /* what it executed replaces facts: last */
	}
}

static void read_file(struct source *s, int fd)
{
	ssize_t n = env_pread_all(s->e.env, fd, s->text, FS_CDR_MAX_BYTES, 0);

	s->files++;
	if (n < 0) {
		s->unreadable++;
	} else if ((size_t)n == FS_CDR_MAX_BYTES) {
		s->oversized++;
	} else {
		take_text(s, (size_t)n);
	}
	(void)s->e.env->close(s->e.env->arg, fd);
}

/* ---- turns ---- */

/* Nobody writes any more into a folder that is replayed. */
static void look(struct source *s)
{
	int64_t now_us = s->e.one_shot ? INT64_MAX : env_wall_us(s->e.env);
	int rc = fs_folder_look(&s->folder, now_us);

	if (rc != s->folder_rc && rc != 0) {
		log_warn(NAME, "%s: cannot look into it: %s", s->conf.folder, strerror(-rc));
	}
	s->folder_rc = rc;
}

/* @return how many files. */
static unsigned read_files(struct source *s)
{
	unsigned n = 0;
	int fd;

	while (n < FILES_PER_TURN && (fd = fs_folder_next(&s->folder)) != -ENOENT) {
		n++;
		if (fd >= 0) {
			read_file(s, fd);
		} else {
			s->unreadable++;
		}
	}
	return n;
}

/* Replay: what is open gets no end any more. */
static void finish(struct source *s)
{
	cc_contact_finish(s->contact);
	fs_call_finish(s->call);
	fs_visit_finish(s->visit);
	s->done = true;
	s->e.done(s->e.agent, s, s->folder_rc);
}

bool fs_cdr_turn(struct source *s)
{
	uint64_t emitted = s->emitted;
	unsigned n;

	if (!s->running || s->paused || s->done) {
		return false;
	}
	look(s);
	n = read_files(s);
	cc_contact_tick(s->contact, tracked_us(s));
	fs_call_tick(s->call, tracked_us(s));
	fs_visit_tick(s->visit, tracked_us(s));
	s->changed = s->changed || n > 0;
	if (n > 0 && s->emitted == emitted && s->e.touched != NULL) {
		s->e.touched(s->e.agent);
	}
	if (n == 0 && s->e.one_shot) {
		finish(s);
	}
	return n == FILES_PER_TURN || (s->e.one_shot && !s->done);
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
	schedule(s, fs_cdr_turn(s) ? 0 : s->conf.poll_ms);
}

/* ---- checkpoint: u8 version, mark, state of the trackers ---- */

static int checkpoint(struct source *s, struct buf *out)
{
	if (!s->changed) {
		return 0;
	}
	s->changed = false;
	buf_add_char(out, CHECKPOINT_VERSION);
	fs_folder_save(&s->folder, out);
	cc_contact_save(s->contact, out);
	fs_call_save(s->call, out);
	fs_visit_save(s->visit, out);
	return 1;
}

static int load(struct source *s)
{
	struct cursor in = s->e.checkpoint;
	unsigned version = cursor_u8(&in);
	int rc = version >= 1 && version <= CHECKPOINT_VERSION ? 0 : -EBADMSG;

	rc = rc == 0 ? fs_folder_load(&s->folder, &in) : rc;
	rc = rc == 0 ? cc_contact_load(s->contact, &in) : rc;
	rc = rc == 0 ? fs_call_load(s->call, &in) : rc;
	rc = rc == 0 && version > 1 ? fs_visit_load(s->visit, &in) : rc;
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
	cc_contact_free(s->contact);
	fs_call_free(s->call);
	fs_visit_free(s->visit);
	fs_folder_free(&s->folder);
	free(s->text);
	free(s);
}

static int make(struct source *s)
{
	const struct fs_cdr_conf *c = &s->conf;
	const struct emit emit = { on_record, s };
	const struct cc_contact_options contact = { s->e.pseudonym,   s->e.host,
		                                    CXM__SOURCE__CDR, (uint32_t)c->max_contacts,
		                                    NEVER_US,         c->trunks };
	const struct fs_call_options call = { s->e.pseudonym, s->e.host, c->trunks,
		                              CXM__SOURCE__CDR, (uint32_t)c->max_calls };
	const struct fs_visit_options visit = { s->e.pseudonym,   s->e.host,
		                                c->trunks,        &s->conf.visits,
		                                CXM__SOURCE__CDR, fs_visit_room(c->max_calls),
		                                NEVER_US };
	int rc = cc_contact_new(&s->contact, &contact, &emit);

	rc = rc == 0 ? fs_call_new(&s->call, &call, &emit) : rc;
	rc = rc == 0 ? fs_visit_new(&s->visit, &visit, &emit) : rc;
	rc = rc == 0 ? fs_folder_init(&s->folder, s->e.env, c->folder, ".json") : rc;
	s->text = malloc(2 * FS_CDR_MAX_BYTES);
	return rc == 0 && s->text != NULL ? 0 : -ENOMEM;
}

/* A state that cannot be used is none: what was read is read again, and recognised. */
static int restore(struct source *s)
{
	if (cursor_left(&s->e.checkpoint) == 0) {
		if (!s->conf.from_start && !s->e.one_shot) {
			fs_folder_skip(&s->folder, env_wall_us(s->e.env));
		}
		return 0;
	}
	if (load(s) == 0) {
		return 0;
	}
	log_warn(NAME,
	         "%s: the stored position cannot be used; reading anew (what is stored already "
	         "is recognised)",
	         s->conf.folder);
	s->folder.mark = (struct fs_folder_mark){ .mtime_us = 0 };
	return 0;
}

static int open_source(struct source **out, const struct source_env *env, struct fault *fault)
{
	const struct fs_cdr_conf *conf = env->conf;
	struct source *s;

	if (env->one_shot && access(conf->folder, R_OK | X_OK) != 0) {
		int rc = -errno;

		return fault_set(fault, rc, "%s: cannot be read: %s", conf->folder, strerror(-rc));
	}
	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	s->e = *env;
	s->conf = *conf;
	s->timer = env->base != NULL ? evtimer_new(env->base, timer_cb, s) : NULL;
	if (make(s) != 0 || restore(s) != 0 || (s->timer == NULL && env->base != NULL)) {
		close_source(s);
		return fault_set(fault, -ENOMEM, "out of memory");
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
}

static void resume(struct source *s)
{
	s->paused = false;
	schedule(s, 0);
}

static void progress(const struct source *s, struct source_progress *out)
{
	*out = (struct source_progress){ .what = NAME,
		                         .done = s->files,
		                         .records = s->emitted,
		                         .rejected = s->bad_json + s->unnamed + s->oversized +
		                                     s->overlong + s->unreadable + s->facts.unfit };
}

static void stop(struct source *s)
{
	s->running = false;
	if (s->timer != NULL) {
		(void)event_del(s->timer);
	}
	s->changed = true;
	log_info(NAME,
	         "files=%" PRIu64 " contacts=%" PRIu64 " calls=%" PRIu64 " bad_json=%" PRIu64
	         " unnamed=%" PRIu64 " oversized=%" PRIu64 " unreadable=%" PRIu64
	         " unfit_values=%" PRIu64 " visits=%" PRIu64 " overlong=%" PRIu64,
	         s->files, cc_contact_counters(s->contact)->contacts,
	         fs_call_counters(s->call)->calls, s->bad_json, s->unnamed, s->oversized,
	         s->unreadable, s->facts.unfit, fs_visit_counters(s->visit)->visits, s->overlong);
}

static void counters(const struct source *s, const struct source_tally *to)
{
	source_tell(to, SOURCE_TAKEN, "files", s->files);
	source_tell(to, SOURCE_TAKEN, "contacts", cc_contact_counters(s->contact)->contacts);
	source_tell(to, SOURCE_TAKEN, "calls", fs_call_counters(s->call)->calls);
	source_tell(to, SOURCE_TAKEN, "visits", fs_visit_counters(s->visit)->visits);
	source_tell(to, SOURCE_MALFORMED, "bad_json", s->bad_json);
	source_tell(to, SOURCE_MALFORMED, "no_channel", s->unnamed);
	source_tell(to, SOURCE_MALFORMED, "file_too_long", s->oversized);
	source_tell(to, SOURCE_MALFORMED, "unfit_value", s->facts.unfit);
	source_tell(to, SOURCE_MALFORMED, "too_many_applications", s->overlong);
	source_tell(to, SOURCE_LOST, "files_unreadable", s->unreadable);
	source_tell(to, SOURCE_LOST, "calls_without_time", fs_call_counters(s->call)->untimed);
}

const struct source_ops source_fs_cdr = {
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
	.counters = counters,
	.stop = stop,
	.close = close_source,
};
