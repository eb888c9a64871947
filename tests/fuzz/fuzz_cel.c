/*
 * Any bytes as a channel event log: read whole, and read in two parts with the state saved and
 * loaded in between. Both must give the same records, every one of them well-formed.
 *
 * The first two bytes say where the parts meet.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/fuzz_cel.h"

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

static void feed_in_parts(struct fuzz_cel *f, struct slice log, size_t at)
{
	static struct fuzz_cel next;
	struct cursor in;
	struct buf state;

	buf_init(&state, CEL_FEED_STATE_MAX_BYTES);
	cel_feed_lines(&f->feed, (struct slice){ log.at, at });
	cel_call_save(f->feed.calls, &state);
	require(!state.failed);
	fuzz_cel_renew(&next);
	in = cursor_of(state.data, state.len);
	require(cel_call_load(next.feed.calls, &in) == 0 && cursor_left(&in) == 0);
	cel_feed_lines(&next.feed, (struct slice){ log.at + at, log.len - at });
	cel_call_finish(next.feed.calls);
	buf_add(&f->packed, next.packed.data, next.packed.len);
	buf_free(&state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_cel whole;
	static struct fuzz_cel parts;
	struct slice log;

	if (size < 2) {
		return 0;
	}
	log = (struct slice){ (const char *)data + 2, size - 2 };
	fuzz_cel_renew(&whole);
	fuzz_cel_renew(&parts);
	cel_feed_lines(&whole.feed, log);
	cel_call_finish(whole.feed.calls);
	feed_in_parts(&parts, log, line_end(log, (size_t)(data[0] << 8 | data[1])));
	require(whole.packed.len == parts.packed.len);
	require(whole.packed.len == 0 ||
	        memcmp(whole.packed.data, parts.packed.data, whole.packed.len) == 0);
	fuzz_cel_check(&whole.packed);
	return 0;
}
