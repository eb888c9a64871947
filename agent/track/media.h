/*
 * Media: which RTP streams there are, what was announced about them, and one MediaStream record for
 * each when it ends.
 *
 * Owns a bounded table of streams (addresses, ports, SSRC) and one of announced endpoints (address
 * and port from SDP). The arithmetic of a stream is agent/track/rtp_stream.h. Not thread safe; no
 * allocation after media_new; time is packet time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/decode/packet.h"
#include "agent/decode/sdp.h"
#include "agent/decode/vq_report.h"
#include "agent/track/endpoint.h"
#include "agent/track/observer.h"

#define MEDIA_STREAMS     16384 /* default of max_streams */
#define MEDIA_STREAMS_MAX (1 << 20)

/* What nobody announced is a stream only after so many packets whose numbers and timestamps go on
 * from one to the next: DNS, QUIC or STUN never do. */
#define MEDIA_PROOF_PACKETS 4

struct media;

struct media_options {
	struct observer *observer; /* borrowed, outlives the media */
	uint32_t max_streams;
	uint32_t max_endpoints;
	int64_t idle_ns; /* a stream ends after so long without packets */
	/* Does the dialog that announced an endpoint go on? NULL: always. */
	bool (*dialog_active)(const void *arg, uint64_t dialog);
	const void *arg;
	const struct net_addr *local; /* addresses of this host; borrowed */
	size_t n_local;
};

struct media_counters {
	uint64_t streams;   /* begun */
	uint64_t reported;  /* records made */
	uint64_t signalled; /* of these, announced by SDP */
	uint64_t unproven;  /* flows that were no stream: too few packets that follow each other */
	uint64_t evicted;   /* ended early because the table was full */
	uint64_t left_out;  /* of calls that are not followed (agent/track/sampling.h) */
	uint64_t refused;   /* packets of new flows for which there was no place */
	uint64_t endpoints; /* announced */
	uint64_t endpoints_evicted; /* forgotten early because their table was full */
	uint64_t formats_left_out;  /* payload types of endpoints beyond ENDPOINT_FORMATS */
	uint64_t rtcp;              /* packets */
	uint64_t rtcp_bad;          /* of these, not understood to the end */
	uint64_t recordings; /* streams to a recorder (RFC 7866): no media of a call, no record */
	uint64_t quality_reports; /* read of what endpoints say */
	uint64_t quality_evicted; /* streams of theirs reported early because the table was full */
	uint64_t senders_evicted; /* mirrored sender reports forgotten early, for the same reason */
};

/** All memory is taken here. NULL without it. */
struct media *media_new(const struct media_options *options);
void media_free(struct media *m);

/**
 * An SDP of a dialog: its media lines become endpoints; one that is there already is replaced.
 * Streams of a dialog to a recorder (RFC 7866) are copies and counted only.
 */
void media_announce(struct media *m, const struct sdp *sdp, const struct endpoint_owner *owner,
                    int64_t at_ns);

/** Could this UDP packet be RTP? Its key then, else 0. Touches nothing, so that packets can be
 * looked at ahead. */
uint64_t media_key(const struct media *m, const struct packet *p);

/* Bring what media_rtp will need closer, in two steps that each wait for the one before. */
void media_prefetch_place(const struct media *m, uint64_t key);
void media_prefetch_stream(const struct media *m, uint64_t key);

/**
 * Count an RTP packet.
 * @param key  what media_key said, not 0.
 * @return false when it is nothing that could be a new stream.
 */
bool media_rtp(struct media *m, const struct packet *p, uint64_t key);

/** Read an RTCP packet: round trip times and what the other side reports. */
void media_rtcp(struct media *m, const struct packet *p);

/* What was said along with reports that somebody mirrored. */
struct media_mirrored {
	uint64_t contact; /* pseudonym of the Call-ID they are said to belong to; 0: not said */
	uint32_t mirror;  /* who mirrored them */
	bool timed;       /* the packet's time is the mirror's own, when they went by */
};

/**
 * Reports that came as JSON; addresses and time are the packet's. Allocates.
 * @return false when they were not understood.
 */
bool media_rtcp_json(struct media *m, const struct packet *p, struct slice text,
                     const struct media_mirrored *with);

/** A session report of an endpoint (RFC 6035). */
void media_quality(struct media *m, const struct vq_report *r, int64_t at_ns);

/** End the streams that fell silent. Call about once a second of packet time. */
void media_tick(struct media *m, int64_t now_ns);

/** The capture ended: report all streams, ordered by their first packet, and forget everything. */
void media_finish(struct media *m);

/** Streams open now. */
uint32_t media_open_streams(const struct media *m);

void media_counters(const struct media *m, struct media_counters *out);
