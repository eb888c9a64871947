/*
 * Calls from call detail records: one Call from all rows of one linked id, or of one unique id
 * where the file has no linked ids. Nothing else: a row does not tell a transfer from a second
 * ring, nor a menu from a queue.
 *
 * Rows of a call are written when its first channel ends, one after the other; a call is told when
 * the log has moved on by CDR_CALL_SETTLE_US, and again, under the same key, should a row come
 * later. Of as many calls as are remembered, the keys are known when they have been forgotten: a
 * row of one of those is counted and makes no second Call. Pure; no raw identity is kept.
 */
#pragma once

#include <stdint.h>

#include "agent/decode/cdr.h"
#include "agent/pseudonym.h"
#include "agent/track/emit.h"
#include "common/buf.h"
#include "common/cursor.h"

#define CDR_CALL_OPEN_MIN        16
#define CDR_CALL_OPEN_MAX        16384
#define CDR_CALL_SETTLE_US       INT64_C(60000000)
#define CDR_CALL_STATE_MAX_BYTES ((size_t)4 * 1024 * 1024)

struct cdr_call;

struct cdr_call_options {
	const struct pseudonym *pseudonym; /* borrowed; outlives the tracker */
	const char *host;
	const char *trunks; /* patterns of channel names (call_rules_match); borrowed */
	uint32_t max_calls; /* CDR_CALL_OPEN_MIN to CDR_CALL_OPEN_MAX remembered */
};

struct cdr_call_counters {
	uint64_t calls; /* Call records emitted */
	uint64_t parts; /* rows of channels that belong to the call of another */
	uint64_t late;  /* rows left out: their call had been told and forgotten */
};

/** @return 0, -ENOMEM or -EINVAL for max_calls out of range. */
int cdr_call_new(struct cdr_call **out, const struct cdr_call_options *options,
                 const struct emit *emit);
void cdr_call_free(struct cdr_call *t);
void cdr_call_row(struct cdr_call *t, const struct cdr_row *row);

/** Live only: tell the calls that are over.
 * @param now_us  wall clock of the PBX's host. */
void cdr_call_tick(struct cdr_call *t, int64_t now_us);

/** No more rows will come (replay). */
void cdr_call_finish(struct cdr_call *t);

/** Append all that is remembered, at most CDR_CALL_STATE_MAX_BYTES. */
void cdr_call_save(const struct cdr_call *t, struct buf *out);

/** @return 0, -EBADMSG or -ENOSPC, and the tracker is as new. */
int cdr_call_load(struct cdr_call *t, struct cursor *in);
int64_t cdr_call_last_us(const struct cdr_call *t);
const struct cdr_call_counters *cdr_call_counters(const struct cdr_call *t);
