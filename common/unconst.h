/*
 * protobuf-c's structs have no const: a message that is only packed may borrow text that must not
 * be written, and this says so at the place.
 */
#pragma once

#include <string.h>

/** The same pointer, without const; nobody may write through it. */
static inline void *unconst(const void *p)
{
	void *out;

	memcpy(&out, &p, sizeof(out)); /* a cast would be a warning, rightly */
	return out;
}
