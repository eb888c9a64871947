#include "common/buf.h"

#include "tests/support/cases.h"
#include "tests/support/dice.h"

static void content_is_what_was_added(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	buf_add_text(&b, "queue=");
	buf_add_slice(&b, SLICE("support"));
	buf_add_char(&b, ' ');
	buf_printf(&b, "wait=%d", 17);
	assert_string_equal(buf_text(&b), "queue=support wait=17");
	assert_int_equal(b.len, strlen("queue=support wait=17"));
	assert_false(b.failed);
	buf_free(&b);
}

static void numbers_are_written_lowest_byte_first(void **state)
{
	static const uint8_t want[] = { 0x04, 0x03, 0x02, 0x01,                           /* u32 */
		                        0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11 }; /* u64 */
	struct buf b;

	(void)state;
	buf_init(&b, 64);
	buf_add_u32le(&b, 0x01020304);
	buf_add_u64le(&b, UINT64_C(0x1112131415161718));
	assert_int_equal(b.len, sizeof(want));
	assert_memory_equal(b.data, want, sizeof(want));
	buf_free(&b);
}

/* https://protobuf.dev/programming-guides/encoding/#varints */
static const struct varint_case {
	const char *name;
	uint64_t v;
	size_t len;
	uint8_t bytes[10];
} varints[] = {
	{ "varint_0", 0, 1, { 0x00 } },
	{ "varint_127", 127, 1, { 0x7f } },
	{ "varint_128", 128, 2, { 0x80, 0x01 } },
	{ "varint_150", 150, 2, { 0x96, 0x01 } },
	{ "varint_2_to_63",
	  UINT64_C(1) << 63,
	  10,
	  { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01 } },
	{ "varint_of_all_ones",
	  UINT64_MAX,
	  10,
	  { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 } },
};

static void varint_is_written_as_protobuf_does(void **state)
{
	const struct varint_case *c = *state;
	struct buf b;

	buf_init(&b, 10);
	buf_add_varint(&b, c->v);
	assert_int_equal(b.len, c->len);
	assert_memory_equal(b.data, c->bytes, c->len);
	buf_free(&b);
}

static void write_past_the_ceiling_changes_nothing_and_is_remembered(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	buf_add_text(&b, "12345");
	buf_add_text(&b, "6789");
	assert_true(b.failed);
	buf_add_char(&b, 'x'); /* would fit, but the message has a hole already */
	assert_int_equal(b.len, 5);
	assert_string_equal(buf_text(&b), "12345");
	assert_true(b.failed);
	buf_reset(&b);
	assert_false(b.failed);
	buf_add_text(&b, "12345678");
	assert_false(b.failed);
	assert_int_equal(b.len, 8);
	buf_free(&b);
}

static void number_that_does_not_fit_is_not_half_written(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 7);
	buf_add_u64le(&b, 1);
	assert_true(b.failed);
	assert_int_equal(b.len, 0);
	buf_free(&b);
}

static void formatted_text_needs_one_byte_more_for_its_nul(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	buf_printf(&b, "%s", "abcd");
	assert_true(b.failed);
	buf_reset(&b);
	buf_printf(&b, "%s", "abc");
	assert_false(b.failed);
	assert_string_equal(buf_text(&b), "abc");
	buf_free(&b);
}

static void text_of_a_full_buffer_is_empty_and_not_a_failure(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	buf_add_text(&b, "abcd");
	assert_string_equal(buf_text(&b), "");
	assert_false(b.failed);
	assert_int_equal(b.len, 4);
	buf_free(&b);
}

/* Before: after a failed write the text was "", as if nothing had been written. */
static void text_written_before_a_failure_can_still_be_read(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	buf_printf(&b, "%s", "abc");
	buf_printf(&b, "%s", "defghijk");
	assert_true(b.failed);
	assert_string_equal(buf_text(&b), "abc");
	assert_true(b.failed);
	buf_free(&b);
}

/* Before: NULL, which means failure, without `failed`. */
static void room_for_nothing_is_room(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 16);
	assert_non_null(buf_reserve(&b, 0));
	assert_false(b.failed);
	buf_free(&b);
	buf_init(&b, 0);
	assert_non_null(buf_reserve(&b, 0));
	assert_null(buf_reserve(&b, 1));
	buf_free(&b);
}

static void reserved_bytes_count_only_after_commit(void **state)
{
	struct buf b;
	uint8_t *to;

	(void)state;
	buf_init(&b, 4096);
	buf_add_text(&b, "a");
	to = buf_reserve(&b, 1000);
	assert_non_null(to);
	memset(to, 'b', 1000);
	assert_int_equal(b.len, 1);
	buf_commit(&b, 2);
	assert_string_equal(buf_text(&b), "abb");
	buf_free(&b);
}

static void front_can_be_dropped(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 64);
	buf_drop_front(&b, 0);
	buf_add_text(&b, "done|rest");
	buf_drop_front(&b, 5);
	assert_string_equal(buf_text(&b), "rest");
	buf_drop_front(&b, 4);
	assert_int_equal(b.len, 0);
	buf_free(&b);
}

/* Before: doubling a capacity towards a ceiling near SIZE_MAX wrapped around and never ended. */
static void ceiling_without_bound_ends_in_a_failure(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	buf_add_text(&b, "abc");
	assert_null(buf_reserve(&b, SIZE_MAX - 3));
	assert_true(b.failed);
	assert_int_equal(b.len, 3);
	buf_free(&b);
}

static void any_sequence_of_adds_equals_a_flat_array(void **state)
{
	enum { MAX = 20000 };
	static uint8_t model[MAX];
	struct dice dice = { 7 };
	struct buf b;
	size_t len = 0;

	(void)state;
	buf_init(&b, MAX);
	for (int step = 0; step < 20000; step++) {
		uint8_t piece[64];
		size_t n = dice_below(&dice, sizeof(piece));
		size_t drop = dice_below(&dice, 50) == 0 ? dice_below(&dice, len + 1) : 0;

		memset(piece, step, sizeof(piece));
		buf_drop_front(&b, drop);
		memmove(model, model + drop, len - drop);
		len -= drop;
		buf_add(&b, piece, n);
		assert_int_equal(b.failed, n > MAX - len);
		memcpy(model + len, piece, b.failed ? 0 : n);
		len += b.failed ? 0 : n;
		b.failed = false;
		assert_int_equal(b.len, len);
	}
	assert_memory_equal(b.data, model, len);
	buf_free(&b);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, content_is_what_was_added);
	cases_test(&c, numbers_are_written_lowest_byte_first);
	cases_table(&c, varints, varint_is_written_as_protobuf_does);
	cases_test(&c, write_past_the_ceiling_changes_nothing_and_is_remembered);
	cases_test(&c, number_that_does_not_fit_is_not_half_written);
	cases_test(&c, formatted_text_needs_one_byte_more_for_its_nul);
	cases_test(&c, text_of_a_full_buffer_is_empty_and_not_a_failure);
	cases_test(&c, text_written_before_a_failure_can_still_be_read);
	cases_test(&c, room_for_nothing_is_room);
	cases_test(&c, reserved_bytes_count_only_after_commit);
	cases_test(&c, front_can_be_dropped);
	cases_test(&c, ceiling_without_bound_ends_in_a_failure);
	cases_test(&c, any_sequence_of_adds_equals_a_flat_array);
	return cases_run("buf", &c, NULL, NULL);
}
