/* proto/expr.c, proto/expr_lex.c, proto/expr_eval.c */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/expr.h"
#include "tests/support/cases.h"
#include "tests/support/catalog.h"
#include "tests/support/record_of.h"

struct world {
	const struct cxm_catalog *catalog;
	const struct cxm_kind *probe;
	struct arena arena;
	struct fault fault;
	const void *row; /* of a table of cases */
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	arena_init(&w->arena, (size_t)4 * 1024 * 1024);
	w->catalog = test_catalog();
	w->probe = cxm_kind_named(w->catalog, SLICE("Probe"));
	w->row = *state;
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	arena_free(&w->arena);
	free(w);
	return 0;
}

/* ---- what an expression means ---- */

#define UNKNOWN NAN /* as an expected value */

struct meaning {
	const char *name;
	const char *record;
	const char *text;
	double want;
};

static const struct meaning meanings[] = {
	{ "a_state_equals_its_name", "light=green", "light == green", 1 },
	{ "a_state_differs_from_another_name", "light=green", "light != green", 0 },
	{ "a_state_is_in_a_list_that_holds_it", "light=amber", "light in (red, amber)", 1 },
	{ "a_state_is_not_in_a_list_without_it", "light=green", "light in (red, amber)", 0 },
	{ "a_state_named_like_a_field_is_a_state_beside_a_state", "group=red", "group == red", 1 },
	{ "a_label_equals_quoted_text", "note=PCMU", "note == \"PCMU\"", 1 },
	{ "a_label_is_compared_by_its_bytes", "note=pcmu", "note == \"PCMU\"", 0 },
	{ "a_label_is_compared_with_a_label", "note=de order=de", "note == order", 1 },
	{ "a_label_is_found_in_a_list", "note=b", "note in (\"a\", \"b\")", 1 },
	{ "quotes_and_backslashes_are_written_with_a_backslash", "note=a\"\\b",
	  "note == \"a\\\"\\\\b\"", 1 },
	{ "an_empty_label_is_known", "note=", "note == \"\"", 1 },
	{ "a_number_is_found_in_a_list", "delta=-2", "delta in (1, -2)", 1 },
	{ "identities_of_one_domain_are_compared", "agent=00000000000000ff coach=00000000000000ff",
	  "agent == coach", 1 },
	{ "identities_differ_in_their_last_bit", "agent=8000000000000001 coach=8000000000000000",
	  "agent != coach", 1 },
	{ "a_bool_is_a_truth", "done=true select=false", "done and not select", 1 },
	{ "known_of_a_present_field", "wait_ms=0", "known(wait_ms)", 1 },
	{ "known_of_an_absent_field", "", "known(wait_ms)", 0 },
	{ "known_of_bytes", "proof=x", "known(proof)", 1 },
	{ "a_key_field_is_always_known", "", "known(contact)", 1 },

	{ "less_holds_below", "wait_ms=4999", "wait_ms < 5000", 1 },
	{ "less_does_not_hold_at_the_limit", "wait_ms=5000", "wait_ms < 5000", 0 },
	{ "at_most_holds_at_the_limit", "wait_ms=5000", "wait_ms <= 5000", 1 },
	{ "greater_does_not_hold_at_the_limit", "wait_ms=5000", "wait_ms > 5000", 0 },
	{ "at_least_holds_at_the_limit", "wait_ms=5000", "wait_ms >= 5000", 1 },
	{ "numbers_equal", "wait_ms=5000", "wait_ms == 5e3", 1 },
	{ "numbers_differ", "wait_ms=5000", "wait_ms != 5000", 0 },
	{ "a_float_is_compared_as_the_double_it_is", "share_ratio=0.5", "share_ratio == 0.5", 1 },

	{ "product_binds_tighter_than_sum", "", "2 + 3 * 4", 14 },
	{ "parentheses_come_first", "", "(2 + 3) * 4", 20 },
	{ "differences_are_taken_from_the_left", "", "10 - 4 - 3", 3 },
	{ "quotients_are_taken_from_the_left", "", "100 / 5 / 2", 10 },
	{ "division_is_not_of_whole_numbers", "wait_ms=7", "wait_ms / 2", 3.5 },
	{ "minus_binds_tighter_than_product", "", "-2 * 3", -6 },
	{ "minus_may_be_repeated", "", "--2", 2 },
	{ "minus_of_a_parenthesis", "", "-(2 + 3)", -5 },
	{ "sum_binds_tighter_than_comparison", "", "1 + 1 == 2", 1 },
	{ "comparison_binds_tighter_than_not", "", "not 1 == 2", 1 },
	{ "not_binds_tighter_than_and", "done=false select=false", "not done and select", 0 },
	{ "and_binds_tighter_than_or", "done=true", "done or done and not done", 1 },
	{ "not_may_be_repeated", "done=true", "not not done", 1 },
	{ "list_binds_like_a_comparison", "wait_ms=3", "not wait_ms + 1 in (3, 5)", 1 },
	{ "blanks_and_line_ends_do_not_matter", "wait_ms=3", "\n wait_ms\t==\r\n3 ", 1 },

	{ "a_comparison_with_an_absent_field_is_unknown", "", "wait_ms < 5000", UNKNOWN },
	{ "not_of_unknown_is_unknown", "", "not (wait_ms < 5000)", UNKNOWN },
	{ "not_equal_to_an_absent_field_is_unknown", "", "wait_ms != 5000", UNKNOWN },
	{ "in_with_an_absent_field_is_unknown", "", "group in (red)", UNKNOWN },
	{ "not_in_with_an_absent_field_is_unknown", "", "not group in (red)", UNKNOWN },
	{ "absent_labels_are_not_equal", "", "note == order", UNKNOWN },
	{ "absent_identities_are_not_equal", "", "agent == coach", UNKNOWN },
	{ "an_absent_bool_is_unknown", "", "done", UNKNOWN },
	{ "a_number_from_an_absent_field_is_absent", "wait_ms=1", "wait_ms + delta", UNKNOWN },
	{ "the_negative_of_an_absent_number_is_absent", "", "-delta", UNKNOWN },
	{ "false_and_unknown_is_false", "", "1 == 2 and done", 0 },
	{ "unknown_and_false_is_false", "", "done and 1 == 2", 0 },
	{ "true_and_unknown_is_unknown", "", "1 == 1 and done", UNKNOWN },
	{ "true_or_unknown_is_true", "", "1 == 1 or done", 1 },
	{ "unknown_or_true_is_true", "", "done or 1 == 1", 1 },
	{ "false_or_unknown_is_unknown", "", "1 == 2 or done", UNKNOWN },
	{ "division_by_zero_is_absent", "wait_ms=0", "1 / wait_ms", UNKNOWN },
	{ "zero_by_zero_is_absent", "wait_ms=0", "wait_ms / wait_ms", UNKNOWN },
	{ "overflow_is_infinite", "", "1e308 * 10", INFINITY },
	{ "infinity_less_infinity_is_absent", "", "1e308 * 10 - 1e308 * 10", UNKNOWN },
	{ "the_negative_of_zero_is_zero", "wait_ms=0", "1 / (1 / (-wait_ms + 1)) ", 1 },
	{ "whole_numbers_are_exact_to_2_53", "due_us=9007199254740991", "due_us - 1 + 1",
	  9007199254740991.0 },
	{ "a_point_in_time_is_a_number", "due_us=1700000000000001", "due_us - at_us", 1 },
};

