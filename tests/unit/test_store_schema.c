/* collector/store/schema.c: stores made by older, newer and other programs */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "collector/store/sqlite.h"
#include "tests/support/cases.h"
#include "tests/support/catalog.h"
#include "tests/support/record_of.h"
#include "tests/support/store_world.h"
#include "tests/support/temp.h"
#include "tests/support/test_records.pb-c.h"

/* A file that one schema after the other opens. */
struct world {
	struct temp temp;
	char where[256]; /* in it */
	struct fault fault;
	const void *row;
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	temp_open(&w->temp);
	(void)snprintf(w->where, sizeof(w->where), "%s/evidence.db", w->temp.dir);
	w->row = *state;
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	temp_remove(&w->temp);
	free(w);
	return 0;
}

/* Open with the schema of an envelope and close again. */
static int open_as(struct world *w, const ProtobufCMessageDescriptor *envelope, bool read_only)
{
	const struct cxm_catalog *catalog;
	struct store *st = NULL;
	int rc;

	catalog = catalog_of(envelope);
	rc = store_sqlite.open(&st, w->where, read_only, catalog, &w->fault);
	cxm_store_close(st);
	return rc;
}

static void assert_opens_as(struct world *w, const ProtobufCMessageDescriptor *envelope,
                            bool read_only)
{
	if (open_as(w, envelope, read_only) != 0) {
		fail_msg("%s", w->fault.text);
	}
}

/* Whatever somebody else does to the file; answers one number. */
static int64_t raw(struct world *w, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;
	int64_t out = 0;

	assert_int_equal(sqlite3_open(w->where, &db), SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK) {
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	}
	if (sqlite3_step(stmt) == SQLITE_ROW) {
		out = sqlite3_column_int64(stmt, 0);
	}
	assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return out;
}

/* The fault behind the path. */
static const char *reason(const struct world *w)
{
	size_t n = strlen(w->where);

	assert_memory_equal(w->fault.text, w->where, n);
	return w->fault.text + n + 2;
}

/* ---- what a new file gets ---- */

static void a_table_is_made_of_the_fields_of_its_kind(void **state)
{
	struct world *w = *state;

	assert_opens_as(w, &cxmtest__older_evidence__descriptor, false);

	assert_int_equal(raw(w, "SELECT count(*) FROM sqlite_schema WHERE sql="
	                        "'CREATE TABLE \"probe\"(\"site\" INTEGER NOT NULL,"
	                        "\"at_us\" INTEGER NOT NULL,\"light\" INTEGER NOT NULL,"
	                        "\"host\" TEXT NOT NULL,\"contact\" INTEGER NOT NULL,"
	                        "\"entry\" INTEGER NOT NULL,\"seen_us\" INTEGER,"
	                        "\"wait_ms\" INTEGER,PRIMARY KEY(\"site\",\"at_us\",\"light\","
	                        "\"host\",\"contact\",\"entry\")) WITHOUT ROWID'"),
	                 1);
}

static void there_is_no_secondary_index(void **state)
{
	struct world *w = *state;

	assert_opens_as(w, &cxmtest__test_evidence__descriptor, false);

	assert_int_equal(raw(w, "SELECT count(*) FROM sqlite_schema WHERE type='index' AND "
	                        "tbl_name IN ('probe','index')"),
	                 0);
}

static void the_types_of_columns_follow_the_fields(void **state)
{
	struct world *w = *state;

	assert_opens_as(w, &cxmtest__test_evidence__descriptor, false);

	assert_int_equal(raw(w, "SELECT count(*) FROM pragma_table_info('probe') WHERE (name,type) "
	                        "IN (VALUES('share_ratio','REAL'),('value','REAL'),('note','TEXT'),"
	                        "('proof','BLOB'),('agent','INTEGER'),('done','INTEGER'),"
	                        "('group','INTEGER'),('size_bytes','INTEGER'))"),
	                 8);
}

static void the_file_says_whose_it_is(void **state)
{
	struct world *w = *state;

	assert_opens_as(w, &cxmtest__test_evidence__descriptor, false);

	assert_int_equal(raw(w, "PRAGMA application_id"), 0x63786d31);
	assert_int_equal(raw(w, "SELECT value FROM meta WHERE key='schema'"), 1);
}

/* ---- older and newer ---- */

/* A file with one row of OlderProbe. */
static void make_older(struct world *w)
{
	assert_opens_as(w, &cxmtest__older_evidence__descriptor, false);
	(void)raw(w, "INSERT INTO site VALUES(1,'" WORLD_SITE "',NULL)");
	(void)raw(w, "INSERT INTO probe VALUES(1,1700000000000000,1,'pbx',7,0,NULL,250)");
}

static void new_fields_are_added_to_an_older_table(void **state)
{
	struct world *w = *state;

	make_older(w);

	assert_opens_as(w, &cxmtest__test_evidence__descriptor, false);

	assert_int_equal(raw(w, "SELECT count(*) FROM probe WHERE wait_ms=250 AND note IS NULL AND "
	                        "\"group\" IS NULL"),
	                 1);
	assert_int_equal(raw(w, "SELECT count(*) FROM \"index\""), 0);
}

