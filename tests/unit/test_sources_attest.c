/* Signed statements in a drop folder: what becomes of one, what is said, where it goes, and that
 * nothing of it is repeated. Whose signatures count is test_common_keyring.c's. */
#include "agent/sources/attest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/sources/dropbox.h"
#include "common/when.h"
#include "tests/support/cases.h"
#include "tests/support/fake_agent.h"
#include "tests/support/log_folder.h"
#include "tests/support/signer.h"

#define SHA "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

/* 2026-11-22 12:00 in Berlin, when the files are written */
#define SEEN_S 1795345200

static const char *const names[] = { "anna.berger", "rui", NULL };

struct fixture {
	struct log_folder *folder;
	struct temp keys;
	EVP_PKEY *anna;
	struct conf_doc doc;
	struct dropbox_conf conf;
	struct fake_agent *agent;
	struct fault fault;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char yaml[1024];

	assert_non_null(f);
	assert_int_equal(when_use_zone("Europe/Berlin", &f->fault), 0);
	f->folder = log_folder_new();
	temp_open(&f->keys);
	f->anna = signer_key(temp_path(&f->keys, "anna.berger.pem"));
	(void)snprintf(yaml, sizeof(yaml), "directory: %s\nattestation_keys: %s\n",
	               f->folder->temp.dir, f->keys.dir);
	assert_int_equal(conf_parse(&f->doc, "agent.yaml", yaml, strlen(yaml), &f->fault), 0);
	assert_int_equal(
		conf_bind(&f->doc, f->doc.root, source_dropbox.schema, &f->conf, &f->fault), 0);
	f->agent = fake_agent_new(&source_dropbox, &f->folder->env, &f->conf);
	f->agent->r.names = names;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fake_agent_free(f->agent);
	log_folder_free(f->folder);
	temp_remove(&f->keys);
	EVP_PKEY_free(f->anna);
	conf_free(&f->doc);
	free(f);
	return 0;
}

static void drop(struct fixture *f, const char *name, const char *text)
{
	log_folder_write(f->folder, name, text);
	log_folder_touch(f->folder, name, SEEN_S);
}

/* The statement with its signature beside it. */
static void drop_signed(struct fixture *f, const char *name, const char *text)
{
	struct buf signature;
	char path[256];
	FILE *out;

	buf_init(&signature, 1024);
	signer_sign(f->anna, slice_of(text), &signature);
	(void)snprintf(path, sizeof(path), "%s%s", name, ATTEST_SUFFIX);
	out = fopen(log_folder_file(f->folder, path), "we");
	assert_non_null(out);
	assert_int_equal(fwrite(signature.data, 1, signature.len, out), signature.len);
	assert_int_equal(fclose(out), 0);
	buf_free(&signature);
	drop(f, name, text);
}

static void read_all(struct fixture *f)
{
	assert_int_equal(fake_agent_open(f->agent, &f->fault), 0);
	for (unsigned i = 0; i < 3; i++) {
		while (dropbox_turn(f->agent->source)) {
		}
		f->folder->mono_us += INT64_C(2000000);
	}
	fake_agent_commit(f->agent);
}

static const char *got(struct fixture *f)
{
	return buf_text(&f->agent->r.out);
}

static void on_told(void *arg, const char *text)
{
	const char *slash = strrchr(text, '/');

	buf_printf(arg, "%s\n", slash != NULL ? slash + 1 : text);
}

static void examine(struct fixture *f, struct buf *told)
{
	const struct source_examine e = { on_told, told };

	buf_init(told, 65536);
	source_dropbox.examine(&f->conf, &e);
}

#define STATEMENT                                                                                  \
	"indicator: cx_charter_attested\n"                                                         \
	"statement: All six questions of the charter are answered.\n"                              \
	"value: 6\n"                                                                               \
	"signer: anna.berger\n"                                                                    \
	"signer_role: Head of Customer Care\n"                                                     \
	"date: 2026-11-20\n"                                                                       \
	"expires: 2027-11-20\n"                                                                    \
	"document_sha256: " SHA "\n"                                                               \
	"functions: 3\n"

/* 2026-11-20 and 2027-11-20 in Berlin */
#define RECORD(at, expires, signature)                                                             \
	"Attestation at=" at " indicator=cx_charter_attested signer=<anna.berger> "                \
	"seen=1795345200 value=6 signer_role=Head of Customer Care expires=" expires               \
	" document_sha256=" SHA " signature=" signature