static void meaning_run(void **state)
{
	struct world *w = *state;
	const struct meaning *c = w->row;
	const struct expr *e = NULL;
	struct expr_result got;

	if (expr_parse(&e, w->probe, slice_of(c->text), EXPR_IS_NUMBER, &w->arena, &w->fault) !=
	    0) {
		fail_msg("%s: %s", c->text, w->fault.text);
	}

	got = expr_eval(e, record_of(w->probe, &w->arena, c->record));

	assert_int_equal(got.known, !isnan(c->want));
	assert_true(isnan(c->want) ? got.number == 0 : got.number == c->want);
}

/* ---- what is refused, and how ---- */

struct refusal {
	const char *name;
	enum expr_type want;
	const char *text;
	const char *fault;
};

#define OPERAND "a field, a number, text in quotes, known(field), not, - or ("

static const struct refusal refusals[] = {
	{ "nothing_at_all", EXPR_IS_TRUTH, "", "column 1: expected " OPERAND ", found the end" },
	{ "only_blanks", EXPR_IS_TRUTH, "  ", "column 3: expected " OPERAND ", found the end" },
	{ "a_field_there_is_not", EXPR_IS_NUMBER, "1 + wait",
	  "column 5: Probe has no field \"wait\"; it has at_us, light, host, contact, entry, "
	  "seen_us, delta, offset_ms, wait_ms, due_us, balance, size_bytes, share_ratio, value, "
	  "done, select, group, order, note, proof, agent, coach, customer" },
	{ "a_state_there_is_not", EXPR_IS_TRUTH, "light == blue",
	  "column 10: expected a state of light without quotes (red, green, amber), found "
	  "\"blue\"" },
	{ "a_state_in_quotes", EXPR_IS_TRUTH, "light == \"red\"",
	  "column 10: expected a state of light without quotes (red, green, amber), found "
	  "\"\"red\"\"" },
	{ "a_state_compared_with_another", EXPR_IS_TRUTH, "light == group",
	  "column 10: expected a state of light without quotes (red, green, amber), found "
	  "\"group\"" },
	{ "a_state_that_never_comes", EXPR_IS_TRUTH, "light ==",
	  "column 9: expected a state of light without quotes (red, green, amber), found the end" },
	{ "an_order_of_states", EXPR_IS_TRUTH, "light < 3",
	  "column 1: expected a number; \"light\" is a state" },
	{ "a_state_in_a_list_of_numbers", EXPR_IS_TRUTH, "light in (1)",
	  "column 11: expected a state of light without quotes (red, green, amber), found \"1\"" },
	{ "a_label_compared_with_a_number", EXPR_IS_TRUTH, "note == 3",
	  "column 1: \"note\" is text and \"3\" is a number: they can never be equal" },
	{ "a_label_without_quotes", EXPR_IS_TRUTH, "note == PCMU",
	  "column 9: Probe has no field \"PCMU\"; it has at_us, light, host, contact, entry, "
	  "seen_us, delta, offset_ms, wait_ms, due_us, balance, size_bytes, share_ratio, value, "
	  "done, select, group, order, note, proof, agent, coach, customer" },
	{ "a_label_in_a_list_of_words", EXPR_IS_TRUTH, "note in (a)",
	  "column 10: expected text in double quotes, found \"a\"" },
	{ "an_order_of_labels", EXPR_IS_TRUTH, "note < \"b\"",
	  "column 1: expected a number; \"note\" is text" },
	{ "single_quotes", EXPR_IS_TRUTH, "note == 'b'",
	  "column 9: \"'\": put text in double quotes" },
	{ "a_quote_that_stays_open", EXPR_IS_TRUTH, "note == \"b",
	  "column 9: \"\"b\": the closing \" is missing" },
	{ "a_backslash_before_anything_else", EXPR_IS_TRUTH, "note == \"\\n\"",
	  "column 9: \"\"\\n\"\": \\ stands only before \" and \\" },
	{ "text_that_is_not_utf8", EXPR_IS_TRUTH, "note == \"\xff\"",
	  "column 9: \"\"?\"\": text is UTF-8 and has at most 512 bytes" },
	{ "identities_of_different_domains", EXPR_IS_TRUTH, "agent == customer",
	  "column 1: \"agent\" is an identity and \"customer\" is an identity: they are hashes of "
	  "different things and never equal" },
	{ "an_identity_compared_with_text", EXPR_IS_TRUTH, "agent == \"Anna\"",
	  "column 1: \"agent\" is an identity and \"\"Anna\"\" is text: they can never be equal" },
	{ "an_identity_in_a_list", EXPR_IS_TRUTH, "agent in (1)",
	  "column 1: expected a number, text or a state before in; \"agent\" is an identity" },
	{ "an_order_of_identities", EXPR_IS_TRUTH, "agent < coach",
	  "column 1: expected a number; \"agent\" is an identity" },
	{ "arithmetic_with_an_identity", EXPR_IS_NUMBER, "1 + agent",
	  "column 5: expected a number; \"agent\" is an identity" },
	{ "bytes_compared", EXPR_IS_TRUTH, "proof == \"x\"",
	  "column 1: of proof only known(proof) can be asked" },
	{ "a_truth_compared", EXPR_IS_TRUTH, "done == select",
	  "column 1: \"done\" is true or false by itself: write it, or not and it" },
	{ "comparisons_in_a_chain", EXPR_IS_TRUTH, "1 < wait_ms < 3",
	  "column 1: expected a number; \"1 < wait_ms\" is true or false" },
	{ "and_between_numbers", EXPR_IS_TRUTH, "wait_ms and done",
	  "column 1: expected true or false; \"wait_ms\" is a number" },
	{ "not_of_a_number", EXPR_IS_TRUTH, "not (wait_ms)",
	  "column 5: expected true or false; \"(wait_ms)\" is a number" },
	{ "arithmetic_with_a_truth", EXPR_IS_NUMBER, "1 + (1 == 1)",
	  "column 5: expected a number; \"(1 == 1)\" is true or false" },
	{ "a_number_where_a_truth_is_wanted", EXPR_IS_TRUTH, "wait_ms",
	  "column 1: expected something true or false, such as a comparison; \"wait_ms\" is a "
	  "number" },
	{ "a_label_where_a_number_is_wanted", EXPR_IS_NUMBER, "note",
	  "column 1: expected a number; \"note\" is text" },
	{ "one_equals_sign", EXPR_IS_TRUTH, "wait_ms = 3", "column 9: \"=\": write == to compare" },
	{ "the_signs_of_c", EXPR_IS_TRUTH, "done && !select", "column 6: \"&&\": write and" },
	{ "the_not_of_c", EXPR_IS_TRUTH, "!done", "column 1: \"!\": write not" },
	{ "the_unequal_of_sql", EXPR_IS_TRUTH, "wait_ms <> 3",
	  "column 9: \"<>\": write != for not equal" },
	{ "a_number_with_a_unit", EXPR_IS_TRUTH, "wait_ms < 5s",
	  "column 11: \"5s\": a number is written like 20, 2.5 or 1e6, in the unit of its field" },
	{ "a_number_with_two_points", EXPR_IS_TRUTH, "wait_ms < 1.2.3",
	  "column 11: \"1.2.3\": a number is written like 20, 2.5 or 1e6, in the unit of its "
	  "field" },
	{ "a_number_beyond_a_double", EXPR_IS_TRUTH, "wait_ms < 1e999",
	  "column 11: \"1e999\": a number is written like 20, 2.5 or 1e6, in the unit of its "
	  "field" },
	{ "a_sign_without_meaning", EXPR_IS_TRUTH, "wait_ms < $1",
	  "column 11: \"$\": this sign has no meaning here" },
	{ "a_control_character", EXPR_IS_TRUTH, "\x1b[2J",
	  "column 1: \"?\": this sign has no meaning here" },
	{ "two_operands_in_a_row", EXPR_IS_TRUTH, "done select",
	  "column 6: expected an operator or the end, found \"select\"" },
	{ "two_operators_in_a_row", EXPR_IS_TRUTH, "done and or select",
	  "column 10: expected " OPERAND ", found \"or\"" },
	{ "an_operator_at_the_end", EXPR_IS_TRUTH, "done and",
	  "column 9: expected " OPERAND ", found the end" },
	{ "a_parenthesis_never_closed", EXPR_IS_TRUTH, "(done",
	  "column 1: this ( is never closed" },
	{ "a_parenthesis_never_opened", EXPR_IS_TRUTH, "done)", "column 5: this ) closes nothing" },
	{ "an_empty_parenthesis", EXPR_IS_TRUTH, "()",
	  "column 2: expected " OPERAND ", found \")\"" },
	{ "an_empty_list", EXPR_IS_TRUTH, "wait_ms in ()",
	  "column 13: expected a number, found \")\"" },
	{ "a_list_never_closed", EXPR_IS_TRUTH, "wait_ms in (1, 2",
	  "column 17: expected , or ) in a list, found the end" },
	{ "a_list_without_parentheses", EXPR_IS_TRUTH, "wait_ms in 1",
	  "column 12: expected ( and a list after in, found \"1\"" },
	{ "a_field_in_a_list", EXPR_IS_TRUTH, "wait_ms in (delta)",
	  "column 13: expected a number, found \"delta\"" },
	{ "known_of_nothing", EXPR_IS_TRUTH, "known()",
	  "column 7: expected a field as in known(field), found \")\"" },
	{ "known_without_parentheses", EXPR_IS_TRUTH, "known wait_ms",
	  "column 7: expected ( as in known(field), found \"wait_ms\"" },
	{ "known_of_a_sum", EXPR_IS_TRUTH, "known(wait_ms + 1)",
	  "column 15: expected ) as in known(field), found \"+\"" },
	{ "known_of_a_field_there_is_not", EXPR_IS_TRUTH, "known(x)",
	  "column 7: Probe has no field \"x\"; it has at_us, light, host, contact, entry, "
	  "seen_us, delta, offset_ms, wait_ms, due_us, balance, size_bytes, share_ratio, value, "
	  "done, select, group, order, note, proof, agent, coach, customer" },
	{ "a_call", EXPR_IS_NUMBER, "max(wait_ms)",
	  "column 1: Probe has no field \"max\"; it has at_us, light, host, contact, entry, "
	  "seen_us, delta, offset_ms, wait_ms, due_us, balance, size_bytes, share_ratio, value, "
	  "done, select, group, order, note, proof, agent, coach, customer" },
	{ "sql", EXPR_IS_TRUTH, "done; DROP TABLE probe",
	  "column 5: \";\": this sign has no meaning here" },
	{ "a_column_behind_umlauts_counts_characters", EXPR_IS_TRUTH, "note == \"äöü\" ?",
	  "column 15: \"?\": this sign has no meaning here" },
	{ "a_long_mistake_is_cut", EXPR_IS_TRUTH,
	  "a23456789012345678901234567890123456789012345678901234567890 + 1 == note",
	  "column 1: Probe has no field \"a23456789012345678901234567890123456789012345678\"...; "
	  "it "
	  "has at_us, light, host, contact, entry, seen_us, delta, offset_ms, wait_ms, due_us, "
	  "balance, size_bytes, share_ratio, value, done, select, group, order, note, proof, "
	  "agent, coach, customer" },
};

