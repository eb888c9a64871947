#include "tests/support/hep_bytes.h"

#include <string.h>

static void put(struct hep_bytes *b, uint64_t v, size_t bytes)
{
	for (size_t i = bytes; i > 0; i--) {
		b->at[b->len++] = (uint8_t)(v >> (i - 1) * 8);
	}
}

static void set_length(struct hep_bytes *b)
{
	b->at[4] = (uint8_t)(b->len >> 8);
	b->at[5] = (uint8_t)b->len;
}

void hep_bytes_begin(struct hep_bytes *b)
{
	memcpy(b->at, "HEP3", 4);
	b->len = 6;
	set_length(b);
}

void hep_bytes_chunk(struct hep_bytes *b, uint16_t vendor, uint16_t type, const void *data,
                     size_t len)
{
	put(b, vendor, 2);
	put(b, type, 2);
	put(b, len + 6, 2);
	memcpy(b->at + b->len, data, len);
	b->len += len;
	set_length(b);
}

static void number(struct hep_bytes *b, uint16_t type, uint64_t v, size_t bytes)
{
	put(b, 0, 2);
	put(b, type, 2);
	put(b, bytes + 6, 2);
	put(b, v, bytes);
	set_length(b);
}

void hep_bytes_u8(struct hep_bytes *b, uint16_t type, uint8_t v)
{
	number(b, type, v, 1);
}

void hep_bytes_u16(struct hep_bytes *b, uint16_t type, uint16_t v)
{
	number(b, type, v, 2);
}

void hep_bytes_u32(struct hep_bytes *b, uint16_t type, uint32_t v)
{
	number(b, type, v, 4);
}

void hep_bytes_head(struct hep_bytes *b, uint8_t type, int64_t at_ns)
{
	hep_bytes_begin(b);
	hep_bytes_u8(b, 1, 2);  /* IPv4 */
	hep_bytes_u8(b, 2, 17); /* UDP */
	hep_bytes_u32(b, 3, HEP_SRC);
	hep_bytes_u32(b, 4, HEP_DST);
	hep_bytes_u16(b, 7, 5060);
	hep_bytes_u16(b, 8, 5070);
	hep_bytes_u32(b, 9, (uint32_t)(at_ns / 1000000000));
	hep_bytes_u32(b, 10, (uint32_t)(at_ns % 1000000000 / 1000));
	hep_bytes_u8(b, 11, type);
}

void hep_bytes_text(struct hep_bytes *b, uint8_t type, int64_t at_ns, const char *text)
{
	hep_bytes_head(b, type, at_ns);
	hep_bytes_chunk(b, 0, 15, text, strlen(text));
}
