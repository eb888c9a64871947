/*
 * HEP3, the encapsulation in which SIP servers mirror what they send and receive (the Homer
 * project's "HEP Network Protocol Specification" rev. 37; Kamailio siptrace, OpenSIPS tracer,
 * Asterisk res_hep, FreeSWITCH capture-server, rtpengine).
 *
 * "HEP3", the length of the whole in 16 bits, then chunks: vendor, type and length in 16 bits each,
 * the length with these six bytes. Everything is in network order. Versions 1 and 2 are refused.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/decode/packet.h"
#include "common/cursor.h"

#define HEP_HEADER_BYTES      6
#define HEP_MESSAGE_MAX_BYTES 65535 /* what the length can say */

/* Protocol types that are read; all others are counted by the caller. */
#define HEP_TYPE_SIP       1
#define HEP_TYPE_RTCP_JSON 5
#define HEP_TYPE_VQ_REPORT 35 /* of RFC 6035, as text */

struct hep_message {
	struct packet packet; /* addresses, ports, transport, payload; at_ns as the sender says */
	bool has_time;
	bool compressed;           /* the payload is: give it to hep_inflate */
	uint8_t type;              /* HEP_TYPE_* or another */
	uint32_t capture_id;       /* 0: not said */
	struct cursor key;         /* authentication key, as it came; empty when there is none */
	struct cursor correlation; /* chunk 0x11: the Call-ID of what the report is about */
	unsigned foreign;          /* chunks of other vendors, skipped */
};

/* Everything but OK is malformed input and has a counter of this name. */
enum hep_result {
	HEP_OK,
	HEP_NOT_HEP3,   /* does not begin with "HEP3" */
	HEP_TRUNCATED,  /* shorter than it says */
	HEP_BAD_LENGTH, /* longer than it says, or says less than its header takes */
	HEP_BAD_CHUNK,  /* a chunk longer than the rest, or of a wrong length for its type */
	HEP_INCOMPLETE, /* without addresses, protocol type or payload */
	HEP_RESULTS,
};

/** Decode one message. `out` borrows from it; complete on HEP_OK only. */
enum hep_result hep_decode(struct cursor message, struct hep_message *out);

/**
 * How long is the message at the front of a stream?
 * @return its bytes, 0 when its header is not all there yet, -EBADMSG when this is no HEP3: streams
 * of it cannot be picked up again.
 */
int hep_frame(struct cursor stream);

/**
 * Unpack a compressed payload, zlib or gzip.
 * @return bytes, -EMSGSIZE for more than `size`, -EBADMSG for damage, -ENOMEM.
 */
int hep_inflate(struct cursor packed, uint8_t *out, size_t size);

/** Are these two keys the same? Takes as long for equal ones as for others of that length. */
bool hep_key_is(struct cursor given, const char *wanted);

/** Name of a result for counters: "bad_chunk". */
const char *hep_result_name(enum hep_result r);
