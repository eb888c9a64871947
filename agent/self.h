/*
 * What the agent costs its host, as evidence about itself: a Gauge with source SELF and no queue.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/env.h"
#include "proto/evidence.pb-c.h"

#define SELF_SLOT_US (INT64_C(300) * 1000000)

struct self_sample {
	int64_t wall_us;
	int64_t mono_us;
	int64_t cpu_us; /* user and system, of all threads */
	uint64_t rss_bytes;
};

/** What it is now. */
void self_sample(const struct env *env, struct self_sample *out);

/** Fill the gauge of the slot between two samples. `host` is borrowed by it. @param offset_us
 * collector's clock less ours; NULL: not known. */
void self_gauge(const struct self_sample *from, const struct self_sample *to, const char *host,
                const int64_t *offset_us, Cxm__Gauge *out);
