/*
 * How far two sources are apart on the same day: |answered by queue records - answered by the log
 * of channels, else by SIP| / the larger, the median over days (docs/model.md, reconciliation_gap).
 * A contact that is answered in two queues is one. SIP: dialogs from the switch outwards that got a
 * 2xx, because those ring agents. Its n is days on which both sources have something.
 *
 * Items: x[0] contacts by queue records, x[1] calls, x[2] dialogs.
 */
#include "collector/score/evidence/gather.h"

#include <math.h>

#include "proto/evidence.pb-c.h"

static int on_key(void *arg, const struct store_tally_row *row)
{
	(void)row;
	*(double *)arg += 1;
	return 0;
}

/* Different contacts of a kind on a day. */
static int count(struct gather *g, size_t day, const struct cxm_kind *kind, const char *which,
                 double *out)
{
	struct store_tally q = { .range = { kind, g->from->site, g->starts_us[day],
		                            g->starts_us[day + 1] },
		                 .key = cxm_field_named(kind, SLICE("contact")) };
	int rc = gather_expr(g, kind, EXPR_IS_TRUTH, &q.of, "%s", which);

	*out = 0;
	rc = rc != 0 ? rc : g->from->store->ops->tally(g->from->store, &q, on_key, out, g->fault);
	gather_seen(g, day, kind, *out > 0 ? 1 : 0);
	return rc;
}

static int gather(struct gather *g)
{
	const struct cxm_kind *contacts = gather_kind(g, &cxm__queue_contact__descriptor);
	const struct cxm_kind *calls = gather_kind(g, &cxm__call__descriptor);
	const struct cxm_kind *dialogs = gather_kind(g, &cxm__dialog__descriptor);
	int rc = 0;

	for (size_t d = g->first; rc == 0 && d <= g->last; d++) {
		struct tally_item item = { .day = (uint32_t)d };

		rc = count(g, d, contacts, "outcome == answered", &item.x[0]);
		rc = rc != 0 ? rc : count(g, d, calls, "agent_answered", &item.x[1]);
		rc = rc != 0 ? rc
		             : count(g, d, dialogs,
		                     "direction == outbound and final_status >= 200 and "
		                     "final_status < 300",
		                     &item.x[2]);
		if (rc == 0 && item.x[0] + item.x[1] + item.x[2] > 0) {
			g->to->days[d].n += 1;
			rc = gather_add_item(g, &item);
		}
	}
	return rc;
}

static void sort(struct stats_cell *cells, size_t n)
{
	for (size_t i = 1; i < n; i++) { /* one a day: few */
		struct stats_cell one = cells[i];
		size_t k = i;

		for (; k > 0 && cells[k - 1].value > one.value; k--) {
			cells[k] = cells[k - 1];
		}
		cells[k] = one;
	}
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	struct stats_cell cells[STATS_DAYS_MAX];
	struct stats_ranks ranks;
	bool calls = false;
	bool dialogs = false;
	size_t n = 0;

	(void)seed;
	for (size_t i = 0; i < t->n_items; i++) {
		calls |= t->items[i].x[1] > 0;
		dialogs |= t->items[i].x[2] > 0;
	}
	for (size_t i = 0; i < t->n_items && (calls || dialogs); i++) {
		double ours = t->items[i].x[0];
		double theirs = calls ? t->items[i].x[1] : t->items[i].x[2];

		cells[n++] = (struct stats_cell){ .value = fabs(ours - theirs) / fmax(ours, theirs),
			                          .n = 1,
			                          .day = t->items[i].day };
		n -= isnan(cells[n - 1].value); /* neither has anything */
	}
	sort(cells, n);
	out->n = (double)n;
	out->days = n;
	if (n == 0) {
		out->why = t->n_items > 0 ? WHY_NO_EVIDENCE : WHY_NONE_FITS;
		out->missing = t->n_items > 0 ? is->evidence->reads[1].kind : NULL;
		return;
	}
	out->value = stats_quantile(cells, n, 0.5);
	if (is->interval == MODEL_NO_INTERVAL) {
		out->interval = (struct interval){ out->value, out->value };
		return;
	}
	ranks = stats_order_ranks(n, 0.5, rules->confidence);
	out->interval.low = stats_value_of_rank(cells, n, ranks.low);
	out->interval.high = stats_value_of_rank(cells, n, ranks.high);
}

const struct estimator estimator_reconciliation = {
	.name = "reconciliation",
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_ORDER_STATISTIC,
	.reads = { { &cxm__queue_contact__descriptor, 0, 0, true },
	           { &cxm__call__descriptor, 0, 0, false },
	           { &cxm__dialog__descriptor, 0, 0, false } },
	.gather = gather,
	.estimate = estimate,
};
