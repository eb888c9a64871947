/* Addresses as text and back (RFC 4291 2.2). */
#include <arpa/inet.h>
#include <errno.h>

#include "agent/decode/bytes.h"
#include "agent/decode/packet.h"

const char *net_addr_text(struct net_addr a, char out[NET_ADDR_TEXT_MAX])
{
	uint64_t high = __builtin_bswap64(a.high);
	uint64_t low = __builtin_bswap64(a.low);
	uint8_t bytes[16];

	memcpy(bytes, &high, 8);
	memcpy(bytes + 8, &low, 8);
	if (net_addr_is_v4(a)) {
		(void)inet_ntop(AF_INET, bytes + 12, out, NET_ADDR_TEXT_MAX);
	} else {
		(void)inet_ntop(AF_INET6, bytes, out, NET_ADDR_TEXT_MAX);
	}
	return out;
}

int net_addr_parse(const char *text, size_t len, struct net_addr *out)
{
	char terminated[NET_ADDR_TEXT_MAX];
	uint8_t bytes[16];

	if (len == 0 || len >= sizeof(terminated) || memchr(text, '\0', len) != NULL) {
		return -EINVAL;
	}
	memcpy(terminated, text, len);
	terminated[len] = '\0';
	if (inet_pton(AF_INET, terminated, bytes) == 1) {
		*out = net_addr_v4(bytes_u32be(bytes));
		return 0;
	}
	if (inet_pton(AF_INET6, terminated, bytes) == 1) {
		*out = (struct net_addr){ bytes_u64be(bytes), bytes_u64be(bytes + 8) };
		return 0;
	}
	return -EINVAL;
}
