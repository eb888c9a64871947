/*
 * Signatures for tests, made on the spot: Ed25519 keys, and CMS with the certificates of a pki.
 * Functions abort when OpenSSL or the file system fails.
 */
#pragma once

#include <openssl/evp.h>

#include "common/buf.h"
#include "common/slice.h"

/** A new Ed25519 key whose public half is written as PEM to `path` (NULL: nowhere); free it with
 * EVP_PKEY_free. */
EVP_PKEY *signer_key(const char *path);

/** Append the signature of a text to `out`: 64 bytes. */
void signer_sign(EVP_PKEY *key, struct slice text, struct buf *out);

struct signer_cms {
	const char *certificate; /* paths of PEM files */
	const char *key;
	const EVP_MD *digest; /* NULL: SHA-256 */
	unsigned flags;       /* CMS_NOCERTS and the like, beside CMS_BINARY | CMS_DETACHED */
	bool attached;        /* the text goes inside */
	bool pem;
};

/** Append a CMS signature of a text to `out`. */
void signer_sign_cms(const struct signer_cms *how, struct slice text, struct buf *out);
