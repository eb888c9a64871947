/*
 * What endpoints say of the streams they receive: RTCP reports that came as JSON, VoIP metrics (RFC
 * 3611 4.7) and session reports (RFC 6035). One MediaStream record of measured_by ENDPOINT for each
 * stream that was reported on.
 *
 * An endpoint's figures are its own: they are never mixed into the records that rest on packets
 * counted here (agent/track/media.h). A bounded table; the one silent the longest gives way. No
 * allocation after quality_new, but for quality_sender's; not thread safe; time is that of the
 * reports.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/decode/rtcp.h"
#include "agent/decode/vq_report.h"
#include "agent/track/observer.h"

#define QUALITY_MAX 4096 /* streams reported on at once */

/* Reports come every 5 s or, in large sessions, less often (RFC 3550 6.2). */
#define QUALITY_IDLE_NS INT64_C(60000000000)

struct quality;

/* Which stream, and what is known of it besides. */
struct quality_who {
	struct net_addr src; /* who sends the media */
	struct net_addr dst; /* who receives it, and reports */
	uint16_t src_port;
	uint16_t dst_port;
	uint32_t clock_hz;    /* 0: not known, then jitter is not either */
	uint64_t contact;     /* pseudonym of the Call-ID; 0: not known */
	uint32_t sampled_ppm; /* share of calls followed when its call began; 0: all */
	uint32_t mirror;      /* who saw its reports go by */
	bool timed;           /* and when: their time is that mirror's own */
	bool left_out;        /* of a call that is not followed: nothing is told of it */
	bool signalled;
};

struct quality_counters {
	uint64_t reports;         /* read */
	uint64_t records;         /* made */
	uint64_t evicted;         /* reported early because the table was full */
	uint64_t restarts;        /* streams whose counts began anew */
	uint64_t senders_evicted; /* sender reports forgotten early: no round trip of theirs */
};

/** All memory is taken here. NULL without it. */
struct quality *quality_new(struct observer *observer, uint32_t capacity);
void quality_free(struct quality *q);

/** A sender report went by, as `mirror` saw it: blocks that answer it give a round trip. The first
 * one takes memory; without it there are no round trips. */
void quality_sender(struct quality *q, const struct rtcp_sender *s, uint32_t mirror, int64_t at_ns);

/** A report block of RFC 3550. Its cumulative loss is added up as differences of signed 24 bit. */
void quality_block(struct quality *q, const struct quality_who *who, const struct rtcp_block *b,
                   int64_t at_ns);
void quality_voip(struct quality *q, const struct quality_who *who, const struct rtcp_voip *v,
                  int64_t at_ns);

/** A session report is whole: its record is made at once. */
void quality_session(struct quality *q, const struct vq_report *v, int64_t at_ns);

/** End what fell silent. */
void quality_tick(struct quality *q, int64_t now_ns);

/** Report all, the one silent the longest first. */
void quality_finish(struct quality *q);

void quality_counters(const struct quality *q, struct quality_counters *out);
