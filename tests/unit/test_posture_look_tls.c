/* Listeners of a made-up host, of which those that are real are asked. */
#include "agent/posture/scan.h"

#include <stdio.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "tests/support/cases.h"
#include "tests/support/pki.h"
#include "tests/support/posture_world.h"
#include "tests/support/tls_listener.h"

#define TAIL " 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100\n"

struct stage {
	struct pki *pki;
	struct tls_listener *listener;
	struct posture_world w;
};

/* The port of the server stands between two texts of YAML. */
static void stage_open(struct stage *s, int min_version, const char *before, const char *behind)
{
	char text[256];

	s->pki = pki_new("ca");
	pki_issue(s->pki, &(struct pki_leaf){ .name = "server", .server = true, .san = PKI_LOCAL });
	s->listener = tls_listener_open(&(struct tls_listener_options){
		.certificate = pki_path(s->pki, "server.pem"),
		.key = pki_path(s->pki, "server.key"),
		.min_version = min_version,
		.max_version = TLS1_3_VERSION,
	});
	(void)snprintf(text, sizeof(text), "%s%u%s", before, tls_listener_port(s->listener),
	               behind);
	posture_world_open(&s->w, text);
	posture_world_file(&s->w, "/proc/net/tcp", "  sl  local_address rem_address   st\n");
}

static void stage_close(struct stage *s)
{
	posture_world_close(&s->w);
	tls_listener_close(s->listener);
	pki_free(s->pki);
}

static void a_named_listener_is_the_floor(void **state)
{
	const struct posture_finding *f;
	struct stage s;

	(void)state;
	stage_open(&s, TLS1_1_VERSION, "tls: [ \"127.0.0.1:", "\" ]");
	posture_look_tls(&s.w.scan);
	f = posture_world_found(&s.w, "tls_floor", "listeners");
	assert_true(f->has_figure);
	assert_true(f->figure == 1);
	assert_int_equal(f->result, CXM__POSTURE__RESULT__FAIL);
	assert_int_equal(f->severity, POSTURE_HIGH);
	f = posture_world_found(&s.w, "tls_listener", NULL);
	assert_int_equal(f->result, CXM__POSTURE__RESULT__FAIL);
	assert_int_equal(f->severity, POSTURE_HIGH);
	assert_string_equal(f->value, "TLS 1.1, TLS 1.2, TLS 1.3, suites without AEAD or forward "
	                              "secrecy");
	assert_int_equal(posture_world_count(&s.w, "tls_certificate"), 1);
	stage_close(&s);
}

static void one_that_cannot_be_judged_is_told_beside_the_floor(void **state)
{
	const struct posture_finding *f;
	char text[64];
	uint16_t port;
	int fd = silent_listener(&port);
	struct stage s;

	(void)state;
	(void)snprintf(text, sizeof(text), "\", \"%u\" ]\ndeadline: 300ms", port);
	stage_open(&s, TLS1_3_VERSION, "tls: [ \"127.0.0.1:", text);
	posture_look_tls(&s.w.scan);
	f = posture_world_found(&s.w, "tls_floor", "listeners");
	assert_true(f->figure == 4);
	assert_non_null(strstr(f->value, "others could not be judged"));
	(void)snprintf(text, sizeof(text), "tls:127.0.0.1:%u", port);
	f = posture_world_found(&s.w, "tls_listener", text);
	assert_int_equal(f->result, CXM__POSTURE__RESULT__UNKNOWN);
	assert_false(f->has_figure);
	assert_string_equal(f->value, "no answer within the deadline");
	stage_close(&s);
	(void)close(fd);
}

static void nobody_there_is_not_known_and_no_weak_floor(void **state)
{
	const struct posture_finding *f;
	struct posture_world w;
	char text[64];

	(void)state;
	(void)snprintf(text, sizeof(text), "tls: [ \"%u\" ]", closed_port());
	posture_world_open(&w, text);
	posture_world_file(&w, "/proc/net/tcp", "");
	posture_look_tls(&w.scan);
	f = posture_world_found(&w, "tls_floor", "listeners");
	assert_int_equal(f->result, CXM__POSTURE__RESULT__UNKNOWN);
	assert_false(f->has_figure);
	f = posture_world_found(&w, "tls_listener", NULL);
	assert_string_equal(f->value, "nobody answers there");
	posture_world_close(&w);
}

