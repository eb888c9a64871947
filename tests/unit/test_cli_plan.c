/* What people and machines get to see of lenses and roadmaps of a fixed scorecard: golden texts in
 * both languages, lines no wider than a terminal, JSON that keeps its published schemas, CSV of one
 * width. */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "cli/column.h"
#include "cli/lens.h"
#include "cli/plan_say.h"
#include "cli/roadmap.h"
#include "proto/csv.h"
#include "tests/support/cases.h"
#include "tests/support/golden.h"
#include "tests/support/json_schema.h"
#include "tests/support/nord.h"

enum what { LENS_TEXT, LENS_JSON, ROADMAP_TEXT, ROADMAP_JSON, ROADMAP_CSV };

static const struct plan_case {
	const char *name;
	const char *file;
	const char *lens;
	enum what what;
	enum nord_evidence evidence;
	bool provisional;
	struct look look;
} plan_cases[] = {
	{ "delighted_in_german",
	  "lens_delighted_de.txt",
	  "delighted",
	  LENS_TEXT,
	  NORD_MONTH,
	  false,
	  { MODEL_GERMAN, false } },
	{ "valantic_in_english",
	  "lens_valantic_en.txt",
	  "valantic",
	  LENS_TEXT,
	  NORD_MONTH,
	  false,
	  { MODEL_ENGLISH, false } },
	{ "nextiva_in_english",
	  "lens_nextiva_en.txt",
	  "nextiva",
	  LENS_TEXT,
	  NORD_MONTH,
	  false,
	  { MODEL_ENGLISH, false } },
	{ "connected_in_german_colour",
	  "lens_connected_de.txt",
	  "connected",
	  LENS_TEXT,
	  NORD_DAY,
	  true,
	  { MODEL_GERMAN, true } },
	{ "valantic_as_json",
	  "lens_valantic.json",
	  "valantic",
	  LENS_JSON,
	  NORD_MONTH,
	  false,
	  { MODEL_ENGLISH, false } },
	{ "a_roadmap_in_english",
	  "roadmap_month_en.txt",
	  NULL,
	  ROADMAP_TEXT,
	  NORD_MONTH,
	  false,
	  { MODEL_ENGLISH, false } },
	{ "a_roadmap_in_german",
	  "roadmap_month_de.txt",
	  NULL,
	  ROADMAP_TEXT,
	  NORD_MONTH,
	  false,
	  { MODEL_GERMAN, false } },
	{ "a_provisional_roadmap_in_german",
	  "roadmap_day_de.txt",
	  NULL,
	  ROADMAP_TEXT,
	  NORD_DAY,
	  true,
	  { MODEL_GERMAN, false } },
	{ "a_roadmap_as_json",
	  "roadmap_month.json",
	  NULL,
	  ROADMAP_JSON,
	  NORD_MONTH,
	  false,
	  { MODEL_ENGLISH, false } },
	{ "a_roadmap_as_csv",
	  "roadmap_month.csv",
	  NULL,
	  ROADMAP_CSV,
	  NORD_MONTH,
	  false,
	  { MODEL_ENGLISH, false } },
};

static void print_lens(const struct plan_case *c, const struct nord *n, struct buf *out)
{
	const struct roadmap_wishes none = { 0 };
	static struct lens_view view;
	struct roadmap rated;
	struct lens *lens = NULL;
	struct fault fault;

	assert_int_equal(lens_builtin(&lens, c->lens, n->model, &fault), 0);
	assert_int_equal(roadmap_make(&rated, &n->card, &none), 0);
	lens_look(&view, lens, &n->card);
	if (c->what == LENS_JSON) {
		lens_json(&view, lens->drivers ? &rated : NULL, c->look.language, out);
	} else {
		lens_text(&view, lens->drivers ? &rated : NULL, &c->look, out);
	}
	roadmap_free(&rated);
	lens_free(lens);
}

static void print_roadmap(const struct plan_case *c, const struct nord *n, struct buf *out)
{
	const struct roadmap_wishes none = { 0 };
	struct roadmap r;

	assert_int_equal(roadmap_make(&r, &n->card, &none), 0);
	if (c->what == ROADMAP_TEXT) {
		roadmap_text(&r, &c->look, out);
	} else if (c->what == ROADMAP_JSON) {
		roadmap_json(&r, c->look.language, out);
	} else {
		roadmap_csv(&r, c->look.language, out);
	}
	roadmap_free(&r);
}

#define SHARE                                                                                      \
	{                                                                                          \
		.why = WHY_SAMPLED, .have = 0.1, .need = 1, .day = 20759, .to_day = 20762          \
	}
#define LOSS                                                                                       \
	{                                                                                          \
		.why = WHY_CAPTURE_LOSS, .have = 0.013, .need = 12, .day = 20760, .to_day = 20760  \
	}

