/*
 * An observer for fuzz targets: every record is packed, as the source does with it.
 */
#pragma once

#include <stdint.h>
#include <stdlib.h>

#include "agent/track/observer.h"
#include "tests/support/site_key.h"

static uint64_t observed; /* records */

static inline void observe_record(void *arg, const ProtobufCMessage *m)
{
	uint8_t packed[4096];

	(void)arg;
	if (protobuf_c_message_get_packed_size(m) > sizeof(packed)) {
		abort();
	}
	(void)protobuf_c_message_pack(m, packed);
	observed++;
}

/** Made once a process. */
static inline struct observer *observe(void)
{
	static const struct pseudonym_plan plan = { 0 };
	static struct observer o;
	static struct pseudonym *p;

	if (p == NULL) {
		p = site_key_open(&plan);
		o = (struct observer){
			.host = "pbx1",
			.source = CXM__SOURCE__CAPTURE,
			.pseudonym = p,
			.key = { 1, 2 },
			.emit = { observe_record, NULL },
		};
	}
	return &o;
}
