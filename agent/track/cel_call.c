/*
 * The rules that turn events of channels into calls, visits and hand-offs; see cel_call.h. Follows
 * Asterisk's CEL specification and what recordings of Asterisk 22 show, named at each rule. Owns
 * the tables; what the dialplan's own events mean is in cel_call_user.c, saving in
 * cel_call_state.c.
 */
#include "agent/track/cel_call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/track/call_state.h"
#include "agent/track/labels.h"

#define FULL_GAP_US INT64_C(60000000)
#define CROWD       3                /* parties that make a conference */
#define MOVED_US    INT64_C(1000000) /* a transfer told later than what it led to */

/* Members of queues are known by their names there, and phones show the same names. */
static uint64_t staff_of(const struct cel_call *t, const struct cel_event *e)
{
	return pseudonym_of(t->pseudonym, CXM_STAFF, e->name.len > 0 ? e->name : e->num);
}

static void copy_queue(char out[HANDOFF_QUEUE_BYTES], struct slice raw)
{
	(void)label_clean(raw, out, HANDOFF_QUEUE_BYTES);
}

/* ---- what ends ---- */

/* The channel itself is named where its far end hung up. */
static enum ivr_hangup who_hung_up(const struct cel_event *hangup)
{
	if (!hangup->has_hangup_source) {
		return IVR_HANGUP_UNKNOWN;
	}
	return slice_eq(hangup->hangup_source, hangup->channel) ? IVR_HANGUP_CALLER : IVR_HANGUP_US;
}

static void end_visit(struct cel_call *t, struct call *c, const struct cel_event *hangup)
{
	if (c->visit.live) {
		call_emit_visit(t, c,
		                hangup != NULL ? ivr_outcome(&c->visit, who_hung_up(hangup))
		                               : CXM__SELF_SERVICE_VISIT__OUTCOME__UNKNOWN_END,
		                c->seen_us);
		c->visit.live = false;
	}
}

static void end_handoff(struct cel_call *t, struct call *c)
{
	if (c->handoff.kind != HANDOFF_NONE) {
		call_emit_handoff(t, c, &c->handoff);
		c->handoff = (struct handoff){ .kind = HANDOFF_NONE };
	}
}

/* A consultation that led to no transfer is a record of its own. */
static void end_consult(struct cel_call *t, struct call *c, int64_t at_us)
{
	struct handoff h = { .from_agent = c->consult_for != 0 ? c->consult_from : c->agent };

	if (!c->consult.live) {
		return;
	}
	memcpy(h.from_queue, c->consult_for != 0 ? c->consult_queue : c->queue,
	       sizeof(h.from_queue));
	handoff_of_consult(&h, &c->consult, at_us);
	call_emit_handoff(t, c, &h);
	c->consult = (struct consult){ .live = false };
}

static void end_crowd(struct cel_call *t, struct call *c)
{
	if (c->crowded_us > 0) {
		call_emit_conference(t, c, c->crowded_us);
		c->crowded_us = 0;
	}
}

/* What is under way in it. */
static void end_stretches(struct cel_call *t, struct call *c)
{
	end_visit(t, c, NULL);
	end_crowd(t, c);
	end_handoff(t, c);
	end_consult(t, c, c->seen_us);
}

static void end_call(struct cel_call *t, struct call *c, enum call_end end)
{
	end_stretches(t, c);
	call_user_end(t, c);
	if (c->begun) { /* else nobody knows when */
		call_emit_call(t, c, end);
	}
	t->counters.cut += end == CALL_END_CUT ? 1 : 0;
	if (end == CALL_END_CUT || c->unheard) { /* whose ends were not seen */
		legs_of_call_remove(t, c->key);
	}
	call_remove(t, c);
}

/* ---- room and time ---- */

static void flush_full_gap(struct cel_call *t)
{
	if (t->full.lost > 0) {
		call_emit_gap(t, &t->full);
		t->full.lost = 0;
	}
}

static void make_room(struct cel_call *t, int64_t at_us)
{
	t->counters.evicted++;
	if (t->full.lost++ == 0) {
		t->full.from_us = at_us;
	}
	t->full.to_us = at_us;
	end_call(t, call_first(t), CALL_END_CUT);
}

