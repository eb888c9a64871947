/*
 * The security of a made-up host, from the real agent that looks at it to the card: a TLS listener
 * of this test, recordings past their period, an account with a known password, an open fix. And
 * `discover`, as a program.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/ssl.h>

#include "tests/support/lab.h"
#include "tests/support/pki.h"
#include "tests/support/said.h"
#include "tests/support/tls_listener.h"

#define DEFAULT_SECRET "amp111"
#define ACCOUNT        "hans.meier"
#define RECORDINGS     150 /* enough for the model's min_n of retention */
#define OLD            30

struct stage {
	struct lab lab;
	struct pki *pki;
	struct tls_listener *listener;
};

static void make_folder(const struct lab *lab, const char *name)
{
	assert_int_equal(mkdir(lab_path(lab, name), 0755), 0);
}

static void make_recordings(const struct lab *lab)
{
	const struct timespec long_ago[2] = { { 1000000000, 0 }, { 1000000000, 0 } };

	make_folder(lab, "host/srv");
	make_folder(lab, "host/srv/calls");
	for (unsigned i = 0; i < RECORDINGS; i++) {
		char name[64];

		(void)snprintf(name, sizeof(name), "host/srv/calls/%u.age", i);
		lab_write(lab, name, "age-encryption.org/v1\n");
		assert_int_equal(chmod(lab_path(lab, name), 0640), 0);
		if (i < OLD) {
			assert_int_equal(utimensat(AT_FDCWD, lab_path(lab, name), long_ago, 0), 0);
		}
	}
}

static void make_host(const struct lab *lab)
{
	struct lab_output o;
	struct stat st;
	char mount[256];

	lab_run(&o, "/bin/cp", "-R", "tests/data/hosts/asterisk", lab_path(lab, "host"), NULL);
	lab_expect_ok(&o, "cp");
	lab_output_free(&o);
	make_recordings(lab);
	lab_write(lab, "host/etc/asterisk/manager.conf",
	          "[general]\nenabled=yes\nbindaddr=0.0.0.0\n[" ACCOUNT "]\nsecret=" DEFAULT_SECRET
	          "\n");
	lab_write(lab, "host/advisories.csv",
	          "package,fixed_version,severity,published\n"
	          "asterisk,1:20.6.1-1,critical,2026-01-01\n");
	/* nobody listens on the ports of the made-up table, and the test's own is named */
	lab_write(lab, "host/proc/net/tcp", "");
	make_folder(lab, "host/proc/self");
	assert_int_equal(stat(lab_path(lab, "host"), &st), 0);
	(void)snprintf(mount, sizeof(mount), "36 35 %u:%u / / rw - tmpfs tmpfs rw\n",
	               major(st.st_dev), minor(st.st_dev));
	lab_write(lab, "host/proc/self/mountinfo", mount);
}

static void start(struct stage *s)
{
	char sources[1024];

	(void)snprintf(sources, sizeof(sources),
	               "  posture:\n    - root: %s\n      tls: [ \"127.0.0.1:%u\" ]\n"
	               "      recordings: [ /srv/calls ]\n      retention: 90d\n"
	               "      advisories: /advisories.csv\n",
	               lab_path(&s->lab, "host"), tls_listener_port(s->listener));
	lab_start_collector(&s->lab);
	lab_write_agent(&s->lab, sources);
	lab_start_agent(&s->lab);
}

static int stage_open(void **state)
{
	struct stage *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	lab_open(&s->lab, "nord");
	s->pki = pki_new("ca");
	pki_issue(s->pki, &(struct pki_leaf){ .name = "sip", .server = true, .san = PKI_LOCAL });
	s->listener = tls_listener_open(&(struct tls_listener_options){
		.certificate = pki_path(s->pki, "sip.pem"),
		.key = pki_path(s->pki, "sip.key"),
		.min_version = TLS1_2_VERSION,
		.max_version = TLS1_3_VERSION,
		.suites = "ECDHE-ECDSA-AES256-GCM-SHA384",
	});
	make_host(&s->lab);
	start(s);
	*state = s;
	return 0;
}

static int stage_close(void **state)
{
	struct stage *s = *state;

	lab_close(&s->lab);
	tls_listener_close(s->listener);
	pki_free(s->pki);
	free(s);
	return 0;
}

/* ---- what arrives ---- */

struct row {
	const char *check;
	const char *result;
	const char *figure; /* "": none */
	const char *part;
	const char *whole;
};

static const struct row rows[] = {
	{ "tls_floor", "pass", "4", "", "" },
	{ "recording_storage", "pass", "", "3300", "3300" },
	{ "recording_readable", "pass", "", "0", "3300" },
	{ "recording_retention", "fail", "", "30", "150" },
	{ "recording_retention_bytes", "fail", "", "660", "3300" },
	{ "ami_exposed", "fail", "", "", "" },
	{ "ami_secret", "fail", "", "", "" },
	{ "sip_guests", "pass", "", "", "" },
	{ "sip_verify", "pass", "", "", "" },
};

