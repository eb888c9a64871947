#include "common/ring.h"

#include <pthread.h>

#include "tests/support/cases.h"
#include "tests/support/dice.h"

static void message_comes_out_as_it_went_in(void **state)
{
	struct ring r;
	uint32_t len = 0;

	(void)state;
	assert_int_equal(ring_init(&r, 1), 0);
	assert_null(ring_peek(&r, &len));
	assert_true(ring_push(&r, "first", 5));
	assert_true(ring_push(&r, "second!", 7));
	assert_memory_equal(ring_peek(&r, &len), "first", 5);
	assert_int_equal(len, 5);
	assert_memory_equal(ring_peek(&r, &len), "first", 5); /* looking does not take */
	ring_pop(&r);
	assert_memory_equal(ring_peek(&r, &len), "second!", 7);
	assert_int_equal(len, 7);
	ring_pop(&r);
	assert_null(ring_peek(&r, &len));
	ring_pop(&r); /* of nothing */
	assert_true(ring_push(&r, "third", 5));
	assert_memory_equal(ring_peek(&r, &len), "third", 5);
	ring_free(&r);
}

static void empty_message_is_a_message(void **state)
{
	struct ring r;
	uint32_t len = 99;

	(void)state;
	assert_int_equal(ring_init(&r, 4096), 0);
	assert_true(ring_push(&r, NULL, 0));
	assert_non_null(ring_peek(&r, &len));
	assert_int_equal(len, 0);
	ring_pop(&r);
	assert_null(ring_peek(&r, &len));
	ring_free(&r);
}

static void full_ring_refuses_and_keeps_what_it_has(void **state)
{
	struct ring r;
	uint8_t message[100] = { 0 };
	uint32_t len;
	size_t n = 0;

	(void)state;
	assert_int_equal(ring_init(&r, 4096), 0);
	while (ring_push(&r, message, sizeof(message))) {
		message[0] = (uint8_t)++n;
	}
	assert_int_equal(n, 4096 / 112); /* 8 of head, 100 and 4 up to the next multiple of 8 */
	for (size_t i = 0; i < n; i++) {
		const uint8_t *got = ring_peek(&r, &len);

		assert_int_equal(got[0], i);
		ring_pop(&r);
	}
	assert_null(ring_peek(&r, &len));
	ring_free(&r);
}

static void message_above_a_quarter_of_the_ring_never_fits(void **state)
{
	static const uint8_t message[4096];
	struct ring r;

	(void)state;
	assert_int_equal(ring_init(&r, 4096), 0);
	assert_false(ring_push(&r, message, 1024));
	assert_false(ring_push(&r, message, UINT32_MAX));
	assert_true(ring_push(&r, message, 1016));
	ring_free(&r);
}

static void size_is_rounded_up_to_a_power_of_two(void **state)
{
	struct ring r;

	(void)state;
	assert_int_equal(ring_init(&r, 5000), 0);
	assert_int_equal(r.size, 8192);
	ring_free(&r);
	assert_true(ring_init(&r, SIZE_MAX) < 0);
}

/* Before: messages lay at any multiple of 4. */
static void messages_are_aligned_for_any_integer(void **state)
{
	struct ring r;
	uint32_t len;

	(void)state;
	assert_int_equal(ring_init(&r, 4096), 0);
	for (uint32_t n = 0; n < 5000; n++) {
		assert_true(ring_push(&r, "0123456789abcdefghij", n % 21));
		assert_int_equal((uintptr_t)ring_peek(&r, &len) % sizeof(uint64_t), 0);
		ring_pop(&r);
	}
	ring_free(&r);
}

/* Before: a ring demanded an alignment of 64, which malloc does not give to a struct around it. */
static void ring_may_lie_in_any_allocation(void **state)
{
	(void)state;
	assert_true(_Alignof(struct ring) <= _Alignof(max_align_t));
}

/* Sequence numbers of random length, so that every way of meeting the end of the ring occurs. */
enum { MESSAGES = 200000 };

static uint32_t fill_message(struct dice *dice, uint8_t *message, uint32_t number)
{
	uint32_t len = 4 + (uint32_t)dice_below(dice, 200);

	memset(message, (int)(number & 0xff), len);
	memcpy(message, &number, sizeof(number));
	return len;
}

static void *write_all(void *arg)
{
	struct ring *r = arg;
	struct dice dice = { 5 };
	uint8_t message[204];

	for (uint32_t i = 0; i < MESSAGES; i++) {
		uint32_t len = fill_message(&dice, message, i);

		while (!ring_push(r, message, len)) {
			(void)sched_yield();
		}
	}
	return NULL;
}

static void two_threads_hand_over_every_message_in_order(void **state)
{
	struct ring r;
	struct dice dice = { 5 };
	uint8_t want[204];
	pthread_t writer;

	(void)state;
	assert_int_equal(ring_init(&r, 4096), 0);
	assert_int_equal(pthread_create(&writer, NULL, write_all, &r), 0);
	for (uint32_t i = 0; i < MESSAGES; i++) {
		uint32_t want_len = fill_message(&dice, want, i);
		const void *got;
		uint32_t len;

		while ((got = ring_peek(&r, &len)) == NULL) {
			(void)sched_yield();
		}
		assert_int_equal(len, want_len);
		assert_memory_equal(got, want, len);
		ring_pop(&r);
	}
	assert_int_equal(pthread_join(writer, NULL), 0);
	ring_free(&r);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_comes_out_as_it_went_in),
		cmocka_unit_test(empty_message_is_a_message),
		cmocka_unit_test(full_ring_refuses_and_keeps_what_it_has),
		cmocka_unit_test(message_above_a_quarter_of_the_ring_never_fits),
		cmocka_unit_test(size_is_rounded_up_to_a_power_of_two),
		cmocka_unit_test(messages_are_aligned_for_any_integer),
		cmocka_unit_test(ring_may_lie_in_any_allocation),
		cmocka_unit_test(two_threads_hand_over_every_message_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
