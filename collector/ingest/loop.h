/*
 * One ingest thread: an event loop with its own listening socket, its connections (conn.h) and its
 * mailbox. Threads share the registry, the gate, the writer and the counters, and nothing else.
 */
#pragma once

#include "collector/ingest/counters.h"
#include "collector/ingest/gate.h"
#include "collector/ingest/mailbox.h"
#include "collector/ingest/peers.h"
#include "collector/ingest/rules.h"
#include "collector/ingest/writer.h"
#include "common/env.h"
#include "common/fault.h"

struct loop;

struct loop_shared {
	const struct env *env;
	struct counters *counters;
	struct gate *gate;
	struct peers *peers;
	struct rules *rules; /* borrowed; the loop takes its own reference */
};

/** @param listen_fd  taken over on success. @return 0 or -errno. */
int loop_open(struct loop **out, const struct loop_shared *shared, int listen_fd);

struct mailbox *loop_mailbox(struct loop *loop);

/** @return 0 or -errno. */
int loop_start(struct loop *loop, struct writer *writer);

/* From another thread, after loop_start: */

/** From now on these rules hold; who lives is checked against them. */
void loop_rules(struct loop *loop, struct rules *rules);

/** Stop accepting and reading; returns when that is done, so that nothing more is submitted. */
void loop_finish(struct loop *loop);

/** The writer has ended: send its last answers, take leave of everybody, end the thread. Returns at
 * once; loop_close waits for it. */
void loop_flush(struct loop *loop);

/** After loop_flush, or before loop_start; NULL is fine. */
void loop_close(struct loop *loop);
