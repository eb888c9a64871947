/*
 * Any bytes as a queue_log: read whole, and read in two parts with the state saved and loaded in
 * between. Both must give the same records, every one of them well-formed, and every contact
 * offered exactly once.
 *
 * The first two bytes say where the parts meet.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cxmeter/record.h"
#include "proto/evidence.pb-c.h"
#include "tests/support/catalog.h"
#include "tests/support/fuzz_feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

/* A line end at or behind `at`. */
static size_t line_end(struct slice log, size_t at)
{
	const char *feed = at < log.len ? memchr(log.at + at, '\n', log.len - at) : NULL;

	return feed != NULL ? (size_t)(feed - log.at) + 1 : log.len;
}

static void feed_in_parts(struct fuzz_feed *f, struct slice log, size_t at)
{
	static struct fuzz_feed next;
	struct cursor in;
	struct buf state;

	buf_init(&state, QUEUE_FEED_STATE_MAX_BYTES);
	queue_feed_lines(&f->feed, (struct slice){ log.at, at });
	queue_feed_save(&f->feed, &state);
	require(!state.failed);
	fuzz_feed_renew(&next);
	in = cursor_of(state.data, state.len);
	require(queue_feed_load(&next.feed, &in) == 0 && cursor_left(&in) == 0);
	queue_feed_lines(&next.feed, (struct slice){ log.at + at, log.len - at });
	queue_feed_finish(&next.feed);
	buf_add(&f->packed, next.packed.data, next.packed.len);
	buf_free(&state);
}

static void check_records(const struct fuzz_feed *f)
{
	const struct queue_call_counters *n = queue_call_counters(f->feed.calls);
	struct cursor c = cursor_of(f->packed.data, f->packed.len);
	struct cxm_packed record;
	struct arena arena;
	uint64_t entered = n->entered - f->before.entered;
	uint64_t evicted = n->evicted - f->before.evicted;
	uint64_t contacts = 0;

	arena_init(&arena, 1 << 20);
	while (cxm_record_next(&c, &record) == 1) {
		const struct cxm_kind *kind = cxm_kind_numbered(product_catalog(), record.number);
		const ProtobufCMessage *m = cxm_record_unpack(kind, record.body, &arena);

		require(m != NULL);
		contacts += m->descriptor == &cxm__queue_contact__descriptor ? 1 : 0;
		arena_reset(&arena);
	}
	require(cursor_left(&c) == 0 && contacts == n->contacts - f->before.contacts);
	require(contacts <= entered && contacts + evicted >= entered);
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_feed whole;
	static struct fuzz_feed parts;
	struct slice log;

	if (size < 2) {
		return 0;
	}
	log = (struct slice){ (const char *)data + 2, size - 2 };
	fuzz_feed_renew(&whole);
	fuzz_feed_renew(&parts);
	queue_feed_lines(&whole.feed, log);
	queue_feed_finish(&whole.feed);
	feed_in_parts(&parts, log, line_end(log, (size_t)(data[0] << 8 | data[1])));
	require(whole.packed.len == parts.packed.len);
	require(whole.packed.len == 0 ||
	        memcmp(whole.packed.data, parts.packed.data, whole.packed.len) == 0);
	check_records(&whole);
	return 0;
}
