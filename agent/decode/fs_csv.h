/*
 * One call detail record of FreeSWITCH as mod_cdr_csv writes it: a line whose columns its template
 * names, as cdr_csv.conf.xml has it: "${caller_id_number}","${start_stamp}",... A column becomes
 * the fact of that variable; *_stamp are local times. Needs ${uuid}, and start and end as stamp,
 * epoch or uepoch. Pure; borrows from the template and the line.
 */
#pragma once

#include "agent/decode/fs_facts.h"
#include "proto/csv.h"

#define FS_CSV_COLUMNS_MAX 64

enum fs_csv_result {
	FS_CSV_OK,
	FS_CSV_EMPTY,
	FS_CSV_BAD_TEXT,
	FS_CSV_BAD_COLUMNS, /* not as many as the template has */
	FS_CSV_BAD_TIME,
	FS_CSV_UNNAMED, /* no uuid */
	FS_CSV_RESULTS,
};

struct fs_csv {
	struct slice columns[FS_CSV_COLUMNS_MAX];
	size_t n_columns;
	struct csv_row row; /* owned */
};

/** @param columns  borrowed. @return 0, or -EINVAL when it names no uuid or too many columns. */
int fs_csv_init(struct fs_csv *f, const char *columns);
void fs_csv_free(struct fs_csv *f);

/** Decode one line without its line feed; `out` is filled on FS_CSV_OK. */
enum fs_csv_result fs_csv_decode(struct fs_csv *f, struct slice line, struct fs_facts *out);

/** When the channel was over [us]; 0: not said. */
int64_t fs_csv_end_us(const struct fs_facts *facts);
