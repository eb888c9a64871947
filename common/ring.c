#include "common/ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RING_SKIP  UINT32_MAX /* in place of a length: the rest of the lap is unused */
#define RING_ALIGN ((size_t)8)
#define RING_HEAD  RING_ALIGN /* a length, and nothing up to the next aligned byte */

static size_t room_of(uint32_t len_bytes)
{
	return RING_HEAD + (len_bytes + RING_ALIGN - 1) / RING_ALIGN * RING_ALIGN;
}

int ring_init(struct ring *r, size_t size_bytes)
{
	size_t size = 4096;

	while (size < size_bytes && size <= SIZE_MAX / 4) {
		size *= 2;
	}
	r->data = malloc(size);
	if (r->data == NULL) {
		return -ENOMEM;
	}
	r->size = size;
	atomic_init(&r->head, 0);
	atomic_init(&r->tail, 0);
	return 0;
}

void ring_free(struct ring *r)
{
	free(r->data);
	r->data = NULL;
}

bool ring_push(struct ring *r, const void *data, uint32_t len_bytes)
{
	size_t head = atomic_load_explicit(&r->head, memory_order_relaxed);
	size_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
	size_t need = room_of(len_bytes);
	size_t at = head & (r->size - 1);
	size_t to_end = r->size - at;
	size_t skip = need > to_end ? to_end : 0;
	uint32_t mark = RING_SKIP;

	if (need > r->size / 4 || r->size - (head - tail) < need + skip) {
		return false;
	}
	if (skip > 0) {
		memcpy(r->data + at, &mark, sizeof(mark)); /* to_end is at least RING_ALIGN */
		at = 0;
	}
	memcpy(r->data + at, &len_bytes, sizeof(len_bytes));
	if (len_bytes > 0) {
		memcpy(r->data + at + RING_HEAD, data, len_bytes);
	}
	atomic_store_explicit(&r->head, head + skip + need, memory_order_release);
	return true;
}

/* Where the next message lies and how far the tail moves past it; false when there is none. */
static bool next_message(const struct ring *r, size_t *at, uint32_t *len_bytes, size_t *step)
{
	size_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);
	size_t head = atomic_load_explicit(&r->head, memory_order_acquire);
	size_t skip = 0;

	if (head == tail) {
		return false;
	}
	*at = tail & (r->size - 1);
	memcpy(len_bytes, r->data + *at, sizeof(*len_bytes));
	if (*len_bytes == RING_SKIP) {
		skip = r->size - *at;
		*at = 0;
		memcpy(len_bytes, r->data, sizeof(*len_bytes));
	}
	*step = skip + room_of(*len_bytes);
	return true;
}

const void *ring_peek(const struct ring *r, uint32_t *len_bytes)
{
	size_t at;
	size_t step;

	return next_message(r, &at, len_bytes, &step) ? r->data + at + RING_HEAD : NULL;
}

void ring_pop(struct ring *r)
{
	size_t at;
	size_t step;
	uint32_t len_bytes;

	if (next_message(r, &at, &len_bytes, &step)) {
		size_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

		atomic_store_explicit(&r->tail, tail + step, memory_order_release);
	}
}
