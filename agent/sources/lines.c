/* Whole lines from pieces; see lines.h. Owns one buffer. */
#include "agent/sources/lines.h"

#include <string.h>

void lines_init(struct lines *l)
{
	*l = (struct lines){ .skipping = false };
	buf_init(&l->pending, LINES_MAX_BYTES + LINES_READ_BYTES);
}

void lines_free(struct lines *l)
{
	buf_free(&l->pending);
}

void lines_reset(struct lines *l, bool skipping)
{
	buf_reset(&l->pending);
	l->skipping = skipping;
}

uint8_t *lines_room(struct lines *l, size_t n)
{
	uint8_t *room = buf_reserve(&l->pending, n);

	l->pending.failed = false;
	return room;
}

static struct slice waiting(const struct lines *l)
{
	return (struct slice){ (const char *)l->pending.data, l->pending.len };
}

/* Throw away up to the line feed of a line that was too long. */
static size_t skip(struct lines *l)
{
	struct slice text = waiting(l);
	const char *feed = memchr(text.at, '\n', text.len);
	size_t n = feed != NULL ? (size_t)(feed - text.at) + 1 : text.len;

	l->skipping = feed == NULL;
	buf_drop_front(&l->pending, n);
	return n;
}

static size_t hand_out(struct lines *l, size_t n, lines_fn out, void *arg)
{
	out(arg, (struct slice){ (const char *)l->pending.data, n });
	buf_drop_front(&l->pending, n);
	return n;
}

size_t lines_take(struct lines *l, size_t n, lines_fn out, void *arg)
{
	size_t done = 0;
	const char *feed;

	buf_commit(&l->pending, n);
	if (l->skipping && l->pending.len > 0) {
		done += skip(l);
	}
	feed = l->pending.len > 0 ? memrchr(l->pending.data, '\n', l->pending.len) : NULL;
	if (feed != NULL) {
		done += hand_out(l, (size_t)(feed - (const char *)l->pending.data) + 1, out, arg);
	}
	if (l->pending.len > LINES_MAX_BYTES) {
		l->skipping = true;
		done += hand_out(l, l->pending.len, out, arg);
	}
	return done;
}
