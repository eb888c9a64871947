/* How calls and what happened in them are written as records; which ones, cel_call.c and
 * cel_call_user.c say. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/track/call_state.h"
#include "common/unconst.h"

#define US_PER_MS         1000
#define REFERENCE_BYTES   64
#define CONFERENCE_MIN_US INT64_C(2000000) /* bridges merge for an instant in every transfer */

static int64_t later(int64_t a_us, int64_t b_us)
{
	return a_us > b_us ? a_us : b_us;
}

static char *text_or_null(const char *text)
{
	return text[0] != '\0' ? unconst(text) : NULL;
}

/* A reference of our own making: a contact and a number within it. */
static uint64_t reference(const struct cel_call *t, const char *what, uint64_t contact, uint32_t n)
{
	char text[REFERENCE_BYTES];
	int len = snprintf(text, sizeof(text), "%s:%" PRIx64 ":%" PRIu32, what, contact, n);

	return pseudonym_of(t->pseudonym, CXM_REFERENCE, (struct slice){ text, (size_t)len });
}

void call_emit_call(struct cel_call *t, const struct call *c, enum call_end end)
{
	Cxm__Call m = CXM__CALL__INIT;

	m.at_us = c->at_us;
	m.source = t->source;
	m.host = t->host;
	m.contact = c->contact;
	m.has_seen_us = 1;
	m.seen_us = c->seen_us;
	m.has_customer = c->customer != 0;
	m.customer = c->customer;
	m.has_direction = 1;
	m.direction = c->dialled || (c->inside && c->trunk) ? CXM__CALL__DIRECTION__OUTBOUND
	              : c->trunk                            ? CXM__CALL__DIRECTION__INBOUND
	                                                    : CXM__CALL__DIRECTION__INTERNAL;
	m.queue = text_or_null(c->queue);
	m.has_agent_answered = c->agent_answered || !c->unheard;
	m.agent_answered = c->agent_answered;
	m.has_duration_ms = end == CALL_END_SEEN;
	m.duration_ms = emit_ms(c->at_us, c->seen_us);
	m.has_legs = 1;
	m.legs = c->legs;
	t->counters.calls++;
	emit_record(&t->emit, &m.base);
}

void call_emit_visit(struct cel_call *t, const struct call *c,
                     Cxm__SelfServiceVisit__Outcome outcome, int64_t end_us)
{
	Cxm__SelfServiceVisit m = CXM__SELF_SERVICE_VISIT__INIT;

	ivr_fill(&c->visit, outcome, end_us, &m);
	m.source = t->source;
	m.host = t->host;
	m.contact = c->contact;
	m.has_seen_us = 1;
	m.seen_us = later(c->seen_us, m.at_us);
	m.has_customer = c->customer != 0;
	m.customer = c->customer;
	m.context_collected = m.context_collected || c->recognised;
	t->counters.visits++;
	emit_record(&t->emit, &m.base);
}

static void start_handoff(struct cel_call *t, const struct call *c, Cxm__Handoff *m, int64_t at_us,
                          const char *queue)
{
	static char no_queue[] = "NONE"; /* as in an AgentSpan: not out of a queue */

	m->at_us = at_us;
	m->source = t->source;
	m->host = t->host;
	m->contact = c->contact;
	m->from_queue = queue[0] != '\0' ? unconst(queue) : no_queue;
	m->has_seen_us = 1;
	m->seen_us = later(c->seen_us, at_us);
}

static Cxm__Handoff__Kind kind_of(const struct handoff *h)
{
	switch (h->kind) {
	case HANDOFF_BLIND:
		return CXM__HANDOFF__KIND__BLIND;
	case HANDOFF_ATTENDED:
		return CXM__HANDOFF__KIND__ATTENDED;
	default:
		return CXM__HANDOFF__KIND__CONSULT;
	}
}

/* Events were missed, and with them perhaps who picked up: to an attended transfer before it was
 * made, to any other while nobody listened. */
static bool answer_unheard(const struct call *c, const struct handoff *h)
{
	return h->answered_us == 0 && (c->doubted || (c->unheard && h->kind == HANDOFF_ATTENDED));
}

