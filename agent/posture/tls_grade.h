/* What the answers of a listener come to: the level of the model's `tls_floor`, and what is to be
 * said of its certificate. Pure. */
#pragma once

#include <openssl/x509.h>

#include "agent/posture/report.h"
#include "agent/posture/tls_probe.h"

enum tls_version { TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3, TLS_VERSIONS };

extern const int tls_wire_version[TLS_VERSIONS];
extern const char *const tls_version_name[TLS_VERSIONS];

struct tls_facts {
	enum tls_reply version[TLS_VERSIONS]; /* to an offer of that version alone */
	enum tls_reply weak;                  /* to TLS 1.2 with weak suites alone */
	bool trunk;                           /* SIP: carriers may be behind it */
	bool verified;                        /* the PBX is known to verify their certificates */
};

/**
 * Level 1 to 4 of the model (RFC 9325 3.1.1, 4.2): 1 TLS 1.0 or 1.1 is accepted; 2 not; 3 and no
 * suite without AEAD and forward secrecy, and certificates of trunks are verified; 4 and TLS 1.3 is
 * accepted too.
 * @return 0 when an answer that matters is missing.
 */
unsigned tls_level(const struct tls_facts *facts);

/** The versions that were accepted as text: "TLS 1.2, TLS 1.3". */
void tls_accepted(const struct tls_facts *facts, char *out, size_t size);

/** Judge a certificate: figure is the days until it expires (negative: since then), the text its
 * name and key. */
void tls_judge_certificate(X509 *certificate, int64_t now_us, struct posture_finding *f);
