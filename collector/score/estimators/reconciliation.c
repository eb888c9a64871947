/*
 * How far two sources are apart on the same day: |answered by queue records - answered by the log
 * of channels, else by SIP| / the larger, the median over days (docs/model.md, reconciliation_gap).
 * A contact that is answered in two queues is one. SIP: dialogs from the switch outwards that got a
 * 2xx, because those ring agents. Its n is days on which both sources have something.
 *
 * Of dialogs only a share may have been followed, and their number is then an estimate: what chance
 * adds to a distance is taken off, and the interval holds what it leaves open (docs/sampling.md).
 *
 * Items: x[0] contacts by queue records, x[1] calls, x[2] dialogs and x[3] the variance of their
 * number; a and b the smallest and the largest share of them, 0 where all were followed.
 */
#include "collector/score/evidence/gather.h"

#include <math.h>

#include "collector/score/estimators/rows.h"
#include "collector/score/evidence/weights.h"
#include "proto/evidence.pb-c.h"

#define BISECTIONS 60 /* to the last bit */

#define DIALOGS    "direction == outbound and final_status >= 200 and final_status < 300"

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

/* ---- dialogs ---- */

static int on_dialog(void *arg, const struct store_tally_row *row)
{
	struct tally_item *item = arg;

	item->x[2] += 1;
	item->b += row->sums[0] > 0; /* how many tell a share: none, mostly */
	return 0;
}

/* A row, and which share of the calls was followed when it was made. */
struct told {
	uint64_t contact;
	uint64_t share_ppm;
};

static int on_told(void *arg, const struct store_columns_row *row)
{
	struct told one = { .contact = row->keys[0], .share_ppm = WEIGHTS_ALL_PPM };

	if (!row->has_key[0]) {
		return 0;
	}
	if (row->values[0] >= 1 && row->values[0] < WEIGHTS_ALL_PPM) {
		one.share_ppm = (uint64_t)row->values[0];
	}
	return rows_add(arg, &one);
}

/* The largest share of a contact last: two hosts that follow different shares of one call follow
 * it by the larger one. */
static int by_contact(const void *a, const void *b)
{
	const struct told *x = a;
	const struct told *y = b;
	int order = rows_order(x->contact, y->contact);

	return order != 0 ? order : rows_order(x->share_ppm, y->share_ppm);
}

static void weigh(const struct rows *told, struct tally_item *item)
{
	const struct told *list = told->at;
	struct counted counted = { 0 };

	for (size_t i = 0; i < told->n; i++) {
		if (i + 1 == told->n || list[i + 1].contact != list[i].contact) {
			weights_count(&counted, (uint32_t)list[i].share_ppm);
		}
	}
	item->x[2] = counted.all;
	item->x[3] = counted.variance;
	item->a = counted.lowest_ppm;
	item->b = counted.highest_ppm;
}

/* Mostly every call was followed, which one question finds; else each counts by its share. */
static int count_dialogs(struct gather *g, struct tally_item *item)
{
	const struct cxm_kind *kind = gather_kind(g, &cxm__dialog__descriptor);
	const struct cxm_field *contact = cxm_field_named(kind, SLICE("contact"));
	struct store_range day = { kind, g->from->site, g->starts_us[item->day],
		                   g->starts_us[item->day + 1] };
	struct store_tally q = { .range = day, .key = contact, .n_sums = 1 };
	struct store_columns rows = {
		.range = day, .keys = { contact }, .n_keys = 1, .n_values = 1
	};
	struct rows told = { .size = sizeof(struct told) };
	int rc = gather_expr(g, kind, EXPR_IS_TRUTH, &q.of, DIALOGS);

	rows.of = q.of;
	rc = rc != 0 ? rc : gather_expr(g, kind, EXPR_IS_NUMBER, &q.sums[0], "known(sampled_ppm)");
	rc = rc != 0 ? rc
	             : g->from->store->ops->tally(g->from->store, &q, on_dialog, item, g->fault);
	gather_seen(g, item->day, kind, item->x[2] > 0 ? 1 : 0);
	if (rc != 0 || item->b == 0) {
		return rc;
	}
	rc = gather_expr(g, kind, EXPR_IS_NUMBER, &rows.values[0], "sampled_ppm");
	rc = rc != 0 ? rc
	             : g->from->store->ops->columns(g->from->store, &rows, on_told, &told,
	                                            g->fault);
	if (rc == 0) {
		rows_sort(&told, by_contact);
		weigh(&told, item);
	}
	free(told.at);
	return tally_explain(rc, g->e, g->fault);
}

