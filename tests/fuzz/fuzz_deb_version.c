/* Three versions of any bytes, a line each: their order is one. */
#include <assert.h>
#include <stdint.h>

#include "agent/decode/deb_version.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size };
	struct slice a = slice_cut(&rest, '\n');
	struct slice b = slice_cut(&rest, '\n');
	struct slice c = slice_cut(&rest, '\n');
	int ab = deb_version_compare(a, b);
	int bc = deb_version_compare(b, c);
	int ac = deb_version_compare(a, c);

	assert(deb_version_compare(a, a) == 0);
	assert((ab > 0) == (deb_version_compare(b, a) < 0));
	assert(!(ab <= 0 && bc <= 0) || ac <= 0);
	assert(!(ab >= 0 && bc >= 0) || ac >= 0);
	return 0;
}
