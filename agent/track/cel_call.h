/*
 * Calls from the lines of one channel event log: Call when its last channel is gone,
 * SelfServiceVisit when a visit is over, Handoff when what became of it is known, and what the
 * dialplan's own events tell: Survey, SurveyOffer, Callback, Payment, ContactFact, CallLeg.
 * docs/sources/cel.md has the rules.
 *
 * Pure: no clock, no files. Calls are found by keyed hashes of the linked id, channels by those of
 * the unique id; no raw identity and no digit is kept. The order of lines is the order of the file.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/decode/cel.h"
#include "agent/pseudonym.h"
#include "agent/track/call_rules.h"
#include "agent/track/emit.h"
#include "common/buf.h"
#include "common/cursor.h"
#include "proto/evidence.pb-c.h"

#define CEL_CALL_OPEN_MIN      16
#define CEL_CALL_OPEN_MAX      4096
#define CEL_CALL_LEGS_PER_CALL 4    /* of phones; halves of Local channels are not kept */
#define CEL_CALL_DIALOGS_MAX   4    /* SIP dialogs of a call that the dialplan names */
#define CEL_CALL_PROMISES_MAX  1024 /* callbacks that were promised and not yet tried */
/* So much of a payment may be recorded at either end: what stops the recording and the event that
 * marks the payment stand in a dialplan in this order or the other, a tool mutes when it has heard
 * of the payment, and some logs write whole seconds. */
#define CEL_CALL_PAYMENT_SLACK_US INT64_C(2000000)
#define CEL_CALL_STATE_MAX_BYTES  ((size_t)7 * 1024 * 1024)

struct cel_call;

struct cel_call_options {
	const struct pseudonym *pseudonym; /* borrowed; outlives the tracker */
	const char *host;
	const struct call_rules *rules; /* borrowed; outlives the tracker */
	uint32_t max_open;  /* CEL_CALL_OPEN_MIN to CEL_CALL_OPEN_MAX calls at one time */
	int64_t max_age_us; /* a call open for longer, by the log's time, lost its end */
	Cxm__Source source; /* who tells the events; 0: the channel event log */
};

struct cel_call_counters {
	uint64_t calls;          /* Call records emitted */
	uint64_t visits;         /* SelfServiceVisit records emitted */
	uint64_t handoffs;       /* Handoff records emitted */
	uint64_t cut;            /* calls given up although no end was seen */
	uint64_t expired;        /* of these, open for longer than max_age */
	uint64_t evicted;        /* of these, because the table was full */
	uint64_t repeated;       /* calls whose first line was read twice */
	uint64_t orphans;        /* lines about a call whose beginning was not read */
	uint64_t untracked_legs; /* channels there was no room for */
	uint64_t dialogs;        /* CallLeg records emitted */
	uint64_t untold_dialogs; /* beyond CEL_CALL_DIALOGS_MAX of a call */
	uint64_t digits;         /* DTMF events, dropped */
	uint64_t ignored_events; /* user events no rule knows */
	uint64_t odd_answers;    /* survey answers that are no number of the scale; dropped */
};

/** @return 0, -ENOMEM or -EINVAL for max_open out of range. */
int cel_call_new(struct cel_call **out, const struct cel_call_options *options,
                 const struct emit *emit);
void cel_call_free(struct cel_call *t);

/** Take one event; what is over is emitted. */
void cel_call_event(struct cel_call *t, const struct cel_event *e);

/**
 * The recording of this call is muted from here on, or no longer (MixMonitorMute, which no channel
 * event tells).
 * @return whether a payment was being taken at some time of the muting: its Payment tells of it.
 */
bool cel_call_muted(struct cel_call *t, struct slice linkedid, bool muted, int64_t at_us);

/** Events were missed (live): every call may be over, or have gone another way. */
void cel_call_missed(struct cel_call *t);

/**
 * After cel_call_missed: this call is still up. What was in progress in it is told as far as it was
 * seen; its length will be.
 * @param queue  that its customer is in; empty: in none, or not known.
 */
void cel_call_goes_on(struct cel_call *t, struct slice linkedid, struct slice queue);

/** After cel_call_missed, when all that are up have been named: the others are told without an end.
 */
void cel_call_named(struct cel_call *t);

/** No more lines will come (replay): emit all that is open. */
void cel_call_finish(struct cel_call *t);

/** Append all that is open, at most CEL_CALL_STATE_MAX_BYTES. */
void cel_call_save(const struct cel_call *t, struct buf *out);

/** Take what cel_call_save wrote, from the front of `in`; it may be damaged. @return 0; -EBADMSG,
 * or -ENOSPC when max_open is smaller than what is open, and the tracker is as new. */
int cel_call_load(struct cel_call *t, struct cursor *in);

/** Time of the last line [us]; 0 when there was none. */
int64_t cel_call_last_us(const struct cel_call *t);
uint32_t cel_call_open(const struct cel_call *t);
const struct cel_call_counters *cel_call_counters(const struct cel_call *t);