/* Two areas rest on the same share of the calls, one of them on a capture that lost packets. */
static void thin(struct nord *n)
{
	const struct score_reason share = SHARE;
	const struct score_reason loss = LOSS;

	for (size_t i = 0; i < n->card.n_areas; i++) {
		struct scored_area *a = &n->areas[i];

		if (strcmp(a->is->id, "quality_assurance") == 0) {
			a->notes[a->n_notes++] = share;
			a->notes[a->n_notes++] = loss;
		} else if (strcmp(a->is->id, "security") == 0) {
			a->notes[a->n_notes++] = share;
		}
	}
}

/* The text of a case; the caller frees it. */
static struct buf text_with(const struct plan_case *c, void (*change)(struct nord *n))
{
	struct nord *n = nord_new(c->evidence, c->provisional);
	struct buf out;

	if (change != NULL) {
		change(n);
	}
	buf_init(&out, LOOK_TEXT_MAX_BYTES);
	if (c->lens != NULL) {
		print_lens(c, n, &out);
	} else {
		print_roadmap(c, n, &out);
	}
	assert_false(out.failed);
	nord_free(n);
	return out;
}

static struct buf text_of(const struct plan_case *c)
{
	return text_with(c, NULL);
}

static void plan_case_run(void **state)
{
	const struct plan_case *c = *state;
	struct buf out = text_of(c);

	golden_check(c->file, buf_text(&out));
	buf_free(&out);
}

static void check_width(struct slice line)
{
	if (column_width(line) > COLUMN_LINE_MAX) {
		fail_msg("%zu columns: %.*s", column_width(line), (int)line.len, line.at);
	}
}

static void no_line_is_wider_than_100_columns(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(plan_cases); i++) {
		if (plan_cases[i].what == LENS_TEXT || plan_cases[i].what == ROADMAP_TEXT) {
			struct plan_case plain = plan_cases[i];
			struct slice rest;
			struct buf out;

			plain.look.color = false;
			out = text_of(&plain);
			rest = (struct slice){ (const char *)out.data, out.len };
			while (rest.len > 0) {
				check_width(slice_cut(&rest, '\n'));
			}
			buf_free(&out);
		}
	}
}

static void keeps_schema_with(const struct plan_case *c, const char *file,
                              void (*change)(struct nord *n))
{
	struct buf out = text_with(c, change);
	json_t *schema = json_load_file(file, 0, NULL);
	json_t *value = json_loads(buf_text(&out), 0, NULL);
	char why[256] = "";

	assert_non_null(schema);
	assert_non_null(value);
	if (json_schema_check(schema, value, why, sizeof(why)) != 0) {
		fail_msg("%s: %s", c->name, why);
	}
	json_decref(schema);
	json_decref(value);
	buf_free(&out);
}

static void keeps_schema(const struct plan_case *c, const char *file)
{
	keeps_schema_with(c, file, NULL);
}

static void every_lens_keeps_its_schema(void **state)
{
	static const enum nord_evidence much[] = { NORD_MONTH, NORD_DAY };

	(void)state;
	for (size_t i = 0; lens_builtin_id(i) != NULL; i++) {
		for (size_t e = 0; e < COUNT(much); e++) {
			struct plan_case c = { .name = lens_builtin_id(i),
				               .lens = lens_builtin_id(i),
				               .what = LENS_JSON,
				               .evidence = much[e],
				               .provisional = much[e] == NORD_DAY };

			keeps_schema(&c, "docs/lens.schema.json");
		}
	}
}

static void every_roadmap_keeps_its_schema(void **state)
{
	struct plan_case c = { .name = "month", .what = ROADMAP_JSON, .evidence = NORD_MONTH };

	(void)state;
	keeps_schema(&c, "docs/roadmap.schema.json");
	c.evidence = NORD_DAY;
	keeps_schema(&c, "docs/roadmap.schema.json");
	c.provisional = true;
	keeps_schema(&c, "docs/roadmap.schema.json");
}

static void every_row_of_the_csv_has_as_many_cells_as_its_head(void **state)
{
	struct plan_case c = { .name = "csv", .what = ROADMAP_CSV, .evidence = NORD_MONTH };
	struct buf out = text_of(&c);
	struct slice rest = { (const char *)out.data, out.len };
	struct csv_row row;
	size_t width = 0;
	size_t used;

	(void)state;
	csv_row_init(&row);
	while (csv_next(rest, ',', true, &row, &used) == 1) {
		width = width > 0 ? width : row.n_fields;
		assert_int_equal(row.n_fields, width);
		rest = (struct slice){ rest.at + used, rest.len - used };
	}
	assert_int_equal(rest.len, 0);
	assert_int_equal(width, 21);
	csv_row_free(&row);
	buf_free(&out);
}

