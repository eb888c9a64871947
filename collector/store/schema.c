#include "collector/store/schema.h"

#include <errno.h>

#include "collector/store/priority.h"
#include "collector/store/sql.h"
#include "collector/store/sqlite_fault.h"

static const char own_tables[] =
	"CREATE TABLE meta(key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE site(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, timezone TEXT);"
	"CREATE TABLE agent(site INTEGER NOT NULL, name TEXT NOT NULL, epoch INTEGER NOT NULL,"
	" sequence INTEGER NOT NULL, updated_us INTEGER NOT NULL,"
	" PRIMARY KEY(site, name, epoch)) WITHOUT ROWID;"
	"CREATE TABLE quarantine(site INTEGER NOT NULL, agent TEXT NOT NULL,"
	" epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, reason TEXT NOT NULL,"
	" record BLOB NOT NULL, PRIMARY KEY(site, agent, epoch, sequence));";

/* How often each day of each kind has changed (sqlite_changes.c). A store of an older program gets
 * it when it is next opened to write; what it had before counts as never changed. */
static const char changes_table[] =
	"CREATE TABLE IF NOT EXISTS change(site INTEGER NOT NULL, kind INTEGER NOT NULL,"
	" day INTEGER NOT NULL, rows INTEGER NOT NULL, PRIMARY KEY(site, kind, day)) WITHOUT ROWID;"
	"INSERT OR IGNORE INTO meta VALUES('born', abs(random()));";

static int failed(sqlite3 *db, struct fault *fault)
{
	return sqlite_fault(db, "read or make the tables", fault);
}

static int no_memory(struct fault *fault)
{
	return fault_set(fault, -ENOMEM, "out of memory");
}

/* The first number of a query's first row. */
static int one_number(sqlite3 *db, const char *sql, int64_t *out, struct fault *fault)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(stmt);
		*out = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
	}
	(void)sqlite3_finalize(stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : failed(db, fault);
}

static int run(sqlite3 *db, struct buf *sql, struct fault *fault)
{
	const char *text = sql_text(sql);

	if (text == NULL) {
		return no_memory(fault);
	}
	return sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK ? 0 : failed(db, fault);
}

int schema_recognise(sqlite3 *db, struct fault *fault)
{
	int64_t application = 0;
	int64_t version = 0;
	int64_t tables = 0;
	int rc = one_number(db, "PRAGMA application_id", &application, fault);

	if (rc == 0) {
		rc = one_number(db, "SELECT count(*) FROM sqlite_schema", &tables, fault);
	}
	if (rc != 0 || tables == 0) {
		return rc;
	}
	if (application != SCHEMA_APPLICATION_ID) {
		return fault_set(
			fault, -EINVAL,
			"this is an SQLite database of another program; name a file of its "
			"own for the evidence");
	}
	rc = one_number(db, "SELECT value FROM meta WHERE key='schema'", &version, fault);
	if (rc == 0 && version != SCHEMA_VERSION) {
		return fault_set(fault, -EINVAL,
		                 "it has schema %lld, this program knows schema %d: install the "
		                 "version of cxmeter that wrote it, or a newer one",
		                 (long long)version, SCHEMA_VERSION);
	}
	return rc == 0 ? 1 : rc;
}

static int create_own(sqlite3 *db, struct fault *fault)
{
	struct buf sql;
	int rc;

	buf_init(&sql, SQL_MAX_BYTES);
	buf_printf(&sql, "PRAGMA application_id=%d;%s INSERT INTO meta VALUES('schema','%d');",
	           SCHEMA_APPLICATION_ID, own_tables, SCHEMA_VERSION);
	rc = run(db, &sql, fault);
	buf_free(&sql);
	return rc;
}

static int create_changes(sqlite3 *db, struct fault *fault)
{
	struct buf sql;
	int rc;

	buf_init(&sql, SQL_MAX_BYTES);
	buf_add_text(&sql, changes_table);
	rc = run(db, &sql, fault);
	buf_free(&sql);
	return rc;
}

/* ---- one kind, one table ---- */

static const char *type_of(const struct cxm_field *f)
{
	switch (f->type) {
	case CXM_REAL:
		return "REAL";
	case CXM_LABEL:
		return "TEXT";
	case CXM_BYTES:
		return "BLOB";
	case CXM_INT:
	case CXM_BOOL:
	case CXM_STATE:
	case CXM_IDENTITY:
		break;
	}
	return "INTEGER";
}

