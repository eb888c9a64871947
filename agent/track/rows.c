/* See rows.h. */
#include "agent/track/rows.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int rows_init(struct rows *r, uint32_t capacity, size_t size_bytes)
{
	*r = (struct rows){ .size = size_bytes };
	r->items = calloc(capacity, size_bytes);
	return r->items != NULL && table_init(&r->table, capacity) == 0 ? 0 : -ENOMEM;
}

void rows_free(struct rows *r)
{
	table_free(&r->table);
	free(r->items);
	*r = (struct rows){ .items = NULL };
}

void *rows_at(const struct rows *r, uint32_t slot)
{
	return (char *)r->items + (size_t)slot * r->size;
}

void *rows_find(const struct rows *r, uint64_t key)
{
	uint32_t slot = table_find(&r->table, key);

	return slot != TABLE_NONE ? rows_at(r, slot) : NULL;
}

void *rows_add(struct rows *r, uint64_t key)
{
	uint32_t slot = table_insert(&r->table, key);
	void *row;

	assert(slot != TABLE_NONE && key != 0);
	row = rows_at(r, slot);
	memset(row, 0, r->size);
	memcpy(row, &key, sizeof(key));
	return row;
}

void rows_remove(struct rows *r, void *row)
{
	(void)table_remove(&r->table, rows_key(row));
	memset(row, 0, sizeof(uint64_t));
}

void rows_clear(struct rows *r)
{
	for (uint32_t i = 0; i < r->table.capacity; i++) {
		if (rows_key(rows_at(r, i)) != 0) {
			rows_remove(r, rows_at(r, i));
		}
	}
}

void rows_save(const struct rows *r, unsigned version, rows_save_fn save, struct buf *out)
{
	buf_add_char(out, (char)version);
	buf_add_varint(out, r->table.count);
	for (uint32_t i = 0; i < r->table.capacity; i++) {
		if (rows_key(rows_at(r, i)) != 0) {
			save(rows_at(r, i), out);
		}
	}
}

static int load_row(struct rows *r, unsigned version, rows_load_fn load, struct cursor *in)
{
	struct cursor ahead = *in; /* every row begins with its key */
	uint64_t key = cursor_u64le(&ahead);

	if (ahead.bad || key == 0 || rows_find(r, key) != NULL) {
		return -EBADMSG;
	}
	if (table_full(&r->table)) {
		return -ENOSPC;
	}
	load(rows_add(r, key), version, in);
	return in->bad ? -EBADMSG : 0;
}

int rows_load(struct rows *r, unsigned version, rows_load_fn load, struct cursor *in)
{
	unsigned found = cursor_u8(in);
	uint64_t n = cursor_varint(in);
	int rc = !in->bad && found >= 1 && found <= version ? 0 : -EBADMSG;

	rows_clear(r);
	for (uint64_t i = 0; rc == 0 && i < n; i++) {
		rc = load_row(r, found, load, in);
	}
	if (rc != 0) {
		rows_clear(r);
	}
	return rc;
}
