/*
 * Any bytes as the state of the calls of a channel event log on disk. What is accepted must be
 * written back as something that is accepted again and then does not change any more, and must be
 * able to go on.
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

static void save(const struct fuzz_cel *f, struct buf *out)
{
	buf_reset(out);
	cel_call_save(f->feed.calls, out);
	require(!out->failed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_cel f;
	struct cursor in = cursor_of(data, size);
	struct buf first;
	struct buf second;

	fuzz_cel_renew(&f);
	buf_init(&first, CEL_FEED_STATE_MAX_BYTES);
	buf_init(&second, CEL_FEED_STATE_MAX_BYTES);
	if (cel_call_load(f.feed.calls, &in) == 0) {
		save(&f, &first);
		in = cursor_of(first.data, first.len);
		require(cel_call_load(f.feed.calls, &in) == 0 && cursor_left(&in) == 0);
		save(&f, &second);
		require(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
		cel_feed_lines(&f.feed, SLICE("{\"eventtype\":\"CHAN_START\",\"eventtime\":1e9,"
		                              "\"channame\":\"P/1-1\",\"uniqueid\":\"u\","
		                              "\"linkedid\":\"u\"}\n"));
	} else {
		require(cel_call_open(f.feed.calls) == 0);
	}
	cel_call_finish(f.feed.calls);
	fuzz_cel_check(&f.packed);
	buf_free(&first);
	buf_free(&second);
	return 0;
}
