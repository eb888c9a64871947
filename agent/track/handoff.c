/* Transfers and consultations; see handoff.h. Owns nothing. */
#include "agent/track/handoff.h"

#include <string.h>

#include "agent/track/emit.h"

static void take_target(struct handoff *h, const struct consult *c)
{
	h->ring_us = c->ring_us;
	h->answered_us = c->answered_us;
	h->to_agent = c->to_agent;
	memcpy(h->to_queue, c->to_queue, sizeof(h->to_queue));
	h->role = c->to_queue[0] != '\0' ? HANDOFF_QUEUE
	          : c->external          ? HANDOFF_EXTERNAL
	                                 : HANDOFF_PERSON;
}

void handoff_take_consult(struct handoff *h, const struct consult *c)
{
	take_target(h, c);
	h->since_us = c->ring_us > 0 ? c->ring_us : c->at_us;
	h->has_consult = c->answered_us > 0;
	h->consult_ms = h->has_consult ? emit_ms(c->answered_us, h->at_us) : 0;
}

void handoff_of_consult(struct handoff *h, const struct consult *c, int64_t ended_us)
{
	h->kind = HANDOFF_CONSULT;
	h->at_us = c->at_us;
	h->since_us = c->at_us;
	h->ended_us = ended_us;
	take_target(h, c);
	h->has_consult = c->answered_us > 0;
	h->consult_ms = h->has_consult ? emit_ms(c->answered_us, ended_us) : 0;
}

void handoff_rings(struct handoff *h, int64_t at_us)
{
	if (h->ring_us == 0) {
		h->ring_us = at_us;
	}
}

bool handoff_answered(struct handoff *h, int64_t started_us, int64_t at_us, uint64_t agent,
                      bool external)
{
	if (h->kind == HANDOFF_NONE || h->answered_us > 0 || started_us < h->since_us) {
		return false;
	}
	h->answered_us = at_us;
	h->to_agent = agent;
	h->ring_us = h->ring_us == 0 ? started_us : h->ring_us;
	if (h->role == HANDOFF_UNKNOWN) {
		h->role = external ? HANDOFF_EXTERNAL : HANDOFF_PERSON;
	}
	return true;
}

int handoff_lost(const struct handoff *h)
{
	if (h->kind == HANDOFF_CONSULT) {
		return -1; /* nothing was handed over */
	}
	if (h->ended_us == 0) {
		return h->answered_us > 0 ? 0 : -1;
	}
	if (h->answered_us == 0) {
		return 1;
	}
	/* an attended transfer is answered before it is made: five seconds are of the customer's */
	return h->ended_us - (h->answered_us > h->at_us ? h->answered_us : h->at_us) <
	       HANDOFF_LOST_US;
}

const char *handoff_role_name(const struct handoff *h)
{
	static const char *const names[] = {
		[HANDOFF_UNKNOWN] = NULL,  [HANDOFF_PERSON] = "person",
		[HANDOFF_QUEUE] = "queue", [HANDOFF_EXTERNAL] = "external",
		[HANDOFF_IVR] = "ivr",
	};

	return names[h->role];
}
