/*
 * A contact on its way from one person to another: transfers, and consultations that did or did not
 * become one. Two values without pointers, kept inside their call (call_state.h) and saved with it.
 *
 * Lost is what the customer did not wait for: the customer's line ended before the new party had
 * answered, or within HANDOFF_LOST_US after. Pure; docs/sources/cel.md has the rules.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HANDOFF_LOST_US     INT64_C(5000000) /* docs/model.md, handoff_loss_rate */
#define HANDOFF_QUEUE_BYTES 80               /* app_queue's own limit of a name */

enum handoff_kind { HANDOFF_NONE, HANDOFF_BLIND, HANDOFF_ATTENDED, HANDOFF_CONSULT };

enum handoff_role { HANDOFF_UNKNOWN, HANDOFF_PERSON, HANDOFF_QUEUE, HANDOFF_EXTERNAL, HANDOFF_IVR };

/* Somebody is being asked, while the customer waits. */
struct consult {
	bool live;
	uint64_t leg; /* keyed hash of the unique id of the first phone that rang */
	int64_t at_us;
	int64_t ring_us; /* when it began to ring; 0: not yet */
	int64_t answered_us;
	uint64_t to_agent;
	bool external;
	char to_queue[HANDOFF_QUEUE_BYTES];
};

struct handoff {
	uint8_t kind; /* enum handoff_kind */
	uint8_t role; /* enum handoff_role */
	int64_t at_us;
	int64_t since_us; /* phones that began to ring at or after this are the new party's */
	int64_t ring_us;
	int64_t answered_us;
	int64_t ended_us; /* the customer's line ended; 0: not */
	uint64_t from_agent;
	uint64_t to_agent;
	uint32_t talk_ms;
	uint32_t consult_ms;
	bool has_talk;
	bool has_consult;
	char from_queue[HANDOFF_QUEUE_BYTES];
	char to_queue[HANDOFF_QUEUE_BYTES];
};

/** The consultation became a transfer at this time. */
void handoff_take_consult(struct handoff *h, const struct consult *c);

/** A consultation that ended without one. */
void handoff_of_consult(struct handoff *h, const struct consult *c, int64_t ended_us);

/** A phone rings, after the transfer and before anybody answered. */
void handoff_rings(struct handoff *h, int64_t at_us);

/** A phone that began to ring at `started_us` is picked up. @return whether it is the new party. */
bool handoff_answered(struct handoff *h, int64_t started_us, int64_t at_us, uint64_t agent,
                      bool external);

/** -1 not known (nobody answered, and the customer is still there), 0 no, 1 yes. */
int handoff_lost(const struct handoff *h);

/** "queue", "external", "ivr", "person", or NULL. */
const char *handoff_role_name(const struct handoff *h);
