/* What the fuzz targets of channel events share: a cel_feed with the documented rules that packs
 * what it emits, made once. */
#pragma once

#include "agent/track/cel_feed.h"
#include "common/buf.h"

struct fuzz_cel {
	struct cel_feed feed;
	struct buf packed;
};

/** Make a feed as new, with the smallest table: one that is zeroed is opened, another keeps its
 * memory. Ends the program without memory or key. */
void fuzz_cel_renew(struct fuzz_cel *f);

/** Every record packed must be one that a collector takes. */
void fuzz_cel_check(const struct buf *packed);