static bool apart(int64_t a_us, int64_t b_us, int64_t by_us)
{
	return a_us - b_us > by_us || b_us - a_us > by_us;
}

static void move_time(struct cel_call *t, int64_t at_us)
{
	/* one line with a damaged time must not expire everything: a second one has to agree */
	int64_t sure_us = t->begun && t->last_us < at_us ? t->last_us : at_us;
	struct call *c;

	while ((c = call_first(t)) != NULL && apart(sure_us, c->at_us, t->max_age_us)) {
		t->counters.expired++;
		end_call(t, c, CALL_END_CUT);
	}
	if (apart(at_us, t->full.from_us, FULL_GAP_US)) {
		flush_full_gap(t);
	}
}

/* ---- calls and their channels ---- */

static struct call *begin_call(struct cel_call *t, uint64_t key, const struct cel_event *e)
{
	struct call *c;

	if (table_full(&t->calls_by_key)) {
		make_room(t, e->at_us);
	}
	c = call_add(t, key);
	c->contact = pseudonym_of(t->pseudonym, CXM_CONTACT, e->linkedid);
	c->at_us = e->at_us;
	c->seen_us = e->at_us;
	return c;
}

/* The first channel of a call has the call's id. Read twice at the same time, this part of the log
 * was given twice; at another, the PBX has begun to count anew. */
static struct call *renew_call(struct cel_call *t, struct call *c, uint64_t key,
                               const struct cel_event *e)
{
	if (c != NULL && c->begun && c->at_us == e->at_us) {
		t->counters.repeated++;
		legs_of_call_remove(t, key);
		call_remove(t, c);
	} else if (c != NULL) {
		end_call(t, c, CALL_END_CUT);
	}
	c = begin_call(t, key, e);
	c->begun = true;
	return c;
}

/* PJSIP/109-00000054 is one call of the phone PJSIP/109. */
static struct slice peer_of(struct slice channel)
{
	const char *hyphen = memrchr(channel.at, '-', channel.len);

	return (struct slice){ channel.at,
		               hyphen != NULL ? (size_t)(hyphen - channel.at) : channel.len };
}

static struct call_leg *begin_leg(struct cel_call *t, struct call *c, uint64_t key,
                                  const struct cel_event *e)
{
	struct call_leg *leg = leg_find(t, key);

	if (leg != NULL) {
		leg_remove(t, leg);
	}
	leg = leg_add(t, key);
	if (leg == NULL) {
		t->counters.untracked_legs++;
		return NULL;
	}
	leg->call = c->key;
	leg->peer = call_hash(t, peer_of(e->channel));
	leg->at_us = e->at_us;
	leg->trunk = call_rules_match(t->rules->trunks, e->context);
	return leg;
}

/* The first channel is the customer's, unless it is half of a Local channel (an originated call):
 * then the first one behind it that goes to a trunk is. */
static void take_customer(struct cel_call *t, struct call *c, const struct call_leg *leg,
                          const struct cel_event *e, bool first)
{
	if (first && !leg->trunk) {
		c->inside = true;
	}
	if (c->customer_leg == 0 && (first || leg->trunk)) {
		c->customer_leg = leg->key;
	}
	c->trunk = c->trunk || leg->trunk;
	if (leg->trunk && c->customer == 0) {
		c->customer = pseudonym_of(t->pseudonym, CXM_CUSTOMER, e->num);
	}
}

/* A phone of our own begins a call while it has a customer on another line: somebody is asked. */
static void look_for_consult(struct cel_call *t, struct call *c, const struct call_leg *leg)
{
	const struct call *about = call_of_peer(t, leg);

	if (about != NULL) {
		c->consult = (struct consult){ .live = true, .at_us = c->at_us };
		c->consult_for = about->contact;
		c->consult_from = about->agent;
		memcpy(c->consult_queue, about->queue, sizeof(c->consult_queue));
	}
}

