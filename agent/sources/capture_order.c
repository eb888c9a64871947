/* Capture files by the time of their first packet; see the header. Reads the beginning of each,
 * keeps nothing open, and leaves complaints about files to whoever reads them. */
#include "agent/sources/capture_order.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "agent/sources/capture_impl.h"
#include "common/log.h"

struct part {
	const char *path; /* borrowed */
	size_t named;     /* its place in the list */
	int64_t first_ns;
};

static int64_t first_ns(const char *path, int64_t otherwise_ns)
{
	const struct frame *frames;
	struct capture_input input;
	struct fault fault;
	int64_t at_ns = -1;

	if (capture_input_file(&input, path, NULL, &fault) != 0) {
		return otherwise_ns;
	}
	if (capture_input_next(&input, &frames, &fault) > 0) {
		at_ns = frames[0].at_ns;
	}
	capture_input_close(&input);
	return at_ns >= 0 ? at_ns : otherwise_ns;
}

static int by_time(const void *a, const void *b)
{
	const struct part *x = a;
	const struct part *y = b;

	if (x->first_ns != y->first_ns) {
		return x->first_ns < y->first_ns ? -1 : 1;
	}
	return x->named < y->named ? -1 : 1;
}

int capture_order(const char *const *files, size_t n, const char ***out)
{
	struct part *parts = calloc(n, sizeof(*parts));
	const char **ordered = calloc(n, sizeof(*ordered));
	size_t moved = 0;

	if (parts == NULL || ordered == NULL) {
		free(parts);
		free(ordered);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		parts[i] = (struct part){ files[i], i,
			                  first_ns(files[i], i > 0 ? parts[i - 1].first_ns : -1) };
	}
	qsort(parts, n, sizeof(*parts), by_time);
	for (size_t i = 0; i < n; i++) {
		ordered[i] = parts[i].path;
		moved += parts[i].named != i ? 1 : 0;
	}
	if (moved > 0) {
		log_info(CAPTURE_PART,
		         "reading the files in the order of their first packets, beginning with %s",
		         ordered[0]);
	}
	free(parts);
	*out = ordered;
	return 0;
}
