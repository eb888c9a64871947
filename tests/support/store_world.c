#include "tests/support/store_world.h"
#include "tests/support/catalog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "proto/text.h"
#include "tests/support/record_of.h"

#define BATCH_MAX_BYTES  ((size_t)64 * 1024 * 1024)
#define EXPORT_MAX_BYTES ((size_t)64 * 1024 * 1024)
#define ARENA_MAX_BYTES  ((size_t)64 * 1024 * 1024)

static void open_store(struct store_world *w)
{
	if (w->of->ops->open(&w->store, w->where, false, w->catalog, &w->fault) != 0) {
		fail_msg("%s", w->fault.text);
	}
}

int store_world_set_up(void **state)
{
	const struct store_test *test = *state;
	struct store_world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->of = test->of;
	w->row = test->row;
	w->catalog = test_catalog();
	w->probe = cxm_kind_named(w->catalog, SLICE("Probe"));
	w->index = cxm_kind_named(w->catalog, SLICE("Index"));
	arena_init(&w->arena, ARENA_MAX_BYTES);
	buf_init(&w->records, BATCH_MAX_BYTES);
	buf_init(&w->text, EXPORT_MAX_BYTES);
	temp_open(&w->temp);
	(void)snprintf(w->where, sizeof(w->where), "%s",
	               test->of->where != NULL ? test->of->where
	                                       : temp_path(&w->temp, "evidence.db"));
	open_store(w);
	*state = w;
	return 0;
}

int store_world_tear_down(void **state)
{
	struct store_world *w = *state;

	cxm_store_close(w->store);
	temp_remove(&w->temp);
	arena_free(&w->arena);
	buf_free(&w->records);
	buf_free(&w->text);
	free(w);
	return 0;
}

void store_world_reopen(struct store_world *w)
{
	cxm_store_close(w->store);
	w->store = NULL;
	open_store(w);
}

void store_world_begin(struct store_world *w)
{
	buf_reset(&w->records);
	w->count = 0;
}

void store_world_add_message(struct store_world *w, const struct cxm_kind *kind,
                             const ProtobufCMessage *m)
{
	assert_int_equal(cxm_record_append(kind, m, &w->records), 0);
	w->count++;
}

void store_world_add(struct store_world *w, const struct cxm_kind *kind, const char *text)
{
	store_world_add_message(w, kind, record_of(kind, &w->arena, text));
}

struct store_batch store_world_batch(const struct store_world *w, uint64_t first_sequence)
{
	return (struct store_batch){ .site = WORLD_SITE,
		                     .agent = WORLD_AGENT,
		                     .epoch = WORLD_EPOCH,
		                     .first_sequence = first_sequence,
		                     .count = w->count,
		                     .records = cursor_of(w->records.data, w->records.len) };
}

int store_world_put(struct store_world *w, uint64_t first_sequence)
{
	struct store_batch batch = store_world_batch(w, first_sequence);
	int rc = w->of->ops->put(w->store, &batch, 1, &w->counts, &w->fault);

	store_world_begin(w);
	return rc;
}

void store_world_put_probe(struct store_world *w, uint64_t sequence, const char *text)
{
	store_world_begin(w);
	store_world_add(w, w->probe, text);
	if (store_world_put(w, sequence) != 0) {
		fail_msg("%s", w->fault.text);
	}
}

struct store_range store_world_all(const struct cxm_kind *kind, const char *site)
{
	return (struct store_range){ kind, site, INT64_MIN, INT64_MAX };
}

struct exporting {
	const struct cxm_kind *kind;
	struct buf *out;
};

static int export_row(void *arg, const ProtobufCMessage *m)
{
	struct exporting *e = arg;

	text_csv_row(e->kind, m, e->out);
	return 0;
}

const char *store_world_export(struct store_world *w, struct store *st, const char *site)
{
	buf_reset(&w->text);
	for (size_t i = 0; i < w->catalog->n_kinds; i++) {
		struct exporting e = { &w->catalog->kinds[i], &w->text };
		struct store_range all = store_world_all(e.kind, site);

		text_csv_header(e.kind, &w->text);
		if (w->of->ops->rows(st, &all, export_row, &e, &w->fault) != 0) {
			fail_msg("%s", w->fault.text);
		}
	}
	assert_false(w->text.failed);
	return buf_text(&w->text);
}

const struct expr *store_world_expr(struct store_world *w, const struct cxm_kind *kind,
                                    enum expr_type want, const char *text)
{
	const struct expr *e = NULL;

	if (expr_parse(&e, kind, slice_of(text), want, &w->arena, &w->fault) != 0) {
		fail_msg("%s: %s", text, w->fault.text);
	}
	return e;
}

static int add_n(void *arg, const struct store_tally_row *row)
{
	uint64_t *n = arg;

	*n += row->n;
	return 0;
}

uint64_t store_world_count(struct store_world *w, const char *of)
{
	struct store_tally q = { .range = store_world_all(w->probe, WORLD_SITE) };
	uint64_t n = 0;

	q.of = of != NULL ? store_world_expr(w, w->probe, EXPR_IS_TRUTH, of) : NULL;
	if (w->of->ops->tally(w->store, &q, add_n, &n, &w->fault) != 0) {
		fail_msg("%s", w->fault.text);
	}
	return n;
}

uint64_t store_world_watermark(struct store_world *w, uint64_t epoch)
{
	uint64_t acked = 0;

	if (w->of->ops->watermark(w->store, WORLD_SITE, WORLD_AGENT, epoch, 1, &acked, &w->fault) !=
	    0) {
		fail_msg("%s", w->fault.text);
	}
	return acked;
}
