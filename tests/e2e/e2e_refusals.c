/*
 * What is refused before anything starts: configurations that cannot work, and files they name.
 * Each row says what is wrong, the exit code and what is said. `run` says it in one line on
 * standard error and nothing on standard output; `check` finds the same, in the same words and with
 * the same code, without starting.
 *
 * Wrong command lines are in e2e_command_line.c, input that is bad while it is read in
 * e2e_bad_input.c, full disks in e2e_full_disk.c.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "collector/ingest/listener.h"
#include "collector/store/schema.h"
#include "tests/support/cases.h"
#include "tests/support/lab.h"
#include "tests/support/pki.h"
#include "tests/support/said.h"
#include "tests/support/site_key.h"

#define DAY_S       INT64_C(86400)
#define CONF        "refused.yaml"
#define NOBODY      "65534"
#define PATIENCE_MS 10000

static struct {
	struct pki *pki;
	struct pki *other; /* another CA, in the same folder */
	int fd;            /* of what listens on a port; -1: nothing */
	uint16_t port;
} place = { .fd = -1 };

static const char *at(const char *name)
{
	return pki_path(place.pki, name);
}

static void put(const char *name, const char *text)
{
	FILE *out = fopen(at(name), "we");

	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, strlen(text), out), strlen(text));
	assert_int_equal(fclose(out), 0);
}

/* ---- the sound configurations ---- */

/* clang-format off */
static const char agent_conf[] =
	"site: nord\n"              /* line 1 */
	"agent: pbx1\n"
	"host: pbx1\n"
	"timezone: UTC\n"
	"site_key: site.key\n"      /* line 5 */
	"log_level: error\n"
	"collector:\n"
	"  address: 127.0.0.1:1\n"
	"  ca: ca.pem\n"
	"  certificate: pbx1.pem\n" /* line 10 */
	"  key: pbx1.key\n"
	"spool:\n"
	"  directory: spool\n"
	"sources:\n"
	"  queue_log:\n"            /* line 15 */
	"    - file: queue_log\n";

static const char collector_conf[] =
	"listen: 127.0.0.1:0\n"     /* line 1 */
	"ca: ca.pem\n"
	"certificate: server.pem\n"
	"key: server.key\n"
	"store: sqlite:evidence.db\n" /* line 5 */
	"log_level: error\n"
	"window: 16\n";
/* clang-format on */

static void issue(struct pki *by, const char *name, int64_t until_s)
{
	bool server = strcmp(name, "server") == 0;

	pki_issue(by, &(struct pki_leaf){ .name = name,
	                                  .san = server ? PKI_LOCAL : "URI:urn:cxmeter:nord:pbx1",
	                                  .server = server,
	                                  .client = !server,
	                                  .from_s = -30 * DAY_S,
	                                  .until_s = until_s });
}

static int open_place(void **state)
{
	(void)state;
	place.pki = pki_new("ca");
	place.other = pki_beside(place.pki, "other");
	issue(place.pki, "server", 365 * DAY_S);
	issue(place.pki, "pbx1", 365 * DAY_S);
	site_key_write(at("site.key"));
	put("queue_log", "1795322591|NONE|NONE|NONE|QUEUESTART|\n");
	return 0;
}

static int close_place(void **state)
{
	struct lab_output o;

	(void)state;
	if (place.fd >= 0) {
		(void)close(place.fd);
		place.fd = -1;
	}
	lab_run(&o, "/bin/rm", "-rf", at("spool"), at("closed"), at("evidence.db-wal"),
	        at("evidence.db-shm"), NULL);
	lab_output_free(&o);
	pki_free(place.other);
	pki_free(place.pki);
	return 0;
}

/* ---- what can be wrong beside the text ---- */

static void nothing(void)
{
	assert_non_null(place.pki);
}

/* For what only root meets: it becomes another user, and may listen. */
static void as_root(void)
{
	if (geteuid() != 0) {
		skip();
	}
}

static void expire_agent(void)
{
	issue(place.pki, "pbx1", -DAY_S);
}

static void expire_server(void)
{
	issue(place.pki, "server", -DAY_S);
}

