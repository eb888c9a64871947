/*
 * Events of the manager interface that are decoded and tracked in a second of CPU; with --limit
 * only its line feeds are looked for, which whoever reads it has to do at least.
 *
 *   ami [--limit] FILE [ROUNDS]     FILE: a recorded stream (tests/data/run1/ami.zst)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/track/ami_feed.h"
#include "common/instream.h"
#include "tests/support/site_key.h"

#define TEXT_MAX ((size_t)64 * 1024 * 1024)
#define PIECE    ((size_t)16 * 1024) /* what one read of a socket gives */

static void drop(void *arg, const ProtobufCMessage *m)
{
	(void)m;
	++*(uint64_t *)arg;
}

static uint64_t decode(const char *text, size_t len)
{
	static struct ami_message m;
	static const struct pseudonym_plan plan = { "49", "00", "0" };
	struct pseudonym *pseudonym = site_key_open(&plan);
	uint64_t records = 0;
	const struct emit emit = { drop, &records };
	const struct ami_feed_options options = { .pseudonym = pseudonym,
		                                  .host = "pbx1",
		                                  .variables = "",
		                                  .max_open = 2048,
		                                  .max_age_us = INT64_C(86400000000),
		                                  .slot_us = 60000000,
		                                  .media = true };
	struct ami_reader r = { .scanned = 0 };
	struct slice in = { text, 0 };
	struct ami_feed *f;
	uint64_t events;

	if (ami_feed_new(&f, &options, &emit) != 0) {
		abort();
	}
	for (size_t at = 0; at < len; at += PIECE) {
		in.len += PIECE < len - at ? PIECE : len - at;
		while (ami_take(&r, &in, &m)) {
			if (m.kind == AMI_EVENT) {
				ami_feed_event(f, &r, &m, 0);
			}
		}
	}
	ami_feed_finish(f);
	events = ami_feed_counters(f)->events;
	ami_feed_free(f);
	pseudonym_free(pseudonym);
	return events;
}

static uint64_t lines(const char *text, size_t len)
{
	const char *end = text + len;
	uint64_t n = 0;

	for (const char *at = text; (at = memchr(at, '\n', (size_t)(end - at))) != NULL; at++) {
		n++;
	}
	return n;
}

int main(int argc, char **argv)
{
	bool limit = argc > 1 && strcmp(argv[1], "--limit") == 0;
	const char *path = argc > 1 + limit ? argv[1 + limit] : "tests/data/run1/ami.zst";
	unsigned rounds = argc > 2 + limit ? (unsigned)strtoul(argv[2 + limit], NULL, 10) : 20;
	char *text = malloc(TEXT_MAX);
	struct instream *in;
	uint64_t events = 0;
	size_t len = 0;
	clock_t began;
	ssize_t n;

	if (text == NULL || instream_open(&in, path, NULL) != 0) {
		(void)fprintf(stderr, "ami: cannot read %s\n", path);
		return EXIT_FAILURE;
	}
	while ((n = instream_read(in, text + len, TEXT_MAX - len)) > 0) {
		len += (size_t)n;
	}
	instream_close(in);
	began = clock();
	for (unsigned i = 0; i < rounds; i++) {
		events += limit ? lines(text, len) : decode(text, len);
	}
	printf("%s: %llu %s, %.0f a second of CPU, %.0f MB a second\n", path,
	       (unsigned long long)events, limit ? "lines" : "events",
	       (double)events / ((double)(clock() - began) / CLOCKS_PER_SEC),
	       (double)len * rounds / 1e6 / ((double)(clock() - began) / CLOCKS_PER_SEC));
	free(text);
	return EXIT_SUCCESS;
}
