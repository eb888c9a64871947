/*
 * Do evaluators who scored the same contacts agree? Fleiss' kappa of three or more evaluators,
 * Cohen's of two, over the critical items of calibrations. n: items that at least two have scored.
 *
 * Interval: bootstrap over contacts, with all their items: the items of one contact are not
 * independent. A second value by one evaluator for one item does not count: the later day's does.
 */
#include <math.h>
#include <stdlib.h>

#include "collector/score/estimators/rows.h"
#include "collector/score/evidence/gather.h"
#include "collector/stats/agreement.h"
#include "proto/evidence.pb-c.h"

/* An item keeps keys in doubles, which hold 53 bits: so in two halves. */
static double upper(uint64_t key)
{
	return (double)(key >> 32);
}

static double lower(uint64_t key)
{
	return (double)(uint32_t)key;
}

static uint64_t whole(const double halves[2])
{
	return (uint64_t)halves[0] << 32 | (uint64_t)halves[1];
}

enum { CONTACT, ITEM, EVALUATOR, VALUE };

static int on_rating(struct gather *g, void *arg, const struct store_columns_row *row)
{
	size_t day = gather_day_of(g, row->time_us);
	struct tally_item item = { .day = (uint32_t)day,
		                   .a = row->keys[CONTACT],
		                   .b = row->keys[ITEM],
		                   .x = { upper(row->keys[EVALUATOR]), lower(row->keys[EVALUATOR]),
		                          upper(row->keys[VALUE]), lower(row->keys[VALUE]) } };

	(void)arg;
	if (day == SIZE_MAX || !row->has_key[VALUE]) {
		return 0;
	}
	gather_seen(g, day, gather_kind(g, &cxm__calibration__descriptor), 1);
	g->to->days[day].n++;
	return gather_add_item(g, &item);
}

static int gather(struct gather *g)
{
	const struct cxm_kind *kind = gather_kind(g, &cxm__calibration__descriptor);
	struct store_columns q = { .range.kind = kind, .n_keys = 4 };
	int rc = gather_expr(g, kind, EXPR_IS_TRUTH, &q.of, "critical");

	q.keys[CONTACT] = cxm_field_named(kind, slice_of("contact"));
	q.keys[ITEM] = cxm_field_named(kind, slice_of("item"));
	q.keys[EVALUATOR] = cxm_field_named(kind, slice_of("evaluator"));
	q.keys[VALUE] = cxm_field_named(kind, slice_of("value"));
	return rc != 0 ? rc : gather_columns(g, &q, on_rating, NULL);
}

struct rating {
	uint64_t contact;
	uint64_t item;
	uint64_t evaluator;
	uint64_t value;
	uint32_t day;
};

static int by_item(const void *a, const void *b)
{
	const struct rating *x = a;
	const struct rating *y = b;
	int c = rows_order(x->contact, y->contact);

	c = c != 0 ? c : rows_order(x->item, y->item);
	c = c != 0 ? c : rows_order(x->evaluator, y->evaluator);
	c = c != 0 ? c : rows_order(y->day, x->day); /* the later first: it stays */
	return c != 0 ? c : rows_order(x->value, y->value);
}

static int by_key(const void *a, const void *b)
{
	return rows_order(*(const uint64_t *)a, *(const uint64_t *)b);
}

/* Sort, close up; returns how many differ. */
static size_t distinct(uint64_t *keys, size_t n)
{
	size_t kept = 0;

	qsort(keys, n, sizeof(*keys), by_key);
	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || keys[kept - 1] != keys[i]) {
			keys[kept++] = keys[i];
		}
	}
	return kept;
}

/* Everything an estimate needs to sort in; freed together. */
struct desk {
	struct rating *ratings;
	size_t n;
	uint64_t *keys;               /* scratch */
	struct stats_ratings *blocks; /* one a contact; beyond AGREEMENT_BLOCKS_MAX they share */
	size_t n_contacts;
	uint64_t values[AGREEMENT_CATEGORIES_MAX];
	size_t n_values;
	size_t evaluators;
};

static void desk_free(struct desk *d)
{
	free(d->ratings);
	free(d->keys);
	free(d->blocks);
}

/* One rating an evaluator and item, of items that at least two have rated. */
static void keep_usable(struct desk *d)
{
	size_t kept = 0;
	size_t single = 0;

	for (size_t i = 0; i < d->n; i++) {
		struct rating *last = kept > 0 ? &d->ratings[kept - 1] : NULL;

		if (last == NULL || last->contact != d->ratings[i].contact ||
		    last->item != d->ratings[i].item ||
		    last->evaluator != d->ratings[i].evaluator) {
			d->ratings[kept++] = d->ratings[i];
		}
	}
	d->n = kept;
	kept = 0;
	for (size_t i = 0; i < d->n; i += single) {
		for (single = 1;
		     i + single < d->n && d->ratings[i + single].contact == d->ratings[i].contact &&
		     d->ratings[i + single].item == d->ratings[i].item;
		     single++) {
		}
		for (size_t k = 0; single > 1 && k < single; k++) {
			d->ratings[kept++] = d->ratings[i + k];
		}
	}
	d->n = kept;
}

