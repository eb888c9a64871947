/*
 * Stretches agents spent paused or logged in, from the lines of one queue_log: AgentSpan when a
 * stretch is over.
 *
 * PAUSED opens with PAUSE and closes with UNPAUSE or with the member's removal; LOGGED_IN opens
 * with ADDMEMBER or AGENTLOGIN and closes with REMOVEMEMBER or AGENTLOGOFF. An agent is the text of
 * the agent column as it stands: for ADDMEMBER that is the interface or the name, by
 * log_membername_as_agent. A restart of the PBX cuts all stretches.
 *
 * Pure: no clock, no files. No raw identity is kept.
 */
#pragma once

#include <stdint.h>

#include "agent/decode/queue_log.h"
#include "agent/pseudonym.h"
#include "agent/track/emit.h"
#include "common/buf.h"
#include "common/cursor.h"
#include "proto/evidence.pb-c.h"

#define AGENT_STATE_OPEN_MAX        4096 /* stretches open at one time; then the oldest is cut */
#define AGENT_STATE_REASON_BYTES    64   /* of a pause, with its NUL */
#define AGENT_STATE_STATE_MAX_BYTES ((size_t)896 * 1024)

struct agent_state;

struct agent_state_counters {
	uint64_t spans;   /* AgentSpan records emitted */
	uint64_t cut;     /* of these, by a restart, the end or a full table */
	uint64_t evicted; /* of these, by a full table */
	uint64_t orphans; /* ends without a beginning, and lines that name nobody */
};

/** @param pseudonym  borrowed; outlives the tracker. @return 0 or -ENOMEM. */
int agent_state_new(struct agent_state **out, const struct pseudonym *pseudonym, const char *host,
                    const struct emit *emit);
void agent_state_free(struct agent_state *a);

/** Who tells the lines, if not the queue_log. */
void agent_state_source(struct agent_state *a, Cxm__Source source);

/** Take one line, of any verb: the time of the last one before a restart is when it cuts. */
void agent_state_line(struct agent_state *a, const struct queue_line *line);

/** No more lines will come (replay): cut what is open. */
void agent_state_finish(struct agent_state *a);

/** Append what is open, at most AGENT_STATE_STATE_MAX_BYTES; and take it back, as in queue_call.h.
 */
void agent_state_save(const struct agent_state *a, struct buf *out);
int agent_state_load(struct agent_state *a, struct cursor *in);

const struct agent_state_counters *agent_state_counters(const struct agent_state *a);
