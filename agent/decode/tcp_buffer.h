/*
 * The bytes of a TCP stream that came and wait, with the holes between them. Used by tcp.c only.
 *
 * Memory is taken when the first byte is put in and grows up to TCP_BUFFER_MAX_BYTES.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TCP_BUFFER_MAX_BYTES  65536
#define TCP_BUFFER_RANGES_MAX 8 /* holes at a time; the caller gives one up when there are more */

/* Bytes that came: offsets in the buffer, one past the last in `end`. */
struct tcp_range {
	uint32_t from;
	uint32_t end;
	int64_t first_ns; /* when the first of them came */
	int64_t last_ns;
};

struct tcp_buffer {
	uint8_t *data; /* owned; NULL until needed */
	uint32_t capacity;
	uint32_t n_ranges;
	struct tcp_range ranges[TCP_BUFFER_RANGES_MAX + 1]; /* ascending, apart from each other */
};

/* Bytes from the front without a hole. */
static inline uint32_t tcp_buffer_contiguous(const struct tcp_buffer *b)
{
	return b->n_ranges > 0 && b->ranges[0].from == 0 ? b->ranges[0].end : 0;
}

static inline bool tcp_buffer_has_hole(const struct tcp_buffer *b)
{
	return b->n_ranges > (tcp_buffer_contiguous(b) > 0 ? 1U : 0U);
}

/** Put bytes, at least one, at an offset; what is there already stays: the first copy of a byte
 * wins. There are at most TCP_BUFFER_RANGES_MAX ranges before. @return false without memory. */
bool tcp_buffer_put(struct tcp_buffer *b, uint32_t at, const uint8_t *bytes, uint32_t n,
                    int64_t at_ns);

/** The first n bytes, or as many as there are, are done with; the rest moves to the front. */
void tcp_buffer_drop_front(struct tcp_buffer *b, uint32_t n);

/** Give the memory back. */
void tcp_buffer_free(struct tcp_buffer *b);
