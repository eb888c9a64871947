/* Handshakes with real servers on loopback, and what the answers come to. */
#include "agent/posture/tls_probe.h"

#include <errno.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "agent/posture/own_address.h"
#include "agent/posture/tls_grade.h"
#include "tests/support/cases.h"
#include "tests/support/pki.h"
#include "tests/support/tls_listener.h"

#define LOOPBACK 0x7f000001
#define DAY_S    INT64_C(86400)

/* ---- whom it asks ---- */

struct address_case {
	const char *name;
	const char *address;
	bool own;
};

static const struct address_case addresses[] = {
	{ "loopback_is_this_host", "127.0.0.1", true },
	{ "all_of_127_is_this_host", "127.8.9.10", true },
	{ "loopback_of_version_6_is_this_host", "::1", true },
	{ "a_documentation_address_is_not", "192.0.2.1", false },
	{ "a_public_address_is_not", "8.8.8.8", false },
	{ "an_address_of_version_6_is_not", "2001:db8::1", false },
	{ "every_address_is_no_address", "0.0.0.0", false },
	{ "every_address_of_version_6_is_no_address", "::", false },
};

static struct net_addr address_of(const char *text)
{
	struct net_addr a = { 0, 0 };

	assert_int_equal(net_addr_parse(text, strlen(text), &a), 0);
	return a;
}

static void only_own_addresses_are_own(void **state)
{
	const struct address_case *c = *state;

	assert_int_equal(own_address(address_of(c->address)), c->own);
}

static const char *const strangers[] = { "192.0.2.1", "8.8.8.8", "2001:db8::1", "0.0.0.0", "::" };

static void another_host_is_refused(void **state)
{
	const struct tls_offer offer = { TLS1_3_VERSION, false };
	struct tls_outcome out;

	(void)state;
	for (size_t i = 0; i < COUNT(strangers); i++) {
		const struct tls_target t = { address_of(strangers[i]), 443, 50, -1 };

		assert_int_equal(tls_probe(&t, &offer, &out), -EADDRNOTAVAIL);
		assert_int_equal(out.reply, TLS_REPLY_UNTRIED);
		assert_null(out.certificate);
	}
}

/* ---- versions ---- */

struct version_case {
	const char *name;
	int min;
	int max;
	const char *suites;
	bool client_certificate;
	enum tls_reply want[TLS_VERSIONS];
	enum tls_reply weak;
	unsigned level;
};

#define NO  TLS_REPLY_REFUSED
#define YES TLS_REPLY_ACCEPTED

static const struct version_case versions[] = {
	{ "everything_is_level_1",
	  TLS1_VERSION,
	  TLS1_3_VERSION,
	  NULL,
	  false,
	  { YES, YES, YES, YES },
	  YES,
	  1 },
	{ "tls_1_1_is_level_1",
	  TLS1_1_VERSION,
	  TLS1_2_VERSION,
	  NULL,
	  false,
	  { NO, YES, YES, NO },
	  YES,
	  1 },
	{ "weak_suites_are_level_2",
	  TLS1_2_VERSION,
	  TLS1_3_VERSION,
	  "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES128-GCM-SHA256",
	  false,
	  { NO, NO, YES, YES },
	  YES,
	  2 },
	{ "strong_suites_of_tls_1_2_are_level_3",
	  TLS1_2_VERSION,
	  TLS1_2_VERSION,
	  "ECDHE-ECDSA-AES128-GCM-SHA256",
	  false,
	  { NO, NO, YES, NO },
	  NO,
	  3 },
	{ "tls_1_3_beside_them_is_level_4",
	  TLS1_2_VERSION,
	  TLS1_3_VERSION,
	  "ECDHE-ECDSA-AES256-GCM-SHA384",
	  false,
	  { NO, NO, YES, YES },
	  NO,
	  4 },
	{ "tls_1_3_alone_is_level_4",
	  TLS1_3_VERSION,
	  TLS1_3_VERSION,
	  NULL,
	  false,
	  { NO, NO, NO, YES },
	  NO,
	  4 },
	{ "one_that_wants_our_certificate_still_shows_its_floor",
	  TLS1_1_VERSION,
	  TLS1_3_VERSION,
	  NULL,
	  true,
	  { NO, YES, YES, YES },
	  YES,
	  1 },
};

static enum tls_reply ask(uint16_t port, int version, bool weak, X509 **shown)
{
	const struct tls_target t = { net_addr_v4(LOOPBACK), port, 10000, -1 };
	const struct tls_offer offer = { version, weak };
	struct tls_outcome out;

