/*
 * Following a log; see tail.h. Owns the open file, the unfinished line and the place. Rotation as
 * logrotate(8) and Asterisk's `logger rotate` do it: rename and create, copy and truncate, numbers
 * running either way, dates, and compression.
 */
#include "agent/sources/tail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/sources/tail_search.h"
#include "common/crc32c.h"
#include "common/log.h"

#define PLACE_VERSION 1
#define OFFSET_MAX    INT64_MAX

enum place_flag {
	PLACE_KNOWN = 1,
	PLACE_SKIPPING = 2,
	PLACE_CUT = 4,
	PLACE_TOLD = 8,
	PLACE_FLAGS = 15,
};

struct tail {
	struct tail_options o; /* o.path is owned by `path` */
	struct tail_handler handler;
	char *path; /* owned */
	struct tail_place place;
	struct tail_file file;
	char *file_path;       /* owned; of the open file when it was opened */
	uint64_t size;         /* of the open file when it was last looked at */
	uint64_t unpack_left;  /* of a compressed file: bytes before the place */
	int64_t moved_mono_us; /* since when something else has been at the path; 0: it has not */
	bool at_end;           /* the last read found nothing */
	int trouble;           /* why the path could not be opened; said once */
	int read_trouble;      /* why the open file could not be read; said once */
	struct lines lines;
	struct tail_counters counters;
};

static struct tail_search search_of(const struct tail *t)
{
	return (struct tail_search){ t->o.env, &t->handler, t->o.name, t->path };
}

/* ---- opening ---- */

static void close_file(struct tail *t)
{
	tail_file_close(t->o.env, &t->file);
	free(t->file_path);
	t->file_path = NULL;
}

/* Say once what is wrong with the path, and once that it is over. */
static void note_trouble(struct tail *t, int rc)
{
	if (rc == t->trouble) {
		return;
	}
	if (rc == -ELOOP || rc == -EINVAL) {
		log_err(t->o.name,
		        "%s: a symbolic link, FIFO or device stands where a log should be: refused",
		        t->path);
	} else if (rc != 0) {
		log_warn(t->o.name, "%s: cannot read: %s; will try again", t->path, strerror(-rc));
	} else {
		log_info(t->o.name, "%s: can be read again", t->path);
	}
	t->trouble = rc;
}

static void learn(struct tail_place *place, const struct tail_probe *probe)
{
	place->known = true;
	place->dev = probe->dev;
	place->ino = probe->ino;
	place->head_len = (uint32_t)probe->head_len;
	place->head_crc = crc32c(0, probe->head, probe->head_len);
	if (probe->first_us >=
	    0) { /* an empty file is as old as the one before it, to tell newer ones by */
		place->first_us = probe->first_us;
		place->mtime_us = probe->mtime_us;
	}
}

/* A file that was opened, on its way to be the open one. */
struct opened {
	char *path; /* owned */
	struct tail_file file;
	struct tail_probe probe;
};

static int open_one(struct tail *t, const char *path, struct opened *out)
{
	int rc = tail_file_open(t->o.env, path, &t->handler, &out->file, &out->probe);

	out->path = rc == 0 ? strdup(path) : NULL;
	if (rc == 0 && out->path == NULL) {
		tail_file_close(t->o.env, &out->file);
		rc = -ENOMEM;
	}
	return rc;
}

/* From now on it is read, from the place's offset; nothing can fail any more. */
static void take(struct tail *t, const struct opened *o)
{
	close_file(t);
	t->file_path = o->path;
	t->file = o->file;
	t->size = o->probe.size;
	t->unpack_left = o->file.packed != NULL ? t->place.offset : 0;
	t->moved_mono_us = 0;
	t->at_end = false;
	t->place.told = false;
	lines_reset(&t->lines, t->place.skipping);
	learn(&t->place, &o->probe);
	log_info(t->o.name, "reading %s from byte %llu", t->file_path,
	         (unsigned long long)t->place.offset);
}

static void take_from(struct tail *t, const struct opened *o, uint64_t offset, bool skipping)
{
	t->place.offset = offset;
	t->place.skipping = skipping;
	t->counters.files++;
	take(t, o);
}

static void tell_gap(struct tail *t, enum tail_gap why)
{
	t->counters.truncated += why == TAIL_GAP_TRUNCATED ? 1 : 0;
	t->counters.lost += why == TAIL_GAP_LOST ? 1 : 0;
	t->counters.damaged += why == TAIL_GAP_DAMAGED ? 1 : 0;
	t->handler.gap(t->handler.arg, why);
}

