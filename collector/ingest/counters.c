#include "collector/ingest/counters.h"

#include <inttypes.h>
#include <stdio.h>

const char *const counter_names[COUNTERS] = {
#define X(id, name, help) name,
	COUNTER_LIST(X)
#undef X
};

const char *const counter_helps[COUNTERS] = {
#define X(id, name, help) help,
	COUNTER_LIST(X)
#undef X
};

const char *counters_text(struct counters *c, char *out, unsigned size)
{
	unsigned used = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < COUNTERS; i++) {
		uint64_t v = counter_get(c, (enum counter)i);
		int n = v != 0 ? snprintf(out + used, size - used, "%s%s=%" PRIu64,
		                          used > 0 ? " " : "", counter_names[i], v)
		               : 0;

		if (n < 0 || (unsigned)n >= size - used) {
			out[used] = '\0'; /* whole words only */
			break;
		}
		used += (unsigned)n;
	}
	return out;
}
