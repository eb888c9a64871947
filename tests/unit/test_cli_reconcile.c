/* What people and machines see of a fixed reconciliation: golden texts in both languages, JSON that
 * keeps its published schema. */
#include "cli/reconcile.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "cli/column.h"
#include "tests/support/cases.h"
#include "tests/support/catalog.h"
#include "tests/support/golden.h"
#include "tests/support/json_schema.h"

#define AT_US INT64_C(1793700001000000) /* 2026-11-03T10:00:01Z */

static char host[] = "pbx";
static char sales[] = "sales";
static char none[] = "";
static char contact[] = "Contact";
static char queue_contact[] = "QueueContact";
static char agent_span[] = "AgentSpan";
static char told[] = "told";
static char yes[] = "true";
static char no[] = "false";
static char wait_ms[] = "wait_ms";
static char early[] = "5000";
static char late[] = "9000";
static char reason_name[] = "reason";
static char lunch[] = "lunch";
static char meeting[] = "meeting, all hands";
static char unexplained[] = "unexplained";

static Cxm__Reconciliation conflict(int second, char *record, char *field, char *value,
                                    char *other_value)
{
	Cxm__Reconciliation m = CXM__RECONCILIATION__INIT;

	m.at_us = AT_US + second * INT64_C(1000000);
	m.source = CXM__SOURCE__QUEUE_LOG;
	m.other_source = CXM__SOURCE__AMI;
	m.host = host;
	m.contact = UINT64_C(0x9f3a0c6d1e2b4f58) + (uint64_t)second;
	m.queue = sales;
	m.record = record;
	m.field = field;
	m.has_seen_us = 1;
	m.seen_us = m.at_us;
	m.value = value;
	m.other_value = other_value;
	m.reason = unexplained;
	return m;
}

struct fixed {
	struct reconciliation r;
	Cxm__Reconciliation conflicts[8];
};

/* Four pairs: contacts with all that may be said, one kind with more examples than are shown, one
 * of agents, one that is alike. */
static struct fixed *fixed(bool simulated)
{
	static struct fixed f;
	struct reconciliation *r = &f.r;

	f = (struct fixed){ .r = { .site = "nord",
		                   .window = { .from_day = 20752,
		                               .to_day = 20779,
		                               .timezone = "Europe/Berlin" },
		                   .simulated = simulated,
		                   .n_pairs = 4,
		                   .left_out = simulated ? 17 : 0 } };
	r->pairs[0] = (struct reconcile_pair){ .record = contact,
		                               .source = CXM__SOURCE__QUEUE_LOG,
		                               .other = CXM__SOURCE__CEL,
		                               .told = 1204,
		                               .other_told = 1206,
		                               .both = 1200,
		                               .agree = 1198,
		                               .only = { 1, 0, 0, 2, 1 },
		                               .other_only = { 0, 0, 6, 0, 0 },
		                               .fields = { { "answered", { 1, 1, 0, 0, 0 } },
		                                           { "queue", { 0 } } },
		                               .n_fields = 2 };
	r->pairs[1] = (struct reconcile_pair){ .record = queue_contact,
		                               .source = CXM__SOURCE__QUEUE_LOG,
		                               .other = CXM__SOURCE__AMI,
		                               .told = 1204,
		                               .other_told = 1204,
		                               .both = 1204,
		                               .agree = 1200,
		                               .fields = { { "wait_ms", { 4 } } },
		                               .n_fields = 1 };
	r->pairs[2] = (struct reconcile_pair){ .record = agent_span,
		                               .source = CXM__SOURCE__QUEUE_LOG,
		                               .other = CXM__SOURCE__AMI,
		                               .told = 1,
		                               .other_told = 1,
		                               .both = 1,
		                               .fields = { { "reason", { 1 } } },
		                               .n_fields = 1 };
	r->pairs[3] = (struct reconcile_pair){ .record = "Survey",
		                               .source = CXM__SOURCE__DROPBOX,
		                               .other = CXM__SOURCE__CEL };
	for (int i = 0; i < 4; i++) {
		f.conflicts[i] = conflict(i, queue_contact, wait_ms, early, late);
	}
	f.conflicts[4] = conflict(4, contact, told, yes, no);
	f.conflicts[4].other_source = CXM__SOURCE__CEL;
	f.conflicts[5] = conflict(5, agent_span, reason_name, lunch, meeting);
	f.conflicts[5].agent = f.conflicts[5].contact;
	f.conflicts[5].contact = 0;
	f.conflicts[5].queue = none;
	r->conflicts = f.conflicts;
	r->n_conflicts = 6;
	return &f;
}

