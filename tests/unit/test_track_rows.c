/* Rows of a tracker: found by their key, saved and read back, damaged or not. */
#include "agent/track/rows.h"

#include <errno.h>

#include "tests/support/cases.h"

#define ROWS 4

struct pair {
	uint64_t key;
	uint8_t value;
};

static int setup(void **state)
{
	static struct rows rows;

	assert_int_equal(rows_init(&rows, ROWS, sizeof(struct pair)), 0);
	*state = &rows;
	return 0;
}

static int teardown(void **state)
{
	rows_free(*state);
	return 0;
}

static void add(struct rows *r, uint64_t key, uint8_t value)
{
	((struct pair *)rows_add(r, key))->value = value;
}

static void save_pair(const void *row, struct buf *out)
{
	const struct pair *p = row;

	buf_add_u64le(out, p->key);
	buf_add_char(out, (char)p->value);
}

static void load_pair(void *row, unsigned version, struct cursor *in)
{
	struct pair *p = row;

	p->key = cursor_u64le(in);
	p->value = version > 1 ? cursor_u8(in) : 7;
}

static void a_row_is_found_until_it_is_removed(void **state)
{
	struct rows *r = *state;

	add(r, 11, 1);
	add(r, 12, 2);
	assert_int_equal(((struct pair *)rows_find(r, 12))->value, 2);
	rows_remove(r, rows_find(r, 12));
	assert_null(rows_find(r, 12));
	assert_int_equal(((struct pair *)rows_find(r, 11))->value, 1);
	assert_int_equal(r->table.count, 1);
}

static void a_row_begins_with_nothing_of_the_one_before(void **state)
{
	struct rows *r = *state;

	add(r, 11, 1);
	rows_remove(r, rows_find(r, 11));
	assert_int_equal(((struct pair *)rows_add(r, 12))->value, 0);
}

static void what_was_saved_is_read_back(void **state)
{
	struct rows *r = *state;
	struct buf saved;
	struct cursor in;

	buf_init(&saved, 1024);
	add(r, 11, 1);
	add(r, 12, 2);
	rows_save(r, 2, save_pair, &saved);
	add(r, 13, 3);
	in = cursor_of(saved.data, saved.len);
	assert_int_equal(rows_load(r, 2, load_pair, &in), 0);
	assert_int_equal(r->table.count, 2);
	assert_int_equal(((struct pair *)rows_find(r, 11))->value, 1);
	assert_int_equal(((struct pair *)rows_find(r, 12))->value, 2);
	buf_free(&saved);
}

static void an_older_version_is_read_as_it_was_written(void **state)
{
	static const uint8_t old[] = { 1, 1, 11, 0, 0, 0, 0, 0, 0, 0 };
	struct rows *r = *state;
	struct cursor in = cursor_of(old, sizeof(old));

	assert_int_equal(rows_load(r, 2, load_pair, &in), 0);
	assert_int_equal(((struct pair *)rows_find(r, 11))->value, 7);
}

struct damage_case {
	const char *name;
	uint8_t bytes[64];
	size_t len;
	int want;
};

#define ROW(key) key, 0, 0, 0, 0, 0, 0, 0, 9

static const struct damage_case damages[] = {
	{ "no_bytes_are_refused", { 0 }, 0, -EBADMSG },
	{ "a_version_to_come_is_refused", { 3, 0 }, 2, -EBADMSG },
	{ "version_0_is_refused", { 0, 0 }, 2, -EBADMSG },
	{ "a_key_of_0_is_refused", { 2, 1, ROW(0) }, 11, -EBADMSG },
	{ "a_key_that_comes_twice_is_refused", { 2, 2, ROW(5), ROW(5) }, 20, -EBADMSG },
	{ "a_row_that_is_cut_is_refused", { 2, 2, ROW(5), ROW(6) }, 19, -EBADMSG },
	{ "more_rows_than_there_is_room_for_are_refused",
	  { 2, 5, ROW(1), ROW(2), ROW(3), ROW(4), ROW(5) },
	  47,
	  -ENOSPC },
};

static void damage_run(void **state)
{
	const struct damage_case *c = *state;
	struct cursor in = cursor_of(c->bytes, c->len);
	struct rows r;

	assert_int_equal(rows_init(&r, ROWS, sizeof(struct pair)), 0);
	add(&r, 99, 1);
	assert_int_equal(rows_load(&r, 2, load_pair, &in), c->want);
	assert_int_equal(r.table.count, 0);
	rows_free(&r);
}

int main(void)
{
	static struct cases all;

	cases_test_with(&all, a_row_is_found_until_it_is_removed, setup, teardown);
	cases_test_with(&all, a_row_begins_with_nothing_of_the_one_before, setup, teardown);
	cases_test_with(&all, what_was_saved_is_read_back, setup, teardown);
	cases_test_with(&all, an_older_version_is_read_as_it_was_written, setup, teardown);
	cases_table(&all, damages, damage_run);
	return cases_run("track/rows", &all, NULL, NULL);
}
