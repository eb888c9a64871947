/*
 * The targets a site has declared (Target records), as they hold on a day: what estimators ask that
 * judge a queue by its own target. Private to the scoring engine.
 */
#pragma once

#include "collector/score/evidence/gather.h"

#define TARGETS_MAX         ((size_t)64 * 1024)
#define TARGETS_BEFORE_DAYS 400 /* a target declared longer ago must be declared again */

struct target {
	int64_t from_us;
	int64_t to_us;   /* the first instant at which it no longer holds */
	uint64_t queue;  /* stats_fnv1a of its name */
	bool any_queue;  /* * */
	uint64_t metric; /* stats_fnv1a */
	double value;    /* a share written as 80 is 0.8; NAN: not said */
	double threshold_ms;
	bool has_owner;
};

struct targets {
	struct target *list; /* owned */
	size_t n;
	size_t cap;
};

/** All targets in reach of the run. 0 or -errno, explained; free also on failure. */
int targets_read(struct gather *g, struct targets *out);
void targets_free(struct targets *t);

/** The one that holds for a queue on a day that begins then: of a metric (0: any), for the queue
 * itself before one for all, the one declared last before older ones. NULL: none. */
const struct target *targets_find(const struct targets *t, uint64_t queue, uint64_t metric,
                                  int64_t day_us);

/* Offered, as every indicator of queues counts it (docs/model.md, service_level). */
#define OFFERED                                                                                    \
	"outcome in (answered, timed_out, exit_key, exit_empty, full) or (outcome == abandoned "   \
	"and (not known(wait_ms) or wait_ms >= 5000))"
