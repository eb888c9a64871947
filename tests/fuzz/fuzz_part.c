/* A kept part of a day, as anybody may have written it: refused or taken, never more than it says;
 * and what is taken and written again reads as the same. */
#include <stdint.h>
#include <stdlib.h>

#include "collector/score/evidence/part.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tallies *t = calloc(1, sizeof(*t));
	struct tallies *again = calloc(1, sizeof(*again));
	struct buf out;

	if (t == NULL || again == NULL) {
		abort();
	}
	t->n_days = again->n_days = 1;
	if (part_read(t, 0, cursor_of(data, size)) == 0) {
		tallies_sort(t);
		buf_init(&out, PART_MAX_BYTES);
		part_write(t, 0, &out);
		if (out.failed || part_read(again, 0, cursor_of(out.data, out.len)) != 0 ||
		    again->n_cells != t->n_cells || again->n_slots != t->n_slots ||
		    again->n_items != t->n_items) {
			abort();
		}
		buf_free(&out);
	}
	tally_free(t);
	tally_free(again);
	free(t);
	free(again);
	return 0;
}
