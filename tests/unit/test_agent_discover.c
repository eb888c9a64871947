/* `discover` on made-up hosts (tests/data/hosts): what it finds, what it writes, and that what it
 * writes passes `check`. */
#include "agent/discover/discover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/check.h"
#include "agent/conf.h"
#include "agent/discover/host.h"
#include "agent/discover/reader.h"
#include "tests/support/cases.h"
#include "tests/support/lab.h"
#include "tests/support/pki.h"
#include "tests/support/site_key.h"
#include "tests/support/temp.h"

#define HOSTS "tests/data/hosts/"

struct found {
	char *conf;
	char *said;
	int rc;
	struct fault fault;
};

static void look(struct found *f, const char *root, const char *output)
{
	const struct discover_options options = { root, output };
	size_t sizes[2];
	FILE *out = open_memstream(&f->conf, &sizes[0]);
	FILE *said = open_memstream(&f->said, &sizes[1]);

	assert_non_null(out);
	assert_non_null(said);
	f->fault.text[0] = '\0';
	f->rc = discover(&options, out, said, &f->fault);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(fclose(said), 0);
}

static void found_free(struct found *f)
{
	free(f->conf);
	free(f->said);
}

/* ---- what it finds ---- */

struct host_case {
	const char *name;
	const char *root;
	const char *conf[9];  /* stand in the configuration */
	const char * not [3]; /* do not */
	const char *said[4];
};

static const struct host_case hosts[] = {
	{ "an_asterisk",
	  HOSTS "asterisk",
	  { "#   runs: asterisk\n",
	    "#   listens: tcp port 5038, Asterisk manager (AMI), this host only\n",
	    "#   listens: tcp port 5061, SIP over TLS\n", "agent: pbx1 # CHANGE\n",
	    "timezone: Europe/Berlin\n", "\n  queue_log:\n    - file: \"/",
	    "/" HOSTS "asterisk/var/log/asterisk/queue_log\"\n",
	    "  # interface eth1: 4711 packets in, 4000 out\n  # interface eth0: 18 packets in, 14 "
	    "out\n  capture:\n    - interface: any\n",
	    "  posture:\n    - recordings:\n        - \"/var/spool/asterisk/monitor\"\n      root: "
	    "\"/" },
	  { "interface lo", "port 22", "made-up-for-a-test" },
	  { "runs: asterisk\n", "can be read: /var/log/asterisk/queue_log (queue_log)\n",
	    "there is no user cxmeter", "nothing is sent before" } },
	{ "a_freeswitch",
	  HOSTS "freeswitch",
	  { "#   runs: freeswitch\n", "#   listens: tcp port 8021, FreeSWITCH event socket (ESL)\n",
	    "#   listens: tcp port 5081, SIP over TLS (FreeSWITCH external)\n",
	    "  # not found: /var/log/asterisk/queue_log\n  #queue_log:\n",
	    "\n  # FreeSWITCH event socket (ESL) listens on port 8021", "  capture:\n",
	    "        - \"/var/lib/freeswitch/recordings\"\n" },
	  { "ClueCon", "port 8080", "runs: asterisk" },
	  { "runs: freeswitch\n" } },
	{ "a_kamailio",
	  HOSTS "kamailio",
	  { "#   runs: kamailio\n#   runs: rtpengine\n", "#   listens: udp port 5060, SIP\n",
	    "#   listens: udp port 2223, rtpengine control (ng), this host only\n", "agent: sbc",
	    "a SIP proxy runs here", "  posture:\n    - interval: 24h\n", "  capture:\n" },
	  { "    - recordings:" },
	  { "runs: rtpengine\n" } },
	{ "a_host_that_shows_nothing",
	  HOSTS "empty",
	  { "#   what runs is not known: there is no /proc\n", "agent: pbx1 # CHANGE\n",
	    "  # no SIP was found here\n  #capture:\n  #  - interface: any\n",
	    "  posture:\n    - interval: 24h\n", "  #dropbox:\n", "#timezone:" },
	  { "  capture:", "not a valid name" },
	  { "0 inputs can be read, 0 cannot" } },
};

static void hosts_are_described(void **state)
{
	const struct host_case *c = *state;
	struct found f;

	look(&f, c->root, NULL);
	assert_int_equal(f.rc, 0);
	for (size_t i = 0; i < COUNT(c->conf) && c->conf[i] != NULL; i++) {
		if (strstr(f.conf, c->conf[i]) == NULL) {
			fail_msg("\"%s\" is not in:\n%s", c->conf[i], f.conf);
		}
	}
	for (size_t i = 0; i < COUNT(c->not ) && c->not [i] != NULL; i++) {
		assert_null(strstr(f.conf, c->not [i]));
		assert_null(strstr(f.said, c->not [i]));
	}
	for (size_t i = 0; i < COUNT(c->said) && c->said[i] != NULL; i++) {
		assert_non_null(strstr(f.said, c->said[i]));
	}
	found_free(&f);
}

/* ---- what it writes passes check ---- */

static int nothing_to_check(const void *conf, struct fault *fault)
{
	(void)conf;
	(void)fault;
	return 0;
}

