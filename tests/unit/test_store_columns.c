/* What joins and slots ask a store for: columns in the order of a time, sums by slot and by key,
 * and how often a day has changed. Over the product's records in SQLite. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "tests/support/block_world.h"
#include "tests/support/cases.h"
#include "tests/support/catalog.h"

static int set_up(void **state)
{
	struct score_world *w;

	assert_int_equal(score_world_set_up(state), 0);
	w = *state;
	block_world_add(w, "Case", 1, "10:00:00",
	                "case_id=1 customer=7 closed_us=2026-10-30T00:00:00Z "
	                "reason=order articles=2");
	block_world_add(w, "Case", 1, "11:00:00", "case_id=2 closed_us=2026-10-29T00:00:00Z");
	block_world_add(w, "Case", 1, "12:00:00", "case_id=3 customer=7 articles=5");
	score_world_put(w);
	return 0;
}

static int on_columns(void *arg, const struct store_columns_row *row)
{
	struct buf *out = arg;

	buf_printf(out, "%d:", row->has_key[0] ? (int)row->keys[0] : -1);
	buf_printf(out, "%s ",
	           row->has_key[1] && row->keys[1] == stats_fnv1a("order") ? "order" : "-");
	if (isnan(row->values[0])) {
		buf_add_text(out, "? ");
	} else {
		buf_printf(out, "%g ", row->values[0]);
	}
	return 0;
}

static void columns_of(struct score_world *w, const char *time, const char *want)
{
	const struct cxm_kind *kind = product_kind("Case");
	struct store_columns q = { .range = { kind, SCORE_WORLD_SITE, block_world_us(1, "00:00:00"),
		                              block_world_us(2, "00:00:00") },
		                   .n_keys = 2,
		                   .n_values = 1 };
	struct arena arena;
	struct buf out;

	arena_init(&arena, 65536);
	buf_init(&out, 4096);
	q.time = time != NULL ? cxm_field_named(kind, slice_of(time)) : NULL;
	q.keys[0] = cxm_field_named(kind, SLICE("customer"));
	q.keys[1] = cxm_field_named(kind, SLICE("reason"));
	assert_int_equal(expr_parse(&q.values[0], kind, SLICE("articles * 2"), EXPR_IS_NUMBER,
	                            &arena, &w->fault),
	                 0);
	assert_int_equal(w->store->ops->columns(w->store, &q, on_columns, &out, &w->fault), 0);
	assert_string_equal(buf_text(&out), want);
	buf_free(&out);
	arena_free(&arena);
}

static void columns_come_in_the_order_of_their_time(void **state)
{
	columns_of(*state, NULL, "7:order 4 -1:- ? 7:- 10 ");
}

static void by_another_time_rows_without_it_are_left_out(void **state)
{
	columns_of(*state, "closed_us", "-1:- ? 7:order 4 ");
}

static int on_tally(void *arg, const struct store_tally_row *row)
{
	buf_printf(arg, "%" PRIu32 "/%" PRId64 "=%" PRIu64 " ", row->slot, row->key, row->n);
	return 0;
}

static void tally_of(struct score_world *w, struct store_tally *q, const char *want)
{
	struct buf out;

	q->range = (struct store_range){ product_kind("Case"), SCORE_WORLD_SITE,
		                         block_world_us(1, "09:00:00"),
		                         block_world_us(2, "00:00:00") };
	buf_init(&out, 4096);
	assert_int_equal(w->store->ops->tally(w->store, q, on_tally, &out, &w->fault), 0);
	assert_string_equal(buf_text(&out), want);
	buf_free(&out);
}

static void a_slot_is_counted_from_where_the_range_begins(void **state)
{
	struct store_tally q = { .slot_us = INT64_C(7200) * 1000000 };

	tally_of(*state, &q, "0/0=1 1/0=2 ");
}

static void a_key_gives_a_row_an_identity(void **state)
{
	struct store_tally q = { .key = cxm_field_named(product_kind("Case"), SLICE("customer")) };

	tally_of(*state, &q, "0/7=2 ");
}

static void a_tally_divides_in_one_way_only(void **state)
{
	struct score_world *w = *state;
	struct store_tally q = { .range = { product_kind("Case"), SCORE_WORLD_SITE, 0, 1 },
		                 .slot_us = 1,
		                 .key = cxm_field_named(product_kind("Case"), SLICE("customer")) };

	assert_true(w->store->ops->tally(w->store, &q, on_tally, NULL, &w->fault) < 0);
}

static int on_change(void *arg, const struct store_change *change)
{
	*(uint64_t *)arg += change->rows;
	return 0;
}

static uint64_t changes_of(struct score_world *w, const char *day)
{
	struct store_changes q = { .site = SCORE_WORLD_SITE,
		                   .from_day = score_world_day(day),
		                   .to_day = score_world_day(day) };
	uint64_t rows = 0;

	assert_int_equal(w->store->ops->changes(w->store, &q, on_change, &rows, &w->fault), 1);
	return rows;
}

static void a_day_changes_with_what_is_stored_or_replaced(void **state)
{
	struct score_world *w = *state;

	assert_int_equal(changes_of(w, "2026-10-26"), 3);
	assert_int_equal(changes_of(w, "2026-10-27"), 0);
	block_world_add(w, "Case", 1, "12:00:00", "case_id=3 customer=7 articles=5"); /* known */
	score_world_put(w);
	assert_int_equal(changes_of(w, "2026-10-26"), 3);
	block_world_add(w, "Case", 1, "12:00:00",
	                "case_id=3 customer=7 articles=6 seen_us=2026-10-27T00:00:00Z");
	score_world_put(w);
	assert_int_equal(changes_of(w, "2026-10-26"), 4);
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, columns_come_in_the_order_of_their_time, set_up, score_world_tear_down);
	cases_test_with(&c, by_another_time_rows_without_it_are_left_out, set_up,
	                score_world_tear_down);
	cases_test_with(&c, a_slot_is_counted_from_where_the_range_begins, set_up,
	                score_world_tear_down);
	cases_test_with(&c, a_key_gives_a_row_an_identity, set_up, score_world_tear_down);
	cases_test_with(&c, a_tally_divides_in_one_way_only, set_up, score_world_tear_down);
	cases_test_with(&c, a_day_changes_with_what_is_stored_or_replaced, set_up,
	                score_world_tear_down);
	return cases_run("store_columns", &c, NULL, NULL);
}
