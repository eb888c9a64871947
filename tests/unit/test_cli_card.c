/* What people and machines get to see of a fixed scorecard: golden texts in both languages, lines
 * no wider than a terminal, JSON that keeps its published schema, CSV of one width. */
#include "cli/card.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/changes_text.h"
#include "cli/column.h"
#include "proto/csv.h"
#include "proto/evidence.pb-c.h"
#include "tests/support/cases.h"
#include "tests/support/golden.h"
#include "tests/support/json_schema.h"
#include "tests/support/nord.h"

#define N_OF(list) (sizeof(list) / sizeof((list)[0]))

enum what { TEXT, BRIEF, JSON, CSV, EXPLAIN, CHANGES, CHANGES_CSV };

static const struct card_case {
	const char *name;
	const char *file;
	enum what what;
	enum nord_evidence evidence;
	bool provisional;
	struct look look;
} card_cases[] = {
	{ "a_month_in_english",
	  "score_month_en.txt",
	  TEXT,
	  NORD_MONTH,
	  false,
	  { MODEL_ENGLISH, false } },
	{ "a_month_in_german",
	  "score_month_de.txt",
	  TEXT,
	  NORD_MONTH,
	  false,
	  { MODEL_GERMAN, false } },
	{ "a_month_in_colour",
	  "score_month_color.txt",
	  TEXT,
	  NORD_MONTH,
	  false,
	  { MODEL_ENGLISH, true } },
	{ "a_day_in_english", "score_day_en.txt", TEXT, NORD_DAY, false, { MODEL_ENGLISH, false } },
	{ "a_day_in_german", "score_day_de.txt", TEXT, NORD_DAY, false, { MODEL_GERMAN, false } },
	{ "a_provisional_day_in_english",
	  "score_provisional_en.txt",
	  TEXT,
	  NORD_DAY,
	  true,
	  { MODEL_ENGLISH, false } },
	{ "a_provisional_day_in_german",
	  "score_provisional_de.txt",
	  TEXT,
	  NORD_DAY,
	  true,
	  { MODEL_GERMAN, false } },
	{ "a_whole_profile_in_english",
	  "score_whole_en.txt",
	  TEXT,
	  NORD_WHOLE,
	  false,
	  { MODEL_ENGLISH, false } },
	{ "the_first_screen_in_german",
	  "score_brief_de.txt",
	  BRIEF,
	  NORD_WHOLE,
	  false,
	  { MODEL_GERMAN, false } },
	{ "the_first_screen_in_colour",
	  "score_brief_color.txt",
	  BRIEF,
	  NORD_WHOLE,
	  false,
	  { MODEL_ENGLISH, true } },
	{ "changes_in_english",
	  "changes_en.txt",
	  CHANGES,
	  NORD_WHOLE,
	  false,
	  { MODEL_ENGLISH, false } },
	{ "changes_in_german",
	  "changes_de.txt",
	  CHANGES,
	  NORD_WHOLE,
	  false,
	  { MODEL_GERMAN, false } },
	{ "changes_as_csv",
	  "changes.csv",
	  CHANGES_CSV,
	  NORD_WHOLE,
	  false,
	  { MODEL_ENGLISH, false } },
	{ "a_whole_profile_as_json",
	  "score_whole.json",
	  JSON,
	  NORD_WHOLE,
	  false,
	  { MODEL_ENGLISH, false } },
	{ "a_whole_profile_as_csv",
	  "score_whole.csv",
	  CSV,
	  NORD_WHOLE,
	  false,
	  { MODEL_ENGLISH, false } },
	{ "a_month_as_json",
	  "score_month.json",
	  JSON,
	  NORD_MONTH,
	  false,
	  { MODEL_ENGLISH, false } },
	{ "a_provisional_day_as_json",
	  "score_provisional.json",
	  JSON,
	  NORD_DAY,
	  true,
	  { MODEL_ENGLISH, false } },
	{ "a_month_as_csv", "score_month.csv", CSV, NORD_MONTH, false, { MODEL_ENGLISH, false } },
	{ "an_indicator_explained_in_english",
	  "explain_month_en.txt",
	  EXPLAIN,
	  NORD_MONTH,
	  false,
	  { MODEL_ENGLISH, false } },
	{ "an_indicator_explained_in_german",
	  "explain_provisional_de.txt",
	  EXPLAIN,
	  NORD_DAY,
	  true,
	  { MODEL_GERMAN, false } },
};

