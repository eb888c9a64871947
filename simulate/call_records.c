/* Calls as records; see call_records.h. */
#include "simulate/call_records.h"

#include "common/unconst.h"
#include "proto/evidence.pb-c.h"

#define US INT64_C(1000000)

static void end_of(Cxm__QueueContact *m, const struct sim_call *c, unsigned k)
{
	static const Cxm__QueueContact__Outcome outcomes[] = {
		[SIM_ANSWERED] = CXM__QUEUE_CONTACT__OUTCOME__ANSWERED,
		[SIM_ABANDONED] = CXM__QUEUE_CONTACT__OUTCOME__ABANDONED,
		[SIM_GAVE_UP] = CXM__QUEUE_CONTACT__OUTCOME__TIMED_OUT,
	};
	const struct sim_entry *e = &c->entry[k];
	bool moved = c->move.made && c->move.after == k;

	SIM_SET(*m, outcome, outcomes[e->ending]);
	SIM_SET(*m, wait_ms, e->wait_s * 1000);
	SIM_SET(*m, ring_no_answers, e->misses);
	SIM_SET(*m, ring_no_answers_over_3s, e->misses);
	m->seen_us = m->at_us + (int64_t)(e->wait_s + e->talk_s) * US;
	if (e->ending != SIM_ANSWERED) {
		SIM_SET(*m, ended_by,
		        e->ending == SIM_ABANDONED ? CXM__QUEUE_CONTACT__ENDED_BY__CALLER
		                                   : CXM__QUEUE_CONTACT__ENDED_BY__SYSTEM);
		return;
	}
	SIM_SET(*m, agent, e->agent);
	SIM_SET(*m, connects, 1);
	SIM_SET(*m, ring_ms, e->ring_s * 1000);
	SIM_SET(*m, talk_ms, (e->talk_s - e->hold_s) * 1000);
	SIM_SET(*m, hold_ms, e->hold_s * 1000);
	SIM_SET(*m, ended_by,
	        moved         ? CXM__QUEUE_CONTACT__ENDED_BY__TRANSFER
	        : e->by_agent ? CXM__QUEUE_CONTACT__ENDED_BY__AGENT
	                      : CXM__QUEUE_CONTACT__ENDED_BY__CALLER);
	if (moved) {
		SIM_SET(*m, transfer,
		        c->move.warm ? CXM__QUEUE_CONTACT__TRANSFER__ATTENDED
		                     : CXM__QUEUE_CONTACT__TRANSFER__BLIND);
	}
}

int sim_queue_records(const struct sim_call *c, sim_record_fn each, void *arg)
{
	int rc = 0;

	for (unsigned k = 0; rc == 0 && k < c->n_entries; k++) {
		const struct sim_entry *e = &c->entry[k];
		Cxm__QueueContact m = CXM__QUEUE_CONTACT__INIT;

		m.source = CXM__SOURCE__QUEUE_LOG;
		m.at_us = e->enter_s * US;
		m.contact = c->contact;
		m.queue = unconst(sim_queue_names[e->queue]);
		SIM_SET(m, seen_us, m.at_us);
		SIM_SET(m, channel, CXM__CHANNEL__VOICE);
		SIM_SET(m, customer, c->customer);
		SIM_SET(m, position, e->position);
		if (e->end_lost) {
			SIM_SET(m, outcome, CXM__QUEUE_CONTACT__OUTCOME__UNKNOWN_END);
		} else {
			end_of(&m, c, k);
		}
		rc = each(arg, SIM_RECORD(m));
	}
	return rc;
}

static int visit_record(const struct sim_call *c, sim_record_fn each, void *arg)
{
	static const Cxm__SelfServiceVisit__Outcome outcomes[] = {
		[SIM_VISIT_CONTAINED] = CXM__SELF_SERVICE_VISIT__OUTCOME__CONTAINED,
		[SIM_VISIT_QUEUED] = CXM__SELF_SERVICE_VISIT__OUTCOME__QUEUED,
		/* a queue all the same */
		[SIM_VISIT_OPERATOR] = CXM__SELF_SERVICE_VISIT__OUTCOME__QUEUED,
		[SIM_VISIT_LEFT] = CXM__SELF_SERVICE_VISIT__OUTCOME__ABANDONED,
	};
	Cxm__SelfServiceVisit v = CXM__SELF_SERVICE_VISIT__INIT;

	v.source = CXM__SOURCE__CEL;
	v.at_us = c->start_s * US;
	v.contact = c->contact;
	v.flow = unconst("main");
	v.path = unconst(c->visit.task_started ? "main>balance" : "main");
	v.last_step = unconst(c->visit.task_started ? "balance" : "main");
	SIM_SET(v, seen_us, v.at_us + (int64_t)c->visit.length_ms * 1000);
	SIM_SET(v, customer, c->customer);
	SIM_SET(v, outcome, outcomes[c->visit.end]);
	SIM_SET(v, duration_ms, c->visit.length_ms);
	SIM_SET(v, task_started, c->visit.task_started);
	SIM_SET(v, task_completed, c->visit.task_completed);
	SIM_SET(v, zero_out, c->visit.end == SIM_VISIT_OPERATOR);
	SIM_SET(v, first_menu_only, c->visit.end == SIM_VISIT_OPERATOR);
	SIM_SET(v, context_collected, c->visit.context);
	if (c->visit.first_value_ms > 0) {
		SIM_SET(v, first_value_ms, c->visit.first_value_ms);
	}
	return each(arg, SIM_RECORD(v));
}

