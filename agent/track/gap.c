/* Making Gap records, and making few of them. */
#include "agent/track/gap.h"

void gap_emit(const struct observer *o, const struct gap *g)
{
	Cxm__Gap r = CXM__GAP__INIT;

	r.at_us = observer_us(g->from_ns);
	r.source = o->source;
	r.host = observer_host(o);
	r.reason = g->reason;
	r.part = (char *)(uintptr_t)g->part;
	r.has_seen_us = 1;
	r.seen_us = observer_us(g->to_ns);
	r.has_to_us = 1;
	r.to_us = observer_us(g->to_ns);
	r.has_lost = g->lost > 0;
	r.lost = g->lost;
	r.detail = (char *)(uintptr_t)g->detail;
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
		what->from_ns = w->since_ns;
		what->lost = total - w->reported;
		gap_emit(o, what);
		w->reported = total;
	}
	w->since_ns = what->to_ns;
}
