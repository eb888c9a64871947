/*
 * One row of Asterisk's call detail records as cdr_csv writes them (Master.csv): 16 columns, then
 * uniqueid and userfield where cdr.conf has loguniqueid and loguserfield, then peeraccount,
 * linkedid and sequence where it has newcdrcolumns.
 *
 * A row is no call: ring-all, Local channels, transfers and what comes after a queue make rows of
 * their own. Pure; what is decoded borrows from the row's line or the reader.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/slice.h"
#include "proto/csv.h"

struct cdr_row {
	int64_t start_us;
	int64_t answer_us; /* 0: not answered */
	int64_t end_us;
	struct slice src;
	struct slice dst;
	struct slice channel;
	struct slice dst_channel;
	struct slice app;
	struct slice queue; /* first argument of Queue(); of no other application */
	struct slice uniqueid;
	struct slice linkedid; /* empty: the file has none */
	bool answered;         /* disposition ANSWERED */
};

enum cdr_result {
	CDR_LINE_OK,
	CDR_LINE_EMPTY,
	CDR_LINE_BAD_TEXT,
	CDR_LINE_TOO_FEW_FIELDS, /* without unique id: loguniqueid=yes is missing in cdr.conf */
	CDR_LINE_BAD_TIME,
	CDR_LINE_RESULTS,
};

struct cdr_reader {
	struct csv_row row; /* owned */
	bool gmt;           /* usegmtime=yes; else times are local ones of the process's zone */
};

void cdr_reader_init(struct cdr_reader *r, bool gmt);
void cdr_reader_free(struct cdr_reader *r);

/** Decode one row without its line feed; `out` is filled on CDR_LINE_OK. */
enum cdr_result cdr_decode(struct cdr_reader *r, struct slice line, struct cdr_row *out);

const char *cdr_result_name(enum cdr_result result);
