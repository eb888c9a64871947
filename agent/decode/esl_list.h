/*
 * A table as FreeSWITCH prints one in answer to a command: a line of names, then rows, the columns
 * parted by | (callcenter_config ... list) or by commas (show channels). A row "+OK" or "-ERR ...",
 * an empty line, or the end of the text ends it. Columns are found by name, because every version
 * adds some. Pure.
 */
#pragma once

#include <stdbool.h>

#include "common/slice.h"

struct esl_list {
	struct slice header;
	struct slice rest;
	char separator;
};

/** @return false when the text has no table: an error, or nothing at all. */
bool esl_list_begin(struct esl_list *l, struct slice text, char separator);

/** The next row. @return false behind the last. */
bool esl_list_row(struct esl_list *l, struct slice *row);

/** A field of a row; empty when there is no such column. */
struct slice esl_list_field(const struct esl_list *l, struct slice row, struct slice column);
