/* A store of the tests' own records (test_records.proto), what is put into it and what comes out,
 * for tests of stores. Scores over the product's records are score_world.h's; a store that fails
 * when told to, for the collector, is fake_store.h. */
#pragma once

#include "common/buf.h"
#include "cxmeter/store.h"
#include "tests/support/store_conformance.h"
#include "tests/support/temp.h"

#define WORLD_SITE  "berlin"
#define WORLD_AGENT "pbx1"
#define WORLD_EPOCH UINT64_C(0xfedcba9876543210) /* beyond what a signed number holds */

/* What a test begins with. */
struct store_test {
	const struct store_kind *of;
	const void *row; /* of a table of cases; NULL */
};

struct store_world {
	const struct store_kind *of;
	const void *row;
	struct temp temp;
	char where[256];                   /* where the store is */
	const struct cxm_catalog *catalog; /* cxmtest.TestEvidence */
	const struct cxm_kind *probe;
	const struct cxm_kind *index;
	struct store *store; /* open to write */
	struct arena arena;  /* of records in hand */
	struct buf records;  /* the batch being written */
	uint32_t count;      /* of records in it */
	struct buf text;     /* of the last export */
	struct store_counts counts;
	struct fault fault;
};

/** Make a place, open a store in it. For cmocka: `*state` is a struct store_test and becomes a
 * struct store_world. */
int store_world_set_up(void **state);
int store_world_tear_down(void **state);

/** Close and open again. */
void store_world_reopen(struct store_world *w);

/** Begin a new batch. */
void store_world_begin(struct store_world *w);

/** Append a record of a kind to the batch, written as record_of reads it. */
void store_world_add(struct store_world *w, const struct cxm_kind *kind, const char *text);
void store_world_add_message(struct store_world *w, const struct cxm_kind *kind,
                             const ProtobufCMessage *m);

/** The batch in hand, of WORLD_SITE, WORLD_AGENT and WORLD_EPOCH. */
struct store_batch store_world_batch(const struct store_world *w, uint64_t first_sequence);

/** Put the batch in hand and begin a new one. @return what put returns; w->counts and w->fault are
 * filled. */
int store_world_put(struct store_world *w, uint64_t first_sequence);

/** One record of Probe in a batch of its own: it must be accepted. */
void store_world_put_probe(struct store_world *w, uint64_t sequence, const char *text);

/** All rows of all kinds of a site as CSV, with headers. Lives until the next export. */
const char *store_world_export(struct store_world *w, struct store *st, const char *site);

/** Rows of Probe of WORLD_SITE for which an expression is true (NULL: all). */
uint64_t store_world_count(struct store_world *w, const char *of);

/** The watermark of WORLD_AGENT; an epoch not seen before is asked with first_sequence 1. */
uint64_t store_world_watermark(struct store_world *w, uint64_t epoch);

/** All time that a row can lie in. */
struct store_range store_world_all(const struct cxm_kind *kind, const char *site);

/** Parse an expression over a kind; ends the test when it is wrong. */
const struct expr *store_world_expr(struct store_world *w, const struct cxm_kind *kind,
                                    enum expr_type want, const char *text);
