#include "common/crc32c.h"

#include <stdbool.h>
#include <string.h>

#define CRC32C_POLYNOMIAL UINT32_C(0x82f63b78) /* reflected */

static uint32_t by_bit(uint32_t crc, const uint8_t *p, size_t n)
{
	while (n-- > 0) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++) {
			crc = (crc >> 1) ^ (CRC32C_POLYNOMIAL & (0U - (crc & 1U)));
		}
	}
	return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const uint8_t *p,
                                                                 size_t n)
{
	uint64_t wide = crc;

	for (; n >= 8; n -= 8, p += 8) {
		uint64_t word;

		memcpy(&word, p, sizeof(word));
		wide = __builtin_ia32_crc32di(wide, word);
	}
	crc = (uint32_t)wide;
	while (n-- > 0) {
		crc = __builtin_ia32_crc32qi(crc, *p++);
	}
	return crc;
}

uint32_t crc32c(uint32_t crc, const void *data, size_t len_bytes)
{
	crc = ~crc;
	crc = __builtin_cpu_supports("sse4.2") ? by_instruction(crc, data, len_bytes)
	                                       : by_bit(crc, data, len_bytes);
	return ~crc;
}
#else
uint32_t crc32c(uint32_t crc, const void *data, size_t len_bytes)
{
	return ~by_bit(~crc, data, len_bytes);
}
#endif
