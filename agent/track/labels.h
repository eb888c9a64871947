/*
 * Names that stand in many places, kept once: queues.
 *
 * A bounded set of labels with a count of who uses each. The raw name is only hashed; what is kept
 * is valid UTF-8 of bounded length, ready to go into a record. A label nobody uses stays until its
 * place is needed.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/siphash.h"
#include "common/slice.h"
#include "common/table.h"

#define LABEL_BYTES 128 /* with its NUL; app_queue's own limit is 80 */
#define LABELS_NONE TABLE_NONE

struct label {
	uint64_t hash; /* of the raw name */
	uint32_t users;
	char text[LABEL_BYTES];
};

struct labels {
	struct table table;  /* hash -> place in items */
	struct label *items; /* owned; `capacity` of them */
};

/** @return 0 or -ENOMEM. */
int labels_init(struct labels *l, uint32_t capacity);
void labels_free(struct labels *l);

/** The place of a name, with one user more; LABELS_NONE when all places are in use by others. */
uint32_t labels_take(struct labels *l, uint64_t hash, struct slice raw);
void labels_drop(struct labels *l, uint32_t place);

/** Nobody uses anything any more. */
void labels_clear(struct labels *l);

/**
 * Write `raw` as a label: bytes that are not UTF-8, and NUL, become U+FFFD; what does not fit into
 * size - 1 bytes is cut at the end of a character.
 * @return the length without the NUL.
 */
size_t label_clean(struct slice raw, char *out, size_t size);
