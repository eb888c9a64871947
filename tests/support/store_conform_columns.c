/* What joins, slots and kept figures ask: columns in the order of a time, tallies by slot and by
 * key, and how often each day has changed. */
#include "tests/support/store_conform.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

#include "cxmeter/stats.h"
#include "tests/support/record_of.h"

#define T0     RECORD_AT_US
#define DAY_US (INT64_C(86400) * 1000000)

static const char *const rows[] = {
	"at_us=1700000000000001 entry=1 order=b wait_ms=100 due_us=1700000000000009 "
	"agent=0000000000000007",
	"at_us=1700000000000001 entry=2 order=a wait_ms=200 agent=0000000000000007",
	"at_us=1700000000000002 entry=3 wait_ms=300 due_us=1700000000000003 "
	"agent=ffffffffffffffff",
	"at_us=1700000000000005 entry=4 order=b due_us=1700000000000001",
};

static void put_rows(struct store_world *w)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		store_world_add(w, w->probe, rows[i]);
	}
	assert_int_equal(store_world_put(w, 1), 0);
}

/* ---- columns ---- */

struct columns_case {
	const char *name;
	const char *of;
	const char *time;
	const char *want; /* a line a row: microseconds, agent, is its order b, twice its wait */
};

static const struct columns_case columns_cases[] = {
	{ "columns_come_by_the_key", NULL, NULL, "1 7 b 200\n1 7 - 400\n2 -1 - 600\n5 - b ?\n" },
	{ "columns_are_of_the_rows_that_count", "wait_ms > 100", NULL, "1 7 - 400\n2 -1 - 600\n" },
	{ "columns_by_another_time_are_of_the_rows_that_have_it", NULL, "due_us",
	  "1 - b ?\n3 -1 - 600\n9 7 b 200\n" },
	{ "columns_of_nothing_are_none", "wait_ms > 1000", NULL, "" },
};

static int add_columns(void *arg, const struct store_columns_row *row)
{
	struct buf *out = arg;

	buf_printf(out, "%" PRId64, row->time_us - 1700000000000000);
	if (row->has_key[0]) {
		buf_printf(out, " %" PRId64, (int64_t)row->keys[0]);
	} else {
		buf_add_text(out, " -");
	}
	buf_add_text(out, row->has_key[1] && row->keys[1] == stats_fnv1a("b") ? " b " : " - ");
	if (isnan(row->values[0])) {
		buf_add_text(out, "?\n");
	} else {
		buf_printf(out, "%g\n", row->values[0]);
	}
	return 0;
}

static struct store_columns all_columns(struct store_world *w)
{
	return (struct store_columns){
		.range = store_world_all(w->probe, WORLD_SITE),
		.keys = { cxm_field_named(w->probe, SLICE("agent")),
		          cxm_field_named(w->probe, SLICE("order")) },
		.n_keys = 2,
		.values = { store_world_expr(w, w->probe, EXPR_IS_NUMBER, "wait_ms * 2") },
		.n_values = 1,
	};
}

static void columns_run(void **state)
{
	struct store_world *w = *state;
	const struct columns_case *c = w->row;
	struct store_columns q = all_columns(w);
	struct buf out;

	buf_init(&out, 4096);
	put_rows(w);
	q.of = c->of != NULL ? store_world_expr(w, w->probe, EXPR_IS_TRUTH, c->of) : NULL;
	q.time = c->time != NULL ? cxm_field_named(w->probe, slice_of(c->time)) : NULL;
	assert_int_equal(w->of->ops->columns(w->store, &q, add_columns, &out, &w->fault), 0);
	assert_string_equal(buf_text(&out), c->want);
	buf_free(&out);
}

static int stop_columns(void *arg, const struct store_columns_row *row)
{
	(void)row;
	++*(int *)arg;
	return 5;
}

static void columns_stop_when_told(void **state)
{
	struct store_world *w = *state;
	struct store_columns q = all_columns(w);
	int calls = 0;

	put_rows(w);
	assert_int_equal(w->of->ops->columns(w->store, &q, stop_columns, &calls, &w->fault), 5);
	assert_int_equal(calls, 1);
}

