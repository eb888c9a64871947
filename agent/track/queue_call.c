/*
 * The rules that turn lines into contacts; see queue_call.h. Follows Asterisk's apps/app_queue.c
 * and the recordings and reports named at each rule. Owns the table of open contacts; saving it is
 * in queue_state.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/track/queue_call_internal.h"

#define US_PER_S  INT64_C(1000000)
#define US_PER_MS 1000
#define LONG_RING_MS                                                                               \
	3000 /* a busy phone answers at once with 0; below 3 s nobody could have picked up */
#define FULL_GAP_US INT64_C(60000000)
#define SWAP_LOOK_BACK                                                                             \
	1024 /* newest entries looked through for the other half of a swapped transfer */
#define SECONDS_MAX (UINT32_MAX / 1000)
#define WAITS_ON_US                                                                                \
	INT64_C(3000000) /* a wait that is listed is whole seconds, of a lagging clock */
#define ROUNDING_US INT64_C(2000000) /* hold and talk are whole seconds each */

/* ---- small readers ---- */

/* An argument in whole seconds; false when it is missing or no number. */
static bool arg_seconds(const struct queue_line *line, size_t i, uint32_t *ms)
{
	uint64_t s;

	if (slice_u64(queue_line_arg(line, i), SECONDS_MAX, &s) != 0) {
		return false;
	}
	*ms = (uint32_t)s * 1000;
	return true;
}

static bool arg_number(const struct queue_line *line, size_t i, uint32_t *out)
{
	uint64_t v;

	if (slice_u64(queue_line_arg(line, i), UINT32_MAX, &v) != 0) {
		return false;
	}
	*out = (uint32_t)v;
	return true;
}

/* Few agents answer many calls: their pseudonyms are kept, under the keyed hash of the name. */
static uint64_t staff_pseudonym(struct queue_call *q, struct slice name)
{
	uint64_t hash = siphash13(&q->key, name.at, name.len);
	struct queue_call_staff *kept = &q->staff[hash % QUEUE_CALL_STAFF_CACHE];

	if (kept->hash != hash) {
		*kept = (struct queue_call_staff){ hash,
			                           pseudonym_of(q->pseudonym, CXM_STAFF, name) };
	}
	return kept->pseudonym;
}

/* ---- leaving ---- */

static void forget(struct queue_call *q, struct queue_entry *e)
{
	labels_drop(&q->labels, e->queue);
	queue_entries_remove(&q->entries, e);
}

/* Emit an entry whose end was not seen. A CONNECT answers it whatever became of the talk. */
static void emit_cut(struct queue_call *q, const struct queue_entry *e)
{
	struct queue_contact_end end = {
		.outcome = e->connects > 0 ? CXM__QUEUE_CONTACT__OUTCOME__ANSWERED
		                           : CXM__QUEUE_CONTACT__OUTCOME__UNKNOWN_END
	};

	q->counters.cut++;
	queue_call_emit_contact(q, e, &end);
}

static void emit_abandoned(struct queue_call *q, const struct queue_entry *e, bool stopped)
{
	struct queue_contact_end end = { .outcome = CXM__QUEUE_CONTACT__OUTCOME__ABANDONED,
		                         .ended_by = CXM__QUEUE_CONTACT__ENDED_BY__CALLER };

	if (stopped) {
		end.outcome = CXM__QUEUE_CONTACT__OUTCOME__PBX_STOPPED;
		end.ended_by = CXM__QUEUE_CONTACT__ENDED_BY__SYSTEM;
		q->counters.stopped++;
	}
	queue_call_emit_contact(q, e, &end);
}

/* Whatever list it is in: emit what has not been, and forget it. */
static void drop(struct queue_call *q, struct queue_entry *e)
{
	if (e->list == ENTRY_OPEN) {
		emit_cut(q, e);
	} else if (e->list == ENTRY_HELD) {
		emit_abandoned(q, e, false);
	}
	forget(q, e);
}

static void flush_full_gap(struct queue_call *q)
{
	if (q->full.lost > 0) {
		queue_call_emit_gap(q, CXM__GAP__REASON__TABLE_FULL, q->full.from_us, q->full.to_us,
		                    q->full.lost);
		q->full.lost = 0;
	}
}

