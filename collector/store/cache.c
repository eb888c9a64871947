/* Parts of days in the cache. They are collected in memory and written in one short transaction, so
 * that a program that gathers for seconds keeps nobody else from writing; above its limit the file
 * loses what was kept longest ago. Each part carries a CRC-32C: one that is not what was written is
 * never used. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/store/cache_file.h"
#include "common/crc32c.h"

#define PRUNE_TO(limit) ((limit) / 4 * 3)

struct part {
	uint64_t hash;
	const char *site;
	const char *timezone;
	int32_t day;
	uint64_t signature;
	struct cursor data;
};

static uint32_t check_of(const struct part *p)
{
	uint32_t crc = crc32c(0, &p->hash, sizeof(p->hash));

	crc = crc32c(crc, p->site, strlen(p->site) + 1);
	crc = crc32c(crc, p->timezone, strlen(p->timezone) + 1);
	crc = crc32c(crc, &p->day, sizeof(p->day));
	crc = crc32c(crc, &p->signature, sizeof(p->signature));
	return crc32c(crc, p->data.at, cursor_left(&p->data));
}

static void bind_part(sqlite3_stmt *s, const struct part *p)
{
	cache_bind_u64(s, 1, p->hash);
	cache_bind_text(s, 2, p->site);
	cache_bind_text(s, 3, p->timezone);
	(void)sqlite3_bind_int64(s, 4, p->day);
}

/* ---- reading ---- */

int cache_load(struct cache *c, const struct cache_key *key, const int32_t days[2],
               cache_part_fn each, void *arg)
{
	sqlite3_stmt *s = cache_ready(c, CACHE_PART_LOAD);
	struct part p = { key->hash, key->site, key->timezone, days[0], 0, { 0 } };
	int step = SQLITE_ROW;
	int rc = 0;

	if (s == NULL) {
		return cache_failed(c);
	}
	bind_part(s, &p);
	(void)sqlite3_bind_int64(s, 5, days[1]);
	while (rc == 0 && (step = sqlite3_step(s)) == SQLITE_ROW) {
		p.day = sqlite3_column_int(s, 0);
		p.signature = (uint64_t)sqlite3_column_int64(s, 1);
		p.data = cache_blob_at(s, 3);
		if (p.day < days[0] || p.day > days[1] ||
		    sqlite3_column_int64(s, 2) != check_of(&p)) {
			rc = cache_damaged(c);
		} else {
			rc = each(arg, p.day, p.signature, p.data);
		}
	}
	rc = rc == 0 && step != SQLITE_DONE ? cache_failed(c) : rc;
	(void)sqlite3_reset(s);
	return rc;
}

/* ---- writing ---- */

static void add_text(struct buf *out, const char *text)
{
	buf_add(out, text, strlen(text) + 1);
}

static const char *take_text(struct cursor *in)
{
	size_t len;

	assert(in->at != NULL);
	len = strlen((const char *)in->at); /* as add_text wrote it */

	return (const char *)cursor_take(in, len + 1);
}

static void add_pending(struct buf *out, const struct part *p)
{
	buf_add_u64le(out, p->hash);
	buf_add_u64le(out, p->signature);
	buf_add_u32le(out, (uint32_t)p->day);
	add_text(out, p->site);
	add_text(out, p->timezone);
	buf_add_varint(out, cursor_left(&p->data));
	buf_add(out, p->data.at, cursor_left(&p->data));
}

int cache_keep(struct cache *c, const struct cache_key *key, int32_t day, uint64_t signature,
               struct cursor data)
{
	const struct part p = { key->hash, key->site, key->timezone, day, signature, data };
	size_t before = c->pending.len;
	int rc = 0;

	if (c->read_only) {
		return -EACCES;
	}
	add_pending(&c->pending, &p);
	if (!c->pending.failed) {
		return 0;
	}
	/* full: what was whole is written, and then there is room */
	c->pending.failed = false;
	c->pending.len = before;
	rc = cache_commit(c);
	if (rc == 0) {
		add_pending(&c->pending, &p);
	}
	if (rc == 0 && c->pending.failed) {
		rc = -E2BIG;
		c->counts.refused++;
	}
	if (rc != 0) {
		buf_reset(&c->pending);
	}
	return rc;
}

/* One number of a statement; 0 when there is none. */
static int64_t number_of(struct cache *c, enum cache_statement which)
{
	sqlite3_stmt *s = cache_ready(c, which);
	int64_t v = 0;

	if (s != NULL) {
		v = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
		(void)sqlite3_reset(s);
	}
	return v;
}

static int64_t pragma_of(struct cache *c, const char *pragma)
{
	sqlite3_stmt *s = NULL;
	int64_t v = 0;

	if (sqlite3_prepare_v2(c->db, pragma, -1, &s, NULL) == SQLITE_OK &&
	    sqlite3_step(s) == SQLITE_ROW) {
		v = sqlite3_column_int64(s, 0);
	}
	(void)sqlite3_finalize(s);
	return v;
}

/* What the file holds, without the pages that are free to be used again. */
static uint64_t used_bytes(struct cache *c)
{
	int64_t pages = pragma_of(c, "PRAGMA page_count") - pragma_of(c, "PRAGMA freelist_count");

	return (uint64_t)(pages * pragma_of(c, "PRAGMA page_size"));
}

/* Drop what was kept longest ago, all of one commit at a time; the last commit stays. */
static int prune(struct cache *c)
{
	int64_t newest = number_of(c, CACHE_PART_NEWEST);
	int64_t oldest = number_of(c, CACHE_PART_OLDEST);
	int rc = 0;

	if (used_bytes(c) <= c->limit_bytes) {
		return 0;
	}
	while (rc == 0 && oldest < newest && used_bytes(c) > PRUNE_TO(c->limit_bytes)) {
		sqlite3_stmt *s = cache_ready(c, CACHE_PART_DROP);

		if (s == NULL) {
			return cache_failed(c);
		}
		(void)sqlite3_bind_int64(s, 1, oldest);
		rc = cache_run_statement(c, s);
		c->counts.pruned += rc == 0 ? (uint64_t)sqlite3_changes(c->db) : 0;
		oldest = number_of(c, CACHE_PART_OLDEST);
	}
	return rc;
}

static int write_part(struct cache *c, struct cursor *in, int64_t generation)
{
	sqlite3_stmt *s = cache_ready(c, CACHE_PART_KEEP);
	struct part p = { .hash = cursor_u64le(in), .signature = cursor_u64le(in) };

	p.day = (int32_t)cursor_u32le(in);
	p.site = take_text(in);
	p.timezone = take_text(in);
	p.data = cursor_sub(in, cursor_varint(in));
	if (s == NULL) {
		return cache_failed(c);
	}
	bind_part(s, &p);
	cache_bind_u64(s, 5, p.signature);
	(void)sqlite3_bind_int64(s, 6, generation);
	(void)sqlite3_bind_int64(s, 7, check_of(&p));
	cache_bind_blob(s, 8, p.data);
	return cache_run_statement(c, s);
}

int cache_commit(struct cache *c)
{
	struct cursor in = cursor_of(c->pending.data, c->pending.len);
	int64_t generation;
	int rc;

	if (c->pending.len == 0) {
		return 0;
	}
	rc = cache_begin(c);
	generation = rc == 0 ? number_of(c, CACHE_PART_NEWEST) + 1 : 0;
	while (rc == 0 && cursor_left(&in) > 0) {
		rc = write_part(c, &in, generation);
	}
	rc = rc != 0 ? rc : prune(c);
	buf_reset(&c->pending);
	return cache_end(c, rc);
}
