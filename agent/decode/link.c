/*
 * Link layers: https://www.tcpdump.org/linktypes.html, IEEE 802.1Q, PPPoE (RFC 2516).
 *
 * Owns nothing. What is neither IPv4 nor IPv6 gets its own type or LINK_NONE; whether that is of
 * interest is the caller's question.
 */
#include "agent/decode/link.h"

#include "agent/decode/bytes.h"

/* DLT_* as in pcap/dlt.h; decoding needs nothing else of libpcap */
#define DLT_BSD_NULL    0
#define DLT_ETHERNET    LINK_DLT_ETHERNET
#define DLT_RAW_LINUX   12
#define DLT_RAW_OPENBSD 14
#define DLT_RAW_FILE    101 /* LINKTYPE_RAW */
#define DLT_BSD_LOOP    108
#define DLT_SLL         113
#define DLT_RAW_IPV4    228
#define DLT_RAW_IPV6    229
#define DLT_SLL2        276

#define LINK_VLAN       0x8100
#define LINK_PPPOE      0x8864
#define LINK_QINQ       0x88a8
#define LINK_QINQ_OLD   0x9100

#define VLAN_TAGS_MAX   8 /* two are common; more is an attack or a mistake, eight still harmless */
#define PPP_IPV4        0x0021
#define PPP_IPV6        0x0057

bool packet_link_known(int dlt)
{
	switch (dlt) {
	case DLT_BSD_NULL:
	case DLT_ETHERNET:
	case DLT_RAW_LINUX:
	case DLT_RAW_OPENBSD:
	case DLT_RAW_FILE:
	case DLT_BSD_LOOP:
	case DLT_SLL:
	case DLT_RAW_IPV4:
	case DLT_RAW_IPV6:
	case DLT_SLL2:
		return true;
	default:
		return false;
	}
}

/* PPPoE session data (RFC 2516 4): version and type, code, session, length, PPP protocol. */
static enum packet_result enter_pppoe(struct cursor *c, uint16_t *type)
{
	const uint8_t *p = cursor_take(c, 8);

	if (p == NULL) {
		return PACKET_LINK_TRUNCATED;
	}
	switch (bytes_u16be(p + 6)) {
	case PPP_IPV4:
		*type = LINK_IPV4;
		break;
	case PPP_IPV6:
		*type = LINK_IPV6;
		break;
	default:
		*type = LINK_NONE; /* link control and the like */
		break;
	}
	return PACKET_OK;
}

/* Past VLAN tags and PPPoE, to the type of what is carried. */
static inline enum packet_result skip_tags(struct cursor *c, uint16_t *type)
{
	for (unsigned tags = 0; tags <= VLAN_TAGS_MAX; tags++) {
		const uint8_t *p;

		if (*type == LINK_PPPOE) {
			return enter_pppoe(c, type);
		}
		if (*type != LINK_VLAN && *type != LINK_QINQ && *type != LINK_QINQ_OLD) {
			return PACKET_OK;
		}
		p = cursor_take(c, 4);
		if (p == NULL) {
			return PACKET_LINK_TRUNCATED;
		}
		*type = bytes_u16be(p + 2);
	}
	return PACKET_OTHER;
}

/* A link header of fixed length that names the type of its content at `at`. */
static inline enum packet_result enter_typed(struct cursor *c, size_t header_bytes, size_t at,
                                             uint16_t *type)
{
	const uint8_t *p = cursor_take(c, header_bytes);

	if (p == NULL) {
		return PACKET_LINK_TRUNCATED;
	}
	*type = bytes_u16be(p + at);
	return skip_tags(c, type);
}

enum packet_result link_enter_ethernet(struct cursor *c, uint16_t *type)
{
	return enter_typed(c, 14, 12, type);
}

/* NULL has the address family in the byte order of the host that captured, LOOP in network order;
 * the number of IPv6 differs from system to system. */
static enum packet_result enter_loopback(struct cursor *c, uint16_t *type)
{
	uint32_t family = cursor_u32be(c);

	if (c->bad) {
		return PACKET_LINK_TRUNCATED;
	}
	switch (family > 0xffff ? __builtin_bswap32(family) : family) {
	case 2:
		*type = LINK_IPV4;
		break;
	case 10: /* Linux */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
	case 30: /* macOS */
		*type = LINK_IPV6;
		break;
	default:
		*type = LINK_NONE;
		break;
	}
	return PACKET_OK;
}

static enum packet_result enter_raw(const struct cursor *c, uint16_t *type)
{
	if (cursor_left(c) == 0) {
		return PACKET_IP_TRUNCATED;
	}
	switch (c->at[0] >> 4) {
	case 4:
		*type = LINK_IPV4;
		return PACKET_OK;
	case 6:
		*type = LINK_IPV6;
		return PACKET_OK;
	default:
		return PACKET_IP_BAD_VERSION;
	}
}

enum packet_result link_enter(int dlt, struct cursor *c, uint16_t *type)
{
	switch (dlt) {
	case DLT_ETHERNET:
		return link_enter_ethernet(c, type);
	case DLT_SLL:
		return enter_typed(c, 16, 14, type);
	case DLT_SLL2:
		return enter_typed(c, 20, 0, type);
	case DLT_BSD_NULL:
	case DLT_BSD_LOOP:
		return enter_loopback(c, type);
	case DLT_RAW_LINUX:
	case DLT_RAW_OPENBSD:
	case DLT_RAW_FILE:
		return enter_raw(c, type);
	case DLT_RAW_IPV4:
		*type = LINK_IPV4;
		return PACKET_OK;
	case DLT_RAW_IPV6:
		*type = LINK_IPV6;
		return PACKET_OK;
	default:
		return PACKET_LINK_UNKNOWN;
	}
}
