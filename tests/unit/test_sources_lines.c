/* Whole lines from pieces of any size, and lines without an end. */
#include <stdlib.h>

#include "agent/sources/lines.h"
#include "tests/support/cases.h"

struct collected {
	struct buf text;
	unsigned blocks;
};

static void collect(void *arg, struct slice block)
{
	struct collected *c = arg;

	buf_add_slice(&c->text, block);
	buf_add_char(&c->text, '~'); /* where a block ended */
	c->blocks++;
}

static size_t give(struct lines *l, struct collected *c, const void *data, size_t n)
{
	uint8_t *room = lines_room(l, LINES_READ_BYTES);

	assert_non_null(room);
	memcpy(room, data, n);
	return lines_take(l, n, collect, c);
}

static size_t give_text(struct lines *l, struct collected *c, const char *text)
{
	return give(l, c, text, strlen(text));
}

static int setup(void **state)
{
	struct lines *l = malloc(sizeof(*l));

	assert_non_null(l);
	lines_init(l);
	*state = l;
	return 0;
}

static int teardown(void **state)
{
	lines_free(*state);
	free(*state);
	return 0;
}

static struct collected nothing(void)
{
	struct collected c = { .blocks = 0 };

	buf_init(&c.text, 1 << 20);
	return c;
}

static void unfinished_line_waits_for_its_end(void **state)
{
	struct collected c = nothing();

	assert_int_equal(give_text(*state, &c, "a\nb\nc"), 4);
	assert_string_equal(buf_text(&c.text), "a\nb\n~");
	assert_int_equal(lines_waiting(*state), 1);
	assert_int_equal(give_text(*state, &c, "d\n"), 3);
	assert_string_equal(buf_text(&c.text), "a\nb\n~cd\n~");
	buf_free(&c.text);
}

static void nothing_read_hands_out_nothing(void **state)
{
	struct collected c = nothing();

	assert_int_equal(give_text(*state, &c, ""), 0);
	assert_int_equal(c.blocks, 0);
	buf_free(&c.text);
}

static void pieces_of_one_byte_make_the_same_lines(void **state)
{
	static const char text[] = "one\n\ntwo\nthree\n";
	struct collected c = nothing();
	size_t done = 0;

	for (size_t i = 0; i + 1 < sizeof(text); i++) {
		done += give(*state, &c, text + i, 1);
	}
	assert_int_equal(done, sizeof(text) - 1);
	assert_string_equal(buf_text(&c.text), "one\n~\n~two\n~three\n~");
	buf_free(&c.text);
}

static void line_of_the_greatest_length_is_whole(void **state)
{
	struct collected c = nothing();
	char *text = malloc(LINES_MAX_BYTES + 1);

	assert_non_null(text);
	memset(text, 'x', LINES_MAX_BYTES);
	text[LINES_MAX_BYTES] = '\n';
	assert_int_equal(give(*state, &c, text, LINES_MAX_BYTES), 0);
	assert_int_equal(give(*state, &c, text + LINES_MAX_BYTES, 1), LINES_MAX_BYTES + 1);
	assert_int_equal(c.text.len, LINES_MAX_BYTES + 2);
	free(text);
	buf_free(&c.text);
}

static void f06_line_without_an_end_is_cut_and_the_rest_thrown_away(void **state)
{
	struct collected c = nothing();
	struct lines *l = *state;
	char *text = malloc(LINES_MAX_BYTES + 1);

	assert_non_null(text);
	memset(text, 'x', LINES_MAX_BYTES + 1);
	assert_int_equal(give(l, &c, text, LINES_MAX_BYTES + 1), LINES_MAX_BYTES + 1);
	assert_int_equal(c.blocks, 1);
	assert_true(l->skipping);
	for (unsigned i = 0; i < 160; i++) { /* 10 MiB more of it */
		assert_int_equal(give(l, &c, text, LINES_MAX_BYTES), LINES_MAX_BYTES);
		assert_int_equal(lines_waiting(l), 0);
	}
	assert_int_equal(c.blocks, 1);
	assert_int_equal(give_text(l, &c, "xx\nnext\n"), 8);
	assert_int_equal(c.blocks, 2);
	assert_memory_equal(c.text.data + c.text.len - 6, "next\n~", 6);
	assert_false(l->skipping);
	free(text);
	buf_free(&c.text);
}

static void reset_forgets_what_waits(void **state)
{
	struct collected c = nothing();

	(void)give_text(*state, &c, "old");
	lines_reset(*state, true);
	assert_int_equal(give_text(*state, &c, "rest of a long one\nnew\n"), 23);
	assert_string_equal(buf_text(&c.text), "new\n~");
	buf_free(&c.text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(unfinished_line_waits_for_its_end),
		TEST(nothing_read_hands_out_nothing),
		TEST(pieces_of_one_byte_make_the_same_lines),
		TEST(line_of_the_greatest_length_is_whole),
		TEST(f06_line_without_an_end_is_cut_and_the_rest_thrown_away),
		TEST(reset_forgets_what_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