/* 192.0.2.16, port 5061: found in the table, and no address of this host. */
static void a_listener_with_another_hosts_address_is_not_asked(void **state)
{
	const struct posture_finding *f;
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "");
	posture_world_file(&w, "/proc/net/tcp", "   0: 100200C0:13C5" TAIL);
	posture_look_tls(&w.scan);
	f = posture_world_found(&w, "tls_listener", "sip:192.0.2.16:5061");
	assert_int_equal(f->result, CXM__POSTURE__RESULT__UNKNOWN);
	assert_int_equal(posture_world_count(&w, "tls_certificate"), 0);
	posture_world_close(&w);
}

/* 127.0.0.1, port 5081: whatever is there, nobody else can reach it. */
static void one_that_only_this_host_reaches_is_no_part_of_the_floor(void **state)
{
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "deadline: 300ms");
	posture_world_file(&w, "/proc/net/tcp", "   0: 0100007F:13D9" TAIL);
	posture_look_tls(&w.scan);
	(void)posture_world_found(&w, "tls_listener", "sip:127.0.0.1:5081");
	assert_int_equal(posture_world_count(&w, "tls_floor"), 0);
	posture_world_close(&w);
}

static void both_families_of_a_listener_are_one(void **state)
{
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "deadline: 300ms");
	posture_world_file(&w, "/proc/net/tcp",
	                   "   0: 00000000:13D9" TAIL "   1: 00000000:13D9" TAIL);
	posture_world_file(&w, "/proc/net/tcp6",
	                   "   0: 00000000000000000000000000000000:13D9" TAIL);
	posture_look_tls(&w.scan);
	assert_int_equal(posture_world_count(&w, "tls_listener"), 1);
	(void)posture_world_found(&w, "tls_listener", "sip:5081");
	posture_world_close(&w);
}

struct named_case {
	const char *name;
	const char *file; /* below /etc/asterisk */
	const char *text;
	const char *port; /* of the kernel's table */
	const char *subject;
};

/* None of these ports is a usual one; what answers there, if anybody does, is no matter here. */
static const struct named_case named[] = {
	{ "pjsip_names_a_port", "pjsip.conf",
	  "[t]\ntype=transport\nprotocol=tls\nbind=0.0.0.0:15061\n", "3AD5", "sip:15061" },
	{ "chan_sip_names_a_port", "sip.conf", "[general]\ntlsenable=yes\ntlsbindaddr=[::]:15061\n",
	  "3AD5", "sip:15061" },
	{ "http_names_a_port", "http.conf", "[general]\ntlsenable=yes\ntlsbindaddr=0.0.0.0:15061\n",
	  "3AD5", "https:15061" },
	{ "the_manager_names_a_port", "manager.conf",
	  "[general]\ntlsenable=yes\ntlsbindaddr=0.0.0.0:15061\n", "3AD5", "ami:15061" },
};

static void ports_that_asterisk_names_are_asked(void **state)
{
	const struct named_case *c = *state;
	struct posture_world w;
	char path[64];
	char line[160];

	posture_world_open(&w, "deadline: 300ms");
	(void)snprintf(path, sizeof(path), "/etc/asterisk/%s", c->file);
	posture_world_file(&w, path, c->text);
	(void)snprintf(line, sizeof(line), "   0: 00000000:%s" TAIL, c->port);
	posture_world_file(&w, "/proc/net/tcp", line);
	posture_look_tls(&w.scan);
	(void)posture_world_found(&w, "tls_listener", c->subject);
	posture_world_close(&w);
}

struct trunk_case {
	const char *name;
	const char *verify; /* in pjsip.conf */
	int level;
	Cxm__Posture__Result result;
	const char *value;
};

static const struct trunk_case trunks[] = {
	{ "trunks_that_are_verified_do_not_lower_the_listener", "verify_server=yes\n", 4,
	  CXM__POSTURE__RESULT__PASS, "TLS 1.3; reached from this host only" },
	{ "trunks_that_are_not_do", "", 2, CXM__POSTURE__RESULT__FAIL,
	  "TLS 1.3, trunks are not known to be verified; reached from this host only" },
};

