/* One file of a drop folder on its way into records, and the list of its rows that could not be
 * used. Helper of dropbox.c. */
#pragma once

#include <stdint.h>

#include "agent/sources/dropbox_rules.h"
#include "common/arena.h"
#include "common/buf.h"
#include "common/instream.h"

#define DROPBOX_SAID_MAX 20 /* bad rows said to the operator one by one */
#define DROPBOX_REJECTS_BYTES                                                                      \
	((size_t)256 * 1024) /* of the list of bad rows; what is beyond is only counted */

/* What can be wrong with a file, each counted by itself. */
enum dropbox_bad {
	DROPBOX_BAD_ROW,       /* not CSV or JSON of the kind, or a value that cannot be one */
	DROPBOX_BAD_SENSE,     /* values that cannot be true together */
	DROPBOX_BAD_RECORD,    /* more than a record holds */
	DROPBOX_BAD_FILE,      /* of no kind, unreadable, without the columns that are needed */
	DROPBOX_BAD_EMPTY,     /* without a row */
	DROPBOX_BAD_STATEMENT, /* no statement that can be read */
	DROPBOX_BADS,
};

/** As status shows it: "bad_row", "bad_file" and so on. */
const char *dropbox_bad_name(enum dropbox_bad what);

/* Something to say about a file: line 0 is the file as a whole. */
typedef void (*dropbox_say_fn)(void *arg, const char *name, unsigned line, const char *why);

struct dropbox_input {
	const char *source; /* for messages */
	const char *name;   /* of the file, without its folder */
	int fd;             /* open at its beginning; taken over */
	int signature_fd;   /* of what lies beside a statement; -1: nothing; taken over */
	dropbox_say_fn say; /* NULL: the log */
	void *arg;
};

struct dropbox_reader {
	const char *source; /* for messages */
	char *name;         /* owned; of the file, without its folder */
	dropbox_say_fn say;
	void *arg;
	int fd;           /* owned; read anew for each mapping */
	int signature_fd; /* owned */
	struct dropbox_rules *from;
	struct dropbox_mapping *mappings[DROPBOX_KINDS_MAX];
	size_t n_mappings;
	size_t mapping; /* the next one */
	enum import_format format;
	struct instream *in; /* NULL between two mappings */
	struct import *import;
	struct import_rules rules;
	bool statement; /* a signed one, not rows */
	bool unsigned_said;
	int rc;             /* why a mapping could not be read to its end, first */
	struct arena arena; /* of a statement */
	uint64_t good;
	uint64_t bad; /* of all kinds */
	uint64_t bads[DROPBOX_BADS];
	uint64_t skipped;
	struct buf rejects; /* "LINE: why\\n" */
};

/**
 * Begin a file.
 * @return 0; a negative number for a file that cannot be used at all: the reason is said and in
 * `rejects`. Close it in both cases.
 */
int dropbox_reader_open(struct dropbox_reader *r, const struct dropbox_input *in,
                        struct dropbox_rules *rules);

/**
 * The next usable row; bad ones on the way to it are noted, at most `look` rows are looked at.
 * @return 1 with a record, 0 at the end of the file, -EAGAIN when no more rows may be looked at
 * now, another negative number when the file cannot be read further (said and noted).
 */
int dropbox_reader_next(struct dropbox_reader *r, unsigned *look, ProtobufCMessage **m);

/** A record that was handed out turned out to be too big. */
void dropbox_reader_take_back(struct dropbox_reader *r, const char *why);

/** Note why something of it cannot be used; line 0: the file as a whole. */
void dropbox_reader_note(struct dropbox_reader *r, enum dropbox_bad what, unsigned line,
                         const char *why);

/** Say what became of it: columns nobody used, rows nobody understood. */
void dropbox_reader_finish(struct dropbox_reader *r);
void dropbox_reader_close(struct dropbox_reader *r);

/** Bytes of the file that were read, for showing progress. */
uint64_t dropbox_reader_done_bytes(const struct dropbox_reader *r);
