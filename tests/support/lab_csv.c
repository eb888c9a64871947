/* Exports of a lab, read by column name. */
#include "tests/support/lab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/slice.h"

void lab_csv_parse(struct lab_csv *csv, char *text)
{
	size_t lines = 0;
	size_t cells = 0;

	*csv = (struct lab_csv){ .text = text, .n_columns = 1 };
	for (const char *p = text; *p != '\0'; p++) {
		lines += *p == '\n';
		csv->n_columns += lines == 0 && *p == ',';
	}
	assert_true(lines > 0);
	csv->n_rows = lines - 1;
	csv->cells = calloc(lines * csv->n_columns, sizeof(*csv->cells));
	assert_non_null(csv->cells);
	csv->cells[cells++] = text;
	/* exports of these tests hold no quoted field: labels are queue and codec names */
	for (char *p = text; *p != '\0'; p++) {
		if (*p == ',' || *p == '\n') {
			*p = '\0';
			if (cells < lines * csv->n_columns) {
				csv->cells[cells++] = p + 1;
			}
		}
	}
	assert_int_equal(cells, lines * csv->n_columns);
}

const char *lab_csv_cell(const struct lab_csv *csv, size_t row, const char *column)
{
	for (size_t i = 0; i < csv->n_columns; i++) {
		if (strcmp(csv->cells[i], column) == 0) {
			return csv->cells[(row + 1) * csv->n_columns + i];
		}
	}
	fail_msg("the export has no column %s", column);
	return NULL;
}

int64_t lab_csv_int(const struct lab_csv *csv, size_t row, const char *column)
{
	const char *text = lab_csv_cell(csv, row, column);
	int64_t value = 0;

	if (slice_i64(slice_of(text), INT64_MIN, INT64_MAX, &value) != 0) {
		fail_msg("row %zu of the export: %s is \"%s\", no whole number", row, column, text);
	}
	return value;
}

double lab_csv_double(const struct lab_csv *csv, size_t row, const char *column)
{
	const char *text = lab_csv_cell(csv, row, column);
	double value = 0;

	if (slice_double(slice_of(text), false, &value) != 0) {
		fail_msg("row %zu of the export: %s is \"%s\", no number", row, column, text);
	}
	return value;
}

void lab_csv_free(struct lab_csv *csv)
{
	free(csv->text);
	free(csv->cells);
	*csv = (struct lab_csv){ 0 };
}
