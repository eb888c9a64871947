/*
 * Calls from channels of FreeSWITCH that are over, whether their events or their call detail
 * records tell it: one Call from all channels of one call, a MediaStream from what the channel
 * itself counted of the audio it received, and a CallLeg where it says the Call-ID of its dialog.
 *
 * The call a channel belongs to is that of the queue's caller (cc_member_session_uuid), else of the
 * channel that called it (originating_leg_uuid), else what Channel-Call-UUID says. Channels of a
 * call end in any order: a call is told when nothing was heard of it for FS_CALL_SETTLE_US, and
 * again, under the same key, should one end later. Pure; no raw identity is kept.
 */
#pragma once

#include <stdint.h>

#include "agent/decode/fs_facts.h"
#include "agent/pseudonym.h"
#include "agent/track/emit.h"
#include "common/buf.h"
#include "common/cursor.h"
#include "proto/evidence.pb-c.h"

#define FS_CALL_OPEN_MIN        16
#define FS_CALL_OPEN_MAX        16384
#define FS_CALL_SETTLE_US       INT64_C(5000000)
#define FS_CALL_KEEP_US         INT64_C(60000000) /* a told call waits for its other channels */
#define FS_CALL_STATE_MAX_BYTES ((size_t)3 * 1024 * 1024)

struct fs_call;

struct fs_call_options {
	const struct pseudonym *pseudonym; /* borrowed; outlives the tracker */
	const char *host;
	const char *trunks; /* patterns of channel names (call_rules_match); borrowed */
	Cxm__Source source;
	uint32_t max_calls; /* FS_CALL_OPEN_MIN to FS_CALL_OPEN_MAX remembered */
};

struct fs_call_counters {
	uint64_t calls;   /* Call records emitted, again ones included */
	uint64_t again;   /* of these, because another channel ended later */
	uint64_t streams; /* MediaStream records emitted */
	uint64_t dialogs; /* CallLeg records emitted */
	uint64_t evicted; /* calls told early, because the table was full */
	uint64_t untimed; /* channels without a time of their own, left out */
};

/** The call that a channel belongs to; empty where nothing names it. */
struct slice fs_call_id(const struct fs_facts *f);

/** Who is at the far end of a channel that leads to customers, else 0.
 * @param trunks  patterns of channel names. */
uint64_t fs_call_customer(const struct pseudonym *pseudonym, const char *trunks,
                          const struct fs_facts *f);

/** @return 0, -ENOMEM or -EINVAL for max_calls out of range. */
int fs_call_new(struct fs_call **out, const struct fs_call_options *options,
                const struct emit *emit);
void fs_call_free(struct fs_call *t);

/** A channel is over. @param now_us  when that was read, by the clock fs_call_tick is given. */
void fs_call_leg(struct fs_call *t, const struct fs_facts *f, int64_t now_us);
void fs_call_tick(struct fs_call *t, int64_t now_us);

/** Nothing more will come. */
void fs_call_finish(struct fs_call *t);
void fs_call_save(const struct fs_call *t, struct buf *out);

/** @return 0, -EBADMSG or -ENOSPC, and the tracker is as new. */
int fs_call_load(struct fs_call *t, struct cursor *in);
const struct fs_call_counters *fs_call_counters(const struct fs_call *t);
