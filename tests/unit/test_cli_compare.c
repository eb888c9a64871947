/* What people and machines get to see of comparisons: golden texts in both languages, lines no
 * wider than a terminal, JSON that keeps its published schema, the same bytes in any order. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "cli/column.h"
#include "cli/compare.h"
#include "proto/csv.h"
#include "tests/support/cases.h"
#include "tests/support/golden.h"
#include "tests/support/json_schema.h"
#include "tests/support/rival.h"

#define SL "service_level"

enum what { TEXT, JSON, CSV };
enum who { TWO, TWELVE, VENDORS, SAMPLED };

static const struct compare_case {
	const char *name;
	const char *file;
	enum what what;
	enum who who;
	struct look look;
} compare_cases[] = {
	{ "two_sites_in_english", "compare_two_en.txt", TEXT, TWO, { MODEL_ENGLISH, false } },
	{ "two_sites_in_german", "compare_two_de.txt", TEXT, TWO, { MODEL_GERMAN, false } },
	{ "twelve_sites_in_english",
	  "compare_twelve_en.txt",
	  TEXT,
	  TWELVE,
	  { MODEL_ENGLISH, false } },
	{ "vendors_in_german", "compare_vendors_de.txt", TEXT, VENDORS, { MODEL_GERMAN, false } },
	{ "two_sites_as_csv", "compare_two.csv", CSV, TWO, { MODEL_ENGLISH, false } },
};

struct world {
	struct rival *rivals[COMPARE_SITES_MAX];
	struct compare_site sites[COMPARE_SITES_MAX];
	size_t n;
};

static struct rival *enter(struct world *w, const char *site)
{
	w->rivals[w->n] = rival_new(site);
	return w->rivals[w->n++];
}

static void enter_two(struct world *w)
{
	struct rival *nord = enter(w, "nord");
	struct rival *sued = enter(w, "sued");

	rival_stratum(nord, SL, "simple", 9000, 10000);
	rival_stratum(nord, SL, "complex", 1300, 2000);
	rival_stratum(sued, SL, "simple", 2550, 3000);
	rival_stratum(sued, SL, "complex", 6400, 9000);
	rival_set(sued, "abandonment_rate", 0.031, 0.004);
	rival_indicator(sued, "transfer_rate")->status = SCORE_NOT_ASSESSED;
	rival_set(nord, "nps", 30, 4);
	rival_set(sued, "nps", 31, 4);
	nord->fact.country = "DE";
	sued->fact.country = "AT";
}

static void enter_twelve(struct world *w)
{
	for (int i = 0; i < 12; i++) {
		char name[16];
		struct rival *r;

		(void)snprintf(name, sizeof(name), "site-%02d", i);
		r = enter(w, name);
		rival_set(r, SL, 0.60 + 0.30 * (i % 2) + 0.002 * i, 0.015);
		r->fact.vendor = i % 2 == 1 ? "Asterisk" : "Zeus";
	}
}

/* One of two follows a tenth of its calls. */
static void enter_sampled(struct world *w)
{
	struct rival *nord = enter(w, "nord");

	(void)enter(w, "sued");
	for (size_t i = 0; i < nord->nord->card.n_areas; i++) {
		struct scored_area *a = &nord->nord->areas[i];

		if (strcmp(a->is->id, "security") == 0) {
			a->notes[a->n_notes++] = (struct score_reason){ .why = WHY_SAMPLED,
				                                        .have = 0.1,
				                                        .need = 0.1,
				                                        .day = 20759,
				                                        .to_day = 20762 };
		}
	}
}

static void enter_all(struct world *w, enum who who)
{
	if (who == SAMPLED) {
		enter_sampled(w);
	} else {
		(who == TWO ? enter_two : enter_twelve)(w);
	}
}

static struct buf text_of(const struct compare_case *c, bool reversed)
{
	struct world w = { .n = 0 };
	struct compare_report r;
	struct fault fault;
	struct buf out;

	enter_all(&w, c->who);
	for (size_t i = 0; i < w.n; i++) {
		w.sites[reversed ? w.n - 1 - i : i] = rival_site(w.rivals[i]);
	}
	assert_int_equal(compare_make(&r, w.sites, w.n, c->who == VENDORS, &fault), 0);
	buf_init(&out, (size_t)64 * 1024 * 1024);
	if (c->what == TEXT) {
		compare_text(&r, &c->look, &out);
	} else if (c->what == JSON) {
		compare_json(&r, c->look.language, &out);
	} else {
		compare_csv(&r, c->look.language, &out);
	}
	assert_false(out.failed);
	compare_free(&r);
	for (size_t i = 0; i < w.n; i++) {
		rival_free(w.rivals[i]);
	}
	return out;
}

