/*
 * Events of app_queue as lines of a queue_log; see ami_contact.h. Order of events and what they
 * lack was learnt from recordings of Asterisk 22: Leave comes before AgentConnect, Abandon is told
 * for callers who hang up, time out or find nobody left alike, and for those who press a key none
 * is.
 */
#include "agent/track/ami_contact.h"

#include <errno.h>
#include <stdlib.h>

#include "agent/track/agent_state.h"
#include "agent/track/ami_slots.h"
#include "agent/track/labels.h"

#define US_PER_S     INT64_C(1000000)
#define WAIT_MAX_S   (UINT32_MAX / 1000)
#define TIME_MAX_S   (UINT64_C(4102444800))
#define QUEUE_BYTES  81 /* app_queue's own limit and a NUL */
#define NUMBER_BYTES 48

enum pending { NOTHING, ABANDONED, LEFT };

/* A caller's channel. */
struct leg {
	uint64_t key;     /* of the unique id */
	int64_t asked_us; /* Queue() was started; 0: not, or it was let in */
	int64_t left_us;
	uint8_t pending;         /* enum pending */
	bool waiting;            /* in a queue */
	bool hung_up;            /* the far end did */
	bool doubted;            /* events were missed, and it may be gone */
	char queue[QUEUE_BYTES]; /* asked for, or left */
	char number[NUMBER_BYTES];
};

/* A caller and an agent in conversation, found by the linked id that all its channels share. */
struct talk {
	uint64_t key;
	int64_t hold_us;        /* since then; 0: not on hold */
	int64_t held_us;        /* that are over */
	uint64_t caller;        /* key of the caller's leg */
	uint64_t agent;         /* keyed hash of the unique id of the agent's channel */
	uint64_t caller_bridge; /* keyed hashes, as channels are told after a loss; 0: not yet */
	uint64_t agent_bridge;
	enum queue_verb transfer; /* QUEUE_VERB_OTHER: none */
	bool doubted;             /* events were missed, and it may be over */
	bool unheard;             /* for a while: whoever was put on hold then is not known */
	char uniqueid[AMI_ID_BYTES];
	char queue[QUEUE_BYTES];
};

struct ami_contact {
	struct ami_contact_options options;
	const struct ami_site *site;
	struct queue_call *calls;   /* owned */
	struct agent_state *agents; /* owned; NULL: a queue_log tells them */
	struct ami_slots legs;
	struct ami_slots talks;
	int64_t now_us;
	struct ami_contact_counters counters;
};

/* ---- lines ---- */

static struct queue_line line_of(int64_t at_us, enum queue_verb verb, struct slice contact,
                                 struct slice queue, struct slice agent)
{
	struct queue_line line = { .at_us = at_us, .verb = verb };

	line.contact = contact;
	line.queue = queue;
	line.agent = agent;
	return line;
}

static void add_arg(struct queue_line *line, struct slice text)
{
	line->args[line->n_args++] = text;
}

/* What queue_log tells as well stays with it. */
static void on_record(void *arg, const ProtobufCMessage *m)
{
	const struct ami_contact *c = arg;

	if (c->options.added && m->descriptor == &cxm__queue_contact__descriptor) {
		const Cxm__QueueContact *q = (const Cxm__QueueContact *)m;

		if (!q->has_hold_ms) {
			return;
		}
	}
	emit_record(&c->site->emit, m);
}

/* ---- legs ---- */

static struct leg *leg_of(struct ami_contact *c, struct slice uniqueid, bool make)
{
	uint64_t key = ami_hash(c->site, uniqueid);
	struct leg *leg = ami_slots_find(&c->legs, key);

	if (leg != NULL || !make || uniqueid.len == 0) {
		return leg;
	}
	leg = ami_slots_add(&c->legs, key);
	if (leg == NULL) {
		c->counters.evicted++;
		ami_slots_remove(&c->legs, ami_slots_victim(&c->legs));
		leg = ami_slots_add(&c->legs, key);
	}
	return leg;
}

static struct leg *leg_in(struct ami_contact *c, const struct ami_message *m)
{
	return leg_of(c, ami_get(m, SLICE("Uniqueid")), false);
}

