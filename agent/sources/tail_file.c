/* One file of a log; see tail_file.h. All files are opened through env_open_regular. */
#include "agent/sources/tail_file.h"

#include <errno.h>
#include <string.h>

static bool ends_with(const char *name, const char *suffix)
{
	size_t n = strlen(name);
	size_t k = strlen(suffix);

	return n > k && strcmp(name + n - k, suffix) == 0;
}

bool tail_name_is_packed(const char *name)
{
	return ends_with(name, ".gz") || ends_with(name, ".zst");
}

static void note_stat(const struct stat *st, struct tail_probe *out)
{
	out->dev = (uint64_t)st->st_dev;
	out->ino = (uint64_t)st->st_ino;
	out->size = (uint64_t)st->st_size;
	out->mtime_us = (int64_t)st->st_mtim.tv_sec * 1000000 + st->st_mtim.tv_nsec / 1000;
}

static void note_bytes(const uint8_t *bytes, size_t n, const struct tail_handler *handler,
                       struct tail_probe *out)
{
	out->head_len = n < TAIL_HEAD_BYTES ? n : TAIL_HEAD_BYTES;
	memcpy(out->head, bytes, out->head_len);
	out->first_us = handler->first_us(handler->arg, (struct slice){ (const char *)bytes, n });
}

int tail_file_look(const struct env *env, const struct tail_file *f,
                   const struct tail_handler *handler, struct tail_probe *out)
{
	uint8_t bytes[TAIL_PROBE_BYTES];
	struct stat st;
	int rc = env->fstat(env->arg, f->fd, &st);
	ssize_t n = rc == 0 ? env_pread_all(env, f->fd, bytes, sizeof(bytes), 0) : rc;

	if (n < 0) {
		return (int)n;
	}
	note_stat(&st, out);
	note_bytes(bytes, (size_t)n, handler, out);
	return 0;
}

static int open_packed(const struct env *env, const char *path, struct tail_file *f,
                       struct stat *st)
{
	int fd = env_open_regular(env, path, st);

	*f = TAIL_FILE_NONE;
	return fd < 0 ? fd : instream_open_fd(&f->packed, fd, path, NULL);
}

static int probe_packed(const struct env *env, const char *path, const struct tail_handler *handler,
                        struct tail_probe *out)
{
	uint8_t bytes[TAIL_PROBE_BYTES];
	struct tail_file f;
	struct stat st;
	ssize_t n = open_packed(env, path, &f, &st);

	if (n == 0) {
		n = instream_read(f.packed, bytes, sizeof(bytes));
		tail_file_close(env, &f);
	}
	if (n < 0) {
		return (int)n;
	}
	note_stat(&st, out);
	out->size = 0;
	note_bytes(bytes, (size_t)n, handler, out);
	return 0;
}

static int open_plain(const struct env *env, const char *path, const struct tail_handler *handler,
                      struct tail_file *f, struct tail_probe *out)
{
	int rc;

	*f = TAIL_FILE_NONE;
	f->fd = env_open_regular(env, path, NULL);
	if (f->fd < 0) {
		rc = f->fd;
		*f = TAIL_FILE_NONE;
		return rc;
	}
	rc = tail_file_look(env, f, handler, out);
	if (rc != 0) {
		tail_file_close(env, f);
	}
	return rc;
}

int tail_file_probe(const struct env *env, const char *path, const struct tail_handler *handler,
                    struct tail_probe *out)
{
	struct tail_file f;
	int rc;

	if (tail_name_is_packed(path)) {
		return probe_packed(env, path, handler, out);
	}
	rc = open_plain(env, path, handler, &f, out);
	tail_file_close(env, &f);
	return rc;
}

int tail_file_open(const struct env *env, const char *path, const struct tail_handler *handler,
                   struct tail_file *f, struct tail_probe *out)
{
	struct stat st;
	int rc;

	if (!tail_name_is_packed(path)) {
		return open_plain(env, path, handler, f, out);
	}
	*f = TAIL_FILE_NONE;
	rc = probe_packed(env, path, handler, out); /* what was looked at cannot be put back */
	return rc == 0 ? open_packed(env, path, f, &st) : rc;
}

ssize_t tail_file_read(const struct env *env, const struct tail_file *f, void *out,
                       size_t len_bytes, uint64_t at)
{
	if (f->packed != NULL) {
		return instream_read(f->packed, out, len_bytes);
	}
	return env_pread_all(env, f->fd, out, len_bytes, (off_t)at);
}

void tail_file_close(const struct env *env, struct tail_file *f)
{
	if (f->fd >= 0) {
		(void)env->close(env->arg, f->fd);
	}
	instream_close(f->packed);
	*f = TAIL_FILE_NONE;
}
