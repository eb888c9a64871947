/* The database in which a cache lies, beside the evidence. Owns its connection; what goes wrong is
 * noted and told once, because everybody goes on without it. Nothing is repaired or deleted here: a
 * damaged file stays as it is until somebody looks at it. */
#include "collector/store/cache_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/slice.h"

#define BUSY_MS        5000
#define BUSY_STEP_MS   10
#define SUFFIX         ".scores"
#define PATH_MAX_BYTES 4096
#define FORM           6 /* of the tables; another one is thrown away */
#define FORM_UNNAMED   3 /* up to here without an application id */
#define APPLICATION_ID 0x63786d73
#define HARD_FACTOR    2 /* of the limit: what one transaction may make of the file */

static const char tables[] =
	"CREATE TABLE part(hash INTEGER NOT NULL, site TEXT NOT NULL,"
	" timezone TEXT NOT NULL, day INTEGER NOT NULL, signature INTEGER NOT NULL,"
	" kept INTEGER NOT NULL, checked INTEGER NOT NULL, data BLOB NOT NULL,"
	" PRIMARY KEY(hash, site, timezone, day)) WITHOUT ROWID;"
	"CREATE INDEX part_kept ON part(kept);"
	"CREATE TABLE run(id INTEGER PRIMARY KEY, site TEXT NOT NULL,"
	" timezone TEXT NOT NULL, model TEXT NOT NULL, provisional INTEGER NOT NULL,"
	" from_day INTEGER NOT NULL, to_day INTEGER NOT NULL, computed_us INTEGER NOT NULL,"
	" first_us INTEGER NOT NULL, signature INTEGER NOT NULL, late_rows INTEGER NOT NULL,"
	" late_day INTEGER NOT NULL, n_scores INTEGER NOT NULL, checked INTEGER NOT NULL,"
	" counts BLOB NOT NULL, UNIQUE(site, timezone, model, provisional, from_day, to_day));"
	"CREATE TABLE score(run INTEGER NOT NULL, what TEXT NOT NULL, value REAL,"
	" n REAL, score REAL, low REAL, high REAL, stage INTEGER NOT NULL,"
	" checked INTEGER NOT NULL, PRIMARY KEY(run, what)) WITHOUT ROWID;"
	/* stays when the form changes: nothing of it can be computed again */
	"CREATE TABLE IF NOT EXISTS model(id INTEGER PRIMARY KEY, site TEXT NOT NULL,"
	" version TEXT NOT NULL, sha256 TEXT NOT NULL, since_us INTEGER NOT NULL,"
	" checked INTEGER);" /* NULL: noted by a program that kept no sums */
	"CREATE INDEX IF NOT EXISTS model_of ON model(site, id);";

#define RUN_WHERE                                                                                  \
	"site=?1 AND timezone=?2 AND model=?3 AND provisional=?4 AND from_day=?5 AND to_day=?6"

