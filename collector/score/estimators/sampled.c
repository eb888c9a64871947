/* Samples of contacts; see sampled.h. */
#include "collector/score/estimators/sampled.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "collector/score/estimators/rows.h"
#include "common/when.h"
#include "proto/evidence.pb-c.h"
#include "proto/text.h"

#define BIN_STEP 0.05

enum { TALK, WAIT, TRANSFERRED };              /* values asked for */
enum { X_WAIT, X_TRANSFERRED, X_TALK, X_DAY }; /* of an item */

/* A row of the sample: which contact, on which day it was taken. */
struct pick {
	uint64_t contact;
	uint32_t day;
};

struct desk {
	const struct sampled_question *q;
	struct rows picks;
};

static int on_pick(struct gather *g, void *arg, const struct store_columns_row *row)
{
	struct desk *d = arg;
	size_t day = gather_day_of(g, row->time_us);
	struct pick pick = { row->keys[0], (uint32_t)day };

	if (day == SIZE_MAX || !row->has_key[0]) {
		return 0;
	}
	gather_seen(g, day, d->q->sample, 1);
	g->to->days[day].n++;
	return rows_add(&d->picks, &pick);
}

static int by_contact(const void *a, const void *b)
{
	const struct pick *x = a;
	const struct pick *y = b;

	if (x->contact != y->contact) {
		return x->contact < y->contact ? -1 : 1;
	}
	return (x->day > y->day) - (x->day < y->day);
}

/* Below a second is one bin. */
static uint32_t bin_of(double ms)
{
	double bin = ms < 1000 ? 0 : 1 + floor(log(ms / 1000) / log1p(BIN_STEP));

	return (uint32_t)fmin(bin, SAMPLED_BINS - 1);
}

/* Items for each time that a contact was sampled. */
static int keep_picks(struct gather *g, const struct desk *d, const struct store_columns_row *row)
{
	const struct pick *p = d->picks.at;
	size_t low = 0;
	size_t high = d->picks.n;
	int rc = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (p[middle].contact < row->keys[0]) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	for (; rc == 0 && low < d->picks.n && p[low].contact == row->keys[0]; low++) {
		struct tally_item item = { .day = p[low].day,
			                   .a = row->keys[0],
			                   .b = row->keys[1] };

		item.x[X_WAIT] = bin_of(row->values[WAIT]);
		item.x[X_TRANSFERRED] = row->values[TRANSFERRED];
		item.x[X_TALK] = bin_of(row->values[TALK]);
		item.x[X_DAY] = when_day_of(row->time_us);
		rc = gather_add_item(g, &item);
	}
	return rc;
}

static int on_contact(struct gather *g, void *arg, const struct store_columns_row *row)
{
	const struct desk *d = arg;
	size_t day = gather_day_of(g, row->time_us);
	uint32_t slot;
	char label[17] = "";
	int rc = 0;

	if (isnan(row->values[TALK]) || isnan(row->values[WAIT])) {
		return 0;
	}
	if (day != SIZE_MAX) {
		slot = bin_of(row->values[TALK]);
		if (d->q->by_queue) {
			(void)snprintf(label, sizeof(label), "%016" PRIx64, row->keys[1]);
		} else {
			slot += SAMPLED_BINS *
			        (2 * bin_of(row->values[WAIT]) + (row->values[TRANSFERRED] > 0));
		}
		gather_seen(g, day, gather_kind(g, &cxm__queue_contact__descriptor), 1);
		rc = gather_add_slot(g, day, slot, slice_of(label), 0, 1);
	}
	return rc != 0 ? rc : keep_picks(g, d, row);
}

static int read_contacts(struct gather *g, struct desk *d)
{
	const struct cxm_kind *kind = gather_kind(g, &cxm__queue_contact__descriptor);
	struct store_columns q = { .range.kind = kind, .n_keys = 2, .n_values = 3 };
	int rc = gather_expr(g, kind, EXPR_IS_TRUTH, &q.of, "outcome == answered");

	rc = rc != 0 ? rc : gather_expr(g, kind, EXPR_IS_NUMBER, &q.values[TALK], "talk_ms");
	rc = rc != 0 ? rc : gather_expr(g, kind, EXPR_IS_NUMBER, &q.values[WAIT], "wait_ms");
	rc = rc != 0 ? rc
	             : gather_expr(g, kind, EXPR_IS_NUMBER, &q.values[TRANSFERRED],
	                           "known(transfer)");
	q.keys[0] = cxm_field_named(kind, slice_of("contact"));
	q.keys[1] = cxm_field_named(kind, slice_of("queue"));
	return rc != 0 ? rc : gather_columns(g, &q, on_contact, d);
}

