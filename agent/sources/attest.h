/*
 * Signed statements in a drop folder: Attestation-*.yaml (or .json) with Attestation-*.yaml.sig.
 *
 *     indicator: cx_charter_attested     what it is about
 *     statement: All six questions of the charter are answered.
 *     value: 6                           or not_applicable: yes
 *     signer: anna.berger                whose key it is; leaves the host as a pseudonym
 *     signer_role: Head of Customer Care
 *     date: 2026-11-20
 *     expires: 2027-11-20                at most 365 days later
 *     document_sha256: 9f86d0...         of the document it rests on
 *
 * The signature is over the bytes of the statement as they lie in the file (keyring.h). A statement
 * without a good signature becomes a record too, which says so and counts as absent
 * (collector/score/attestation.h).
 */
#pragma once

#include "agent/pseudonym.h"
#include "common/arena.h"
#include "common/fault.h"
#include "cxmeter/record.h"
#include "proto/evidence.pb-c.h"

#define ATTEST_FILE_MAX_BYTES ((size_t)64 * 1024)
#define ATTEST_SUFFIX         ".sig"
#define ATTEST_DAYS_MAX       365 /* model, section 1: attestation record */

/** Is this the name of a statement? */
bool attest_name(const char *name);

struct attest_input {
	struct slice text;
	struct slice signature; /* .at NULL: there is none */
	const char *name;       /* of the file, for messages */
	const char *keys;       /* folder of keys, or NULL */
	const char *host;
	const struct pseudonym *pseudonym; /* NULL: the signer is not hashed (check) */
	int64_t seen_us;
};

/**
 * Read a statement and look at its signature.
 * @param out   in the arena.
 * @param note  filled, with a text, when it will count as absent: why. Names nobody.
 * @return 0, or -EINVAL, -ENOMEM: it is no statement, explained with its line.
 */
int attest_read(const struct attest_input *in, struct arena *arena, Cxm__Attestation **out,
                struct fault *note, struct fault *fault);
