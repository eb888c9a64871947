/*
 * A file read from front to back, plain, gzip or zstd, whatever its first bytes say it is.
 * Compressed files are unpacked as they are read; memory does not grow with their size.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/fault.h"

struct instream;

/**
 * Open a regular file; a symbolic link is followed, a FIFO or device is refused without waiting.
 * @return 0 or -errno, explained in `fault`.
 */
int instream_open(struct instream **out, const char *path, struct fault *fault);

/**
 * The same for a file that is open already, at its beginning, and was looked at by who opened it.
 * @param fd    taken over, also on failure.
 * @param path  only names it.
 */
int instream_open_fd(struct instream **out, int fd, const char *path, struct fault *fault);

/** @return bytes read (short only at the end and before damage), 0 at the end, -EBADMSG for damaged
 * or cut compression or a zstd window above 32 MiB, -errno. A failure stays. */
ssize_t instream_read(struct instream *in, void *out, size_t len_bytes);

/** Bytes of the file as it lies on disk: read so far, and in all. For showing progress. */
uint64_t instream_done_bytes(const struct instream *in);
uint64_t instream_size_bytes(const struct instream *in);

/** When the file was last written [us since 1970]. */
int64_t instream_mtime_us(const struct instream *in);

const char *instream_path(const struct instream *in);
void instream_close(struct instream *in);
