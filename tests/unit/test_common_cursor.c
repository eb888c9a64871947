#include "common/cursor.h"

#include "common/buf.h"
#include "tests/support/cases.h"

static const uint8_t counting[] = { 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08 };

static void numbers_are_read_in_their_byte_order(void **state)
{
	struct cursor c = cursor_of(counting, 8);

	(void)state;
	assert_int_equal(cursor_u64le(&c), UINT64_C(0x0807060504030201));
	c = cursor_of(counting, 8);
	assert_int_equal(cursor_u32be(&c), 0x01020304);
	assert_int_equal(cursor_u32le(&c), 0x08070605);
	c = cursor_of(counting, 8);
	assert_int_equal(cursor_u16be(&c), 0x0102);
	assert_int_equal(cursor_u8(&c), 0x03);
	assert_false(c.bad);
	assert_int_equal(cursor_left(&c), 5);
}

static uint64_t read_u8(struct cursor *c)
{
	return cursor_u8(c);
}

static uint64_t read_u16be(struct cursor *c)
{
	return cursor_u16be(c);
}

static uint64_t read_u32be(struct cursor *c)
{
	return cursor_u32be(c);
}

static uint64_t read_u32le(struct cursor *c)
{
	return cursor_u32le(c);
}

static const struct short_case {
	const char *name;
	uint64_t (*read)(struct cursor *c);
	size_t needs;
} short_reads[] = {
	{ "u8_past_the_end", read_u8, 1 },         { "u16be_past_the_end", read_u16be, 2 },
	{ "u32be_past_the_end", read_u32be, 4 },   { "u32le_past_the_end", read_u32le, 4 },
	{ "u64le_past_the_end", cursor_u64le, 8 },
};

static void read_past_the_end_is_bad_returns_zero_and_moves_nothing(void **state)
{
	const struct short_case *row = *state;

	for (size_t n = 0; n < row->needs; n++) {
		struct cursor c = cursor_of(counting, n);

		assert_int_equal(row->read(&c), 0);
		assert_true(c.bad);
		assert_ptr_equal(c.at, counting);
		assert_int_equal(cursor_left(&c), n);
	}
}

static void bad_is_sticky(void **state)
{
	struct cursor c = cursor_of(counting, 4);

	(void)state;
	cursor_skip(&c, 5);
	assert_true(c.bad);
	assert_null(cursor_take(&c, 0));
	assert_int_equal(cursor_u8(&c), 0);
	assert_int_equal(cursor_varint(&c), 0);
	assert_true(c.bad);
}

static void length_that_would_wrap_is_refused(void **state)
{
	struct cursor c = cursor_of(counting, 4);

	(void)state;
	assert_null(cursor_take(&c, SIZE_MAX));
	assert_true(c.bad);
}

static void part_is_taken_from_the_whole_and_bounded(void **state)
{
	struct cursor c = cursor_of(counting, 8);
	struct cursor part = cursor_sub(&c, 3);

	(void)state;
	assert_int_equal(cursor_left(&c), 5);
	assert_int_equal(cursor_left(&part), 3);
	assert_int_equal(cursor_u32be(&part), 0);
	assert_true(part.bad);
	assert_false(c.bad);
	part = cursor_sub(&c, 6);
	assert_true(part.bad);
	assert_int_equal(cursor_left(&part), 0);
	assert_true(c.bad);
}

static void nothing_may_be_null(void **state)
{
	struct cursor c = cursor_of(NULL, 0);

	(void)state;
	assert_int_equal(cursor_left(&c), 0);
	assert_non_null(cursor_take(&c, 0));
	assert_false(c.bad);
	c = cursor_of(NULL, 5); /* a caller's mistake must not become a read */
	assert_int_equal(cursor_left(&c), 0);
}

static const struct varint_case {
	const char *name;
	uint8_t bytes[12];
	size_t len;
	uint64_t want;
	bool bad;
} varints[] = {
	{ "varint_of_one_byte", { 0x7f }, 1, 127, false },
	{ "varint_150", { 0x96, 0x01 }, 2, 150, false },
	{ "varint_longer_than_needed", { 0x81, 0x80, 0x00 }, 3, 1, false },
	{ "varint_of_all_ones",
	  { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 },
	  10,
	  UINT64_MAX,
	  false },
	{ "varint_above_64_bits",
	  { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02 },
	  10,
	  0,
	  true },
	{ "varint_of_eleven_bytes",
	  { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00 },
	  11,
	  0,
	  true },
	{ "varint_cut_off", { 0x80, 0x80 }, 2, 0, true },
	{ "varint_of_nothing", { 0 }, 0, 0, true },
};

static void varint_is_read_or_refused(void **state)
{
	const struct varint_case *row = *state;
	struct cursor c = cursor_of(row->bytes, row->len);

	assert_int_equal(cursor_varint(&c), row->want);
	assert_int_equal(c.bad, row->bad);
	/* refused: nothing moved */
	assert_int_equal(cursor_left(&c), row->bad ? row->len : 0);
}

static void varint_reads_what_buf_writes(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 64);
	for (unsigned shift = 0; shift < 64; shift++) {
		for (uint64_t around = 0; around < 3; around++) {
			uint64_t v = (UINT64_C(1) << shift) + around - 1;
			struct cursor c;

			buf_reset(&b);
			buf_add_varint(&b, v);
			c = cursor_of(b.data, b.len);
			assert_int_equal(cursor_varint(&c), v);
			assert_int_equal(cursor_left(&c), 0);
		}
	}
	buf_free(&b);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, numbers_are_read_in_their_byte_order);
	cases_table(&c, short_reads, read_past_the_end_is_bad_returns_zero_and_moves_nothing);
	cases_test(&c, bad_is_sticky);
	cases_test(&c, length_that_would_wrap_is_refused);
	cases_test(&c, part_is_taken_from_the_whole_and_bounded);
	cases_test(&c, nothing_may_be_null);
	cases_table(&c, varints, varint_is_read_or_refused);
	cases_test(&c, varint_reads_what_buf_writes);
	return cases_run("cursor", &c, NULL, NULL);
}
