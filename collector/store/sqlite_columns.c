/* Reading some columns of rows in the order of a time: what joins and what looks at single rows
 * need, at a fraction of the cost of whole records. Keeps nothing between calls. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>

#include "collector/store/once.h"
#include "collector/store/sql.h"
#include "collector/store/sqlite.h"

static const char doing[] = "read evidence";

static int check(const struct store_columns *q, struct fault *fault)
{
	if (q->n_keys > STORE_KEYS_MAX || q->n_values > STORE_COLUMNS_MAX) {
		return fault_set(fault, -EINVAL, "at most %d keys and %d values at a time",
		                 STORE_KEYS_MAX, STORE_COLUMNS_MAX);
	}
	for (size_t i = 0; i < q->n_keys; i++) {
		if (q->keys[i]->type == CXM_BYTES || q->keys[i]->type == CXM_REAL) {
			return fault_set(fault, -EINVAL, "%s cannot be a key", q->keys[i]->name);
		}
	}
	if (q->time != NULL && q->time->unit != CXM_TIME) {
		return fault_set(fault, -EINVAL, "%s is no point in time", q->time->name);
	}
	return 0;
}

static struct once_needs needs_of(const struct store_columns *q)
{
	return (struct once_needs){ .of = q->of, .present = q->time };
}

/* The order of the `?` is that of bind_query. */
static void write_query(struct buf *sql, const struct store_columns *q, const struct once_scope *in)
{
	const struct cxm_kind *kind = q->range.kind;
	const struct cxm_field *time = q->time != NULL ? q->time : kind->at;
	const struct once_needs needs = needs_of(q);

	buf_add_text(sql, "SELECT ");
	sql_name(sql, time->name);
	for (size_t i = 0; i < q->n_keys; i++) {
		buf_add_char(sql, ',');
		sql_name(sql, q->keys[i]->name);
	}
	for (size_t i = 0; i < q->n_values; i++) {
		buf_add_char(sql, ',');
		sql_expr(sql, q->values[i]);
	}
	buf_add_text(sql, " FROM ");
	sql_name(sql, kind->table);
	buf_add_text(sql, " WHERE \"site\"=? AND \"at_us\">=? AND \"at_us\"<?");
	if (q->of != NULL) {
		buf_add_text(sql, " AND (");
		sql_expr(sql, q->of);
		buf_add_char(sql, ')');
	}
	if (time != kind->at) {
		buf_add_text(sql, " AND ");
		sql_name(sql, time->name);
		buf_add_text(sql, " IS NOT NULL");
	}
	once_only(sql, in, &needs);
	buf_add_text(sql, " ORDER BY ");
	if (time != kind->at) {
		sql_name(sql, time->name);
		buf_add_char(sql, ',');
	}
	sql_names(sql, kind->fields, kind->n_key);
}

static int bind_query(sqlite3_stmt *stmt, const struct store_columns *q,
                      const struct once_scope *in)
{
	const struct once_needs needs = needs_of(q);
	const int64_t where[] = { in->site, q->range.from_us, q->range.to_us };
	int next = 1;
	int rc = SQLITE_OK;

	for (size_t i = 0; i < q->n_values && rc == SQLITE_OK; i++) {
		rc = sql_bind_constants(stmt, &next, q->values[i]);
	}
	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]) && rc == SQLITE_OK; i++) {
		rc = sqlite3_bind_int64(stmt, next++, where[i]);
	}
	if (rc == SQLITE_OK && q->of != NULL) {
		rc = sql_bind_constants(stmt, &next, q->of);
	}
	return rc == SQLITE_OK ? once_bind(stmt, &next, in, &needs) : rc;
}

static int prepare(struct store_sqlite *s, const struct store_columns *q, int64_t site,
                   sqlite3_stmt **stmt, struct fault *fault)
{
	struct once_scope in;
	struct buf sql;
	int rc = once_scope_of(s, &q->range, site, &in, fault);

	if (rc != 0) {
		return rc;
	}
	buf_init(&sql, SQL_MAX_BYTES);
	write_query(&sql, q, &in);
	rc = store_sqlite_prepare(s, sql_text(&sql), stmt, fault);
	if (rc == 0 && bind_query(*stmt, q, &in) != SQLITE_OK) {
		rc = store_sqlite_failed(s, doing, fault);
	}
	buf_free(&sql);
	return rc;
}

/* FNV-1a, 64 bits: what stats_fnv1a makes of the same bytes. */
static uint64_t hash_of(const unsigned char *text, size_t len_bytes)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len_bytes; i++) {
		h = (h ^ text[i]) * UINT64_C(0x100000001b3);
	}
	return h;
}

static uint64_t key_at(sqlite3_stmt *stmt, int column, const struct cxm_field *key)
{
	const unsigned char *text;

	if (key->type != CXM_LABEL) {
		return (uint64_t)sqlite3_column_int64(stmt, column);
	}
	text = sqlite3_column_text(stmt, column);
	return hash_of(text, (size_t)sqlite3_column_bytes(stmt, column));
}

static int hand_over(sqlite3_stmt *stmt, const struct store_columns *q, store_columns_fn each,
                     void *arg)
{
	struct store_columns_row row = { .time_us = sqlite3_column_int64(stmt, 0) };
	int column = 1;

	for (size_t i = 0; i < q->n_keys; i++, column++) {
		row.has_key[i] = sqlite3_column_type(stmt, column) != SQLITE_NULL;
		row.keys[i] = row.has_key[i] ? key_at(stmt, column, q->keys[i]) : 0;
	}
	for (size_t i = 0; i < q->n_values; i++, column++) {
		row.values[i] = sqlite3_column_type(stmt, column) != SQLITE_NULL
		                        ? sqlite3_column_double(stmt, column) + 0.0
		                        : NAN;
	}
	return each(arg, &row);
}

int store_sqlite_columns(struct store *st, const struct store_columns *q, store_columns_fn row,
                         void *arg, struct fault *fault)
{
	struct store_sqlite *s = store_sqlite_of(st);
	sqlite3_stmt *stmt = NULL;
	int64_t site = 0;
	int rc = check(q, fault);

	if (rc == 0) {
		rc = book_site(s, q->range.site, &site, fault);
	}
	if (rc == 1) {
		rc = prepare(s, q, site, &stmt, fault);
	}
	while (rc == 0 && stmt != NULL) {
		rc = store_sqlite_step(s, stmt, doing, fault);
		if (rc != 1) {
			break;
		}
		rc = hand_over(stmt, q, row, arg);
	}
	(void)sqlite3_finalize(stmt);
	return rc;
}
