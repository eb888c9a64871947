/*
 * Small writer of JSON and CSV that puts the commas: keys and cells in the order of the calls. What
 * is not known (NAN, NULL) is null, or an empty cell, never 0. Whole numbers are exact, others have
 * up to ten significant digits, so the same figures give the same bytes.
 */
#pragma once

#include <stdbool.h>

#include "common/buf.h"
#include "common/slice.h"

struct put {
	struct buf *out;
	bool comma; /* something stands before what comes next */
};

/** `{`, `[` as a value, under a key or (NULL) in a list; and their ends. */
void put_open(struct put *p, const char *key, char bracket);
void put_close(struct put *p, char bracket);

/** A line feed and `indent` blanks before the next thing. */
void put_line(struct put *p, int indent);

/** Key NULL: an entry of a list. */
void put_number(struct put *p, const char *key, double v);
void put_text(struct put *p, const char *key, const char *text);
void put_slice(struct put *p, const char *key, struct slice text);
void put_bool(struct put *p, const char *key, bool v);

/** Cells of CSV. */
void put_cell(struct put *p, struct slice text);
void put_cell_text(struct put *p, const char *text);
void put_cell_number(struct put *p, double v);
void put_row_end(struct put *p);