void call_emit_handoff(struct cel_call *t, const struct call *c, const struct handoff *h)
{
	Cxm__Handoff m = CXM__HANDOFF__INIT;
	int64_t rang_until_us = h->answered_us > 0 ? h->answered_us : later(h->ended_us, 0);
	int lost = handoff_lost(h);
	bool known = !answer_unheard(c, h);

	start_handoff(t, c, &m, h->at_us, h->from_queue);
	if (h->kind == HANDOFF_CONSULT && c->consult_for != 0) {
		m.contact = c->consult_for;
	}
	m.kind = kind_of(h);
	m.has_from_agent = h->from_agent != 0;
	m.from_agent = h->from_agent;
	m.has_to_agent = h->to_agent != 0;
	m.to_agent = h->to_agent;
	m.to_queue = text_or_null(h->to_queue);
	m.to_role = unconst(handoff_role_name(h));
	m.has_answered = known;
	m.answered = h->answered_us > 0;
	m.has_lost = known && lost >= 0;
	m.lost = lost > 0;
	m.has_ring_ms = h->ring_us > 0 && rang_until_us > 0;
	m.ring_ms = emit_ms(h->ring_us, rang_until_us);
	m.has_talk_ms = h->has_talk;
	m.talk_ms = h->talk_ms;
	m.has_consult_ms = h->has_consult && !c->doubted;
	m.consult_ms = h->consult_ms;
	t->counters.handoffs++;
	emit_record(&t->emit, &m.base);
}

void call_emit_conference(struct cel_call *t, const struct call *c, int64_t from_us)
{
	Cxm__Handoff m = CXM__HANDOFF__INIT;

	if (c->seen_us - from_us < CONFERENCE_MIN_US) {
		return;
	}
	start_handoff(t, c, &m, from_us, c->queue);
	m.kind = CXM__HANDOFF__KIND__CONFERENCE;
	m.has_from_agent = c->agent != 0;
	m.from_agent = c->agent;
	m.has_answered = 1;
	m.answered = 1;
	m.has_consult_ms = 1;
	m.consult_ms = emit_ms(from_us, c->seen_us);
	t->counters.handoffs++;
	emit_record(&t->emit, &m.base);
}

void call_emit_offer(struct cel_call *t, const struct call *c)
{
	Cxm__SurveyOffer m = CXM__SURVEY_OFFER__INIT;

	m.at_us = c->offered_us;
	m.source = t->source;
	m.host = t->host;
	m.contact = c->contact;
	m.has_seen_us = 1;
	m.seen_us = c->seen_us;
	m.has_customer = c->customer != 0;
	m.customer = c->customer;
	m.queue = text_or_null(c->queue);
	m.has_channel = 1;
	m.channel = CXM__CHANNEL__VOICE;
	m.has_accepted = 1;
	m.accepted = c->surveyed;
	emit_record(&t->emit, &m.base);
}

static Cxm__Survey__Kind survey_kind(const char *name)
{
	static const struct {
		const char *name;
		Cxm__Survey__Kind kind;
	} all[] = {
		{ "nps", CXM__SURVEY__KIND__NPS },
		{ "ces", CXM__SURVEY__KIND__CES },
		{ "fcr", CXM__SURVEY__KIND__FCR },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (strcmp(name, all[i].name) == 0) {
			return all[i].kind;
		}
	}
	return CXM__SURVEY__KIND__CSAT;
}

void call_emit_survey(struct cel_call *t, const struct call *c, int64_t at_us, double value)
{
	static char after_call[] = "after_call";
	Cxm__Survey m = CXM__SURVEY__INIT;

	m.at_us = at_us;
	m.source = t->source;
	m.host = t->host;
	m.survey_id = reference(t, "survey", c->contact, c->surveys);
	m.kind = survey_kind(t->rules->survey_kind);
	m.has_seen_us = 1;
	m.seen_us = at_us;
	m.has_value = 1;
	m.value = value;
	m.has_scale_min = 1;
	m.scale_min = (double)t->rules->survey_min;
	m.has_scale_max = 1;
	m.scale_max = (double)t->rules->survey_max;
	m.queue = text_or_null(c->queue);
	m.has_channel = 1;
	m.channel = CXM__CHANNEL__VOICE;
	m.has_contact = 1;
	m.contact = c->contact;
	m.has_customer = c->customer != 0;
	m.customer = c->customer;
	m.has_agent = c->agent != 0;
	m.agent = c->agent;
	m.touchpoint = after_call;
	emit_record(&t->emit, &m.base);
}

