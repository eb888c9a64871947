/*
 * The clock of a stream's time stamps, found from its sender reports: what jitter is counted in,
 * where nobody names the codec.
 *
 * A sender report says which RTP time stamp belongs to its moment (RFC 3550 6.4.1). Two of them
 * give a rate; it is believed when it is that of a known clock to RTP_CLOCK_OFF_PERCENT, and the
 * next two give the same. Senders that tell the last packet's time stamp lag behind in silence:
 * then the rate is that of no clock, or not the same twice. A stream that changes its clock has
 * none. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Between reports: at 20 ms of lag at each end, and as much of delay, still within the limit. */
#define RTP_CLOCK_APART_MIN_US INT64_C(1500000)
#define RTP_CLOCK_APART_MAX_US INT64_C(60000000)
#define RTP_CLOCK_OFF_PERCENT  3

struct rtp_clock { /* all zero: nothing heard */
	int64_t at_us;
	uint32_t rtp_ts;
	uint32_t rate_hz; /* of the last two; 0: none */
	uint32_t hz;      /* believed; 0: none yet */
	bool heard;
	bool changed;
};

/** A sender report went by. */
void rtp_clock_hear(struct rtp_clock *c, int64_t at_us, uint32_t rtp_ts);

/** [1/s]; 0: not known. */
static inline uint32_t rtp_clock_hz(const struct rtp_clock *c)
{
	return c->changed ? 0 : c->hz;
}
