/*
 * A queue_log through the agent's real path, from the file's bytes to packed records, without the
 * spool and TLS: reader, lines, decoder, both trackers, pseudonyms, packing.
 *
 *     queue_log FILE
 *
 * Prints what it found. Time and memory are for whoever runs it (tests/bench/cpu.c).
 */
#include <inttypes.h>
#include <stdio.h>

#include "agent/sources/lines.h"
#include "agent/track/queue_feed.h"
#include "common/instream.h"
#include "tests/bench/packer.h"

#define OPEN_MAX_DEFAULT 8192
#define AGE_MAX_US       INT64_C(86400000000)

static void feed(void *arg, struct slice block)
{
	queue_feed_lines(arg, block);
}

static int read_all(struct queue_feed *f, const char *path)
{
	struct fault fault = { 0 };
	struct instream *in;
	struct lines lines;
	ssize_t n = instream_open(&in, path, &fault);

	if (n != 0) {
		(void)fprintf(stderr, "queue_log: %s\n", fault.text);
		return -1;
	}
	lines_init(&lines);
	do {
		uint8_t *room = lines_room(&lines, LINES_READ_BYTES);

		n = room != NULL ? instream_read(in, room, LINES_READ_BYTES) : -1;
		if (n > 0) {
			(void)lines_take(&lines, (size_t)n, feed, f);
		}
	} while (n > 0);
	lines_free(&lines);
	instream_close(in);
	return (int)n;
}

int main(int argc, char **argv)
{
	struct pseudonym *pseudonym = packer_pseudonym();
	struct queue_call_options options = { .pseudonym = pseudonym,
		                              .host = "bench",
		                              .max_open = OPEN_MAX_DEFAULT,
		                              .max_age_us = AGE_MAX_US };
	struct packer packer;
	struct emit emit = { packer_emit, &packer };
	struct queue_feed f;
	int rc;

	if (argc != 2 || pseudonym == NULL || packer_init(&packer) != 0) {
		(void)fprintf(stderr, "usage: queue_log FILE\n");
		return 2;
	}
	if (queue_feed_init(&f, &options, &emit) != 0) {
		return 1;
	}
	rc = read_all(&f, argv[1]);
	queue_feed_finish(&f);
	printf("lines=%" PRIu64 " records=%" PRIu64 "\n", f.counters.lines[QUEUE_LINE_OK],
	       packer.records);
	queue_feed_deinit(&f);
	packer_free(&packer);
	pseudonym_free(pseudonym);
	return rc == 0 ? 0 : 1;
}
