/* The store's own tables: which sites there are, in which zone they live, how far each agent has
 * come, and what could not be understood. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "collector/store/sqlite.h"
#include "common/env.h"

static const char *const texts[] = {
	[BOOK_SITE] = "SELECT id FROM site WHERE name=?",
	[BOOK_ADD_SITE] = "INSERT INTO site(name) VALUES(?)",
	[BOOK_ZONE] = "SELECT timezone FROM site WHERE name=?",
	[BOOK_SET_ZONE] = "UPDATE site SET timezone=? WHERE id=?",
	[BOOK_MARK] = "SELECT sequence FROM agent WHERE site=? AND name=? AND epoch=?",
	[BOOK_SET_MARK] = "REPLACE INTO agent(site,name,epoch,sequence,updated_us) "
			  "VALUES(?,?,?,?,?)",
	[BOOK_QUARANTINE] = "INSERT OR IGNORE INTO quarantine(site,agent,epoch,sequence,reason,"
			    "record) VALUES(?,?,?,?,?,?)",
	/* only what is simulated is marked, so a store made before there was a mark holds what is
	 * real */
	[BOOK_SIMULATED] = "SELECT 1 FROM meta WHERE key='simulated:'||?",
	[BOOK_SET_SIMULATED] = "INSERT OR IGNORE INTO meta(key,value) VALUES('simulated:'||?,'1')",
	[BOOK_CHANGE] = "INSERT INTO change(site,kind,day,rows) VALUES(?1,?2,?3,?4) "
			"ON CONFLICT DO UPDATE SET rows=rows+?4",
	[BOOK_CHANGES] = "SELECT kind,day,rows FROM change WHERE site=? AND day>=? AND day<=? "
			 "ORDER BY kind,day",
	[BOOK_BORN] = "SELECT value FROM meta WHERE key='born'",
	[BOOK_RECEIVED] = "SELECT max(updated_us) FROM agent WHERE site=?",
	[BOOK_VERSION] = "PRAGMA data_version",
	[BOOK_INDEX] = "SELECT 1 FROM main.sqlite_schema WHERE type='index' AND name=?||'_twins'",
};

int book_ready(struct store_sqlite *s, enum book_statement which, sqlite3_stmt **stmt,
               struct fault *fault)
{
	int rc = store_sqlite_prepare(s, texts[which], &s->books[which], fault);

	*stmt = s->books[which];
	return rc;
}

/* SQLite's integers have a sign. */
static int64_t bits_of(uint64_t v)
{
	int64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits;
}

/* A bind without a copy cannot fail: parameters and lengths are ours. */
static void bind_name(sqlite3_stmt *stmt, int at, const char *name)
{
	(void)sqlite3_bind_text(stmt, at, name, -1, SQLITE_STATIC);
}

int book_check_name(const char *what, const char *name, struct fault *fault)
{
	struct slice text = slice_of(name);
	bool sound = text.len > 0 && text.len <= STORE_NAME_MAX && cxm_utf8_valid(text);

	for (size_t i = 0; sound && i < text.len; i++) {
		sound = (unsigned char)name[i] >= 0x20 && name[i] != 0x7f;
	}
	return sound ? 0
	             : fault_set(fault, -EINVAL,
	                         "the name of the %s must be 1 to %d bytes of UTF-8 without "
	                         "control characters",
	                         what, STORE_NAME_MAX);
}

int book_site(struct store_sqlite *s, const char *site, int64_t *id, struct fault *fault)
{
	sqlite3_stmt *stmt;
	int rc = book_ready(s, BOOK_SITE, &stmt, fault);

	if (rc != 0) {
		return rc;
	}
	bind_name(stmt, 1, site);
	rc = store_sqlite_step(s, stmt, "read the sites", fault);
	if (rc == 1) {
		*id = sqlite3_column_int64(stmt, 0);
		(void)sqlite3_reset(stmt);
	}
	return rc;
}

int book_need_site(struct store_sqlite *s, const char *site, int64_t *id, struct fault *fault)
{
	sqlite3_stmt *stmt;
	int rc = book_site(s, site, id, fault);

	if (rc != 0) {
		return rc == 1 ? 0 : rc;
	}
	rc = book_ready(s, BOOK_ADD_SITE, &stmt, fault);
	if (rc == 0) {
		bind_name(stmt, 1, site);
		rc = store_sqlite_step(s, stmt, "add a site", fault);
		*id = sqlite3_last_insert_rowid(s->db);
	}
	return rc;
}

