/* Patterns of contexts and user events. */
#include "agent/track/call_rules.h"
#include "tests/support/cases.h"

struct match_row {
	const char *name;
	const char *patterns;
	const char *text;
	bool want;
};

static const struct match_row rows[] = {
	{ "a_name_matches_itself", "ivr", "ivr", true },
	{ "a_name_matches_nothing_longer", "ivr", "ivr-main", false },
	{ "a_star_stands_for_anything", "ivr-*", "ivr-main", true },
	{ "a_star_stands_for_nothing_too", "ivr*", "ivr", true },
	{ "a_star_in_the_middle", "a*z", "abcz", true },
	{ "a_star_takes_no_more_than_it_must", "a*bc", "abbbc", true },
	{ "two_stars", "*/trunk*", "PJSIP/trunk-1", true },
	{ "two_stars_that_do_not_fit", "*/trunk*", "PJSIP/109-1", false },
	{ "one_of_several_is_enough", "x  y ivr-*", "ivr-a", true },
	{ "no_pattern_matches_nothing", "", "ivr", false },
	{ "an_empty_text_matches_nothing", "*", "", false },
	{ "case_counts", "IVR", "ivr", false },
};

static void row_run(void **state)
{
	const struct match_row *row = *state;

	assert_int_equal(call_rules_match(row->patterns, slice_of(row->text)), row->want);
}

static void an_event_may_ask_for_its_text(void **state)
{
	(void)state;
	assert_true(call_rules_event("A B=ok", SLICE("A"), SLICE("anything")));
	assert_true(call_rules_event("A B=ok", SLICE("B"), SLICE("ok")));
	assert_false(call_rules_event("A B=ok", SLICE("B"), SLICE("fail")));
	assert_true(call_rules_event("B=o*", SLICE("B"), SLICE("ok")));
	assert_true(call_rules_event("B=", SLICE("B"), SLICE("")));
	assert_false(call_rules_event("B=", SLICE("B"), SLICE("x")));
	assert_false(call_rules_event("", SLICE("B"), SLICE("x")));
}

static void the_rest_is_what_the_last_star_stands_for(void **state)
{
	(void)state;
	assert_true(slice_eq(call_rules_rest("ivr-*", SLICE("ivr-balance")), SLICE("balance")));
	assert_true(slice_eq(call_rules_rest("ivr-*", SLICE("ivr-")), SLICE("ivr-")));
	assert_true(slice_eq(call_rules_rest("*-x", SLICE("a-x")), SLICE("a-x")));
	assert_true(slice_eq(call_rules_rest("none", SLICE("a-x")), SLICE("a-x")));
}

int main(void)
{
	static struct cases c;

	cases_table(&c, rows, row_run);
	cases_test(&c, an_event_may_ask_for_its_text);
	cases_test(&c, the_rest_is_what_the_last_star_stands_for);
	return cases_run("track/call_rules", &c, NULL, NULL);
}
