/*
 * What a start finds: every whole entry of every segment, and which numbers are missing.
 *
 * The last segment says which epoch it is and where the sources are; older ones only hold records.
 * A segment ends where the next one begins: entries behind that were never accepted. Nothing here
 * changes a segment; damaged places are copied to *.bad for people to look at. When the highest
 * number ever given to a record cannot be known, a new epoch begins: a number must never mean two
 * records (docs/spool.md).
 */
#include "agent/spool_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COPY_BYTES ((size_t)64 * 1024)

struct recovery {
	struct spool *s;
	struct fault *fault;
	uint64_t *names; /* numbers of the segments found; owned */
	size_t n_names;
	size_t cap;
	unsigned n_bad;
	uint64_t next;   /* the number that must come now; 0: nothing seen yet */
	int64_t seen_us; /* when the last whole entry was written */
	bool uncertain;  /* numbers may have been given that are not in here */
	struct segment_scan scan;
};

/* One segment while it is looked at. */
struct finding {
	struct spool_segment segment;
	char name[SEGMENT_NAME_BYTES];
	int fd;
	uint64_t limit; /* number the next segment begins with; UINT64_MAX for the last */
	bool last;
	int bad_fd; /* its *.bad; -1: not begun, -2: there was one before, or it cannot be had */
	int64_t bad_at;
};

/* ---- which segments there are ---- */

