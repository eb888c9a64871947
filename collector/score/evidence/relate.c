#include "collector/score/evidence/relate.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/score/evidence/tallies.h"
#include "collector/score/evidence/tally.h"
#include "collector/score/evidence/weights.h"

#define US_PER_MS       1000.0
#define NOT_RELATED     INT64_MAX
#define SHARE_MAX       1000000 /* all calls */

#define BUCKET_BITS_MAX 21 /* RELATE_ROWS_MAX of them: 8 MiB */

/* A left row. What its block needs of it, and the time of the first row that fits, by relation. */
struct left {
	uint32_t day;
	uint32_t share_ppm : 31; /* of calls followed; 0: the row says none */
	uint32_t has_good : 1;
	double good;
	double per;
	double value;
	int64_t found_us[MODEL_RELATIONS];
	int64_t since_us;
};

/* The part of a left row that one relation compares. */
struct entry {
	uint64_t key[MODEL_KEYS_MAX];
	int64_t since_us;
	uint64_t differs;
	bool has_differs;
	uint32_t left; /* its number */
	uint32_t next; /* the first entry from here that has found nothing yet */
};

struct relating {
	struct gather *g;
	struct left *left;
	size_t n_left;
	size_t cap_left;
	struct entry *entries[MODEL_RELATIONS];
	size_t n_entries[MODEL_RELATIONS];
	size_t cap_entries[MODEL_RELATIONS];
	/* where each thing stands in a row of the left query */
	size_t key_at[MODEL_RELATIONS];
	int since_at[MODEL_RELATIONS]; /* among the values; -1: at_us */
	int good_at;                   /* likewise; -1: none */
	int value_at;
	int share_at;
	size_t per_at;
	/* the relation whose rows stream past */
	enum model_relation_role role;
};

bool relate_needed(const struct model_evidence *e)
{
	for (size_t i = 0; i < MODEL_RELATIONS; i++) {
		if (e->relations[i].to != NULL) {
			return true;
		}
	}
	return false;
}

/* ---- left rows ---- */

static int more(void **list, size_t n, size_t *cap, size_t size)
{
	size_t want = *cap > 0 ? 2 * *cap : 1024;
	void *grown;

	if (n < *cap) {
		return 0;
	}
	if (n >= RELATE_ROWS_MAX) {
		return -E2BIG;
	}
	grown = realloc(*list, want * size);
	if (grown == NULL) {
		return -ENOMEM;
	}
	*list = grown;
	*cap = want;
	return 0;
}

static int add_entry(struct relating *r, size_t i, const struct store_columns_row *row)
{
	const struct model_relation *rel = &r->g->e->relations[i];
	const size_t at = r->key_at[i];
	double since = r->since_at[i] >= 0 ? row->values[r->since_at[i]] : (double)row->time_us;
	struct entry e = { .left = (uint32_t)r->n_left };
	void *list = r->entries[i];
	int rc;

	for (size_t k = 0; k < rel->n_keys; k++) {
		if (!row->has_key[at + k]) {
			return 0; /* nobody knows to whom it belongs: not related */
		}
		e.key[k] = row->keys[at + k];
	}
	if (isnan(since)) {
		return 0;
	}
	e.since_us = (int64_t)since;
	if (rel->differs_left != NULL) {
		e.has_differs = row->has_key[at + rel->n_keys];
		e.differs = row->keys[at + rel->n_keys];
	}
	rc = more(&list, r->n_entries[i], &r->cap_entries[i], sizeof(e));
	r->entries[i] = list;
	if (rc == 0) {
		r->entries[i][r->n_entries[i]++] = e;
	}
	return rc;
}

static double known_or_0(double v)
{
	return isnan(v) ? 0 : v;
}

