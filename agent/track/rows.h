/*
 * The rows of a tracker: structs that begin with their uint64_t key, a keyed hash that is never 0
 * (0: the row is free), in a table of bounded size, and as bytes in a checkpoint. Owns both.
 */
#pragma once

#include "common/buf.h"
#include "common/cursor.h"
#include "common/table.h"

struct rows {
	struct table table;
	void *items; /* owned; table.capacity of them */
	size_t size;
};

/** @return 0, or -ENOMEM and rows_free is fine. */
int rows_init(struct rows *r, uint32_t capacity, size_t size_bytes);
void rows_free(struct rows *r);

/** The row in a slot; free ones too. */
void *rows_at(const struct rows *r, uint32_t slot);

static inline uint64_t rows_key(const void *row)
{
	return *(const uint64_t *)row;
}

/** NULL: there is none. */
void *rows_find(const struct rows *r, uint64_t key);

/** A row of zeroes but for its key, which must be new; not to be called when the table is full. */
void *rows_add(struct rows *r, uint64_t key);
void rows_remove(struct rows *r, void *row);
void rows_clear(struct rows *r);

/* varint rows, each as the tracker writes it, its key first */
typedef void (*rows_save_fn)(const void *row, struct buf *out);
typedef void (*rows_load_fn)(void *row, unsigned version, struct cursor *in);

/** Append u8 version and the rows. */
void rows_save(const struct rows *r, unsigned version, rows_save_fn save, struct buf *out);

/**
 * Take what rows_save wrote, of any version up to this one. A row that was not loaded whole sets
 * in->bad.
 * @return 0, -EBADMSG or -ENOSPC, and there are no rows.
 */
int rows_load(struct rows *r, unsigned version, rows_load_fn load, struct cursor *in);
