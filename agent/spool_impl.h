/* What the files of the spool share; nobody else includes it. */
#pragma once

#include "agent/spool.h"
#include "agent/spool_segment.h"

#define SPOOL_PATH_MAX     4096
#define SPOOL_SEGMENTS_MAX 100000 /* at the limit appending is -EDQUOT */
#define SPOOL_BAD_MAX      16     /* *.bad files kept; further damage is only counted */

struct spool_segment {
	uint64_t first; /* the number in its name */
	uint64_t next;  /* behind its last record; first when it has none */
	uint64_t epoch;
	uint32_t salt;
	unsigned damaged;       /* places reported; the reader counts only further ones */
	int64_t preamble_bytes; /* head and checkpoints it was begun with */
	int64_t end_bytes;      /* behind the last accepted entry */
	int64_t file_bytes;
	int64_t oldest_us; /* of its oldest entry with records; 0: none */
};

struct spool_source {
	char *name; /* owned */
	struct buf state;
};

struct spool_reader {
	struct segment_scan scan;
	int fd;           /* -1: none */
	uint64_t segment; /* first number of the segment that is open */
	unsigned skips;   /* damaged places passed in it */
	uint64_t next;    /* number of the first record in `records` */
	uint32_t left;
	struct cursor records; /* of the entry in the scan's window; not yet given out */
	struct buf run;
};

struct spool {
	const struct env *env;
	char *directory; /* owned */
	int64_t max_bytes;
	int64_t segment_bytes;
	int lock_fd;
	int fd; /* of the last segment when it may be appended to; -1: the next append begins one */
	struct spool_segment *segments; /* owned; in order of numbers */
	size_t n_segments;
	size_t segments_cap;
	struct spool_source *sources; /* owned */
	size_t n_sources;
	struct buf out; /* the entry being written */
	struct spool_reader reader;
	uint64_t epoch;
	uint64_t next;
	uint64_t acked;
	int64_t bytes;
	uint64_t damaged_entries;
	uint64_t lost_records;
	int64_t damage_from_us;
	int64_t damage_to_us;
	uint64_t truncated_bytes;
};

/* spool.c */
int spool_path(const struct spool *s, const char *name, const char *suffix,
               char out[SPOOL_PATH_MAX]);
int spool_grow_segments(struct spool *s);
struct spool_source *spool_source(struct spool *s, struct slice name, bool create);
int spool_draw_epoch(struct spool *s);
void spool_note_damage(struct spool *s, uint64_t lost, int64_t from_us, int64_t to_us);

/* spool_recover.c: fill segments, sources, epoch and next from what the directory holds */
int spool_recover(struct spool *s, struct fault *fault);

/* spool_read.c */
void spool_reader_init(struct spool *s);
void spool_reader_forget(struct spool *s); /* before its segment goes away */
void spool_reader_free(struct spool *s);
