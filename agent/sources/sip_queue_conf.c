#include "agent/sources/sip_queue_conf.h"

#include <errno.h>

int sip_queue_plan(const char *source, unsigned line, const struct sip_queue_conf *conf,
                   struct sip_queue_options *out, struct fault *fault)
{
	out->queues = (const char *const *)conf->queues.items;
	out->n_queues = conf->queues.count;
	out->agents = (const char *const *)conf->agents.items;
	out->n_agents = conf->agents.count;
	out->header = conf->header;
	if (out->n_queues > 0 && out->n_agents == 0) {
		return fault_set(
			fault, -EINVAL,
			"%s (line %u): queues without agents: a queue's own answer is music "
			"or an announcement, and every contact would look unanswered; name "
			"the URIs of agents' phones under `agents`",
			source, line);
	}
	return 0;
}
