/*
 * SQL text for SQLite, made from descriptors and expressions; runs nothing.
 *
 * A table's columns are `site` and then the fields of its kind in their order. Identifiers are
 * always quoted (a field may be called group), constants are never in the text: each is a `?`, in
 * the order in which sql_bind_constants binds them. So no content can become SQL, and a number
 * reaches the engine bit by bit.
 */
#pragma once

#include <sqlite3.h>

#include "common/buf.h"
#include "cxmeter/record.h"
#include "proto/expr.h"

#define SQL_MAX_BYTES ((size_t)256 * 1024) /* ten expressions of EXPR_MAX_BYTES need 150 KiB */

/** The finished text; NULL when it did not fit or there was no memory. */
const char *sql_text(struct buf *b);

/** Append "name". */
void sql_name(struct buf *out, const char *name);

/** Append the names of the first n fields, each with its comma before it but the first. */
void sql_names(struct buf *out, const struct cxm_field *fields, size_t n);

/**
 * Append an expression that means the same as expr_eval: unknown is NULL, a truth 1 or 0, a number
 * a REAL.
 */
void sql_expr(struct buf *out, const struct expr *e);

/**
 * Bind the constants of one expression where sql_expr wrote their `?`.
 * @param next  the first of them, from 1; left behind the last.
 * @return SQLITE_OK or what SQLite says.
 */
int sql_bind_constants(sqlite3_stmt *stmt, int *next, const struct expr *e);

/** One row with all its columns; nothing happens when its identity is there already. */
void sql_insert(struct buf *out, const struct cxm_kind *kind);

/** The same, but the row takes the place of the one that is there. */
void sql_replace(struct buf *out, const struct cxm_kind *kind);

/** All fields of the row of one identity: site, then the key. */
void sql_select_one(struct buf *out, const struct cxm_kind *kind);

/** All fields of the rows of a site from an instant until before another, in key order. */
void sql_select_range(struct buf *out, const struct cxm_kind *kind);