/* A wait that ended, and it is clear how. */
static void decide(struct ami_contact *c, struct leg *leg, struct slice uniqueid,
                   enum queue_verb verb)
{
	struct queue_line line =
		line_of(leg->left_us, verb, uniqueid, slice_of(leg->queue), SLICE("NONE"));

	leg->pending = NOTHING;
	queue_call_line(c->calls, &line); /* without a wait: it is told by the times */
}

/* What came next tells how a wait ended whose QUEUESTATUS was not seen. */
static void conclude(struct ami_contact *c, struct leg *leg, struct slice uniqueid, bool gone)
{
	if (leg == NULL || leg->pending == NOTHING) {
		return;
	}
	c->counters.undecided += leg->hung_up || gone ? 0 : 1;
	decide(c, leg, uniqueid,
	       leg->pending == LEFT   ? QUEUE_VERB_EXITWITHKEY
	       : gone || leg->hung_up ? QUEUE_VERB_ABANDON
	                              : QUEUE_VERB_EXITWITHTIMEOUT);
}

/* ---- waiting ---- */

static void join(struct ami_contact *c, const struct ami_message *m, int64_t at_us)
{
	struct slice uniqueid = ami_get(m, SLICE("Uniqueid"));
	struct leg *leg = leg_of(c, uniqueid, true);
	struct queue_line line = line_of(at_us, QUEUE_VERB_ENTERQUEUE, uniqueid,
	                                 ami_get(m, SLICE("Queue")), SLICE("NONE"));

	if (leg == NULL) {
		return;
	}
	conclude(c, leg, uniqueid, false);
	leg->asked_us = 0;
	leg->waiting = true;
	leg->doubted = false;
	add_arg(&line, (struct slice){ NULL, 0 });
	add_arg(&line, ami_get(m, SLICE("CallerIDNum")));
	add_arg(&line, ami_get(m, SLICE("Position")));
	queue_call_line(c->calls, &line);
}

/* `Wait` is the difference of two times in whole seconds (__queues_show of app_queue.c), so it
 * began some time in that second. */
static int64_t waits_since(const struct ami_message *m, int64_t at_us)
{
	uint64_t wait_s = 0;
	int64_t since_us;

	(void)ami_number(m, SLICE("Wait"), WAIT_MAX_S, &wait_s);
	since_us = (at_us / US_PER_S - (int64_t)wait_s) * US_PER_S + US_PER_S / 2;
	return since_us < at_us ? since_us : at_us;
}

int64_t ami_contact_entry(struct ami_contact *c, const struct ami_message *m, int64_t at_us)
{
	struct slice uniqueid = ami_get(m, SLICE("Uniqueid"));
	int64_t since_us = waits_since(m, at_us);
	struct leg *leg;

	c->now_us = at_us;
	if (!queue_call_waits_on(c->calls, uniqueid, ami_get(m, SLICE("Queue")), &since_us)) {
		join(c, m, since_us);
		return since_us;
	}
	leg = leg_of(c, uniqueid, true);
	if (leg != NULL) {
		leg->waiting = true;
		leg->doubted = false;
	}
	return since_us;
}

static void on_abandon(struct ami_contact *c, const struct ami_message *m, int64_t at_us)
{
	struct leg *leg = leg_of(c, ami_get(m, SLICE("Uniqueid")), true);

	if (leg != NULL) {
		leg->pending = ABANDONED;
		leg->left_us = at_us;
		ami_keep(leg->queue, sizeof(leg->queue), ami_get(m, SLICE("Queue")));
	}
}

static void on_leave(struct ami_contact *c, const struct ami_message *m, int64_t at_us)
{
	struct slice uniqueid = ami_get(m, SLICE("Uniqueid"));
	struct leg *leg = leg_of(c, uniqueid, true);

	if (leg == NULL) {
		return;
	}
	leg->waiting = false;
	if (leg->pending == ABANDONED) {
		if (leg->hung_up) {
			decide(c, leg, uniqueid, QUEUE_VERB_ABANDON);
		}
		return;
	}
	leg->pending = LEFT; /* to an agent, or by a key */
	leg->left_us = at_us;
	ami_keep(leg->queue, sizeof(leg->queue), ami_get(m, SLICE("Queue")));
}

