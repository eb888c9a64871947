/*
 * What the cores touch outside memory: clocks, randomness and files, as one struct of functions.
 *
 * The programs pass &env_system; tests pass a struct whose functions fail, forget unsynced writes
 * or stand still. Every function returns what its system call returns, but a failure is -errno
 * instead of -1.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

typedef int (*env_name_fn)(void *arg, const char *name);

struct env {
	void *arg; /* handed to every function */
	int64_t (*wall_us)(void *arg);
	int64_t (*mono_us)(void *arg);
	int64_t (*cpu_us)(void *arg); /* that the calling thread has used */
	int (*random)(void *arg, void *out, size_t len_bytes); /* at most 256 bytes */
	int (*open)(void *arg, const char *path, int flags, mode_t mode);
	int (*close)(void *arg, int fd);
	int (*fstat)(void *arg, int fd, struct stat *out);
	ssize_t (*pread)(void *arg, int fd, void *out, size_t len_bytes, off_t at);
	ssize_t (*pwrite)(void *arg, int fd, const void *data, size_t len_bytes, off_t at);
	int (*ftruncate)(void *arg, int fd, off_t len_bytes);
	int (*fdatasync)(void *arg, int fd);
	int (*rename)(void *arg, const char *from, const char *to);
	int (*unlink)(void *arg, const char *path);
	int (*sync_dir)(void *arg, const char *path); /* make renames and unlinks in it durable */
	int (*mkdir)(void *arg, const char *path, mode_t mode);
	/* Call `each` with every name in a directory, in no order, until it returns other than 0;
	 * returns that. */
	int (*list_dir)(void *arg, const char *path, env_name_fn each, void *each_arg);
	int (*lock)(void *arg, int fd); /* flock(2): exclusive, no waiting (-EWOULDBLOCK) */
};

extern const struct env env_system;

static inline int64_t env_wall_us(const struct env *e)
{
	return e->wall_us(e->arg);
}

static inline int64_t env_mono_us(const struct env *e)
{
	return e->mono_us(e->arg);
}

static inline int64_t env_cpu_us(const struct env *e)
{
	return e->cpu_us(e->arg);
}

/** Write all of it at `at`; 0 or -errno (-EIO when nothing moves). A short write is continued. */
int env_pwrite_all(const struct env *e, int fd, const void *data, size_t len_bytes, off_t at);

/** Read until `len_bytes` or the end of the file; the number of bytes or -errno. */
ssize_t env_pread_all(const struct env *e, int fd, void *out, size_t len_bytes, off_t at);

/**
 * Open a regular file for reading that may lie where others can write: no symbolic link, no waiting
 * on a FIFO, nothing but a regular file (-ELOOP, -EINVAL).
 * @param st  filled with its fstat; may be NULL.
 */
int env_open_regular(const struct env *e, const char *path, struct stat *st);
