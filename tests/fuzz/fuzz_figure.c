/* A kept figure, as anybody may have written it: refused or taken; and what is taken and written
 * again reads as the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector/score/evidence/figures.h"
#include "tests/support/catalog.h"

#define WORDS "figure"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct estimate got = { 0 };
	struct estimate again = { 0 };
	struct buf out;
	struct buf back;

	if (!figure_read(WORDS, product_catalog(), cursor_of(data, size), &got)) {
		return 0;
	}
	buf_init(&out, 4096);
	buf_init(&back, 4096);
	figure_write(WORDS, &got, &out);
	if (!figure_read(WORDS, product_catalog(), cursor_of(out.data, out.len), &again)) {
		abort();
	}
	figure_write(WORDS, &again, &back);
	if (out.failed || out.len != back.len || memcmp(out.data, back.data, out.len) != 0) {
		abort();
	}
	buf_free(&out);
	buf_free(&back);
	return 0;
}
