/*
 * INVITE dialogs as a passive observer sees them (RFC 3261 12 to 15, 17), and one Dialog record for
 * each attempt to call.
 *
 * Owns a bounded table keyed by Call-ID and the caller's tag. What it counts as one attempt: the
 * INVITE, its retransmissions, its retries with credentials or after a redirection (same Call-ID
 * and From tag, higher CSeq), and everything inside the dialog until BYE. Where a call passes
 * several hops that are all in the capture, the hop seen first is measured. Time is packet time; no
 * allocation after dialogs_new; not thread safe.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/decode/packet.h"
#include "agent/decode/sdp.h"
#include "agent/decode/sip.h"
#include "agent/track/observer.h"

#define DIALOGS     65536 /* default of max_dialogs */
#define DIALOGS_MAX (1 << 22)

/* RFC 3261 17.1.1.2: 64 * T1, after which a transaction without an answer is over and copies of a
 * message stop coming. */
#define DIALOG_TRANSACTION_NS INT64_C(32000000000)

struct dialogs;

struct dialogs_options {
	struct observer *observer; /* borrowed, outlives the dialogs */
	uint32_t max_dialogs;
	int64_t idle_ns;              /* a dialog without messages for so long is over */
	const struct net_addr *local; /* addresses of this host, for the direction; borrowed */
	size_t n_local;
};

struct dialogs_counters {
	uint64_t dialogs;   /* begun */
	uint64_t records;   /* made; one more each time a finished attempt went on */
	uint64_t evicted;   /* ended early because the table was full */
	uint64_t unknown;   /* requests and responses of dialogs that were never seen to begin */
	uint64_t repeated;  /* requests and final responses seen again */
	uint64_t other_hop; /* copies on another hop */
};

/* The dialog a message belongs to. */
struct dialog_ref {
	uint64_t dialog;  /* for dialogs_active; 0: of none */
	uint64_t contact; /* pseudonym of the Call-ID */
	bool describes;   /* an SDP in this message says where media will go */
	bool recording;   /* a dialog to a recorder (RFC 7866) */
	bool by_caller;   /* of a request: sent by the side that called */
	bool first_hop;   /* a response to the INVITE that is measured, not to a copy further on */
};

/** All memory is taken here. NULL without it. */
struct dialogs *dialogs_new(const struct dialogs_options *options);
void dialogs_free(struct dialogs *d);

/* What a message is looked up by. */
struct dialog_names {
	uint64_t call;   /* the Call-ID */
	uint64_t key;    /* with the From tag */
	uint64_t branch; /* of the topmost Via */
};

struct dialog_names dialogs_names(const struct dialogs *d, const struct sip_msg *msg);

/* Bring what dialogs_message will need closer, in two steps that each wait for the one before. */
void dialogs_prefetch_place(const struct dialogs *d, const struct dialog_names *names);
void dialogs_prefetch_dialog(const struct dialogs *d, const struct dialog_names *names);

/**
 * Follow one message.
 * @param names  what dialogs_names said of it.
 * @param sdp    its description; NULL when it has none.
 */
struct dialog_ref dialogs_message(struct dialogs *d, const struct packet *p,
                                  const struct sip_msg *msg, const struct dialog_names *names,
                                  const struct sdp *sdp);

/** Has this dialog begun and not ended? */
bool dialogs_active(const struct dialogs *d, uint64_t dialog);

/** End what time has ended. Call about once a second of packet time. */
void dialogs_tick(struct dialogs *d, int64_t now_ns);

/** The capture ended: report what is not reported yet, and forget everything. */
void dialogs_finish(struct dialogs *d);

/** Dialogs in the table, those that ended a moment ago included. */
uint32_t dialogs_open(const struct dialogs *d);

const struct dialogs_counters *dialogs_counters(const struct dialogs *d);
