#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/conf.h"
#include "common/log.h"
#include "tests/support/cases.h"
#include "tests/support/temp.h"

#define NEEDED                                                                                     \
	"ca: ca.pem\n"                                                                             \
	"certificate: server.pem\n"                                                                \
	"key: /etc/ssl/server.key\n"                                                               \
	"store: sqlite:evidence.db\n"

/* Load a configuration from a file in a folder of its own, which is gone when it is read. */
static int load(struct collector_conf *conf, const char *text, struct fault *fault)
{
	struct temp temp;
	int rc;

	temp_open(&temp);
	rc = collector_conf_load(conf, temp_text(&temp, "collector.yaml", text), fault);
	temp_remove(&temp);
	return rc;
}

static void four_keys_are_enough(void **state)
{
	struct collector_conf conf;
	struct temp temp;

	(void)state;
	temp_open(&temp);
	assert_int_equal(
		0, collector_conf_load(&conf, temp_text(&temp, "collector.yaml", NEEDED), NULL));
	temp_remove(&temp);
	assert_string_equal("0.0.0.0:7443", conf.listen);
	assert_string_equal(temp_path(&temp, "ca.pem"), conf.ca);
	assert_string_equal("/etc/ssl/server.key", conf.key);
	assert_memory_equal("sqlite:", conf.store, 7);
	assert_string_equal(temp_path(&temp, "evidence.db"), conf.store + 7);
	assert_int_equal(16, conf.window_batches);
	assert_int_equal(15000, conf.heartbeat_ms);
	assert_int_equal(1, conf.ingest_threads);
	assert_int_equal(64 * 1024 * 1024, conf.queue_bytes);
	assert_null(conf.user);
	assert_null(conf.crl);
	assert_int_equal(LOG_LEVEL_INFO, log_level_named(conf.log_level));
	collector_conf_free(&conf);
}

static void absolute_store_stays_as_it_is(void **state)
{
	struct collector_conf conf;

	(void)state;
	assert_int_equal(
		0,
		load(&conf, "ca: a\ncertificate: b\nkey: c\nstore: sqlite:/var/lib/e.db\n", NULL));
	assert_string_equal("sqlite:/var/lib/e.db", conf.store);
	collector_conf_free(&conf);
}

static void sample_in_etc_is_valid(void **state)
{
	struct collector_conf conf;
	struct fault fault = { 0 };

	(void)state;
	assert_int_equal(0, collector_conf_load(&conf, "etc/collector.yaml", &fault));
	collector_conf_free(&conf);
}

static void missing_file_is_named(void **state)
{
	struct collector_conf conf;
	struct fault fault = { 0 };

	(void)state;
	assert_int_equal(-ENOENT, collector_conf_load(&conf, "/nonexistent.yaml", &fault));
	assert_non_null(strstr(fault.text, "/nonexistent.yaml"));
}

/* ---- what is refused, and where ---- */

struct error_case {
	const char *name;
	const char *text;
	const char *want; /* stands in the message */
};

static const struct error_case errors[] = {
	{ "missing_store_is_named", "ca: a\ncertificate: b\nkey: c\n", "\"store\" is missing" },
	{ "unknown_key_is_named_with_its_line", NEEDED "lissten: 0.0.0.0:1\n", ":5: " },
	{ "store_without_a_scheme_is_refused", "ca: a\ncertificate: b\nkey: c\nstore: e.db\n",
	  ":4: store: \"e.db\" is not a URL" },
	{ "listen_without_a_port_is_refused", NEEDED "listen: 0.0.0.0\n", ":5: listen: " },
	{ "window_of_zero_is_refused", NEEDED "window: 0\n", ":5: window" },
	{ "heartbeat_without_a_unit_is_refused", NEEDED "heartbeat: 15\n", ":5: heartbeat" },
	{ "queue_below_a_megabyte_is_refused", NEEDED "queue: 4KiB\n", ":5: queue" },
	{ "unknown_log_level_is_refused", NEEDED "log_level: loud\n", ":5: log_level" },
	{ "allow_without_a_slash_is_refused", NEEDED "allow:\n  - nord\n", "allow: \"nord\"" },
	{ "allow_with_a_bad_site_is_refused", NEEDED "allow:\n  - \"no rd/pbx1\"\n", "allow" },
	{ "allow_of_every_site_is_refused", NEEDED "allow:\n  - \"*/*\"\n", "allow" },
	{ "deny_is_checked_too", NEEDED "deny:\n  - nord/a/b\n", "deny: \"nord/a/b\"" },
	{ "too_many_threads_are_refused", NEEDED "ingest_threads: 65\n", ":5: ingest_threads" },
};

static void error_names_file_line_and_key(void **state)
{
	const struct error_case *c = *state;
	struct collector_conf conf;
	struct fault fault = { 0 };

	assert_int_equal(-EINVAL, load(&conf, c->text, &fault));
	assert_non_null(strstr(fault.text, "/collector.yaml"));
	assert_non_null(strstr(fault.text, c->want));
}

