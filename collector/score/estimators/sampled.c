/* Samples of contacts; see sampled.h. */
#include "collector/score/estimators/sampled.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "common/unconst.h"
#include "proto/evidence.pb-c.h"

enum { CONTACT_ITEM, SAMPLE_ITEM };
enum { TALK, WAIT, TRANSFERRED };

static int on_contact(struct gather *g, void *arg, const struct store_columns_row *row)
{
	const struct cxm_kind *kind = arg;
	size_t day = gather_day_of(g, row->time_us);
	struct tally_item item = {
		.day = (uint32_t)day, .tag = CONTACT_ITEM, .a = row->keys[0], .b = row->keys[1]
	};

	if (day == SIZE_MAX || isnan(row->values[TALK]) || isnan(row->values[WAIT])) {
		return 0;
	}
	item.x[TALK] = row->values[TALK];
	item.x[WAIT] = row->values[WAIT];
	item.x[TRANSFERRED] = row->values[TRANSFERRED];
	gather_seen(g, day, kind, 1);
	return gather_add_item(g, &item);
}

static int on_sampled(struct gather *g, void *arg, const struct store_columns_row *row)
{
	const struct cxm_kind *kind = arg;
	size_t day = gather_day_of(g, row->time_us);
	struct tally_item item = { .day = (uint32_t)day, .tag = SAMPLE_ITEM, .a = row->keys[0] };

	if (day == SIZE_MAX || !row->has_key[0]) {
		return 0;
	}
	gather_seen(g, day, kind, 1);
	g->to->days[day].n++;
	return gather_add_item(g, &item);
}

static int gather_contacts(struct gather *g)
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
	return rc != 0 ? rc : gather_columns(g, &q, on_contact, unconst(kind));
}

int sampled_gather(struct gather *g, const struct cxm_kind *sample, const char *of)
{
	struct store_columns q = { .range.kind = sample, .n_keys = 1 };
	int rc = gather_contacts(g);

	rc = rc != 0 ? rc : gather_expr(g, sample, EXPR_IS_TRUTH, &q.of, "%s", of);
	q.keys[0] = cxm_field_named(sample, slice_of("contact"));
	return rc != 0 ? rc : gather_columns(g, &q, on_sampled, unconst(sample));
}

static int by_contact(const void *a, const void *b)
{
	const struct sampled_contact *x = a;
	const struct sampled_contact *y = b;

	if (x->contact != y->contact) {
		return x->contact < y->contact ? -1 : 1;
	}
	if (x->queue != y->queue) {
		return x->queue < y->queue ? -1 : 1;
	}
	if (x->day != y->day) {
		return x->day < y->day ? -1 : 1;
	}
	return (x->talk > y->talk) - (x->talk < y->talk);
}

/* Mark all rows of a contact; one that is sampled twice counts once. */
static void mark(struct sampled *s, uint64_t contact)
{
	size_t low = 0;
	size_t high = s->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->contacts[middle].contact < contact) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	for (; low < s->n && s->contacts[low].contact == contact; low++) {
		s->n_sampled += s->contacts[low].sampled ? 0 : 1;
		s->contacts[low].sampled = true;
	}
}

int sampled_lay(struct sampled *out, const struct tallies *t)
{
	*out = (struct sampled){ .contacts = calloc(t->n_items + 1, sizeof(*out->contacts)) };
	if (out->contacts == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < t->n_items; i++) {
		const struct tally_item *item = &t->items[i];

		if (item->tag == CONTACT_ITEM) {
			out->contacts[out->n++] = (struct sampled_contact){
				.contact = item->a,
				.queue = item->b,
				.day = item->day,
				.wait = item->x[WAIT],
				.talk = item->x[TALK],
				.transferred = item->x[TRANSFERRED] > 0,
			};
		}
	}
	qsort(out->contacts, out->n, sizeof(*out->contacts), by_contact);
	for (size_t i = 0; i < t->n_items; i++) {
		if (t->items[i].tag == SAMPLE_ITEM) {
			mark(out, t->items[i].a);
		}
	}
	return 0;
}

void sampled_free(struct sampled *s)
{
	free(s->contacts);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

struct interval sampled_terciles(double *values, size_t n)
{
	if (n == 0) {
		return (struct interval){ NAN, NAN };
	}
	qsort(values, n, sizeof(*values), by_size);
	return (struct interval){ values[(n - 1) / 3], values[2 * (n - 1) / 3] };
}
