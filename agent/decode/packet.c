/*
 * From a captured frame to a transport payload.
 *
 * Owns nothing: everything it hands out points into the frame. Follows RFC 791, 8200, 768 and 9293;
 * IP in IP (RFC 2003, 2473, 4213), GRE (RFC 2784, 2890), ERSPAN (draft-foschiano-erspan-03) and
 * VXLAN (RFC 7348); the link layer is in
 * link.c. Checksums are not verified: hosts leave them to the network card, so what they send is
 * captured without.
 */
#include "agent/decode/packet.h"

#include "agent/decode/bytes.h"
#include "agent/decode/link.h"

#define PROTOCOL_HOPOPTS      0
#define PROTOCOL_IPV4         4
#define PROTOCOL_TCP          6
#define PROTOCOL_UDP          17
#define PROTOCOL_IPV6         41
#define PROTOCOL_ROUTING      43
#define PROTOCOL_FRAGMENT     44
#define PROTOCOL_GRE          47
#define PROTOCOL_AH           51
#define PROTOCOL_DSTOPTS      60
#define PROTOCOL_MOBILITY     135

#define EXTENSIONS_MAX        8 /* RFC 8200 4.1 names six, each once but one */

#define IPV4_HEADER_MIN_BYTES 20
#define IPV6_HEADER_BYTES     40
#define IP_DATAGRAM_MAX_BYTES 65535
#define UDP_HEADER_BYTES      8
#define TCP_HEADER_MIN_BYTES  20

#define USUAL_HEADERS_BYTES   42 /* Ethernet, IPv4 without options, UDP */

#define GRE_SEQUENCE          0x1000
#define ERSPAN                0x88be /* types I and II, which differ in having a sequence number */
#define ERSPAN_3              0x22eb
#define ERSPAN_2_BYTES        8
#define ERSPAN_3_BYTES        12
#define ERSPAN_3_MORE_BYTES   8 /* behind it when its last bit, O, is set */

#define VXLAN_PORT            4789
#define VXLAN_HEADER_BYTES    8

/* What an IP header carries. */
struct datagram {
	struct cursor data; /* as captured */
	uint32_t bytes;     /* as on the wire */
	uint8_t protocol;
};

/* ---- internet layer ---- */

/* What follows an IP header, without the padding of short Ethernet frames; shorter than `bytes`
 * when the capture's snap length cut it. */
static inline void set_content(struct datagram *d, struct cursor *c, uint32_t bytes)
{
	size_t captured = cursor_left(c);

	d->bytes = bytes;
	d->data = cursor_sub(c, captured < bytes ? captured : bytes);
}

/* Worth reassembling: it may hold UDP or TCP. */
static bool fragment_wanted(uint8_t protocol)
{
	return protocol == PROTOCOL_UDP || protocol == PROTOCOL_TCP ||
	       protocol == PROTOCOL_HOPOPTS || protocol == PROTOCOL_ROUTING ||
	       protocol == PROTOCOL_DSTOPTS || protocol == PROTOCOL_AH;
}

static enum packet_result set_fragment(const struct datagram *d, const struct packet *out,
                                       struct packet_fragment *frag)
{
	/* RFC 8200 4.5: all but the last are whole units of 8, and 65,535 is the end */
	if ((frag->more && (d->bytes == 0 || d->bytes % 8 != 0)) ||
	    frag->offset + d->bytes > IP_DATAGRAM_MAX_BYTES) {
		return PACKET_IP_BAD_LENGTH;
	}
	if (!fragment_wanted(d->protocol)) {
		return PACKET_OTHER;
	}
	frag->src = out->src;
	frag->dst = out->dst;
	frag->protocol = d->protocol;
	frag->data = d->data;
	frag->data_bytes = d->bytes;
	return PACKET_FRAGMENT;
}

static inline enum packet_result enter_ipv4(struct cursor *c, struct packet *out,
                                            struct packet_fragment *frag, struct datagram *d)
{
	const uint8_t *p = c->at;
	size_t captured = cursor_left(c);
	uint32_t header_bytes;
	uint32_t total_bytes;
	uint16_t flags_offset;

