/*
 * Contacts in the queues of FreeSWITCH's mod_callcenter: QueueContact when a member's stay in a
 * queue is over, Handoff when an agent passed the caller on. docs/sources/freeswitch.md has the
 * rules.
 *
 * Events of one stay come from several threads of mod_callcenter and in any order (agent-offering
 * may stand before member-queue-start: signalwire/freeswitch issue 1373), so nothing here depends
 * on it: each event adds what it knows to its stay, by the stay's keys (member UUID and session
 * UUID), as a minimum, a maximum or a sum, and the record is made when nothing has been heard of
 * the stay for CC_CONTACT_SETTLE_US after its end. What comes later still is told again under the
 * same key. A stay whose end is never told (issue 1973) ends with its channel, with a list of the
 * channels there are, or by age.
 *
 * Pure: no clock, no files. No raw identity is kept.
 */
#pragma once

#include <stdint.h>

#include "agent/decode/fs_facts.h"
#include "agent/pseudonym.h"
#include "agent/track/emit.h"
#include "common/buf.h"
#include "common/cursor.h"
#include "proto/evidence.pb-c.h"

#define CC_CONTACT_OPEN_MIN     16
#define CC_CONTACT_OPEN_MAX     4096
#define CC_CONTACT_RINGS_MAX    16    /* of one stay; with more the rings are not known */
#define CC_CONTACT_CHANNELS_MAX 16384 /* in one list; with more it judges nobody */
#define CC_CONTACT_QUEUE_BYTES  80
#define CC_CONTACT_SETTLE_US    INT64_C(5000000) /* after the last event of an ended stay */
#define CC_CONTACT_KEEP_US                                                                         \
	INT64_C(60000000) /* a told stay whose channel is over waits for more so long */
#define CC_CONTACT_STATE_MAX_BYTES ((size_t)3328 * 1024)

struct cc_contact;

struct cc_contact_options {
	const struct pseudonym *pseudonym; /* borrowed; outlives the tracker */
	const char *host;
	Cxm__Source source;
	uint32_t max_open;  /* CC_CONTACT_OPEN_MIN to CC_CONTACT_OPEN_MAX; then the oldest gives way
	                     */
	int64_t max_age_us; /* a stay open for longer has lost its end */
	const char *trunks; /* patterns of channels that lead out of the house; NULL: none */
};

struct cc_contact_counters {
	uint64_t contacts; /* QueueContact records emitted, again ones included */
	uint64_t again;    /* of these, because more was heard later */
	uint64_t handoffs; /* Handoff records emitted */
	uint64_t unended;  /* stays whose end was never told: channel gone, or too old */
	uint64_t evicted;  /* of these, because the table was full */
	uint64_t
		pulled; /* stays that ended with the caller still there, by nobody's key or clock */
	uint64_t orphans; /* stays of which not even the beginning is known; no record */
	uint64_t unkeyed; /* events about a stay that name no member */
	uint64_t overrun; /* rings that found no room in their stay */
};

/** @return 0, -ENOMEM or -EINVAL for max_open out of range. */
int cc_contact_new(struct cc_contact **out, const struct cc_contact_options *options,
                   const struct emit *emit);
void cc_contact_free(struct cc_contact *t);

/** An event of class callcenter::info, of any action.
 * @param now_us  when it was read, by the clock that cc_contact_tick is given. */
void cc_contact_event(struct cc_contact *t, const struct fs_facts *f, int64_t now_us);

/** A channel was put on hold, or taken back. */
void cc_contact_hold(struct cc_contact *t, const struct fs_facts *f, bool begins, int64_t now_us);

/** A channel is over: CHANNEL_HANGUP_COMPLETE, or a call detail record. */
void cc_contact_leg(struct cc_contact *t, const struct fs_facts *f, int64_t now_us);

/* A member as the PBX lists those in a queue. */
struct cc_member {
	struct slice queue;
	struct slice member_uuid;
	struct slice session_uuid;
	struct slice number;
	int64_t joined_us;
};

/** It waits now, whether or not its start was heard. */
void cc_contact_member(struct cc_contact *t, const struct cc_member *m, int64_t now_us);

/* All channels there are: stays of others have ended unheard. Between begin and end, one call a
 * channel; what joined after begin is not judged. */
void cc_contact_channels_begin(struct cc_contact *t, int64_t now_us);
void cc_contact_channel(struct cc_contact *t, struct slice session_uuid);
void cc_contact_channels_end(struct cc_contact *t, int64_t now_us);

/** Tell what is over and settled. */
void cc_contact_tick(struct cc_contact *t, int64_t now_us);

/** Nothing more will come (files read once): tell what has ended; what is open has lost its end. */
void cc_contact_finish(struct cc_contact *t);

void cc_contact_save(const struct cc_contact *t, struct buf *out);

/** @return 0, -EBADMSG or -ENOSPC, and the tracker is as new. */
int cc_contact_load(struct cc_contact *t, struct cursor *in);
uint32_t cc_contact_open(const struct cc_contact *t);
const struct cc_contact_counters *cc_contact_counters(const struct cc_contact *t);