static size_t find_row(const struct lab_csv *csv, const char *check)
{
	for (size_t i = 0; i < csv->n_rows; i++) {
		if (strcmp(lab_csv_cell(csv, i, "check"), check) == 0) {
			return i;
		}
	}
	fail_msg("no row of %s", check);
	return 0;
}

/* lab_csv reads no quoted fields: commas in texts become semicolons. */
static char *without_quoted_commas(char *text)
{
	bool quoted = false;

	for (char *c = text; *c != '\0'; c++) {
		quoted = quoted != (*c == '"');
		if (quoted && *c == ',') {
			*c = ';';
		}
	}
	return text;
}

static void findings_reach_the_store(void **state)
{
	struct stage *s = *state;
	struct lab_csv csv;

	/* two of the listener, its floor, four of the recordings, five of Asterisk, two of packages
	 */
	assert_true(lab_wait_rows(&s->lab, "Posture", 13));
	lab_csv_parse(&csv, without_quoted_commas(lab_export(&s->lab, "Posture")));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t r = find_row(&csv, rows[i].check);

		assert_string_equal(lab_csv_cell(&csv, r, "source"), "posture");
		assert_string_equal(lab_csv_cell(&csv, r, "result"), rows[i].result);
		assert_string_equal(lab_csv_cell(&csv, r, "figure"), rows[i].figure);
		assert_string_equal(lab_csv_cell(&csv, r, "part"), rows[i].part);
		assert_string_equal(lab_csv_cell(&csv, r, "whole"), rows[i].whole);
	}
	assert_true(lab_csv_double(&csv, find_row(&csv, "patch_age"), "figure") > 300);
	lab_csv_free(&csv);
}

static void no_secret_reaches_the_store_the_spool_or_the_log(void **state)
{
	struct stage *s = *state;
	struct lab_output o;

	assert_int_equal(lab_stop(&s->lab.agent, SIGTERM), 0);
	assert_int_equal(lab_stop(&s->lab.collector, SIGTERM), 0);
	lab_run(&o, "/bin/grep", "-rlaE", DEFAULT_SECRET "|" ACCOUNT, s->lab.temp.dir, NULL);
	assert_int_equal(o.code, 0);
	said_one_line(buf_text(&o.out)); /* the file it stands in, and no other */
	assert_non_null(strstr(buf_text(&o.out), "host/etc/asterisk/manager.conf"));
	lab_output_free(&o);
}

static json_t *indicator(const json_t *card, const char *id)
{
	const json_t *area;
	size_t a;

	json_array_foreach(json_object_get(card, "areas"), a, area)
	{
		json_t *is;
		size_t i;

		json_array_foreach(json_object_get(area, "indicators"), i, is)
		{
			if (strcmp(json_string_value(json_object_get(is, "id")), id) == 0) {
				return is;
			}
		}
	}
	fail_msg("no %s", id);
	return NULL;
}

static double value_of(const json_t *card, const char *id)
{
	return json_number_value(json_object_get(indicator(card, id), "value"));
}

static void the_card_reads_them(void **state)
{
	struct stage *s = *state;
	char *text = lab_scorecard(&s->lab);
	json_t *card = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	assert_non_null(card);
	assert_true(value_of(card, "tls_floor_level") == 4);
	assert_true(value_of(card, "recording_storage_protection") == 1);
	assert_true(value_of(card, "retention_overrun") > 0.19999 &&
	            value_of(card, "retention_overrun") < 0.20001);
	assert_true(value_of(card, "patch_age_critical") > 300);
	json_decref(card);
	free(text);
}

/* ---- discover, as a program ---- */

static void discover_writes_once_and_says_what_it_saw(void **state)
{
	struct stage *s = *state;
	const char *path = lab_path(&s->lab, "discovered.yaml");
	struct lab_output o;

	lab_run(&o, "cxmeter-agent", "discover", "--root", lab_path(&s->lab, "host"), "--output",
	        path, NULL);
	said_code(&o, 0);
	said_part(buf_text(&o.err), "runs: asterisk\n");
	said_part(buf_text(&o.err), "nothing is sent before `cxmeter-agent run`\n");
	assert_string_equal(buf_text(&o.out), "");
	lab_output_free(&o);
	lab_run(&o, "cxmeter-agent", "discover", "--output", path, NULL);
	said_code(&o, 2);
	said_part(buf_text(&o.err), "exists already and is not overwritten");
	lab_output_free(&o);
	lab_run(&o, "cxmeter-agent", "check", "--output", path, NULL);
	said_code(&o, 2);
	said_part(buf_text(&o.err), "only discover takes --root and --output");
	lab_output_free(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(findings_reach_the_store),
		cmocka_unit_test(the_card_reads_them),
		cmocka_unit_test(discover_writes_once_and_says_what_it_saw),
		cmocka_unit_test(no_secret_reaches_the_store_the_spool_or_the_log),
	};

	return cmocka_run_group_tests_name("e2e_posture", tests, stage_open, stage_close);
}
