/* SplitMix64 (Steele, Lea, Flood 2014): the same inputs on every machine. */
#pragma once

#include <stdint.h>

static inline uint64_t splitmix(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/** Uniform in [0, 1). */
static inline double splitmix_unit(uint64_t *state)
{
	return (double)(splitmix(state) >> 11) / 9007199254740992.0;
}
