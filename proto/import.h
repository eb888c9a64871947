/*
 * Files of records: CSV with a header line, or JSONL, turned into messages of one kind.
 *
 * Columns are matched to fields by the mapping, else by name; columns that match nothing are
 * ignored and named once. One bad row is reported with its line and the next one goes on; only an
 * unusable header or file stops the import.
 */
#pragma once

#include "common/instream.h"
#include "cxmeter/record.h"
#include "proto/text.h"

enum import_format { IMPORT_CSV, IMPORT_JSONL };

struct import_column {
	const char *from; /* name in the file */
	const char *to;   /* field */
	double factor;    /* 1, or what a unit needs: 1000 for s into _ms */
};

struct import_constant {
	const char *to;
	const char *text;
};

struct import_rules {
	const struct cxm_kind *kind;
	enum import_format format;
	const struct import_column *columns;
	size_t n_columns;
	const struct import_constant *constants; /* for fields that no column fills */
	size_t n_constants;
	struct text_rules text;
};

/** Kind and format from a file name such as Survey.csv, survey-2026-11.jsonl.gz,
 * QueueContact_nord.csv.zst. */
int import_name(const struct cxm_catalog *catalog, const char *path, const struct cxm_kind **kind,
                enum import_format *format);

struct import;

/**
 * Begin to read; for CSV the header is read and matched here.
 * The rules and everything they point to must outlive the import; the stream stays the caller's.
 * @return 0, -EINVAL for a header that cannot fill the key (which field, what to do), -EBADMSG,
 * -ENOMEM.
 */
int import_open(struct import **out, struct instream *in, const struct import_rules *rules,
                struct fault *fault);

/**
 * Read the next row.
 * @param m     the record, in memory of the import, valid until the next call.
 * @param line  the line the row begins at, also for a bad row.
 * @return 1 for a record, 0 at the end, -EINVAL for a bad row (explained; go on), any other
 * negative number: stop.
 */
int import_next(struct import *im, ProtobufCMessage **m, unsigned *line, struct fault *fault);

/** Names of columns that match no field, comma-separated; "" when there are none. */
const char *import_ignored(struct import *im);
void import_close(struct import *im);
