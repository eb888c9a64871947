/*
 * What a HEP3 message means: checked, unpacked, its time held against the clock, and given to the
 * trackers of calls. No sockets, no clock of its own.
 */
#pragma once

#include "agent/decode/hep.h"
#include "agent/track/calls.h"
#include "cxmeter/source.h"

/* A payload unpacks to at most what a SIP message may have. */
#define HEP_UNPACKED_MAX_BYTES SIP_MESSAGE_MAX_BYTES

/* What a mirror says of its own clock counts as long as it agrees with ours to so much: it runs on
 * this host, or one beside it that keeps time. */
#define HEP_CLOCK_APART_NS INT64_C(10000000000)

struct hep_feed;

struct hep_feed_options {
	struct calls_options calls;
	const char *key; /* borrowed; NULL: any message is taken */
};

/* What became of every message. */
struct hep_counters {
	uint64_t messages[HEP_RESULTS];
	uint64_t bad_key;    /* refused: without the key, or with another */
	uint64_t bad_packed; /* compressed payloads that are damaged or too long */
	uint64_t bad_time;   /* without a time, or one too far from ours: that of arrival counts */
	uint64_t sip;        /* given to the trackers */
	uint64_t rtcp;
	uint64_t rtcp_bad; /* RTCP reports that were not understood */
	uint64_t vq;       /* session reports */
	uint64_t other;    /* of protocol types that are not read */
	uint64_t foreign;  /* chunks of other vendors, skipped */
};

/** All memory is taken here. NULL without it. */
struct hep_feed *hep_feed_new(const struct hep_feed_options *options);
void hep_feed_free(struct hep_feed *f);

/** Follow one message. @param now_ns  when it arrived, since 1970. */
void hep_feed_message(struct hep_feed *f, struct cursor message, int64_t now_ns);

/** Time passes without messages. */
void hep_feed_tick(struct hep_feed *f, int64_t now_ns);

/** The end: report everything that is open. */
void hep_feed_finish(struct hep_feed *f);

const struct hep_counters *hep_feed_counters(const struct hep_feed *f);
void hep_feed_calls(const struct hep_feed *f, struct calls_counters *out);

/** Messages that could not be understood, for progress. */
uint64_t hep_feed_rejected(const struct hep_feed *f);

/** One line for the operator. */
void hep_feed_summary(const struct hep_feed *f, struct buf *out);

/** Tell them by name, those of the calls included. */
void hep_feed_tally(const struct hep_feed *f, const struct source_tally *to);
