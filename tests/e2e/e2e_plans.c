/* Two made-up sites in one store, and every page about them: comparison, roadmap, lenses, trend,
 * changes, explanation. In both languages, JSON by its published schema, the mark on all of it;
 * late evidence makes a trend say that it was computed again. */
#include <stdio.h>
#include <string.h>

#include "common/slice.h"
#include "tests/support/cases.h"
#include "tests/support/json_schema.h"
#include "tests/support/lab.h"

#define EN   "SIMULATED: made-up evidence of a contact centre that does not exist.\n"
#define DE   "SIMULIERT: erfundene Daten eines Contact Centers, das es nicht gibt.\n"
#define FROM "2026-09-21"
#define TO   "2026-10-18"

/* Made once for all tests. */
struct plans {
	struct temp dir;
	char store[320];
};

/* What the second site brings along: every kind of record. */
static const char *const kinds[] = {
	"QueueContact",   "SelfServiceVisit", "Handoff",       "AgentSpan",
	"Dialog",         "MediaStream",      "Survey",        "SurveyOffer",
	"Evaluation",     "Calibration",      "Coaching",      "Case",
	"KnowledgeUse",   "Forecast",         "Shift",         "Target",
	"ReportedFigure", "Attestation",      "RegisterEntry", "Alert",
	"HeadCount",      "Posture",          "Gauge",         "Gap",
	"ContactFact",    "Callback",         "Payment",       "Call",
	"Presence",       "BusinessFigure",
};

static void run_ok(const char *what, const char *const *argv)
{
	struct lab_output o;

	lab_run_argv(&o, argv);
	lab_expect_ok(&o, what);
	lab_output_free(&o);
}

/* A file in the folder; the path lives in `path`. */
static void write_file(const struct plans *p, const char *name, struct slice text, char path[340])
{
	FILE *f;

	(void)snprintf(path, 340, "%s/%s", p->dir.dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text.at, 1, text.len, f), text.len);
	assert_int_equal(fclose(f), 0);
}

static void make_site(const struct plans *p, const char *site, const char *profile)
{
	char folder[320];
	char kept[320];

	(void)snprintf(folder, sizeof(folder), "%s/%s", p->dir.dir, site);
	(void)snprintf(kept, sizeof(kept), "%s/kept-%s", p->dir.dir, site);
	run_ok("simulate", (const char *[]){ "cxmeter", "simulate", "--profile", profile,
	                                     "--contacts", "100", "--out", folder, NULL });
	run_ok("measure", (const char *[]){ "tools/measure.sh", "--site", site, "--simulated",
	                                    folder, "--keep", kept, NULL });
}

/* Move the rows of one kind from the store of sued into that of nord. */
static void bring(const struct plans *p, const char *kind)
{
	struct lab_output o;
	char name[64];
	char from[340];
	char path[340];

	(void)snprintf(from, sizeof(from), "sqlite:%s/kept-sued/evidence.db", p->dir.dir);
	lab_run(&o, "cxmeter", "export", "--store", from, "--site", "sued", "--record", kind,
	        "--from", "2026-01-01", "--to", "2027-01-31", "--format", "jsonl", NULL);
	lab_expect_ok(&o, kind);
	(void)snprintf(name, sizeof(name), "%s.jsonl", kind);
	write_file(p, name, (struct slice){ buf_text(&o.out), o.out.len }, path);
	lab_output_free(&o);
	run_ok(kind, (const char *[]){ "cxmeter", "import", "--store", p->store, "--site", "sued",
	                               "--timezone", "Europe/Berlin", "--simulated", path, NULL });
}

static int set_up(void **state)
{
	static struct plans p;

	temp_open(&p.dir);
	make_site(&p, "nord", "optimizing");
	make_site(&p, "sued", "maturing"); /* a lower one has lost too much to be compared */
	(void)snprintf(p.store, sizeof(p.store), "sqlite:%s/kept-nord/evidence.db", p.dir.dir);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		bring(&p, kinds[i]);
	}
	*state = &p;
	return 0;
}

