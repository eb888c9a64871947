#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/check.h"
#include "collector/ingest/listener.h"
#include "tests/support/cases.h"
#include "tests/support/pki.h"

#define DAY_S INT64_C(86400)

struct fixture {
	struct pki *pki;
	char *said;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->pki = pki_new("ca");
	pki_issue(f->pki, &(struct pki_leaf){ .name = "server", .san = PKI_LOCAL, .server = true });
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	free(f->said);
	pki_free(f->pki);
	free(f);
	return 0;
}

static void put(const struct fixture *f, const char *file, const char *text, mode_t mode)
{
	FILE *out = fopen(pki_path(f->pki, file), "we");

	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(0, fchmod(fileno(out), mode));
	assert_int_equal(0, fclose(out));
}

/* Check a configuration of these lines; f->said is what it printed. @return problems. */
static unsigned check(struct fixture *f, const char *conf)
{
	FILE *out = tmpfile();
	unsigned problems;

	assert_non_null(out);
	put(f, "collector.yaml", conf, 0600);
	problems = collector_check(pki_path(f->pki, "collector.yaml"), out);
	rewind(out);
	free(f->said);
	f->said = calloc(1, 8192);
	assert_non_null(f->said);
	f->said[fread(f->said, 1, 8191, out)] = '\0';
	(void)fclose(out);
	return problems;
}

#define FILES  "ca: ca.pem\ncertificate: server.pem\nkey: server.key\n"
#define LISTEN "listen: 127.0.0.1:0\n"
#define STORE  "store: sqlite:evidence.db\n"

static void good_configuration_has_no_problem(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(0, check(f, FILES LISTEN STORE));
	assert_null(strstr(f->said, "problem"));
}

static void check_leaves_nothing_behind(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(0, check(f, FILES LISTEN STORE));
	assert_int_equal(-1, access(pki_path(f->pki, "evidence.db"), F_OK));
}

/* ---- one finding each ---- */

struct finding_case {
	const char *name;
	const char *conf;
	void (*prepare)(struct fixture *f);
	bool problem;     /* or a warning */
	const char *want; /* is said */
};

static void nothing(struct fixture *f)
{
	assert_non_null(f->pki);
}

static void open_key(struct fixture *f)
{
	assert_int_equal(0, chmod(pki_path(f->pki, "server.key"), 0644));
}

static void remove_key(struct fixture *f)
{
	assert_int_equal(0, unlink(pki_path(f->pki, "server.key")));
}

static void issue(struct fixture *f, const char *san, bool server, int64_t until_s)
{
	pki_issue(f->pki, &(struct pki_leaf){ .name = "server",
	                                      .san = san,
	                                      .server = server,
	                                      .client = !server,
	                                      .from_s = -30 * DAY_S,
	                                      .until_s = until_s });
}

static void expired(struct fixture *f)
{
	issue(f, PKI_LOCAL, true, -DAY_S);
}

static void expires_soon(struct fixture *f)
{
	issue(f, PKI_LOCAL, true, 5 * DAY_S + 60);
}

static void nameless(struct fixture *f)
{
	issue(f, "URI:urn:cxmeter:nord:x", true, 365 * DAY_S);
}

static void for_clients(struct fixture *f)
{
	issue(f, PKI_LOCAL, false, 365 * DAY_S);
}

static void no_crl(struct fixture *f)
{
	put(f, "crl.pem", "not a list\n", 0644);
}

