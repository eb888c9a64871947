/*
 * RTCP compound packets.
 *
 * Owns nothing. A datagram is looked at twice: first whether every length in it holds and the last
 * packet ends where the datagram does (RFC 3550 appendix A.2), then for what it says. SRTCP (RFC
 * 3711 3.4), whose first eight bytes are clear and whose reports are not, fails the first look: its
 * index and tag follow the last packet, and no loss or jitter is read out of encrypted bytes.
 */
#include "agent/decode/rtcp.h"

#define RTCP_VERSION 2

/* RFC 3550 12.1, RFC 3611 2; RFC 5761 4 sets aside 192 to 223 */
#define TYPE_SENDER_REPORT   200
#define TYPE_RECEIVER_REPORT 201
#define TYPE_BYE             203
#define TYPE_EXTENDED        207
#define TYPE_FIRST           192
#define TYPE_LAST            223

#define SSRC_BYTES           4
#define SENDER_INFO_BYTES    20
#define REPORT_BYTES         24

#define XR_BLOCK_VOIP        7 /* RFC 3611 4.7 */
#define XR_VOIP_BYTES        32

/* One packet of a compound packet, without its header and padding. */
struct rtcp_packet {
	uint8_t type;
	uint8_t count; /* of reports or sources */
	struct cursor content;
};

/* Take the next packet. @return false when it is none, or longer than what is left. */
static bool take_packet(struct cursor *c, struct rtcp_packet *out)
{
	uint8_t first = cursor_u8(c);
	uint32_t bytes;

	out->type = cursor_u8(c);
	bytes = (uint32_t)cursor_u16be(c) * 4;
	out->count = first & 0x1f;
	out->content = cursor_sub(c, bytes);
	if (c->bad || first >> 6 != RTCP_VERSION || out->type < TYPE_FIRST ||
	    out->type > TYPE_LAST) {
		return false;
	}
	if ((first & 0x20) != 0) { /* the last byte says how many are padding, itself included */
		uint8_t padding = bytes > 0 ? out->content.end[-1] : 0;

		if (padding == 0 || padding > bytes) {
			return false;
		}
		out->content.end -= padding;
	}
	return true;
}

/* Take the next block of an extended report: its type and content. */
static bool take_block(struct cursor *c, uint8_t *type, struct cursor *content)
{
	*type = cursor_u8(c);
	cursor_skip(c, 1);
	*content = cursor_sub(c, (size_t)cursor_u16be(c) * 4);
	return !c->bad;
}

/* Is there as much in a packet as its counts and block lengths say? */
static bool lengths_hold(const struct rtcp_packet *p)
{
	struct cursor c = p->content;
	struct cursor block;
	uint8_t type;

	switch (p->type) {
	case TYPE_SENDER_REPORT:
		cursor_skip(&c, SSRC_BYTES + SENDER_INFO_BYTES + (size_t)p->count * REPORT_BYTES);
		break;
	case TYPE_RECEIVER_REPORT:
		cursor_skip(&c, SSRC_BYTES + (size_t)p->count * REPORT_BYTES);
		break;
	case TYPE_BYE:
		cursor_skip(&c, (size_t)p->count * SSRC_BYTES);
		break;
	case TYPE_EXTENDED:
		cursor_skip(&c, SSRC_BYTES);
		while (!c.bad && cursor_left(&c) > 0) {
			(void)take_block(&c, &type, &block);
		}
		break;
	default:
		break;
	}
	return !c.bad;
}

static bool compound_holds(struct cursor payload)
{
	struct rtcp_packet p;
	bool holds = cursor_left(&payload) > 0;

	while (holds && cursor_left(&payload) > 0) {
		holds = take_packet(&payload, &p) && lengths_hold(&p);
	}
	return holds;
}

/* Cumulative loss has 24 bits and a sign (RFC 3550 6.4.1): duplicates make it negative. */
static int32_t signed_24(uint32_t v)
{
	return (int32_t)(v ^ UINT32_C(0x800000)) - 0x800000;
}

