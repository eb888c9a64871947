/*
 * HEP3 messages; see the header.
 *
 * Owns nothing and allocates nothing, but for what zlib takes while it unpacks. Of a chunk that is
 * there twice the last one counts, as in Kamailio's and Homer's readers.
 */
#include "agent/decode/hep.h"

#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>
#include <zlib.h>

#include "agent/decode/bytes.h"
#include "common/unconst.h"

#define CHUNK_HEADER_BYTES 6
#define VENDOR_GENERIC     0

/* chunk types of the generic vendor */
#define CHUNK_FAMILY      0x01
#define CHUNK_PROTOCOL    0x02
#define CHUNK_SRC_V4      0x03
#define CHUNK_DST_V4      0x04
#define CHUNK_SRC_V6      0x05
#define CHUNK_DST_V6      0x06
#define CHUNK_SRC_PORT    0x07
#define CHUNK_DST_PORT    0x08
#define CHUNK_SECONDS     0x09
#define CHUNK_MICROS      0x0a
#define CHUNK_TYPE        0x0b
#define CHUNK_CAPTURE_ID  0x0c
#define CHUNK_KEY         0x0e
#define CHUNK_PAYLOAD     0x0f
#define CHUNK_PACKED      0x10
#define CHUNK_CORRELATION 0x11

/* IP protocol numbers. The last two stand for what IP has no number for: Kamailio, FreeSWITCH and
 * OpenSIPS write XNS IDP for SIP over TLS and, by version, ESP for WebSocket. */
#define PROTOCOL_TCP 6
#define PROTOCOL_IDP 22
#define PROTOCOL_ESP 50

/* What addresses, type and payload are there. */
#define HAS_SRC     0x01
#define HAS_DST     0x02
#define HAS_TYPE    0x04
#define HAS_PAYLOAD 0x08
#define HAS_SECONDS 0x10
#define HAS_ALL     (HAS_SRC | HAS_DST | HAS_TYPE | HAS_PAYLOAD)

struct reading {
	struct hep_message *out;
	unsigned has;
	uint32_t seconds;
	uint32_t micros;
};

/* Bytes that a chunk of this type has; 0: any number. */
static size_t size_of(uint16_t type)
{
	static const uint8_t sizes[] = {
		[CHUNK_FAMILY] = 1,   [CHUNK_PROTOCOL] = 1, [CHUNK_SRC_V4] = 4,
		[CHUNK_DST_V4] = 4,   [CHUNK_SRC_V6] = 16,  [CHUNK_DST_V6] = 16,
		[CHUNK_SRC_PORT] = 2, [CHUNK_DST_PORT] = 2, [CHUNK_SECONDS] = 4,
		[CHUNK_MICROS] = 4,   [CHUNK_TYPE] = 1,     [CHUNK_CAPTURE_ID] = 4,
	};

	return type < sizeof(sizes) ? sizes[type] : 0;
}

static enum packet_transport transport_of(uint8_t protocol)
{
	switch (protocol) {
	case PROTOCOL_TCP:
		return PACKET_TCP;
	case PROTOCOL_IDP:
		return PACKET_TLS;
	case PROTOCOL_ESP:
		return PACKET_WS;
	default:
		return PACKET_UDP;
	}
}

static struct net_addr v6_of(const uint8_t *p)
{
	return (struct net_addr){ bytes_u64be(p), bytes_u64be(p + 8) };
}

static void take_payload(struct reading *r, struct cursor content, bool compressed)
{
	r->out->packet.payload = content;
	r->out->compressed = compressed;
	r->has |= HAS_PAYLOAD;
}

/* One chunk of the generic vendor, whose length is right. */
static void take_chunk(struct reading *r, uint16_t type, struct cursor content)
{
	struct packet *p = &r->out->packet;
	const uint8_t *at = content.at;

	switch (type) {
	case CHUNK_PROTOCOL:
		p->transport = transport_of(at[0]);
		break;
	case CHUNK_SRC_V4:
	case CHUNK_SRC_V6:
		p->src = type == CHUNK_SRC_V4 ? net_addr_v4(bytes_u32be(at)) : v6_of(at);
		r->has |= HAS_SRC;
		break;
	case CHUNK_DST_V4:
	case CHUNK_DST_V6:
		p->dst = type == CHUNK_DST_V4 ? net_addr_v4(bytes_u32be(at)) : v6_of(at);
		r->has |= HAS_DST;
		break;
	case CHUNK_SRC_PORT:
		p->src_port = bytes_u16be(at);
		break;
	case CHUNK_DST_PORT:
		p->dst_port = bytes_u16be(at);
		break;
	case CHUNK_SECONDS:
		r->seconds = bytes_u32be(at);
		r->has |= HAS_SECONDS;
		break;
	case CHUNK_MICROS:
		r->micros = bytes_u32be(at);
		break;
	case CHUNK_TYPE:
		r->out->type = at[0];
		r->has |= HAS_TYPE;
		break;
	case CHUNK_CAPTURE_ID:
		r->out->capture_id = bytes_u32be(at);
		break;
	case CHUNK_KEY:
		r->out->key = content;
		break;
	case CHUNK_PAYLOAD:
	case CHUNK_PACKED:
		take_payload(r, content, type == CHUNK_PACKED);
		break;
	case CHUNK_CORRELATION:
		r->out->correlation = content;
		break;
	default: /* VLAN, group, MAC addresses and the like */
		break;
	}
}