static void refusal_run(void **state)
{
	struct world *w = *state;
	const struct refusal *c = w->row;
	const struct expr *e = NULL;
	int rc = expr_parse(&e, w->probe, slice_of(c->text), c->want, &w->arena, &w->fault);

	assert_int_equal(rc, -EINVAL);
	assert_string_equal(w->fault.text, c->fault);
	assert_null(e);
}

/* ---- bounds ---- */

static int parse(struct world *w, const char *text, const struct expr **e)
{
	return expr_parse(e, w->probe, slice_of(text), EXPR_IS_NUMBER, &w->arena, &w->fault);
}

/* `times` times one piece of text, then a middle, then `times` times another. */
static const char *around(struct buf *out, int times, const char *left, const char *middle,
                          const char *right)
{
	buf_reset(out);
	for (int i = 0; i < times; i++) {
		buf_add_text(out, left);
	}
	buf_add_text(out, middle);
	for (int i = 0; i < times; i++) {
		buf_add_text(out, right);
	}
	assert_false(out->failed);
	return buf_text(out);
}

static void nesting_of_the_depth_allowed_is_read(void **state)
{
	struct world *w = *state;
	const struct expr *e;
	struct buf text;

	buf_init(&text, EXPR_MAX_BYTES + 1);
	assert_int_equal(parse(w, around(&text, EXPR_DEPTH_MAX, "1+2*(", "1", ")"), &e), 0);
	buf_free(&text);

	/* x = 1 + 2x, from 1, so many times */
	assert_true(expr_eval(e, record_of(w->probe, &w->arena, "")).number ==
	            (double)(1 << (EXPR_DEPTH_MAX + 1)) - 1);
}

