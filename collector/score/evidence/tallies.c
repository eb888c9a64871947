#include "collector/score/evidence/tallies.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST 1024

/* Room for one more of `size` bytes. */
static int room(void **list, size_t n, size_t *cap, size_t size, size_t max)
{
	size_t want = *cap > 0 ? 2 * *cap : FIRST;
	void *grown;

	if (n < *cap) {
		return 0;
	}
	if (n >= max) {
		return -E2BIG;
	}
	grown = realloc(*list, want * size);
	if (grown == NULL) {
		return -ENOMEM;
	}
	*list = grown;
	*cap = want;
	return 0;
}

static int by_value(const void *a, const void *b)
{
	const struct stats_cell *x = a;
	const struct stats_cell *y = b;

	if (x->value != y->value) {
		return x->value < y->value ? -1 : 1;
	}
	return (x->day > y->day) - (x->day < y->day);
}

/* Sort the cells and make one of those of one value and day. */
static void merge_cells(struct tallies *t)
{
	size_t n = 0;

	if (t->n_cells < 2) {
		return;
	}
	qsort(t->cells, t->n_cells, sizeof(*t->cells), by_value);
	for (size_t i = 1; i < t->n_cells; i++) {
		if (by_value(&t->cells[n], &t->cells[i]) == 0) {
			t->cells[n].n += t->cells[i].n;
			t->cells[n].events += t->cells[i].events;
		} else {
			t->cells[++n] = t->cells[i];
		}
	}
	t->n_cells = n + 1;
}

int tallies_add_cell(struct tallies *t, const struct stats_cell *cell)
{
	void *list = t->cells;
	size_t taken = t->n_cells;
	int rc;

	if (taken == t->cap && taken > 0) {
		merge_cells(t);
		/* where that won little, room is made at once, so that it stays rare */
		taken = t->n_cells > t->cap / 2 && t->cap < TALLY_CELLS_MAX ? t->cap : t->n_cells;
	}
	rc = room(&list, taken, &t->cap, sizeof(*cell), TALLY_CELLS_MAX);
	t->cells = list;
	if (rc == 0) {
		t->cells[t->n_cells++] = *cell;
	}
	return rc;
}

int tallies_add_item(struct tallies *t, const struct tally_item *item)
{
	void *list = t->items;
	int rc = room(&list, t->n_items, &t->cap_items, sizeof(*item), TALLY_ITEMS_MAX);

	t->items = list;
	if (rc == 0) {
		t->items[t->n_items++] = *item;
	}
	return rc;
}

int tallies_label(struct tallies *t, struct slice text, uint32_t *out)
{
	void *list = t->labels;
	char *copy;
	int rc;

	for (size_t i = t->n_labels; i > 0; i--) { /* mostly it is the last one */
		if (slice_eq(slice_of(t->labels[i - 1]), text)) {
			*out = (uint32_t)(i - 1);
			return 0;
		}
	}
	rc = room(&list, t->n_labels, &t->cap_labels, sizeof(*t->labels), TALLY_LABELS_MAX);
	t->labels = list;
	copy = rc == 0 ? calloc(1, text.len + 1) : NULL;
	if (copy == NULL) {
		return rc != 0 ? rc : -ENOMEM;
	}
	if (text.len > 0) {
		memcpy(copy, text.at, text.len);
	}
	*out = (uint32_t)t->n_labels;
	t->labels[t->n_labels++] = copy;
	return 0;
}

/* ---- slots, found by hash ---- */

static size_t place_of(const struct tallies *t, uint32_t day, uint32_t slot, uint32_t label)
{
	uint64_t h =
		((uint64_t)label << 32 | (uint64_t)day << 16 | slot) * UINT64_C(0x9e3779b97f4a7c15);
	size_t mask = t->cap_index - 1;
	size_t at = (size_t)(h >> 32) & mask;

	while (t->index[at] != 0) {
		const struct tally_slot *s = &t->slots[t->index[at] - 1];

		if (s->day == day && s->slot == slot && s->label == label) {
			break;
		}
		at = (at + 1) & mask;
	}
	return at;
}

