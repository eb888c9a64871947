/* Tallies: which rows count, what they add up to, in which order the groups come. */
#include "tests/support/store_conform.h"

#include <errno.h>
#include <inttypes.h>

#include "tests/support/record_of.h"

#define T0 RECORD_AT_US

/* ---- tallies ---- */

struct tally_case {
	const char *name;
	const char *of;
	const char *sums[3];
	const char *group;
	const char *value;
	const char *want; /* a line a row: group, value, rows, sums */
};

static const char *const tally_rows[] = {
	"at_us=1700000000000001 entry=1 group=green order=b wait_ms=100 value=0.5 done=true",
	"at_us=1700000000000001 entry=2 group=green order=a wait_ms=200 value=0.25 done=false",
	"at_us=1700000000000002 entry=3 group=red order=b wait_ms=100 value=-2",
	"at_us=1700000000000002 entry=4 group=red",
	"at_us=1700000000000003 entry=5 order= wait_ms=400 size_bytes=9007199254740991",
	"at_us=1700000000000003 entry=6 order=ä wait_ms=0",
};

static const struct tally_case tally_cases[] = {
	{ "a_tally_counts_all_rows", NULL, { 0 }, NULL, NULL, " 0 6\n" },
	{ "a_row_for_which_the_condition_is_unknown_does_not_count",
	  "wait_ms > 100",
	  { 0 },
	  NULL,
	  NULL,
	  " 0 2\n" },
	{ "nor_does_it_count_for_its_opposite", "not wait_ms > 100", { 0 }, NULL, NULL, " 0 3\n" },
	{ "where_nothing_counts_there_is_no_row", "wait_ms > 1000", { 0 }, NULL, NULL, "" },
	{ "sums_are_of_the_rows_that_count",
	  "wait_ms >= 100",
	  { "wait_ms", "value" },
	  NULL,
	  NULL,
	  " 0 4 800 -1.25\n" },
	{ "what_is_not_known_adds_nothing",
	  NULL,
	  { "wait_ms + value" },
	  NULL,
	  NULL,
	  " 0 6 398.75\n" },
	{ "a_truth_adds_1",
	  NULL,
	  { "done", "not done", "wait_ms == 100" },
	  NULL,
	  NULL,
	  " 0 6 1 1 2\n" },
	{ "a_sum_of_nothing_known_is_0", NULL, { "delta" }, NULL, NULL, " 0 6 0\n" },
	{ "sums_of_whole_numbers_are_exact",
	  NULL,
	  { "size_bytes", "known(note) and done" },
	  NULL,
	  NULL,
	  " 0 6 9007199254740991 0\n" },
	{ "states_are_grouped_by_number_those_without_first",
	  NULL,
	  { "wait_ms" },
	  "group",
	  NULL,
	  " 0 2 400\nred 0 2 100\ngreen 0 2 300\n" },
	{ "labels_are_grouped_by_their_bytes_those_without_first",
	  NULL,
	  { "wait_ms" },
	  "order",
	  NULL,
	  " 0 2 400\na 0 1 200\nb 0 2 200\nä 0 1 0\n" },
	{ "a_label_of_the_key_can_be_grouped_by", NULL, { 0 }, "host", NULL, " 0 6\n" },
	{ "values_come_ascending_and_rows_without_are_left_out",
	  NULL,
	  { "value" },
	  NULL,
	  "wait_ms",
	  " 0 1 0\n 100 2 -1.5\n 200 1 0.25\n 400 1 0\n" },
	{ "values_are_of_the_rows_that_count",
	  "known(value)",
	  { 0 },
	  NULL,
	  "wait_ms / 1000",
	  " 0.1 2\n 0.2 1\n" },
	{ "values_within_groups",
	  NULL,
	  { 0 },
	  "group",
	  "wait_ms",
	  " 0 1\n 400 1\nred 100 1\ngreen 100 1\ngreen 200 1\n" },
	{ "a_truth_can_be_a_value", NULL, { 0 }, NULL, "wait_ms == 100", " 0 3\n 1 2\n" },
	{ "zero_has_one_sign", NULL, { 0 }, NULL, "-1 * (wait_ms - wait_ms)", " 0 5\n" },
};

