/*
 * Opening, appending, acknowledging. Reading is in spool_read.c, what happens after a crash in
 * spool_recover.c, the bytes of a segment in spool_segment.c, and why it is all as it is in
 * docs/spool.md.
 */
#include "agent/spool.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/spool_impl.h"
#include "common/unconst.h"

#define LOCK_NAME "lock"
#define TMP_NAME  "segment.tmp"

/* When everything is acknowledged, a segment with this share of its size in it is worth leaving
 * behind: two more syncs against disk space. */
#define LAZY_ROLL_SHARE 4

/* ---- small parts ---- */

int spool_path(const struct spool *s, const char *name, const char *suffix,
               char out[SPOOL_PATH_MAX])
{
	int n = snprintf(out, SPOOL_PATH_MAX, "%s/%s%s", s->directory, name, suffix);

	return n > 0 && n < SPOOL_PATH_MAX ? 0 : -ENAMETOOLONG;
}

int spool_grow_segments(struct spool *s)
{
	size_t cap = s->segments_cap > 0 ? 2 * s->segments_cap : 16;
	struct spool_segment *more;

	if (s->n_segments < s->segments_cap) {
		return 0;
	}
	if (s->n_segments >= SPOOL_SEGMENTS_MAX) {
		return -EDQUOT;
	}
	more = realloc(s->segments, cap * sizeof(*more));
	if (more == NULL) {
		return -ENOMEM;
	}
	s->segments = more;
	s->segments_cap = cap;
	return 0;
}

struct spool_source *spool_source(struct spool *s, struct slice name, bool create)
{
	struct spool_source *more;

	for (size_t i = 0; i < s->n_sources; i++) {
		if (slice_eq(slice_of(s->sources[i].name), name)) {
			return &s->sources[i];
		}
	}
	if (!create || s->n_sources >= SPOOL_SOURCES_MAX) {
		return NULL;
	}
	more = realloc(s->sources, (s->n_sources + 1) * sizeof(*more));
	if (more == NULL) {
		return NULL;
	}
	s->sources = more;
	more[s->n_sources].name = strndup(name.at, name.len);
	if (more[s->n_sources].name == NULL) {
		return NULL;
	}
	buf_init(&more[s->n_sources].state, 2 * SPOOL_ENTRY_MAX_BYTES);
	return &more[s->n_sources++];
}

int spool_draw_epoch(struct spool *s)
{
	uint64_t epoch;
	int rc = s->env->random(s->env->arg, &epoch, sizeof(epoch));

	if (rc == 0) {
		s->epoch = epoch;
	}
	return rc;
}

void spool_note_damage(struct spool *s, uint64_t lost, int64_t from_us, int64_t to_us)
{
	if (s->damaged_entries == 0 || from_us < s->damage_from_us) {
		s->damage_from_us = from_us;
	}
	if (to_us > s->damage_to_us) {
		s->damage_to_us = to_us;
	}
	s->damaged_entries++;
	s->lost_records += lost;
}

static struct spool_segment *last_segment(const struct spool *s)
{
	return s->n_segments > 0 ? &s->segments[s->n_segments - 1] : NULL;
}

/* No more is appended to the last segment: what its end looks like on the disk is not known, or a
 * newer one is about to take its place. */
static void seal(struct spool *s)
{
	if (s->fd >= 0) {
		(void)s->env->close(s->env->arg, s->fd); /* all that counts was synced */
		s->fd = -1;
	}
}

static void forget_segment(struct spool *s, size_t i)
{
	if (s->reader.fd >= 0 && s->reader.segment == s->segments[i].first) {
		spool_reader_forget(s);
	}
	s->bytes -= s->segments[i].file_bytes;
	memmove(&s->segments[i], &s->segments[i + 1],
	        (s->n_segments - i - 1) * sizeof(*s->segments));
	s->n_segments--;
}

/* ---- beginning a segment ---- */

static int put(struct spool *s, int fd, int64_t *at)
{
	int rc = env_pwrite_all(s->env, fd, s->out.data, s->out.len, (off_t)*at);

	*at += (int64_t)s->out.len;
	return rc;
}

