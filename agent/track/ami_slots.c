#include "agent/track/ami_slots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int ami_slots_init(struct ami_slots *s, uint32_t capacity, size_t size)
{
	*s = (struct ami_slots){ .size = size };
	if (table_init(&s->table, capacity) != 0) {
		return -ENOMEM;
	}
	s->items = calloc(capacity, size);
	return s->items != NULL ? 0 : -ENOMEM;
}

void ami_slots_free(struct ami_slots *s)
{
	table_free(&s->table);
	free(s->items);
	*s = (struct ami_slots){ .size = 0 };
}

static void *at(const struct ami_slots *s, uint32_t slot)
{
	return s->items + (size_t)slot * s->size;
}

static uint64_t key_of(const void *item)
{
	uint64_t key;

	memcpy(&key, item, sizeof(key));
	return key;
}

void *ami_slots_find(const struct ami_slots *s, uint64_t key)
{
	uint32_t slot = table_find(&s->table, key);

	return slot != TABLE_NONE ? at(s, slot) : NULL;
}

void *ami_slots_add(struct ami_slots *s, uint64_t key)
{
	uint32_t slot = table_full(&s->table) ? TABLE_NONE : table_insert(&s->table, key);
	void *item = slot != TABLE_NONE ? at(s, slot) : NULL;

	if (item != NULL) {
		memset(item, 0, s->size);
		memcpy(item, &key, sizeof(key));
	}
	return item;
}

void *ami_slots_next(const struct ami_slots *s, const void *item)
{
	size_t i = item != NULL ? (size_t)((const char *)item - s->items) / s->size + 1 : 0;

	while (i < s->table.capacity && key_of(at(s, (uint32_t)i)) == 0) {
		i++;
	}
	return i < s->table.capacity ? at(s, (uint32_t)i) : NULL;
}

void *ami_slots_victim(struct ami_slots *s)
{
	for (uint32_t i = 0; i < s->table.capacity; i++) {
		void *item = at(s, s->hand);

		s->hand = (s->hand + 1) % s->table.capacity;
		if (key_of(item) != 0) {
			return item;
		}
	}
	return NULL;
}

void ami_slots_remove(struct ami_slots *s, void *item)
{
	(void)table_remove(&s->table, key_of(item));
	memset(item, 0, s->size);
}

void ami_slots_clear(struct ami_slots *s)
{
	for (void *item = ami_slots_next(s, NULL); item != NULL; item = ami_slots_next(s, item)) {
		ami_slots_remove(s, item);
	}
}
