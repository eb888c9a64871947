/*
 * Figures of the site's own report that come out again from raw events, within 2 points or 2 %, of
 * the figures reported (docs/model.md, metric_reproducibility). Known: service level (20 s),
 * abandonment, speed of answer, handle time (both in seconds) and first contact resolution by
 * survey; figures of other names are left out. A period is at most 35 days. A figure that names
 * none cannot be reproduced and counts as such, unless none does: then nothing is known.
 *
 * Items: tag 1 where the figure names its period; x[0] reported, x[1] recomputed, x[2] 1 when they
 * agree.
 */
#include "collector/score/evidence/gather.h"
#include "collector/score/evidence/tally.h"
#include "collector/score/evidence/targets.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "proto/evidence.pb-c.h"

enum { TAG_NO_PERIOD, TAG_PERIOD };

#define PERIOD_DAYS_MAX 35
#define POINTS          0.02
#define PART            0.02
#define EPSILON         1e-9

static const struct figure {
	const char *names[4]; /* as reports call it */
	bool survey;          /* from Survey, else from QueueContact */
	bool share;           /* 0 to 1; a report may say percent */
	const char *of;
	const char *good; /* summed and divided by the rows */
	double divisor;
} figures[] = {
	{ { "service_level", "sl", "servicelevel" },
	  false,
	  true,
	  OFFERED,
	  "outcome == answered and wait_ms <= 20000",
	  1 },
	{ { "abandonment_rate", "abandonment", "abandon_rate" },
	  false,
	  true,
	  OFFERED,
	  "outcome == abandoned",
	  1 },
	{ { "asa", "speed_of_answer", "speed_of_answer_mean" },
	  false,
	  false,
	  "outcome == answered and known(wait_ms)",
	  "wait_ms",
	  1000 },
	{ { "aht", "handle_time", "average_handle_time" },
	  false,
	  false,
	  "outcome == answered and known(talk_ms)",
	  "talk_ms",
	  1000 },
	{ { "fcr", "first_contact_resolution" }, true, true, "kind == fcr", "value == 1", 1 },
};

static const struct figure *figure_of(const char *metric)
{
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		for (size_t k = 0; k < 4 && figures[i].names[k] != NULL; k++) {
			if (strcasecmp(metric, figures[i].names[k]) == 0) {
				return &figures[i];
			}
		}
	}
	return NULL;
}

struct recount {
	const char *queue; /* NULL: all */
	double n;
	double sum;
};

static int on_group(void *arg, const struct store_tally_row *row)
{
	struct recount *r = arg;

	if (r->queue == NULL || slice_eq(row->group, slice_of(r->queue))) {
		r->n += (double)row->n;
		for (size_t i = 0; i < STORE_SUMS_MAX; i++) {
			r->sum += row->sums[i];
		}
	}
	return 0;
}

static int recompute(struct gather *g, const Cxm__ReportedFigure *row, const struct figure *f,
                     double *out)
{
	const struct cxm_kind *kind = gather_kind(g, f->survey ? &cxm__survey__descriptor
	                                                       : &cxm__queue_contact__descriptor);
	bool all = row->queue[0] == '\0' || strcmp(row->queue, "*") == 0;
	struct recount r = { .queue = all ? NULL : row->queue };
	struct store_tally q = { .range = { kind, g->from->site, row->at_us, row->to_us },
		                 .n_sums = 1,
		                 .group = cxm_field_named(kind, SLICE("queue")) };
	bool handle = strcmp(f->good, "talk_ms") == 0;
	int rc = gather_expr(g, kind, EXPR_IS_TRUTH, &q.of, "%s", f->of);

	rc = rc != 0 ? rc : gather_expr(g, kind, EXPR_IS_NUMBER, &q.sums[0], "%s", f->good);
	if (rc == 0 && handle) { /* handle time is talk, hold and wrap-up, each where it is known */
		rc = gather_expr(g, kind, EXPR_IS_NUMBER, &q.sums[1], "hold_ms");
		rc = rc != 0 ? rc : gather_expr(g, kind, EXPR_IS_NUMBER, &q.sums[2], "wrap_ms");
		q.n_sums = 3;
	}
	rc = rc != 0 ? rc : g->from->store->ops->tally(g->from->store, &q, on_group, &r, g->fault);
	*out = r.n > 0 ? r.sum / r.n / f->divisor : NAN;
	return rc;
}

static bool has_period(const Cxm__ReportedFigure *row)
{
	return row->has_to_us && row->to_us > row->at_us &&
	       row->to_us <= row->at_us + PERIOD_DAYS_MAX * INT64_C(86400000000);
}

static int on_row(struct gather *g, void *arg, const ProtobufCMessage *m)
{
	const Cxm__ReportedFigure *row = (const Cxm__ReportedFigure *)(const void *)m;
	const struct figure *f = figure_of(row->metric);
	size_t day = gather_day_of(g, row->at_us);
	struct tally_item item = { .day = (uint32_t)day, .a = stats_fnv1a(row->metric) };
	double reported = row->value;
	double ours;
	int rc;

	(void)arg;
	if (day == SIZE_MAX) {
		return 0;
	}
	gather_seen(g, day, gather_kind(g, &cxm__reported_figure__descriptor), 1);
	if (f == NULL || !row->has_value) {
		return 0;
	}
	g->to->days[day].n += 1;
	item.b = stats_fnv1a(row->queue);
	if (!has_period(row)) {
		return gather_add_item(g, &item);
	}
	rc = recompute(g, row, f, &ours);
	if (rc != 0) {
		return rc;
	}
	item.tag = TAG_PERIOD;
	reported = f->share && reported > 1 ? reported / 100 : reported;
	item.x[0] = reported;
	item.x[1] = isnan(ours) ? -1 : ours;
	item.x[2] = (f->share && fabs(ours - reported) <= POINTS + EPSILON) ||
	            fabs(ours - reported) <= PART * fabs(ours) + EPSILON;
	return gather_add_item(g, &item);
}

static int gather(struct gather *g)
{
	return gather_rows(g, gather_kind(g, &cxm__reported_figure__descriptor), on_row, NULL);
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	double agree = 0;
	bool any = false;

	(void)seed;
	for (size_t i = 0; i < t->n_items; i++) {
		agree += t->items[i].x[2];
		any |= t->items[i].tag == TAG_PERIOD;
	}
	out->n = (double)t->n_items;
	if (!any) {
		return;
	}
	out->numerator = agree;
	out->denominator = out->n;
	out->value = agree / out->n;
	out->interval = is->interval == MODEL_WILSON ? stats_wilson(agree, out->n, rules->z)
	                                             : (struct interval){ out->value, out->value };
}

const struct estimator estimator_reproducibility = {
	.name = "reproducibility",
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_WILSON,
	.any_days = true,
	.reads = { { &cxm__reported_figure__descriptor, 0, 0, true },
	           { &cxm__queue_contact__descriptor, 0, PERIOD_DAYS_MAX, false },
	           { &cxm__survey__descriptor, 0, PERIOD_DAYS_MAX, false } },
	.gather = gather,
	.estimate = estimate,
};
