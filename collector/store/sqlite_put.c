/* Storing: all batches of a call, what is set aside, and the watermarks in one transaction. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "collector/store/bind.h"
#include "collector/store/sql.h"
#include "collector/store/sqlite.h"

/* No event is older than the first contact centres on SIP or newer than this program can be; a
 * clock that says so is wrong (0, 32-bit overflow, milliseconds for microseconds). */
#define AT_MIN_US        INT64_C(946684800000000)  /* 2000-01-01T00:00:00Z */
#define AT_MAX_US        INT64_C(4102444800000000) /* 2100-01-01T00:00:00Z */

#define REASON_MAX_BYTES 128

static const char doing[] = "store evidence";

/* What one call carries along. */
struct putting {
	struct store_sqlite *s;
	struct fault *fault;
	struct store_counts counts;
	struct book_agent who; /* whose the batch at hand is */
	struct changes changes;
};

static int touch(struct putting *p, const struct cxm_kind *kind, int64_t at_us)
{
	return changes_touch(p->s, &p->changes, p->who.site, kind, at_us, p->fault);
}

/* ---- one record ---- */

static int ready(struct putting *p, const struct cxm_kind *kind, enum kind_statement which,
                 sqlite3_stmt **stmt)
{
	static void (*const writers[])(struct buf *, const struct cxm_kind *) = {
		[KIND_INSERT] = sql_insert,
		[KIND_REPLACE] = sql_replace,
		[KIND_SELECT] = sql_select_one,
	};
	sqlite3_stmt **slot = &p->s->kinds[kind - p->s->catalog->kinds].prepared[which];
	struct buf sql;
	int rc = 0;

	if (*slot == NULL) {
		buf_init(&sql, SQL_MAX_BYTES);
		writers[which](&sql, kind);
		rc = store_sqlite_prepare(p->s, sql_text(&sql), slot, p->fault);
		buf_free(&sql);
	}
	*stmt = *slot;
	return rc;
}

/* Run a statement over site and the first n fields. @return as store_sqlite_step */
static int run(struct putting *p, sqlite3_stmt *stmt, const struct cxm_kind *kind, size_t n,
               const ProtobufCMessage *m)
{
	(void)sqlite3_clear_bindings(stmt);
	if (sqlite3_bind_int64(stmt, 1, p->who.site) != SQLITE_OK ||
	    bind_fields(stmt, 2, kind->fields, n, m) != SQLITE_OK) {
		return store_sqlite_failed(p->s, doing, p->fault);
	}
	return store_sqlite_step(p->s, stmt, doing, p->fault);
}

/* A row of this identity is there: keep the one that ranks higher. A row that cannot be read back
 * gives way. */
static int settle(struct putting *p, const struct cxm_kind *kind, const ProtobufCMessage *m)
{
	ProtobufCMessage *old = NULL;
	sqlite3_stmt *stmt;
	bool higher;
	int rc = ready(p, kind, KIND_SELECT, &stmt);

	if (rc == 0) {
		rc = run(p, stmt, kind, kind->n_key, m);
	}
	if (rc < 0) {
		return rc;
	}
	arena_reset(&p->s->there);
	higher = rc == 0 || bind_read(stmt, kind, &p->s->there, &old) != 0 ||
	         cxm_record_rank(kind, m, old) > 0;
	(void)sqlite3_reset(stmt);
	if (!higher) {
		p->counts.known++;
		return 0;
	}
	rc = ready(p, kind, KIND_REPLACE, &stmt);
	if (rc == 0) {
		rc = run(p, stmt, kind, kind->n_fields, m);
	}
	p->counts.replaced++;
	return rc != 0 ? rc : touch(p, kind, cxm_field_get(m, kind->at).i);
}

static bool at_is_sane(int64_t at_us)
{
	return at_us >= AT_MIN_US && at_us < AT_MAX_US;
}

/* One record of a batch. */
struct arrival {
	const struct cxm_kind *kind; /* NULL: not known here */
	struct cxm_packed packed;
	struct cursor raw; /* as it travelled */
	uint64_t sequence;
};

enum outcome {
	NOT_PLAIN = 0, /* it has to be decoded */
	INSERTED,
	THERE_ALREADY, /* a row of its identity is */
};

/* Insert a record as it lies in the batch. @return enum outcome or -errno */
static int insert_packed(struct putting *p, const struct arrival *a)
{
	int64_t at_us = 0;
	sqlite3_stmt *stmt;
	int rc = ready(p, a->kind, KIND_INSERT, &stmt);

	if (rc != 0) {
		return rc;
	}
	(void)sqlite3_clear_bindings(stmt);
	if (sqlite3_bind_int64(stmt, 1, p->who.site) != SQLITE_OK ||
	    !bind_packed(stmt, 2, a->kind, a->packed.body, &at_us) || !at_is_sane(at_us)) {
		return NOT_PLAIN;
	}
	rc = store_sqlite_step(p->s, stmt, doing, p->fault);
	if (rc != 0) {
		return rc;
	}
	if (sqlite3_changes(p->s->db) == 0) {
		return THERE_ALREADY;
	}
	rc = touch(p, a->kind, at_us);
	return rc != 0 ? rc : INSERTED;
}

static int insert_decoded(struct putting *p, const struct cxm_kind *kind, const ProtobufCMessage *m)
{
	sqlite3_stmt *stmt;
	int rc = ready(p, kind, KIND_INSERT, &stmt);

	if (rc == 0) {
		rc = run(p, stmt, kind, kind->n_fields, m);
	}
	if (rc == 0 && sqlite3_changes(p->s->db) == 0) {
		return settle(p, kind, m);
	}
	p->counts.stored++;
	return rc != 0 ? rc : touch(p, kind, cxm_field_get(m, kind->at).i);
}