static const char *const texts[] = {
	[CACHE_PART_LOAD] = "SELECT day,signature,checked,data FROM part WHERE hash=?1 AND site=?2 "
			    "AND timezone=?3 AND day>=?4 AND day<=?5 ORDER BY day",
	[CACHE_PART_KEEP] = "REPLACE INTO part VALUES(?1,?2,?3,?4,?5,?6,?7,?8)",
	[CACHE_PART_OLDEST] = "SELECT min(kept) FROM part",
	[CACHE_PART_NEWEST] = "SELECT max(kept) FROM part",
	[CACHE_PART_DROP] = "DELETE FROM part WHERE kept=?1",
	[CACHE_RUN_FIND] = "SELECT computed_us,first_us,signature,late_rows,late_day,counts,"
			   "n_scores,checked FROM run WHERE " RUN_WHERE,
	[CACHE_RUN_SAVE] =
		"INSERT INTO run(site,timezone,model,provisional,from_day,to_day,computed_us,"
		"first_us,signature,late_rows,late_day,counts,n_scores,checked) "
		"VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14) ON CONFLICT DO UPDATE SET "
		"computed_us=?7,first_us=?8,signature=?9,late_rows=?10,late_day=?11,"
		"counts=?12,n_scores=?13,checked=?14",
	[CACHE_SCORE_DROP] = "DELETE FROM score WHERE run=(SELECT id FROM run WHERE " RUN_WHERE ")",
	[CACHE_SCORE_SAVE] = "INSERT INTO score SELECT id,?7,?8,?9,?10,?11,?12,?13,?14 FROM run "
			     "WHERE " RUN_WHERE,
	[CACHE_SCORES] = "SELECT what,value,n,score,low,high,stage,checked FROM score WHERE "
			 "run=(SELECT id FROM run WHERE " RUN_WHERE ") ORDER BY what",
	[CACHE_MODEL_LAST] = "SELECT sha256 FROM model WHERE site=?1 ORDER BY id DESC LIMIT 1",
	[CACHE_MODEL_ADD] = "INSERT INTO model(site,version,sha256,since_us,checked) "
			    "VALUES(?1,?2,?3,?4,?5)",
	[CACHE_MODEL_TRIM] = "DELETE FROM model WHERE site=?1 AND id NOT IN (SELECT id FROM model "
			     "WHERE site=?1 ORDER BY id DESC LIMIT ?2)",
	[CACHE_MODELS] =
		"SELECT version,sha256,since_us,checked FROM model WHERE site=?1 ORDER BY id",
};

/* ---- what is wrong ---- */

static int code_of(const struct cache *c)
{
	switch (sqlite3_errcode(c->db) & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_CANTOPEN:
		return -EACCES;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	default:
		return -EIO;
	}
}

static void note(struct cache *c, int rc)
{
	if (c->trouble.text[0] != '\0') {
		return; /* the first one explains the others */
	}
	(void)fault_set(&c->trouble, rc, "%s: %s; scores are computed without it%s", c->path,
	                rc == -EBADMSG ? "is damaged" : strerror(-rc),
	                rc == -EBADMSG ? ": delete it, and it is made anew" : "");
}

int cache_damaged(struct cache *c)
{
	c->counts.damaged++;
	note(c, -EBADMSG);
	return -EBADMSG;
}

int cache_failed(struct cache *c)
{
	int rc = code_of(c);

	if (rc == -EBADMSG) {
		return cache_damaged(c);
	}
	note(c, rc);
	return rc;
}

const char *cache_trouble(struct cache *c)
{
	if (c == NULL || c->said || c->trouble.text[0] == '\0') {
		return NULL;
	}
	c->said = true;
	return c->trouble.text;
}

struct cache_counts cache_counts(const struct cache *c)
{
	return c->counts;
}

/* ---- opening ---- */

static int number_of(struct cache *c, const char *pragma, int64_t *out)
{
	sqlite3_stmt *s = NULL;
	int rc = sqlite3_prepare_v2(c->db, pragma, -1, &s, NULL);

	*out = 0;
	if (rc == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW) {
		*out = sqlite3_column_int64(s, 0);
	}
	rc = sqlite3_finalize(s);
	return rc == SQLITE_OK ? 0 : code_of(c);
}

/* Models stay when the form changes, so a table of an older one may lack its sums. */
static bool add_sums(struct cache *c)
{
	int64_t columns = 0;
	int64_t sums = 0;

	return number_of(c, "SELECT count(*) FROM pragma_table_info('model')", &columns) == 0 &&
	       number_of(c, "SELECT count(*) FROM pragma_table_info('model') WHERE name='checked'",
	                 &sums) == 0 &&
	       (columns == 0 || sums == 1 ||
	        sqlite3_exec(c->db, "ALTER TABLE model ADD COLUMN checked INTEGER", NULL, NULL,
	                     NULL) == SQLITE_OK);
}

