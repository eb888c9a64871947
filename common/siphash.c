#include "common/siphash.h"

#include <endian.h>
#include <string.h>

uint64_t siphash24(const struct siphash_key *key, const void *data, size_t len_bytes)
{
	const uint8_t *p = data;
	uint64_t v0 = key->k0 ^ UINT64_C(0x736f6d6570736575);
	uint64_t v1 = key->k1 ^ UINT64_C(0x646f72616e646f6d);
	uint64_t v2 = key->k0 ^ UINT64_C(0x6c7967656e657261);
	uint64_t v3 = key->k1 ^ UINT64_C(0x7465646279746573);
	uint64_t word;

	for (size_t left = len_bytes; left >= 8; left -= 8, p += 8) {
		memcpy(&word, p, 8);
		word = le64toh(word);
		v3 ^= word;
		SIPHASH_ROUND(v0, v1, v2, v3);
		SIPHASH_ROUND(v0, v1, v2, v3);
		v0 ^= word;
	}
	word = 0;
	if (len_bytes % 8 != 0) {
		memcpy(&word, p, len_bytes % 8);
	}
	word = le64toh(word) | (uint64_t)len_bytes << 56;
	v3 ^= word;
	SIPHASH_ROUND(v0, v1, v2, v3);
	SIPHASH_ROUND(v0, v1, v2, v3);
	v0 ^= word;
	v2 ^= 0xff;
	for (int i = 0; i < 4; i++) {
		SIPHASH_ROUND(v0, v1, v2, v3);
	}
	return v0 ^ v1 ^ v2 ^ v3;
}

/* The last n bytes of a text, fewer than eight, as a word; read at once with what stands before
 * them where something does. Of none `at` may be NULL, to which not even 0 may be added. */
static uint64_t last_bytes(const uint8_t *at, size_t n, size_t len_bytes)
{
	uint64_t word = 0;

	if (n > 0 && len_bytes > 8) {
		memcpy(&word, at + n - 8, 8);
		return word >> (64 - 8 * n);
	}
	if (n > 0) {
		memcpy(&word, at, n);
	}
	return word;
}

uint64_t siphash13(const struct siphash_key *key, const void *data, size_t len_bytes)
{
	const uint8_t *p = data;
	uint64_t v0 = key->k0 ^ UINT64_C(0x736f6d6570736575);
	uint64_t v1 = key->k1 ^ UINT64_C(0x646f72616e646f6d);
	uint64_t v2 = key->k0 ^ UINT64_C(0x6c7967656e657261);
	uint64_t v3 = key->k1 ^ UINT64_C(0x7465646279746573);
	uint64_t word;

	for (size_t left = len_bytes; left >= 8; left -= 8, p += 8) {
		memcpy(&word, p, 8);
		v3 ^= word;
		SIPHASH_ROUND(v0, v1, v2, v3);
		v0 ^= word;
	}
	word = last_bytes(p, len_bytes % 8, len_bytes) | (uint64_t)len_bytes << 56;
	v3 ^= word;
	SIPHASH_ROUND(v0, v1, v2, v3);
	v0 ^= word;
	v2 ^= 0xff;
	SIPHASH_ROUND(v0, v1, v2, v3);
	SIPHASH_ROUND(v0, v1, v2, v3);
	SIPHASH_ROUND(v0, v1, v2, v3);
	return v0 ^ v1 ^ v2 ^ v3;
}
