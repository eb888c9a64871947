/* The round trip that a sender report and the block that answers it give (RFC 3550 6.4.1). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define ROUND_TRIP_MAX_NS INT64_C(10000000000) /* longer is a wrong clock, not a network */

/**
 * Round trip between the point of observation and the sender of a report block: the block's passing
 * less that of the sender report it answers less the time it lay there.
 * @param dlsr  delay since that sender report [1/65536 s].
 * @return false when it is negative or above ROUND_TRIP_MAX_NS: one of the three is wrong.
 */
static inline bool round_trip(int64_t block_ns, int64_t sender_ns, uint32_t dlsr, int64_t *out)
{
	int64_t lay_ns = (int64_t)((uint64_t)dlsr * 1000000000 >> 16);

	*out = block_ns - sender_ns - lay_ns;
	return *out >= 0 && *out <= ROUND_TRIP_MAX_NS;
}
