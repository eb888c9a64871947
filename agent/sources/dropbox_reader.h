/* One file of a drop folder on its way into records, and the list of its rows that could not be
 * used. Helper of dropbox.c. */
#pragma once

#include <stdint.h>

#include "agent/sources/dropbox_rules.h"
#include "common/buf.h"
#include "common/instream.h"

#define DROPBOX_SAID_MAX 20 /* bad rows said to the operator one by one */
#define DROPBOX_REJECTS_BYTES                                                                      \
	((size_t)256 * 1024) /* of the list of bad rows; what is beyond is only counted */

struct dropbox_reader {
	const char *source; /* for messages */
	char *name;         /* owned; of the file, without its folder */
	struct instream *in;
	struct import *import;
	struct import_rules rules;
	uint64_t good;
	uint64_t bad;
	struct buf rejects; /* "LINE: why\\n" */
};

/**
 * Begin a file.
 * @param fd  open at its beginning; taken over, also on failure.
 * @return 0; a negative number for a file that cannot be used at all: the reason is said and in
 * `rejects`.
 */
int dropbox_reader_open(struct dropbox_reader *r, const char *source, const char *name, int fd,
                        struct dropbox_rules *rules);

/**
 * The next usable row; bad ones on the way to it are noted, at most `look` rows are looked at.
 * @return 1 with a record, 0 at the end of the file, -EAGAIN when no more rows may be looked at
 * now, another negative number when the file cannot be read further (said and noted).
 */
int dropbox_reader_next(struct dropbox_reader *r, unsigned *look, ProtobufCMessage **m);

/** A record that was handed out turned out to be unusable. */
void dropbox_reader_take_back(struct dropbox_reader *r, const char *why);

/** Note why something of it cannot be used; line 0: the file as a whole. */
void dropbox_reader_note(struct dropbox_reader *r, unsigned line, const char *why);

/** Say what became of it: columns nobody used, rows nobody understood. */
void dropbox_reader_finish(struct dropbox_reader *r);
void dropbox_reader_close(struct dropbox_reader *r);