static int tear_down(void **state)
{
	temp_remove(&((struct plans *)*state)->dir);
	return 0;
}

/* The pages, and the schema of their JSON (NULL: no JSON). */
static const struct page {
	const char *args[6]; /* command first */
	const char *schema;
	bool csv;
} pages[] = {
	{ { "score", "--site", "nord" }, "docs/scorecard.schema.json", true },
	{ { "compare", "--sites", "nord,sued" }, "docs/compare.schema.json", true },
	{ { "roadmap", "--site", "sued" }, "docs/roadmap.schema.json", true },
	{ { "score", "--site", "sued", "--lens", "delighted" }, "docs/lens.schema.json", false },
	{ { "score", "--site", "sued", "--lens", "valantic" }, "docs/lens.schema.json", false },
	{ { "score", "--site", "sued", "--lens", "nextiva" }, "docs/lens.schema.json", false },
	{ { "score", "--site", "sued", "--lens", "connected" }, "docs/lens.schema.json", false },
	{ { "changes", "--site", "sued" }, "docs/changes.schema.json", true },
	{ { "explain", "--site", "nord", "--indicator", "service_level" }, NULL, false },
	{ { "trend", "--site", "nord" }, "docs/trend.schema.json", true },
};

static void print(struct lab_output *o, const struct plans *p, const struct page *page,
                  const char *const more[2])
{
	const char *argv[20] = { "cxmeter" };
	/* a trend scores a window a day: two days are enough */
	bool trend = strcmp(page->args[0], "trend") == 0;
	size_t n = 1;

	for (size_t i = 0; i < COUNT(page->args) && page->args[i] != NULL; i++) {
		argv[n++] = page->args[i];
	}
	argv[n++] = "--store";
	argv[n++] = p->store;
	argv[n++] = "--from";
	argv[n++] = trend ? "2026-10-17" : FROM;
	argv[n++] = "--to";
	argv[n++] = TO;
	argv[n++] = more[0];
	argv[n++] = more[1];
	lab_run_argv(o, argv);
	lab_expect_ok(o, page->args[0]);
}

static bool ends_with(const struct buf *text, const char *end)
{
	size_t len = strlen(end);

	return text->len >= len && memcmp(text->data + text->len - len, end, len) == 0;
}

static void every_page_begins_and_ends_with_the_mark(void **state)
{
	static const char *const languages[][2] = { { "en", EN }, { "de", DE } };

	for (size_t i = 0; i < COUNT(pages); i++) {
		for (size_t l = 0; l < 2; l++) {
			struct lab_output o;

			print(&o, *state, &pages[i],
			      (const char *const[]){ "--lang", languages[l][0] });
			assert_int_equal(
				strncmp(buf_text(&o.out), languages[l][1], strlen(languages[l][1])),
				0);
			assert_true(ends_with(&o.out, languages[l][1]));
			assert_null(strstr(buf_text(&o.out), "nan"));
			lab_output_free(&o);
		}
	}
}

static void json_keeps_its_schema_and_carries_the_mark(void **state)
{
	for (size_t i = 0; i < COUNT(pages); i++) {
		struct lab_output o;
		json_t *schema;
		json_t *value;
		char why[512] = "";

		if (pages[i].schema == NULL) {
			continue;
		}
		print(&o, *state, &pages[i], (const char *const[]){ "--format", "json" });
		value = json_loads(buf_text(&o.out), 0, NULL);
		assert_non_null(value);
		schema = lab_json(pages[i].schema);
		if (json_schema_check(schema, value, why, sizeof(why)) != 0) {
			fail_msg("%s: %s", pages[i].schema, why);
		}
		assert_true(json_is_true(json_object_get(value, "simulated")));
		json_decref(schema);
		json_decref(value);
		lab_output_free(&o);
	}
}

