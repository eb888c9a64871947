/*
 * Any bytes as the state of a queue_log source on disk: a place in a log, and trackers. What is
 * accepted must be written back as something that is accepted again and then does not change any
 * more, and must be able to go on.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/sources/tail.h"
#include "tests/support/fuzz_feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static int64_t first_us(void *arg, struct slice block)
{
	(void)arg;
	return queue_feed_first_us(block, 1);
}

static void on_lines(void *arg, struct slice block)
{
	(void)arg;
	(void)block;
}

static void on_gap(void *arg, enum tail_gap why)
{
	(void)arg;
	(void)why;
}

/* @return bytes the place took, 0 when it was refused. */
static size_t load_place(const uint8_t *data, size_t size)
{
	struct tail_handler handler = { NULL, on_lines, first_us, on_gap };
	struct tail_options options = { &env_system, "fuzz", "/nonexistent/log", true, 0 };
	struct cursor in = cursor_of(data, size);
	struct tail *t;
	struct buf out;
	size_t used = 0;

	require(tail_new(&t, &options, &handler) == 0);
	buf_init(&out, TAIL_PLACE_MAX_BYTES);
	if (tail_load(t, &in) == 0) {
		used = size - cursor_left(&in);
		tail_save(t, &out);
		require(out.len == used && memcmp(out.data, data, used) == 0);
	}
	buf_free(&out);
	tail_free(t);
	return used;
}

static void save(const struct fuzz_feed *f, struct buf *out)
{
	buf_reset(out);
	queue_feed_save(&f->feed, out);
	require(!out->failed);
}

static void load_feed(const uint8_t *data, size_t size)
{
	struct cursor in = cursor_of(data, size);
	static struct fuzz_feed f;
	struct buf first;
	struct buf second;

	fuzz_feed_renew(&f);
	buf_init(&first, QUEUE_FEED_STATE_MAX_BYTES);
	buf_init(&second, QUEUE_FEED_STATE_MAX_BYTES);
	if (queue_feed_load(&f.feed, &in) == 0) {
		save(&f, &first);
		in = cursor_of(first.data, first.len);
		require(queue_feed_load(&f.feed, &in) == 0 && cursor_left(&in) == 0);
		save(&f, &second);
		require(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
		queue_feed_lines(&f.feed, SLICE("1795322591|u|q|a|ENTERQUEUE||1|1\n"
		                                "1795322592|NONE|NONE|NONE|QUEUESTART|\n"));
	} else {
		require(queue_call_open(f.feed.calls) == 0);
	}
	queue_feed_finish(&f.feed);
	buf_free(&first);
	buf_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t used = load_place(data, size);

	load_feed(data + used, size - used);
	return 0;
}
