#include "common/table.h"

#include <errno.h>

#include "common/siphash.h"
#include "tests/support/cases.h"
#include "tests/support/dice.h"

static const struct capacity_case {
	const char *name;
	uint32_t capacity;
} refused_capacities[] = {
	{ "capacity_0", 0 },
	{ "capacity_above_2_to_30", (UINT32_C(1) << 30) + 1 },
	{ "capacity_that_would_wrap", UINT32_MAX },
};

static void capacity_out_of_range_is_refused(void **state)
{
	const struct capacity_case *c = *state;
	struct table t;

	assert_int_equal(table_init(&t, c->capacity), -EINVAL);
	table_free(&t);
}

static void slots_are_distinct_and_low_ones_come_first(void **state)
{
	struct table t;

	(void)state;
	assert_int_equal(table_init(&t, 3), 0);
	assert_int_equal(table_insert(&t, 100), 0);
	assert_int_equal(table_insert(&t, 200), 1);
	assert_int_equal(table_insert(&t, 300), 2);
	assert_true(table_full(&t));
	assert_int_equal(table_insert(&t, 400), TABLE_NONE);
	assert_int_equal(table_find(&t, 400), TABLE_NONE);
	assert_int_equal(table_remove(&t, 200), 1);
	assert_int_equal(table_insert(&t, 400), 1);
	table_free(&t);
}

static void removing_what_is_not_there_changes_nothing(void **state)
{
	struct table t;

	(void)state;
	assert_int_equal(table_init(&t, 4), 0);
	assert_int_equal(table_insert(&t, 1), 0);
	assert_int_equal(table_remove(&t, 2), TABLE_NONE);
	assert_int_equal(t.count, 1);
	assert_int_equal(table_find(&t, 1), 0);
	table_free(&t);
}

/* All keys have one home cell, the last: they form one run around the end of the array. */
static void run_that_wraps_survives_removal_in_any_order(void **state)
{
	enum { N = 8 };
	struct table t;

	(void)state;
	for (uint64_t first = 0; first < N; first++) {
		assert_int_equal(table_init(&t, N), 0);
		for (uint64_t i = 0; i < N; i++) {
			(void)table_insert(&t, (i << 32) | t.mask);
		}
		for (uint64_t i = 0; i < N; i++) {
			uint64_t gone = (first + i * 3) % N;

			assert_int_equal(table_remove(&t, (gone << 32) | t.mask), gone);
			assert_int_equal(table_find(&t, (gone << 32) | t.mask), TABLE_NONE);
			for (uint64_t k = i + 1; k < N; k++) {
				uint64_t left = (first + k * 3) % N;

				assert_int_equal(table_find(&t, (left << 32) | t.mask), left);
			}
		}
		table_free(&t);
	}
}

/* The simplest map there is: slot of each possible key. */
enum { KEYS = 600, CAPACITY = 200 };

struct model {
	uint32_t slot[KEYS];
	bool taken[CAPACITY];
	uint32_t count;
};

static void insert_as_model(struct table *t, struct model *m, const uint64_t *keys, size_t k)
{
	uint32_t slot = table_insert(t, keys[k]);

	assert_int_equal(slot == TABLE_NONE, m->count == CAPACITY);
	if (slot != TABLE_NONE) {
		assert_true(slot < CAPACITY);
		assert_false(m->taken[slot]);
		m->taken[slot] = true;
		m->slot[k] = slot;
		m->count++;
	}
}

static void remove_as_model(struct table *t, struct model *m, const uint64_t *keys, size_t k)
{
	assert_int_equal(table_remove(t, keys[k]), m->slot[k]);
	if (m->slot[k] != TABLE_NONE) {
		m->taken[m->slot[k]] = false;
		m->slot[k] = TABLE_NONE;
		m->count--;
	}
}

static const struct model_case {
	const char *name;
	uint64_t spread; /* keys are hashes times this: 0 makes them all collide */
} models[] = {
	{ "random_operations_equal_a_simple_map", 1 },
	{ "random_operations_with_crowded_homes_equal_a_simple_map", UINT64_C(1) << 29 },
};

static void table_equals_the_model(void **state)
{
	const struct model_case *row = *state;
	struct siphash_key key = { 1, 2 };
	struct dice dice = { 42 };
	static struct model m;
	uint64_t keys[KEYS];
	struct table t;

	m = (struct model){ .count = 0 };
	for (uint64_t i = 0; i < KEYS; i++) {
		keys[i] = siphash13_words(&key, &i, 1) * row->spread + i % row->spread;
		m.slot[i] = TABLE_NONE;
	}
	assert_int_equal(table_init(&t, CAPACITY), 0);
	for (int step = 0; step < 200000; step++) {
		size_t k = dice_below(&dice, KEYS);

		if (m.slot[k] == TABLE_NONE && dice_below(&dice, 3) > 0) {
			insert_as_model(&t, &m, keys, k);
		} else {
			remove_as_model(&t, &m, keys, k);
		}
		k = dice_below(&dice, KEYS);
		assert_int_equal(table_find(&t, keys[k]), m.slot[k]);
		assert_int_equal(t.count, m.count);
	}
	for (size_t k = 0; k < KEYS; k++) {
		assert_int_equal(table_find(&t, keys[k]), m.slot[k]);
	}
	table_free(&t);
}

static void any_key_is_allowed(void **state)
{
	struct table t;

	(void)state;
	assert_int_equal(table_init(&t, 2), 0);
	assert_int_equal(table_find(&t, 0), TABLE_NONE);
	assert_int_equal(table_insert(&t, 0), 0);
	assert_int_equal(table_insert(&t, UINT64_MAX), 1);
	assert_int_equal(table_find(&t, 0), 0);
	assert_int_equal(table_find(&t, UINT64_MAX), 1);
	table_free(&t);
}

static void free_may_be_called_twice(void **state)
{
	struct table t;

	(void)state;
	assert_int_equal(table_init(&t, 1), 0);
	table_free(&t);
	table_free(&t);
	assert_null(t.cells);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, refused_capacities, capacity_out_of_range_is_refused);
	cases_test(&c, slots_are_distinct_and_low_ones_come_first);
	cases_test(&c, removing_what_is_not_there_changes_nothing);
	cases_test(&c, run_that_wraps_survives_removal_in_any_order);
	cases_table(&c, models, table_equals_the_model);
	cases_test(&c, any_key_is_allowed);
	cases_test(&c, free_may_be_called_twice);
	return cases_run("table", &c, NULL, NULL);
}
