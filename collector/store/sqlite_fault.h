/* What SQLite says, for a person: an errno and one line with what to do. */
#pragma once

#include <sqlite3.h>

#include "common/fault.h"

/**
 * Explain the last failure of a connection.
 * @param doing  "store evidence", "read the tables".
 * @return -ENOSPC, -EIO, -EBUSY, -EROFS, -EACCES, -EBADMSG (not a database, damaged), -ENOMEM.
 */
int sqlite_fault(sqlite3 *db, const char *doing, struct fault *fault);
