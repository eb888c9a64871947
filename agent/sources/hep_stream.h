/*
 * HEP3 over TCP: connections, and the messages cut out of their bytes.
 *
 * Owns the connections, at most HEP_STREAMS_MAX. When one more comes the one silent the longest
 * gives way if that has been so for HEP_STREAM_IDLE_US, else the new one is refused. Bytes that are
 * no HEP3 end a connection: where the next message begins can no longer be known.
 */
#pragma once

#include <event2/event.h>

#include "agent/decode/hep.h"
#include "common/env.h"

#define HEP_STREAMS_MAX    64
#define HEP_STREAM_IDLE_US INT64_C(60000000)

struct hep_streams;

struct hep_streams_counters {
	uint64_t accepted;
	uint64_t refused;
	uint64_t evicted;
	uint64_t desynced; /* closed because of what they sent */
	uint64_t cut;      /* closed by the other side within a message */
};

typedef void (*hep_message_fn)(void *arg, struct cursor message);

/** @return NULL without memory. @param message  called for each whole message; it borrows. */
struct hep_streams *hep_streams_new(struct event_base *base, const struct env *env,
                                    hep_message_fn message, void *arg);
void hep_streams_free(struct hep_streams *s);

/** Take a connection over; the descriptor is this module's from now on. */
void hep_streams_accept(struct hep_streams *s, int fd);

const struct hep_streams_counters *hep_streams_counters(const struct hep_streams *s);
