/* What a source counts, collected: names are words, and each stands once. */
#pragma once

#include "cxmeter/source.h"

#define TALLY_MAX 128

struct tally {
	size_t n;
	struct tally_count {
		enum source_count what;
		char name[64];
		uint64_t n;
	} counts[TALLY_MAX];
};

/** Ask a source for all of its counters; a name that is no word, or stands twice, fails the test.
 */
void tally_of(struct tally *t, const struct source_ops *ops, const struct source *s);

/** One of them; a name it does not have fails the test. */
uint64_t tally_count(const struct tally *t, enum source_count what, const char *name);

/** An empty one, and where what is no source of its own tells its counters to. */
struct source_tally tally_begin(struct tally *t);
