/* Between a record and a prepared statement: fields into parameters, columns into fields. Walks the
 * descriptor of the kind; allocates only in the arena it is given. */
#pragma once

#include <sqlite3.h>

#include "cxmeter/record.h"

/**
 * Bind n fields of a record, an absent one as NULL. Texts are borrowed: the record must live until
 * the statement is reset.
 * @param first  the parameter of the first field.
 * @return SQLITE_OK or what SQLite says.
 */
int bind_fields(sqlite3_stmt *stmt, int first, const struct cxm_field *fields, size_t n,
                const ProtobufCMessage *m);

/**
 * The record in the row a statement stands on, whose columns are the fields of the kind in order.
 * Texts are borrowed from the statement until it moves.
 * @return 0, -ENOMEM at the arena's ceiling, -EBADMSG for a value that the field cannot hold.
 */
int bind_read(sqlite3_stmt *stmt, const struct cxm_kind *kind, struct arena *arena,
              ProtobufCMessage **out);
