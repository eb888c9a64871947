/*
 * What the collector counts: everything that comes in, and every reason for which something does
 * not. Each thread adds to the one set with relaxed atomics; a reader sees each number whole, but
 * not all of one instant.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

/* name, what it counts */
#define COUNTER_LIST(X)                                                                            \
	X(ACCEPTED, "connections", "connections let in")                                           \
	X(GATE_FULL, "refused_connections", "connections closed at once: as many as may be")       \
	X(GATE_WAITING, "refused_waiting", "closed at once: too many without a handshake")         \
	X(GATE_ADDRESS, "refused_address", "closed at once: too many of those from one address")   \
	X(EVICTED, "evicted", "closed without a handshake to make room for another")               \
	X(ACCEPT_FAILED, "accept_failed", "accept(2) failed; no file descriptor, for example")     \
	X(SHAKEN, "handshakes", "handshakes finished, by whomever")                                \
	X(HANDSHAKE_FAILED, "handshake_failed",                                                    \
	  "no TLS 1.3 with a certificate of our CA and ALPN")                                      \
	X(HANDSHAKE_LATE, "handshake_late", "handshake not finished within 10 s")                  \
	X(IDENTITY_BAD, "identity_bad", "certificate without a single urn:cxmeter:<site>:<agent>") \
	X(NOT_ALLOWED, "not_allowed", "identity not in `allow`, or in `deny`, or revoked")         \
	X(DUPLICATE, "duplicate_identity", "identity that another live process holds")             \
	X(REPLACED, "replaced", "sessions that gave way to the same agent reconnected")            \
	X(SESSIONS, "sessions", "sessions welcomed")                                               \
	X(PROTOCOL, "refused_protocol", "Hello with a protocol version not spoken here")           \
	X(INVALID, "refused_invalid", "sessions ended by a frame that cannot be understood")       \
	X(SEQUENCE, "refused_sequence", "sessions ended by a hole in the sequence")                \
	X(EPOCH_STALE, "refused_epoch", "sessions of a spool that was an old copy")                \
	X(OVERLOADED, "refused_overloaded",                                                        \
	  "sessions sent away because the store cannot take more")                                 \
	X(NO_HELLO, "no_hello", "sessions ended because no Hello came within 10 s")                \
	X(SLOW, "slow", "sessions ended because a frame took longer than 30 s")                    \
	X(SILENT, "silent", "sessions ended after three heartbeats of silence")                    \
	X(DEAF, "deaf", "sessions ended because the agent took nothing for 30 s")                  \
	X(LOST_LINE, "lost_line", "sessions ended by the other side or by the network")            \
	X(BATCHES, "batches", "batches handed to the writer")                                      \
	X(RECEIVED, "received_records", "records in them")                                         \
	X(PAUSED, "paused", "times a session was not read because the queue was full")             \
	X(GROUPS, "groups", "transactions of the store")                                           \
	X(GROUP_FAILED, "group_failed",                                                            \
	  "transactions that failed and were tried again or given up")                             \
	X(STORED, "stored", "records that became rows")                                            \
	X(KNOWN, "known", "records that were there already")                                       \
	X(RANKED, "ranked", "rows that gave way to a later record of the same key")                \
	X(QUARANTINED, "quarantined", "records set aside raw because they make no sense")

enum counter {
#define X(id, name, help) COUNTER_##id,
	COUNTER_LIST(X)
#undef X
		COUNTERS
};

struct counters {
	atomic_uint_least64_t at[COUNTERS];
};

extern const char *const counter_names[COUNTERS];
extern const char *const counter_helps[COUNTERS];

static inline void counter_add(struct counters *c, enum counter which, uint64_t n)
{
	atomic_fetch_add_explicit(&c->at[which], n, memory_order_relaxed);
}

static inline void counter_one(struct counters *c, enum counter which)
{
	counter_add(c, which, 1);
}

static inline uint64_t counter_get(struct counters *c, enum counter which)
{
	return atomic_load_explicit(&c->at[which], memory_order_relaxed);
}

/** All that are not zero, "name=value name=value", cut at `size`. */
const char *counters_text(struct counters *c, char *out, unsigned size);
