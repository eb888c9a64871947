/*
 * The state of cel_call on disk, inside a checkpoint of the spool:
 *
 *   u8 version, u8 begun, varint last_us, varint lost, from_us, to_us of a pending gap
 *   varint calls, in the order they began, each: its fields
 *   varint channels, in the order they began, each: its fields
 *   varint promises, the oldest first, each: its fields
 *
 * The version goes up with every change of the tables below. Older ones are still read: of version
 * 1 a call whose visit is in a menu takes the name of the context for it, of version 2 it has no
 * dialogs and a payment may begin a second time in its context, of version 3 its recording runs
 * from the start.
 */
#include <errno.h>

#include "agent/track/call_state.h"
#include "agent/track/state_fields.h"

#define STATE_VERSION 4
/* of call_fields, the last ones; states of older versions have them not */
#define CALL_FIELDS_SINCE_2 12
#define CALL_FIELDS_SINCE_3 10
#define CALL_FIELDS_SINCE_4 1
#define COUNT(fields)       (sizeof(fields) / sizeof((fields)[0]))

/* clang-format off */
static const struct state_field call_fields[] = {
	{ STATE_HASH, offsetof(struct call, key), 0 },
	{ STATE_HASH, offsetof(struct call, customer_leg), 0 },
	{ STATE_HASH, offsetof(struct call, contact), 0 },
	{ STATE_HASH, offsetof(struct call, customer), 0 },
	{ STATE_HASH, offsetof(struct call, agent), 0 },
	{ STATE_HASH, offsetof(struct call, last_staff), 0 },
	{ STATE_TIME, offsetof(struct call, at_us), 0 },
	{ STATE_TIME, offsetof(struct call, seen_us), 0 },
	{ STATE_TIME, offsetof(struct call, bridged_us), 0 },
	{ STATE_TIME, offsetof(struct call, recognised_us), 0 },
	{ STATE_TIME, offsetof(struct call, offered_us), 0 },
	{ STATE_TIME, offsetof(struct call, paying_us), 0 },
	{ STATE_U32, offsetof(struct call, legs), 0 },
	{ STATE_U32, offsetof(struct call, surveys), 0 },
	{ STATE_BOOL, offsetof(struct call, begun), 0 },
	{ STATE_BOOL, offsetof(struct call, trunk), 0 },
	{ STATE_BOOL, offsetof(struct call, inside), 0 },
	{ STATE_BOOL, offsetof(struct call, dialled), 0 },
	{ STATE_BOOL, offsetof(struct call, bridged), 0 },
	{ STATE_BOOL, offsetof(struct call, agent_answered), 0 },
	{ STATE_BOOL, offsetof(struct call, recognised), 0 },
	{ STATE_BOOL, offsetof(struct call, surveyed), 0 },
	{ STATE_BOOL, offsetof(struct call, recording), 0 },
	{ STATE_BOOL, offsetof(struct call, recorded), 0 },
	{ STATE_BOOL, offsetof(struct call, paying_recorded), 0 },
	{ STATE_TEXT, offsetof(struct call, queue), sizeof(((struct call *)0)->queue) },
	{ STATE_BOOL, offsetof(struct call, visit.live), 0 },
	{ STATE_HASH, offsetof(struct call, visit.leg), 0 },
	{ STATE_TIME, offsetof(struct call, visit.at_us), 0 },
	{ STATE_TIME, offsetof(struct call, visit.answer_us), 0 },
	{ STATE_TIME, offsetof(struct call, visit.value_us), 0 },
	{ STATE_TIME, offsetof(struct call, visit.left_us), 0 },
	{ STATE_U32, offsetof(struct call, visit.steps), 0 },
	{ STATE_U32, offsetof(struct call, visit.invalid_inputs), 0 },
	{ STATE_U32, offsetof(struct call, visit.timeout_inputs), 0 },
	{ STATE_BOOL, offsetof(struct call, visit.task_started), 0 },
	{ STATE_BOOL, offsetof(struct call, visit.task_completed), 0 },
	{ STATE_BOOL, offsetof(struct call, visit.zero_out), 0 },
	{ STATE_BOOL, offsetof(struct call, visit.first_menu_only), 0 },
	{ STATE_BOOL, offsetof(struct call, visit.identified), 0 },
	{ STATE_BOOL, offsetof(struct call, visit.recognised), 0 },
	{ STATE_BOOL, offsetof(struct call, visit.callback), 0 },
	{ STATE_TEXT, offsetof(struct call, visit.flow), sizeof(((struct call *)0)->visit.flow) },
	{ STATE_TEXT, offsetof(struct call, visit.last_step), sizeof(((struct call *)0)->visit.last_step) },
	{ STATE_TEXT, offsetof(struct call, visit.path), sizeof(((struct call *)0)->visit.path) },
	{ STATE_U8, offsetof(struct call, handoff.kind), HANDOFF_CONSULT },
	{ STATE_U8, offsetof(struct call, handoff.role), HANDOFF_IVR },
	{ STATE_TIME, offsetof(struct call, handoff.at_us), 0 },
	{ STATE_TIME, offsetof(struct call, handoff.since_us), 0 },
	{ STATE_TIME, offsetof(struct call, handoff.ring_us), 0 },
	{ STATE_TIME, offsetof(struct call, handoff.answered_us), 0 },
	{ STATE_TIME, offsetof(struct call, handoff.ended_us), 0 },
	{ STATE_HASH, offsetof(struct call, handoff.from_agent), 0 },
	{ STATE_HASH, offsetof(struct call, handoff.to_agent), 0 },
	{ STATE_U32, offsetof(struct call, handoff.talk_ms), 0 },
	{ STATE_U32, offsetof(struct call, handoff.consult_ms), 0 },
	{ STATE_BOOL, offsetof(struct call, handoff.has_talk), 0 },
	{ STATE_BOOL, offsetof(struct call, handoff.has_consult), 0 },
	{ STATE_TEXT, offsetof(struct call, handoff.from_queue), sizeof(((struct call *)0)->handoff.from_queue) },
	{ STATE_TEXT, offsetof(struct call, handoff.to_queue), sizeof(((struct call *)0)->handoff.to_queue) },
	{ STATE_BOOL, offsetof(struct call, consult.live), 0 },
	{ STATE_HASH, offsetof(struct call, consult.leg), 0 },
	{ STATE_TIME, offsetof(struct call, consult.at_us), 0 },
	{ STATE_TIME, offsetof(struct call, consult.ring_us), 0 },
	{ STATE_TIME, offsetof(struct call, consult.answered_us), 0 },
	{ STATE_HASH, offsetof(struct call, consult.to_agent), 0 },
	{ STATE_BOOL, offsetof(struct call, consult.external), 0 },
	{ STATE_TEXT, offsetof(struct call, consult.to_queue), sizeof(((struct call *)0)->consult.to_queue) },
	{ STATE_HASH, offsetof(struct call, consult_for), 0 },
	{ STATE_HASH, offsetof(struct call, consult_from), 0 },
	{ STATE_TEXT, offsetof(struct call, consult_queue), sizeof(((struct call *)0)->consult_queue) },
	{ STATE_TIME, offsetof(struct call, crowded_us), 0 },
	{ STATE_HASH, offsetof(struct call, visit.named_in), 0 },
	{ STATE_TEXT, offsetof(struct call, visit.named), sizeof(((struct call *)0)->visit.named) },
	{ STATE_HASH, offsetof(struct call, dialogs[0]), 0 },
	{ STATE_TIME, offsetof(struct call, dialogs_us[0]), 0 },
	{ STATE_HASH, offsetof(struct call, dialogs[1]), 0 },
	{ STATE_TIME, offsetof(struct call, dialogs_us[1]), 0 },
	{ STATE_HASH, offsetof(struct call, dialogs[2]), 0 },
	{ STATE_TIME, offsetof(struct call, dialogs_us[2]), 0 },
	{ STATE_HASH, offsetof(struct call, dialogs[3]), 0 },
	{ STATE_TIME, offsetof(struct call, dialogs_us[3]), 0 },
	{ STATE_BOOL, offsetof(struct call, paid), 0 },
	{ STATE_TIME, offsetof(struct call, recording_us), 0 },
};