/* The head, and the latest checkpoint of every source, so that older segments can go. */
static int write_preamble(struct spool *s, int fd, const struct segment_head *head, int64_t *at)
{
	int rc;

	*at = 0;
	buf_reset(&s->out);
	segment_head_add(&s->out, head);
	rc = s->out.failed ? -ENOMEM : put(s, fd, at);
	for (size_t i = 0; rc == 0 && i < s->n_sources; i++) {
		const struct spool_source *source = &s->sources[i];
		struct spool_checkpoint checkpoint = { source->name, cursor_of(source->state.data,
			                                                       source->state.len) };
		struct spool_entry entry = { .checkpoints = &checkpoint, .n_checkpoints = 1 };

		if (source->state.len == 0) {
			continue; /* its first append failed */
		}
		buf_reset(&s->out);
		rc = segment_entry_add(&s->out, head->salt, s->next, env_wall_us(s->env), &entry);
		rc = rc == 0 ? put(s, fd, at) : rc;
	}
	return rc == 0 ? s->env->fdatasync(s->env->arg, fd) : rc;
}

/* The file under its own name. From the rename on a segment of this name may come to life at a
 * power cut whatever we are told, and it would end the one before it: so nothing may be appended
 * to that any more. */
static int publish(struct spool *s, const char *tmp)
{
	char name[SEGMENT_NAME_BYTES];
	char path[SPOOL_PATH_MAX];
	int rc;

	segment_name(s->next, name);
	rc = spool_path(s, name, "", path);
	if (rc != 0) {
		return rc;
	}
	seal(s);
	rc = s->env->rename(s->env->arg, tmp, path);
	return rc == 0 ? s->env->sync_dir(s->env->arg, s->directory) : rc;
}

static int begin_segment(struct spool *s, uint64_t epoch)
{
	const struct env *e = s->env;
	struct segment_head head = { .epoch = epoch, .first_sequence = s->next };
	char tmp[SPOOL_PATH_MAX];
	struct spool_segment *segment;
	int64_t bytes;
	int rc = spool_grow_segments(s);
	int fd;

	rc = rc == 0 ? spool_path(s, TMP_NAME, "", tmp) : rc;
	rc = rc == 0 ? e->random(e->arg, &head.salt, sizeof(head.salt)) : rc;
	fd = rc == 0 ? e->open(e->arg, tmp, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600) : rc;
	if (fd < 0) {
		return fd;
	}
	rc = write_preamble(s, fd, &head, &bytes);
	rc = rc == 0 ? publish(s, tmp) : rc;
	if (rc != 0) {
		(void)e->close(e->arg, fd);
		(void)e->unlink(e->arg, tmp); /* gone already when it got its name */
		return rc;
	}
	assert(s->segments != NULL);
	segment = last_segment(s);
	if (segment != NULL && segment->first == s->next) {
		forget_segment(s, s->n_segments - 1); /* the same name, and no records in it */
	}
	s->segments[s->n_segments++] = (struct spool_segment){
		.first = s->next,
		.next = s->next,
		.epoch = epoch,
		.salt = head.salt,
		.preamble_bytes = bytes,
		.end_bytes = bytes,
		.file_bytes = bytes,
	};
	s->bytes += bytes;
	s->fd = fd;
	return 0;
}

/* ---- opening ---- */

static int take_lock(struct spool *s, struct fault *fault)
{
	const struct env *e = s->env;
	char path[SPOOL_PATH_MAX];
	char text[32] = "";
	int rc = spool_path(s, LOCK_NAME, "", path);

	s->lock_fd = rc == 0 ? e->open(e->arg, path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600) : rc;
	if (s->lock_fd < 0) {
		return fault_set(fault, s->lock_fd, "%s: cannot use the spool: %s", s->directory,
		                 strerror(-s->lock_fd));
	}
	rc = e->lock(e->arg, s->lock_fd);
	if (rc == -EWOULDBLOCK) {
		(void)env_pread_all(e, s->lock_fd, text, sizeof(text) - 1, 0);
		text[strcspn(text, "\n")] = '\0';
		return fault_set(
			fault, -EAGAIN,
			"%s: spool locked by pid %s: another agent uses it; stop that one, "
			"or give this one a spool of its own",
			s->directory, text);
	}
	if (rc != 0) {
		return fault_set(fault, rc, "%s: cannot lock the spool: %s", s->directory,
		                 strerror(-rc));
	}
	(void)snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	/* the lock is what counts; the number in it is for people */
	(void)e->ftruncate(e->arg, s->lock_fd, 0);
	(void)env_pwrite_all(e, s->lock_fd, text, strlen(text), 0);
	return 0;
}

