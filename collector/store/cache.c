/* The cache in SQLite: a database beside the evidence. Owns its connection; errors are returned and
 * never shown, because everybody goes on without it. */
#include "cxmeter/cache.h"

#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/slice.h"

#define BUSY_MS        500
#define SUFFIX         ".scores"
#define PATH_MAX_BYTES 4096
#define FORM           4 /* of the tables; another one is thrown away */

enum statement {
	PART_LOAD,
	PART_KEEP,
	RUN_FIND,
	RUN_SAVE,
	SCORE_DROP,
	SCORE_SAVE,
	SCORES,
	MODEL_LAST,
	MODEL_ADD,
	MODEL_TRIM,
	MODELS,
	N_STATEMENTS
};

struct cache {
	sqlite3 *db;
	sqlite3_stmt *stmts[N_STATEMENTS];
	bool writing; /* a transaction is open */
	bool read_only;
};

static const char tables[] =
	"CREATE TABLE IF NOT EXISTS part(hash INTEGER NOT NULL, site TEXT NOT NULL,"
	" timezone TEXT NOT NULL, day INTEGER NOT NULL, signature INTEGER NOT NULL,"
	" data BLOB NOT NULL, PRIMARY KEY(hash, site, timezone, day)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS run(id INTEGER PRIMARY KEY, site TEXT NOT NULL,"
	" timezone TEXT NOT NULL, model TEXT NOT NULL, provisional INTEGER NOT NULL,"
	" from_day INTEGER NOT NULL, to_day INTEGER NOT NULL, computed_us INTEGER NOT NULL,"
	" first_us INTEGER NOT NULL, signature INTEGER NOT NULL, late_rows INTEGER NOT NULL,"
	" late_day INTEGER NOT NULL, counts BLOB NOT NULL,"
	" UNIQUE(site, timezone, model, provisional, from_day, to_day));"
	"CREATE TABLE IF NOT EXISTS score(run INTEGER NOT NULL, what TEXT NOT NULL, value REAL,"
	" n REAL, score REAL, low REAL, high REAL, stage INTEGER NOT NULL,"
	" PRIMARY KEY(run, what)) WITHOUT ROWID;"
	/* stays when the form changes: nothing of it can be computed again */
	"CREATE TABLE IF NOT EXISTS model(id INTEGER PRIMARY KEY, site TEXT NOT NULL,"
	" version TEXT NOT NULL, sha256 TEXT NOT NULL, since_us INTEGER NOT NULL);"
	"CREATE INDEX IF NOT EXISTS model_of ON model(site, id);";

#define RUN_WHERE                                                                                  \
	"site=?1 AND timezone=?2 AND model=?3 AND provisional=?4 AND from_day=?5 AND to_day=?6"

static const char *const texts[] = {
	[PART_LOAD] = "SELECT day,signature,data FROM part WHERE hash=?1 AND site=?2 AND "
		      "timezone=?3 AND day>=?4 AND day<=?5 ORDER BY day",
	[PART_KEEP] = "REPLACE INTO part VALUES(?1,?2,?3,?4,?5,?6)",
	[RUN_FIND] = "SELECT computed_us,first_us,signature,late_rows,late_day,counts FROM run "
		     "WHERE " RUN_WHERE,
	[RUN_SAVE] = "INSERT INTO run(site,timezone,model,provisional,from_day,to_day,computed_us,"
		     "first_us,signature,late_rows,late_day,counts) "
		     "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12) ON CONFLICT DO UPDATE SET "
		     "computed_us=?7,first_us=?8,signature=?9,late_rows=?10,late_day=?11,"
		     "counts=?12",
	[SCORE_DROP] = "DELETE FROM score WHERE run=(SELECT id FROM run WHERE " RUN_WHERE ")",
	[SCORE_SAVE] = "INSERT INTO score SELECT id,?7,?8,?9,?10,?11,?12,?13 FROM run "
		       "WHERE " RUN_WHERE,
	[SCORES] = "SELECT what,value,n,score,low,high,stage FROM score WHERE run=(SELECT id FROM "
		   "run WHERE " RUN_WHERE ") ORDER BY what",
	[MODEL_LAST] = "SELECT sha256 FROM model WHERE site=?1 ORDER BY id DESC LIMIT 1",
	[MODEL_ADD] = "INSERT INTO model(site,version,sha256,since_us) VALUES(?1,?2,?3,?4)",
	[MODEL_TRIM] = "DELETE FROM model WHERE site=?1 AND id NOT IN (SELECT id FROM model "
		       "WHERE site=?1 ORDER BY id DESC LIMIT ?2)",
	[MODELS] = "SELECT version,sha256,since_us FROM model WHERE site=?1 ORDER BY id",
};

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
	default:
		return -EIO;
	}
}