static const struct state_field leg_fields[] = {
	{ STATE_HASH, offsetof(struct call_leg, key), 0 },
	{ STATE_HASH, offsetof(struct call_leg, call), 0 },
	{ STATE_HASH, offsetof(struct call_leg, peer), 0 },
	{ STATE_HASH, offsetof(struct call_leg, bridge), 0 },
	{ STATE_HASH, offsetof(struct call_leg, staff), 0 },
	{ STATE_TIME, offsetof(struct call_leg, at_us), 0 },
	{ STATE_TIME, offsetof(struct call_leg, answered_us), 0 },
	{ STATE_BOOL, offsetof(struct call_leg, trunk), 0 },
};

static const struct state_field promise_fields[] = {
	{ STATE_HASH, offsetof(struct call_promise, customer), 0 },
	{ STATE_HASH, offsetof(struct call_promise, contact), 0 },
	{ STATE_HASH, offsetof(struct call_promise, call), 0 },
	{ STATE_TIME, offsetof(struct call_promise, at_us), 0 },
	{ STATE_TIME, offsetof(struct call_promise, attempt_us), 0 },
	{ STATE_TIME, offsetof(struct call_promise, ring_us), 0 },
	{ STATE_TEXT, offsetof(struct call_promise, queue), sizeof(((struct call_promise *)0)->queue) },
};
/* clang-format on */

static const struct state_field gap_fields[] = {
	{ STATE_TIME, offsetof(struct call_gap, from_us), 0 },
	{ STATE_TIME, offsetof(struct call_gap, to_us), 0 },
};

/* ---- writing ---- */

