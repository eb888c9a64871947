/* collector/store/sql.c: an expression means the same to SQLite and to expr_eval */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "collector/store/sql.h"
#include "collector/store/sqlite.h"
#include "tests/support/cases.h"
#include "tests/support/dice.h"
#include "tests/support/record_of.h"
#include "tests/support/store_world.h"

/* ---- text ---- */

struct translation {
	const char *name;
	const char *text;
	const char *sql;
};

static const struct translation translations[] = {
	{ "names_are_quoted_and_constants_are_not_in_the_text", "group == red", "\"group\" = ?" },
	{ "text_is_not_in_the_text", "order == \"'; DROP TABLE probe\"", "\"order\" = ?" },
	{ "whole_numbers_become_reals", "wait_ms / 1000 < value",
	  "CAST(\"wait_ms\" AS REAL) / ? < \"value\"" },
	{ "parentheses_stay_where_they_mean_something", "(wait_ms - (delta - 1)) * 2 > 3",
	  "(CAST(\"wait_ms\" AS REAL) - (CAST(\"delta\" AS REAL) - ?)) * ? > ?" },
	{ "parentheses_go_where_they_mean_nothing", "((value) * (2)) > ((3))",
	  "\"value\" * ? > ?" },
	{ "a_chain_has_no_parentheses", "done or select or done or select",
	  "\"done\" OR \"select\" OR \"done\" OR \"select\"" },
	{ "or_within_and_has_them", "(done or select) and done",
	  "(\"done\" OR \"select\") AND \"done\"" },
	{ "not_is_before_what_it_denies", "not (done and select) or not done",
	  "NOT (\"done\" AND \"select\") OR NOT \"done\"" },
	{ "two_minus_signs_do_not_begin_a_comment", "--value > 1", "- - \"value\" > ?" },
	{ "minus_of_a_sum", "-(value + 1) > 1", "- (\"value\" + ?) > ?" },
	{ "a_list", "value * 2 in (1, -2, 3) and not group in (red)",
	  "\"value\" * ? IN (?,?,?) AND NOT \"group\" IN (?)" },
	{ "presence", "known(proof) and not known(note)",
	  "\"proof\" IS NOT NULL AND NOT \"note\" IS NOT NULL" },
};

static void translation_run(void **state)
{
	struct store_world *w = *state;
	const struct translation *c = w->row;
	struct buf sql;

	buf_init(&sql, SQL_MAX_BYTES);
	sql_expr(&sql, store_world_expr(w, w->probe, EXPR_IS_TRUTH, c->text));

	assert_string_equal(buf_text(&sql), c->sql);
	buf_free(&sql);
}

static void a_quote_in_a_name_is_doubled(void **state)
{
	struct buf sql;

	(void)state;
	buf_init(&sql, 64);
	sql_name(&sql, "a\"b");

	assert_string_equal(buf_text(&sql), "\"a\"\"b\"");
	buf_free(&sql);
}

static void text_that_does_not_fit_is_none(void **state)
{
	struct buf sql;

	(void)state;
	buf_init(&sql, 4);
	sql_name(&sql, "ab");

	assert_null(sql_text(&sql)); /* no room for its end */
	buf_free(&sql);
}

/* ---- meaning ---- */

/* Random expressions by their grammar, so that most of them can be parsed. */
struct generator {
	struct dice random;
	struct buf out;
	int left; /* parts it may still be made of */
};

static size_t pick(struct generator *g, size_t n)
{
	return dice_below(&g->random, n);
}

static void add(struct generator *g, const char *text)
{
	buf_add_text(&g->out, text);
}

static void add_number(struct generator *g)
{
	static const char *const constants[] = { "0",     "1",   "2.5",  "100",
		                                 "1e308", "0.1", "1e-9", "4294967295",
		                                 "1e18",  "3",   "5000", "0.30000000000000004" };
	static const char *const fields[] = { "wait_ms", "delta",      "offset_ms",   "balance",
		                              "value",   "size_bytes", "share_ratio", "due_us",
		                              "at_us",   "entry" };
	static const char *const signs[] = { " + ", " - ", " * ", " / " };

	/* no nesting by recursion here either: a sum of products with parentheses at most two deep
	 */
	for (int terms = 1 + (int)pick(g, 3); terms > 0; terms--) {
		bool open = pick(g, 4) == 0;

		add(g, pick(g, 6) == 0 ? "-" : "");
		if (open) {
			add(g, pick(g, 3) == 0 ? "-(" : "(");
			add(g, fields[pick(g, 10)]);
			add(g, signs[pick(g, 4)]);
		}
		add(g, pick(g, 2) == 0 ? constants[pick(g, 12)] : fields[pick(g, 10)]);
		add(g, open ? ")" : "");
		add(g, terms > 1 ? signs[pick(g, 4)] : "");
	}
}

