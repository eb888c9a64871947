/* Numbers that look random and are the same in every run: SplitMix64 (Steele, Lea, Flood 2014). */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct test_random {
	uint64_t state;
};

static inline uint64_t test_random(struct test_random *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/** 0 to n - 1. */
static inline size_t test_random_below(struct test_random *r, size_t n)
{
	return (size_t)(test_random(r) % n);
}