static void report_blocks(struct cursor *c, uint32_t reporter, unsigned count,
                          const struct rtcp_handler *handler)
{
	for (unsigned i = 0; i < count; i++) {
		struct rtcp_block b = { .reporter = reporter };
		uint32_t lost;

		b.ssrc = cursor_u32be(c);
		lost = cursor_u32be(c);
		b.fraction_lost = (uint8_t)(lost >> 24);
		b.cumulative_lost = signed_24(lost & 0xffffff);
		b.highest_sequence = cursor_u32be(c);
		b.jitter = cursor_u32be(c);
		b.lsr = cursor_u32be(c);
		b.dlsr = cursor_u32be(c);
		if (handler->block != NULL) {
			handler->block(handler->arg, &b);
		}
	}
}

static void report_sender(struct cursor *c, uint32_t ssrc, const struct rtcp_handler *handler)
{
	struct rtcp_sender s = { .ssrc = ssrc };
	uint32_t seconds = cursor_u32be(c);
	uint32_t fraction = cursor_u32be(c);

	s.has_ntp = true;
	s.ntp_mid = seconds << 16 | fraction >> 16;
	s.rtp_ts = cursor_u32be(c);
	s.packets = cursor_u32be(c);
	s.octets = cursor_u32be(c);
	if (handler->sender != NULL) {
		handler->sender(handler->arg, &s);
	}
}

static void report_voip(struct cursor c, const struct rtcp_handler *handler)
{
	struct rtcp_voip v = { .ssrc = cursor_u32be(&c) };

	v.loss_rate = cursor_u8(&c);
	v.discard_rate = cursor_u8(&c);
	cursor_skip(&c, 6); /* burst and gap density, burst and gap duration */
	v.round_trip_ms = cursor_u16be(&c);
	v.end_system_ms = cursor_u16be(&c);
	cursor_skip(&c, 4); /* signal, noise, echo, Gmin */
	v.r_factor = cursor_u8(&c);
	cursor_skip(&c, 1); /* R factor of another segment */
	v.mos_lq = cursor_u8(&c);
	v.mos_cq = cursor_u8(&c);
	if (!c.bad && handler->voip != NULL) {
		handler->voip(handler->arg, &v);
	}
}

static void report_extended(struct cursor c, const struct rtcp_handler *handler)
{
	struct cursor content;
	uint8_t type;

	while (cursor_left(&c) > 0 && take_block(&c, &type, &content)) {
		if (type == XR_BLOCK_VOIP && cursor_left(&content) == XR_VOIP_BYTES) {
			report_voip(content, handler);
		}
	}
}

static void report_packet(const struct rtcp_packet *p, const struct rtcp_handler *handler)
{
	struct cursor c = p->content;
	uint32_t ssrc;

	switch (p->type) {
	case TYPE_SENDER_REPORT:
		ssrc = cursor_u32be(&c);
		report_sender(&c, ssrc, handler);
		report_blocks(&c, ssrc, p->count, handler);
		break;
	case TYPE_RECEIVER_REPORT:
		ssrc = cursor_u32be(&c);
		report_blocks(&c, ssrc, p->count, handler);
		break;
	case TYPE_BYE:
		for (unsigned i = 0; i < p->count && handler->bye != NULL; i++) {
			handler->bye(handler->arg, cursor_u32be(&c));
		}
		break;
	case TYPE_EXTENDED:
		cursor_skip(&c, SSRC_BYTES);
		report_extended(c, handler);
		break;
	default:
		break;
	}
}

bool rtcp_walk(struct cursor payload, const struct rtcp_handler *handler)
{
	struct rtcp_packet p;

	if (!compound_holds(payload)) {
		return false;
	}
	while (cursor_left(&payload) > 0 && take_packet(&payload, &p)) {
		report_packet(&p, handler);
	}
	return true;
}