static enum hep_result read_chunks(struct cursor *c, struct reading *r)
{
	while (cursor_left(c) > 0) {
		uint16_t vendor = cursor_u16be(c);
		uint16_t type = cursor_u16be(c);
		uint16_t bytes = cursor_u16be(c);
		struct cursor content;

		if (c->bad || bytes < CHUNK_HEADER_BYTES) {
			return HEP_BAD_CHUNK;
		}
		content = cursor_sub(c, bytes - (size_t)CHUNK_HEADER_BYTES);
		if (c->bad) {
			return HEP_BAD_CHUNK;
		}
		if (vendor != VENDOR_GENERIC) {
			r->out->foreign++;
		} else if (size_of(type) != 0 && size_of(type) != cursor_left(&content)) {
			return HEP_BAD_CHUNK;
		} else {
			take_chunk(r, type, content);
		}
	}
	return HEP_OK;
}

int hep_frame(struct cursor stream)
{
	size_t left = cursor_left(&stream);
	uint16_t bytes;

	if (memcmp(stream.at, "HEP3", left < 4 ? left : 4) != 0) {
		return -EBADMSG;
	}
	if (left < HEP_HEADER_BYTES) {
		return 0;
	}
	bytes = bytes_u16be(stream.at + 4);
	return bytes >= HEP_HEADER_BYTES ? bytes : -EBADMSG;
}

enum hep_result hep_decode(struct cursor message, struct hep_message *out)
{
	struct reading r = { .out = out };
	int bytes = hep_frame(message);
	enum hep_result rc;

	*out = (struct hep_message){ .key = cursor_of(NULL, 0), .correlation = cursor_of(NULL, 0) };
	if (cursor_left(&message) < 4 || memcmp(message.at, "HEP3", 4) != 0) {
		return HEP_NOT_HEP3;
	}
	if (bytes < 0 || (bytes > 0 && (size_t)bytes < cursor_left(&message))) {
		return HEP_BAD_LENGTH;
	}
	if (bytes == 0 || (size_t)bytes > cursor_left(&message)) {
		return HEP_TRUNCATED;
	}
	cursor_skip(&message, HEP_HEADER_BYTES);
	rc = read_chunks(&message, &r);
	if (rc != HEP_OK) {
		return rc;
	}
	if ((r.has & HAS_ALL) != HAS_ALL) {
		return HEP_INCOMPLETE;
	}
	out->packet.payload_bytes = (uint32_t)cursor_left(&out->packet.payload);
	out->has_time = (r.has & HAS_SECONDS) != 0 && r.micros < 1000000;
	out->packet.at_ns = (int64_t)r.seconds * 1000000000 + (int64_t)r.micros * 1000;
	return HEP_OK;
}

/* 15 is the largest window, 32 more finds out whether it is zlib or gzip (zlib.h, inflateInit2) */
#define WINDOW_BITS (15 + 32)

int hep_inflate(struct cursor packed, uint8_t *out, size_t size)
{
	z_stream z = { .next_in = unconst(packed.at),
		       .avail_in = (uInt)cursor_left(&packed),
		       .next_out = out,
		       .avail_out = (uInt)size };
	size_t bytes;
	int rc;

	if (inflateInit2(&z, WINDOW_BITS) != Z_OK) {
		return -ENOMEM;
	}
	rc = inflate(&z, Z_FINISH);
	bytes = size - z.avail_out;
	(void)inflateEnd(&z);
	if (rc == Z_STREAM_END) {
		return (int)bytes;
	}
	return rc == Z_BUF_ERROR && z.avail_out == 0 ? -EMSGSIZE : -EBADMSG;
}

bool hep_key_is(struct cursor given, const char *wanted)
{
	size_t len = strlen(wanted);

	return cursor_left(&given) == len && CRYPTO_memcmp(given.at, wanted, len) == 0;
}

const char *hep_result_name(enum hep_result r)
{
	static const char *const names[HEP_RESULTS] = {
		[HEP_OK] = "ok",
		[HEP_NOT_HEP3] = "not_hep3",
		[HEP_TRUNCATED] = "truncated",
		[HEP_BAD_LENGTH] = "bad_length",
		[HEP_BAD_CHUNK] = "bad_chunk",
		[HEP_INCOMPLETE] = "incomplete",
	};

	return (unsigned)r < HEP_RESULTS ? names[r] : "unknown";
}
