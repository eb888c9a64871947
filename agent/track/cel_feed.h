/*
 * Everything one channel event log feeds: its lines are decoded, counted and given to the tracker.
 * The pure core of the source agent/sources/cel.c.
 */
#pragma once

#include "agent/decode/cel.h"
#include "agent/track/cel_call.h"

#define CEL_FEED_STATE_MAX_BYTES CEL_CALL_STATE_MAX_BYTES

struct cel_feed {
	struct cel_reader reader;
	struct cel_call *calls; /* owned */
	uint64_t lines[CEL_LINE_RESULTS];
};

/** @return 0 or -ENOMEM, -EINVAL as cel_call_new. */
int cel_feed_init(struct cel_feed *f, const struct cel_layout *layout,
                  const struct cel_call_options *options, const struct emit *emit);
void cel_feed_deinit(struct cel_feed *f);

/** Take a block of lines that end with line feeds; what is behind the last one is a line too. */
void cel_feed_lines(struct cel_feed *f, struct slice block);
uint64_t cel_feed_malformed(const struct cel_feed *f);

/** Time of the first line in `block` that has one, at most its first `look` lines; -1 when none
 * has. */
int64_t cel_feed_first_us(struct cel_feed *f, struct slice block, unsigned look);

/** One line for the operator: what was left out and why. */
void cel_feed_describe(const struct cel_feed *f, struct buf *out);