static const char *const roots[] = { HOSTS "asterisk", HOSTS "freeswitch", HOSTS "kamailio",
	                             HOSTS "empty" };

/* Opening an interface needs rights a test may not have: all else of the capture is checked. */
static void check_passes(const char *conf_path)
{
	struct source_ops capture = source_capture;
	const struct source_ops *kinds[] = {
		&source_queue_log, &source_cel,     &source_cdr, &capture,
		&source_dropbox,   &source_posture, NULL
	};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	unsigned problems;

	assert_non_null(out);
	capture.check = nothing_to_check;
	problems = agent_check(conf_path, kinds, out);
	assert_int_equal(fclose(out), 0);
	if (problems > 0) {
		fail_msg("%s", text);
	}
	free(text);
}

static void copy(const char *from, const char *to)
{
	struct lab_output o;

	lab_run(&o, "/bin/cp", "-R", from, to, NULL);
	lab_expect_ok(&o, from);
	lab_output_free(&o);
}

/* A made-up host with the certificates that a real one has by then. */
static void furnish(struct temp *t, const char *root, struct pki *pki)
{
	static const char *const folders[] = { "host/etc/cxmeter", "host/etc/cxmeter/tls",
		                               "host/var", "host/var/spool" };
	static const char *const files[] = { "ca.pem", "pbx7.pem", "pbx7.key" };
	char to[300];

	copy(root, temp_path(t, "host"));
	for (size_t i = 0; i < COUNT(folders); i++) {
		(void)mkdir(temp_path(t, folders[i]), 0755);
	}
	for (size_t i = 0; i < COUNT(files); i++) {
		(void)snprintf(to, sizeof(to), "host/etc/cxmeter/tls/%s", files[i]);
		copy(pki_path(pki, files[i]), temp_path(t, to));
	}
	assert_int_equal(chmod(temp_path(t, "host/etc/cxmeter/tls/pbx7.key"), 0600), 0);
	site_key_write(temp_path(t, "host/etc/cxmeter/site.key"));
}

static void what_it_writes_passes_check(void **state)
{
	struct pki *pki = pki_new("ca");

	(void)state;
	pki_issue(pki, &(struct pki_leaf){ .name = "pbx7",
	                                   .client = true,
	                                   .san = "URI:urn:cxmeter:sued:pbx7",
	                                   .from_s = -3600,
	                                   .until_s = 8640000 });
	for (size_t i = 0; i < COUNT(roots); i++) {
		struct found f;
		struct temp t;
		char conf[300];
		char host[300];

		temp_open(&t);
		furnish(&t, roots[i], pki);
		(void)snprintf(host, sizeof(host), "%s", temp_path(&t, "host"));
		(void)snprintf(conf, sizeof(conf), "%s", temp_path(&t, "agent.yaml"));
		look(&f, host, conf);
		assert_int_equal(f.rc, 0);
		assert_string_equal(f.conf, ""); /* it is in the file */
		check_passes(conf);
		found_free(&f);
		temp_remove(&t);
	}
	pki_free(pki);
}

static void a_certificate_says_who_it_is(void **state)
{
	struct pki *pki = pki_new("ca");
	struct host h;
	struct temp t;

	(void)state;
	pki_issue(pki, &(struct pki_leaf){ .name = "pbx7",
	                                   .client = true,
	                                   .san = "URI:urn:cxmeter:sued:pbx7" });
	temp_open(&t);
	furnish(&t, HOSTS "asterisk", pki);
	host_look(&h, temp_path(&t, "host"));
	assert_true(h.has_identity);
	assert_string_equal(h.identity.site, "sued");
	assert_string_equal(h.identity.agent, "pbx7");
	assert_string_equal(h.certificate, "pbx7");
	temp_remove(&t);
	pki_free(pki);
}

/* ---- the file ---- */

static void a_file_that_exists_is_not_overwritten(void **state)
{
	struct found f;
	struct temp t;
	char text[8] = "";
	FILE *in;

	(void)state;
	temp_open(&t);
	look(&f, HOSTS "empty", temp_text(&t, "agent.yaml", "mine"));
	assert_int_equal(f.rc, -EEXIST);
	assert_non_null(strstr(f.fault.text, "not overwritten"));
	in = fopen(temp_path(&t, "agent.yaml"), "re");
	assert_non_null(in);
	assert_int_equal(fread(text, 1, sizeof(text), in), 4);
	(void)fclose(in);
	assert_string_equal(text, "mine");
	found_free(&f);
	temp_remove(&t);
}

static void a_link_to_a_file_is_not_followed(void **state)
{
	struct found f;
	struct temp t;

	(void)state;
	temp_open(&t);
	assert_int_equal(symlink("nowhere", temp_path(&t, "agent.yaml")), 0);
	look(&f, HOSTS "empty", temp_path(&t, "agent.yaml"));
	assert_int_equal(f.rc, -EEXIST);
	found_free(&f);
	temp_remove(&t);
}

static void a_root_that_is_none_is_refused(void **state)
{
	struct found f;

	(void)state;
	look(&f, HOSTS "none", NULL);
	assert_int_equal(f.rc, -ENOTDIR);
	found_free(&f);
}

