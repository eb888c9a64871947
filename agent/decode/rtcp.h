/* RTCP compound packets (RFC 3550 6, RFC 3611 XR): sender and receiver reports, one callback a
 * report block. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/cursor.h"

struct rtcp_sender {
	uint32_t ssrc;
	bool has_ntp;       /* the next two are known */
	uint32_t ntp_mid;   /* middle 32 bits of the NTP time stamp: what is returned as LSR */
	uint32_t ntp_slack; /* it may be off by so much: of a time told in whole microseconds */
	uint32_t rtp_ts;
	uint32_t packets;
	uint32_t octets;
};

struct rtcp_block {
	uint32_t reporter; /* SSRC of who reports */
	uint32_t ssrc;     /* about whom */
	uint8_t fraction_lost;
	int32_t cumulative_lost; /* signed 24 bit */
	uint32_t highest_sequence;
	uint32_t jitter; /* media clock units */
	uint32_t lsr;
	uint32_t dlsr; /* 1/65536 s */
};

struct rtcp_voip { /* RFC 3611 4.7 */
	uint32_t ssrc;
	uint8_t loss_rate; /* 1/256 */
	uint8_t discard_rate;
	uint8_t r_factor; /* 127: not given */
	uint8_t mos_lq;   /* tenths; 127: not given */
	uint8_t mos_cq;
	uint16_t round_trip_ms;
	uint16_t end_system_ms;
};

struct rtcp_handler {
	void *arg;
	void (*sender)(void *arg, const struct rtcp_sender *s); /* any may be NULL */
	void (*block)(void *arg, const struct rtcp_block *b);
	void (*voip)(void *arg, const struct rtcp_voip *v);
	void (*bye)(void *arg, uint32_t ssrc);
};

/** Walk a compound or reduced-size packet (RFC 5506). @return false when it is not RTCP, a length
 * in it lies, or bytes are left over, as in SRTCP; then nothing was reported. */
bool rtcp_walk(struct cursor payload, const struct rtcp_handler *handler);
