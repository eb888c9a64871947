/*
 * A bounded map from a 64-bit key to a slot number, with all memory taken when it is made.
 *
 * The caller keeps an array of `capacity` structs and uses the slot as its index; the table never
 * sees them. Keys must be outputs of a keyed hash (common/siphash.h), because they come from the
 * network: then neither a flood of chosen keys nor a collision can be arranged. Open addressing,
 * linear probing, deletion by shifting back; at most half full. Memory is not touched before it is
 * needed: an empty table costs none. Nothing here allocates after
 * table_init, so it serves the packet path.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TABLE_NONE UINT32_MAX

struct table_cell {
	uint64_t key;
	uint32_t used; /* slot + 1; 0: empty */
};

struct table {
	struct table_cell *cells; /* owned */
	uint32_t *free_slots;     /* owned; a stack of fresh - count that were given back */
	uint32_t mask;
	uint32_t capacity;
	uint32_t count;
	uint32_t fresh; /* this slot and those behind it were never taken */
};

/** @return 0, -EINVAL for a capacity of 0 or above 2^30, -ENOMEM. */
int table_init(struct table *t, uint32_t capacity);
void table_free(struct table *t);

/** The slot of `key`, or TABLE_NONE. */
static inline uint32_t table_find(const struct table *t, uint64_t key)
{
	for (uint32_t i = (uint32_t)key & t->mask;; i = (i + 1) & t->mask) {
		const struct table_cell *cell = &t->cells[i];

		if (cell->used == 0 || cell->key == key) {
			return cell->used - 1;
		}
	}
}

/** Give `key`, which must not be in the table, a slot; TABLE_NONE when all slots are taken: the
 * caller evicts. */
uint32_t table_insert(struct table *t, uint64_t key);

/** Take `key` out; its slot is free again. Returns the slot, or TABLE_NONE when it was not there.
 */
uint32_t table_remove(struct table *t, uint64_t key);

static inline bool table_full(const struct table *t)
{
	return t->count == t->capacity;
}
