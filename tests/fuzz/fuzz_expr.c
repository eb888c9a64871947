/* Any text as an expression: it is read or refused; what is read means the same to SQLite as to
 * expr_eval. The first byte chooses what is wanted and on which record it is tried. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

#include "collector/store/bind.h"
#include "collector/store/sql.h"
#include "tests/support/catalog.h"
#include "tests/support/test_records.pb-c.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct cxm_kind *probe;
static sqlite3 *db;

static void prepare_once(void)
{
	struct buf sql;

	if (db != NULL) {
		return;
	}
	if (sqlite3_open(":memory:", &db) != SQLITE_OK) {
		abort();
	}
	probe = cxm_kind_named(test_catalog(), SLICE("Probe"));
	buf_init(&sql, SQL_MAX_BYTES);
	buf_add_text(&sql, "CREATE TABLE probe(site,");
	for (size_t i = 0; i < probe->n_fields; i++) {
		const struct cxm_field *f = &probe->fields[i];

		buf_add_text(&sql, i > 0 ? "," : "");
		sql_name(&sql, f->name);
		buf_add_text(&sql, f->type == CXM_REAL ? " REAL" : "");
	}
	buf_add_text(&sql, ")");
	if (sqlite3_exec(db, sql_text(&sql), NULL, NULL, NULL) != SQLITE_OK) {
		abort();
	}
	buf_free(&sql);
}

/* One with much and one with nothing but its key. */
static ProtobufCMessage *record(bool full, struct arena *arena)
{
	static char host[] = "pbx1";
	static char note[] = "a";
	Cxmtest__Probe *m = (void *)cxm_record_new(probe, arena);

	if (m == NULL) {
		abort();
	}
	m->at_us = INT64_C(1700000000000000);
	m->light = CXMTEST__LIGHT__GREEN;
	m->host = host;
	if (full) {
		m->note = note;
		m->has_wait_ms = 1;
		m->wait_ms = 5000;
		m->has_value = 1;
		m->value = 0.1;
		m->has_balance = 1;
		m->balance = -INT64_MAX;
		m->has_done = 1;
		m->has_group = 1;
		m->group = CXMTEST__LIGHT__RED;
		m->has_agent = 1;
		m->agent = UINT64_MAX;
		m->has_coach = 1;
		m->coach = UINT64_MAX;
	}
	return &m->base;
}

static void insert(const ProtobufCMessage *m)
{
	sqlite3_stmt *stmt = NULL;
	struct buf sql;

	buf_init(&sql, SQL_MAX_BYTES);
	sql_insert(&sql, probe);
	if (sqlite3_exec(db, "DELETE FROM probe", NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, sql_text(&sql), -1, &stmt, NULL) != SQLITE_OK ||
	    bind_fields(stmt, 2, probe->fields, probe->n_fields, m) != SQLITE_OK ||
	    sqlite3_step(stmt) != SQLITE_DONE) {
		abort();
	}
	(void)sqlite3_finalize(stmt);
	buf_free(&sql);
}

static void compare(const struct expr *e, const ProtobufCMessage *m)
{
	struct expr_result want = expr_eval(e, m);
	sqlite3_stmt *stmt = NULL;
	struct buf sql;
	int next = 1;

	buf_init(&sql, SQL_MAX_BYTES);
	buf_add_text(&sql, "SELECT ");
	sql_expr(&sql, e);
	buf_add_text(&sql, " FROM probe");
	if (sqlite3_prepare_v2(db, sql_text(&sql), -1, &stmt, NULL) != SQLITE_OK ||
	    sql_bind_constants(stmt, &next, e) != SQLITE_OK || sqlite3_step(stmt) != SQLITE_ROW) {
		(void)fprintf(stderr, "%s: %s\n", buf_text(&sql), sqlite3_errmsg(db));
		abort();
	}
	if ((sqlite3_column_type(stmt, 0) != SQLITE_NULL) != want.known ||
	    (want.known && sqlite3_column_double(stmt, 0) != want.number)) {
		(void)fprintf(stderr, "%s: %a, expr_eval: %d %a\n", buf_text(&sql),
		              sqlite3_column_double(stmt, 0), want.known, want.number);
		abort();
	}
	(void)sqlite3_finalize(stmt);
	buf_free(&sql);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct expr *e = NULL;
	struct fault fault = { 0 };
	struct arena arena;
	int rc;

	if (size == 0) {
		return 0;
	}
	prepare_once();
	arena_init(&arena, (size_t)1024 * 1024);
	rc = expr_parse(&e, probe, (struct slice){ (const char *)data + 1, size - 1 },
	                (data[0] & 1) != 0 ? EXPR_IS_NUMBER : EXPR_IS_TRUTH, &arena, &fault);
	if (rc == 0) {
		ProtobufCMessage *m = record((data[0] & 2) != 0, &arena);

		insert(m);
		compare(e, m);
	} else if (strncmp(fault.text, "column ", 7) != 0 || fault.code != rc) {
		abort();
	}
	arena_free(&arena);
	return 0;
}
