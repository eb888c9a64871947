/*
 * The table of contacts in queues: entries found by key, each in exactly one of three lists in the
 * order they came to it. Storage for queue_call.c and its saving; no rules here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/table.h"

#define ENTRY_NONE TABLE_NONE

enum entry_list {
	ENTRY_OPEN,  /* no end yet; in order of entry */
	ENTRY_HELD,  /* abandoned, not emitted: the PBX may have been stopping */
	ENTRY_ENDED, /* emitted; kept a moment for a re-entry in the same second */
	ENTRY_LISTS,
};

struct queue_entry {
	uint64_t contact_hash; /* keyed hash of the unique id, to find it by */
	uint64_t queue_hash;
	uint64_t contact; /* pseudonyms */
	uint64_t customer;
	uint64_t agent; /* who answered last */
	int64_t at_us;
	int64_t seen_us;
	int64_t connected_us;
	uint32_t entry;
	uint32_t queue; /* label */
	uint32_t position;
	uint32_t wait_ms;
	uint32_t ring_ms;
	uint32_t connects;
	uint32_t ring_no_answers;
	uint32_t ring_no_answers_over_3s;
	bool has_position;
	bool has_wait;
	bool has_ring;
	bool doubted; /* lines were missed, and nobody has said yet that it goes on */
	uint8_t list;
	uint32_t prev;
	uint32_t next;
};

struct entry_chain {
	uint32_t first;
	uint32_t last;
	uint32_t count;
};

struct queue_entries {
	struct table table;
	struct queue_entry *items; /* owned; table.capacity of them */
	struct entry_chain lists[ENTRY_LISTS];
};

/** @return 0 or -ENOMEM. */
int queue_entries_init(struct queue_entries *t, uint32_t capacity);
void queue_entries_free(struct queue_entries *t);
void queue_entries_clear(struct queue_entries *t);

/* Both hashes are outputs of one keyed hash, so their mix cannot be steered either. */
static inline uint64_t queue_entry_key(uint64_t contact_hash, uint64_t queue_hash)
{
	return contact_hash ^ (queue_hash << 32 | queue_hash >> 32);
}

/** NULL when there is none. */
struct queue_entry *queue_entries_find(struct queue_entries *t, uint64_t contact_hash,
                                       uint64_t queue_hash);

/** A zeroed entry at the end of a list; NULL when the table is full or the key is there. */
struct queue_entry *queue_entries_add(struct queue_entries *t, uint64_t contact_hash,
                                      uint64_t queue_hash, enum entry_list list);

/** To the end of another list. */
void queue_entries_move(struct queue_entries *t, struct queue_entry *e, enum entry_list list);
void queue_entries_remove(struct queue_entries *t, struct queue_entry *e);

/** Give an entry another contact's hash, its place in its list unchanged; false when that key is
 * there already. */
bool queue_entries_rename(struct queue_entries *t, struct queue_entry *e, uint64_t contact_hash);

static inline struct queue_entry *queue_entries_at(const struct queue_entries *t, uint32_t slot)
{
	return slot != ENTRY_NONE ? &t->items[slot] : NULL;
}

static inline struct queue_entry *queue_entries_first(const struct queue_entries *t,
                                                      enum entry_list list)
{
	return queue_entries_at(t, t->lists[list].first);
}