static void sign_by_another_ca(void)
{
	issue(place.other, "pbx1", 365 * DAY_S);
	issue(place.other, "server", 365 * DAY_S);
}

static void open_tls_keys(void)
{
	assert_int_equal(chmod(at("pbx1.key"), 0644), 0);
	assert_int_equal(chmod(at("server.key"), 0604), 0);
}

static void open_site_key(void)
{
	assert_int_equal(chmod(at("site.key"), 0604), 0);
}

static void take_port(void)
{
	struct listener_address any;

	assert_int_equal(listener_parse("127.0.0.1:0", &any, NULL), 0);
	assert_int_equal(listener_open(&any, 1, &place.fd, &place.port, NULL), 0);
}

static void close_folder(void)
{
	assert_int_equal(mkdir(at("closed"), 0555), 0);
}

static void close_log(void)
{
	assert_int_equal(chmod(at("queue_log"), 0), 0);
}

/* Everything belongs to the user the agent becomes, but for the log, which is root's. */
static void close_log_to_the_user(void)
{
	struct lab_output o;

	as_root();
	lab_run(&o, "/bin/chown", "-R", NOBODY, at("."), NULL);
	lab_expect_ok(&o, "chown");
	lab_output_free(&o);
	assert_int_equal(chown(at("queue_log"), 0, 0), 0);
	assert_int_equal(chmod(at("queue_log"), 0640), 0);
}

static void close_site_key(void)
{
	assert_int_equal(chmod(at("site.key"), 0), 0);
}

static void write_garbage(void)
{
	put("garbage", "This is a letter. It is no certificate, no list and no database.\n");
}

