/*
 * One conversation with the collector, apart from sockets and timers: bytes in, bytes out, and when
 * it wants to be woken. docs/protocol.md is what both sides agreed on; the other half is
 * collector/ingest.
 *
 * Reads the spool and acknowledges it; never decodes a record.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/spool.h"
#include "common/buf.h"
#include "common/env.h"
#include "common/fault.h"

#define UPLINK_RUN_MAX_BYTES     ((size_t)128 * 1024) /* records of one batch */
#define UPLINK_WINDOW_MAX        256 /* batches in flight, whatever the collector offers */
#define UPLINK_COMPRESS_MIN      1024
#define UPLINK_WELCOME_WAIT_US   (INT64_C(30) * 1000000)
#define UPLINK_FRAME_WAIT_US     (INT64_C(30) * 1000000) /* docs/protocol.md, Deadlines */
#define UPLINK_SILENT_HEARTBEATS 3
#define UPLINK_HEARTBEAT_MIN_MS  100
#define UPLINK_HEARTBEAT_MAX_MS  300000
#define UPLINK_RETRY_MAX_MS      3600000 /* no collector can send an agent away for longer */

enum uplink_verdict {
	UPLINK_FINE,
	UPLINK_BROKEN,  /* it cannot go on: reconnect after the usual pause */
	UPLINK_REFUSED, /* the collector said no: reconnect, not before retry_after_ms */
	UPLINK_STALE,   /* the spool needs a new epoch: draw it and reconnect at once */
};

struct uplink_session_options {
	const char *timezone;       /* IANA name, or NULL */
	const char *const *sources; /* NULL-terminated; NULL: none */
	uint64_t instance;          /* of this process; tells a reconnect from a second agent */
	bool compress;
	bool simulated; /* the evidence is made up */
};

struct uplink_session_view {
	bool running; /* the collector has welcomed us */
	uint64_t acked_sequence;
	uint64_t sent_records;
	uint64_t unacked_batches;
	int64_t last_ack_mono_us; /* 0: none yet */
	int64_t clock_offset_us;  /* collector's clock less ours */
	int64_t retry_after_ms;   /* with UPLINK_REFUSED */
	char why[FAULT_TEXT_MAX]; /* with every verdict but UPLINK_FINE */
};

struct uplink_session;

/** Options and what they point to must outlive the session. `acked` is called after each
 * acknowledgement has been applied to the spool. @return 0 or -ENOMEM. */
int uplink_session_new(struct uplink_session **out, const struct env *env, struct spool *spool,
                       const struct uplink_session_options *options,
                       void (*acked)(void *arg, uint64_t sequence), void *arg);
void uplink_session_free(struct uplink_session *s);

/** A connection stands: forget the one before, and say Hello. */
void uplink_session_begin(struct uplink_session *s);

/** Bytes from the collector. After any verdict but UPLINK_FINE only uplink_session_begin may
 * follow. */
enum uplink_verdict uplink_session_take(struct uplink_session *s, const void *data,
                                        size_t len_bytes);

/** Time has passed, or there are new records: send what may be sent, while less than `room_bytes`
 * wait in the output. */
enum uplink_verdict uplink_session_step(struct uplink_session *s, size_t room_bytes);

/** When uplink_session_step must be called at the latest [monotonic us]. */
int64_t uplink_session_due_us(const struct uplink_session *s);

/** What goes out; the caller takes bytes from its front with buf_drop_front. */
struct buf *uplink_session_out(struct uplink_session *s);

const struct uplink_session_view *uplink_session_view(const struct uplink_session *s);
