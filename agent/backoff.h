/*
 * How long to wait before trying again: exponential, with full jitter, so that a thousand agents
 * that lost one collector do not come back in step (Brooker 2015,
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
#pragma once

#include <stdint.h>

#include "common/env.h"

struct backoff {
	int64_t min_ms;
	int64_t max_ms;
	unsigned failures; /* since the last success; set it to 0 then */
};

/** The next pause [ms]: at least min, at most max, the ceiling doubling with each failure. */
static inline int64_t backoff_next_ms(struct backoff *b, const struct env *env)
{
	int64_t ceiling_ms = b->min_ms;
	uint64_t dice = 0;

	for (unsigned i = 0; i <= b->failures && ceiling_ms < b->max_ms; i++) {
		ceiling_ms *= 2;
	}
	ceiling_ms = ceiling_ms < b->max_ms ? ceiling_ms : b->max_ms;
	b->failures++;
	/* without randomness all wait their longest, which is safe */
	if (env->random(env->arg, &dice, sizeof(dice)) != 0 || ceiling_ms <= b->min_ms) {
		return ceiling_ms;
	}
	return b->min_ms + (int64_t)(dice % (uint64_t)(ceiling_ms - b->min_ms + 1));
}
