/*
 * A capture file through the agent's real path, from the file's bytes to packed records, without
 * the source's thread, the spool and TLS: reader, filter, decoders, trackers of dialogs and
 * streams, pseudonyms, packing. With the limits the agent has by default.
 *
 *     calls FILE.pcap [RATE]
 *
 * RATE is the share of calls to follow; 1 without it. Prints what it found. Time and memory are for
 * whoever runs it (tests/bench/cpu.c).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/sources/capture_input.h"
#include "agent/track/calls.h"
#include "agent/track/sampling.h"
#include "common/slice.h"
#include "tests/bench/packer.h"

static const struct calls_options as_the_agent = {
	.sip_ports = { CALLS_SIP_PORT },
	.n_sip_ports = 1,
	.max_streams = 16384,
	.max_dialogs = 65536,
	.stream_idle_ns = CALLS_STREAM_IDLE_NS,
	.dialog_idle_ns = CALLS_DIALOG_IDLE_NS,
};

static int follow(struct calls *calls, const char *path)
{
	static struct capture_input in;
	const struct frame *frames;
	struct fault fault = { 0 };
	int n = capture_input_file(&in, path, NULL, &fault);

	if (n == 0) {
		while ((n = capture_input_next(&in, &frames, &fault)) > 0) {
			calls_frames(calls, frames, (size_t)n);
		}
		capture_input_close(&in);
	}
	if (n != 0) {
		(void)fprintf(stderr, "calls: %s\n", fault.text);
	}
	return n;
}

int main(int argc, char **argv)
{
	static struct observer observer = { .host = "bench", .source = CXM__SOURCE__CAPTURE };
	struct calls_options options = as_the_agent;
	struct pseudonym *pseudonym = packer_pseudonym();
	struct sampling sampling;
	struct packer packer;
	struct calls *calls;
	double rate = 1;
	struct buf text;
	int rc;

	if (argc < 2 || argc > 3 ||
	    (argc == 3 && slice_double(slice_of(argv[2]), false, &rate) != 0) ||
	    !(rate > 0 && rate <= 1) || pseudonym == NULL || packer_init(&packer) != 0) {
		(void)fprintf(stderr, "usage: calls FILE.pcap [RATE]\n");
		return 2;
	}
	observer.pseudonym = pseudonym;
	observer.key = pseudonym_table_key(pseudonym);
	observer.emit = (struct emit){ packer_emit, &packer };
	sampling_init(&sampling, rate, 0);
	observer.sampling = &sampling;
	options.observer = &observer;
	calls = calls_new(&options);
	if (calls == NULL) {
		return 1;
	}
	rc = follow(calls, argv[1]);
	calls_finish(calls);
	buf_init(&text, 4096);
	calls_summary(calls, &text);
	printf("%s records=%" PRIu64 "\n", buf_text(&text), packer.records);
	buf_free(&text);
	calls_free(calls);
	packer_free(&packer);
	pseudonym_free(pseudonym);
	return rc == 0 ? 0 : 1;
}
