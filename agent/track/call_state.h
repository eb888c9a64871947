/* What cel_call.c (rules), cel_call_table.c (tables), cel_call_user.c (the dialplan's events),
 * cel_call_record.c (records) and cel_call_state.c (saving) share. */
#pragma once

#include "agent/track/cel_call.h"
#include "agent/track/handoff.h"
#include "agent/track/ivr.h"
#include "common/siphash.h"
#include "common/table.h"
#include "proto/evidence.pb-c.h"

/* Everything but the place in the table is in call_fields (cel_call_state.c), which saves it. */
struct call {
	uint64_t key;          /* keyed hash of the linked id */
	uint64_t customer_leg; /* keyed hash of the unique id of the customer's channel; 0: not yet
	                        */
	uint64_t contact;      /* pseudonyms */
	uint64_t customer;
	uint64_t agent;      /* with whom the customer speaks, or spoke last */
	uint64_t last_staff; /* who picked up last */
	int64_t at_us;
	int64_t seen_us;
	int64_t bridged_us;
	int64_t recognised_us;
	int64_t offered_us; /* a survey; 0: not */
	int64_t paying_us;  /* payment data are taken since; 0: not */
	uint32_t legs;
	uint32_t surveys; /* answers so far */
	bool begun;       /* its first line was seen */
	bool trunk;       /* it came in, or went out, by a trunk */
	bool inside;      /* a phone of our own began it */
	bool dialled;     /* our own first channel was called, not calling */
	bool bridged;     /* the customer speaks with somebody who may hand him on */
	bool agent_answered;
	bool recognised;
	bool surveyed;
	bool recording;
	bool recorded;
	bool paying_recorded; /* for longer than CEL_CALL_PAYMENT_SLACK_US of the payment */
	char queue[HANDOFF_QUEUE_BYTES];
	struct ivr_visit visit;
	struct handoff handoff;
	struct consult consult;
	uint64_t consult_for;  /* contact of the call that is consulted about; 0: none */
	uint64_t consult_from; /* agent */
	char consult_queue[HANDOFF_QUEUE_BYTES];
	int64_t crowded_us;                     /* three in one bridge since; 0: not */
	uint64_t dialogs[CEL_CALL_DIALOGS_MAX]; /* pseudonyms of Call-IDs; 0: none */
	int64_t dialogs_us[CEL_CALL_DIALOGS_MAX];
	bool paid;            /* an event ended the payment, and the call is still in its context */
	int64_t recording_us; /* it runs since */

	/* of a moment, and not saved: how the customer was taken out of his last talk */
	int64_t away_us;      /* 0: he was not, or talks again */
	int64_t away_ring_us; /* the first phone that rings since; 0: none */
	int64_t moved_us;     /* into another queue; 0: not */
	char moved_from[HANDOFF_QUEUE_BYTES];

	/* of the manager interface alone, which saves nothing */
	int64_t muted_us;       /* the last muting of its recording; 0: none */
	int64_t unmuted_us;     /* 0: it lasts */
	int64_t paid_until_us;  /* end of the last payment; 0: none */
	bool recording_unheard; /* whether one runs, or is muted, may have changed since it was
	                           heard */
	bool doubted;           /* events were missed, and nobody has said yet that it goes on */
	bool unheard;           /* for a while */
	uint32_t prev;          /* in the order they began */
	uint32_t next;
};

struct call_leg {
	uint64_t key;
	uint64_t call;   /* key of its call */
	uint64_t peer;   /* keyed hash of the channel's name without its number: one phone */
	uint64_t bridge; /* keyed hash; 0: in none */
	uint64_t staff;  /* pseudonym, once picked up */
	int64_t at_us;
	int64_t answered_us;
	bool trunk;

	uint32_t prev; /* in the order they began */
	uint32_t next;
};

struct call_promise {
	uint64_t customer;
	uint64_t contact;
	uint64_t call; /* key of the call that tries it; 0: none yet */
	int64_t at_us;
	int64_t attempt_us;
	int64_t ring_us;
	char queue[HANDOFF_QUEUE_BYTES];
};