/* Done with the open file for good. */
static void finish_file(struct tail *t)
{
	if (lines_waiting(&t->lines) > 0) {
		t->counters.partial++;
		lines_reset(&t->lines, false);
	}
	if (t->place.cut) {
		t->place.cut = false;
		tell_gap(t, TAIL_GAP_TRUNCATED);
	}
	close_file(t);
}

/* Begin the oldest file that is newer than the place: a sibling, else the path. */
static bool open_next(struct tail *t)
{
	const struct tail_search s = search_of(t);
	struct tail_found found;
	struct opened o;
	bool sibling = tail_find_next(&s, &t->place, &found);
	int rc = open_one(t, sibling ? found.path : t->path, &o);

	if (!sibling) {
		note_trouble(t, rc);
	}
	if (rc != 0) {
		return false;
	}
	finish_file(t);
	take_from(t, &o, 0, false);
	return true;
}

/* ---- finding the place again ---- */

static bool start_at_end(struct tail *t)
{
	uint8_t last = '\n';
	struct opened o;
	int rc = open_one(t, t->path, &o);

	note_trouble(t, rc);
	if (rc != 0) {
		t->o.from_start = rc == -ENOENT; /* what appears later is new as a whole */
		return false;
	}
	if (o.probe.size > 0) {
		(void)env_pread_all(t->o.env, o.file.fd, &last, 1, (off_t)o.probe.size - 1);
	}
	take_from(t, &o, o.probe.size, last != '\n');
	if (t->place.first_us < 0) { /* rotated parts of before are not wanted */
		t->place.first_us = env_wall_us(t->o.env);
	}
	return true;
}

/* Nothing on the disk has what was read last. */
static bool start_after_loss(struct tail *t, bool was_cut)
{
	if (!t->place.told) {
		t->place.told = true;
		t->place.cut = false;
		tell_gap(t, was_cut ? TAIL_GAP_TRUNCATED : TAIL_GAP_LOST);
		log_warn(t->o.name, "%s: %s: lines may be lost", t->path,
		         was_cut ? "was cut, and no copy of it was found"
		                 : "what was read last is not there any more, nor a rotated copy");
	}
	return open_next(t);
}

static void discard(struct tail *t, struct opened *o)
{
	free(o->path);
	tail_file_close(t->o.env, &o->file);
}

/* Find the file the place is in: at the path, among the siblings, at the path as another inode. */
static bool resume(struct tail *t)
{
	const struct tail_search s = search_of(t);
	struct tail_found found;
	struct opened o;
	struct opened sibling;
	int rc = open_one(t, t->path, &o);
	bool same_inode = rc == 0 && tail_same_inode(&t->place, &o.probe);
	bool here = rc == 0 && tail_place_in(&t->place, &o.probe);

	if (!(here && same_inode) && tail_find_place(&s, &t->place, &found) &&
	    open_one(t, found.path, &sibling) == 0) {
		if (rc == 0) {
			discard(t, &o);
		}
		t->place.cut |= same_inode || found.cut;
		take(t, &sibling);
		return true;
	}
	note_trouble(t, rc);
	if (here) {
		take(t, &o);
		return true;
	}
	if (rc == 0) {
		discard(t, &o);
	}
	return rc == 0 && start_after_loss(t, same_inode);
}

static bool open_some(struct tail *t)
{
	if (t->place.known && t->place.head_len == 0) {
		return open_next(t); /* nothing of that file was read, and others may have been
		                        filled before it */
	}
	if (t->place.known) {
		return resume(t);
	}
	return t->o.from_start ? open_next(t) : start_at_end(t);
}

/* ---- reading ---- */

/* A compressed file is read from its front: pass over what was taken before. */
static ssize_t unpack_to_place(struct tail *t, uint8_t *room)
{
	size_t n = t->unpack_left < LINES_READ_BYTES ? (size_t)t->unpack_left : LINES_READ_BYTES;
	ssize_t got = tail_file_read(t->o.env, &t->file, room, n, 0);

	t->unpack_left -= got > 0 ? (uint64_t)got : 0;
	return got;
}

