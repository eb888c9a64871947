/*
 * A segment of the spool: what its bytes mean, and how the entries in it are found again, whatever
 * has become of some of them. docs/spool.md has the layout.
 *
 * Knows nothing of quotas, acknowledgements or other segments.
 */
#pragma once

#include <stdint.h>

#include "agent/spool.h"
#include "common/buf.h"
#include "common/cursor.h"
#include "common/env.h"
#include "common/slice.h"

#define SEGMENT_VERSION    1
#define SEGMENT_HEAD_BYTES 80 /* twice the same block, so that one bad bit does not cost a file */
#define SEGMENT_NAME_BYTES 25 /* "00000000000000000001.seg" and NUL */
#define SEGMENT_SUFFIX     ".seg"

/* Nobody gets there by counting; a number above it is damage. */
#define SEGMENT_SEQUENCE_MAX ((uint64_t)INT64_MAX)

/* Entries that were begun and then found broken while looking for the next good one, per scan;
 * bounds the work a file of lookalikes can cause. */
#define SEGMENT_TRIES_MAX 256

struct segment_head {
	uint64_t epoch;
	uint64_t first_sequence;
	uint32_t salt; /* seed of the entries' checksums: bytes of another segment, or of a record,
	                  are no entry here */
};

struct segment_entry {
	uint64_t first_sequence; /* of its first record; the next one's when it has none */
	int64_t written_us;      /* wall clock */
	uint32_t count;
	uint32_t n_checkpoints;
	struct cursor checkpoints; /* for segment_checkpoint_next */
	struct cursor records;
};

/** File name of the segment whose first record has this number, and back (false: no such name). */
void segment_name(uint64_t first_sequence, char out[SEGMENT_NAME_BYTES]);
bool segment_name_parse(const char *name, uint64_t *first_sequence);

void segment_head_add(struct buf *out, const struct segment_head *head);

/** @return 0, -EBADMSG when both blocks are damaged, -EPROTONOSUPPORT for a later version. */
int segment_head_parse(const void *data, size_t len_bytes, struct segment_head *out);

/** Bytes an entry takes; SIZE_MAX for too much of anything. */
size_t segment_entry_bytes(const struct spool_entry *entry);

/** Append one entry. @return 0, -EMSGSIZE for too much of anything or at the buffer's ceiling. */
int segment_entry_add(struct buf *out, uint32_t salt, uint64_t first_sequence, int64_t written_us,
                      const struct spool_entry *entry);

/** Take the next checkpoint of an entry. @return 1, 0 at the end. */
int segment_checkpoint_next(struct cursor *c, struct slice *source, struct cursor *state);

/* Reading one segment from front to back. */
struct segment_scan {
	const struct env *env;
	int fd; /* not closed here */
	uint32_t salt;
	int64_t at_bytes;
	int64_t end_bytes; /* nothing behind it is looked at */
	unsigned tries;
	struct buf window; /* owned; holds the entry that was found last */
};

void segment_scan_init(struct segment_scan *scan, const struct env *env);
void segment_scan_begin(struct segment_scan *scan, int fd, uint32_t salt, int64_t end_bytes);
void segment_scan_free(struct segment_scan *scan);

/**
 * Find the next entry that is whole.
 * @param entry    borrowed from the scan until its next call.
 * @param skipped  bytes before it (at the end: behind the last one) that are no entry.
 * @return 1, 0 at the end, -errno. A part of the file that cannot be read (-EIO) counts as damaged,
 * not as a failure.
 */
int segment_scan_next(struct segment_scan *scan, struct segment_entry *entry, int64_t *skipped);
