#include "common/env.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_us(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts); /* cannot fail for these clocks */
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int64_t system_wall_us(void *arg)
{
	(void)arg;
	return clock_us(CLOCK_REALTIME);
}

static int64_t system_mono_us(void *arg)
{
	(void)arg;
	return clock_us(CLOCK_MONOTONIC);
}

static int64_t system_cpu_us(void *arg)
{
	(void)arg;
	return clock_us(CLOCK_THREAD_CPUTIME_ID);
}

static int system_random(void *arg, void *out, size_t len_bytes)
{
	ssize_t n;

	(void)arg;
	/* up to 256 bytes come whole (getrandom(2)); a signal interrupts only the wait at boot */
	do {
		n = len_bytes <= 256 ? getrandom(out, len_bytes, 0) : 0;
	} while (n < 0 && errno == EINTR);
	return n == (ssize_t)len_bytes ? 0 : -EIO;
}

static int system_open(void *arg, const char *path, int flags, mode_t mode)
{
	int fd = open(path, flags | O_CLOEXEC, mode);

	(void)arg;
	return fd >= 0 ? fd : -errno;
}

static int system_close(void *arg, int fd)
{
	(void)arg;
	return close(fd) == 0 ? 0 : -errno;
}

static int system_fstat(void *arg, int fd, struct stat *out)
{
	(void)arg;
	return fstat(fd, out) == 0 ? 0 : -errno;
}

static ssize_t system_pread(void *arg, int fd, void *out, size_t len_bytes, off_t at)
{
	ssize_t n = pread(fd, out, len_bytes, at);

	(void)arg;
	return n >= 0 ? n : -errno;
}

static ssize_t system_pwrite(void *arg, int fd, const void *data, size_t len_bytes, off_t at)
{
	ssize_t n = pwrite(fd, data, len_bytes, at);

	(void)arg;
	return n >= 0 ? n : -errno;
}

static int system_ftruncate(void *arg, int fd, off_t len_bytes)
{
	(void)arg;
	return ftruncate(fd, len_bytes) == 0 ? 0 : -errno;
}

static int system_fdatasync(void *arg, int fd)
{
	(void)arg;
	return fdatasync(fd) == 0 ? 0 : -errno;
}

static int system_rename(void *arg, const char *from, const char *to)
{
	(void)arg;
	return rename(from, to) == 0 ? 0 : -errno;
}

static int system_unlink(void *arg, const char *path)
{
	(void)arg;
	return unlink(path) == 0 ? 0 : -errno;
}

static int system_sync_dir(void *arg, const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc;

	(void)arg;
	if (fd < 0) {
		return -errno;
	}
	rc = fsync(fd) == 0 ? 0 : -errno;
	(void)close(fd);
	return rc;
}

static int system_mkdir(void *arg, const char *path, mode_t mode)
{
	(void)arg;
	return mkdir(path, mode) == 0 ? 0 : -errno;
}

static int system_list_dir(void *arg, const char *path, env_name_fn each, void *each_arg)
{
	DIR *dir = opendir(path);
	int rc = 0;

	(void)arg;
	if (dir == NULL) {
		return -errno;
	}
	while (rc == 0) {
		errno = 0; /* the only way to tell the end from a failure (readdir(3)) */
		const struct dirent *e = readdir(dir);

		if (e == NULL) {
			rc = -errno;
			break;
		}
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
			rc = each(each_arg, e->d_name);
		}
	}
	(void)closedir(dir);
	return rc;
}

static int system_lock(void *arg, int fd)
{
	(void)arg;
	return flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : -errno;
}

const struct env env_system = {
	.wall_us = system_wall_us,
	.mono_us = system_mono_us,
	.cpu_us = system_cpu_us,
	.random = system_random,
	.open = system_open,
	.close = system_close,
	.fstat = system_fstat,
	.pread = system_pread,
	.pwrite = system_pwrite,
	.ftruncate = system_ftruncate,
	.fdatasync = system_fdatasync,
	.rename = system_rename,
	.unlink = system_unlink,
	.sync_dir = system_sync_dir,
	.mkdir = system_mkdir,
	.list_dir = system_list_dir,
	.lock = system_lock,
};

int env_pwrite_all(const struct env *e, int fd, const void *data, size_t len_bytes, off_t at)
{
	const uint8_t *p = data;

	while (len_bytes > 0) {
		ssize_t n = e->pwrite(e->arg, fd, p, len_bytes, at);

		if (n == -EINTR) {
			continue;
		}
		if (n <= 0) {
			return n < 0 ? (int)n : -EIO;
		}
		p += n;
		at += n;
		len_bytes -= (size_t)n;
	}
	return 0;
}

ssize_t env_pread_all(const struct env *e, int fd, void *out, size_t len_bytes, off_t at)
{
	uint8_t *p = out;
	size_t got = 0;

	while (got < len_bytes) {
		ssize_t n = e->pread(e->arg, fd, p + got, len_bytes - got, at + (off_t)got);

		if (n == -EINTR) {
			continue;
		}
		if (n < 0) {
			return n;
		}
		if (n == 0) {
			break;
		}
		got += (size_t)n;
	}
	return (ssize_t)got;
}

int env_open_regular(const struct env *e, const char *path, struct stat *st)
{
	struct stat own = { 0 };
	int fd = e->open(e->arg, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	int rc;

	if (fd < 0) {
		return fd;
	}
	st = st != NULL ? st : &own;
	rc = e->fstat(e->arg, fd, st);
	if (rc == 0 && !S_ISREG(st->st_mode)) {
		rc = -EINVAL;
	}
	if (rc != 0) {
		(void)e->close(e->arg, fd);
		return rc;
	}
	return fd;
}
