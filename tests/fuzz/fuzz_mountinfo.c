/* Lines of any bytes as mounts. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "agent/decode/mountinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size };

	while (rest.len > 0) {
		struct mount_line m;

		if (mountinfo_line(slice_cut(&rest, '\n'), &m) == 0) {
			assert(m.point[0] != '\0' && strlen(m.point) < sizeof(m.point));
			assert(m.type[0] != '\0' && strlen(m.type) < sizeof(m.type));
			assert(m.from[0] != '\0' && strlen(m.from) < sizeof(m.from));
		}
	}
	return 0;
}
