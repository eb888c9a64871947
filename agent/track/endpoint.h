/*
 * Announced media endpoints: which address and port an SDP named, for which dialog, and what its
 * payload types mean there.
 *
 * A bounded table. An endpoint counts as long as the dialog that announced it goes on, because
 * ports are used again within seconds of a BYE; a new SDP for the same address and port replaces
 * it. No allocation after endpoints_init.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/decode/packet.h"
#include "agent/decode/sdp.h"
#include "agent/track/rtp_stream.h"
#include "common/siphash.h"
#include "common/table.h"

#define ENDPOINT_FORMATS 16 /* payload types remembered of each */

struct endpoint {
	uint64_t key;
	uint64_t contact;  /* pseudonym of the Call-ID */
	uint64_t dialog;   /* for dialog_active */
	int64_t at_ns;     /* announced */
	uint16_t ptime_ms; /* 0: not said */
	bool encrypted;
	bool recording; /* of a dialog to a recorder (RFC 7866) */
	uint8_t n_formats;
	struct endpoint_format {
		uint32_t clock_hz;
		uint8_t payload_type;
		uint8_t codec; /* id */
	} formats[ENDPOINT_FORMATS];
};

struct endpoints {
	struct table table;
	struct endpoint *items; /* owned; by slot */
	struct siphash_key key;
	/* Does the dialog that announced an endpoint go on? NULL: always. */
	bool (*dialog_active)(const void *arg, uint64_t dialog);
	const void *arg;
	uint32_t hand;          /* where the search for one to give up goes on */
	uint32_t announcements; /* may wrap */
	uint64_t announced;
	uint64_t evicted;          /* forgotten early because the table was full */
	uint64_t formats_left_out; /* payload types beyond ENDPOINT_FORMATS */
};

/** Set key, dialog_active and arg afterwards. @return 0 or -ENOMEM. */
int endpoints_init(struct endpoints *es, uint32_t capacity);
void endpoints_deinit(struct endpoints *es);

/** Enter the media lines of a description that name an address and a port. */
void endpoints_announce(struct endpoints *es, const struct sdp *sdp, uint64_t contact,
                        uint64_t dialog, int64_t at_ns, bool recording);

/** The endpoint of a dialog that goes on; NULL when there is none. */
const struct endpoint *endpoints_find(const struct endpoints *es, struct net_addr addr,
                                      uint16_t port);

/** What a payload type means to an endpoint. @return false when it does not say. */
bool endpoint_type(const struct endpoint *e, uint8_t payload_type, struct rtp_type *out);

/** What a payload type means without SDP (RFC 3551 tables 4 and 5); a dynamic one has no codec and
 * no clock. */
struct rtp_type endpoint_static_type(uint8_t payload_type);
