/*
 * A spool on the file system of fake_env: filled with numbered records (tests/support/packed.h),
 * killed, cut off from power, opened again, read to the end. For the tests of the spool itself;
 * test_agent_spool_model.c keeps a model of its own instead, and whoever only needs a spool opens
 * one.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "agent/spool.h"
#include "tests/support/fake_env.h"

#define SPOOL_FIXTURE_DIR       "/var/spool/cxmeter"
#define SPOOL_FIXTURE_SEGMENT_1 SPOOL_FIXTURE_DIR "/00000000000000000001.seg"

struct spool_fixture {
	struct fake_env *fake;
	struct spool_options
		options; /* 1 MiB in segments of 4 KiB; changed ones count from the next opening */
	struct spool *spool;
	struct buf records;
	uint64_t next_id;
	struct fault fault;
};

/** cmocka's setup and teardown: an empty spool, in *state. */
int spool_fixture_setup(void **state);
int spool_fixture_teardown(void **state);

/** Close and open; what spool_open says. */
int spool_fixture_open_again(struct spool_fixture *f);

/** Killed, and started again. Closing only gives back memory and descriptors: it writes nothing. */
void spool_fixture_crash(struct spool_fixture *f);

/** The same, and what was not synced may be gone. */
void spool_fixture_power_cut(struct spool_fixture *f);

/** Append records with the ids that come next, so the id of a record is its number; `pad` bytes
 * each beside the id, and a checkpoint of `source` unless that is "". @return what spool_append
 * says. */
int spool_fixture_append_sized(struct spool_fixture *f, uint32_t count, size_t pad,
                               const char *source, const char *text);

/** Append `count` records of 32 bytes; must succeed. */
void spool_fixture_append(struct spool_fixture *f, uint32_t count);

struct spool_status spool_fixture_status(const struct spool_fixture *f);

/** Every record from `sequence` on is there, in order; returns how many, and how many were reported
 * lost. */
uint64_t spool_fixture_read_all(struct spool_fixture *f, uint64_t sequence, uint64_t *lost);

/** The checkpoint of a source is this text; "" for none. */
void spool_fixture_expect_checkpoint(struct spool_fixture *f, const char *source, const char *want);

/** Files whose path ends so. */
unsigned spool_fixture_count_files(const struct spool_fixture *f, const char *suffix);