static const struct finding_case findings[] = {
	{ "missing_key_is_named", FILES LISTEN STORE, remove_key, true, "server.key" },
	{ "key_open_to_others_is_named_with_what_to_do", FILES LISTEN STORE, open_key, true,
	  "chmod 600" },
	{ "expired_certificate_is_named", FILES LISTEN STORE, expired, true,
	  "server.pem: certificate expired on " },
	{ "certificate_that_expires_soon_is_a_warning", FILES LISTEN STORE, expires_soon, false,
	  "warning: " },
	{ "days_left_are_said", FILES LISTEN STORE, expires_soon, false, "expires within 6 days" },
	{ "certificate_without_a_server_name_is_a_problem", FILES LISTEN STORE, nameless, true,
	  "subjectAltName" },
	{ "certificate_for_clients_is_a_problem", FILES LISTEN STORE, for_clients, true,
	  "serverAuth" },
	{ "leaf_in_place_of_the_ca_is_a_problem",
	  "ca: server.pem\ncertificate: server.pem\nkey: server.key\n" LISTEN STORE, nothing, true,
	  "not the certificate of a CA" },
	{ "broken_revocation_list_is_a_problem", FILES LISTEN STORE "crl: crl.pem\n", no_crl, true,
	  "crl.pem" },
	{ "foreign_address_is_a_problem", FILES STORE "listen: 192.0.2.1:7443\n", nothing, true,
	  "does not have that address" },
	{ "missing_folder_of_the_store_is_a_problem",
	  FILES LISTEN "store: sqlite:/nonexistent/evidence.db\n", nothing, true, "/nonexistent" },
	{ "store_below_a_file_is_a_problem", FILES LISTEN "store: sqlite:ca.pem/evidence.db\n",
	  nothing, true, "Not a directory" },
	{ "unknown_store_is_a_problem", FILES LISTEN "store: oracle:x\n", nothing, true,
	  "\"oracle\" is no kind of store" },
	{ "unknown_user_is_a_problem", FILES LISTEN STORE "user: no-such-user\n", nothing, true,
	  "useradd --system no-such-user" },
	{ "mistake_in_the_file_is_named_with_its_line", FILES LISTEN STORE "window: many\n",
	  nothing, true, "collector.yaml:6: window" },
};

static void finding_is_printed(void **state)
{
	const struct finding_case *c = *state;
	void *made = NULL;
	struct fixture *f;

	assert_int_equal(0, setup(&made));
	f = made;
	c->prepare(f);
	assert_int_equal(c->problem, check(f, c->conf) > 0);
	assert_non_null(strstr(f->said, c->want));
	assert_int_equal(0, teardown(&made));
}

static void all_problems_are_found_at_once(void **state)
{
	struct fixture *f = *state;

	open_key(f);
	assert_true(check(f, FILES "listen: 192.0.2.1:1\nstore: sqlite:/nonexistent/e.db\n") >= 3);
	assert_non_null(strstr(f->said, "chmod 600"));
	assert_non_null(strstr(f->said, "192.0.2.1"));
	assert_non_null(strstr(f->said, "/nonexistent"));
}

static void what_the_user_cannot_reach_is_found(void **state)
{
	struct fixture *f = *state;

	if (geteuid() != 0) {
		skip(); /* only root can become somebody else */
	}
	assert_true(check(f, FILES LISTEN STORE "user: nobody\n") > 0); /* the folder is root's */
	assert_non_null(strstr(f->said, "evidence.db: cannot open for writing: Permission denied"));
	assert_non_null(strstr(f->said, "server.key: nobody cannot read it, so a reload"));
}

static void port_in_use_is_a_warning(void **state)
{
	struct fixture *f = *state;
	struct listener_address any;
	char conf[256];
	uint16_t port = 0;
	int fd = -1;

	assert_int_equal(0, listener_parse("127.0.0.1:0", &any, NULL));
	assert_int_equal(0, listener_open(&any, 1, &fd, &port, NULL));
	(void)snprintf(conf, sizeof(conf), FILES STORE "listen: 127.0.0.1:%u\n", port);
	assert_int_equal(0, check(f, conf));
	assert_non_null(strstr(f->said, "warning: cannot listen on"));
	(void)close(fd);
}

int main(void)
{
	static struct cases tests;

	cases_test_with(&tests, good_configuration_has_no_problem, setup, teardown);
	cases_test_with(&tests, check_leaves_nothing_behind, setup, teardown);
	cases_test_with(&tests, all_problems_are_found_at_once, setup, teardown);
	cases_test_with(&tests, port_in_use_is_a_warning, setup, teardown);
	cases_test_with(&tests, what_the_user_cannot_reach_is_found, setup, teardown);
	cases_table(&tests, findings, finding_is_printed);
	return cases_run("check", &tests, NULL, NULL);
}
