/* Making Gap records, and making few of them. */
#include "agent/track/gap.h"

void gap_emit(const struct observer *o, const struct gap *g)
{
	Cxm__Gap r = CXM__GAP__INIT;

	r.at_us = observer_us(g->from_ns);
	r.source = o->source;
	r.host = observer_text(o->host);
	r.reason = g->reason;
	r.part = observer_text(g->part);
	r.has_seen_us = 1;
	r.seen_us = observer_us(g->to_ns);
	r.has_to_us = 1;
	r.to_us = observer_us(g->to_ns);
	r.has_lost = g->lost > 0;
	r.lost = g->lost;
	r.has_seen = g->seen > 0;
	r.seen = g->seen;
	r.has_sampled_ppm = g->sampled_ppm > 0;
	r.sampled_ppm = g->sampled_ppm;
	r.detail = observer_text(g->detail);
	emit_record(&o->emit, &r.base);
}

void gap_watch(struct gap_watch *w, const struct observer *o, struct gap *what, uint64_t total,
               bool at_end)
{
	if (w->since_ns == 0 ||
	    what->to_ns < w->since_ns) { /* first look, or the clock went back */
		w->since_ns = what->to_ns;
	}
	if (!at_end && what->to_ns - w->since_ns < GAP_INTERVAL_NS) {
		return;
	}
	if (total > w->reported) {
		uint64_t seen = what->seen;

		what->seen = seen > w->seen ? seen - w->seen : 0;
		what->from_ns = w->since_ns;
		what->lost = total - w->reported;
		gap_emit(o, what);
		w->reported = total;
		what->seen = seen;
	}
	w->seen = what->seen;
	w->since_ns = what->to_ns;
}
