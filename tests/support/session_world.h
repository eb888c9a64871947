/*
 * A collector's session by itself, at time 0 and without a socket: bytes go in, and what it wants
 * and says comes out. With sockets, threads and a store it is collector_world.h. All functions
 * abort when the session does not do what a session always does.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/ingest/session.h"
#include "common/arena.h"
#include "common/buf.h"
#include "tests/support/wire_agent.h"

#define PLAY_WINDOW       4
#define PLAY_HEARTBEAT_MS 15000
#define PLAY_EPOCH        UINT64_C(0x1122334455667788)

struct play {
	struct session session;
	struct session_tools tools;
	struct session_work work;
	struct buf bytes;   /* for play_after to feed */
	struct arena arena; /* of what play_said returns */
};

struct play *play_new(void);
void play_free(struct play *p);

/** Put bytes in, as many as it has room for at a time. */
void play_feed(struct play *p, const void *data, size_t len_bytes, int64_t now_us);

enum session_want play_step(struct play *p, int64_t now_us);

/** Feed p->bytes, empty it, and step, all at time 0. */
enum session_want play_after(struct play *p);

/** The next frame it says; valid until the next call. */
const Cxm__Frame *play_said(struct play *p);

/** Has it nothing to say? */
bool play_silent(struct play *p);

/** Has it ended with this refusal, said it, and given a reason? */
bool play_refused(struct play *p, Cxm__Refuse__Code code);

/** Append a Hello of PLAY_EPOCH. */
void play_add_hello(struct play *p, uint64_t first, uint64_t next);

/** Greeted and welcomed: record `acked` + 1 is next. */
void play_run_from(struct play *p, uint64_t acked);
