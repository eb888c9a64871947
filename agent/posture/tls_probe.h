/*
 * One TLS handshake with a listener of this host, to learn what it accepts. Nothing is sent but the
 * handshake and its end, and any other address than one of this host is refused before a socket is
 * made.
 *
 * The client offers one protocol version at a time, at OpenSSL's security level 0, because it asks
 * for what it should not get; it trusts nobody and says nothing that would need trust.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <openssl/x509.h>

#include "agent/decode/packet.h"

#define TLS_PROBE_TEXT_MAX 64

enum tls_reply {
	TLS_REPLY_UNTRIED,  /* not asked, or this OpenSSL cannot make the offer */
	TLS_REPLY_NONE,     /* not within the deadline, or stopped before: not known */
	TLS_REPLY_NOBODY,   /* no connection can be had */
	TLS_REPLY_NO_TLS,   /* something else speaks there */
	TLS_REPLY_REFUSED,  /* not with this offer */
	TLS_REPLY_ACCEPTED, /* with this offer; it may still have asked for a certificate we lack */
};

struct tls_target {
	struct net_addr address;
	uint16_t port;
	int64_t deadline_ms;
	int cancel_fd; /* becomes readable when it shall stop; -1: never */
};

struct tls_offer {
	int version; /* TLS1_VERSION to TLS1_3_VERSION */
	bool weak;   /* TLS 1.2 at most: only suites without AEAD or without forward secrecy */
};

struct tls_outcome {
	enum tls_reply reply;
	char cipher[TLS_PROBE_TEXT_MAX]; /* "" unless agreed upon */
	X509 *certificate;               /* owned; NULL: none was shown */
};

/** Shake hands once. @return 0, -EADDRNOTAVAIL for an address that is not this host's (nothing was
 * sent), or -ENOMEM. */
int tls_probe(const struct tls_target *target, const struct tls_offer *offer,
              struct tls_outcome *out);
