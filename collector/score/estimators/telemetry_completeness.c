/*
 * Slots received of slots expected, over all hosts (docs/model.md, telemetry_completeness): the
 * agent's own Gauge records (queue ""). A slot whose clock is more than 2 s off is received and of
 * no use. A host is expected from its first slot on to the end of the window, or to the newest slot
 * of any host on its last day, which may still be running: switching an agent off does not help.
 *
 * Items: a the host, b the length of a slot [ms], x[0] usable slots, x[1] begin of the first, x[2]
 * begin of the last, x[3] end of the day [us].
 */
#include "collector/score/evidence/gather.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "proto/evidence.pb-c.h"

#define HOSTS_MAX     1024 /* of one site */
#define OFFSET_MAX_MS 2000
#define US_PER_MS     1000.0
#define DAY_US        86400e6

struct host {
	struct tally_item item;
	double last_us; /* slot that was counted last: a second source says the same once more */
};

struct hosts {
	struct host list[HOSTS_MAX];
	size_t n;
	size_t day;
};

static int flush(struct gather *g, struct hosts *h)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < h->n; i++) {
		g->to->days[h->list[i].item.day].n += h->list[i].item.x[0];
		rc = gather_add_item(g, &h->list[i].item);
	}
	h->n = 0;
	return rc;
}

/* key: host; values: slot_ms, clock_offset_ms */
static int on_row(struct gather *g, void *arg, const struct store_columns_row *row)
{
	struct hosts *h = arg;
	size_t day = gather_day_of(g, row->time_us);
	double at_us = (double)row->time_us;
	bool usable = !(fabs(row->values[1]) > OFFSET_MAX_MS); /* not known: taken as right */
	size_t i = 0;
	int rc = 0;

	if (day == SIZE_MAX || !(row->values[0] > 0)) {
		return 0;
	}
	if (day != h->day) {
		rc = flush(g, h);
		h->day = day;
	}
	while (i < h->n && h->list[i].item.a != row->keys[0]) {
		i++;
	}
	if (i == HOSTS_MAX) {
		return -E2BIG;
	}
	if (i == h->n) {
		h->list[h->n++] = (struct host){
			.item = { .day = (uint32_t)day,
			          .a = row->keys[0],
			          .b = (uint64_t)row->values[0],
			          .x = { 0, at_us, at_us, (double)g->starts_us[day + 1] } },
			.last_us = NAN,
		};
	}
	if (h->list[i].last_us != at_us) {
		h->list[i].item.x[0] += usable;
		h->list[i].item.x[2] = at_us;
		h->list[i].last_us = at_us;
	}
	return rc;
}

static int gather(struct gather *g)
{
	const struct cxm_kind *kind = gather_kind(g, &cxm__gauge__descriptor);
	struct store_columns q = { .range = { .kind = kind }, .n_keys = 1, .n_values = 2 };
	struct hosts *hosts = calloc(1, sizeof(*hosts));
	int rc;

	if (hosts == NULL) {
		return fault_set(g->fault, -ENOMEM, "out of memory");
	}
	q.keys[0] = cxm_field_named(kind, SLICE("host"));
	rc = gather_expr(g, kind, EXPR_IS_TRUTH, &q.of, "queue == \"\"");
	rc = rc != 0 ? rc : gather_expr(g, kind, EXPR_IS_NUMBER, &q.values[0], "slot_ms");
	rc = rc != 0 ? rc : gather_expr(g, kind, EXPR_IS_NUMBER, &q.values[1], "clock_offset_ms");
	rc = rc != 0 ? rc : gather_columns(g, &q, on_row, hosts);
	rc = rc != 0 ? rc : flush(g, hosts);
	free(hosts);
	return tally_explain(rc, g->e, g->fault);
}

/* The end of what can be expected: the window's, reckoned from the newest day with data; on the
 * last day of the window its newest slot. */
static double end_of(const struct tallies *t)
{
	const struct tally_item *newest = &t->items[t->n_items - 1]; /* they come by day */
	double end_us = 0;

	if (newest->day + 1 < t->n_days) {
		return newest->x[3] + (double)(t->n_days - 1 - newest->day) * DAY_US;
	}
	for (size_t i = 0; i < t->n_items; i++) {
		if (t->items[i].day == newest->day) {
			end_us = fmax(end_us, t->items[i].x[2] + (double)t->items[i].b * US_PER_MS);
		}
	}
	return end_us;
}

/* Slots of one host, whose items are `first` and those with its key behind it. */
static void add_host(const struct tallies *t, size_t first, double end_us, struct stats_day *total)
{
	const struct tally_item *host = &t->items[first];
	double usable = 0;

	for (size_t i = first; i < t->n_items; i++) {
		usable += t->items[i].a == host->a ? t->items[i].x[0] : 0;
	}
	total->n += fmax(usable, round((end_us - host->x[1]) / ((double)host->b * US_PER_MS)));
	total->sum += usable;
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	struct stats_day total = { 0 };
	double end_us = t->n_items > 0 ? end_of(t) : 0;

	(void)is;
	(void)rules;
	(void)seed;
	for (size_t i = 0; i < t->n_items; i++) {
		bool known = false;

		for (size_t k = 0; k < i && !known; k++) {
			known = t->items[k].a == t->items[i].a;
		}
		if (!known) { /* the first day of a host: items come by day */
			add_host(t, i, end_us, &total);
		}
	}
	out->n = total.n;
	if (!(total.n > 0)) {
		return;
	}
	out->numerator = total.sum;
	out->denominator = total.n;
	out->value = total.sum / total.n;
	out->interval = (struct interval){ out->value, out->value };
}

const struct estimator estimator_telemetry_completeness = {
	.name = "telemetry_completeness",
	.intervals = 1 << MODEL_NO_INTERVAL,
	.any_days = true,
	.reads = { { &cxm__gauge__descriptor, 0, 0, false } },
	.gather = gather,
	.estimate = estimate,
};
