/*
 * What agents of mod_callcenter do: AgentSpan when a stretch in one state is over.
 *
 * LOGGED_IN is any status but "Logged Out", PAUSED is "On Break"; READY, RINGING and TALKING are
 * the states "Waiting" (while available), "Receiving" or "Reserved", and "In a queue call"
 * (cc_agent_status_t and cc_agent_state_t of mod_callcenter.c). Changes come from several threads,
 * so each is held for CC_AGENT_HOLD_US and they are applied in the order of their times. There is
 * no event for an agent who is deleted, and one can stay "Reserved" or "Receiving" for ever
 * (signalwire/freeswitch issues 140 and 2540): the list of agents puts the first right, and a ring
 * of more than CC_AGENT_RING_MAX_US, which no originate of mod_callcenter lasts, is told as none.
 *
 * Pure: no clock. No raw identity is kept.
 */
#pragma once

#include <stdint.h>

#include "agent/decode/fs_facts.h"
#include "agent/pseudonym.h"
#include "agent/track/emit.h"
#include "common/buf.h"
#include "common/cursor.h"

#define CC_AGENT_MAX             1024 /* agents; then the one heard of least lately gives way */
#define CC_AGENT_HELD_MAX        512  /* changes; then the first is applied early */
#define CC_AGENT_HOLD_US         INT64_C(2000000)
#define CC_AGENT_RING_MAX_US     INT64_C(180000000) /* an originate has 60 s (mod_callcenter.c) */
#define CC_AGENT_STATE_MAX_BYTES ((size_t)96 * 1024)

struct cc_agent;

struct cc_agent_counters {
	uint64_t spans;   /* AgentSpan records emitted */
	uint64_t cut;     /* of these, ended by the end of what is heard */
	uint64_t stuck;   /* rings that lasted too long; no record */
	uint64_t gone;    /* agents that were deleted without a word */
	uint64_t evicted; /* agents that gave way */
	uint64_t early;   /* changes applied early: a later one could have belonged before */
	uint64_t unknown; /* states and statuses this does not know */
};

/** @param pseudonym  borrowed; outlives the tracker. @return 0 or -ENOMEM. */
int cc_agent_new(struct cc_agent **out, const struct pseudonym *pseudonym, const char *host,
                 const struct emit *emit);
void cc_agent_free(struct cc_agent *t);

/** An event of class callcenter::info; those about no agent's state or status are passed over.
 * @param now_us  when it was read, by the clock that cc_agent_tick is given. */
void cc_agent_event(struct cc_agent *t, const struct fs_facts *f, int64_t now_us);

/* All agents there are, between begin and end; of others it is known that they are gone. */
void cc_agent_list_begin(struct cc_agent *t);
void cc_agent_listed(struct cc_agent *t, struct slice name, struct slice status, struct slice state,
                     int64_t now_us);
void cc_agent_list_end(struct cc_agent *t, int64_t now_us);

/** Nothing was heard from `from_us` on: what is open ends there, cut. */
void cc_agent_lost(struct cc_agent *t, int64_t from_us);

void cc_agent_tick(struct cc_agent *t, int64_t now_us);
void cc_agent_save(const struct cc_agent *t, struct buf *out);

/** @return 0 or -EBADMSG, and the tracker is as new. */
int cc_agent_load(struct cc_agent *t, struct cursor *in);
const struct cc_agent_counters *cc_agent_counters(const struct cc_agent *t);
