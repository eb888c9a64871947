/*
 * What agents were to do: Shift records. A publication names the whole day of an agent (the day on
 * which an activity begins), so an activity counts when it stands in the publication that was the
 * newest when it began: one that was moved or taken out by then is none, and a schedule that is
 * edited afterwards does not count. Private to the scoring engine.
 */
#pragma once

#include "collector/score/evidence/gather.h"

#define SHIFTS_MAX ((size_t)1024 * 1024)

struct shift {
	uint64_t agent;
	int64_t from_us;
	int64_t to_us;
	int64_t published_us;
	size_t day;    /* of its beginning, as in struct tallies */
	bool counts;   /* else it only says that there was such a publication */
	bool works;    /* the agent is to take contacts; else a break, training, absence */
	bool excluded; /* paid absence approved 24 h before */
};

struct shifts {
	struct shift *list; /* owned; by agent and beginning */
	size_t n;
	size_t cap;
};

/** Shifts that begin in the run; rows are counted as seen. Free also on failure. */
int shifts_read(struct gather *g, struct shifts *out);
void shifts_free(struct shifts *s);
