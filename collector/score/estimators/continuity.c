/*
 * Do contacts of one customer in several channels belong to one case?
 *
 * A contact is what a case was opened from, a contact fact or a queue contact tells of, joined by
 * its contact id; its case is the one that any of them names. A customer counts who had contacts in
 * two channels within 7 days, once, on the first such day; well only if all contacts of every such
 * week share one known case. Interval: Wilson with over-dispersion.
 */
#include <math.h>

#include "collector/score/estimators/rows.h"
#include "proto/evidence.pb-c.h"

#define NEAR_DAYS 7
#define NEAR_US   (NEAR_DAYS * INT64_C(86400) * 1000000)

enum { CUSTOMER, CONTACT, CHANNEL, CASE_ID, KEYS };

struct touch {
	uint64_t customer;
	uint64_t contact; /* 0: not known */
	uint64_t channel;
	uint64_t case_id; /* 0: none */
	int64_t at_us;
};

struct reading {
	struct rows touches;
	const struct cxm_kind *kind;
};

static int on_touch(struct gather *g, void *arg, const struct store_columns_row *row)
{
	struct reading *r = arg;
	struct touch t = {
		.customer = row->keys[CUSTOMER],
		.contact = row->has_key[CONTACT] ? row->keys[CONTACT] : 0,
		.channel = row->has_key[CHANNEL] ? row->keys[CHANNEL] : CXM__CHANNEL__VOICE,
		.case_id = row->has_key[CASE_ID] ? row->keys[CASE_ID] : 0,
		.at_us = row->time_us,
	};
	size_t day = gather_day_of(g, row->time_us);

	/* a queue's contact without a channel is a call; of the others nobody knows */
	if (!row->has_key[CUSTOMER] ||
	    (!row->has_key[CHANNEL] && r->kind->pb != &cxm__queue_contact__descriptor)) {
		return 0;
	}
	if (day != SIZE_MAX) {
		gather_seen(g, day, r->kind, 1);
	}
	return rows_add(&r->touches, &t);
}

static int read_kind(struct gather *g, struct reading *r, const ProtobufCMessageDescriptor *pb)
{
	const struct cxm_kind *kind = gather_kind(g, pb);
	const struct cxm_field *case_id = cxm_field_named(kind, slice_of("case_id"));
	struct store_columns q = { .range.kind = kind,
		                   .n_keys = case_id != NULL ? KEYS : KEYS - 1 };

	q.keys[CUSTOMER] = cxm_field_named(kind, slice_of("customer"));
	q.keys[CONTACT] = cxm_field_named(kind, slice_of("contact"));
	q.keys[CHANNEL] = cxm_field_named(kind, slice_of("channel"));
	q.keys[CASE_ID] = case_id;
	r->kind = kind;
	return gather_columns(g, &q, on_touch, r);
}

static int by_contact(const void *a, const void *b)
{
	const struct touch *x = a;
	const struct touch *y = b;
	int c = rows_order(x->customer, y->customer);

	c = c != 0 ? c : rows_order(x->contact, y->contact);
	c = c != 0 ? c : (x->at_us > y->at_us) - (x->at_us < y->at_us);
	c = c != 0 ? c : rows_order(x->channel, y->channel);
	return c != 0 ? c : rows_order(x->case_id, y->case_id);
}

static int by_time(const void *a, const void *b)
{
	const struct touch *x = a;
	const struct touch *y = b;
	int c = rows_order(x->customer, y->customer);

	c = c != 0 ? c : (x->at_us > y->at_us) - (x->at_us < y->at_us);
	return c != 0 ? c : by_contact(a, b);
}

/* What several records tell of one contact becomes one touch, the earliest, with the case that any
 * of them names. */
static void join_contacts(struct rows *r)
{
	struct touch *t = r->at;
	size_t kept = 0;

	rows_sort(r, by_contact);
	for (size_t i = 0; i < r->n; i++) {
		struct touch *last = kept > 0 ? &t[kept - 1] : NULL;

		if (last != NULL && t[i].contact != 0 && last->contact == t[i].contact &&
		    last->customer == t[i].customer) {
			last->case_id = last->case_id != 0 ? last->case_id : t[i].case_id;
		} else {
			t[kept++] = t[i];
		}
	}
	r->n = kept;
	rows_sort(r, by_time);
}

