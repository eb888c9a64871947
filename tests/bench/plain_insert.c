/*
 * The least that SQLite takes for rows: those of a store, read into memory, are inserted into
 * another database with the same tables and the same settings, a prepared INSERT a table, 4,096
 * rows a transaction.
 *
 *     plain_insert FROM.db TO.db
 *
 * Prints the rows, and "cpu_s N" for the inserting alone.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <sqlite3.h>

#include "common/buf.h"

#define ROWS_PER_TRANSACTION 4096
#define TABLES_MAX           64
#define NAME_MAX_BYTES       128

struct cell {
	int type;
	int len_bytes;
	union {
		sqlite3_int64 number;
		double real;
		void *bytes;
	};
};

struct rows {
	char table[NAME_MAX_BYTES];
	struct cell *cells; /* n_rows times n_columns */
	size_t n_rows;
	int n_columns;
};

static void die(const char *what)
{
	(void)fprintf(stderr, "plain_insert: %s\n", what);
	exit(1);
}

static void check(sqlite3 *db, bool fine)
{
	if (!fine) {
		die(sqlite3_errmsg(db));
	}
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *format, const char *name)
{
	char *sql = sqlite3_mprintf(format, name);
	sqlite3_stmt *s = NULL;

	check(db, sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK);
	sqlite3_free(sql);
	return s;
}

static struct cell cell_of(sqlite3_stmt *s, int i)
{
	struct cell c = { .type = sqlite3_column_type(s, i) };

	switch (c.type) {
	case SQLITE_INTEGER:
		c.number = sqlite3_column_int64(s, i);
		break;
	case SQLITE_FLOAT:
		c.real = sqlite3_column_double(s, i);
		break;
	case SQLITE_TEXT:
	case SQLITE_BLOB:
		c.len_bytes = sqlite3_column_bytes(s, i);
		c.bytes = malloc((size_t)c.len_bytes + 1);
		if (c.bytes == NULL) {
			die("out of memory");
		}
		memcpy(c.bytes, sqlite3_column_blob(s, i), (size_t)c.len_bytes);
		break;
	default:
		break;
	}
	return c;
}

static void load(sqlite3 *db, struct rows *r)
{
	sqlite3_stmt *s = prepare(db, "SELECT * FROM \"%w\"", r->table);
	size_t room = 0;

	r->n_columns = sqlite3_column_count(s);
	while (sqlite3_step(s) == SQLITE_ROW) {
		if (r->n_rows == room) {
			room = room > 0 ? 2 * room : 1024;
			r->cells = reallocarray(r->cells, room * (size_t)r->n_columns,
			                        sizeof(*r->cells));
			if (r->cells == NULL) {
				die("out of memory");
			}
		}
		for (int i = 0; i < r->n_columns; i++) {
			r->cells[r->n_rows * (size_t)r->n_columns + (size_t)i] = cell_of(s, i);
		}
		r->n_rows++;
	}
	(void)sqlite3_finalize(s);
}

/* Tables and indexes of `from` made in `to`. @return tables. */
static size_t copy_schema(sqlite3 *from, sqlite3 *to, struct rows rows[TABLES_MAX])
{
	sqlite3_stmt *s = prepare(from,
	                          "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL "
	                          "AND name NOT LIKE 'sqlite%%' ORDER BY type = 'index'%s",
	                          "");
	size_t n = 0;

	while (sqlite3_step(s) == SQLITE_ROW) {
		const char *type = (const char *)sqlite3_column_text(s, 0);
		const char *sql = (const char *)sqlite3_column_text(s, 2);

		check(to, sqlite3_exec(to, sql, NULL, NULL, NULL) == SQLITE_OK);
		if (strcmp(type, "table") == 0 && n < TABLES_MAX) {
			(void)snprintf(rows[n++].table, NAME_MAX_BYTES, "%s",
			               (const char *)sqlite3_column_text(s, 1));
		}
	}
	(void)sqlite3_finalize(s);
	return n;
}

static sqlite3_stmt *prepare_insert(sqlite3 *db, const struct rows *r)
{
	struct buf sql;
	sqlite3_stmt *s;

	buf_init(&sql, 8192);
	buf_add_text(&sql, "INSERT INTO \"%w\" VALUES (?");
	for (int i = 1; i < r->n_columns; i++) {
		buf_add_text(&sql, ",?");
	}
	buf_add_text(&sql, ")");
	s = prepare(db, buf_text(&sql), r->table);
	buf_free(&sql);
	return s;
}

static void bind(sqlite3_stmt *s, int at, const struct cell *c)
{
	switch (c->type) {
	case SQLITE_INTEGER:
		(void)sqlite3_bind_int64(s, at, c->number);
		break;
	case SQLITE_FLOAT:
		(void)sqlite3_bind_double(s, at, c->real);
		break;
	case SQLITE_TEXT:
		(void)sqlite3_bind_text(s, at, c->bytes, c->len_bytes, SQLITE_STATIC);
		break;
	case SQLITE_BLOB:
		(void)sqlite3_bind_blob(s, at, c->bytes, c->len_bytes, SQLITE_STATIC);
		break;
	default:
		(void)sqlite3_bind_null(s, at);
		break;
	}
}

static void insert(sqlite3 *db, const struct rows *r)
{
	sqlite3_stmt *s = prepare_insert(db, r);

	for (size_t row = 0; row < r->n_rows; row++) {
		if (row % ROWS_PER_TRANSACTION == 0) {
			const char *sql = row > 0 ? "COMMIT; BEGIN IMMEDIATE" : "BEGIN IMMEDIATE";

			check(db, sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
		}
		for (int i = 0; i < r->n_columns; i++) {
			bind(s, i + 1, &r->cells[row * (size_t)r->n_columns + (size_t)i]);
		}
		check(db, sqlite3_step(s) == SQLITE_DONE);
		(void)sqlite3_reset(s);
	}
	if (r->n_rows > 0) {
		check(db, sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK);
	}
	(void)sqlite3_finalize(s);
}

static double cpu_s(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

int main(int argc, char **argv)
{
	static struct rows rows[TABLES_MAX];
	sqlite3 *from = NULL;
	sqlite3 *to = NULL;
	size_t all = 0;
	double begin_s;
	size_t n;

	if (argc != 3) {
		die("usage: plain_insert FROM.db TO.db");
	}
	check(from, sqlite3_open_v2(argv[1], &from, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK);
	check(to, sqlite3_open(argv[2], &to) == SQLITE_OK);
	check(to, sqlite3_exec(to,
	                       "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
	                       "PRAGMA cache_size=-16384; PRAGMA journal_size_limit=67108864",
	                       NULL, NULL, NULL) == SQLITE_OK);
	n = copy_schema(from, to, rows);
	for (size_t i = 0; i < n; i++) {
		load(from, &rows[i]);
		all += rows[i].n_rows;
	}
	begin_s = cpu_s();
	for (size_t i = 0; i < n; i++) {
		insert(to, &rows[i]);
	}
	printf("rows %zu\ncpu_s %.6f\n", all, cpu_s() - begin_s);
	(void)sqlite3_close(to);
	(void)sqlite3_close(from);
	return 0;
}
