/* How a tracker hands over a finished record: the message is borrowed for the call. */
#pragma once

#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

struct emit {
	void (*record)(void *arg, const ProtobufCMessage *m);
	void *arg;
};

static inline void emit_record(const struct emit *e, const ProtobufCMessage *m)
{
	e->record(e->arg, m);
}

/** A duration as records carry it: whole milliseconds, 0 where the clock went back, UINT32_MAX for
 * more than fits. */
static inline uint32_t emit_ms(int64_t from_us, int64_t to_us)
{
	int64_t ms = (to_us - from_us) / 1000;

	return ms < 0 ? 0 : ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
}
