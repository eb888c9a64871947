/* Memory this process has in use, for tests and measurements of what grows. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/slice.h"

/** Resident bytes, in whole pages (proc(5), statm: size and resident, in pages). Aborts when the
 * kernel does not say. */
static inline int64_t resident_bytes(void)
{
	FILE *in = fopen("/proc/self/statm", "re");
	char line[256];
	struct slice rest;
	int64_t pages = 0;

	if (in == NULL || fgets(line, sizeof(line), in) == NULL) {
		abort();
	}
	(void)fclose(in);
	rest = slice_of(line);
	(void)slice_cut(&rest, ' ');
	if (slice_i64(slice_cut(&rest, ' '), 0, INT64_MAX, &pages) != 0) {
		abort();
	}
	return pages * sysconf(_SC_PAGESIZE);
}
