/* A capture file's bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/sources/pcapfile.h"

struct memory {
	const uint8_t *at;
	size_t left;
};

static ssize_t read_memory(void *arg, void *out, size_t len_bytes)
{
	struct memory *m = arg;
	size_t n = len_bytes < m->left ? len_bytes : m->left;

	if (n > 0) {
		memcpy(out, m->at, n);
		m->at += n;
		m->left -= n;
	}
	return (ssize_t)n;
}

/* Every byte of every frame has to be readable. */
static unsigned touch(const struct frame *f)
{
	unsigned sum = 0;

	for (uint32_t i = 0; i < f->len_bytes; i++) {
		sum += f->at[i];
	}
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory m = { data, size };
	struct frame frames[16];
	struct pcapfile *f;
	struct fault fault;
	static volatile unsigned seen; /* so that the reads are not left out */
	unsigned sum = 0;
	size_t n_frames = 0;
	int n;

	if (pcapfile_open(&f, read_memory, &m, &fault) != 0) {
		return 0;
	}
	while ((n = pcapfile_next(f, frames, 16, &fault)) > 0) {
		for (int i = 0; i < n; i++) {
			sum += touch(&frames[i]);
		}
		n_frames += (size_t)n;
	}
	if (n_frames > size / 12 || (n < 0 && fault.text[0] == '\0')) {
		abort(); /* no frame takes less than 12 bytes; no failure without words */
	}
	seen = sum;
	(void)seen;
	pcapfile_close(f);
	return 0;
}
