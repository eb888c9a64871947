/*
 * Whose signatures a site believes: a folder of keys, and detached signatures checked against them.
 *
 * The folder holds PEM files (*.pem):
 *   PUBLIC KEY    an Ed25519 key (RFC 8410); the file is named after its owner: anna.berger.pem
 *   CERTIFICATE   of a CA: whoever it has certified may sign; others help to build the chain
 *   X509 CRL      certificates that are no longer believed
 * A signature is 64 bytes of Ed25519 (RFC 8032) over the text, or a detached CMS SignedData
 * (RFC 5652) as DER or PEM with one signer, made with SHA-256 or better. All cryptography is
 * OpenSSL's. Reads files, writes none; keeps nothing secret.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/fault.h"
#include "common/slice.h"

#define KEYRING_FILES_MAX      256
#define KEYRING_FILE_MAX_BYTES ((size_t)64 * 1024)
#define KEYRING_NAME_MAX       128

enum keyring_verdict {
	KEYRING_VERIFIED,
	KEYRING_WRONG,     /* it does not fit the text, or is no signature at all */
	KEYRING_UNTRUSTED, /* it may fit, but nobody the site believes has made it */
};

struct keyring;

/**
 * Read a folder.
 * @return 0, -errno, or -EINVAL: a file that is none of the above, a folder that others may write
 * to, too many files; explained.
 */
int keyring_open(struct keyring **out, const char *directory, struct fault *fault);
void keyring_free(struct keyring *k);

/** Public keys and certificates of CAs in it. */
size_t keyring_count(const struct keyring *k);

/**
 * Is this a signature of `signer` over the text?
 *
 * A key belongs to who its file is named after; a certificate to its common name and mail
 * addresses. Its chain must lead to a CA of the ring, every certificate of it be valid at `at_s`,
 * and its key usage, where it has one, allow signatures.
 *
 * @param signer  by name, case ignored.
 * @param at_s    when it was signed, as the text says [s since 1970].
 * @param why     filled unless the verdict is KEYRING_VERIFIED; names nobody.
 */
enum keyring_verdict keyring_verify(const struct keyring *k, struct slice text,
                                    struct slice signature, struct slice signer, int64_t at_s,
                                    struct fault *why);