static int on_name(void *arg, const char *name)
{
	struct recovery *r = arg;
	size_t n = strlen(name);
	uint64_t first;

	r->n_bad += n > 4 && strcmp(name + n - 4, ".bad") == 0 ? 1 : 0;
	if (!segment_name_parse(name, &first)) {
		return 0;
	}
	if (r->n_names == r->cap) {
		size_t cap = r->cap > 0 ? 2 * r->cap : 64;
		uint64_t *more = realloc(r->names, cap * sizeof(*more));

		if (more == NULL) {
			return -ENOMEM;
		}
		r->names = more;
		r->cap = cap;
	}
	r->names[r->n_names++] = first;
	return 0;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* ---- damage ---- */

/* A damaged place is reported once: when its copy exists already, an earlier start did. */
static bool begin_bad(struct recovery *r, struct finding *f)
{
	const struct env *e = r->s->env;
	char path[SPOOL_PATH_MAX];

	if (f->bad_fd != -1) {
		return f->bad_fd >= 0;
	}
	f->bad_fd = -2;
	if (r->n_bad < SPOOL_BAD_MAX && spool_path(r->s, f->name, ".bad", path) == 0) {
		int fd = e->open(e->arg, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);

		if (fd == -EEXIST) {
			return false;
		}
		f->bad_fd = fd >= 0 ? fd : -2;
		r->n_bad += fd >= 0 ? 1 : 0;
	}
	return true;
}

/* Best effort: the copy is for people, recovery does not depend on it. */
static void copy_bad(struct recovery *r, struct finding *f, int64_t from, int64_t bytes)
{
	const struct env *e = r->s->env;
	uint8_t *block = malloc(COPY_BYTES);

	while (block != NULL && f->bad_fd >= 0 && bytes > 0) {
		size_t n = bytes < (int64_t)COPY_BYTES ? (size_t)bytes : COPY_BYTES;
		ssize_t got = env_pread_all(e, f->fd, block, n, (off_t)from);

		if (got <= 0 ||
		    env_pwrite_all(e, f->bad_fd, block, (size_t)got, (off_t)f->bad_at)) {
			break;
		}
		f->bad_at += got;
		from += got;
		bytes -= got;
	}
	free(block);
}

/* `bytes` at `from` are no entries, or none of what should be there is; `lost` numbers are missing
 * because of it. */
static void on_damage(struct recovery *r, struct finding *f, int64_t from, int64_t bytes,
                      uint64_t lost, int64_t until_us)
{
	bool is_news = begin_bad(r, f);

	copy_bad(r, f, from, bytes);
	f->segment.damaged++;
	if (is_news) {
		spool_note_damage(r->s, lost, r->seen_us, until_us);
	}
}

/* ---- one segment ---- */

static int take_checkpoints(struct spool *s, const struct segment_entry *entry)
{
	struct cursor c = entry->checkpoints;
	struct slice name;
	struct cursor state;

	while (segment_checkpoint_next(&c, &name, &state) == 1) {
		struct spool_source *source = spool_source(s, name, true);

		if (source == NULL) {
			return s->n_sources >= SPOOL_SOURCES_MAX ? 0 : -ENOMEM;
		}
		buf_reset(&source->state);
		buf_add(&source->state, state.at, cursor_left(&state));
		if (source->state.failed) {
			return -ENOMEM;
		}
	}
	return 0;
}

static int take_entry(struct recovery *r, struct finding *f, const struct segment_entry *entry)
{
	if (entry->count > 0 && f->segment.oldest_us == 0) {
		f->segment.oldest_us = entry->written_us;
	}
	r->seen_us = entry->written_us;
	r->next = entry->first_sequence + entry->count;
	f->segment.next = r->next;
	return take_checkpoints(r->s, entry); /* of older segments: should those in the last be
	                                         damaged */
}

static int scan_entries(struct recovery *r, struct finding *f)
{
	struct segment_entry entry;
	int64_t skipped;
	int64_t from = r->scan.at_bytes;
	int rc;

	while ((rc = segment_scan_next(&r->scan, &entry, &skipped)) == 1) {
		uint64_t hole = entry.first_sequence - r->next;

		if (entry.first_sequence < r->next || entry.first_sequence >= f->limit ||
		    entry.count > f->limit - entry.first_sequence) {
			continue; /* never accepted, or the next segment knows better */
		}
		if (skipped > 0 || hole > 0) {
			on_damage(r, f, from, skipped, hole, entry.written_us);
		}
		rc = take_entry(r, f, &entry);
		if (rc != 0) {
			return rc;
		}
		from = r->scan.at_bytes;
	}
	if (rc == 0 && f->last && skipped > 0) {
		/* one entry that was being written, most likely; a damaged last one looks the same
		 */
		r->s->truncated_bytes += (uint64_t)skipped;
		r->uncertain = true;
	}
	if (rc == 0 && !f->last && r->next < f->limit) {
		on_damage(r, f, from, f->segment.file_bytes - from, f->limit - r->next,
		          env_wall_us(r->s->env));
		r->next = f->limit;
	}
	return rc;
}

static int read_head(struct recovery *r, struct finding *f)
{
	const struct env *e = r->s->env;
	uint8_t data[SEGMENT_HEAD_BYTES];
	struct segment_head head;
	struct stat st;
	ssize_t n = env_pread_all(e, f->fd, data, sizeof(data), 0);
	int rc = n < 0 ? (int)n : segment_head_parse(data, (size_t)n, &head);

	if (rc == 0 && head.first_sequence != f->segment.first) {
		rc = -EBADMSG; /* somebody renamed it */
	}
	if (rc == 0) {
		rc = e->fstat(e->arg, f->fd, &st);
	}
	if (rc != 0) {
		return rc;
	}
	f->segment.epoch = head.epoch;
	f->segment.salt = head.salt;
	f->segment.preamble_bytes = SEGMENT_HEAD_BYTES;
	f->segment.file_bytes = (int64_t)st.st_size;
	f->segment.end_bytes = (int64_t)st.st_size;
	return 0;
}

/* Nothing of it can be used: the whole file becomes *.bad. */
static void set_aside(struct recovery *r, struct finding *f)
{
	const struct env *e = r->s->env;
	char from[SPOOL_PATH_MAX];
	char to[SPOOL_PATH_MAX];
	uint64_t lost = f->last ? 0 : f->limit - f->segment.first;

	spool_note_damage(r->s, lost, r->seen_us, env_wall_us(e));
	if (spool_path(r->s, f->name, "", from) == 0 &&
	    spool_path(r->s, f->name, ".bad", to) == 0) {
		(void)e->rename(e->arg, from, to); /* else it is found and reported again */
	}
	r->next = f->limit != UINT64_MAX       ? f->limit
	          : r->next > f->segment.first ? r->next
	                                       : f->segment.first;
	r->uncertain = r->uncertain || f->last;
}

static int refuse(const struct recovery *r, const struct finding *f, int rc)
{
	if (rc == -EPROTONOSUPPORT) {
		return fault_set(r->fault, rc,
		                 "%s/%s: written by a later version of cxmeter-agent: start that "
		                 "one, or move the spool away",
		                 r->s->directory, f->name);
	}
	return fault_set(r->fault, rc, "%s/%s: cannot read: %s", r->s->directory, f->name,
	                 strerror(-rc));
}

static int keep_segment(struct recovery *r, struct finding *f)
{
	struct spool *s = r->s;
	int rc;

	r->next = r->next > f->segment.first ? r->next : f->segment.first;
	f->segment.next = f->segment.first;
	segment_scan_begin(&r->scan, f->fd, f->segment.salt, f->segment.end_bytes);
	rc = scan_entries(r, f);
	rc = rc == 0 ? spool_grow_segments(s) : rc;
	if (rc != 0) {
		return rc;
	}
	/* After a kill the last entry may be whole and not on the disk yet; once it is sent it must
	 * not disappear. */
	if (f->last && s->env->fdatasync(s->env->arg, f->fd) != 0) {
		r->uncertain = true;
	}
	if (f->last) {
		s->epoch = f->segment.epoch;
	}
	s->segments[s->n_segments++] = f->segment;
	s->bytes += f->segment.file_bytes;
	return 0;
}

static int recover_segment(struct recovery *r, size_t i)
{
	const struct env *e = r->s->env;
	struct finding f = { .segment.first = r->names[i], .bad_fd = -1 };
	char path[SPOOL_PATH_MAX];
	int rc;

	f.last = i + 1 == r->n_names;
	f.limit = f.last ? UINT64_MAX : r->names[i + 1];
	segment_name(f.segment.first, f.name);
	rc = spool_path(r->s, f.name, "", path);
	f.fd = rc == 0 ? e->open(e->arg, path, O_RDONLY | O_NOFOLLOW, 0) : rc;
	rc = f.fd < 0 ? f.fd : read_head(r, &f);
	if (rc == 0) {
		rc = keep_segment(r, &f);
	}
	if (f.bad_fd >= 0) {
		(void)e->close(e->arg, f.bad_fd);
	}
	if (f.fd >= 0) {
		(void)e->close(e->arg, f.fd);
	}
	if (rc == -EBADMSG || rc == -EIO) {
		set_aside(r, &f);
		rc = 0;
	}
	return rc == 0 ? 0 : refuse(r, &f, rc);
}

int spool_recover(struct spool *s, struct fault *fault)
{
	struct recovery r = { .s = s, .fault = fault, .next = 1 };
	int rc = s->env->list_dir(s->env->arg, s->directory, on_name, &r);

	if (rc != 0) {
		free(r.names);
		return fault_set(fault, rc, "%s: cannot list the spool: %s", s->directory,
		                 strerror(-rc));
	}
	if (r.n_names > 0) {
		qsort(r.names, r.n_names, sizeof(*r.names), by_number);
	}
	segment_scan_init(&r.scan, s->env);
	for (size_t i = 0; rc == 0 && i < r.n_names; i++) {
		rc = recover_segment(&r, i);
	}
	segment_scan_free(&r.scan);
	free(r.names);
	if (rc != 0) {
		return rc;
	}
	s->next = r.next;
	if (r.n_names == 0 || r.uncertain) {
		rc = spool_draw_epoch(s);
	}
	return rc == 0 ? 0
	               : fault_set(fault, rc, "%s: cannot draw an epoch: %s", s->directory,
	                           strerror(-rc));
}
