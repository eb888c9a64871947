#include "collector/store/priority.h"

#include "proto/evidence.pb-c.h"

#define SECOND_US INT64_C(1000000)
#define HOUR_US   INT64_C(3600000000)

/* Logs that write whole seconds beside events that carry microseconds. The seconds of queue_log are
 * those of time(2), which lags the clock by up to a tick of the kernel's. */
#define LOGS_US (SECOND_US + 100000)

/* A mirror's clock may be apart by what agent/sources/hep_feed.h allows. */
#define MIRROR_US (10 * SECOND_US)

/* One packet at two hosts: faults table E07. */
#define HOSTS_US (2 * SECOND_US)

/* Between a payment and the muting of its recording. */
#define MUTED_US (60 * SECOND_US)

/* The first wins. Why, by kind: docs/reconcile.md. */
static const struct {
	const ProtobufCMessageDescriptor *kind;
	struct priority is;
} table[] = {
	{ &cxm__queue_contact__descriptor,
	  { { [CXM__SOURCE__QUEUE_LOG] = 1,
	      [CXM__SOURCE__AMI] = 2,
	      [CXM__SOURCE__ESL] = 3,
	      [CXM__SOURCE__CDR] = 4,
	      [CXM__SOURCE__CAPTURE] = 5,
	      [CXM__SOURCE__HEP] = 6,
	      [CXM__SOURCE__DROPBOX] = 7 },
	    false,
	    LOGS_US,
	    { "contact", "queue" },
	    { "outcome", "wait_ms", "talk_ms", "agent", "ended_by", "transfer" } } },
	{ &cxm__call__descriptor,
	  { { [CXM__SOURCE__CEL] = 1,
	      [CXM__SOURCE__AMI] = 2,
	      [CXM__SOURCE__ESL] = 3,
	      [CXM__SOURCE__CDR] = 4,
	      [CXM__SOURCE__DROPBOX] = 5 },
	    false,
	    LOGS_US,
	    { "contact" },
	    { "agent_answered", "queue", "direction", "customer", "duration_ms" } } },
	{ &cxm__handoff__descriptor,
	  { { [CXM__SOURCE__CEL] = 1,
	      [CXM__SOURCE__AMI] = 2,
	      [CXM__SOURCE__ESL] = 3,
	      [CXM__SOURCE__CDR] = 4,
	      [CXM__SOURCE__QUEUE_LOG] = 5,
	      [CXM__SOURCE__CAPTURE] = 6,
	      [CXM__SOURCE__DROPBOX] = 7 },
	    false,
	    LOGS_US,
	    { "contact", "kind" },
	    { "from_queue", "from_agent", "to_queue", "answered", "talk_ms" } } },
	{ &cxm__self_service_visit__descriptor,
	  { { [CXM__SOURCE__CEL] = 1,
	      [CXM__SOURCE__AMI] = 2,
	      [CXM__SOURCE__ESL] = 3,
	      [CXM__SOURCE__CDR] = 4,
	      [CXM__SOURCE__DROPBOX] = 5 },
	    false,
	    LOGS_US,
	    { "contact", "flow" },
	    { "outcome", "duration_ms", "task_completed", "zero_out" } } },
	{ &cxm__agent_span__descriptor,
	  { { [CXM__SOURCE__QUEUE_LOG] = 1,
	      [CXM__SOURCE__AMI] = 2,
	      [CXM__SOURCE__ESL] = 3,
	      [CXM__SOURCE__DROPBOX] = 4 },
	    false,
	    LOGS_US,
	    { "agent", "queue", "state" },
	    { "duration_ms", "reason" } } },
	{ &cxm__dialog__descriptor,
	  { { [CXM__SOURCE__CAPTURE] = 1, [CXM__SOURCE__HEP] = 2 },
	    true,
	    MIRROR_US,
	    { "contact", "from_tag_id" },
	    { "final_status", "end", "setup_ms", "session_ms" } } },
	/* what the network shows and what an endpoint says of itself are two things: not one
	 * another's twins */
	{ &cxm__media_stream__descriptor,
	  { { [CXM__SOURCE__CAPTURE] = 1,
	      [CXM__SOURCE__HEP] = 2,
	      [CXM__SOURCE__AMI] = 3,
	      [CXM__SOURCE__ESL] = 4,
	      [CXM__SOURCE__CDR] = 5 },
	    true,
	    HOSTS_US,
	    { "ssrc", "src_addr", "src_port", "dst_addr", "dst_port", "measured_by" },
	    { "codec", "packets", "missing", "duration_ms" } } },
	{ &cxm__call_leg__descriptor,
	  { { [CXM__SOURCE__CEL] = 1,
	      [CXM__SOURCE__AMI] = 2,
	      [CXM__SOURCE__ESL] = 3,
	      [CXM__SOURCE__CDR] = 4,
	      [CXM__SOURCE__DROPBOX] = 5 },
	    false,
	    HOUR_US,
	    { "contact", "dialog" },
	    { "queue" } } },
	/* channel events do not know that a recording was muted, which the manager interface tells;
	 * it is muted some time after the payment begins, or before */
	{ &cxm__payment__descriptor,
	  { { [CXM__SOURCE__AMI] = 1, [CXM__SOURCE__CEL] = 2, [CXM__SOURCE__DROPBOX] = 3 },
	    false,
	    MUTED_US,
	    { "contact" },
	    { "recorded", "covered", "duration_ms" } } },
	{ &cxm__survey__descriptor,
	  { { [CXM__SOURCE__DROPBOX] = 1,
	      [CXM__SOURCE__CEL] = 2,
	      [CXM__SOURCE__AMI] = 3,
	      [CXM__SOURCE__ESL] = 4,
	      [CXM__SOURCE__QUEUE_LOG] = 5 },
	    false,
	    HOUR_US,
	    { "contact", "kind" },
	    { "value", "queue", "agent" } } },
	{ &cxm__survey_offer__descriptor,
	  { { [CXM__SOURCE__DROPBOX] = 1,
	      [CXM__SOURCE__CEL] = 2,
	      [CXM__SOURCE__AMI] = 3,
	      [CXM__SOURCE__ESL] = 4 },
	    false,
	    HOUR_US,
	    { "contact" },
	    { "accepted" } } },
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
