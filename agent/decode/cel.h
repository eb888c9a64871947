/*
 * One line of Asterisk's channel event log, as cel_custom writes it: comma-separated values of the
 * legacy mapping or of Asterisk 22's `dsv` format, or one JSON object.
 *
 * Which column is which is a layout: by name, or by the number of columns of the mappings people
 * use. Digits die here: a DTMF event comes out with its time and channel and without what was
 * pressed, and no argument of an application is handed out but a queue's name.
 *
 * Pure. What is decoded borrows from the line or from the reader, until its next line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/slice.h"
#include "proto/csv.h"

#define CEL_COLUMNS_MAX    64
#define CEL_LINE_MAX_BYTES ((size_t)64 * 1024)
#define CEL_TIME_MAX_US    INT64_C(4102444800999999) /* 2100: beyond is damage, not time */

enum cel_type {
	CEL_OTHER, /* of Asterisk, and nothing we use */
	CEL_CHAN_START,
	CEL_CHAN_END,
	CEL_LINKEDID_END,
	CEL_ANSWER,
	CEL_HANGUP,
	CEL_APP_START,
	CEL_APP_END,
	CEL_BRIDGE_ENTER,
	CEL_BRIDGE_EXIT,
	CEL_BLINDTRANSFER,
	CEL_ATTENDEDTRANSFER,
	CEL_DTMF,
	CEL_USER, /* CELGenUserEvent(): `user` is its name */
};

/* Columns that are used. */
enum cel_column {
	CEL_COLUMN_NONE,
	CEL_COLUMN_TYPE,
	CEL_COLUMN_TIME,
	CEL_COLUMN_NAME,
	CEL_COLUMN_NUM,
	CEL_COLUMN_EXTEN,
	CEL_COLUMN_CONTEXT,
	CEL_COLUMN_CHANNEL,
	CEL_COLUMN_APP,
	CEL_COLUMN_APPDATA,
	CEL_COLUMN_UNIQUEID,
	CEL_COLUMN_LINKEDID,
	CEL_COLUMN_USERDEFTYPE,
	CEL_COLUMN_EXTRA,
	CEL_COLUMNS,
};

struct cel_layout {
	uint8_t column[CEL_COLUMNS_MAX]; /* enum cel_column by place */
	size_t n;                        /* 0: told by the number of columns of each line */
	char separator;
};

struct cel_event {
	int64_t at_us;
	enum cel_type type;
	struct slice user; /* name of a user's event */
	struct slice name; /* caller id */
	struct slice num;
	struct slice exten;
	struct slice context;
	struct slice channel;
	struct slice app;
	struct slice queue; /* first argument of Queue(); of no other application */
	struct slice uniqueid;
	struct slice linkedid;
	struct slice extra;         /* text of a user's event */
	struct slice hangup_source; /* channel or module that hung up; empty: we did */
	struct slice bridge;
	struct slice transfer_exten; /* of a blind transfer: may be a number, never kept */
	struct slice channel2;       /* unique id: the transferer's second channel */
	bool has_hangup_source;      /* the line has such a field */
	bool outgoing;               /* "(Outgoing Line)": we called it */
};

enum cel_result {
	CEL_LINE_OK,
	CEL_LINE_EMPTY,
	CEL_LINE_BAD_TEXT,       /* quotes or JSON in disorder, or too long */
	CEL_LINE_TOO_FEW_FIELDS, /* no type, time or channel in it: wrong layout */
	CEL_LINE_BAD_TIME,
	CEL_LINE_RESULTS,
};

struct cel_reader {
	struct cel_layout layout;
	struct cel_layout by_count[2]; /* of 20 and of 21 columns */
	struct csv_row row;            /* owned */
	char *room;                    /* owned: of texts taken out of JSON */
};

/**
 * A layout from column names, blanks between ("eventtype eventtime cidname ..."; the names of
 * cel_custom.conf in either format); NULL or "": by the number of columns.
 * @param separator  "," or another single character.
 * @return 0, or -EINVAL when type, time, channel, unique id or linked id is not among them.
 */
int cel_layout_of(struct cel_layout *out, const char *columns, const char *separator);

/** @return 0 or -ENOMEM. */
int cel_reader_init(struct cel_reader *r, const struct cel_layout *layout);
void cel_reader_free(struct cel_reader *r);

/** Decode one line without its line feed; `out` is filled on CEL_LINE_OK. */
enum cel_result cel_decode(struct cel_reader *r, struct slice line, struct cel_event *out);

/** The same for values that are apart already, as the manager interface has them. Texts that have
 * to be unescaped borrow from the reader. */
enum cel_result cel_decode_columns(struct cel_reader *r, const struct slice at[CEL_COLUMNS],
                                   struct cel_event *out);

const char *cel_result_name(enum cel_result result);

/** A channel between two halves of our own dialplan, not a line to anybody. */
static inline bool cel_is_local(struct slice channel)
{
	return slice_istarts(channel, SLICE("Local/"));
}