static void on_rang(struct ami_contact *c, const struct ami_message *m, int64_t at_us)
{
	struct queue_line line =
		line_of(at_us, QUEUE_VERB_RINGNOANSWER, ami_get(m, SLICE("Uniqueid")),
	                ami_get(m, SLICE("Queue")), ami_get(m, SLICE("MemberName")));

	add_arg(&line, ami_get(m, SLICE("RingTime")));
	queue_call_line(c->calls, &line);
}

static void on_hangup_request(struct ami_contact *c, const struct ami_message *m, int64_t at_us)
{
	struct leg *leg = leg_in(c, m);

	(void)at_us;
	if (leg != NULL) {
		leg->hung_up = true;
	}
}

/* ---- not let in ---- */

static void on_application(struct ami_contact *c, const struct ami_message *m, int64_t at_us)
{
	bool queue = slice_ieq(ami_get(m, SLICE("Application")), SLICE("Queue"));
	struct slice uniqueid = ami_get(m, SLICE("Uniqueid"));
	struct slice data = ami_get(m, SLICE("AppData"));
	struct leg *leg = leg_of(c, uniqueid, queue);

	if (leg == NULL) {
		return;
	}
	if (!queue) {
		conclude(c, leg, uniqueid, false);
		return;
	}
	if (leg->pending == NOTHING) {
		leg->asked_us = at_us;
		ami_keep(leg->queue, sizeof(leg->queue), slice_cut(&data, ','));
		ami_keep(leg->number, sizeof(leg->number), ami_get(m, SLICE("CallerIDNum")));
	}
}

static void emit_refused(struct ami_contact *c, const struct leg *leg, struct slice uniqueid,
                         Cxm__QueueContact__Outcome outcome, int64_t at_us)
{
	char queue[LABEL_BYTES];
	Cxm__QueueContact m = CXM__QUEUE_CONTACT__INIT;

	(void)label_clean(slice_of(leg->queue), queue, sizeof(queue));
	m.at_us = leg->asked_us;
	m.source = CXM__SOURCE__AMI;
	m.host = c->site->host;
	m.contact = pseudonym_of(c->site->pseudonym, CXM_CONTACT, uniqueid);
	m.queue = queue;
	m.has_seen_us = 1;
	m.seen_us = at_us;
	m.has_channel = 1;
	m.channel = CXM__CHANNEL__VOICE;
	m.customer = pseudonym_of(c->site->pseudonym, CXM_CUSTOMER, slice_of(leg->number));
	m.has_customer = m.customer != 0;
	m.has_wait_ms = 1;
	m.has_outcome = 1;
	m.outcome = outcome;
	m.has_ended_by = 1;
	m.ended_by = CXM__QUEUE_CONTACT__ENDED_BY__SYSTEM;
	c->counters.refused++;
	emit_record(&c->site->emit, &m.base);
}

static void on_refused(struct ami_contact *c, struct leg *leg, struct slice uniqueid,
                       Cxm__QueueContact__Outcome outcome, int64_t at_us)
{
	if (leg == NULL || leg->asked_us == 0) {
		c->counters.without_queue++;
		return;
	}
	emit_refused(c, leg, uniqueid, outcome, at_us);
	leg->asked_us = 0;
}

/* set_queue_result of app_queue.c: how Queue() ended. */
static void on_variable(struct ami_contact *c, const struct ami_message *m, int64_t at_us)
{
	struct slice uniqueid = ami_get(m, SLICE("Uniqueid"));
	struct slice value = ami_get(m, SLICE("Value"));
	struct leg *leg = leg_of(c, uniqueid, false);
	bool waited = leg != NULL && leg->pending != NOTHING;

	if (!slice_eq(ami_get(m, SLICE("Variable")), SLICE("QUEUESTATUS"))) {
		return;
	}
	if (slice_eq(value, SLICE("FULL"))) {
		on_refused(c, leg, uniqueid, CXM__QUEUE_CONTACT__OUTCOME__FULL, at_us);
	} else if (slice_eq(value, SLICE("JOINEMPTY")) || slice_eq(value, SLICE("JOINUNAVAIL"))) {
		on_refused(c, leg, uniqueid, CXM__QUEUE_CONTACT__OUTCOME__EXIT_EMPTY, at_us);
	} else if (waited && slice_eq(value, SLICE("TIMEOUT"))) {
		decide(c, leg, uniqueid, QUEUE_VERB_EXITWITHTIMEOUT);
	} else if (waited && slice_starts(value, SLICE("LEAVE"))) { /* LEAVEEMPTY, LEAVEUNAVAIL */
		decide(c, leg, uniqueid, QUEUE_VERB_EXITEMPTY);
	}
}

