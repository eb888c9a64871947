/*
 * The packets of a capture file as HEP3 messages through the agent's real path, from a message's
 * bytes to packed records, without the socket: what a SIP server would have mirrored. Making the
 * messages is counted as well.
 *
 *     hep FILE.pcap
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/decode/bytes.h"
#include "agent/sources/capture_input.h"
#include "agent/sources/hep_feed.h"
#include "tests/bench/packer.h"
#include "tests/support/hep_bytes.h"

#define FRAME_HEAD_BYTES 42 /* Ethernet, IPv4, UDP */

static const struct hep_feed_options as_the_agent = {
	.calls = { .max_streams = 4096,
	           .max_dialogs = 65536,
	           .stream_idle_ns = CALLS_STREAM_IDLE_NS,
	           .dialog_idle_ns = CALLS_DIALOG_IDLE_NS },
};

static void mirror(struct hep_feed *feed, const struct frame *f)
{
	static struct hep_bytes b;

	if (f->len_bytes <= FRAME_HEAD_BYTES) {
		return;
	}
	hep_bytes_head(&b, HEP_TYPE_SIP, f->at_ns);
	hep_bytes_u32(&b, 3, bytes_u32be(f->at + 26));
	hep_bytes_u32(&b, 4, bytes_u32be(f->at + 30));
	hep_bytes_chunk(&b, 0, 15, f->at + FRAME_HEAD_BYTES, f->len_bytes - FRAME_HEAD_BYTES);
	hep_feed_message(feed, cursor_of(b.at, b.len), f->at_ns);
}

static int follow(struct hep_feed *feed, const char *path)
{
	static struct capture_input in;
	const struct frame *frames;
	struct fault fault = { 0 };
	int n = capture_input_file(&in, path, NULL, &fault);

	if (n == 0) {
		while ((n = capture_input_next(&in, &frames, &fault)) > 0) {
			for (int i = 0; i < n; i++) {
				mirror(feed, &frames[i]);
			}
		}
		capture_input_close(&in);
	}
	if (n != 0) {
		(void)fprintf(stderr, "hep: %s\n", fault.text);
	}
	return n;
}

int main(int argc, char **argv)
{
	static struct observer observer = { .host = "bench", .source = CXM__SOURCE__HEP };
	struct hep_feed_options options = as_the_agent;
	struct pseudonym *pseudonym = packer_pseudonym();
	struct packer packer;
	struct hep_feed *feed;
	struct buf text;
	int rc;

	if (argc != 2 || pseudonym == NULL || packer_init(&packer) != 0) {
		(void)fprintf(stderr, "usage: hep FILE.pcap\n");
		return 2;
	}
	observer.pseudonym = pseudonym;
	observer.key = pseudonym_table_key(pseudonym);
	observer.emit = (struct emit){ packer_emit, &packer };
	options.calls.observer = &observer;
	feed = hep_feed_new(&options);
	if (feed == NULL) {
		return 1;
	}
	rc = follow(feed, argv[1]);
	hep_feed_finish(feed);
	buf_init(&text, 4096);
	hep_feed_summary(feed, &text);
	printf("%s records=%" PRIu64 "\n", buf_text(&text), packer.records);
	buf_free(&text);
	hep_feed_free(feed);
	packer_free(&packer);
	pseudonym_free(pseudonym);
	return rc == 0 ? 0 : 1;
}
