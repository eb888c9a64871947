/* What follows from the facts of a stay; see cc_stay.h. */
#include "agent/track/cc_stay.h"

#include <stdlib.h>
#include <string.h>

#include "agent/track/state_fields.h"

#define LONG_RING_US INT64_C(3000000) /* ring_no_answers_over_3s, proto/evidence.proto */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- rings ---- */

void cc_stay_add_ring(struct cc_stay *s, const struct cc_ring *ring)
{
	if (s->n_rings == CC_CONTACT_RINGS_MAX) {
		s->rings_overrun = true;
	} else {
		s->rings[s->n_rings++] = *ring;
	}
}

static int by_agent_and_time(const void *x, const void *y)
{
	const struct cc_ring *a = x;
	const struct cc_ring *b = y;

	if (a->agent != b->agent) {
		return a->agent < b->agent ? -1 : 1;
	}
	if (a->at_us != b->at_us) {
		return a->at_us < b->at_us ? -1 : 1;
	}
	return (int)a->kind - (int)b->kind;
}

void cc_stay_rings(const struct cc_stay *s, struct cc_rings *out)
{
	struct cc_ring sorted[CC_CONTACT_RINGS_MAX];

	*out = (struct cc_rings){ .missed = 0 };
	memcpy(sorted, s->rings, sizeof(sorted));
	qsort(sorted, s->n_rings, sizeof(sorted[0]), by_agent_and_time);
	for (unsigned i = 0; i < s->n_rings; i++) {
		const struct cc_ring *r = &sorted[i];
		const struct cc_ring *before = i > 0 ? r - 1 : NULL;
		bool paired = before != NULL && before->agent == r->agent &&
		              before->kind == CC_RING_OFFERED;
		int64_t us = paired ? r->at_us - before->at_us : 0;

		if (r->kind == CC_RING_MISSED) {
			out->missed++;
			out->missed_over_3s += us >= LONG_RING_US ? 1 : 0;
		} else if (r->kind == CC_RING_ANSWERED && paired) {
			out->has_ring = true;
			out->ring_ms = emit_ms(before->at_us, r->at_us);
		}
	}
}

/* ---- times ---- */

bool cc_stay_is_over(const struct cc_stay *s)
{
	return s->left_us != 0 || s->hangup_us != 0 || s->lost;
}

int64_t cc_stay_at_us(const struct cc_stay *s)
{
	return s->start_us != 0 ? s->start_us : s->joined_us;
}

int64_t cc_stay_answered_us(const struct cc_stay *s)
{
	return s->bridged_us != 0 ? s->bridged_us : s->answered_us;
}

bool cc_stay_was_answered(const struct cc_stay *s)
{
	return cc_stay_answered_us(s) != 0 || s->cause == CC_CAUSE_ANSWERED;
}

int64_t cc_stay_left_us(const struct cc_stay *s)
{
	if (s->left_us != 0) {
		return s->left_us;
	}
	return s->over_us != 0 ? s->over_us : s->hangup_us;
}

/* ---- meaning ---- */

/* BREAK_OUT is said when the caller hung up, and when somebody moved the channel away
 * (uuid_transfer, uuid_break); only then is there still a channel. */
static bool left_alive(const struct cc_stay *s)
{
	if (s->alive) {
		return true;
	}
	return s->left_us == 0 && s->over_us != 0 && s->hangup_us > s->over_us + CC_STAY_CLOSE_US;
}

static Cxm__QueueContact__Outcome outcome_of_cancel(const struct cc_stay *s)
{
	switch ((enum cc_reason)s->reason) {
	case CC_REASON_KEY:
		return CXM__QUEUE_CONTACT__OUTCOME__EXIT_KEY;
	case CC_REASON_NO_AGENT:
		return CXM__QUEUE_CONTACT__OUTCOME__EXIT_EMPTY;
	case CC_REASON_TIMEOUT:
		return CXM__QUEUE_CONTACT__OUTCOME__TIMED_OUT;
	case CC_REASON_BREAK_OUT:
	case CC_REASON_NONE:
	default:
		return left_alive(s) ? CXM__QUEUE_CONTACT__OUTCOME__UNKNOWN_END
		                     : CXM__QUEUE_CONTACT__OUTCOME__ABANDONED;
	}
}

