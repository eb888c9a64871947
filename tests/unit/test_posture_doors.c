/* Who may come in, as the files of Asterisk and FreeSWITCH say; and that no secret comes out. */
#include "agent/posture/scan.h"

#include <stdio.h>
#include <sys/stat.h>

#include "agent/posture/asterisk_file.h"
#include "agent/posture/secrets.h"
#include "agent/posture/sip_trust.h"
#include "tests/support/cases.h"
#include "tests/support/posture_world.h"

#define GOOD "c0rrect-h0rse-battery"

/* ---- secrets ---- */

struct secret_case {
	const char *name;
	const char *secret;
	const char *user;
	enum secret_flaw want;
};

static const struct secret_case secrets[] = {
	{ "a_long_one_is_fine", GOOD, "dialer", SECRET_FINE },
	{ "freepbx_default", "amp111", "admin", SECRET_DEFAULT },
	{ "freeswitch_default", "ClueCon", "", SECRET_DEFAULT },
	{ "a_default_in_other_letters", "CLUECON", "", SECRET_DEFAULT },
	{ "the_name_of_the_account", "Reporting-Tool", "reporting-tool", SECRET_LIKE_USER },
	{ "eleven_characters_are_short", "abcdefghijk", "x", SECRET_SHORT },
	{ "twelve_are_not", "abcdefghijkl", "x", SECRET_FINE },
	{ "none_at_all", "", "x", SECRET_EMPTY },
};

static void secrets_are_judged(void **state)
{
	const struct secret_case *c = *state;

	assert_int_equal(secret_judge(slice_of(c->secret), slice_of(c->user)), c->want);
	assert_true(secret_flaw_text(c->want)[0] != '\0');
}

/* ---- addresses as Asterisk writes them ---- */

struct bind_case {
	const char *name;
	const char *bind;
	bool wide;
};

static const struct bind_case binds[] = {
	{ "loopback", "127.0.0.1", false },
	{ "loopback_with_a_port", "127.0.0.1:8088", false },
	{ "loopback_of_version_6", "::1", false },
	{ "loopback_of_version_6_with_a_port", "[::1]:8088", false },
	{ "localhost_by_name", "localhost", false },
	{ "every_address", "0.0.0.0", true },
	{ "every_address_of_version_6", "::", true },
	{ "every_address_with_a_port", "[::]:5038", true },
	{ "one_of_its_own", "192.0.2.1:8088", true },
	{ "a_name_could_be_anything", "pbx.example", true },
	{ "nothing", "", true },
};

static void bindings_are_judged(void **state)
{
	const struct bind_case *c = *state;

	assert_int_equal(asterisk_bound_wide(c->bind), c->wide);
}

/* ---- files ---- */

struct door_case {
	const char *name;
	const char *file; /* below the root */
	const char *text;
	const char *check;
	const char *subject;
	Cxm__Posture__Result result;
	enum posture_severity severity;
	const char *says;
};

#define PASS               CXM__POSTURE__RESULT__PASS
#define FAIL               CXM__POSTURE__RESULT__FAIL
#define MANAGER            "/etc/asterisk/manager.conf"
#define ESL                "/etc/freeswitch/autoload_configs/event_socket.conf.xml"
#define PARAM(name, value) "<param name=\"" name "\" value=\"" value "\"/>"