/* ---- who may send ---- */

struct allow_case {
	const char *name;
	const char *text;
	bool pbx1; /* is nord/pbx1 allowed? */
	bool pbx2; /* nord/pbx2 */
	bool sued; /* sued/pbx1 */
};

static const struct allow_case allows[] = {
	{ "everybody_may_when_nobody_is_named", NEEDED, true, true, true },
	{ "named_agent_may", NEEDED "allow:\n  - nord/pbx1\n", true, false, false },
	{ "named_site_may", NEEDED "allow:\n  - nord/*\n", true, true, false },
	{ "several_may", NEEDED "allow:\n  - nord/pbx2\n  - sued/*\n", false, true, true },
	{ "denied_agent_may_not", NEEDED "deny:\n  - nord/pbx1\n", false, true, true },
	{ "denied_site_may_not", NEEDED "deny:\n  - nord/*\n", false, false, true },
	{ "deny_wins", NEEDED "allow:\n  - nord/*\ndeny:\n  - nord/pbx2\n", true, false, false },
	{ "part_of_a_name_is_not_the_name", NEEDED "allow:\n  - nord/pbx\n  - nor/pbx1\n", false,
	  false, false },
};

static void agents_are_allowed(void **state)
{
	static const struct tls_identity pbx1 = { "nord", "pbx1" };
	static const struct tls_identity pbx2 = { "nord", "pbx2" };
	static const struct tls_identity sued = { "sued", "pbx1" };
	const struct allow_case *c = *state;
	struct collector_conf conf;

	assert_int_equal(0, load(&conf, c->text, NULL));
	assert_int_equal(c->pbx1, collector_conf_allows(&conf, &pbx1));
	assert_int_equal(c->pbx2, collector_conf_allows(&conf, &pbx2));
	assert_int_equal(c->sued, collector_conf_allows(&conf, &sued));
	collector_conf_free(&conf);
}

/* ---- what a reload can change ---- */

struct change_case {
	const char *name;
	const char *text;
	const char *want; /* keys that need a restart */
};

static const struct change_case changes[] = {
	{ "same_file_needs_no_restart", NEEDED, "" },
	{ "default_written_out_needs_no_restart", NEEDED "listen: 0.0.0.0:7443\n", "" },
	{ "lists_window_and_heartbeat_need_no_restart",
	  NEEDED "allow:\n  - nord/*\ndeny:\n  - a/b\nwindow: 4\nheartbeat: 5s\n", "" },
	{ "certificates_need_no_restart",
	  "ca: x\ncertificate: y\nkey: z\ncrl: w\nstore: sqlite:evidence.db\n", "" },
	{ "listen_needs_a_restart", NEEDED "listen: 127.0.0.1:1\n", "listen" },
	{ "several_are_named_together", NEEDED "user: nobody\nqueue: 1MiB\nlog_level: debug\n",
	  "queue, user, log_level" },
};

static void fixed_keys_are_named(void **state)
{
	const struct change_case *c = *state;
	struct collector_conf before;
	struct collector_conf after;
	struct temp temp;
	char fixed[256];

	temp_open(&temp);
	(void)temp_text(&temp, "collector.yaml", NEEDED);
	assert_int_equal(0, collector_conf_load(&before, temp.path, NULL));
	(void)temp_text(&temp, "collector.yaml", c->text);
	assert_int_equal(0, collector_conf_load(&after, temp.path, NULL));
	temp_remove(&temp);
	assert_string_equal(c->want, collector_conf_fixed(&before, &after, fixed, sizeof(fixed)));
	collector_conf_free(&before);
	collector_conf_free(&after);
}

/* ---- documentation ---- */

static char *read_all(FILE *in)
{
	char *text = calloc(1, 65536);

	assert_non_null(in);
	assert_non_null(text);
	assert_true(fread(text, 1, 65535, in) > 0);
	(void)fclose(in);
	return text;
}

static void page_shows_every_key_as_it_is(void **state)
{
	FILE *table = tmpfile();
	char *want;
	char *page;

	(void)state;
	assert_non_null(table);
	conf_describe(&collector_conf_schema, "", table);
	rewind(table);
	want = read_all(table);
	page = read_all(fopen("docs/collector.md", "re"));
	assert_non_null(strstr(page, want));
	free(want);
	free(page);
}

int main(void)
{
	static struct cases tests;

	cases_test(&tests, four_keys_are_enough);
	cases_test(&tests, absolute_store_stays_as_it_is);
	cases_test(&tests, sample_in_etc_is_valid);
	cases_test(&tests, missing_file_is_named);
	cases_test(&tests, page_shows_every_key_as_it_is);
	cases_table(&tests, errors, error_names_file_line_and_key);
	cases_table(&tests, allows, agents_are_allowed);
	cases_table(&tests, changes, fixed_keys_are_named);
	return cases_run("configuration", &tests, NULL, NULL);
}