void cel_call_save(const struct cel_call *t, struct buf *out)
{
	buf_add_char(out, STATE_VERSION);
	buf_add_char(out, t->begun ? 1 : 0);
	buf_add_varint(out, (uint64_t)t->last_us);
	buf_add_varint(out, t->full.lost);
	state_save(gap_fields, COUNT(gap_fields), &t->full, out);
	buf_add_varint(out, t->calls_by_key.count);
	for (uint32_t i = t->first; i != TABLE_NONE; i = t->calls[i].next) {
		state_save(call_fields, COUNT(call_fields), &t->calls[i], out);
	}
	buf_add_varint(out, t->legs_by_key.count);
	for (uint32_t i = t->first_leg; i != TABLE_NONE; i = t->legs[i].next) {
		state_save(leg_fields, COUNT(leg_fields), &t->legs[i], out);
	}
	buf_add_varint(out, t->n_promises);
	for (uint32_t i = 0; i < t->n_promises; i++) {
		state_save(promise_fields, COUNT(promise_fields), &t->promises[i], out);
	}
}

/* ---- reading ---- */

static int load_call_of(struct cel_call *t, struct cursor *in, size_t n_fields)
{
	struct call read = { 0 };
	struct call *c;

	state_load(call_fields, n_fields, &read, in);
	if (in->bad || call_find(t, read.key) != NULL) {
		return -EBADMSG;
	}
	if (table_full(&t->calls_by_key)) {
		return -ENOSPC;
	}
	c = call_add(t, read.key);
	read.prev = c->prev;
	read.next = c->next;
	*c = read;
	return 0;
}

static int load_call(struct cel_call *t, struct cursor *in)
{
	return load_call_of(t, in, COUNT(call_fields));
}

static int load_call_of_1(struct cel_call *t, struct cursor *in)
{
	return load_call_of(t, in, COUNT(call_fields) - CALL_FIELDS_SINCE_2);
}

static int load_call_of_2(struct cel_call *t, struct cursor *in)
{
	return load_call_of(t, in, COUNT(call_fields) - CALL_FIELDS_SINCE_3);
}

static int load_call_of_3(struct cel_call *t, struct cursor *in)
{
	return load_call_of(t, in, COUNT(call_fields) - CALL_FIELDS_SINCE_4);
}

static int load_leg(struct cel_call *t, struct cursor *in)
{
	struct call_leg read = { 0 };
	struct call_leg *leg;

	state_load(leg_fields, COUNT(leg_fields), &read, in);
	if (in->bad || leg_find(t, read.key) != NULL) {
		return -EBADMSG;
	}
	leg = leg_add(t, read.key);
	if (leg == NULL) {
		return -ENOSPC;
	}
	read.prev = leg->prev;
	read.next = leg->next;
	*leg = read;
	return 0;
}

static int load_promise(struct cel_call *t, struct cursor *in)
{
	if (t->n_promises == CEL_CALL_PROMISES_MAX) {
		return -EBADMSG;
	}
	t->promises[t->n_promises] = (struct call_promise){ 0 };
	state_load(promise_fields, COUNT(promise_fields), &t->promises[t->n_promises], in);
	t->n_promises++;
	return in->bad ? -EBADMSG : 0;
}

static int load_list(struct cel_call *t, struct cursor *in,
                     int (*one)(struct cel_call *t, struct cursor *in))
{
	uint64_t n = cursor_varint(in);
	int rc = in->bad ? -EBADMSG : 0;

	for (uint64_t i = 0; rc == 0 && i < n; i++) {
		rc = one(t, in);
	}
	return rc;
}

static int load_all(struct cel_call *t, struct cursor *in)
{
	static int (*const of_version[])(struct cel_call * t, struct cursor * in) = {
		NULL, load_call_of_1, load_call_of_2, load_call_of_3, load_call
	};
	uint8_t version = cursor_u8(in);
	int rc = version >= 1 && version <= STATE_VERSION ? 0 : -EBADMSG;
	uint8_t begun = cursor_u8(in);
	uint64_t last_us = cursor_varint(in);

	t->full.lost = cursor_varint(in);
	state_load(gap_fields, COUNT(gap_fields), &t->full, in);
	if (rc != 0 || in->bad || begun > 1 || t->full.lost > UINT32_MAX ||
	    last_us > (uint64_t)STATE_TIME_MAX_US) {
		return -EBADMSG;
	}
	t->begun = begun == 1;
	t->last_us = (int64_t)last_us;
	rc = rc == 0 ? load_list(t, in, of_version[version]) : rc;
	rc = rc == 0 ? load_list(t, in, load_leg) : rc;
	return rc == 0 ? load_list(t, in, load_promise) : rc;
}

int cel_call_load(struct cel_call *t, struct cursor *in)
{
	int rc;

	cel_call_clear(t);
	if (cursor_left(in) == 0) { /* nothing: as new */
		return -EBADMSG;
	}
	rc = load_all(t, in);
	if (rc != 0) {
		cel_call_clear(t);
	}
	return rc;
}