static void phone_rings(struct call *c, const struct call_leg *leg)
{
	if (c->consult.live) {
		if (c->consult.ring_us == 0) {
			c->consult.ring_us = leg->at_us;
			c->consult.leg = leg->key;
			c->consult.external = leg->trunk;
		}
	} else if (c->handoff.kind != HANDOFF_NONE && c->handoff.answered_us == 0) {
		handoff_rings(&c->handoff, leg->at_us);
	} else if (c->bridged) {
		c->consult = (struct consult){ .live = true,
			                       .leg = leg->key,
			                       .at_us = leg->at_us,
			                       .ring_us = leg->at_us,
			                       .external = leg->trunk };
	} else if (c->away_us > 0 && c->away_ring_us == 0) {
		c->away_ring_us = leg->at_us;
	}
}

static void on_chan_start(struct cel_call *t, struct call *c, uint64_t leg_key,
                          const struct cel_event *e)
{
	bool first = leg_key == c->key;
	struct call_leg *leg;

	c->legs++;
	if (cel_is_local(e->channel)) {
		return;
	}
	leg = begin_leg(t, c, leg_key, e);
	if (leg == NULL) {
		return;
	}
	take_customer(t, c, leg, e, first);
	if (!first) {
		phone_rings(c, leg);
	} else if (!leg->trunk) {
		look_for_consult(t, c, leg);
	}
}

static void on_pick_up(struct cel_call *t, struct call *c, struct call_leg *leg,
                       const struct cel_event *e)
{
	leg->staff = leg->trunk ? 0 : staff_of(t, e);
	c->last_staff = leg->staff;
	if (c->consult.live && leg->at_us >= c->consult.at_us && c->consult.answered_us == 0) {
		c->consult.answered_us = e->at_us;
		c->consult.to_agent = leg->staff;
		c->consult.leg = leg->key;
	} else if (handoff_answered(&c->handoff, leg->at_us, e->at_us, leg->staff, leg->trunk)) {
		c->bridged_us = e->at_us;
	}
}

static void on_answer(struct cel_call *t, struct call *c, struct call_leg *leg,
                      const struct cel_event *e)
{
	if (leg == NULL) {
		return;
	}
	leg->answered_us = e->at_us;
	if (leg->key == c->key && e->outgoing) { /* originated: we called the customer */
		c->dialled = true;
		c->customer = c->customer != 0 || !leg->trunk
		                      ? c->customer
		                      : pseudonym_of(t->pseudonym, CXM_CUSTOMER, e->num);
		promise_try(t, c);
		promise_answered(t, c, e->at_us);
	} else if (leg->key != c->key) {
		on_pick_up(t, c, leg, e);
	}
}

/* ---- applications and bridges ---- */

static bool connects(struct slice app)
{
	return slice_ieq(app, SLICE("Queue")) || slice_ieq(app, SLICE("Dial"));
}

static void enter_queue(struct cel_call *t, struct call *c, bool customers,
                        const struct cel_event *e)
{
	if (!customers) { /* an agent asks in a queue */
		if (c->consult.live) {
			copy_queue(c->consult.to_queue, e->queue);
		} else if (c->bridged && c->handoff.kind == HANDOFF_NONE) {
			c->consult = (struct consult){ .live = true, .at_us = e->at_us };
			copy_queue(c->consult.to_queue, e->queue);
		} else if (c->handoff.kind != HANDOFF_NONE && c->handoff.answered_us == 0) {
			c->handoff.role = HANDOFF_QUEUE;
			copy_queue(c->handoff.to_queue, e->queue);
		}
		return;
	}
	if (c->handoff.kind != HANDOFF_NONE && c->handoff.answered_us == 0) {
		c->handoff.role = HANDOFF_QUEUE;
		copy_queue(c->handoff.to_queue, e->queue);
	}
	if (c->visit.live) {
		ivr_queued(&c->visit, e);
		call_emit_visit(t, c, CXM__SELF_SERVICE_VISIT__OUTCOME__QUEUED, e->at_us);
		c->visit.live = false;
	}
	c->moved_us = c->queue[0] != '\0' ? e->at_us : 0;
	memcpy(c->moved_from, c->queue, sizeof(c->moved_from));
	copy_queue(c->queue, e->queue);
}

static void on_app_start(struct cel_call *t, struct call *c, uint64_t leg_key,
                         const struct cel_event *e)
{
	bool customers = leg_key == c->customer_leg;

	if (e->queue.len > 0) {
		enter_queue(t, c, customers, e);
	}
	if (customers) {
		call_app_start(t, c, e);
	}
}