	assert_int_equal(tls_probe(&t, &offer, &out), 0);
	if (shown != NULL) {
		X509_free(*shown);
		*shown = out.certificate;
	} else {
		X509_free(out.certificate);
	}
	return out.reply;
}

static struct pki *issue(void)
{
	struct pki *pki = pki_new("ca");

	pki_issue(pki, &(struct pki_leaf){ .name = "server", .server = true, .san = PKI_LOCAL });
	return pki;
}

static void a_server_shows_what_it_accepts(void **state)
{
	const struct version_case *c = *state;
	struct pki *pki = issue();
	struct tls_listener *l = tls_listener_open(&(struct tls_listener_options){
		.certificate = pki_path(pki, "server.pem"),
		.key = pki_path(pki, "server.key"),
		.min_version = c->min,
		.max_version = c->max,
		.suites = c->suites,
		.client_ca = c->client_certificate ? pki_path(pki, "ca.pem") : NULL,
	});
	struct tls_facts facts = { .trunk = false };

	for (size_t i = 0; i < TLS_VERSIONS; i++) {
		facts.version[i] = ask(tls_listener_port(l), tls_wire_version[i], false, NULL);
		assert_int_equal(facts.version[i], c->want[i]);
	}
	facts.weak = ask(tls_listener_port(l), TLS1_2_VERSION, true, NULL);
	assert_int_equal(facts.weak, c->weak);
	assert_int_equal(tls_level(&facts), c->level);
	tls_listener_close(l);
	pki_free(pki);
}

static void the_certificate_is_shown(void **state)
{
	struct pki *pki = issue();
	struct tls_listener *l = tls_listener_open(&(struct tls_listener_options){
		.certificate = pki_path(pki, "server.pem"),
		.key = pki_path(pki, "server.key"),
		.min_version = TLS1_3_VERSION,
		.max_version = TLS1_3_VERSION,
	});
	X509 *shown = NULL;

	(void)state;
	assert_int_equal(ask(tls_listener_port(l), TLS1_3_VERSION, false, &shown), YES);
	assert_non_null(shown);
	X509_free(shown);
	tls_listener_close(l);
	pki_free(pki);
}

static void one_that_never_answers_is_not_known(void **state)
{
	uint16_t port;
	int fd = silent_listener(&port);
	const struct tls_target t = { net_addr_v4(LOOPBACK), port, 50, -1 };
	const struct tls_offer offer = { TLS1_3_VERSION, false };
	struct tls_outcome out;

	(void)state;
	assert_int_equal(tls_probe(&t, &offer, &out), 0);
	assert_int_equal(out.reply, TLS_REPLY_NONE);
	(void)close(fd);
}

static void a_scan_that_is_stopped_does_not_wait(void **state)
{
	uint16_t port;
	int fd = silent_listener(&port);
	int cancel = eventfd(1, EFD_CLOEXEC);
	const struct tls_target t = { net_addr_v4(LOOPBACK), port, INT32_MAX, cancel };
	const struct tls_offer offer = { TLS1_3_VERSION, false };
	struct tls_outcome out;

	(void)state;
	assert_int_equal(tls_probe(&t, &offer, &out), 0);
	assert_int_equal(out.reply, TLS_REPLY_NONE);
	(void)close(cancel);
	(void)close(fd);
}

static void a_port_nobody_listens_on_has_nobody(void **state)
{
	(void)state;
	assert_int_equal(ask(closed_port(), TLS1_3_VERSION, false, NULL), TLS_REPLY_NOBODY);
}

/* ---- levels ---- */

struct level_case {
	const char *name;
	struct tls_facts facts;
	unsigned level;
};

#define LATE TLS_REPLY_NONE
#define SKIP TLS_REPLY_UNTRIED

static const struct level_case levels[] = {
	{ "nothing_accepted_is_not_known", { { NO, NO, NO, NO }, NO, false, false }, 0 },
	{ "an_old_version_decides_alone", { { YES, SKIP, SKIP, SKIP }, SKIP, false, false }, 1 },
	{ "without_an_answer_for_1_0_nothing_is_said",
	  { { LATE, NO, YES, YES }, NO, false, false },
	  0 },
	{ "what_cannot_be_offered_is_not_known", { { SKIP, NO, YES, YES }, NO, false, false }, 0 },
	{ "weak_suites_not_asked_for_are_not_known",
	  { { NO, NO, YES, YES }, SKIP, false, false },
	  0 },
	{ "1_3_not_asked_for_is_not_known", { { NO, NO, YES, SKIP }, NO, false, false }, 0 },
	{ "trunks_not_verified_cap_at_2", { { NO, NO, YES, YES }, NO, true, false }, 2 },
	{ "trunks_verified_do_not", { { NO, NO, YES, YES }, NO, true, true }, 4 },
};

