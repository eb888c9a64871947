/*
 * Segments of a few connections, one after the other. Each begins with 5 bytes: connection and
 * flags, tenths of a second that passed, how far its sequence number is from the end of the one
 * before (signed, 2 bytes), length of the data. The messages that come are parsed.
 */
#include <stdlib.h>

#include "agent/decode/sip.h"
#include "agent/decode/tcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CONNECTIONS 4

static void expect(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void on_message(void *arg, const struct packet *p, struct slice message)
{
	struct sip_msg m;

	(void)arg;
	expect(p->transport == PACKET_TCP && p->dst_port < CONNECTIONS);
	expect(message.len > 0 && message.len <= SIP_MESSAGE_MAX_BYTES);
	expect(sip_parse(message, &m) != SIP_NOT_SIP);
}

static void add_segment(struct tcp *t, struct cursor *c, int64_t *now_ns, uint32_t *ends)
{
	struct packet p = { .transport = PACKET_TCP, .src_port = 40000 };
	uint8_t which = cursor_u8(c);
	size_t n;

	p.dst_port = which % CONNECTIONS;
	p.tcp_flags = (which & 0x10 ? PACKET_TCP_SYN : 0) | (which & 0x20 ? PACKET_TCP_FIN : 0);
	*now_ns += (int64_t)cursor_u8(c) * INT64_C(100000000);
	p.at_ns = *now_ns;
	p.tcp_sequence = ends[p.dst_port] + (uint32_t)(int32_t)(int16_t)cursor_u16be(c);
	n = cursor_u8(c);
	n = n < cursor_left(c) ? n : cursor_left(c);
	p.payload = cursor_sub(c, n);
	p.payload_bytes = (uint32_t)n;
	ends[p.dst_port] = p.tcp_sequence + (uint32_t)n;
	tcp_segment(t, &p, (which & 0x40) == 0);
	if ((which & 0x80) != 0) {
		tcp_tick(t, *now_ns);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct siphash_key key = { 1, 2 };
	uint32_t ends[CONNECTIONS] = { 0, 1000, UINT32_MAX - 50, UINT32_MAX / 2 };
	struct cursor c = cursor_of(data, size);
	struct tcp *t = tcp_new(&key, on_message, NULL);
	int64_t now_ns = 0;

	if (t == NULL) {
		return 0;
	}
	while (cursor_left(&c) >= 5) {
		add_segment(t, &c, &now_ns, ends);
	}
	tcp_tick(t, now_ns + INT64_C(2000000000));
	expect(tcp_counters(t)->flows <= size);
	tcp_free(t);
	return 0;
}
