#include "agent/posture/sip_trust.h"

#include <strings.h>

#include "agent/posture/asterisk_file.h"

/* pjsip.conf: verify_server of a transport is "no" unless it is set (docs.asterisk.org, res_pjsip,
 * transport). */
static enum sip_trust of_pjsip(const struct asterisk_config *c)
{
	const struct asterisk_section *s = NULL;
	enum sip_trust trust = SIP_TRUST_UNKNOWN;

	while ((s = asterisk_section_after(c, s, NULL)) != NULL) {
		if (strcasecmp(asterisk_text(s, "type", ""), "transport") != 0 ||
		    strcasecmp(asterisk_text(s, "protocol", "udp"), "tls") != 0) {
			continue;
		}
		if (!asterisk_bool(s, "verify_server", false)) {
			return SIP_TRUST_UNVERIFIED;
		}
		trust = SIP_TRUST_VERIFIED;
	}
	return trust;
}

/* sip.conf: it verifies unless tlsdontverifyserver is set. */
static enum sip_trust of_chan_sip(const struct asterisk_config *c)
{
	const struct asterisk_section *s = asterisk_section(c, "general");

	if (!asterisk_bool(s, "tlsenable", false)) {
		return SIP_TRUST_UNKNOWN;
	}
	return asterisk_bool(s, "tlsdontverifyserver", false) ? SIP_TRUST_UNVERIFIED
	                                                      : SIP_TRUST_VERIFIED;
}

static enum sip_trust ask(const struct posture_scan *scan, const char *file,
                          enum sip_trust (*of)(const struct asterisk_config *c))
{
	struct asterisk_config c;
	enum sip_trust trust = asterisk_file_load(scan, file, &c) == 0 ? of(&c) : SIP_TRUST_UNKNOWN;

	asterisk_config_free(&c);
	return trust;
}

enum sip_trust sip_trust(const struct posture_scan *scan)
{
	enum sip_trust a = ask(scan, "pjsip.conf", of_pjsip);
	enum sip_trust b = ask(scan, "sip.conf", of_chan_sip);

	if (a == SIP_TRUST_UNVERIFIED || b == SIP_TRUST_UNVERIFIED) {
		return SIP_TRUST_UNVERIFIED;
	}
	return a == SIP_TRUST_VERIFIED || b == SIP_TRUST_VERIFIED ? SIP_TRUST_VERIFIED
	                                                          : SIP_TRUST_UNKNOWN;
}