static int run(struct cache *c, const char *sql)
{
	return sqlite3_exec(c->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : code_of(c);
}

/* In a transaction: another program may be making the tables just then.
 * @return 1: they are there; 0: they are to be made; -EEXIST: it holds tables and is not ours. */
static int look_at_tables(struct cache *c)
{
	int64_t form;
	int64_t application;
	int64_t objects;
	int rc = number_of(c, "PRAGMA user_version", &form);

	rc = rc != 0 ? rc : number_of(c, "PRAGMA application_id", &application);
	rc = rc != 0 ? rc : number_of(c, "SELECT count(*) FROM sqlite_schema", &objects);
	if (rc != 0) {
		return rc;
	}
	if (objects > 0 && application != APPLICATION_ID &&
	    (application != 0 || form < 1 || form > FORM_UNNAMED)) {
		return -EEXIST;
	}
	return form == FORM && application == APPLICATION_ID ? 1 : 0;
}

static int make_tables(struct cache *c)
{
	char pragma[96];
	int rc;

	(void)snprintf(pragma, sizeof(pragma), "PRAGMA user_version=%d; PRAGMA application_id=%d",
	               FORM, APPLICATION_ID);
	rc = run(c, "DROP TABLE IF EXISTS part; DROP TABLE IF EXISTS run; DROP TABLE IF EXISTS "
	            "score");
	if (rc == 0 && !add_sums(c)) {
		rc = code_of(c);
	}
	rc = rc == 0 ? run(c, tables) : rc;
	return rc == 0 ? run(c, pragma) : rc;
}

/* `begin` says which lock the look is under. @return as look_at_tables. */
static int look_or_make(struct cache *c, const char *begin, int (*make)(struct cache *c))
{
	int rc = run(c, begin);

	if (rc != 0) {
		return rc;
	}
	rc = look_at_tables(c);
	if (rc == 0 && make != NULL) {
		rc = make(c);
	}
	if (rc >= 0) {
		int ended = run(c, "COMMIT");

		rc = ended != 0 ? ended : rc;
	}
	if (rc < 0) {
		(void)sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
	}
	return rc;
}

/* SQLite does not wait for others here, whatever its timeout is: they might wait for us. */
static int use_wal(struct cache *c)
{
	int rc = run(c, "PRAGMA journal_mode=WAL");

	for (int waited_ms = 0; rc == -EBUSY && waited_ms < BUSY_MS; waited_ms += BUSY_STEP_MS) {
		(void)sqlite3_sleep(BUSY_STEP_MS);
		rc = run(c, "PRAGMA journal_mode=WAL");
	}
	return rc;
}

/* A database that holds tables and is not ours stays untouched, whatever it is called. Of several
 * programs that find none the first makes them, under the lock. */
static int prepare_tables(struct cache *c)
{
	int rc = look_or_make(c, "BEGIN", NULL);

	if (rc == 0 && c->read_only) {
		return -EACCES;
	}
	if (rc == 0) {
		rc = use_wal(c);
		rc = rc == 0 ? look_or_make(c, "BEGIN IMMEDIATE", make_tables) : rc;
	}
	return rc < 0 ? rc : run(c, "PRAGMA synchronous=NORMAL");
}

void cache_limit(struct cache *c, uint64_t limit_bytes)
{
	char pragma[64];
	int64_t page = 0;

	c->limit_bytes = limit_bytes;
	if (number_of(c, "PRAGMA page_size", &page) == 0 && page > 0) {
		uint64_t pages = HARD_FACTOR * limit_bytes / (uint64_t)page;

		(void)snprintf(pragma, sizeof(pragma), "PRAGMA max_page_count=%llu",
		               (unsigned long long)(pages > 0 ? pages : 1));
		(void)sqlite3_exec(c->db, pragma, NULL, NULL, NULL);
	}
}

/* Made before SQLite does, because of its mode: others may not read what evidence adds up to. */
static void make_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);

	if (fd >= 0) {
		(void)close(fd);
	}
}

static int open_file(struct cache *c)
{
	make_file(c->path);
	if (sqlite3_open_v2(c->path, &c->db,
	                    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
	                    NULL) != SQLITE_OK) {
		return -EACCES;
	}
	(void)sqlite3_busy_timeout(c->db, BUSY_MS);
	c->read_only = sqlite3_db_readonly(c->db, "main") == 1;
	return prepare_tables(c);
}

