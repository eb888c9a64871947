/* A list of packages of any bytes: reading ends, and what it hands out lies in the input. */
#include <assert.h>
#include <stdint.h>

#include "agent/decode/dpkg_status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void within(struct slice part, struct slice all)
{
	assert(part.at >= all.at && part.at + part.len <= all.at + all.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice all = { (const char *)data, size };
	struct slice rest = all;
	struct dpkg_package p;
	size_t before = size + 1;

	while (dpkg_status_next(&rest, &p) == 1) {
		assert(rest.len < before && p.name.len > 0 && p.version.len > 0);
		within(p.name, all);
		within(p.version, all);
		within(p.source, all);
		within(p.source_version, all);
		before = rest.len;
	}
	return 0;
}
