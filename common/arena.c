#include "common/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BLOCK_BYTES ((size_t)64 * 1024)
#define OWN_BLOCK_BYTES                                                                            \
	(ARENA_BLOCK_BYTES / 4) /* above: a block of its own, so little is wasted                  \
	                         */

/* A sanitizer sees a read past a piece although the pieces lie in one allocation. */
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON 1
#endif
#endif
#if defined(ARENA_POISON)
#include <sanitizer/asan_interface.h>
#define FORBID(at, n) ASAN_POISON_MEMORY_REGION((at), (n))
#define PERMIT(at, n) ASAN_UNPOISON_MEMORY_REGION((at), (n))
#else
#define FORBID(at, n) ((void)(at), (void)(n))
#define PERMIT(at, n) ((void)(at), (void)(n))
#endif

struct arena_block {
	struct arena_block *next;
	size_t size;
	size_t used;
	alignas(max_align_t) uint8_t data[];
};

void arena_init(struct arena *a, size_t max_bytes)
{
	*a = (struct arena){ .max_bytes = max_bytes };
}

static struct arena_block *new_block(size_t size)
{
	struct arena_block *block = malloc(sizeof(*block) + size);

	if (block != NULL) {
		*block = (struct arena_block){ .size = size };
		FORBID(block->data, size);
	}
	return block;
}

/* A block with room: the newest, a new one in front of it, or one behind it that is just big
 * enough.
 */
static struct arena_block *block_with_room(struct arena *a, size_t size)
{
	struct arena_block *newest = a->blocks;
	bool own = size > OWN_BLOCK_BYTES;
	struct arena_block *block;

	if (newest != NULL && size <= newest->size - newest->used) {
		return newest;
	}
	block = new_block(own ? size : ARENA_BLOCK_BYTES);
	if (block == NULL) {
		return NULL;
	}
	if (own && newest != NULL) {
		block->next = newest->next;
		newest->next = block;
	} else {
		block->next = newest;
		a->blocks = block;
	}
	return block;
}

void *arena_alloc(struct arena *a, size_t size_bytes)
{
	const size_t align = alignof(max_align_t);
	struct arena_block *block;
	size_t room;
	void *out;

	if (size_bytes > a->max_bytes) {
		return NULL;
	}
	room = (size_bytes + align - 1) / align * align;
	if (room > a->max_bytes - a->used_bytes) {
		return NULL;
	}
	block = block_with_room(a, room);
	if (block == NULL) {
		return NULL;
	}
	out = block->data + block->used;
	block->used += room;
	a->used_bytes += room;
	PERMIT(out, size_bytes);
	return memset(out, 0, size_bytes);
}

char *arena_text(struct arena *a, const char *text, size_t len_bytes)
{
	char *out = arena_alloc(a, len_bytes + 1);

	if (out != NULL && len_bytes > 0) {
		memcpy(out, text, len_bytes);
	}
	return out;
}

static void free_blocks(struct arena_block *block)
{
	while (block != NULL) {
		struct arena_block *next = block->next;

		free(block);
		block = next;
	}
}

void arena_reset(struct arena *a)
{
	struct arena_block *keep = a->blocks;

	a->used_bytes = 0;
	if (keep == NULL) {
		return;
	}
	free_blocks(keep->next);
	keep->next = NULL;
	keep->used = 0;
	FORBID(keep->data, keep->size);
	if (keep->size != ARENA_BLOCK_BYTES) {
		arena_free(a); /* a block made for one big piece is not worth keeping */
	}
}

void arena_free(struct arena *a)
{
	free_blocks(a->blocks);
	a->blocks = NULL;
	a->used_bytes = 0;
}

static void *for_protobuf(void *arg, size_t size_bytes)
{
	return arena_alloc(arg, size_bytes);
}

static void nothing_to_free(void *arg, void *pointer)
{
	(void)arg;
	(void)pointer;
}

ProtobufCAllocator arena_allocator(struct arena *a)
{
	return (ProtobufCAllocator){ for_protobuf, nothing_to_free, a };
}