static int explain(const struct cache *c, int rc, struct fault *fault)
{
	const char *what = rc == -EBADMSG  ? "is damaged: delete it, and it is made anew"
	                   : rc == -EEXIST ? "is a database of another program: move it away"
	                                   : strerror(-rc);

	return fault_set(fault, rc, "%s: cannot keep scores there: %s", c->path, what);
}

int cxm_cache_open(struct cache **out, const char *store_url, struct fault *fault)
{
	struct slice where = slice_of(store_url);
	struct slice scheme = slice_cut(&where, ':');
	struct cache *c;
	int rc;

	if (!slice_eq(scheme, SLICE("sqlite")) || where.len == 0 || where.at[0] == ':') {
		return fault_set(fault, -ENOTSUP, "this store has no file to keep scores beside");
	}
	if (where.len + sizeof(SUFFIX) > PATH_MAX_BYTES) {
		return fault_set(fault, -ENAMETOOLONG, "%s: the path is too long", store_url);
	}
	c = calloc(1, sizeof(*c) + where.len + sizeof(SUFFIX));
	if (c == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	(void)snprintf(c->path, where.len + sizeof(SUFFIX), "%.*s" SUFFIX, (int)where.len,
	               where.at);
	buf_init(&c->pending, CACHE_PENDING_BYTES);
	buf_init(&c->found, CACHE_PENDING_BYTES);
	rc = open_file(c);
	if (rc != 0) {
		rc = explain(c, rc, fault);
		cxm_cache_close(c);
		return rc;
	}
	cache_limit(c, CACHE_LIMIT_BYTES);
	*out = c;
	return 0;
}

void cxm_cache_close(struct cache *c)
{
	if (c == NULL) {
		return;
	}
	for (size_t i = 0; i < CACHE_STATEMENTS; i++) {
		(void)sqlite3_finalize(c->stmts[i]);
	}
	(void)sqlite3_close(c->db);
	buf_free(&c->pending);
	buf_free(&c->found);
	free(c);
}

/* ---- statements ---- */

sqlite3_stmt *cache_ready(struct cache *c, enum cache_statement which)
{
	if (c->stmts[which] == NULL &&
	    sqlite3_prepare_v3(c->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, &c->stmts[which],
	                       NULL) != SQLITE_OK) {
		return NULL;
	}
	(void)sqlite3_reset(c->stmts[which]);
	(void)sqlite3_clear_bindings(c->stmts[which]);
	return c->stmts[which];
}

int cache_run_statement(struct cache *c, sqlite3_stmt *s)
{
	int rc = sqlite3_step(s) == SQLITE_DONE ? 0 : cache_failed(c);

	(void)sqlite3_reset(s);
	return rc;
}

int cache_begin(struct cache *c)
{
	if (c->read_only) {
		return -EACCES;
	}
	if (!c->writing && sqlite3_exec(c->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) {
		return cache_failed(c);
	}
	c->writing = true;
	return 0;
}

int cache_end(struct cache *c, int rc)
{
	if (!c->writing) {
		return rc;
	}
	if (rc == 0 && sqlite3_exec(c->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
		rc = cache_failed(c);
	}
	if (rc != 0) {
		(void)sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
	}
	c->writing = false;
	return rc;
}

void cache_bind_text(sqlite3_stmt *s, int at, const char *text)
{
	(void)sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

void cache_bind_u64(sqlite3_stmt *s, int at, uint64_t v)
{
	int64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	(void)sqlite3_bind_int64(s, at, bits);
}

void cache_bind_blob(sqlite3_stmt *s, int at, struct cursor data)
{
	(void)sqlite3_bind_blob(s, at, data.at, (int)cursor_left(&data), SQLITE_STATIC);
}

struct cursor cache_blob_at(sqlite3_stmt *s, int column)
{
	return cursor_of(sqlite3_column_blob(s, column), (size_t)sqlite3_column_bytes(s, column));
}