static void add_comparison(struct generator *g)
{
	static const char *const orders[] = { " == ", " != ", " < ", " <= ", " > ", " >= " };
	static const char *const plain[] = {
		"done",
		"not select",
		"known(note)",
		"known(wait_ms)",
		"known(proof)",
		"light == red",
		"group != green",
		"group in (red, amber)",
		"not group in (green)",
		"note == \"a\"",
		"note != order",
		"order in (\"\", \"b\", \"ä\")",
		"agent == coach",
		"agent != coach",
		"host == \"pbx\"",
		"wait_ms in (0, 100, 5000)",
		"value in (0.1, -2)",
	};

	if (pick(g, 2) == 0) {
		add(g, plain[pick(g, sizeof(plain) / sizeof(plain[0]))]);
		return;
	}
	add_number(g);
	add(g, orders[pick(g, 6)]);
	add_number(g);
}

static void add_truth(struct generator *g)
{
	int open = 0;

	for (int terms = 1 + (int)pick(g, 4); terms > 0; terms--) {
		if (pick(g, 4) == 0) {
			add(g, pick(g, 2) == 0 ? "(" : "not (");
			open++;
		} else if (pick(g, 5) == 0) {
			add(g, "not ");
		}
		add_comparison(g);
		if (open > 0 && pick(g, 2) == 0) {
			add(g, ")");
			open--;
		}
		add(g, terms > 1 ? pick(g, 2) == 0 ? " and " : " or " : "");
	}
	while (open-- > 0) {
		add(g, ")");
	}
}

/* One record with every field either absent or of a few values, so that they meet. */
static void add_record(struct generator *g, size_t i)
{
	static const char *const parts[] = {
		" wait_ms=0",
		" wait_ms=100",
		" wait_ms=4294967295",
		" delta=-2",
		" delta=0",
		" delta=2147483647",
		" offset_ms=-1",
		" balance=-5000",
		" balance=9223372036854775807",
		" value=0.1",
		" value=-0",
		" value=1e308",
		" value=0.3",
		" size_bytes=3",
		" size_bytes=9223372036854775807",
		" due_us=0",
		" due_us=1700000000000000",
		" share_ratio=0.1",
		" share_ratio=1",
		" done=true",
		" done=false",
		" select=true",
		" select=false",
		" group=red",
		" group=green",
		" note=a",
		" note=",
		" note=ä",
		" order=a",
		" order=b",
		" proof=x",
		" agent=ffffffffffffffff",
		" agent=0000000000000001",
		" coach=ffffffffffffffff",
		" host=pbx",
		" light=green",
	};

	buf_printf(&g->out, "entry=%zu", i);
	for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++) {
		add(g, pick(g, 4) == 0 ? parts[k] : "");
	}
}

#define N_RECORDS     60
#define N_EXPRESSIONS 3000

/* Whether a row of SQL says the same as expr_eval. Every bit counts. */
static void assert_same(const char *text, const struct expr *e, sqlite3_stmt *stmt,
                        const ProtobufCMessage *m)
{
	struct expr_result want = expr_eval(e, m);
	bool known = sqlite3_column_type(stmt, 0) != SQLITE_NULL;
	double number = sqlite3_column_double(stmt, 0);

	if (known != want.known || (known && number != want.number)) {
		fail_msg("%s: expr_eval says %d %a, SQLite %d %a, of entry %" PRId64, text,
		         want.known, want.number, known, number,
		         (int64_t)sqlite3_column_int64(stmt, 1));
	}
}

static sqlite3_stmt *prepare(struct store_world *w, const struct expr *e)
{
	struct store_sqlite *s = store_sqlite_of(w->store);
	sqlite3_stmt *stmt = NULL;
	struct buf sql;
	int next = 1;

	buf_init(&sql, SQL_MAX_BYTES);
	buf_add_text(&sql, "SELECT ");
	sql_expr(&sql, e);
	buf_add_text(&sql, ",\"entry\" FROM \"probe\" ORDER BY \"entry\"");
	if (sqlite3_prepare_v2(s->db, sql_text(&sql), -1, &stmt, NULL) != SQLITE_OK) {
		fail_msg("%s: %s", buf_text(&sql), sqlite3_errmsg(s->db));
	}
	assert_int_equal(sql_bind_constants(stmt, &next, e), SQLITE_OK);
	assert_int_equal(sqlite3_bind_parameter_count(stmt), next - 1);
	buf_free(&sql);
	return stmt;
}

static void random_expressions_mean_the_same_to_sqlite_and_to_expr_eval(void **state)
{
	static ProtobufCMessage *records[N_RECORDS];
	struct store_world *w = *state;
	struct generator g = { .random = { 7 } };
	size_t n_known = 0;

	buf_init(&g.out, EXPR_MAX_BYTES);
	for (size_t i = 0; i < N_RECORDS; i++) {
		buf_reset(&g.out);
		add_record(&g, i);
		records[i] = record_of(w->probe, &w->arena, buf_text(&g.out));
		store_world_add_message(w, w->probe, records[i]);
	}
	assert_int_equal(store_world_put(w, 1), 0);
	for (size_t i = 0; i < N_EXPRESSIONS; i++) {
		const struct expr *e;
		sqlite3_stmt *stmt;
		size_t row = 0;

		buf_reset(&g.out);
		if (i % 3 == 0) {
			add_number(&g);
		} else {
			add_truth(&g);
		}
		e = store_world_expr(w, w->probe, EXPR_IS_NUMBER, buf_text(&g.out));
		stmt = prepare(w, e);

		for (; sqlite3_step(stmt) == SQLITE_ROW; row++) {
			assert_same(buf_text(&g.out), e, stmt, records[row]);
			n_known += sqlite3_column_type(stmt, 0) != SQLITE_NULL;
		}

		assert_int_equal(row, N_RECORDS);
		(void)sqlite3_finalize(stmt);
	}
	/* the comparison would be empty if nearly all of it were unknown */
	assert_true(n_known > (size_t)N_EXPRESSIONS * N_RECORDS / 10);
	buf_free(&g.out);
}

