/*
 * A store that stands before another one and asks everything twice: once for whoever asks, and once
 * plainly, for nothing but the time it takes. So the time of the plain SELECTs is that of the same
 * WHERE, GROUP BY and columns over the same rows, in the same process, a question after the other.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
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
	double begin_ms = cpu_ms();
	int rc = p->real->ops->tally(p->real, q, plain_on_tally, p, fault);
	double took_ms = cpu_ms() - begin_ms;

	p->select_ms += took_ms;
	p->questions++;
	if (getenv("PLAIN_LOG")) (void)fprintf(stderr, "T %s %s %s sums=%zu of=%d slot=%d %.2f\n", q->range.kind->name, q->group ? q->group->name : "-", q->value ? "value" : q->key ? q->key->name : "-", q->n_sums, q->of != NULL, q->slot_us > 0, took_ms);
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
	double begin_ms = cpu_ms();
	int rc = p->real->ops->columns(p->real, q, plain_on_columns, p, fault);
	double took_ms = cpu_ms() - begin_ms;

	p->select_ms += took_ms;
	p->questions++;
	if (getenv("PLAIN_LOG")) (void)fprintf(stderr, "C %s keys=%zu values=%zu of=%d days=%.0f %.2f\n", q->range.kind->name, q->n_keys, q->n_values, q->of != NULL, (double)(q->range.to_us - q->range.from_us) / 86400e6, took_ms);
	return rc != 0 ? rc : p->real->ops->columns(p->real, q, row, arg, fault);
}

static int plain_rows(struct store *st, const struct store_range *range, store_row_fn row,
                      void *arg, struct fault *fault)
{
	struct plain *p = (struct plain *)(void *)st;

	return p->real->ops->rows(p->real, range, row, arg, fault); /* plans and statements: few */
}

static int plain_span(struct store *st, const struct cxm_kind *kind, const char *site,
                      int64_t *first_us, int64_t *last_us, struct fault *fault)
{
	struct plain *p = (struct plain *)(void *)st;

	return p->real->ops->span(p->real, kind, site, first_us, last_us, fault);
}

/** Stand before `real`. Only what scoring one figure asks for works. */
static void plain_init(struct plain *p, struct store *real)
{
	static const struct store_ops ops = { .name = "plain",
		                              .tally = plain_tally,
		                              .columns = plain_columns,
		                              .rows = plain_rows,
		                              .span = plain_span };

	*p = (struct plain){ .base.ops = &ops, .real = real };
}
