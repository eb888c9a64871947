/*
 * Media streams as their receivers report them in RTCP: MediaStream records, measured by the
 * endpoint.
 *
 * RTCPReceived holds what the far end says of a stream of ours, RTCPSent what Asterisk says of one
 * of theirs (RFC 3550, section 6.4.1). Loss is the sum of the differences of the cumulative count,
 * a signed number of 24 bits, between the first report seen and the last, and packets are counted
 * over the same stretch, so that their ratio is true however late we came. Jitter is in units of a
 * clock that no event names: it is told where the stream's own sender reports show that clock
 * (agent/track/rtp_clock.h). Ports are those of the stream, not of its reports. A record has no R
 * and no MOS: those are the capture's. Pure: time is the events'.
 */
#pragma once

#include "agent/track/ami_site.h"

#define AMI_MEDIA_STREAMS_MAX 4096

struct ami_media;

struct ami_media_counters {
	uint64_t reports; /* blocks taken */
	uint64_t streams; /* records emitted */
	uint64_t odd;     /* reports without addresses or numbers */
	uint64_t evicted; /* streams told early, for want of room */
};

/** @param site  borrowed. @return 0 or -ENOMEM. */
int ami_media_new(struct ami_media **out, const struct ami_site *site);
void ami_media_free(struct ami_media *t);

/** Take an RTCPReceived, RTCPSent or Hangup. */
void ami_media_event(struct ami_media *t, const struct ami_message *m, int64_t at_us);

/** Events were missed: which streams go on say the channels that are up. The figures stay true:
 * each report counts from the beginning of its stream. */
void ami_media_lost(struct ami_media *t);

/** After ami_media_lost: a CoreShowChannel; and that there are no more of these: tell the others.
 */
void ami_media_channel(struct ami_media *t, const struct ami_message *m);
void ami_media_channels(struct ami_media *t);

/** No more will come: tell all. */
void ami_media_finish(struct ami_media *t);
const struct ami_media_counters *ami_media_counters(const struct ami_media *t);