static const struct door_case doors[] = {
	{ "a_manager_on_loopback_passes", MANAGER,
	  "[general]\nenabled=yes\nbindaddr=127.0.0.1\n[a]\nsecret=" GOOD "\n", "ami_exposed",
	  "manager.conf", PASS, POSTURE_INFORMATION, "bound to loopback" },
	{ "a_manager_that_is_off_passes", MANAGER,
	  "[general]\nenabled=no\nbindaddr=0.0.0.0\n[a]\nsecret=amp111\n", "ami_exposed",
	  "manager.conf", PASS, POSTURE_INFORMATION, "is off" },
	{ "a_manager_nobody_switched_on_is_off", MANAGER,
	  "[general]\nbindaddr=0.0.0.0\n[a]\nsecret=amp111\n", "ami_exposed", "manager.conf", PASS,
	  POSTURE_INFORMATION, "is off" },
	{ "the_general_section_is_no_account", MANAGER,
	  "[general]\nenabled=yes\nsecret=1234\n[a]\nsecret=" GOOD "\n", "ami_secret",
	  "manager.conf", PASS, POSTURE_INFORMATION, "of 1 accounts" },
	{ "a_section_without_a_secret_is_no_account", MANAGER,
	  "[general]\nenabled=yes\n[a]\nread=all\n[b]\nsecret=" GOOD "\n", "ami_exposed",
	  "manager.conf", FAIL, POSTURE_HIGH, "1 of 1 accounts" },
	{ "a_manager_open_to_all_fails", MANAGER,
	  "[general]\nenabled=yes\nbindaddr=0.0.0.0\n[a]\nsecret=" GOOD "\n", "ami_exposed",
	  "manager.conf", FAIL, POSTURE_HIGH, "1 of 1 accounts have neither" },
	{ "without_an_address_it_is_open_to_all", MANAGER,
	  "[general]\nenabled=yes\n[a]\nsecret=" GOOD "\n[b]\nsecret=" GOOD "\ndeny=0.0.0.0/0\n",
	  "ami_exposed", "manager.conf", FAIL, POSTURE_HIGH, "1 of 2 accounts have neither" },
	{ "accounts_with_access_lists_pass", MANAGER,
	  "[general]\nenabled=yes\nbindaddr=0.0.0.0\n[a]\nsecret=" GOOD
	  "\ndeny=0.0.0.0/0.0.0.0\npermit=192.0.2.0/24\n",
	  "ami_exposed", "manager.conf", PASS, POSTURE_INFORMATION, "0 of 1" },
	{ "a_default_secret_behind_no_list_is_critical", MANAGER,
	  "[general]\nenabled=yes\nbindaddr=0.0.0.0\n[admin]\nsecret=amp111\n", "ami_secret",
	  "manager.conf:5", FAIL, POSTURE_CRITICAL, "samples and installers" },
	{ "a_default_secret_behind_a_list_is_high", MANAGER,
	  "[general]\nenabled=yes\nbindaddr=0.0.0.0\n[admin]\ndeny=0.0.0.0/0\nsecret=amp111\n",
	  "ami_secret", "manager.conf:6", FAIL, POSTURE_HIGH, "samples and installers" },
	{ "a_short_secret_is_medium", MANAGER, "[general]\nenabled=yes\n[admin]\nsecret=Xy7-q\n",
	  "ami_secret", "manager.conf:4", FAIL, POSTURE_MEDIUM, "shorter than 12" },
	{ "good_secrets_pass_together", MANAGER,
	  "[general]\nenabled=yes\n[a]\nsecret=" GOOD "\n[b]\nsecret=" GOOD "2\n", "ami_secret",
	  "manager.conf", PASS, POSTURE_INFORMATION, "of 2 accounts" },
	{ "http_open_to_all_fails", "/etc/asterisk/http.conf",
	  "[general]\nenabled=yes\nbindaddr=0.0.0.0\n", "http_exposed", "http.conf", FAIL,
	  POSTURE_MEDIUM, "unencrypted HTTP" },
	{ "http_without_an_address_is_off", "/etc/asterisk/http.conf", "[general]\nenabled=yes\n",
	  "http_exposed", "http.conf", PASS, POSTURE_INFORMATION, "is off" },
	{ "guests_of_chan_sip_are_let_in_unless_forbidden", "/etc/asterisk/sip.conf",
	  "[general]\ncontext=default\n", "sip_guests", "sip.conf", FAIL, POSTURE_HIGH,
	  "allowguest=no" },
	{ "guests_that_are_forbidden_pass", "/etc/asterisk/sip.conf", "[general]\nallowguest=no\n",
	  "sip_guests", "sip.conf", PASS, POSTURE_INFORMATION, "no guests" },
	{ "an_anonymous_endpoint_fails", "/etc/asterisk/pjsip.conf",
	  "[anonymous]\ntype=endpoint\ncontext=public\n", "sip_guests", "pjsip.conf", FAIL,
	  POSTURE_HIGH, "anonymous" },
	{ "an_anonymous_one_of_a_domain_fails", "/etc/asterisk/pjsip.conf",
	  "[anonymous@example.com]\ntype=endpoint\n", "sip_guests", "pjsip.conf", FAIL,
	  POSTURE_HIGH, "anonymous" },
	{ "another_name_is_no_guest", "/etc/asterisk/pjsip.conf",
	  "[anonymous2]\ntype=endpoint\n[anonymous]\ntype=aor\n", "sip_guests", "pjsip.conf", PASS,
	  POSTURE_INFORMATION, "no endpoint" },
	{ "a_transport_that_verifies_passes", "/etc/asterisk/pjsip.conf",
	  "[t]\ntype=transport\nprotocol=tls\nverify_server=yes\n", "sip_verify", "trunks", PASS,
	  POSTURE_INFORMATION, "are verified" },
	{ "a_transport_that_does_not_fails", "/etc/asterisk/pjsip.conf",
	  "[t]\ntype=transport\nprotocol=tls\n[u]\ntype=transport\nprotocol=tls\nverify_server="
	  "yes\n",
	  "sip_verify", "trunks", FAIL, POSTURE_MEDIUM, "verify_server=yes" },
	{ "an_event_socket_as_it_is_delivered_is_critical", ESL,
	  PARAM("listen-ip", "::") PARAM("password", "ClueCon"), "esl_exposed",
	  "event_socket.conf.xml", FAIL, POSTURE_CRITICAL, "without an access list" },
	{ "its_password_too", ESL, PARAM("listen-ip", "::") PARAM("password", "ClueCon"),
	  "esl_secret", "event_socket.conf.xml", FAIL, POSTURE_CRITICAL, "samples" },
	{ "an_event_socket_on_loopback_passes", ESL,
	  PARAM("listen-ip", "127.0.0.1") PARAM("password", GOOD), "esl_exposed",
	  "event_socket.conf.xml", PASS, POSTURE_INFORMATION, "loopback" },
	{ "one_with_an_access_list_passes", ESL,
	  PARAM("listen-ip", "0.0.0.0") PARAM("apply-inbound-acl", "lan") PARAM("password", GOOD),
	  "esl_exposed", "event_socket.conf.xml", PASS, POSTURE_INFORMATION, "access list" },
	{ "no_password_means_the_default", ESL, PARAM("listen-ip", "127.0.0.1"), "esl_secret",
	  "event_socket.conf.xml", FAIL, POSTURE_MEDIUM, "samples" },
};