/* Cells may hold commas, but the mark is the last. */
static void check_rows(struct slice text)
{
	struct slice head = slice_cut(&text, '\n');
	size_t rows = 0;

	assert_true(slice_ends(head, SLICE(",simulated")));
	while (text.len > 0) {
		assert_true(slice_ends(slice_cut(&text, '\n'), SLICE(",true")));
		rows++;
	}
	assert_true(rows > 0);
}

static void every_row_of_csv_carries_the_mark(void **state)
{
	for (size_t i = 0; i < COUNT(pages); i++) {
		struct lab_output o;

		if (pages[i].csv) {
			print(&o, *state, &pages[i], (const char *const[]){ "--format", "csv" });
			check_rows((struct slice){ buf_text(&o.out), o.out.len });
			lab_output_free(&o);
		}
	}
}

static void the_better_site_is_found_better(void **state)
{
	struct lab_output o;

	print(&o, *state, &pages[1], (const char *const[]){ "--lang", "en" });
	assert_non_null(strstr(buf_text(&o.out), "nord better"));
	assert_null(strstr(buf_text(&o.out), "sued better"));
	lab_output_free(&o);
}

static void a_real_site_beside_a_simulated_one_is_refused(void **state)
{
	const struct plans *p = *state;
	struct lab_output o;
	char path[340];

	write_file(p, "Survey-west.csv",
	           SLICE("survey_id,at_us,kind,value\n00000000000000b1,1792310400000000,csat,5\n"),
	           path);
	run_ok("import", (const char *[]){ "cxmeter", "import", "--store", p->store, "--site",
	                                   "west", path, NULL });
	lab_run(&o, "cxmeter", "compare", "--store", p->store, "--sites", "nord,west", "--from",
	        FROM, "--to", TO, NULL);
	assert_int_equal(o.code, 2);
	assert_non_null(
		strstr(buf_text(&o.err), "site \"nord\" is simulated and \"west\" is real"));
	assert_int_equal(o.out.len, 0);
	lab_output_free(&o);
}

static void late_evidence_makes_a_day_be_computed_again(void **state)
{
	const struct plans *p = *state;
	struct lab_output o;
	char path[340];

	print(&o, p, &pages[9], (const char *const[]){ "--lang", "en" });
	assert_null(strstr(buf_text(&o.out), "arrived late"));
	lab_output_free(&o);
	write_file(p, "Survey.csv",
	           SLICE("survey_id,at_us,kind,value,scale_min,scale_max\n"
	                 "00000000000000a1,1792310400000000,csat,5,1,5\n"
	                 "00000000000000a2,1792310460000000,csat,4,1,5\n"),
	           path);
	run_ok("import", (const char *[]){ "cxmeter", "import", "--store", p->store, "--site",
	                                   "nord", "--simulated", path, NULL });
	print(&o, p, &pages[9], (const char *const[]){ "--lang", "en" });
	assert_non_null(strstr(buf_text(&o.out), "2026-10-18: recomputed on "));
	assert_non_null(strstr(buf_text(&o.out), "because 2 records for 2026-10-18 arrived late"));
	lab_output_free(&o);
	print(&o, p, &pages[9], (const char *const[]){ "--lang", "de" });
	assert_non_null(strstr(buf_text(&o.out),
	                       ", weil 2 Datensätze für den 2026-10-18 verspätet ankamen"));
	lab_output_free(&o);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, every_page_begins_and_ends_with_the_mark);
	cases_test(&c, json_keeps_its_schema_and_carries_the_mark);
	cases_test(&c, every_row_of_csv_carries_the_mark);
	cases_test(&c, the_better_site_is_found_better);
	cases_test(&c, a_real_site_beside_a_simulated_one_is_refused);
	cases_test(&c, late_evidence_makes_a_day_be_computed_again);
	return cases_run("e2e_plans", &c, set_up, tear_down);
}
