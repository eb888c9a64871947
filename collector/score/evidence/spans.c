#include "collector/score/evidence/spans.h"

#include <errno.h>
#include <stdlib.h>

#include "proto/evidence.pb-c.h"

static int add(struct spans *s, const struct span *one)
{
	struct span *list;
	size_t cap = s->cap > 0 ? 2 * s->cap : 1024;

	if (s->n == s->cap) {
		if (s->n >= SPANS_MAX) {
			return -E2BIG;
		}
		list = realloc(s->list, cap * sizeof(*list));
		if (list == NULL) {
			return -ENOMEM;
		}
		s->list = list;
		s->cap = cap;
	}
	s->list[s->n++] = *one;
	return 0;
}

/* keys: agent, state; value: duration_ms */
static int on_row(struct gather *g, void *arg, const struct store_columns_row *row)
{
	size_t day = gather_day_of(g, row->time_us);
	struct span one = { .agent = row->keys[0],
		            .paused = row->keys[1] == CXM__AGENT_SPAN__STATE__PAUSED,
		            .from_us = row->time_us };

	if (day != SIZE_MAX) {
		gather_seen(g, day, gather_kind(g, &cxm__agent_span__descriptor), 1);
	}
	if (!(row->values[0] > 0)) {
		return 0; /* without its end nobody knows how long */
	}
	one.to_us = one.from_us + (int64_t)(row->values[0] * 1000);
	return one.to_us > g->starts_us[g->first] ? add(arg, &one) : 0;
}

static int by_agent(const void *a, const void *b)
{
	const struct span *x = a;
	const struct span *y = b;

	if (x->agent != y->agent) {
		return x->agent < y->agent ? -1 : 1;
	}
	if (x->paused != y->paused) {
		return x->paused ? 1 : -1;
	}
	return (x->from_us > y->from_us) - (x->from_us < y->from_us);
}

/* Overlapping stretches of one agent in one state become one. */
static void merge(struct spans *s)
{
	size_t n = 0;

	for (size_t i = 1; i < s->n; i++) {
		struct span *last = &s->list[n];
		const struct span *next = &s->list[i];

		if (last->agent == next->agent && last->paused == next->paused &&
		    next->from_us <= last->to_us) {
			last->to_us = next->to_us > last->to_us ? next->to_us : last->to_us;
		} else {
			s->list[++n] = *next;
		}
	}
	s->n = s->n > 0 ? n + 1 : 0;
}

int spans_read(struct gather *g, struct spans *out)
{
	const struct cxm_kind *kind = gather_kind(g, &cxm__agent_span__descriptor);
	struct store_columns q = { .range = { .kind = kind }, .n_keys = 2, .n_values = 1 };
	int rc;

	*out = (struct spans){ 0 };
	q.keys[0] = cxm_field_named(kind, SLICE("agent"));
	q.keys[1] = cxm_field_named(kind, SLICE("state"));
	rc = gather_expr(g, kind, EXPR_IS_NUMBER, &q.values[0], "duration_ms");
	rc = rc != 0 ? rc : gather_columns(g, &q, on_row, out);
	if (rc == 0 && out->n > 1) {
		qsort(out->list, out->n, sizeof(*out->list), by_agent);
	}
	merge(out);
	return rc;
}

void spans_free(struct spans *s)
{
	free(s->list);
	*s = (struct spans){ 0 };
}

size_t spans_of(const struct spans *s, uint64_t agent, bool paused)
{
	struct span want = { .agent = agent, .paused = paused, .from_us = INT64_MIN };
	size_t low = 0;
	size_t n = s->n;

	while (n > 0) {
		size_t half = n / 2;

		if (by_agent(&s->list[low + half], &want) < 0) {
			low += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return low < s->n && s->list[low].agent == agent && s->list[low].paused == paused ? low
	                                                                                  : s->n;
}

static int64_t overlap_us(const struct span *s, int64_t from_us, int64_t to_us)
{
	int64_t from = s->from_us > from_us ? s->from_us : from_us;
	int64_t to = s->to_us < to_us ? s->to_us : to_us;

	return to > from ? to - from : 0;
}

int64_t spans_ready_us(const struct spans *s, uint64_t agent, int64_t from_us, int64_t to_us)
{
	int64_t us = 0;

	for (size_t i = spans_of(s, agent, false);
	     i < s->n && s->list[i].agent == agent && !s->list[i].paused; i++) {
		int64_t a = s->list[i].from_us > from_us ? s->list[i].from_us : from_us;
		int64_t b = s->list[i].to_us < to_us ? s->list[i].to_us : to_us;

		us += b > a ? b - a : 0;
		for (size_t p = b > a ? spans_of(s, agent, true) : s->n;
		     p < s->n && s->list[p].agent == agent && s->list[p].from_us < b; p++) {
			us -= overlap_us(&s->list[p], a, b); /* a pause outside the login is none */
		}
	}
	return us;
}
