/* Lines of any bytes as attempts to get in: what has a time has one that can be counted with. */
#include <assert.h>
#include <stdint.h>

#include "agent/decode/security_event.h"
#include "common/when.h"

#define NOW_US INT64_C(1795334400000000) /* 2026-11-22 08:00 UTC */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size };

	(void)when_use_zone("UTC", NULL);
	while (rest.len > 0) {
		int64_t at_us;
		enum security_event what =
			security_event_line(slice_cut(&rest, '\n'), NOW_US, &at_us);

		assert(what <= SECURITY_SUCCESS);
		assert(at_us < INT64_MAX / 2);
	}
	return 0;
}