/* The touches of one customer within the week up to t[at]: another channel among them? one case? */
static bool crosses(const struct touch *t, size_t at, bool *one_case)
{
	bool other_channel = false;

	*one_case = t[at].case_id != 0;
	for (size_t i = at; i > 0 && t[i - 1].customer == t[at].customer &&
	                    t[at].at_us - t[i - 1].at_us <= NEAR_US;
	     i--) {
		other_channel |= t[i - 1].channel != t[at].channel;
		*one_case &= t[i - 1].case_id == t[at].case_id;
	}
	return other_channel;
}

static int keep(struct gather *g, const struct rows *r)
{
	const struct touch *t = r->at;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < r->n; i++) {
		size_t day = gather_day_of(g, t[i].at_us);
		bool one_case;

		if (day != SIZE_MAX && crosses(t, i, &one_case)) {
			struct tally_item item = { .day = (uint32_t)day,
				                   .a = t[i].customer,
				                   .x = { one_case ? 1 : 0 } };

			g->to->days[day].n++;
			rc = gather_add_item(g, &item);
		}
	}
	return rc;
}

static int gather(struct gather *g)
{
	struct reading r = { .touches.size = sizeof(struct touch) };
	int rc = read_kind(g, &r, &cxm__case__descriptor);

	rc = rc != 0 ? rc : read_kind(g, &r, &cxm__contact_fact__descriptor);
	rc = rc != 0 ? rc : read_kind(g, &r, &cxm__queue_contact__descriptor);
	if (rc == 0) {
		join_contacts(&r.touches);
		rc = keep(g, &r.touches);
	}
	free(r.touches.at);
	return tally_explain(rc, g->e, g->fault);
}

static int by_customer(const void *a, const void *b)
{
	const struct tally_item *x = a;
	const struct tally_item *y = b;
	int c = rows_order(x->a, y->a);

	c = c != 0 ? c : (x->day > y->day) - (x->day < y->day);
	return c != 0 ? c : (x->x[0] > y->x[0]) - (x->x[0] < y->x[0]);
}

/* Customers by the first day on which they count. */
static void by_first_day(struct tally_item *items, size_t n, struct stats_day *days)
{
	size_t end;

	qsort(items, n, sizeof(*items), by_customer);
	for (size_t i = 0; i < n; i = end) {
		double well = 1;

		for (end = i; end < n && items[end].a == items[i].a; end++) {
			well = fmin(well, items[end].x[0]);
		}
		days[items[i].day].n++;
		days[items[i].day].sum += well;
	}
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	struct tallies customers = { .n_days = t->n_days };
	struct tally_item *items = calloc(t->n_items + 1, sizeof(*items));
	struct stats_day total;

	(void)seed;
	if (items == NULL || t->n_items == 0) {
		out->n = 0;
		free(items);
		return;
	}
	memcpy(items, t->items, t->n_items * sizeof(*items));
	by_first_day(items, t->n_items, customers.days);
	free(items);
	total = stats_total(customers.days, customers.n_days);
	out->n = total.n;
	out->numerator = total.sum;
	out->denominator = total.n;
	out->value = total.sum / total.n;
	if (is->interval == MODEL_NO_INTERVAL) {
		out->interval = (struct interval){ out->value, out->value };
		return;
	}
	out->phi = is->interval == MODEL_WILSON ? 1 : estimator_phi(is, rules, &customers);
	out->interval = estimator_share(rules, out);
}

const struct estimator estimator_continuity = {
	.name = "continuity",
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_WILSON | 1 << MODEL_QUASI_WILSON,
	.reads = { { &cxm__case__descriptor, NEAR_DAYS, 0, true },
	           { &cxm__contact_fact__descriptor, NEAR_DAYS, 0, false },
	           { &cxm__queue_contact__descriptor, NEAR_DAYS, 0, false } },
	.gather = gather,
	.estimate = estimate,
};