static int make_directory(struct spool *s, struct fault *fault)
{
	const struct env *e = s->env;
	int rc = e->mkdir(e->arg, s->directory, 0700);
	const char *slash = strrchr(s->directory, '/');
	char parent[SPOOL_PATH_MAX];

	if (rc == -EEXIST) {
		return 0;
	}
	if (rc != 0) {
		return fault_set(
			fault, rc,
			"%s: cannot make the spool's directory: %s: make the one above it, "
			"or change `directory` under `spool`",
			s->directory, strerror(-rc));
	}
	if (slash != NULL && slash != s->directory) {
		(void)snprintf(parent, sizeof(parent), "%.*s", (int)(slash - s->directory),
		               s->directory);
		(void)e->sync_dir(e->arg, parent);
	}
	return 0;
}

static int open_steps(struct spool *s, struct fault *fault)
{
	char tmp[SPOOL_PATH_MAX];
	int rc = make_directory(s, fault);

	if (rc == 0) {
		rc = take_lock(s, fault);
	}
	if (rc == 0) {
		rc = spool_recover(s, fault);
	}
	if (rc != 0) {
		return rc;
	}
	if (spool_path(s, TMP_NAME, "", tmp) == 0) {
		(void)s->env->unlink(s->env->arg, tmp); /* of a segment that was never begun */
	}
	/* Always a new one: nothing is appended behind an end we have not written ourselves. */
	rc = begin_segment(s, s->epoch);
	if (rc == -EROFS || rc == -EACCES || rc == -EPERM) {
		return fault_set(fault, rc, "%s: cannot write to the spool: %s", s->directory,
		                 strerror(-rc));
	}
	return 0; /* the first append will say what is wrong, or find it mended */
}