/* A path with quotes and a backslash stays one YAML text. */
static void odd_paths_are_quoted(void **state)
{
	struct agent_conf conf;
	struct fault fault;
	struct found f;
	struct temp t;
	char host[300];
	const struct source_ops *kinds[] = {
		&source_queue_log, &source_cel,     &source_cdr, &source_capture,
		&source_dropbox,   &source_posture, NULL
	};

	(void)state;
	temp_open(&t);
	(void)snprintf(host, sizeof(host), "%s", temp_path(&t, "a \"b\" \\c: #d"));
	copy(HOSTS "asterisk", host);
	look(&f, host, temp_path(&t, "agent.yaml"));
	assert_int_equal(f.rc, 0);
	assert_int_equal(agent_conf_read(&conf, temp_path(&t, "agent.yaml"), kinds, &fault), 0);
	assert_memory_equal(conf.site_key, host, strlen(host));
	agent_conf_free(&conf);
	found_free(&f);
	temp_remove(&t);
}

/* ---- who may read what ---- */

struct reader_case {
	const char *name;
	const char *user; /* of passwd below */
	mode_t folder;
	mode_t file;
	enum reader_answer want;
	const char *why;
};

/* Files belong to whoever runs the test; the group in the made-up tree is called `pbx`. */
static const struct reader_case readers[] = {
	{ "anybody_may_read_0644", "stranger", 0755, 0644, READER_YES, "" },
	{ "a_member_may_read_0640", "member", 0750, 0640, READER_YES, "" },
	{ "a_stranger_may_not", "stranger", 0755, 0640, READER_NO, "usermod -aG pbx stranger" },
	{ "nor_through_a_closed_folder", "stranger", 0750, 0644, READER_NO,
	  "/log: usermod -aG pbx stranger" },
	{ "nor_through_one_that_its_group_may_not_pass_either", "stranger", 0700, 0644, READER_NO,
	  "/log: its group may not either: setfacl -m u:stranger:x" },
	{ "a_group_that_may_not_does_not_help", "stranger", 0755, 0600, READER_NO,
	  "setfacl -m u:stranger:r" },
	{ "a_member_of_such_a_group_may_not", "member", 0755, 0604, READER_NO, "setfacl" },
	{ "its_owner_may", "owner", 0700, 0400, READER_YES, "" },
	{ "its_owner_may_not_what_only_others_may", "owner", 0755, 0044, READER_NO, "chmod u+r" },
	{ "somebody_unknown_is_anybody", "nobody-knows", 0755, 0644, READER_YES, "" },
};

static void reading_follows_the_modes(void **state)
{
	const struct reader_case *c = *state;
	char why[READER_WHY_MAX];
	struct reader r;
	struct stat st;
	struct temp t;
	char text[256];

	temp_open(&t);
	assert_int_equal(mkdir(temp_path(&t, "etc"), 0755), 0);
	assert_int_equal(mkdir(temp_path(&t, "log"), 0755), 0);
	(void)temp_text(&t, "log/queue_log", "x\n");
	assert_int_equal(stat(t.path, &st), 0);
	(void)snprintf(text, sizeof(text),
	               "owner:x:%u:4242::/:/bin/sh\nmember:x:4001:4242::/:/bin/sh\n"
	               "stranger:x:4002:4242::/:/bin/sh\nbroken line\n",
	               (unsigned)st.st_uid == 0 ? 4003U : (unsigned)st.st_uid);
	assert_int_equal(chown(t.path, st.st_uid == 0 ? 4003 : st.st_uid, st.st_gid), 0);
	(void)temp_text(&t, "etc/passwd", text);
	(void)snprintf(text, sizeof(text), "x\npbx:x:%u:other,member\n", (unsigned)st.st_gid);
	(void)temp_text(&t, "etc/group", text);
	assert_int_equal(chmod(temp_path(&t, "log/queue_log"), c->file), 0);
	assert_int_equal(chown(temp_path(&t, "log"), st.st_uid == 0 ? 4003 : st.st_uid, st.st_gid),
	                 0);
	assert_int_equal(chmod(t.path, c->folder), 0);
	reader_init(&r, t.dir, c->user);
	assert_int_equal(reader_may(&r, "/log/queue_log", why), c->want);
	assert_non_null(strstr(why, c->why));
	assert_int_equal(reader_may(&r, "/none/queue_log", why), READER_ABSENT);
	assert_int_equal(chmod(temp_path(&t, "log"), 0755), 0);
	temp_remove(&t);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, hosts, hosts_are_described);
	cases_test(&c, what_it_writes_passes_check);
	cases_test(&c, a_certificate_says_who_it_is);
	cases_test(&c, a_file_that_exists_is_not_overwritten);
	cases_test(&c, a_link_to_a_file_is_not_followed);
	cases_test(&c, a_root_that_is_none_is_refused);
	cases_test(&c, odd_paths_are_quoted);
	cases_table(&c, readers, reading_follows_the_modes);
	return cases_run("agent_discover", &c, NULL, NULL);
}
