/* How contacts, handoffs and gaps of a queue_log are written as records; which ones, queue_call.c
 * says. */
#include "agent/track/queue_call_internal.h"

void queue_call_emit_contact(struct queue_call *q, const struct queue_entry *e,
                             const struct queue_contact_end *end)
{
	Cxm__QueueContact m = CXM__QUEUE_CONTACT__INIT;

	m.at_us = e->at_us;
	m.source = q->source;
	m.host = q->host;
	m.contact = e->contact;
	m.queue = q->labels.items[e->queue].text;
	m.entry = e->entry;
	m.has_seen_us = 1;
	m.seen_us = e->seen_us;
	m.has_channel = 1;
	m.channel = CXM__CHANNEL__VOICE;
	m.has_customer = e->customer != 0;
	m.customer = e->customer;
	m.has_wait_ms = e->has_wait;
	m.wait_ms = e->wait_ms;
	m.has_outcome = 1;
	m.outcome = end->outcome;
	m.has_agent = e->agent != 0;
	m.agent = e->agent;
	m.has_connects = 1;
	m.connects = e->connects;
	m.has_ring_no_answers = 1;
	m.ring_no_answers = e->ring_no_answers;
	m.has_ring_no_answers_over_3s = 1;
	m.ring_no_answers_over_3s = e->ring_no_answers_over_3s;
	m.has_ring_ms = e->has_ring;
	m.ring_ms = e->ring_ms;
	m.has_talk_ms = end->has_talk;
	m.talk_ms = end->talk_ms;
	m.has_hold_ms = end->has_hold;
	m.hold_ms = end->hold_ms;
	m.has_ended_by = end->ended_by != 0;
	m.ended_by = end->ended_by;
	m.has_transfer = end->transfer != 0;
	m.transfer = end->transfer;
	m.has_position = e->has_position;
	m.position = e->position;
	q->counters.contacts++;
	emit_record(&q->emit, &m.base);
}

void queue_call_emit_handoff(struct queue_call *q, const struct queue_entry *e,
                             const struct queue_contact_end *end, const struct queue_entry *to)
{
	Cxm__Handoff m = CXM__HANDOFF__INIT;

	if (q->no_handoffs) {
		return;
	}
	m.at_us = e->seen_us;
	m.source = q->source;
	m.host = q->host;
	m.contact = e->contact;
	m.kind = end->transfer == CXM__QUEUE_CONTACT__TRANSFER__ATTENDED
	                 ? CXM__HANDOFF__KIND__ATTENDED
	                 : CXM__HANDOFF__KIND__BLIND;
	m.from_queue = q->labels.items[e->queue].text;
	m.has_seen_us = 1;
	m.seen_us = e->seen_us;
	m.has_from_agent = e->agent != 0;
	m.from_agent = e->agent;
	m.to_queue = to != NULL ? q->labels.items[to->queue].text : NULL;
	m.has_talk_ms = end->has_talk;
	m.talk_ms = end->talk_ms;
	q->counters.handoffs++;
	emit_record(&q->emit, &m.base);
}

void queue_call_emit_gap(struct queue_call *q, Cxm__Gap__Reason reason, int64_t from_us,
                         int64_t to_us, uint64_t lost)
{
	static char log[] = "queue_log";
	static char ami[] = "ami";
	Cxm__Gap m = CXM__GAP__INIT;

	m.at_us = from_us;
	m.source = q->source;
	m.host = q->host;
	m.reason = reason;
	m.part = q->source == CXM__SOURCE__AMI ? ami : log;
	m.has_seen_us = 1;
	m.seen_us = to_us > from_us ? to_us : from_us;
	m.has_to_us = 1;
	m.to_us = m.seen_us;
	m.has_lost = 1;
	m.lost = lost;
	emit_record(&q->emit, &m.base);
}
