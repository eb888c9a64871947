/* A rate from two sender reports; see the header. */
#include "agent/track/rtp_clock.h"

#include <stddef.h>

#define US_PER_S 1000000

/* Of RFC 3551 table 4 and 5, and of the codecs that Asterisk has besides (main/rtp_engine.c). */
static const uint32_t clocks_hz[] = { 8000, 16000, 24000, 32000, 44100, 48000, 90000 };

static uint32_t known(uint64_t rate_hz)
{
	for (size_t i = 0; i < sizeof(clocks_hz) / sizeof(clocks_hz[0]); i++) {
		uint32_t off_hz = clocks_hz[i] * RTP_CLOCK_OFF_PERCENT / 100;

		if (rate_hz + off_hz >= clocks_hz[i] && rate_hz <= clocks_hz[i] + off_hz) {
			return clocks_hz[i];
		}
	}
	return 0;
}

static void believe(struct rtp_clock *c, uint32_t rate_hz)
{
	if (rate_hz != 0 && rate_hz == c->rate_hz) {
		c->changed = c->changed || (c->hz != 0 && c->hz != rate_hz);
		c->hz = rate_hz;
	}
	c->rate_hz = rate_hz;
}

void rtp_clock_hear(struct rtp_clock *c, int64_t at_us, uint32_t rtp_ts)
{
	int64_t apart_us = at_us - c->at_us;

	if (c->heard && apart_us >= 0 && apart_us < RTP_CLOCK_APART_MIN_US) {
		return;
	}
	if (c->heard && apart_us > 0 && apart_us <= RTP_CLOCK_APART_MAX_US) {
		uint64_t ticks = (uint32_t)(rtp_ts - c->rtp_ts);

		believe(c, known(ticks * US_PER_S / (uint64_t)apart_us));
	} else {
		c->rate_hz = 0;
	}
	c->heard = true;
	c->at_us = at_us;
	c->rtp_ts = rtp_ts;
}
