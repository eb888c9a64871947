/*
 * What FreeSWITCH says of a channel or a call centre, whichever way it says it: as headers of an
 * event, as variables of a call detail record in JSON, or as columns of one in CSV. A fact is one
 * of the names below and its text.
 *
 * Names are those of switch_channel.c, switch_core_session.c, mod_callcenter.c and switch_rtp.c of
 * FreeSWITCH 1.10 (https://github.com/signalwire/freeswitch). Values of events, and of JSON records
 * unless encode-values is false in json_cdr.conf.xml, are URL-encoded (RFC 3986, section 2.1).
 * Pure; texts lie in room the struct brings along.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"

#define FS_TIME_MAX_US (UINT64_C(4102444800) * 1000000) /* 2100: later is damage */
#define FS_ROOM_BYTES  8192 /* of all texts that are kept; an event has some 2 KiB of them */

enum fs_fact {
	FS_ANSWER_STATE,
	FS_APP, /* that the channel executes */
	FS_APP_DATA,
	FS_CC_ACTION,
	FS_CC_AGENT,
	FS_CC_ANSWERED_S, /* seconds since 1970, as are the other _S */
	FS_CC_STATE,
	FS_CC_STATUS,
	FS_CC_REASON,
	FS_CC_CAUSE,
	FS_CC_HANGUP_CAUSE,
	FS_CC_NUMBER,
	FS_CC_JOINED_S,
	FS_CC_SESSION,
	FS_CC_MEMBER,
	FS_CC_QUEUE,
	FS_DIRECTION,
	FS_CALLER,
	FS_ANSWERED_US,
	FS_CREATED_US, /* of the channel */
	FS_HANGUP_US,
	FS_CONTEXT, /* of the dialplan the channel is in */
	FS_CALLED,
	FS_CALL_ID, /* of the first channel of its call */
	FS_CHANNEL,
	FS_AT_US, /* of the event */
	FS_EVENT,
	FS_SEQUENCE, /* grows with each event of one core */
	FS_SUBCLASS,
	FS_HANGUP_CAUSE,
	FS_ID, /* of the channel */
	FS_FROM_USER,
	FS_V_AGENT, /* V_: variables mod_callcenter leaves on channels */
	FS_V_REASON,
	FS_V_CAUSE,
	FS_V_SESSION,
	FS_V_MEMBER,
	FS_V_QUEUE,
	FS_V_ANSWERED_S,
	FS_V_CANCELED_S,
	FS_V_JOINED_S,
	FS_V_TERMINATED_S,
	FS_V_SIDE,
	FS_V_RECORD,
	FS_DIALED_DOMAIN, /* of a user of ours, whose phone this is */
	FS_DIALED_USER,
	FS_HOLD_MS,
	FS_LAST_BRIDGE, /* the channel it talked to last */
	FS_LOCAL_IP,
	FS_LOCAL_PORT,
	FS_REMOTE_IP,
	FS_REMOTE_PORT,
	FS_ORIGIN,
	FS_DISPOSITION,
	FS_TRANSFERS,   /* transfer_history */
	FS_RTP_PACKETS, /* received, of media */
	FS_RTP_BYTES,
	FS_RTP_MOS,
	FS_RTP_ALL_PACKETS,
	FS_RTP_CODEC,
	FS_CREATED_S,
	FS_ANSWERED_S,
	FS_HANGUP_S,
	FS_RTP_SECURE,
	FS_SIP_CALL_ID, /* Call-ID of the channel's dialog */
	FS_CORE,        /* of the run of FreeSWITCH that says it */
	FS_FACTS,
};

struct fs_facts {
	struct slice text[FS_FACTS]; /* empty: not said */
	uint64_t unfit;              /* values that found no room or were badly encoded; stays */
	size_t used;
	char room[FS_ROOM_BYTES];
};

void fs_facts_reset(struct fs_facts *f);

/** Take a header of an event, such as "CC-Queue" or "variable_cc_queue"; what is not known is
 * passed over. The value is decoded. */
void fs_facts_header(struct fs_facts *f, struct slice name, struct slice raw);

/** Take a variable by its own name.
 * @param encoded  the value is URL-encoded. */
void fs_facts_variable(struct fs_facts *f, struct slice name, struct slice raw, bool encoded);

/** Undo URL encoding. @param out  raw.len bytes. @return the length, or -EBADMSG for a % without
 * two hexadecimal digits. */
int fs_decode(struct slice raw, char *out);

static inline bool fs_has(const struct fs_facts *f, enum fs_fact fact)
{
	return f->text[fact].len > 0;
}

static inline bool fs_is(const struct fs_facts *f, enum fs_fact fact, struct slice text)
{
	return slice_ieq(f->text[fact], text);
}

/** A point in time: of a fact in microseconds, or in seconds; 0 when it is not said, no number, or
 * not between 1970 and 2100. */
int64_t fs_us(const struct fs_facts *f, enum fs_fact fact);
int64_t fs_s_as_us(const struct fs_facts *f, enum fs_fact fact);

/** A count; false when it is not said or no number up to UINT32_MAX. */
bool fs_u32(const struct fs_facts *f, enum fs_fact fact, uint32_t *out);
