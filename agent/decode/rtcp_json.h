/*
 * RTCP reports as JSON, the form in which they travel in HEP (protocol type 5): Asterisk
 * res_hep_rtcp, rtpengine's homer output, captagent, heplify. The same callbacks as for RTCP itself
 * (agent/decode/rtcp.h).
 *
 * Tolerant: numbers may be texts, unknown members are skipped, what is missing is 0 or, where RFC
 * 3611 has a value for it, "not given". Allocates (jansson); not for the packet path.
 */
#pragma once

#include "agent/decode/rtcp.h"
#include "common/slice.h"

#define RTCP_JSON_BLOCKS_MAX 31 /* RFC 3550 6.4.1: the count has five bits */

/** @return false when it is no JSON object with a report in it; then nothing was reported. */
bool rtcp_json_walk(struct slice text, const struct rtcp_handler *handler);
