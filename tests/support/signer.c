/* Signatures for tests; see signer.h. Owns nothing. */
#include "tests/support/signer.h"

#include <assert.h>
#include <stdio.h>

#include <openssl/pem.h> /* before cms.h, which then declares how CMS is written as PEM */

#include <openssl/cms.h>
#include <openssl/x509.h>

EVP_PKEY *signer_key(const char *path)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	FILE *out = path != NULL ? fopen(path, "we") : NULL;
	int ok = key != NULL;

	if (out != NULL) {
		ok &= PEM_write_PUBKEY(out, key);
		ok &= fclose(out) == 0;
	}
	assert(ok == 1);
	return key;
}

void signer_sign(EVP_PKEY *key, struct slice text, struct buf *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char signature[64];
	size_t len = sizeof(signature);
	int ok =
		ctx != NULL && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
		EVP_DigestSign(ctx, signature, &len, (const unsigned char *)text.at, text.len) == 1;

	assert(ok == 1);
	buf_add(out, signature, len);
	EVP_MD_CTX_free(ctx);
}

static X509 *read_certificate(const char *path)
{
	FILE *in = fopen(path, "re");
	X509 *cert = in != NULL ? PEM_read_X509(in, NULL, NULL, NULL) : NULL;

	assert(cert != NULL);
	(void)fclose(in);
	return cert;
}

static EVP_PKEY *read_key(const char *path)
{
	FILE *in = fopen(path, "re");
	EVP_PKEY *key = in != NULL ? PEM_read_PrivateKey(in, NULL, NULL, NULL) : NULL;

	assert(key != NULL);
	(void)fclose(in);
	return key;
}

void signer_sign_cms(const struct signer_cms *how, struct slice text, struct buf *out)
{
	unsigned flags = how->flags | CMS_BINARY | CMS_NOSMIMECAP | CMS_PARTIAL |
	                 (how->attached ? 0 : CMS_DETACHED);
	X509 *cert = read_certificate(how->certificate);
	EVP_PKEY *key = read_key(how->key);
	BIO *in = BIO_new_mem_buf(text.at, (int)text.len);
	BIO *to = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, in, flags);
	const EVP_MD *digest = how->digest != NULL ? how->digest : EVP_sha256();
	char *data;
	long len;
	int ok;

	ok = cms != NULL && CMS_add1_signer(cms, cert, key, digest, flags) != NULL &&
	     CMS_final(cms, in, NULL, flags) == 1 &&
	     (how->pem ? PEM_write_bio_CMS(to, cms) : i2d_CMS_bio(to, cms)) == 1;
	assert(ok == 1);
	len = BIO_get_mem_data(to, &data);
	buf_add(out, data, (size_t)len);
	CMS_ContentInfo_free(cms);
	BIO_free(to);
	BIO_free(in);
	EVP_PKEY_free(key);
	X509_free(cert);
}