static int gather(struct gather *g)
{
	const struct cxm_kind *contacts = gather_kind(g, &cxm__queue_contact__descriptor);
	const struct cxm_kind *calls = gather_kind(g, &cxm__call__descriptor);
	int rc = 0;

	for (size_t d = g->first; rc == 0 && d <= g->last; d++) {
		struct tally_item item = { .day = (uint32_t)d };

		rc = count(g, d, contacts, "outcome == answered", &item.x[0]);
		rc = rc != 0 ? rc : count(g, d, calls, "agent_answered", &item.x[1]);
		rc = rc != 0 ? rc : count_dialogs(g, &item);
		if (rc == 0 && item.x[0] + item.x[1] + item.x[2] > 0) {
			g->to->days[d].n += 1;
			rc = gather_add_item(g, &item);
		}
	}
	return rc;
}

/* ---- days to a figure ---- */

/* The gap of each day as it shows, how far the share of the calls that was followed may have moved
 * it, and between what it lies. Cells are sorted each for themselves, `chance` as the days are. */
struct gaps {
	struct stats_cell shown[STATS_DAYS_MAX];
	struct stats_cell low[STATS_DAYS_MAX];
	struct stats_cell high[STATS_DAYS_MAX];
	double chance[STATS_DAYS_MAX]; /* standard error; 0: every call was followed */
	size_t n;
};

static double gap(double ours, double theirs)
{
	return fabs(ours - theirs) / fmax(ours, theirs);
}

static void add_day(struct gaps *to, uint32_t day, double shown, const struct interval *between,
                    double chance)
{
	struct stats_cell cell = { .value = shown, .n = 1, .day = day };

	if (isnan(shown)) {
		return; /* neither has anything */
	}
	to->shown[to->n] = cell;
	cell.value = between->low;
	to->low[to->n] = cell;
	cell.value = between->high;
	to->high[to->n] = cell;
	to->chance[to->n++] = chance;
}

/* A day whose dialogs are an estimate. */
static void add_estimated(struct gaps *to, uint32_t day, double ours, const struct counted *theirs,
                          double z)
{
	struct interval n = weights_between(theirs, z);
	bool inside = n.low <= ours && ours <= n.high;
	struct interval between = { inside ? 0 : gap(ours, ours < n.low ? n.low : n.high),
		                    fmax(gap(ours, n.low), gap(ours, n.high)) };

	add_day(to, day, gap(ours, theirs->all), &between,
	        sqrt(theirs->variance) / fmax(ours, theirs->all));
}

/* Shares of all days; highest 0: every dialog was followed. */
static struct score_sampled shares_of(const struct tallies *t)
{
	struct score_sampled all = { 0 };

	for (size_t i = 0; i < t->n_items; i++) {
		const struct tally_item *item = &t->items[i];
		uint32_t lowest = item->b > 0 ? (uint32_t)item->a : WEIGHTS_ALL_PPM;
		uint32_t highest = item->b > 0 ? (uint32_t)item->b : WEIGHTS_ALL_PPM;

		if (item->x[2] > 0) {
			all.lowest_ppm = all.highest_ppm == 0 || lowest < all.lowest_ppm
			                         ? lowest
			                         : all.lowest_ppm;
			all.highest_ppm = highest > all.highest_ppm ? highest : all.highest_ppm;
		}
	}
	return all.lowest_ppm < WEIGHTS_ALL_PPM ? all : (struct score_sampled){ 0 };
}

