#include "collector/store/sqlite_fault.h"

#include <errno.h>
#include <stdbool.h>

static bool is_full(sqlite3 *db, int code)
{
	int os = sqlite3_system_errno(db);

	/* a quota and a failed extension of the shared memory come as I/O errors */
	return code == SQLITE_FULL || (code == SQLITE_IOERR && (os == ENOSPC || os == EDQUOT));
}

int sqlite_fault(sqlite3 *db, const char *doing, struct fault *fault)
{
	int code = sqlite3_errcode(db) & 0xff; /* the rest is the extended code */
	const char *why = sqlite3_errmsg(db);

	if (is_full(db, code)) {
		return fault_set(fault, -ENOSPC,
		                 "cannot %s: disk full: free space there; nothing is lost, agents "
		                 "keep what is not stored",
		                 doing);
	}
	switch (code) {
	case SQLITE_IOERR:
		return fault_set(fault, -EIO,
		                 "cannot %s: %s: look into the kernel's log, the disk or its file "
		                 "system fails",
		                 doing, why);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return fault_set(fault, -EBUSY,
		                 "cannot %s: another program is writing to it; try again when it "
		                 "is done",
		                 doing);
	case SQLITE_READONLY:
		return fault_set(fault, -EROFS, "cannot %s: it was opened for reading only", doing);
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return fault_set(fault, -EACCES,
		                 "cannot %s: %s: this user needs to read the file and the -wal and "
		                 "-shm files beside it",
		                 doing, why);
	case SQLITE_NOTADB:
		return fault_set(fault, -EBADMSG, "cannot %s: it is not an SQLite database", doing);
	case SQLITE_CORRUPT:
		return fault_set(fault, -EBADMSG,
		                 "cannot %s: the file is damaged: restore a backup", doing);
	case SQLITE_NOMEM:
		return fault_set(fault, -ENOMEM, "cannot %s: out of memory", doing);
	default:
		return fault_set(fault, -EIO, "cannot %s: %s", doing, why);
	}
}
