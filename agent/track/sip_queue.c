/*
 * Legs and contacts; see the header.
 *
 * A leg is the dialog of a caller or of an agent, found by the dialog's key. A contact has one
 * caller's leg and any number of agents' legs, of which one may be answered. Contacts are found by
 * what ties agents' calls to them by a walk over the open ones: calls to agents are rare beside
 * packets, and the open contacts are few.
 */
#include "agent/track/sip_queue.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "agent/track/call_rules.h"
#include "common/table.h"

#define LEGS_PER_CONTACT 4 /* a queue that rings more at once has its older legs forgotten */

struct contact {
	TAILQ_ENTRY(contact) link; /* by last message */
	uint32_t slot;
	bool open;
	bool answered;
	uint8_t queue; /* index of the pattern */
	int64_t entered_ns;
	int64_t answered_ns;
	int64_t ring_ns; /* the answering agent's INVITE */
	int64_t seen_ns;
	uint64_t id; /* pseudonym of the caller's Call-ID, as the next */
	uint64_t customer;
	uint64_t agent;
	uint64_t call; /* hashes by which an agent's call is tied to it; 0: none */
	uint64_t session;
	uint64_t icid;
	uint64_t dialog; /* the caller's */
	uint32_t ring_no_answers;
	uint32_t ring_no_answers_over_3s;
	uint32_t connects;
};

struct leg {
	TAILQ_ENTRY(leg) link;
	uint64_t dialog;
	uint64_t agent; /* 0: the caller's */
	int64_t invited_ns;
	uint64_t owner;   /* the caller's dialog */
	uint32_t contact; /* slot */
	bool up;          /* a 2xx was seen */
	bool answered;    /* by an agent */
};

TAILQ_HEAD(contact_list, contact);
TAILQ_HEAD(leg_list, leg);

struct sip_queue {
	struct sip_queue_options options;
	struct table contact_table; /* by the caller's dialog; gives the slots */
	struct table leg_table;     /* by dialog */
	struct contact *contacts;   /* owned; by slot, as the next */
	struct leg *legs;
	struct contact_list open;
	struct leg_list known;
	struct sip_queue_counters counters;
};

/* ---- what a message says ---- */

static uint64_t hash(const struct sip_queue *q, struct slice s)
{
	uint64_t h = s.len > 0 ? siphash13(&q->options.observer->key, s.at, s.len) : 0;

	return s.len > 0 && h == 0 ? 1 : h;
}

/* "user@host" of a SIP URI, without scheme, port and parameters; a number of tel:. */
static struct slice plain_uri(struct slice uri)
{
	static const struct slice schemes[] = { SLICE("sip:"), SLICE("sips:"), SLICE("tel:") };
	struct slice rest;
	struct slice user;
	const char *colon;

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (slice_istarts(uri, schemes[i])) {
			uri = (struct slice){ uri.at + schemes[i].len, uri.len - schemes[i].len };
			break;
		}
	}
	uri = slice_cut(&uri, ';');
	rest = uri;
	user = slice_cut(&rest, '@');
	colon = rest.len > 0 ? slice_find(rest, ':') : NULL;
	if (rest.len == 0) {
		return user;
	}
	return (struct slice){ uri.at, colon != NULL ? (size_t)(colon - uri.at) : uri.len };
}

/* Index of the pattern that stands for the URI, or `n`. A pattern without @ is about the user. */
static size_t matching(const char *const *patterns, size_t n, struct slice uri)
{
	struct slice plain = plain_uri(uri);
	struct slice rest = plain;
	struct slice user = slice_cut(&rest, '@');
	size_t i = 0;

	while (i < n) {
		const char *pattern = plain_uri(slice_of(patterns[i])).at;
		bool whole = slice_find(slice_of(pattern), '@') != NULL;

		if (call_rules_match(pattern, whole ? plain : user)) {
			return i;
		}
		i++;
	}
	return n;
}

/* Session-ID: the caller's own half comes first (RFC 7989 5). All zeros is none. */
static uint64_t session_of(const struct sip_queue *q, const struct sip_msg *msg)
{
	struct slice value = sip_header(msg, SLICE("Session-ID"));
	struct slice id = slice_trim(slice_cut(&value, ';'));

	for (size_t i = 0; i < id.len; i++) {
		if (id.at[i] != '0') {
			return hash(q, id);
		}
	}
	return 0;
}

