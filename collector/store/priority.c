#include "collector/store/priority.h"

#include <string.h>

#include "proto/evidence.pb-c.h"

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define HOUR_US   (60 * MINUTE_US)

/* Logs that write whole seconds beside events that carry microseconds. The seconds of queue_log are
 * those of time(2), which lags the clock by up to a tick of the kernel's. */
#define LOGS_US (SECOND_US + 100000)

/* A mirror's clock may be apart by what agent/sources/hep_feed.h allows. */
#define MIRROR_US (10 * SECOND_US)

/* One packet at two hosts: faults table E07. */
#define HOSTS_US (2 * SECOND_US)

/* So much of a payment may be recorded at either end: CEL_CALL_PAYMENT_SLACK_US of the agent. */
#define PAYMENT_SLACK_US (2 * SECOND_US)

/* A payment that does not say how long it took. */
#define PAYMENT_MS INT64_C(60000)

#define QUEUE_LOG  CXM__SOURCE__QUEUE_LOG
#define CEL        CXM__SOURCE__CEL
#define AMI        CXM__SOURCE__AMI
#define CAPTURE    CXM__SOURCE__CAPTURE
#define HEP        CXM__SOURCE__HEP
#define ESL        CXM__SOURCE__ESL
#define DROPBOX    CXM__SOURCE__DROPBOX
#define CDR        CXM__SOURCE__CDR

/* What a PBX tells of its channels: each has all of it, in falling detail. */
#define OF_CHANNELS                                                                                \
	{                                                                                          \
		CEL, AMI, ESL, CDR, DROPBOX                                                        \
	}

/* What the tool knows that was asked about the contact, and what a PBX saw of it. */
#define OF_TOOLS                                                                                   \
	{                                                                                          \
		DROPBOX, CEL, AMI, ESL, QUEUE_LOG                                                  \
	}

/* Why, by kind: docs/reconcile.md. */
static const struct {
	const ProtobufCMessageDescriptor *kind;
	struct priority is;
} table[] = {
	{ &cxm__queue_contact__descriptor,
	  { .order = { QUEUE_LOG, AMI, ESL, CDR, CAPTURE, HEP, DROPBOX },
	    .apart_us = LOGS_US,
	    .same = { "contact", "queue" },
	    .compared = { "outcome", "wait_ms", "talk_ms", "agent", "ended_by", "transfer" } } },
	{ &cxm__call__descriptor,
	  { .order = OF_CHANNELS,
	    .apart_us = LOGS_US,
	    .same = { "contact" },
	    .compared = { "agent_answered", "queue", "direction", "customer", "duration_ms" } } },
	{ &cxm__handoff__descriptor,
	  { .order = { CEL, AMI, ESL, CDR, QUEUE_LOG, CAPTURE, DROPBOX },
	    .apart_us = LOGS_US,
	    .same = { "contact", "kind" },
	    .compared = { "from_queue", "from_agent", "to_queue", "answered", "talk_ms" } } },
	{ &cxm__self_service_visit__descriptor,
	  { .order = OF_CHANNELS,
	    .apart_us = LOGS_US,
	    .same = { "contact", "flow" },
	    .compared = { "outcome", "duration_ms", "task_completed", "zero_out" } } },
	{ &cxm__agent_span__descriptor,
	  { .order = { QUEUE_LOG, AMI, ESL, DROPBOX },
	    .apart_us = LOGS_US,
	    .same = { "agent", "queue", "state" },
	    .compared = { "duration_ms", "reason" } } },
	{ &cxm__dialog__descriptor,
	  { .order = { CAPTURE, HEP },
	    .again = true,
	    .apart_us = MIRROR_US,
	    .same = { "contact", "from_tag_id" },
	    .compared = { "final_status", "end", "setup_ms", "session_ms" } } },
	/* what the network shows and what an endpoint says of itself are two things: not one
	 * another's twins */
	{ &cxm__media_stream__descriptor,
	  { .order = { CAPTURE, HEP, AMI, ESL, CDR },
	    .again = true,
	    .apart_us = HOSTS_US,
	    .same = { "ssrc", "src_addr", "src_port", "dst_addr", "dst_port", "measured_by" },
	    .compared = { "codec", "packets", "missing", "duration_ms" } } },
	{ &cxm__call_leg__descriptor,
	  { .order = OF_CHANNELS,
	    .apart_us = HOUR_US,
	    .same = { "contact", "dialog" },
	    .compared = { "queue" } } },
	/* channel events do not know that a recording was muted, which the manager interface tells;
	 * only they may know how long the payment took that it was muted for */
	{ &cxm__payment__descriptor,
	  { .order = { AMI, CEL, DROPBOX },
	    .apart_us = LOGS_US,
	    .reach_us = HOUR_US,
	    .lasts = "duration_ms",
	    .lasts_else_ms = PAYMENT_MS,
	    .claims = "covered",
	    .claim_slack_us = PAYMENT_SLACK_US,
	    .same = { "contact" },
	    .compared = { "recorded", "covered", "duration_ms" } } },
	{ &cxm__survey__descriptor,
	  { .order = OF_TOOLS,
	    .apart_us = HOUR_US,
	    .same = { "contact", "kind" },
	    .compared = { "value", "queue", "agent" } } },
	{ &cxm__survey_offer__descriptor,
	  { .order = OF_TOOLS,
	    .apart_us = HOUR_US,
	    .same = { "contact" },
	    .compared = { "accepted" } } },
	{ &cxm__contact_fact__descriptor,
	  { .order = OF_TOOLS,
	    .apart_us = HOUR_US,
	    .same = { "contact" },
	    .compared = { "customer", "recognised", "asked_again", "language_wanted",
	                  "language_given", "disposition", "case_id", "skill_wanted", "skill_given",
	                  "reason" } } },
	{ &cxm__callback__descriptor,
	  { .order = OF_TOOLS,
	    .apart_us = HOUR_US,
	    .same = { "contact" },
	    .compared = { "queue", "due_us", "attempt_us", "reached", "cancelled" } } },
	/* the same slot or, where one samples more often, one within it */
	{ &cxm__gauge__descriptor,
	  { .order = { AMI, ESL, DROPBOX },
	    .apart_us = 0,
	    .reach_us = HOUR_US,
	    .lasts = "slot_ms",
	    .lasts_else_ms = 1,
	    .same = { "host", "queue" },
	    .compared = { "waiting", "longest_wait_ms", "agents_ready", "agents_busy",
	                  "agents_paused" } } },
};

const struct priority *priority_of(const struct cxm_kind *kind)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].kind == kind->pb) {
			return &table[i].is;
		}
	}
	return NULL;
}

unsigned priority_rank(const struct priority *p, int64_t source)
{
	for (unsigned i = 0; i < PRIORITY_ORDER_MAX && p->order[i] != 0; i++) {
		if (p->order[i] == source) {
			return i + 1;
		}
	}
	return 0;
}

int64_t priority_reach_us(const struct priority *p)
{
	return p->reach_us > 0 ? p->reach_us : p->apart_us;
}

bool priority_by_contact(const struct priority *p)
{
	return priority_reach_us(p) > MINUTE_US && strcmp(p->same[0], "contact") == 0;
}