int spool_open(struct spool **out, const struct env *env, const struct spool_options *options,
               struct fault *fault)
{
	struct spool *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	s->env = env;
	s->lock_fd = -1;
	s->fd = -1;
	s->next = 1;
	s->max_bytes = options->max_bytes;
	s->segment_bytes = options->segment_bytes;
	buf_init(&s->out, SPOOL_ENTRY_MAX_BYTES + SEGMENT_HEAD_BYTES);
	spool_reader_init(s);
	s->directory = strdup(options->directory);
	rc = s->directory != NULL ? open_steps(s, fault)
	                          : fault_set(fault, -ENOMEM, "out of memory");
	if (rc != 0) {
		spool_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

void spool_close(struct spool *s)
{
	if (s == NULL) {
		return;
	}
	seal(s);
	spool_reader_free(s);
	if (s->lock_fd >= 0) {
		(void)s->env->close(s->env->arg, s->lock_fd);
	}
	for (size_t i = 0; i < s->n_sources; i++) {
		free(s->sources[i].name);
		buf_free(&s->sources[i].state);
	}
	free(s->sources);
	free(s->segments);
	buf_free(&s->out);
	free(s->directory);
	free(s);
}

struct cursor spool_checkpoint(const struct spool *s, const char *source)
{
	/* without `create` it only looks */
	const struct spool_source *found = spool_source(unconst(s), slice_of(source), false);

	return found != NULL ? cursor_of(found->state.data, found->state.len) : cursor_of(NULL, 0);
}

/* ---- appending ---- */

/* Room for the new states first: once the entry is durable nothing may fail. */
static int reserve_checkpoints(struct spool *s, const struct spool_entry *entry)
{
	for (size_t i = 0; i < entry->n_checkpoints; i++) {
		const struct spool_checkpoint *c = &entry->checkpoints[i];
		struct spool_source *source = spool_source(s, slice_of(c->source), true);

		if (source == NULL) {
			return s->n_sources >= SPOOL_SOURCES_MAX ? -EMSGSIZE : -ENOMEM;
		}
		if (buf_reserve(&source->state, cursor_left(&c->state)) == NULL) {
			source->state.failed = false;
			return -ENOMEM;
		}
	}
	return 0;
}

static void store_checkpoints(struct spool *s, const struct spool_entry *entry)
{
	for (size_t i = 0; i < entry->n_checkpoints; i++) {
		const struct spool_checkpoint *c = &entry->checkpoints[i];
		struct spool_source *source = spool_source(s, slice_of(c->source), false);

		buf_reset(&source->state);
		buf_add(&source->state, c->state.at, cursor_left(&c->state));
		assert(!source->state.failed);
	}
}

static bool all_acked(const struct spool *s)
{
	return s->acked + 1 >= s->next;
}

/* Segments that hold nothing newer than the acknowledgement go, the oldest first and one by one, so
 * that no power cut can leave a hole. The last one always stays: it knows epoch and numbers. */
static int drop_acked(struct spool *s)
{
	const struct env *e = s->env;

	while (s->n_segments > 1 && s->segments[0].next <= s->acked + 1) {
		char name[SEGMENT_NAME_BYTES];
		char path[SPOOL_PATH_MAX];
		int rc;

		segment_name(s->segments[0].first, name);
		rc = spool_path(s, name, "", path);
		rc = rc == 0 ? e->unlink(e->arg, path) : rc;
		if (rc != 0 && rc != -ENOENT) {
			return rc;
		}
		forget_segment(s, 0);
		rc = e->sync_dir(e->arg, s->directory);
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

static bool should_roll(const struct spool *s, bool over_quota)
{
	const struct spool_segment *last = last_segment(s);

	if (s->fd < 0) {
		return true;
	}
	if (last->end_bytes - last->preamble_bytes >= s->segment_bytes) {
		return true;
	}
	return all_acked(s) && last->next > last->first &&
	       (over_quota || last->end_bytes >= s->segment_bytes / LAZY_ROLL_SHARE);
}

static int make_room(struct spool *s, size_t bytes)
{
	bool over = s->bytes + (int64_t)bytes > s->max_bytes;
	int rc;

	if (over && !all_acked(s)) {
		return -EDQUOT;
	}
	if (should_roll(s, over)) {
		rc = begin_segment(s, s->epoch);
		if (rc != 0) {
			return rc;
		}
		(void)drop_acked(s); /* what could not go is tried again at the next chance */
	}
	return s->bytes + (int64_t)bytes > s->max_bytes ? -EDQUOT : 0;
}

static int write_entry(struct spool *s, struct spool_segment *last)
{
	const struct env *e = s->env;
	off_t at = (off_t)last->end_bytes;
	int rc = env_pwrite_all(e, s->fd, s->out.data, s->out.len, at);

	if (rc != 0) {
		if (e->ftruncate(e->arg, s->fd, at) != 0) {
			seal(s);
		}
		return rc;
	}
	rc = e->fdatasync(e->arg, s->fd);
	if (rc != 0) {
		/* What is on the disk now nobody knows, and a second fdatasync would not say: the
		 * kernel reports a lost write once (https://lwn.net/Articles/752063/). */
		(void)e->ftruncate(e->arg, s->fd, at);
		seal(s);
	}
	return rc;
}

int spool_append(struct spool *s, const struct spool_entry *entry)
{
	int64_t now_us = env_wall_us(s->env);
	size_t bytes = segment_entry_bytes(entry);
	struct spool_segment *last;
	int rc = bytes != SIZE_MAX ? reserve_checkpoints(s, entry) : -EMSGSIZE;

	assert((entry->count == 0) == (cursor_left(&entry->records) == 0));
	if (rc == 0) {
		rc = make_room(s, bytes);
	}
	if (rc != 0) {
		return rc;
	}
	last = last_segment(s);
	buf_reset(&s->out);
	rc = segment_entry_add(&s->out, last->salt, s->next, now_us, entry);
	rc = rc == 0 ? write_entry(s, last) : rc;
	if (rc != 0) {
		return rc;
	}
	last->end_bytes += (int64_t)s->out.len;
	last->file_bytes = last->end_bytes;
	last->oldest_us = last->oldest_us == 0 && entry->count > 0 ? now_us : last->oldest_us;
	s->bytes += (int64_t)s->out.len;
	s->next += entry->count;
	last->next = s->next;
	store_checkpoints(s, entry);
	return 0;
}

/* ---- acknowledging, epochs, status ---- */

int spool_ack(struct spool *s, uint64_t sequence)
{
	uint64_t newest = s->next - 1;

	if (sequence > newest) {
		sequence = newest;
	}
	if (sequence > s->acked) {
		s->acked = sequence;
	}
	return drop_acked(s);
}

int spool_new_epoch(struct spool *s)
{
	uint64_t before = s->epoch;
	int rc = spool_draw_epoch(s);

	if (rc == 0) {
		rc = begin_segment(s, s->epoch);
	}
	if (rc != 0) {
		s->epoch = before;
	}
	return rc;
}

void spool_status(const struct spool *s, struct spool_status *out)
{
	*out = (struct spool_status){
		.epoch = s->epoch,
		.first_sequence = s->next,
		.next_sequence = s->next,
		.bytes = (uint64_t)s->bytes,
		.damaged_entries = s->damaged_entries,
		.lost_records = s->lost_records,
		.damage_from_us = s->damage_from_us,
		.damage_to_us = s->damage_to_us,
		.truncated_bytes = s->truncated_bytes,
	};
	for (size_t i = 0; i < s->n_segments; i++) {
		if (s->segments[i].next > s->segments[i].first) {
			out->first_sequence = s->segments[i].first;
			out->oldest_us = s->segments[i].oldest_us;
			return;
		}
	}
}