static void count_evicted(struct queue_call *q, int64_t at_us)
{
	q->counters.evicted++;
	if (q->full.lost++ == 0) {
		q->full.from_us = at_us;
	}
	q->full.to_us = at_us;
}

/* Of a full table first goes what is over, then what is abandoned, and only then the oldest that is
 * open. */
static void make_room(struct queue_call *q, int64_t at_us)
{
	static const enum entry_list order[] = { ENTRY_ENDED, ENTRY_HELD, ENTRY_OPEN };

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		struct queue_entry *e = queue_entries_first(&q->entries, order[i]);

		if (e != NULL) {
			if (order[i] == ENTRY_OPEN) {
				count_evicted(q, at_us);
			}
			drop(q, e);
			return;
		}
	}
}

/* ---- time ---- */

static bool apart(int64_t a_us, int64_t b_us, int64_t by_us)
{
	return a_us - b_us > by_us || b_us - a_us > by_us;
}

/* What must not wait longer, now that a line of this time was written. A time that stands far ahead
 * (damage, a clock that was set back) must not hold up what is behind it, so distance counts in
 * both directions. */
static void move_time(struct queue_call *q, int64_t at_us)
{
	/* one line with a damaged time must not expire everything: a second one has to agree */
	int64_t sure_us = q->begun && q->last_us < at_us ? q->last_us : at_us;
	struct queue_entry *e;

	while ((e = queue_entries_first(&q->entries, ENTRY_HELD)) != NULL &&
	       apart(at_us, e->seen_us, QUEUE_CALL_STOP_US)) {
		drop(q, e);
	}
	while ((e = queue_entries_first(&q->entries, ENTRY_ENDED)) != NULL &&
	       apart(at_us, e->seen_us, QUEUE_CALL_STOP_US)) {
		drop(q, e);
	}
	while ((e = queue_entries_first(&q->entries, ENTRY_OPEN)) != NULL &&
	       apart(sure_us, e->at_us, q->max_age_us)) {
		q->counters.expired++;
		drop(q, e);
	}
	if (apart(at_us, q->full.from_us, FULL_GAP_US)) {
		flush_full_gap(q);
	}
}

/* A PBX that is told to restart writes ABANDON for everybody who waits and COMPLETECALLER for
 * everybody who talks, within a second, and QUEUESTART when it is back (recorded with `core restart
 * now`, Asterisk 22). A PBX that crashes writes nothing, and what was open then never ends. */
static void on_restart(struct queue_call *q, int64_t at_us)
{
	bool soon = q->begun && at_us - q->last_us <= QUEUE_CALL_RESTART_US;
	uint64_t lost = 0;
	struct queue_entry *e;

	q->counters.restarts++;
	while ((e = queue_entries_first(&q->entries, ENTRY_HELD)) != NULL) {
		bool stopped = soon && q->last_us - e->seen_us <= QUEUE_CALL_STOP_US;

		lost += stopped ? 1 : 0;
		emit_abandoned(q, e, stopped);
		forget(q, e);
	}
	while ((e = queue_entries_first(&q->entries, ENTRY_OPEN)) != NULL) {
		lost++;
		drop(q, e);
	}
	while ((e = queue_entries_first(&q->entries, ENTRY_ENDED)) != NULL) {
		forget(q, e); /* unique ids begin again at .0 */
	}
	flush_full_gap(q);
	if (q->begun) {
		queue_call_emit_gap(q, CXM__GAP__REASON__PBX_RESTART, q->last_us, at_us, lost);
	}
}

/* ---- verbs ---- */

