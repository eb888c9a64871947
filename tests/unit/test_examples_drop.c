/* The examples of dropped files: there is one of every kind in both forms, all their rows are
 * used, and both forms say the same; the mappings of examples/mapping read the exports beside
 * them. */
#include <stdio.h>
#include <stdlib.h>

#include "agent/sources/dropbox.h"
#include "common/when.h"
#include "tests/support/cases.h"
#include "tests/support/catalog.h"
#include "tests/support/fake_agent.h"
#include "tests/support/golden.h"
#include "tests/support/log_folder.h"

static const char *const names[] = {
	"1795424400.101", "1795424466.118", "1795424531.124", "+49 30 23125 101",
	"030 23125104",   "U-1001",         "U-1002",         "U-1003",
	"U-1004",         "W/1003",         "W/1007",         "W/1009",
	"00050012",       "00050013",       "00050014",       NULL
};

struct fixture {
	struct log_folder *folder;
	struct conf_doc doc;
	struct dropbox_conf conf;
	struct fake_agent *agent;
	struct fault fault;
};

/* @param mapping  of a file of examples/mapping, or NULL. */
static struct fixture *open_fixture(const char *mapping)
{
	struct fixture *f = calloc(1, sizeof(*f));
	static const char plain[] = "sources: {dropbox: [{directory: /x}]}";
	const struct conf_node *entry;

	assert_non_null(f);
	assert_int_equal(when_use_zone("Europe/Berlin", &f->fault), 0);
	f->folder = log_folder_new();
	assert_int_equal(
		mapping != NULL ? conf_load(&f->doc, mapping, &f->fault)
				: conf_parse(&f->doc, "plain", plain, sizeof(plain) - 1, &f->fault),
		0);
	entry = conf_get(conf_get(f->doc.root, "sources"), "dropbox")->first;
	assert_int_equal(conf_bind(&f->doc, entry, source_dropbox.schema, &f->conf, &f->fault), 0);
	f->conf.directory = f->folder->temp.dir;
	f->agent = fake_agent_new(&source_dropbox, &f->folder->env, &f->conf);
	f->agent->r.names = names;
	f->agent->env.one_shot = true;
	return f;
}

static void close_fixture(struct fixture *f)
{
	fake_agent_free(f->agent);
	log_folder_free(f->folder);
	conf_free(&f->doc);
	free(f);
}

static void drop(struct fixture *f, const char *folder, const char *name)
{
	char path[256];
	char text[65536];
	FILE *in;
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	in = fopen(path, "re");
	assert_non_null(in);
	n = fread(text, 1, sizeof(text) - 1, in);
	assert_int_equal(fclose(in), 0);
	text[n] = '\0';
	log_folder_write(f->folder, name, text);
	log_folder_touch(f->folder, name, 1800000000);
}

static void read_folder(struct fixture *f)
{
	struct source_progress progress;

	assert_int_equal(fake_agent_open(f->agent, &f->fault), 0);
	while (dropbox_turn(f->agent->source)) {
	}
	source_dropbox.progress(f->agent->source, &progress);
	assert_int_equal(progress.rejected, 0);
	assert_int_equal(f->agent->done_rc, 0);
}

static void example_of_a_kind_is_used_in_both_forms(void **state)
{
	const struct cxm_kind *kind = *state;
	static const char *const forms[] = { "csv", "jsonl" };
	char *records[COUNT(forms)];

	for (size_t i = 0; i < COUNT(forms); i++) {
		struct fixture *f = open_fixture(NULL);
		char name[64];

		(void)snprintf(name, sizeof(name), "%s.%s", kind->name, forms[i]);
		drop(f, "examples/drop", name);
		read_folder(f);
		assert_int_not_equal(f->agent->r.n_records, 0);
		records[i] = strdup(buf_text(&f->agent->r.out));
		close_fixture(f);
	}
	assert_string_equal(records[0], records[1]);
	free(records[0]);
	free(records[1]);
}

static void example_of_a_statement_is_one(void **state)
{
	struct fixture *f = open_fixture(NULL);

	(void)state;
	drop(f, "examples/drop", "Attestation-charter.yaml");
	read_folder(f);
	assert_int_equal(f->agent->r.n_records, 1);
	close_fixture(f);
}

static const struct mapping_case {
	const char *name;
	const char *mapping;
	const char *files[2];
	const char *golden;
} mappings[] = {
	{ "survey_tool_with_german_headers",
	  "examples/mapping/survey-tool.yaml",
	  { "umfrage_2026-11.csv", "umfrage_2026-11.csv" },
	  "drop_survey_tool.txt" },
	{ "workforce_tool",
	  "examples/mapping/wfm.yaml",
	  { "dienstplan_kw48.csv", "prognose_kw48.csv" },
	  "drop_wfm.txt" },
	{ "crm_from_america",
	  "examples/mapping/crm.yaml",
	  { "case_export (3).csv", "case_export (3).csv" },
	  "drop_crm.txt" },
};

static void export_is_read_by_its_mapping(void **state)
{
	const struct mapping_case *c = *state;
	struct fixture *f = open_fixture(c->mapping);

	drop(f, "examples/mapping", c->files[0]);
	drop(f, "examples/mapping", c->files[1]);
	read_folder(f);
	golden_check(c->golden, buf_text(&f->agent->r.out));
	close_fixture(f);
}

int main(void)
{
	static struct cases c;
	const struct cxm_catalog *catalog = product_catalog();

	for (size_t i = 0; i < catalog->n_kinds; i++) {
		cases_one(&c, catalog->kinds[i].name, example_of_a_kind_is_used_in_both_forms,
		          &catalog->kinds[i]);
	}
	cases_test(&c, example_of_a_statement_is_one);
	cases_table(&c, mappings, export_is_read_by_its_mapping);
	return cases_run("examples_drop", &c, NULL, NULL);
}
