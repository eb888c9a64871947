/*
 * The order of capture files: a rotated capture is read as it was written, whatever order a shell
 * listed its parts in (tcpdump -C writes calls.pcap, calls.pcap1 ... calls.pcap10), and a part that
 * was given twice (calls.pcap1 beside calls.pcap1.gz) is read once.
 */
#pragma once

#include <stddef.h>

/**
 * Order files by the time of their first packet. A file that does not tell one (missing, empty,
 * damaged) stays behind the one that was named before it; equal ones stay as they were named. Of
 * files that begin with the same packets the one with the most is kept, and a warning names the
 * others.
 *
 * @param files  borrowed, as what the result points to.
 * @param n  how many; set to how many are left.
 * @param out  the same texts in order; the caller frees the array.
 * @return 0 or -ENOMEM.
 */
int capture_order(const char *const *files, size_t *n, const char ***out);
