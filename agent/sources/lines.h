/*
 * Bytes of a log in, whole lines out: what stands behind the last line feed waits until its own
 * comes.
 *
 * A line longer than LINES_MAX_BYTES is handed out as soon as it is, and the rest of it, up to its
 * line feed, is thrown away. So memory is bounded whatever a file holds.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/slice.h"

#define LINES_MAX_BYTES  ((size_t)64 * 1024)
#define LINES_READ_BYTES ((size_t)256 * 1024) /* at most read in one go */

struct lines {
	struct buf pending;
	bool skipping; /* behind a line that was too long, before its line feed */
};

/* A block of lines, each with its line feed; or one line longer than LINES_MAX_BYTES without. */
typedef void (*lines_fn)(void *arg, struct slice block);

void lines_init(struct lines *l);
void lines_free(struct lines *l);

/** Forget what waits. */
void lines_reset(struct lines *l, bool skipping);

/** Room for n bytes, n up to LINES_READ_BYTES, to read into; NULL without memory. */
uint8_t *lines_room(struct lines *l, size_t n);

/**
 * n bytes were read into the room: hand out what is whole.
 * @return bytes that are done with: handed out or thrown away.
 */
size_t lines_take(struct lines *l, size_t n, lines_fn out, void *arg);

/** Bytes of an unfinished line. */
static inline size_t lines_waiting(const struct lines *l)
{
	return l->pending.len;
}
