/* A stream of HEP3 messages, as over TCP: framed, decoded, unpacked and followed. */
#include "agent/sources/hep_feed.h"
#include "tests/fuzz/observe.h"

#define SLOTS  8
#define NOW_NS INT64_C(1795323487000000000)

static void follow(struct hep_feed *feed, struct cursor c)
{
	int64_t now_ns = NOW_NS;
	int bytes;

	while (cursor_left(&c) > 0 && (bytes = hep_frame(c)) > 0 &&
	       (size_t)bytes <= cursor_left(&c)) {
		hep_feed_message(feed, cursor_sub(&c, (size_t)bytes), now_ns);
		now_ns += 1000000000;
	}
	hep_feed_message(feed, c, now_ns); /* and the rest as a datagram */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct hep_feed_options options = {
		.calls = { .observer = observe(),
		           .max_streams = SLOTS,
		           .max_dialogs = SLOTS,
		           .stream_idle_ns = CALLS_STREAM_IDLE_NS,
		           .dialog_idle_ns = CALLS_DIALOG_IDLE_NS },
	};
	struct hep_feed *feed = hep_feed_new(&options);
	struct hep_counters n;

	follow(feed, cursor_of(data, size));
	hep_feed_finish(feed);
	n = *hep_feed_counters(feed);
	if (n.sip + n.rtcp + n.vq + n.other + n.bad_packed + n.bad_key != n.messages[HEP_OK]) {
		abort();
	}
	hep_feed_free(feed);
	return 0;
}
