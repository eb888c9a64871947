/*
 * Are two texts equal when the case of ASCII letters is ignored? Eight bytes at a time, because
 * every name of every SIP header is asked this; and not by strncasecmp, which asks the locale and
 * stops at a NUL.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define FOLD_EACH(b) (UINT64_C(0x0101010101010101) * (b))

/* Bit 5 of every byte that is a letter. Within seven bits no sum carries into the next byte. */
static inline uint64_t fold_bits(uint64_t word)
{
	uint64_t low = (word & FOLD_EACH(0x7f)) | FOLD_EACH(0x20);
	uint64_t from_a = low + FOLD_EACH(0x80 - 'a');
	uint64_t beyond_z = low + FOLD_EACH(0x80 - 'z' - 1);

	return (from_a & ~beyond_z & ~word & FOLD_EACH(0x80)) >> 2;
}

static inline bool fold_eq_word(uint64_t a, uint64_t b)
{
	return ((a ^ b) & ~fold_bits(a)) == 0;
}

/* Up to eight bytes; some of them twice, in the same places for equal lengths. */
static inline uint64_t fold_load(const char *at, size_t n)
{
	uint64_t word = 0;
	uint32_t head = 0;
	uint32_t tail = 0;

	if (n == 8) {
		memcpy(&word, at, 8);
		return word;
	}
	if (n >= 4) {
		memcpy(&head, at, 4);
		memcpy(&tail, at + n - 4, 4);
	} else if (n >= 2) {
		memcpy(&head, at, 2);
		memcpy(&tail, at + n - 2, 2);
	} else if (n == 1) {
		head = (unsigned char)at[0];
	}
	return (uint64_t)tail << 32 | head;
}

/** Of texts of one length. */
static inline bool fold_eq(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i + 8 < n; i += 8) {
		if (!fold_eq_word(fold_load(a + i, 8), fold_load(b + i, 8))) {
			return false;
		}
	}
	if (n > 8) { /* the last eight, some of them for the second time */
		a += n - 8;
		b += n - 8;
		n = 8;
	}
	return fold_eq_word(fold_load(a, n), fold_load(b, n));
}
