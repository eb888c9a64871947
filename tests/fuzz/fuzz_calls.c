/*
 * A sequence of frames: first one byte for the link type, then for each 2 bytes, of which the lower
 * 15 bits are the length and the highest says that 40 s passed, and the frame. Small tables, so
 * that they fill.
 */
#include "agent/track/calls.h"
#include "tests/fuzz/observe.h"

#define SLOTS    8
#define FRAMES   256
#define STEP_NS  INT64_C(20000000)
#define PAUSE_NS INT64_C(40000000000)

static const int links[] = { 1, 113, 276, 0, 108, 101, 228, 229 };

static size_t read_frames(struct cursor *c, struct frame *out)
{
	int link = links[cursor_u8(c) % (sizeof(links) / sizeof(links[0]))];
	int64_t at_ns = INT64_C(1795323487000000000);
	size_t n = 0;

	while (n < FRAMES && cursor_left(c) > 2) {
		uint16_t head = cursor_u16be(c);
		size_t len = head & 0x7fff;
		struct frame *f = &out[n++];

		len = len < cursor_left(c) ? len : cursor_left(c);
		at_ns += head >> 15 != 0 ? PAUSE_NS : STEP_NS;
		*f = (struct frame){ c->at, (uint32_t)len, (uint32_t)len, link, at_ns };
		cursor_skip(c, len);
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const everybody[] = { "*" };
	struct calls_options options = {
		.observer = observe(),
		.sip_ports = { CALLS_SIP_PORT },
		.n_sip_ports = 1,
		.tls_ports = { SIP_TLS_PORT },
		.n_tls_ports = 1,
		.queue = { .queues = everybody, .n_queues = 1, .agents = everybody, .n_agents = 1 },
		.max_streams = SLOTS,
		.max_dialogs = SLOTS,
		.stream_idle_ns = CALLS_STREAM_IDLE_NS,
		.dialog_idle_ns = CALLS_DIALOG_IDLE_NS,
	};
	struct cursor c = cursor_of(data, size);
	static struct frame frames[FRAMES];
	struct calls_counters counters;
	struct calls *calls = calls_new(&options);
	size_t n = read_frames(&c, frames);

	observed = 0;
	calls_frames(calls, frames, n);
	calls_finish(calls);
	calls_counters(calls, &counters);
	if (counters.frames != n || observed < counters.media.reported + counters.dialogs.records ||
	    counters.media.reported + counters.media.unproven + counters.media.recordings !=
	            counters.media.streams) {
		abort();
	}
	calls_free(calls);
	return 0;
}