static void columns_of_an_unknown_site_are_none(void **state)
{
	struct store_world *w = *state;
	struct store_columns q = all_columns(w);
	int calls = 0;

	put_rows(w);
	q.range.site = "elsewhere";
	assert_int_equal(w->of->ops->columns(w->store, &q, stop_columns, &calls, &w->fault), 0);
	assert_int_equal(calls, 0);
}

static void bytes_are_no_key_and_a_duration_is_no_time(void **state)
{
	struct store_world *w = *state;
	struct store_columns q = all_columns(w);
	int calls = 0;

	q.keys[0] = cxm_field_named(w->probe, SLICE("proof"));
	assert_int_equal(w->of->ops->columns(w->store, &q, stop_columns, &calls, &w->fault),
	                 -EINVAL);
	q.n_keys = 0;
	q.time = cxm_field_named(w->probe, SLICE("wait_ms"));
	assert_int_equal(w->of->ops->columns(w->store, &q, stop_columns, &calls, &w->fault),
	                 -EINVAL);
}

/* ---- slots and keys ---- */

struct division_case {
	const char *name;
	int64_t slot_us;
	const char *key;
	const char *group;
	const char *want; /* a line a row: group, slot, key, rows, waits */
};

static const struct division_case division_cases[] = {
	{ "slots_begin_with_the_range", 2, NULL, NULL, " 0 0 3 600\n 2 0 1 0\n" },
	{ "slots_ascend_within_their_group", 4, NULL, "order",
	  " 0 0 1 300\na 0 0 1 200\nb 0 0 1 100\nb 1 0 1 0\n" },
	{ "keys_ascend_as_signed_and_rows_without_are_left_out", 0, "agent", NULL,
	  " 0 -1 1 300\n 0 7 2 300\n" },
	{ "a_whole_number_is_a_key", 0, "wait_ms", NULL,
	  " 0 100 1 100\n 0 200 1 200\n 0 300 1 300\n" },
};

static int add_division(void *arg, const struct store_tally_row *row)
{
	buf_printf(arg, "%.*s %" PRIu32 " %" PRId64 " %" PRIu64 " %g\n", (int)row->group.len,
	           row->group.at, row->slot, row->key, row->n, row->sums[0]);
	return 0;
}

static void division_run(void **state)
{
	struct store_world *w = *state;
	const struct division_case *c = w->row;
	struct store_tally q = {
		.range = { w->probe, WORLD_SITE, 1700000000000001, 1700000000000010 },
		.sums = { store_world_expr(w, w->probe, EXPR_IS_NUMBER, "wait_ms") },
		.n_sums = 1,
		.slot_us = c->slot_us,
	};
	struct buf out;

	buf_init(&out, 4096);
	put_rows(w);
	q.key = c->key != NULL ? cxm_field_named(w->probe, slice_of(c->key)) : NULL;
	q.group = c->group != NULL ? cxm_field_named(w->probe, slice_of(c->group)) : NULL;
	assert_int_equal(w->of->ops->tally(w->store, &q, add_division, &out, &w->fault), 0);
	assert_string_equal(buf_text(&out), c->want);
	buf_free(&out);
}

static void a_tally_is_divided_in_one_way_only(void **state)
{
	struct store_world *w = *state;
	struct store_tally q = { .range = store_world_all(w->probe, WORLD_SITE),
		                 .slot_us = 1,
		                 .value = store_world_expr(w, w->probe, EXPR_IS_NUMBER, "entry") };

	assert_int_equal(w->of->ops->tally(w->store, &q, add_division, NULL, &w->fault), -EINVAL);
	q.value = NULL;
	q.key = cxm_field_named(w->probe, SLICE("agent"));
	assert_int_equal(w->of->ops->tally(w->store, &q, add_division, NULL, &w->fault), -EINVAL);
	q.slot_us = -1;
	q.key = NULL;
	assert_int_equal(w->of->ops->tally(w->store, &q, add_division, NULL, &w->fault), -EINVAL);
}