	if (captured < IPV4_HEADER_MIN_BYTES) {
		return PACKET_IP_TRUNCATED;
	}
	if (p[0] >> 4 != 4) {
		return PACKET_IP_BAD_VERSION;
	}
	header_bytes = (uint32_t)(p[0] & 0x0f) * 4;
	total_bytes = bytes_u16be(p + 2);
	if (total_bytes == 0) {
		total_bytes = (uint32_t)captured; /* the network card will cut it into segments */
	}
	if (header_bytes < IPV4_HEADER_MIN_BYTES || total_bytes < header_bytes) {
		return PACKET_IP_BAD_LENGTH;
	}
	if (captured < header_bytes) {
		return PACKET_IP_TRUNCATED;
	}
	out->src = net_addr_v4(bytes_u32be(p + 12));
	out->dst = net_addr_v4(bytes_u32be(p + 16));
	d->protocol = p[9];
	c->at += header_bytes;
	set_content(d, c, total_bytes - header_bytes);
	flags_offset = bytes_u16be(p + 6);
	if ((flags_offset & 0x3fff) == 0) {
		return PACKET_OK;
	}
	frag->id = bytes_u16be(p + 4);
	frag->more = (flags_offset & 0x2000) != 0;
	frag->offset = (uint32_t)(flags_offset & 0x1fff) * 8;
	return set_fragment(d, out, frag);
}

/* Bytes of the extension header at p, of which two bytes can be read; 0 when it is none. */
static uint32_t extension_bytes(uint8_t protocol, const uint8_t *p)
{
	switch (protocol) {
	case PROTOCOL_HOPOPTS:
	case PROTOCOL_ROUTING:
	case PROTOCOL_DSTOPTS:
	case PROTOCOL_MOBILITY:
		return ((uint32_t)p[1] + 1) * 8;
	case PROTOCOL_AH: /* RFC 4302 2.2 counts in words of 4, minus 2 */
		return ((uint32_t)p[1] + 2) * 4;
	default:
		return 0;
	}
}

/* Past IPv6 extension headers, to a transport or a fragment header. */
static enum packet_result skip_extensions(struct datagram *d)
{
	for (unsigned n = 0; n <= EXTENSIONS_MAX; n++) {
		static const uint8_t nothing[2];
		const uint8_t *p = cursor_left(&d->data) >= 2 ? d->data.at : nothing;
		uint32_t bytes = extension_bytes(d->protocol, p);

		if (bytes == 0) {
			return PACKET_OK;
		}
		if (bytes > d->bytes) {
			return PACKET_IP6_BAD_EXTENSION;
		}
		if (bytes > cursor_left(&d->data)) {
			return PACKET_IP_TRUNCATED;
		}
		d->protocol = p[0];
		d->bytes -= bytes;
		cursor_skip(&d->data, bytes);
	}
	return PACKET_IP6_BAD_EXTENSION;
}

/* The IPv6 fragment header (RFC 8200 4.5); an atomic fragment (RFC 6946) is a whole datagram. */
static enum packet_result enter_fragment(struct datagram *d, const struct packet *out,
                                         struct packet_fragment *frag)
{
	const uint8_t *p;
	uint16_t offset_flags;

	if (d->bytes < 8) {
		return PACKET_IP6_BAD_EXTENSION;
	}
	p = cursor_take(&d->data, 8);
	if (p == NULL) {
		return PACKET_IP_TRUNCATED;
	}
	d->bytes -= 8;
	d->protocol = p[0];
	offset_flags = bytes_u16be(p + 2);
	if ((offset_flags & 0xfff9) == 0) {
		return PACKET_OK;
	}
	frag->id = bytes_u32be(p + 4);
	frag->more = (offset_flags & 1) != 0;
	frag->offset = offset_flags & 0xfff8;
	return set_fragment(d, out, frag);
}

static enum packet_result enter_ipv6(struct cursor *c, struct packet *out,
                                     struct packet_fragment *frag, struct datagram *d)
{
	const uint8_t *p = cursor_take(c, IPV6_HEADER_BYTES);
	enum packet_result rc;
	uint32_t bytes;