static uint64_t icid_of(const struct sip_queue *q, const struct sip_msg *msg)
{
	struct slice value = sip_header(msg, SLICE("P-Charging-Vector"));

	while (value.len > 0) {
		struct slice param = slice_cut(&value, ';');
		struct slice name = slice_trim(slice_cut(&param, '='));

		if (slice_ieq(name, SLICE("icid-value"))) {
			return hash(q, slice_trim(param));
		}
	}
	return 0;
}

static uint64_t customer_of(const struct sip_queue *q, const struct sip_msg *msg)
{
	return pseudonym_of(q->options.observer->pseudonym, CXM_CUSTOMER, sip_user(msg->from));
}

/* ---- records ---- */

static void fill_answer(const struct contact *c, int64_t end_ns, Cxm__QueueContact *r)
{
	r->has_wait_ms = 1;
	r->wait_ms = observer_ms(c->entered_ns, c->answered_ns);
	r->has_agent = c->agent != 0;
	r->agent = c->agent;
	r->has_ring_ms = 1;
	r->ring_ms = observer_ms(c->ring_ns, c->answered_ns);
	r->has_talk_ms = end_ns >= 0;
	r->talk_ms = observer_ms(c->answered_ns, end_ns);
}

/* The label is what the configuration says, never what came from the network. */
static void label_of(const struct sip_queue *q, const struct contact *c, char *out, size_t size)
{
	struct slice plain = plain_uri(slice_of(q->options.queues[c->queue]));
	struct slice user = slice_cut(&plain, '@');

	(void)snprintf(out, size, "%.*s", (int)user.len, user.at);
}

struct ending {
	Cxm__QueueContact__Outcome outcome;
	Cxm__QueueContact__EndedBy by; /* 0: not known */
	int64_t at_ns;                 /* negative: not seen */
};

static void report(const struct sip_queue *q, const struct contact *c, const struct ending *e)
{
	struct observer *o = q->options.observer;
	Cxm__QueueContact r = CXM__QUEUE_CONTACT__INIT;
	char label[CXM_LABEL_MAX_BYTES + 1];

	label_of(q, c, label, sizeof(label));
	r.at_us = observer_us(c->entered_ns);
	r.source = o->source;
	r.host = observer_text(o->host);
	r.contact = c->id;
	r.queue = label;
	r.has_seen_us = 1;
	r.seen_us = observer_us(c->seen_ns);
	r.has_channel = 1;
	r.channel = CXM__CHANNEL__VOICE;
	r.has_customer = c->customer != 0;
	r.customer = c->customer;
	r.has_outcome = 1;
	r.outcome = e->outcome;
	r.has_ended_by = e->by != 0;
	r.ended_by = e->by;
	r.has_connects = r.has_ring_no_answers = r.has_ring_no_answers_over_3s = 1;
	r.connects = c->connects;
	r.ring_no_answers = c->ring_no_answers;
	r.ring_no_answers_over_3s = c->ring_no_answers_over_3s;
	if (c->answered) {
		fill_answer(c, e->at_ns, &r);
	} else if (e->at_ns >= 0) {
		r.has_wait_ms = 1;
		r.wait_ms = observer_ms(c->entered_ns, e->at_ns);
	}
	emit_record(&o->emit, &r.base);
}

/* ---- tables ---- */

static struct leg *find_leg(struct sip_queue *q, uint64_t dialog)
{
	uint32_t slot = table_find(&q->leg_table, dialog);

	return slot != TABLE_NONE ? &q->legs[slot] : NULL;
}

static void forget_leg(struct sip_queue *q, struct leg *l)
{
	TAILQ_REMOVE(&q->known, l, link);
	(void)table_remove(&q->leg_table, l->dialog);
}

