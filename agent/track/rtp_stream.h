/*
 * One RTP stream's arithmetic: which packets came, which did not, in which runs, and how evenly
 * (RFC 3550 appendices A.1, A.3 and A.8).
 *
 * Pure: no clock, no allocation, no tables. Who the stream belongs to and what its payload types
 * mean is the caller's business (agent/track/media.h). The figures are defined so that they equal
 * Wireshark's on the same packets where Wireshark has them (packets, lost, mean and maximum
 * jitter); duplicates, runs and missing numbers are our own.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/decode/rtp.h"

#define RTP_MAX_DROPOUT                                                                            \
	3000 /* RFC 3550 A.1: a longer gap is a restart, if a second packet confirms it */
#define RTP_MAX_MISORDER 100 /* RFC 3550 A.1: a packet later than this likewise */
#define RTP_WINDOW       128 /* sequence numbers of which it is known whether they came */
#define RTP_TYPES        4   /* payload types told apart in one stream; more share the last place */

/* A difference of transit times this long is a jump of the timestamps, not queueing: native
 * bridging in Asterisk moves the timestamp base within one SSRC by hours. */
#define RTP_JUMP_NS INT64_C(10000000000)

/* What media knows about a payload type. */
struct rtp_type {
	uint64_t tick_ns_q16; /* length of a timestamp unit, 16 bits of fraction; 0: not a clock to
	                         measure by */
	uint32_t packets;
	uint8_t payload_type;
	uint8_t codec; /* for the caller; not looked at here */
	bool content;  /* speech or pictures, not events or comfort noise */
};

struct rtp_loss {
	uint32_t missing; /* sequence numbers that never came */
	uint32_t runs;    /* stretches of them */
	bool in_run;      /* the number before the next one to judge is missing */
};

struct rtp_stream {
	uint64_t seen[2]; /* bit n: the sequence number n below `high` came */
	int64_t last_ns;  /* arrival of the last packet that counts for timing */
	uint64_t jitter_q4_ns;
	uint64_t jitter_sum_ns;
	uint64_t jitter_max_ns;
	uint32_t jitter_n; /* packets in the sum */
	uint32_t last_ts;
	uint32_t first_ts;
	uint32_t high; /* extended sequence numbers: the highest, */
	uint32_t last; /* of the last packet that was no duplicate, */
	uint32_t base; /* of the first packet, */
	uint32_t low;  /* and the lowest */
	uint32_t packets;
	uint32_t expected;    /* up to the last restart */
	uint32_t frame_ticks; /* smallest step between two neighbours; UINT32_MAX: none seen */
	uint64_t size_bytes;
	struct rtp_loss loss;
	uint8_t type; /* index of the payload type in use */
	uint8_t n_types;
	bool jumped; /* `jump` holds a packet from far away that waits for a second one */
	uint32_t duplicated;
	uint32_t reordered;
	uint32_t restarts;
	uint32_t strays; /* packets from far away that no second one confirmed */
	struct rtp_type types[RTP_TYPES];
	struct {
		struct rtp_header header;
		int64_t at_ns;
		uint32_t bytes;
	} jump;
};

struct rtp_result {
	uint32_t packets; /* received, duplicates not counted */
	int32_t lost; /* expected up to the last packet that arrived, less packets; may be negative
	               */
	uint32_t missing; /* sequence numbers between the lowest and the highest that never came */
	uint32_t duplicated;
	uint32_t reordered;
	uint32_t restarts;
	uint64_t size_bytes;
	double loss_ratio;  /* missing / (missing + packets) */
	double burst_ratio; /* G.107 BurstR: mean run of missing numbers over that of random loss; 0
	                       without loss */
	bool timed;         /* the next three are known */
	uint64_t jitter_mean_ns;
	uint64_t jitter_max_ns;
	uint64_t frame_ns; /* time one packet covers; 0: not known */
};

/** Nanoseconds of one timestamp unit for tick_ns_q16; 0 for a clock of 0 Hz. */
static inline uint64_t rtp_tick_ns_q16(uint32_t clock_hz)
{
	return clock_hz > 0 ? (UINT64_C(1000000000) << 16) / clock_hz : 0;
}

/** Begin with the first packet, which is counted. @param type  what its payload type means. */
void rtp_stream_init(struct rtp_stream *s, const struct rtp_type *type, const struct rtp_header *h,
                     int64_t at_ns, uint32_t bytes);

/** True when the payload type of the next packet is the one in use. */
static inline bool rtp_stream_uses(const struct rtp_stream *s, uint8_t payload_type)
{
	return s->types[s->type].payload_type == payload_type;
}

/** The place of a payload type, or NULL when it is new. */
struct rtp_type *rtp_stream_type(struct rtp_stream *s, uint8_t payload_type);

/** Packets from now on have this payload type. Its `packets` is ignored. */
void rtp_stream_use_type(struct rtp_stream *s, const struct rtp_type *type);

/**
 * Count a packet behind the first.
 * @param at_ns  capture time [ns since 1970], 0 to 2^62.
 * @param bytes  RTP header and payload.
 */
void rtp_stream_packet(struct rtp_stream *s, const struct rtp_header *h, int64_t at_ns,
                       uint32_t bytes);

/** The payload type most packets of content had; NULL when there was none. */
const struct rtp_type *rtp_stream_main_type(const struct rtp_stream *s);

/** The figures up to now; the stream can go on. */
void rtp_stream_result(const struct rtp_stream *s, struct rtp_result *out);