/* Of days whose gap is really so large, what part would show no more than `shown`? */
static double part_below(const struct gaps *g, double real, double shown)
{
	double sum = 0;

	for (size_t i = 0; i < g->n; i++) {
		double s = g->chance[i] * sqrt(2);

		sum += s > 0 ? (erf((shown - real) / s) + erf((shown + real) / s)) / 2
		             : real <= shown;
	}
	return sum / (double)g->n;
}

/* The gap of which half of the days would show no more than the median that shows: chance moves a
 * day's sum up or down, but its distance from another mostly up. */
static double median(const struct gaps *g)
{
	double shown = stats_quantile(g->shown, g->n, 0.5);
	double low = 0;
	double high = shown;

	if (part_below(g, 0, shown) < 0.5) {
		return 0; /* chance alone would show more */
	}
	for (unsigned i = 0; i < BISECTIONS && part_below(g, shown, shown) < 0.5; i++) {
		double middle = (low + high) / 2;

		if (part_below(g, middle, shown) < 0.5) {
			high = middle;
		} else {
			low = middle;
		}
	}
	return high;
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

/* A day on which no dialog was followed tells no share: it had the smallest one there was. */
static void add_item(struct gaps *to, const struct tally_item *item, bool calls,
                     uint32_t lowest_ppm, double z)
{
	double ours = item->x[0];
	double theirs = calls ? item->x[1] : item->x[2];
	struct counted counted = { theirs, item->x[3], lowest_ppm, lowest_ppm };

	if (calls || lowest_ppm == 0 || (theirs > 0 && item->x[3] == 0)) {
		struct interval exactly = { gap(ours, theirs), gap(ours, theirs) };

		add_day(to, item->day, gap(ours, theirs), &exactly, 0);
	} else {
		add_estimated(to, item->day, ours, &counted, z);
	}
}

static void judge(struct gaps *gaps, const struct model_indicator *is,
                  const struct model_rules *rules, struct estimate *out)
{
	struct stats_ranks ranks = stats_order_ranks(gaps->n, 0.5, rules->confidence);
	struct interval *sure = &out->interval;

	sort(gaps->shown, gaps->n);
	sort(gaps->low, gaps->n);
	sort(gaps->high, gaps->n);
	out->value = median(gaps);
	if (is->interval == MODEL_NO_INTERVAL) {
		*sure = (struct interval){ out->value, out->value };
		return;
	}
	sure->low = stats_value_of_rank(gaps->low, gaps->n, ranks.low);
	sure->high = stats_value_of_rank(gaps->high, gaps->n, ranks.high);
	sure->low = sure->low > out->value ? out->value : sure->low;
	sure->high = sure->high < out->value ? out->value : sure->high;
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	struct gaps gaps = { .n = 0 };
	bool calls = false;
	bool dialogs = false;

	(void)seed;
	for (size_t i = 0; i < t->n_items; i++) {
		calls |= t->items[i].x[1] > 0;
		dialogs |= t->items[i].x[2] > 0;
	}
	out->sampled = calls ? (struct score_sampled){ 0 } : shares_of(t);
	for (size_t i = 0; i < t->n_items && (calls || dialogs); i++) {
		add_item(&gaps, &t->items[i], calls, out->sampled.lowest_ppm, rules->z);
	}
	out->n = (double)gaps.n;
	out->days = gaps.n;
	if (gaps.n == 0) {
		out->why = t->n_items > 0 ? WHY_NO_EVIDENCE : WHY_NONE_FITS;
		out->missing = t->n_items > 0 ? is->evidence->reads[1].kind : NULL;
		return;
	}
	out->sampled.effective_n = out->sampled.highest_ppm > 0 ? out->n : 0;
	judge(&gaps, is, rules, out);
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
