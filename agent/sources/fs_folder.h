/*
 * The files of a folder that others fill and empty, each once, in the order of their times. Nothing
 * is moved or written there. What was read is known by a mark, the time and name of the last file:
 * a file that turns up with an older time is not seen. Regular files only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/cursor.h"
#include "common/env.h"

#define FS_FOLDER_BATCH_MAX 4096             /* files of one look */
#define FS_FOLDER_NAME_MAX  255              /* NAME_MAX of Linux */
#define FS_FOLDER_SETTLE_US INT64_C(2000000) /* a file not written for so long is whole */

struct fs_folder_mark {
	int64_t mtime_us;
	char name[FS_FOLDER_NAME_MAX + 1];
};

struct fs_folder {
	const struct env *env; /* borrowed, as the next two */
	const char *path;
	const char *suffix;
	struct fs_folder_mark mark;
	struct fs_folder_mark *found; /* owned; in order, those behind the mark */
	size_t count;
	size_t next;       /* of `found` to be read */
	bool more;         /* there are more than fit, or some that have not settled */
	int64_t folder_us; /* the folder's own time at the last look; -1: look in any case */
};

/** @return 0 or -ENOMEM. */
int fs_folder_init(struct fs_folder *f, const struct env *env, const char *path,
                   const char *suffix);
void fs_folder_free(struct fs_folder *f);

/** Look for files, unless nothing can have changed. @return 0 or -errno. */
int fs_folder_look(struct fs_folder *f, int64_t now_us);

/** The next file and how to open it; the mark is then behind it.
 * @return a descriptor, -ENOENT when none is left, or -errno of one that cannot be opened. */
int fs_folder_next(struct fs_folder *f);

/** Begin behind everything that is there at `now_us`. */
void fs_folder_skip(struct fs_folder *f, int64_t now_us);

void fs_folder_save(const struct fs_folder *f, struct buf *out);

/** @return 0 or -EBADMSG. */
int fs_folder_load(struct fs_folder *f, struct cursor *in);
