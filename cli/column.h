/*
 * Text in columns of a terminal: how wide UTF-8 is, padded, cut and wrapped to it.
 *
 * Labels come from outside. What would move the cursor or turn the reading direction (control
 * characters, bidirectional overrides) and what is no UTF-8 is shown as U+FFFD.
 */
#pragma once

#include <stddef.h>

#include "common/buf.h"
#include "common/slice.h"

#define COLUMN_LINE_MAX 100 /* no line is longer */

/** Columns the text takes: East Asian wide characters 2, combining marks 0. */
size_t column_width(struct slice text);

/** Append the text, at most `width` columns of it; what is longer ends in an ellipsis. @return the
 * columns taken. */
size_t column_cut(struct slice text, size_t width, struct buf *out);

/** The same, filled with blanks to exactly `width`, on the right or (`right`) on the left. */
void column_pad(struct slice text, size_t width, struct buf *out);
void column_pad_left(struct slice text, size_t width, struct buf *out);

void column_blanks(size_t n, struct buf *out);

/**
 * A name that begins a line: nothing of it is cut but a word wider than a column. It begins in
 * column `at`; where it is wider than `width`, it goes on in further lines, two columns further in.
 * Filled with blanks up to column `at` + `width`, where what it names goes on.
 */
void column_name(struct slice text, size_t at, size_t width, struct buf *out);

/**
 * Append the text from column `at` on, broken between words before COLUMN_LINE_MAX; further lines
 * begin with `at` blanks. Ends with a line feed. The first line is indented by the caller.
 */
void column_wrap(struct slice text, size_t at, struct buf *out);
