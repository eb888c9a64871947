#include "common/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define BUF_FIRST_BYTES 256

void buf_init(struct buf *b, size_t max_bytes)
{
	*b = (struct buf){ .max = max_bytes };
}

void buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ .max = b->max };
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

static bool grow(struct buf *b, size_t need)
{
	size_t cap = b->cap > 0 ? b->cap : BUF_FIRST_BYTES;
	uint8_t *data;

	while (cap < need) {
		cap = cap <= b->max / 2 ? cap * 2 : b->max;
	}
	if (cap > b->max) {
		cap = b->max;
	}
	data = realloc(b->data, cap > 0 ? cap : 1);
	if (data == NULL) {
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

uint8_t *buf_reserve(struct buf *b, size_t n)
{
	/* memory is there from the first call on, so that NULL means failure even for no bytes at
	 * all */
	bool short_of = b->data == NULL || n > b->cap - b->len;

	if (b->failed || n > b->max - b->len || (short_of && !grow(b, b->len + n))) {
		b->failed = true;
		return NULL;
	}
	return b->data + b->len;
}

void buf_commit(struct buf *b, size_t n)
{
	assert(n <= b->cap - b->len);
	b->len += n;
}

void buf_add(struct buf *b, const void *data, size_t n)
{
	uint8_t *to;

	if (n == 0) {
		return;
	}
	to = buf_reserve(b, n);
	if (to != NULL) {
		memcpy(to, data, n);
		b->len += n;
	}
}

void buf_add_slice(struct buf *b, struct slice s)
{
	buf_add(b, s.at, s.len);
}

void buf_add_text(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

static void add_le(struct buf *b, uint64_t v, size_t n)
{
	uint8_t bytes[sizeof(v)];

	for (size_t i = 0; i < n; i++) {
		bytes[i] = (uint8_t)(v >> 8 * i);
	}
	buf_add(b, bytes, n);
}

void buf_add_u32le(struct buf *b, uint32_t v)
{
	add_le(b, v, sizeof(v));
}

void buf_add_u64le(struct buf *b, uint64_t v)
{
	add_le(b, v, sizeof(v));
}

void buf_add_varint(struct buf *b, uint64_t v)
{
	uint8_t bytes[10];
	size_t n = 0;

	while (v >= 0x80) {
		bytes[n++] = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	bytes[n++] = (uint8_t)v;
	buf_add(b, bytes, n);
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;
	uint8_t *to;
	int need;

	va_start(args, format);
	need = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (need < 0) {
		b->failed = true;
		return;
	}
	to = buf_reserve(b, (size_t)need + 1); /* vsnprintf wants to write its NUL */
	if (to == NULL) {
		return;
	}
	va_start(args, format);
	(void)vsnprintf((char *)to, (size_t)need + 1, format, args);
	va_end(args);
	b->len += (size_t)need;
}

void buf_drop_front(struct buf *b, size_t n)
{
	assert(n <= b->len);
	if (n > 0) {
		memmove(b->data, b->data + n, b->len - n);
		b->len -= n;
	}
}

const char *buf_text(struct buf *b)
{
	bool failed = b->failed;
	uint8_t *to;

	b->failed = false; /* what was written before a failure is still there to be read */
	to = buf_reserve(b, 1);
	b->failed = failed;
	if (to == NULL) {
		return "";
	}
	*to = '\0';
	return (const char *)b->data;
}
