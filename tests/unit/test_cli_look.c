/* Figures as people read them. */
#include "cli/look.h"

#include <math.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/rules.h"

#define N_OF(list) (sizeof(list) / sizeof((list)[0]))

static const struct look english = { MODEL_ENGLISH, false };
static const struct look german = { MODEL_GERMAN, false };
static const struct look colored = { MODEL_ENGLISH, true };

static const struct value_case {
	const char *name;
	const char *unit;
	double value;
	const char *in_english;
	const char *in_german;
} value_cases[] = {
	{ "a_ratio_is_percent", "ratio", 0.76875, "76.9 %", "76,9 %" },
	{ "seconds_have_one_digit", "s", 34, "34.0 s", "34,0 s" },
	{ "milliseconds_have_none", "ms", 150.4, "150 ms", "150 ms" },
	{ "days_are_d", "days", 7, "7.0 d", "7,0 d" },
	{ "other_units_have_two_digits", "kappa", 0.614, "0.61", "0,61" },
	{ "not_known_is_a_dash", "ratio", NAN, "-", "-" },
	{ "all_is_100_percent", "ratio", 1, "100.0 %", "100,0 %" },
	{ "almost_all_is_not", "ratio", 0.9996, "99.96 %", "99,96 %" },
	{ "almost_nothing_is_not_nothing", "ratio", 0.0004, "0.04 %", "0,04 %" },
	{ "nothing_is_0", "ratio", 0, "0.0 %", "0,0 %" },
};

static void value_case_run(void **state)
{
	const struct value_case *c = *state;
	struct model_indicator is = { .unit = c->unit };
	struct buf out;

	buf_init(&out, 256);
	look_value(&english, &is, c->value, &out);
	assert_string_equal(buf_text(&out), c->in_english);
	buf_reset(&out);
	look_value(&german, &is, c->value, &out);
	assert_string_equal(buf_text(&out), c->in_german);
	buf_free(&out);
}

static const struct model_area area = { .id = "routing_queueing" };

/* A value near a threshold, and a number of the model. */
static const struct near_case {
	const char *name;
	const char *unit;
	bool lower_is_better;
	double value;
	const char *shown;
	const char *as_anchor;
} near_cases[] = {
	{ "just_below_a_threshold_is_not_on_it", "ratio", false, 0.7997, "79.97 %", "79.97 %" },
	{ "a_contact_in_a_million_below_it_still_shows", "ratio", false, 0.799999, "79.9999 %",
	  "79.9999 %" },
	{ "on_the_threshold_it_is_the_threshold", "ratio", false, 0.8, "80.0 %", "80.0 %" },
	{ "just_above_it_may_read_as_the_threshold", "ratio", false, 0.8004, "80.0 %", "80.04 %" },
	{ "less_is_better_just_above_is_not_on_it", "ratio", true, 0.8004, "80.04 %", "80.04 %" },
	{ "less_is_better_just_below_may_read_as_it", "ratio", true, 0.7997, "80.0 %", "79.97 %" },
	{ "a_threshold_has_all_its_digits", "ratio", true, 0.9975, "99.75 %", "99.75 %" },
	{ "seconds_too", "s", true, 10.25, "10.2 s", "10.25 s" },
	{ "half_a_percent_is_not_50_hundredths", "ratio", false, 0.995, "99.50 %", "99.5 %" },
	{ "not_known_stays_a_dash", "s", false, NAN, "-", "-" },
};

static void near_case_run(void **state)
{
	const struct near_case *c = *state;
	struct model_indicator is = { .unit = c->unit,
		                      .area = &area,
		                      .lower_is_better = c->lower_is_better,
		                      .thresholds = {
					      { 0.6, NULL }, { 0.8, NULL }, { 0.9, NULL } } };
	struct buf out;

	buf_init(&out, 256);
	look_value(&english, &is, c->value, &out);
	assert_string_equal(buf_text(&out), c->shown);
	buf_reset(&out);
	look_anchor(&english, &is, c->value, &out);
	assert_string_equal(buf_text(&out), c->as_anchor);
	buf_free(&out);
}

static void value_and_interval_have_the_same_digits(void **state)
{
	struct model_indicator is = { .unit = "ratio" };
	struct estimate got = { .value = 0.98995, .interval = { 0.9872, 0.9921 } };
	struct buf out;

	(void)state;
	buf_init(&out, 256);
	look_estimate(&german, &is, &got, &out);
	buf_add_char(&out, ' ');
	look_interval(&german, &is, &got, &out);
	assert_string_equal(buf_text(&out), "99,00 % [98,72 bis 99,21]");
	buf_reset(&out);
	got.interval.high = NAN;
	look_interval(&english, &is, &got, &out);
	assert_int_equal(out.len, 0);
	buf_free(&out);
}

