/*
 * One observation that two sources have told: which of the rows counts, as SQL. Who goes before
 * whom says priority.h. Both have reached the PBX by the same channel, so both carry its contact.
 *
 * A row stands back behind another of its kind that is the same observation, comes from a source of
 * a better rank, and counts as well for what is asked. The last condition keeps what only one of
 * them knows (a disposition, a call back).
 *
 * Where each observation is told once no row looks for its twin: whether any has one is asked once
 * for a range (a day, mostly, of which a card asks a hundred questions) and remembered for as long
 * as nothing is stored.
 */
#pragma once

#include <sqlite3.h>

#include "collector/store/priority.h"
#include "collector/store/sqlite.h"
#include "common/buf.h"
#include "cxmeter/record.h"
#include "cxmeter/store.h"
#include "proto/expr.h"

/* What a row needs so that it counts; what is NULL is not asked for. */
struct once_needs {
	const struct expr *of;
	const struct expr *known;
	const struct cxm_field *present;
};

/* The rows that are asked for. */
struct once_scope {
	const struct store_range *range;
	int64_t site; /* its number in the tables */
	bool any;     /* is there a row among them that stands back, whatever is asked? */
	bool indexed; /* twins are found by contact; a store of an older program, open to read
	                 only, has no index for that */
};

/** Find out `any`, once for a range while nothing is stored. A range of a kind in which each
 * observation is told once is asked nothing more. @return 0 or -errno. */
int once_scope_of(struct store_sqlite *s, const struct store_range *range, int64_t site,
                  struct once_scope *out, struct fault *fault);

/** Append `"source" ... AND EXISTS(...)`: true for a row of a kind with a priority that stands
 * back. */
void once_stands_back(struct buf *sql, const struct once_scope *in, const struct once_needs *needs);

/** Append ` AND NOT(...)` around that where some row stands back, else nothing. */
void once_only(struct buf *sql, const struct once_scope *in, const struct once_needs *needs);

/** Bind the constants of what once_only wrote. @return SQLITE_OK or what SQLite says. */
int once_bind(sqlite3_stmt *stmt, int *next, const struct once_scope *in,
              const struct once_needs *needs);
