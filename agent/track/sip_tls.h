/*
 * SIP inside TLS, as far as it can be seen: that it is there. A TCP segment to or from a port that
 * carries SIP over TLS or secure WebSocket and that begins like a TLS record (RFC 8446 5.1) is
 * counted; once an hour a Gap says how many there were, because the calls in them are missing from
 * what the capture reports.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "agent/decode/packet.h"
#include "agent/track/gap.h"

#define SIP_TLS_PORTS_MAX   16
#define SIP_TLS_PORT        5061 /* RFC 3261 19.1.2 */
#define SIP_TLS_INTERVAL_NS INT64_C(3600000000000)

struct sip_tls {
	uint16_t ports[SIP_TLS_PORTS_MAX];
	size_t n_ports;
	uint64_t records;     /* segments that begin with a TLS record */
	uint64_t connections; /* of these, those that open one (ClientHello) */
	int64_t next_ns;      /* of the next Gap; 0: not begun */
	struct gap_watch watch;
};

/** Look at a TCP segment. */
void sip_tls_segment(struct sip_tls *s, const struct packet *p);

/** Once an hour, and at the end: say what was there. */
void sip_tls_watch(struct sip_tls *s, const struct observer *o, int64_t now_ns, bool at_end);