/* ---- opening ---- */

static int on_form(void *arg, int n, char **values, char **names)
{
	uint64_t form;

	(void)names;
	if (n == 1 && values[0] != NULL && slice_u64(slice_of(values[0]), INT32_MAX, &form) == 0) {
		*(uint64_t *)arg = form;
	}
	return 0;
}

static int prepare_tables(struct cache *c)
{
	char pragma[64];
	uint64_t form = 0;

	if (sqlite3_exec(c->db, "PRAGMA user_version", on_form, &form, NULL) != SQLITE_OK) {
		return code_of(c);
	}
	if (form == FORM) {
		return 0;
	}
	if (c->read_only) {
		return -EACCES;
	}
	(void)snprintf(pragma, sizeof(pragma), "PRAGMA user_version=%d", FORM);
	if (sqlite3_exec(c->db,
	                 "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; BEGIN IMMEDIATE; "
	                 "DROP TABLE IF EXISTS part; DROP TABLE IF EXISTS run; DROP TABLE IF "
	                 "EXISTS score",
	                 NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_exec(c->db, tables, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_exec(c->db, pragma, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_exec(c->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
		int rc = code_of(c);

		(void)sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
		return rc;
	}
	return 0;
}

int cxm_cache_open(struct cache **out, const char *store_url, struct fault *fault)
{
	char path[PATH_MAX_BYTES];
	struct slice where = slice_of(store_url);
	struct slice scheme = slice_cut(&where, ':');
	struct cache *c;
	int n = snprintf(path, sizeof(path), "%.*s" SUFFIX, (int)where.len, where.at);
	int rc;

	if (!slice_eq(scheme, SLICE("sqlite")) || where.len == 0 || where.at[0] == ':') {
		return fault_set(fault, -ENOTSUP, "this store has no file to keep scores beside");
	}
	if (n < 0 || (size_t)n >= sizeof(path)) {
		return fault_set(fault, -ENAMETOOLONG, "%s: the path is too long", store_url);
	}
	c = calloc(1, sizeof(*c));
	if (c == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	if (sqlite3_open_v2(path, &c->db,
	                    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
	                    NULL) != SQLITE_OK) {
		rc = -EACCES;
	} else {
		(void)sqlite3_busy_timeout(c->db, BUSY_MS);
		c->read_only = sqlite3_db_readonly(c->db, "main") == 1;
		rc = prepare_tables(c);
	}
	if (rc != 0) {
		(void)fault_set(fault, rc, "%s: cannot keep scores there: %s", path, strerror(-rc));
		cxm_cache_close(c);
		return rc;
	}
	*out = c;
	return 0;
}

void cxm_cache_close(struct cache *c)
{
	if (c == NULL) {
		return;
	}
	for (size_t i = 0; i < N_STATEMENTS; i++) {
		(void)sqlite3_finalize(c->stmts[i]);
	}
	(void)sqlite3_close(c->db);
	free(c);
}

/* ---- statements ---- */

static sqlite3_stmt *ready(struct cache *c, enum statement which)
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

static int64_t signed_of(uint64_t v)
{
	int64_t out;

	memcpy(&out, &v, sizeof(out));
	return out;
}

static void bind_text(sqlite3_stmt *s, int at, const char *text)
{
	(void)sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

static void bind_blob(sqlite3_stmt *s, int at, struct cursor data)
{
	(void)sqlite3_bind_blob(s, at, data.at, (int)cursor_left(&data), SQLITE_STATIC);
}

static struct cursor blob_at(sqlite3_stmt *s, int column)
{
	return cursor_of(sqlite3_column_blob(s, column), (size_t)sqlite3_column_bytes(s, column));
}

/* Run what gives no rows. */
static int run(struct cache *c, sqlite3_stmt *s)
{
	int rc = sqlite3_step(s) == SQLITE_DONE ? 0 : code_of(c);

	(void)sqlite3_reset(s);
	return rc;
}

static int begin(struct cache *c)
{
	if (c->read_only) {
		return -EACCES;
	}
	if (!c->writing && sqlite3_exec(c->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) {
		return code_of(c);
	}
	c->writing = true;
	return 0;
}

int cache_commit(struct cache *c)
{
	int rc = 0;

	if (c->writing && sqlite3_exec(c->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
		rc = code_of(c);
		(void)sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
	}
	c->writing = false;
	return rc;
}

/* ---- parts ---- */

static void bind_key(sqlite3_stmt *s, const struct cache_key *key)
{
	(void)sqlite3_bind_int64(s, 1, signed_of(key->hash));
	bind_text(s, 2, key->site);
	bind_text(s, 3, key->timezone);
}

int cache_load(struct cache *c, const struct cache_key *key, const int32_t days[2],
               cache_part_fn each, void *arg)
{
	sqlite3_stmt *s = ready(c, PART_LOAD);
	int step = SQLITE_ROW;
	int rc = 0;

	if (s == NULL) {
		return code_of(c);
	}
	bind_key(s, key);
	(void)sqlite3_bind_int64(s, 4, days[0]);
	(void)sqlite3_bind_int64(s, 5, days[1]);
	while (rc == 0 && (step = sqlite3_step(s)) == SQLITE_ROW) {
		rc = each(arg, (int32_t)sqlite3_column_int64(s, 0),
		          (uint64_t)sqlite3_column_int64(s, 1), blob_at(s, 2));
	}
	rc = rc == 0 && step != SQLITE_DONE ? code_of(c) : rc;
	(void)sqlite3_reset(s);
	return rc;
}

int cache_keep(struct cache *c, const struct cache_key *key, int32_t day, uint64_t signature,
               struct cursor data)
{
	int rc = begin(c);
	sqlite3_stmt *s = rc == 0 ? ready(c, PART_KEEP) : NULL;

	if (s == NULL) {
		return rc != 0 ? rc : code_of(c);
	}
	bind_key(s, key);
	(void)sqlite3_bind_int64(s, 4, day);
	(void)sqlite3_bind_int64(s, 5, signed_of(signature));
	bind_blob(s, 6, data);
	return run(c, s);
}

/* ---- runs ---- */

static void bind_run(sqlite3_stmt *s, const struct cache_run *r)
{
	bind_text(s, 1, r->site);
	bind_text(s, 2, r->timezone);
	bind_text(s, 3, r->model);
	(void)sqlite3_bind_int64(s, 4, r->provisional);
	(void)sqlite3_bind_int64(s, 5, r->from_day);
	(void)sqlite3_bind_int64(s, 6, r->to_day);
}

int cache_find_run(struct cache *c, const struct cache_run *r, struct cache_stamp *out,
                   struct cursor *counts)
{
	sqlite3_stmt *s = ready(c, RUN_FIND);
	int step;

	if (s == NULL) {
		return code_of(c);
	}
	bind_run(s, r);
	step = sqlite3_step(s);
	if (step != SQLITE_ROW) {
		return step == SQLITE_DONE ? 0 : code_of(c);
	}
	*out = (struct cache_stamp){ .computed_us = sqlite3_column_int64(s, 0),
		                     .first_us = sqlite3_column_int64(s, 1),
		                     .signature = (uint64_t)sqlite3_column_int64(s, 2),
		                     .late_rows = (uint64_t)sqlite3_column_int64(s, 3),
		                     .late_day = (int32_t)sqlite3_column_int64(s, 4) };
	*counts = blob_at(s, 5); /* until the statement is used again */
	return 1;
}

static void bind_number(sqlite3_stmt *s, int at, double v)
{
	if (isfinite(v)) {
		(void)sqlite3_bind_double(s, at, v);
	}
}

static int save_score(struct cache *c, const struct cache_run *r, const struct cache_score *score)
{
	sqlite3_stmt *s = ready(c, SCORE_SAVE);
	const double numbers[] = { score->value, score->n, score->score, score->low, score->high };

	if (s == NULL) {
		return code_of(c);
	}
	bind_run(s, r);
	bind_text(s, 7, score->what);
	for (int i = 0; i < 5; i++) {
		bind_number(s, 8 + i, numbers[i]);
	}
	(void)sqlite3_bind_int64(s, 13, score->stage);
	return run(c, s);
}

static int save_stamp(struct cache *c, const struct cache_run *r, const struct cache_stamp *stamp,
                      struct cursor counts)
{
	sqlite3_stmt *s = ready(c, RUN_SAVE);

	if (s == NULL) {
		return code_of(c);
	}
	bind_run(s, r);
	(void)sqlite3_bind_int64(s, 7, stamp->computed_us);
	(void)sqlite3_bind_int64(s, 8, stamp->first_us);
	(void)sqlite3_bind_int64(s, 9, signed_of(stamp->signature));
	(void)sqlite3_bind_int64(s, 10, signed_of(stamp->late_rows));
	(void)sqlite3_bind_int64(s, 11, stamp->late_day);
	bind_blob(s, 12, counts);
	return run(c, s);
}

int cache_save_run(struct cache *c, const struct cache_run *r, const struct cache_stamp *stamp,
                   struct cursor counts, const struct cache_score *scores, size_t n)
{
	int rc = begin(c);
	sqlite3_stmt *drop;

	rc = rc != 0 ? rc : save_stamp(c, r, stamp, counts);
	drop = rc == 0 ? ready(c, SCORE_DROP) : NULL;
	if (drop == NULL) {
		return rc != 0 ? rc : code_of(c);
	}
	bind_run(drop, r);
	rc = run(c, drop);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = save_score(c, r, &scores[i]);
	}
	return rc != 0 ? rc : cache_commit(c);
}

static double number_at(sqlite3_stmt *s, int column)
{
	return sqlite3_column_type(s, column) != SQLITE_NULL ? sqlite3_column_double(s, column)
	                                                     : NAN;
}

int cache_scores(struct cache *c, const struct cache_run *r, cache_score_fn each, void *arg)
{
	sqlite3_stmt *s = ready(c, SCORES);
	int step = SQLITE_ROW;
	int rc = 0;

	if (s == NULL) {
		return code_of(c);
	}
	bind_run(s, r);
	while (rc == 0 && (step = sqlite3_step(s)) == SQLITE_ROW) {
		struct cache_score score = { .value = number_at(s, 1),
			                     .n = number_at(s, 2),
			                     .score = number_at(s, 3),
			                     .low = number_at(s, 4),
			                     .high = number_at(s, 5),
			                     .stage = sqlite3_column_int(s, 6) };

		(void)snprintf(score.what, sizeof(score.what), "%s",
		               (const char *)sqlite3_column_text(s, 0));
		rc = each(arg, &score);
	}
	rc = rc == 0 && step != SQLITE_DONE ? code_of(c) : rc;
	(void)sqlite3_reset(s);
	return rc;
}

/* ---- models ---- */

/* @return 1, 0 or -errno */
static int is_last(struct cache *c, const char *site, const char *sha256)
{
	sqlite3_stmt *s = ready(c, MODEL_LAST);
	int step;
	int rc;

	if (s == NULL) {
		return code_of(c);
	}
	bind_text(s, 1, site);
	step = sqlite3_step(s);
	rc = step == SQLITE_ROW    ? strcmp((const char *)sqlite3_column_text(s, 0), sha256) == 0
	     : step == SQLITE_DONE ? 0
	                           : code_of(c);
	(void)sqlite3_reset(s);
	return rc;
}

int cache_note_model(struct cache *c, const char *site, const struct cache_model *model)
{
	int rc = is_last(c, site, model->sha256);
	sqlite3_stmt *s;

	if (rc != 0) {
		return rc > 0 ? 0 : rc;
	}
	rc = begin(c);
	s = rc == 0 ? ready(c, MODEL_ADD) : NULL;
	if (s == NULL) {
		return rc != 0 ? rc : code_of(c);
	}
	bind_text(s, 1, site);
	bind_text(s, 2, model->version);
	bind_text(s, 3, model->sha256);
	(void)sqlite3_bind_int64(s, 4, model->since_us);
	rc = run(c, s);
	s = rc == 0 ? ready(c, MODEL_TRIM) : NULL;
	if (s != NULL) {
		bind_text(s, 1, site);
		(void)sqlite3_bind_int64(s, 2, CACHE_MODELS_MAX);
		rc = run(c, s);
	}
	return rc != 0 ? rc : cache_commit(c);
}

static void copy_text(char *out, size_t size, sqlite3_stmt *s, int column)
{
	const unsigned char *text = sqlite3_column_text(s, column);

	(void)snprintf(out, size, "%s", text != NULL ? (const char *)text : "");
}

int cache_models(struct cache *c, const char *site, cache_model_fn each, void *arg)
{
	sqlite3_stmt *s = ready(c, MODELS);
	int step = SQLITE_ROW;
	int rc = 0;

	if (s == NULL) {
		return code_of(c);
	}
	bind_text(s, 1, site);
	while (rc == 0 && (step = sqlite3_step(s)) == SQLITE_ROW) {
		struct cache_model model = { .since_us = sqlite3_column_int64(s, 2) };

		copy_text(model.version, sizeof(model.version), s, 0);
		copy_text(model.sha256, sizeof(model.sha256), s, 1);
		rc = each(arg, &model);
	}
	rc = rc == 0 && step != SQLITE_DONE ? code_of(c) : rc;
	(void)sqlite3_reset(s);
	return rc;
}