/* @return bytes read, 0 at the end, -errno. */
static ssize_t read_on(struct tail *t)
{
	uint8_t *room = lines_room(&t->lines, LINES_READ_BYTES);
	ssize_t n;

	if (room == NULL) {
		return -ENOMEM;
	}
	if (t->unpack_left > 0) {
		return unpack_to_place(t, room);
	}
	n = tail_file_read(t->o.env, &t->file, room, LINES_READ_BYTES,
	                   t->place.offset + lines_waiting(&t->lines));
	if (n > 0) {
		t->place.offset +=
			lines_take(&t->lines, (size_t)n, t->handler.lines, t->handler.arg);
		t->place.skipping = t->lines.skipping;
	}
	return n;
}

/* ---- at the end of a file ---- */

enum look { LOOK_SAME, LOOK_CUT, LOOK_FILLED };

/* What became of the open file since it was read: cut (or cut and written anew), or filled after it
 * was empty? If neither, learn how it has grown. */
static enum look look_again(struct tail *t)
{
	struct tail_probe probe;

	if (tail_file_look(t->o.env, &t->file, &t->handler, &probe) != 0) {
		return LOOK_SAME; /* reading will say why */
	}
	t->size = probe.size;
	if (probe.size < t->place.offset + lines_waiting(&t->lines) ||
	    !tail_place_in(&t->place, &probe)) {
		return LOOK_CUT;
	}
	if (t->place.head_len == 0 && probe.head_len > 0) {
		return LOOK_FILLED;
	}
	learn(&t->place, &probe);
	return LOOK_SAME;
}

/* logrotate's copytruncate copies first: what was not read yet may stand in the copy. */
static enum tail_result on_cut(struct tail *t)
{
	const struct tail_search s = search_of(t);
	struct tail_found found;
	struct opened o;

	if (tail_find_place(&s, &t->place, &found) && open_one(t, found.path, &o) == 0) {
		t->place.cut = true;
		take(t, &o);
		return TAIL_MORE;
	}
	close_file(t);
	return start_after_loss(t, true) ? TAIL_MORE : TAIL_IDLE;
}

/* Is the open file still the one at the path? `there` says whether anything readable is. */
static bool still_at_path(struct tail *t, bool *there)
{
	struct stat st;
	int fd = env_open_regular(t->o.env, t->path, &st);

	note_trouble(t, fd < 0 ? fd : 0);
	*there = fd >= 0;
	if (fd < 0) {
		return false;
	}
	(void)t->o.env->close(t->o.env->arg, fd);
	return (uint64_t)st.st_dev == t->place.dev && (uint64_t)st.st_ino == t->place.ino;
}

/* A file that was rotated away is left for a newer sibling at once, for the path only when its
 * writer has had time to move over. */
static enum tail_result on_end_of_rotated(struct tail *t, bool there)
{
	const struct tail_search s = search_of(t);
	int64_t now_us = env_mono_us(t->o.env);
	/* nobody writes to a copy */
	bool settled = t->place.cut ||
	               (t->moved_mono_us != 0 && now_us - t->moved_mono_us >= t->o.settle_us);
	struct tail_found found;

	if (t->moved_mono_us != 0 && !settled) {
		return TAIL_IDLE;
	}
	if ((settled && there) || tail_find_next(&s, &t->place, &found)) {
		return open_next(t) ? TAIL_MORE : TAIL_IDLE;
	}
	t->moved_mono_us = now_us;
	return TAIL_IDLE;
}

static enum tail_result on_end(struct tail *t)
{
	bool there;

	if (t->file.packed != NULL) {
		return open_next(t) ? TAIL_MORE : TAIL_IDLE;
	}
	if (still_at_path(t, &there)) {
		t->moved_mono_us = 0;
		return TAIL_IDLE;
	}
	return on_end_of_rotated(t, there);
}

static enum tail_result on_read_error(struct tail *t, int rc)
{
	if (rc != t->read_trouble) {
		log_warn(t->o.name, "%s: cannot read further: %s", t->file_path,
		         rc == -EBADMSG ? "damaged compression" : strerror(-rc));
	}
	t->read_trouble = rc;
	if (t->file.packed == NULL) {
		close_file(t); /* found again by its place when it can be read again */
		lines_reset(&t->lines, false);
		return TAIL_IDLE;
	}
	tell_gap(t, TAIL_GAP_DAMAGED);
	return open_next(t) ? TAIL_MORE : TAIL_IDLE;
}

enum tail_result tail_step(struct tail *t)
{
	enum look look = LOOK_SAME;
	ssize_t n;

