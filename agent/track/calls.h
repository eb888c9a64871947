/*
 * What a captured frame means for calls: decodes it, follows SIP dialogs and RTP streams, makes
 * records.
 *
 * The whole path from a frame to evidence without libpcap, threads or clocks: time is the packets'
 * own. Not thread safe. No allocation per packet.
 */
#pragma once

#include "agent/decode/packet.h"
#include "agent/decode/reasm.h"
#include "agent/decode/sip.h"
#include "agent/decode/tcp.h"
#include "agent/track/dialog.h"
#include "agent/track/frame.h"
#include "agent/track/media.h"
#include "agent/track/observer.h"
#include "agent/track/sip_queue.h"
#include "agent/track/sip_tls.h"
#include "common/buf.h"

#define CALLS_SIP_PORTS_MAX  16
#define CALLS_SIP_PORT       5060 /* RFC 3261 19.1.2 */

#define CALLS_STREAM_IDLE_NS INT64_C(30000000000)    /* default */
#define CALLS_DIALOG_IDLE_NS INT64_C(14400000000000) /* default: 4 h */

struct calls;

struct calls_options {
	struct observer *observer; /* borrowed, outlives the calls */
	uint16_t sip_ports[CALLS_SIP_PORTS_MAX];
	size_t n_sip_ports;
	uint16_t tls_ports[SIP_TLS_PORTS_MAX]; /* where SIP passes inside TLS */
	size_t n_tls_ports;
	/* whose calls are contacts of queues; none: no such records. observer and idle_ns are set
	 * here
	 */
	struct sip_queue_options queue;
	const struct net_addr *local; /* addresses of this host; borrowed */
	size_t n_local;
	uint32_t max_streams;
	uint32_t max_dialogs;
	int64_t stream_idle_ns;
	int64_t dialog_idle_ns;
};

/* What became of every frame. */
struct calls_counters {
	uint64_t frames;
	uint64_t bad_time; /* no time of capture, or one that cannot be */
	uint64_t decoded[PACKET_RESULTS];
	uint64_t sip[SIP_RESULTS]; /* messages, SIP_NOT_SIP included: keep-alives on a SIP port */
	uint64_t sdp_bad;
	uint64_t vq_bad; /* session reports (RFC 6035) without what says whose they are */
	uint64_t rtp;
	uint64_t rtcp;
	uint64_t udp_other;
	uint64_t tcp_segments;
	struct sip_queue_counters queue;
	uint64_t tls_records;     /* on ports of SIP inside TLS */
	uint64_t tls_connections; /* opened there */
	struct media_counters media;
	struct dialogs_counters dialogs;
	struct reasm_counters reasm;
	struct tcp_counters tcp;
};

/** All memory is taken here. NULL without it. */
struct calls *calls_new(const struct calls_options *options);
void calls_free(struct calls *c);

/** Follow frames in the order given. Several at once are faster: memory for the later ones is
 * fetched meanwhile. */
void calls_frames(struct calls *c, const struct frame *frames, size_t n);

/** Follow one packet that is decoded already. */
void calls_packet(struct calls *c, const struct packet *p);

/** Follow one SIP message that somebody mirrored: the packet's payload is all of it. */
void calls_sip(struct calls *c, const struct packet *p);

/** Follow RTCP reports that came as JSON. Allocates. @return false when they were not understood.
 */
bool calls_rtcp_json(struct calls *c, const struct packet *p, const struct media_mirrored *with);

/** Follow a session report (RFC 6035) that came without its PUBLISH. */
void calls_vq_report(struct calls *c, const struct packet *p);

/** Time passes without packets. */
void calls_tick(struct calls *c, int64_t now_ns);

/** The capture ended: report everything that is open. */
void calls_finish(struct calls *c);

void calls_counters(const struct calls *c, struct calls_counters *out);

/** One line for the operator: packets, messages, records, and by name what could not be understood.
 */
void calls_summary(const struct calls *c, struct buf *out);
