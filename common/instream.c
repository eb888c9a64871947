#include "common/instream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>
#include <zstd.h>

#define IN_BYTES ((size_t)64 * 1024)
/* The window a zstd file may ask for: 32 MiB, what `zstd -20` uses. The format allows 3.75 TB, and
 * libzstd by itself 128 MiB (RFC 8878 3.1.1.1.2 leaves the limit to the decoder). */
#define ZSTD_WINDOW_LOG_MAX 25

struct instream {
	char *path;
	int fd;
	uint64_t size;
	uint64_t done;
	int64_t mtime_us;
	enum { PLAIN, GZIP, ZSTANDARD } kind;
	z_stream gzip;
	ZSTD_DStream *zstd;
	/* inside a gzip member or zstd frame: if the file ends here, it is damaged */
	bool member_open;
	bool at_end;
	int rc; /* why nothing more can be read */
	size_t in_at;
	size_t in_len;
	uint8_t in[IN_BYTES];
};

static ssize_t fill(struct instream *s)
{
	ssize_t n;

	do {
		n = read(s->fd, s->in, IN_BYTES);
	} while (n < 0 && errno == EINTR);
	if (n < 0) {
		return -errno;
	}
	s->in_at = 0;
	s->in_len = (size_t)n;
	s->done += (uint64_t)n;
	return n;
}

static int start(struct instream *s)
{
	static const uint8_t gzip_magic[] = { 0x1f, 0x8b };             /* RFC 1952 2.3.1 */
	static const uint8_t zstd_magic[] = { 0x28, 0xb5, 0x2f, 0xfd }; /* RFC 8878 3.1.1 */
	ssize_t n = fill(s);

	if (n < 0) {
		return (int)n;
	}
	if (s->in_len >= sizeof(gzip_magic) && memcmp(s->in, gzip_magic, sizeof(gzip_magic)) == 0) {
		s->kind = GZIP;
		/* 16: gzip framing */
		return inflateInit2(&s->gzip, 16 + MAX_WBITS) == Z_OK ? 0 : -ENOMEM;
	}
	if (s->in_len >= sizeof(zstd_magic) && memcmp(s->in, zstd_magic, sizeof(zstd_magic)) == 0) {
		s->kind = ZSTANDARD;
		s->zstd = ZSTD_createDStream();
		if (s->zstd == NULL) {
			return -ENOMEM;
		}
		/* fails only for a number out of range */
		(void)ZSTD_DCtx_setParameter(s->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
	}
	return 0;
}

int instream_open_fd(struct instream **out, int fd, const char *path, struct fault *fault)
{
	struct instream *s = calloc(1, sizeof(*s));
	struct stat st;
	int rc = 0;

	if (s == NULL || (s->path = strdup(path)) == NULL) {
		free(s);
		(void)close(fd);
		return fault_set(fault, -ENOMEM, "%s: out of memory", path);
	}
	s->fd = fd;
	if (fstat(s->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		rc = fault_set(fault, -EINVAL, "%s: not a regular file", path);
	} else {
		s->size = (uint64_t)st.st_size;
		s->mtime_us = (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000;
		rc = start(s);
		if (rc != 0) {
			(void)fault_set(fault, rc, "%s: cannot read: %s", path, strerror(-rc));
		}
	}
	if (rc != 0) {
		instream_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

int instream_open(struct instream **out, const char *path, struct fault *fault)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0) {
		return fault_set(fault, -errno, "%s: cannot open: %s", path, strerror(errno));
	}
	return instream_open_fd(out, fd, path, fault);
}

static size_t read_plain(struct instream *s, void *out, size_t len_bytes)
{
	size_t n = s->in_len - s->in_at < len_bytes ? s->in_len - s->in_at : len_bytes;

	memcpy(out, s->in + s->in_at, n);
	s->in_at += n;
	return n;
}

static size_t read_gzip(struct instream *s, void *out, size_t len_bytes)
{
	int rc;

	if (!s->member_open) {
		(void)inflateReset(&s->gzip); /* fails only for a stream that was never begun */
	}
	s->gzip.next_in = s->in + s->in_at;
	s->gzip.avail_in = (uInt)(s->in_len - s->in_at);
	s->gzip.next_out = out;
	s->gzip.avail_out = (uInt)len_bytes;
	rc = inflate(&s->gzip, Z_NO_FLUSH);
	if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR) {
		s->rc = rc == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
	}
	s->in_at = s->in_len - s->gzip.avail_in;
	s->member_open = rc != Z_STREAM_END; /* files joined by cat have several members */
	return len_bytes - s->gzip.avail_out;
}

static size_t read_zstd(struct instream *s, void *out, size_t len_bytes)
{
	ZSTD_inBuffer in = { s->in, s->in_len, s->in_at };
	ZSTD_outBuffer to = { out, len_bytes, 0 };
	size_t rc = ZSTD_decompressStream(s->zstd, &to, &in);

	if (ZSTD_isError(rc) != 0) {
		s->rc = -EBADMSG;
	}
	s->in_at = in.pos;
	s->member_open = rc != 0;
	return to.pos;
}

static size_t read_some(struct instream *s, void *out, size_t len_bytes)
{
	bool nothing_left = s->in_at == s->in_len;

	if (s->kind == PLAIN) {
		return read_plain(s, out, len_bytes);
	}
	if (nothing_left && !s->member_open) {
		return 0; /* a decoder asked now would say that the next member is cut off */
	}
	return s->kind == GZIP ? read_gzip(s, out, len_bytes) : read_zstd(s, out, len_bytes);
}

/* Get more of the file when the decoder has used up what it had. */
static void refill(struct instream *s)
{
	ssize_t n = fill(s);

	s->at_end = n == 0;
	if (n < 0) {
		s->rc = (int)n;
	} else if (s->at_end && s->member_open) {
		s->rc = -EBADMSG;
	}
}

ssize_t instream_read(struct instream *s, void *out, size_t len_bytes)
{
	size_t got = 0;

	len_bytes = len_bytes < UINT32_MAX ? len_bytes : UINT32_MAX; /* what zlib counts in */
	while (got < len_bytes && s->rc == 0) {
		size_t n = read_some(s, (uint8_t *)out + got, len_bytes - got);

		got += n;
		if (n == 0 && s->in_at == s->in_len) {
			if (s->at_end) {
				break;
			}
			refill(s);
		}
	}
	/* what was unpacked before the damage is handed out first */
	return got > 0 ? (ssize_t)got : s->rc;
}

uint64_t instream_done_bytes(const struct instream *s)
{
	return s->done - (s->in_len - s->in_at);
}

uint64_t instream_size_bytes(const struct instream *s)
{
	return s->size;
}

int64_t instream_mtime_us(const struct instream *s)
{
	return s->mtime_us;
}

const char *instream_path(const struct instream *s)
{
	return s->path;
}

void instream_close(struct instream *s)
{
	if (s == NULL) {
		return;
	}
	if (s->kind == GZIP) {
		(void)inflateEnd(&s->gzip);
	}
	if (s->zstd != NULL) {
		(void)ZSTD_freeDStream(s->zstd);
	}
	if (s->fd >= 0) {
		(void)close(s->fd);
	}
	free(s->path);
	free(s);
}
