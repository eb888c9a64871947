/*
 * A peer's certificate whose only URI is the input: who it names. What is taken must be two good
 * names, and be the text again when it is put together.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "common/tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define URI_MAX_BYTES 1024
#define HOUR_S        3600

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void add_uri(X509 *cert, const uint8_t *data, size_t size)
{
	GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *uri = ASN1_IA5STRING_new();

	require(names != NULL && name != NULL && uri != NULL);
	require(ASN1_STRING_set(uri, data, (int)size) == 1);
	GENERAL_NAME_set0_value(name, GEN_URI, uri);
	require(sk_GENERAL_NAME_push(names, name) > 0);
	require(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, X509V3_ADD_REPLACE) == 1);
	GENERAL_NAMES_free(names);
}

/* Made once; each input only gives it another name. */
static X509 *certificate(EVP_PKEY **key)
{
	X509 *cert = X509_new();

	*key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	require(cert != NULL && *key != NULL);
	require(X509_set_version(cert, X509_VERSION_3) == 1 && X509_set_pubkey(cert, *key) == 1);
	require(X509_gmtime_adj(X509_getm_notBefore(cert), -HOUR_S) != NULL);
	require(X509_gmtime_adj(X509_getm_notAfter(cert), HOUR_S) != NULL);
	return cert;
}

static void check(const struct tls_identity *found, const uint8_t *data, size_t size)
{
	char text[URI_MAX_BYTES];
	int n = snprintf(text, sizeof(text), "urn:cxmeter:%s:%s", found->site, found->agent);

	require(tls_name_valid(found->site) && tls_name_valid(found->agent));
	require(n > 0 && (size_t)n == size && memcmp(text, data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static X509 *cert;
	static EVP_PKEY *key;
	struct tls_identity found;
	struct fault fault = { 0 };
	char path[64];
	FILE *file;
	int fd;

	if (size > URI_MAX_BYTES) {
		return 0;
	}
	if (cert == NULL) {
		cert = certificate(&key);
	}
	add_uri(cert, data, size);
	require(X509_sign(cert, key, NULL) > 0);
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	file = fd >= 0 ? fdopen(fd, "w") : NULL;
	require(file != NULL && PEM_write_X509(file, cert) == 1 && fflush(file) == 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (tls_file_identity(path, &found, &fault) == 0) {
		check(&found, data, size);
	} else {
		require(fault.text[0] != '\0');
	}
	(void)fclose(file);
	return 0;
}
