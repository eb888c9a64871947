/*
 * What stands between the sources and the spool: takes records, commits them together with the
 * positions of their sources, and holds the sources back while the spool has no room.
 *
 * A record is accepted when agent_turn has put it into the spool; until then it is pending, in
 * memory, and its source has not been told that it is safe. Has no timers and no loop of its own:
 * it says when it wants to be called.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/spool.h"
#include "cxmeter/source.h"

#define AGENT_SOURCES_MAX        64
#define AGENT_COMMIT_BYTES       ((size_t)128 * 1024)  /* pending records worth an entry at once */
#define AGENT_COMMIT_BULK_BYTES  ((size_t)1024 * 1024) /* the same in one_shot: fewer syncs */
#define AGENT_PENDING_MAX_BYTES  ((size_t)4 * 1024 * 1024) /* further ones are dropped, as a Gap */
#define AGENT_CHECKPOINT_MAX     ((size_t)8 * 1024 * 1024) /* a longer one is not stored */
#define AGENT_TOUCH_INTERVAL_US  INT64_C(1000000)          /* commits of positions alone */
#define AGENT_RETRY_INTERVAL_US  INT64_C(1000000)          /* while the spool refuses */
#define AGENT_INSTANCE_MAX_BYTES 512

struct agent;

struct agent_options {
	const struct env *env;
	struct event_base *base; /* for the sources */
	const struct cxm_catalog *catalog;
	const struct pseudonym *pseudonym;
	struct spool *spool;
	const char *host; /* goes into every record */
	int64_t commit_interval_ms;
	bool one_shot; /* sources read to their end; positions are neither given nor stored */
	void *arg;
	void (*wake)(void *arg);     /* agent_due_us may have come nearer */
	void (*accepted)(void *arg); /* there are new records in the spool */
};

struct agent_status {
	uint64_t accepted; /* records, since opening */
	uint64_t refused;  /* too big for a record */
	uint64_t dropped;  /* because the spool was full and memory too */
	size_t pending_bytes;
	uint32_t pending;
	bool blocked; /* the spool takes nothing: sources are paused */
	unsigned sources;
	unsigned done;   /* one_shot: have read to their end, or given up */
	unsigned failed; /* of these, those that gave up */
};

/** Everything in the options must outlive the agent. @return 0 or -ENOMEM. */
int agent_new(struct agent **out, const struct agent_options *options);

/**
 * Open a source where it left off.
 * @param instance  tells sources of one kind apart; names its position in the spool.
 * @param conf      what its schema filled; must outlive the agent.
 * @return 0 or -errno, explained.
 */
int agent_add(struct agent *a, const struct source_ops *ops, const char *instance, const void *conf,
              struct fault *fault);

/** Start all sources. @return 0 or the first failure, explained. */
int agent_start(struct agent *a, struct fault *fault);

/** When agent_turn wants to be called [monotonic us]; INT64_MAX: not before it says so. */
int64_t agent_due_us(const struct agent *a);

/** Do what is due: commit, or try again. */
void agent_turn(struct agent *a);

/** The collector has acknowledged something: the spool may have room again. */
void agent_on_acked(struct agent *a);

/** Accept a record of the agent itself. @return as source_env.emit. */
int agent_emit(struct agent *a, const ProtobufCMessage *m);

/** one_shot: every source is done and everything they emitted is accepted. */
bool agent_is_finished(const struct agent *a);

/** Stop all sources and commit what they leave. @return 0, or why the rest could not be accepted.
 */
int agent_stop(struct agent *a);

void agent_status(const struct agent *a, struct agent_status *out);

/** How far the i-th source is. @return false: there is none. */
bool agent_progress(const struct agent *a, size_t i, struct source_progress *out);

/** What the i-th source has counted. @return false: there is none. */
bool agent_counters(const struct agent *a, size_t i, const struct source_tally *to);

/** Closes the sources; what is pending is lost. NULL is fine. */
void agent_free(struct agent *a);
