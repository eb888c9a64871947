/*
 * Where evidence lies: what every store implements. SQLite today; others pass the same conformance
 * tests.
 *
 * The tables of a store are made from the record descriptors. A row's identity is (site, natural
 * key); putting it a second time changes nothing, and of two different rows with one identity the
 * one that ranks higher (cxm_record_rank) stays, whatever the order of arrival.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cursor.h"
#include "common/fault.h"
#include "cxmeter/record.h"
#include "proto/expr.h"

#define STORE_NAME_MAX 64 /* bytes of a site or agent name */

struct store;

/* A run of records from one agent, as they travelled. */
struct store_batch {
	const char *site; /* 1 to STORE_NAME_MAX bytes of UTF-8 without control characters */
	const char *agent;
	uint64_t epoch;
	uint64_t first_sequence; /* from 1 */
	uint64_t lost; /* sequence numbers right before first_sequence that the agent dropped */
	uint32_t count;
	struct cursor records; /* count times what cxm_record_next takes */
};

struct store_counts {
	uint64_t stored;      /* new rows */
	uint64_t known;       /* rows that were there already, and still are as they were */
	uint64_t replaced;    /* rows that gave way to a higher ranking one */
	uint64_t quarantined; /* records set aside because they could not be understood; kept raw
	                         with the reason */
};

/* Which rows: all of one kind and site with from_us <= at_us < to_us. */
struct store_range {
	const struct cxm_kind *kind;
	const char *site; /* one that is not known has no rows */
	int64_t from_us;
	int64_t to_us;
};

/* Of which rows the first and the last is asked. */
struct store_span {
	const struct cxm_kind *kind;
	const char *site;
	int64_t before_us; /* INT64_MAX: all */
};

#define STORE_SUMS_MAX 8

struct store_tally {
	struct store_range range;
	const struct expr *of; /* NULL: all; a row for which it is not known does not count */
	const struct expr *sums[STORE_SUMS_MAX]; /* numbers; not known adds nothing */
	size_t n_sums;
	const struct cxm_field *group; /* a label or state; NULL: one group */
	const struct expr *value; /* not NULL: one row a distinct value, ascending (rows without it
	                             are left out) */
	int64_t slot_us; /* above 0: one row a slot of this length from range.from_us, ascending
	                    within its group; not together with `value` */
	const struct cxm_field *key; /* not NULL: one row an identity or whole number, ascending as
	                                int64 (rows without it are left out); not together with
	                                `group`, `value` or `slot_us` */
};

/* Groups come ascending, labels by their bytes and states by their numbers; rows without the field
 * count under "" and come first. Where nothing counts there is no row. */
struct store_tally_row {
	struct slice group; /* text of the group, "" when there is none */
	double value;
	uint32_t slot;               /* 0 is the one that begins at range.from_us */
	int64_t key;                 /* an identity bit by bit */
	uint64_t n;                  /* rows counted */
	double sums[STORE_SUMS_MAX]; /* of doubles: exact for whole numbers up to 2^53, else always
	                                the same for the same rows, however they arrived */
};

#define STORE_COLUMNS_MAX 12
#define STORE_KEYS_MAX    12

/* Some columns of the rows that count, in the order of `time`, then of the rest of the key. */
struct store_columns {
	struct store_range range;
	const struct expr *of; /* as in a tally */
	const struct cxm_field
		*time; /* a point in time; NULL: at_us. Rows without it are left out */
	const struct cxm_field *keys[STORE_KEYS_MAX]; /* any type but bytes and real */
	size_t n_keys;
	const struct expr *values[STORE_COLUMNS_MAX]; /* numbers */
	size_t n_values;
};

struct store_columns_row {
	int64_t time_us;
	bool has_key[STORE_KEYS_MAX];
	uint64_t keys[STORE_KEYS_MAX];    /* whole numbers and identities bit by bit, a label as the
	                                     64-bit FNV-1a of its bytes (stats_fnv1a) */
	double values[STORE_COLUMNS_MAX]; /* NAN: not known */
};

/* How often rows of a kind with at_us on one UTC day have been stored or replaced: it grows with
 * every put that changes anything there, in the same transaction, and never shrinks. */
struct store_change {
	uint32_t kind; /* cxm_kind.number */
	int32_t day;   /* UTC, since 1970-01-01 */
	uint64_t rows;
};

struct store_changes {
	const char *site;
	int32_t from_day; /* UTC, both included */
	int32_t to_day;
	uint64_t born; /* set: of this store; another one in its place has another */
};

typedef int (*store_change_fn)(void *arg, const struct store_change *change);

/* Callbacks: not 0 stops and is returned. They may read from the same store. */
typedef int (*store_tally_fn)(void *arg, const struct store_tally_row *row);
typedef int (*store_columns_fn)(void *arg, const struct store_columns_row *row);
typedef int (*store_row_fn)(void *arg, const ProtobufCMessage *m);

