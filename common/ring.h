/*
 * A ring of messages between exactly two threads: one writes, one reads; no locks.
 *
 * Each message is a length and its bytes, aligned for any integer. `head` is written by the writer
 * only, `tail` by the reader only; each reads the other's with acquire order, so what a message
 * holds is visible before the message is.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_CACHE_LINE 64

/* Padding instead of alignment: malloc would not honour that of a struct that holds a ring. */
struct ring {
	uint8_t *data; /* owned */
	size_t size;   /* power of two */
	uint8_t apart_from_size[RING_CACHE_LINE];
	atomic_size_t head; /* bytes ever written */
	uint8_t apart_from_head[RING_CACHE_LINE];
	atomic_size_t tail; /* bytes ever read */
};

/** @param size_bytes  rounded up to a power of two, at least 4096. @return 0 or -ENOMEM. */
int ring_init(struct ring *r, size_t size_bytes);
void ring_free(struct ring *r);

/** Writer: false when there is no room now. A message longer than a quarter of the ring never fits.
 */
bool ring_push(struct ring *r, const void *data, uint32_t len_bytes);

/** Reader: the next message, or NULL. It stays valid until ring_pop. */
const void *ring_peek(const struct ring *r, uint32_t *len_bytes);
void ring_pop(struct ring *r);
