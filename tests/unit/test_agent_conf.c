/* agent.yaml: every key, every judgement with its line, and what a reload can take up. */
#include "agent/conf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/when.h"
#include "tests/support/cases.h"
#include "tests/support/fake_source.h"
#include "tests/support/pki.h"
#include "tests/support/temp.h"

static const struct source_ops *const kinds[] = { &fake_source, NULL };

#define NEEDED                                                                                     \
	"site: nord\n"                                                                             \
	"agent: pbx1\n"                                                                            \
	"host: pbx1.example\n"                                                                     \
	"timezone: Europe/Berlin\n"                                                                \
	"site_key: site.key\n"
#define COLLECTOR                                                                                  \
	"collector:\n"                                                                             \
	"  address: collector.example\n"                                                           \
	"  ca: ca.pem\n"                                                                           \
	"  certificate: /etc/pbx1.pem\n"                                                           \
	"  key: pbx1.key\n"

static int load(struct agent_conf *conf, const char *text, struct fault *fault)
{
	struct temp temp;
	int rc;

	temp_open(&temp);
	rc = agent_conf_load(conf, temp_text(&temp, "agent.yaml", text), kinds, fault);
	temp_remove(&temp);
	return rc;
}

static void needed_keys_are_enough(void **state)
{
	struct agent_conf conf;
	struct fault fault;

	(void)state;
	assert_int_equal(load(&conf, NEEDED COLLECTOR, &fault), 0);
	assert_string_equal(conf.site, "nord");
	assert_string_equal(conf.agent, "pbx1");
	assert_string_equal(conf.collector_host, "collector.example");
	assert_int_equal(conf.collector_port, 7443);
	assert_string_equal(conf.collector.certificate, "/etc/pbx1.pem");
	assert_non_null(strstr(conf.collector.ca, "/cxmeter-test-")); /* beside the file */
	assert_string_equal(conf.spool.directory, "/var/spool/cxmeter");
	assert_int_equal(conf.spool.quota_bytes, 1 << 30);
	assert_int_equal(conf.spool.segment_bytes, 8 << 20);
	assert_int_equal(conf.commit_interval_ms, 200);
	assert_int_equal(conf.collector.reconnect_min_ms, 500);
	assert_int_equal(conf.collector.reconnect_max_ms, 60000);
	assert_false(conf.collector.compress);
	assert_null(conf.country_code);
	assert_string_equal(conf.national_prefix, "0");
	assert_string_equal(conf.international_prefix, "00");
	assert_null(conf.user);
	assert_int_equal(log_level_named(conf.log_level), LOG_LEVEL_INFO);
	assert_int_equal(conf.sources[0].count, 0);
	agent_conf_free(&conf);
}

static void every_key_is_taken(void **state)
{
	struct agent_conf conf;
	struct fault fault;

	(void)state;
	assert_int_equal(load(&conf,
	                      NEEDED "country_code: \"49\"\n"
	                             "national_prefix: \"\"\n"
	                             "international_prefix: \"011\"\n"
	                             "commit_interval: 1s\n"
	                             "user: cxmeter\n"
	                             "log_level: debug\n"
	                             "spool: { directory: s, quota: 64MiB, segment: 1MiB }\n"
	                             "sources:\n"
	                             "  fake:\n"
	                             "    - { file: /a, amount: 3 }\n"
	                             "    - file: /b\n" COLLECTOR "  compress: yes\n"
	                             "  reconnect_min: 100ms\n"
	                             "  reconnect_max: 5s\n",
	                      &fault),
	                 0);
	assert_string_equal(conf.country_code, "49");
	assert_string_equal(conf.national_prefix, "");
	assert_string_equal(conf.international_prefix, "011");
	assert_int_equal(conf.commit_interval_ms, 1000);
	assert_string_equal(conf.user, "cxmeter");
	assert_int_equal(log_level_named(conf.log_level), LOG_LEVEL_DEBUG);
	assert_int_equal(conf.spool.quota_bytes, 64 << 20);
	assert_true(conf.collector.compress);
	assert_int_equal(conf.collector.reconnect_max_ms, 5000);
	assert_int_equal(conf.sources[0].count, 2);
	assert_string_equal(agent_conf_instance(&fake_source, agent_conf_entry(&conf, 0, 0)), "/a");
	assert_string_equal(agent_conf_instance(&fake_source, agent_conf_entry(&conf, 0, 1)), "/b");
	assert_int_equal(((const struct fake_source_conf *)agent_conf_entry(&conf, 0, 0))->amount,
	                 3);
	agent_conf_free(&conf);
}

