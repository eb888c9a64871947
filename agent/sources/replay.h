/*
 * Log files that are read once, one after the other, plain or compressed: the way of `replay`.
 *
 * They are read in the order of the time of their first line, whatever order they were named in:
 * neither the names of rotated files nor their numbers tell it. Each is checked when they are
 * opened.
 */
#pragma once

#include <stdint.h>

#include "agent/sources/tail.h"
#include "common/fault.h"

#define REPLAY_FILES_MAX 4096

struct replay;

enum replay_result { REPLAY_MORE, REPLAY_DONE };

/**
 * @param name     of the source, for messages; borrowed.
 * @param paths    copied.
 * @param handler  as of a tail; copied.
 * @return 0, or -errno for a file that cannot be opened, explained.
 */
int replay_new(struct replay **out, const char *name, const char *const *paths, size_t n,
               const struct tail_handler *handler, struct fault *fault);
void replay_free(struct replay *r);

/** Read on, at most LINES_READ_BYTES. */
enum replay_result replay_step(struct replay *r);

/** 0, or why a file could not be read to its end (the others were read all the same). */
int replay_rc(const struct replay *r);

/** Bytes as the files lie on disk. */
void replay_progress(const struct replay *r, uint64_t *done, uint64_t *all);

/** Unfinished last lines, thrown away. */
uint64_t replay_partial(const struct replay *r);
