/* Gap records of the capture: something was lost between two points in time, and how much of it. */
#pragma once

#include "agent/track/observer.h"

struct gap {
	Cxm__Gap__Reason reason;
	const char *part; /* file, interface or table */
	int64_t from_ns;
	int64_t to_ns;
	uint64_t lost;        /* 0: not countable */
	uint64_t seen;        /* beside it; 0: not known */
	uint32_t sampled_ppm; /* 0: nothing was left out on purpose */
	const char *detail;   /* NULL: none */
};

void gap_emit(const struct observer *o, const struct gap *g);

/* A counter that must not grow unseen: at most one record a minute says by how much it did. */
struct gap_watch {
	uint64_t reported;
	uint64_t seen;
	int64_t since_ns;
};

#define GAP_INTERVAL_NS INT64_C(60000000000)

/**
 * Look at the counter: the growth is reported when a minute has passed since the last look that was
 * reported, or at once when this is the end.
 * @param what  reason, part and detail; `to_ns` is the time now, `seen` a counter of what came
 * through (0: not known); the rest is filled here.
 */
void gap_watch(struct gap_watch *w, const struct observer *o, struct gap *what, uint64_t total,
               bool at_end);