/* ---- changes ---- */

static int add_change(void *arg, const struct store_change *change)
{
	buf_printf(arg, "%" PRIu32 " %d %" PRIu64 "\n", change->kind,
	           (int)(change->day - T0 / DAY_US), change->rows);
	return 0;
}

static void changes_are(struct store_world *w, struct store *st, const char *want, uint64_t *born)
{
	struct store_changes q = { .site = WORLD_SITE,
		                   .from_day = (int32_t)(T0 / DAY_US),
		                   .to_day = (int32_t)(T0 / DAY_US) + 1 };
	struct buf out;

	buf_init(&out, 4096);
	assert_int_equal(w->of->ops->changes(st, &q, add_change, &out, &w->fault), 1);
	assert_string_equal(buf_text(&out), want);
	*born = q.born;
	buf_free(&out);
}

static void a_change_is_counted_with_the_rows_it_made(void **state)
{
	struct store_world *w = *state;
	uint64_t born;

	changes_are(w, w->store, "", &born);
	store_world_put_probe(w, 1, "entry=1");
	store_world_put_probe(w, 2, "entry=1"); /* known */
	changes_are(w, w->store, "1 0 1\n", &born);
	store_world_put_probe(w, 3, "entry=1 wait_ms=5 seen_us=1700000000000007"); /* replaced */
	store_world_add(w, w->index, "at_us=1700086400000000");
	store_world_add(w, w->index, "at_us=1700259200000000"); /* after the days asked for */
	assert_int_equal(store_world_put(w, 4), 0);
	changes_are(w, w->store, "1 0 2\n2 1 1\n", &born);
}

static void what_is_refused_changes_nothing(void **state)
{
	struct store_world *w = *state;
	struct store_batch batch;
	uint64_t born;

	store_world_add(w, w->probe, "entry=1");
	assert_int_equal(store_world_put(w, 1), 0);
	store_world_add(w, w->probe, "entry=2");
	batch = store_world_batch(w, 7); /* a hole */
	assert_int_equal(w->of->ops->put(w->store, &batch, 1, &w->counts, &w->fault), -ERANGE);
	changes_are(w, w->store, "1 0 1\n", &born);
}

static void changes_outlive_the_handle(void **state)
{
	struct store_world *w = *state;
	uint64_t before;
	uint64_t after;

	store_world_put_probe(w, 1, "entry=1");
	changes_are(w, w->store, "1 0 1\n", &before);
	store_world_reopen(w);
	changes_are(w, w->store, "1 0 1\n", &after);
	assert_true(before == after && before != 0);
}

static int stop_change(void *arg, const struct store_change *change)
{
	(void)change;
	++*(int *)arg;
	return -7;
}

static void changes_stop_when_told(void **state)
{
	struct store_world *w = *state;
	struct store_changes q = { .site = WORLD_SITE, .to_day = INT32_MAX };
	int calls = 0;

	store_world_put_probe(w, 1, "entry=1");
	store_world_add(w, w->index, "at_us=1700086400000000");
	assert_int_equal(store_world_put(w, 2), 0);
	assert_int_equal(w->of->ops->changes(w->store, &q, stop_change, &calls, &w->fault), -7);
	assert_int_equal(calls, 1);
}

void conform_columns(struct cases *c)
{
	cases_table(c, columns_cases, columns_run);
	cases_test(c, columns_stop_when_told);
	cases_test(c, columns_of_an_unknown_site_are_none);
	cases_test(c, bytes_are_no_key_and_a_duration_is_no_time);
	cases_table(c, division_cases, division_run);
	cases_test(c, a_tally_is_divided_in_one_way_only);
	cases_test(c, a_change_is_counted_with_the_rows_it_made);
	cases_test(c, what_is_refused_changes_nothing);
	cases_test(c, changes_outlive_the_handle);
	cases_test(c, changes_stop_when_told);
}
