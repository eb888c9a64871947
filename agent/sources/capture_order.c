/* Capture files by the time of their first packet; see the header. Reads the beginning of each,
 * keeps nothing open, and leaves complaints about bad files to whoever reads them. */
#include "agent/sources/capture_order.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "agent/sources/capture_impl.h"
#include "common/log.h"
#include "common/siphash.h"

#define BEGIN_PACKETS 64 /* no two captures have so many of the same times and lengths */

struct part {
	const char *path; /* borrowed */
	size_t named;     /* its place in the list */
	int64_t first_ns;
	uint64_t begins; /* hash of its first packets' times and lengths; 0: it has none */
};

static const struct siphash_key begins_key; /* nothing secret: any key tells them apart */

static uint64_t hash_of(const struct frame *frames, int n)
{
	uint64_t hash = (uint64_t)n;

	for (int i = 0; i < n; i++) {
		uint64_t words[] = { hash, (uint64_t)frames[i].at_ns, frames[i].len_bytes,
			             frames[i].wire_bytes };

		hash = siphash13_words(&begins_key, words, sizeof(words) / sizeof(words[0]));
	}
	return hash;
}

static void look(struct part *p)
{
	const struct frame *frames;
	struct capture_input input;
	struct fault fault;
	int n;

	if (capture_input_file(&input, p->path, NULL, &fault) != 0) {
		return;
	}
	n = capture_input_next(&input, &frames, &fault);
	if (n > 0 && frames[0].at_ns >= 0) {
		p->first_ns = frames[0].at_ns;
		p->begins = hash_of(frames, n < BEGIN_PACKETS ? n : BEGIN_PACKETS);
	}
	capture_input_close(&input);
}

static uint64_t count_packets(const char *path)
{
	const struct frame *frames;
	struct capture_input input;
	struct fault fault;
	uint64_t count = 0;
	int n;

	if (capture_input_file(&input, path, NULL, &fault) != 0) {
		return 0;
	}
	while ((n = capture_input_next(&input, &frames, &fault)) > 0) {
		count += (uint64_t)n;
	}
	capture_input_close(&input);
	return count;
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

/* Leave out copies. @return how many parts are left. */
static size_t sift_copies(struct part *parts, size_t n)
{
	size_t kept = 1;

	for (size_t i = 1; i < n; i++) {
		struct part *before = &parts[kept - 1];

		if (parts[i].begins == 0 || parts[i].begins != before->begins) {
			parts[kept++] = parts[i];
			continue;
		}
		log_warn(CAPTURE_PART, "%s and %s hold the same packets: they are read once",
		         before->path, parts[i].path);
		if (count_packets(parts[i].path) > count_packets(before->path)) {
			*before = parts[i];
		}
	}
	return kept;
}

int capture_order(const char *const *files, size_t *n, const char ***out)
{
	struct part *parts = calloc(*n, sizeof(*parts));
	const char **ordered = calloc(*n, sizeof(*ordered));
	bool moved = false;

	if (parts == NULL || ordered == NULL) {
		free(parts);
		free(ordered);
		return -ENOMEM;
	}
	for (size_t i = 0; i < *n; i++) {
		parts[i] = (struct part){ files[i], i, i > 0 ? parts[i - 1].first_ns : -1, 0 };
		look(&parts[i]);
	}
	qsort(parts, *n, sizeof(*parts), by_time);
	*n = sift_copies(parts, *n);
	for (size_t i = 0; i < *n; i++) {
		ordered[i] = parts[i].path;
		moved |= i > 0 && parts[i].named < parts[i - 1].named;
	}
	if (moved) {
		log_info(CAPTURE_PART,
		         "reading the files in the order of their first packets, beginning with %s",
		         ordered[0]);
	}
	free(parts);
	*out = ordered;
	return 0;
}
