#include "collector/score/evidence/shifts.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "proto/evidence.pb-c.h"

#define AHEAD_US (INT64_C(24) * 3600 * 1000000)

/* Names of activities in which an agent is there for contacts; every other one is not. */
static bool is_work(const char *activity)
{
	static const char *const names[] = {
		"work",  "shift", "available", "ready",    "phone", "calls",  "voice",     "chat",
		"email", "queue", "inbound",   "outbound", "open",  "arbeit", "telefonie", "dienst",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(activity, names[i]) == 0) {
			return true;
		}
	}
	return false;
}

static int on_row(struct gather *g, void *arg, const ProtobufCMessage *m)
{
	const Cxm__Shift *row = (const Cxm__Shift *)(const void *)m;
	struct shifts *s = arg;
	size_t day = gather_day_of(g, row->at_us);
	struct shift one = {
		.agent = row->agent,
		.from_us = row->at_us,
		.to_us = row->at_us + (int64_t)row->duration_ms * 1000,
		.published_us = row->published_us,
		.day = day,
		.counts = row->has_duration_ms && row->published_us <= row->at_us,
		.works = is_work(row->activity),
		.excluded = row->has_absence_approved && row->absence_approved &&
		            row->published_us <= row->at_us - AHEAD_US,
	};

	if (day == SIZE_MAX) {
		return 0;
	}
	gather_seen(g, day, gather_kind(g, &cxm__shift__descriptor), 1);
	if (s->n == s->cap) {
		size_t cap = s->cap > 0 ? 2 * s->cap : 1024;
		struct shift *list =
			s->n < SHIFTS_MAX ? realloc(s->list, cap * sizeof(*list)) : NULL;

		if (list == NULL) {
			return s->n < SHIFTS_MAX ? -ENOMEM : -E2BIG;
		}
		s->list = list;
		s->cap = cap;
	}
	s->list[s->n++] = one;
	return 0;
}

static int by_agent(const void *a, const void *b)
{
	const struct shift *x = a;
	const struct shift *y = b;

	if (x->agent != y->agent) {
		return x->agent < y->agent ? -1 : 1;
	}
	if (x->from_us != y->from_us) {
		return x->from_us < y->from_us ? -1 : 1;
	}
	if (x->published_us != y->published_us) {
		return x->published_us < y->published_us ? -1 : 1;
	}
	return (x->to_us > y->to_us) - (x->to_us < y->to_us);
}

static int by_time(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a;
	const int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* One agent's day, of which `n` publications are sorted: what stands in the one that was the newest
 * when it began; of what begins at one moment the last. @return how many are kept, from `to` on. */
static size_t keep_day(struct shift *to, const struct shift *day, size_t n,
                       const int64_t *published)
{
	size_t kept = 0;
	size_t known = 0;

	for (size_t i = 0; i < n; i++) {
		const struct shift one = day[i]; /* `to` may lie before it in the same list */

		while (known < n && published[known] <= one.from_us) {
			known++;
		}
		if (!one.counts || one.published_us != published[known - 1]) {
			continue;
		}
		kept -= kept > 0 && to[kept - 1].from_us == one.from_us;
		to[kept++] = one;
	}
	return kept;
}

static int keep_in_force(struct shifts *s)
{
	int64_t *published = calloc(s->n + 1, sizeof(*published));
	size_t kept = 0;

	if (published == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < s->n;) {
		const struct shift *first = &s->list[i];
		size_t n = 0;

		for (; i + n < s->n && first[n].agent == first->agent && first[n].day == first->day;
		     n++) {
			published[n] = first[n].published_us;
		}
		qsort(published, n, sizeof(*published), by_time);
		kept += keep_day(&s->list[kept], first, n, published);
		i += n;
	}
	free(published);
	s->n = kept;
	return 0;
}

int shifts_read(struct gather *g, struct shifts *out)
{
	int rc;

	*out = (struct shifts){ 0 };
	rc = gather_rows(g, gather_kind(g, &cxm__shift__descriptor), on_row, out);
	if (rc == 0 && out->n > 1) {
		qsort(out->list, out->n, sizeof(*out->list), by_agent);
	}
	return rc != 0 ? rc : keep_in_force(out);
}

void shifts_free(struct shifts *s)
{
	free(s->list);
	*s = (struct shifts){ 0 };
}
