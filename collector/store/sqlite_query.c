/* Reading: tallies and rows. Every call prepares its own statements, so a callback may ask the
 * store again. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "collector/store/bind.h"
#include "collector/store/once.h"
#include "collector/store/sql.h"
#include "collector/store/sqlite.h"

static const char doing[] = "read evidence";

/* ---- where ---- */

static void add_range(struct buf *sql, const struct cxm_kind *kind)
{
	buf_add_text(sql, " FROM ");
	sql_name(sql, kind->table);
	buf_add_text(sql, " WHERE \"site\"=? AND \"at_us\">=? AND \"at_us\"<?");
}

static int bind_range(sqlite3_stmt *stmt, int *next, const struct store_range *range, int64_t site)
{
	const int64_t values[] = { site, range->from_us, range->to_us };
	int rc = SQLITE_OK;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]) && rc == SQLITE_OK; i++) {
		rc = sqlite3_bind_int64(stmt, (*next)++, values[i]);
	}
	return rc;
}

/* ---- tally ---- */

static int check_tally(const struct store_tally *q, struct fault *fault)
{
	if (q->n_sums > STORE_SUMS_MAX) {
		return fault_set(fault, -EINVAL, "a tally has at most %d sums", STORE_SUMS_MAX);
	}
	if (q->group != NULL && q->group->type != CXM_LABEL && q->group->type != CXM_STATE) {
		return fault_set(fault, -EINVAL,
		                 "%s is neither a label nor a state: nothing to "
		                 "group by",
		                 q->group->name);
	}
	if (q->slot_us < 0 || (q->slot_us > 0 && q->value != NULL)) {
		return fault_set(fault, -EINVAL, "a tally has values or slots, not both");
	}
	if (q->share != NULL && q->share->type != CXM_INT) {
		return fault_set(fault, -EINVAL, "%s is no whole number: not a share",
		                 q->share->name);
	}
	if (q->key != NULL &&
	    (q->group != NULL || q->value != NULL || q->slot_us > 0 || q->share != NULL ||
	     (q->key->type != CXM_IDENTITY && q->key->type != CXM_INT))) {
		return fault_set(fault, -EINVAL,
		                 "%s: a tally by key has no other division, and "
		                 "its key is an identity or a whole number",
		                 q->key->name);
	}
	return 0;
}

/* The second column: the value, the slot, the key, or none of them. */
static void write_second(struct buf *sql, const struct store_tally *q)
{
	if (q->value != NULL) {
		sql_expr(sql, q->value);
	} else if (q->slot_us > 0) {
		buf_printf(sql, "(\"at_us\"-%" PRId64 ")/%" PRId64, q->range.from_us, q->slot_us);
	} else if (q->key != NULL) {
		buf_add_char(sql, '+'); /* not by an index over all days (schema.c) */
		sql_name(sql, q->key->name);
	} else {
		buf_add_text(sql, "NULL");
	}
}

static struct once_needs needs_of(const struct store_tally *q)
{
	return (struct once_needs){ q->of, q->value, q->key };
}

/* Not by a constant: SQLite would sort all rows by it. */
static void write_order(struct buf *sql, bool group, bool second, bool share)
{
	const char *by[] = { "", "1", "2", "1,2", "4", "1,4", "2,4", "1,2,4" };
	unsigned which = (unsigned)group | (unsigned)second << 1 | (unsigned)share << 2;

	if (which != 0) {
		buf_printf(sql, " GROUP BY %s ORDER BY %s", by[which], by[which]);
	}
}

/* SELECT group, value, count, share, sums. The order of the `?` is that of bind_tally. */
static void write_tally(struct buf *sql, const struct store_tally *q, const struct once_scope *in)
{
	const struct once_needs needs = needs_of(q);
	bool second = q->value != NULL || q->slot_us > 0 || q->key != NULL;

	buf_add_text(sql, "SELECT ");
	if (q->group == NULL) {
		buf_add_text(sql, "NULL");
	} else if (q->group->type == CXM_LABEL) {
		buf_add_text(sql, "coalesce(");
		sql_name(sql, q->group->name);
		buf_add_text(sql, ",'')");
	} else {
		sql_name(sql, q->group->name);
	}
	buf_add_char(sql, ',');
	write_second(sql, q);
	buf_add_text(sql, ",count(*),");
	if (q->share != NULL) {
		buf_add_text(sql, "coalesce(");
		sql_name(sql, q->share->name);
		buf_add_text(sql, ",0)");
	} else {
		buf_add_char(sql, '0');
	}
	for (size_t i = 0; i < q->n_sums; i++) {
		buf_add_text(sql, ",total("); /* 0.0 and never an overflow, unlike sum() */
		sql_expr(sql, q->sums[i]);
		buf_add_char(sql, ')');
	}
	add_range(sql, q->range.kind);
	if (q->of != NULL) {
		buf_add_text(sql, " AND (");
		sql_expr(sql, q->of);
		buf_add_char(sql, ')');
	}
	if (q->value != NULL) {
		buf_add_text(sql, " AND (");
		sql_expr(sql, q->value);
		buf_add_text(sql, ") IS NOT NULL");
	}
	if (q->key != NULL) {
		buf_add_text(sql, " AND ");
		sql_name(sql, q->key->name);
		buf_add_text(sql, " IS NOT NULL");
	}
	once_only(sql, in, &needs);
	write_order(sql, q->group != NULL, second, q->share != NULL);
}