static void host_and_zone_have_defaults(void **state)
{
	struct agent_conf conf;
	struct fault fault;

	(void)state;
	assert_int_equal(load(&conf, "site: nord\nagent: pbx1\nsite_key: k\n" COLLECTOR, &fault),
	                 0);
	assert_true(strlen(conf.host) > 0);
	assert_true(when_zone_known(conf.timezone));
	agent_conf_free(&conf);
}

static const struct address_case {
	const char *name;
	const char *address;
	const char *host; /* NULL: refused */
	int port;
} address_cases[] = {
	{ "address_of_a_name", "c.example", "c.example", 7443 },
	{ "address_of_a_name_with_port", "c.example:1234", "c.example", 1234 },
	{ "address_v4", "10.0.0.1:443", "10.0.0.1", 443 },
	{ "address_v6_alone", "2001:db8::1", "2001:db8::1", 7443 },
	{ "address_v6_in_brackets", "[2001:db8::1]", "2001:db8::1", 7443 },
	{ "address_v6_with_port", "[2001:db8::1]:99", "2001:db8::1", 99 },
	{ "address_with_port_zero_is_refused", "c:0", NULL, 0 },
	{ "address_with_port_too_high_is_refused", "c:65536", NULL, 0 },
	{ "address_with_a_word_as_port_is_refused", "c:http", NULL, 0 },
	{ "address_with_an_empty_port_is_refused", "c:", NULL, 0 },
	{ "address_without_a_host_is_refused", ":7443", NULL, 0 },
	{ "address_with_an_open_bracket_is_refused", "[::1", NULL, 0 },
	{ "address_with_more_behind_the_bracket_is_refused", "[::1]x", NULL, 0 },
	{ "address_that_is_a_url_is_refused", "https://c.example/", NULL, 0 },
};

static void address_case_run(void **state)
{
	const struct address_case *c = *state;
	struct agent_conf conf;
	struct fault fault;
	char text[1024];
	int rc;

	(void)snprintf(text, sizeof(text),
	               NEEDED "collector: { address: \"%s\", ca: a, certificate: b, key: c }\n",
	               c->address);
	rc = load(&conf, text, &fault);
	assert_int_equal(rc, c->host != NULL ? 0 : -EINVAL);
	if (rc == 0) {
		assert_string_equal(conf.collector_host, c->host);
		assert_int_equal(conf.collector_port, c->port);
		agent_conf_free(&conf);
	} else {
		assert_non_null(strstr(fault.text, "agent.yaml:6: address: expected host"));
	}
}

