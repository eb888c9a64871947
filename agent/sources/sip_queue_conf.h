/* The keys of the sources capture and hep by which calls on the wire become contacts of queues. */
#pragma once

#include "agent/track/sip_queue.h"
#include "common/conf.h"
#include "common/fault.h"

struct sip_queue_conf {
	struct conf_list queues; /* texts: patterns of URIs, as the next */
	struct conf_list agents;
	const char *header; /* NULL: none */
};

/** Translate. @param source  and `line` say where it stands. @return 0 or -EINVAL, explained. */
int sip_queue_plan(const char *source, unsigned line, const struct sip_queue_conf *conf,
                   struct sip_queue_options *out, struct fault *fault);
