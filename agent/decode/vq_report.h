/*
 * Voice quality session reports, application/vq-rtcpxr (RFC 6035 4.6): what a phone publishes at
 * the end of a call about the media it received. Text in, values out; borrows, allocates nothing.
 *
 * Only the metrics of the sender of the report (LocalMetrics) are read: those of the other side are
 * hearsay, and come from there as well.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/decode/packet.h"
#include "common/slice.h"

#define VQ_REPORT_LINES_MAX 64

/* Values are hundredths, as they have at most two decimals that matter; -1: not given. */
struct vq_report {
	struct slice call_id;
	struct net_addr local; /* who reports, and received the media */
	struct net_addr remote;
	uint16_t local_port;
	uint16_t remote_port;
	uint32_t ssrc; /* of the media received: the remote side's */
	bool has_ssrc;
	struct slice start; /* time stamps of RFC 3339, by the phone's clock */
	struct slice stop;
	struct slice codec;
	int32_t loss_percent;
	int32_t discard_percent;
	int32_t r_lq;
	int32_t r_cq;
	int32_t mos_lq;
	int32_t mos_cq;
	int32_t round_trip_ms; /* whole milliseconds, as the next */
	int32_t jitter_ms;
	bool final; /* at the end of a call; others repeat and stay out */
};

/** Is this the content type of such a report? */
bool vq_report_is(struct slice content_type);

/** @return 0, or -EBADMSG when it is no report, or one without addresses. */
int vq_report_parse(struct slice body, struct vq_report *out);