static const struct bad_case {
	const char *name;
	const char *text;
	const char *says;
} bad_cases[] = {
	{ "site_with_a_blank_is_refused",
	  "site: nord west\nagent: a\nhost: h\ntimezone: UTC\nsite_key: k\n" COLLECTOR,
	  "agent.yaml:1: site: \"nord west\" is no name" },
	{ "agent_with_a_colon_is_refused",
	  "site: n\nagent: \"a:b\"\nhost: h\ntimezone: UTC\nsite_key: k\n" COLLECTOR,
	  "agent.yaml:2: agent: \"a:b\" is no name" },
	{ "empty_host_is_refused",
	  "site: n\nagent: a\nhost: \"\"\ntimezone: UTC\nsite_key: k\n" COLLECTOR,
	  "agent.yaml:3: host: expected a name" },
	{ "unknown_zone_is_refused",
	  "site: n\nagent: a\nhost: h\ntimezone: Berlin\nsite_key: k\n" COLLECTOR,
	  "agent.yaml:4: timezone: the system has no zone \"Berlin\"" },
	{ "country_code_with_plus_is_refused", NEEDED "country_code: \"+49\"\n" COLLECTOR,
	  "agent.yaml:6: country_code: expected 1 to 3 digits, found \"+49\"" },
	{ "empty_country_code_is_refused", NEEDED "country_code: \"\"\n" COLLECTOR,
	  "agent.yaml:6: country_code: expected 1 to 3 digits" },
	{ "long_prefix_is_refused", NEEDED "national_prefix: \"12345678\"\n" COLLECTOR,
	  "agent.yaml:6: national_prefix: expected 0 to 7 digits" },
	{ "quota_below_two_segments_is_refused",
	  NEEDED "spool: { quota: 8MiB, segment: 8MiB }\n" COLLECTOR,
	  "agent.yaml:6: spool: the quota must hold two segments" },
	{ "reconnect_limits_upside_down_are_refused",
	  NEEDED COLLECTOR "  reconnect_min: 10s\n  reconnect_max: 1s\n",
	  "agent.yaml:6: collector: reconnect_min is longer" },
	{ "one_source_twice_is_refused",
	  NEEDED "sources:\n  fake:\n    - file: /a\n    - file: /a\n" COLLECTOR,
	  "agent.yaml:9: fake: /a stands here a second time" },
	{ "unknown_kind_of_source_is_refused",
	  NEEDED "sources:\n  queuelog:\n    - file: /a\n" COLLECTOR,
	  "agent.yaml:7: queuelog: unknown key; known here: fake" },
	{ "unknown_key_of_a_source_is_refused",
	  NEEDED "sources:\n  fake:\n    - flie: /a\n" COLLECTOR,
	  "agent.yaml:8: flie: unknown key" },
	{ "missing_site_is_told", "agent: a\nsite_key: k\n" COLLECTOR, "\"site\" is missing" },
	{ "missing_collector_is_told", NEEDED, "\"address\" is missing" },
	{ "unknown_log_level_is_refused", NEEDED "log_level: loud\n" COLLECTOR,
	  "agent.yaml:6: log_level: \"loud\" is none of: error, warning, info, debug" },
	{ "duration_without_a_unit_is_refused", NEEDED "commit_interval: 200\n" COLLECTOR,
	  "agent.yaml:6: commit_interval: expected a duration" },
	{ "tab_is_refused_with_its_line", "site: nord\n\tagent: a\n", "agent.yaml:2:" },
};

static void bad_case_run(void **state)
{
	const struct bad_case *c = *state;
	struct agent_conf conf;
	struct fault fault;

	assert_true(load(&conf, c->text, &fault) < 0);
	assert_non_null(strstr(fault.text, c->says));
}

static void count_problem(void *arg, const char *text)
{
	assert_non_null(strstr(text, "agent.yaml:"));
	(*(unsigned *)arg)++;
}

static void all_problems_are_told_at_once(void **state)
{
	struct agent_conf conf;
	struct fault fault;
	struct temp temp;
	unsigned told = 0;

	(void)state;
	temp_open(&temp);
	(void)temp_text(&temp, "agent.yaml",
	                "site: n n\nagent: a a\nhost: h\ntimezone: Nowhere\nsite_key: k\n"
	                "country_code: \"x\"\nspool: { quota: 1MiB }\n" COLLECTOR);
	assert_int_equal(agent_conf_read(&conf, temp.path, kinds, &fault), 0);
	assert_int_equal(agent_conf_problems(&conf, count_problem, &told), 5);
	assert_int_equal(told, 5);
	agent_conf_free(&conf);
	temp_remove(&temp);
}

static void a_missing_file_is_told(void **state)
{
	struct agent_conf conf;
	struct fault fault;

	(void)state;
	assert_int_equal(agent_conf_load(&conf, "/nonexistent/agent.yaml", kinds, &fault), -ENOENT);
	assert_non_null(strstr(fault.text, "/nonexistent/agent.yaml"));
}