static void print(const struct card_case *c, const struct nord *n, struct buf *out)
{
	struct score_detail detail;

	switch (c->what) {
	case TEXT:
		card_text(&n->card, &c->look, out);
		break;
	case CHANGES:
		changes_text(&n->changes, n->model, &c->look, out);
		break;
	case CHANGES_CSV:
		changes_csv(&n->changes, out);
		break;
	case BRIEF:
		card_brief(&n->card, &c->look, out);
		break;
	case JSON:
		card_json(&n->card, c->look.language, out);
		break;
	case CSV:
		card_csv(&n->card, c->look.language, out);
		break;
	case EXPLAIN:
		nord_detail(n, &detail);
		explain_text(&detail, &(struct explain_beside){ 0 }, &c->look, out);
		score_detail_free(&detail);
		break;
	}
	assert_false(out->failed);
}

static void card_case_run(void **state)
{
	const struct card_case *c = *state;
	struct nord *n = nord_new(c->evidence, c->provisional);
	struct buf out;

	buf_init(&out, LOOK_TEXT_MAX_BYTES);
	print(c, n, &out);
	golden_check(c->file, buf_text(&out));
	buf_free(&out);
	nord_free(n);
}

/* Every line of a text; addresses may be longer, so that they can be followed. */
static void each_line(struct slice text, void (*check)(struct slice line))
{
	while (text.len > 0) {
		struct slice line = slice_cut(&text, '\n');

		if (!slice_starts(slice_trim(line), SLICE("http"))) {
			check(line);
		}
	}
}

static void is_narrow(struct slice line)
{
	if (column_width(line) > COLUMN_LINE_MAX) {
		fail_msg("%zu columns: %.*s", column_width(line), (int)line.len, line.at);
	}
}

static void no_line_is_wider_than_100_columns(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(card_cases); i++) {
		const struct card_case *c = &card_cases[i];
		struct nord *n = nord_new(c->evidence, c->provisional);
		struct buf out;

		buf_init(&out, LOOK_TEXT_MAX_BYTES);
		print(c, n, &out);
		if (c->what != JSON && c->what != CSV && c->what != CHANGES_CSV && !c->look.color) {
			each_line((struct slice){ (const char *)out.data, out.len }, is_narrow);
		}
		buf_free(&out);
		nord_free(n);
	}
}

static bool holds(struct slice line, const char *text)
{
	return memmem(line.at, line.len, text, strlen(text)) != NULL;
}

/* Whatever has a stage in words is a scored line. */
static void is_marked_provisional(struct slice line)
{
	static const char *const stages[] = { "Beginning", "Developing", "Maturing", "Optimizing" };

	for (size_t i = 0; i < N_OF(stages); i++) {
		if (holds(line, stages[i]) && !holds(line, "lift it to") &&
		    !holds(line, "provisional")) {
			fail_msg("not marked: %.*s", (int)line.len, line.at);
		}
	}
}

static void provisional_stands_on_every_scored_line(void **state)
{
	static const struct look plain = { MODEL_ENGLISH, false };
	struct nord *n = nord_new(NORD_DAY, true);
	struct buf out;

	(void)state;
	buf_init(&out, LOOK_TEXT_MAX_BYTES);
	card_text(&n->card, &plain, &out);
	assert_non_null(strstr(buf_text(&out), "Developing"));
	each_line((struct slice){ (const char *)out.data, out.len }, is_marked_provisional);
	buf_free(&out);
	nord_free(n);
}

