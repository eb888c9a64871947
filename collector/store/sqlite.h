/*
 * The inside of the SQLite store, for its own files and its own tests; everybody else sees
 * include/cxmeter/store.h.
 *
 *   sqlite.c         opening, settings, closing, the table of operations
 *   sqlite_books.c   the store's own tables: sites, zones, watermarks, quarantine
 *   sqlite_put.c     storing batches
 *   sqlite_query.c   tallies and rows
 *   sqlite_changes.c how often each day of each kind has changed
 *   sqlite_columns.c some columns of rows
 *
 * One connection, used by one thread at a time.
 */
#pragma once

#include <sqlite3.h>

#include "cxmeter/store.h"

#define SQLITE_STORE_BUSY_MS 10000 /* an import beside the collector waits this long */

/* One decoded record. On the wire it has at most 16 KiB; what needs more than this says the same
 * field thousands of times, and is set aside. */
#define SQLITE_RECORD_ARENA_MAX ((size_t)256 * 1024)

/* Statements over the store's own tables, prepared at their first use. */
enum book_statement {
	BOOK_SITE,
	BOOK_ADD_SITE,
	BOOK_ZONE,
	BOOK_SET_ZONE,
	BOOK_MARK,
	BOOK_SET_MARK,
	BOOK_QUARANTINE,
	BOOK_SIMULATED,
	BOOK_SET_SIMULATED,
	BOOK_CHANGE,
	BOOK_CHANGES,
	BOOK_BORN,
	BOOK_RECEIVED,
	BOOK_VERSION,
	BOOK_INDEX,
	N_BOOK_STATEMENTS,
};

/* Statements over one kind, prepared at their first use. */
enum kind_statement { KIND_INSERT, KIND_REPLACE, KIND_SELECT, N_KIND_STATEMENTS };

struct kind_statements {
	sqlite3_stmt *prepared[N_KIND_STATEMENTS];
};

#define ONCE_KNOWN 2048 /* ranges; a later one in the same place takes it */

/* Whether some row of a range stands back (once.h). All 0: not asked. */
struct once_known {
	uint32_t kind;
	bool any;
	bool indexed;
	int64_t site;
	int64_t from_us;
	int64_t to_us;
	int64_t version[2];
};

struct store_sqlite {
	struct store base;
	sqlite3 *db;
	const struct cxm_catalog *catalog; /* borrowed */
	sqlite3_stmt *books[N_BOOK_STATEMENTS];
	struct kind_statements *kinds; /* owned; one a kind of the catalog */
	struct arena fresh;            /* the record that comes */
	struct arena there;            /* the record that is there */
	struct once_known known[ONCE_KNOWN];
	char path[];
};

static inline struct store_sqlite *store_sqlite_of(struct store *st)
{
	return (struct store_sqlite *)(void *)st;
}

/** Explain SQLite's last failure, with the path in front; returns the errno. */
int store_sqlite_failed(struct store_sqlite *s, const char *doing, struct fault *fault);

/** Prepare a statement, which may be there already. @return 0 or -errno, explained. */
int store_sqlite_prepare(struct store_sqlite *s, const char *sql, sqlite3_stmt **stmt,
                         struct fault *fault);

/**
 * Step. @return 1 on a row: the caller resets when it has read it; 0 at the end and -errno,
 * explained: it is reset.
 */
int store_sqlite_step(struct store_sqlite *s, sqlite3_stmt *stmt, const char *doing,
                      struct fault *fault);

/* ---- sqlite_books.c ---- */

/* An agent's spool, as the watermarks know it. */
struct book_agent {
	int64_t site; /* its id */
	const char *name;
	uint64_t epoch;
};

/** A name fit for a site, an agent or a zone. @return 0 or -EINVAL, explained. */
int book_check_name(const char *what, const char *name, struct fault *fault);

/** The id of a site. @return 1, 0 when there is no such site, -errno. */
int book_site(struct store_sqlite *s, const char *site, int64_t *id, struct fault *fault);

/** The id of a site, which is made when there is none. @return 0 or -errno. */
int book_need_site(struct store_sqlite *s, const char *site, int64_t *id, struct fault *fault);

/** The sequence stored last. @return 1, 0 for an epoch not seen before, -errno. */
int book_mark(struct store_sqlite *s, const struct book_agent *who, uint64_t *sequence,
              struct fault *fault);
int book_set_mark(struct store_sqlite *s, const struct book_agent *who, uint64_t sequence,
                  struct fault *fault);

/** Keep a record raw with the reason. */
int book_quarantine(struct store_sqlite *s, const struct book_agent *who, uint64_t sequence,
                    const char *reason, struct cursor record, struct fault *fault);

/** A statement over the store's own tables, prepared at its first use. @return 0 or -errno. */
int book_ready(struct store_sqlite *s, enum book_statement which, sqlite3_stmt **stmt,
               struct fault *fault);

/* ---- sqlite_changes.c ---- */

#define CHANGES_PENDING 64

/* Changes of one call of put that are not written yet. */
struct changes {
	struct {
		int64_t site;
		uint32_t kind;
		int32_t day;
		uint64_t rows;
	} list[CHANGES_PENDING];
	size_t n;
	size_t last; /* the one that was touched last: mostly the next one too */
};

/** A row of a site was stored or replaced. @return 0 or -errno. */
int changes_touch(struct store_sqlite *s, struct changes *c, int64_t site,
                  const struct cxm_kind *kind, int64_t at_us, struct fault *fault);

/** Write what is pending, inside the transaction of the rows. @return 0 or -errno. */
int changes_flush(struct store_sqlite *s, struct changes *c, struct fault *fault);

/* The operations, as in struct store_ops. */
int store_sqlite_put(struct store *st, const struct store_batch *batches, size_t n,
                     struct store_counts *counts, struct fault *fault);
int store_sqlite_set_zone(struct store *st, const char *site, const char *timezone,
                          struct fault *fault);
int store_sqlite_watermark(struct store *st, const char *site, const char *agent, uint64_t epoch,
                           uint64_t first_sequence, uint64_t *acked, struct fault *fault);
int store_sqlite_claim(struct store *st, const char *site, bool simulated, struct fault *fault);
int store_sqlite_simulated(struct store *st, const char *site, struct fault *fault);
int store_sqlite_zone(struct store *st, const char *site, char *out, size_t size,
                      struct fault *fault);
int store_sqlite_span(struct store *st, const struct store_span *q, int64_t *first_us,
                      int64_t *last_us, struct fault *fault);
int store_sqlite_received(struct store *st, const char *site, int64_t *at_us, struct fault *fault);
int store_sqlite_sites(struct store *st, int (*each)(void *arg, const char *site), void *arg,
                       struct fault *fault);
int store_sqlite_tally(struct store *st, const struct store_tally *q, store_tally_fn row, void *arg,
                       struct fault *fault);
int store_sqlite_twice(struct store *st, const struct store_range *range, const struct expr *of,
                       uint64_t *rows, struct fault *fault);
int store_sqlite_rows(struct store *st, const struct store_range *range, store_row_fn row,
                      void *arg, struct fault *fault);
int store_sqlite_columns(struct store *st, const struct store_columns *q, store_columns_fn row,
                         void *arg, struct fault *fault);
int store_sqlite_changes(struct store *st, struct store_changes *q, store_change_fn each, void *arg,
                         struct fault *fault);
