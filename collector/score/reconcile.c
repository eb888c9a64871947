#include "cxmeter/reconcile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/score/reconcile_pair.h"
#include "common/when.h"

#define TEXTS_MAX_BYTES ((size_t)256 * 1024 * 1024)
#define GAPS_MAX        65536 /* what is past them explains nothing */
#define DAY_US          INT64_C(86400000000)

/* ---- one kind, counted ---- */

static int add_counts(void *arg, struct reconcile_held *h)
{
	uint64_t *counts = arg;

	counts[0] += h->pair->both;
	counts[1] += h->pair->both - h->pair->agree;
	return 0;
}

int reconcile_count(uint64_t *both, uint64_t *differ_in, struct store *st,
                    const struct store_range *range, struct fault *fault)
{
	struct arena texts;
	struct reconcile_rows rows = { .texts = &texts };
	struct reconcile_held like = { .fault = fault };
	uint64_t counts[2] = { 0, 0 };
	int rc = 0;

	if (priority_of(range->kind) != NULL) {
		arena_init(&texts, TEXTS_MAX_BYTES);
		rc = reconcile_read_kind(&rows, st, range, fault);
		rc = rc != 0 ? rc : reconcile_each_pair(&rows, &like, add_counts, counts);
		reconcile_rows_free(&rows);
		arena_free(&texts);
	}
	*both = counts[0];
	*differ_in = counts[1];
	return rc;
}

/* ---- a site ---- */

static int on_gap(void *arg, const ProtobufCMessage *m)
{
	struct reconcile_gaps *gaps = arg;
	const Cxm__Gap *g = (const Cxm__Gap *)(const void *)m;

	if (gaps->n < GAPS_MAX) {
		gaps->at[gaps->n++] = (struct reconcile_gap){
			.source = g->source,
			.from_us = g->at_us,
			.to_us = g->has_to_us ? g->to_us : g->at_us,
		};
	}
	return 0;
}

/* A gap that began the day before may reach into the window. */
static int read_gaps(struct reconcile_gaps *out, const struct cxm_catalog *catalog,
                     struct store *st, const struct store_range *window, struct fault *fault)
{
	struct store_range range = *window;

	range.kind = cxm_kind_of(catalog, &cxm__gap__descriptor);
	range.from_us -= DAY_US;
	out->at = calloc(GAPS_MAX, sizeof(*out->at));
	if (out->at == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	return range.kind != NULL ? st->ops->rows(st, &range, on_gap, out, fault) : 0;
}

static int add_pair(void *arg, struct reconcile_held *h)
{
	struct reconciliation *r = arg;

	if (r->n_pairs == RECONCILE_PAIRS_MAX) {
		return fault_set(h->fault, -E2BIG, "more than %d pairs of sources",
		                 RECONCILE_PAIRS_MAX);
	}
	r->pairs[r->n_pairs++] = *h->pair;
	return 0;
}

static int by_record(const void *a, const void *b)
{
	const Cxm__Reconciliation *x = a;
	const Cxm__Reconciliation *y = b;
	int rc = (x->at_us > y->at_us) - (x->at_us < y->at_us);

	rc = rc != 0 ? rc : (int)x->source - (int)y->source;
	rc = rc != 0 ? rc : strcmp(x->host, y->host);
	rc = rc != 0 ? rc : (x->contact > y->contact) - (x->contact < y->contact);
	rc = rc != 0 ? rc : (x->agent > y->agent) - (x->agent < y->agent);
	rc = rc != 0 ? rc : strcmp(x->queue, y->queue);
	rc = rc != 0 ? rc : strcmp(x->record, y->record);
	rc = rc != 0 ? rc : strcmp(x->field, y->field);
	return rc != 0 ? rc : (int)x->other_source - (int)y->other_source;
}

static int hold_rows(struct reconciliation *r, struct reconcile_rows *rows,
                     const struct reconcile_gaps *gaps, struct fault *fault)
{
	struct reconcile_held like = { .gaps = gaps, .to = r, .fault = fault };

	return reconcile_each_pair(rows, &like, add_pair, r);
}

static int hold_kind(struct reconciliation *r, struct store *st, const struct store_range *range,
                     const struct reconcile_gaps *gaps, struct fault *fault)
{
	struct arena texts;
	struct reconcile_rows rows = { .texts = &texts };
	int rc;

	arena_init(&texts, TEXTS_MAX_BYTES);
	rc = reconcile_read_kind(&rows, st, range, fault);
	rc = rc != 0 ? rc : hold_rows(r, &rows, gaps, fault);
	reconcile_rows_free(&rows);
	arena_free(&texts);
	return rc;
}

static int hold_contacts(struct reconciliation *r, struct store *st,
                         const struct cxm_catalog *catalog, const struct reconcile_gaps *gaps,
                         const struct store_range *window, struct fault *fault)
{
	const struct cxm_kind *calls = cxm_kind_of(catalog, &cxm__call__descriptor);
	struct store_range range = *window;
	struct arena texts;
	struct reconcile_rows rows = { .texts = &texts };
	int rc;

	range.kind = cxm_kind_of(catalog, &cxm__queue_contact__descriptor);
	if (calls == NULL || range.kind == NULL) {
		return 0; /* another schema has no such records */
	}
	arena_init(&texts, TEXTS_MAX_BYTES);
	rc = reconcile_read_contacts(&rows, st, &range, calls, fault);
	rc = rc != 0 ? rc : hold_rows(r, &rows, gaps, fault);
	reconcile_rows_free(&rows);
	arena_free(&texts);
	return rc;
}

static int hold_all(struct reconciliation *r, struct store *st, const struct cxm_catalog *catalog,
                    struct fault *fault)
{
	struct store_range range = { .site = r->site,
		                     .from_us = when_day_start_us(r->window.from_day),
		                     .to_us = when_day_start_us(r->window.to_day + 1) };
	struct reconcile_gaps gaps = { .n = 0 };
	int rc = read_gaps(&gaps, catalog, st, &range, fault);

	rc = rc != 0 ? rc : hold_contacts(r, st, catalog, &gaps, &range, fault);
	for (size_t i = 0; rc == 0 && i < catalog->n_kinds; i++) {
		range.kind = &catalog->kinds[i];
		if (priority_of(range.kind) != NULL) {
			rc = hold_kind(r, st, &range, &gaps, fault);
		}
	}
	free(gaps.at);
	if (rc == 0 && r->n_conflicts > 0) {
		qsort(r->conflicts, r->n_conflicts, sizeof(*r->conflicts), by_record);
	}
	return rc;
}

int reconcile_site(struct reconciliation **out, const struct model *m, struct store *st,
                   const struct score_request *request, const struct cxm_catalog *catalog,
                   struct fault *fault)
{
	struct reconciliation *r = calloc(1, sizeof(*r));
	int rc;

	*out = NULL;
	if (r == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	arena_init(&r->arena, TEXTS_MAX_BYTES);
	(void)snprintf(r->site, sizeof(r->site), "%s", request->site);
	rc = score_window_of(&r->window, m, st, request, fault);
	rc = rc != 0 ? rc : score_mark(&r->simulated, st, request->site, fault);
	rc = rc != 0 ? rc : hold_all(r, st, catalog, fault);
	if (rc != 0) {
		reconciliation_free(r);
		return rc;
	}
	*out = r;
	return 0;
}

void reconciliation_free(struct reconciliation *r)
{
	if (r != NULL) {
		arena_free(&r->arena);
		free(r->conflicts);
		free(r);
	}
}
