/*
 * Every regular file below a folder, without following symbolic links or crossing into another file
 * system, in no order. Bounded in files, depth and entries; never waits on a FIFO, since nothing is
 * opened here but folders.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#define WALK_DEPTH_MAX 32

struct walk_limits {
	uint64_t files;               /* handed out at most */
	const atomic_bool *cancelled; /* NULL: nobody stops it */
};

struct walk_counts {
	uint64_t files;   /* handed out */
	uint64_t folders; /* read */
	uint64_t others;  /* links, FIFOs, sockets, devices: passed over */
	uint64_t denied;  /* folders and entries that may not be looked at */
	uint64_t deep;    /* folders below WALK_DEPTH_MAX: passed over */
	uint64_t mounts;  /* other file systems: passed over */
	bool cut;         /* there is more */
};

/** @param folder_fd  of the folder the file is in; for openat(2). */
typedef void (*walk_fn)(void *arg, int folder_fd, const char *name, const struct stat *st);

/** @param path  may itself be a symbolic link: whoever named it meant where it leads.
 * @return 0, or -errno when the folder itself cannot be read. */
int walk(const char *path, const struct walk_limits *limits, walk_fn each, void *arg,
         struct walk_counts *counts);