/* Half full at most. */
static int grow_index(struct tallies *t)
{
	size_t cap = t->cap_index > 0 ? 2 * t->cap_index : (size_t)4 * FIRST;

	if (2 * (t->n_slots + 1) <= t->cap_index) {
		return 0;
	}
	while (cap < 2 * (t->n_slots + 1)) { /* slots that were appended */
		cap *= 2;
	}
	free(t->index);
	t->index = calloc(cap, sizeof(*t->index));
	t->cap_index = t->index != NULL ? cap : 0;
	if (t->index == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < t->n_slots; i++) {
		const struct tally_slot *s = &t->slots[i];

		t->index[place_of(t, s->day, s->slot, s->label)] = (uint32_t)i + 1;
	}
	return 0;
}

int tallies_slot(struct tallies *t, uint32_t day, uint32_t slot, uint32_t label,
                 struct tally_slot **out)
{
	void *list = t->slots;
	size_t at;
	int rc = grow_index(t);

	if (rc != 0) {
		return rc;
	}
	at = place_of(t, day, slot, label);
	if (t->index[at] == 0) {
		rc = room(&list, t->n_slots, &t->cap_slots, sizeof(*t->slots), TALLY_SLOTS_MAX);
		t->slots = list;
		if (rc != 0) {
			return rc;
		}
		t->slots[t->n_slots++] =
			(struct tally_slot){ .day = day, .slot = slot, .label = label };
		t->index[at] = (uint32_t)t->n_slots;
	}
	*out = &t->slots[t->index[at] - 1];
	return 0;
}

/* Without the index, which is made again when a slot is looked for. */
int tallies_append_slot(struct tallies *t, uint32_t day, uint32_t slot, uint32_t label,
                        struct tally_slot **out)
{
	void *list = t->slots;
	int rc = room(&list, t->n_slots, &t->cap_slots, sizeof(*t->slots), TALLY_SLOTS_MAX);

	t->slots = list;
	free(t->index);
	t->index = NULL;
	t->cap_index = 0;
	if (rc == 0) {
		*out = &t->slots[t->n_slots++];
		**out = (struct tally_slot){ .day = day, .slot = slot, .label = label };
	}
	return rc;
}

/* ---- order ---- */

#define COMPARE(x, y)                                                                              \
	if ((x) != (y)) {                                                                          \
		return (x) < (y) ? -1 : 1;                                                         \
	}

static int by_slot(const void *a, const void *b)
{
	const struct tally_slot *x = a;
	const struct tally_slot *y = b;

	COMPARE(x->day, y->day)
	COMPARE(x->label, y->label)
	COMPARE(x->slot, y->slot)
	return 0;
}

static int by_item(const void *a, const void *b)
{
	const struct tally_item *x = a;
	const struct tally_item *y = b;

	COMPARE(x->day, y->day)
	COMPARE(x->tag, y->tag)
	COMPARE(x->a, y->a)
	COMPARE(x->b, y->b)
	for (size_t i = 0; i < TALLY_ITEM_VALUES; i++) {
		COMPARE(x->x[i], y->x[i])
	}
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(**(char **const *)a, **(char **const *)b);
}

/* Number the labels by their texts. Without the memory for it the numbers stay: every label is
 * still itself, only the order is that of arrival. */
static void sort_labels(struct tallies *t)
{
	char ***order = calloc(t->n_labels + 1, sizeof(*order));
	char **texts = calloc(t->n_labels + 1, sizeof(*texts));
	uint32_t *rank = calloc(t->n_labels + 1, sizeof(*rank));

	for (size_t i = 0; order != NULL && i < t->n_labels; i++) {
		order[i] = &t->labels[i];
	}
	if (order != NULL && texts != NULL && rank != NULL) {
		qsort(order, t->n_labels, sizeof(*order), by_text);
		for (size_t i = 0; i < t->n_labels; i++) {
			texts[i] = *order[i];
			rank[order[i] - t->labels] = (uint32_t)i;
		}
		memcpy(t->labels, texts, t->n_labels * sizeof(*texts));
		for (size_t i = 0; i < t->n_slots; i++) {
			t->slots[i].label = rank[t->slots[i].label];
		}
	}
	free(order);
	free(texts);
	free(rank);
}

