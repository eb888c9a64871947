/* What the fuzz targets of the queue_log path share: a feed that packs what it emits, made once.
 * */
#pragma once

#include "agent/track/queue_feed.h"
#include "common/buf.h"

struct fuzz_feed {
	struct queue_feed feed;
	struct buf packed;
	struct queue_call_counters before; /* counters at the last time it was made as new */
};

/** Make a feed as new, with the smallest table: one that is zeroed is opened, another keeps its
 * memory, because making it takes a thousand times as long as a small input. Ends the program
 * without memory or key. */
void fuzz_feed_renew(struct fuzz_feed *f);
