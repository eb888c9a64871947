/* `check`: what it finds, one case a problem, and that it finds them all. */
#include "agent/check.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "tests/support/agent_place.h"
#include "tests/support/cases.h"
#include "tests/support/fake_source.h"

static const struct source_ops *const kinds[] = { &fake_source, &source_capture, &source_hep,
	                                          NULL };

#define SOURCE "sources:\n  fake:\n    - { file: /live, amount: 1 }\n"
#define DAY_S  INT64_C(86400)

static int setup(void **state)
{
	struct world *w = world_new();

	pki_issue(w->pki, &(struct pki_leaf){ .name = "pbx1",
	                                      .client = true,
	                                      .san = "URI:urn:cxmeter:nord:pbx1",
	                                      .from_s = -DAY_S,
	                                      .until_s = 100 * DAY_S });
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	world_free(*state);
	return 0;
}

/* Run it; the findings are to be freed. */
static char *findings(const char *conf, unsigned *problems)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	*problems = agent_check(conf, kinds, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void assert_finds(const char *conf, unsigned problems, const char *says)
{
	unsigned found;
	char *text = findings(conf, &found);

	assert_int_equal(found, problems);
	assert_non_null(strstr(text, says));
	free(text);
}

static void a_good_configuration_has_no_problems(void **state)
{
	struct world *w = *state;

	assert_finds(agent_place(w, 7443, SOURCE), 0, "");
}

static void an_unreadable_file_is_a_problem(void **state)
{
	(void)state;
	assert_finds("/nonexistent/agent.yaml", 1, "problem: /nonexistent/agent.yaml");
}

static void no_sources_are_a_problem(void **state)
{
	struct world *w = *state;

	assert_finds(agent_place(w, 7443, ""), 1, "no sources");
}

static void a_broken_source_is_a_problem(void **state)
{
	struct world *w = *state;

	assert_finds(agent_place(w, 7443, "sources:\n  fake:\n    - { file: /x, broken: yes }\n"),
	             1, "fake: /x: broken on purpose");
}

/* A configuration with a capture and what mirrors the same calls. */
static const char *wire_and_mirror(struct world *w, const char *wire, const char *mirror)
{
	static char sources[PATH_MAX + 256];
	char *capture = realpath("tests/data/run1/calls.pcap.zst", NULL);

	assert_non_null(capture);
	(void)snprintf(sources, sizeof(sources),
	               "sources:\n  capture:\n    - { file: \"%s\", sample_rate: %s }\n"
	               "  hep:\n    - { listen: \"127.0.0.1:19060\", sample_rate: %s }\n",
	               capture, wire, mirror);
	free(capture);
	return agent_place(w, 7443, sources);
}

static void wire_and_mirror_of_different_shares_are_a_warning(void **state)
{
	assert_finds(wire_and_mirror(*state, "0.5", "0.1"), 0,
	             "hep: sample_rate: 0.1, but 0.5 for capture in line ");
}

static void wire_and_mirror_of_one_share_are_not(void **state)
{
	unsigned problems;
	char *text = findings(wire_and_mirror(*state, "0.5", "0.5"), &problems);

	assert_int_equal(problems, 0);
	assert_null(strstr(text, "sample_rate"));
	free(text);
}

static void a_certificate_about_to_expire_is_a_warning(void **state)
{
	struct world *w = *state;

	pki_issue(w->pki, &(struct pki_leaf){ .name = "pbx1",
	                                      .client = true,
	                                      .san = "URI:urn:cxmeter:nord:pbx1",
	                                      .from_s = -DAY_S,
	                                      .until_s = 13 * DAY_S + 3600 });
	assert_finds(agent_place(w, 7443, SOURCE), 0, "the certificate expires within 14 days");
}

static void an_expired_certificate_is_a_problem(void **state)
{
	struct world *w = *state;

	pki_issue(w->pki, &(struct pki_leaf){ .name = "pbx1",
	                                      .client = true,
	                                      .san = "URI:urn:cxmeter:nord:pbx1",
	                                      .from_s = -2 * DAY_S,
	                                      .until_s = -DAY_S });
	assert_finds(agent_place(w, 7443, SOURCE), 1, "pbx1.pem: certificate expired on ");
}

static void a_certificate_for_servers_is_a_problem(void **state)
{
	struct world *w = *state;

	pki_issue(w->pki, &(struct pki_leaf){ .name = "pbx1",
	                                      .server = true,
	                                      .san = "URI:urn:cxmeter:nord:pbx1",
	                                      .from_s = -DAY_S,
	                                      .until_s = 100 * DAY_S });
	assert_finds(agent_place(w, 7443, SOURCE), 1, "clientAuth");
}

static void a_certificate_for_another_agent_is_a_problem(void **state)
{
	struct world *w = *state;

	pki_issue(w->pki, &(struct pki_leaf){ .name = "pbx1",
	                                      .client = true,
	                                      .san = "URI:urn:cxmeter:sued:pbx1",
	                                      .from_s = -DAY_S,
	                                      .until_s = 100 * DAY_S });
	assert_finds(agent_place(w, 7443, SOURCE), 1,
	             "for site sued, agent pbx1; the configuration says site nord, agent pbx1");
}

static void a_key_others_can_read_is_a_problem(void **state)
{
	struct world *w = *state;

	assert_int_equal(chmod(pki_path(w->pki, "pbx1.key"), 0644), 0);
	assert_finds(agent_place(w, 7443, SOURCE), 1, "chmod 600");
}

static void a_site_key_others_can_read_is_a_problem(void **state)
{
	struct world *w = *state;
	const char *conf = agent_place(w, 7443, SOURCE);

	assert_int_equal(chmod(pki_path(w->pki, "site.key"), 0644), 0);
	assert_finds(conf, 1, "the site key can be read by others");
}

static void a_spool_that_is_a_file_is_a_problem(void **state)
{
	struct world *w = *state;
	const char *conf = agent_place(w, 7443, SOURCE);
	const char *path = pki_path(w->pki, "spool");
	FILE *out = fopen(path, "we");

	assert_non_null(out);
	assert_int_equal(fclose(out), 0);
	assert_finds(conf, 1, "cannot use the spool: Not a directory");
	assert_int_equal(unlink(path), 0);
}

static void a_user_nobody_knows_is_a_problem(void **state)
{
	struct world *w = *state;
	unsigned problems;
	char *text = findings(agent_place(w, 7443, SOURCE "user: nobody-knows-him\n"), &problems);

	assert_true(problems >= 1);
	assert_non_null(strstr(text, "user nobody-knows-him is not known here"));
	free(text);
}

static void all_problems_are_found_at_once(void **state)
{
	struct world *w = *state;
	const char *conf = agent_place(
		w, 7443, "country_code: x\nsources:\n  fake:\n    - { file: /x, broken: yes }\n");
	unsigned problems;
	char *text;

	assert_int_equal(unlink(pki_path(w->pki, "site.key")), 0);
	assert_int_equal(unlink(pki_path(w->pki, "pbx1.pem")), 0);
	text = findings(conf, &problems);
	assert_int_equal(problems, 4);
	assert_non_null(strstr(text, "country_code"));
	assert_non_null(strstr(text, "site.key"));
	assert_non_null(strstr(text, "pbx1.pem"));
	assert_non_null(strstr(text, "broken on purpose"));
	free(text);
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, a_good_configuration_has_no_problems, setup, teardown);
	cases_test_with(&c, an_unreadable_file_is_a_problem, setup, teardown);
	cases_test_with(&c, no_sources_are_a_problem, setup, teardown);
	cases_test_with(&c, a_broken_source_is_a_problem, setup, teardown);
	cases_test_with(&c, wire_and_mirror_of_different_shares_are_a_warning, setup, teardown);
	cases_test_with(&c, wire_and_mirror_of_one_share_are_not, setup, teardown);
	cases_test_with(&c, a_certificate_about_to_expire_is_a_warning, setup, teardown);
	cases_test_with(&c, an_expired_certificate_is_a_problem, setup, teardown);
	cases_test_with(&c, a_certificate_for_servers_is_a_problem, setup, teardown);
	cases_test_with(&c, a_certificate_for_another_agent_is_a_problem, setup, teardown);
	cases_test_with(&c, a_key_others_can_read_is_a_problem, setup, teardown);
	cases_test_with(&c, a_site_key_others_can_read_is_a_problem, setup, teardown);
	cases_test_with(&c, a_spool_that_is_a_file_is_a_problem, setup, teardown);
	cases_test_with(&c, a_user_nobody_knows_is_a_problem, setup, teardown);
	cases_test_with(&c, all_problems_are_found_at_once, setup, teardown);
	return cases_run("agent_check", &c, NULL, NULL);
}