/* A database with this content where the evidence should lie. */
static void make_database(const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(at("evidence.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void make_foreign_database(void)
{
	make_database("CREATE TABLE invoices(number INTEGER)");
}

static void make_later_database(void)
{
	char sql[256];

	(void)snprintf(sql, sizeof(sql),
	               "PRAGMA application_id=%d;"
	               "CREATE TABLE meta(key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL);"
	               "INSERT INTO meta VALUES('schema','%d')",
	               SCHEMA_APPLICATION_ID, SCHEMA_VERSION + 1);
	make_database(sql);
}

/* ---- running ---- */

static const char *program(const char *name)
{
	static char path[LAB_PATH_MAX];
	const char *bin = getenv("CXM_BIN");

	(void)snprintf(path, sizeof(path), "%s/%s", bin != NULL ? bin : "build/release/bin", name);
	return path;
}

/* A program that starts in spite of all is ended, and its code is then no expected one. */
static void run_conf(struct lab_output *o, bool collector, bool nobody, const char *verb)
{
	const char *path = program(collector ? "cxmeter-collector" : "cxmeter-agent");

	if (nobody && geteuid() == 0) {
		lab_run(o, "/bin/chown", "-R", NOBODY, at("."), NULL);
		lab_expect_ok(o, "chown");
		lab_output_free(o);
		lab_run(o, "/usr/bin/timeout", "-s", "KILL", "20", "setpriv", "--reuid=" NOBODY,
		        "--regid=" NOBODY, "--clear-groups", path, verb, "-c", at(CONF), NULL);
	} else {
		lab_run(o, "/usr/bin/timeout", "-s", "KILL", "20", path, verb, "-c", at(CONF),
		        NULL);
	}
}

/* Put `to` where `from` stands first; without `from`, at the end. */
static void replace(struct buf *text, const char *from, const char *to)
{
	char *old = strdup(buf_text(text));
	const char *cut;

	assert_non_null(old);
	cut = from != NULL ? strstr(old, from) : old + strlen(old);
	assert_non_null(cut);
	buf_reset(text);
	buf_add(text, old, (size_t)(cut - old));
	buf_add_text(text, to);
	buf_add_text(text, cut + (from != NULL ? strlen(from) : 0));
	free(old);
}

/* The sound configuration with one thing replaced. */
static void write_conf(bool collector, const char *from, const char *to, const char *log_level)
{
	struct buf text;

	buf_init(&text, 8192);
	buf_add_text(&text, collector ? collector_conf : agent_conf);
	replace(&text, from, to);
	if (log_level != NULL) {
		replace(&text, "log_level: error", log_level);
	}
	put(CONF, buf_text(&text));
	buf_free(&text);
}

/* ---- configurations ---- */

struct refused_case {
	const char *name;
	bool collector;
	const char *from;
	const char *to;
	void (*prepare)(void);
	bool nobody; /* as a user without rights */
	const char *says;
};

#define AGENT     false
#define COLLECTOR true

static const struct refused_case refused[] = {
	{ "agent_text_that_is_no_yaml", AGENT, "site: nord\n", "site: nord: x\n", nothing, false,
	  "refused.yaml:1: mapping values are not allowed in this context: look at indentation, "
	  "colons and quotes there\n" },
	{ "agent_unknown_key", AGENT, "host: ", "hots: ", nothing, false,
	  "refused.yaml:3: hots: unknown key; known here: site, agent, host" },
	{ "agent_unknown_key_of_a_source", AGENT, "- file: ", "- filee: ", nothing, false,
	  "refused.yaml:16: filee: unknown key; known here: file, files" },
	{ "agent_unknown_kind_of_source", AGENT, "  queue_log:", "  queue_logs:", nothing, false,
	  "refused.yaml:15: queue_logs: unknown key; known here: queue_log, cel, cdr, capture, "
	  "ami, esl, fs_cdr, fs_csv, hep, dropbox, posture" },
	{ "agent_key_that_stands_twice", AGENT, "host: pbx1", "site: sued", nothing, false,
	  "refused.yaml:3: site: this key stands here a second time (first in line 1)" },
	{ "agent_list_where_a_text_belongs", AGENT, "site: nord", "site: [a, b]", nothing, false,
	  "refused.yaml:1: site: expected" },
	{ "agent_text_where_a_duration_belongs", AGENT, "host: pbx1", "commit_interval: fast",
	  nothing, false,
	  "refused.yaml:3: commit_interval: expected a duration such as 500ms, 30s, 5m" },
	{ "agent_value_out_of_range", AGENT, "host: pbx1", "commit_interval: 9h", nothing, false,
	  "refused.yaml:3: commit_interval: 9h is out of range (1 to 60000 ms)" },
	{ "agent_value_that_is_no_choice", AGENT, "log_level: error", "log_level: loud", nothing,
	  false, "refused.yaml:6: log_level: \"loud\" is none of: error, warning, info, debug" },
	{ "agent_missing_key", AGENT, "site: nord\n", "", nothing, false,
	  "refused.yaml:1: \"site\" is missing: name of the contact centre" },
	{ "agent_missing_key_of_a_section", AGENT, "  ca: ca.pem\n", "", nothing, false,
	  "refused.yaml:7: collector: \"ca\" is missing: certificate of the CA" },
	{ "agent_unknown_time_zone", AGENT, "timezone: UTC", "timezone: Mars/Base", nothing, false,
	  "refused.yaml:4: timezone: the system has no zone \"Mars/Base\": a name such as "
	  "Europe/Berlin" },
	{ "agent_port_that_cannot_be", AGENT, "127.0.0.1:1\n", "127.0.0.1:99999\n", nothing, false,
	  "refused.yaml:8: address: expected host, host:port or [IPv6]:port, found "
	  "\"127.0.0.1:99999\"" },
	{ "agent_no_sources", AGENT, "sources:\n  queue_log:\n    - file: queue_log\n", "", nothing,
	  false, "refused.yaml: no sources: name at least one under `sources:`" },
	{ "agent_one_log_twice", AGENT, NULL, "    - file: queue_log\n", nothing, false,
	  "refused.yaml:17: queue_log: " },
	{ "agent_missing_site_key", AGENT, "site.key", "no.key", nothing, false,
	  "no.key: cannot open the site key: No such file or directory: copy it from another host "
	  "of this site, or make the first one" },
	{ "agent_site_key_others_can_read", AGENT, NULL, "", open_site_key, false,
	  "site.key: the site key can be read by others" },
	{ "agent_site_key_that_may_not_be_read", AGENT, NULL, "", close_site_key, true,
	  "site.key: cannot open the site key: Permission denied" },
	{ "agent_site_key_that_is_none", AGENT, "site.key", "garbage", write_garbage, false,
	  "garbage: " },
	{ "agent_missing_certificate", AGENT, "pbx1.pem", "no.pem", nothing, false,
	  "no.pem: cannot open the certificate: No such file or directory: put it there, or "
	  "correct the path" },
	{ "agent_certificate_that_is_none", AGENT, "pbx1.pem", "garbage", write_garbage, false,
	  "garbage: not a certificate in PEM form" },
	{ "agent_certificate_of_another_agent", AGENT, "agent: pbx1", "agent: pbx2", nothing, false,
	  "pbx1.pem: the certificate is for site nord, agent pbx1; the configuration says site "
	  "nord, agent pbx2" },
	{ "agent_missing_key_file", AGENT, "pbx1.key", "no.key", nothing, false,
	  "no.key: cannot open the private key: No such file" },
	{ "agent_key_of_another_certificate", AGENT, "pbx1.key", "server.key", nothing, false,
	  "server.key: not the private key of " },
	{ "agent_key_others_can_read", AGENT, NULL, "", open_tls_keys, false,
	  "pbx1.key: the private key can be read by others (mode 0644): chmod 600 " },
	{ "agent_missing_ca", AGENT, "ca: ca.pem", "ca: no.pem", nothing, false,
	  "no.pem: cannot open the CA certificate" },
	{ "agent_unknown_user", AGENT, "host: pbx1", "user: no-such-user", as_root, false,
	  "user no-such-user is not known here: create it (useradd --system no-such-user) or "
	  "change `user`" },
	{ "agent_spool_below_nothing", AGENT, "directory: spool", "directory: no/such/spool",
	  nothing, false,
	  "no/such/spool: cannot make the spool's directory: No such file or directory: make the "
	  "one above it" },
	{ "agent_spool_that_is_a_file", AGENT, "directory: spool", "directory: queue_log", nothing,
	  false, "queue_log: cannot use the spool: Not a directory" },
	{ "agent_spool_in_a_folder_closed_to_the_user", AGENT, "directory: spool",
	  "directory: closed/spool", close_folder, true,
	  "closed/spool: cannot make the spool's directory: Permission denied" },
	{ "agent_interface_without_the_right_to_listen", AGENT, "queue_log:\n    - file: queue_log",
	  "capture:\n    - interface: lo", nothing, true, "refused.yaml:16: capture: " },
	{ "agent_filter_that_is_none", AGENT, "queue_log:\n    - file: queue_log",
	  "capture:\n    - interface: lo\n      filter: foo bar", as_root, false,
	  "refused.yaml:16: capture: filter \"foo bar\": " },
	{ "agent_missing_folder_of_dropped_files", AGENT, "queue_log:\n    - file: queue_log",
	  "dropbox:\n    - directory: no_drop", nothing, false,
	  "no_drop: cannot read the folder: No such file or directory: create it" },
	{ "collector_text_that_is_no_yaml", COLLECTOR, "window: 16", "  window: [16", nothing,
	  false, "refused.yaml:7: " },
	{ "collector_unknown_key", COLLECTOR, "window: 16", "windows: 16", nothing, false,
	  "refused.yaml:7: windows: unknown key; known here: listen, ca" },
	{ "collector_text_where_a_number_belongs", COLLECTOR, "window: 16", "window: many", nothing,
	  false, "refused.yaml:7: window: expected a whole number, found \"many\"" },
	{ "collector_value_out_of_range", COLLECTOR, "window: 16", "window: 100000", nothing, false,
	  "refused.yaml:7: window: 100000 is out of range (1 to 1024)" },
	{ "collector_missing_key", COLLECTOR, "ca: ca.pem\n", "", nothing, false,
	  "refused.yaml:1: \"ca\" is missing: certificate of the CA that signs agents" },
	{ "collector_pattern_of_agents_that_is_none", COLLECTOR, "window: 16", "allow: [nord]",
	  nothing, false, "refused.yaml:7: allow: \"nord\" is neither site/agent nor site/*" },
	{ "collector_address_that_is_none", COLLECTOR, "listen: 127.0.0.1:0", "listen: nonsense",
	  nothing, false,
	  "refused.yaml:1: listen: \"nonsense\" is not an address and port such as 0.0.0.0:7443" },
	{ "collector_address_of_another_host", COLLECTOR, "listen: 127.0.0.1:0",
	  "listen: 192.0.2.1:7443", nothing, false,
	  "cannot listen on 192.0.2.1:7443: Cannot assign requested address: this host does not "
	  "have that address" },
	{ "collector_missing_ca", COLLECTOR, "ca: ca.pem", "ca: no.pem", nothing, false,
	  "no.pem: cannot open the CA certificate: No such file or directory: put it there" },
	{ "collector_missing_certificate", COLLECTOR, "server.pem", "no.pem", nothing, false,
	  "no.pem: cannot open the certificate" },
	{ "collector_key_of_another_certificate", COLLECTOR, "server.key", "pbx1.key", nothing,
	  false, "pbx1.key: not the private key of " },
	{ "collector_key_others_can_read", COLLECTOR, NULL, "", open_tls_keys, false,
	  "server.key: the private key can be read by others (mode 0604): chmod 600 " },
	{ "collector_expired_certificate", COLLECTOR, NULL, "", expire_server, false,
	  "server.pem: certificate expired on " },
	{ "collector_missing_revocation_list", COLLECTOR, "window: 16", "crl: no.crl", nothing,
	  false,
	  "no.crl: cannot open the revocation list: No such file or directory: make one with the "
	  "CA" },
	{ "collector_revocation_list_that_is_none", COLLECTOR, "window: 16", "crl: garbage",
	  write_garbage, false, "garbage: not a revocation list in PEM form" },
	{ "collector_unknown_kind_of_store", COLLECTOR, "sqlite:evidence.db", "oracle:x", nothing,
	  false, "\"oracle\" is no kind of store; known: sqlite" },
	{ "collector_store_without_a_scheme", COLLECTOR, "sqlite:evidence.db", "evidence.db",
	  nothing, false,
	  "refused.yaml:5: store: \"evidence.db\" is not a URL such as sqlite:/var/lib" },
	{ "collector_missing_folder_of_the_store", COLLECTOR, "sqlite:evidence.db",
	  "sqlite:no/such/e.db", nothing, false,
	  "no/such: No such file or directory: create it or change the store" },
	{ "collector_store_in_a_folder_closed_to_the_user", COLLECTOR, "sqlite:evidence.db",
	  "sqlite:closed/e.db", close_folder, true,
	  "closed/e.db: cannot open for writing: Permission denied" },
	{ "collector_store_that_is_no_database", COLLECTOR, "sqlite:evidence.db", "sqlite:garbage",
	  write_garbage, false,
	  "garbage: cannot read or make the tables: it is not an SQLite database" },
	{ "collector_store_of_another_program", COLLECTOR, NULL, "", make_foreign_database, false,
	  "evidence.db: this is an SQLite database of another program; name a file of its own" },
	{ "collector_store_of_a_later_version", COLLECTOR, NULL, "", make_later_database, false,
	  "this program knows schema 1: install the version of cxmeter that wrote it, or a newer "
	  "one" },
	{ "collector_port_file_below_nothing", COLLECTOR, "window: 16", "port_file: no/such/port",
	  nothing, false,
	  "no/such/port: cannot write: No such file or directory: change `port_file`" },
	{ "collector_unknown_user", COLLECTOR, "window: 16", "user: no-such-user", as_root, false,
	  "user no-such-user is not known here: create it (useradd --system no-such-user) or "
	  "change `user`" },
};

/* What run said, without the program's name, the word error and the part. */
static const char *cause(const char *line)
{
	for (int i = 0; i < 3; i++) {
		line = strstr(line, ": ");
		assert_non_null(line);
		line += 2;
	}
	return line;
}

static void is_refused_by_run_and_found_by_check(void **state)
{
	const struct refused_case *c = *state;
	struct lab_output ran;
	struct lab_output checked;
	char finding[1024];

	c->prepare();
	write_conf(c->collector, c->from, c->to, NULL);
	run_conf(&ran, c->collector, c->nobody, "run");
	said_code(&ran, 2);
	assert_string_equal(buf_text(&ran.out), "");
	said_one_line(buf_text(&ran.err));
	said_part(buf_text(&ran.err), c->says);

	run_conf(&checked, c->collector, c->nobody, "check");
	said_code(&checked, 2);
	assert_string_equal(buf_text(&checked.err), "");
	(void)snprintf(finding, sizeof(finding), "problem: %s", cause(buf_text(&ran.err)));
	said_part(buf_text(&checked.out), finding);
	said_part(buf_text(&checked.out), "\n1 problem\n");
	lab_output_free(&ran);
	lab_output_free(&checked);
}

/* ---- what may mend itself: run says it and goes on, check says it too ---- */

static const struct waiting_case {
	const char *name;
	const char *from;
	const char *to;
	void (*prepare)(void);
	bool nobody;
	const char *run_says;
	int code; /* of check */
	const char *check_says;
} waiting[] = {
	{ "a_log_that_is_not_there_yet", "file: queue_log", "file: later_log", nothing, false,
	  "later_log: cannot read: No such file or directory; will try again", 0,
	  "later_log: is not there (yet): Asterisk writes it when" },
	{ "a_log_that_may_not_be_read", NULL, "", close_log, true,
	  "queue_log: cannot read: Permission denied; will try again", 2, ":16: queue_log: " },
	{ "a_log_that_the_user_it_becomes_may_not_read", "host: pbx1", "user: nobody",
	  close_log_to_the_user, false, "queue_log: cannot read: Permission denied; will try again",
	  2, "queue_log: nobody cannot read it: put that user into its group\n" },
	{ "an_interface_that_is_not_there", "queue_log:\n    - file: queue_log",
	  "capture:\n    - interface: nope0", as_root, false,
	  "interface nope0: not there yet; looking again every 2 s", 2,
	  ":16: capture: interface nope0: there is none; there are: " },
	{ "an_expired_certificate_of_the_agent", NULL, "", expire_agent, false,
	  "pbx1.pem: certificate expired on ", 2, "pbx1.pem: certificate expired on " },
	{ "a_collector_that_does_not_listen", NULL, "", nothing, false,
	  "collector 127.0.0.1:1: Connection refused; records wait in the spool", 0,
	  "configuration is fine" },
};

static char *text_of(const char *path)
{
	FILE *in = fopen(path, "re");
	struct buf text;
	char *copy;
	int c;

	buf_init(&text, 65536);
	while (in != NULL && (c = fgetc(in)) != EOF) {
		buf_add_char(&text, (char)c);
	}
	if (in != NULL) {
		(void)fclose(in);
	}
	copy = strdup(buf_text(&text));
	buf_free(&text);
	assert_non_null(copy);
	return copy;
}

static bool says_in_time(const char *path, const char *part)
{
	bool said = false;

	for (int waited_ms = 0; !said && waited_ms < PATIENCE_MS; waited_ms += 20) {
		char *text = text_of(path);

		said = strstr(text, part) != NULL;
		free(text);
		lab_sleep_ms(20);
	}
	return said;
}

static void is_waited_for_by_run_and_found_by_check(void **state)
{
	const struct waiting_case *c = *state;
	const char *const as_nobody[] = { "/usr/bin/setpriv",
		                          "--reuid=" NOBODY,
		                          "--regid=" NOBODY,
		                          "--clear-groups",
		                          program("cxmeter-agent"),
		                          "run",
		                          "-c",
		                          at(CONF),
		                          NULL };
	const char *const *as_is = &as_nobody[4];
	struct lab_output o;
	pid_t pid;

	c->prepare();
	write_conf(AGENT, c->from, c->to, "log_level: warning");
	run_conf(&o, AGENT, c->nobody, "check");
	said_code(&o, c->code);
	said_part(buf_text(&o.out), c->check_says);
	lab_output_free(&o);

	pid = lab_spawn_argv(at("said"), c->nobody && geteuid() == 0 ? as_nobody : as_is);
	assert_true(says_in_time(at("said"), c->run_says));
	assert_int_equal(lab_stop(&pid, SIGTERM), 0);
}

static void a_port_in_use_ends_run_with_1_and_is_a_warning_of_check(void **state)
{
	struct lab_output o;
	char listen[64];

	(void)state;
	take_port();
	(void)snprintf(listen, sizeof(listen), "listen: 127.0.0.1:%u\n", place.port);
	write_conf(COLLECTOR, "listen: 127.0.0.1:0\n", listen, NULL);
	run_conf(&o, COLLECTOR, false, "run");
	said_code(&o, 1);
	said_one_line(buf_text(&o.err));
	said_part(buf_text(&o.err), "Address already in use: another program listens there");
	lab_output_free(&o);
	run_conf(&o, COLLECTOR, false, "check");
	said_code(&o, 0); /* it may be the collector itself */
	said_part(buf_text(&o.out), "warning: cannot listen on 127.0.0.1:");
	lab_output_free(&o);
}

static void check_warns_of_a_certificate_of_another_ca(void **state)
{
	static const char *const says[] = { "pbx1.pem: not signed by the CA in ",
		                            "server.pem: not signed by the CA in " };

	(void)state;
	sign_by_another_ca();
	for (int collector = 0; collector < 2; collector++) {
		struct lab_output o;

		write_conf(collector, NULL, "", NULL);
		run_conf(&o, collector, false, "check");
		said_code(&o, 0);
		said_part(buf_text(&o.out), says[collector]);
		lab_output_free(&o);
	}
}

static void the_sound_configurations_are_fine(void **state)
{
	(void)state;
	for (int collector = 0; collector < 2; collector++) {
		struct lab_output o;

		write_conf(collector, NULL, "", NULL);
		run_conf(&o, collector, true, "check");
		said_code(&o, 0);
		said_part(buf_text(&o.out), "configuration is fine\n");
		assert_null(strstr(buf_text(&o.out), "problem"));
		lab_output_free(&o);
	}
}

/* What a fresh host lacks, all of it in one go. */
static void check_names_every_fault_of_an_empty_host(void **state)
{
	static const char *const wants[2][6] = {
		{ "user no-such-user is not known here",
		  "tls/ca.pem: cannot open the CA certificate",
		  "tls/agent.pem: cannot open the certificate",
		  "tls/agent.key: cannot open the private key", "no.key: cannot open the site key",
		  "no/such/spool: cannot make the spool's directory" },
		{ "user no-such-user is not known here",
		  "tls/ca.pem: cannot open the CA certificate",
		  "tls/agent.pem: cannot open the certificate",
		  "tls/agent.key: cannot open the private key", "directory ", "6 problems" },
	};
	static const char agent[] =
		"site: nord\nagent: pbx1\nsite_key: no.key\nuser: no-such-user\ncollector:\n"
		"  address: c:1\n  ca: tls/ca.pem\n  certificate: tls/agent.pem\n"
		"  key: tls/agent.key\nspool:\n  directory: no/such/spool\nsources:\n"
		"  queue_log:\n    - file: no_log\n";
	static const char collector[] =
		"listen: 192.0.2.1:1\nca: tls/ca.pem\ncertificate: tls/agent.pem\n"
		"key: tls/agent.key\nstore: sqlite:no/such/e.db\nuser: no-such-user\n";

	(void)state;
	for (int which = 0; which < 2; which++) {
		struct lab_output o;

		put(CONF, which == 0 ? agent : collector);
		run_conf(&o, which, false, "check");
		said_code(&o, 2);
		for (size_t i = 0; i < COUNT(wants[which]); i++) {
			said_part(buf_text(&o.out), wants[which][i]);
		}
		said_part(buf_text(&o.out), "\n6 problems\n");
		lab_output_free(&o);
	}
}

int main(void)
{
	static struct cases c;

	cases_table(&c, refused, is_refused_by_run_and_found_by_check);
	cases_table(&c, waiting, is_waited_for_by_run_and_found_by_check);
	cases_test(&c, the_sound_configurations_are_fine);
	cases_test(&c, check_warns_of_a_certificate_of_another_ca);
	cases_test(&c, check_names_every_fault_of_an_empty_host);
	cases_test(&c, a_port_in_use_ends_run_with_1_and_is_a_warning_of_check);
	for (size_t i = 0; i < c.n; i++) {
		c.tests[i].setup_func = open_place;
		c.tests[i].teardown_func = close_place;
	}
	return cases_run("e2e_refusals", &c, NULL, NULL);
}
