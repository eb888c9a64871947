/* Whether Asterisk verifies the certificates of those it connects to over TLS (pjsip.conf,
 * transports with protocol=tls: verify_server; sip.conf: tlsdontverifyserver). */
#pragma once

#include "agent/posture/scan.h"

enum sip_trust {
	SIP_TRUST_UNKNOWN,    /* no such configuration, or it may not be read */
	SIP_TRUST_UNVERIFIED, /* one transport at least does not */
	SIP_TRUST_VERIFIED,
};

enum sip_trust sip_trust(const struct posture_scan *scan);