static void an_end_beside_a_threshold_has_its_many_digits_for_itself(void **state)
{
	struct model_indicator is = {
		.unit = "ratio",
		.area = &area,
		.thresholds = { { .value = 0.75 }, { .value = 0.8 }, { .value = 0.9 } }
	};
	struct estimate got = { .value = 0.64706, .interval = { 0.52841, 0.74996 } };
	struct buf out;

	(void)state;
	buf_init(&out, 256);
	look_estimate(&english, &is, &got, &out);
	buf_add_char(&out, ' ');
	look_interval(&english, &is, &got, &out);
	assert_string_equal(buf_text(&out), "64.7 % [52.8 to 74.996]");
	buf_free(&out);
}

static const struct score_case {
	const char *name;
	double score;
	const char *want;
} score_cases[] = {
	{ "a_score_has_two_digits", 2.4653, "2.47" },
	{ "rounding_does_not_carry_it_over_a_stage", 2.4965, "2.49" },
	{ "nor_over_the_first", 1.7459, "1.74" },
	{ "on_the_cut_it_is_the_cut", 2.5, "2.50" },
	{ "a_hair_below_the_cut_is_the_cut", 2.5 - 4e-16, "2.50" },
	{ "the_top_is_4", 4, "4.00" },
};

static void score_case_run(void **state)
{
	const struct score_case *c = *state;
	struct buf out;

	buf_init(&out, 256);
	look_score(&english, &published_rules, c->score, &out);
	assert_string_equal(buf_text(&out), c->want);
	buf_free(&out);
}

static const struct bar_case {
	const char *name;
	struct interval sure;
	const char *want; /* F full, S shaded, . dotted */
} bar_cases[] = {
	{ "the_bottom_is_empty", { 1, 1 }, "............" },
	{ "the_top_is_full", { 4, 4 }, "FFFFFFFFFFFF" },
	{ "stage_2_begins_after_a_quarter", { 1.75, 1.75 }, "FFF........." },
	{ "an_interval_is_shaded", { 1.75, 2.5 }, "FFFSSS......" },
	{ "everything_may_be_open", { 1, 4 }, "SSSSSSSSSSSS" },
	{ "a_narrow_interval_still_shows", { 2.55, 2.6 }, "FFFFFFS....." },
};

static void bar_case_run(void **state)
{
	const struct bar_case *c = *state;
	struct buf want;
	struct buf out;

	buf_init(&want, 256);
	buf_init(&out, 256);
	for (const char *p = c->want; *p != '\0'; p++) {
		buf_add_text(&want, *p == 'F' ? "█" : *p == 'S' ? "▒" : "·");
	}
	look_bar(&published_rules, &c->sure, strlen(c->want), &out);
	assert_string_equal(buf_text(&out), buf_text(&want));
	buf_free(&want);
	buf_free(&out);
}

static void colour_is_written_only_where_it_is_wanted(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 256);
	look_paint(&english, 3, &out);
	look_bold(&english, &out);
	look_plain(&english, &out);
	assert_int_equal(out.len, 0);
	look_paint(&colored, 3, &out);
	look_plain(&colored, &out);
	assert_string_equal(buf_text(&out), "\x1b[32m\x1b[0m");
	buf_free(&out);
}

static void stages_counts_and_percents_read_well(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 256);
	look_stage(&german, &published_rules, 3, &out);
	buf_add_char(&out, ' ');
	look_count(&german, 8000, &out);
	buf_add_char(&out, ' ');
	look_count(&german, 37.5, &out);
	buf_add_char(&out, ' ');
	look_percent(&german, 0.875, &out);
	assert_string_equal(buf_text(&out), "3 Reifung 8000 37,5 88 %");
	buf_free(&out);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, value_and_interval_have_the_same_digits);
	cases_test(&c, an_end_beside_a_threshold_has_its_many_digits_for_itself);
	cases_test(&c, colour_is_written_only_where_it_is_wanted);
	cases_test(&c, stages_counts_and_percents_read_well);
	cases_table(&c, value_cases, value_case_run);
	cases_table(&c, near_cases, near_case_run);
	cases_table(&c, score_cases, score_case_run);
	cases_table(&c, bar_cases, bar_case_run);
	return cases_run("cli_look", &c, NULL, NULL);
}
