#include "tests/support/tail_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/cases.h"

static void on_lines(void *arg, struct slice block)
{
	struct tail_fixture *f = arg;

	buf_add_slice(&f->got, block);
}

static int64_t first_us(void *arg, struct slice block)
{
	(void)arg;
	while (block.len > 0) {
		struct slice line = slice_cut(&block, '\n');
		uint64_t s;

		if (slice_u64(slice_cut(&line, ' '), INT32_MAX, &s) == 0) {
			return (int64_t)s * 1000000;
		}
	}
	return -1;
}

static void on_gap(void *arg, enum tail_gap why)
{
	static const char *const words[] = { "[cut]", "[lost]", "[damaged]" };
	struct tail_fixture *f = arg;

	buf_add_text(&f->got, words[why]);
}

void tail_fixture_open(struct tail_fixture *f)
{
	struct tail_options options = { &f->folder->env, "test", log_folder_file(f->folder, "log"),
		                        f->from_start, SETTLE_US };
	struct tail_handler handler = { f, on_lines, first_us, on_gap };

	assert_int_equal(tail_new(&f->tail, &options, &handler), 0);
}

void tail_fixture_restart(struct tail_fixture *f)
{
	struct buf place;
	struct cursor in;

	buf_init(&place, TAIL_PLACE_MAX_BYTES);
	tail_save(f->tail, &place);
	assert_false(place.failed);
	tail_free(f->tail);
	tail_fixture_open(f);
	in = cursor_of(place.data, place.len);
	assert_int_equal(tail_load(f->tail, &in), 0);
	assert_int_equal(cursor_left(&in), 0);
	buf_free(&place);
}

void tail_fixture_read(struct tail_fixture *f)
{
	while (tail_step(f->tail) == TAIL_MORE) {
	}
}

void tail_fixture_wait(struct tail_fixture *f)
{
	tail_fixture_read(f);
	f->folder->mono_us += SETTLE_US;
	tail_fixture_read(f);
}

const char *tail_fixture_got(struct tail_fixture *f)
{
	static char text[4096];

	(void)snprintf(text, sizeof(text), "%s", buf_text(&f->got));
	buf_reset(&f->got);
	return text;
}

int tail_fixture_setup(void **state)
{
	struct tail_fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->folder = log_folder_new();
	f->from_start = true;
	buf_init(&f->got, 1 << 22);
	tail_fixture_open(f);
	*state = f;
	return 0;
}

int tail_fixture_teardown(void **state)
{
	struct tail_fixture *f = *state;

	tail_free(f->tail);
	log_folder_free(f->folder);
	buf_free(&f->got);
	free(f);
	return 0;
}
