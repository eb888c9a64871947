/*
 * A log in pieces. The input is a list of steps: a byte n below 200 reads the next n bytes, any
 * other reads 1 to 56 KiB without a line feed. Whatever comes, every block but that of too long a
 * line is whole lines, and no byte is counted twice or not at all.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/sources/lines.h"
#include "common/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LONG_STEP 200

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void on_lines(void *arg, struct slice block)
{
	(void)arg;
	require(block.len > 0);
	require(block.at[block.len - 1] == '\n' || block.len > LINES_MAX_BYTES);
}

/* @return bytes read */
static size_t read_some(struct lines *l, struct cursor *c)
{
	size_t step = cursor_u8(c);
	size_t n = step < LONG_STEP ? step : (step - LONG_STEP + 1) * 1024;
	const uint8_t *from = NULL;
	uint8_t *room;

	if (step < LONG_STEP) {
		n = n < cursor_left(c) ? n : cursor_left(c);
		from = cursor_take(c, n);
	}
	room = lines_room(l, n);
	require(room != NULL || n == 0);
	if (n > 0 && from != NULL) {
		memcpy(room, from, n);
	} else if (n > 0) {
		memset(room, 'x', n);
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	struct lines l;
	size_t read = 0;
	size_t done = 0;

	lines_init(&l);
	while (cursor_left(&c) > 0) {
		size_t n = read_some(&l, &c);

		read += n;
		done += lines_take(&l, n, on_lines, NULL);
		require(done + lines_waiting(&l) == read);
		require(lines_waiting(&l) <= LINES_MAX_BYTES);
	}
	lines_free(&l);
	return 0;
}