int sampled_gather(struct gather *g, const struct sampled_question *question)
{
	struct desk d = { .q = question, .picks.size = sizeof(struct pick) };
	struct store_columns q = { .range.kind = question->sample, .n_keys = 1 };
	int rc = gather_expr(g, question->sample, EXPR_IS_TRUTH, &q.of, "%s", question->of);

	q.keys[0] = cxm_field_named(question->sample, slice_of("contact"));
	rc = rc != 0 ? rc : gather_columns(g, &q, on_pick, &d);
	rows_sort(&d.picks, by_contact);
	rc = rc != 0 ? rc : read_contacts(g, &d);
	free(d.picks.at);
	return rc;
}

struct sampled_contact sampled_group(const struct tallies *t, const struct tally_slot *s,
                                     bool by_queue)
{
	struct sampled_contact c = { .day = t->first_day + (int32_t)s->day,
		                     .talk = s->slot % SAMPLED_BINS,
		                     .n = s->sums[0] };
	uint32_t rest = s->slot / SAMPLED_BINS;

	if (by_queue) {
		(void)text_pseudonym(slice_of(t->labels[s->label]), &c.queue);
	} else {
		c.wait = rest / 2;
		c.transferred = rest % 2 > 0;
	}
	return c;
}

static int by_keys(const void *a, const void *b)
{
	const struct tally_item *x = a;
	const struct tally_item *y = b;

	if (x->a != y->a) {
		return x->a < y->a ? -1 : 1;
	}
	if (x->b != y->b) {
		return x->b < y->b ? -1 : 1;
	}
	for (size_t i = 0; i < TALLY_ITEM_VALUES; i++) {
		if (x->x[i] != y->x[i]) {
			return x->x[i] < y->x[i] ? -1 : 1;
		}
	}
	return 0;
}

double sampled_each(const struct tallies *t,
                    void (*each)(void *arg, const struct sampled_contact *c), void *arg)
{
	struct tally_item *items = calloc(t->n_items + 1, sizeof(*items));
	double n = 0;

	if (items == NULL || t->n_items == 0) {
		free(items);
		return 0;
	}
	memcpy(items, t->items, t->n_items * sizeof(*items));
	qsort(items, t->n_items, sizeof(*items), by_keys);
	for (size_t i = 0; i < t->n_items; i++) {
		int32_t index = (int32_t)items[i].x[X_DAY] - t->first_day;
		struct sampled_contact c = { .contact = items[i].a,
			                     .queue = items[i].b,
			                     .day = (int32_t)items[i].x[X_DAY],
			                     .wait = (uint32_t)items[i].x[X_WAIT],
			                     .talk = (uint32_t)items[i].x[X_TALK],
			                     .transferred = items[i].x[X_TRANSFERRED] > 0,
			                     .n = 1 };
		bool again = i > 0 && items[i - 1].a == c.contact && items[i - 1].b == c.queue;

		if (!again && index >= 0 && (size_t)index < t->n_days) {
			each(arg, &c);
			n++;
		}
	}
	free(items);
	return n;
}

struct sampled_cuts sampled_terciles(const double counts[SAMPLED_BINS])
{
	struct sampled_cuts cuts = { 0, 0 };
	double all = 0;
	double seen = 0;

	for (uint32_t i = 0; i < SAMPLED_BINS; i++) {
		all += counts[i];
	}
	for (uint32_t i = 0; i < SAMPLED_BINS; i++) {
		cuts.first += 3 * (seen + counts[i]) < all;
		cuts.second += 3 * (seen + counts[i]) < 2 * all;
		seen += counts[i];
	}
	return cuts;
}
