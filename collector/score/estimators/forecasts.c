/* Actual and expected contacts; see forecasts.h. */
#include "collector/score/estimators/forecasts.h"

#include <string.h>

#include "collector/score/estimators/rows.h"
#include "collector/score/evidence/targets.h"
#include "proto/evidence.pb-c.h"

#define AHEAD_US (INT64_C(86400) * 1000000)

/* One interval of one queue as one plan expected it. */
struct plan {
	int64_t at_us;
	uint64_t queue_key;
	int64_t published_us;
	double volume;
	char queue[CXM_LABEL_MAX_BYTES + 1];
};

static int on_forecast(struct gather *g, void *arg, const ProtobufCMessage *m)
{
	const Cxm__Forecast *f = (const Cxm__Forecast *)m;
	size_t day = gather_day_of(g, f->at_us);
	struct plan plan = { .at_us = f->at_us,
		             .queue_key = stats_fnv1a(f->queue),
		             .published_us = f->published_us,
		             .volume = f->volume };

	if (day == SIZE_MAX || !f->has_volume || !(f->volume >= 0) ||
	    f->published_us > g->starts_us[day] - AHEAD_US) {
		return 0;
	}
	memcpy(plan.queue, f->queue, strnlen(f->queue, sizeof(plan.queue) - 1));
	gather_seen(g, day, gather_kind(g, &cxm__forecast__descriptor), 1);
	return rows_add(arg, &plan);
}

static int by_interval(const void *a, const void *b)
{
	const struct plan *x = a;
	const struct plan *y = b;

	if (x->at_us != y->at_us) {
		return x->at_us < y->at_us ? -1 : 1;
	}
	if (x->queue_key != y->queue_key) {
		return x->queue_key < y->queue_key ? -1 : 1;
	}
	if (x->published_us != y->published_us) {
		return x->published_us < y->published_us ? -1 : 1;
	}
	return (x->volume > y->volume) - (x->volume < y->volume);
}

/* The last of each interval and queue counts. */
static int add_plans(struct gather *g, struct rows *r)
{
	const struct plan *p = r->at;
	int rc = 0;

	rows_sort(r, by_interval);
	for (size_t i = 0; rc == 0 && i < r->n; i++) {
		bool newest = i + 1 == r->n || p[i + 1].at_us != p[i].at_us ||
		              p[i + 1].queue_key != p[i].queue_key;
		size_t day = gather_day_of(g, p[i].at_us);
		struct slice queue = slice_of(p[i].queue);

		if (newest) {
			rc = gather_add_slot(g, day, 0, queue, FORECASTS_EXPECTED, p[i].volume);
			rc = rc != 0 ? rc : gather_add_slot(g, day, 0, queue, FORECASTS_KNOWN, 1);
		}
	}
	return rc;
}

int forecasts_gather(struct gather *g)
{
	const struct cxm_kind *contacts = gather_kind(g, &cxm__queue_contact__descriptor);
	struct rows plans = { .size = sizeof(struct plan) };
	struct gather_sums q = {
		.kind = contacts,
		.label = cxm_field_named(contacts, slice_of("queue")),
		.count_at = FORECASTS_ACTUAL,
		.whole_day = true,
	};
	int rc = gather_expr(g, contacts, EXPR_IS_TRUTH, &q.of, OFFERED);

	rc = rc != 0 ? rc : gather_slots(g, &q);
	rc = rc != 0 ? rc
	             : gather_rows(g, gather_kind(g, &cxm__forecast__descriptor), on_forecast,
	                           &plans);
	rc = rc != 0 ? rc : add_plans(g, &plans);
	free(plans.at);
	return tally_explain(rc, g->e, g->fault);
}
