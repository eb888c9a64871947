/* Structs as bytes and back; damage is refused. */
#include "agent/track/state_fields.h"

#include <stdint.h>

#include "tests/support/cases.h"

#define TEXT_BYTES 8

struct thing {
	uint64_t hash;
	int64_t at_us;
	uint32_t n;
	uint8_t small;
	bool yes;
	char text[TEXT_BYTES];
};

static const struct state_field fields[] = {
	{ STATE_HASH, offsetof(struct thing, hash), 0 },
	{ STATE_TIME, offsetof(struct thing, at_us), 0 },
	{ STATE_U32, offsetof(struct thing, n), 0 },
	{ STATE_U8, offsetof(struct thing, small), 3 },
	{ STATE_BOOL, offsetof(struct thing, yes), 0 },
	{ STATE_TEXT, offsetof(struct thing, text), TEXT_BYTES },
};

static void what_was_saved_is_loaded(void **state)
{
	struct thing from = { UINT64_MAX, STATE_TIME_MAX_US, UINT32_MAX, 3, true, "sieben7" };
	struct thing to = { 0 };
	struct buf out;
	struct cursor in;

	(void)state;
	buf_init(&out, 1024);
	state_save(fields, COUNT(fields), &from, &out);
	in = cursor_of(out.data, out.len);
	state_load(fields, COUNT(fields), &to, &in);
	assert_false(in.bad);
	assert_int_equal(cursor_left(&in), 0);
	assert_true(to.hash == from.hash && to.at_us == from.at_us && to.n == from.n);
	assert_true(to.small == 3 && to.yes);
	assert_string_equal(to.text, "sieben7");
	buf_free(&out);
}

struct bad_row {
	const char *name;
	uint8_t bytes[24];
	size_t len;
};

/* eight bytes of hash, then what is wrong */
#define HASH 0, 0, 0, 0, 0, 0, 0, 0

static const struct bad_row rows[] = {
	{ "nothing_is_refused", { 0 }, 0 },
	{ "half_a_hash_is_refused", { HASH }, 7 },
	{ "a_time_after_2100_is_refused",
	  { HASH, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10, 0, 0, 0, 0 },
	  20 },
	{ "a_number_of_33_bits_is_refused",
	  { HASH, 0, 0x80, 0x80, 0x80, 0x80, 0x10, 0, 0, 0 },
	  17 },
	{ "a_state_there_is_not_is_refused", { HASH, 0, 0, 4, 0, 0 }, 13 },
	{ "two_is_no_truth", { HASH, 0, 0, 0, 2, 0 }, 13 },
	{ "a_text_without_room_is_refused",
	  { HASH, 0, 0, 0, 0, 8, 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a' },
	  21 },
	{ "half_a_text_is_refused", { HASH, 0, 0, 0, 0, 3, 'a', 'a' }, 15 },
	{ "a_text_that_is_no_label_is_refused", { HASH, 0, 0, 0, 0, 1, 0xff }, 14 },
	{ "a_text_with_nul_is_refused", { HASH, 0, 0, 0, 0, 2, 'a', 0 }, 15 },
};

static void damage_is_refused(void **state)
{
	const struct bad_row *row = *state;
	struct cursor in = cursor_of(row->bytes, row->len);
	struct thing to = { 0 };

	state_load(fields, COUNT(fields), &to, &in);
	assert_true(in.bad);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, what_was_saved_is_loaded);
	cases_table(&c, rows, damage_is_refused);
	return cases_run("track/state_fields", &c, NULL, NULL);
}