static void deeper_nesting_is_refused(void **state)
{
	struct world *w = *state;
	const struct expr *e;
	struct buf text;

	buf_init(&text, EXPR_MAX_BYTES + 1);
	assert_int_equal(parse(w, around(&text, EXPR_DEPTH_MAX + 1, "(", "1", ")"), &e), -EINVAL);
	buf_free(&text);
	assert_string_equal(w->fault.text, "column 13: nested deeper than 12");
}

static void minus_counts_as_nesting(void **state)
{
	struct world *w = *state;
	const struct expr *e;

	assert_int_equal(parse(w, "-------------1", &e), -EINVAL);
	assert_string_equal(w->fault.text, "column 13: nested deeper than 12");
}

static void not_counts_only_while_it_waits(void **state)
{
	struct world *w = *state;
	const struct expr *e;
	struct buf text;

	buf_init(&text, EXPR_MAX_BYTES + 1);
	assert_int_equal(
		parse(w, around(&text, 2 * EXPR_DEPTH_MAX, "not done and ", "done", ""), &e), 0);
	buf_free(&text);
}

/* The inner parts are truths where numbers are wanted, which is found only when every operator that
 * can wait does. */
static void every_operator_that_can_wait_has_a_place(void **state)
{
	struct world *w = *state;
	const struct expr *e;
	struct buf text;

	buf_init(&text, EXPR_MAX_BYTES + 1);
	(void)around(&text, EXPR_DEPTH_MAX, "1==1 or 1==1 and 2==2+2*(",
	             "1==1 or 1==1 and 2==2+2*3", ")");
	assert_int_equal(parse(w, buf_text(&text), &e), -EINVAL);
	buf_free(&text);
	assert_string_equal(w->fault.text, "column 300: expected a number; \"(1==1 or 1==1 and "
	                                   "2==2+2*3)\" is true or false");
}

