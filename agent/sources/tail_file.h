/* One file of a followed log, plain or compressed: what tells it from others, and reading it.
 * Helper of tail.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/sources/tail.h"
#include "common/instream.h"

#define TAIL_PROBE_BYTES 4096 /* looked at for the time of the first line */

/* What a file is, as far as can be told from outside and from its beginning. */
struct tail_probe {
	uint64_t dev;
	uint64_t ino;
	uint64_t size; /* 0 for a compressed file: not known */
	int64_t mtime_us;
	int64_t first_us; /* time of its first line; -1: none has one */
	size_t head_len;  /* unpacked */
	uint8_t head[TAIL_HEAD_BYTES];
};

struct tail_file {
	int fd;                  /* -1: none, or `packed` has it */
	struct instream *packed; /* owned */
};

#define TAIL_FILE_NONE ((struct tail_file){ -1, NULL })

static inline bool tail_file_is_open(const struct tail_file *f)
{
	return f->fd >= 0 || f->packed != NULL;
}

/** Look at a file without keeping it open. @return 0 or -errno. */
int tail_file_probe(const struct env *env, const char *path, const struct tail_handler *handler,
                    struct tail_probe *out);

/** Open a file, plain or compressed, at its beginning, and look at it. @return 0 or -errno. */
int tail_file_open(const struct env *env, const char *path, const struct tail_handler *handler,
                   struct tail_file *f, struct tail_probe *out);

/** Look again at an open plain file, which may have grown. @return 0 or -errno. */
int tail_file_look(const struct env *env, const struct tail_file *f,
                   const struct tail_handler *handler, struct tail_probe *out);

/** @return bytes read, 0 at the end, -errno. `at` is for plain files; compressed ones are read
 * front to back. */
ssize_t tail_file_read(const struct env *env, const struct tail_file *f, void *out,
                       size_t len_bytes, uint64_t at);
void tail_file_close(const struct env *env, struct tail_file *f);

/** By its name. */
bool tail_name_is_packed(const char *name);