/* ---- talking ---- */

static struct talk *talk_of(struct ami_contact *c, struct slice linkedid)
{
	return ami_slots_find(&c->talks, ami_hash(c->site, linkedid));
}

static void on_connect(struct ami_contact *c, const struct ami_message *m, int64_t at_us)
{
	struct slice uniqueid = ami_get(m, SLICE("Uniqueid"));
	struct slice queue = ami_get(m, SLICE("Queue"));
	uint64_t key = ami_hash(c->site, ami_get(m, SLICE("Linkedid")));
	struct queue_line line = line_of(at_us, QUEUE_VERB_CONNECT, uniqueid, queue,
	                                 ami_get(m, SLICE("MemberName")));
	struct leg *leg = leg_of(c, uniqueid, true);
	struct talk *talk = ami_slots_find(&c->talks, key);

	add_arg(&line, (struct slice){ NULL, 0 }); /* the wait, to the microsecond, by the times */
	add_arg(&line, (struct slice){ NULL, 0 });
	add_arg(&line, ami_get(m, SLICE("RingTime")));
	queue_call_line(c->calls, &line);
	if (talk == NULL && table_full(&c->talks.table)) {
		c->counters.evicted++;
		ami_slots_remove(&c->talks, ami_slots_victim(&c->talks));
	}
	if (talk != NULL) {
		ami_slots_remove(&c->talks, talk);
	}
	talk = ami_slots_add(&c->talks, key);
	ami_keep(talk->uniqueid, sizeof(talk->uniqueid), uniqueid);
	ami_keep(talk->queue, sizeof(talk->queue), queue);
	talk->caller = ami_hash(c->site, uniqueid);
	talk->agent = ami_hash(c->site, ami_get(m, SLICE("DestUniqueid")));
	if (leg != NULL) {
		leg->pending = NOTHING;
		leg->doubted = false;
	}
}

static void end_hold(struct ami_contact *c, struct talk *talk, int64_t at_us)
{
	if (talk->hold_us != 0) {
		c->counters.holds++;
		talk->held_us += at_us > talk->hold_us ? at_us - talk->hold_us : 0;
		talk->hold_us = 0;
	}
}

/* The customer's own hold is not the agent's. */
static void on_hold(struct ami_contact *c, const struct ami_message *m, int64_t at_us)
{
	struct talk *talk = talk_of(c, ami_get(m, SLICE("Linkedid")));

	if (talk == NULL || talk->caller == ami_hash(c->site, ami_get(m, SLICE("Uniqueid")))) {
		return;
	}
	if (slice_eq(m->name, SLICE("Unhold"))) {
		end_hold(c, talk, at_us);
	} else if (talk->hold_us == 0) {
		talk->hold_us = at_us;
	}
}

static void on_transfer(struct ami_contact *c, const struct ami_message *m, int64_t at_us)
{
	bool blind = slice_eq(m->name, SLICE("BlindTransfer"));
	struct slice linkedid =
		ami_get(m, blind ? SLICE("TransfererLinkedid") : SLICE("OrigTransfererLinkedid"));
	struct talk *talk = talk_of(c, linkedid);

	(void)at_us;
	if (talk != NULL && slice_eq(ami_get(m, SLICE("Result")), SLICE("Success"))) {
		talk->transfer = blind ? QUEUE_VERB_BLINDTRANSFER : QUEUE_VERB_ATTENDEDTRANSFER;
	}
}

/* For the line that ends the talk. */
static void tell_hold(struct ami_contact *c, struct talk *talk, int64_t at_us)
{
	end_hold(c, talk, at_us);
	if (!talk->unheard) {
		queue_call_hold(c->calls, emit_ms(0, talk->held_us));
	}
}

