/* Names kept once; see labels.h. Owns its memory; knows nothing of logs or records. */
#include "agent/track/labels.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "cxmeter/record.h"

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

int labels_init(struct labels *l, uint32_t capacity)
{
	int rc = table_init(&l->table, capacity);

	l->items = rc == 0 ? calloc(capacity, sizeof(*l->items)) : NULL;
	if (rc == 0 && l->items == NULL) {
		table_free(&l->table);
		rc = -ENOMEM;
	}
	return rc;
}

void labels_free(struct labels *l)
{
	table_free(&l->table);
	free(l->items);
	l->items = NULL;
}

/* Length of the UTF-8 character at the front of s; 0 when there is none. */
static size_t character(struct slice s)
{
	for (size_t n = 1; n <= 4 && n <= s.len; n++) {
		if (cxm_utf8_valid((struct slice){ s.at, n })) {
			return n;
		}
	}
	return 0;
}

static bool plain(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		if ((signed char)s.at[i] <= 0) {
			return false;
		}
	}
	return true;
}

size_t label_clean(struct slice raw, char *out, size_t size)
{
	size_t len = 0;

	assert(size > 0);
	if (raw.len < size && plain(raw)) { /* nearly always */
		if (raw.len > 0) {
			memcpy(out, raw.at, raw.len);
		}
		out[raw.len] = '\0';
		return raw.len;
	}
	while (raw.len > 0) {
		size_t n = character(raw);
		struct slice piece = n > 0 ? (struct slice){ raw.at, n } : slice_of(replacement);

		if (len + piece.len >= size) {
			break;
		}
		memcpy(out + len, piece.at, piece.len);
		len += piece.len;
		n = n > 0 ? n : 1;
		raw = (struct slice){ raw.at + n, raw.len - n };
	}
	out[len] = '\0';
	return len;
}

/* Give every place nobody uses back; there are few names and this is rare. */
static void sweep(struct labels *l)
{
	for (uint32_t i = 0; i < l->table.capacity; i++) {
		struct label *item = &l->items[i];

		if (item->users == 0 && table_find(&l->table, item->hash) == i) {
			(void)table_remove(&l->table, item->hash);
		}
	}
}

uint32_t labels_take(struct labels *l, uint64_t hash, struct slice raw)
{
	uint32_t place = table_find(&l->table, hash);

	if (place == TABLE_NONE) {
		if (table_full(&l->table)) {
			sweep(l);
		}
		place = table_insert(&l->table, hash);
		if (place == TABLE_NONE) {
			return LABELS_NONE;
		}
		l->items[place].hash = hash;
		l->items[place].users = 0;
		(void)label_clean(raw, l->items[place].text, LABEL_BYTES);
	}
	l->items[place].users++;
	return place;
}

void labels_drop(struct labels *l, uint32_t place)
{
	assert(l->items[place].users > 0);
	l->items[place].users--;
}

void labels_clear(struct labels *l)
{
	for (uint32_t i = 0; i < l->table.capacity; i++) {
		l->items[i].users = 0;
	}
}