static void a_chain_as_long_as_an_expression_may_be_is_evaluated(void **state)
{
	struct world *w = *state;
	char text[EXPR_MAX_BYTES];
	struct expr_result got;
	const struct expr *e;

	for (size_t i = 0; i < sizeof(text); i++) {
		text[i] = i % 2 == 0 ? '1' : '+';
	}
	text[sizeof(text) - 1] = ' ';
	assert_int_equal(expr_parse(&e, w->probe, (struct slice){ text, sizeof(text) },
	                            EXPR_IS_NUMBER, &w->arena, &w->fault),
	                 0);

	got = expr_eval(e, record_of(w->probe, &w->arena, ""));

	assert_true(got.known);
	assert_true(got.number == EXPR_MAX_BYTES / 2.0);
}

static void a_longer_text_is_refused(void **state)
{
	struct world *w = *state;
	char text[EXPR_MAX_BYTES + 2];
	const struct expr *e;

	memset(text, ' ', sizeof(text));
	text[0] = '1';
	text[sizeof(text) - 1] = '\0';

	assert_int_equal(parse(w, text, &e), -EINVAL);
	assert_string_equal(w->fault.text,
	                    "column 1025: an expression has at most 1024 bytes, this one 1025");
}

static void a_nul_byte_is_refused(void **state)
{
	struct world *w = *state;
	const struct expr *e;

	assert_int_equal(expr_parse(&e, w->probe, SLICE("done\0 and done"), EXPR_IS_TRUTH,
	                            &w->arena, &w->fault),
	                 -EINVAL);
}

