/*
 * A bounded set of structs found by a keyed hash, for what the manager interface tells of channels,
 * members and streams. When it is full one gives way, whichever the hand points at: the owner sees
 * it first. Nothing is allocated after it is made.
 *
 * Each struct begins with `uint64_t key`; 0: not in use.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/table.h"

struct ami_slots {
	struct table table;
	char *items; /* owned; table.capacity of them */
	size_t size; /* of one */
	uint32_t hand;
};

/** @return 0 or -ENOMEM. */
int ami_slots_init(struct ami_slots *s, uint32_t capacity, size_t size);
void ami_slots_free(struct ami_slots *s);

/** NULL when it is not there. */
void *ami_slots_find(const struct ami_slots *s, uint64_t key);

/** One that is zeroed but for its key, which must not be there; NULL when the set is full. */
void *ami_slots_add(struct ami_slots *s, uint64_t key);

/** One to give way, when the set is not empty. */
void *ami_slots_victim(struct ami_slots *s);
void ami_slots_remove(struct ami_slots *s, void *item);

/** The next one in use after `item` (NULL: the first); NULL at the end. Removing it is fine. */
void *ami_slots_next(const struct ami_slots *s, const void *item);
void ami_slots_clear(struct ami_slots *s);
