/* A capture file sent through the whole path from frames to records, without the source and its
 * thread. */
#pragma once

#include "agent/track/calls.h"
#include "tests/support/witness.h"

struct replayed {
	struct witness w;
	struct calls_counters counters;
	int rc; /* 0, or why the file could not be read to its end */
};

/** Read files in order as one capture; fails the test when one cannot be opened. Default settings.
 */
void replayed_open(struct replayed *r, const char *const *paths, size_t n);

/** The same of the packets of one file that pass a filter, as in pcap-filter(7). */
void replayed_open_tap(struct replayed *r, const char *path, const char *filter);
void replayed_close(struct replayed *r);