static enum queue_verb end_of(const struct talk *talk, struct slice reason)
{
	if (talk != NULL && talk->transfer != QUEUE_VERB_OTHER) {
		return talk
		        ->transfer; /* also where the reason says agent: a phone's own transfer */
	}
	if (slice_eq(reason, SLICE("transfer"))) {
		return QUEUE_VERB_BLINDTRANSFER;
	}
	return slice_eq(reason, SLICE("caller")) ? QUEUE_VERB_COMPLETECALLER
	                                         : QUEUE_VERB_COMPLETEAGENT;
}

static void on_complete(struct ami_contact *c, const struct ami_message *m, int64_t at_us)
{
	struct slice queue = ami_get(m, SLICE("Queue"));
	struct talk *talk = talk_of(c, ami_get(m, SLICE("Linkedid")));
	struct queue_line line;

	talk = talk != NULL && slice_eq(slice_of(talk->queue), queue) ? talk : NULL;
	line = line_of(at_us, end_of(talk, ami_get(m, SLICE("Reason"))),
	               talk != NULL ? slice_of(talk->uniqueid) : ami_get(m, SLICE("Uniqueid")),
	               queue, ami_get(m, SLICE("MemberName")));
	if (talk != NULL) {
		tell_hold(c, talk, at_us);
	}
	queue_call_line(c->calls, &line);
	if (talk != NULL) { /* the line borrowed from it */
		ami_slots_remove(&c->talks, talk);
	}
}

/* Seen in recordings: a caller hangs up, and no AgentComplete is told. */
static void end_talk(struct ami_contact *c, const struct ami_message *m, const struct leg *leg,
                     int64_t at_us)
{
	struct talk *talk = talk_of(c, ami_get(m, SLICE("Linkedid")));
	struct queue_line line;

	if (talk == NULL || talk->caller != leg->key) {
		return;
	}
	line = line_of(at_us,
	               talk->transfer != QUEUE_VERB_OTHER ? talk->transfer
	               : leg->hung_up                     ? QUEUE_VERB_COMPLETECALLER
	                                                  : QUEUE_VERB_COMPLETEAGENT,
	               slice_of(talk->uniqueid), slice_of(talk->queue), (struct slice){ NULL, 0 });
	tell_hold(c, talk, at_us);
	queue_call_line(c->calls, &line);
	ami_slots_remove(&c->talks, talk);
}

static void on_hangup(struct ami_contact *c, const struct ami_message *m, int64_t at_us)
{
	struct slice uniqueid = ami_get(m, SLICE("Uniqueid"));
	struct leg *leg = leg_of(c, uniqueid, false);

	if (leg != NULL) {
		conclude(c, leg, uniqueid, true);
		end_talk(c, m, leg, at_us);
		ami_slots_remove(&c->legs, leg);
	}
}

/* ---- agents ---- */

static void agent_line(struct ami_contact *c, const struct ami_message *m, enum queue_verb verb,
                       int64_t at_us, struct slice arg)
{
	struct queue_line line = line_of(at_us, verb, SLICE("NONE"), ami_get(m, SLICE("Queue")),
	                                 ami_get(m, SLICE("MemberName")));

	if (line.agent.len == 0) { /* QueueMember, the answer to QueueStatus */
		line.agent = ami_get(m, SLICE("Name"));
	}
	add_arg(&line, arg);
	if (c->agents != NULL) {
		agent_state_line(c->agents, &line);
	}
}

static int64_t moment(const struct ami_message *m, struct slice name, int64_t otherwise)
{
	uint64_t s;

	return ami_number(m, name, TIME_MAX_S, &s) && s > 0 ? (int64_t)s * US_PER_S : otherwise;
}

static void on_pause(struct ami_contact *c, const struct ami_message *m, int64_t at_us)
{
	bool paused = slice_eq(ami_get(m, SLICE("Paused")), SLICE("1"));

	agent_line(c, m, paused ? QUEUE_VERB_PAUSE : QUEUE_VERB_UNPAUSE, at_us,
	           ami_get(m, SLICE("PausedReason")));
}