static int on_left(void *arg, const struct store_columns_row *row)
{
	struct relating *r = arg;
	struct gather *g = r->g;
	const struct model_evidence *e = g->e;
	size_t day = gather_day_of(g, row->time_us);
	struct left l = { .day = (uint32_t)day, .per = e->per.n == 0 ? 1 : 0, .value = NAN };
	void *list = r->left;
	int rc;

	l.has_good = r->good_at < 0 || !isnan(row->values[r->good_at]);
	l.good = r->good_at < 0 ? 1 : known_or_0(row->values[r->good_at]);
	if (r->share_at >= 0 && row->values[r->share_at] <= SHARE_MAX) {
		l.share_ppm = (uint32_t)row->values[r->share_at];
	}
	l.value = r->value_at < 0 ? NAN : row->values[r->value_at];
	for (size_t i = 0; i < e->per.n; i++) {
		l.per += known_or_0(row->values[r->per_at + i]);
	}
	l.since_us = r->since_at[MODEL_RELATE] < 0 || isnan(row->values[r->since_at[MODEL_RELATE]])
	                     ? row->time_us
	                     : (int64_t)row->values[r->since_at[MODEL_RELATE]];
	for (size_t i = 0; i < MODEL_RELATIONS; i++) {
		l.found_us[i] = NOT_RELATED;
	}
	rc = more(&list, r->n_left, &r->cap_left, sizeof(l));
	r->left = list;
	for (size_t i = 0; rc == 0 && i < MODEL_RELATIONS; i++) {
		rc = e->relations[i].to != NULL ? add_entry(r, i, row) : 0;
	}
	if (rc == 0) {
		r->left[r->n_left++] = l;
	}
	return rc;
}

/* Columns of the left rows: keys of each relation, then good, per, value and times. */
static int plan_left(struct relating *r, struct store_columns *q)
{
	const struct model_evidence *e = r->g->e;
	int rc = 0;

	q->of = e->of;
	r->good_at = e->good.at[0] != NULL ? (int)q->n_values : -1;
	if (r->good_at >= 0) {
		q->values[q->n_values++] = e->good.at[0];
	}
	r->per_at = q->n_values;
	for (size_t i = 0; i < e->per.n; i++) {
		q->values[q->n_values++] = e->per.at[i];
	}
	r->value_at = e->value.at[0] != NULL ? (int)q->n_values : -1;
	if (r->value_at >= 0) {
		q->values[q->n_values++] = e->value.at[0];
	}
	r->share_at = e->share != NULL ? (int)q->n_values : -1;
	if (r->share_at >= 0) {
		rc = gather_expr(r->g, e->from, EXPR_IS_NUMBER, &q->values[q->n_values++], "%s",
		                 e->share->name);
	}
	for (size_t i = 0; rc == 0 && i < MODEL_RELATIONS; i++) {
		const struct model_relation *rel = &e->relations[i];

		r->key_at[i] = q->n_keys;
		r->since_at[i] = -1;
		for (size_t k = 0; k < rel->n_keys; k++) {
			q->keys[q->n_keys++] = rel->left[k];
		}
		if (rel->differs_left != NULL) {
			q->keys[q->n_keys++] = rel->differs_left;
		}
		if (rel->since != NULL) {
			r->since_at[i] = (int)q->n_values;
			rc = gather_expr(r->g, e->from, EXPR_IS_NUMBER, &q->values[q->n_values++],
			                 "%s", rel->since->name);
		}
	}
	return rc;
}

static int read_left(struct relating *r)
{
	const struct gather *g = r->g;
	struct store_columns q = { .range = { g->e->from, g->from->site, g->starts_us[g->first],
		                              g->starts_us[g->last + 1] } };
	int rc = plan_left(r, &q);

	if (rc == 0) {
		rc = g->from->store->ops->columns(g->from->store, &q, on_left, r, g->fault);
	}
	return tally_explain(rc, g->e, g->fault);
}

/* ---- right rows ---- */

static int by_key(const void *a, const void *b)
{
	const struct entry *x = a;
	const struct entry *y = b;

	for (size_t k = 0; k < MODEL_KEYS_MAX; k++) {
		if (x->key[k] != y->key[k]) {
			return x->key[k] < y->key[k] ? -1 : 1;
		}
	}
	if (x->since_us != y->since_us) {
		return x->since_us < y->since_us ? -1 : 1;
	}
	return (x->left > y->left) - (x->left < y->left);
}

/* How many of the first bits of a key make about one bucket an entry. */
static unsigned bucket_bits(size_t n)
{
	unsigned bits = 1;

	while (bits < BUCKET_BITS_MAX && ((size_t)1 << bits) < n) {
		bits++;
	}
	return bits;
}

/* Keys are mostly hashes, so their first bits spread the entries evenly: what remains to be sorted
 * are a few of each bucket. Without the memory, or with other keys, it is one sort as ever. */
