/* Files read once; see replay.h. Owns the list and the file that is being read. */
#include "agent/sources/replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/sources/tail_file.h"
#include "common/instream.h"
#include "common/log.h"

struct replay_file {
	char *path; /* owned */
	int64_t first_us;
	size_t named; /* its place on the command line */
	uint64_t size;
};

struct replay {
	const char *name; /* borrowed */
	struct tail_handler handler;
	struct replay_file *files; /* owned */
	size_t n_files;
	size_t at;            /* which is read now */
	struct instream *in;  /* owned; of files[at], NULL before its first step */
	uint64_t done_before; /* bytes of the files before it */
	uint64_t all;
	uint64_t partial;
	int rc;
	struct lines lines;
};

static int look(struct replay *r, struct replay_file *f, struct fault *fault)
{
	char bytes[TAIL_PROBE_BYTES];
	struct instream *in;
	ssize_t n = instream_open(&in, f->path, fault);

	if (n != 0) {
		return (int)n;
	}
	f->size = instream_size_bytes(in);
	n = instream_read(in, bytes, sizeof(bytes));
	instream_close(in);
	if (n < 0) {
		return fault_set(fault, (int)n, "%s: cannot read: %s", f->path,
		                 n == -EBADMSG ? "damaged compression" : strerror((int)-n));
	}
	f->first_us = r->handler.first_us(r->handler.arg, (struct slice){ bytes, (size_t)n });
	return 0;
}

/* By time; equal ones as they were named. */
static int by_time(const void *a, const void *b)
{
	const struct replay_file *x = a;
	const struct replay_file *y = b;

	if (x->first_us != y->first_us) {
		return x->first_us < y->first_us ? -1 : 1;
	}
	return x->named < y->named ? -1 : 1;
}

static void say_order(const struct replay *r)
{
	for (size_t i = 0; i < r->n_files; i++) {
		if (r->files[i].named != i) {
			log_info(r->name,
			         "reading the files in the order of their first lines, "
			         "beginning with %s",
			         r->files[0].path);
			return;
		}
	}
}

int replay_new(struct replay **out, const char *name, const char *const *paths, size_t n,
               const struct tail_handler *handler, struct fault *fault)
{
	struct replay *r;
	int rc = 0;

	if (n > REPLAY_FILES_MAX) {
		return fault_set(fault, -E2BIG, "%zu files; at most %d at once", n,
		                 REPLAY_FILES_MAX);
	}
	r = calloc(1, sizeof(*r));
	if (r == NULL || (r->files = calloc(n, sizeof(*r->files))) == NULL) {
		free(r);
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	r->name = name;
	r->handler = *handler;
	lines_init(&r->lines);
	for (; rc == 0 && r->n_files < n; r->n_files++) {
		struct replay_file *f = &r->files[r->n_files];

		f->named = r->n_files;
		f->path = strdup(paths[r->n_files]);
		rc = f->path != NULL ? look(r, f, fault)
		                     : fault_set(fault, -ENOMEM, "out of memory");
		if (f->first_us < 0 && r->n_files > 0) {
			f->first_us = f[-1].first_us; /* tells no time: stays behind the one it was
			                                 named after */
		}
		r->all += f->size;
	}
	if (rc != 0) {
		replay_free(r);
		return rc;
	}
	qsort(r->files, r->n_files, sizeof(*r->files), by_time);
	say_order(r);
	*out = r;
	return 0;
}

void replay_free(struct replay *r)
{
	if (r == NULL) {
		return;
	}
	for (size_t i = 0; i < r->n_files; i++) {
		free(r->files[i].path);
	}
	instream_close(r->in);
	lines_free(&r->lines);
	free(r->files);
	free(r);
}

static enum replay_result next_file(struct replay *r)
{
	if (lines_waiting(&r->lines) > 0) {
		r->partial++;
		log_warn(r->name,
		         "%s: the last line has no end and is left out: nobody knows how it "
		         "goes on",
		         r->files[r->at].path);
	}
	lines_reset(&r->lines, false);
	instream_close(r->in);
	r->in = NULL;
	r->done_before += r->files[r->at].size;
	r->at++;
	return r->at < r->n_files ? REPLAY_MORE : REPLAY_DONE;
}

static enum replay_result give_up_file(struct replay *r, int rc, const char *why)
{
	log_err(r->name, "%s: %s; what was read of it is used", r->files[r->at].path, why);
	r->rc = r->rc != 0 ? r->rc : rc;
	r->handler.gap(r->handler.arg, TAIL_GAP_DAMAGED);
	return next_file(r);
}

enum replay_result replay_step(struct replay *r)
{
	struct fault fault;
	uint8_t *room;
	ssize_t n;

	if (r->at >= r->n_files) {
		return REPLAY_DONE;
	}
	if (r->in == NULL) {
		int rc = instream_open(&r->in, r->files[r->at].path, &fault);

		if (rc != 0) {
			r->in = NULL;
			return give_up_file(r, rc, "cannot be opened any more");
		}
	}
	room = lines_room(&r->lines, LINES_READ_BYTES);
	n = room != NULL ? instream_read(r->in, room, LINES_READ_BYTES) : -ENOMEM;
	if (n < 0) {
		return give_up_file(r, (int)n,
		                    n == -EBADMSG ? "damaged compression" : strerror((int)-n));
	}
	if (n == 0) {
		return next_file(r);
	}
	(void)lines_take(&r->lines, (size_t)n, r->handler.lines, r->handler.arg);
	return REPLAY_MORE;
}

int replay_rc(const struct replay *r)
{
	return r->rc;
}

void replay_progress(const struct replay *r, uint64_t *done, uint64_t *all)
{
	*done = r->done_before + (r->in != NULL ? instream_done_bytes(r->in) : 0);
	*all = r->all;
}

uint64_t replay_partial(const struct replay *r)
{
	return r->partial;
}
