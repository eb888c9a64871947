/*
 * Follow a log that is written, rotated and cut by others, and never lose a line that is still on
 * the disk.
 *
 * A file is known by device, inode and a checksum of its first bytes, so that neither an inode used
 * again nor a file cut and written anew passes for the old one (vector issue 23076). Where reading
 * stopped is a place: a file so known and the offset behind the last whole line taken. After a
 * restart that file is looked for at its path and among its rotated siblings (path.*, path-*, also
 * .gz and .zst), read to its end, then the siblings that are newer by the time of their first line,
 * then the path itself: neither numbers nor names tell the order of rotated files.
 *
 * Knows nothing of what lines mean but their time, which its handler tells. No timers: tail_step is
 * called again and again. Regular files only; symbolic links, FIFOs and devices are refused and
 * never waited for.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/sources/lines.h"
#include "common/buf.h"
#include "common/cursor.h"
#include "common/env.h"

#define TAIL_HEAD_BYTES      1024 /* of a file's beginning that tell it from another */
#define TAIL_PLACE_MAX_BYTES 64

struct tail;

enum tail_gap {
	TAIL_GAP_TRUNCATED, /* the file was cut: lines since it was copied may be lost */
	TAIL_GAP_LOST,      /* the rest of the file that was read last is nowhere */
	TAIL_GAP_DAMAGED,   /* a compressed file cannot be read further */
};

struct tail_handler {
	void *arg;
	lines_fn lines;
	/* Time of the first line in `block` that has one [us], or -1. */
	int64_t (*first_us)(void *arg, struct slice block);
	/* Told between the last line before it and the first behind it. */
	void (*gap)(void *arg, enum tail_gap why);
};

struct tail_options {
	const struct env *env;
	const char *name; /* of the source, for messages */
	const char *path;
	bool from_start;   /* without a place: begin with the oldest sibling, not at the end */
	int64_t settle_us; /* a rotated file is read on for as long after a new one stands at the
	                      path */
};

struct tail_counters {
	uint64_t files;     /* begun to read */
	uint64_t partial;   /* unfinished last lines of rotated and cut files, thrown away */
	uint64_t truncated; /* times a file was found cut */
	uint64_t lost;
	uint64_t damaged;
};

enum tail_result {
	TAIL_MORE, /* call again at once */
	TAIL_IDLE, /* nothing more for now */
};

/** @return 0 or -ENOMEM. Options and handler are copied, the path too; env and name are borrowed.
 */
int tail_new(struct tail **out, const struct tail_options *options,
             const struct tail_handler *handler);
void tail_free(struct tail *t);

/** Go on at a place that tail_save wrote, before the first step. @return 0 or -EBADMSG. */
int tail_load(struct tail *t, struct cursor *in);
void tail_save(const struct tail *t, struct buf *out);

/** Read on, at most LINES_READ_BYTES. */
enum tail_result tail_step(struct tail *t);

/** Bytes of the open file that were taken, and its size; zeros when none is open. */
void tail_progress(const struct tail *t, uint64_t *done, uint64_t *all);
const struct tail_counters *tail_counters(const struct tail *t);

/** Why nothing can be read at present: -errno, 0 when it can. */
int tail_trouble(const struct tail *t);
const char *tail_path(const struct tail *t);