static void on_enter(struct queue_call *q, const struct queue_line *line, uint64_t contact_hash,
                     uint64_t queue_hash)
{
	struct queue_entry *e = queue_entries_find(&q->entries, contact_hash, queue_hash);
	uint32_t label = labels_take(&q->labels, queue_hash, line->queue);
	uint32_t entry = 0;

	if (e != NULL && e->list == ENTRY_OPEN && e->at_us == line->at_us) {
		/* the same line again: this part of the log was given twice, and what follows is
		 * taken again too */
		q->counters.repeated++;
		entry = e->entry;
		forget(q, e);
	} else {
		q->counters.entered++;
		if (e != NULL) {
			entry = e->at_us / US_PER_S == line->at_us / US_PER_S ? e->entry + 1 : 0;
			drop(q, e);
		}
	}
	if (label == LABELS_NONE) {
		count_evicted(q, line->at_us);
		return;
	}
	if (table_full(&q->entries.table)) {
		make_room(q, line->at_us);
	}
	e = queue_entries_add(&q->entries, contact_hash, queue_hash, ENTRY_OPEN);
	e->contact = pseudonym_of(q->pseudonym, CXM_CONTACT, line->contact);
	e->customer = pseudonym_of(q->pseudonym, CXM_CUSTOMER, queue_line_arg(line, 1));
	e->at_us = line->at_us;
	e->seen_us = line->at_us;
	e->entry = entry;
	e->queue = label;
	e->has_position = arg_number(line, 2, &e->position);
}

static void on_connect(struct queue_call *q, struct queue_entry *e, const struct queue_line *line)
{
	e->connects++;
	e->agent = staff_pseudonym(q, line->agent);
	e->connected_us = line->at_us;
	e->has_wait = true;
	if (!arg_seconds(line, 0, &e->wait_ms)) {
		e->wait_ms = emit_ms(e->at_us, line->at_us);
	}
	e->has_ring = arg_seconds(line, 2, &e->ring_ms);
}

static void on_ring_no_answer(struct queue_entry *e, const struct queue_line *line)
{
	uint32_t rung_ms = 0;

	(void)arg_number(line, 0, &rung_ms); /* milliseconds; a phone that was busy has 0 */
	e->ring_no_answers++;
	e->ring_no_answers_over_3s += rung_ms >= LONG_RING_MS ? 1 : 0;
}

/* The end of a talk: hold and talk are arguments `hold_at` and the next one. */
static void end_of_talk(struct queue_call *q, struct queue_entry *e, const struct queue_line *line,
                        size_t hold_at, struct queue_contact_end *end)
{
	end->outcome = CXM__QUEUE_CONTACT__OUTCOME__ANSWERED;
	if (e->connects == 0) { /* its CONNECT is missing; this line knows as much */
		e->agent = staff_pseudonym(q, line->agent);
		e->has_wait = arg_seconds(line, hold_at, &e->wait_ms);
	}
	end->has_talk = arg_seconds(line, hold_at + 1, &end->talk_ms);
	if (!end->has_talk && e->connects > 0) {
		end->has_talk = true;
		end->talk_ms = emit_ms(e->connected_us, line->at_us);
	}
	if (q->hold_known && end->has_talk) {
		end->has_hold = true;
		end->hold_ms = q->hold_ms < end->talk_ms ? q->hold_ms : end->talk_ms;
		end->talk_ms -= end->hold_ms;
	}
}

/* The end of a wait: its length is argument `wait_at`, missing in logs before Asterisk 1.2. */
static void end_of_wait(struct queue_entry *e, const struct queue_line *line, size_t wait_at)
{
	e->has_wait = true;
	if (!arg_seconds(line, wait_at, &e->wait_ms)) {
		e->wait_ms = emit_ms(e->at_us, line->at_us);
	}
}

/* BRIDGE|id, APP|name and LINK|channel|channel stand before hold, talk and position. */
static size_t attended_hold_at(const struct queue_line *line)
{
	return slice_eq(queue_line_arg(line, 0), SLICE("LINK")) ? 3 : 2;
}

static void over(struct queue_call *q, struct queue_entry *e, const struct queue_contact_end *end)
{
	queue_call_emit_contact(q, e, end);
	queue_entries_move(&q->entries, e, ENTRY_ENDED);
	if (q->entries.lists[ENTRY_ENDED].count > QUEUE_CALL_ENDED_MAX) {
		drop(q, queue_entries_first(&q->entries, ENTRY_ENDED));
	}
}

