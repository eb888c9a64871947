/*
 * How fast queue_log becomes evidence: lines of a file, read whole before the clock starts, through
 * decoding and both trackers into packed records. Prints lines, records and lines per CPU second.
 *   queue_log FILE [ROUNDS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "agent/track/queue_feed.h"
#include "common/env.h"
#include "common/instream.h"
#include "cxmeter/record.h"
#include "proto/evidence.pb-c.h"

#define STEP_BYTES ((size_t)256 * 1024)

struct packer {
	struct cxm_catalog catalog;
	struct buf out;
	uint64_t records;
	uint64_t bytes;
};

static void pack(void *arg, const ProtobufCMessage *m)
{
	struct packer *p = arg;

	if (p->out.len > STEP_BYTES) { /* where the agent would commit */
		p->bytes += p->out.len;
		buf_reset(&p->out);
	}
	if (cxm_record_append(cxm_kind_of(&p->catalog, m->descriptor), m, &p->out) == 0) {
		p->records++;
	}
}

static double cpu_s(void)
{
	struct rusage use;

	(void)getrusage(RUSAGE_SELF, &use);
	return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
	       (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

/* Steps end at line ends, as the source's do. */
static uint64_t feed_all(struct queue_feed *f, struct slice text)
{
	while (text.len > 0) {
		size_t n = text.len < STEP_BYTES ? text.len : STEP_BYTES;
		const char *feed = memrchr(text.at, '\n', n);

		n = feed != NULL ? (size_t)(feed - text.at) + 1 : n;
		queue_feed_lines(f, (struct slice){ text.at, n });
		text = (struct slice){ text.at + n, text.len - n };
	}
	queue_feed_finish(f);
	return f->counters.lines[QUEUE_LINE_OK];
}

static int read_all(const char *path, struct buf *text)
{
	struct fault fault;
	struct instream *in;
	ssize_t n = instream_open(&in, path, &fault);

	if (n != 0) {
		(void)fprintf(stderr, "%s\n", fault.text);
		return -1;
	}
	do {
		uint8_t *to = buf_reserve(text, STEP_BYTES);

		n = to != NULL ? instream_read(in, to, STEP_BYTES) : -1;
		buf_commit(text, n > 0 ? (size_t)n : 0);
	} while (n > 0);
	instream_close(in);
	return (int)n;
}

static struct pseudonym *open_pseudonym(void)
{
	static const struct pseudonym_plan plan = { "49", "00", "0" };
	char path[] = "/tmp/cxmeter-bench-XXXXXX";
	struct pseudonym *p = NULL;
	struct fault fault;
	int fd = mkstemp(path);

	for (unsigned i = 0; fd >= 0 && i < PSEUDONYM_KEY_BYTES; i++) {
		(void)dprintf(fd, "%02x", i);
	}
	if (fd < 0 || pseudonym_open(&p, path, &plan, &fault) != 0) {
		(void)fprintf(stderr, "no key: %s\n", fault.text);
	}
	(void)remove(path);
	return p;
}

int main(int argc, char **argv)
{
	struct packer packer = { 0 };
	struct emit emit = { pack, &packer };
	struct pseudonym *pseudonym = open_pseudonym();
	struct queue_call_options options = { pseudonym, "bench", 8192, INT64_C(86400000000) };
	uint64_t rounds = 1;
	struct buf text;
	struct fault fault;

	buf_init(&text, SIZE_MAX / 2);
	buf_init(&packer.out, STEP_BYTES * 4);
	if (argc > 2 && slice_u64(slice_of(argv[2]), 1000, &rounds) != 0) {
		return 2;
	}
	if (argc < 2 || pseudonym == NULL || read_all(argv[1], &text) != 0 ||
	    cxm_catalog_init(&packer.catalog, &cxm__evidence__descriptor, &fault) != 0) {
		return 2;
	}
	for (uint64_t i = 0; i < rounds; i++) {
		struct queue_feed feed;
		double start_s;
		uint64_t lines;

		if (queue_feed_init(&feed, &options, &emit) != 0) {
			return 1;
		}
		packer.records = 0;
		packer.bytes = 0;
		start_s = cpu_s();
		lines = feed_all(&feed, (struct slice){ (const char *)text.data, text.len });
		start_s = cpu_s() - start_s;
		(void)printf("lines %lu records %lu bytes %lu cpu %.3f s, %.2f M lines per CPU s\n",
		             (unsigned long)lines, (unsigned long)packer.records,
		             (unsigned long)(packer.bytes + packer.out.len), start_s,
		             (double)lines / start_s / 1e6);
		queue_feed_deinit(&feed);
	}
	cxm_catalog_free(&packer.catalog);
	pseudonym_free(pseudonym);
	buf_free(&packer.out);
	buf_free(&text);
	return 0;
}
