/*
 * HEP3 messages as SIP servers write them, chunk by chunk. For the decoder and everything behind
 * it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HEP_BYTES_MAX 65535

struct hep_bytes {
	uint8_t at[HEP_BYTES_MAX];
	size_t len;
};

/** An empty message; its length is kept right by what follows. */
void hep_bytes_begin(struct hep_bytes *b);
void hep_bytes_chunk(struct hep_bytes *b, uint16_t vendor, uint16_t type, const void *data,
                     size_t len);
void hep_bytes_u8(struct hep_bytes *b, uint16_t type, uint8_t v);
void hep_bytes_u16(struct hep_bytes *b, uint16_t type, uint16_t v);
void hep_bytes_u32(struct hep_bytes *b, uint16_t type, uint32_t v);

/* 192.0.2.1:5060 to 192.0.2.2:5070 over UDP */
#define HEP_SRC 0xc0000201
#define HEP_DST 0xc0000202

/** Addresses, time and protocol type: everything but the payload. */
void hep_bytes_head(struct hep_bytes *b, uint8_t type, int64_t at_ns);

/** A whole message of that head, with its payload as text. */
void hep_bytes_text(struct hep_bytes *b, uint8_t type, int64_t at_ns, const char *text);