static void look(struct posture_world *w)
{
	posture_look_asterisk(&w->scan);
	posture_look_freeswitch(&w->scan);
}

static void doors_are_judged(void **state)
{
	const struct door_case *c = *state;
	const struct posture_finding *f;
	struct posture_world w;

	posture_world_open(&w, "");
	posture_world_file(&w, c->file, c->text);
	look(&w);
	f = posture_world_found(&w, c->check, c->subject);
	assert_int_equal(f->result, c->result);
	assert_int_equal(f->severity, c->severity);
	assert_non_null(strstr(f->value, c->says));
	posture_world_close(&w);
}

/* ---- whom Asterisk trusts ---- */

struct trust_case {
	const char *name;
	const char *pjsip; /* NULL: there is no such file, as the next */
	const char *sip;
	enum sip_trust want;
};

#define TRANSPORT(more) "[t]\ntype=transport\n" more

static const struct trust_case trusts[] = {
	{ "without_files_nothing_is_known", NULL, NULL, SIP_TRUST_UNKNOWN },
	{ "a_transport_of_udp_trusts_nobody", TRANSPORT("protocol=udp\n"), NULL,
	  SIP_TRUST_UNKNOWN },
	{ "a_transport_without_a_protocol_is_udp", TRANSPORT(""), NULL, SIP_TRUST_UNKNOWN },
	{ "an_endpoint_is_no_transport", "[t]\ntype=endpoint\nprotocol=tls\n", NULL,
	  SIP_TRUST_UNKNOWN },
	{ "tls_verifies_only_when_told", TRANSPORT("protocol=tls\n"), NULL, SIP_TRUST_UNVERIFIED },
	{ "tls_that_verifies", TRANSPORT("protocol=TLS\nverify_server=yes\n"), NULL,
	  SIP_TRUST_VERIFIED },
	{ "one_of_two_that_does_not",
	  TRANSPORT("protocol=tls\nverify_server=yes\n[u]\ntype=transport\nprotocol=tls\n"), NULL,
	  SIP_TRUST_UNVERIFIED },
	{ "udp_behind_one_that_verifies",
	  TRANSPORT("protocol=tls\nverify_server=yes\n[u]\ntype=transport\nprotocol=udp\n"), NULL,
	  SIP_TRUST_VERIFIED },
	{ "chan_sip_without_tls", NULL, "[general]\ntlsdontverifyserver=no\n", SIP_TRUST_UNKNOWN },
	{ "chan_sip_verifies_unless_told", NULL, "[general]\ntlsenable=yes\n", SIP_TRUST_VERIFIED },
	{ "chan_sip_that_does_not", NULL, "[general]\ntlsenable=yes\ntlsdontverifyserver=yes\n",
	  SIP_TRUST_UNVERIFIED },
	{ "one_module_that_does_not_is_enough", TRANSPORT("protocol=tls\nverify_server=yes\n"),
	  "[general]\ntlsenable=yes\ntlsdontverifyserver=yes\n", SIP_TRUST_UNVERIFIED },
	{ "both_that_do", TRANSPORT("protocol=tls\nverify_server=yes\n"),
	  "[general]\ntlsenable=yes\n", SIP_TRUST_VERIFIED },
};