static int check_names(const struct cxm_kind *kind, struct fault *fault)
{
	static const char *const own[] = { "meta", "site", "agent", "quarantine", "change" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (strcasecmp(kind->table, own[i]) == 0) {
			return fault_set(fault, -EINVAL,
			                 "%s: its table would be %s, which the store needs itself: "
			                 "rename it in the envelope",
			                 kind->name, kind->table);
		}
	}
	if (strncasecmp(kind->table, "sqlite_", 7) == 0) {
		return fault_set(fault, -EINVAL, "%s: SQLite keeps table names with sqlite_",
		                 kind->name);
	}
	if (cxm_field_named(kind, SLICE("site")) != NULL) {
		return fault_set(fault, -EINVAL,
		                 "%s.site: every table has a column site of its own: rename the "
		                 "field",
		                 kind->name);
	}
	return 0;
}

static void create_table(struct buf *sql, const struct cxm_kind *kind)
{
	buf_add_text(sql, "CREATE TABLE ");
	sql_name(sql, kind->table);
	buf_add_text(sql, "(\"site\" INTEGER NOT NULL");
	for (size_t i = 0; i < kind->n_fields; i++) {
		buf_add_char(sql, ',');
		sql_name(sql, kind->fields[i].name);
		buf_printf(sql, " %s%s", type_of(&kind->fields[i]),
		           kind->fields[i].key ? " NOT NULL" : "");
	}
	buf_add_text(sql, ",PRIMARY KEY(\"site\",");
	sql_names(sql, kind->fields, kind->n_key);
	buf_add_text(sql, ")) WITHOUT ROWID;");
}

/* What the database has of a kind. */
struct found {
	bool table;
	bool columns[CXM_FIELDS_MAX]; /* one a field */
	size_t n_key; /* columns of its primary key that ours has at the same place */
};

/* One line of PRAGMA table_info: cid, name, type, notnull, dflt_value, pk. */
static int check_column(const struct cxm_kind *kind, sqlite3_stmt *line, struct found *found,
                        struct fault *fault)
{
	const char *name = (const char *)sqlite3_column_text(line, 1);
	const char *type = (const char *)sqlite3_column_text(line, 2);
	bool filled =
		sqlite3_column_int(line, 3) != 0 && sqlite3_column_type(line, 4) == SQLITE_NULL;
	int place = sqlite3_column_int(line, 5); /* in the primary key, from 1; 0: not in it */
	const struct cxm_field *f = name != NULL ? cxm_field_named(kind, slice_of(name)) : NULL;
	bool site = name != NULL && strcmp(name, "site") == 0;
	int wanted = site ? 1 : 0;

	if (name == NULL || type == NULL) {
		return no_memory(fault);
	}
	found->table = true;
	if (f != NULL) {
		found->columns[f - kind->fields] = true;
		wanted = f->key ? (int)(f - kind->fields) + 2 : 0;
	}
	if (place != wanted) {
		return fault_set(
			fault, -EINVAL,
			"table %s: column %s has place %d in the key there and %d here (0: "
			"none); the key of %s was changed, which needs a new store",
			kind->table, name, place, wanted, kind->name);
	}
	found->n_key += place > 0;
	if (f != NULL && strcasecmp(type, type_of(f)) != 0) {
		return fault_set(fault, -EINVAL,
		                 "table %s: column %s is %s there and %s here: the type of %s.%s "
		                 "was changed, which needs a new store",
		                 kind->table, name, type, type_of(f), kind->name, f->name);
	}
	if (f == NULL && !site && filled) {
		return fault_set(fault, -EINVAL,
		                 "table %s: column %s must not be empty there and is not known "
		                 "here: install the version of cxmeter that made it",
		                 kind->table, name);
	}
	return 0;
}

static int look_at(sqlite3 *db, const struct cxm_kind *kind, struct found *found, struct buf *sql,
                   struct fault *fault)
{
	sqlite3_stmt *line = NULL;
	const char *text;
	int rc = 0;
	int step = SQLITE_DONE;