	if (p == NULL) {
		return PACKET_IP_TRUNCATED;
	}
	if (p[0] >> 4 != 6) {
		return PACKET_IP_BAD_VERSION;
	}
	bytes = bytes_u16be(p + 4);
	if (bytes == 0) { /* longer than 65,535, or still to be cut into segments */
		bytes = (uint32_t)cursor_left(c);
	}
	out->src = (struct net_addr){ bytes_u64be(p + 8), bytes_u64be(p + 16) };
	out->dst = (struct net_addr){ bytes_u64be(p + 24), bytes_u64be(p + 32) };
	d->protocol = p[6];
	set_content(d, c, bytes);
	rc = skip_extensions(d);
	if (rc != PACKET_OK || d->protocol != PROTOCOL_FRAGMENT) {
		return rc;
	}
	rc = enter_fragment(d, out, frag);
	return rc == PACKET_OK ? skip_extensions(d) : rc;
}

/* ---- transport ---- */

static inline void set_payload(struct datagram *d, struct packet *out)
{
	size_t captured = cursor_left(&d->data);

	out->payload = cursor_of(d->data.at, captured < d->bytes ? captured : d->bytes);
	out->payload_bytes = d->bytes;
}

static inline enum packet_result enter_udp(struct datagram *d, struct packet *out)
{
	const uint8_t *p = cursor_take(&d->data, UDP_HEADER_BYTES);
	uint32_t bytes;

	if (p == NULL || d->bytes < UDP_HEADER_BYTES) {
		return PACKET_UDP_TRUNCATED;
	}
	bytes = bytes_u16be(p + 4);
	if (bytes == 0) { /* RFC 2675 4 and segmentation offload: as long as IP says */
		bytes = d->bytes;
	}
	if (bytes < UDP_HEADER_BYTES || bytes > d->bytes) {
		return PACKET_UDP_BAD_LENGTH;
	}
	d->bytes = bytes - UDP_HEADER_BYTES;
	out->src_port = bytes_u16be(p);
	out->dst_port = bytes_u16be(p + 2);
	out->transport = PACKET_UDP;
	out->tcp_sequence = 0;
	out->tcp_flags = 0;
	set_payload(d, out);
	return PACKET_OK;
}

static enum packet_result enter_tcp(struct datagram *d, struct packet *out)
{
	const uint8_t *p = cursor_take(&d->data, TCP_HEADER_MIN_BYTES);
	uint32_t header_bytes;

	if (p == NULL || d->bytes < TCP_HEADER_MIN_BYTES) {
		return PACKET_TCP_TRUNCATED;
	}
	header_bytes = (uint32_t)(p[12] >> 4) * 4;
	if (header_bytes < TCP_HEADER_MIN_BYTES || header_bytes > d->bytes) {
		return PACKET_TCP_BAD_OFFSET;
	}
	cursor_skip(&d->data, header_bytes - TCP_HEADER_MIN_BYTES);
	if (d->data.bad) {
		return PACKET_TCP_TRUNCATED;
	}
	d->bytes -= header_bytes;
	out->src_port = bytes_u16be(p);
	out->dst_port = bytes_u16be(p + 2);
	out->transport = PACKET_TCP;
	out->tcp_flags = p[13];
	/* RFC 9293 3.4: a SYN takes one sequence number, so data sent with it comes one later */
	out->tcp_sequence = bytes_u32be(p + 4) + ((p[13] & PACKET_TCP_SYN) != 0 ? 1 : 0);
	set_payload(d, out);
	return PACKET_OK;
}

enum packet_result packet_decode_transport(uint8_t protocol, struct cursor datagram,
                                           uint32_t datagram_bytes, struct packet *out)
{
	struct datagram d = { datagram, datagram_bytes, protocol };
	enum packet_result rc = skip_extensions(&d); /* of IPv6, behind the fragment header */

	if (rc != PACKET_OK) {
		return rc;
	}
	switch (d.protocol) {
	case PROTOCOL_UDP:
		return enter_udp(&d, out);
	case PROTOCOL_TCP:
		return enter_tcp(&d, out);
	default:
		return PACKET_OTHER;
	}
}

