/* Whether a statement counts; see attestation.h. Pure: fields and a day in, a state out. */
#include "collector/score/attestation.h"

#include <string.h>

#include "common/when.h"

static enum attestation_state state_of_signature(const Cxm__Attestation *att)
{
	if (!att->has_signed_) {
		return ATTESTATION_UNSIGNED;
	}
	switch (att->signed_) {
	case CXM__ATTESTATION__SIGNATURE__VERIFIED:
		return ATTESTATION_COUNTS;
	case CXM__ATTESTATION__SIGNATURE__WRONG:
		return ATTESTATION_WRONG;
	case CXM__ATTESTATION__SIGNATURE__UNTRUSTED:
		return ATTESTATION_UNTRUSTED;
	case CXM__ATTESTATION__SIGNATURE__UNSIGNED:
	case _CXM__ATTESTATION__SIGNATURE_IS_INT_SIZE:
		break;
	}
	return ATTESTATION_UNSIGNED;
}

static bool names_document(const Cxm__Attestation *att)
{
	const char *hex = att->document_sha256;

	return hex != NULL && strlen(hex) == ATTESTATION_SHA256_HEX &&
	       strspn(hex, "0123456789abcdefABCDEF") == ATTESTATION_SHA256_HEX;
}

static enum attestation_state state_of_dates(const Cxm__Attestation *att, int32_t day)
{
	int32_t from = when_day_of(att->at_us);
	int32_t until = when_day_of(att->expires_us);

	if (!att->has_expires_us) {
		return ATTESTATION_NO_EXPIRY;
	}
	if (until <= from || (int64_t)until - from > ATTESTATION_DAYS_MAX) {
		return ATTESTATION_TOO_LONG;
	}
	if (from > day || (att->has_seen_us && from > when_day_of(att->seen_us))) {
		return ATTESTATION_FUTURE;
	}
	return day >= until ? ATTESTATION_EXPIRED : ATTESTATION_COUNTS;
}

enum attestation_state attestation_state_on(const Cxm__Attestation *att, int32_t day)
{
	enum attestation_state state = state_of_signature(att);

	if (state != ATTESTATION_COUNTS) {
		return state;
	}
	if (att->signer_role == NULL || att->signer_role[0] == '\0') {
		return ATTESTATION_NO_ROLE;
	}
	return names_document(att) ? state_of_dates(att, day) : ATTESTATION_NO_DOCUMENT;
}

bool attestation_counts(const Cxm__Attestation *att, int32_t day)
{
	return attestation_state_on(att, day) == ATTESTATION_COUNTS;
}
