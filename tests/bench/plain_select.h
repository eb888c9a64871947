/*
 * A store that stands before another one and asks everything twice: once for whoever asks, and once
 * plainly, for nothing but the time it takes. So the time of the plain SELECTs is that of the same
 * WHERE, GROUP BY and columns over the same rows, in the same process, a question after the other.
 * Plainly every row counts, also one that two sources told.
 */
#pragma once

#include <time.h>

#include "cxmeter/store.h"

static double cpu_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

struct plain {
	struct store base;
	struct store *real; /* borrowed */
	double select_ms;   /* of the plain ones */
	unsigned questions;
	double seen; /* so that nothing is left out as unused */
};

/* A kind of another schema: nothing is known of which source goes first (priority.h). */
static const struct cxm_kind *plain_kind(const struct cxm_kind *kind,
                                         ProtobufCMessageDescriptor *schema, struct cxm_kind *out)
{
	*schema = *kind->pb;
	*out = *kind;
	out->pb = schema;
	return out;
}

static int plain_on_tally(void *arg, const struct store_tally_row *row)
{
	struct plain *p = arg;

	p->seen += (double)row->n + row->sums[0];
	return 0;
}

static int plain_tally(struct store *st, const struct store_tally *q, store_tally_fn row, void *arg,
                       struct fault *fault)
{
	struct plain *p = (struct plain *)(void *)st;
	ProtobufCMessageDescriptor schema;
	struct cxm_kind kind;
	struct store_tally all = *q;
	double begin_ms = cpu_ms();
	int rc;

	all.range.kind = plain_kind(q->range.kind, &schema, &kind);
	rc = p->real->ops->tally(p->real, &all, plain_on_tally, p, fault);

	p->select_ms += cpu_ms() - begin_ms;
	p->questions++;
	return rc != 0 ? rc : p->real->ops->tally(p->real, q, row, arg, fault);
}

static int plain_on_columns(void *arg, const struct store_columns_row *row)
{
	struct plain *p = arg;

	p->seen += row->values[0] > 0;
	return 0;
}

static int plain_columns(struct store *st, const struct store_columns *q, store_columns_fn row,
                         void *arg, struct fault *fault)
{
	struct plain *p = (struct plain *)(void *)st;
	ProtobufCMessageDescriptor schema;
	struct cxm_kind kind;
	struct store_columns all = *q;
	double begin_ms = cpu_ms();
	int rc;

	all.range.kind = plain_kind(q->range.kind, &schema, &kind);
	rc = p->real->ops->columns(p->real, &all, plain_on_columns, p, fault);

	p->select_ms += cpu_ms() - begin_ms;
	p->questions++;
	return rc != 0 ? rc : p->real->ops->columns(p->real, q, row, arg, fault);
}

static int plain_rows(struct store *st, const struct store_range *range, store_row_fn row,
                      void *arg, struct fault *fault)
{
	struct plain *p = (struct plain *)(void *)st;

	return p->real->ops->rows(p->real, range, row, arg, fault); /* plans and statements: few */
}

static int plain_span(struct store *st, const struct store_span *q, int64_t *first_us,
                      int64_t *last_us, struct fault *fault)
{
	struct plain *p = (struct plain *)(void *)st;

	return p->real->ops->span(p->real, q, first_us, last_us, fault);
}

static int plain_sites(struct store *st, int (*each)(void *arg, const char *site), void *arg,
                       struct fault *fault)
{
	struct plain *p = (struct plain *)(void *)st;

	return p->real->ops->sites(p->real, each, arg, fault);
}

static int plain_zone(struct store *st, const char *site, char *out, size_t size,
                      struct fault *fault)
{
	struct plain *p = (struct plain *)(void *)st;

	return p->real->ops->zone(p->real, site, out, size, fault);
}

static int plain_simulated(struct store *st, const char *site, struct fault *fault)
{
	struct plain *p = (struct plain *)(void *)st;

	return p->real->ops->simulated(p->real, site, fault);
}

static int plain_changes(struct store *st, struct store_changes *q, store_change_fn each, void *arg,
                         struct fault *fault)
{
	struct plain *p = (struct plain *)(void *)st;

	return p->real->ops->changes(p->real, q, each, arg, fault);
}

/** Stand before `real`, for as long as it is only read. */
static void plain_init(struct plain *p, struct store *real)
{
	static const struct store_ops ops = { .name = "plain",
		                              .tally = plain_tally,
		                              .columns = plain_columns,
		                              .rows = plain_rows,
		                              .span = plain_span,
		                              .sites = plain_sites,
		                              .zone = plain_zone,
		                              .simulated = plain_simulated,
		                              .changes = plain_changes };

	*p = (struct plain){ .base.ops = &ops, .real = real };
}
