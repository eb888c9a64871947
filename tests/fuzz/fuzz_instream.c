/*
 * Files of any bytes, plain or packed: read in two step sizes, which must give the same end and,
 * where nothing is damaged, the same bytes. (How much of a damaged block libzstd hands out depends
 * on the room it has.)
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/crc32c.h"
#include "common/instream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define UNPACKED_MAX ((uint64_t)4 * 1024 * 1024) /* a bomb is as good as read after this */

struct result {
	uint64_t bytes;
	uint32_t sum;
	ssize_t end;
};

static struct result read_in_steps(const char *path, size_t step)
{
	static uint8_t out[65536];
	struct result r = { 0 };
	struct instream *in = NULL;

	r.end = instream_open(&in, path, NULL);
	while (r.end == 0 && r.bytes < UNPACKED_MAX) {
		ssize_t n = instream_read(in, out, step);

		assert(n <= (ssize_t)step);
		if (n <= 0) {
			r.end = n;
			break;
		}
		r.sum = crc32c(r.sum, out, (size_t)n);
		r.bytes += (uint64_t)n;
	}
	assert(in == NULL || instream_done_bytes(in) <= instream_size_bytes(in));
	instream_close(in);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct result large;
	struct result small;
	char path[64];
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd >= 0 && write(fd, data, size) == (ssize_t)size) {
		large = read_in_steps(path, 65536);
		small = read_in_steps(path, 512);
		if (large.bytes < UNPACKED_MAX && small.bytes < UNPACKED_MAX) {
			assert(large.end == small.end);
			assert(large.end != 0 ||
			       (large.bytes == small.bytes && large.sum == small.sum));
		}
	}
	(void)close(fd);
	return 0;
}
