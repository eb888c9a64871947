/* How often each UTC day of each kind has changed: what makes figures kept elsewhere stale. Written
 * in the transaction of the rows themselves, so neither is ever without the other. */
#include <errno.h>

#include "collector/store/sqlite.h"

#define DAY_US (INT64_C(86400) * 1000000)

static const char doing[] = "count changes";

static int32_t day_of(int64_t at_us)
{
	return (int32_t)(at_us / DAY_US); /* nothing before 2000 is stored */
}

int changes_flush(struct store_sqlite *s, struct changes *c, struct fault *fault)
{
	sqlite3_stmt *stmt;
	int rc = c->n > 0 ? book_ready(s, BOOK_CHANGE, &stmt, fault) : 0;

	for (size_t i = 0; rc == 0 && i < c->n; i++) {
		(void)sqlite3_bind_int64(stmt, 1, c->list[i].site);
		(void)sqlite3_bind_int64(stmt, 2, c->list[i].kind);
		(void)sqlite3_bind_int64(stmt, 3, c->list[i].day);
		(void)sqlite3_bind_int64(stmt, 4, (int64_t)c->list[i].rows);
		rc = store_sqlite_step(s, stmt, doing, fault);
	}
	c->n = 0;
	c->last = 0;
	return rc;
}

int changes_touch(struct store_sqlite *s, struct changes *c, int64_t site,
                  const struct cxm_kind *kind, int64_t at_us, struct fault *fault)
{
	int32_t day = day_of(at_us);
	int rc = 0;

	for (size_t k = 0; k < c->n; k++) {
		size_t i = (c->last + k) % c->n;

		if (c->list[i].site == site && c->list[i].kind == kind->number &&
		    c->list[i].day == day) {
			c->list[i].rows++;
			c->last = i;
			return 0;
		}
	}
	if (c->n == CHANGES_PENDING) {
		rc = changes_flush(s, c, fault);
	}
	c->last = c->n++;
	c->list[c->last].site = site;
	c->list[c->last].kind = kind->number;
	c->list[c->last].day = day;
	c->list[c->last].rows = 1;
	return rc;
}

/* A store that nobody has opened to write since it learnt to count. */
static bool counts(struct store_sqlite *s, uint64_t *born)
{
	struct fault ignored;
	sqlite3_stmt *stmt;

	if (book_ready(s, BOOK_BORN, &stmt, &ignored) != 0 ||
	    store_sqlite_step(s, stmt, doing, &ignored) != 1) {
		return false;
	}
	*born = (uint64_t)sqlite3_column_int64(stmt, 0);
	(void)sqlite3_reset(stmt);
	return true;
}

int store_sqlite_changes(struct store *st, struct store_changes *q, store_change_fn each, void *arg,
                         struct fault *fault)
{
	struct store_sqlite *s = store_sqlite_of(st);
	sqlite3_stmt *stmt;
	int64_t site = 0;
	int rc;

	if (!counts(s, &q->born)) {
		return 0;
	}
	rc = book_site(s, q->site, &site, fault);
	if (rc != 1) {
		return rc < 0 ? rc : 1;
	}
	rc = book_ready(s, BOOK_CHANGES, &stmt, fault);
	if (rc == 0) {
		(void)sqlite3_bind_int64(stmt, 1, site);
		(void)sqlite3_bind_int64(stmt, 2, q->from_day);
		(void)sqlite3_bind_int64(stmt, 3, q->to_day);
		rc = 1;
	}
	while (rc == 1 && (rc = store_sqlite_step(s, stmt, doing, fault)) == 1) {
		struct store_change one = { .kind = (uint32_t)sqlite3_column_int64(stmt, 0),
			                    .day = (int32_t)sqlite3_column_int64(stmt, 1),
			                    .rows = (uint64_t)sqlite3_column_int64(stmt, 2) };
		int stop = each(arg, &one);

		if (stop != 0) {
			(void)sqlite3_reset(stmt);
			return stop;
		}
	}
	return rc == 0 ? 1 : rc;
}
