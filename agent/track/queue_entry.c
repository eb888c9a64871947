/* Entries and their lists; see queue_entry.h. Owns its memory, all of it taken at the start. */
#include "agent/track/queue_entry.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

static void empty_lists(struct queue_entries *t)
{
	for (unsigned i = 0; i < ENTRY_LISTS; i++) {
		t->lists[i] = (struct entry_chain){ ENTRY_NONE, ENTRY_NONE, 0 };
	}
}

int queue_entries_init(struct queue_entries *t, uint32_t capacity)
{
	int rc = table_init(&t->table, capacity);

	t->items = rc == 0 ? calloc(capacity, sizeof(*t->items)) : NULL;
	if (rc == 0 && t->items == NULL) {
		table_free(&t->table);
		rc = -ENOMEM;
	}
	empty_lists(t);
	return rc;
}

void queue_entries_free(struct queue_entries *t)
{
	table_free(&t->table);
	free(t->items);
	t->items = NULL;
}

void queue_entries_clear(struct queue_entries *t)
{
	for (unsigned i = 0; i < ENTRY_LISTS; i++) {
		while (t->lists[i].count > 0) {
			queue_entries_remove(t, queue_entries_first(t, (enum entry_list)i));
		}
	}
}

struct queue_entry *queue_entries_find(struct queue_entries *t, uint64_t contact_hash,
                                       uint64_t queue_hash)
{
	return queue_entries_at(t,
	                        table_find(&t->table, queue_entry_key(contact_hash, queue_hash)));
}

static void link_last(struct queue_entries *t, struct queue_entry *e, enum entry_list list)
{
	struct entry_chain *chain = &t->lists[list];
	uint32_t slot = (uint32_t)(e - t->items);

	e->list = (uint8_t)list;
	e->prev = chain->last;
	e->next = ENTRY_NONE;
	if (chain->last != ENTRY_NONE) {
		t->items[chain->last].next = slot;
	} else {
		chain->first = slot;
	}
	chain->last = slot;
	chain->count++;
}

static void unlink_from(struct queue_entries *t, struct queue_entry *e)
{
	struct entry_chain *chain = &t->lists[e->list];

	if (e->prev != ENTRY_NONE) {
		t->items[e->prev].next = e->next;
	} else {
		chain->first = e->next;
	}
	if (e->next != ENTRY_NONE) {
		t->items[e->next].prev = e->prev;
	} else {
		chain->last = e->prev;
	}
	chain->count--;
}

struct queue_entry *queue_entries_add(struct queue_entries *t, uint64_t contact_hash,
                                      uint64_t queue_hash, enum entry_list list)
{
	uint64_t key = queue_entry_key(contact_hash, queue_hash);
	uint32_t slot = table_find(&t->table, key) == TABLE_NONE ? table_insert(&t->table, key)
	                                                         : TABLE_NONE;
	struct queue_entry *e = queue_entries_at(t, slot);

	if (e != NULL) {
		*e = (struct queue_entry){ .contact_hash = contact_hash, .queue_hash = queue_hash };
		link_last(t, e, list);
	}
	return e;
}

void queue_entries_move(struct queue_entries *t, struct queue_entry *e, enum entry_list list)
{
	unlink_from(t, e);
	link_last(t, e, list);
}

void queue_entries_remove(struct queue_entries *t, struct queue_entry *e)
{
	unlink_from(t, e);
	(void)table_remove(&t->table, queue_entry_key(e->contact_hash, e->queue_hash));
}

bool queue_entries_rename(struct queue_entries *t, struct queue_entry *e, uint64_t contact_hash)
{
	uint64_t key = queue_entry_key(contact_hash, e->queue_hash);
	uint32_t slot;

	if (table_find(&t->table, key) != TABLE_NONE) {
		return false;
	}
	slot = table_remove(&t->table, queue_entry_key(e->contact_hash, e->queue_hash));
	e->contact_hash = contact_hash;
	/* the table hands out the slot that became free last, so the entry stays where it is */
	slot = table_insert(&t->table, key) == slot ? slot : ENTRY_NONE;
	assert(slot == (uint32_t)(e - t->items));
	return true;
}
