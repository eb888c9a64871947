/* The files of a drop folder: which are there, which have settled, what became of each. Helper of
 * dropbox.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/env.h"

#define DROPBOX_FILES_MAX 4096 /* looked at in one pass; the rest when these are gone */
#define DROPBOX_PATH_MAX  4096
#define DROPBOX_NAME_MAX  200 /* of a file; room for what is appended to make it unique */

enum dropbox_state {
	DROPBOX_SETTLING,
	DROPBOX_READ,    /* to its end; its last rows are not in a checkpoint yet */
	DROPBOX_COVERED, /* they are, but it may not be on disk yet */
	DROPBOX_LEFT,    /* left where it is: refused, or could not be moved; taken again when it
	                    changes */
};

struct dropbox_file {
	char *name; /* owned */
	enum dropbox_state state;
	bool good;   /* it had at least one usable row */
	bool listed; /* seen in this pass */
	uint64_t ino;
	int64_t size;
	int64_t mtime_us;
	int64_t since_mono_us; /* not changed since */
};

struct dropbox_list {
	const struct env *env;      /* borrowed */
	const char *source;         /* for messages */
	const char *directory;      /* borrowed */
	struct dropbox_file *files; /* owned; by name */
	size_t count;
	size_t beyond; /* names that did not fit */
};

void dropbox_list_init(struct dropbox_list *l, const struct env *env, const char *source,
                       const char *directory);
void dropbox_list_free(struct dropbox_list *l);

/** Look at the folder. @return 0 or -errno. */
int dropbox_list_scan(struct dropbox_list *l);

/** The first file by name that has not changed for settle_us; NULL when there is none. */
struct dropbox_file *dropbox_list_ready(struct dropbox_list *l, int64_t settle_us);

/** Open a file without following links; what it is now goes into `st`. @return the descriptor or
 * -errno. */
int dropbox_list_open(const struct dropbox_list *l, const struct dropbox_file *f, struct stat *st);

/** The signature beside a statement. @return the descriptor, or -errno: -ENOENT for none. */
int dropbox_list_open_signature(const struct dropbox_list *l, const struct dropbox_file *f);

/** Is it still what was listed? */
bool dropbox_file_same(const struct dropbox_file *f, const struct stat *st);

/** "directory/sub/name" into `out` of DROPBOX_PATH_MAX; sub may be "". False when it does not fit.
 */
bool dropbox_path(const struct dropbox_list *l, const char *sub, const char *name, char *out);

/** Does a name end like a file of records (.csv or .jsonl, perhaps compressed), or is it that of a
 * signed statement? */
bool dropbox_name_is_data(const char *name);
