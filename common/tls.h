/*
 * TLS the way both ends use it: version 1.3 only, mutual, one ALPN name, no early data, no tickets
 * beyond resumption. Who somebody is comes from the certificate's URI name
 * urn:cxmeter:<site>:<agent> and from nothing else.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <openssl/ssl.h>

#include "common/fault.h"

#define TLS_NAME_MAX 64

struct tls_files {
	const char *ca_path;
	const char *certificate_path; /* chain, leaf first */
	const char *key_path;         /* readable by its owner only */
};

struct tls_identity {
	char site[TLS_NAME_MAX];
	char agent[TLS_NAME_MAX];
};

/**
 * A context for one side with its certificate, key and trusted CA.
 * @return 0 or -EINVAL, -EACCES, -ENOENT, -EKEYEXPIRED and the like, explained: which file, expired
 * since when, key that does not match or has a passphrase, mode too open.
 */
int tls_context(SSL_CTX **out, bool server, const struct tls_files *files, struct fault *fault);

typedef void (*tls_problem_fn)(void *arg, const struct fault *problem);

/** Everything that tls_context could stop at, told in its words, not only the first of it.
 * @return how many there were. */
unsigned tls_problems(bool server, const struct tls_files *files, tls_problem_fn tell, void *arg);

/** Is the certificate signed by the CA of the same files? Only files without problems are asked
 * about. It need not be: the other side may trust another CA. */
bool tls_signed_by_ca(bool server, const struct tls_files *files);

/**
 * A client's context for a server that is not ours and asks for no certificate: a PBX. TLS 1.2 or
 * later.
 * @param ca_path  who must have signed its certificate; NULL: any CA this host trusts.
 * @return 0, or -errno, explained.
 */
int tls_foreign(SSL_CTX **out, const char *ca_path, struct fault *fault);

/** A session of that context; a client checks the server's certificate against `host` (name or
 * address). NULL: no memory, or no host. */
SSL *tls_client(SSL_CTX *ctx, const char *host);
SSL *tls_server(SSL_CTX *ctx);

/** Did the handshake agree on our ALPN name? */
bool tls_alpn_ok(const SSL *ssl);

/** Identity of the peer's verified certificate. @return 0 or -EINVAL when it has none, or more than
 * one. */
int tls_peer_identity(const SSL *ssl, struct tls_identity *out);

/** Identity in a certificate file, so a program knows who it is. */
int tls_file_identity(const char *certificate_path, struct tls_identity *out, struct fault *fault);

/** Until when a certificate in a file is valid [us since 1970]. @return 0, or -EINVAL when there is
 * none that can be read. */
int tls_file_until_us(const char *certificate_path, int64_t *until_us);

/** Why the last OpenSSL call failed, as a sentence (verification errors by their meaning); clears
 * the error queue. */
const char *tls_why(const SSL *ssl, char *out, size_t size);

/** True for a name of 1 to TLS_NAME_MAX - 1 letters, digits, dots, hyphens and underscores that
 * begins with a letter or digit. */
bool tls_name_valid(const char *name);
