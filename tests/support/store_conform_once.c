/* An observation that two sources tell: it counts once wherever something is added up, by the
 * better source, and stands twice where rows are read as they were put. Over the product's records,
 * for the rules are of those kinds; each rule by itself is a row of tests/unit/test_store_once.c.
 */
#include "tests/support/store_conform.h"

#include "tests/support/catalog.h"
#include "tests/support/record_of.h"

#define ANSWER "contact=0000000000000007 kind=csat value=4 "

static void add_answers(struct store_world *w)
{
	const struct cxm_kind *survey = product_kind("Survey");

	w->catalog = product_catalog();
	store_world_reopen(w);
	store_world_begin(w);
	store_world_add(w, survey,
	                "at_us=1700000000000000 source=cel survey_id=0000000000000001 " ANSWER);
	store_world_add(w, survey,
	                "at_us=1700000005000000 source=dropbox survey_id=0000000000000002 " ANSWER);
	store_world_add(w, survey,
	                "at_us=1700000006000000 source=cel survey_id=0000000000000003 kind=csat "
	                "contact=0000000000000008 value=2");
	assert_int_equal(store_world_put(w, 1), 0);
	assert_int_equal(w->counts.stored, 3);
}

struct counted {
	uint64_t rows;
	double sum;
};

static int on_tally(void *arg, const struct store_tally_row *row)
{
	struct counted *c = arg;

	c->rows += row->n;
	c->sum += row->sums[0];
	return 0;
}

static int on_columns(void *arg, const struct store_columns_row *row)
{
	struct counted *c = arg;

	c->rows++;
	c->sum += row->values[0];
	return 0;
}

static int on_row(void *arg, const ProtobufCMessage *m)
{
	(void)m;
	((struct counted *)arg)->rows++;
	return 0;
}

static void a_tally_counts_what_two_sources_tell_once(void **state)
{
	struct store_world *w = *state;
	const struct cxm_kind *survey = product_kind("Survey");
	struct store_tally q = { .range = store_world_all(survey, WORLD_SITE), .n_sums = 1 };
	struct counted c = { 0 };

	add_answers(w);
	q.sums[0] = store_world_expr(w, survey, EXPR_IS_NUMBER, "value");
	assert_int_equal(w->of->ops->tally(w->store, &q, on_tally, &c, &w->fault), 0);
	assert_int_equal(c.rows, 2);
	assert_true(c.sum == 6);
	/* of what only the lesser source can say it stands */
	c = (struct counted){ 0 };
	q.of = store_world_expr(w, survey, EXPR_IS_TRUTH, "source == cel");
	assert_int_equal(w->of->ops->tally(w->store, &q, on_tally, &c, &w->fault), 0);
	assert_int_equal(c.rows, 2);
}

static void columns_show_what_two_sources_tell_once(void **state)
{
	struct store_world *w = *state;
	const struct cxm_kind *survey = product_kind("Survey");
	struct store_columns q = { .range = store_world_all(survey, WORLD_SITE), .n_values = 1 };
	struct counted c = { 0 };

	add_answers(w);
	q.values[0] = store_world_expr(w, survey, EXPR_IS_NUMBER, "value");
	assert_int_equal(w->of->ops->columns(w->store, &q, on_columns, &c, &w->fault), 0);
	assert_int_equal(c.rows, 2);
	assert_true(c.sum == 6);
}

static void rows_show_what_two_sources_tell_twice(void **state)
{
	struct store_world *w = *state;
	struct store_range all = store_world_all(product_kind("Survey"), WORLD_SITE);
	struct counted c = { 0 };

	add_answers(w);
	assert_int_equal(w->of->ops->rows(w->store, &all, on_row, &c, &w->fault), 0);
	assert_int_equal(c.rows, 3);
}

static void what_is_left_out_is_counted(void **state)
{
	struct store_world *w = *state;
	struct store_range all = store_world_all(product_kind("Survey"), WORLD_SITE);
	uint64_t rows = 0;

	add_answers(w);
	assert_int_equal(w->of->ops->twice(w->store, &all, NULL, &rows, &w->fault), 0);
	assert_int_equal(rows, 1);
}

void conform_once(struct cases *c)
{
	cases_test(c, a_tally_counts_what_two_sources_tell_once);
	cases_test(c, columns_show_what_two_sources_tell_once);
	cases_test(c, rows_show_what_two_sources_tell_twice);
	cases_test(c, what_is_left_out_is_counted);
}
