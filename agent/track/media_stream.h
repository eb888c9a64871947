/*
 * A stream as media keeps it: the arithmetic and what is known around it. Internal to
 * agent/track/media*.c.
 */
#pragma once

#include <sys/queue.h>

#include "agent/decode/packet.h"
#include "agent/track/endpoint.h"
#include "agent/track/observer.h"
#include "agent/track/quality.h"
#include "agent/track/rtp_stream.h"

struct flow {
	struct net_addr src;
	struct net_addr dst;
	uint16_t src_port;
	uint16_t dst_port;
	uint32_t ssrc;
};

/* What RTCP said about a stream. */
struct report {
	int64_t sender_ns;   /* capture time of the last sender report, */
	uint32_t sender_mid; /* and the middle of its NTP time stamp */
	bool has_sender;
	bool has_block;
	bool has_rtt;
	bool has_jitter;
	int64_t rtt_ns; /* smallest seen */
	uint32_t lost;
	uint32_t jitter_us;
};

/* What the hot path touches comes first. */
struct stream {
	_Alignas(64) int64_t last_ns;
	uint32_t looked; /* announcements there were when endpoints were last looked for */
	bool settled;    /* announced: nothing left to find out */
	bool proven;
	uint8_t proof; /* packets in a row that go on from the one before */
	bool moved;    /* its timestamps advance */
	struct rtp_stream rtp;
	TAILQ_ENTRY(stream) link;
	uint64_t key;
	struct flow flow;
	int64_t first_ns;
	uint64_t contact;
	uint16_t ptime_ms;
	bool signalled;
	bool encrypted;
	bool recording;
	bool left_out;        /* of a call that is not followed */
	uint32_t sampled_ppm; /* share of calls followed when it began; 0: all */
	struct report report;
};

/** Make the record of a stream and hand it over. */
void media_record(const struct stream *s, struct observer *o);

struct media;

/** The stream of a flow that is followed, or NULL. */
struct stream *media_find_stream(struct media *m, const struct flow *f);

/** The endpoint announced for an address and port, or NULL. */
const struct endpoint *media_find_endpoint(const struct media *m, struct net_addr addr,
                                           uint16_t port);

/** Is this a report of this host to another? Seen from here, its round trip is one from here to
 * here. */
bool media_is_own_report(const struct media *m, const struct packet *p);

/** Where endpoints' reports go. */
struct quality *media_reports(struct media *m);

/** Read an RTCP packet; false when it was not understood to its end. */
bool media_rtcp_read(struct media *m, const struct packet *p);