static int move_record(const struct sim_call *c, sim_record_fn each, void *arg)
{
	const struct sim_entry *e = &c->entry[c->move.after];
	Cxm__Handoff h = CXM__HANDOFF__INIT;

	h.source = CXM__SOURCE__CEL;
	h.at_us = (e->enter_s + e->wait_s + e->talk_s) * US;
	h.contact = c->contact;
	h.kind = c->move.warm ? CXM__HANDOFF__KIND__ATTENDED : CXM__HANDOFF__KIND__BLIND;
	h.from_queue = unconst(sim_queue_names[e->queue]);
	SIM_SET(h, seen_us, h.at_us);
	SIM_SET(h, from_agent, e->agent);
	if (c->move.to_queue && c->move.lost) {
		h.to_role = unconst("queue"); /* which one was never seen */
	} else if (c->move.to_queue) {
		h.to_queue = unconst(sim_queue_names[(e->queue + 1) % SIM_QUEUES]);
		h.to_role = unconst("queue");
	} else {
		h.to_role = unconst("person");
		SIM_SET(h, to_agent, c->move.expert);
		SIM_SET(h, ring_ms, c->move.ring_ms);
	}
	SIM_SET(h, answered, c->move.warm || !sim_move_lost(c));
	SIM_SET(h, lost, sim_move_lost(c));
	SIM_SET(h, talk_ms, e->talk_s * 1000);
	return each(arg, SIM_RECORD(h));
}

static int consult_record(const struct sim_call *c, sim_record_fn each, void *arg)
{
	const struct sim_entry *e = &c->entry[0];
	Cxm__Handoff h = CXM__HANDOFF__INIT;

	h.source = CXM__SOURCE__CEL;
	h.at_us = (e->enter_s + e->wait_s + 2) * US;
	h.contact = c->contact;
	h.kind = CXM__HANDOFF__KIND__CONSULT;
	h.from_queue = unconst(sim_queue_names[e->queue]);
	h.to_role = unconst("person");
	SIM_SET(h, seen_us, h.at_us);
	SIM_SET(h, from_agent, e->agent);
	SIM_SET(h, to_agent, c->consult.expert);
	SIM_SET(h, answered, c->consult.answered);
	SIM_SET(h, ring_ms, c->consult.ring_ms);
	return each(arg, SIM_RECORD(h));
}

int sim_channel_records(const struct sim_call *c, sim_record_fn each, void *arg)
{
	Cxm__Call m = CXM__CALL__INIT;
	int rc = 0;

	if (c->unlogged) {
		return 0;
	}
	if (c->visit.made) {
		rc = visit_record(c, each, arg);
	}
	if (rc == 0 && c->move.made) {
		rc = move_record(c, each, arg);
	}
	if (rc == 0 && c->consult.made) {
		rc = consult_record(c, each, arg);
	}
	if (rc != 0) {
		return rc;
	}
	m.source = CXM__SOURCE__CEL;
	m.at_us = c->start_s * US;
	m.contact = c->contact;
	SIM_SET(m, seen_us, c->end_s * US);
	SIM_SET(m, customer, c->customer);
	SIM_SET(m, direction, CXM__CALL__DIRECTION__INBOUND);
	SIM_SET(m, duration_ms, (uint32_t)(c->end_s - c->start_s) * 1000);
	SIM_SET(m, legs, 1);
	SIM_SET(m, agent_answered, false);
	for (unsigned k = 0; k < c->n_entries; k++) {
		m.queue = unconst(sim_queue_names[c->entry[k].queue]);
		m.agent_answered = m.agent_answered || c->entry[k].ending == SIM_ANSWERED;
		m.legs += c->entry[k].ending == SIM_ANSWERED;
	}
	return each(arg, SIM_RECORD(m));
}

int sim_piece_record(const struct sim_piece *p, sim_record_fn each, void *arg)
{
	Cxm__AgentSpan a = CXM__AGENT_SPAN__INIT;

	a.source = CXM__SOURCE__QUEUE_LOG;
	a.at_us = p->from_s * US;
	a.agent = p->agent;
	a.queue = unconst(sim_queue_names[p->queue]);
	a.state = CXM__AGENT_SPAN__STATE__LOGGED_IN;
	SIM_SET(a, seen_us, p->to_s * US);
	SIM_SET(a, duration_ms, (uint32_t)(p->to_s - p->from_s) * 1000);
	return each(arg, SIM_RECORD(a));
}
