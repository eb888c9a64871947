/*
 * The state of every queue as the manager interface tells it: who waits since when, which member is
 * ready, busy or paused. A Gauge a queue and slot says how it was at the slot's beginning.
 *
 * Fed by QueueParams, QueueMember and QueueEntry (the answer to QueueStatus), then by
 * QueueCallerJoin and -Leave, QueueMemberAdded, -Removed, -Status, -Pause and their like. Pure:
 * time is the events'.
 */
#pragma once

#include "agent/track/ami_site.h"

#define AMI_BOARD_QUEUES_MAX  512
#define AMI_BOARD_CALLERS_MAX 16384
#define AMI_BOARD_MEMBERS_MAX 8192 /* a person in two queues is two */

struct ami_board;

struct ami_board_counters {
	uint64_t gauges;    /* records emitted */
	uint64_t untracked; /* queues, callers and members there was no room for */
	uint64_t unknown;   /* callers that left without having come */
};

/** @param site  borrowed. @param slot_us  length of a slot. @return 0 or -ENOMEM. */
int ami_board_new(struct ami_board **out, const struct ami_site *site, int64_t slot_us);
void ami_board_free(struct ami_board *b);

/** Take one event of the kinds above but QueueEntry; others are ignored. Call ami_board_tick
 * before. */
void ami_board_event(struct ami_board *b, const struct ami_message *m, int64_t at_us);

/** A QueueEntry. @param since_us  since when it waits, as ami_contact_entry says. */
void ami_board_entry(struct ami_board *b, const struct ami_message *m, int64_t since_us);

/** It is this time now: a slot that has begun since is told. Nothing is told before
 * ami_board_synced. */
void ami_board_tick(struct ami_board *b, int64_t now_us);

/** The state is whole from now on: slots that begin after are told. */
void ami_board_synced(struct ami_board *b, int64_t now_us);

/** The state is not known any more. */
void ami_board_forget(struct ami_board *b);

const struct ami_board_counters *ami_board_counters(const struct ami_board *b);