static struct leg *add_leg(struct sip_queue *q, uint64_t dialog, const struct contact *c,
                           int64_t at_ns)
{
	struct leg *l;
	uint32_t slot;

	if (table_full(&q->leg_table)) {
		forget_leg(q, TAILQ_FIRST(&q->known));
	}
	slot = table_insert(&q->leg_table, dialog);
	assert(q->legs != NULL && slot != TABLE_NONE); /* there is room, and the key is new */
	l = &q->legs[slot];
	*l = (struct leg){
		.dialog = dialog, .owner = c->dialog, .contact = c->slot, .invited_ns = at_ns
	};
	TAILQ_INSERT_TAIL(&q->known, l, link);
	return l;
}

/* Its legs stay until they end or give way, pointing at a contact that is over. */
static void end_contact(struct sip_queue *q, struct contact *c, const struct ending *e)
{
	report(q, c, e);
	TAILQ_REMOVE(&q->open, c, link);
	(void)table_remove(&q->contact_table, c->dialog);
	c->open = false;
	c->dialog = 0;
}

static const struct ending unknown = { CXM__QUEUE_CONTACT__OUTCOME__UNKNOWN_END, 0, -1 };
static const struct ending talking = { CXM__QUEUE_CONTACT__OUTCOME__ANSWERED, 0, -1 };

static void cut_contact(struct sip_queue *q, struct contact *c)
{
	end_contact(q, c, c->answered ? &talking : &unknown);
}

static struct contact *contact_of(struct sip_queue *q, const struct leg *l)
{
	struct contact *c = &q->contacts[l->contact];

	return c->open && c->dialog == l->owner ? c : NULL; /* else the place is another's by now */
}

/* ---- INVITE ---- */

static void enter(struct sip_queue *q, const struct packet *p, const struct sip_msg *msg,
                  const struct sip_queue_step *step, size_t queue)
{
	struct contact *c;
	uint32_t slot;

	if (table_find(&q->contact_table, step->dialog) != TABLE_NONE) {
		return; /* a copy, and its leg has given way */
	}
	if (table_full(&q->contact_table)) {
		q->counters.evicted++;
		cut_contact(q, TAILQ_FIRST(&q->open));
	}
	slot = table_insert(&q->contact_table, step->dialog);
	c = &q->contacts[slot];
	*c = (struct contact){
		.slot = slot,
		.open = true,
		.queue = (uint8_t)queue,
		.entered_ns = p->at_ns,
		.seen_ns = p->at_ns,
		.id = step->contact,
		.customer = customer_of(q, msg),
		.call = hash(q, msg->call_id),
		.session = session_of(q, msg),
		.icid = icid_of(q, msg),
		.dialog = step->dialog,
	};
	TAILQ_INSERT_TAIL(&q->open, c, link);
	(void)add_leg(q, step->dialog, c, p->at_ns);
	q->counters.contacts++;
}

/* What an agent's call says of the caller's. */
struct ties {
	uint64_t named;
	uint64_t session;
	uint64_t icid;
	uint64_t customer;
};

static bool tied(const struct contact *c, const struct ties *t)
{
	return (t->named != 0 && t->named == c->call) ||
	       (t->session != 0 && t->session == c->session) ||
	       (t->icid != 0 && t->icid == c->icid);
}

static struct contact *find_contact(struct sip_queue *q, const struct ties *t)
{
	struct contact *by_number = NULL;
	unsigned same_number = 0;
	struct contact *c;

	TAILQ_FOREACH (c, &q->open, link) {
		if (tied(c, t)) {
			return c;
		}
		if (t->customer != 0 && c->customer == t->customer && !c->answered) {
			by_number = c;
			same_number++;
		}
	}
	return same_number == 1 ? by_number : NULL;
}

static void ring(struct sip_queue *q, const struct packet *p, const struct sip_msg *msg,
                 const struct sip_queue_step *step)
{
	struct slice named = q->options.header != NULL
	                             ? sip_header(msg, slice_of(q->options.header))
	                             : (struct slice){ NULL, 0 };
	const struct ties ties = { hash(q, named), session_of(q, msg), icid_of(q, msg),
		                   customer_of(q, msg) };
	struct contact *c = find_contact(q, &ties);

	if (c == NULL) {
		q->counters.untied++;
		return;
	}
	q->counters.tied++;
	add_leg(q, step->dialog, c, p->at_ns)->agent =
		pseudonym_of(q->options.observer->pseudonym, CXM_STAFF, sip_user(msg->uri));
}

