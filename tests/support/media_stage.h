/*
 * A stage for tests of media: a witness, a table of 16 streams, one dialog that announces, and
 * packets of an even stream.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/track/media.h"
#include "tests/support/witness.h"

#define START_NS  INT64_C(1795323487000000000)
#define MS        INT64_C(1000000)
#define FRAME     20 /* ms */
#define SSRC      0x12345678
#define CONTACT   77
#define DIALOG    88
#define PHONE     net_addr_v4(0x0a000001) /* 10.0.0.1 */
#define PBX       net_addr_v4(0x0a000002)
#define PHONE_RTP 4000
#define PBX_RTP   5000

struct stage {
	struct witness w;
	struct media *m;
	bool dialog_gone;
};

/** cmocka fixtures; the state is a struct stage. */
int stage_open(void **state);
int stage_close(void **state);

struct stage_flow {
	struct net_addr src;
	struct net_addr dst;
	uint16_t src_port;
	uint16_t dst_port;
	uint32_t ssrc;
	uint8_t payload_type;
};

/* 10.0.0.1:4000 to 10.0.0.2:5000, PCMU */
extern const struct stage_flow from_phone;

/** One packet of 160 bytes of payload; what media_rtp said. */
bool send_packet(struct media *m, const struct stage_flow *f, uint16_t sequence, uint32_t timestamp,
                 int64_t at_ms);

/** Packets of an even stream: numbers from..to, each FRAME ms and 160 ticks after the one before.
 */
void send_run(struct media *m, const struct stage_flow *f, uint16_t from, uint16_t to);

/** What a phone or PBX announces: PCMU, G729 (18), opus (111), events (101); ptime 30. */
struct sdp announcement(struct net_addr addr, uint16_t port);
void announce(struct stage *s, struct net_addr addr, uint16_t port, int64_t at_ms);

struct media_counters counters_of(const struct stage *s);

void put_u32(uint8_t *to, uint32_t v);