Cxm__QueueContact__Outcome cc_stay_outcome(const struct cc_stay *s)
{
	if (cc_stay_was_answered(s)) {
		return CXM__QUEUE_CONTACT__OUTCOME__ANSWERED;
	}
	if (s->cause == CC_CAUSE_CANCELLED) {
		return outcome_of_cancel(s);
	}
	/* no end was told, but the caller's own good-bye was */
	return s->hangup_us != 0 && s->member_hung_up ? CXM__QUEUE_CONTACT__OUTCOME__ABANDONED
	                                              : CXM__QUEUE_CONTACT__OUTCOME__UNKNOWN_END;
}

/* The member's channel tells of whoever moved it: of the dialplan on the way into the queue, and of
 * the dialplan once the agent has hung up. */
static bool was_moved(const struct cc_stay *s)
{
	return s->moved != 0 && s->released_us == 0 &&
	       s->moved_us >= cc_stay_answered_us(s) - CC_STAY_CLOSE_US;
}

bool cc_stay_was_transferred(const struct cc_stay *s)
{
	return cc_stay_was_answered(s) && (s->transfer != 0 || was_moved(s));
}

Cxm__QueueContact__Transfer cc_stay_transfer(const struct cc_stay *s)
{
	return (Cxm__QueueContact__Transfer)(s->transfer != 0 ? s->transfer : s->moved);
}

int64_t cc_stay_transfer_us(const struct cc_stay *s)
{
	return s->transfer != 0 ? s->transfer_us : s->moved_us;
}

int cc_stay_ended_by(const struct cc_stay *s)
{
	if (cc_stay_outcome(s) == CXM__QUEUE_CONTACT__OUTCOME__ABANDONED) {
		return CXM__QUEUE_CONTACT__ENDED_BY__CALLER;
	}
	if (!cc_stay_was_answered(s)) {
		return 0;
	}
	if (cc_stay_was_transferred(s)) {
		return CXM__QUEUE_CONTACT__ENDED_BY__TRANSFER;
	}
	if (s->agent_hung_up) {
		return CXM__QUEUE_CONTACT__ENDED_BY__AGENT;
	}
	return s->member_hung_up ? CXM__QUEUE_CONTACT__ENDED_BY__CALLER : 0;
}

bool cc_stay_hold_ms(const struct cc_stay *s, uint32_t *out)
{
	bool even = s->n_hold == s->n_unhold;
	bool open = s->n_hold == s->n_unhold + 1;
	/* a hold that nobody ended lasted to the end of the call */
	uint64_t us = s->hold_us + (open ? (uint64_t)cc_stay_left_us(s) : 0);
	/* one that began last and whose call has no known end is below 0 */
	bool known = s->n_hold > 0 && (even || open) && us <= INT64_MAX;
	uint32_t ms = known ? emit_ms(0, (int64_t)us) : 0;

	*out = ms > s->hold_ms ? ms : s->hold_ms;
	return s->has_hold_ms || known;
}

/* ---- state ---- */

#define AT(member) offsetof(struct cc_stay, member)

