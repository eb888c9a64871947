#include "common/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BLOCK_BYTES ((size_t)64 * 1024)

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

static struct arena_block *add_block(struct arena *a, size_t at_least)
{
	size_t size = at_least > ARENA_BLOCK_BYTES ? at_least : ARENA_BLOCK_BYTES;
	struct arena_block *block = malloc(sizeof(*block) + size);

	if (block != NULL) {
		*block = (struct arena_block){ .next = a->blocks, .size = size };
		a->blocks = block;
	}
	return block;
}

void *arena_alloc(struct arena *a, size_t size_bytes)
{
	const size_t align = alignof(max_align_t);
	struct arena_block *block = a->blocks;
	void *out;

	if (size_bytes > a->max_bytes) {
		return NULL;
	}
	size_bytes = (size_bytes + align - 1) / align * align;
	if (size_bytes > a->max_bytes - a->used_bytes) {
		return NULL;
	}
	if (block == NULL || size_bytes > block->size - block->used) {
		block = add_block(a, size_bytes);
		if (block == NULL) {
			return NULL;
		}
	}
	out = block->data + block->used;
	block->used += size_bytes;
	a->used_bytes += size_bytes;
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
	if (keep->size > ARENA_BLOCK_BYTES) {
		arena_free(a); /* an oversized block is not worth keeping */
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
