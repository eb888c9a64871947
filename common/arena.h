/*
 * Memory that is taken piece by piece and given back all at once, with a ceiling.
 *
 * A 1 MiB frame of empty sub-messages makes protobuf-c ask for 80 MB: decoding happens in an arena,
 * so the ceiling holds and giving back is one step. The ceiling counts what was handed out; blocks
 * that are not quite full may make the memory held a third more, and one block of 64 KiB.
 */
#pragma once

#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

struct arena_block;

struct arena {
	struct arena_block *blocks; /* owned; the newest first */
	size_t used_bytes;
	size_t max_bytes;
};

void arena_init(struct arena *a, size_t max_bytes);

/** Zeroed memory aligned for anything; NULL past the ceiling or without memory. */
void *arena_alloc(struct arena *a, size_t size_bytes);

/** A copy of n bytes with a NUL behind it; NULL as above. */
char *arena_text(struct arena *a, const char *text, size_t len_bytes);

/** Forget everything; one block is kept for the next round. */
void arena_reset(struct arena *a);
void arena_free(struct arena *a);

/** The arena as protobuf-c wants it; valid as long as the arena. */
ProtobufCAllocator arena_allocator(struct arena *a);
