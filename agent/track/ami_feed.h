/*
 * Everything the events of one manager interface feed: the trackers, and when what they know is
 * worth nothing any more (events were missed, Asterisk started anew). The pure core of the source
 * agent/sources/ami.c.
 */
#pragma once

#include "agent/decode/ami.h"
#include "agent/decode/cel.h"
#include "agent/pseudonym.h"
#include "agent/track/call_rules.h"
#include "agent/track/emit.h"
#include "common/buf.h"

struct ami_feed;

struct ami_feed_options {
	const struct pseudonym *pseudonym; /* borrowed, as all below */
	const char *host;
	const char *variables;          /* ami_fact.h */
	const struct call_rules *rules; /* NULL: no calls from channel events */
	uint32_t max_open;              /* contacts at one time */
	int64_t max_age_us;
	int64_t slot_us;  /* of gauges */
	bool added;       /* a queue_log tells contacts */
	bool no_handoffs; /* another source tells them */
	bool media;
	bool payments; /* a muted recording is one */
};

struct ami_feed_counters {
	uint64_t events;
	uint64_t used;     /* of these, of a kind that means something here */
	uint64_t no_time;  /* dropped: without a Timestamp, and no clock to go by */
	uint64_t restarts; /* of Asterisk, as FullyBooted tells */
	uint64_t cel[CEL_LINE_RESULTS];
};

/** @return 0, -ENOMEM or -EINVAL as queue_call_new. */
int ami_feed_new(struct ami_feed **out, const struct ami_feed_options *options,
                 const struct emit *emit);
void ami_feed_free(struct ami_feed *f);

/** Take one event. @param now_us  wall clock, for events without a time; 0: there is none. */
void ami_feed_event(struct ami_feed *f, struct ami_reader *r, struct ami_message *m,
                    int64_t now_us);

/** Events were missed up to now: what is open may be over. Which channels are up says the answer to
 * CoreShowChannels, who waits on that to QueueStatus; both follow, in this order. */
void ami_feed_lost(struct ami_feed *f);

/** After ami_feed_lost: all channels that are up were told, or that is not to be had; whatever else
 * was open has no end. */
void ami_feed_channels(struct ami_feed *f);

/** After ami_feed_channels: no list of who waits is to be had. */
void ami_feed_unlisted(struct ami_feed *f);

/** Nothing is heard any more, for now: all is told but who is in a queue; that is saved, and after
 * the load ami_feed_lost says that events were missed. The load is as of queue_call_load. */
void ami_feed_leave(struct ami_feed *f);
void ami_feed_save(const struct ami_feed *f, struct buf *out);
int ami_feed_load(struct ami_feed *f, struct cursor *in);

/** Live, between events: slots that are over are told. */
void ami_feed_tick(struct ami_feed *f, int64_t now_us);

/** No more will come. */
void ami_feed_finish(struct ami_feed *f);

/** Time of the last event [us]; 0: there was none. */
int64_t ami_feed_last_us(const struct ami_feed *f);
const struct ami_feed_counters *ami_feed_counters(const struct ami_feed *f);
/** Reports of media without addresses or numbers. */
uint64_t ami_feed_odd_reports(const struct ami_feed *f);
uint64_t ami_feed_malformed(const struct ami_feed *f);

/* What was told early or not at all because its table was full. */
struct ami_feed_evicted {
	uint64_t channels;
	uint64_t contacts;
	uint64_t calls; /* of channel events */
	uint64_t facts;
	uint64_t streams;
};

struct ami_feed_evicted ami_feed_evicted(const struct ami_feed *f);

/** One line for the operator: what was told, what was left out and why. */
void ami_feed_describe(const struct ami_feed *f, struct buf *out);
