/*
 * A temporary folder of log files that a test writes, rotates and cuts as logrotate does, and a
 * clock that stands still until it is told to move. The files are real; only time is not.
 */
#pragma once

#include <stdbool.h>

#include "common/env.h"
#include "tests/support/temp.h"

#define LOG_FOLDER_PATH_MAX 256

struct log_folder {
	struct temp temp;
	struct env env; /* the system's, but for clocks and refusals */
	int64_t mono_us;
	int64_t wall_us;
	const char *refused; /* name that may not be opened (EACCES); NULL: none */
	unsigned allowed;    /* times it may be before */
	unsigned opened;     /* descriptors at the beginning, as at the end */
};

struct log_folder *log_folder_new(void);

/** Removes the folder with everything in it; fails when a file was left open. */
void log_folder_free(struct log_folder *f);

/** The path of a name in the folder; one of a few buffers in turn. */
const char *log_folder_file(struct log_folder *f, const char *name);

void log_folder_write(struct log_folder *f, const char *name, const char *text);
void log_folder_append(struct log_folder *f, const char *name, const char *text);
void log_folder_rename(struct log_folder *f, const char *from, const char *to);
void log_folder_remove(struct log_folder *f, const char *name);

/** Cut to nothing, the same inode. */
void log_folder_cut(struct log_folder *f, const char *name);
void log_folder_copy(struct log_folder *f, const char *from, const char *to);

/** Compress into name.gz or name.zst, and remove the file. */
void log_folder_gzip(struct log_folder *f, const char *name);
void log_folder_zstd(struct log_folder *f, const char *name);

/** Cut the last n bytes off. */
void log_folder_damage(struct log_folder *f, const char *name, size_t n);

/** When it was last written, in seconds. */
void log_folder_touch(struct log_folder *f, const char *name, int64_t at_s);
bool log_folder_has(struct log_folder *f, const char *name);

/** What a file holds, at most 64 KiB, NUL-terminated; one of a few buffers in turn. */
const char *log_folder_read(struct log_folder *f, const char *name);
