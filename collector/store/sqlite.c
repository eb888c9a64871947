/* The SQLite store: opening with the settings that make a commit durable and a hostile file
 * harmless. Follows sqlite.org/wal.html, sqlite.org/security.html. */
#include "collector/store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "collector/store/schema.h"
#include "collector/store/sqlite_fault.h"

#define IN_MEMORY ":memory:" /* sqlite::memory: lives as long as its handle; for tests */

/* The write-ahead log needs shared memory and locks that these do not give to two hosts
 * (sqlite.org/wal.html, "All processes using a database must be on the same host computer").
 * Numbers from statfs(2) and linux/magic.h. */
static const struct {
	unsigned magic;
	const char *name;
} network_file_systems[] = {
	{ 0x6969, "NFS" },      { 0x517b, "SMB" },      { 0xfe534d42, "SMB2" },
	{ 0xff534d42, "CIFS" }, { 0x5346414f, "AFS" },  { 0x00c36400, "Ceph" },
	{ 0x01021997, "9P" },   { 0x73757245, "Coda" },
};

int store_sqlite_failed(struct store_sqlite *s, const char *doing, struct fault *fault)
{
	int rc = sqlite_fault(s->db, doing, fault);

	fault_prefix(fault, "%s", s->path);
	return rc;
}

int store_sqlite_prepare(struct store_sqlite *s, const char *sql, sqlite3_stmt **stmt,
                         struct fault *fault)
{
	if (*stmt != NULL) {
		return 0;
	}
	if (sql == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	return sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, stmt, NULL) ==
	                       SQLITE_OK
	               ? 0
	               : store_sqlite_failed(s, "read or write the tables", fault);
}

int store_sqlite_step(struct store_sqlite *s, sqlite3_stmt *stmt, const char *doing,
                      struct fault *fault)
{
	int step = sqlite3_step(stmt);
	int rc = 0;

	if (step == SQLITE_ROW) {
		return 1;
	}
	if (step != SQLITE_DONE) {
		rc = store_sqlite_failed(s, doing, fault);
	}
	(void)sqlite3_reset(stmt);
	return rc;
}

/* ---- the file ---- */

/* The directory of a path, by cutting a copy. */
static const char *directory_of(const char *path, char *out, size_t size)
{
	char *slash;

	(void)snprintf(out, size, "%s", path);
	slash = strrchr(out, '/');
	if (slash == NULL) {
		return ".";
	}
	slash[slash == out ? 1 : 0] = '\0';
	return out;
}

static int check_place(const char *path, struct fault *fault)
{
	char copy[4096];
	const char *directory = directory_of(path, copy, sizeof(copy));
	struct statfs fs;

	if (strlen(path) >= sizeof(copy)) {
		return fault_set(fault, -ENAMETOOLONG, "the path of the store is too long");
	}
	if (statfs(path, &fs) != 0 && statfs(directory, &fs) != 0) {
		int rc = -errno;

		return fault_set(fault, rc, "%s: directory %s: %s: create it or change the store",
		                 path, directory, strerror(-rc));
	}
	for (size_t i = 0; i < sizeof(network_file_systems) / sizeof(network_file_systems[0]);
	     i++) {
		if ((unsigned)fs.f_type == network_file_systems[i].magic) {
			return fault_set(
				fault, -ENOTSUP,
				"%s: lies on %s, where SQLite cannot keep evidence safely: "
				"put the store on a disk of this host",
				path, network_file_systems[i].name);
		}
	}
	return 0;
}

static int fail_empty(struct fault *fault)
{
	return fault_set(fault, -EINVAL, "name the file of the store: sqlite:/path/to/it");
}

static int fail_writing(const char *path, int rc, struct fault *fault)
{
	bool closed = rc == -EACCES || rc == -EPERM || rc == -EROFS;

	return fault_set(fault, rc, "%s: cannot open for writing: %s%s", path, strerror(-rc),
	                 closed ? ": whoever stores must be able to write it, and beside it" : "");
}

/* Make the file before SQLite does, because of its mode: others may not read evidence. SQLite gives
 * -wal and -shm the same one. */
