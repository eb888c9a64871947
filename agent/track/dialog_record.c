/* From a finished attempt to call to its Dialog record. Delays: RFC 6076. */
#include "agent/track/dialog_state.h"

static void fill_delays(const struct dialog *g, Cxm__Dialog *r)
{
	r->has_request_delay_ms = g->has_request_delay;
	r->request_delay_ms = g->request_delay_ms;
	r->has_setup_ms = g->answered;
	r->setup_ms = g->setup_ms;
	r->has_disconnect_delay_ms = g->has_disconnect_delay;
	r->disconnect_delay_ms = g->disconnect_delay_ms;
	if (g->answered && g->hung_up && g->hangup_ns >= g->answered_ns) {
		r->has_session_ms = 1;
		r->session_ms = (uint64_t)(g->hangup_ns - g->answered_ns) / 1000000;
	}
}

static void fill_counts(const struct dialog *g, Cxm__Dialog *r)
{
	r->has_holds = r->has_reinvites = r->has_retransmissions = 1;
	r->has_challenges = r->has_forks = r->has_refers = 1;
	r->holds = g->holds;
	r->reinvites = g->reinvites;
	r->retransmissions = g->retransmissions;
	r->challenges = g->challenges;
	r->forks = g->n_to_tags > 0 ? g->n_to_tags - 1U : 0;
	r->refers = g->refers;
}

void dialog_record(const struct dialog *g, const struct observer *o)
{
	Cxm__Dialog r = CXM__DIALOG__INIT;

	r.at_us = observer_us(g->first_ns);
	r.source = o->source;
	r.host = observer_text(o->host);
	r.contact = g->contact;
	r.from_tag_id = g->from_tag_id;
	r.has_seen_us = 1;
	r.seen_us = observer_us(g->seen_ns);
	r.has_final_status = g->status != 0;
	r.final_status = g->status;
	r.has_transport = 1;
	r.transport = (Cxm__Dialog__Transport)g->transport;
	r.has_direction = g->direction != 0;
	r.direction = (Cxm__Dialog__Direction)g->direction;
	r.has_media_security = g->security != 0;
	r.media_security = (Cxm__Dialog__MediaSecurity)g->security;
	r.has_uui_present = r.has_siprec = 1;
	r.uui_present = g->uui;
	r.siprec = g->siprec;
	r.has_end = 1;
	r.end = (Cxm__Dialog__End)g->end;
	r.has_customer = g->customer != 0;
	r.customer = g->customer;
	r.has_src_addr = r.has_dst_addr = 1;
	r.src_addr = g->src_addr;
	r.dst_addr = g->dst_addr;
	r.has_sampled_ppm = g->sampled_ppm != 0;
	r.sampled_ppm = g->sampled_ppm;
	fill_delays(g, &r);
	fill_counts(g, &r);
	emit_record(&o->emit, &r.base);
}