void call_emit_fact(struct cel_call *t, const struct call *c)
{
	Cxm__ContactFact m = CXM__CONTACT_FACT__INIT;

	m.at_us = c->recognised_us;
	m.source = t->source;
	m.host = t->host;
	m.contact = c->contact;
	m.has_seen_us = 1;
	m.seen_us = c->seen_us;
	m.has_customer = c->customer != 0;
	m.customer = c->customer;
	m.has_channel = 1;
	m.channel = CXM__CHANNEL__VOICE;
	m.has_agent = c->agent_answered && c->agent != 0;
	m.agent = c->agent;
	m.has_recognised = 1;
	m.recognised = c->recognised;
	emit_record(&t->emit, &m.base);
}

void call_emit_legs(struct cel_call *t, const struct call *c)
{
	for (unsigned i = 0; i < CEL_CALL_DIALOGS_MAX && c->dialogs[i] != 0; i++) {
		Cxm__CallLeg m = CXM__CALL_LEG__INIT;

		m.at_us = c->dialogs_us[i];
		m.source = t->source;
		m.host = t->host;
		m.contact = c->contact;
		m.dialog = c->dialogs[i];
		m.has_seen_us = 1;
		m.seen_us = c->seen_us;
		m.queue = text_or_null(c->queue);
		t->counters.dialogs++;
		emit_record(&t->emit, &m.base);
	}
}

/* From before the payment, or nearly, until it was over. */
static bool muted_throughout(const struct call *c, int64_t end_us)
{
	return c->muted_us > 0 && c->muted_us - c->paying_us <= CEL_CALL_PAYMENT_SLACK_US &&
	       (c->unmuted_us == 0 || end_us - c->unmuted_us <= CEL_CALL_PAYMENT_SLACK_US);
}

/* That nothing was recorded is known where all recordings begin in the dialplan. */
static bool recording_known(const struct cel_call *t, const struct call *c)
{
	bool heard_all = t->rules->recordings_in_dialplan && c->begun;

	return !c->recording_unheard && (c->recorded || heard_all);
}

void call_emit_payment(struct cel_call *t, const struct call *c, int64_t end_us)
{
	Cxm__Payment m = CXM__PAYMENT__INIT;

	m.at_us = c->paying_us;
	m.source = t->source;
	m.host = t->host;
	m.contact = c->contact;
	m.has_seen_us = 1;
	m.seen_us = end_us;
	m.queue = text_or_null(c->queue);
	m.has_duration_ms = 1;
	m.duration_ms = emit_ms(c->paying_us, end_us);
	m.has_recorded = recording_known(t, c);
	m.recorded = c->recorded;
	m.has_covered = m.has_recorded && c->recorded;
	m.covered = !c->paying_recorded || muted_throughout(c, end_us);
	emit_record(&t->emit, &m.base);
}

void call_emit_callback(struct cel_call *t, const struct call_promise *p,
                        const struct promise_end *end)
{
	Cxm__Callback m = CXM__CALLBACK__INIT;

	m.at_us = p->at_us;
	m.source = t->source;
	m.host = t->host;
	m.callback_id = reference(t, "callback", p->contact, 0);
	m.has_seen_us = 1;
	m.seen_us = end->seen_us;
	m.has_customer = p->customer != 0;
	m.customer = p->customer;
	m.has_contact = 1;
	m.contact = p->contact;
	m.queue = text_or_null(p->queue);
	m.has_from_us = t->rules->callback_window_ms > 0;
	m.from_us = p->at_us;
	m.has_due_us = m.has_from_us;
	m.due_us = p->at_us + t->rules->callback_window_ms * US_PER_MS;
	m.has_attempt_us = p->attempt_us > 0;
	m.attempt_us = p->attempt_us;
	m.has_ring_ms = end->has_ring;
	m.ring_ms = end->ring_ms;
	m.has_reached = end->over;
	m.reached = end->reached;
	emit_record(&t->emit, &m.base);
}

void call_emit_gap(struct cel_call *t, const struct call_gap *gap)
{
	static char cel[] = "cel";
	static char ami[] = "ami";
	Cxm__Gap m = CXM__GAP__INIT;

	m.at_us = gap->from_us;
	m.source = t->source;
	m.host = t->host;
	m.reason = CXM__GAP__REASON__TABLE_FULL;
	m.part = t->source == CXM__SOURCE__AMI ? ami : cel;
	m.has_seen_us = 1;
	m.seen_us = later(gap->from_us, gap->to_us);
	m.has_to_us = 1;
	m.to_us = m.seen_us;
	m.has_lost = 1;
	m.lost = gap->lost;
	emit_record(&t->emit, &m.base);
}