/* ---- tunnels ---- */

/* RFC 7348 5: the I flag set and the reserved bits zero, else it is no VXLAN but a datagram that
 * happens to go to this port. */
static bool enter_vxlan(const struct packet *p, struct cursor *inner)
{
	struct cursor c = p->payload;
	const uint8_t *h = cursor_take(&c, VXLAN_HEADER_BYTES);

	if (h == NULL || bytes_u32be(h) != UINT32_C(0x08000000) || h[7] != 0) {
		return false;
	}
	*inner = c;
	return true;
}

/* Past the header of a switch's mirror (draft-foschiano-erspan-03, 4): type I has none, II and III
 * say 1 and 2 in their first four bits. */
static enum packet_result skip_erspan(struct datagram *d, uint16_t type, bool numbered)
{
	size_t bytes = type == ERSPAN_3 ? ERSPAN_3_BYTES : numbered ? ERSPAN_2_BYTES : 0;
	const uint8_t *p = cursor_take(&d->data, bytes);

	if (p == NULL) {
		return PACKET_IP_TRUNCATED;
	}
	if (bytes > 0 && p[0] >> 4 != (type == ERSPAN_3 ? 2 : 1)) {
		return PACKET_OTHER;
	}
	if (type == ERSPAN_3 && (p[ERSPAN_3_BYTES - 1] & 1) != 0) {
		cursor_skip(&d->data, ERSPAN_3_MORE_BYTES);
	}
	return d->data.bad ? PACKET_IP_TRUNCATED : PACKET_OK;
}

static enum packet_result enter_gre_content(struct datagram *d, uint16_t *type, bool numbered)
{
	enum packet_result rc = PACKET_OK;

	if (*type == ERSPAN || *type == ERSPAN_3) {
		rc = skip_erspan(d, *type, numbered);
	} else if (*type != LINK_ETHERNET) {
		return PACKET_OK;
	}
	return rc == PACKET_OK ? link_enter_ethernet(&d->data, type) : rc;
}

/* RFC 2784 2.1 with key and sequence number of RFC 2890; other versions and routing are refused. */
static enum packet_result enter_gre(struct datagram *d, uint16_t *type)
{
	uint16_t flags = cursor_u16be(&d->data);

	*type = cursor_u16be(&d->data);
	for (unsigned bit = 0x8000; bit >= 0x1000; bit >>= 1) { /* checksum, routing, key, number */
		cursor_skip(&d->data, (flags & bit) != 0 ? 4 : 0);
	}
	if (d->data.bad) {
		return PACKET_IP_TRUNCATED;
	}
	if ((flags & 0x4007) != 0) {
		return PACKET_OTHER;
	}
	return enter_gre_content(d, type, (flags & GRE_SEQUENCE) != 0);
}

/* Into what an IP header carries when that is a packet again; PACKET_OTHER when it is not. */
static enum packet_result enter_tunnel(struct datagram *d, struct cursor *c, uint16_t *type)
{
	enum packet_result rc;

	switch (d->protocol) {
	case PROTOCOL_IPV4:
		*type = LINK_IPV4;
		rc = PACKET_OK;
		break;
	case PROTOCOL_IPV6:
		*type = LINK_IPV6;
		rc = PACKET_OK;
		break;
	case PROTOCOL_GRE:
		rc = enter_gre(d, type);
		break;
	default:
		rc = PACKET_OTHER;
		break;
	}
	*c = d->data;
	return rc;
}

/*
 * Nearly every packet is media: Ethernet, IPv4 without options, UDP, nothing odd. It is decoded
 * here in half the time of decode_any. @return false for all others, with nothing said about them;
 * what is decoded is the same either way, and the fuzz target compares.
 */