static void signed_statement_is_verified(void **state)
{
	struct fixture *f = *state;

	drop_signed(f, "Attestation-charter.yaml", STATEMENT);
	read_all(f);
	assert_int_equal(f->agent->r.n_records, 1);
	assert_int_equal(strncmp(got(f), RECORD("1795129200", "1826665200", ""),
	                         strlen(RECORD("1795129200", "1826665200", ""))),
	                 0);
	assert_non_null(strstr(got(f), " signed=verified statement=All six questions of the "
	                               "charter are answered. functions=3\n"));
}

static void statement_and_signature_are_moved_together(void **state)
{
	struct fixture *f = *state;

	drop_signed(f, "Attestation-charter.yaml", STATEMENT);
	read_all(f);
	assert_string_equal(log_folder_read(f->folder, "done/Attestation-charter.yaml"), STATEMENT);
	assert_true(log_folder_has(f->folder, "done/Attestation-charter.yaml.sig"));
	assert_false(log_folder_has(f->folder, "Attestation-charter.yaml.sig"));
}

static void json_is_a_statement_too(void **state)
{
	struct fixture *f = *state;

	drop_signed(f, "attestation_pci.json",
	            "{\"indicator\": \"payment_masking\", \"statement\": \"No payments.\", "
	            "\"not_applicable\": true, \"signer\": \"anna.berger\", \"signer_role\": "
	            "\"CISO\", \"date\": \"2026-11-20T10:00:00+01:00\", \"expires\": "
	            "\"2027-11-20\", \"document_sha256\": \"" SHA "\"}\n");
	read_all(f);
	assert_non_null(strstr(got(f), "Attestation at=1795165200 indicator=payment_masking "
	                               "signer=<anna.berger> seen=1795345200 not_applicable=1 "));
	assert_non_null(strstr(got(f), "signed=verified"));
}

static void unsigned_statement_is_kept_and_says_so(void **state)
{
	struct fixture *f = *state;

	drop(f, "Attestation-charter.yaml", STATEMENT);
	read_all(f);
	assert_non_null(strstr(got(f), " signed=unsigned "));
	assert_true(log_folder_has(f->folder, "done/Attestation-charter.yaml"));
}

static void signature_that_comes_later_counts_when_the_statement_is_dropped_again(void **state)
{
	struct fixture *f = *state;
	struct buf rows;

	drop(f, "Attestation-charter.yaml", STATEMENT);
	read_all(f);
	fake_agent_stop(f->agent);
	drop_signed(f, "Attestation-charter.yaml", STATEMENT);
	log_folder_touch(f->folder, "Attestation-charter.yaml", SEEN_S + 60);
	read_all(f);
	buf_init(&rows, 8192);
	fake_agent_rows(f->agent, NULL, &rows);
	assert_null(strstr(buf_text(&rows), "unsigned"));
	assert_non_null(strstr(buf_text(&rows), "signed=verified"));
	buf_free(&rows);
}

/* ---- what check says ---- */

static const struct absent_case {
	const char *name;
	const char *signed_text; /* NULL: unsigned */
	const char *text;
	const char *want;
} absents[] = {
	{ "absent_without_a_signature", NULL, STATEMENT,
	  "Attestation-x.yaml: counts as absent: there is no signature beside it "
	  "(Attestation-x.yaml.sig)\n" },
	{ "absent_when_changed_after_it_was_signed", "value: 5\n", STATEMENT,
	  "Attestation-x.yaml: counts as absent: the signature does not fit: the statement was "
	  "changed after it was signed, or the signature belongs to another one\n" },
	{ "absent_when_dated_in_the_future",
	  "indicator: nps\nstatement: s\nvalue: 6\nsigner: anna.berger\nsigner_role: r\n"
	  "date: 2026-11-23\nexpires: 2027-11-20\ndocument_sha256: " SHA "\n",
	  "indicator: nps\nstatement: s\nvalue: 6\nsigner: anna.berger\nsigner_role: r\n"
	  "date: 2026-11-23\nexpires: 2027-11-20\ndocument_sha256: " SHA "\n",
	  "Attestation-x.yaml: counts as absent: it is dated in the future\n" },
	{ "absent_when_it_has_expired",
	  "indicator: nps\nstatement: s\nvalue: 6\nsigner: anna.berger\nsigner_role: r\n"
	  "date: 2025-11-23\nexpires: 2026-11-22\ndocument_sha256: " SHA "\n",
	  "indicator: nps\nstatement: s\nvalue: 6\nsigner: anna.berger\nsigner_role: r\n"
	  "date: 2025-11-23\nexpires: 2026-11-22\ndocument_sha256: " SHA "\n",
	  "Attestation-x.yaml: counts as absent: it has expired\n" },
	{ "absent_when_signed_for_somebody_else",
	  "indicator: nps\nstatement: s\nvalue: 6\nsigner: rui\nsigner_role: r\n"
	  "date: 2026-11-20\nexpires: 2027-11-20\ndocument_sha256: " SHA "\n",
	  "indicator: nps\nstatement: s\nvalue: 6\nsigner: rui\nsigner_role: r\n"
	  "date: 2026-11-20\nexpires: 2027-11-20\ndocument_sha256: " SHA "\n",
	  "Attestation-x.yaml: counts as absent: signed with the key of somebody else than "
	  "`signer`\n" },
};

