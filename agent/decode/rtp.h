/* RTP headers (RFC 3550 5.1). Inline: this is the hot path. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/cursor.h"

#define RTP_HEADER_BYTES 12
#define RTP_VERSION      2

struct rtp_header {
	uint8_t payload_type;
	bool marker;
	uint16_t sequence;
	uint32_t timestamp;
	uint32_t ssrc;
};

/* RFC 5761 4: with marker bit, payload types 64 to 95 would be RTCP packet types 192 to 223 */
static inline bool rtp_is_rtcp(const uint8_t *two_bytes)
{
	return two_bytes[1] >= 192 && two_bytes[1] <= 223;
}

/** Decode the fixed header. @return false when it is too short, of another version, or RTCP. */
static inline bool rtp_decode(struct cursor payload, struct rtp_header *out)
{
	const uint8_t *p = cursor_take(&payload, RTP_HEADER_BYTES);
	uint32_t v;

	if (p == NULL || p[0] >> 6 != RTP_VERSION || rtp_is_rtcp(p)) {
		return false;
	}
	out->payload_type = p[1] & 0x7f;
	out->marker = p[1] >> 7;
	out->sequence = (uint16_t)(p[2] << 8 | p[3]);
	memcpy(&v, p + 4, sizeof(v));
	out->timestamp = __builtin_bswap32(v);
	memcpy(&v, p + 8, sizeof(v));
	out->ssrc = __builtin_bswap32(v);
	return true;
}