/* A proxy sends the caller's own INVITE on to an agent. */
static void forward(struct sip_queue *q, struct leg *l, const struct packet *p,
                    const struct sip_msg *msg)
{
	if (l->agent == 0 &&
	    matching(q->options.agents, q->options.n_agents, msg->uri) < q->options.n_agents) {
		q->counters.tied++;
		l->agent =
			pseudonym_of(q->options.observer->pseudonym, CXM_STAFF, sip_user(msg->uri));
		l->invited_ns = p->at_ns;
	}
}

static void on_invite(struct sip_queue *q, const struct packet *p, const struct sip_msg *msg,
                      const struct sip_queue_step *step)
{
	struct leg *l = find_leg(q, step->dialog);
	size_t queue = matching(q->options.queues, q->options.n_queues, msg->uri);

	if (l != NULL) {
		forward(q, l, p, msg);
	} else if (queue < q->options.n_queues) {
		enter(q, p, msg, step, queue);
	} else if (matching(q->options.agents, q->options.n_agents, msg->uri) <
	           q->options.n_agents) {
		ring(q, p, msg, step);
	}
}

/* ---- what follows ---- */

static bool is_callers(const struct contact *c, const struct leg *l)
{
	return c->dialog == l->dialog;
}

static void answer(struct contact *c, struct leg *l, int64_t at_ns)
{
	bool was_up = l->up;

	l->up = true;
	if (was_up || l->agent == 0) {
		return; /* the platform's own answer: music, not a person */
	}
	l->answered = true;
	c->connects++;
	if (!c->answered) {
		c->answered = true;
		c->answered_ns = at_ns;
		c->ring_ns = l->invited_ns;
		c->agent = l->agent;
	}
}

/* An agent's leg ends: unanswered it was a ring, answered the end of the talk when the caller has
 * not gone before. */
static void end_agents_leg(struct sip_queue *q, struct contact *c, struct leg *l,
                           const struct ending *e)
{
	if (l->answered) {
		end_contact(q, c, e);
	} else if (!c->answered) {
		c->ring_no_answers++;
		c->ring_no_answers_over_3s += e->at_ns - l->invited_ns >= SIP_QUEUE_RANG_NS;
	}
	forget_leg(q, l);
}

static void end_leg(struct sip_queue *q, struct contact *c, struct leg *l, struct ending e)
{
	c->seen_ns = e.at_ns;
	if (c->answered) {
		e.outcome = CXM__QUEUE_CONTACT__OUTCOME__ANSWERED;
	}
	if (is_callers(c, l)) {
		end_contact(q, c, &e);
		forget_leg(q, l);
	} else {
		end_agents_leg(q, c, l, &e);
	}
}

/* Who sent BYE: the caller's leg was called by the caller, an agent's leg answered by the agent. */
static Cxm__QueueContact__EndedBy hung_up(const struct contact *c, const struct leg *l,
                                          bool by_caller)
{
	if (is_callers(c, l)) {
		return by_caller       ? CXM__QUEUE_CONTACT__ENDED_BY__CALLER
		       : l->agent != 0 ? CXM__QUEUE_CONTACT__ENDED_BY__AGENT
		                       : CXM__QUEUE_CONTACT__ENDED_BY__SYSTEM;
	}
	return by_caller ? CXM__QUEUE_CONTACT__ENDED_BY__SYSTEM
	                 : CXM__QUEUE_CONTACT__ENDED_BY__AGENT;
}

static void on_request(struct sip_queue *q, struct contact *c, struct leg *l,
                       const struct sip_msg *msg, const struct ending *at)
{
	struct ending e = *at;
	bool caller = e.by == CXM__QUEUE_CONTACT__ENDED_BY__CALLER;

	if (msg->method != SIP_BYE && msg->method != SIP_CANCEL) {
		return;
	}
	e.by = hung_up(c, l, caller);
	/* left by itself, or turned away by the platform without an agent */
	e.outcome = e.by == CXM__QUEUE_CONTACT__ENDED_BY__CALLER
	                    ? CXM__QUEUE_CONTACT__OUTCOME__ABANDONED
	                    : CXM__QUEUE_CONTACT__OUTCOME__TIMED_OUT;
	end_leg(q, c, l, e);
}