/* A transport of pjsip.conf that is there, on the loopback. */
static void trunk_run(void **state)
{
	const struct trunk_case *c = *state;
	const struct posture_finding *f;
	struct stage s;
	char text[160];

	stage_open(&s, TLS1_3_VERSION, "# ", "");
	(void)snprintf(text, sizeof(text), "   0: 0100007F:%04X" TAIL,
	               tls_listener_port(s.listener));
	posture_world_file(&s.w, "/proc/net/tcp", text);
	(void)snprintf(text, sizeof(text),
	               "[t]\ntype=transport\nprotocol=tls\nbind=127.0.0.1:%u\n%s",
	               tls_listener_port(s.listener), c->verify);
	posture_world_file(&s.w, "/etc/asterisk/pjsip.conf", text);
	posture_look_tls(&s.w.scan);
	f = posture_world_found(&s.w, "tls_listener", NULL);
	assert_string_equal(f->value, c->value);
	assert_int_equal((int)f->figure, c->level);
	assert_int_equal(f->result, c->result);
	assert_int_equal(posture_world_count(&s.w, "tls_floor"), 0);
	stage_close(&s);
}

static void ports_that_carry_no_tls_are_left_alone(void **state)
{
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "");
	posture_world_file(&w, "/proc/net/tcp",
	                   "   0: 00000000:13C4" TAIL /* 5060 */
	                   "   1: 00000000:0CEA" TAIL /* 3306 */);
	posture_look_tls(&w.scan);
	assert_int_equal(w.report.n, 0);
	posture_world_close(&w);
}

static void without_the_table_of_sockets_the_floor_is_not_known(void **state)
{
	const struct posture_finding *f;
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "");
	posture_look_tls(&w.scan);
	f = posture_world_found(&w, "tls_floor", "listeners");
	assert_int_equal(f->result, CXM__POSTURE__RESULT__UNKNOWN);
	assert_non_null(strstr(f->value, "/proc/net/tcp"));
	posture_world_close(&w);
}

static void a_named_listener_is_still_asked_then(void **state)
{
	const struct posture_finding *f;
	struct stage s;

	(void)state;
	stage_open(&s, TLS1_2_VERSION, "tls: [ \"", "\" ]");
	assert_int_equal(unlink(posture_world_path(&s.w, "/proc/net/tcp")), 0);
	posture_look_tls(&s.w.scan);
	assert_int_equal(posture_world_count(&s.w, "tls_floor"), 1);
	f = posture_world_found(&s.w, "tls_floor", "listeners");
	assert_true(f->figure == 2);
	assert_int_equal(f->severity, POSTURE_MEDIUM);
	assert_non_null(strstr(f->value, "others could not be judged"));
	f = posture_world_found(&s.w, "tls_listener", NULL);
	assert_int_equal(f->result, CXM__POSTURE__RESULT__FAIL);
	assert_int_equal(f->severity, POSTURE_MEDIUM);
	assert_string_equal(f->value, "TLS 1.2, TLS 1.3, suites without AEAD or forward secrecy");
	stage_close(&s);
}

static void without_handshakes_nobody_is_asked(void **state)
{
	struct stage s;

	(void)state;
	stage_open(&s, TLS1_VERSION, "handshakes: no\ntls: [ \"", "\" ]");
	posture_look_tls(&s.w.scan);
	assert_int_equal(s.w.report.n, 0);
	stage_close(&s);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, a_named_listener_is_the_floor);
	cases_test(&c, one_that_cannot_be_judged_is_told_beside_the_floor);
	cases_test(&c, nobody_there_is_not_known_and_no_weak_floor);
	cases_test(&c, a_listener_with_another_hosts_address_is_not_asked);
	cases_test(&c, one_that_only_this_host_reaches_is_no_part_of_the_floor);
	cases_test(&c, both_families_of_a_listener_are_one);
	cases_table(&c, named, ports_that_asterisk_names_are_asked);
	cases_table(&c, trunks, trunk_run);
	cases_test(&c, ports_that_carry_no_tls_are_left_alone);
	cases_test(&c, without_the_table_of_sockets_the_floor_is_not_known);
	cases_test(&c, a_named_listener_is_still_asked_then);
	cases_test(&c, without_handshakes_nobody_is_asked);
	return cases_run("posture_look_tls", &c, NULL, NULL);
}