static inline bool decode_usual(struct cursor frame, struct packet *out)
{
	const uint8_t *p = frame.at;
	size_t captured = cursor_left(&frame);
	uint32_t ip_bytes;
	uint32_t payload_bytes;

	if (captured < USUAL_HEADERS_BYTES || bytes_u16be(p + 12) != LINK_IPV4 || p[14] != 0x45 ||
	    p[23] != PROTOCOL_UDP || (bytes_u16be(p + 20) & 0x3fff) != 0) {
		return false;
	}
	ip_bytes = bytes_u16be(p + 16);
	payload_bytes = bytes_u16be(p + 38) - (uint32_t)UDP_HEADER_BYTES;
	if (ip_bytes != payload_bytes + UDP_HEADER_BYTES + IPV4_HEADER_MIN_BYTES ||
	    payload_bytes > IP_DATAGRAM_MAX_BYTES || bytes_u16be(p + 36) == VXLAN_PORT) {
		return false;
	}
	captured -= USUAL_HEADERS_BYTES;
	out->src = net_addr_v4(bytes_u32be(p + 26));
	out->dst = net_addr_v4(bytes_u32be(p + 30));
	out->src_port = bytes_u16be(p + 34);
	out->dst_port = bytes_u16be(p + 36);
	out->transport = PACKET_UDP;
	out->payload = cursor_of(p + USUAL_HEADERS_BYTES,
	                         captured < payload_bytes ? captured : payload_bytes);
	out->payload_bytes = payload_bytes;
	out->tcp_sequence = 0;
	out->tcp_flags = 0;
	return true;
}

/* Not inlined, so that the usual packet does not pay for the registers this needs. */
__attribute__((noinline)) static enum packet_result
decode_any(int dlt, struct cursor frame, struct packet *out, struct packet_fragment *frag)
{
	struct cursor c = frame;
	struct datagram d;
	uint16_t type;
	enum packet_result rc = link_enter(dlt, &c, &type);

	for (unsigned tunnels = 0; rc == PACKET_OK && tunnels <= PACKET_TUNNELS_MAX; tunnels++) {
		if (type == LINK_IPV4) {
			rc = enter_ipv4(&c, out, frag, &d);
		} else if (type == LINK_IPV6) {
			rc = enter_ipv6(&c, out, frag, &d);
		} else {
			return PACKET_OTHER;
		}
		if (rc != PACKET_OK) {
			return rc;
		}
		if (d.protocol == PROTOCOL_UDP) {
			rc = enter_udp(&d, out);
			if (rc != PACKET_OK || out->dst_port != VXLAN_PORT ||
			    !enter_vxlan(out, &c)) {
				return rc;
			}
			rc = link_enter_ethernet(&c, &type);
		} else if (d.protocol == PROTOCOL_TCP) {
			return enter_tcp(&d, out);
		} else {
			rc = enter_tunnel(&d, &c, &type);
		}
	}
	return rc != PACKET_OK ? rc : PACKET_OTHER;
}

enum packet_result packet_decode(int dlt, struct cursor frame, struct packet *out,
                                 struct packet_fragment *frag)
{
	return dlt == LINK_DLT_ETHERNET && decode_usual(frame, out)
	               ? PACKET_OK
	               : decode_any(dlt, frame, out, frag);
}

const char *packet_result_name(enum packet_result r)
{
	static const char *const names[PACKET_RESULTS] = {
		[PACKET_OK] = "ok",
		[PACKET_FRAGMENT] = "fragment",
		[PACKET_OTHER] = "other",
		[PACKET_LINK_TRUNCATED] = "link_truncated",
		[PACKET_LINK_UNKNOWN] = "link_unknown",
		[PACKET_IP_TRUNCATED] = "ip_truncated",
		[PACKET_IP_BAD_VERSION] = "ip_bad_version",
		[PACKET_IP_BAD_LENGTH] = "ip_bad_length",
		[PACKET_IP6_BAD_EXTENSION] = "ip6_bad_extension",
		[PACKET_UDP_TRUNCATED] = "udp_truncated",
		[PACKET_UDP_BAD_LENGTH] = "udp_bad_length",
		[PACKET_TCP_TRUNCATED] = "tcp_truncated",
		[PACKET_TCP_BAD_OFFSET] = "tcp_bad_offset",
	};

	return (unsigned)r < PACKET_RESULTS ? names[r] : "unknown";
}
