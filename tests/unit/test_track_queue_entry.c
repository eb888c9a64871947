/* The table of entries: lists keep their order, keys are single, a renamed entry stays where it is.
 */
#include <stdio.h>
#include <stdlib.h>

#include "agent/track/queue_entry.h"
#include "tests/support/cases.h"

static int setup(void **state)
{
	struct queue_entries *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	assert_int_equal(queue_entries_init(t, 4), 0);
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	queue_entries_free(*state);
	free(*state);
	return 0;
}

/* The contact hashes of a list from its first to its last, one decimal digit each. */
static unsigned long order(const struct queue_entries *t, enum entry_list list)
{
	unsigned long digits = 0;

	for (struct queue_entry *e = queue_entries_first(t, list); e != NULL;
	     e = queue_entries_at(t, e->next)) {
		digits = digits * 10 + e->contact_hash;
	}
	return digits;
}

static void entries_keep_the_order_they_came_in(void **state)
{
	struct queue_entries *t = *state;

	for (uint64_t i = 1; i <= 4; i++) {
		assert_non_null(queue_entries_add(t, i, 100, ENTRY_OPEN));
	}
	assert_int_equal(order(t, ENTRY_OPEN), 1234);
	queue_entries_move(t, queue_entries_find(t, 2, 100), ENTRY_ENDED);
	queue_entries_move(t, queue_entries_find(t, 1, 100), ENTRY_ENDED);
	queue_entries_remove(t, queue_entries_find(t, 4, 100));
	assert_int_equal(order(t, ENTRY_OPEN), 3);
	assert_int_equal(order(t, ENTRY_ENDED), 21);
	assert_int_equal(t->lists[ENTRY_ENDED].count, 2);
}

static void key_is_contact_and_queue(void **state)
{
	struct queue_entries *t = *state;

	assert_non_null(queue_entries_add(t, 1, 100, ENTRY_OPEN));
	assert_non_null(queue_entries_add(t, 1, 200, ENTRY_OPEN));
	assert_non_null(
		queue_entries_add(t, 100, 1, ENTRY_OPEN)); /* not the first the other way round */
	assert_null(queue_entries_find(t, 2, 100));
	assert_int_equal(queue_entries_find(t, 1, 200)->queue_hash, 200);
}

static void key_twice_is_refused(void **state)
{
	struct queue_entries *t = *state;

	assert_non_null(queue_entries_add(t, 1, 100, ENTRY_OPEN));
	assert_null(queue_entries_add(t, 1, 100, ENTRY_HELD));
	assert_int_equal(t->lists[ENTRY_HELD].count, 0);
}

static void full_table_takes_no_more(void **state)
{
	struct queue_entries *t = *state;

	for (uint64_t i = 1; i <= 4; i++) {
		assert_non_null(queue_entries_add(t, i, 100, ENTRY_OPEN));
	}
	assert_null(queue_entries_add(t, 5, 100, ENTRY_OPEN));
}

static void renamed_entry_stays_in_its_place(void **state)
{
	struct queue_entries *t = *state;
	struct queue_entry *e;

	for (uint64_t i = 1; i <= 3; i++) {
		assert_non_null(queue_entries_add(t, i, 100, ENTRY_OPEN));
	}
	e = queue_entries_find(t, 2, 100);
	assert_true(queue_entries_rename(t, e, 7));
	assert_int_equal(order(t, ENTRY_OPEN), 173);
	assert_null(queue_entries_find(t, 2, 100));
	assert_ptr_equal(queue_entries_find(t, 7, 100), e);
}

static void rename_to_a_key_that_is_there_is_refused(void **state)
{
	struct queue_entries *t = *state;

	assert_non_null(queue_entries_add(t, 1, 100, ENTRY_OPEN));
	assert_non_null(queue_entries_add(t, 2, 100, ENTRY_OPEN));
	assert_false(queue_entries_rename(t, queue_entries_find(t, 2, 100), 1));
	assert_int_equal(order(t, ENTRY_OPEN), 12);
}

static void cleared_table_is_empty_and_usable(void **state)
{
	struct queue_entries *t = *state;

	for (uint64_t i = 1; i <= 4; i++) {
		assert_non_null(queue_entries_add(t, i, 100, (enum entry_list)(i % ENTRY_LISTS)));
	}
	queue_entries_clear(t);
	assert_null(queue_entries_first(t, ENTRY_OPEN));
	assert_null(queue_entries_find(t, 1, 100));
	assert_non_null(queue_entries_add(t, 1, 100, ENTRY_OPEN));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(entries_keep_the_order_they_came_in),
		TEST(key_is_contact_and_queue),
		TEST(key_twice_is_refused),
		TEST(full_table_takes_no_more),
		TEST(renamed_entry_stays_in_its_place),
		TEST(rename_to_a_key_that_is_there_is_refused),
		TEST(cleared_table_is_empty_and_usable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