static void what_will_not_count_is_told(void **state)
{
	const struct absent_case *c = *state;
	void *s = NULL;
	struct fixture *f;
	struct buf told;

	assert_int_equal(setup(&s), 0);
	f = s;
	drop_signed(f, "Attestation-x.yaml", c->signed_text != NULL ? c->signed_text : "");
	log_folder_rename(f->folder, "Attestation-x.yaml.sig",
	                  c->signed_text != NULL ? "Attestation-x.yaml.sig" : "other.sig");
	drop(f, "Attestation-x.yaml", c->text);
	examine(f, &told);
	assert_string_equal(buf_text(&told), c->want);
	buf_free(&told);
	assert_int_equal(teardown(&s), 0);
}

#define WITHOUT_DATES                                                                              \
	"indicator: nps\nstatement: s\nvalue: 6\nsigner: anna.berger\nsigner_role: r\n"            \
	"document_sha256: " SHA "\n"

static const struct refused_case {
	const char *name;
	const char *text;
	const char *want;
} refused[] = {
	{ "no_yaml", "a: b: c\n",
	  "Attestation-x.yaml:1: mapping values are not allowed in this context: look at "
	  "indentation, colons and quotes there\n" },
	{ "no_keys_with_values", "- Anna Lima\n",
	  "Attestation-x.yaml:1: not a statement: expected keys with values\n" },
	{ "key_that_no_statement_has", "indicator: nps\nAnna Lima: 5550001\n",
	  "Attestation-x.yaml:2: a key that no statement has; known are indicator, statement, "
	  "value, not_applicable, signer, signer_role, date, expires, document_sha256, functions, "
	  "decisions\n" },
	{ "without_a_date", WITHOUT_DATES "expires: 2027-11-20\n",
	  "Attestation-x.yaml:1: date: is missing\n" },
	{ "without_an_expiry", WITHOUT_DATES "date: 2026-11-20\n",
	  "Attestation-x.yaml:1: expires: is missing\n" },
	{ "date_that_is_none", WITHOUT_DATES "date: Anna Lima\nexpires: 2027-11-20\n",
	  "Attestation-x.yaml:7: date: expected a date such as 2026-11-20\n" },
	{ "expires_after_366_days", WITHOUT_DATES "date: 2026-11-20\nexpires: 2027-11-21\n",
	  "Attestation-x.yaml:8: expires: more than 365 days after its date\n" },
	{ "expires_before_its_date", WITHOUT_DATES "date: 2026-11-20\nexpires: 2026-11-20\n",
	  "Attestation-x.yaml:8: expires: it expires before it begins\n" },
	{ "value_that_is_no_number",
	  "indicator: nps\nstatement: s\nvalue: Anna Lima\nsigner: a\nsigner_role: r\n"
	  "date: 2026-11-20\nexpires: 2027-11-20\ndocument_sha256: " SHA "\n",
	  "Attestation-x.yaml: value must be a number, functions and decisions counts, "
	  "not_applicable yes or no, and the rest a line of text each\n" },
	{ "neither_value_nor_not_applicable",
	  "indicator: nps\nstatement: s\nsigner: a\nsigner_role: r\n"
	  "date: 2026-11-20\nexpires: 2027-11-20\ndocument_sha256: " SHA "\n",
	  "Attestation-x.yaml: exactly one of value and not_applicable: yes\n" },
	{ "hash_that_is_cut",
	  "indicator: nps\nstatement: s\nvalue: 1\nsigner: a\nsigner_role: r\n"
	  "date: 2026-11-20\nexpires: 2027-11-20\ndocument_sha256: 9f86\n",
	  "Attestation-x.yaml:8: document_sha256: expected 64 hexadecimal digits (sha256sum)\n" },
	{ "signer_who_is_nobody",
	  "indicator: nps\nstatement: s\nvalue: 1\nsigner: \" \"\nsigner_role: r\n"
	  "date: 2026-11-20\nexpires: 2027-11-20\ndocument_sha256: " SHA "\n",
	  "Attestation-x.yaml:4: signer: names nobody\n" },
};

