/*
 * What put() costs beside the least that SQLite takes for the same rows: the same table, the same
 * rows, the same number of rows a transaction, fsync at each commit.
 *
 *     store_put put [ROWS]       packed records -> decode, check, rank on conflict, insert, mark
 *     store_put insert [ROWS]    structs -> a prepared INSERT whose parameters are bound by hand
 *
 * Prints "cpu_s N", without what prepares the rows.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <sqlite3.h>

#include "collector/store/sql.h"
#include "collector/store/sqlite.h"
#include "proto/evidence.pb-c.h"
#include "tests/support/dice.h"
#include "tests/support/temp.h"

#define ROWS_DEFAULT         200000
#define ROWS_PER_TRANSACTION 4096
#define ROWS_MAX             100000000

static double cpu_s(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void die(const char *what)
{
	(void)fprintf(stderr, "store_put: %s\n", what);
	exit(1);
}

/* One contact of a busy centre: answered, with most fields filled. */
static void contact_of(Cxm__QueueContact *m, size_t i, struct dice *r)
{
	static char queues[][16] = { "support", "sales", "billing", "retention" };
	static char host[] = "pbx1";

	cxm__queue_contact__init(m);
	m->at_us = INT64_C(1700000000000000) + (int64_t)i * 250000;
	m->source = CXM__SOURCE__QUEUE_LOG;
	m->contact = dice_next(r);
	m->host = host;
	m->queue = queues[i % 4];
	m->has_seen_us = 1;
	m->seen_us = m->at_us + 300000000;
	m->has_channel = 1;
	m->channel = CXM__CHANNEL__VOICE;
	m->has_customer = 1;
	m->customer = dice_next(r);
	m->has_wait_ms = 1;
	m->wait_ms = (uint32_t)dice_below(r, 90000);
	m->has_outcome = 1;
	m->outcome = CXM__QUEUE_CONTACT__OUTCOME__ANSWERED;
	m->has_agent = 1;
	m->agent = dice_below(r, 200);
	m->has_connects = 1;
	m->connects = 1;
	m->has_ring_no_answers = 1;
	m->has_ring_no_answers_over_3s = 1;
	m->has_ring_ms = 1;
	m->ring_ms = 4000;
	m->has_talk_ms = 1;
	m->talk_ms = (uint32_t)dice_below(r, 600000);
	m->has_ended_by = 1;
	m->ended_by = CXM__QUEUE_CONTACT__ENDED_BY__CALLER;
	m->has_position = 1;
	m->position = 1 + (uint32_t)dice_below(r, 9);
}

static void bind_opt(sqlite3_stmt *s, int at, int has, int64_t v)
{
	(void)(has ? sqlite3_bind_int64(s, at, v) : sqlite3_bind_null(s, at));
}

static void bind_str(sqlite3_stmt *s, int at, const char *v)
{
	(void)(v != NULL ? sqlite3_bind_text(s, at, v, -1, SQLITE_STATIC)
	                 : sqlite3_bind_null(s, at));
}

static void bind_by_hand(sqlite3_stmt *s, const Cxm__QueueContact *m)
{
	(void)sqlite3_bind_int64(s, 1, 1);
	(void)sqlite3_bind_int64(s, 2, m->at_us);
	(void)sqlite3_bind_int64(s, 3, m->source);
	bind_str(s, 4, m->host);
	(void)sqlite3_bind_int64(s, 5, (int64_t)m->contact);
	bind_str(s, 6, m->queue);
	(void)sqlite3_bind_int64(s, 7, m->entry);
	bind_opt(s, 8, m->has_seen_us, m->seen_us);
	bind_opt(s, 9, m->has_channel, m->channel);
	bind_opt(s, 10, m->has_customer, (int64_t)m->customer);
	bind_opt(s, 11, m->has_wait_ms, m->wait_ms);
	bind_opt(s, 12, m->has_outcome, m->outcome);
	bind_opt(s, 13, m->has_agent, (int64_t)m->agent);
	bind_opt(s, 14, m->has_connects, m->connects);
	bind_opt(s, 15, m->has_ring_no_answers, m->ring_no_answers);
	bind_opt(s, 16, m->has_ring_no_answers_over_3s, m->ring_no_answers_over_3s);
	bind_opt(s, 17, m->has_ring_ms, m->ring_ms);
	bind_opt(s, 18, m->has_talk_ms, m->talk_ms);
	bind_opt(s, 19, m->has_hold_ms, m->hold_ms);
	bind_opt(s, 20, m->has_wrap_ms, m->wrap_ms);
	bind_opt(s, 21, m->has_ended_by, m->ended_by);
	bind_opt(s, 22, m->has_transfer, m->transfer);
	bind_opt(s, 23, m->has_priority, m->priority);
	bind_opt(s, 24, m->has_tier, m->tier);
	bind_str(s, 25, m->language_wanted);
	bind_str(s, 26, m->language_given);
	bind_str(s, 27, m->disposition);
	bind_opt(s, 28, m->has_recorded, m->recorded);
	bind_opt(s, 29, m->has_target_ms, m->target_ms);
	bind_opt(s, 30, m->has_position, m->position);
}