static int bind_tally(sqlite3_stmt *stmt, const struct store_tally *q, const struct once_scope *in)
{
	const struct once_needs needs = needs_of(q);
	int next = 1;
	int rc = q->value != NULL ? sql_bind_constants(stmt, &next, q->value) : SQLITE_OK;

	for (size_t i = 0; i < q->n_sums && rc == SQLITE_OK; i++) {
		rc = sql_bind_constants(stmt, &next, q->sums[i]);
	}
	if (rc == SQLITE_OK) {
		rc = bind_range(stmt, &next, &q->range, in->site);
	}
	if (rc == SQLITE_OK && q->of != NULL) {
		rc = sql_bind_constants(stmt, &next, q->of);
	}
	if (rc == SQLITE_OK && q->value != NULL) {
		rc = sql_bind_constants(stmt, &next, q->value);
	}
	return rc == SQLITE_OK ? once_bind(stmt, &next, in, &needs) : rc;
}

static struct slice group_text(sqlite3_stmt *stmt, const struct cxm_field *group, char *out,
                               size_t size)
{
	int64_t state;

	if (group == NULL || sqlite3_column_type(stmt, 0) == SQLITE_NULL) {
		return SLICE("");
	}
	if (group->type == CXM_LABEL) {
		return slice_of((const char *)sqlite3_column_text(stmt, 0));
	}
	state = sqlite3_column_int64(stmt, 0);
	if (cxm_state_name(group, state, out, size) == NULL) {
		(void)snprintf(out, size, "%lld", (long long)state); /* a newer agent's value */
	}
	return slice_of(out);
}

static int hand_over(sqlite3_stmt *stmt, const struct store_tally *q, store_tally_fn each,
                     void *arg)
{
	char name[64];
	struct store_tally_row row = {
		.group = group_text(stmt, q->group, name, sizeof(name)),
		.value = sqlite3_column_double(stmt, 1) + 0.0, /* never -0 */
		.slot = q->slot_us > 0 ? (uint32_t)sqlite3_column_int64(stmt, 1) : 0,
		.key = q->key != NULL ? sqlite3_column_int64(stmt, 1) : 0,
		.n = (uint64_t)sqlite3_column_int64(stmt, 2),
		.share = q->share != NULL ? (uint32_t)sqlite3_column_int64(stmt, 3) : 0,
	};

	for (size_t i = 0; i < q->n_sums; i++) {
		row.sums[i] = sqlite3_column_double(stmt, 4 + (int)i) + 0.0;
	}
	/* without GROUP BY there is a row even of nothing */
	return row.n > 0 ? each(arg, &row) : 0;
}

static int prepare_tally(struct store_sqlite *s, const struct store_tally *q, int64_t site,
                         sqlite3_stmt **stmt, struct fault *fault)
{
	struct once_scope in;
	struct buf sql;
	int rc = once_scope_of(s, &q->range, site, &in, fault);

	if (rc != 0) {
		return rc;
	}
	buf_init(&sql, SQL_MAX_BYTES);
	write_tally(&sql, q, &in);
	rc = store_sqlite_prepare(s, sql_text(&sql), stmt, fault);
	if (rc == 0 && bind_tally(*stmt, q, &in) != SQLITE_OK) {
		rc = store_sqlite_failed(s, doing, fault);
	}
	buf_free(&sql);
	return rc;
}

int store_sqlite_tally(struct store *st, const struct store_tally *q, store_tally_fn row, void *arg,
                       struct fault *fault)
{
	struct store_sqlite *s = store_sqlite_of(st);
	sqlite3_stmt *stmt = NULL;
	int64_t site = 0;
	int rc = check_tally(q, fault);

