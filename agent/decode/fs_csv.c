/* Columns to facts; see fs_csv.h. Owns the row. */
#include "agent/decode/fs_csv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "common/when.h"

#define LINE_MAX_BYTES 16384
#define US_TEXT_BYTES  24

/* "${name}", with its quotes or without; a name alone will do */
static struct slice name_of(struct slice column)
{
	column = slice_trim(column);
	if (column.len >= 2 && column.at[0] == '"') {
		column = (struct slice){ column.at + 1, column.len - 2 };
	}
	if (column.len >= 3 && slice_starts(column, SLICE("${"))) {
		column = (struct slice){ column.at + 2, column.len - 3 };
	}
	return column;
}

int fs_csv_init(struct fs_csv *f, const char *columns)
{
	struct slice rest = slice_of(columns);
	bool named = false;

	*f = (struct fs_csv){ .n_columns = 0 };
	csv_row_init(&f->row);
	while (rest.len > 0) {
		struct slice name = name_of(slice_cut(&rest, ','));

		if (f->n_columns == FS_CSV_COLUMNS_MAX) {
			return -EINVAL;
		}
		f->columns[f->n_columns++] = name;
		named = named || slice_eq(name, SLICE("uuid"));
	}
	return named ? 0 : -EINVAL;
}

void fs_csv_free(struct fs_csv *f)
{
	csv_row_free(&f->row);
}

/* start_stamp "2026-11-22 10:00:00" is start_uepoch of the same moment. @return false for no time.
 */
static bool take_stamp(struct fs_facts *out, struct slice name, struct slice value)
{
	char text[US_TEXT_BYTES];
	char variable[US_TEXT_BYTES];
	int64_t at_us;
	int n;

	if (value.len == 0) {
		return true; /* never answered */
	}
	if (when_parse(value, &at_us) != 0 || at_us <= 0) {
		return false;
	}
	n = snprintf(text, sizeof(text), "%" PRId64, at_us);
	(void)snprintf(variable, sizeof(variable), "%.*s_uepoch",
	               (int)(name.len - sizeof("_stamp") + 1), name.at);
	fs_facts_variable(out, slice_of(variable), (struct slice){ text, (size_t)n }, false);
	return true;
}

static bool take_columns(const struct fs_csv *f, struct fs_facts *out)
{
	bool good = true;

	for (size_t i = 0; i < f->n_columns; i++) {
		struct slice name = f->columns[i];

		if (slice_ends(name, SLICE("_stamp")) && name.len < 16) {
			good = take_stamp(out, name, f->row.fields[i]) && good;
		} else {
			fs_facts_variable(out, name, f->row.fields[i], false);
		}
	}
	return good;
}

int64_t fs_csv_end_us(const struct fs_facts *facts)
{
	int64_t end_us = fs_us(facts, FS_HANGUP_US);

	return end_us != 0 ? end_us : fs_s_as_us(facts, FS_HANGUP_S);
}

enum fs_csv_result fs_csv_decode(struct fs_csv *f, struct slice line, struct fs_facts *out)
{
	size_t consumed;

	line = slice_trim(line);
	fs_facts_reset(out);
	if (line.len == 0) {
		return FS_CSV_EMPTY;
	}
	if (line.len > LINE_MAX_BYTES || csv_next(line, ',', true, &f->row, &consumed) != 1) {
		return FS_CSV_BAD_TEXT;
	}
	if (f->row.n_fields != f->n_columns) {
		return FS_CSV_BAD_COLUMNS;
	}
	if (!take_columns(f, out) || fs_csv_end_us(out) == 0) {
		return FS_CSV_BAD_TIME;
	}
	return fs_has(out, FS_ID) ? FS_CSV_OK : FS_CSV_UNNAMED;
}