	if (!tail_file_is_open(&t->file) && !open_some(t)) {
		return TAIL_IDLE;
	}
	if (t->file.packed == NULL && (t->at_end || t->place.head_len < TAIL_HEAD_BYTES)) {
		look = look_again(t);
	}
	if (look == LOOK_CUT) {
		return on_cut(t);
	}
	if (look == LOOK_FILLED) { /* others may have been filled before it: begin behind the last
		                      one read */
		return open_next(t) ? TAIL_MORE : TAIL_IDLE;
	}
	n = read_on(t);
	if (n < 0) {
		return on_read_error(t, (int)n);
	}
	t->read_trouble = n > 0 ? 0 : t->read_trouble;
	if (n == 0 && !t->at_end && t->file.packed == NULL) {
		t->at_end = true;
		return TAIL_MORE; /* look again before anything is concluded */
	}
	t->at_end = n == 0;
	return n > 0 ? TAIL_MORE : on_end(t);
}

/* ---- the place on disk: u8 version, u8 flags, u64 dev, u64 ino, u32 head_crc, u32 head_len, u64
 * offset, u64 first_us + 1, u64 mtime_us ---- */

void tail_save(const struct tail *t, struct buf *out)
{
	const struct tail_place *p = &t->place;
	unsigned flags = (p->known ? PLACE_KNOWN : 0U) | (p->skipping ? PLACE_SKIPPING : 0U) |
	                 (p->cut ? PLACE_CUT : 0U) | (p->told ? PLACE_TOLD : 0U);

	buf_add_char(out, PLACE_VERSION);
	buf_add_char(out, (char)flags);
	buf_add_u64le(out, p->dev);
	buf_add_u64le(out, p->ino);
	buf_add_u32le(out, p->head_crc);
	buf_add_u32le(out, p->head_len);
	buf_add_u64le(out, p->offset);
	buf_add_u64le(out, (uint64_t)(p->first_us + 1));
	buf_add_u64le(out, (uint64_t)p->mtime_us);
}

int tail_load(struct tail *t, struct cursor *in)
{
	bool good = cursor_u8(in) == PLACE_VERSION;
	unsigned flags = cursor_u8(in);
	struct tail_place p = { .known = (flags & PLACE_KNOWN) != 0,
		                .skipping = (flags & PLACE_SKIPPING) != 0,
		                .cut = (flags & PLACE_CUT) != 0,
		                .told = (flags & PLACE_TOLD) != 0 };
	uint64_t first;

	p.dev = cursor_u64le(in);
	p.ino = cursor_u64le(in);
	p.head_crc = cursor_u32le(in);
	p.head_len = cursor_u32le(in);
	p.offset = cursor_u64le(in);
	first = cursor_u64le(in);
	p.mtime_us = (int64_t)cursor_u64le(in);
	if (!good || in->bad || (flags & ~(unsigned)PLACE_FLAGS) != 0 ||
	    p.head_len > TAIL_HEAD_BYTES || p.offset > OFFSET_MAX || first > (uint64_t)INT64_MAX) {
		return -EBADMSG;
	}
	p.first_us = (int64_t)first - 1;
	t->place = p;
	return 0;
}

/* ---- life ---- */

int tail_new(struct tail **out, const struct tail_options *options,
             const struct tail_handler *handler)
{
	struct tail *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		return -ENOMEM;
	}
	t->o = *options;
	t->handler = *handler;
	t->file = TAIL_FILE_NONE;
	t->place.first_us = -1;
	lines_init(&t->lines);
	t->path = strdup(options->path);
	if (t->path == NULL) {
		tail_free(t);
		return -ENOMEM;
	}
	t->o.path = t->path;
	*out = t;
	return 0;
}

void tail_free(struct tail *t)
{
	if (t == NULL) {
		return;
	}
	close_file(t);
	lines_free(&t->lines);
	free(t->path);
	free(t);
}

void tail_progress(const struct tail *t, uint64_t *done, uint64_t *all)
{
	bool open = tail_file_is_open(&t->file);

	*done = open ? t->place.offset : 0;
	*all = !open ? 0 : t->file.packed != NULL ? instream_size_bytes(t->file.packed) : t->size;
}

const struct tail_counters *tail_counters(const struct tail *t)
{
	return &t->counters;
}

int tail_trouble(const struct tail *t)
{
	return t->trouble;
}

const char *tail_path(const struct tail *t)
{
	return t->path;
}
