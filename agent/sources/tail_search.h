/* Rotated siblings of a followed log: which is the one that was read last, which one comes next.
 * Helper of tail.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/sources/tail_file.h"

#define TAIL_PATH_MAX     4096
#define TAIL_SIBLINGS_MAX 1024 /* files looked at in one search; more are left out and said so */

/* Where reading stopped. */
struct tail_place {
	bool known;    /* there is one */
	bool skipping; /* inside a line that was too long */
	bool told;     /* a gap was told because the file is nowhere */
	bool cut;      /* the file is a copy of one that was cut: a gap is due behind it */
	uint64_t dev;  /* the file: */
	uint64_t ino;
	uint32_t head_crc; /* CRC-32C of its first head_len bytes */
	uint32_t head_len;
	int64_t first_us; /* time of its first line; while it has none, of the file before; -1: not
	                     known */
	int64_t mtime_us; /* when that file was written last */
	uint64_t offset;  /* behind the last line taken; unpacked */
};

struct tail_found {
	char path[TAIL_PATH_MAX];
	struct tail_probe probe;
	bool cut; /* the inode the place was in is there too, with something else in it */
};

struct tail_search {
	const struct env *env;
	const struct tail_handler *handler;
	const char *source; /* for messages */
	const char *path;   /* of the log itself */
};

/** Does a file begin as the place says, and is it long enough? Without any bytes known: is it the
 * same inode? */
bool tail_place_in(const struct tail_place *place, const struct tail_probe *probe);

bool tail_same_inode(const struct tail_place *place, const struct tail_probe *probe);

/** The sibling the place is in, one with the same inode before a copy. */
bool tail_find_place(const struct tail_search *s, const struct tail_place *place,
                     struct tail_found *out);

/**
 * The oldest sibling that begins after the file of the place: by the time of its first line, then
 * by when it was written last. Copies of that file and of the one at the path are passed over.
 */
bool tail_find_next(const struct tail_search *s, const struct tail_place *place,
                    struct tail_found *out);