static void opening_a_second_time_changes_nothing(void **state)
{
	struct world *w = *state;
	int64_t version;

	make_older(w);
	assert_opens_as(w, &cxmtest__test_evidence__descriptor, false);
	version = raw(w, "PRAGMA schema_version");

	assert_opens_as(w, &cxmtest__test_evidence__descriptor, false);

	assert_int_equal(raw(w, "PRAGMA schema_version"), version);
}

static void columns_of_a_newer_program_are_left_alone(void **state)
{
	struct world *w = *state;

	make_older(w);
	assert_opens_as(w, &cxmtest__test_evidence__descriptor, false);
	(void)raw(w, "UPDATE probe SET note='newer'");

	assert_opens_as(w, &cxmtest__older_evidence__descriptor, false);

	assert_int_equal(raw(w, "SELECT count(*) FROM probe WHERE note='newer'"), 1);
}

static int count_unknown(void *arg, const ProtobufCMessage *m)
{
	const Cxmtest__Probe *probe = (const void *)m;

	*(int *)arg += probe->has_wait_ms && probe->wait_ms == 250 && probe->note == NULL &&
	               !probe->has_value;
	return 0;
}

static void a_reader_sees_an_older_file_with_its_new_fields_absent(void **state)
{
	struct world *w = *state;
	const struct cxm_catalog *catalog;
	struct store_range all;
	struct store *st = NULL;
	struct store_span span = { NULL, WORLD_SITE, INT64_MAX };
	int64_t first = 0;
	int64_t last = 0;
	int n = 0;

	make_older(w);
	catalog = test_catalog();
	if (store_sqlite.open(&st, w->where, true, catalog, &w->fault) != 0) {
		fail_msg("%s", w->fault.text);
	}
	all = store_world_all(cxm_kind_named(catalog, SLICE("probe")), WORLD_SITE);

	assert_int_equal(store_sqlite.rows(st, &all, count_unknown, &n, &w->fault), 0);
	assert_int_equal(n, 1);
	all.kind = cxm_kind_named(catalog, SLICE("index"));
	assert_int_equal(store_sqlite.rows(st, &all, count_unknown, &n, &w->fault), 0);
	assert_int_equal(n, 1);
	span.kind = all.kind;
	assert_int_equal(store_sqlite.span(st, &span, &first, &last, &w->fault), 0);

	cxm_store_close(st);
	assert_int_equal(raw(w, "SELECT count(*) FROM sqlite_schema WHERE type='view'"), 0);
}

/* ---- what is refused ---- */

struct refusal {
	const char *name;
	const ProtobufCMessageDescriptor *before; /* NULL: no store yet */
	const char *sql;                          /* done to the file in between; NULL: nothing */
	const ProtobufCMessageDescriptor *after;
	int rc;
	const char *reason;
};

static const struct refusal refusals[] = {
	{ "a_key_with_one_more_field_is_refused", &cxmtest__older_evidence__descriptor, NULL,
	  &cxmtest__rekeyed_evidence__descriptor, -EINVAL,
	  "table probe: the key has 6 columns there and 7 here: the key of RekeyedProbe was "
	  "changed, "
	  "which needs a new store" },
	{ "a_key_with_one_field_less_is_refused", &cxmtest__rekeyed_evidence__descriptor, NULL,
	  &cxmtest__older_evidence__descriptor, -EINVAL,
	  "table probe: column queue has place 7 in the key there and 0 here (0: none); the key of "
	  "OlderProbe was changed, which needs a new store" },
	{ "a_changed_type_is_refused", &cxmtest__older_evidence__descriptor, NULL,
	  &cxmtest__retyped_evidence__descriptor, -EINVAL,
	  "table probe: column wait_ms is INTEGER there and TEXT here: the type of "
	  "RetypedProbe.wait_ms was changed, which needs a new store" },
	{ "a_newer_schema_is_refused", &cxmtest__older_evidence__descriptor,
	  "UPDATE meta SET value='2' WHERE key='schema'", &cxmtest__older_evidence__descriptor,
	  -EINVAL,
	  "it has schema 2, this program knows schema 1: install the version of cxmeter that wrote "
	  "it, or a newer one" },
	{ "a_database_of_another_program_is_refused", NULL, "CREATE TABLE cdr(src TEXT)",
	  &cxmtest__older_evidence__descriptor, -EINVAL,
	  "this is an SQLite database of another program; name a file of its own for the "
	  "evidence" },
	{ "a_column_that_must_be_filled_and_is_not_known_is_refused",
	  &cxmtest__older_evidence__descriptor,
	  "CREATE TABLE \"index\"(site INTEGER NOT NULL, at_us INTEGER NOT NULL, entries INTEGER, "
	  "more TEXT NOT NULL, PRIMARY KEY(site, at_us)) WITHOUT ROWID",
	  &cxmtest__test_evidence__descriptor, -EINVAL,
	  "table index: column more must not be empty there and is not known here: install the "
	  "version of cxmeter that made it" },
	{ "a_field_named_site_is_refused", NULL, NULL, &cxmtest__sited_evidence__descriptor,
	  -EINVAL, "Sited.site: every table has a column site of its own: rename the field" },
	{ "a_kind_named_like_a_table_of_the_store_is_refused", NULL, NULL,
	  &cxmtest__agent_evidence__descriptor, -EINVAL,
	  "Agent: its table would be agent, which the store needs itself: rename it in the "
	  "envelope" },
};