/* Static members are in their queue for ever; that says nothing of an agent. */
static void on_added(struct ami_contact *c, const struct ami_message *m, int64_t at_us)
{
	if (!slice_eq(ami_get(m, SLICE("Membership")), SLICE("static"))) {
		agent_line(c, m, QUEUE_VERB_ADDMEMBER, at_us, (struct slice){ NULL, 0 });
	}
	if (slice_eq(ami_get(m, SLICE("Paused")), SLICE("1"))) {
		agent_line(c, m, QUEUE_VERB_PAUSE, moment(m, SLICE("LastPause"), at_us),
		           ami_get(m, SLICE("PausedReason")));
	}
}

static void on_listed(struct ami_contact *c, const struct ami_message *m, int64_t at_us)
{
	on_added(c, m, moment(m, SLICE("LoginTime"), at_us));
}

static void on_removed(struct ami_contact *c, const struct ami_message *m, int64_t at_us)
{
	agent_line(c, m, QUEUE_VERB_REMOVEMEMBER, at_us, (struct slice){ NULL, 0 });
}

/* ---- all of them ---- */

static const struct {
	struct slice name;
	void (*take)(struct ami_contact *c, const struct ami_message *m, int64_t at_us);
} events[] = {
	{ { "Newexten", 8 }, on_application },
	{ { "VarSet", 6 }, on_variable },
	{ { "Hangup", 6 }, on_hangup },
	{ { "HangupRequest", 13 }, on_hangup_request },
	{ { "QueueCallerJoin", 15 }, join },
	{ { "QueueCallerLeave", 16 }, on_leave },
	{ { "QueueCallerAbandon", 18 }, on_abandon },
	{ { "AgentRingNoAnswer", 17 }, on_rang },
	{ { "AgentConnect", 12 }, on_connect },
	{ { "AgentComplete", 13 }, on_complete },
	{ { "Hold", 4 }, on_hold },
	{ { "Unhold", 6 }, on_hold },
	{ { "BlindTransfer", 13 }, on_transfer },
	{ { "AttendedTransfer", 16 }, on_transfer },
	{ { "QueueMemberPause", 16 }, on_pause },
	{ { "QueueMemberAdded", 16 }, on_added },
	{ { "QueueMember", 11 }, on_listed },
	{ { "QueueMemberRemoved", 18 }, on_removed },
};

void ami_contact_event(struct ami_contact *c, const struct ami_message *m, int64_t at_us)
{
	c->now_us = at_us;
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (slice_eq(m->name, events[i].name)) {
			events[i].take(c, m, at_us);
			return;
		}
	}
}

void ami_contact_tick(struct ami_contact *c, int64_t now_us)
{
	queue_call_tick(c->calls, now_us);
}

static void forget(struct ami_contact *c)
{
	ami_slots_clear(&c->legs);
	ami_slots_clear(&c->talks);
}

/* ---- events that were missed ---- */

static void doubt(struct ami_contact *c)
{
	queue_call_missed(c->calls);
	for (struct leg *leg = ami_slots_next(&c->legs, NULL); leg != NULL;
	     leg = ami_slots_next(&c->legs, leg)) {
		leg->doubted = true;
		leg->waiting = false;
		leg->pending = NOTHING;
		leg->asked_us = 0;
	}
	for (struct talk *talk = ami_slots_next(&c->talks, NULL); talk != NULL;
	     talk = ami_slots_next(&c->talks, talk)) {
		talk->doubted = true;
		talk->unheard = true;
		talk->caller_bridge = 0;
		talk->agent_bridge = 0;
	}
}

void ami_contact_lost(struct ami_contact *c, int64_t restarted_us)
{
	struct queue_line line = line_of(restarted_us, QUEUE_VERB_QUEUESTART, SLICE("NONE"),
	                                 SLICE("NONE"), SLICE("NONE"));

	if (c->agents != NULL) {
		agent_state_finish(c->agents);
	}
	if (restarted_us == 0) {
		doubt(c);
		return;
	}
	queue_call_line(c->calls, &line);
	forget(c);
}

/* The caller is still in Queue(), of the queue he was answered in. */
static bool in_queue(const struct talk *talk, const struct ami_message *m)
{
	struct slice data = ami_get(m, SLICE("ApplicationData"));

	return slice_ieq(ami_get(m, SLICE("Application")), SLICE("Queue")) &&
	       slice_eq(slice_cut(&data, ','), slice_of(talk->queue));
}

