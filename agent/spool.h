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

#define SPOOL_ENTRY_MAX_BYTES ((size_t)4 * 1024 * 1024) /* records and checkpoints of one entry */

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
	uint64_t bytes;
	uint64_t damaged_entries; /* quarantined at recovery, since opening */
	uint64_t truncated_bytes; /* unfinished tails cut at recovery */
	int64_t oldest_us;        /* wall clock of the oldest entry; 0 when empty */
};

/**
 * Open or create; recovers to the longest valid prefix of every segment, moves damaged segments'
 * rests to *.bad.
 * @return 0; -EAGAIN when another process has it ("spool locked by pid N"), -EROFS, -ENOSPC,
 * -errno; explained.
 */
int spool_open(struct spool **out, const struct env *env, const struct spool_options *options,
               struct fault *fault);
void spool_close(struct spool *s);

/** The last checkpoint a source stored; empty when there is none. Valid until the next append. */
struct cursor spool_checkpoint(const struct spool *s, const char *source);

/**
 * Append one entry and make it durable.
 * @return 0: accepted; -EDQUOT at the quota, -ENOSPC, -EIO or another -errno: nothing was accepted,
 * the spool is as before.
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

/** Begin a new epoch (the collector saw a later state of this spool than we have). Records are
 * kept. */
int spool_new_epoch(struct spool *s);

void spool_status(const struct spool *s, struct spool_status *out);
