/*
 * What kind of targets a site declares and measures, 1 to 4 (docs/model.md, target_mix_level):
 * 1 only efficiency; 2 also a customer metric with answers in the window; 3 also a revenue or
 * retention metric with figures, beside figures of cost; 4 also an owner outside the contact centre
 * and a review in the last 365 days for one of these.
 *
 * An owner is outside when its name does not begin with "contact", "call", "service" or "customer
 * service", in any case of letters.
 *
 * Items: tag 0 a target that holds (a metric, b kind; x[0] owner outside, x[1] reviewed at), tag 1
 * a metric with data (a).
 */
#include "collector/score/evidence/gather.h"
#include "collector/score/evidence/tally.h"
#include "collector/score/evidence/targets.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "proto/evidence.pb-c.h"

#define REVIEW_US (INT64_C(365) * 86400 * 1000000)

enum { TAG_TARGET, TAG_DATA };

static bool outside(const char *owner)
{
	static const char *const inside[] = { "contact", "call", "service", "customer service" };

	for (size_t i = 0; owner != NULL && i < sizeof(inside) / sizeof(inside[0]); i++) {
		if (strncasecmp(owner, inside[i], strlen(inside[i])) == 0) {
			return false;
		}
	}
	return owner != NULL && owner[0] != '\0';
}

static uint64_t metric_of(const char *name)
{
	char lower[CXM_LABEL_MAX_BYTES + 1];
	size_t n = 0;

	for (; name[n] != '\0' && n < CXM_LABEL_MAX_BYTES; n++) {
		lower[n] = (char)(name[n] >= 'A' && name[n] <= 'Z' ? name[n] + 'a' - 'A' : name[n]);
	}
	lower[n] = '\0';
	return stats_fnv1a(lower);
}

static int on_target(struct gather *g, void *arg, const ProtobufCMessage *m)
{
	const Cxm__Target *row = (const Cxm__Target *)(const void *)m;
	int64_t to_us = row->has_valid_to_us ? row->valid_to_us : INT64_MAX;
	int rc = 0;

	(void)arg;
	for (size_t d = g->first; rc == 0 && d <= g->last; d++) {
		struct tally_item item = {
			.day = (uint32_t)d,
			.tag = TAG_TARGET,
			.a = metric_of(row->metric),
			.b = row->has_kind ? (uint64_t)row->kind : 0,
			.x = { outside(row->owner) ? 1 : 0,
			       row->has_reviewed_us ? (double)row->reviewed_us : 0 },
		};

		if (row->at_us < g->starts_us[d + 1] && to_us > g->starts_us[d]) {
			g->to->days[d].n += 1;
			gather_seen(g, d, gather_kind(g, &cxm__target__descriptor), 1);
			rc = gather_add_item(g, &item);
		}
	}
	return rc;
}

struct naming {
	struct gather *g;
	size_t day;
};

static int on_metric(void *arg, const struct store_tally_row *row)
{
	const struct naming *n = arg;
	char name[CXM_LABEL_MAX_BYTES + 1];
	struct tally_item item = { .day = (uint32_t)n->day, .tag = TAG_DATA };

	(void)snprintf(name, sizeof(name), "%.*s", (int)row->group.len, row->group.at);
	item.a = metric_of(name);
	return gather_add_item(n->g, &item);
}

static int find_data(struct gather *g, const ProtobufCMessageDescriptor *pb, const char *field)
{
	const struct cxm_kind *kind = gather_kind(g, pb);
	int rc = 0;

	for (size_t d = g->first; rc == 0 && d <= g->last; d++) {
		struct naming naming = { g, d };
		struct store_tally q = { .range = { kind, g->from->site, g->starts_us[d],
			                            g->starts_us[d + 1] },
			                 .group = cxm_field_named(kind, slice_of(field)) };

		rc = g->from->store->ops->tally(g->from->store, &q, on_metric, &naming, g->fault);
	}
	return tally_explain(rc, g->e, g->fault);
}

static int gather(struct gather *g)
{
	int rc = gather_rows(g, gather_kind(g, &cxm__target__descriptor), on_target, NULL);

	rc = rc != 0 ? rc : find_data(g, &cxm__survey__descriptor, "kind");
	return rc != 0 ? rc : find_data(g, &cxm__business_figure__descriptor, "metric");
}

static bool has_data(const struct tallies *t, uint64_t metric)
{
	for (size_t i = 0; i < t->n_items; i++) {
		if (t->items[i].tag == TAG_DATA && t->items[i].a == metric) {
			return true;
		}
	}
	return false;
}

struct found {
	bool customer;
	bool business;
	bool cost;
	bool owned; /* one of these by somebody outside */
	bool reviewed;
};

static void look(const struct tallies *t, const struct tally_item *i, double end_us,
                 struct found *f)
{
	bool business = i->b == CXM__TARGET__KIND__REVENUE || i->b == CXM__TARGET__KIND__RETENTION;
	bool customer = i->b == CXM__TARGET__KIND__CUSTOMER;
	bool measured = has_data(t, i->a);

	f->customer |= customer && measured;
	f->business |= business && measured;
	if (measured && (customer || business)) {
		f->owned |= i->x[0] > 0;
		f->reviewed |= i->x[1] > end_us - (double)REVIEW_US && i->x[1] < end_us;
	}
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	double end_us = ((double)t->first_day + (double)t->n_days + 1) * 86400e6;
	struct found f = { 0 };
	size_t targets = 0;

	(void)is;
	(void)rules;
	(void)seed;
	for (size_t i = 0; i < t->n_items; i++) {
		if (t->items[i].tag == TAG_TARGET) {
			targets++;
			look(t, &t->items[i], end_us, &f);
		}
	}
	f.cost = has_data(t, stats_fnv1a("cost")) || has_data(t, stats_fnv1a("cost_per_contact"));
	if (targets == 0) {
		return;
	}
	out->n = (double)targets / (double)(out->days > 0 ? out->days : 1); /* targets a day */
	out->value = 1;
	if (f.customer) {
		out->value = !(f.business && f.cost) ? 2 : f.owned && f.reviewed ? 4 : 3;
	}
	out->interval = (struct interval){ out->value, out->value };
}

const struct estimator estimator_target_mix = {
	.name = "target_mix",
	.intervals = 1 << MODEL_NO_INTERVAL,
	.any_days = true,
	.reads = { { &cxm__target__descriptor, TARGETS_BEFORE_DAYS, 0, true },
	           { &cxm__survey__descriptor, 0, 0, false },
	           { &cxm__business_figure__descriptor, 0, 0, false } },
	.gather = gather,
	.estimate = estimate,
};