struct call_gap {
	uint64_t lost; /* 0: none pending */
	int64_t from_us;
	int64_t to_us;
};

struct cel_call {
	const struct pseudonym *pseudonym;
	const struct call_rules *rules;
	char *host; /* owned */
	struct siphash_key key;
	struct emit emit;
	Cxm__Source source;
	int64_t max_age_us;
	int64_t last_us;
	bool begun;
	struct table calls_by_key;
	struct call *calls; /* owned */
	uint32_t first;
	uint32_t last;
	struct table legs_by_key;
	struct call_leg *legs; /* owned */
	uint32_t first_leg;
	uint32_t last_leg;
	struct call_promise promises[CEL_CALL_PROMISES_MAX]; /* the oldest gives way */
	uint32_t n_promises;
	struct call_gap full;
	struct cel_call_counters counters;
};

/* ---- tables ---- */

/** The keyed hash of a linked id, unique id or name. */
uint64_t call_hash(const struct cel_call *t, struct slice text);
struct call *call_find(struct cel_call *t, uint64_t key);
struct call *call_of(struct cel_call *t, struct slice linkedid);
/** A zeroed call at the end of the order; the table must not be full, the key not in it. */
struct call *call_add(struct cel_call *t, uint64_t key);
void call_remove(struct cel_call *t, struct call *c);
struct call *call_first(const struct cel_call *t);
struct call_leg *leg_find(struct cel_call *t, uint64_t key);
/** NULL when there is no room. */
struct call_leg *leg_add(struct cel_call *t, uint64_t key);
void leg_remove(struct cel_call *t, struct call_leg *leg);
/** All channels of a call that are left. */
void legs_of_call_remove(struct cel_call *t, uint64_t call);
/** Another channel of the same phone whose call has a customer who speaks; NULL: none. */
struct call *call_of_peer(struct cel_call *t, const struct call_leg *leg);
unsigned legs_in_bridge(const struct cel_call *t, uint64_t bridge);
/** Everything as new but the counters. */
void cel_call_clear(struct cel_call *t);

/* ---- the dialplan's events ---- */

void call_user_event(struct cel_call *t, struct call *c, const struct cel_event *e);
/** Events were missed: a payment is told as far as it was seen, and what is recorded now is not
 * known until something says so. */
void call_recording_missed(struct cel_call *t, struct call *c);
/** An application begins on the customer's channel. */
void call_app_start(struct cel_call *t, struct call *c, const struct cel_event *e);
/** Everything that waits for the end of the call. */
void call_user_end(struct cel_call *t, struct call *c);
/** The call goes out to a customer who may have been promised it. */
void promise_try(struct cel_call *t, const struct call *c);
void promise_answered(struct cel_call *t, const struct call *c, int64_t at_us);
void promise_call_over(struct cel_call *t, const struct call *c);

/* ---- records ---- */

enum call_end { CALL_END_SEEN, CALL_END_CUT };

void call_emit_call(struct cel_call *t, const struct call *c, enum call_end end);
void call_emit_visit(struct cel_call *t, const struct call *c,
                     Cxm__SelfServiceVisit__Outcome outcome, int64_t end_us);
void call_emit_handoff(struct cel_call *t, const struct call *c, const struct handoff *h);
void call_emit_conference(struct cel_call *t, const struct call *c, int64_t from_us);
void call_emit_offer(struct cel_call *t, const struct call *c);
void call_emit_survey(struct cel_call *t, const struct call *c, int64_t at_us, double value);
void call_emit_fact(struct cel_call *t, const struct call *c);
void call_emit_legs(struct cel_call *t, const struct call *c);
void call_emit_payment(struct cel_call *t, const struct call *c, int64_t end_us);
struct promise_end {
	bool over; /* what is known will not change */
	bool reached;
	uint32_t ring_ms;
	bool has_ring;
	int64_t seen_us;
};
void call_emit_callback(struct cel_call *t, const struct call_promise *p,
                        const struct promise_end *end);
void call_emit_gap(struct cel_call *t, const struct call_gap *gap);
