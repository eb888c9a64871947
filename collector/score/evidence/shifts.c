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
		.works = is_work(row->activity),
		.excluded = row->has_absence_approved && row->absence_approved &&
		            row->published_us <= row->at_us - AHEAD_US,
	};

	if (day == SIZE_MAX) {
		return 0;
	}
	gather_seen(g, day, gather_kind(g, &cxm__shift__descriptor), 1);
	if (!row->has_duration_ms || row->published_us > row->at_us) {
		return 0;
	}
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

/* Of what begins at one moment for one agent the last version stays. */
static void keep_last(struct shifts *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		bool last = i + 1 == s->n || s->list[i + 1].agent != s->list[i].agent ||
		            s->list[i + 1].from_us != s->list[i].from_us;

		if (last) {
			s->list[n++] = s->list[i];
		}
	}
	s->n = n;
}

int shifts_read(struct gather *g, struct shifts *out)
{
	int rc;

	*out = (struct shifts){ 0 };
	rc = gather_rows(g, gather_kind(g, &cxm__shift__descriptor), on_row, out);
	if (rc == 0 && out->n > 1) {
		qsort(out->list, out->n, sizeof(*out->list), by_agent);
	}
	keep_last(out);
	return rc;
}

void shifts_free(struct shifts *s)
{
	free(s->list);
	*s = (struct shifts){ 0 };
}