struct store_ops {
	const char *name; /* the scheme of its URL: "sqlite" */
	int (*open)(struct store **out, const char *where, bool read_only,
	            const struct cxm_catalog *catalog, struct fault *fault);
	/* Find what would stop open from writing there; nothing is made or written. 0 or -errno,
	 * explained as open would. */
	int (*check)(const char *where, const struct cxm_catalog *catalog, struct fault *fault);
	/* All n batches and their watermarks in one transaction. 0: durable; -errno: nothing
	 * changed, and the store is as usable as before (-ENOSPC and -EBUSY pass by themselves).
	 * A batch must follow the watermark of its agent and epoch (after `lost`): records at or
	 * below it are skipped, a hole is -ERANGE; -EBADMSG when `records` are not `count` whole
	 * records, -EINVAL for impossible names or numbers. A record of an unknown kind, one that
	 * cxm_record_unpack refuses and one whose at_us is not within 2000 to 2099 is quarantined.
	 * `counts`, which may be NULL, is set to those of this call, to 0 on failure. */
	int (*put)(struct store *st, const struct store_batch *batches, size_t n,
	           struct store_counts *counts, struct fault *fault);
	/* The last sequence stored of an agent's epoch; an epoch not seen before starts at
	 * first_sequence - 1. Changes nothing. */
	int (*watermark)(struct store *st, const char *site, const char *agent, uint64_t epoch,
	                 uint64_t first_sequence, uint64_t *acked, struct fault *fault);
	/* A site that is not known yet is made. */
	int (*set_zone)(struct store *st, const char *site, const char *timezone,
	                struct fault *fault);
	/* The zone name, or "" when the site is unknown or never said. */
	int (*zone)(struct store *st, const char *site, char *out, size_t size,
	            struct fault *fault);
	/* Say of which kind the evidence of a site is, before it is put: simulated or real. A site
	 * is of one kind for ever. 0; -EPERM when it is of the other, explained. A site that is
	 * not known yet is made when it is simulated. */
	int (*claim)(struct store *st, const char *site, bool simulated, struct fault *fault);
	/* 1 when its evidence is simulated, 0 when not or when it is unknown, -errno. */
	int (*simulated)(struct store *st, const char *site, struct fault *fault);
	/* First and last at_us of one kind at one site, of rows before `before_us` only; 1 when
	 * there are such rows, 0 when not, -errno. */
	int (*span)(struct store *st, const struct store_span *q, int64_t *first_us,
	            int64_t *last_us, struct fault *fault);
	/* When evidence of a site came last, by the clock of the machine that stored it. 1; 0 when
	 * none ever came; -errno. NULL: this store does not note it. */
	int (*received)(struct store *st, const char *site, int64_t *at_us, struct fault *fault);
	/* Names of all sites, ascending. */
	int (*sites)(struct store *st, int (*each)(void *arg, const char *site), void *arg,
	             struct fault *fault);
	/* An observation that two sources have told counts once, here and in columns: of its rows
	 * that count, those of the better source (docs/scoring.md, "Told twice"). */
	int (*tally)(struct store *st, const struct store_tally *q, store_tally_fn row, void *arg,
	             struct fault *fault);
	/* How many rows a tally leaves out for that; `of` as there. NULL: this store leaves none
	 * out. */
	int (*twice)(struct store *st, const struct store_range *range, const struct expr *of,
	             uint64_t *rows, struct fault *fault);
	/* What has changed so far, by kind and day in that order. 1: told; 0: this store has not
	 * kept count (it was made by an older program and is open to read only); -errno. */
	int (*changes)(struct store *st, struct store_changes *q, store_change_fn each, void *arg,
	               struct fault *fault);
	/* Like rows, but only what is asked for, without making messages. */
	int (*columns)(struct store *st, const struct store_columns *q, store_columns_fn row,
	               void *arg, struct fault *fault);
	/* Rows as they were put, also those told twice, in key order (at_us, then the other fields
	 * of the key); the message is borrowed for the call. */
	int (*rows)(struct store *st, const struct store_range *range, store_row_fn row, void *arg,
	            struct fault *fault);
	void (*close)(struct store *st);
};

/* Every store's struct begins with this. */
struct store {
	const struct store_ops *ops;
};

/**
 * Open by URL: sqlite:PATH. The catalog must outlive the store. One thread at a time uses a store;
 * several stores may be open on one PATH: any number that read beside one that writes.
 * @return 0; -EINVAL for a URL no store knows, -ENOENT for a missing file when reading, -errno;
 * explained with what to do.
 */
int cxm_store_open(struct store **out, const char *url, bool read_only,
                   const struct cxm_catalog *catalog, struct fault *fault);

/** Would cxm_store_open succeed, for writing? Asked without making or changing anything. Ask as the
 * user who will open it. @return 0, or what opening would return, explained. */
int cxm_store_check(const char *url, const struct cxm_catalog *catalog, struct fault *fault);
void cxm_store_close(struct store *st);

extern const struct store_ops store_sqlite;
