/*
 * Until when a source of live packets listened: kept as its checkpoint, so that the next start can
 * say from when to when nobody did, whether the agent was stopped, killed or taken down with its
 * host. What passed meanwhile is lost, and so are the calls that were open.
 */
#pragma once

#include "cxmeter/source.h"
#include "proto/evidence.pb-c.h"

#define LISTENED_BYTES     9       /* u8 version, u64 microseconds since 1970 */
#define LISTENED_REFRESH_S 60      /* of a host on which nothing happens */
#define LISTENED_GRAIN_US  1000000 /* a busy one need not write it with every commit */
#define LISTENED_CLOCK_US  1000000 /* less is how exact wall clocks are, and no gap */

struct listened {
	int64_t before_us; /* until when the run before this one listened; 0: there was none */
	int64_t kept_us;   /* what the checkpoint says */
	struct event *refresh;
};

/**
 * Begin to keep it; the checkpoint of the run before is read from the environment.
 * @param env  outlives `l`; `touched` is called every LISTENED_REFRESH_S.
 * @return 0 or -ENOMEM.
 */
int listened_open(struct listened *l, const struct source_env *env);

/** Emit a Gap SOURCE_DOWN when the run before ended earlier than now; once, at start. */
void listened_begin(struct listened *l, const struct source_env *env, Cxm__Source source,
                    const char *part);

/** What source_ops.checkpoint returns while the source listens. */
int listened_checkpoint(struct listened *l, const struct source_env *env, struct buf *out);

void listened_close(struct listened *l);
