/* Randomness that every rerun repeats; see stats.h. Follows the public-domain reference code of
 * xoshiro256** 1.0 and SplitMix64 (prng.di.unimi.it) and draft-eastlake-fnv. */
#include "cxmeter/stats.h"

static uint64_t rotate_left(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

uint64_t stats_fnv1a(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++) {
		hash ^= (unsigned char)*text;
		hash *= UINT64_C(0x100000001b3);
	}
	return hash;
}

uint64_t stats_splitmix(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

struct stats_random stats_random_of(const char *text)
{
	uint64_t state = stats_fnv1a(text);
	struct stats_random r;

	for (size_t i = 0; i < 4; i++) {
		r.s[i] = stats_splitmix(&state);
	}
	return r;
}

uint64_t stats_random_next(struct stats_random *r)
{
	uint64_t result = rotate_left(r->s[1] * 5, 7) * 9;
	uint64_t t = r->s[1] << 17;

	r->s[2] ^= r->s[0];
	r->s[3] ^= r->s[1];
	r->s[1] ^= r->s[2];
	r->s[0] ^= r->s[3];
	r->s[2] ^= t;
	r->s[3] = rotate_left(r->s[3], 45);
	return result;
}

uint32_t stats_random_below(struct stats_random *r, uint32_t n)
{
	uint32_t threshold =
		(uint32_t)-n % n; /* 2^32 mod n: as many draws would favour low results */
	uint64_t product;

	do {
		product = (stats_random_next(r) >> 32) * n;
	} while ((uint32_t)product < threshold);
	return (uint32_t)(product >> 32);
}

double stats_random_unit(struct stats_random *r)
{
	return (double)(stats_random_next(r) >> 11) * 0x1p-53;
}