static void what_is_no_statement_is_rejected(void **state)
{
	const struct refused_case *c = *state;
	void *s = NULL;
	struct fixture *f;

	assert_int_equal(setup(&s), 0);
	f = s;
	drop_signed(f, "Attestation-x.yaml", c->text);
	read_all(f);
	assert_int_equal(f->agent->r.n_records, 0);
	assert_true(log_folder_has(f->folder, "rejected/Attestation-x.yaml"));
	assert_true(log_folder_has(f->folder, "rejected/Attestation-x.yaml.sig"));
	assert_null(
		strstr(log_folder_read(f->folder, "rejected/Attestation-x.yaml.errors"), "Lima"));
	assert_int_equal(teardown(&s), 0);
}

static void reason_is_told_with_its_line(void **state)
{
	const struct refused_case *c = *state;
	void *s = NULL;
	struct fixture *f;
	struct buf told;

	assert_int_equal(setup(&s), 0);
	f = s;
	drop_signed(f, "Attestation-x.yaml", c->text);
	examine(f, &told);
	assert_int_equal(strncmp(buf_text(&told), c->want, strlen(c->want)), 0);
	buf_free(&told);
	assert_int_equal(teardown(&s), 0);
}

static void statement_of_more_than_64_kib_is_rejected(void **state)
{
	struct fixture *f = *state;
	struct buf text;

	buf_init(&text, 1 << 20);
	buf_add_text(&text, STATEMENT);
	while (text.len <= ATTEST_FILE_MAX_BYTES) {
		buf_add_text(&text, "# more\n");
	}
	drop_signed(f, "Attestation-x.yaml", buf_text(&text));
	read_all(f);
	assert_int_equal(f->agent->r.n_records, 0);
	assert_true(log_folder_has(f->folder, "rejected/Attestation-x.yaml"));
	buf_free(&text);
}

static const struct name_case {
	const char *name;
	const char *file;
	bool want;
} file_names[] = {
	{ "yaml_is_a_statement", "Attestation-charter.yaml", true },
	{ "yml_is_a_statement", "attestation_charter.yml", true },
	{ "json_is_a_statement", "ATTESTATION.2026.json", true },
	{ "rows_are_no_statement", "Attestation-2026.csv", false },
	{ "signature_is_no_statement", "Attestation-charter.yaml.sig", false },
	{ "another_word_is_no_statement", "Attestations.yaml", false },
	{ "part_is_no_statement", "Attestation-charter.yaml.part", false },
	{ "nothing_is_no_statement", "", false },
};

static void name_is_that_of_a_statement_or_not(void **state)
{
	const struct name_case *c = *state;

	assert_int_equal(attest_name(c->file), c->want);
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, signed_statement_is_verified, setup, teardown);
	cases_test_with(&c, statement_and_signature_are_moved_together, setup, teardown);
	cases_test_with(&c, json_is_a_statement_too, setup, teardown);
	cases_test_with(&c, unsigned_statement_is_kept_and_says_so, setup, teardown);
	cases_test_with(&c, signature_that_comes_later_counts_when_the_statement_is_dropped_again,
	                setup, teardown);
	cases_test_with(&c, statement_of_more_than_64_kib_is_rejected, setup, teardown);
	cases_table(&c, absents, what_will_not_count_is_told);
	cases_table(&c, refused, what_is_no_statement_is_rejected);
	cases_table(&c, refused, reason_is_told_with_its_line);
	cases_table(&c, file_names, name_is_that_of_a_statement_or_not);
	return cases_run("attest", &c, NULL, NULL);
}
