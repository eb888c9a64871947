#include "collector/store/once.h"

#include <inttypes.h>
#include <stddef.h>

#include "collector/store/sql.h"

#define TWIN       "twin"
#define LONGER     "longer"
#define ANY        "any"
#define DAY_US     "86400000000"
#define NO_US      (INT64_MAX / 2) /* later than any row, and nothing overflows */

#define ONCE_PRIME UINT64_C(2654435761)

/* `which` is the alias, or the table itself. */
static void add_column(struct buf *sql, const char *which, const char *name)
{
	sql_name(sql, which);
	buf_add_char(sql, '.');
	sql_name(sql, name);
}

/* ` AND a.name=b.name` */
static void add_agreement(struct buf *sql, const char *a, const char *b, const char *name)
{
	buf_add_text(sql, " AND ");
	add_column(sql, a, name);
	buf_add_char(sql, '=');
	add_column(sql, b, name);
}

/* When what a row tells was over. */
static void add_end(struct buf *sql, const char *which, const struct priority *p)
{
	add_column(sql, which, "at_us");
	buf_add_text(sql, "+coalesce(");
	add_column(sql, which, p->lasts);
	buf_printf(sql, ",%" PRId64 ")*1000", p->lasts_else_ms);
}

/* ` AND a < end of b + apart` */
static void add_begins_before_end(struct buf *sql, const char *a, const char *b,
                                  const struct priority *p)
{
	buf_add_text(sql, " AND ");
	add_column(sql, a, "at_us");
	buf_add_char(sql, '<');
	add_end(sql, b, p);
	buf_printf(sql, "+%" PRId64, p->apart_us);
}

/* Within reach of the key, or of the index of twins (schema.c). */
static void add_nearness(struct buf *sql, const char *a, const char *b, const struct priority *p)
{
	int64_t reach_us = priority_reach_us(p);

	buf_add_text(sql, " AND ");
	add_column(sql, a, "at_us");
	buf_add_text(sql, " BETWEEN ");
	add_column(sql, b, "at_us");
	buf_printf(sql, "-%" PRId64 " AND ", reach_us);
	add_column(sql, b, "at_us");
	buf_printf(sql, "+%" PRId64, reach_us);
	if (p->reach_us > 0) {
		add_begins_before_end(sql, a, b, p);
		add_begins_before_end(sql, b, a, p);
	}
	buf_add_text(sql, " AND ");
	add_column(sql, a, "at_us");
	buf_add_text(sql, "/" DAY_US "=");
	add_column(sql, b, "at_us");
	buf_add_text(sql, "/" DAY_US);
}

/* `EXISTS(SELECT 1 FROM kind AS alias WHERE` it and the row `of` tell one observation, still open:
 * the caller says what else, and closes it. */
static void open_twins(struct buf *sql, const struct once_scope *in, const char *alias,
                       const char *of)
{
	const struct cxm_kind *kind = in->range->kind;
	const struct priority *p = priority_of(kind);

	buf_add_text(sql, "EXISTS(SELECT 1 FROM ");
	sql_name(sql, kind->table);
	buf_add_text(sql, " AS ");
	sql_name(sql, alias);
	if (in->indexed) {
		buf_printf(sql, " INDEXED BY \"%s_twins\"", kind->table);
	}
	buf_add_text(sql, " WHERE ");
	add_column(sql, alias, "site");
	buf_add_char(sql, '=');
	add_column(sql, of, "site");
	for (size_t i = 0; i < PRIORITY_SAME_MAX && p->same[i] != NULL; i++) {
		add_agreement(sql, alias, of, p->same[i]);
	}
	add_nearness(sql, alias, of, p);
}

/* Names without a table are the twin's here. */
static void add_needs(struct buf *sql, const struct once_needs *needs)
{
	if (needs->of != NULL) {
		buf_add_text(sql, " AND (");
		sql_expr(sql, needs->of);
		buf_add_char(sql, ')');
	}
	if (needs->known != NULL) {
		buf_add_text(sql, " AND (");
		sql_expr(sql, needs->known);
		buf_add_text(sql, ") IS NOT NULL");
	}
	if (needs->present != NULL) {
		buf_add_text(sql, " AND ");
		add_column(sql, TWIN, needs->present->name);
		buf_add_text(sql, " IS NOT NULL");
	}
}

/* ---- rank ---- */

/* The rank of a row; `unranked` where its source has none. */
static void add_rank(struct buf *sql, const struct priority *p, const char *which, int unranked)
{
	buf_add_text(sql, "CASE ");
	add_column(sql, which, "source");
	for (unsigned i = 0; i < PRIORITY_ORDER_MAX && p->order[i] != 0; i++) {
		buf_printf(sql, " WHEN %u THEN %u", p->order[i], i + 1);
	}
	buf_printf(sql, " ELSE %d END", unranked);
}

/* Most rows need no look for a twin: those of the first source. */
static void add_may_stand_back(struct buf *sql, const struct priority *p)
{
	const char *comma = "";
	bool all = p->again || p->claims != NULL;

	buf_add_text(sql, "\"source\" IN (");
	for (unsigned i = all ? 0 : 1; i < PRIORITY_ORDER_MAX && p->order[i] != 0; i++) {
		buf_printf(sql, "%s%u", comma, p->order[i]);
		comma = ",";
	}
	buf_add_char(sql, ')');
}

