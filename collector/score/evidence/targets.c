#include "collector/score/evidence/targets.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "proto/evidence.pb-c.h"

static int on_row(struct gather *g, void *arg, const ProtobufCMessage *m)
{
	const Cxm__Target *row = (const Cxm__Target *)(const void *)m;
	struct targets *t = arg;
	struct target one = {
		.from_us = row->at_us,
		.to_us = row->has_valid_to_us ? row->valid_to_us : INT64_MAX,
		.queue = stats_fnv1a(row->queue),
		.any_queue = strcmp(row->queue, "*") == 0,
		.metric = stats_fnv1a(row->metric),
		.value = row->has_value ? row->value : NAN,
		.threshold_ms = row->has_threshold_ms ? (double)row->threshold_ms : NAN,
		.has_owner = row->owner != NULL && row->owner[0] != '\0',
	};

	(void)g;
	one.value = one.value > 1 ? one.value / 100 : one.value;
	if (t->n == t->cap) {
		size_t cap = t->cap > 0 ? 2 * t->cap : 64;
		struct target *list;

		if (t->n >= TARGETS_MAX) {
			return -E2BIG;
		}
		list = realloc(t->list, cap * sizeof(*list));
		if (list == NULL) {
			return -ENOMEM;
		}
		t->list = list;
		t->cap = cap;
	}
	t->list[t->n++] = one;
	return 0;
}

int targets_read(struct gather *g, struct targets *out)
{
	const struct cxm_kind *kind = gather_kind(g, &cxm__target__descriptor);
	int rc;

	*out = (struct targets){ 0 };
	rc = gather_rows(g, kind, on_row, out);
	/* one that was declared long ago and still holds is evidence of every day */
	for (size_t d = g->first; rc == 0 && d <= g->last; d++) {
		for (size_t i = 0; i < out->n; i++) {
			if (out->list[i].from_us < g->starts_us[d + 1] &&
			    out->list[i].to_us > g->starts_us[d]) {
				gather_seen(g, d, kind, 1);
			}
		}
	}
	return rc;
}

void targets_free(struct targets *t)
{
	free(t->list);
	*t = (struct targets){ 0 };
}

const struct target *targets_find(const struct targets *t, uint64_t queue, uint64_t metric,
                                  int64_t day_us)
{
	const struct target *best = NULL;

	for (size_t i = 0; i < t->n; i++) {
		const struct target *one = &t->list[i];
		bool fits = one->from_us <= day_us && one->to_us > day_us &&
		            (one->any_queue || one->queue == queue) &&
		            (metric == 0 || one->metric == metric);

		if (fits &&
		    (best == NULL || (best->any_queue && !one->any_queue) ||
		     (best->any_queue == one->any_queue && one->from_us >= best->from_us))) {
			best = one;
		}
	}
	return best;
}