/* Days that were kept come in their order. */
static bool sorted(const void *list, size_t n, size_t size,
                   int (*compare)(const void *, const void *))
{
	const char *at = list;

	for (size_t i = 1; i < n; i++) {
		if (compare(at + (i - 1) * size, at + i * size) > 0) {
			return false;
		}
	}
	return true;
}

void tallies_sort(struct tallies *t)
{
	if (t->n_labels > 1) {
		sort_labels(t);
	}
	merge_cells(t);
	if (t->n_slots > 1 && !sorted(t->slots, t->n_slots, sizeof(*t->slots), by_slot)) {
		qsort(t->slots, t->n_slots, sizeof(*t->slots), by_slot);
	}
	if (t->n_items > 1 && !sorted(t->items, t->n_items, sizeof(*t->items), by_item)) {
		qsort(t->items, t->n_items, sizeof(*t->items), by_item);
	}
	free(t->index); /* it points to where the slots were */
	t->index = NULL;
	t->cap_index = 0;
}

/* ---- parts ---- */

static int add_labels(const struct tallies *t, struct tallies *out)
{
	uint32_t number;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < t->n_labels; i++) {
		rc = tallies_label(out, slice_of(t->labels[i]), &number);
	}
	return rc;
}

/* Of a day on which every call was followed there is nothing to copy. */
static int copy_sampled(const struct tallies *t, size_t day, struct tallies *out)
{
	if (t->sampled[day].highest_ppm == 0) {
		return 0;
	}
	out->sampled = calloc(1, sizeof(*out->sampled));
	if (out->sampled == NULL) {
		return -ENOMEM;
	}
	out->sampled[0] = t->sampled[day];
	return 0;
}

int tallies_day(const struct tallies *t, size_t day, struct tallies *out)
{
	int rc;

	*out = (struct tallies){ .n_days = 1,
		                 .first_day = t->first_day + (int32_t)day,
		                 .slots_a_day = t->slots_a_day };
	out->days[0] = t->days[day];
	out->seen[0] = t->seen[day];
	rc = t->sampled != NULL ? copy_sampled(t, day, out) : 0;
	rc = rc != 0 ? rc : add_labels(t, out);
	for (size_t i = 0; rc == 0 && i < t->n_cells; i++) {
		struct stats_cell cell = t->cells[i];

		if (cell.day == day) {
			cell.day = 0;
			rc = tallies_add_cell(out, &cell);
		}
	}
	for (size_t i = 0; rc == 0 && i < t->n_slots; i++) {
		struct tally_slot *s;

		if (t->slots[i].day == day) {
			rc = tallies_slot(out, 0, t->slots[i].slot, t->slots[i].label, &s);
			if (rc == 0) {
				memcpy(s->sums, t->slots[i].sums, sizeof(s->sums));
			}
		}
	}
	for (size_t i = 0; rc == 0 && i < t->n_items; i++) {
		struct tally_item item = t->items[i];

		if (item.day == day) {
			item.day = 0;
			rc = tallies_add_item(out, &item);
		}
	}
	return rc;
}

int tallies_of_label(const struct tallies *t, uint32_t label, struct tallies *out)
{
	int rc;

	*out = (struct tallies){ .n_days = t->n_days,
		                 .first_day = t->first_day,
		                 .window_at = t->window_at,
		                 .slots_a_day = t->slots_a_day };
	memcpy(out->seen, t->seen, sizeof(out->seen));
	rc = add_labels(t, out);
	for (size_t i = 0; rc == 0 && i < t->n_slots; i++) {
		const struct tally_slot *from = &t->slots[i];
		struct tally_slot *s;

		if (from->label == label) {
			rc = tallies_slot(out, from->day, from->slot, label, &s);
			if (rc == 0) {
				memcpy(s->sums, from->sums, sizeof(s->sums));
			}
		}
	}
	return rc;
}

const char *tally_label(const struct tallies *t, uint32_t label)
{
	return t->labels[label];
}

void tally_free(struct tallies *t)
{
	for (size_t i = 0; i < t->n_labels; i++) {
		free(t->labels[i]);
	}
	free(t->labels);
	free(t->cells);
	free(t->slots);
	free(t->items);
	free(t->index);
	free(t->sampled);
	*t = (struct tallies){ 0 };
}