/* What SQLite's parser must have room for, inside the longest query around it. */
struct deep {
	const char *name;
	const char *left;
	const char *middle;
	const char *right;
};

static const struct deep deepest[] = {
	{ "the_deepest_sums_fit_sqlites_parser", "1+2*(", "wait_ms", ")" },
	{ "the_deepest_quotients_fit_sqlites_parser", "1/(", "wait_ms", ")" },
	{ "the_deepest_logic_fits_sqlites_parser", "done or done and (",
	  "done or done and value == 1 + 2 * 3", ")" },
	{ "the_deepest_negations_fit_sqlites_parser", "not ", "done", "" },
	{ "the_deepest_mixture_fits_sqlites_parser", "done or done and not(",
	  "done or done and 1 + 2 * value in (1, 2)", ")" },
};

static int ignore_row(void *arg, const struct store_tally_row *row)
{
	(void)arg;
	(void)row;
	return 0;
}

static void deepest_run(void **state)
{
	struct store_world *w = *state;
	const struct deep *c = w->row;
	struct store_tally q = { .range = store_world_all(w->probe, WORLD_SITE), .n_sums = 1 };
	bool two = strstr(c->left, "not(") != NULL; /* not and ( */
	struct buf text;

	buf_init(&text, EXPR_MAX_BYTES + 1);
	for (int i = 0; i < EXPR_DEPTH_MAX / (two ? 2 : 1); i++) {
		buf_add_text(&text, c->left);
	}
	buf_add_text(&text, c->middle);
	for (int i = 0; i < EXPR_DEPTH_MAX / (two ? 2 : 1); i++) {
		buf_add_text(&text, c->right);
	}
	q.sums[0] = store_world_expr(w, w->probe, EXPR_IS_NUMBER, buf_text(&text));
	q.value = q.sums[0];
	q.of = q.sums[0];
	q.group = cxm_field_named(w->probe, SLICE("order"));
	store_world_put_probe(w, 1, "wait_ms=1");

	assert_int_equal(w->of->ops->tally(w->store, &q, ignore_row, NULL, &w->fault), 0);

	buf_free(&text);
}

static void the_longest_expression_in_every_place_is_understood(void **state)
{
	struct store_world *w = *state;
	struct store_tally q = { .range = store_world_all(w->probe, WORLD_SITE),
		                 .n_sums = STORE_SUMS_MAX };
	char text[EXPR_MAX_BYTES + 1];

	for (size_t i = 0; i < EXPR_MAX_BYTES; i++) {
		text[i] = i % 2 == 0 ? '1' : '+';
	}
	text[EXPR_MAX_BYTES - 1] = ' ';
	text[EXPR_MAX_BYTES] = '\0';
	q.value = store_world_expr(w, w->probe, EXPR_IS_NUMBER, text);
	for (size_t i = 0; i < STORE_SUMS_MAX; i++) {
		q.sums[i] = q.value;
	}
	text[EXPR_MAX_BYTES - 3] = '<';
	q.of = store_world_expr(w, w->probe, EXPR_IS_TRUTH, text);
	store_world_put_probe(w, 1, "wait_ms=1");

	if (w->of->ops->tally(w->store, &q, ignore_row, NULL, &w->fault) != 0) {
		fail_msg("%s", w->fault.text);
	}
}

int main(void)
{
	static const struct store_kind memory = { .ops = &store_sqlite, .where = ":memory:" };
	static struct store_test states[CASES_MAX];
	static struct cases c;

	cases_table(&c, translations, translation_run);
	cases_table(&c, deepest, deepest_run);
	cases_test(&c, a_quote_in_a_name_is_doubled);
	cases_test(&c, text_that_does_not_fit_is_none);
	cases_test(&c, random_expressions_mean_the_same_to_sqlite_and_to_expr_eval);
	cases_test(&c, the_longest_expression_in_every_place_is_understood);
	for (size_t i = 0; i < c.n; i++) {
		states[i] = (struct store_test){ &memory, c.tests[i].initial_state };
		c.tests[i].initial_state = &states[i];
		c.tests[i].setup_func = store_world_set_up;
		c.tests[i].teardown_func = store_world_tear_down;
	}
	return cases_run("sql", &c, NULL, NULL);
}
