/* What queue_call.c (rules), queue_record.c (records) and queue_state.c (saving) share. */
#pragma once

#include "agent/track/labels.h"
#include "agent/track/queue_call.h"
#include "agent/track/queue_entry.h"
#include "proto/evidence.pb-c.h"

#define QUEUE_CALL_STAFF_CACHE 1024 /* power of two; agents' pseudonyms, found by keyed hash */

struct queue_call_staff {
	uint64_t hash;
	uint64_t pseudonym;
};

/* Evictions of one minute of the log become one Gap. */
struct queue_call_gap {
	uint64_t lost; /* 0: none pending */
	int64_t from_us;
	int64_t to_us;
};

struct queue_call {
	const struct pseudonym *pseudonym; /* borrowed */
	char *host;                        /* owned */
	struct siphash_key key;
	struct emit emit;
	int64_t max_age_us;
	int64_t last_us; /* time of the last line */
	bool begun;      /* there was one */
	bool no_handoffs;
	bool hold_known; /* of the line that is taken now */
	uint32_t hold_ms;
	Cxm__Source source;
	struct queue_entries entries;
	struct labels labels;
	struct queue_call_gap full;
	struct queue_call_counters counters;
	struct queue_call_staff staff[QUEUE_CALL_STAFF_CACHE];
};

struct queue_contact_end {
	Cxm__QueueContact__Outcome outcome;
	Cxm__QueueContact__EndedBy ended_by;  /* 0: not known */
	Cxm__QueueContact__Transfer transfer; /* 0: none */
	bool has_talk;
	uint32_t talk_ms;
	bool has_hold;
	uint32_t hold_ms;
};

void queue_call_emit_contact(struct queue_call *q, const struct queue_entry *e,
                             const struct queue_contact_end *end);

/** @param to  the entry it goes on as, where that is known; else NULL. */
void queue_call_emit_handoff(struct queue_call *q, const struct queue_entry *e,
                             const struct queue_contact_end *end, const struct queue_entry *to);
void queue_call_emit_gap(struct queue_call *q, Cxm__Gap__Reason reason, int64_t from_us,
                         int64_t to_us, uint64_t lost);

/** Everything as new but the counters. */
void queue_call_clear(struct queue_call *q);