static int make_file(const char *path, struct fault *fault)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
	struct stat st;
	int rc = 0;

	if (fd < 0) {
		return fail_writing(path, -errno, fault);
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		rc = fault_set(fault, -EINVAL, "%s: is not a regular file", path);
	}
	(void)close(fd);
	return rc;
}

static int find_file(const char *path, struct fault *fault)
{
	struct stat st;

	if (stat(path, &st) != 0) {
		int rc = -errno;

		return rc == -ENOENT
		               ? fault_set(fault, rc,
		                           "%s: no evidence yet: the file does not exist; is the "
		                           "collector running with this store?",
		                           path)
		               : fault_set(fault, rc, "%s: %s", path, strerror(-rc));
	}
	return S_ISREG(st.st_mode) ? 0
	                           : fault_set(fault, -EINVAL, "%s: is not a regular file", path);
}

/* ---- the connection ---- */

static int run(struct store_sqlite *s, const char *sql, struct fault *fault)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK
	               ? 0
	               : store_sqlite_failed(s, "set up the store", fault);
}

/* A file that somebody else prepared may hold views, triggers and functions that run when it is
 * read: none of them is wanted here. DQS off: a misspelt "column" is an error and not a text. */
static void harden(sqlite3 *db)
{
	static const struct {
		int option;
		int value;
	} settings[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
		{ SQLITE_DBCONFIG_ENABLE_VIEW, 0 }, /* temporary ones, which are ours, still work */
		{ SQLITE_DBCONFIG_DQS_DML, 0 },
		{ SQLITE_DBCONFIG_DQS_DDL, 0 },
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		(void)sqlite3_db_config(db, settings[i].option, settings[i].value, NULL);
	}
	(void)sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	(void)sqlite3_busy_timeout(db, SQLITE_STORE_BUSY_MS);
}

