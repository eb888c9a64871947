/*
 * SipHash (Aumasson and Bernstein 2012, https://www.aumasson.jp/siphash/siphash.pdf): a keyed hash
 * whose output an outsider cannot predict, for table keys made of bytes from the network.
 *
 * siphash24 is the published function; siphash13 has fewer rounds and serves the packet path, where
 * the output is never visible outside (the variant Rust and CPython use for their tables).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct siphash_key {
	uint64_t k0;
	uint64_t k1;
};

uint64_t siphash24(const struct siphash_key *key, const void *data, size_t len_bytes);
uint64_t siphash13(const struct siphash_key *key, const void *data, size_t len_bytes);

#define SIPHASH_ROUND(v0, v1, v2, v3)                                                              \
	do {                                                                                       \
		(v0) += (v1);                                                                      \
		(v1) = (v1) << 13 | (v1) >> 51;                                                    \
		(v1) ^= (v0);                                                                      \
		(v0) = (v0) << 32 | (v0) >> 32;                                                    \
		(v2) += (v3);                                                                      \
		(v3) = (v3) << 16 | (v3) >> 48;                                                    \
		(v3) ^= (v2);                                                                      \
		(v0) += (v3);                                                                      \
		(v3) = (v3) << 21 | (v3) >> 43;                                                    \
		(v3) ^= (v0);                                                                      \
		(v2) += (v1);                                                                      \
		(v1) = (v1) << 17 | (v1) >> 47;                                                    \
		(v1) ^= (v2);                                                                      \
		(v2) = (v2) << 32 | (v2) >> 32;                                                    \
	} while (0)

/** SipHash-1-3 of n whole 64-bit words. */
static inline uint64_t siphash13_words(const struct siphash_key *key, const uint64_t *words,
                                       size_t n)
{
	uint64_t v0 = key->k0 ^ UINT64_C(0x736f6d6570736575);
	uint64_t v1 = key->k1 ^ UINT64_C(0x646f72616e646f6d);
	uint64_t v2 = key->k0 ^ UINT64_C(0x6c7967656e657261);
	uint64_t v3 = key->k1 ^ UINT64_C(0x7465646279746573);
	uint64_t tail = (uint64_t)(n * 8) << 56;

	for (size_t i = 0; i < n; i++) {
		v3 ^= words[i];
		SIPHASH_ROUND(v0, v1, v2, v3);
		v0 ^= words[i];
	}
	v3 ^= tail;
	SIPHASH_ROUND(v0, v1, v2, v3);
	v0 ^= tail;
	v2 ^= 0xff;
	SIPHASH_ROUND(v0, v1, v2, v3);
	SIPHASH_ROUND(v0, v1, v2, v3);
	SIPHASH_ROUND(v0, v1, v2, v3);
	return v0 ^ v1 ^ v2 ^ v3;
}
