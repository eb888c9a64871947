/*
 * Frames made in memory, as a capture holds them: Ethernet, IPv4, UDP or TCP around what a test
 * sends. For everything from the frame up; a reassembler by itself is fed by tcp_stage.h, a decoder
 * of one packet by hex.h.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "agent/track/frame.h"

#define FRAMES_MAX      16384
#define FRAMES_START_NS INT64_C(1795323487000000000)
#define FRAMES_LINK     1  /* Ethernet */
#define FRAMES_HEAD     42 /* bytes before the payload of a UDP frame */

struct frames {
	uint8_t *bytes; /* owned */
	size_t used;
	struct frame *list; /* owned */
	size_t n;
};

/* Who talks to whom; addresses in host order. */
struct talk {
	uint32_t src;
	uint32_t dst;
	uint16_t src_port;
	uint16_t dst_port;
};

void frames_open(struct frames *f);
void frames_close(struct frames *f);

void frames_udp(struct frames *f, int64_t at_ms, const struct talk *t, const void *data,
                size_t len);

/** The same in IP fragments of at most `piece` bytes of IP payload (a multiple of 8). */
void frames_udp_pieces(struct frames *f, int64_t at_ms, const struct talk *t, const void *data,
                       size_t len, size_t piece);

void frames_tcp(struct frames *f, int64_t at_ms, const struct talk *t, uint32_t sequence,
                const void *data, size_t len);

/** ICMP port unreachable that quotes the last frame. */
void frames_icmp_quote(struct frames *f, int64_t at_ms);

/** SIP text over UDP; a printf format. */
void frames_sip(struct frames *f, int64_t at_ms, const struct talk *t, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/** One RTP packet of 160 bytes of payload, its timestamp 160 times its number. */
void frames_rtp(struct frames *f, int64_t at_ms, const struct talk *t, uint32_t ssrc,
                uint16_t sequence);

/** Write frames `from` to `to` (not included) as a classic capture file. */
void frames_write(const struct frames *f, size_t from, size_t to, const char *path);
