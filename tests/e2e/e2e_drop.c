/*
 * Signed statements and dropped files from the folder to the store: tools/attest.sh signs with a
 * real key and a real certificate, the real agent reads, the real collector stores. And what
 * `cxmeter-agent check` says of the same files before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/support/cases.h"
#include "tests/support/lab.h"
#include "tests/support/said.h"

#define SHA "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

static struct lab lab;

static void sh(const char *script)
{
	struct lab_output o;

	lab_run(&o, "/bin/sh", "-euc", script, "sh", lab.temp.dir, NULL);
	lab_expect_ok(&o, "script");
	lab_output_free(&o);
}

/* A CA, a certificate of it for Otto, and one of a CA nobody has declared for Zoe. */
static const char make_keys[] =
	"cd \"$1\"; mkdir -p declared private drop\n"
	"ca() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 "
	"-subj \"/CN=$1 CA\" -keyout private/$1-ca.key -out private/$1-ca.pem 2>/dev/null; }\n"
	"leaf() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj \"/CN=$2\" "
	"-keyout private/$2.key -out private/$2.csr 2>/dev/null\n"
	"printf 'keyUsage=critical,digitalSignature\\n' >private/$2.ext\n"
	"openssl x509 -req -in private/$2.csr -CA private/$1-ca.pem -CAkey private/$1-ca.key "
	"-CAcreateserial -days 20 -extfile private/$2.ext -out private/$2.pem 2>/dev/null; }\n"
	"ca site; ca foreign; leaf site otto; leaf foreign zoe\n"
	"cp private/site-ca.pem declared/\n";

static void attest(const char *verb, const char *a, const char *b, const char *c)
{
	struct lab_output o;

	lab_run(&o, "tools/attest.sh", verb, a, b, c, NULL);
	lab_expect_ok(&o, "tools/attest.sh");
	lab_output_free(&o);
}

static const char *path(const char *folder, const char *name, const char *end)
{
	char both[128];

	(void)snprintf(both, sizeof(both), "%s/%s%s", folder, name, end);
	return lab_path(&lab, both);
}

struct statement {
	const char *name; /* of the indicator, and of the file */
	const char *signer;
	int from_days; /* date and expiry, from today */
	int until_days;
	const char *key; /* Ed25519 in private/, or NULL */
	const char *certificate;
	bool changed; /* after it was signed */
	const char *want;
};

static const struct statement statements[] = {
	{ "signed_with_a_key", "anna.berger", -2, 363, "anna.berger", NULL, false, "verified" },
	{ "signed_with_a_certificate", "otto", -2, 363, NULL, "otto", false, "untrusted" },
	{ "signed_today_with_a_certificate", "otto", 0, 365, NULL, "otto", false, "verified" },
	{ "not_signed", "anna.berger", -2, 363, NULL, NULL, false, "unsigned" },
	{ "changed_afterwards", "anna.berger", -2, 363, "anna.berger", NULL, true, "wrong" },
	{ "signed_with_a_key_nobody_declared", "rui", -2, 363, "rui", NULL, false, "untrusted" },
	{ "signed_in_the_name_of_another", "rui", -2, 363, "anna.berger", NULL, false,
	  "untrusted" },
	{ "signed_with_a_foreign_certificate", "zoe", 0, 365, NULL, "zoe", false, "untrusted" },
	{ "expired", "anna.berger", -400, -35, "anna.berger", NULL, false, "verified" },
	{ "dated_in_the_future", "anna.berger", 3, 300, "anna.berger", NULL, false, "verified" },
};

/* So many days from now; certificates that were made just now hold by then. */
static void add_day(struct buf *b, const char *key, int days)
{
	struct lab_output o;
	char when[64];

	(void)snprintf(when, sizeof(when), "%d days", days);
	lab_run(&o, "/bin/date", "-u", "-d", when, "+%Y-%m-%dT%H:%M:%SZ", NULL);
	lab_expect_ok(&o, "date");
	buf_printf(b, "%s: %s", key, buf_text(&o.out));
	lab_output_free(&o);
}

static void write_statement(const struct statement *s)
{
	struct buf text;
	char name[96];
	char file[128];

	buf_init(&text, 4096);
	buf_printf(&text,
	           "indicator: %s\nstatement: As it is.\nvalue: 6\nsigner: %s\n"
	           "signer_role: Head of Customer Care\ndocument_sha256: " SHA "\n",
	           s->name, s->signer);
	add_day(&text, "date", s->from_days);
	add_day(&text, "expires", s->until_days);
	(void)snprintf(name, sizeof(name), "Attestation-%s.yaml", s->name);
	(void)snprintf(file, sizeof(file), "drop/%s", name);
	lab_write(&lab, file, buf_text(&text));
	if (s->key != NULL) {
		attest("sign", path("private", s->key, ".key"), path("drop", name, ""), NULL);
	}
	if (s->certificate != NULL) {
		attest("cms", path("private", s->certificate, ".pem"),
		       path("private", s->certificate, ".key"), path("drop", name, ""));
	}
	if (s->changed) {
		lab_append(&lab, file, "functions: 3\n");
	}
	buf_free(&text);
}

