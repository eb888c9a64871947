/*
 * One conversation with one agent, from the first byte after the handshake to the end
 * (docs/protocol.md): bytes in, what is to be done out.
 *
 * A pure state machine. It knows no socket, no clock, no thread and no store: the connection feeds
 * it (conn.c) and does what it asks for, a test does the same with bytes of its own. It owns its
 * input and output buffers and never sees who else is connected (peers.c).
 *
 * The caller's loop:
 *
 *     for (;;) {
 *             switch (session_step(s, tools, now_us, &work)) {
 *             case SESSION_READ:   read into session_room(), session_filled(), or come back later
 *             case SESSION_ASK:    ask the store for s->hello; later session_welcome()
 *             case SESSION_STORE:  hand work.batch to the writer; later session_stored()
 *             case SESSION_ANSWER: nothing until one of those calls
 *             case SESSION_CLOSE:  send what is left of session_output(), then close
 *             }
 *     }
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/arena.h"
#include "common/buf.h"
#include "common/cursor.h"
#include "common/tls.h"
#include "proto/wire.pb-c.h"

#define SESSION_HELLO_US   INT64_C(10000000)   /* from the handshake to a whole Hello */
#define SESSION_FRAME_US   INT64_C(30000000)   /* from a frame's first byte to its last */
#define SESSION_SILENCE    3                   /* heartbeats without a byte */
#define SESSION_READ_BYTES ((size_t)16 * 1024) /* one TLS record (RFC 8446, 5.1) */
#define SESSION_OUT_BYTES  ((size_t)4096)
#define SESSION_TEXT_SIZE  64 /* of a time zone or version, NUL included */
#define SESSION_WHY_SIZE   192

enum session_state {
	SESSION_GREETING, /* waits for Hello */
	SESSION_ASKING,   /* the store is being asked how far this agent came */
	SESSION_RUNNING,
	SESSION_ENDED,
};

enum session_want { SESSION_READ, SESSION_ASK, SESSION_STORE, SESSION_ANSWER, SESSION_CLOSE };

/* Why a session ended, for counters. */
enum session_end {
	SESSION_NOT_ENDED,
	SESSION_REFUSED,  /* with the code in `refused` */
	SESSION_NO_HELLO, /* nothing came in time */
	SESSION_SLOW,     /* a frame begun was not finished in time */
	SESSION_SILENT,
	SESSION_DEAF, /* does not take what we send */
};

struct session_limits {
	uint32_t window_batches; /* handed out and not yet stored; then nothing more is read */
	int64_t heartbeat_ms;
};

struct session_hello {
	uint64_t epoch;
	uint64_t instance;
	uint64_t first_sequence;
	uint64_t next_sequence;
	char timezone[SESSION_TEXT_SIZE]; /* "" when not said, or not a zone's name */
	char version[SESSION_TEXT_SIZE];  /* "" likewise; safe to log */
	bool has_clock;
	int64_t sent_us; /* the agent's wall clock */
	bool simulated;
};

struct session_batch {
	uint64_t first_sequence;
	uint64_t lost;
	uint32_t count;
	struct cursor records; /* unpacked; lies in the input or in the tools: borrowed until the
	                          next step */
};

struct session_work {
	struct session_batch batch;
};

/* What decoding needs and sessions of one thread share; nothing in it outlives a step. */
struct session_tools {
	struct arena arena;
	struct buf scratch;
};

struct session {
	struct session_limits limits;
	enum session_state state;
	struct session_hello hello; /* valid once asked for */
	uint64_t next;              /* number the next record must have, or less */
	uint64_t acked;             /* all up to here are on disk */
	uint32_t in_flight;         /* batches handed out and not yet stored */
	bool ack_due;

	struct buf in;  /* owned */
	size_t used;    /* bytes of it that are done */
	struct buf out; /* owned */

	int64_t began_us;   /* all times monotonic */
	int64_t heard_us;   /* last byte */
	int64_t partial_us; /* first byte of the frame that is not all there */
	int64_t moved_us;   /* the peer last took something, or there was nothing to take */
	int64_t said_us;    /* last output */

	enum session_end end;
	Cxm__Refuse__Code refused;
	char why[SESSION_WHY_SIZE]; /* for the log; "" while running */
};

void session_tools_init(struct session_tools *tools);
void session_tools_free(struct session_tools *tools);

void session_init(struct session *s, const struct session_limits *limits, int64_t now_us);
void session_free(struct session *s);

/** What to do next. SESSION_STORE fills `work`. */
enum session_want session_step(struct session *s, struct session_tools *tools, int64_t now_us,
                               struct session_work *work);

/** True while it can take no frame before its caller has answered. */
bool session_waits(const struct session *s);

/** Where to put bytes that came; at least one fits, or NULL without memory. */
uint8_t *session_room(struct session *s, size_t *room_bytes);
void session_filled(struct session *s, size_t n, int64_t now_us);

/**
 * The store's answer to SESSION_ASK.
 * @param acked    last sequence stored of the agent's epoch.
 * @param wall_us  our wall clock, for the agent to compare.
 */
void session_welcome(struct session *s, uint64_t acked, int64_t wall_us);

/** One batch handed out has been stored; `acked` as above. */
void session_stored(struct session *s, uint64_t acked);

/** End it with a Refuse. `retry_after_ms` 0: not said. A session that has ended stays as it is. */
void session_refuse(struct session *s, Cxm__Refuse__Code code, uint32_t retry_after_ms,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));

/** Bytes to send; empty when there are none. Valid until the next call. */
struct cursor session_output(struct session *s, int64_t now_us);
void session_sent(struct session *s, size_t n, int64_t now_us);

/**
 * Once a second or so: deadlines, and giving back memory that is not in use.
 * @param listening  false while the caller does not read: silence is not the peer's fault then, and
 *                   the last Ack is repeated every heartbeat so that the peer knows we live.
 */
void session_tick(struct session *s, bool listening, int64_t now_us);