static void on_bridge_enter(struct cel_call *t, struct call *c, struct call_leg *leg,
                            const struct cel_event *e)
{
	if (leg == NULL) {
		return;
	}
	leg->bridge = e->bridge.len > 0 ? call_hash(t, e->bridge) : 0; /* not known: in none */
	if (leg->key == c->customer_leg && connects(e->app)) {
		c->bridged_us = c->bridged ? c->bridged_us : e->at_us;
		c->bridged = true;
		c->away_us = 0;
		c->agent_answered = c->agent_answered || slice_ieq(e->app, SLICE("Queue"));
		c->agent = c->last_staff != 0 ? c->last_staff : c->agent;
	}
	if (c->crowded_us == 0 && leg->bridge != 0 && legs_in_bridge(t, leg->bridge) >= CROWD) {
		c->crowded_us = e->at_us;
	}
}

static void on_bridge_exit(struct cel_call *t, struct call *c, struct call_leg *leg)
{
	uint64_t bridge = leg != NULL ? leg->bridge : 0;

	if (leg == NULL) {
		return;
	}
	leg->bridge = 0;
	if (c->crowded_us > 0 && legs_in_bridge(t, bridge) < CROWD) {
		end_crowd(t, c);
	}
}

/* ---- transfers ---- */

static void begin_handoff(struct cel_call *t, struct call *c, enum handoff_kind kind,
                          const struct cel_event *e)
{
	end_handoff(t, c);
	c->handoff = (struct handoff){
		.kind = (uint8_t)kind,
		.at_us = e->at_us,
		.since_us = e->at_us,
		.from_agent = staff_of(t, e),
		.has_talk = c->bridged_us > 0,
		.talk_ms = emit_ms(c->bridged_us, e->at_us),
	};
	memcpy(c->handoff.from_queue, c->queue, sizeof(c->handoff.from_queue));
	c->bridged_us = e->at_us; /* with the next one the talk begins anew */
}

/* The customer's and the agent's channel have threads of their own: the customer may be in the next
 * queue, or the next phone ring, before the transfer is told that brought it about (recorded with
 * Asterisk 22, by 135 us and on a busy machine by 18 ms). */
static bool is_away(const struct cel_call *t, const struct call *c, const struct cel_event *e)
{
	return c->away_us > 0 && e->at_us >= c->away_us && e->at_us - c->away_us <= MOVED_US &&
	       c->agent != 0 && c->agent == staff_of(t, e);
}

static void on_blind_transfer(struct cel_call *t, struct call *c, const struct cel_event *e)
{
	bool away = is_away(t, c, e);

	end_consult(t, c, e->at_us);
	begin_handoff(t, c, HANDOFF_BLIND, e);
	if (away) {
		c->handoff.since_us = c->away_us;
		c->handoff.ring_us = c->away_ring_us;
	}
	if (away && c->moved_us > 0) {
		c->handoff.role = HANDOFF_QUEUE;
		memcpy(c->handoff.from_queue, c->moved_from, sizeof(c->handoff.from_queue));
		memcpy(c->handoff.to_queue, c->queue, sizeof(c->handoff.to_queue));
	}
	c->away_us = 0;
}

/* The application that connected him is over; `moved_us` is of what comes then. */
static void leave_talk(struct call *c, int64_t at_us)
{
	if (c->bridged) {
		c->away_us = at_us;
		c->away_ring_us = 0;
		c->moved_us = 0;
	}
	c->bridged = false;
}

/* With the phone's own second line the consultation is a call of its own, which the event's second
 * channel leads to; either of the two may be the one the event is about. */
static void on_attended_transfer(struct cel_call *t, struct call *c, const struct cel_event *e)
{
	const struct call_leg *second = leg_find(t, call_hash(t, e->channel2));
	struct call *other = second != NULL ? call_find(t, second->call) : NULL;
	struct consult consult = c->consult;

	if (other != NULL && other != c && c->consult_for != 0) {
		struct call *customers = other;

		other = c;
		c = customers;
		consult = c->consult;
	}
	if (!consult.live && other != NULL && other != c) {
		consult = other->consult;
		other->consult = (struct consult){ .live = false };
	}
	c->consult = (struct consult){ .live = false };
	begin_handoff(t, c, HANDOFF_ATTENDED, e);
	if (consult.live) {
		handoff_take_consult(&c->handoff, &consult);
	}
}