static int open_place(void **state)
{
	struct buf sources;

	(void)state;
	lab_open(&lab, "nord");
	sh(make_keys);
	attest("key", lab_path(&lab, "private"), "anna.berger", NULL);
	attest("key", lab_path(&lab, "private"), "rui", NULL);
	sh("cp \"$1\"/private/anna.berger.pem \"$1\"/declared/");
	for (size_t i = 0; i < COUNT(statements); i++) {
		write_statement(&statements[i]);
	}
	lab_write(&lab, "drop/Survey-1.csv",
	          "at_us,survey_id,kind,value\n"
	          "2026-11-22T05:58:26Z,s1,nps,9\n"
	          "2026-11-22T05:59:26Z,Ana Lima 5550001,nps,eleven\n"
	          "2026-11-22T06:00:26Z,s3,nps,7\n");
	lab_start_collector(&lab);
	buf_init(&sources, 4096);
	buf_printf(&sources, "  dropbox:\n    - directory: %s\n      attestation_keys: %s\n",
	           lab_path(&lab, "drop"), lab_path(&lab, "declared"));
	lab_write_agent(&lab, buf_text(&sources));
	buf_free(&sources);
	return 0;
}

static int close_place(void **state)
{
	(void)state;
	lab_close(&lab);
	return 0;
}

static void check_names_the_bad_row_and_what_will_not_count(void **state)
{
	struct lab_output o;

	(void)state;
	lab_run(&o, "cxmeter-agent", "check", "-c", lab_path(&lab, "agent.yaml"), NULL);
	said_code(&o, 0);
	said_part(buf_text(&o.out),
	          "drop/Survey-1.csv:3: value: expected a number, found something "
	          "like \"aaaaaa\"\n");
	said_part(buf_text(&o.out), "drop/Survey-1.csv: 2 rows would be used, 1 refused\n");
	said_part(buf_text(&o.out), "Attestation-not_signed.yaml: counts as absent: there is no "
	                            "signature beside it");
	said_part(buf_text(&o.out), "Attestation-expired.yaml: counts as absent: it has expired\n");
	said_part(buf_text(&o.out), "Attestation-dated_in_the_future.yaml: counts as absent: it is "
	                            "dated in the future\n");
	said_part(buf_text(&o.out), "Attestation-changed_afterwards.yaml: counts as absent: the "
	                            "signature does not fit");
	assert_null(strstr(buf_text(&o.out), "Lima"));
	assert_null(strstr(buf_text(&o.out), "anna"));
	assert_null(strstr(buf_text(&o.out), "signed_with_a_key.yaml"));
	lab_output_free(&o);
}

static void statements_are_stored_with_what_their_signatures_are_worth(void **state)
{
	struct lab_csv csv;
	size_t found = 0;

	(void)state;
	lab_replay(&lab, "--drop", lab_path(&lab, "drop"), NULL);
	lab_csv_parse(&csv, lab_export(&lab, "Attestation"));
	assert_int_equal(csv.n_rows, COUNT(statements));
	for (size_t i = 0; i < COUNT(statements); i++) {
		for (size_t row = 0; row < csv.n_rows; row++) {
			if (strcmp(lab_csv_cell(&csv, row, "indicator"), statements[i].name) == 0) {
				assert_string_equal(lab_csv_cell(&csv, row, "signed"),
				                    statements[i].want);
				found++;
			}
		}
	}
	assert_int_equal(found, COUNT(statements));
	lab_csv_free(&csv);
}

static void good_rows_of_the_file_with_a_bad_one_are_stored(void **state)
{
	(void)state;
	assert_int_equal(lab_count_rows(&lab, "Survey"), 2);
}

static void no_name_is_in_the_store(void **state)
{
	char *text = lab_export(&lab, "Attestation");

	(void)state;
	assert_null(strstr(text, "anna"));
	assert_null(strstr(text, "otto"));
	free(text);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, check_names_the_bad_row_and_what_will_not_count);
	cases_test(&c, statements_are_stored_with_what_their_signatures_are_worth);
	cases_test(&c, good_rows_of_the_file_with_a_bad_one_are_stored);
	cases_test(&c, no_name_is_in_the_store);
	return cases_run("drop", &c, open_place, close_place);
}
