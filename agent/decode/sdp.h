/* Session descriptions (RFC 4566/8866): which addresses and ports will carry audio, with which
 * codecs. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/decode/packet.h"
#include "common/slice.h"

#define SDP_MEDIA_MAX   8
#define SDP_FORMATS_MAX 32

enum sdp_direction { SDP_SENDRECV, SDP_SENDONLY, SDP_RECVONLY, SDP_INACTIVE };
enum sdp_security { SDP_PLAIN, SDP_SDES, SDP_DTLS };

struct sdp_format {
	uint8_t payload_type;
	struct slice encoding; /* "PCMU", "telephone-event"; of static types filled from RFC 3551
	                          table 4 */
	uint32_t clock_hz;
	uint8_t channels;
};

struct sdp_media {
	bool audio; /* else video; what is not RTP is not listed */
	struct net_addr
		addr; /* of the media, else of the session; {0,0} when it names no address */
	bool has_addr;
	uint16_t port;      /* 0: refused */
	uint16_t rtcp_port; /* a=rtcp, else port + 1, else the same for a=rtcp-mux */
	struct net_addr rtcp_addr;
	enum sdp_direction direction;
	enum sdp_security security;
	uint16_t ptime_ms; /* 0: not said */
	struct sdp_format formats[SDP_FORMATS_MAX];
	uint8_t n_formats;
};

struct sdp {
	struct sdp_media media[SDP_MEDIA_MAX];
	uint8_t n_media;
	bool on_hold; /* every audio stream is sendonly or inactive, or its address is 0.0.0.0 (RFC
	                 3264 8.4) */
	bool cut;     /* more media or formats than fit */
};

/** Parse one description; lines it does not know are skipped. @return 0 or -EBADMSG when it does
 * not begin with v=. */
int sdp_parse(struct slice body, struct sdp *out);

/** The SDP of a body: itself for application/sdp, or without a type when it looks like one; the
 * first such part of multipart (RFC 2046), not of one within; empty when there is none. */
struct slice sdp_of_body(struct slice content_type, struct slice body);

/** Encoding and clock of a static payload type (RFC 3551 table 4 and 5). @return false for a
 * dynamic or unassigned one. */
bool sdp_static_format(uint8_t payload_type, struct sdp_format *out);
