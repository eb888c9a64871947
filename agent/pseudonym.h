/*
 * Raw identities in, keyed hashes out: the only door through which a person, number or Call-ID
 * enters a record.
 *
 * HMAC-SHA256 (RFC 2104) under the site's key file over "domain:" and the normalised text, first 8
 * bytes, so the same caller matches across sources and hosts of one site and nothing matches across
 * sites. Telephone numbers are brought to E.164 digits first. Thread safe after opening: all state
 * is constant.
 */
#pragma once

#include <stdint.h>

#include "common/fault.h"
#include "common/siphash.h"
#include "common/slice.h"
#include "cxmeter/record.h"

#define PSEUDONYM_KEY_BYTES 32

struct pseudonym;

struct pseudonym_plan {
	const char *country_code;         /* "49"; NULL: numbers stay as dialled */
	const char *international_prefix; /* "00" */
	const char *national_prefix;      /* "0"; "" where the plan has none */
};

/** Read the key file (64 hexadecimal digits; readable by its owner only). @return 0 or -errno,
 * explained. */
int pseudonym_open(struct pseudonym **out, const char *key_path, const struct pseudonym_plan *plan,
                   struct fault *fault);
void pseudonym_free(struct pseudonym *p);

/** Write a new random key file, mode 0600; refuses to overwrite. @return 0 or -errno, explained. */
int pseudonym_write_key(const char *path, struct fault *fault);

/** The pseudonym; 0 for no identity at all (empty, "NONE", "anonymous", "unknown", "restricted",
 * "unavailable"). */
uint64_t pseudonym_of(const struct pseudonym *p, enum cxm_domain domain, struct slice raw);

/** A key for tables in memory, derived from the site's: the same after a restart, unrelated to any
 * pseudonym. */
struct siphash_key pseudonym_table_key(const struct pseudonym *p);

/** Digits of a telephone number under a plan ("+49 30 1234", "sip:0301234@x;user=phone" ->
 * "49301234"); empty when the text is no number. @param out  at least 32 bytes. */
struct slice pseudonym_e164(const struct pseudonym_plan *plan, struct slice raw, char out[32]);