	if (rc == 0) {
		rc = book_site(s, q->range.site, &site, fault);
	}
	if (rc == 1) {
		rc = prepare_tally(s, q, site, &stmt, fault);
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

/* ---- told twice ---- */

static int prepare_twice(struct store_sqlite *s, const struct once_scope *in, const struct expr *of,
                         sqlite3_stmt **stmt, struct fault *fault)
{
	const struct store_range *range = in->range;
	const struct once_needs needs = { .of = of };
	struct buf sql;
	int next = 1;
	int rc;

	buf_init(&sql, SQL_MAX_BYTES);
	buf_add_text(&sql, "SELECT count(*)");
	add_range(&sql, range->kind);
	if (of != NULL) {
		buf_add_text(&sql, " AND (");
		sql_expr(&sql, of);
		buf_add_char(&sql, ')');
	}
	buf_add_text(&sql, " AND ");
	once_stands_back(&sql, in, &needs);
	rc = store_sqlite_prepare(s, sql_text(&sql), stmt, fault);
	buf_free(&sql);
	if (rc == 0 && (bind_range(*stmt, &next, range, in->site) != SQLITE_OK ||
	                (of != NULL && sql_bind_constants(*stmt, &next, of) != SQLITE_OK) ||
	                once_bind(*stmt, &next, in, &needs) != SQLITE_OK)) {
		rc = store_sqlite_failed(s, doing, fault);
	}
	return rc;
}

int store_sqlite_twice(struct store *st, const struct store_range *range, const struct expr *of,
                       uint64_t *rows, struct fault *fault)
{
	struct store_sqlite *s = store_sqlite_of(st);
	sqlite3_stmt *stmt = NULL;
	struct once_scope in;
	int64_t site = 0;
	int rc;

	*rows = 0;
	rc = book_site(s, range->site, &site, fault);
	if (rc != 1) {
		return rc;
	}
	rc = once_scope_of(s, range, site, &in, fault);
	if (rc != 0 || !in.any) {
		return rc;
	}
	rc = prepare_twice(s, &in, of, &stmt, fault);
	rc = rc == 0 ? store_sqlite_step(s, stmt, doing, fault) : rc;
	if (rc == 1) {
		*rows = (uint64_t)sqlite3_column_int64(stmt, 0);
		rc = 0;
	}
	(void)sqlite3_finalize(stmt);
	return rc;
}

/* ---- rows ---- */

static int prepare_range(struct store_sqlite *s, const struct store_range *range, int64_t site,
                         sqlite3_stmt **stmt, struct fault *fault)
{
	struct buf sql;
	int next = 1;
	int rc;

	buf_init(&sql, SQL_MAX_BYTES);
	sql_select_range(&sql, range->kind);
	rc = store_sqlite_prepare(s, sql_text(&sql), stmt, fault);
	if (rc == 0 && bind_range(*stmt, &next, range, site) != SQLITE_OK) {
		rc = store_sqlite_failed(s, doing, fault);
	}
	buf_free(&sql);
	return rc;
}

int store_sqlite_rows(struct store *st, const struct store_range *range, store_row_fn row,
                      void *arg, struct fault *fault)
{
	struct store_sqlite *s = store_sqlite_of(st);
	sqlite3_stmt *stmt = NULL;
	struct arena arena; /* of its own: the callback may ask the store again */
	int64_t site = 0;
	int rc = book_site(s, range->site, &site, fault);

	arena_init(&arena, SQLITE_RECORD_ARENA_MAX);
	if (rc == 1) {
		rc = prepare_range(s, range, site, &stmt, fault);
	}
	while (rc == 0 && stmt != NULL) {
		ProtobufCMessage *m = NULL;

		rc = store_sqlite_step(s, stmt, doing, fault);
		if (rc != 1) {
			break;
		}
		arena_reset(&arena);
		rc = bind_read(stmt, range->kind, &arena, &m);
		rc = rc == 0 ? row(arg, m)
		             : fault_set(fault, rc, "%s: a row of %s cannot be read: %s", s->path,
		                         range->kind->table,
		                         rc == -ENOMEM ? "out of memory"
		                                       : "a value does not fit its field");
	}
	(void)sqlite3_finalize(stmt);
	arena_free(&arena);
	return rc;
}

/* ---- span ---- */

/* A row at either end of a site's part of the key: no scan. */
static void write_span(struct buf *sql, const struct cxm_kind *kind)
{
	static const char *const orders[] = { "ASC", "DESC" };

	buf_add_text(sql, "SELECT ");
	for (size_t i = 0; i < 2; i++) {
		buf_add_text(sql, i == 0 ? "(" : ",(");
		buf_add_text(sql, "SELECT \"at_us\" FROM ");
		sql_name(sql, kind->table);
		buf_printf(sql,
		           " WHERE \"site\"=?1 AND \"at_us\"<?2 ORDER BY \"at_us\" %s LIMIT 1)",
		           orders[i]);
	}
}

int store_sqlite_span(struct store *st, const struct store_span *q, int64_t *first_us,
                      int64_t *last_us, struct fault *fault)
{
	struct store_sqlite *s = store_sqlite_of(st);
	sqlite3_stmt *stmt = NULL;
	struct buf sql;
	int64_t id = 0;
	int rc = book_site(s, q->site, &id, fault);

	if (rc != 1) {
		return rc;
	}
	buf_init(&sql, SQL_MAX_BYTES);
	write_span(&sql, q->kind);
	rc = store_sqlite_prepare(s, sql_text(&sql), &stmt, fault);
	buf_free(&sql);
	if (rc == 0) {
		(void)sqlite3_bind_int64(stmt, 1, id);
		(void)sqlite3_bind_int64(stmt, 2, q->before_us);
		rc = store_sqlite_step(s, stmt, doing, fault);
	}
	if (rc == 1) {
		rc = sqlite3_column_type(stmt, 0) != SQLITE_NULL;
		*first_us = sqlite3_column_int64(stmt, 0);
		*last_us = sqlite3_column_int64(stmt, 1);
	}
	(void)sqlite3_finalize(stmt);
	return rc;
}