struct tally_lines {
	struct buf out;
	size_t n_sums;
};

static int tally_line(void *arg, const struct store_tally_row *row)
{
	struct tally_lines *lines = arg;

	buf_printf(&lines->out, "%.*s %.16g %" PRIu64, (int)row->group.len, row->group.at,
	           row->value, row->n);
	for (size_t i = 0; i < lines->n_sums; i++) {
		buf_printf(&lines->out, " %.16g", row->sums[i]);
	}
	buf_add_char(&lines->out, '\n');
	return 0;
}

/* The same behind its share. */
static int share_line(void *arg, const struct store_tally_row *row)
{
	struct tally_lines *lines = arg;

	buf_printf(&lines->out, "%" PRIu32 ":", row->share);
	return tally_line(arg, row);
}

static void tally_run(void **state)
{
	struct store_world *w = *state;
	const struct tally_case *c = w->row;
	struct store_tally q = { .range = store_world_all(w->probe, WORLD_SITE) };
	struct tally_lines lines = { 0 };

	buf_init(&lines.out, 4096);
	for (size_t i = 0; i < sizeof(tally_rows) / sizeof(tally_rows[0]); i++) {
		store_world_add(w, w->probe, tally_rows[i]);
	}
	assert_int_equal(store_world_put(w, 1), 0);
	q.of = c->of != NULL ? store_world_expr(w, w->probe, EXPR_IS_TRUTH, c->of) : NULL;
	q.value = c->value != NULL ? store_world_expr(w, w->probe, EXPR_IS_NUMBER, c->value) : NULL;
	q.group = c->group != NULL ? cxm_field_named(w->probe, slice_of(c->group)) : NULL;
	while (q.n_sums < 3 && c->sums[q.n_sums] != NULL) {
		q.sums[q.n_sums] = store_world_expr(w, w->probe, EXPR_IS_NUMBER, c->sums[q.n_sums]);
		q.n_sums++;
	}
	lines.n_sums = q.n_sums;

	assert_int_equal(w->of->ops->tally(w->store, &q, tally_line, &lines, &w->fault), 0);

	assert_string_equal(buf_text(&lines.out), c->want);
	buf_free(&lines.out);
}

static void a_tally_is_of_its_range(void **state)
{
	struct store_world *w = *state;
	struct store_tally q = { .range = { w->probe, WORLD_SITE, T0 + 2, T0 + 3 } };
	struct tally_lines lines = { 0 };

	buf_init(&lines.out, 4096);
	conform_add_five_rows(w);

	assert_int_equal(w->of->ops->tally(w->store, &q, tally_line, &lines, &w->fault), 0);

	assert_string_equal(buf_text(&lines.out), " 0 3\n");
	buf_free(&lines.out);
}

static void a_tally_of_an_unknown_site_is_empty(void **state)
{
	struct store_world *w = *state;
	struct store_tally q = { .range = store_world_all(w->probe, "elsewhere") };
	struct tally_lines lines = { 0 };

	buf_init(&lines.out, 4096);
	conform_add_five_rows(w);

	assert_int_equal(w->of->ops->tally(w->store, &q, tally_line, &lines, &w->fault), 0);

	assert_string_equal(buf_text(&lines.out), "");
	buf_free(&lines.out);
}

static int stop_tally(void *arg, const struct store_tally_row *row)
{
	(void)row;
	++*(int *)arg;
	return -4;
}

static void a_tally_stops_when_told(void **state)
{
	struct store_world *w = *state;
	struct store_tally q = { .range = store_world_all(w->probe, WORLD_SITE),
		                 .value = store_world_expr(w, w->probe, EXPR_IS_NUMBER, "entry") };
	int calls = 0;

	store_world_put_probe(w, 1, "entry=1");
	store_world_put_probe(w, 2, "entry=2");

	assert_int_equal(w->of->ops->tally(w->store, &q, stop_tally, &calls, &w->fault), -4);

	assert_int_equal(calls, 1);
}

static void numbers_cannot_be_grouped_by(void **state)
{
	struct store_world *w = *state;
	struct store_tally q = { .range = store_world_all(w->probe, WORLD_SITE),
		                 .group = cxm_field_named(w->probe, SLICE("entry")) };
	int calls = 0;

	assert_int_equal(w->of->ops->tally(w->store, &q, stop_tally, &calls, &w->fault), -EINVAL);
}

