#include "agent/decode/proc_net.h"

#include <errno.h>
#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'A' && c <= 'F') {
		return c - 'A' + 10;
	}
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int hex(struct slice s, size_t digits, uint64_t *out)
{
	*out = 0;
	if (s.len != digits) {
		return -EBADMSG;
	}
	for (size_t i = 0; i < digits; i++) {
		int digit = hex_digit(s.at[i]);

		if (digit < 0) {
			return -EBADMSG;
		}
		*out = *out << 4 | (uint64_t)digit;
	}
	return 0;
}

static struct slice next_word(struct slice *line)
{
	while (line->len > 0 && slice_is_space(line->at[0])) {
		line->at++;
		line->len--;
	}
	return slice_cut(line, ' ');
}

/* The address is printed as words of 32 bits in the order of the host's bytes, each of which holds
 * four bytes of the address in the order of the network. */
static int address(struct slice text, struct net_addr *out)
{
	uint32_t words[4];
	size_t n = text.len / 8;

	if (text.len != 8 && text.len != 32) {
		return -EBADMSG;
	}
	for (size_t i = 0; i < n; i++) {
		uint64_t word;
		uint32_t host;

		if (hex((struct slice){ text.at + 8 * i, 8 }, 8, &word) != 0) {
			return -EBADMSG;
		}
		host = (uint32_t)word;
		words[i] =
			__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap32(host) : host;
	}
	*out = n == 1 ? net_addr_v4(words[0])
	              : (struct net_addr){ (uint64_t)words[0] << 32 | words[1],
		                           (uint64_t)words[2] << 32 | words[3] };
	return 0;
}

int proc_net_socket(struct slice line, struct proc_net_socket *out)
{
	struct slice slot = next_word(&line);
	struct slice local = next_word(&line);
	struct slice host = slice_cut(&local, ':');
	uint64_t port;
	uint64_t state;

	(void)next_word(&line); /* the peer */
	if (slot.len < 2 || slot.at[slot.len - 1] != ':' || hex(local, 4, &port) != 0 ||
	    hex(next_word(&line), 2, &state) != 0 || address(host, &out->address) != 0) {
		return -EBADMSG;
	}
	out->port = (uint16_t)port;
	out->state = (uint8_t)state;
	return 0;
}

/* "  eth0: 1000 10 0 0 0 0 0 0 2000 20 ...": eight figures of what came, eight of what went. */
int proc_net_device(struct slice line, struct proc_net_device *out)
{
	struct slice name = slice_trim(slice_cut(&line, ':'));
	uint64_t figures[16];

	for (size_t i = 0; i < 16; i++) {
		if (slice_u64(slice_trim(next_word(&line)), UINT64_MAX, &figures[i]) != 0) {
			return -EBADMSG;
		}
	}
	if (name.len == 0 || name.len >= sizeof(out->name) ||
	    memchr(name.at, '\0', name.len) != NULL) {
		return -EBADMSG;
	}
	memcpy(out->name, name.at, name.len);
	out->name[name.len] = '\0';
	out->received_packets = figures[1];
	out->sent_packets = figures[9];
	return 0;
}