int book_mark(struct store_sqlite *s, const struct book_agent *who, uint64_t *sequence,
              struct fault *fault)
{
	sqlite3_stmt *stmt;
	int rc = book_ready(s, BOOK_MARK, &stmt, fault);

	if (rc != 0) {
		return rc;
	}
	(void)sqlite3_bind_int64(stmt, 1, who->site);
	bind_name(stmt, 2, who->name);
	(void)sqlite3_bind_int64(stmt, 3, bits_of(who->epoch));
	rc = store_sqlite_step(s, stmt, "read the watermark", fault);
	if (rc == 1) {
		*sequence = (uint64_t)sqlite3_column_int64(stmt, 0);
		(void)sqlite3_reset(stmt);
	}
	return rc;
}

int book_set_mark(struct store_sqlite *s, const struct book_agent *who, uint64_t sequence,
                  struct fault *fault)
{
	sqlite3_stmt *stmt;
	int rc = book_ready(s, BOOK_SET_MARK, &stmt, fault);

	if (rc != 0) {
		return rc;
	}
	(void)sqlite3_bind_int64(stmt, 1, who->site);
	bind_name(stmt, 2, who->name);
	(void)sqlite3_bind_int64(stmt, 3, bits_of(who->epoch));
	(void)sqlite3_bind_int64(stmt, 4, bits_of(sequence));
	(void)sqlite3_bind_int64(stmt, 5, env_wall_us(&env_system));
	return store_sqlite_step(s, stmt, "store the watermark", fault);
}

int book_quarantine(struct store_sqlite *s, const struct book_agent *who, uint64_t sequence,
                    const char *reason, struct cursor record, struct fault *fault)
{
	sqlite3_stmt *stmt;
	int rc = book_ready(s, BOOK_QUARANTINE, &stmt, fault);

	if (rc != 0) {
		return rc;
	}
	(void)sqlite3_bind_int64(stmt, 1, who->site);
	bind_name(stmt, 2, who->name);
	(void)sqlite3_bind_int64(stmt, 3, bits_of(who->epoch));
	(void)sqlite3_bind_int64(stmt, 4, bits_of(sequence));
	bind_name(stmt, 5, reason);
	(void)sqlite3_bind_blob(stmt, 6, record.at, (int)cursor_left(&record), SQLITE_STATIC);
	return store_sqlite_step(s, stmt, "set a record aside", fault);
}

/* ---- operations ---- */

/* NOLINTNEXTLINE(readability-function-size): the seven parameters are those of struct store_ops */
int store_sqlite_watermark(struct store *st, const char *site, const char *agent, uint64_t epoch,
                           uint64_t first_sequence, uint64_t *acked, struct fault *fault)
{
	struct store_sqlite *s = store_sqlite_of(st);
	struct book_agent who = { .name = agent, .epoch = epoch };
	int rc = book_site(s, site, &who.site, fault);

	if (rc == 1) {
		rc = book_mark(s, &who, acked, fault);
	}
	if (rc == 0) {
		*acked = first_sequence > 0 ? first_sequence - 1 : 0;
	}
	return rc < 0 ? rc : 0;
}

int store_sqlite_set_zone(struct store *st, const char *site, const char *timezone,
                          struct fault *fault)
{
	struct store_sqlite *s = store_sqlite_of(st);
	sqlite3_stmt *stmt;
	int64_t id = 0;
	int rc = book_check_name("site", site, fault);

	if (rc == 0) {
		rc = book_check_name("time zone", timezone, fault);
	}
	if (rc == 0) {
		rc = book_need_site(s, site, &id, fault);
	}
	if (rc == 0) {
		rc = book_ready(s, BOOK_SET_ZONE, &stmt, fault);
	}
	if (rc != 0) {
		return rc;
	}
	bind_name(stmt, 1, timezone);
	(void)sqlite3_bind_int64(stmt, 2, id);
	return store_sqlite_step(s, stmt, "store the time zone", fault);
}

int store_sqlite_zone(struct store *st, const char *site, char *out, size_t size,
                      struct fault *fault)
{
	struct store_sqlite *s = store_sqlite_of(st);
	const char *zone;
	sqlite3_stmt *stmt;
	int rc = book_ready(s, BOOK_ZONE, &stmt, fault);

