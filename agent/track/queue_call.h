/*
 * Contacts in queues, from the lines of one queue_log: QueueContact when a contact's stay in a
 * queue is over, Handoff when an agent passed it on, Gap when the PBX restarted or the table was
 * full. docs/sources/queue_log.md has the rules.
 *
 * Pure: no clock, no files. The order of lines is the order of the file, never of their times;
 * several lines share a second. No raw identity is kept: entries are found by keyed hashes of
 * unique id and queue.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/decode/queue_log.h"
#include "agent/pseudonym.h"
#include "agent/track/emit.h"
#include "common/buf.h"
#include "common/cursor.h"
#include "proto/evidence.pb-c.h"

#define QUEUE_CALL_OPEN_MIN 16
#define QUEUE_CALL_OPEN_MAX                                                                        \
	32768 /* at most 94 bytes each: the saved state fits an entry of the spool */
#define QUEUE_CALL_LABELS_MAX 1024 /* queues with an open contact at one time */
#define QUEUE_CALL_ENDED_MAX  1024 /* ended entries remembered for a re-entry in the same second */
#define QUEUE_CALL_STOP_US                                                                         \
	INT64_C(2000000) /* a stopping Asterisk writes its ABANDONs within this of its last line   \
	                  */
#define QUEUE_CALL_RESTART_US INT64_C(60000000) /* and is back, if it is a restart, within this */
#define QUEUE_CALL_LATE_US                                                                         \
	INT64_C(10000000) /* live, a line is seen so late: whole seconds, 5 s behind a rotation */
#define QUEUE_CALL_STATE_MAX_BYTES ((size_t)3328 * 1024)

struct queue_call;

struct queue_call_options {
	const struct pseudonym *pseudonym; /* borrowed; outlives the tracker */
	const char *host;
	uint32_t max_open;  /* QUEUE_CALL_OPEN_MIN to QUEUE_CALL_OPEN_MAX; then the oldest gives way
	                     */
	int64_t max_age_us; /* an entry open for longer, by the log's time, has lost its end */
	bool no_handoffs;   /* another source tells them */
	Cxm__Source source; /* who tells the lines; 0: the queue_log */
};

struct queue_call_counters {
	uint64_t entered;  /* ENTERQUEUE lines taken */
	uint64_t repeated; /* ENTERQUEUE lines read twice while open: they begin the entry anew */
	uint64_t contacts; /* QueueContact records emitted */
	uint64_t handoffs; /* Handoff records emitted */
	uint64_t cut;      /* contacts emitted although no end was seen */
	uint64_t expired;  /* of these, open for longer than max_age */
	uint64_t evicted; /* of these, because the table was full; and entries there was no room for
	                   */
	uint64_t stopped; /* ABANDON lines of a stopping PBX */
	uint64_t restarts; /* QUEUESTART lines */
	uint64_t
		orphans; /* lines about an entry that was never seen: the log began in its middle */
	uint64_t late;   /* lines about an entry that was over */
	uint64_t swapped; /* transfers whose unique ids Asterisk had swapped (asterisk issue 759) */
};

/** @return 0, -ENOMEM or -EINVAL for max_open out of range. */
int queue_call_new(struct queue_call **out, const struct queue_call_options *options,
                   const struct emit *emit);
void queue_call_free(struct queue_call *q);

/** Take one line; what is over is emitted. */
void queue_call_line(struct queue_call *q, const struct queue_line *line);

/** What queue_log does not tell: how long the talk was on hold that the next line ends. It is taken
 * out of the talk. */
void queue_call_hold(struct queue_call *q, uint32_t hold_ms);

/** Lines were missed: whoever waited or was answered may have left with an end that nobody saw. A
 * line about one says that it goes on. */
void queue_call_missed(struct queue_call *q);

/**
 * After queue_call_missed: this contact waits on.
 * @param since_us  when it entered: in, about; out, to what was known before.
 * @return false when it is not known, and since_us is as it was.
 */
bool queue_call_waits_on(struct queue_call *q, struct slice contact, struct slice queue,
                         int64_t *since_us);

/** Likewise one who was answered: the talk goes on. */
void queue_call_talks_on(struct queue_call *q, struct slice contact, struct slice queue);

/** After queue_call_missed, when all that go on have been named: the others have no end. */
void queue_call_named(struct queue_call *q);

/** Live only, when everything written so far has been taken: ABANDONs held for a restart that did
 * not come go out.
 * @param now_us  wall clock of the PBX's host. */
void queue_call_tick(struct queue_call *q, int64_t now_us);

/** No more lines will come (replay): emit all that is open or held. */
void queue_call_finish(struct queue_call *q);

/** Append all that is open or held, at most QUEUE_CALL_STATE_MAX_BYTES. A tracker that loads it
 * goes on as this one would have. */
void queue_call_save(const struct queue_call *q, struct buf *out);

/**
 * Take what queue_call_save wrote, from the front of `in`; it may be damaged.
 * @return 0; -EBADMSG, or -ENOSPC when max_open is smaller than what is open, and the tracker is as
 * new.
 */
int queue_call_load(struct queue_call *q, struct cursor *in);

/** Time of the last line [us]; 0 when there was none. */
int64_t queue_call_last_us(const struct queue_call *q);
uint32_t queue_call_open(const struct queue_call *q);
const struct queue_call_counters *queue_call_counters(const struct queue_call *q);
