/* Between a record and a prepared statement: fields into parameters, columns into fields. Walks the
 * descriptor of the kind; allocates only in the arena it is given. */
#pragma once

#include <sqlite3.h>

#include "cxmeter/record.h"

/** Bind one present value. Texts are borrowed until the statement is reset. @return SQLITE_OK or
 * what SQLite says. */
int bind_value(sqlite3_stmt *stmt, int at, const struct cxm_field *f, const struct cxm_value *v);

/**
 * Bind those of n fields that a record has. An absent one is left as it is: sqlite3_clear_bindings
 * comes first where fields may be absent. Texts are borrowed until the statement is reset.
 * @param first  the parameter of the first field.
 * @return SQLITE_OK or what SQLite says.
 */
int bind_fields(sqlite3_stmt *stmt, int first, const struct cxm_field *fields, size_t n,
                const ProtobufCMessage *m);

/**
 * The same for all fields of a packed record, without decoding it first: put() then reaches 0.91 of
 * the rate of a bare insert, and 0.77 when it decodes (tests/bench/store_put.c).
 * @param at_us  set to the record's time when true is returned.
 * @return true for a record that cxm_record_unpack would take and whose fields stand in it as our
 * agents write them; false: it may still be sound, ask cxm_record_unpack.
 */
bool bind_packed(sqlite3_stmt *stmt, int first, const struct cxm_kind *kind, struct cursor body,
                 int64_t *at_us);

/**
 * The record in the row a statement stands on, whose columns are the fields of the kind in order.
 * Texts are borrowed from the statement until it moves.
 * @return 0, -ENOMEM at the arena's ceiling, -EBADMSG for a value that the field cannot hold.
 */
int bind_read(sqlite3_stmt *stmt, const struct cxm_kind *kind, struct arena *arena,
              ProtobufCMessage **out);
