/*
 * Everything one queue_log feeds: its lines are decoded, counted and given to both trackers,
 * contacts and agents. The pure core of the source agent/sources/queue_log.c.
 */
#pragma once

#include <stdint.h>

#include "agent/decode/queue_log.h"
#include "agent/track/agent_state.h"
#include "agent/track/queue_call.h"

#define QUEUE_FEED_STATE_MAX_BYTES (QUEUE_CALL_STATE_MAX_BYTES + AGENT_STATE_STATE_MAX_BYTES)
#define QUEUE_FEED_VERBS_MAX       32 /* verbs that are not Asterisk's, counted by name */
#define QUEUE_FEED_VERB_BYTES      32
#define QUEUE_FEED_LINE_MAX_BYTES  ((size_t)64 * 1024) /* of a line; the rest of it is ignored */

struct queue_feed_verb {
	uint64_t lines;
	char name[QUEUE_FEED_VERB_BYTES];
};

struct queue_feed_counters {
	uint64_t too_long;                  /* lines cut at QUEUE_FEED_LINE_MAX_BYTES */
	uint64_t lines[QUEUE_LINE_RESULTS]; /* by what became of them */
	struct queue_feed_verb verbs[QUEUE_FEED_VERBS_MAX];
	size_t n_verbs;
	uint64_t other_verbs; /* beyond the table, or no word that may be shown */
};

struct queue_feed {
	struct queue_call *calls;   /* owned */
	struct agent_state *agents; /* owned */
	struct queue_feed_counters counters;
};

/** @return 0 or -ENOMEM, -EINVAL as queue_call_new. */
int queue_feed_init(struct queue_feed *f, const struct queue_call_options *options,
                    const struct emit *emit);
void queue_feed_deinit(struct queue_feed *f);

/** Take a block of lines that end with line feeds; what is behind the last one is taken as a line
 * too. */
void queue_feed_lines(struct queue_feed *f, struct slice block);

/** No more lines will come. */
void queue_feed_finish(struct queue_feed *f);

void queue_feed_save(const struct queue_feed *f, struct buf *out);

/** @return 0 or a negative number, and both trackers are as new. */
int queue_feed_load(struct queue_feed *f, struct cursor *in);

uint64_t queue_feed_malformed(const struct queue_feed *f);

/** Time of the first line in `block` that has one, at most its first `look` lines; -1 when none
 * has. */
int64_t queue_feed_first_us(struct slice block, unsigned look);

/** One line for the operator: what was left out and why. */
void queue_feed_describe(const struct queue_feed *f, struct buf *out);