static void on_transfer(struct queue_call *q, struct queue_entry *e, const struct queue_line *line,
                        const struct queue_entry *to)
{
	bool attended = line->verb == QUEUE_VERB_ATTENDEDTRANSFER;
	struct queue_contact_end end = { .ended_by = CXM__QUEUE_CONTACT__ENDED_BY__TRANSFER,
		                         .transfer =
		                                 attended ? CXM__QUEUE_CONTACT__TRANSFER__ATTENDED
		                                          : CXM__QUEUE_CONTACT__TRANSFER__BLIND };

	end_of_talk(q, e, line, attended ? attended_hold_at(line) : 2, &end);
	queue_call_emit_handoff(q, e, &end, to);
	over(q, e, &end);
}

static void on_end(struct queue_call *q, struct queue_entry *e, const struct queue_line *line)
{
	struct queue_contact_end end = { .ended_by = CXM__QUEUE_CONTACT__ENDED_BY__SYSTEM };

	switch ((int)line->verb) {
	case QUEUE_VERB_COMPLETEAGENT:
		end.ended_by = CXM__QUEUE_CONTACT__ENDED_BY__AGENT;
		end_of_talk(q, e, line, 0, &end);
		break;
	case QUEUE_VERB_COMPLETECALLER:
		end.ended_by = CXM__QUEUE_CONTACT__ENDED_BY__CALLER;
		end_of_talk(q, e, line, 0, &end);
		break;
	case QUEUE_VERB_EXITWITHTIMEOUT:
		end.outcome = CXM__QUEUE_CONTACT__OUTCOME__TIMED_OUT;
		end_of_wait(e, line, 2);
		break;
	case QUEUE_VERB_EXITEMPTY:
		end.outcome = CXM__QUEUE_CONTACT__OUTCOME__EXIT_EMPTY;
		end_of_wait(e, line, 2);
		break;
	default: /* EXITWITHKEY */
		end.outcome = CXM__QUEUE_CONTACT__OUTCOME__EXIT_KEY;
		end.ended_by = CXM__QUEUE_CONTACT__ENDED_BY__CALLER;
		end_of_wait(e, line, 3);
		break;
	}
	over(q, e, &end);
}

/* The agent's entry goes on as the customer's, also in the queue the customer comes from. */
static void hand_on(struct queue_call *q, struct queue_entry *from, struct queue_entry *to)
{
	uint64_t contact_hash = from->contact_hash;
	uint64_t customer = from->customer;

	if (from->queue_hash == to->queue_hash) {
		forget(q, from);
	}
	if (queue_entries_rename(&q->entries, to, contact_hash)) {
		to->customer = customer;
	}
}

/*
 * An agent who consults a queue and then hands over swaps the unique ids: the transfer is logged
 * for the queue the customer came from under the agent's own unique id, and what follows in the
 * second queue under the customer's (asterisk issue 759). The customer's entry is found by queue,
 * agent and hold time; the agent's entry in the second queue goes on as the customer's.
 */
static bool on_swapped_transfer(struct queue_call *q, const struct queue_line *line,
                                uint64_t contact_hash, uint64_t queue_hash)
{
	uint64_t agent = staff_pseudonym(q, line->agent);
	struct queue_entry *from = NULL;
	struct queue_entry *to = NULL;
	struct queue_entry *e = queue_entries_at(&q->entries, q->entries.lists[ENTRY_OPEN].last);
	uint32_t hold_ms;

	if (!arg_seconds(line, attended_hold_at(line), &hold_ms)) {
		return false;
	}
	for (unsigned i = 0; e != NULL && i < SWAP_LOOK_BACK; i++) {
		if (e->contact_hash == contact_hash) {
			to = to == NULL ? e : to;
		} else if (e->connects > 0 && e->queue_hash == queue_hash && e->agent == agent &&
		           e->wait_ms == hold_ms && from == NULL) {
			from = e;
		}
		e = queue_entries_at(&q->entries, e->prev);
	}
	if (from == NULL) {
		return false;
	}
	q->counters.swapped++;
	from->seen_us = line->at_us > from->seen_us ? line->at_us : from->seen_us;
	on_transfer(q, from, line, to);
	if (to != NULL) {
		hand_on(q, from, to);
	}
	return true;
}

