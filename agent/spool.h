/*
 * Accepted means: in here. Segment files of checksummed entries; an entry holds packed records and,
 * beside them, the positions of the sources that made them, so both become durable in the same
 * write.
 *
 * Layout and recovery are described in docs/spool.md. One process at a time (flock); all calls from
 * one thread.
 */
#pragma once

#include <stdint.h>

#include "common/buf.h"
#include "common/cursor.h"
#include "common/env.h"
#include "common/fault.h"

/* Records and checkpoints of one entry. A checkpoint holds all open calls of a source, 6 MiB at the
 * limit of the queue tracker. */
#define SPOOL_ENTRY_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define SPOOL_SOURCES_MAX     1024 /* checkpoints kept */

struct spool;

struct spool_options {
	const char *directory;
	int64_t max_bytes;     /* quota over all segments */
	int64_t segment_bytes; /* a new segment begins when the current one has passed this */
};

struct spool_checkpoint {
	const char *source;  /* name and instance: "queue_log:/var/log/asterisk/queue_log" */
	struct cursor state; /* opaque; borrowed */
};

struct spool_entry {
	struct cursor records; /* count times what cxm_record_append writes; borrowed */
	uint32_t count;
	const struct spool_checkpoint *checkpoints; /* only those that changed */
	size_t n_checkpoints;
};

/* A run of records to send; memory of the spool, valid until the next call. */
struct spool_run {
	uint64_t first_sequence;
	uint32_t count;
	uint64_t lost; /* sequence numbers right before it that are gone (damaged or dropped) */
	struct cursor records;
};

struct spool_status {
	uint64_t epoch;
	uint64_t first_sequence; /* oldest record kept; next_sequence when empty */
	uint64_t next_sequence;
	uint64_t bytes;           /* of all segments on disk */
	uint64_t damaged_entries; /* damaged places found since opening: at recovery (unless an
	                             earlier one reported them already) and while reading */
	uint64_t lost_records;    /* known to have been in them */
	int64_t damage_from_us;   /* wall clock: the lost records were accepted between these */
	int64_t damage_to_us;
	uint64_t truncated_bytes; /* unfinished tail left out at recovery: nothing accepted */
	int64_t oldest_us;        /* wall clock of the oldest entry with records; 0 when empty */
};

/**
 * Open or create; recovers every whole entry of every segment and copies what is damaged to *.bad.
 * Damage never keeps it from opening.
 * @return 0; -EAGAIN when another process has it ("spool locked by pid N"), -EROFS, -EACCES,
 * -errno; explained. A full disk is no reason not to open: what is there can be sent.
 */
int spool_open(struct spool **out, const struct env *env, const struct spool_options *options,
               struct fault *fault);
void spool_close(struct spool *s);

/** The last checkpoint a source stored; empty when there is none. Valid until the next append. */
struct cursor spool_checkpoint(const struct spool *s, const char *source);

/**
 * Append one entry and make it durable.
 * @return 0: accepted; -EDQUOT at the quota, -ENOSPC, -EIO or another -errno: nothing was accepted,
 * the spool is as before; -EMSGSIZE when it will never fit.
 */
int spool_append(struct spool *s, const struct spool_entry *entry);

/**
 * Records from `sequence` on: the next run of at most max_bytes (a longer entry is split; a single
 * record always fits).
 * @return 1, 0 when there are none yet, -errno.
 */
int spool_read(struct spool *s, uint64_t sequence, size_t max_bytes, struct spool_run *out);

/** All records up to `sequence` are stored at the collector: segments that hold nothing newer are
 * deleted. */
int spool_ack(struct spool *s, uint64_t sequence);

/** Begin a new epoch (the collector saw a later state of this spool than we have). Records and
 * their numbers are kept. @return 0: durable; -errno: the epoch is as before. */
int spool_new_epoch(struct spool *s);

void spool_status(const struct spool *s, struct spool_status *out);
