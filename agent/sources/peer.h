/*
 * A client of a PBX's event socket: one TCP connection, with TLS or without, that is held for ever.
 * Connects (agent/dial.h), goes back after a loss with jittered pauses (agent/backoff.h), bounds
 * what is kept of what comes, notices a peer that has gone silent, and tells as a Gap each stretch
 * in which events may have been missed: from the last that was heard until the owner, logged in
 * anew, has asked for the present state and says peer_settled.
 *
 * It knows nothing of the protocol: what the bytes mean, how one logs in and what one asks is its
 * owner's. Any call below may be made from inside a callback; a connection is only taken down
 * between two turns of the loop.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>

#include "agent/track/emit.h"
#include "common/env.h"
#include "common/fault.h"
#include "common/slice.h"
#include "cxmeter/source.h"
#include "proto/evidence.pb-c.h"

#define PEER_OUT_MAX_BYTES                                                                         \
	((size_t)64 * 1024)              /* of ours not yet sent; a peer that takes none is lost */
#define PEER_SETTLE_MS    INT64_C(60000) /* from connected to peer_settled, or it is lost */
#define PEER_HOLD_MS      INT64_C(10000) /* paused for longer: hang up, or the PBX queues for us */
#define PEER_GAP_EVERY_US (INT64_C(3600) * 1000000) /* a loss that lasts is told so often */

/* Items of the schema of a source with a peer, whose struct has both as int64_t. */
/* clang-format off */
#define PEER_RECONNECT_ITEMS(conf, after_refusal)                                                  \
	{ .name = "reconnect_min",                                                                 \
	  .type = CONF_DURATION,                                                                   \
	  .offset = offsetof(conf, reconnect_min_ms),                                              \
	  .min = 10,                                                                               \
	  .max = 3600000,                                                                          \
	  .def = "500ms",                                                                          \
	  .help = "Shortest pause before connecting again." },                                     \
	{ .name = "reconnect_max",                                                                 \
	  .type = CONF_DURATION,                                                                   \
	  .offset = offsetof(conf, reconnect_max_ms),                                              \
	  .min = 10,                                                                               \
	  .max = 3600000,                                                                          \
	  .def = "30s",                                                                            \
	  .help = "Longest one; pauses double up to it, each shortened at random. After a refused " \
	          after_refusal "." }
/* clang-format on */

struct peer;

struct peer_calls {
	void *arg;
	/* A fresh connection; nothing was heard on it yet. */
	void (*connected)(void *arg);
	/* All that has come and was not taken yet. @return how many bytes, from the front, are
	 * taken; the rest comes again with what follows it. */
	size_t (*bytes)(void *arg, struct slice in);
	/* Nothing was heard for silence_ms: ask for something. Without an answer in the same time
	 * again the connection is lost. May be NULL: silence is no trouble. */
	void (*silent)(void *arg);
	/* The connection is gone; what was asked will not be answered. */
	void (*lost)(void *arg);
};

struct peer_options {
	const char *name; /* of the source, in messages */
	const char *what; /* the peer, in messages: "event socket" */
	const char *host; /* name or address */
	uint16_t port;
	bool tls;
	const char *ca_path; /* with tls; NULL: the CAs of this host */
	size_t in_max_bytes; /* kept of what came; one message must fit */
	int64_t silence_ms;
	int64_t hold_ms; /* 0: PEER_HOLD_MS */
	int64_t backoff_min_ms;
	int64_t backoff_max_ms;
	/* of the gaps it emits */
	Cxm__Source source;
	const char *agent_host;
	const char *part;
	struct emit emit;
};

struct peer_counters {
	uint64_t attempts;  /* to connect */
	uint64_t connects;  /* that led to a connection */
	uint64_t settled;   /* of these, logged in and in step */
	uint64_t losses;    /* of connections, for whatever reason */
	uint64_t silences;  /* of these, because nothing was heard */
	uint64_t oversized; /* of these, because a message did not fit into in_max_bytes */
	uint64_t gaps;      /* records emitted */
	uint64_t in_bytes;  /* heard */
	uint64_t out_bytes; /* handed over to be sent */
};

/** Options and calls are copied, their texts too. @return 0 or -errno, explained. Reads the CA. */
int peer_open(struct peer **out, struct event_base *base, const struct env *env,
              const struct peer_options *options, const struct peer_calls *calls,
              struct fault *fault);
void peer_close(struct peer *p); /* NULL is fine; emits nothing */

/**
 * Begin to connect.
 * @param whole_us  until when its events are known from an earlier run (peer_whole_us); 0: this is
 *                  the first.
 */
void peer_start(struct peer *p, int64_t whole_us);

/** Hang up and stay away; `lost` is not called. */
void peer_stop(struct peer *p);

/** Queue bytes to be sent. @return 0, -ENOTCONN, or -ENOBUFS, and the connection is lost. */
int peer_send(struct peer *p, const void *data, size_t len_bytes);

/** Logged in, and the present state is known: a gap since the loss is told and over. */
void peer_settled(struct peer *p);

/**
 * The owner can do nothing with this connection: hang up and try again.
 * @param why       a sentence for the operator that begins with a small letter.
 * @param least_ms  not before; for a refused login, so that the peer does not lock this host out.
 */
void peer_drop(struct peer *p, const char *why, int64_t least_ms);

/** Read no more. After PEER_HOLD_MS the connection is given up, and the gap begins. */
void peer_pause(struct peer *p);
void peer_resume(struct peer *p);

/** Until when nothing is missing [us since 1970], to be kept in a checkpoint; 0: never was whole.
 */
int64_t peer_whole_us(const struct peer *p);

/** Logged in and in step? */
bool peer_is_settled(const struct peer *p);

/** Why the last attempt failed; "" when settled. */
const char *peer_trouble(const struct peer *p);
const struct peer_counters *peer_counters(const struct peer *p);

/** Tell them by name, and why there is no connection: what every source with a peer says. */
void peer_tally(const struct peer *p, const struct source_tally *to);
void peer_say_trouble(const struct peer *p, struct source_progress *out);
