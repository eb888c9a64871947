/*
 * An environment for tests: clocks that stand still until told, randomness from a seed, and a file
 * system in memory that fails, runs full and loses power when a test says so.
 *
 * It keeps apart what a program sees and what the disk has: a write counts on the disk after
 * fdatasync of its file, a new name, rename or unlink after sync_dir of its folder. At a power cut
 * each step not yet made durable is kept, kept in part, or lost, independently of the others. After
 * a failed fdatasync what it should have written may be lost for good, though later calls succeed
 * (https://wiki.postgresql.org/wiki/Fsync_Errors); only with EINTR it has not begun, which together
 * with a crash is a kill right before it.
 *
 * Paths are compared as text; a folder is whatever stands before the last slash.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/env.h"

struct fake_env;

enum fake_call {
	FAKE_OPEN,
	FAKE_FSTAT,
	FAKE_PREAD,
	FAKE_PWRITE,
	FAKE_FTRUNCATE,
	FAKE_FDATASYNC,
	FAKE_RENAME,
	FAKE_UNLINK,
	FAKE_SYNC_DIR,
	FAKE_MKDIR,
	FAKE_LIST_DIR,
	FAKE_LOCK,
	FAKE_RANDOM,
	FAKE_CALLS, /* how many kinds; as a kind: any of them */
};

/** Everything it does is decided by the seed. Never NULL (a test without memory ends). */
struct fake_env *fake_env_new(uint64_t seed);
void fake_env_free(struct fake_env *f);

/** What the code under test gets; valid as long as `f`. */
const struct env *fake_env_of(struct fake_env *f);

/* ---- time ---- */

/** Both clocks go on by so much. They begin at 2026-11-22 00:00 UTC and 1000 s. */
void fake_env_advance(struct fake_env *f, int64_t us);

/** The thread works for so long: its own clock, not the others. */
void fake_env_work(struct fake_env *f, int64_t us);

/* ---- trouble ---- */

/** The n-th call of this kind from now (1: the next) fails with -error; one plan at a time. */
void fake_env_fail(struct fake_env *f, enum fake_call kind, unsigned nth, int error);

/** Every call of this kind fails with -error; 0: no longer. */
void fake_env_fail_always(struct fake_env *f, enum fake_call kind, int error);

/** Has the failure planned by fake_env_fail happened? */
bool fake_env_has_failed(const struct fake_env *f);

/** Writes take at most so many bytes a call; 0: all. */
void fake_env_short_writes(struct fake_env *f, size_t most_bytes);

/** -ENOSPC when all files together would get bigger; 0: no limit. */
void fake_env_capacity(struct fake_env *f, uint64_t bytes);

/** kill -9: descriptors and locks are gone, everything written is there. */
void fake_env_crash(struct fake_env *f);

/** The power fails: as above, and what was not made durable is kept, torn or lost at random. */
void fake_env_power_cut(struct fake_env *f);

/* ---- looking and meddling ---- */

unsigned fake_env_calls(const struct fake_env *f, enum fake_call kind);
bool fake_env_exists(const struct fake_env *f, const char *path);

/** Length of a file, or -1 when there is none. */
int64_t fake_env_size(const struct fake_env *f, const char *path);

/** The bytes of a file, borrowed until it is next changed; NULL when there is none. */
const uint8_t *fake_env_data(const struct fake_env *f, const char *path);

/** Make or replace a file, durably. */
void fake_env_put(struct fake_env *f, const char *path, const void *data, size_t len_bytes);

/** Flip one bit of a file, durably. */
void fake_env_flip(struct fake_env *f, const char *path, size_t byte, unsigned bit);

/** Path of the i-th file in the order of names, or NULL behind the last. */
const char *fake_env_path(const struct fake_env *f, size_t i);

/** A number below `below` from the same seed; for tests that choose at random. */
uint64_t fake_env_pick(struct fake_env *f, uint64_t below);
