/* Packets written down for people, for decoders of one packet: hexadecimal digits, with blanks
 * where a field ends. Text is exact.h's, many packets are frames.h's. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define HEX_MAX_BYTES 2048

struct hex {
	uint8_t bytes[HEX_MAX_BYTES];
	size_t len;
};

/** Append what the digits say; anything else than digits and blanks ends the test program. */
static inline void hex_add(struct hex *h, const char *digits)
{
	static const char all[] = "0123456789abcdef";
	unsigned high = 16;

	for (const char *c = digits; *c != '\0'; c++) {
		const char *digit = strchr(all, *c);

		if (*c == ' ') {
			continue;
		}
		if (digit == NULL || h->len == HEX_MAX_BYTES) {
			abort();
		}
		if (high == 16) {
			high = (unsigned)(digit - all);
		} else {
			h->bytes[h->len++] = (uint8_t)(high << 4 | (unsigned)(digit - all));
			high = 16;
		}
	}
	if (high != 16) {
		abort();
	}
}

/** A copy of exactly its size on the heap, so that a sanitizer sees a read past the end. The caller
 * frees it. */
static inline uint8_t *hex_exact(const struct hex *h)
{
	uint8_t *copy = malloc(h->len > 0 ? h->len : 1);

	if (copy == NULL) {
		abort();
	}
	memcpy(copy, h->bytes, h->len);
	return copy;
}
