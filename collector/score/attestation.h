/*
 * When a signed statement counts: the one rule that indicators, gates and "not applicable" share.
 *
 * A statement that is unsigned, wrongly signed, signed by nobody the site has declared, dated in
 * the future, expired, or that names no document is as if it were absent (model, section 1:
 * conventions). What it counts for, and the ceiling of 3.24 for attested indicators, are the
 * model's business.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "proto/evidence.pb-c.h"

/* Most days from the date of a statement to its expiry (model, section 1: attestation record). */
#define ATTESTATION_DAYS_MAX   365
#define ATTESTATION_SHA256_HEX 64

enum attestation_state {
	ATTESTATION_COUNTS,
	ATTESTATION_UNSIGNED,    /* or nobody has looked at the signature */
	ATTESTATION_WRONG,       /* the signature does not fit the statement */
	ATTESTATION_UNTRUSTED,   /* by a key the site has not declared */
	ATTESTATION_NO_DOCUMENT, /* without the SHA-256 of a document */
	ATTESTATION_NO_ROLE,     /* nobody says as what the signer signed */
	ATTESTATION_NO_EXPIRY,
	ATTESTATION_TOO_LONG, /* expires more than ATTESTATION_DAYS_MAX days after its date, or not
	                         after it */
	ATTESTATION_FUTURE,   /* dated after the day, or after the day on which it was read */
	ATTESTATION_EXPIRED,
	ATTESTATION_STATES,
};

/**
 * What a statement is on a day; the first of the above that applies.
 *
 * It holds from the day of its date to the day before the one of its expiry, counted in civil days
 * of the zone in use (when_use_zone), so a statement of 2026-11-20 that expires on 2027-11-20
 * counts on 365 days.
 *
 * @param day  the civil day that is scored [days since 1970-01-01].
 */
enum attestation_state attestation_state_on(const Cxm__Attestation *att, int32_t day);

/** True for ATTESTATION_COUNTS. */
bool attestation_counts(const Cxm__Attestation *att, int32_t day);
