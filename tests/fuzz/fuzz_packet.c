/* Frames of every link type: the first byte says which. Ethernet is decoded twice, by the path for
 * the usual packet and by the one for all others, which must agree. */
#include <stdlib.h>

#include "agent/decode/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void check(const struct packet *p, struct cursor frame)
{
	expect(!p->payload.bad);
	expect(cursor_left(&p->payload) <= p->payload_bytes);
	expect(p->payload.at >= frame.at && p->payload.end <= frame.end);
	expect(p->payload.at <= p->payload.end);
}

static void check_fragment(const struct packet_fragment *f, struct cursor frame)
{
	expect(cursor_left(&f->data) <= f->data_bytes);
	expect(f->data.at >= frame.at && f->data.end <= frame.end);
	expect(f->offset % 8 == 0 && f->offset + f->data_bytes <= 65535);
}

static void compare_paths(const struct packet *usual, enum packet_result rc, struct cursor frame)
{
	static const int raw_ipv4 = 228;
	struct packet_fragment piece;
	struct packet other;
	struct cursor inner = frame;
	const uint8_t *link = cursor_take(&inner, 14);

	if (link == NULL || link[12] != 0x08 || link[13] != 0x00) {
		return;
	}
	expect(packet_decode(raw_ipv4, inner, &other, &piece) == rc);
	if (rc == PACKET_OK) {
		expect(net_addr_eq(usual->src, other.src) && net_addr_eq(usual->dst, other.dst));
		expect(usual->src_port == other.src_port && usual->dst_port == other.dst_port);
		expect(usual->payload.at == other.payload.at);
		expect(usual->payload.end == other.payload.end);
		expect(usual->payload_bytes == other.payload_bytes);
		expect(usual->transport == other.transport);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int links[] = { 1, 113, 276, 0, 108, 101, 12, 14, 228, 229, 147 };
	char text[NET_ADDR_TEXT_MAX];
	struct packet_fragment piece;
	struct packet p;
	struct cursor frame;
	enum packet_result rc;
	int link;

	if (size == 0) {
		return 0;
	}
	link = links[data[0] % (sizeof(links) / sizeof(links[0]))];
	frame = cursor_of(data + 1, size - 1);
	rc = packet_decode(link, frame, &p, &piece);
	expect((unsigned)rc < PACKET_RESULTS);
	expect((rc == PACKET_LINK_UNKNOWN) == !packet_link_known(link));
	if (rc == PACKET_OK) {
		struct net_addr again;

		check(&p, frame);
		(void)net_addr_text(p.src, text);
		expect(net_addr_parse(text, strlen(text), &again) == 0);
		expect(net_addr_eq(p.src, again));
	} else if (rc == PACKET_FRAGMENT) {
		check_fragment(&piece, frame);
	}
	if (link == 1) {
		compare_paths(&p, rc, frame);
	}
	return 0;
}
