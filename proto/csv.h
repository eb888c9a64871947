/*
 * Comma-separated values as tools really write them (RFC 4180 and Excel's habits): comma, semicolon
 * or tab, found from the first line; quoted fields with doubled quotes and line breaks; CRLF or LF;
 * quotes inside unquoted fields. A byte order mark is the caller's to drop. Reads from memory that
 * the caller refills; copies nothing but quoted fields.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/slice.h"

#define CSV_FIELDS_MAX    256
#define CSV_ROW_MAX_BYTES ((size_t)64 * 1024)

struct csv_row {
	struct slice fields[CSV_FIELDS_MAX]; /* into the input, or into `unquoted` */
	size_t n_fields;
	size_t lines; /* line feeds the row took, so the caller can count lines */
	struct buf unquoted;
};

void csv_row_init(struct csv_row *row);
void csv_row_free(struct csv_row *row);

/** The separator a first line uses: the one of comma, semicolon and tab that stands in it most
 * often outside quotes. */
char csv_separator(struct slice first_line);

/**
 * Parse one row from the front of `in`.
 * @param last      no more input will come: an unfinished last line counts as a row.
 * @param consumed  bytes the row took, its line end included; also set on failure, to skip it.
 * @return 1 for a row, 0 when more input is needed (or none is left), -EBADMSG for a quote in the
 * wrong place, -EMSGSIZE for too many fields or a row longer than CSV_ROW_MAX_BYTES.
 */
int csv_next(struct slice in, char separator, bool last, struct csv_row *row, size_t *consumed);

/**
 * Append one field, quoted where it must be. Text that a spreadsheet would run as a formula (it
 * begins with = + - @, tab or CR, or with ' and then one of these) gets a ' in front (CWE-1236);
 * pass false for numbers.
 */
void csv_add(struct buf *out, struct slice field, bool guard);

/** Undo the guard of csv_add. */
struct slice csv_unguard(struct slice field);