void ami_contact_channel(struct ami_contact *c, const struct ami_message *m)
{
	struct slice uniqueid = ami_get(m, SLICE("Uniqueid"));
	struct slice bridge = ami_get(m, SLICE("BridgeId"));
	struct talk *talk = talk_of(c, ami_get(m, SLICE("Linkedid")));
	struct leg *leg = leg_of(c, uniqueid, false);
	uint64_t key = ami_hash(c->site, uniqueid);

	if (leg != NULL) {
		leg->doubted = false;
	}
	if (talk == NULL || bridge.len == 0) {
		return;
	}
	if (talk->caller == key && in_queue(talk, m)) {
		talk->caller_bridge = ami_hash(c->site, bridge);
	} else if (talk->agent == key) {
		talk->agent_bridge = ami_hash(c->site, bridge);
	}
}

void ami_contact_channels(struct ami_contact *c)
{
	for (struct talk *talk = ami_slots_next(&c->talks, NULL); talk != NULL;
	     talk = ami_slots_next(&c->talks, talk)) {
		bool on = talk->caller_bridge != 0 && talk->caller_bridge == talk->agent_bridge;

		if (talk->doubted && on) {
			talk->doubted = false;
			queue_call_talks_on(c->calls, slice_of(talk->uniqueid),
			                    slice_of(talk->queue));
		} else if (talk->doubted) {
			ami_slots_remove(&c->talks, talk);
		}
	}
	for (struct leg *leg = ami_slots_next(&c->legs, NULL); leg != NULL;
	     leg = ami_slots_next(&c->legs, leg)) {
		if (leg->doubted) {
			ami_slots_remove(&c->legs, leg);
		}
	}
}

void ami_contact_named(struct ami_contact *c)
{
	queue_call_named(c->calls);
}

void ami_contact_leave(struct ami_contact *c)
{
	if (c->agents != NULL) {
		agent_state_finish(c->agents);
	}
	forget(c);
}

void ami_contact_save(const struct ami_contact *c, struct buf *out)
{
	queue_call_save(c->calls, out);
}

int ami_contact_load(struct ami_contact *c, struct cursor *in)
{
	return queue_call_load(c->calls, in);
}

void ami_contact_finish(struct ami_contact *c)
{
	queue_call_finish(c->calls);
	if (c->agents != NULL) {
		agent_state_finish(c->agents);
	}
	forget(c);
}

/* ---- life ---- */

int ami_contact_new(struct ami_contact **out, const struct ami_contact_options *options)
{
	struct ami_contact *c = calloc(1, sizeof(*c));
	struct queue_call_options calls = { .pseudonym = options->site->pseudonym,
		                            .host = options->site->host,
		                            .max_open = options->max_open,
		                            .max_age_us = options->max_age_us,
		                            .no_handoffs = options->no_handoffs || options->added,
		                            .source = CXM__SOURCE__AMI };
	struct emit emit = { on_record, c };
	int rc;

	if (c == NULL) {
		return -ENOMEM;
	}
	c->options = *options;
	c->site = options->site;
	rc = queue_call_new(&c->calls, &calls, &emit);
	if (rc == 0 && !options->added) {
		rc = agent_state_new(&c->agents, c->site->pseudonym, c->site->host, &emit);
	}
	if (rc == 0 && c->agents != NULL) {
		agent_state_source(c->agents, CXM__SOURCE__AMI);
	}
	if (rc == 0) {
		rc = ami_slots_init(&c->legs, 2 * options->max_open, sizeof(struct leg));
	}
	if (rc == 0) {
		rc = ami_slots_init(&c->talks, options->max_open, sizeof(struct talk));
	}
	if (rc != 0) {
		ami_contact_free(c);
		return rc;
	}
	*out = c;
	return 0;
}

void ami_contact_free(struct ami_contact *c)
{
	if (c == NULL) {
		return;
	}
	queue_call_free(c->calls);
	agent_state_free(c->agents);
	ami_slots_free(&c->legs);
	ami_slots_free(&c->talks);
	free(c);
}

const struct ami_contact_counters *ami_contact_counters(const struct ami_contact *c)
{
	return &c->counters;
}

const struct queue_call_counters *ami_contact_calls(const struct ami_contact *c)
{
	return queue_call_counters(c->calls);
}