	out[0] = '\0';
	if (rc != 0) {
		return rc;
	}
	bind_name(stmt, 1, site);
	rc = store_sqlite_step(s, stmt, "read the time zone", fault);
	if (rc != 1) {
		return rc;
	}
	zone = (const char *)sqlite3_column_text(stmt, 0);
	if (zone != NULL && strlen(zone) < size) {
		memcpy(out, zone, strlen(zone) + 1);
	}
	rc = zone != NULL && strlen(zone) >= size
	             ? fault_set(fault, -EMSGSIZE, "%s: the time zone of the site is too long",
	                         s->path)
	             : 0;
	(void)sqlite3_reset(stmt);
	return rc;
}

int store_sqlite_simulated(struct store *st, const char *site, struct fault *fault)
{
	struct store_sqlite *s = store_sqlite_of(st);
	sqlite3_stmt *stmt;
	int rc = book_ready(s, BOOK_SIMULATED, &stmt, fault);

	if (rc != 0) {
		return rc;
	}
	bind_name(stmt, 1, site);
	rc = store_sqlite_step(s, stmt, "read the kind of a site", fault);
	if (rc == 1) {
		(void)sqlite3_reset(stmt);
	}
	return rc;
}

/* The mark first: a site without one would be real if the machine stopped in between. */
static int mark_simulated(struct store_sqlite *s, const char *site, struct fault *fault)
{
	sqlite3_stmt *stmt;
	int64_t id;
	int rc = book_ready(s, BOOK_SET_SIMULATED, &stmt, fault);

	if (rc == 0) {
		bind_name(stmt, 1, site);
		rc = store_sqlite_step(s, stmt, "mark a site as simulated", fault);
	}
	return rc == 0 ? book_need_site(s, site, &id, fault) : rc;
}

int store_sqlite_claim(struct store *st, const char *site, bool simulated, struct fault *fault)
{
	struct store_sqlite *s = store_sqlite_of(st);
	int64_t id;
	int rc = book_check_name("site", site, fault);
	int known;
	int marked;

	if (rc != 0) {
		return rc;
	}
	known = book_site(s, site, &id, fault);
	marked = known < 0 ? known : store_sqlite_simulated(st, site, fault);
	if (known < 0 || marked < 0) {
		return known < 0 ? known : marked;
	}
	if (marked == 1 && !simulated) {
		return fault_set(fault, -EPERM,
		                 "the evidence of site %s is simulated, and real evidence never "
		                 "joins it: give the real site another name, or another store",
		                 site);
	}
	if (known == 1 && marked == 0 && simulated) {
		return fault_set(fault, -EPERM,
		                 "the evidence of site %s is real, and simulated evidence never "
		                 "joins it: give the simulated site another name, or another store",
		                 site);
	}
	return simulated && (marked == 0 || known == 0) ? mark_simulated(s, site, fault) : 0;
}

int store_sqlite_received(struct store *st, const char *site, int64_t *at_us, struct fault *fault)
{
	struct store_sqlite *s = store_sqlite_of(st);
	sqlite3_stmt *stmt;
	int64_t id = 0;
	int rc = book_site(s, site, &id, fault);

	if (rc != 1) {
		return rc;
	}
	rc = book_ready(s, BOOK_RECEIVED, &stmt, fault);
	if (rc == 0) {
		(void)sqlite3_bind_int64(stmt, 1, id);
		rc = store_sqlite_step(s, stmt, "read when evidence came last", fault);
	}
	if (rc == 1) {
		rc = sqlite3_column_type(stmt, 0) != SQLITE_NULL; /* max() of nothing is a row */
		*at_us = sqlite3_column_int64(stmt, 0);
		(void)sqlite3_reset(stmt);
	}
	return rc;
}

int store_sqlite_sites(struct store *st, int (*each)(void *arg, const char *site), void *arg,
                       struct fault *fault)
{
	struct store_sqlite *s = store_sqlite_of(st);
	sqlite3_stmt *stmt = NULL; /* of its own: the callback may ask the store again */
	int rc = store_sqlite_prepare(s, "SELECT name FROM site ORDER BY name", &stmt, fault);

	while (rc == 0) {
		const char *name;

		rc = store_sqlite_step(s, stmt, "read the sites", fault);
		if (rc != 1) {
			break;
		}
		name = (const char *)sqlite3_column_text(stmt, 0);
		rc = name != NULL ? each(arg, name) : fault_set(fault, -ENOMEM, "out of memory");
	}
	(void)sqlite3_finalize(stmt);
	return rc;
}
