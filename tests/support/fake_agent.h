/*
 * An agent in memory, for tests of sources that are driven step by step, without a loop: it accepts
 * records and checkpoints as the real one does, commits when it is told to, and can die at any
 * moment, losing what was not committed. A source with a thread and a loop of its own is
 * loop_agent.h's; the agent's side of the wire is wire_agent.h.
 */
#pragma once

#include "cxmeter/source.h"
#include "tests/support/record_text.h"

#define FAKE_AGENT_RECORDS_MAX 8192

struct fake_agent {
	const struct source_ops *ops;
	struct source_env env; /* of the next opening; conf is the caller's */
	struct source *source; /* NULL: not running */
	struct record_text r;  /* its text: what was emitted, in order; pseudonym and catalog are
	                          used by the source */
	struct buf pending;    /* emitted, not committed: packed */
	struct buf durable;
	struct buf checkpoint; /* durable */
	struct arena arena;    /* of `unique` */
	ProtobufCMessage
		*unique[FAKE_AGENT_RECORDS_MAX]; /* durable records as a store would keep them */
	size_t n_unique;
	unsigned touched;
	unsigned done; /* calls */
	int done_rc;
};

/** @param env  of files and clocks. */
struct fake_agent *fake_agent_new(const struct source_ops *ops, const struct env *env,
                                  const void *conf);
void fake_agent_free(struct fake_agent *a);

/** Open the source with the durable checkpoint, and start it. @return what open or start returned.
 */
int fake_agent_open(struct fake_agent *a, struct fault *fault);

/** Everything emitted so far, and the position, becomes durable; the source is told. */
void fake_agent_commit(struct fake_agent *a);

/** kill -9: what was not committed is gone, and so is the source. */
void fake_agent_kill(struct fake_agent *a);

/** stop, a last commit, close. */
void fake_agent_stop(struct fake_agent *a);

/** Put one record into `unique` as a store does: one row a natural key, the one that ranks higher.
 */
void fake_agent_keep(struct fake_agent *a, const ProtobufCMessage *m);

/** The rows of `unique` as sorted lines of text, without the lines that contain `without`
 * (NULL: all). */
void fake_agent_rows(struct fake_agent *a, const char *without, struct buf *out);
