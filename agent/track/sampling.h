/*
 * Which calls are followed when not all are: by a hash of the Call-ID under the site's key, so that
 * every host of the site follows the same ones, and a smaller share is part of a larger one.
 *
 * Owns the share that counts now: what the configuration wants, or less while the thread that
 * captures takes more of its core than it may or packets are dropped (sampling_watch). Every change
 * is told as a Gap, and so is every hour in which calls were left out. A call keeps the decision
 * and the share of its beginning; who makes its record writes the share into it, and the collector
 * weighs by it (docs/sampling.md). No clock of its own; no allocation; not thread safe.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/decode/packet.h"
#include "agent/track/observer.h"
#include "common/fault.h"

#define SAMPLING_ALL            1000000 /* parts of a million */
#define SAMPLING_PPM_OF_PERCENT 1e4

/* A reduction halves the share, and what is calm doubles it again. */
#define SAMPLING_STEPS_MAX   7                /* to 1/128 of what is wanted */
#define SAMPLING_INTERVAL_US INT64_C(5000000) /* between two looks at the load */
#define SAMPLING_CALM_LOOKS  12               /* a minute without trouble, before a doubling */
#define SAMPLING_CALM_SHARE  0.4              /* of the budget: doubled it is still below it */
#define SAMPLING_STRETCH_NS  INT64_C(3600000000000) /* one Gap tells of so long at most */

/* One packet dropped of so many is overload; fewer are a burst that the buffer did not hold. */
#define SAMPLING_DROPS_ONE_OF 1000

enum sampling_why { SAMPLING_WANTED, SAMPLING_CPU, SAMPLING_DROPS };

/* What the capturing thread has used and done since it began. */
struct sampling_load {
	int64_t wall_ns;
	int64_t mono_us;
	int64_t cpu_us;    /* of the thread */
	uint64_t packets;  /* that came */
	uint64_t dropped;  /* before they could be looked at, or records after */
	uint64_t begun;    /* calls */
	uint64_t left_out; /* of these */
};

struct sampling {
	uint32_t share_ppm; /* of a million calls that begin now so many are followed */
	uint32_t wanted_ppm;
	double cpu_budget; /* share of a core; 0: no limit */
	unsigned step;     /* halvings */
	unsigned calm;     /* looks without trouble */
	enum sampling_why why;
	struct sampling_load looked; /* at the last look; mono_us 0: never */
	int64_t since_ns;            /* of the stretch that the next Gap tells of; 0: none */
	uint64_t since_begun;
	uint64_t since_left_out;
	uint64_t reductions;
	int64_t reduced_ns; /* the last one; 0: none */
	enum sampling_why reduced_why;
};

/* The same for people, and for other threads. */
struct sampling_state {
	uint32_t wanted_ppm; /* of a million calls, as configured; 0: there is no such choice */
	uint32_t share_ppm;  /* that are followed now */
	uint64_t reductions; /* since the source was opened */
	int64_t reduced_us;  /* the last one, wall clock; 0: none */
	const char *reduced; /* why; static, NULL where there was none */
};

/** @param rate  above 0 to 1: share of calls to follow. @param cpu_budget  share of a core; 0: no
 * limit. */
void sampling_init(struct sampling *s, double rate, double cpu_budget);

/** Is a rate one that can be followed? @return 0 or -EINVAL, explained. */
int sampling_check(const char *source, unsigned line, double rate, double cpu_budget,
                   struct fault *fault);

/** Is the call of this hash followed, if it begins now? NULL: every call is. */
static inline bool sampling_takes(const struct sampling *s, uint64_t hash)
{
	return s == NULL || (hash >> 32) * SAMPLING_ALL >> 32 < s->share_ppm;
}

/** The share that a call which begins now must tell; 0: all are followed, nothing to tell. */
static inline uint32_t sampling_share(const struct sampling *s)
{
	return s == NULL || s->share_ppm == SAMPLING_ALL ? 0 : s->share_ppm;
}

/** Why the share is what it is now; static. */
const char *sampling_why(const struct sampling *s);

void sampling_state(const struct sampling *s, struct sampling_state *out);

/** A hash for media of which no call is known: both directions between two ports have one. */
uint64_t sampling_flow(const struct siphash_key *key, const struct packet *p);

/**
 * Look at the load, every SAMPLING_INTERVAL_US or later: follow fewer calls or more, and tell.
 * @param part    of the Gap: the interface.
 * @param at_end  the source stops: tell what has not been told.
 */
void sampling_watch(struct sampling *s, const struct observer *o, const char *part,
                    const struct sampling_load *now, bool at_end);
