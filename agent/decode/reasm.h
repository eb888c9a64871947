/*
 * IP fragments back into datagrams, within fixed memory: SIP over UDP is often longer than one
 * frame.
 *
 * A datagram whose pieces overlap is dropped whole (RFC 5722, applied to IPv4 as well), with what
 * else comes of it; an exact copy of what came is no overlap. One that is not complete after 30 s
 * is dropped; when all slots are taken the oldest gives way. Every drop is counted.
 */
#pragma once

#include "agent/decode/packet.h"

#define REASM_SLOTS        64
#define REASM_DATAGRAM_MAX 16384 /* bytes; longer datagrams are dropped */
#define REASM_TIMEOUT_NS                                                                           \
	INT64_C(30000000000) /* RFC 8200 4.5: 60 s at most; RFC 1122: 60 to 120 s; half is plenty  \
	                        for SIP */

struct reasm;

struct reasm_counters {
	uint64_t completed;
	uint64_t overlapping;
	uint64_t timed_out;
	uint64_t evicted;
	uint64_t too_long;
	uint64_t cut; /* a piece was cut by the capture's snap length */
};

/** All memory is taken here. NULL without it. */
struct reasm *reasm_new(void);
void reasm_free(struct reasm *r);

/**
 * Add one piece.
 * @return PACKET_OK when it completed a datagram that decodes (out borrows from `r` until the next
 * call), PACKET_FRAGMENT when more must come or it was dropped, PACKET_IP_BAD_LENGTH for a piece
 * that is not in whole units of 8, or what packet_decode_transport says.
 */
enum packet_result reasm_add(struct reasm *r, const struct packet_fragment *piece, int64_t at_ns,
                             struct packet *out);

const struct reasm_counters *reasm_counters(const struct reasm *r);