/* Of one source the row that came first: on another host, or while the other was not over. What one
 * place tells twice under one name are two, one after the other. */
static void add_seen_again(struct buf *sql, const struct cxm_kind *kind)
{
	buf_add_text(sql, " OR (");
	add_column(sql, TWIN, "source");
	buf_add_char(sql, '=');
	add_column(sql, kind->table, "source");
	buf_add_text(sql, " AND (");
	add_column(sql, TWIN, "host");
	buf_add_text(sql, "<>");
	add_column(sql, kind->table, "host");
	buf_add_text(sql, " OR ");
	add_column(sql, TWIN, "seen_us");
	buf_add_text(sql, ">=");
	add_column(sql, kind->table, "at_us");
	buf_add_text(sql, ") AND (");
	add_column(sql, TWIN, "at_us");
	buf_add_char(sql, ',');
	add_column(sql, TWIN, "host");
	buf_add_text(sql, ")<(");
	add_column(sql, kind->table, "at_us");
	buf_add_char(sql, ',');
	add_column(sql, kind->table, "host");
	buf_add_text(sql, "))");
}

/* ` AND twin goes before the row` */
static void add_before(struct buf *sql, const struct cxm_kind *kind, const struct priority *p)
{
	buf_add_text(sql, " AND (");
	add_rank(sql, p, TWIN, PRIORITY_SOURCES_MAX);
	buf_add_text(sql, " < ");
	add_rank(sql, p, kind->table, 0);
	if (p->again) {
		add_seen_again(sql, kind);
	}
	buf_add_char(sql, ')');
}

/* ---- claims that do not reach ---- */

/* Of the first source, claimed, and another source says no of a stretch that `which` does not hold.
 * A payment of unknown length is a moment here: nobody says how far the claim had to reach. */
static void add_falls_short(struct buf *sql, const struct once_scope *in, const char *which)
{
	const struct priority *p = priority_of(in->range->kind);

	buf_add_char(sql, '(');
	add_column(sql, which, "source");
	buf_printf(sql, "=%u AND coalesce(", p->order[0]);
	add_column(sql, which, p->claims);
	buf_add_text(sql, ",0) AND ");
	open_twins(sql, in, LONGER, which);
	buf_add_text(sql, " AND NOT ");
	add_column(sql, LONGER, p->claims);
	buf_add_text(sql, " AND ");
	add_rank(sql, p, LONGER, 0);
	buf_add_text(sql, ">1 AND (");
	add_column(sql, LONGER, "at_us");
	buf_printf(sql, "+%" PRId64 "<", p->claim_slack_us);
	add_column(sql, which, "at_us");
	buf_add_text(sql, " OR ");
	add_column(sql, LONGER, "at_us");
	buf_add_text(sql, "+coalesce(");
	add_column(sql, LONGER, p->lasts);
	buf_printf(sql, ",0)*1000-%" PRId64 ">", p->claim_slack_us);
	add_end(sql, which, p);
	buf_add_text(sql, ")))");
}

/* The better source goes before, unless its claim falls short; then it stands back. */
static void add_before_or_holds(struct buf *sql, const struct once_scope *in)
{
	const struct cxm_kind *kind = in->range->kind;
	const struct priority *p = priority_of(kind);

	buf_add_text(sql, " AND CASE WHEN ");
	add_falls_short(sql, in, kind->table);
	buf_add_text(sql, " THEN ");
	add_rank(sql, p, TWIN, 0);
	buf_add_text(sql, ">1 ELSE 1");
	add_before(sql, kind, p);
	buf_add_text(sql, " AND NOT ");
	add_falls_short(sql, in, TWIN);
	buf_add_text(sql, " END");
}

/* ---- are there two? ---- */

static int64_t bounded(int64_t at_us)
{
	return at_us < 0 ? 0 : at_us > NO_US ? NO_US : at_us;
}

/* Spares a site with one source the look for twins; of no use where one source is enough. Names no
 * row of the statement, so SQLite asks it once. Numbers of ours, not of the evidence, so they may
 * stand in the text. */
static void add_two_there(struct buf *sql, const struct once_scope *in, const struct priority *p)
{
	const struct cxm_kind *kind = in->range->kind;

	buf_add_text(sql,
	             " AND (SELECT min(\"" ANY "\".\"source\")<max(\"" ANY "\".\"source\") FROM ");
	sql_name(sql, kind->table);
	buf_printf(sql,
	           " AS \"" ANY "\" WHERE \"" ANY "\".\"site\"=%" PRId64 " AND \"" ANY
	           "\".\"at_us\" BETWEEN %" PRId64 " AND %" PRId64 ")",
	           in->site, bounded(bounded(in->range->from_us) - priority_reach_us(p)),
	           bounded(bounded(in->range->to_us) + priority_reach_us(p)));
}

