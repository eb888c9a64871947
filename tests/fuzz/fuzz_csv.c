/*
 * CSV of any bytes. The first byte chooses separator and how much the caller has read; each row
 * must be the same whatever that was, and be read back as it was when it is written again.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "proto/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct slice in, const struct csv_row *row)
{
	for (size_t i = 0; i < row->n_fields; i++) {
		struct slice f = row->fields[i];
		const char *copied = (const char *)row->unquoted.data;

		assert((f.at >= in.at && f.at + f.len <= in.at + in.len) ||
		       (f.at >= copied && f.at + f.len <= copied + row->unquoted.len));
	}
}

static void check_round_trip(const struct csv_row *row)
{
	struct csv_row again;
	struct buf b;
	size_t consumed;

	csv_row_init(&again);
	buf_init(&b, CSV_ROW_MAX_BYTES * 3);
	for (size_t i = 0; i < row->n_fields; i++) {
		if (i > 0) {
			buf_add_char(&b, ',');
		}
		csv_add(&b, row->fields[i], true);
	}
	buf_add_char(&b, '\n');
	if (b.len <= CSV_ROW_MAX_BYTES) {
		int rc = csv_next((struct slice){ (const char *)b.data, b.len }, ',', false, &again,
		                  &consumed);

		assert(rc == 1 && consumed == b.len && again.n_fields == row->n_fields);
		for (size_t i = 0; i < row->n_fields; i++) {
			assert(slice_eq(csv_unguard(again.fields[i]), row->fields[i]));
		}
	}
	buf_free(&b);
	csv_row_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct csv_row row;
	struct slice in;
	size_t have;
	char separator;

	if (size < 2) {
		return 0;
	}
	separator = ",;\t"[data[0] % 3];
	have = data[0] / 3;
	in = (struct slice){ (const char *)data + 1, size - 1 };
	(void)csv_separator(in);
	csv_row_init(&row);
	while (in.len > 0) {
		size_t part = have < in.len ? have : in.len;
		size_t early = 0;
		size_t consumed = 0;
		int first = csv_next((struct slice){ in.at, part }, separator, false, &row, &early);
		int rc = csv_next(in, separator, true, &row, &consumed);

		assert(first == 0 || (first == rc && early == consumed));
		assert(rc != 0 && consumed > 0 && consumed <= in.len);
		if (rc == 1) {
			check_inside(in, &row);
			check_round_trip(&row);
		}
		in = (struct slice){ in.at + consumed, in.len - consumed };
	}
	csv_row_free(&row);
	return 0;
}
