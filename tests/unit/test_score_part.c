/* A day's part as bytes and back: everything in it, and nothing that is cut short or made up. */
#include "collector/score/evidence/part.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "collector/score/evidence/weights.h"
#include "tests/support/cases.h"

static void fill(struct tallies *t)
{
	struct tally_item item = {
		.day = 1, .tag = 2, .a = UINT64_MAX, .b = 7, .x = { 0, -1.5, 3, 0 }
	};
	struct stats_cell cell = { 12.5, 3, 1, 1 };
	struct tally_slot *s;
	uint32_t label;

	*t = (struct tallies){ .n_days = 2 };
	t->days[1] = (struct stats_day){ 4, 2.5, 9 };
	t->seen[1].rows[0] = 17;
	assert_int_equal(tallies_add_item(t, &item), 0);
	assert_int_equal(tallies_add_cell(t, &cell), 0);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(tallies_label(t, i < 2 ? SLICE("sales") : SLICE(""), &label), 0);
		assert_int_equal(tallies_slot(t, 1, 40 + i, label, &s), 0);
		s->sums[i] = 1.25 + i;
	}
	tallies_sort(t);
}

static void what_is_written_is_read(void **state)
{
	struct tallies t;
	struct tallies back = { .n_days = 3 };
	struct buf out;

	(void)state;
	fill(&t);
	buf_init(&out, PART_MAX_BYTES);
	part_write(&t, 1, &out);
	assert_int_equal(part_read(&back, 2, cursor_of(out.data, out.len)), 0);
	tallies_sort(&back);
	assert_memory_equal(&back.days[2], &t.days[1], sizeof(t.days[1]));
	assert_memory_equal(&back.seen[2], &t.seen[1], sizeof(t.seen[1]));
	assert_int_equal(back.n_slots, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_memory_equal(back.slots[i].sums, t.slots[i].sums, sizeof(t.slots[i].sums));
		assert_int_equal(back.slots[i].slot, t.slots[i].slot);
		assert_string_equal(back.labels[back.slots[i].label], t.labels[t.slots[i].label]);
	}
	assert_memory_equal(back.items[0].x, t.items[0].x, sizeof(t.items[0].x));
	assert_true(back.items[0].a == UINT64_MAX && back.items[0].day == 2);
	assert_true(back.cells[0].value == 12.5 && back.cells[0].day == 2);
	buf_free(&out);
	tally_free(&t);
	tally_free(&back);
}

/* The same day, of which only a share of the calls was followed. */
static void fill_sampled(struct tallies *t)
{
	fill(t);
	t->days[1] = (struct stats_day){ 0 };
	assert_int_equal(
		weights_add(t, 1, 250000, &(struct stats_day){ .n = 4, .sum = 2.5, .squares = 9 }),
		0);
}

static void what_was_seen_of_a_share_is_read(void **state)
{
	struct tallies t;
	struct tallies back = { .n_days = 3 };
	struct buf out;

	(void)state;
	fill_sampled(&t);
	buf_init(&out, PART_MAX_BYTES);
	part_write(&t, 1, &out);
	assert_int_equal(part_read(&back, 2, cursor_of(out.data, out.len)), 0);
	assert_memory_equal(&back.sampled[2], &t.sampled[1], sizeof(t.sampled[1]));
	assert_true(back.days[2].n == 16 && back.sampled[2].seen.n == 4);
	buf_free(&out);
	tally_free(&t);
	tally_free(&back);
}

static void cut_everywhere(void (*make)(struct tallies *t))
{
	struct tallies t;
	struct buf out;

	make(&t);
	buf_init(&out, PART_MAX_BYTES);
	part_write(&t, 1, &out);
	for (size_t len = 0; len < out.len; len++) {
		struct tallies back = { .n_days = 1 };

		assert_int_equal(part_read(&back, 0, cursor_of(out.data, len)), -EBADMSG);
		tally_free(&back);
	}
	buf_free(&out);
	tally_free(&t);
}

static void a_part_cut_anywhere_is_refused(void **state)
{
	(void)state;
	cut_everywhere(fill);
	cut_everywhere(fill_sampled);
}

static void a_part_of_another_form_or_with_more_behind_it_is_refused(void **state)
{
	struct tallies t;
	struct tallies back = { .n_days = 1 };
	struct buf out;

	(void)state;
	fill(&t);
	buf_init(&out, PART_MAX_BYTES);
	part_write(&t, 1, &out);
	buf_add_char(&out, 'x');
	assert_int_equal(part_read(&back, 0, cursor_of(out.data, out.len)), -EBADMSG);
	tally_free(&back);
	back.n_days = 1;
	out.data[0] = PART_FORM + 1;
	assert_int_equal(part_read(&back, 0, cursor_of(out.data, out.len - 1)), -EBADMSG);
	buf_free(&out);
	tally_free(&t);
	tally_free(&back);
}

/* Cells of one value and day become one, however many come: 2^21 of them fit. */
static void equal_values_take_one_place(void **state)
{
	struct tallies t = { .n_days = 1 };

	(void)state;
	for (size_t i = 0; i < 2 * TALLY_CELLS_MAX; i++) {
		struct stats_cell cell = { (double)(i % 100), 1, 1, 0 };

		assert_int_equal(tallies_add_cell(&t, &cell), 0);
	}
	tallies_sort(&t);
	assert_int_equal(t.n_cells, 100);
	assert_true(t.cells[0].n == ceil((double)(2 * TALLY_CELLS_MAX) / 100));
	tally_free(&t);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, what_is_written_is_read);
	cases_test(&c, what_was_seen_of_a_share_is_read);
	cases_test(&c, a_part_cut_anywhere_is_refused);
	cases_test(&c, a_part_of_another_form_or_with_more_behind_it_is_refused);
	cases_test(&c, equal_values_take_one_place);
	return cases_run("score_part", &c, NULL, NULL);
}