static void answers_come_to_a_level(void **state)
{
	const struct level_case *c = *state;

	assert_int_equal(tls_level(&c->facts), c->level);
}

static void accepted_versions_are_named(void **state)
{
	const struct tls_facts some = { { NO, YES, NO, YES }, NO, false, false };
	const struct tls_facts none = { { NO, NO, NO, NO }, NO, false, false };
	char text[64];

	(void)state;
	tls_accepted(&some, text, sizeof(text));
	assert_string_equal(text, "TLS 1.1, TLS 1.3");
	tls_accepted(&none, text, sizeof(text));
	assert_string_equal(text, "nothing");
}

/* ---- certificates ---- */

struct certificate_case {
	const char *name;
	const char *file; /* of the pki */
	int64_t until_s;  /* the certificate ends so long from now */
	int64_t now_s;    /* the look is so long from now */
	Cxm__Posture__Result result;
	double days;
	const char *says;
};

#define PASS CXM__POSTURE__RESULT__PASS
#define FAIL CXM__POSTURE__RESULT__FAIL

static const struct certificate_case certificates[] = {
	{ "a_good_one_passes", "server.pem", 100 * DAY_S, 0, PASS, 99, "EC 256 bits" },
	{ "two_weeks_left_is_soon", "server.pem", 14 * DAY_S, 60, FAIL, 13,
	  "expires within 14 days" },
	{ "an_expired_one_fails", "server.pem", DAY_S, 3 * DAY_S, FAIL, -2, "expired" },
	{ "one_that_has_not_begun_fails", "server.pem", 100 * DAY_S, -3 * DAY_S, FAIL, 102,
	  "not valid yet" },
	{ "its_own_issuer_fails", "ca.pem", 100 * DAY_S, 0, FAIL, -1, "self-signed" },
};

static X509 *read_certificate(const char *path)
{
	FILE *in = fopen(path, "re");
	X509 *cert;

	assert_non_null(in);
	cert = PEM_read_X509(in, NULL, NULL, NULL);
	assert_non_null(cert);
	(void)fclose(in);
	return cert;
}

/* The clock of the test is the certificate's own: what ends `until_s` after "now" says when now is.
 */
static int64_t now_us_of(X509 *cert, const struct certificate_case *c)
{
	int days = 0;
	int seconds = 0;
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);

	assert_int_equal(ASN1_TIME_diff(&days, &seconds, epoch, X509_get0_notAfter(cert)), 1);
	ASN1_TIME_free(epoch);
	return ((int64_t)days * DAY_S + seconds - c->until_s + c->now_s) * 1000000;
}

static void certificates_are_judged(void **state)
{
	const struct certificate_case *c = *state;
	struct pki *pki = pki_new("ca");
	struct posture_report report;
	struct posture_finding *f;
	X509 *server;
	X509 *cert;

	pki_issue(pki, &(struct pki_leaf){ .name = "server",
	                                   .server = true,
	                                   .from_s = -DAY_S,
	                                   .until_s = c->until_s });
	server = read_certificate(pki_path(pki, "server.pem"));
	cert = read_certificate(pki_path(pki, c->file));
	assert_int_equal(posture_report_init(&report), 0);
	f = posture_report_add(&report, "tls_certificate", "sip:5061");
	tls_judge_certificate(cert, now_us_of(server, c) + (c->until_s == 100 * DAY_S), f);
	assert_int_equal(f->result, c->result);
	assert_true(f->has_figure);
	assert_non_null(strstr(f->value, c->says));
	assert_true(strcmp(c->file, "ca.pem") == 0 || (int)f->figure == (int)c->days ||
	            (int)f->figure == (int)c->days + 1);
	X509_free(server);
	X509_free(cert);
	posture_report_free(&report);
	pki_free(pki);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, addresses, only_own_addresses_are_own);
	cases_test(&c, another_host_is_refused);
	cases_table(&c, versions, a_server_shows_what_it_accepts);
	cases_test(&c, the_certificate_is_shown);
	cases_test(&c, one_that_never_answers_is_not_known);
	cases_test(&c, a_scan_that_is_stopped_does_not_wait);
	cases_test(&c, a_port_nobody_listens_on_has_nobody);
	cases_table(&c, levels, answers_come_to_a_level);
	cases_test(&c, accepted_versions_are_named);
	cases_table(&c, certificates, certificates_are_judged);
	return cases_run("posture_tls", &c, NULL, NULL);
}