static void sort_entries(struct entry *list, size_t n)
{
	unsigned bits = bucket_bits(n);
	uint32_t *ends = calloc(((size_t)1 << bits) + 1, sizeof(*ends));
	struct entry *copy = n > 1 ? malloc(n * sizeof(*copy)) : NULL;
	size_t from = 0;

	if (ends == NULL || copy == NULL) {
		free(ends);
		free(copy);
		qsort(list, n, sizeof(*list), by_key);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		ends[(list[i].key[0] >> (64 - bits)) + 1]++;
	}
	for (size_t b = 1; b <= (size_t)1 << bits; b++) {
		ends[b] += ends[b - 1];
	}
	for (size_t i = 0; i < n; i++) { /* now each bucket's beginning becomes its end */
		copy[ends[list[i].key[0] >> (64 - bits)]++] = list[i];
	}
	memcpy(list, copy, n * sizeof(*list));
	for (size_t b = 0; b < (size_t)1 << bits; from = ends[b++]) {
		if (ends[b] - from > 1) {
			qsort(&list[from], ends[b] - from, sizeof(*list), by_key);
		}
	}
	free(ends);
	free(copy);
}

/* The first entry that is not before `e`. */
static size_t lower_bound(const struct entry *list, size_t n, const struct entry *e)
{
	size_t low = 0;

	while (n > 0) {
		size_t half = n / 2;

		if (by_key(&list[low + half], e) < 0) {
			low += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return low;
}

/* The first entry from `i` on that has found nothing yet; what lies between is skipped from now on.
 */
static uint32_t open_from(struct entry *list, uint32_t i, uint32_t n)
{
	uint32_t end = i;

	while (end < n && list[end].next != end) {
		end = list[end].next;
	}
	while (i < end) {
		uint32_t next = list[i].next;

		list[i].next = end;
		i = next;
	}
	return end;
}

static bool same_key(const struct entry *a, const struct entry *b)
{
	return memcmp(a->key, b->key, sizeof(a->key)) == 0;
}

static int on_right(void *arg, const struct store_columns_row *row)
{
	struct relating *r = arg;
	const struct model_relation *rel = &r->g->e->relations[r->role];
	struct entry *list = r->entries[r->role];
	uint32_t n = (uint32_t)r->n_entries[r->role];
	struct entry at = { .since_us = row->time_us - rel->within_us };
	size_t day = gather_day_of(r->g, row->time_us);

	for (size_t k = 0; k < rel->n_keys; k++) {
		if (!row->has_key[k]) {
			return 0;
		}
		at.key[k] = row->keys[k];
	}
	for (uint32_t i = open_from(list, (uint32_t)lower_bound(list, n, &at), n);
	     i < n && same_key(&list[i], &at) && list[i].since_us <= row->time_us - rel->from_us;
	     i = open_from(list, i + 1, n)) {
		if (rel->differs_left != NULL &&
		    (!list[i].has_differs || !row->has_key[rel->n_keys] ||
		     list[i].differs == row->keys[rel->n_keys])) {
			continue;
		}
		r->left[list[i].left].found_us[r->role] = row->time_us;
		list[i].next = i + 1;
		/* a row after the run's last day shows as well that there are such rows */
		gather_seen(r->g, day != SIZE_MAX ? day : r->left[list[i].left].day, rel->to, 1);
	}
	return 0;
}

static int read_right(struct relating *r, enum model_relation_role role)
{
	const struct model_relation *rel = &r->g->e->relations[role];
	struct entry *list = r->entries[role];
	size_t n = r->n_entries[role];
	struct store_columns q = { .range = { .kind = rel->to, .site = r->g->from->site },
		                   .of = rel->of,
		                   .time = rel->time };
	int64_t first_us = INT64_MAX;
	int64_t last_us = INT64_MIN;
	int rc;

	if (n == 0) {
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		first_us = list[i].since_us < first_us ? list[i].since_us : first_us;
		last_us = list[i].since_us > last_us ? list[i].since_us : last_us;
	}
	sort_entries(list, n);
	for (size_t i = 0; i < n; i++) {
		list[i].next = (uint32_t)i;
	}
	for (size_t k = 0; k < rel->n_keys; k++) {
		q.keys[q.n_keys++] = rel->right[k];
	}
	if (rel->differs_right != NULL) {
		q.keys[q.n_keys++] = rel->differs_right;
	}
	r->role = role;
	q.range.from_us = first_us + rel->from_us - (rel->time != NULL ? rel->reach_us : 0);
	q.range.to_us = last_us + rel->within_us + 1;
	rc = r->g->from->store->ops->columns(r->g->from->store, &q, on_right, r, r->g->fault);
	return tally_explain(rc, r->g->e, r->g->fault);
}

/* ---- rows that say whether they count ---- */

static int on_told(void *arg, const struct store_tally_row *row)
{
	*(uint64_t *)arg += row->n;
	return 0;
}

static int count_told(struct gather *g, const struct model_relation *rel)
{
	int rc = 0;

	for (size_t i = g->first; rc == 0 && i <= g->last; i++) {
		struct store_tally q = { .range = { rel->to, g->from->site, g->starts_us[i],
			                            g->starts_us[i + 1] },
			                 .of = rel->told };
		uint64_t rows = 0;

		rc = g->from->store->ops->tally(g->from->store, &q, on_told, &rows, g->fault);
		gather_seen(g, i, rel->to, rows);
	}
	return rc;
}

/* ---- the days ---- */

static bool counts(const struct model_evidence *e, const struct left *l)
{
	return (e->relations[MODEL_ONLY].to == NULL || l->found_us[MODEL_ONLY] != NOT_RELATED) &&
	       (e->relations[MODEL_EXCEPT].to == NULL || l->found_us[MODEL_EXCEPT] == NOT_RELATED);
}

static double good_of(const struct model_evidence *e, const struct left *l)
{
	bool related = l->found_us[MODEL_RELATE] != NOT_RELATED;

	if ((e->related == MODEL_IS_RELATED && !related) ||
	    (e->related == MODEL_NOT_RELATED && related)) {
		return 0;
	}
	return l->has_good ? l->good : 0;
}

/* NAN: the row has none. */
static double value_of(const struct model_evidence *e, const struct left *l)
{
	bool related = l->found_us[MODEL_RELATE] != NOT_RELATED;

	if (!e->gap) {
		return l->value;
	}
	if (related) {
		return (double)(l->found_us[MODEL_RELATE] - l->since_us) / US_PER_MS;
	}
	/* who has waited so long in vain is known to wait longer; a quantile cannot say that */
	return (e->estimator->wants & ESTIMATOR_GOOD) != 0
	               ? (double)e->relations[MODEL_RELATE].within_us / US_PER_MS
	               : NAN;
}

static int add_row(struct gather *g, const struct left *l)
{
	const struct model_evidence *e = g->e;
	double weight = weight_of(l->share_ppm);
	struct stats_cell cell = { .n = weight, .day = l->day };
	struct stats_day rows = { .n = l->per, .sum = good_of(e, l) };
	double value;
	int rc;

	if (!counts(e, l)) {
		return 0;
	}
	if (!e->estimator->by_value) {
		return weights_add(g->to, l->day, l->share_ppm, &rows);
	}
	value = value_of(e, l);
	if (isnan(value)) {
		return 0;
	}
	cell.value = value / e->divisor;
	cell.events = good_of(e, l) > 0 ? weight : 0;
	rows = (struct stats_day){ .n = 1 };
	rc = weights_add(g->to, l->day, l->share_ppm, &rows);
	return rc != 0 ? rc : gather_add_cell(g, &cell);
}

/* Another kind may be missing; and rows of the same kind may have nothing to say about `of`. */
static bool relation_tells(const struct model_evidence *e, enum model_relation_role role)
{
	const struct model_relation *rel = &e->relations[role];

	return rel->to != e->from || (role == MODEL_RELATE && rel->told != NULL);
}

int relate_gather(struct gather *g)
{
	struct relating r = { .g = g };
	int rc = read_left(&r);

	for (size_t i = 0; rc == 0 && i < MODEL_RELATIONS; i++) {
		const struct model_relation *rel = &g->e->relations[i];

		if (rel->to != NULL) {
			rc = relation_tells(g->e, (enum model_relation_role)i) ? count_told(g, rel)
			                                                       : 0;
			rc = rc != 0 ? rc : read_right(&r, (enum model_relation_role)i);
		}
	}
	for (size_t i = 0; rc == 0 && i < r.n_left; i++) {
		rc = add_row(g, &r.left[i]);
	}
	for (size_t i = 0; i < MODEL_RELATIONS; i++) {
		free(r.entries[i]);
	}
	free(r.left);
	return tally_explain(rc, g->e, g->fault);
}
