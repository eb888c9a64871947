/*
 * The tables of a store: made from the record descriptors, and brought up to them when a store was
 * made by an older program.
 *
 *   meta        key, value: schema = version of everything below
 *   site        id, name, timezone
 *   agent       site, name, epoch -> sequence stored last, updated_us
 *   quarantine  site, agent, epoch, sequence -> reason, record: what could not be understood, raw
 *   <kind>      site, then the fields; primary key (site, natural key), WITHOUT ROWID
 *
 * An INTEGER holds whole numbers, bools, states and (bit by bit) identities; REAL, TEXT and BLOB
 * the rest; an absent field is NULL. There is no secondary index: one halves the insert rate
 * (measured, docs/architecture.md), and all questions are about one site and a stretch of time.
 */
#pragma once

#include <sqlite3.h>

#include "common/fault.h"
#include "cxmeter/record.h"

#define SCHEMA_VERSION 1
#define SCHEMA_APPLICATION_ID                                                                      \
	0x63786d31 /* "cxm1"; sqlite.org/pragma.html#pragma_application_id                         \
	            */

/**
 * Make what is missing: all tables in a new database, new kinds and new fields in an older one.
 * Columns this program does not know (a newer one was here) are left alone. To be called inside a
 * transaction.
 * @return 0; -EINVAL for a database of another program or a newer schema, a changed key or type, or
 * a kind that no table can be made for; -EIO when SQLite fails; explained, without the path.
 */
int schema_upgrade(sqlite3 *db, const struct cxm_catalog *catalog, struct fault *fault);

/**
 * The same for a database that is only read: what is missing is covered by temporary views, so that
 * a new field is NULL and a new kind empty.
 * @return as above; -ENOENT for a database without tables.
 */
int schema_adapt(sqlite3 *db, const struct cxm_catalog *catalog, struct fault *fault);
