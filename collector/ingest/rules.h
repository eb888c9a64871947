/*
 * Who may connect, as one immutable thing: the TLS context made from the certificate files and the
 * configuration it came from. A reload makes a new one; connections keep the one they began with
 * until they are checked against the new one. Reference-counted, shared by threads.
 */
#pragma once

#include <openssl/ssl.h>

#include "collector/conf.h"
#include "common/fault.h"
#include "common/tls.h"

struct rules;

/**
 * Build from a configuration, which is taken over on success (and zeroed).
 * @return 0 or -errno, explained: which file, and what to do about it.
 */
int rules_new(struct rules **out, struct collector_conf *conf, struct fault *fault);

/** Would rules_new take this revocation list? @return 0 or -errno, explained the same. */
int rules_check_crl(const char *path, struct fault *fault);

struct rules *rules_ref(struct rules *r);
void rules_unref(struct rules *r); /* NULL is fine */

const struct collector_conf *rules_conf(const struct rules *r);

/** A server's session under these rules; NULL without memory. */
SSL *rules_accept(const struct rules *r);

/**
 * May the peer of a finished handshake be here? Also asked again of connections that live when the
 * rules change: then its certificate is verified anew (CA, revocation, dates).
 * @param identity  filled when it has one, whatever the result.
 * @return 0; -EPROTO without our ALPN, -EBADMSG without an identity, -EACCES when it is not
 * allowed, -EKEYREJECTED when its certificate does not verify; explained.
 */
int rules_admit(const struct rules *r, const SSL *ssl, struct tls_identity *identity,
                struct fault *fault);
