/*
 * A sequence of RTP headers, 12 bytes each: number, timestamp, time since the packet before [100
 * us, 32 bits, signed], payload type, flags (1: marker). The first one begins the stream.
 */
#include <stdint.h>
#include <stdlib.h>

#include "agent/track/rtp_stream.h"
#include "common/cursor.h"

#define PACKET_BYTES 12
#define BYTES        172

static struct rtp_header read_header(struct cursor *c, int64_t *at_ns)
{
	struct rtp_header h = { .sequence = cursor_u16be(c), .timestamp = cursor_u32be(c) };

	*at_ns += (int64_t)(int32_t)cursor_u32be(c) * 100000;
	*at_ns = *at_ns < 0 ? 0 : *at_ns;
	h.payload_type = cursor_u8(c) & 0x7f;
	h.marker = (cursor_u8(c) & 1) != 0;
	return h;
}

/* Even payload types have a clock, from 1 Hz up; every fourth is an event. */
static struct rtp_type type_of(uint8_t payload_type)
{
	return (struct rtp_type){
		.payload_type = payload_type,
		.tick_ns_q16 = payload_type % 2 == 0 ? rtp_tick_ns_q16(1U << payload_type % 18) : 0,
		.content = payload_type % 4 != 3,
	};
}

static void check(const struct rtp_stream *s, uint64_t fed)
{
	struct rtp_result r;

	rtp_stream_result(s, &r);
	if ((uint64_t)r.packets + r.duplicated + s->strays + s->jumped != fed ||
	    r.size_bytes != (uint64_t)r.packets * BYTES || r.loss_ratio < 0 || r.loss_ratio > 1 ||
	    r.burst_ratio < 0 || (r.missing > 0 && r.burst_ratio == 0) ||
	    r.jitter_mean_ns > (uint64_t)RTP_JUMP_NS || r.jitter_max_ns > (uint64_t)RTP_JUMP_NS) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	int64_t at_ns = INT64_C(1795323487000000000);
	struct rtp_stream s;
	uint64_t fed = 0;

	for (; cursor_left(&c) >= PACKET_BYTES; fed++) {
		struct rtp_header h = read_header(&c, &at_ns);
		struct rtp_type type = type_of(h.payload_type);

		if (fed == 0) {
			rtp_stream_init(&s, &type, &h, at_ns, BYTES);
			continue;
		}
		if (!rtp_stream_uses(&s, h.payload_type)) {
			rtp_stream_use_type(&s, &type);
		}
		rtp_stream_packet(&s, &h, at_ns, BYTES);
	}
	if (fed > 0) {
		check(&s, fed);
	}
	return 0;
}
