#include "agent/posture/tls_grade.h"

#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include "common/when.h"

#define RSA_MIN_BITS   2048 /* RFC 9325 4.5, BSI TR-02102-2 3.6 until 2023: 2048 at least */
#define EC_MIN_BITS    224  /* RFC 9325 4.5: 112 bits of security */
#define EXPIRES_SOON_D 14
#define NAME_SIZE      64

const int tls_wire_version[TLS_VERSIONS] = { TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION,
	                                     TLS1_3_VERSION };
const char *const tls_version_name[TLS_VERSIONS] = { "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3" };

static bool is_known(enum tls_reply reply)
{
	return reply == TLS_REPLY_ACCEPTED || reply == TLS_REPLY_REFUSED;
}

unsigned tls_level(const struct tls_facts *f)
{
	bool any = false;

	for (size_t i = 0; i < TLS_VERSIONS; i++) {
		any = any || f->version[i] == TLS_REPLY_ACCEPTED;
	}
	if (f->version[TLS_1_0] == TLS_REPLY_ACCEPTED ||
	    f->version[TLS_1_1] == TLS_REPLY_ACCEPTED) {
		return 1;
	}
	if (!any || !is_known(f->version[TLS_1_0]) || !is_known(f->version[TLS_1_1])) {
		return 0;
	}
	if (f->weak == TLS_REPLY_ACCEPTED || (f->trunk && !f->verified)) {
		return 2;
	}
	if (!is_known(f->weak) || !is_known(f->version[TLS_1_3])) {
		return 0;
	}
	return f->version[TLS_1_3] == TLS_REPLY_ACCEPTED ? 4 : 3;
}

void tls_accepted(const struct tls_facts *f, char *out, size_t size)
{
	size_t used = 0;

	(void)snprintf(out, size, "nothing");
	for (size_t i = 0; i < TLS_VERSIONS; i++) {
		int n = 0;

		if (f->version[i] == TLS_REPLY_ACCEPTED) {
			n = snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "",
			             tls_version_name[i]);
		}
		used += n > 0 && (size_t)n < size - used ? (size_t)n : 0;
	}
}

/* ---- certificates ---- */

static bool is_key_weak(X509 *cert, char *out, size_t size)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	int bits = key != NULL ? EVP_PKEY_get_bits(key) : 0;
	int type = key != NULL ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE;
	const char *name = type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS ? "RSA"
	                   : type == EVP_PKEY_EC                            ? "EC"
	                   : type == EVP_PKEY_ED25519                       ? "Ed25519"
	                   : type == EVP_PKEY_ED448                         ? "Ed448"
	                                                                    : "key";

	(void)snprintf(out, size, "%s %d bits", name, bits);
	return strcmp(name, "RSA") == 0 || strcmp(name, "key") == 0 ? bits < RSA_MIN_BITS
	                                                            : bits < EC_MIN_BITS;
}

static bool is_signature_weak(X509 *cert)
{
	int digest = NID_undef;

	return X509_get_signature_info(cert, &digest, NULL, NULL, NULL) == 1 &&
	       (digest == NID_md5 || digest == NID_sha1 || digest == NID_md5_sha1);
}

static void subject_name(X509 *cert, char out[NAME_SIZE])
{
	if (X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, out,
	                              NAME_SIZE) <= 0) {
		(void)snprintf(out, NAME_SIZE, "no common name");
	}
}

/* Whole days from now; a part of a day counts as none on either side. */
static bool days_until(int64_t now_us, const ASN1_TIME *at, int *days, bool *past)
{
	ASN1_TIME *now = ASN1_TIME_set(NULL, (time_t)(now_us / WHEN_US_PER_S));
	int seconds = 0;
	bool good = now != NULL && ASN1_TIME_diff(days, &seconds, now, at) == 1;

	*past = good && (*days < 0 || seconds < 0);
	ASN1_TIME_free(now);
	return good;
}

void tls_judge_certificate(X509 *cert, int64_t now_us, struct posture_finding *f)
{
	char name[NAME_SIZE];
	char key[32];
	bool weak_key = is_key_weak(cert, key, sizeof(key));
	bool weak_signature = is_signature_weak(cert);
	bool self_signed = X509_self_signed(cert, 0) == 1;
	bool expired = false;
	bool begun = false;
	int days = 0;
	int since = 0;

	subject_name(cert, name);
	if (!days_until(now_us, X509_get0_notAfter(cert), &days, &expired) ||
	    !days_until(now_us, X509_get0_notBefore(cert), &since, &begun)) {
		posture_value(f, "its dates cannot be read");
		ERR_clear_error();
		return;
	}
	f->has_figure = true;
	f->figure = days;
	posture_judge(f,
	              !expired && begun && !weak_key && !weak_signature && !self_signed &&
	                      days >= EXPIRES_SOON_D,
	              expired || weak_key || weak_signature ? POSTURE_HIGH : POSTURE_MEDIUM);
	posture_value(f, "%s, %s%s%s%s%s", name, key, self_signed ? ", self-signed" : "",
	              weak_signature ? ", signed with MD5 or SHA-1" : "",
	              expired  ? ", expired"
	              : !begun ? ", not valid yet"
	                       : "",
	              !expired && days < EXPIRES_SOON_D ? ", expires within 14 days" : "");
	ERR_clear_error();
}