static json_t *parsed(const struct nord *n)
{
	struct buf out;
	json_error_t why;
	json_t *json;

	buf_init(&out, LOOK_TEXT_MAX_BYTES);
	card_json(&n->card, MODEL_ENGLISH, &out);
	json = json_loadb((const char *)out.data, out.len, JSON_REJECT_DUPLICATES, &why);
	buf_free(&out);
	if (json == NULL) {
		fail_msg("line %d: %s", why.line, why.text);
	}
	return json;
}

static void json_keeps_its_schema(void **state)
{
	json_error_t why;
	json_t *schema = json_load_file("docs/scorecard.schema.json", 0, &why);
	char text[512] = "";

	(void)state;
	assert_non_null(schema);
	for (size_t i = 0; i < 6; i++) {
		static const enum nord_evidence all[] = { NORD_MONTH, NORD_DAY, NORD_WHOLE };
		struct nord *n = nord_new(all[i % 3], i >= 3);
		json_t *json = parsed(n);

		if (json_schema_check(schema, json, text, sizeof(text)) != 0) {
			fail_msg("%s", text);
		}
		json_decref(json);
		nord_free(n);
	}
	json_decref(schema);
}

static void the_schema_refuses_what_is_not_in_it(void **state)
{
	struct nord *n = nord_new(NORD_MONTH, false);
	json_t *schema = json_load_file("docs/scorecard.schema.json", 0, NULL);
	json_t *json = parsed(n);
	json_t *area = json_array_get(json_object_get(json, "areas"), 1);
	char why[512];

	(void)state;
	assert_int_equal(json_object_set_new(area, "score", json_integer(0)), 0);
	assert_int_equal(json_schema_check(schema, json, why, sizeof(why)), -1);
	assert_string_equal(why, "$.areas[1].score: is below the minimum");
	assert_int_equal(json_object_set_new(area, "score", json_null()), 0);
	assert_int_equal(json_object_set_new(area, "colour", json_null()), 0);
	assert_int_equal(json_schema_check(schema, json, why, sizeof(why)), -1);
	assert_int_equal(json_object_del(area, "colour"), 0);
	assert_int_equal(json_object_del(area, "verdict"), 0);
	assert_int_equal(json_schema_check(schema, json, why, sizeof(why)), -1);
	json_decref(json);
	json_decref(schema);
	nord_free(n);
}

static void json_lists_everything_and_says_null_for_what_is_missing(void **state)
{
	struct nord *n = nord_new(NORD_MONTH, false);
	json_t *json = parsed(n);
	const json_t *areas = json_object_get(json, "areas");
	size_t indicators = 0;
	size_t i;
	const json_t *area;

	(void)state;
	json_array_foreach(areas, i, area)
	{
		indicators += json_array_size(json_object_get(area, "indicators"));
	}
	assert_int_equal(json_array_size(areas), 12);
	assert_int_equal(indicators, 75);
	assert_int_equal(json_array_size(json_object_get(json, "context")), 10);
	area = json_array_get(areas, 2);
	assert_true(json_is_null(json_object_get(area, "score")));
	assert_true(json_is_null(json_object_get(area, "stage")));
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(json, "gaps"), "unknown_end")),
		17);
	json_decref(json);
	nord_free(n);
}

static void whole_numbers_are_exact_and_not_zero_is_not_zero(void **state)
{
	struct nord *n = nord_new(NORD_MONTH, false);
	struct buf out;

	(void)state;
	buf_init(&out, LOOK_TEXT_MAX_BYTES);
	n->card.context[0].got.numerator = 12345678901;
	n->card.context[0].got.denominator = 9007199254740991; /* 2^53 - 1 */
	n->card.context[0].got.value = 1e300;
	n->card.context[1].got.value = 1e-9;
	n->card.context[2].got.value = INFINITY;
	n->card.context[2].got.numerator = -0.0;
	card_json(&n->card, MODEL_ENGLISH, &out);
	assert_non_null(strstr(buf_text(&out), "\"value\": 1e+300, "));
	assert_non_null(strstr(buf_text(&out), "\"numerator\": 12345678901, "
	                                       "\"denominator\": 9007199254740991, "));
	assert_non_null(strstr(buf_text(&out), "\"value\": 1e-09, "));
	assert_non_null(strstr(buf_text(&out), "\"numerator\": 0, "));
	assert_null(strstr(buf_text(&out), ": inf"));
	assert_null(strstr(buf_text(&out), "-0,"));
	buf_free(&out);
	nord_free(n);
}

