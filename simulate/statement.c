/* Signed statements; see statement.h. The cryptography is OpenSSL's. */
#include "simulate/statement.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "common/when.h"
#include "cxmeter/stats.h"

#define KEY_BYTES       32 /* RFC 8032, section 5.1.5 */
#define SIGNATURE_BYTES 64
#define TEXT_BYTES      2048

static EVP_PKEY *key_of(const char *seed, uint64_t signer)
{
	char text[300];
	struct stats_random r;
	unsigned char raw[KEY_BYTES];

	(void)snprintf(text, sizeof(text), "key %s %" PRIu64, seed, signer);
	r = stats_random_of(text);
	for (size_t i = 0; i < sizeof(raw); i += sizeof(uint64_t)) {
		uint64_t bits = stats_random_next(&r);

		memcpy(raw + i, &bits, sizeof(bits));
	}
	return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, raw, sizeof(raw));
}

static int fail(struct fault *fault, const char *path)
{
	int error = errno != 0 ? errno : EIO;

	return fault_set(fault, -error, "%s: cannot write: %s", path, strerror(error));
}

static int write_file(const char *path, const void *data, size_t len, struct fault *fault)
{
	FILE *out = fopen(path, "we");
	size_t n = out != NULL ? fwrite(data, 1, len, out) : 0;

	if (out == NULL || fclose(out) != 0 || n != len) {
		return fail(fault, path);
	}
	return 0;
}

static int write_public(const char *folder, const char *signer, EVP_PKEY *key, struct fault *fault)
{
	char path[PATH_MAX];
	FILE *out;
	int good;

	(void)snprintf(path, sizeof(path), "%s/keys/%s.pem", folder, signer);
	out = fopen(path, "we");
	if (out == NULL) {
		return fail(fault, path);
	}
	good = PEM_write_PUBKEY(out, key);
	return fclose(out) == 0 && good == 1 ? 0 : fail(fault, path);
}

static size_t compose(const Cxm__Attestation *a, const char *signer, char out[TEXT_BYTES])
{
	char from[WHEN_DATE_SIZE];
	char to[WHEN_DATE_SIZE];
	int n = snprintf(
		out, TEXT_BYTES,
		"indicator: %s\nstatement: %s\nvalue: %.10g\nsigner: %s\nsigner_role: %s\n"
		"date: %s\nexpires: %s\ndocument_sha256: %s\nfunctions: %u\ndecisions: %u\n",
		a->indicator, a->statement, a->value, signer, a->signer_role,
		when_date(when_day_of(a->at_us), from), when_date(when_day_of(a->expires_us), to),
		a->document_sha256, a->functions, a->decisions);

	return n > 0 && n < TEXT_BYTES ? (size_t)n : 0;
}

static bool sign(EVP_PKEY *key, const char *text, size_t len, unsigned char out[SIGNATURE_BYTES])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = SIGNATURE_BYTES;
	bool good = ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
	            EVP_DigestSign(ctx, out, &n, (const unsigned char *)text, len) == 1 &&
	            n == SIGNATURE_BYTES;

	EVP_MD_CTX_free(ctx);
	return good;
}

int sim_statement_write(const char *folder, const char *seed, const Cxm__Attestation *a,
                        unsigned serial, struct fault *fault)
{
	unsigned char signature[SIGNATURE_BYTES];
	char path[PATH_MAX];
	char signer[32];
	char text[TEXT_BYTES];
	EVP_PKEY *key = key_of(seed, a->signer);
	size_t len;
	int rc;

	(void)snprintf(signer, sizeof(signer), "signer-%" PRIu64, a->signer);
	len = compose(a, signer, text);
	if (key == NULL || len == 0 || !sign(key, text, len, signature)) {
		EVP_PKEY_free(key);
		return fault_set(fault, -EIO, "simulate: OpenSSL cannot sign a statement");
	}
	rc = write_public(folder, signer, key, fault);
	EVP_PKEY_free(key);
	(void)snprintf(path, sizeof(path), "%s/drop/Attestation-%s-%u.yaml.sig", folder,
	               a->indicator, serial);
	rc = rc == 0 ? write_file(path, signature, sizeof(signature), fault) : rc;
	path[strlen(path) - strlen(".sig")] = '\0';
	return rc == 0 ? write_file(path, text, len, fault) : rc;
}