static void on_response(struct sip_queue *q, struct contact *c, struct leg *l,
                        const struct sip_msg *msg, bool first_hop, int64_t at_ns)
{
	struct ending e = { .at_ns = at_ns };

	if (msg->method != SIP_INVITE || msg->status < 200 || msg->status == 401 ||
	    msg->status == 407) {
		return;
	}
	if (msg->status < 300) {
		answer(c, l, e.at_ns);
		return;
	}
	if (msg->status < 400 || l->up) {
		return; /* it will be tried elsewhere; or a re-INVITE was refused */
	}
	if (is_callers(c, l) && !first_hop) { /* an agent refused, the proxy may try the next */
		c->ring_no_answers += l->agent != 0;
		c->ring_no_answers_over_3s +=
			l->agent != 0 && e.at_ns - l->invited_ns >= SIP_QUEUE_RANG_NS;
		l->agent = 0;
		return;
	}
	e.by = CXM__QUEUE_CONTACT__ENDED_BY__SYSTEM;
	e.outcome = CXM__QUEUE_CONTACT__OUTCOME__FULL;
	end_leg(q, c, l, e);
}

void sip_queue_message(struct sip_queue *q, const struct packet *p, const struct sip_msg *msg,
                       const struct sip_queue_step *step)
{
	struct ending at = { .at_ns = p->at_ns };
	struct contact *c;
	struct leg *l;

	if (step->dialog == 0) {
		return;
	}
	if (msg->request && msg->method == SIP_INVITE && msg->to_tag.len == 0) {
		on_invite(q, p, msg, step);
		return;
	}
	l = find_leg(q, step->dialog);
	c = l != NULL ? contact_of(q, l) : NULL;
	if (c == NULL) {
		return;
	}
	c->seen_ns = p->at_ns;
	at.by = step->by_caller ? CXM__QUEUE_CONTACT__ENDED_BY__CALLER : 0;
	if (msg->request) {
		on_request(q, c, l, msg, &at);
	} else {
		on_response(q, c, l, msg, step->first_hop, p->at_ns);
	}
}

/* ---- life ---- */

void sip_queue_tick(struct sip_queue *q, int64_t now_ns)
{
	struct contact *c;
	struct contact *next;

	for (c = TAILQ_FIRST(&q->open); c != NULL; c = next) {
		next = TAILQ_NEXT(c, link);
		if (now_ns - c->seen_ns >= q->options.idle_ns) {
			cut_contact(q, c);
		}
	}
}

void sip_queue_finish(struct sip_queue *q)
{
	while (!TAILQ_EMPTY(&q->open)) {
		cut_contact(q, TAILQ_FIRST(&q->open));
	}
}

const struct sip_queue_counters *sip_queue_counters(const struct sip_queue *q)
{
	return &q->counters;
}

struct sip_queue *sip_queue_new(const struct sip_queue_options *options)
{
	struct sip_queue *q = calloc(1, sizeof(*q));
	uint32_t legs = SIP_QUEUE_CONTACTS * LEGS_PER_CONTACT;

	if (q == NULL || table_init(&q->contact_table, SIP_QUEUE_CONTACTS) != 0 ||
	    table_init(&q->leg_table, legs) != 0) {
		sip_queue_free(q);
		return NULL;
	}
	q->options = *options;
	TAILQ_INIT(&q->open);
	TAILQ_INIT(&q->known);
	q->contacts = calloc(SIP_QUEUE_CONTACTS, sizeof(*q->contacts));
	q->legs = malloc(legs * sizeof(*q->legs));
	if (q->contacts == NULL || q->legs == NULL) {
		sip_queue_free(q);
		return NULL;
	}
	return q;
}

void sip_queue_free(struct sip_queue *q)
{
	if (q == NULL) {
		return;
	}
	table_free(&q->contact_table);
	table_free(&q->leg_table);
	free(q->contacts);
	free(q->legs);
	free(q);
}