static void on_hangup(struct cel_call *t, struct call *c, uint64_t leg_key,
                      const struct cel_event *e)
{
	if (c->visit.live && c->visit.leg == leg_key) {
		end_visit(t, c, e);
	}
	if (leg_key != c->customer_leg) {
		return;
	}
	c->bridged = false;
	if (c->handoff.kind != HANDOFF_NONE) {
		c->handoff.ended_us = e->at_us;
		end_handoff(t, c);
	}
}

static void on_chan_end(struct cel_call *t, struct call *c, struct call_leg *leg,
                        const struct cel_event *e)
{
	if (leg == NULL) {
		return;
	}
	if (c->consult.live && c->consult.leg == leg->key) {
		end_consult(t, c, e->at_us);
	}
	leg_remove(t, leg);
}

/* ---- dispatch ---- */

static void visit_event(struct cel_call *t, struct call *c, uint64_t leg_key,
                        const struct call_leg *leg, const struct cel_event *e)
{
	/* after a loss nobody knows when a visit began, and whether it was told already */
	if (!c->visit.live && !c->unheard && !cel_is_local(e->channel) && ivr_begins(t->rules, e)) {
		ivr_begin(&c->visit, leg_key, leg != NULL ? leg->answered_us : 0, e);
		if (c->handoff.kind != HANDOFF_NONE && c->handoff.answered_us == 0) {
			c->handoff.role = HANDOFF_IVR;
		}
	}
	if (c->visit.live && c->visit.leg == leg_key) {
		ivr_event(&c->visit, t->rules, e);
	}
}

static void dispatch(struct cel_call *t, struct call *c, uint64_t leg_key, struct call_leg *leg,
                     const struct cel_event *e)
{
	switch ((int)e->type) {
	case CEL_CHAN_START:
		on_chan_start(t, c, leg_key, e);
		break;
	case CEL_ANSWER:
		on_answer(t, c, leg, e);
		break;
	case CEL_APP_START:
		on_app_start(t, c, leg_key, e);
		break;
	case CEL_APP_END:
		if (leg_key == c->customer_leg && connects(e->app)) {
			leave_talk(c, e->at_us);
		}
		break;
	case CEL_BRIDGE_ENTER:
		on_bridge_enter(t, c, leg, e);
		break;
	case CEL_BRIDGE_EXIT:
		on_bridge_exit(t, c, leg);
		break;
	case CEL_BLINDTRANSFER:
		on_blind_transfer(t, c, e);
		break;
	case CEL_ATTENDEDTRANSFER:
		on_attended_transfer(t, c, e);
		break;
	case CEL_USER:
		call_user_event(t, c, e);
		break;
	case CEL_HANGUP:
		on_hangup(t, c, leg_key, e);
		break;
	case CEL_CHAN_END:
		on_chan_end(t, c, leg, e);
		break;
	default:
		break;
	}
}

/* Of a call whose beginning was not read, what is still to come may be told all the same. */
static bool worth_a_call(const struct cel_event *e)
{
	return e->type == CEL_CHAN_START || e->type == CEL_APP_START || e->type == CEL_USER;
}

static void about_call(struct cel_call *t, const struct cel_event *e)
{
	uint64_t key = call_hash(t, e->linkedid);
	uint64_t leg_key = call_hash(t, e->uniqueid);
	struct call *c = call_find(t, key);
	struct call_leg *leg;

	if (e->type == CEL_CHAN_START && leg_key == key) {
		c = renew_call(t, c, key, e);
	} else if (c == NULL && worth_a_call(e)) {
		t->counters.orphans++;
		c = begin_call(t, key, e);
		c->customer_leg = key;
	}
	if (c == NULL) {
		t->counters.orphans++;
		return;
	}
	c->seen_us = e->at_us > c->seen_us ? e->at_us : c->seen_us;
	leg = leg_find(t, leg_key);
	if (leg != NULL) {
		leg->call = key; /* a channel may go over to another call */
	}
	if (e->type == CEL_LINKEDID_END) {
		end_call(t, c, CALL_END_SEEN);
		return;
	}
	if (e->type != CEL_HANGUP) {
		visit_event(t, c, leg_key, leg, e);
	}
	dispatch(t, c, leg_key, leg, e);
}