	buf_reset(sql);
	buf_add_text(sql, "PRAGMA main.table_info(");
	sql_name(sql, kind->table);
	buf_add_char(sql, ')');
	text = sql_text(sql);
	if (text == NULL) {
		return no_memory(fault);
	}
	if (sqlite3_prepare_v2(db, text, -1, &line, NULL) != SQLITE_OK) {
		return failed(db, fault);
	}
	while (rc == 0 && (step = sqlite3_step(line)) == SQLITE_ROW) {
		rc = check_column(kind, line, found, fault);
	}
	(void)sqlite3_finalize(line);
	if (rc == 0 && step != SQLITE_DONE) {
		return failed(db, fault);
	}
	if (rc == 0 && found->table && found->n_key != kind->n_key + 1) {
		return fault_set(fault, -EINVAL,
		                 "table %s: the key has %zu columns there and %zu here: the key of "
		                 "%s was changed, which needs a new store",
		                 kind->table, found->n_key, kind->n_key + 1, kind->name);
	}
	return rc;
}

/* Of a kind whose twins may lie an hour apart: by contact, for within an hour of the key there may
 * be thousands of others (once.h). What lies seconds apart is found by the key. */
static void index_twins(struct buf *sql, const struct cxm_kind *kind)
{
	const struct priority *p = priority_of(kind);

	if (p == NULL || !priority_by_contact(p)) {
		return;
	}
	buf_printf(sql, "CREATE INDEX IF NOT EXISTS \"%s_twins\" ON ", kind->table);
	sql_name(sql, kind->table);
	buf_add_text(sql, "(\"site\",\"contact\",\"at_us\");");
}

/* What makes the table complete. */
static void complete(struct buf *sql, const struct cxm_kind *kind, const struct found *found)
{
	if (!found->table) {
		create_table(sql, kind);
	}
	for (size_t i = 0; found->table && i < kind->n_fields; i++) {
		if (!found->columns[i]) {
			buf_add_text(sql, "ALTER TABLE ");
			sql_name(sql, kind->table);
			buf_add_text(sql, " ADD COLUMN ");
			sql_name(sql, kind->fields[i].name);
			buf_printf(sql, " %s;", type_of(&kind->fields[i]));
		}
	}
	index_twins(sql, kind);
}

/* A temporary view in front of a table that is not complete. */
static void cover(struct buf *sql, const struct cxm_kind *kind, const struct found *found)
{
	bool whole = found->table;

	for (size_t i = 0; i < kind->n_fields; i++) {
		whole = whole && found->columns[i];
	}
	if (whole) {
		return;
	}
	buf_add_text(sql, "CREATE TEMP VIEW ");
	sql_name(sql, kind->table);
	buf_add_text(sql, found->table ? " AS SELECT \"site\"" : " AS SELECT NULL AS \"site\"");
	for (size_t i = 0; i < kind->n_fields; i++) {
		buf_add_text(sql, found->columns[i] ? "," : ",NULL AS ");
		sql_name(sql, kind->fields[i].name);
	}
	if (found->table) {
		buf_add_text(sql, " FROM main.");
		sql_name(sql, kind->table);
	} else {
		buf_add_text(sql, " WHERE 0");
	}
}

typedef void (*remedy_fn)(struct buf *sql, const struct cxm_kind *kind, const struct found *found);

static int fit_kind(sqlite3 *db, const struct cxm_kind *kind, remedy_fn remedy, struct fault *fault)
{
	struct found found = { 0 };
	struct buf sql;
	int rc = check_names(kind, fault);

	buf_init(&sql, SQL_MAX_BYTES);
	if (rc == 0) {
		rc = look_at(db, kind, &found, &sql, fault);
	}
	if (rc == 0) {
		buf_reset(&sql);
		remedy(&sql, kind, &found);
		rc = run(db, &sql, fault);
	}
	buf_free(&sql);
	return rc;
}

static int fit_all(sqlite3 *db, const struct cxm_catalog *catalog, remedy_fn remedy,
                   struct fault *fault)
{
	int rc = 0;

	for (size_t i = 0; i < catalog->n_kinds && rc == 0; i++) {
		rc = fit_kind(db, &catalog->kinds[i], remedy, fault);
	}
	return rc;
}

int schema_upgrade(sqlite3 *db, const struct cxm_catalog *catalog, struct fault *fault)
{
	int rc = schema_recognise(db, fault);

	if (rc == 0) {
		rc = create_own(db, fault);
	}
	rc = rc < 0 ? rc : create_changes(db, fault);
	return rc < 0 ? rc : fit_all(db, catalog, complete, fault);
}

int schema_adapt(sqlite3 *db, const struct cxm_catalog *catalog, struct fault *fault)
{
	int rc = schema_recognise(db, fault);

	if (rc == 0) {
		return fault_set(fault, -ENOENT, "no evidence yet: the database has no tables");
	}
	return rc < 0 ? rc : fit_all(db, catalog, cover, fault);
}
