/* A frame as it was captured. */
#pragma once

#include <stdint.h>

struct frame {
	const uint8_t *at; /* borrowed */
	uint32_t len_bytes;
	uint32_t wire_bytes; /* as it was on the wire */
	int32_t link;        /* link type: LINKTYPE_* of files, DLT_* of interfaces */
	int64_t at_ns;       /* since 1970; negative: no time, or one that cannot be */
};
