#include "collector/score/evidence/part.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void add_double(struct buf *out, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	buf_add_u64le(out, bits);
}

static double take_double(struct cursor *c)
{
	uint64_t bits = cursor_u64le(c);
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

/* A number that is added up or sorted by: never NAN. */
static double take_number(struct cursor *c)
{
	double v = take_double(c);

	c->bad |= isnan(v);
	return v;
}

/* Where the entries of a day begin in a list that is sorted by day, and how many there are. */
#define RUN_OF(list, n_list, wanted, first, n)                                                     \
	do {                                                                                       \
		(first) = 0;                                                                       \
		(n) = 0;                                                                           \
		while ((first) < (n_list) && (list)[first].day < (wanted)) {                       \
			(first)++;                                                                 \
		}                                                                                  \
		while ((first) + (n) < (n_list) && (list)[(first) + (n)].day == (wanted)) {        \
			(n)++;                                                                     \
		}                                                                                  \
	} while (0)

static void write_day(const struct tallies *t, size_t day, struct buf *out)
{
	size_t n_cells = 0;

	add_double(out, t->days[day].n);
	add_double(out, t->days[day].sum);
	add_double(out, t->days[day].squares);
	for (size_t i = 0; i < MODEL_READS_MAX; i++) {
		buf_add_varint(out, t->seen[day].rows[i]);
	}
	for (size_t i = 0; i < t->n_cells; i++) {
		n_cells += t->cells[i].day == day;
	}
	buf_add_varint(out, n_cells);
	for (size_t i = 0; i < t->n_cells; i++) {
		if (t->cells[i].day == day) {
			add_double(out, t->cells[i].value);
			add_double(out, t->cells[i].n);
			add_double(out, t->cells[i].events);
		}
	}
}

/* Slots name their label by its text, once a run of them: they are sorted by label. */
static void write_slots(const struct tallies *t, size_t day, struct buf *out)
{
	size_t first;
	size_t n;

	RUN_OF(t->slots, t->n_slots, day, first, n);
	buf_add_varint(out, n);
	for (size_t i = first; i < first + n; i++) {
		const struct tally_slot *s = &t->slots[i];
		bool same = i > first && s[-1].label == s->label;
		unsigned used = 0;

		buf_add_varint(out, same ? 0 : strlen(t->labels[s->label]) + 1);
		if (!same) {
			buf_add_text(out, t->labels[s->label]);
		}
		buf_add_varint(out, s->slot);
		for (unsigned k = 0; k < STORE_SUMS_MAX; k++) {
			used |= s->sums[k] != 0 ? 1U << k : 0;
		}
		buf_add_varint(out, used);
		for (unsigned k = 0; k < STORE_SUMS_MAX; k++) {
			if ((used >> k & 1U) != 0) {
				add_double(out, s->sums[k]);
			}
		}
	}
}

static void write_items(const struct tallies *t, size_t day, struct buf *out)
{
	size_t first;
	size_t n;

	RUN_OF(t->items, t->n_items, day, first, n);
	buf_add_varint(out, n);
	for (size_t i = first; i < first + n; i++) {
		const struct tally_item *item = &t->items[i];
		unsigned used = 0;

		buf_add_varint(out, item->tag);
		buf_add_u64le(out, item->a);
		buf_add_u64le(out, item->b);
		for (unsigned k = 0; k < TALLY_ITEM_VALUES; k++) {
			used |= item->x[k] != 0 ? 1U << k : 0;
		}
		buf_add_varint(out, used);
		for (unsigned k = 0; k < TALLY_ITEM_VALUES; k++) {
			if ((used >> k & 1U) != 0) {
				add_double(out, item->x[k]);
			}
		}
	}
}

static void write_sampled(const struct tally_sampled *s, struct buf *out)
{
	add_double(out, s->seen.n);
	add_double(out, s->seen.sum);
	add_double(out, s->seen.squares);
	add_double(out, s->squares);
	buf_add_varint(out, s->lowest_ppm);
	buf_add_varint(out, s->highest_ppm);
}

void part_write(const struct tallies *t, size_t day, struct buf *out)
{
	bool sampled = t->sampled != NULL && t->sampled[day].highest_ppm != 0;

	buf_add_varint(out, sampled ? PART_FORM_SAMPLED : PART_FORM);
	write_day(t, day, out);
	write_slots(t, day, out);
	write_items(t, day, out);
	if (sampled) {
		write_sampled(&t->sampled[day], out);
	}
}

static int read_cells(struct tallies *t, size_t day, struct cursor *c)
{
	uint64_t n = cursor_varint(c);
	int rc = 0;

	for (uint64_t i = 0; rc == 0 && i < n && !c->bad; i++) {
		struct stats_cell cell = { .day = (uint32_t)day };

		cell.value = take_number(c);
		cell.n = take_number(c);
		cell.events = take_number(c);
		rc = c->bad ? -EBADMSG : tallies_add_cell(t, &cell);
	}
	return rc;
}

static int read_slots(struct tallies *t, size_t day, struct cursor *c)
{
	uint64_t n = cursor_varint(c);
	uint32_t label = 0;
	uint64_t after = 0; /* slots of a label ascend */
	int rc = 0;

	for (uint64_t i = 0; rc == 0 && i < n && !c->bad; i++) {
		uint64_t text = cursor_varint(c);
		const uint8_t *at = text > 0 && text <= CXM_LABEL_MAX_BYTES + 1
		                            ? cursor_take(c, text - 1)
		                            : NULL;
		struct tally_slot *s = NULL;
		uint64_t slot;
		uint64_t used;

		if ((text > 0) != (at != NULL) || (i == 0 && text == 0) ||
		    (at != NULL && memchr(at, '\0', text - 1) != NULL)) {
			return -EBADMSG;
		}
		if (text > 0) {
			rc = tallies_label(t, (struct slice){ (const char *)at, text - 1 }, &label);
		}
		slot = cursor_varint(c);
		used = cursor_varint(c);
		after = text > 0 ? 0 : after;
		if (c->bad || slot < after || slot > UINT16_MAX || used >> STORE_SUMS_MAX != 0) {
			return -EBADMSG;
		}
		after = slot + 1;
		rc = rc != 0 ? rc
		             : tallies_append_slot(t, (uint32_t)day, (uint32_t)slot, label, &s);
		for (unsigned k = 0; rc == 0 && k < STORE_SUMS_MAX; k++) {
			s->sums[k] = (used >> k & 1U) != 0 ? take_double(c) : 0;
		}
	}
	return rc;
}

static int read_items(struct tallies *t, size_t day, struct cursor *c)
{
	uint64_t n = cursor_varint(c);
	int rc = 0;

	for (uint64_t i = 0; rc == 0 && i < n && !c->bad; i++) {
		struct tally_item item = { .day = (uint32_t)day };
		uint64_t tag = cursor_varint(c);
		uint64_t used;

		item.tag = (uint32_t)tag;
		item.a = cursor_u64le(c);
		item.b = cursor_u64le(c);
		used = cursor_varint(c);
		if (c->bad || tag > UINT32_MAX || used >> TALLY_ITEM_VALUES != 0) {
			return -EBADMSG;
		}
		for (unsigned k = 0; k < TALLY_ITEM_VALUES; k++) {
			item.x[k] = (used >> k & 1U) != 0 ? take_double(c) : 0;
		}
		rc = c->bad ? -EBADMSG : tallies_add_item(t, &item);
	}
	return rc;
}

static int read_sampled(struct tallies *t, size_t day, struct cursor *c)
{
	struct tally_sampled s = { 0 };
	uint64_t lowest;
	uint64_t highest;

	s.seen.n = take_number(c);
	s.seen.sum = take_number(c);
	s.seen.squares = take_number(c);
	s.squares = take_number(c);
	lowest = cursor_varint(c);
	highest = cursor_varint(c);
	if (c->bad || lowest == 0 || lowest > highest || highest > UINT32_MAX) {
		return -EBADMSG;
	}
	s.lowest_ppm = (uint32_t)lowest;
	s.highest_ppm = (uint32_t)highest;
	if (t->sampled == NULL) {
		t->sampled = calloc(STATS_DAYS_MAX, sizeof(*t->sampled));
	}
	if (t->sampled == NULL) {
		return -ENOMEM;
	}
	t->sampled[day] = s;
	return 0;
}

int part_read(struct tallies *t, size_t day, struct cursor data)
{
	struct cursor *c = &data;
	uint64_t form = cursor_varint(c);
	int rc;

	if (form != PART_FORM && form != PART_FORM_SAMPLED) {
		return -EBADMSG;
	}
	t->days[day].n = take_number(c);
	t->days[day].sum = take_number(c);
	t->days[day].squares = take_number(c);
	for (size_t i = 0; i < MODEL_READS_MAX; i++) {
		t->seen[day].rows[i] = cursor_varint(c);
	}
	rc = c->bad ? -EBADMSG : read_cells(t, day, c);
	rc = rc != 0 ? rc : read_slots(t, day, c);
	rc = rc != 0 ? rc : read_items(t, day, c);
	rc = rc != 0 || form == PART_FORM ? rc : read_sampled(t, day, c);
	return rc == 0 && (c->bad || cursor_left(c) > 0) ? -EBADMSG : rc;
}