static void refusal_run(void **state)
{
	struct world *w = *state;
	const struct refusal *c = w->row;

	if (c->before != NULL) {
		assert_opens_as(w, c->before, false);
	}
	if (c->sql != NULL) {
		(void)raw(w, c->sql);
	}

	assert_int_equal(open_as(w, c->after, false), c->rc);

	assert_string_equal(reason(w), c->reason);
}

static void a_refused_store_is_as_it_was(void **state)
{
	struct world *w = *state;
	int64_t version;

	make_older(w);
	version = raw(w, "PRAGMA schema_version");

	assert_int_equal(open_as(w, &cxmtest__retyped_evidence__descriptor, false), -EINVAL);

	assert_int_equal(raw(w, "PRAGMA schema_version"), version);
	assert_opens_as(w, &cxmtest__older_evidence__descriptor, false);
}

static void a_reader_is_refused_a_changed_key(void **state)
{
	struct world *w = *state;

	make_older(w);

	assert_int_equal(open_as(w, &cxmtest__rekeyed_evidence__descriptor, true), -EINVAL);
}

static void a_reader_of_an_empty_database_is_told_there_is_no_evidence(void **state)
{
	struct world *w = *state;

	(void)raw(w, "PRAGMA user_version=1");

	assert_int_equal(open_as(w, &cxmtest__older_evidence__descriptor, true), -ENOENT);

	assert_string_equal(reason(w), "no evidence yet: the database has no tables");
}

/* A file that was prepared to run something when it is opened, read or written. */
static void planted_triggers_do_not_run(void **state)
{
	struct world *w = *state;
	const struct cxm_catalog *catalog;
	struct store *st = NULL;

	assert_opens_as(w, &cxmtest__older_evidence__descriptor, false);
	(void)raw(w, "CREATE TRIGGER planted AFTER INSERT ON site BEGIN DELETE FROM meta; END");
	catalog = catalog_of(&cxmtest__older_evidence__descriptor);
	assert_int_equal(store_sqlite.open(&st, w->where, false, catalog, &w->fault), 0);

	assert_int_equal(store_sqlite.set_zone(st, WORLD_SITE, "UTC", &w->fault), 0);

	cxm_store_close(st);
	assert_int_equal(raw(w, "SELECT count(*) FROM meta"), 2);
}

static void a_view_in_place_of_a_table_is_refused(void **state)
{
	struct world *w = *state;

	make_older(w);
	(void)raw(w, "DROP TABLE probe");
	(void)raw(w,
	          "CREATE VIEW probe AS SELECT 1 AS site, 1700000000000000 AS at_us, 1 AS light, "
	          "'x' AS host, 7 AS contact, 0 AS entry, NULL AS seen_us, 250 AS wait_ms");

	assert_int_equal(open_as(w, &cxmtest__older_evidence__descriptor, true), -EINVAL);
	assert_int_equal(open_as(w, &cxmtest__older_evidence__descriptor, false), -EINVAL);
}

static void the_database_of_another_program_is_not_touched(void **state)
{
	struct world *w = *state;

	(void)raw(w, "CREATE TABLE cdr(src TEXT)");

	assert_int_equal(open_as(w, &cxmtest__older_evidence__descriptor, false), -EINVAL);

	assert_int_equal(raw(w, "SELECT journal_mode='delete' FROM pragma_journal_mode"), 1);
	assert_int_equal(raw(w, "SELECT count(*) FROM sqlite_schema"), 1);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, refusals, refusal_run);
	cases_test(&c, a_table_is_made_of_the_fields_of_its_kind);
	cases_test(&c, there_is_no_secondary_index);
	cases_test(&c, the_types_of_columns_follow_the_fields);
	cases_test(&c, the_file_says_whose_it_is);
	cases_test(&c, new_fields_are_added_to_an_older_table);
	cases_test(&c, opening_a_second_time_changes_nothing);
	cases_test(&c, columns_of_a_newer_program_are_left_alone);
	cases_test(&c, a_reader_sees_an_older_file_with_its_new_fields_absent);
	cases_test(&c, a_refused_store_is_as_it_was);
	cases_test(&c, a_reader_is_refused_a_changed_key);
	cases_test(&c, a_reader_of_an_empty_database_is_told_there_is_no_evidence);
	cases_test(&c, planted_triggers_do_not_run);
	cases_test(&c, a_view_in_place_of_a_table_is_refused);
	cases_test(&c, the_database_of_another_program_is_not_touched);
	for (size_t i = 0; i < c.n; i++) {
		c.tests[i].setup_func = set_up;
		c.tests[i].teardown_func = tear_down;
	}
	return cases_run("schema", &c, NULL, NULL);
}