static void compare_case_run(void **state)
{
	const struct compare_case *c = *state;
	struct buf out = text_of(c, false);

	golden_check(c->file, buf_text(&out));
	buf_free(&out);
}

static void expect_narrow(struct slice page)
{
	while (page.len > 0) {
		struct slice line = slice_cut(&page, '\n');

		if (column_width(line) > COLUMN_LINE_MAX) {
			fail_msg("%zu columns: %.*s", column_width(line), (int)line.len, line.at);
		}
	}
}

static void no_line_is_wider_than_100_columns(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(compare_cases); i++) {
		struct buf out = text_of(&compare_cases[i], false);

		if (compare_cases[i].what == TEXT) {
			expect_narrow((struct slice){ (const char *)out.data, out.len });
		}
		buf_free(&out);
	}
}

static void json_keeps_its_schema(void **state)
{
	static const enum who who[] = { TWO, TWELVE, VENDORS, SAMPLED };

	(void)state;
	for (size_t i = 0; i < COUNT(who); i++) {
		struct compare_case c = { .what = JSON, .who = who[i] };
		struct buf out = text_of(&c, false);
		json_t *schema = json_load_file("docs/compare.schema.json", 0, NULL);
		json_t *value = json_loads(buf_text(&out), 0, NULL);
		char why[256] = "";

		assert_non_null(schema);
		assert_non_null(value);
		if (json_schema_check(schema, value, why, sizeof(why)) != 0) {
			fail_msg("%s", why);
		}
		json_decref(schema);
		json_decref(value);
		buf_free(&out);
	}
}

static const struct note_case {
	const char *name;
	struct compare_case page;
	const char *says;
} note_cases[] = {
	{ "below_a_comparison_stands_whose_calls_are_a_share",
	  { NULL, NULL, TEXT, SAMPLED, { MODEL_ENGLISH, false } },
	  "\nAbout the evidence\n  nord, Security: 10 % of the calls were followed, 2026-11-02 to "
	  "2026-11-05; each counts as" },
	{ "so_it_does_in_german",
	  { NULL, NULL, TEXT, SAMPLED, { MODEL_GERMAN, false } },
	  "\nZu den Daten\n  nord, Sicherheit: 10 % der Anrufe wurden verfolgt" },
	{ "so_it_does_for_machines",
	  { NULL, NULL, JSON, SAMPLED, { MODEL_ENGLISH, false } },
	  "{\"site\": \"nord\", \"area\": \"security\", \"text\": \"10 % of the calls" },
};

static void note_case_run(void **state)
{
	const struct note_case *c = *state;
	struct buf out = text_of(&c->page, false);

	if (strstr(buf_text(&out), c->says) == NULL) {
		fail_msg("\"%s\" is missing in\n%s", c->says, buf_text(&out));
	}
	assert_null(strstr(buf_text(&out), "sued, Security: 10 %"));
	buf_free(&out);
}

static void the_order_of_the_sites_changes_no_byte(void **state)
{
	static const enum what what[] = { TEXT, JSON, CSV };

	(void)state;
	for (size_t i = 0; i < COUNT(what); i++) {
		struct compare_case c = { .what = what[i], .who = TWELVE };
		struct buf one = text_of(&c, false);
		struct buf other = text_of(&c, true);

		assert_int_equal(one.len, other.len);
		assert_memory_equal(one.data, other.data, one.len);
		buf_free(&one);
		buf_free(&other);
	}
}

static void every_row_of_the_csv_has_as_many_cells_as_its_head(void **state)
{
	struct compare_case c = { .what = CSV, .who = TWO };
	struct buf out = text_of(&c, false);
	struct slice rest = { (const char *)out.data, out.len };
	struct csv_row row;
	size_t used;

	(void)state;
	csv_row_init(&row);
	while (csv_next(rest, ',', true, &row, &used) == 1) {
		assert_int_equal(row.n_fields, 17);
		rest = (struct slice){ rest.at + used, rest.len - used };
	}
	assert_int_equal(rest.len, 0);
	csv_row_free(&row);
	buf_free(&out);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, compare_cases, compare_case_run);
	cases_test(&c, no_line_is_wider_than_100_columns);
	cases_test(&c, json_keeps_its_schema);
	cases_table(&c, note_cases, note_case_run);
	cases_test(&c, the_order_of_the_sites_changes_no_byte);
	cases_test(&c, every_row_of_the_csv_has_as_many_cells_as_its_head);
	return cases_run("cli_compare", &c, NULL, NULL);
}
