/* What every tracker of the manager interface is given: who we are, how identities become
 * pseudonyms, where records go. */
#pragma once

#include "agent/decode/ami.h"
#include "agent/pseudonym.h"
#include "agent/track/emit.h"
#include "common/siphash.h"

#define AMI_ID_BYTES 64 /* of a unique id in memory, with its NUL; a longer one is cut */

struct ami_site {
	const struct pseudonym *pseudonym; /* borrowed */
	struct siphash_key key;            /* of tables in memory */
	char *host;                        /* borrowed; goes into every record */
	struct emit emit;
};

/** The key of a text in a table; never 0. */
static inline uint64_t ami_hash(const struct ami_site *site, struct slice text)
{
	return siphash13(&site->key, text.at, text.len) | 1;
}

/** Of two texts together. */
static inline uint64_t ami_hash2(const struct ami_site *site, struct slice a, struct slice b)
{
	uint64_t second = siphash13(&site->key, b.at, b.len);

	return (siphash13(&site->key, a.at, a.len) ^ (second << 32 | second >> 32)) | 1;
}

/** Copy what fits. */
static inline void ami_keep(char *out, size_t size, struct slice text)
{
	size_t n = text.len < size ? text.len : size - 1;

	if (n > 0) {
		memcpy(out, text.at, n);
	}
	out[n] = '\0';
}
