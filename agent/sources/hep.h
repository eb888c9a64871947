/*
 * Settings of the hep source: SIP messages and RTCP reports that a SIP server mirrors to this host
 * as HEP3 become Dialog and MediaStream records.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "agent/sources/hep_feed.h"
#include "agent/sources/sip_queue_conf.h"
#include "common/conf.h"
#include "common/fault.h"

#define HEP_LOCAL_MAX 64

struct hep_conf {
	unsigned line;
	const char *listen;
	bool allow_remote;
	bool udp;
	bool tcp;
	const char *key; /* NULL: none is asked for */
	struct conf_list local;
	int64_t buffer_bytes;
	struct sip_queue_conf queue;
	int64_t max_streams;
	int64_t max_dialogs;
	int64_t stream_idle_ms;
	int64_t dialog_idle_ms;
};

extern const struct conf_schema hep_schema;

/* The settings in the form the parts take them. */
struct hep_plan {
	struct sockaddr_storage at;
	socklen_t at_len;
	struct net_addr local[HEP_LOCAL_MAX];
	struct hep_feed_options feed; /* without observer; `calls.local` points into this struct */
};

/** Check what a schema cannot say and translate. Opens nothing. @return 0 or -EINVAL, explained. */
int hep_plan(const struct hep_conf *conf, struct hep_plan *out, struct fault *fault);
