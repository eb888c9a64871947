/*
 * Contacts of queues where nothing but the wire tells of them: a call to a queue's URI, and the
 * calls to agents that the platform makes for it. One QueueContact for each call to a queue.
 *
 * What can be known so, and what not: docs/sources/capture.md. The call of an agent is tied to that
 * of a caller by, in this order: a header that names the caller's Call-ID, where one is configured;
 * the same Call-ID (a proxy forwards the call itself); Session-ID (RFC 7989); the icid-value of
 * P-Charging-Vector (RFC 7315 5.6); the caller's number, when exactly one waiting caller has it.
 * One that cannot be tied is counted and tells nothing.
 *
 * Bounded tables; the one silent the longest gives way. No allocation after sip_queue_new; not
 * thread safe; time is packet time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/decode/packet.h"
#include "agent/decode/sip.h"
#include "agent/track/observer.h"

#define SIP_QUEUE_PATTERNS_MAX 64
#define SIP_QUEUE_CONTACTS     4096 /* open at once */

/* As queue_log's RINGNOANSWER is judged: a phone that refuses at once did not ring. */
#define SIP_QUEUE_RANG_NS INT64_C(3000000000)

struct sip_queue;

struct sip_queue_options {
	struct observer *observer; /* borrowed, outlives it */
	const char *const *queues; /* patterns of URIs, `*` for any characters; borrowed */
	size_t n_queues;
	const char *const *agents;
	size_t n_agents;
	const char *header; /* that names the caller's Call-ID on an agent's call; NULL: none */
	int64_t idle_ns;    /* a contact without messages for so long has no end */
};

struct sip_queue_counters {
	uint64_t contacts; /* begun */
	uint64_t tied;     /* calls to agents that belong to one */
	uint64_t untied;   /* and those of which that is not known */
	uint64_t evicted;  /* contacts ended early because the table was full */
};

/* The message's part in the dialog it belongs to. */
struct sip_queue_step {
	uint64_t dialog;  /* its key; 0: none */
	uint64_t contact; /* pseudonym of the Call-ID */
	bool by_caller;   /* of a request: sent by the side that called */
	bool first_hop;   /* of a response: to the INVITE that was seen first, not to a copy further
	                     on */
};

/** All memory is taken here. NULL without it. */
struct sip_queue *sip_queue_new(const struct sip_queue_options *options);
void sip_queue_free(struct sip_queue *q);

/** Follow a message that the tracker of dialogs has followed. */
void sip_queue_message(struct sip_queue *q, const struct packet *p, const struct sip_msg *msg,
                       const struct sip_queue_step *step);

/** End what fell silent. */
void sip_queue_tick(struct sip_queue *q, int64_t now_ns);

/** The capture ended: report what is open. */
void sip_queue_finish(struct sip_queue *q);

const struct sip_queue_counters *sip_queue_counters(const struct sip_queue *q);
