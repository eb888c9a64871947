/*
 * Files of records: CSV with a header line, or JSONL, turned into messages of one kind.
 *
 * Columns are matched to fields by the mapping, else by name; columns that match nothing are
 * ignored and named once. One column may fill several fields, and several one. One bad row is
 * reported with its line and the next one goes on; only an unusable header or file stops the
 * import.
 */
#pragma once

#include "common/instream.h"
#include "cxmeter/record.h"
#include "proto/encoding.h"
#include "proto/shape.h"
#include "proto/text.h"

enum import_format { IMPORT_CSV, IMPORT_JSONL };

struct import_column {
	const char *from;        /* name in the file */
	const char *to;          /* field */
	const char *const *more; /* further columns whose text goes behind it */
	size_t n_more;           /* at most SHAPE_PARTS_MAX - 1 */
	const char *glue;        /* between them; NULL: a blank */
	struct shape shape;
	bool skip_empty; /* a row in which it is empty is no record of this kind */
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
	enum encoding encoding;  /* of a file without a byte order mark */
	const struct zone *zone; /* of times without an offset; NULL: the zone in use */
	char thousands;          /* separator of numbers; 0: none */
};

/** Kind and format from a file name such as Survey.csv, survey-2026-11.jsonl.gz,
 * QueueContact_nord.csv.zst. */
int import_name(const struct cxm_catalog *catalog, const char *path, const struct cxm_kind **kind,
                enum import_format *format);

/** The format alone, whatever the file is called otherwise. @return 0 or -EINVAL. */
int import_format_of(const char *path, enum import_format *format);

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

/** How many rows were passed over so far because a column was empty that may not be. */
uint64_t import_skipped(const struct import *im);
void import_close(struct import *im);