enum what { TEXT, JSON, CSV, JSONL };

static const struct page_case {
	const char *name;
	const char *file;
	enum what what;
	bool simulated;
	struct look look;
} pages[] = {
	{ "in_english", "reconcile_en.txt", TEXT, false, { MODEL_ENGLISH, false } },
	{ "in_german", "reconcile_de.txt", TEXT, false, { MODEL_GERMAN, false } },
	{ "what_is_made_up_says_so",
	  "reconcile_simulated_en.txt",
	  TEXT,
	  true,
	  { MODEL_ENGLISH, false } },
	{ "as_json", "reconcile.json", JSON, false, { MODEL_ENGLISH, false } },
	{ "as_csv", "reconcile.csv", CSV, true, { MODEL_ENGLISH, false } },
	{ "as_records", "reconcile.jsonl", JSONL, false, { MODEL_ENGLISH, false } },
};

static void print(const struct page_case *c, struct buf *out)
{
	const struct reconciliation *r = &fixed(c->simulated)->r;

	switch (c->what) {
	case TEXT:
		reconcile_text(r, &c->look, out);
		break;
	case JSON:
		reconcile_json(r, out);
		break;
	case CSV:
		reconcile_csv(r, out);
		break;
	case JSONL:
		reconcile_jsonl(r, product_catalog(), out);
		break;
	}
	assert_false(out->failed);
}

static void page_run(void **state)
{
	struct buf out;

	buf_init(&out, LOOK_TEXT_MAX_BYTES);
	print(*state, &out);
	golden_check(((const struct page_case *)*state)->file, buf_text(&out));
	buf_free(&out);
}

static void no_line_is_wider_than_100_columns(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct buf out;
		struct slice rest;

		buf_init(&out, LOOK_TEXT_MAX_BYTES);
		print(&pages[i], &out);
		rest = slice_of(buf_text(&out));
		while (rest.len > 0) {
			assert_true(column_width(slice_cut(&rest, '\n')) <= COLUMN_LINE_MAX);
		}
		buf_free(&out);
	}
}

static void json_keeps_its_schema(void **state)
{
	json_t *schema = json_load_file("docs/reconcile.schema.json", 0, NULL);
	char text[512] = "";

	(void)state;
	assert_non_null(schema);
	for (int simulated = 0; simulated < 2; simulated++) {
		struct buf out;
		json_t *json;

		buf_init(&out, LOOK_TEXT_MAX_BYTES);
		reconcile_json(&fixed(simulated != 0)->r, &out);
		json = json_loadb((const char *)out.data, out.len, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(json);
		if (json_schema_check(schema, json, text, sizeof(text)) != 0) {
			fail_msg("%s", text);
		}
		json_decref(json);
		buf_free(&out);
	}
	json_decref(schema);
}

static void without_a_second_source_it_says_so(void **state)
{
	const struct reconciliation r = { .site = "nord", .window = { .timezone = "UTC" } };
	static const struct look plain = { MODEL_ENGLISH, false };
	struct buf out;

	(void)state;
	buf_init(&out, LOOK_TEXT_MAX_BYTES);
	reconcile_text(&r, &plain, &out);
	assert_non_null(strstr(buf_text(&out), "No kind of observation is told by two sources"));
	buf_free(&out);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, pages, page_run);
	cases_test(&c, no_line_is_wider_than_100_columns);
	cases_test(&c, json_keeps_its_schema);
	cases_test(&c, without_a_second_source_it_says_so);
	return cases_run("cli/reconcile", &c, NULL, NULL);
}
