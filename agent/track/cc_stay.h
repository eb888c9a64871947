/*
 * One stay of a member in a queue of mod_callcenter: what events have said of it, and what follows
 * from that. Facts only ever grow, so that the order in which they come leaves no trace. Helper of
 * cc_contact.c.
 */
#pragma once

#include "agent/track/cc_contact.h"

enum cc_ring_kind { CC_RING_OFFERED, CC_RING_ANSWERED, CC_RING_MISSED, CC_RING_CALLED_OFF };

struct cc_ring {
	uint64_t agent;
	int64_t at_us;
	uint8_t kind; /* enum cc_ring_kind */
};

enum cc_reason { /* of CC-Cancel-Reason; a larger one wins */
	         CC_REASON_NONE,
	         CC_REASON_BREAK_OUT,
	         CC_REASON_TIMEOUT,
	         CC_REASON_NO_AGENT,
	         CC_REASON_KEY,
};

enum cc_cause { CC_CAUSE_NONE, CC_CAUSE_CANCELLED, CC_CAUSE_ANSWERED };

#define CC_STAY_CLOSE_US INT64_C(2000000) /* whole seconds of one moment, read by two threads */
#define CC_PARTIES_MAX   4                /* of one stay; of more nothing is known */

/* A channel that the caller was or could have been passed on to. */
struct cc_party {
	int64_t created_us;
	int64_t answered_us; /* 0: never */
	int64_t ended_us;
	uint64_t agent; /* 0: not a user of ours, or not known */
	bool external;
	bool talked; /* the caller's channel was the last it talked to */
};

struct cc_stay {
	uint64_t key;     /* keyed hash of member and session UUID */
	uint64_t session; /* keyed hash of the session UUID */
	uint64_t contact;
	uint64_t customer;
	uint64_t caller; /* the same, as the channel says it */
	uint64_t agent;
	int64_t agent_us;    /* answered then */
	int64_t start_us;    /* of the event; 0: not heard */
	int64_t joined_us;   /* in whole seconds, as other events and variables repeat it */
	int64_t bridged_us;  /* of the event */
	int64_t answered_us; /* in whole seconds */
	int64_t unbridged_us;
	int64_t left_us;     /* of the event */
	int64_t over_us;     /* in whole seconds: terminated or cancelled */
	int64_t hangup_us;   /* of the member's channel */
	int64_t transfer_us; /* the agent's channel left by one */
	int64_t moved_us;    /* the member was moved, by whomever, in whole seconds */
	int64_t released_us; /* the agent's channel left by none */
	int64_t last_us;     /* latest event */
	int64_t at_us;       /* told as; 0: not told yet */
	uint64_t hold_us;    /* ends less beginnings, modulo 2^64 */
	uint32_t n_hold;
	uint32_t n_unhold;
	uint32_t hold_ms; /* as the channel itself adds up */
	uint32_t connects;
	uint32_t times_told;
	uint8_t cause;
	uint8_t reason;
	uint8_t transfer; /* Cxm__QueueContact__Transfer; 0: none */
	uint8_t moved;    /* likewise */
	bool has_hold_ms;
	bool alive; /* left the queue and was still there */
	bool member_hung_up;
	bool agent_hung_up;
	bool recorded;
	bool lost; /* its channel is gone, or it is too old */
	bool rings_overrun;
	uint8_t n_rings;
	uint8_t n_parties;
	char queue[CC_CONTACT_QUEUE_BYTES];
	struct cc_ring rings[CC_CONTACT_RINGS_MAX];
	struct cc_party parties[CC_PARTIES_MAX];
	bool dirty;         /* something was heard since it was told */
	int64_t touched_us; /* it was heard then, by the clock of ticks; not saved */
};

/** What happened to the phones that rang for it. */
struct cc_rings {
	uint32_t missed;
	uint32_t missed_over_3s;
	uint32_t ring_ms; /* of the phone that was answered */
	bool has_ring;
};

void cc_stay_add_ring(struct cc_stay *s, const struct cc_ring *ring);
void cc_stay_rings(const struct cc_stay *s, struct cc_rings *out);

/** Has it ended, as far as anything heard says? */
bool cc_stay_is_over(const struct cc_stay *s);

/** When it began; 0: not known. */
int64_t cc_stay_at_us(const struct cc_stay *s);

/** When an agent answered; 0: none did. */
int64_t cc_stay_answered_us(const struct cc_stay *s);
bool cc_stay_was_answered(const struct cc_stay *s);
int64_t cc_stay_left_us(const struct cc_stay *s);
Cxm__QueueContact__Outcome cc_stay_outcome(const struct cc_stay *s);

/** 0: not known. */
int cc_stay_ended_by(const struct cc_stay *s);

/** @return false when it is not known. */
bool cc_stay_hold_ms(const struct cc_stay *s, uint32_t *out);

/** Was the caller passed on by who answered? */
bool cc_stay_was_transferred(const struct cc_stay *s);

/* How and when; of one that was. */
Cxm__QueueContact__Transfer cc_stay_transfer(const struct cc_stay *s);
int64_t cc_stay_transfer_us(const struct cc_stay *s);

#define CC_STAY_VERSION 2 /* 1: without who took over */

void cc_stay_save(const struct cc_stay *s, struct buf *out);

/** @param version  1 to CC_STAY_VERSION */
void cc_stay_load(struct cc_stay *s, unsigned version, struct cursor *in);