static void on_call_line(struct queue_call *q, struct queue_entry *e, const struct queue_line *line)
{
	if (line->at_us > e->seen_us) {
		e->seen_us = line->at_us;
	}
	e->doubted = false;
	switch ((int)line->verb) {
	case QUEUE_VERB_CONNECT:
		on_connect(q, e, line);
		break;
	case QUEUE_VERB_RINGNOANSWER:
		on_ring_no_answer(e, line);
		break;
	case QUEUE_VERB_RINGCANCELED: /* the caller left while it rang: nobody failed to answer */
	case QUEUE_VERB_AGENTDUMP: /* the agent hung up during the announcement; the caller waits on
	                            */
		break;
	case QUEUE_VERB_ABANDON:
		end_of_wait(e, line, 2);
		queue_entries_move(&q->entries, e, ENTRY_HELD);
		break;
	case QUEUE_VERB_BLINDTRANSFER:
	case QUEUE_VERB_ATTENDEDTRANSFER:
	case QUEUE_VERB_TRANSFER:
		on_transfer(q, e, line, NULL);
		break;
	default:
		on_end(q, e, line);
		break;
	}
}

/* Back to the queue the caller came from: his second entry may stand before the end of the first
 * talk (lines race; the same unique id and queue). An end whose hold and talk are longer than a
 * waiting entry is old cannot be this entry's. */
static bool of_entry_before(const struct queue_entry *e, const struct queue_line *line)
{
	size_t hold_at;
	uint32_t hold_ms;
	uint32_t talk_ms;

	switch ((int)line->verb) {
	case QUEUE_VERB_COMPLETEAGENT:
	case QUEUE_VERB_COMPLETECALLER:
		hold_at = 0;
		break;
	case QUEUE_VERB_ATTENDEDTRANSFER:
		hold_at = attended_hold_at(line);
		break;
	case QUEUE_VERB_BLINDTRANSFER:
	case QUEUE_VERB_TRANSFER:
		hold_at = 2;
		break;
	default:
		return false;
	}
	return e->connects == 0 && line->at_us >= e->at_us &&
	       arg_seconds(line, hold_at, &hold_ms) && arg_seconds(line, hold_at + 1, &talk_ms) &&
	       ((int64_t)hold_ms + talk_ms) * US_PER_MS > line->at_us - e->at_us + ROUNDING_US;
}

static void about_call(struct queue_call *q, const struct queue_line *line)
{
	uint64_t contact_hash = siphash13(&q->key, line->contact.at, line->contact.len);
	uint64_t queue_hash = siphash13(&q->key, line->queue.at, line->queue.len);
	struct queue_entry *e;

	if (line->verb == QUEUE_VERB_ENTERQUEUE) {
		on_enter(q, line, contact_hash, queue_hash);
		return;
	}
	e = queue_entries_find(&q->entries, contact_hash, queue_hash);
	if (e != NULL && e->list == ENTRY_OPEN && !of_entry_before(e, line)) {
		on_call_line(q, e, line);
	} else if (e != NULL && e->list != ENTRY_OPEN) {
		q->counters.late++;
	} else if (line->verb != QUEUE_VERB_ATTENDEDTRANSFER ||
	           !on_swapped_transfer(q, line, contact_hash, queue_hash)) {
		q->counters.orphans++;
	}
}

void queue_call_line(struct queue_call *q, const struct queue_line *line)
{
	if (line->verb == QUEUE_VERB_QUEUESTART) {
		on_restart(q, line->at_us);
	} else {
		move_time(q, line->at_us);
	}
	q->last_us = line->at_us;
	q->begun = true;
	if (line->verb >= QUEUE_VERB_ENTERQUEUE && line->verb <= QUEUE_VERB_TRANSFER) {
		about_call(q, line);
	}
	q->hold_known = false;
}

void queue_call_hold(struct queue_call *q, uint32_t hold_ms)
{
	q->hold_known = true;
	q->hold_ms = hold_ms;
}

/* ---- lines that were missed ---- */