static void out_of_memory_at_any_point_is_said(void **state)
{
	static const char text[] = "(note == \"abc\" or light in (red, green)) and known(done) and "
				   "not -wait_ms + 2 < 3";
	struct world *w = *state;
	const struct expr *e = NULL;
	size_t refused = 0;
	int rc = -ENOMEM;

	for (size_t budget = 0; rc != 0; budget += 16) {
		struct arena small;

		arena_init(&small, budget);
		rc = expr_parse(&e, w->probe, slice_of(text), EXPR_IS_TRUTH, &small, &w->fault);
		arena_free(&small);
		assert_true(rc == 0 || rc == -ENOMEM);
		refused += rc == -ENOMEM;
	}
	assert_true(refused > 16);
}

static void a_walk_sees_operands_before_their_operator(void **state)
{
	struct world *w = *state;
	enum expr_op want[] = { EXPR_FIELD, EXPR_NUMBER, EXPR_ADD, EXPR_NEG,
		                EXPR_IN,    EXPR_KNOWN,  EXPR_AND };
	const struct expr *root;
	const struct expr *e;

	assert_int_equal(parse(w, "-(delta + 1) in (2, 3) and known(note)", &root), 0);

	e = expr_first(root);
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]) - 1; i++) {
		assert_int_equal(e->op, want[i]);
		e = expr_after(e);
	}
	assert_ptr_equal(e, root);
}