/* A store in a new place, made by the store itself, so that both write the same table. */
static struct store_sqlite *new_store(struct temp *temp, const struct cxm_catalog *catalog)
{
	struct fault fault = { 0 };
	struct store *st = NULL;

	temp_open(temp);
	if (store_sqlite.open(&st, temp_path(temp, "bench.db"), false, catalog, &fault) != 0) {
		die(fault.text);
	}
	return store_sqlite_of(st);
}

static double run_insert(const struct cxm_catalog *catalog, const Cxm__QueueContact *rows, size_t n)
{
	const struct cxm_kind *kind = cxm_kind_named(catalog, SLICE("QueueContact"));
	struct temp temp;
	struct store_sqlite *s = new_store(&temp, catalog);
	sqlite3_stmt *stmt = NULL;
	struct buf sql;
	double begin;
	double took;

	buf_init(&sql, SQL_MAX_BYTES);
	sql_insert(&sql, kind);
	if (sqlite3_prepare_v3(s->db, sql_text(&sql), -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) !=
	    SQLITE_OK) {
		die(sqlite3_errmsg(s->db));
	}
	begin = cpu_s();
	for (size_t i = 0; i < n; i++) {
		if (i % ROWS_PER_TRANSACTION == 0) {
			(void)sqlite3_exec(s->db,
			                   i > 0 ? "COMMIT; BEGIN IMMEDIATE" : "BEGIN IMMEDIATE",
			                   NULL, NULL, NULL);
		}
		bind_by_hand(stmt, &rows[i]);
		if (sqlite3_step(stmt) != SQLITE_DONE) {
			die(sqlite3_errmsg(s->db));
		}
		(void)sqlite3_reset(stmt);
	}
	(void)sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
	took = cpu_s() - begin;
	(void)sqlite3_finalize(stmt);
	buf_free(&sql);
	cxm_store_close(&s->base);
	temp_remove(&temp);
	return took;
}

static double run_put(const struct cxm_catalog *catalog, const struct buf *packed,
                      const size_t *offsets, size_t n)
{
	struct temp temp;
	struct store_sqlite *s = new_store(&temp, catalog);
	struct fault fault = { 0 };
	double begin = cpu_s();
	double took;

	for (size_t i = 0; i < n; i += ROWS_PER_TRANSACTION) {
		size_t end = i + ROWS_PER_TRANSACTION < n ? i + ROWS_PER_TRANSACTION : n;
		struct store_counts counts;
		struct store_batch batch = {
			.site = "bench",
			.agent = "bench",
			.epoch = 1,
			.first_sequence = i + 1,
			.count = (uint32_t)(end - i),
			.records = cursor_of(packed->data + offsets[i], offsets[end] - offsets[i]),
		};

		if (store_sqlite.put(&s->base, &batch, 1, &counts, &fault) != 0 ||
		    counts.stored != end - i) {
			die(fault.text);
		}
	}
	took = cpu_s() - begin;
	cxm_store_close(&s->base);
	temp_remove(&temp);
	return took;
}

struct prepared {
	Cxm__QueueContact *rows;
	struct buf packed;
	size_t *offsets;
	size_t n;
};

static void prepare(struct prepared *p, const struct cxm_catalog *catalog)
{
	const struct cxm_kind *kind = cxm_kind_named(catalog, SLICE("QueueContact"));
	struct dice r = { 1 };

	p->rows = calloc(p->n, sizeof(*p->rows));
	p->offsets = calloc(p->n + 1, sizeof(*p->offsets));
	buf_init(&p->packed, SIZE_MAX / 2);
	if (p->rows == NULL || p->offsets == NULL) {
		die("out of memory");
	}
	for (size_t i = 0; i < p->n; i++) {
		contact_of(&p->rows[i], i, &r);
		if (cxm_record_append(kind, &p->rows[i].base, &p->packed) != 0) {
			die("out of memory");
		}
		p->offsets[i + 1] = p->packed.len;
	}
}

int main(int argc, char **argv)
{
	bool put = argc > 1 && strcmp(argv[1], "put") == 0;
	struct prepared p = { 0 };
	struct cxm_catalog catalog;
	uint64_t n = ROWS_DEFAULT;
	double took;

	if (argc < 2 || (!put && strcmp(argv[1], "insert") != 0) ||
	    (argc > 2 && slice_u64(slice_of(argv[2]), ROWS_MAX, &n) != 0)) {
		die("usage: store_put put|insert [ROWS]");
	}
	if (cxm_catalog_init(&catalog, &cxm__evidence__descriptor, NULL) != 0) {
		die("catalog");
	}
	p.n = n;
	prepare(&p, &catalog);
	took = put ? run_put(&catalog, &p.packed, p.offsets, n) : run_insert(&catalog, p.rows, n);
	printf("rows %" PRIu64 "\ncpu_s %.6f\n", n, took);
	free(p.rows);
	free(p.offsets);
	buf_free(&p.packed);
	cxm_catalog_free(&catalog);
	return 0;
}