void queue_call_missed(struct queue_call *q)
{
	struct queue_entry *e = queue_entries_first(&q->entries, ENTRY_OPEN);

	for (; e != NULL; e = queue_entries_at(&q->entries, e->next)) {
		e->doubted = true;
	}
}

static struct queue_entry *open_entry(struct queue_call *q, struct slice contact,
                                      struct slice queue)
{
	struct queue_entry *e =
		queue_entries_find(&q->entries, siphash13(&q->key, contact.at, contact.len),
	                           siphash13(&q->key, queue.at, queue.len));

	return e != NULL && e->list == ENTRY_OPEN ? e : NULL;
}

bool queue_call_waits_on(struct queue_call *q, struct slice contact, struct slice queue,
                         int64_t *since_us)
{
	struct queue_entry *e = open_entry(q, contact, queue);

	if (e == NULL || apart(e->at_us, *since_us, WAITS_ON_US)) {
		return false;
	}
	e->doubted = false;
	*since_us = e->at_us;
	return true;
}

void queue_call_talks_on(struct queue_call *q, struct slice contact, struct slice queue)
{
	struct queue_entry *e = open_entry(q, contact, queue);

	if (e != NULL && e->connects > 0) {
		e->doubted = false;
	}
}

void queue_call_named(struct queue_call *q)
{
	struct queue_entry *e = queue_entries_first(&q->entries, ENTRY_OPEN);

	while (e != NULL) {
		struct queue_entry *next = queue_entries_at(&q->entries, e->next);

		if (e->doubted) {
			drop(q, e);
		}
		e = next;
	}
}

void queue_call_tick(struct queue_call *q, int64_t now_us)
{
	struct queue_entry *e;

	if (now_us - q->last_us <= QUEUE_CALL_RESTART_US + QUEUE_CALL_LATE_US) {
		return;
	}
	while ((e = queue_entries_first(&q->entries, ENTRY_HELD)) != NULL) {
		drop(q, e);
	}
}

void queue_call_finish(struct queue_call *q)
{
	static const enum entry_list order[] = { ENTRY_HELD, ENTRY_OPEN, ENTRY_ENDED };
	struct queue_entry *e;

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		while ((e = queue_entries_first(&q->entries, order[i])) != NULL) {
			drop(q, e);
		}
	}
	flush_full_gap(q);
}

/* ---- life ---- */

int queue_call_new(struct queue_call **out, const struct queue_call_options *options,
                   const struct emit *emit)
{
	struct queue_call *q;
	int rc;

	if (options->max_open < QUEUE_CALL_OPEN_MIN || options->max_open > QUEUE_CALL_OPEN_MAX) {
		return -EINVAL;
	}
	q = calloc(1, sizeof(*q));
	if (q == NULL) {
		return -ENOMEM;
	}
	q->pseudonym = options->pseudonym;
	q->key = pseudonym_table_key(options->pseudonym);
	q->max_age_us = options->max_age_us;
	q->no_handoffs = options->no_handoffs;
	q->source = options->source != 0 ? options->source : CXM__SOURCE__QUEUE_LOG;
	q->emit = *emit;
	q->host = strdup(options->host);
	rc = q->host != NULL ? queue_entries_init(&q->entries, options->max_open) : -ENOMEM;
	if (rc == 0) {
		rc = labels_init(&q->labels, QUEUE_CALL_LABELS_MAX);
	}
	if (rc != 0) {
		queue_call_free(q);
		return rc;
	}
	*out = q;
	return 0;
}

void queue_call_free(struct queue_call *q)
{
	if (q == NULL) {
		return;
	}
	queue_entries_free(&q->entries);
	labels_free(&q->labels);
	free(q->host);
	free(q);
}

void queue_call_clear(struct queue_call *q)
{
	queue_entries_clear(&q->entries);
	labels_clear(&q->labels);
	q->full.lost = 0;
	q->last_us = 0;
	q->begun = false;
}

int64_t queue_call_last_us(const struct queue_call *q)
{
	return q->last_us;
}

uint32_t queue_call_open(const struct queue_call *q)
{
	return q->entries.lists[ENTRY_OPEN].count;
}

const struct queue_call_counters *queue_call_counters(const struct queue_call *q)
{
	return &q->counters;
}
