/* Certificates of every strength, made for the test; tests/unit/test_posture_tls.c has those that
 * real servers show. */
#include "agent/posture/tls_grade.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "tests/support/cases.h"

#define NOW_S INT64_C(1795334400) /* 2026-11-22 08:00 UTC */
#define DAY_S INT64_C(86400)
#define PASS  CXM__POSTURE__RESULT__PASS
#define FAIL  CXM__POSTURE__RESULT__FAIL

enum key { RSA_1024, RSA_2048, EC_256, EC_192, ED25519_KEY };

struct certificate_case {
	const char *name;
	enum key key;
	const char *digest; /* NULL: the key's own */
	int64_t from_s;     /* from now, as the next */
	int64_t until_s;
	bool own_issuer;
	bool nameless;
	Cxm__Posture__Result result;
	enum posture_severity severity;
	int days;
	const char *value;
};

static const struct certificate_case certificates[] = {
	{ "two_thousand_bits_of_rsa_pass", RSA_2048, "SHA256", -DAY_S, 90 * DAY_S, false, false,
	  PASS, POSTURE_INFORMATION, 90, "pbx.example, RSA 2048 bits" },
	{ "a_thousand_bits_of_rsa_are_weak", RSA_1024, "SHA256", -DAY_S, 90 * DAY_S, false, false,
	  FAIL, POSTURE_HIGH, 90, "pbx.example, RSA 1024 bits" },
	{ "a_curve_of_256_bits_passes", EC_256, "SHA256", -DAY_S, 90 * DAY_S, false, false, PASS,
	  POSTURE_INFORMATION, 90, "pbx.example, EC 256 bits" },
	{ "a_curve_of_192_bits_is_weak", EC_192, "SHA256", -DAY_S, 90 * DAY_S, false, false, FAIL,
	  POSTURE_HIGH, 90, "pbx.example, EC 192 bits" },
	{ "ed25519_passes", ED25519_KEY, NULL, -DAY_S, 90 * DAY_S, false, false, PASS,
	  POSTURE_INFORMATION, 90, "pbx.example, Ed25519 256 bits" },
	{ "a_signature_with_sha1_is_weak", RSA_2048, "SHA1", -DAY_S, 90 * DAY_S, false, false, FAIL,
	  POSTURE_HIGH, 90, "pbx.example, RSA 2048 bits, signed with MD5 or SHA-1" },
	{ "a_signature_with_md5_is_weak", RSA_2048, "MD5", -DAY_S, 90 * DAY_S, false, false, FAIL,
	  POSTURE_HIGH, 90, "pbx.example, RSA 2048 bits, signed with MD5 or SHA-1" },
	{ "its_own_issuer_is_not_so_bad", EC_256, "SHA256", -DAY_S, 90 * DAY_S, true, false, FAIL,
	  POSTURE_MEDIUM, 90, "pbx.example, EC 256 bits, self-signed" },
	{ "fourteen_days_left_pass", EC_256, "SHA256", -DAY_S, 14 * DAY_S, false, false, PASS,
	  POSTURE_INFORMATION, 14, "pbx.example, EC 256 bits" },
	{ "a_second_less_is_soon", EC_256, "SHA256", -DAY_S, 14 * DAY_S - 1, false, false, FAIL,
	  POSTURE_MEDIUM, 13, "pbx.example, EC 256 bits, expires within 14 days" },
	{ "one_that_ends_now_has_not_ended", EC_256, "SHA256", -DAY_S, 0, false, false, FAIL,
	  POSTURE_MEDIUM, 0, "pbx.example, EC 256 bits, expires within 14 days" },
	{ "one_that_ended_a_second_ago_has", EC_256, "SHA256", -DAY_S, -1, false, false, FAIL,
	  POSTURE_HIGH, 0, "pbx.example, EC 256 bits, expired" },
	{ "one_that_ended_days_ago_says_how_many", EC_256, "SHA256", -9 * DAY_S, -3 * DAY_S, false,
	  false, FAIL, POSTURE_HIGH, -3, "pbx.example, EC 256 bits, expired" },
	{ "one_that_begins_later_is_not_valid_yet", EC_256, "SHA256", DAY_S, 90 * DAY_S, false,
	  false, FAIL, POSTURE_MEDIUM, 90, "pbx.example, EC 256 bits, not valid yet" },
	{ "one_without_a_name_says_so", EC_256, "SHA256", -DAY_S, 90 * DAY_S, false, true, PASS,
	  POSTURE_INFORMATION, 90, "no common name, EC 256 bits" },
};

static EVP_PKEY *make_key(enum key key)
{
	switch (key) {
	case RSA_1024:
		return EVP_RSA_gen(1024);
	case RSA_2048:
		return EVP_RSA_gen(2048);
	case EC_192:
		return EVP_EC_gen("prime192v1");
	case ED25519_KEY:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	case EC_256:
	default:
		return EVP_EC_gen("prime256v1");
	}
}

static void set_name(X509_NAME *name, const char *text)
{
	assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	                                            (const unsigned char *)text, -1, -1, 0),
	                 1);
}

static X509 *make(const struct certificate_case *c)
{
	EVP_PKEY *key = make_key(c->key);
	X509 *cert = X509_new();

	assert_non_null(key);
	assert_non_null(cert);
	assert_int_equal(X509_set_version(cert, 2), 1);
	assert_non_null(ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)(NOW_S + c->from_s)));
	assert_non_null(ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)(NOW_S + c->until_s)));
	assert_int_equal(X509_set_pubkey(cert, key), 1);
	if (!c->nameless) {
		set_name(X509_get_subject_name(cert), "pbx.example");
	}
	set_name(X509_get_issuer_name(cert), c->own_issuer ? "pbx.example" : "issuer");
	assert_true(X509_sign(cert, key,
	                      c->digest != NULL ? EVP_get_digestbyname(c->digest) : NULL) > 0);
	EVP_PKEY_free(key);
	return cert;
}

static void certificate_run(void **state)
{
	const struct certificate_case *c = *state;
	struct posture_report report;
	struct posture_finding *f;
	X509 *cert = make(c);

	assert_int_equal(posture_report_init(&report), 0);
	f = posture_report_add(&report, "tls_certificate", "sip:5061");
	tls_judge_certificate(cert, NOW_S * 1000000, f);
	assert_string_equal(f->value, c->value);
	assert_int_equal(f->result, c->result);
	assert_int_equal(f->severity, c->severity);
	assert_true(f->has_figure);
	assert_int_equal((int)f->figure, c->days);
	posture_report_free(&report);
	X509_free(cert);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, certificates, certificate_run);
	return cases_run("posture/tls_grade", &c, NULL, NULL);
}
