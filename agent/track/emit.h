/* How a tracker hands over a finished record: the message is borrowed for the call. */
#pragma once

#include <protobuf-c/protobuf-c.h>

struct emit {
	void (*record)(void *arg, const ProtobufCMessage *m);
	void *arg;
};

static inline void emit_record(const struct emit *e, const ProtobufCMessage *m)
{
	e->record(e->arg, m);
}