static void csv_has_one_width_and_guards_formulas(void **state)
{
	struct nord *n = nord_new(NORD_MONTH, false);
	struct csv_row row;
	struct buf out;
	struct slice rest;
	size_t rows = 0;
	size_t consumed;

	(void)state;
	buf_init(&out, LOOK_TEXT_MAX_BYTES);
	csv_row_init(&row);
	n->model->areas[0].indicators[0].telemetry.in[MODEL_ENGLISH] = "=cmd()";
	card_csv(&n->card, MODEL_ENGLISH, &out);
	rest = (struct slice){ (const char *)out.data, out.len };
	while (csv_next(rest, ',', true, &row, &consumed) == 1) {
		assert_int_equal(row.n_fields, 19);
		rest = (struct slice){ rest.at + consumed, rest.len - consumed };
		rows++;
	}
	assert_int_equal(rest.len, 0);
	assert_int_equal(rows, 1 + 12 + 75 + 1 + 10 + 6);
	csv_row_free(&row);
	buf_free(&out);
	nord_free(n);
}

/* A reason that a source learns to give needs its words in cli/say.h and cli/card_text.c. */
static void every_reason_of_a_gap_has_words(void **state)
{
	const ProtobufCEnumDescriptor *reasons = &cxm__gap__reason__descriptor;
	struct nord *n = nord_new(NORD_MONTH, false);

	(void)state;
	for (size_t i = 0; i < (size_t)reasons->n_values * MODEL_LANGUAGES; i++) {
		struct look l = { (enum model_language)(i % MODEL_LANGUAGES), false };
		struct score_gap *gap = &n->card.gaps[0];
		struct buf out;

		(void)snprintf(gap->name, sizeof(gap->name), "%s",
		               reasons->values[i / MODEL_LANGUAGES].name);
		for (char *c = gap->name; *c != '\0'; c++) {
			*c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 'a' - 'A' : *c);
		}
		gap->count = 7;
		n->card.n_gaps = 1;
		buf_init(&out, LOOK_TEXT_MAX_BYTES);
		card_brief(&n->card, &l, &out);
		buf_add_char(&out, '\0');
		assert_non_null(strstr((const char *)out.data, " 7"));
		assert_null(strstr((const char *)out.data, gap->name));
		buf_free(&out);
	}
	nord_free(n);
}

static void the_same_card_gives_the_same_bytes(void **state)
{
	struct nord *a = nord_new(NORD_MONTH, false);
	struct nord *b = nord_new(NORD_MONTH, false);
	struct buf first;
	struct buf second;

	(void)state;
	buf_init(&first, LOOK_TEXT_MAX_BYTES);
	buf_init(&second, LOOK_TEXT_MAX_BYTES);
	card_json(&a->card, MODEL_ENGLISH, &first);
	card_json(&b->card, MODEL_ENGLISH, &second);
	assert_string_equal(buf_text(&first), buf_text(&second));
	buf_free(&first);
	buf_free(&second);
	nord_free(a);
	nord_free(b);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, no_line_is_wider_than_100_columns);
	cases_test(&c, provisional_stands_on_every_scored_line);
	cases_test(&c, json_keeps_its_schema);
	cases_test(&c, the_schema_refuses_what_is_not_in_it);
	cases_test(&c, json_lists_everything_and_says_null_for_what_is_missing);
	cases_test(&c, whole_numbers_are_exact_and_not_zero_is_not_zero);
	cases_test(&c, csv_has_one_width_and_guards_formulas);
	cases_test(&c, every_reason_of_a_gap_has_words);
	cases_test(&c, the_same_card_gives_the_same_bytes);
	cases_table(&c, card_cases, card_case_run);
	return cases_run("cli_card", &c, NULL, NULL);
}
