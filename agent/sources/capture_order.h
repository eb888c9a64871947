/*
 * The order of capture files: a rotated capture is read as it was written, whatever order a shell
 * listed its parts in (tcpdump -C writes calls.pcap, calls.pcap1 ... calls.pcap10).
 */
#pragma once

#include <stddef.h>

/**
 * Order files by the time of their first packet. A file that does not tell one (missing, empty,
 * damaged) stays behind the one that was named before it; equal ones stay as they were named.
 *
 * @param files  borrowed, as what the result points to.
 * @param out  the same texts in order; the caller frees the array.
 * @return 0 or -ENOMEM.
 */
int capture_order(const char *const *files, size_t n, const char ***out);