static void a_state_that_a_newer_agent_knows_is_grouped_under_its_number(void **state)
{
	struct store_world *w = *state;
	struct store_tally q = { .range = store_world_all(w->probe, WORLD_SITE),
		                 .group = cxm_field_named(w->probe, SLICE("group")) };
	ProtobufCMessage *m = record_of(w->probe, &w->arena, "");
	struct cxm_value v = { .present = true, .i = 42 };
	struct tally_lines lines = { 0 };

	buf_init(&lines.out, 4096);
	assert_int_equal(cxm_field_set(m, q.group, &v), 0);
	store_world_add_message(w, w->probe, m);
	assert_int_equal(store_world_put(w, 1), 0);

	assert_int_equal(w->of->ops->tally(w->store, &q, tally_line, &lines, &w->fault), 0);

	assert_string_equal(buf_text(&lines.out), "42 0 1\n");
	buf_free(&lines.out);
}

/* What a tally divided by the field wait_ms says. */
static void check_shares(struct store_world *w, struct store_tally *q, const char *want)
{
	struct tally_lines lines = { .n_sums = q->n_sums };

	buf_init(&lines.out, 4096);
	for (size_t i = 0; i < sizeof(tally_rows) / sizeof(tally_rows[0]); i++) {
		store_world_add(w, w->probe, tally_rows[i]);
	}
	assert_int_equal(store_world_put(w, 1), 0);
	q->range = store_world_all(w->probe, WORLD_SITE);
	q->share = cxm_field_named(w->probe, SLICE("wait_ms"));
	assert_int_equal(w->of->ops->tally(w->store, q, share_line, &lines, &w->fault), 0);
	assert_string_equal(buf_text(&lines.out), want);
	buf_free(&lines.out);
}

static void a_tally_can_be_divided_by_a_share_rows_without_it_first(void **state)
{
	struct store_world *w = *state;
	struct store_tally q = { .sums = { store_world_expr(w, w->probe, EXPR_IS_NUMBER, "done") },
		                 .n_sums = 1 };

	check_shares(w, &q, "0: 0 2 0\n100: 0 2 1\n200: 0 1 0\n400: 0 1 0\n");
}

static void shares_are_divided_within_groups(void **state)
{
	struct store_world *w = *state;
	struct store_tally q = { .group = cxm_field_named(w->probe, SLICE("group")) };

	check_shares(w, &q,
	             "0: 0 1\n400: 0 1\n0:red 0 1\n100:red 0 1\n100:green 0 1\n200:green 0 1\n");
}

static void shares_are_divided_within_values(void **state)
{
	struct store_world *w = *state;
	struct store_tally q = { .value = store_world_expr(w, w->probe, EXPR_IS_NUMBER,
		                                           "known(value)") };

	check_shares(w, &q, "0: 0 2\n400: 0 1\n100: 1 2\n200: 1 1\n");
}

static void what_is_no_whole_number_is_no_share(void **state)
{
	struct store_world *w = *state;
	struct store_tally q = { .range = store_world_all(w->probe, WORLD_SITE),
		                 .share = cxm_field_named(w->probe, SLICE("order")) };
	int calls = 0;

	assert_int_equal(w->of->ops->tally(w->store, &q, stop_tally, &calls, &w->fault), -EINVAL);
}

void conform_tally(struct cases *c)
{
	cases_test(c, a_tally_is_of_its_range);
	cases_test(c, a_tally_of_an_unknown_site_is_empty);
	cases_test(c, a_tally_stops_when_told);
	cases_test(c, numbers_cannot_be_grouped_by);
	cases_test(c, a_state_that_a_newer_agent_knows_is_grouped_under_its_number);
	cases_test(c, a_tally_can_be_divided_by_a_share_rows_without_it_first);
	cases_test(c, shares_are_divided_within_groups);
	cases_test(c, shares_are_divided_within_values);
	cases_test(c, what_is_no_whole_number_is_no_share);
	cases_table(c, tally_cases, tally_run);
}
