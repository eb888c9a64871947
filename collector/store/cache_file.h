/*
 * The inside of the cache, for its own files: the database beside the evidence, its statements, and
 * what was found wrong with it.
 *
 *   cache_file.c  opening, tables, statements, size
 *   cache.c       parts of days
 *   cache_runs.c  scores of days
 *   cache_models.c  models that sites were scored with
 */
#pragma once

#include <sqlite3.h>

#include "common/buf.h"
#include "cxmeter/cache.h"

#define CACHE_LIMIT_BYTES   ((uint64_t)1024 * 1024 * 1024) /* of the file */
#define CACHE_PENDING_BYTES ((size_t)64 * 1024 * 1024)     /* parts kept and not yet written */

enum cache_statement {
	CACHE_PART_LOAD,
	CACHE_PART_KEEP,
	CACHE_PART_OLDEST,
	CACHE_PART_NEWEST,
	CACHE_PART_DROP,
	CACHE_RUN_FIND,
	CACHE_RUN_SAVE,
	CACHE_SCORE_DROP,
	CACHE_SCORE_SAVE,
	CACHE_SCORES,
	CACHE_MODEL_LAST,
	CACHE_MODEL_ADD,
	CACHE_MODEL_TRIM,
	CACHE_MODELS,
	CACHE_STATEMENTS
};

struct cache {
	sqlite3 *db;
	sqlite3_stmt *stmts[CACHE_STATEMENTS];
	bool writing; /* a transaction is open */
	bool read_only;
	bool said; /* trouble is told once */
	uint64_t limit_bytes;
	struct buf pending; /* parts kept, written by cache_commit */
	struct buf found;   /* counts of the run that cache_find_run found */
	struct cache_counts counts;
	int64_t n_scores; /* of the run found last */
	struct fault trouble;
	char path[];
};

/** errno of SQLite's last failure; what is no passing trouble is noted. */
int cache_failed(struct cache *c);

/** Note that what was read is not what was written. @return -EBADMSG */
int cache_damaged(struct cache *c);

/** A statement ready to be bound; NULL: cache_failed says why. */
sqlite3_stmt *cache_ready(struct cache *c, enum cache_statement which);

/** Run what gives no rows. @return 0 or -errno */
int cache_run_statement(struct cache *c, sqlite3_stmt *s);

/** Open a transaction to write, which waits for others that write. @return 0 or -errno */
int cache_begin(struct cache *c);

/** End it: written, or else rolled back. @return rc, or -errno */
int cache_end(struct cache *c, int rc);

void cache_bind_text(sqlite3_stmt *s, int at, const char *text);
void cache_bind_u64(sqlite3_stmt *s, int at, uint64_t v);
void cache_bind_blob(sqlite3_stmt *s, int at, struct cursor data);
struct cursor cache_blob_at(sqlite3_stmt *s, int column);
