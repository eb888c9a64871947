/*
 * Numbers that look random and are the same in every run (splitmix64, Steele, Lea and Flood 2014,
 * https://doi.org/10.1145/2660193.2660195), for property tests and for the input of the bench.
 */
#pragma once

#include <stdint.h>

struct dice {
	uint64_t state; /* any seed */
};

static inline uint64_t dice_next(struct dice *d)
{
	uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/** 0 to n - 1. */
static inline uint64_t dice_below(struct dice *d, uint64_t n)
{
	return dice_next(d) % n;
}

/** Uniform in [0, 1). */
static inline double dice_unit(struct dice *d)
{
	return (double)(dice_next(d) >> 11) / 9007199254740992.0;
}