static int connect_to(struct store_sqlite *s, bool read_only, struct fault *fault)
{
	bool in_memory = strcmp(s->path, IN_MEMORY) == 0;
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
	            (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
	char path[4096 + 2];

	/* "./" because Debian's SQLite takes a path that begins with file: for a URI */
	(void)snprintf(path, sizeof(path), "%s%s", s->path[0] == '/' ? "" : "./", s->path);
	if (sqlite3_open_v2(in_memory ? IN_MEMORY : path, &s->db, flags, NULL) != SQLITE_OK) {
		return s->db != NULL ? store_sqlite_failed(s, "open it", fault)
		                     : fault_set(fault, -ENOMEM, "out of memory");
	}
	harden(s->db);
	return 0;
}

static int with_path(struct store_sqlite *s, int rc, struct fault *fault)
{
	if (rc < 0) {
		fault_prefix(fault, "%s", s->path);
	}
	return rc;
}

/* A commit is on the disk when it returns: WAL with one fsync each. */
static int open_to_write(struct store_sqlite *s, struct fault *fault)
{
	int keep_wal = 1; /* so that a reader who may not write the directory can open the file */
	int rc = with_path(s, schema_recognise(s->db, fault), fault);

	if (rc >= 0) {
		rc = run(s,
		         "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
		         "PRAGMA cell_size_check=ON; PRAGMA cache_size=-16384;"
		         "PRAGMA journal_size_limit=67108864; BEGIN IMMEDIATE",
		         fault);
	}
	if (rc != 0) {
		return rc;
	}
	(void)sqlite3_file_control(s->db, "main", SQLITE_FCNTL_PERSIST_WAL, &keep_wal);
	rc = with_path(s, schema_upgrade(s->db, s->catalog, fault), fault);
	if (rc != 0) {
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
		return rc;
	}
	return run(s, "COMMIT", fault);
}

static int open_to_read(struct store_sqlite *s, struct fault *fault)
{
	int rc = run(s, "PRAGMA cell_size_check=ON", fault);

	return rc == 0 ? with_path(s, schema_adapt(s->db, s->catalog, fault), fault) : rc;
}

static void store_sqlite_close(struct store *st)
{
	struct store_sqlite *s = store_sqlite_of(st);

	for (size_t i = 0; i < N_BOOK_STATEMENTS; i++) {
		(void)sqlite3_finalize(s->books[i]);
	}
	for (size_t i = 0; s->kinds != NULL && i < s->catalog->n_kinds; i++) {
		for (size_t k = 0; k < N_KIND_STATEMENTS; k++) {
			(void)sqlite3_finalize(s->kinds[i].prepared[k]);
		}
	}
	(void)sqlite3_close(s->db);
	arena_free(&s->fresh);
	arena_free(&s->there);
	free(s->kinds);
	free(s);
}

static int store_sqlite_open(struct store **out, const char *where, bool read_only,
                             const struct cxm_catalog *catalog, struct fault *fault)
{
	struct store_sqlite *s;
	int rc = 0;

	if (where[0] == '\0') {
		return fail_empty(fault);
	}
	if (strcmp(where, IN_MEMORY) != 0) {
		rc = check_place(where, fault);
		if (rc == 0) {
			rc = read_only ? find_file(where, fault) : make_file(where, fault);
		}
	}
	if (rc != 0) {
		return rc;
	}
	s = calloc(1, sizeof(*s) + strlen(where) + 1);
	if (s == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	s->base.ops = &store_sqlite;
	s->catalog = catalog;
	memcpy(s->path, where, strlen(where));
	arena_init(&s->fresh, SQLITE_RECORD_ARENA_MAX);
	arena_init(&s->there, SQLITE_RECORD_ARENA_MAX);
	s->kinds = calloc(catalog->n_kinds, sizeof(*s->kinds));
	rc = s->kinds != NULL ? connect_to(s, read_only, fault)
	                      : fault_set(fault, -ENOMEM, "out of memory");
	if (rc == 0) {
		rc = read_only ? open_to_read(s, fault) : open_to_write(s, fault);
	}
	if (rc != 0) {
		store_sqlite_close(&s->base);
		return rc;
	}
	*out = &s->base;
	return 0;
}

/* A file that is there, as open would take it. */
static int check_content(const char *where, const struct cxm_catalog *catalog, struct fault *fault)
{
	struct store *st = NULL;
	int rc = store_sqlite_open(&st, where, true, catalog, fault);

	if (rc == 0) {
		store_sqlite_close(st);
	}
	return rc == -ENOENT ? 0 : rc; /* empty: the tables will be made */
}

static int store_sqlite_check(const char *where, const struct cxm_catalog *catalog,
                              struct fault *fault)
{
	int looked = access(where, F_OK) == 0 ? 0 : -errno;
	int rc = where[0] != '\0' ? check_place(where, fault) : fail_empty(fault);
	char copy[4096];

	if (rc != 0 || strcmp(where, IN_MEMORY) == 0) {
		return rc;
	}
	if (looked == 0) {
		rc = faccessat(AT_FDCWD, where, R_OK | W_OK, AT_EACCESS) == 0 ? 0 : -errno;
	} else if (looked == -ENOENT) { /* it will be made */
		rc = faccessat(AT_FDCWD, directory_of(where, copy, sizeof(copy)), W_OK | X_OK,
		               AT_EACCESS) == 0
		             ? 0
		             : -errno;
	} else {
		rc = looked;
	}
	if (rc != 0) {
		return fail_writing(where, rc, fault);
	}
	return looked == 0 ? check_content(where, catalog, fault) : 0;
}

const struct store_ops store_sqlite = {
	.name = "sqlite",
	.open = store_sqlite_open,
	.check = store_sqlite_check,
	.put = store_sqlite_put,
	.watermark = store_sqlite_watermark,
	.set_zone = store_sqlite_set_zone,
	.zone = store_sqlite_zone,
	.claim = store_sqlite_claim,
	.simulated = store_sqlite_simulated,
	.span = store_sqlite_span,
	.received = store_sqlite_received,
	.sites = store_sqlite_sites,
	.tally = store_sqlite_tally,
	.twice = store_sqlite_twice,
	.columns = store_sqlite_columns,
	.changes = store_sqlite_changes,
	.rows = store_sqlite_rows,
	.close = store_sqlite_close,
};