/* ---- what the evidence leaves out ---- */

static const char en[] =
	"\nAbout the evidence\n"
	"  Quality assurance, Security: 10 % to 100 % of the calls were followed, 2026-11-02 to "
	"2026-11-05;\n"
	"  each counts as often as it stands for\n"
	"  Quality assurance: 1.3 % of the packets of 12 min were lost before they could be "
	"measured,\n"
	"  2026-11-03 to 2026-11-03\n";

static const struct note_case {
	const char *name;
	const char *lens;
	enum what what;
	enum model_language language;
	const char *says[3];
} note_cases[] = {
	{ "a_roadmap_says_which_calls_it_rests_on", NULL, ROADMAP_TEXT, MODEL_ENGLISH, { en } },
	{ "a_roadmap_says_so_in_german",
	  NULL,
	  ROADMAP_TEXT,
	  MODEL_GERMAN,
	  { "\nZu den Daten\n", ": 10 % bis 100 % der Anrufe wurden verfolgt",
	    "gingen verloren" } },
	{ "a_roadmap_says_so_to_machines",
	  NULL,
	  ROADMAP_JSON,
	  MODEL_ENGLISH,
	  { "\"notes\": [\n", "{\"area\": \"quality_assurance\", \"text\": \"10 % to 100 % of",
	    "{\"area\": \"security\", \"text\": \"10 % to 100 % of" } },
	{ "a_lens_says_which_calls_it_rests_on", "valantic", LENS_TEXT, MODEL_ENGLISH, { en } },
	{ "a_lens_says_so_in_german",
	  "valantic",
	  LENS_TEXT,
	  MODEL_GERMAN,
	  { "\nZu den Daten\n", ": 10 % bis 100 % der Anrufe wurden verfolgt",
	    "gingen verloren" } },
	{ "a_lens_says_so_to_machines",
	  "valantic",
	  LENS_JSON,
	  MODEL_GERMAN,
	  { "\"notes\": [\n",
	    "{\"area\": \"quality_assurance\", \"text\": \"10 % bis 100 % der" } },
};

static void note_case_run(void **state)
{
	const struct note_case *c = *state;
	struct plan_case is = { .name = c->name,
		                .lens = c->lens,
		                .what = c->what,
		                .evidence = NORD_MONTH,
		                .look = { c->language, false } };
	struct buf out = text_with(&is, thin);
	struct slice rest = { (const char *)out.data, out.len };

	for (size_t i = 0; i < COUNT(c->says) && c->says[i] != NULL; i++) {
		if (strstr(buf_text(&out), c->says[i]) == NULL) {
			fail_msg("\"%s\" is missing in\n%s", c->says[i],
			         buf_text(&out) + (out.len > 600 ? out.len - 600 : 0));
		}
	}
	while (c->what == LENS_TEXT && rest.len > 0) {
		check_width(slice_cut(&rest, '\n'));
	}
	buf_free(&out);
}

static void notes_keep_their_schemas(void **state)
{
	struct plan_case lens = { .name = "lens", .lens = "valantic", .what = LENS_JSON };
	struct plan_case roadmap = { .name = "roadmap", .what = ROADMAP_JSON };

	(void)state;
	keeps_schema_with(&lens, "docs/lens.schema.json", thin);
	keeps_schema_with(&roadmap, "docs/roadmap.schema.json", thin);
}

/* Its members are of other areas. */
static void a_lens_leaves_out_what_it_does_not_rest_on(void **state)
{
	struct plan_case c = { .name = "lens", .lens = "delighted", .what = LENS_TEXT };
	struct buf out = text_with(&c, thin);

	(void)state;
	assert_null(strstr(buf_text(&out), "of the calls were followed"));
	buf_free(&out);
}

static void every_word_stands_in_every_language(void **state)
{
	(void)state;
	for (int i = 0; i < PLAN_COUNT; i++) {
		assert_true(plan_say((enum plan_word)i, MODEL_ENGLISH)[0] != '\0');
		assert_true(plan_say((enum plan_word)i, MODEL_GERMAN)[0] != '\0');
	}
}

int main(void)
{
	static struct cases c;

	cases_table(&c, plan_cases, plan_case_run);
	cases_test(&c, no_line_is_wider_than_100_columns);
	cases_test(&c, every_lens_keeps_its_schema);
	cases_test(&c, every_roadmap_keeps_its_schema);
	cases_test(&c, every_row_of_the_csv_has_as_many_cells_as_its_head);
	cases_table(&c, note_cases, note_case_run);
	cases_test(&c, notes_keep_their_schemas);
	cases_test(&c, a_lens_leaves_out_what_it_does_not_rest_on);
	cases_test(&c, every_word_stands_in_every_language);
	return cases_run("cli_plan", &c, NULL, NULL);
}
