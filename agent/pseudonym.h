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
 * "unavailable"). Blanks around the text do not count. Of a customer's SIP or tel URI only the user
 * part counts, as E.164 digits when it is a number, because that is what other logs write. */
uint64_t pseudonym_of(const struct pseudonym *p, enum cxm_domain domain, struct slice raw);

/** A key for tables in memory, derived from the site's: the same after a restart, unrelated to any
 * pseudonym. */
struct siphash_key pseudonym_table_key(const struct pseudonym *p);

/**
 * Digits of a telephone number under a plan ("+49 30 1234", "sip:0301234@x;user=phone" ->
 * "49301234"); empty when the text is no number.
 *
 * Blanks and the separators - . / ( ) do not count (RFC 3966, section 5.1.1), nor does the "(0)"
 * that people write behind a country code. "+" or the international prefix: the country code
 * follows. The national prefix gives way to the plan's country code; a plan whose national prefix
 * is "" puts the country code in front of 7 digits or more; ten digits under country code 1 are
 * always national (the North American plan has one length). Anything else stays as dialled:
 * extensions, short codes. More than 15 digits are no number (ITU-T E.164, section 6.2.1).
 *
 * @param out  at least 32 bytes.
 */
struct slice pseudonym_e164(const struct pseudonym_plan *plan, struct slice raw, char out[32]);
