#include "tests/support/log_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>
#include <zstd.h>

#include "tests/support/cases.h"

#define BUFFERS  4
#define FILE_MAX ((size_t)4 * 1024 * 1024)
#define TEXT_MAX ((size_t)64 * 1024)
#define START_US INT64_C(1800000000000000)

static int64_t wall_us(void *arg)
{
	return ((struct log_folder *)arg)->wall_us;
}

static int64_t mono_us(void *arg)
{
	return ((struct log_folder *)arg)->mono_us;
}

static int open_file(void *arg, const char *path, int flags, mode_t mode)
{
	struct log_folder *f = arg;
	const char *slash = strrchr(path, '/');

	if (f->refused != NULL && slash != NULL && strcmp(slash + 1, f->refused) == 0 &&
	    f->allowed-- == 0) {
		f->allowed = 0;
		return -EACCES;
	}
	return env_system.open(NULL, path, flags, mode);
}

/* Descriptors this process has. */
static unsigned count_open(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL) {
		n++;
	}
	(void)closedir(dir);
	return n;
}

struct log_folder *log_folder_new(void)
{
	struct log_folder *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	temp_open(&f->temp);
	f->env = env_system;
	f->env.arg = f;
	f->env.wall_us = wall_us;
	f->env.mono_us = mono_us;
	f->env.open = open_file;
	f->mono_us = 1000000;
	f->wall_us = START_US;
	f->opened = count_open();
	return f;
}

void log_folder_free(struct log_folder *f)
{
	unsigned opened = f->opened;

	temp_remove(&f->temp);
	free(f);
	assert_int_equal(count_open(), opened);
}

const char *log_folder_file(struct log_folder *f, const char *name)
{
	static char buffers[BUFFERS][LOG_FOLDER_PATH_MAX];
	static unsigned at;
	char *out = buffers[at++ % BUFFERS];

	(void)snprintf(out, LOG_FOLDER_PATH_MAX, "%s/%s", f->temp.dir, name);
	return out;
}

static void put(const char *path, int flags, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	assert_int_equal(close(fd), 0);
}

static size_t get(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, out, size);
	assert_true(n >= 0);
	assert_int_equal(close(fd), 0);
	return (size_t)n;
}

void log_folder_write(struct log_folder *f, const char *name, const char *text)
{
	put(log_folder_file(f, name), O_TRUNC, text, strlen(text));
}

void log_folder_append(struct log_folder *f, const char *name, const char *text)
{
	put(log_folder_file(f, name), O_APPEND, text, strlen(text));
}

void log_folder_rename(struct log_folder *f, const char *from, const char *to)
{
	assert_int_equal(rename(log_folder_file(f, from), log_folder_file(f, to)), 0);
}

void log_folder_remove(struct log_folder *f, const char *name)
{
	assert_int_equal(unlink(log_folder_file(f, name)), 0);
}

void log_folder_cut(struct log_folder *f, const char *name)
{
	assert_int_equal(truncate(log_folder_file(f, name), 0), 0);
}

void log_folder_copy(struct log_folder *f, const char *from, const char *to)
{
	char *data = malloc(FILE_MAX);
	size_t n;

	assert_non_null(data);
	n = get(log_folder_file(f, from), data, FILE_MAX);
	put(log_folder_file(f, to), O_TRUNC, data, n);
	free(data);
}

/* Compressors keep the time of the file they replace. */
static void replace(struct log_folder *f, const char *name, const char *suffix, const void *data,
                    size_t len)
{
	char packed[LOG_FOLDER_PATH_MAX];
	struct timespec times[2];
	struct stat st;

	(void)snprintf(packed, sizeof(packed), "%s%s", log_folder_file(f, name), suffix);
	assert_int_equal(stat(log_folder_file(f, name), &st), 0);
	put(packed, O_TRUNC, data, len);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	assert_int_equal(utimensat(AT_FDCWD, packed, times, 0), 0);
	log_folder_remove(f, name);
}

void log_folder_gzip(struct log_folder *f, const char *name)
{
	char *data = malloc(FILE_MAX);
	char *packed = malloc(FILE_MAX);
	z_stream z = { 0 };

	assert_non_null(data);
	assert_non_null(packed);
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
	                 Z_OK);
	z.avail_in = (uInt)get(log_folder_file(f, name), data, FILE_MAX);
	z.next_in = (Bytef *)data;
	z.next_out = (Bytef *)packed;
	z.avail_out = (uInt)FILE_MAX;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	replace(f, name, ".gz", packed, FILE_MAX - z.avail_out);
	(void)deflateEnd(&z);
	free(data);
	free(packed);
}

void log_folder_zstd(struct log_folder *f, const char *name)
{
	char *data = malloc(FILE_MAX);
	char *packed = malloc(FILE_MAX);
	size_t n;

	assert_non_null(data);
	assert_non_null(packed);
	n = get(log_folder_file(f, name), data, FILE_MAX);
	n = ZSTD_compress(packed, FILE_MAX, data, n, 1);
	assert_false(ZSTD_isError(n));
	replace(f, name, ".zst", packed, n);
	free(data);
	free(packed);
}

void log_folder_damage(struct log_folder *f, const char *name, size_t n)
{
	struct stat st;

	assert_int_equal(stat(log_folder_file(f, name), &st), 0);
	assert_int_equal(truncate(log_folder_file(f, name), st.st_size - (off_t)n), 0);
}

void log_folder_touch(struct log_folder *f, const char *name, int64_t at_s)
{
	struct timespec times[2] = { { .tv_sec = at_s }, { .tv_sec = at_s } };

	assert_int_equal(utimensat(AT_FDCWD, log_folder_file(f, name), times, 0), 0);
}

bool log_folder_has(struct log_folder *f, const char *name)
{
	struct stat st;

	return lstat(log_folder_file(f, name), &st) == 0;
}

const char *log_folder_read(struct log_folder *f, const char *name)
{
	static char buffers[BUFFERS][64 * 1024 + 1];
	static unsigned at;
	char *out = buffers[at++ % BUFFERS];

	out[get(log_folder_file(f, name), out, TEXT_MAX)] = '\0';
	return out;
}
