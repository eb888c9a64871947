/* One call, one story: streams, which know a Call-ID, are joined through the legs of calls to the
 * queue the contact was in. docs/reconcile.md has this block. */
#include "tests/support/block_world.h"

#include <math.h>
#include <string.h>

#include "tests/support/cases.h"

/* Legs with a stream that says something; good are those where one was. */
#define VOICE(of)                                                                                  \
	"{estimator: ratio, from: CallLeg, of: '" of "', good: related, counts: "                  \
	"legs with good voice, "                                                                   \
	"only: {to: MediaStream, of: duration_ms >= 10000 and known(r), on: \"dialog = "           \
	"contact\", "                                                                              \
	"from_ms: -3600000, within_ms: 3600000}, "                                                 \
	"relate: {to: MediaStream, of: duration_ms >= 10000 and r >= 80, on: \"dialog = "          \
	"contact\", "                                                                              \
	"from_ms: -3600000, within_ms: 3600000}}"

#define STREAM "src_addr=1 src_port=1 dst_addr=2 dst_port=2 duration_ms=60000 "

static const struct block_case cases[] = {
	{ "voice_is_that_of_the_legs_in_queues",
	  "wilson",
	  VOICE("known(queue)"),
	  { "CallLeg 1 10:00:00 contact=1 dialog=11 queue=sales",
	    "CallLeg 1 10:00:00 contact=2 dialog=12 queue=sales",
	    "CallLeg 1 10:00:00 contact=3 dialog=13 queue=support",
	    "CallLeg 1 10:00:00 contact=4 dialog=14",
	    "MediaStream 1 10:00:01 ssrc=1 contact=11 r=92 " STREAM,
	    "MediaStream 1 10:00:01 ssrc=2 contact=12 r=60 " STREAM,
	    "MediaStream 1 10:00:01 ssrc=3 contact=13 r=85 " STREAM,
	    "MediaStream 1 10:00:01 ssrc=4 contact=14 r=85 " STREAM },
	  2.0 / 3,
	  3,
	  WHY_NOTHING,
	  NULL },
	{ "voice_of_one_queue",
	  "wilson",
	  VOICE("queue == \"sales\""),
	  { "CallLeg 1 10:00:00 contact=1 dialog=11 queue=sales",
	    "CallLeg 1 10:00:00 contact=2 dialog=12 queue=support",
	    "CallLeg 1 10:00:00 contact=3 dialog=13 queue=support",
	    "MediaStream 1 10:00:01 ssrc=1 contact=11 r=92 " STREAM,
	    "MediaStream 1 10:00:01 ssrc=2 contact=12 r=60 " STREAM,
	    "MediaStream 1 10:00:01 ssrc=3 contact=13 r=85 " STREAM },
	  1,
	  1,
	  WHY_NOTHING,
	  NULL },
	{ "voice_of_another",
	  "wilson",
	  VOICE("queue == \"support\""),
	  { "CallLeg 1 10:00:00 contact=1 dialog=11 queue=sales",
	    "CallLeg 1 10:00:00 contact=2 dialog=12 queue=support",
	    "CallLeg 1 10:00:00 contact=3 dialog=13 queue=support",
	    "MediaStream 1 10:00:01 ssrc=1 contact=11 r=92 " STREAM,
	    "MediaStream 1 10:00:01 ssrc=2 contact=12 r=60 " STREAM,
	    "MediaStream 1 10:00:01 ssrc=3 contact=13 r=85 " STREAM },
	  0.5,
	  2,
	  WHY_NOTHING,
	  NULL },
	{ "a_leg_that_two_sources_tell_is_one",
	  "wilson",
	  VOICE("known(queue)"),
	  { "CallLeg 1 10:00:00 source=cel contact=1 dialog=11 queue=sales",
	    "CallLeg 1 10:00:01 source=ami contact=1 dialog=11 queue=sales",
	    "MediaStream 1 10:00:01 ssrc=1 contact=11 r=92 " STREAM },
	  1,
	  1,
	  WHY_NOTHING,
	  NULL },
	{ "a_leg_whose_packets_nobody_saw_does_not_count",
	  "wilson",
	  VOICE("known(queue)"),
	  { "CallLeg 1 10:00:00 contact=1 dialog=11 queue=sales",
	    "CallLeg 1 10:00:00 contact=2 dialog=12 queue=sales",
	    "MediaStream 1 10:00:01 ssrc=1 contact=11 r=92 " STREAM,
	    "MediaStream 1 10:00:01 ssrc=2 contact=99 r=60 " STREAM },
	  1,
	  1,
	  WHY_NOTHING,
	  NULL },
	{ "where_nothing_tells_call_ids_nothing_is_assessed",
	  "wilson",
	  VOICE("known(queue)"),
	  { "QueueContact 1 10:00:00 contact=1 queue=sales outcome=answered",
	    "MediaStream 1 10:00:01 ssrc=1 contact=11 r=92 " STREAM },
	  NAN,
	  0,
	  WHY_NO_EVIDENCE,
	  NULL },
};

int main(void)
{
	static struct cases c;

	cases_table(&c, cases, block_case_run);
	return cases_run("score/call_leg", &c, NULL, NULL);
}