void once_stands_back(struct buf *sql, const struct once_scope *in, const struct once_needs *needs)
{
	const struct cxm_kind *kind = in->range->kind;
	const struct priority *p = priority_of(kind);

	add_may_stand_back(sql, p);
	buf_add_text(sql, " AND ");
	open_twins(sql, in, TWIN, kind->table);
	if (p->claims != NULL) {
		add_before_or_holds(sql, in);
	} else {
		add_before(sql, kind, p);
	}
	add_needs(sql, needs);
	buf_add_char(sql, ')');
}

void once_only(struct buf *sql, const struct once_scope *in, const struct once_needs *needs)
{
	if (in->any) {
		buf_add_text(sql, " AND NOT(");
		once_stands_back(sql, in, needs);
		buf_add_char(sql, ')');
	}
}

int once_bind(sqlite3_stmt *stmt, int *next, const struct once_scope *in,
              const struct once_needs *needs)
{
	int rc = SQLITE_OK;

	if (!in->any) {
		return rc;
	}
	if (needs->of != NULL) {
		rc = sql_bind_constants(stmt, next, needs->of);
	}
	if (rc == SQLITE_OK && needs->known != NULL) {
		rc = sql_bind_constants(stmt, next, needs->known);
	}
	return rc;
}

/* ---- does any row stand back? ---- */

/* Changes with every commit, of this program and of others. */
static int version(struct store_sqlite *s, int64_t out[2], struct fault *fault)
{
	sqlite3_stmt *stmt;
	int rc = book_ready(s, BOOK_VERSION, &stmt, fault);

	rc = rc == 0 ? store_sqlite_step(s, stmt, "read evidence", fault) : rc;
	if (rc == 1) {
		out[0] = sqlite3_column_int64(stmt, 0);
		out[1] = sqlite3_total_changes64(s->db);
		(void)sqlite3_reset(stmt);
		rc = 0;
	}
	return rc;
}

static int ask_index(struct store_sqlite *s, struct once_scope *in, struct fault *fault)
{
	sqlite3_stmt *stmt;
	int rc = book_ready(s, BOOK_INDEX, &stmt, fault);

	if (rc != 0 || !priority_by_contact(priority_of(in->range->kind))) {
		return rc;
	}
	(void)sqlite3_bind_text(stmt, 1, in->range->kind->table, -1, SQLITE_STATIC);
	rc = store_sqlite_step(s, stmt, "read evidence", fault);
	in->indexed = rc == 1;
	(void)sqlite3_reset(stmt);
	return rc == 1 ? 0 : rc;
}

static int ask_any(struct store_sqlite *s, struct once_scope *in, struct fault *fault)
{
	static const struct once_needs nothing = { .of = NULL };
	const struct priority *p = priority_of(in->range->kind);
	sqlite3_stmt *stmt = NULL;
	struct buf sql;
	int rc;

	buf_init(&sql, SQL_MAX_BYTES);
	buf_add_text(&sql, "SELECT EXISTS(SELECT 1 FROM ");
	sql_name(&sql, in->range->kind->table);
	buf_printf(&sql,
	           " WHERE \"site\"=%" PRId64 " AND \"at_us\">=%" PRId64 " AND \"at_us\"<%" PRId64
	           " AND ",
	           in->site, bounded(in->range->from_us), bounded(in->range->to_us));
	once_stands_back(&sql, in, &nothing);
	if (!p->again) {
		add_two_there(&sql, in, p);
	}
	buf_add_char(&sql, ')');
	rc = store_sqlite_prepare(s, sql_text(&sql), &stmt, fault);
	buf_free(&sql);
	rc = rc == 0 ? store_sqlite_step(s, stmt, "read evidence", fault) : rc;
	if (rc == 1) {
		in->any = sqlite3_column_int64(stmt, 0) != 0;
		rc = 0;
	}
	(void)sqlite3_finalize(stmt);
	return rc;
}

int once_scope_of(struct store_sqlite *s, const struct store_range *range, int64_t site,
                  struct once_scope *out, struct fault *fault)
{
	struct once_known now = { .kind = range->kind->number,
		                  .site = site,
		                  .from_us = range->from_us,
		                  .to_us = range->to_us };
	uint64_t place = (uint64_t)(range->from_us / INT64_C(3600000000)) * ONCE_PRIME +
	                 (uint64_t)(range->to_us / INT64_C(3600000000)) + now.kind;
	struct once_known *known = &s->known[place % ONCE_KNOWN];
	int rc;

	*out = (struct once_scope){ .range = range, .site = site };
	if (priority_of(range->kind) == NULL) {
		return 0;
	}
	rc = version(s, now.version, fault);
	if (rc == 0 && known->kind == now.kind && known->site == site &&
	    known->from_us == now.from_us && known->to_us == now.to_us &&
	    known->version[0] == now.version[0] && known->version[1] == now.version[1]) {
		out->any = known->any;
		out->indexed = known->indexed;
		return 0;
	}
	rc = rc == 0 ? ask_index(s, out, fault) : rc;
	rc = rc == 0 ? ask_any(s, out, fault) : rc;
	if (rc == 0) {
		now.any = out->any;
		now.indexed = out->indexed;
		*known = now;
	}
	return rc;
}