static void trust_is_read(void **state)
{
	const struct trust_case *c = *state;
	struct posture_world w;

	posture_world_open(&w, "");
	posture_world_file(&w, "/etc/asterisk/asterisk.conf", "");
	if (c->pjsip != NULL) {
		posture_world_file(&w, "/etc/asterisk/pjsip.conf", c->pjsip);
	}
	if (c->sip != NULL) {
		posture_world_file(&w, "/etc/asterisk/sip.conf", c->sip);
	}
	assert_int_equal(sip_trust(&w.scan), c->want);
	posture_world_close(&w);
}

static void no_secret_and_no_account_is_told(void **state)
{
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "");
	posture_world_file(&w, MANAGER,
	                   "[general]\nenabled=yes\n[hans.meier]\nsecret=hans.meier\n[eva]\n"
	                   "secret=Qz7-pw\n");
	posture_world_file(&w, ESL, PARAM("password", "Zt9-xy"));
	look(&w);
	assert_int_equal(posture_world_count(&w, "ami_secret"), 2);
	for (size_t i = 0; i < w.report.n; i++) {
		const char *texts[] = { w.report.items[i].subject, w.report.items[i].value };

		for (size_t k = 0; k < COUNT(texts); k++) {
			assert_null(strstr(texts[k], "hans"));
			assert_null(strstr(texts[k], "eva"));
			assert_null(strstr(texts[k], "Qz7"));
			assert_null(strstr(texts[k], "Zt9"));
		}
	}
	posture_world_close(&w);
}

static void a_module_that_is_not_loaded_lets_nobody_in(void **state)
{
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "");
	posture_world_file(&w, "/etc/asterisk/sip.conf", "[general]\n");
	posture_world_file(
		&w, "/etc/asterisk/modules.conf",
		"[modules]\nautoload=yes\nnoload => chan_alsa.so\nnoload => chan_sip.so\n");
	look(&w);
	assert_int_equal(posture_world_count(&w, "sip_guests"), 0);
	posture_world_close(&w);
}

static void a_module_that_is_loaded_by_name_lets_them_in(void **state)
{
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "");
	posture_world_file(&w, "/etc/asterisk/sip.conf", "[general]\n");
	posture_world_file(&w, "/etc/asterisk/modules.conf", "[modules]\nload => chan_sip.so\n");
	look(&w);
	assert_int_equal(posture_world_count(&w, "sip_guests"), 1);
	posture_world_close(&w);
}

static void many_flawed_secrets_are_told_up_to_a_limit(void **state)
{
	struct posture_world w;
	char text[8192] = "[general]\nenabled=yes\n";
	size_t len = strlen(text);

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, "[u%u]\nsecret=1234\n", i);
	}
	posture_world_open(&w, "");
	posture_world_file(&w, MANAGER, text);
	look(&w);
	assert_int_equal(posture_world_count(&w, "ami_secret"), 64);
	posture_world_close(&w);
}

static void a_host_without_a_pbx_has_no_findings(void **state)
{
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "");
	look(&w);
	assert_int_equal(w.report.n, 0);
	posture_world_close(&w);
}

static void what_is_no_file_is_told(void **state)
{
	const struct posture_finding *f;
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "");
	posture_world_file(&w, ESL "/x", "");
	posture_world_file(&w, MANAGER "/x", "");
	look(&w);
	f = posture_world_found(&w, "esl_exposed", "event_socket.conf.xml");
	assert_int_equal(f->result, CXM__POSTURE__RESULT__UNKNOWN);
	f = posture_world_found(&w, "ami_exposed", "manager.conf");
	assert_int_equal(f->result, CXM__POSTURE__RESULT__UNKNOWN);
	posture_world_close(&w);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, secrets, secrets_are_judged);
	cases_table(&c, binds, bindings_are_judged);
	cases_table(&c, doors, doors_are_judged);
	cases_table(&c, trusts, trust_is_read);
	cases_test(&c, no_secret_and_no_account_is_told);
	cases_test(&c, a_module_that_is_not_loaded_lets_nobody_in);
	cases_test(&c, a_module_that_is_loaded_by_name_lets_them_in);
	cases_test(&c, many_flawed_secrets_are_told_up_to_a_limit);
	cases_test(&c, a_host_without_a_pbx_has_no_findings);
	cases_test(&c, what_is_no_file_is_told);
	return cases_run("posture_doors", &c, NULL, NULL);
}
