/*
 * When agents were logged in and when they were paused: AgentSpan records of all queues of one
 * agent, put together, because an agent in three queues is there once. Private to the scoring
 * engine.
 */
#pragma once

#include "collector/score/evidence/gather.h"

#define SPANS_MAX         ((size_t)2 * 1024 * 1024)
#define SPANS_BEFORE_DAYS 1 /* a stretch that began the day before */

struct span {
	uint64_t agent;
	bool paused; /* else logged in */
	int64_t from_us;
	int64_t to_us;
};

struct spans {
	struct span
		*list; /* owned; by agent, logged in before paused, from; disjoint within those */
	size_t n;
	size_t cap;
};

/** All stretches that reach into the run; rows are counted as seen. Free also on failure. */
int spans_read(struct gather *g, struct spans *out);
void spans_free(struct spans *s);

/** The first stretch of an agent's; s->n when there is none. */
size_t spans_of(const struct spans *s, uint64_t agent, bool paused);

/** How long of from_us .. to_us an agent was logged in without being paused [us]. */
int64_t spans_ready_us(const struct spans *s, uint64_t agent, int64_t from_us, int64_t to_us);