static void a_part_can_be_evaluated_alone(void **state)
{
	struct world *w = *state;
	const struct expr *e;
	struct expr_result got;

	assert_int_equal(parse(w, "1 + 2 * 3", &e), 0);

	got = expr_eval(e->right, record_of(w->probe, &w->arena, ""));

	assert_true(got.number == 6);
}

static void the_text_may_go_away(void **state)
{
	struct world *w = *state;
	char text[] = "note == \"abc\"";
	const struct expr *e;

	assert_int_equal(parse(w, text, &e), 0);
	memset(text, 'x', sizeof(text));

	assert_true(expr_eval(e, record_of(w->probe, &w->arena, "note=abc")).number == 1);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, meanings, meaning_run);
	cases_table(&c, refusals, refusal_run);
	cases_test(&c, nesting_of_the_depth_allowed_is_read);
	cases_test(&c, deeper_nesting_is_refused);
	cases_test(&c, minus_counts_as_nesting);
	cases_test(&c, not_counts_only_while_it_waits);
	cases_test(&c, every_operator_that_can_wait_has_a_place);
	cases_test(&c, a_chain_as_long_as_an_expression_may_be_is_evaluated);
	cases_test(&c, a_longer_text_is_refused);
	cases_test(&c, a_nul_byte_is_refused);
	cases_test(&c, out_of_memory_at_any_point_is_said);
	cases_test(&c, a_walk_sees_operands_before_their_operator);
	cases_test(&c, a_part_can_be_evaluated_alone);
	cases_test(&c, the_text_may_go_away);
	for (size_t i = 0; i < c.n; i++) {
		c.tests[i].setup_func = set_up;
		c.tests[i].teardown_func = tear_down;
	}
	return cases_run("expr", &c, NULL, NULL);
}
