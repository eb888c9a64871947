/*
 * The way to the collector: one TLS 1.3 connection, mutual, over which the spool's records go out
 * in order and acknowledgements come back. Reconnects for ever with jittered back-off.
 * docs/protocol.md has the conversation.
 */
#pragma once

#include <event2/event.h>

#include "agent/spool.h"
#include "common/env.h"
#include "common/fault.h"

struct uplink;

struct uplink_options {
	const char *host; /* name or address; every address it has is tried, it is looked up anew at
	                     each connect */
	uint16_t port;
	const char *ca_path;
	const char *certificate_path;
	const char *key_path;
	const char *timezone;
	const char *const *sources; /* NULL-terminated names for Hello */
	bool compress;
	bool simulated; /* the evidence is made up */
	int64_t backoff_min_ms;
	int64_t backoff_max_ms;
};

enum uplink_state { UPLINK_WAITING, UPLINK_CONNECTING, UPLINK_GREETING, UPLINK_RUNNING };

struct uplink_status {
	enum uplink_state state;
	uint64_t acked_sequence;
	uint64_t sent_records;
	uint64_t connects;
	int64_t last_ack_mono_us;
	int64_t since_mono_us;   /* when this state began */
	int64_t clock_offset_us; /* collector's clock less ours */
	const char *host;        /* this and the next two: until the next reload */
	const char *certificate_path;
	uint16_t port;
	char trouble[FAULT_TEXT_MAX]; /* why the last attempt failed; "" when running */
};

/**
 * Load certificates and key. Options are copied.
 * @return 0 or -errno, explained (key that does not match, mode). An expired certificate is no
 * failure: evidence goes on into the spool, and the files are read again at each connect.
 */
int uplink_open(struct uplink **out, struct event_base *base, const struct env *env,
                struct spool *spool, const struct uplink_options *options, struct fault *fault);

/** Begin to connect. `acked` is called after each acknowledgement has been applied to the spool. */
void uplink_start(struct uplink *u, void (*acked)(void *arg, uint64_t sequence), void *arg);

/** There may be new records in the spool. */
void uplink_kick(struct uplink *u);

/** Go on with other options (address, files, compression): the new files are read first, then it
 * connects anew. @return 0, or -errno, explained, and all is as before. */
int uplink_reload(struct uplink *u, const struct uplink_options *options, struct fault *fault);

void uplink_status(const struct uplink *u, struct uplink_status *out);
void uplink_close(struct uplink *u);