/* Keep it raw: once a newer program understands it, it can be put again. */
static int set_aside(struct putting *p, const struct arrival *a, const char *reason)
{
	p->counts.quarantined++;
	return book_quarantine(p->s, &p->who, a->sequence, reason, a->raw, p->fault);
}

static int put_decoded(struct putting *p, const struct arrival *a, bool there)
{
	char reason[REASON_MAX_BYTES];
	ProtobufCMessage *m;
	int64_t at_us;

	arena_reset(&p->s->fresh);
	m = cxm_record_unpack(a->kind, a->packed.body, &p->s->fresh);
	if (m == NULL) {
		(void)snprintf(reason, sizeof(reason), "not a %s as this schema knows it",
		               a->kind->name);
		return set_aside(p, a, reason);
	}
	at_us = cxm_field_get(m, a->kind->at).i;
	if (!at_is_sane(at_us)) {
		(void)snprintf(reason, sizeof(reason), "event time is absurd: %" PRId64, at_us);
		return set_aside(p, a, reason);
	}
	return there ? settle(p, a->kind, m) : insert_decoded(p, a->kind, m);
}

static int put_record(struct putting *p, const struct arrival *a)
{
	char reason[REASON_MAX_BYTES];
	int rc;

	if (a->kind == NULL) {
		(void)snprintf(reason, sizeof(reason), "kind %" PRIu32 " is not known here",
		               a->packed.number);
		return set_aside(p, a, reason);
	}
	rc = insert_packed(p, a);
	if (rc == INSERTED) {
		p->counts.stored++;
		return 0;
	}
	return rc < 0 ? rc : put_decoded(p, a, rc == THERE_ALREADY);
}

/* ---- one batch ---- */

static int check_batch(const struct store_batch *b, struct fault *fault)
{
	int rc = book_check_name("site", b->site, fault);

	if (rc == 0) {
		rc = book_check_name("agent", b->agent, fault);
	}
	if (rc == 0 && (b->first_sequence == 0 || b->lost >= b->first_sequence ||
	                b->first_sequence > (uint64_t)INT64_MAX - b->count)) {
		rc = fault_set(fault, -EINVAL,
		               "sequence numbers of %s/%s: %" PRIu64 " records are said to be lost "
		               "before %" PRIu64 ", which no spool can say",
		               b->site, b->agent, b->lost, b->first_sequence);
	}
	return rc;
}

static int put_records(struct putting *p, const struct store_batch *b, uint64_t mark)
{
	struct cursor records = b->records;
	int rc = 0;

	for (uint32_t i = 0; i < b->count; i++) {
		struct arrival a = { .sequence = b->first_sequence + i };
		const uint8_t *from = records.at;

		if (cxm_record_next(&records, &a.packed) != 1) {
			rc = -EBADMSG;
			break;
		}
		if (a.sequence <= mark) {
			continue;
		}
		a.kind = cxm_kind_numbered(p->s->catalog, a.packed.number);
		a.raw = cursor_of(from, (size_t)(records.at - from));
		rc = put_record(p, &a);
		if (rc != 0) {
			return rc;
		}
	}
	if (rc != 0 || cursor_left(&records) != 0) {
		return fault_set(p->fault, -EBADMSG,
		                 "the batch of %s/%s at %" PRIu64 " does not hold %" PRIu32
		                 " whole records",
		                 b->site, b->agent, b->first_sequence, b->count);
	}
	return 0;
}

static int put_batch(struct putting *p, const struct store_batch *b)
{
	uint64_t last = b->first_sequence - 1 + b->count;
	uint64_t mark = 0;
	bool seen;
	int rc = check_batch(b, p->fault);

	p->who = (struct book_agent){ .name = b->agent, .epoch = b->epoch };
	if (rc == 0) {
		rc = book_need_site(p->s, b->site, &p->who.site, p->fault);
	}
	if (rc == 0) {
		rc = book_mark(p->s, &p->who, &mark, p->fault);
	}
	if (rc < 0) {
		return rc;
	}
	seen = rc == 1;
	if (!seen) {
		mark = b->first_sequence - 1;
	}
	if (b->first_sequence - b->lost > mark + 1) {
		return fault_set(p->fault, -ERANGE,
		                 "%s/%s: records %" PRIu64 " to %" PRIu64
		                 " are missing before this batch",
		                 b->site, b->agent, mark + 1, b->first_sequence - b->lost - 1);
	}
	rc = put_records(p, b, mark);
	if (rc == 0 && (!seen || last > mark)) {
		rc = book_set_mark(p->s, &p->who, last, p->fault); /* not seen: last >= mark */
	}
	return rc;
}

/* ---- all of them ---- */

int store_sqlite_put(struct store *st, const struct store_batch *batches, size_t n,
                     struct store_counts *counts, struct fault *fault)
{
	struct putting p = { .s = store_sqlite_of(st), .fault = fault };
	sqlite3 *db = p.s->db;
	int rc = 0;

	if (counts != NULL) {
		*counts = p.counts;
	}
	if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) {
		return store_sqlite_failed(p.s, doing, fault);
	}
	for (size_t i = 0; i < n && rc == 0; i++) {
		rc = put_batch(&p, &batches[i]);
	}
	rc = rc != 0 ? rc : changes_flush(p.s, &p.changes, fault);
	if (rc == 0 && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
		rc = store_sqlite_failed(p.s, doing, fault);
	}
	if (rc != 0) {
		/* some failures have rolled back already */
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
		return rc;
	}
	if (counts != NULL) {
		*counts = p.counts;
	}
	return 0;
}
