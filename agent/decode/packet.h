/*
 * From a captured frame to a transport payload: link layer, IP, UDP and TCP headers in one pass, no
 * copies.
 *
 * Link types: Ethernet with any stack of 802.1Q/802.1ad tags, Linux cooked v1 and v2, BSD loopback
 * (NULL, LOOP), raw IP, raw IPv4, raw IPv6. IPv4 (RFC 791) and IPv6 with extension headers (RFC
 * 8200). PPPoE sessions, IP in IP, GRE with ERSPAN, and VXLAN are followed inwards,
 * PACKET_TUNNELS_MAX deep. ICMP is not looked into: it quotes packets that were counted when they
 * passed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/cursor.h"

/* An address as two words, so that comparing and hashing are cheap. IPv4 is mapped: high 0, low
 * 0x0000ffff_aabbccdd. */
struct net_addr {
	uint64_t high;
	uint64_t low;
};

static inline struct net_addr net_addr_v4(uint32_t host_order)
{
	return (struct net_addr){ 0, UINT64_C(0xffff00000000) | host_order };
}

static inline bool net_addr_eq(struct net_addr a, struct net_addr b)
{
	return a.high == b.high && a.low == b.low;
}

static inline bool net_addr_among(const struct net_addr *list, size_t n, struct net_addr addr)
{
	for (size_t i = 0; i < n; i++) {
		if (net_addr_eq(list[i], addr)) {
			return true;
		}
	}
	return false;
}

static inline bool net_addr_is_v4(struct net_addr a)
{
	return a.high == 0 && a.low >> 32 == 0xffff;
}

#define PACKET_TUNNELS_MAX 4

#define NET_ADDR_TEXT_MAX  46 /* INET6_ADDRSTRLEN */

/** Text of an address (for pseudonyms and counters, never for logs). */
const char *net_addr_text(struct net_addr a, char out[NET_ADDR_TEXT_MAX]);

/** Parse IPv4 or IPv6 text, not terminated. @return 0 or -EINVAL. */
int net_addr_parse(const char *text, size_t len, struct net_addr *out);

/* Frames are decoded to UDP and TCP. The others are told by who mirrors what it had in clear
 * (agent/decode/hep.h). */
enum packet_transport { PACKET_UDP, PACKET_TCP, PACKET_TLS, PACKET_WS, PACKET_WSS };

struct packet {
	int64_t at_ns; /* capture time, set by the caller */
	struct net_addr src;
	struct net_addr dst;
	uint16_t src_port;
	uint16_t dst_port;
	enum packet_transport transport;
	struct cursor payload;  /* as much as was captured */
	uint32_t payload_bytes; /* as it was on the wire */
	uint32_t tcp_sequence;  /* of the first payload byte */
	uint8_t tcp_flags;
};

#define PACKET_TCP_FIN 0x01
#define PACKET_TCP_SYN 0x02
#define PACKET_TCP_RST 0x04

/* What became of a frame. Everything but OK, FRAGMENT and OTHER is malformed input and has a
 * counter of this name. */
enum packet_result {
	PACKET_OK,
	PACKET_FRAGMENT, /* a piece: give it to reasm_add */
	PACKET_OTHER,    /* well-formed, and neither UDP nor TCP over IP */
	PACKET_LINK_TRUNCATED,
	PACKET_LINK_UNKNOWN, /* link type not supported */
	PACKET_IP_TRUNCATED,
	PACKET_IP_BAD_VERSION,
	PACKET_IP_BAD_LENGTH,
	PACKET_IP6_BAD_EXTENSION,
	PACKET_UDP_TRUNCATED,
	PACKET_UDP_BAD_LENGTH,
	PACKET_TCP_TRUNCATED,
	PACKET_TCP_BAD_OFFSET,
	PACKET_RESULTS,
};

/* An IP fragment; filled when packet_decode answers PACKET_FRAGMENT. */
struct packet_fragment {
	struct net_addr src;
	struct net_addr dst;
	uint32_t id;
	uint8_t protocol;
	bool more;           /* not the last piece */
	uint32_t offset;     /* bytes */
	struct cursor data;  /* as captured */
	uint32_t data_bytes; /* as on the wire */
};

/** Does this build understand frames of this libpcap link type (DLT_*)? */
bool packet_link_known(int dlt);

/**
 * Decode one captured frame.
 * @param out   filled on PACKET_OK; borrows from the frame.
 * @param frag  filled on PACKET_FRAGMENT; borrows from the frame.
 */
enum packet_result packet_decode(int dlt, struct cursor frame, struct packet *out,
                                 struct packet_fragment *frag);

/** Decode the transport header of a reassembled datagram; src and dst are set already. */
enum packet_result packet_decode_transport(uint8_t protocol, struct cursor datagram,
                                           uint32_t datagram_bytes, struct packet *out);

/** Name of a result for counters: "udp_bad_length". */
const char *packet_result_name(enum packet_result r);