static int desk_lay(struct desk *d, const struct tallies *t)
{
	d->ratings = calloc(t->n_items, sizeof(*d->ratings));
	d->keys = calloc(t->n_items, sizeof(*d->keys));
	d->blocks = calloc(AGREEMENT_BLOCKS_MAX, sizeof(*d->blocks));
	if (d->ratings == NULL || d->keys == NULL || d->blocks == NULL) {
		return -1;
	}
	for (size_t i = 0; i < t->n_items; i++) {
		const struct tally_item *item = &t->items[i];

		d->ratings[i] = (struct rating){ item->a, item->b, whole(item->x),
			                         whole(item->x + 2), item->day };
	}
	d->n = t->n_items;
	qsort(d->ratings, d->n, sizeof(*d->ratings), by_item);
	keep_usable(d);
	return 0;
}

/* Which values there are, and how many evaluators. -1: more values than categories. */
static int desk_count(struct desk *d)
{
	size_t n;

	for (size_t i = 0; i < d->n; i++) {
		d->keys[i] = d->ratings[i].evaluator;
	}
	d->evaluators = distinct(d->keys, d->n);
	for (size_t i = 0; i < d->n; i++) {
		d->keys[i] = d->ratings[i].value;
	}
	n = distinct(d->keys, d->n);
	if (n > AGREEMENT_CATEGORIES_MAX) {
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		d->values[i] = d->keys[i];
	}
	d->n_values = n;
	return 0;
}

static unsigned category(const struct desk *d, const struct rating *r)
{
	unsigned k = 0;

	while (d->values[k] != r->value) {
		k++;
	}
	return k;
}

/* Items into blocks, a contact each. The two evaluators of Cohen come in the order of their keys.
 */
static void fill_blocks(struct desk *d, enum stats_kappa which)
{
	size_t end;

	for (size_t i = 0; i < d->n; i = end) {
		const struct rating *r = &d->ratings[i];
		unsigned counts[AGREEMENT_CATEGORIES_MAX] = { 0 };
		struct stats_ratings *block;

		d->n_contacts += i == 0 || r->contact != d->ratings[i - 1].contact;
		block = &d->blocks[(d->n_contacts - 1) % AGREEMENT_BLOCKS_MAX];
		for (end = i; end < d->n && d->ratings[end].contact == r->contact &&
		              d->ratings[end].item == r->item;
		     end++) {
			counts[category(d, &d->ratings[end])]++;
		}
		if (which == KAPPA_COHEN) {
			stats_ratings_pair(block, category(d, r), category(d, r + 1));
		} else {
			stats_ratings_item(block, counts);
		}
	}
}

static void judge(struct desk *d, const struct model_rules *rules, const char *seed,
                  struct estimate *out)
{
	enum stats_kappa which = d->evaluators == 2 ? KAPPA_COHEN : KAPPA_FLEISS;
	struct stats_ratings total = { 0 };
	size_t n_blocks;

	fill_blocks(d, which);
	n_blocks = d->n_contacts < AGREEMENT_BLOCKS_MAX ? d->n_contacts : AGREEMENT_BLOCKS_MAX;
	for (size_t i = 0; i < n_blocks; i++) {
		stats_ratings_add(&total, &d->blocks[i]);
	}
	out->n = total.items;
	out->value = stats_kappa(&total, which);
	if (!isnan(out->value)) {
		out->interval = stats_kappa_bootstrap(d->blocks, n_blocks, which, rules->confidence,
		                                      stats_random_of(seed));
	}
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	struct desk d = { 0 };

	out->n = 0;
	out->why = WHY_NONE_FITS;
	if (t->n_items > 0 && desk_lay(&d, t) == 0 && desk_count(&d) == 0 && d.n > 0) {
		judge(&d, rules, seed, out);
	}
	if (!isnan(out->value)) {
		out->why = WHY_NOTHING;
		out->interval = is->interval == MODEL_NO_INTERVAL
		                        ? (struct interval){ out->value, out->value }
		                        : out->interval;
	}
	desk_free(&d);
}

const struct estimator estimator_kappa = {
	.name = "kappa",
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_ITEM_BOOTSTRAP,
	.any_days = true,
	.reads = { { &cxm__calibration__descriptor, 0, 0, true } },
	.gather = gather,
	.estimate = estimate,
};
