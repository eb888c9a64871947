#include "common/table.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

int table_init(struct table *t, uint32_t capacity)
{
	uint32_t cells = 4;

	*t = (struct table){ 0 };
	if (capacity == 0 || capacity > UINT32_C(1) << 30) {
		return -EINVAL;
	}
	while (cells < capacity * 2) {
		cells *= 2;
	}
	t->cells = calloc(cells, sizeof(*t->cells));
	t->free_slots = calloc(capacity, sizeof(*t->free_slots));
	if (t->cells == NULL || t->free_slots == NULL) {
		table_free(t);
		return -ENOMEM;
	}
	t->mask = cells - 1;
	t->capacity = capacity;
	return 0;
}

void table_free(struct table *t)
{
	free(t->cells);
	free(t->free_slots);
	*t = (struct table){ 0 };
}

uint32_t table_insert(struct table *t, uint64_t key)
{
	uint32_t i = (uint32_t)key & t->mask;
	uint32_t slot;

	if (table_full(t)) {
		return TABLE_NONE;
	}
	while (t->cells[i].used != 0) {
		assert(t->cells[i].key != key);
		i = (i + 1) & t->mask;
	}
	/* low slots first: memory stays dense */
	slot = t->fresh > t->count ? t->free_slots[t->fresh - t->count - 1] : t->fresh++;
	t->count++;
	t->cells[i] = (struct table_cell){ key, slot + 1 };
	return slot;
}

/* Close the hole at i: move back every following cell whose home is not between the hole and
 * itself. */
static void shift_back(struct table *t, uint32_t hole)
{
	for (uint32_t i = (hole + 1) & t->mask; t->cells[i].used != 0; i = (i + 1) & t->mask) {
		uint32_t home = (uint32_t)t->cells[i].key & t->mask;

		if (((i - home) & t->mask) >= ((i - hole) & t->mask)) {
			t->cells[hole] = t->cells[i];
			hole = i;
		}
	}
	t->cells[hole].used = 0;
}

uint32_t table_remove(struct table *t, uint64_t key)
{
	for (uint32_t i = (uint32_t)key & t->mask; t->cells[i].used != 0; i = (i + 1) & t->mask) {
		if (t->cells[i].key == key) {
			uint32_t slot = t->cells[i].used - 1;

			shift_back(t, i);
			t->count--;
			t->free_slots[t->fresh - t->count - 1] = slot;
			return slot;
		}
	}
	return TABLE_NONE;
}
