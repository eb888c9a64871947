/*
 * SIP over TCP: segments back into order, and the byte stream cut into SIP messages (RFC
 * 3261 18.3).
 *
 * Only flows that look like SIP are kept: one side's port is a SIP port, or the first bytes are a
 * SIP start line. First copy of a byte wins; a hole older than one second or with 4 KiB behind it
 * is given up and the stream searched for the next start line. Memory per flow and the number of
 * flows are bounded; the flow silent the longest gives way.
 */
#pragma once

#include "agent/decode/packet.h"
#include "common/siphash.h"
#include "common/slice.h"

#define TCP_FLOWS          1024
#define TCP_FLOW_MAX_BYTES 65536

struct tcp;

struct tcp_counters {
	uint64_t flows;
	uint64_t evicted;
	uint64_t holes;     /* given up; a stream that ends within a message counts as well */
	uint64_t resyncs;   /* times that bytes were skipped to find a start line */
	uint64_t overflows; /* a message longer than a flow may hold, or no memory for it */
	uint64_t no_length; /* a message with a body but no Content-Length */
};

/** Called for each whole SIP message, in stream order; `p` carries addresses and the time of the
 * completing segment. It must not call tcp_* of the same `t`. */
typedef void (*tcp_message_fn)(void *arg, const struct packet *p, struct slice message);

struct tcp *tcp_new(const struct siphash_key *key, tcp_message_fn message, void *arg);
void tcp_free(struct tcp *t);

/** Add one segment. @param sip_port  one of its ports is configured as SIP. */
void tcp_segment(struct tcp *t, const struct packet *p, bool sip_port);

/** Give up holes and flows whose time has come. */
void tcp_tick(struct tcp *t, int64_t now_ns);

const struct tcp_counters *tcp_counters(const struct tcp *t);