static void the_certificate_must_name_this_agent(void **state)
{
	struct pki *pki = pki_new("ca");
	struct agent_conf conf;
	struct fault fault;

	(void)state;
	pki_issue(pki, &(struct pki_leaf){ .name = "pbx2",
	                                   .client = true,
	                                   .san = "URI:urn:cxmeter:sued:pbx2" });
	assert_int_equal(load(&conf, NEEDED COLLECTOR, &fault), 0);
	conf.collector.certificate = pki_path(pki, "pbx2.pem");
	assert_int_equal(agent_conf_identity(&conf, &fault), -EINVAL);
	assert_non_null(strstr(fault.text, "site sued, agent pbx2; the configuration says site "
	                                   "nord, agent pbx1"));
	conf.site = "sued";
	assert_int_equal(agent_conf_identity(&conf, &fault), -EINVAL);
	conf.agent = "pbx2";
	assert_int_equal(agent_conf_identity(&conf, &fault), 0);
	agent_conf_free(&conf);
	pki_free(pki);
}

/* ---- reloading ---- */

#define TAIL "sources:\n  fake:\n    - { file: /a, amount: 3 }\n    - { file: /b }\n"

static const struct reload_case {
	const char *name;
	const char *after;
	const char *fixed;
} reload_cases[] = {
	{ "the_same_file_changes_nothing", NEEDED COLLECTOR TAIL, "" },
	{ "comments_and_order_change_nothing", "# hello\n" TAIL COLLECTOR NEEDED, "" },
	{ "collector_and_log_level_are_live",
	  NEEDED "log_level: debug\n" COLLECTOR "  compress: yes\n" TAIL, "" },
	{ "another_host_needs_a_start",
	  "site: nord\nagent: pbx1\nhost: other\ntimezone: Europe/Berlin\n"
	  "site_key: site.key\n" COLLECTOR TAIL,
	  "host" },
	{ "a_source_less_needs_a_start",
	  NEEDED COLLECTOR "sources:\n  fake:\n    - { file: /a, amount: 3 }\n", "sources" },
	{ "a_value_deep_inside_needs_a_start",
	  NEEDED COLLECTOR "sources:\n  fake:\n    - { file: /a, amount: 4 }\n    - { file: /b }\n",
	  "sources" },
	{ "several_are_listed", NEEDED "user: cxmeter\nspool: { quota: 64MiB }\n" COLLECTOR TAIL,
	  "spool, user" },
};

static void reload_case_run(void **state)
{
	const struct reload_case *c = *state;
	struct agent_conf before;
	struct agent_conf after;
	struct fault fault;
	char out[256];

	assert_int_equal(load(&before, NEEDED COLLECTOR TAIL, &fault), 0);
	assert_int_equal(load(&after, c->after, &fault), 0);
	assert_string_equal(agent_conf_fixed(&before, &after, out, sizeof(out)), c->fixed);
	agent_conf_free(&before);
	agent_conf_free(&after);
}

/* ---- from the command line ---- */

static void an_entry_can_be_bound_from_text(void **state)
{
	struct conf_doc doc;
	struct fault fault;
	void *entry = NULL;

	(void)state;
	assert_int_equal(
		agent_conf_bind_text(&fake_source, "{\"file\": \"x y\"}", &doc, &entry, &fault), 0);
	assert_string_equal(((const struct fake_source_conf *)entry)->file, "x y");
	conf_free(&doc);
	assert_int_equal(agent_conf_bind_text(&fake_source, "{\"no\": 1}", &doc, &entry, &fault),
	                 -EINVAL);
}

static void the_table_of_keys_has_every_key(void **state)
{
	static const char *const keys[] = { "| `site` |",        "| `collector.address` |",
		                            "| `spool.quota` |", "| `sources.fake[].file` |",
		                            "| `log_level` |",   "| `commit_interval` |" };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	agent_conf_describe(kinds, out);
	assert_int_equal(fclose(out), 0);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		assert_non_null(strstr(text, keys[i]));
	}
	free(text);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, needed_keys_are_enough);
	cases_test(&c, every_key_is_taken);
	cases_test(&c, host_and_zone_have_defaults);
	cases_test(&c, all_problems_are_told_at_once);
	cases_test(&c, a_missing_file_is_told);
	cases_test(&c, the_certificate_must_name_this_agent);
	cases_test(&c, an_entry_can_be_bound_from_text);
	cases_test(&c, the_table_of_keys_has_every_key);
	cases_table(&c, address_cases, address_case_run);
	cases_table(&c, bad_cases, bad_case_run);
	cases_table(&c, reload_cases, reload_case_run);
	return cases_run("agent_conf", &c, NULL, NULL);
}