void cel_call_event(struct cel_call *t, const struct cel_event *e)
{
	move_time(t, e->at_us);
	t->last_us = e->at_us;
	t->begun = true;
	if (e->type == CEL_DTMF) {
		t->counters.digits++;
	} else if (e->type != CEL_OTHER) {
		about_call(t, e);
	}
}

/* ---- events that were missed ---- */

static struct call *call_after(const struct cel_call *t, const struct call *c)
{
	return c->next != TABLE_NONE ? &t->calls[c->next] : NULL;
}

void cel_call_missed(struct cel_call *t)
{
	for (struct call *c = call_first(t); c != NULL; c = call_after(t, c)) {
		c->doubted = true;
		c->unheard = true;
	}
}

void cel_call_goes_on(struct cel_call *t, struct slice linkedid, struct slice queue)
{
	struct call *c = call_of(t, linkedid);

	if (c != NULL && c->doubted) {
		end_stretches(t, c);
		call_recording_missed(t, c);
		c->doubted = false;
	}
	if (c != NULL && c->unheard && queue.len > 0) {
		copy_queue(c->queue, queue);
	}
}

void cel_call_named(struct cel_call *t)
{
	struct call *c = call_first(t);

	while (c != NULL) {
		struct call *next = call_after(t, c);

		if (c->doubted) {
			end_call(t, c, CALL_END_CUT);
		}
		c = next;
	}
}

void cel_call_finish(struct cel_call *t)
{
	struct call *c;

	while ((c = call_first(t)) != NULL) {
		end_call(t, c, CALL_END_CUT);
	}
	flush_full_gap(t);
}

/* ---- life ---- */

static int make_tables(struct cel_call *t, uint32_t max_open)
{
	uint32_t max_legs = max_open * CEL_CALL_LEGS_PER_CALL;
	int rc = table_init(&t->calls_by_key, max_open);

	if (rc == 0) {
		rc = table_init(&t->legs_by_key, max_legs);
	}
	t->calls = calloc(max_open, sizeof(*t->calls));
	t->legs = calloc(max_legs, sizeof(*t->legs));
	return rc == 0 && (t->calls == NULL || t->legs == NULL) ? -ENOMEM : rc;
}

int cel_call_new(struct cel_call **out, const struct cel_call_options *options,
                 const struct emit *emit)
{
	struct cel_call *t;
	int rc;

	if (options->max_open < CEL_CALL_OPEN_MIN || options->max_open > CEL_CALL_OPEN_MAX) {
		return -EINVAL;
	}
	t = calloc(1, sizeof(*t));
	if (t == NULL) {
		return -ENOMEM;
	}
	t->pseudonym = options->pseudonym;
	t->rules = options->rules;
	t->source = options->source != 0 ? options->source : CXM__SOURCE__CEL;
	t->key = pseudonym_table_key(options->pseudonym);
	t->max_age_us = options->max_age_us;
	t->emit = *emit;
	t->first = TABLE_NONE;
	t->last = TABLE_NONE;
	t->first_leg = TABLE_NONE;
	t->last_leg = TABLE_NONE;
	t->host = strdup(options->host);
	rc = t->host != NULL ? make_tables(t, options->max_open) : -ENOMEM;
	if (rc != 0) {
		cel_call_free(t);
		return rc;
	}
	*out = t;
	return 0;
}

void cel_call_free(struct cel_call *t)
{
	if (t == NULL) {
		return;
	}
	table_free(&t->calls_by_key);
	table_free(&t->legs_by_key);
	free(t->calls);
	free(t->legs);
	free(t->host);
	free(t);
}

int64_t cel_call_last_us(const struct cel_call *t)
{
	return t->last_us;
}

uint32_t cel_call_open(const struct cel_call *t)
{
	return t->calls_by_key.count;
}

const struct cel_call_counters *cel_call_counters(const struct cel_call *t)
{
	return &t->counters;
}
