#include "tests/support/frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BYTES_MAX  ((size_t)8 * 1024 * 1024)
#define IP_HEAD    20
#define UDP_HEAD   8
#define TCP_HEAD   20
#define PROTO_ICMP 1
#define PROTO_TCP  6
#define PROTO_UDP  17

void frames_open(struct frames *f)
{
	f->bytes = malloc(BYTES_MAX);
	f->list = calloc(FRAMES_MAX, sizeof(f->list[0]));
	assert_non_null(f->bytes);
	assert_non_null(f->list);
	f->used = 0;
	f->n = 0;
}

void frames_close(struct frames *f)
{
	free(f->bytes);
	free(f->list);
}

static uint8_t *put(uint8_t *to, uint64_t v, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--) {
		*to++ = (uint8_t)(v >> (8 * i));
	}
	return to;
}

struct piece {
	uint8_t protocol;
	uint16_t id;
	uint16_t offset_and_flags;
	const uint8_t *data;
	size_t len;
};

static void add_ip(struct frames *f, int64_t at_ms, const struct talk *t, const struct piece *p)
{
	uint8_t *start = f->bytes + f->used;
	uint8_t *to = start;

	assert_true(f->n < FRAMES_MAX);
	assert_true(f->used + 14 + IP_HEAD + p->len <= BYTES_MAX);
	memset(to, 2, 12); /* hardware addresses */
	to = put(to + 12, 0x0800, 2);
	to = put(to, 0x4500, 2);
	to = put(to, IP_HEAD + p->len, 2);
	to = put(to, p->id, 2);
	to = put(to, p->offset_and_flags, 2);
	to = put(to, 64, 1);
	to = put(to, p->protocol, 1);
	to = put(to, 0, 2);
	to = put(to, t->src, 4);
	to = put(to, t->dst, 4);
	memcpy(to, p->data, p->len);
	to += p->len;
	f->used += (size_t)(to - start);
	f->list[f->n++] = (struct frame){
		.at = start,
		.len_bytes = (uint32_t)(to - start),
		.wire_bytes = (uint32_t)(to - start),
		.link = FRAMES_LINK,
		.at_ns = FRAMES_START_NS + at_ms * 1000000,
	};
}

static size_t make_udp(uint8_t *out, const struct talk *t, const void *data, size_t len)
{
	uint8_t *to = put(out, t->src_port, 2);

	assert_true(len + UDP_HEAD <= UINT16_MAX);
	to = put(to, t->dst_port, 2);
	to = put(to, UDP_HEAD + len, 2);
	to = put(to, 0, 2);
	memcpy(to, data, len);
	return UDP_HEAD + len;
}

void frames_udp(struct frames *f, int64_t at_ms, const struct talk *t, const void *data, size_t len)
{
	static uint8_t datagram[UINT16_MAX];
	struct piece p = { .protocol = PROTO_UDP, .data = datagram };

	p.len = make_udp(datagram, t, data, len);
	add_ip(f, at_ms, t, &p);
}

void frames_udp_pieces(struct frames *f, int64_t at_ms, const struct talk *t, const void *data,
                       size_t len, size_t piece)
{
	static uint8_t datagram[UINT16_MAX];
	size_t all = make_udp(datagram, t, data, len);

	for (size_t at = 0; at < all; at += piece) {
		bool more = at + piece < all;
		struct piece p = {
			.protocol = PROTO_UDP,
			.id = 4711,
			.offset_and_flags = (uint16_t)((more ? 0x2000 : 0) | at / 8),
			.data = datagram + at,
			.len = more ? piece : all - at,
		};

		add_ip(f, at_ms, t, &p);
	}
}

void frames_tcp(struct frames *f, int64_t at_ms, const struct talk *t, uint32_t sequence,
                const void *data, size_t len)
{
	static uint8_t segment[UINT16_MAX];
	struct piece p = { .protocol = PROTO_TCP, .data = segment, .len = TCP_HEAD + len };
	uint8_t *to = put(segment, t->src_port, 2);

	to = put(to, t->dst_port, 2);
	to = put(to, sequence, 4);
	to = put(to, 0, 4);
	to = put(to, 0x5018, 2); /* five words of header; PSH, ACK */
	to = put(to, 8192, 2);
	to = put(to, 0, 4);
	memcpy(to, data, len);
	add_ip(f, at_ms, t, &p);
}

void frames_icmp_quote(struct frames *f, int64_t at_ms)
{
	static uint8_t message[2048];
	const struct frame *last = &f->list[f->n - 1];
	size_t quoted = last->len_bytes - 14;
	struct talk back = { 0x0a000002, 0x0a000001, 0, 0 };
	struct piece p = { .protocol = PROTO_ICMP, .data = message, .len = 8 + quoted };

	assert_true(p.len <= sizeof(message));
	memset(message, 0, 8);
	message[0] = 3; /* destination unreachable, */
	message[1] = 3; /* port */
	memcpy(message + 8, last->at + 14, quoted);
	add_ip(f, at_ms, &back, &p);
}

void frames_sip(struct frames *f, int64_t at_ms, const struct talk *t, const char *format, ...)
{
	char text[4096];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	assert_true(len > 0 && (size_t)len < sizeof(text));
	frames_udp(f, at_ms, t, text, (size_t)len);
}

void frames_rtp(struct frames *f, int64_t at_ms, const struct talk *t, uint32_t ssrc,
                uint16_t sequence)
{
	uint8_t packet[172] = { 0x80, 0 };
	uint8_t *to = put(packet + 2, sequence, 2);

	to = put(to, (uint32_t)(sequence * 160), 4);
	(void)put(to, ssrc, 4);
	frames_udp(f, at_ms, t, packet, sizeof(packet));
}

void frames_write(const struct frames *f, size_t from, size_t to, const char *path)
{
	const uint32_t head[6] = { 0xa1b23c4d, 4 << 16 | 2, 0, 0, 65535, FRAMES_LINK };
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(head, sizeof(head), 1, file), 1);
	for (size_t i = from; i < to; i++) {
		const struct frame *p = &f->list[i];
		const uint32_t record[4] = { (uint32_t)(p->at_ns / 1000000000),
			                     (uint32_t)(p->at_ns % 1000000000), p->len_bytes,
			                     p->wire_bytes };

		assert_int_equal(fwrite(record, sizeof(record), 1, file), 1);
		assert_int_equal(fwrite(p->at, p->len_bytes, 1, file), 1);
	}
	assert_int_equal(fclose(file), 0);
}
