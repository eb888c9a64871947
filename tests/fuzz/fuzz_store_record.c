/*
 * Any bytes as the records of a batch, into a store in memory. What put() accepts:
 *   it counts every record once; putting it again under a new epoch changes no row;
 *   every row that comes out goes in again and is known.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "collector/store/sqlite.h"
#include "tests/support/catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t count_records(struct cursor c)
{
	struct cxm_packed packed;
	uint32_t n = 0;

	while (cxm_record_next(&c, &packed) == 1) {
		n++;
	}
	return n;
}

static int put(struct store *st, uint64_t epoch, struct cursor records, uint32_t n,
               struct store_counts *counts)
{
	struct fault fault = { 0 };
	struct store_batch batch = { .site = "s",
		                     .agent = "a",
		                     .epoch = epoch,
		                     .first_sequence = 1,
		                     .count = n,
		                     .records = records };

	return st->ops->put(st, &batch, 1, counts, &fault);
}

struct packing {
	const struct cxm_kind *kind;
	struct buf *out;
	uint32_t n;
};

static int pack_row(void *arg, const ProtobufCMessage *m)
{
	struct packing *p = arg;

	p->n++;
	return cxm_record_append(p->kind, m, p->out);
}

/* All rows out and in again. */
static void again(struct store *st, uint64_t rows)
{
	struct store_counts counts;
	struct buf out;
	uint32_t n = 0;

	buf_init(&out, (size_t)64 * 1024 * 1024);
	for (size_t i = 0; i < test_catalog()->n_kinds; i++) {
		struct packing p = { &test_catalog()->kinds[i], &out, 0 };
		struct store_range all = { p.kind, "s", INT64_MIN, INT64_MAX };
		struct fault fault = { 0 };

		if (st->ops->rows(st, &all, pack_row, &p, &fault) != 0) {
			abort();
		}
		n += p.n;
	}
	if (n != rows || put(st, 3, cursor_of(out.data, out.len), n, &counts) != 0 ||
	    counts.known != n) {
		abort();
	}
	buf_free(&out);
}

/* Opened once, emptied each time: making the tables takes longer than all the rest. */
static struct store *empty_store(void)
{
	static struct store *st;
	struct fault fault = { 0 };

	if (st == NULL && store_sqlite.open(&st, ":memory:", false, test_catalog(), &fault) != 0) {
		abort();
	}
	if (sqlite3_exec(store_sqlite_of(st)->db,
	                 "DELETE FROM probe; DELETE FROM \"index\"; DELETE FROM site;"
	                 "DELETE FROM agent; DELETE FROM quarantine",
	                 NULL, NULL, NULL) != SQLITE_OK) {
		abort();
	}
	return st;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor records = cursor_of(data, size);
	uint32_t n = count_records(records);
	struct store_counts counts;
	struct store_counts second;
	struct store *st;
	int rc;

	st = empty_store();
	rc = put(st, 1, records, n, &counts);
	if (rc == 0) {
		if (counts.stored + counts.known + counts.replaced + counts.quarantined != n ||
		    put(st, 2, records, n, &second) != 0 || second.stored != 0 ||
		    second.replaced != 0 || second.quarantined != counts.quarantined) {
			abort();
		}
		again(st, counts.stored);
	} else if (rc != -EBADMSG) {
		abort();
	}
	return 0;
}
