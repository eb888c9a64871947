/* A FreeSWITCH configuration of any bytes: reading ends, and goes forward. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "agent/decode/fs_param.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size };
	struct fs_param param;
	size_t before = rest.len;

	while (fs_param_next(&rest, &param) == 1) {
		assert(rest.len < before);
		assert(param.name[0] != '\0' && strlen(param.value) < sizeof(param.value));
		before = rest.len;
	}
	assert(rest.len == 0);
	return 0;
}