static const struct state_field fields[] = {
	{ STATE_HASH, AT(key), 0 },
	{ STATE_HASH, AT(session), 0 },
	{ STATE_HASH, AT(contact), 0 },
	{ STATE_HASH, AT(customer), 0 },
	{ STATE_HASH, AT(caller), 0 },
	{ STATE_HASH, AT(agent), 0 },
	{ STATE_TIME, AT(agent_us), 0 },
	{ STATE_TIME, AT(start_us), 0 },
	{ STATE_TIME, AT(joined_us), 0 },
	{ STATE_TIME, AT(bridged_us), 0 },
	{ STATE_TIME, AT(answered_us), 0 },
	{ STATE_TIME, AT(unbridged_us), 0 },
	{ STATE_TIME, AT(left_us), 0 },
	{ STATE_TIME, AT(over_us), 0 },
	{ STATE_TIME, AT(hangup_us), 0 },
	{ STATE_TIME, AT(transfer_us), 0 },
	{ STATE_TIME, AT(last_us), 0 },
	{ STATE_TIME, AT(at_us), 0 },
	{ STATE_HASH, AT(hold_us), 0 },
	{ STATE_U32, AT(n_hold), 0 },
	{ STATE_U32, AT(n_unhold), 0 },
	{ STATE_U32, AT(hold_ms), 0 },
	{ STATE_U32, AT(connects), 0 },
	{ STATE_U32, AT(times_told), 0 },
	{ STATE_U8, AT(cause), CC_CAUSE_ANSWERED },
	{ STATE_U8, AT(reason), CC_REASON_KEY },
	{ STATE_U8, AT(transfer), CXM__QUEUE_CONTACT__TRANSFER__ATTENDED },
	{ STATE_BOOL, AT(has_hold_ms), 0 },
	{ STATE_BOOL, AT(alive), 0 },
	{ STATE_BOOL, AT(member_hung_up), 0 },
	{ STATE_BOOL, AT(agent_hung_up), 0 },
	{ STATE_BOOL, AT(recorded), 0 },
	{ STATE_BOOL, AT(lost), 0 },
	{ STATE_BOOL, AT(rings_overrun), 0 },
	{ STATE_U8, AT(n_rings), CC_CONTACT_RINGS_MAX },
	{ STATE_BOOL, AT(dirty), 0 },
	{ STATE_TEXT, AT(queue), CC_CONTACT_QUEUE_BYTES },
	/* since version 2 */
	{ STATE_TIME, AT(moved_us), 0 },
	{ STATE_TIME, AT(released_us), 0 },
	{ STATE_U8, AT(moved), CXM__QUEUE_CONTACT__TRANSFER__ATTENDED },
	{ STATE_U8, AT(n_parties), CC_PARTIES_MAX },
};
#define FIELDS_SINCE_2 4

static const struct state_field party_fields[] = {
	{ STATE_TIME, offsetof(struct cc_party, created_us), 0 },
	{ STATE_TIME, offsetof(struct cc_party, answered_us), 0 },
	{ STATE_TIME, offsetof(struct cc_party, ended_us), 0 },
	{ STATE_HASH, offsetof(struct cc_party, agent), 0 },
	{ STATE_BOOL, offsetof(struct cc_party, external), 0 },
	{ STATE_BOOL, offsetof(struct cc_party, talked), 0 },
};

static const struct state_field ring_fields[] = {
	{ STATE_HASH, offsetof(struct cc_ring, agent), 0 },
	{ STATE_TIME, offsetof(struct cc_ring, at_us), 0 },
	{ STATE_U8, offsetof(struct cc_ring, kind), CC_RING_CALLED_OFF },
};

void cc_stay_save(const struct cc_stay *s, struct buf *out)
{
	state_save(fields, COUNT(fields), s, out);
	for (unsigned i = 0; i < s->n_rings; i++) {
		state_save(ring_fields, COUNT(ring_fields), &s->rings[i], out);
	}
	for (unsigned i = 0; i < s->n_parties; i++) {
		state_save(party_fields, COUNT(party_fields), &s->parties[i], out);
	}
}

void cc_stay_load(struct cc_stay *s, unsigned version, struct cursor *in)
{
	state_load(fields, COUNT(fields) - (version < 2 ? FIELDS_SINCE_2 : 0), s, in);
	for (unsigned i = 0; !in->bad && i < s->n_rings; i++) {
		state_load(ring_fields, COUNT(ring_fields), &s->rings[i], in);
	}
	for (unsigned i = 0; !in->bad && i < s->n_parties; i++) {
		state_load(party_fields, COUNT(party_fields), &s->parties[i], in);
	}
}
