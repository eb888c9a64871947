/*
 * An observer for fuzz targets: every record is packed, as the source does with it. Targets stand
 * alone, so this is a header.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/track/observer.h"

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

/** Made once a process: a site key is a file. */
static inline struct observer *observe(void)
{
	static const struct pseudonym_plan plan = { 0 };
	static struct observer o;
	static struct pseudonym *p;
	char path[] = "/tmp/fuzz-key-XXXXXX";
	struct fault fault;

	if (p == NULL) {
		int fd = mkstemp(path);

		if (fd < 0 || close(fd) != 0 || unlink(path) != 0 ||
		    pseudonym_write_key(path, &fault) != 0 ||
		    pseudonym_open(&p, path, &plan, &fault) != 0) {
			abort();
		}
		(void)unlink(path);
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
