#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/ingest/trouble.h"

#define MS_US     INT64_C(1000)
#define SECOND_US INT64_C(1000000)

/* Fail, wait as told, fail again, until it gives up. @return when that was. */
static int64_t fail_until_given_up(struct trouble *t, int64_t now_us)
{
	int64_t wait_ms;

	while ((wait_ms = trouble_failed(t, now_us)) >= 0) {
		now_us += wait_ms * MS_US;
	}
	return now_us;
}

static void first_tries_come_quickly_and_then_slower(void **state)
{
	struct trouble t = { 0 };

	(void)state;
	assert_int_equal(50, trouble_failed(&t, SECOND_US));
	assert_int_equal(100, trouble_failed(&t, SECOND_US + 50 * MS_US));
	assert_int_equal(200, trouble_failed(&t, SECOND_US + 150 * MS_US));
	assert_int_equal(400, trouble_failed(&t, SECOND_US + 350 * MS_US));
	assert_int_equal(800, trouble_failed(&t, SECOND_US + 750 * MS_US));
	assert_int_equal(1000, trouble_failed(&t, SECOND_US + 1550 * MS_US));
}

static void patience_ends_within_five_seconds(void **state)
{
	struct trouble t = { 0 };
	int64_t end_us = fail_until_given_up(&t, SECOND_US);

	(void)state;
	assert_true(end_us > SECOND_US && end_us <= SECOND_US + TROUBLE_PATIENCE_US);
}

static void then_everybody_is_sent_away_for_a_while(void **state)
{
	struct trouble t = { 0 };
	int64_t end_us = fail_until_given_up(&t, SECOND_US);

	(void)state;
	assert_int_equal(5000, trouble_refusing(&t, end_us));
	assert_int_equal(1, trouble_refusing(&t, end_us + 4999 * MS_US + 1));
	assert_int_equal(0, trouble_refusing(&t, end_us + 5 * SECOND_US));
}

static void each_further_failure_sends_away_for_longer_up_to_a_limit(void **state)
{
	static const int64_t want_ms[] = { 5000, 10000, 20000, 30000, 30000 };
	struct trouble t = { 0 };
	int64_t now_us = SECOND_US;

	(void)state;
	for (unsigned i = 0; i < sizeof(want_ms) / sizeof(want_ms[0]); i++) {
		now_us = fail_until_given_up(&t, now_us);
		assert_int_equal(want_ms[i], trouble_refusing(&t, now_us));
		now_us += want_ms[i] * MS_US;
	}
}

static void one_try_is_enough_once_patience_has_ended(void **state)
{
	struct trouble t = { 0 };
	int64_t end_us = fail_until_given_up(&t, SECOND_US);

	(void)state;
	assert_int_equal(-1, trouble_failed(&t, end_us + 5 * SECOND_US));
}

static void success_forgets_everything(void **state)
{
	struct trouble t = { 0 };
	int64_t end_us = fail_until_given_up(&t, SECOND_US);

	(void)state;
	assert_true(trouble_over(&t, end_us + 6 * SECOND_US) > 6000);
	assert_int_equal(0, trouble_over(&t, end_us + 6 * SECOND_US));
	assert_int_equal(0, trouble_refusing(&t, end_us));
	assert_int_equal(50, trouble_failed(&t, end_us + 7 * SECOND_US));
}

static void operator_is_told_once_a_minute(void **state)
{
	struct trouble t = { 0 };

	(void)state;
	assert_true(trouble_worth_saying(&t, SECOND_US));
	assert_false(trouble_worth_saying(&t, 60 * SECOND_US));
	assert_true(trouble_worth_saying(&t, 61 * SECOND_US));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_tries_come_quickly_and_then_slower),
		cmocka_unit_test(patience_ends_within_five_seconds),
		cmocka_unit_test(then_everybody_is_sent_away_for_a_while),
		cmocka_unit_test(each_further_failure_sends_away_for_longer_up_to_a_limit),
		cmocka_unit_test(one_try_is_enough_once_patience_has_ended),
		cmocka_unit_test(success_forgets_everything),
		cmocka_unit_test(operator_is_told_once_a_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
