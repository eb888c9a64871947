/* A file of advisories of any bytes: every row is counted, and what is handed out is whole. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "agent/posture/advisory.h"
#include "common/when.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_advisory(void *arg, const struct advisory *a)
{
	uint64_t *good = arg;

	assert(a->package[0] != '\0' && strlen(a->package) < sizeof(a->package));
	assert(strlen(a->fixed_version) < sizeof(a->fixed_version));
	assert(a->severity <= ADVISORY_CRITICAL);
	(*good)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct advisory_counts counts;
	uint64_t good = 0;

	(void)when_use_zone("UTC", NULL);
	(void)advisory_read((struct slice){ (const char *)data, size }, on_advisory, &good,
	                    &counts);
	assert(good + counts.malformed == counts.rows);
	return 0;
}
