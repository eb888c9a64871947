/* An RTCP datagram, and its first bytes as an RTP header. */
#include <stdlib.h>

#include "agent/decode/rtcp.h"
#include "agent/decode/rtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void on_sender(void *arg, const struct rtcp_sender *s)
{
	(void)s;
	*(size_t *)arg += 24;
}

static void on_block(void *arg, const struct rtcp_block *b)
{
	expect(b->cumulative_lost >= -8388608 && b->cumulative_lost <= 8388607);
	*(size_t *)arg += 24;
}

static void on_voip(void *arg, const struct rtcp_voip *v)
{
	(void)v;
	*(size_t *)arg += 36;
}

static void on_bye(void *arg, uint32_t ssrc)
{
	(void)ssrc;
	*(size_t *)arg += 4;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t reported = 0;
	struct rtcp_handler handler = { &reported, on_sender, on_block, on_voip, on_bye };
	struct rtp_header header;
	bool ok = rtcp_walk(cursor_of(data, size), &handler);

	/* what is reported takes its bytes, each once */
	expect(ok ? reported <= size : reported == 0);
	expect(!(ok && rtp_decode(cursor_of(data, size), &header)));
	return 0;
}
