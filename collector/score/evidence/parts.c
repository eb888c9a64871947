#include "collector/score/evidence/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/score/evidence/part.h"
#include "score_form.h"

#define DAY_US      (INT64_C(86400) * 1000000)
#define BEFORE_DAYS (2 * STATS_DAYS_MAX + 2) /* lookback, and what a block reads before that */
#define AFTER_DAYS  (STATS_DAYS_MAX + 2)

static int on_change(void *arg, const struct store_change *change)
{
	struct parts *p = arg;

	if (p->n == p->cap) {
		size_t cap = p->cap > 0 ? 2 * p->cap : 1024;
		struct store_change *list =
			p->n < PARTS_CHANGES_MAX ? realloc(p->list, cap * sizeof(*list)) : NULL;

		if (list == NULL) {
			return p->n < PARTS_CHANGES_MAX ? -ENOMEM : -E2BIG;
		}
		p->list = list;
		p->cap = cap;
	}
	p->list[p->n] = *change;
	if (p->n > 0 && p->list[p->n - 1].kind == change->kind) {
		p->list[p->n].rows += p->list[p->n - 1].rows;
	}
	p->n++;
	return 0;
}

int parts_open(struct parts *p, struct cache *cache, const struct tally_source *from,
               struct fault *fault)
{
	struct store_changes q = { .site = from->site,
		                   .from_day = from->window->from_day - BEFORE_DAYS,
		                   .to_day = from->window->to_day + AFTER_DAYS };
	int rc;

	*p = (struct parts){ .cache = cache,
		             .site = from->site,
		             .timezone = from->window->timezone };
	if (cache == NULL || from->store->ops->changes == NULL) {
		return 0;
	}
	rc = from->store->ops->changes(from->store, &q, on_change, p, fault);
	p->born = q.born;
	return rc == -E2BIG ? 0 : rc;
}

void parts_close(struct parts *p)
{
	free(p->list);
	p->list = NULL;
	p->n = 0;
}

int parts_use(struct parts *p, struct cache *cache, struct tally_source *from, struct fault *fault)
{
	int rc = parts_open(p, cache, from, fault);

	from->parts = rc == 1 ? p : NULL;
	return rc < 0 ? rc : 0;
}

void parts_done(struct parts *p)
{
	if (p->cache != NULL) {
		(void)cache_commit(p->cache);
	}
	parts_close(p);
}

/* The first entry that is not before a kind's day. */
static size_t lower_bound(const struct parts *p, uint32_t kind, int32_t day)
{
	size_t low = 0;
	size_t n = p->n;

	while (n > 0) {
		size_t half = n / 2;
		const struct store_change *c = &p->list[low + half];
		bool before = c->kind < kind || (c->kind == kind && c->day < day);

		low += before ? half + 1 : 0;
		n = before ? n - half - 1 : half;
	}
	return low;
}

/* Changes of a kind before a day. */
static uint64_t before(const struct parts *p, uint32_t kind, int32_t day)
{
	size_t i = lower_bound(p, kind, day);

	return i > 0 && p->list[i - 1].kind == kind ? p->list[i - 1].rows : 0;
}

uint64_t parts_changes(const struct parts *p, const struct cxm_kind *kind, int32_t from_day,
                       int32_t to_day)
{
	return before(p, kind->number, to_day + 1) - before(p, kind->number, from_day);
}

/* FNV-1a over the bytes of a number. */
static uint64_t mix(uint64_t hash, uint64_t v)
{
	for (unsigned i = 0; i < 64; i += 8) {
		hash = (hash ^ (v >> i & 0xff)) * UINT64_C(0x100000001b3);
	}
	return hash;
}

static int32_t utc_day(int64_t at_us)
{
	return (int32_t)(at_us / DAY_US - (at_us % DAY_US < 0));
}

uint64_t parts_signature(const struct parts *p, const struct model_evidence *e, int64_t from_us,
                         int64_t to_us)
{
	uint64_t hash = mix(UINT64_C(0xcbf29ce484222325), p->born);

	for (size_t i = 0; i < e->n_reads; i++) {
		const struct model_read *r = &e->reads[i];

		hash = mix(hash, r->kind->number);
		hash = mix(hash, parts_changes(p, r->kind, utc_day(from_us - r->before_us),
		                               utc_day(to_us + r->after_us - 1)));
	}
	return hash;
}

struct cache_key parts_key(const struct parts *p, uint64_t hash)
{
	return (struct cache_key){ mix(hash, SCORE_FORM), p->site, p->timezone };
}

static struct cache_key key_of(const struct parts *p, const struct gather *g)
{
	return parts_key(p, mix(g->e->hash, (uint64_t)g->rules->interval_minutes));
}

struct loading {
	const struct parts *p;
	const struct gather *g;
	bool *have;
};

static int on_part(void *arg, int32_t day, uint64_t signature, struct cursor data)
{
	struct loading *l = arg;
	size_t i = (size_t)(day - l->g->to->first_day);
	int rc;

	if (signature !=
	    parts_signature(l->p, l->g->e, l->g->starts_us[i], l->g->starts_us[i + 1])) {
		return 0;
	}
	rc = part_read(l->g->to, i, data);
	l->have[i] = rc == 0;
	return rc;
}

int parts_load(const struct parts *p, const struct gather *g, bool *have)
{
	struct loading l = { p, g, have };
	struct cache_key key = key_of(p, g);
	const int32_t days[2] = { g->to->first_day, g->to->first_day + (int32_t)g->to->n_days - 1 };

	return cache_load(p->cache, &key, days, on_part, &l);
}

void parts_keep(const struct parts *p, const struct gather *g, const bool *have)
{
	struct cache_key key = key_of(p, g);
	struct buf data;
	int rc = 0;

	buf_init(&data, PART_MAX_BYTES);
	for (size_t i = 0; rc == 0 && i < g->to->n_days; i++) {
		if (have[i]) {
			continue;
		}
		buf_reset(&data);
		part_write(g->to, i, &data);
		rc = data.failed ? -ENOMEM
		                 : cache_keep(p->cache, &key, g->to->first_day + (int32_t)i,
		                              parts_signature(p, g->e, g->starts_us[i],
		                                              g->starts_us[i + 1]),
		                              cursor_of(data.data, data.len));
	}
	buf_free(&data);
}
