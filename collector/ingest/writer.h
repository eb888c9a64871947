/*
 * The one thread that touches the store: takes everything that waits, stores it in one transaction
 * (group commit), and returns each job to the thread it came from.
 *
 * The queue is bounded in bytes. Whoever finds it full stops reading its socket and is told when
 * there is room; so a slow store slows agents down and loses nothing. A store that fails is dealt
 * with as trouble.h says.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/ingest/counters.h"
#include "collector/ingest/mailbox.h"
#include "common/env.h"
#include "cxmeter/store.h"

struct writer;

struct writer_options {
	struct store *store; /* used by the writer's thread only, from start to finish */
	const struct env *env;
	struct counters *counters;
	size_t queue_bytes;
	struct mailbox *const *homes; /* told when there is room; outlive the writer */
	size_t n_homes;
};

/** @return 0 or -errno. */
int writer_start(struct writer **out, const struct writer_options *options);

/**
 * Should a session wait before it takes another batch in? When it should, its home will get
 * MAILBOX_ROOM.
 */
bool writer_full(struct writer *w);

/** Hand a job over; it comes back to its home with an outcome. It is always taken: asking
 * writer_full first is what keeps the queue bounded, to one batch a thread above its limit. */
void writer_submit(struct writer *w, struct job *job);

/**
 * Store what waits and end the thread; jobs that cannot be stored within `patience_ms` return as
 * overloaded. Nothing may be submitted any more.
 */
void writer_finish(struct writer *w, int64_t patience_ms);

/** After writer_finish; NULL is fine. */
void writer_close(struct writer *w);
