/* Zone files of any bytes. What is understood tells an offset at every instant, and one that stays
 * within what RFC 8536 allows. */
#include <assert.h>

#include "common/zone.h"

#define AHEAD_MAX_S (INT64_C(26) * 3600) /* RFC 8536 3.2 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zone *z = NULL;

	if (zone_parse(&z, cursor_of(data, size)) != 0) {
		return 0;
	}
	for (int64_t at_s = INT64_C(-5000000000); at_s < INT64_C(9000000000);
	     at_s += INT64_C(33333333)) {
		int64_t ahead_s = zone_ahead_s(z, at_s);

		assert(ahead_s >= -AHEAD_MAX_S && ahead_s <= AHEAD_MAX_S);
	}
	zone_free(z);
	return 0;
}
