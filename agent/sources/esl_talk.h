/*
 * The conversation with FreeSWITCH's event socket: log in, subscribe, ask for the present state,
 * and hand each message on to the trackers. Bytes in, bytes out; who moves them is esl.c.
 *
 *   < auth/request          > auth PASSWORD
 *   < +OK accepted          > event plain ... CUSTOM callcenter::info
 *   < +OK event listener    > api callcenter_config agent list, queue list, per queue members and
 *                             agents, api show channels: a look, after which it is in step
 *   < text/event-plain ...
 *
 * Commands go out one at a time, so that an answer needs no number.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/decode/esl.h"
#include "agent/track/cc_agent.h"
#include "agent/track/cc_contact.h"
#include "agent/track/emit.h"
#include "agent/track/fs_call.h"
#include "agent/track/fs_visit.h"
#include "common/slice.h"

#define ESL_TALK_QUEUES_MAX  256 /* queues that are looked at; of more no gauge is told */
#define ESL_TALK_REFUSED_MS  INT64_C(300000) /* away after a refused login: fail2ban counts */
#define ESL_TALK_QUEUE_BYTES 128
#define ESL_CORE_BYTES       64 /* a UUID has 36 characters */

/* A run of FreeSWITCH, as every event names it. */
struct esl_core {
	int64_t at_us; /* its last event; 0: none was heard */
	char uuid[ESL_CORE_BYTES];
};

struct esl_talk;

struct esl_talk_calls {
	void *arg;
	int (*send)(void *arg, const void *data, size_t len_bytes);
	void (*settled)(void *arg); /* after each look */
	void (*drop)(void *arg, const char *why, int64_t least_ms);
};

struct esl_talk_options {
	const char *password;       /* borrowed for good; at most ESL_TALK_PASSWORD_MAX bytes */
	const char *host;           /* borrowed for good */
	int64_t look_us;            /* the slot of gauges */
	struct esl_core core;       /* the one heard last, before this start; none: no text */
	bool executes;              /* hear what channels execute, for visits */
	struct cc_contact *contact; /* borrowed for good, as the next three */
	struct cc_agent *agent;
	struct fs_call *call;
	struct fs_visit *visit;
	struct emit emit;
};

#define ESL_TALK_PASSWORD_MAX 127

struct esl_talk_counters {
	uint64_t events;        /* of a kind that says something here */
	uint64_t others;        /* messages and events that do not */
	uint64_t wrong_lengths; /* messages whose Content-Length was not true */
	uint64_t skipped_bytes; /* where a message should have begun and did not */
	uint64_t oversized;     /* messages longer than the limits; the connection is dropped */
	uint64_t bad_answers;   /* answers to commands that are no table */
	uint64_t looks;         /* at the present state */
	uint64_t gauges;        /* records emitted */
	uint64_t restarts;      /* of FreeSWITCH, between two events */
	uint64_t bad_queues;    /* names of queues that no command can carry, or too many */
};

/** @return 0, -ENOMEM or -EINVAL for a password that no line can carry. */
int esl_talk_new(struct esl_talk **out, const struct esl_talk_options *options,
                 const struct esl_talk_calls *calls);
void esl_talk_free(struct esl_talk *t);

/** A fresh connection. */
void esl_talk_begin(struct esl_talk *t);

/** Bytes that came. @return how many, from the front, are done with. */
size_t esl_talk_take(struct esl_talk *t, struct slice in, int64_t now_us);

/** Look at the present state again, unless a look is under way. */
void esl_talk_look(struct esl_talk *t);

/** Nothing was heard: ask for anything. */
void esl_talk_ping(struct esl_talk *t);
const struct esl_talk_counters *esl_talk_counters(const struct esl_talk *t);

/** The run of FreeSWITCH that was heard last. */
const struct esl_core *esl_talk_core(const struct esl_talk *t);

/** Values of events that were badly encoded or found no room. */
uint64_t esl_talk_unfit(const struct esl_talk *t);
