/*
 * Visits to the self-service of a dialplan of FreeSWITCH: SelfServiceVisit, by the rules of the cel
 * source (ivr.h) from the applications that a channel executes. docs/sources/freeswitch.md has what
 * they mean here.
 *
 * A place is the context the channel is in, or `extension/context`, whichever a rule names. `ivr`
 * is the user event FS_VISIT_MENU with the menu's name, `event` with an Event-Subclass the user
 * event of that name, its header Text the text; `callcenter` and `fifo ... in` are queues, and
 * `bridge` in a place that no rule names leads to somebody.
 *
 * Events come from several threads, so with the source ESL each is held for FS_VISIT_HOLD_US and
 * they are applied in the order of their times; call detail records are in order. Pure: no clock.
 * No raw identity is kept, nor what the dialplan said in a text.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/decode/fs_facts.h"
#include "agent/pseudonym.h"
#include "agent/track/call_rules.h"
#include "agent/track/emit.h"
#include "common/buf.h"
#include "common/cursor.h"
#include "proto/evidence.pb-c.h"

#define FS_VISIT_OPEN_MIN        16
#define FS_VISIT_OPEN_MAX        4096
#define FS_VISIT_HELD_MAX        1024 /* executions; then the first is applied early */
#define FS_VISIT_HOLD_US         INT64_C(2000000)
#define FS_VISIT_STATE_MAX_BYTES ((size_t)1536 * 1024)
#define FS_VISIT_MENU            "IVR_MENU"

struct fs_visit;

struct fs_visit_options {
	const struct pseudonym *pseudonym; /* borrowed, as are trunks and rules */
	const char *host;
	const char *trunks;             /* patterns of channel names (call_rules_match) */
	const struct call_rules *rules; /* words that are "" are ones the dialplan does not say */
	Cxm__Source source;
	uint32_t max_open;  /* FS_VISIT_OPEN_MIN to FS_VISIT_OPEN_MAX; then the oldest gives way */
	int64_t max_age_us; /* a visit of which nothing was heard for so long has lost its end */
};

struct fs_visit_counters {
	uint64_t visits;  /* SelfServiceVisit records emitted */
	uint64_t unended; /* of these, without an end: channel gone, or too old */
	uint64_t evicted; /* of these, because the table was full */
	uint64_t early;   /* executions applied early: another could have belonged before */
};

/** @return 0, -ENOMEM or -EINVAL for max_open out of range. */
int fs_visit_new(struct fs_visit **out, const struct fs_visit_options *options,
                 const struct emit *emit);
void fs_visit_free(struct fs_visit *t);

/** Is there any word by which a visit could begin? */
bool fs_visit_wanted(const struct call_rules *rules);

/** How many visits there is room for beside so many calls. */
static inline uint32_t fs_visit_room(int64_t calls)
{
	return calls < FS_VISIT_OPEN_MAX ? (uint32_t)calls : FS_VISIT_OPEN_MAX;
}

/** A channel executes FS_APP with FS_APP_DATA in FS_CONTEXT and FS_CALLED, at FS_AT_US.
 * @param now_us  when it was read, by the clock that fs_visit_tick is given.
 * @return whether that can matter to a visit. */
bool fs_visit_execute(struct fs_visit *t, const struct fs_facts *f, int64_t now_us);

/** A channel is over. */
void fs_visit_leg(struct fs_visit *t, const struct fs_facts *f, int64_t now_us);

/* All channels there are: visits of others have ended unheard. Between begin and end, one call a
 * channel; one of which something was heard since is not judged. */
void fs_visit_channels_begin(struct fs_visit *t, int64_t now_us);
void fs_visit_channel(struct fs_visit *t, struct slice uuid);
void fs_visit_channels_end(struct fs_visit *t);

void fs_visit_tick(struct fs_visit *t, int64_t now_us);

/** Nothing is to be waited for: apply what is held. */
void fs_visit_settle(struct fs_visit *t);

/** Nothing more will come: what is open has lost its end. */
void fs_visit_finish(struct fs_visit *t);

void fs_visit_save(const struct fs_visit *t, struct buf *out);

/** @return 0, -EBADMSG or -ENOSPC, and the tracker is as new. */
int fs_visit_load(struct fs_visit *t, struct cursor *in);
const struct fs_visit_counters *fs_visit_counters(const struct fs_visit *t);
