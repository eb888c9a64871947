/*
 * Some interfaces of C have no const where they only read: structs of protobuf-c that are packed,
 * execv, jansson's loops, cmocka's states. What is handed to them may borrow what must not be
 * written, and this says so at the place.
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
