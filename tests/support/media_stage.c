#include "tests/support/media_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static bool dialog_active(const void *arg, uint64_t dialog)
{
	const struct stage *s = arg;

	return dialog == DIALOG && !s->dialog_gone;
}

static struct media *open_media(struct stage *s, uint32_t max_streams)
{
	struct media *m = media_new(&(struct media_options){
		.observer = &s->w.observer,
		.max_streams = max_streams,
		.max_endpoints = max_streams,
		.idle_ns = 30000 * MS,
		.dialog_active = dialog_active,
		.arg = s,
	});

	assert_non_null(m);
	return m;
}

int stage_open(void **state)
{
	static struct stage stage;

	stage.dialog_gone = false;
	witness_open(&stage.w);
	stage.m = open_media(&stage, 16);
	*state = &stage;
	return 0;
}

int stage_close(void **state)
{
	struct stage *s = *state;

	media_free(s->m);
	witness_close(&s->w);
	return 0;
}

/* ---- packets ---- */

const struct stage_flow from_phone = {
	{ 0, 0xffff0a000001 }, { 0, 0xffff0a000002 }, PHONE_RTP, PBX_RTP, SSRC, 0
};

void put_u32(uint8_t *to, uint32_t v)
{
	to[0] = (uint8_t)(v >> 24);
	to[1] = (uint8_t)(v >> 16);
	to[2] = (uint8_t)(v >> 8);
	to[3] = (uint8_t)v;
}

/* One packet of 160 bytes of payload; the timestamp is given, so that a test can make it
 * inconsistent. */
bool send_packet(struct media *m, const struct stage_flow *f, uint16_t sequence, uint32_t timestamp,
                 int64_t at_ms)
{
	uint8_t bytes[12] = { 0x80, f->payload_type, (uint8_t)(sequence >> 8), (uint8_t)sequence };
	struct packet p = {
		.at_ns = START_NS + at_ms * MS,
		.src = f->src,
		.dst = f->dst,
		.src_port = f->src_port,
		.dst_port = f->dst_port,
		.payload = cursor_of(bytes, sizeof(bytes)),
		.payload_bytes = 172,
	};

	put_u32(bytes + 4, timestamp);
	put_u32(bytes + 8, f->ssrc);
	return media_rtp(m, &p, media_key(m, &p));
}

/* Packets of an even stream: numbers from..to. */
void send_run(struct media *m, const struct stage_flow *f, uint16_t from, uint16_t to)
{
	for (uint16_t n = from; n <= to; n++) {
		assert_true(send_packet(m, f, n, n * UINT32_C(160), n * FRAME));
	}
}

/* What a phone or PBX announces: PCMU, PCMA, opus and events at 101. */
struct sdp announcement(struct net_addr addr, uint16_t port)
{
	struct sdp sdp = { .n_media = 1 };

	sdp.media[0] = (struct sdp_media){
		.audio = true,
		.addr = addr,
		.has_addr = true,
		.port = port,
		.ptime_ms = 30,
		.n_formats = 4,
		.formats = {
			{ .payload_type = 0, .encoding = SLICE("PCMU"), .clock_hz = 8000 },
			{ .payload_type = 18, .encoding = SLICE("G729"), .clock_hz = 8000 },
			{ .payload_type = 111, .encoding = SLICE("opus"), .clock_hz = 48000 },
			{ .payload_type = 101, .encoding = SLICE("telephone-event"), .clock_hz = 8000 },
		},
	};
	return sdp;
}

void announce(struct stage *s, struct net_addr addr, uint16_t port, int64_t at_ms)
{
	struct sdp sdp = announcement(addr, port);

	media_announce(s->m, &sdp, CONTACT, DIALOG, START_NS + at_ms * MS, false);
}

struct media_counters counters_of(const struct stage *s)
{
	struct media_counters n;

	media_counters(s->m, &n);
	return n;
}
