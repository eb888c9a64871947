/* Bytes of a stream and the holes between them; see its header. */
#include "agent/decode/tcp_buffer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BYTES 4096

static bool make_room(struct tcp_buffer *b, uint32_t bytes)
{
	uint32_t capacity = b->capacity > 0 ? b->capacity : FIRST_BYTES;
	uint8_t *data;

	while (capacity < bytes) {
		capacity *= 2;
	}
	if (capacity == b->capacity) {
		return true;
	}
	data = realloc(b->data, capacity);
	if (data == NULL) {
		return false;
	}
	b->data = data;
	b->capacity = capacity;
	return true;
}

/* Copy what is not there yet: the first copy of a byte wins. */
static void fill_gaps(struct tcp_buffer *b, const uint8_t *bytes, uint32_t from, uint32_t end)
{
	uint32_t at = from;

	for (uint32_t i = 0; i < b->n_ranges && at < end; i++) {
		const struct tcp_range *r = &b->ranges[i];

		if (at < r->from) {
			uint32_t until = r->from < end ? r->from : end;

			memcpy(b->data + at, bytes + (at - from), until - at);
		}
		at = at < r->end ? r->end : at;
	}
	if (at < end) {
		memcpy(b->data + at, bytes + (at - from), end - at);
	}
}

/* Add a range, joined with those it touches. */
static void add_range(struct tcp_buffer *b, struct tcp_range added)
{
	uint32_t first = 0;
	uint32_t behind;

	while (first < b->n_ranges && b->ranges[first].end < added.from) {
		first++;
	}
	for (behind = first; behind < b->n_ranges && b->ranges[behind].from <= added.end;
	     behind++) {
		const struct tcp_range *r = &b->ranges[behind];

		added.from = r->from < added.from ? r->from : added.from;
		added.end = r->end > added.end ? r->end : added.end;
		added.first_ns = r->first_ns < added.first_ns ? r->first_ns : added.first_ns;
		added.last_ns = r->last_ns > added.last_ns ? r->last_ns : added.last_ns;
	}
	memmove(&b->ranges[first + 1], &b->ranges[behind],
	        (b->n_ranges - behind) * sizeof(b->ranges[0]));
	b->ranges[first] = added;
	b->n_ranges = b->n_ranges + 1 - (behind - first);
}

bool tcp_buffer_put(struct tcp_buffer *b, uint32_t at, const uint8_t *bytes, uint32_t n,
                    int64_t at_ns)
{
	assert(n > 0 && b->n_ranges <= TCP_BUFFER_RANGES_MAX);
	if (!make_room(b, at + n)) {
		return false;
	}
	fill_gaps(b, bytes, at, at + n);
	add_range(b, (struct tcp_range){ at, at + n, at_ns, at_ns });
	return true;
}

void tcp_buffer_drop_front(struct tcp_buffer *b, uint32_t n)
{
	uint32_t end = b->n_ranges > 0 ? b->ranges[b->n_ranges - 1].end : 0;
	uint32_t kept = 0;

	if (n == 0) {
		return;
	}
	if (end > n) {
		memmove(b->data, b->data + n, end - n);
	}
	for (uint32_t i = 0; i < b->n_ranges; i++) {
		struct tcp_range r = b->ranges[i];

		if (r.end > n) {
			r.from = r.from > n ? r.from - n : 0;
			r.end -= n;
			b->ranges[kept++] = r;
		}
	}
	b->n_ranges = kept;
}

void tcp_buffer_free(struct tcp_buffer *b)
{
	free(b->data);
	*b = (struct tcp_buffer){ 0 };
}
