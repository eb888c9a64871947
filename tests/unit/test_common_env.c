#include "common/env.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/support/cases.h"
#include "tests/support/temp.h"

/* A file in memory whose calls move little, are interrupted, or fail, by script. */
struct shaky {
	const int *script; /* per call: bytes moved at most, or a negative errno; 0 moves nothing */
	size_t calls;
	char file[32];
	off_t size;
};

static ssize_t moved(struct shaky *s, size_t len_bytes)
{
	int step = s->script[s->calls++];

	return step < 0 || (size_t)step < len_bytes ? step : (ssize_t)len_bytes;
}

static ssize_t shaky_pwrite(void *arg, int fd, const void *data, size_t len_bytes, off_t at)
{
	struct shaky *s = arg;
	ssize_t n = moved(s, len_bytes);

	assert_int_equal(fd, 9);
	if (n > 0) {
		memcpy(s->file + at, data, (size_t)n);
	}
	return n;
}

static ssize_t shaky_pread(void *arg, int fd, void *out, size_t len_bytes, off_t at)
{
	struct shaky *s = arg;
	size_t left = (size_t)(s->size - at);
	ssize_t n = moved(s, len_bytes < left ? len_bytes : left);

	assert_int_equal(fd, 9);
	if (n > 0) {
		memcpy(out, s->file + at, (size_t)n);
	}
	return n;
}

static const struct io_case {
	const char *name;
	int script[12];
	ssize_t want; /* of env_pwrite_all; 0: all of it */
	size_t calls;
} writes[] = {
	{ "write_in_one_go", { 99 }, 0, 1 },
	{ "write_byte_by_byte", { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 }, 0, 10 },
	{ "write_interrupted_again_and_again", { -EINTR, 4, -EINTR, -EINTR, 99 }, 0, 5 },
	{ "write_that_moves_nothing", { 4, 0 }, -EIO, 2 },
	{ "write_on_a_full_disk", { 4, -ENOSPC }, -ENOSPC, 2 },
	{ "write_that_fails_at_once", { -EBADF }, -EBADF, 1 },
};

static void everything_is_written_or_the_reason_returned(void **state)
{
	const struct io_case *c = *state;
	struct shaky s = { .script = c->script };
	struct env e = { .arg = &s, .pwrite = shaky_pwrite };

	assert_int_equal(env_pwrite_all(&e, 9, "0123456789", 10, 3), c->want);
	assert_int_equal(s.calls, c->calls);
	/* where something is wrong the first four bytes are there at most */
	assert_memory_equal(s.file + 3, "0123456789", c->want == 0 ? 10 : 0);
	assert_int_equal(s.file[13], '\0');
}

static void nothing_is_written_without_a_call(void **state)
{
	struct shaky s = { .script = NULL };
	struct env e = { .arg = &s, .pwrite = shaky_pwrite };

	(void)state;
	assert_int_equal(env_pwrite_all(&e, 9, "", 0, 0), 0);
	assert_int_equal(s.calls, 0);
}

static const struct io_case reads[] = {
	{ "read_in_one_go", { 99, 0 }, 8, 1 },
	{ "read_byte_by_byte", { 1, 1, 1, 1, 1, 1, 1, 1 }, 8, 8 },
	{ "read_interrupted_again_and_again", { -EINTR, 3, -EINTR, 99 }, 8, 4 },
	{ "read_that_fails", { 3, -EIO }, -EIO, 2 },
};

static void everything_wanted_is_read_or_the_reason_returned(void **state)
{
	const struct io_case *c = *state;
	struct shaky s = { .script = c->script, .file = "..01234567", .size = 10 };
	struct env e = { .arg = &s, .pread = shaky_pread };
	char out[9] = { 0 };

	assert_int_equal(env_pread_all(&e, 9, out, 8, 2), c->want);
	assert_int_equal(s.calls, c->calls);
	assert_memory_equal(out, "01234567", c->want < 0 ? 3 : 8);
}

static void read_ends_with_the_file(void **state)
{
	static const int script[] = { 2, 99, 0 };
	struct shaky s = { .script = script, .file = "01234", .size = 5 };
	struct env e = { .arg = &s, .pread = shaky_pread };
	char out[16];

	(void)state;
	assert_int_equal(env_pread_all(&e, 9, out, sizeof(out), 0), 5);
	assert_memory_equal(out, "01234", 5);
	assert_int_equal(s.calls, 3);
}

static int open_files(void **state)
{
	static struct temp t;

	temp_open(&t);
	*state = &t;
	return 0;
}

static int remove_files(void **state)
{
	temp_remove(*state);
	return 0;
}

static int open_regular(const char *path, struct stat *st)
{
	return env_open_regular(&env_system, path, st);
}

static void regular_file_is_opened_and_described(void **state)
{
	const char *path = temp_text(*state, "regular", "12345");
	struct stat st;
	int fd = open_regular(path, &st);

	assert_true(fd >= 0);
	assert_int_equal(st.st_size, 5);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(env_system.close(env_system.arg, fd), 0);
	fd = open_regular(path, NULL);
	assert_true(fd >= 0);
	assert_int_equal(env_system.close(env_system.arg, fd), 0);
}

static void symbolic_link_is_refused(void **state)
{
	struct temp *t = *state;
	char target[sizeof(t->path)];

	memcpy(target, temp_text(t, "target", "x"), sizeof(target));
	assert_int_equal(symlink(target, temp_path(t, "link")), 0);
	assert_int_equal(open_regular(t->path, NULL), -ELOOP);
}

static void fifo_is_refused_without_waiting(void **state)
{
	const char *path = temp_path(*state, "fifo");

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(open_regular(path, NULL), -EINVAL);
}

static void folder_and_device_are_refused(void **state)
{
	struct temp *t = *state;

	assert_int_equal(open_regular(t->dir, NULL), -EINVAL);
	assert_int_equal(open_regular("/dev/null", NULL), -EINVAL);
}

static void missing_file_says_so(void **state)
{
	assert_int_equal(open_regular(temp_path(*state, "missing"), NULL), -ENOENT);
}

/* Every function of the real thing once, and its failure as -errno. */
static void system_functions_return_minus_errno(void **state)
{
	const struct env *e = &env_system;
	struct temp *t = *state;
	char from[sizeof(t->path)];
	struct stat st;
	char out[4];
	int fd;

	memcpy(from, temp_path(t, "from"), sizeof(from));
	fd = e->open(e->arg, from, O_RDWR | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(e->pwrite(e->arg, fd, "abcd", 4, 0), 4);
	assert_int_equal(e->pread(e->arg, fd, out, 4, 1), 3);
	assert_int_equal(e->fdatasync(e->arg, fd), 0);
	assert_int_equal(e->ftruncate(e->arg, fd, 2), 0);
	assert_int_equal(e->fstat(e->arg, fd, &st), 0);
	assert_int_equal(st.st_size, 2);
	assert_int_equal(e->close(e->arg, fd), 0);
	assert_int_equal(e->close(e->arg, fd), -EBADF);
	assert_int_equal(e->pread(e->arg, fd, out, 4, 0), -EBADF);
	assert_int_equal(e->pwrite(e->arg, fd, out, 4, 0), -EBADF);
	assert_int_equal(e->fdatasync(e->arg, fd), -EBADF);
	assert_int_equal(e->ftruncate(e->arg, fd, 0), -EBADF);
	assert_int_equal(e->fstat(e->arg, fd, &st), -EBADF);
	assert_int_equal(e->rename(e->arg, from, temp_path(t, "to")), 0);
	assert_int_equal(e->rename(e->arg, from, t->path), -ENOENT);
	assert_int_equal(e->sync_dir(e->arg, t->dir), 0);
	assert_int_equal(e->unlink(e->arg, t->path), 0);
	assert_int_equal(e->unlink(e->arg, t->path), -ENOENT);
	assert_int_equal(e->sync_dir(e->arg, from), -ENOENT);
}

static void clocks_go_on_and_randomness_differs(void **state)
{
	const struct env *e = &env_system;
	int64_t before_us = env_mono_us(e);
	uint8_t a[256];
	uint8_t b[256];

	(void)state;
	assert_true(env_mono_us(e) >= before_us);
	assert_true(env_wall_us(e) > INT64_C(1600000000000000));
	assert_int_equal(e->random(e->arg, a, sizeof(a)), 0);
	assert_int_equal(e->random(e->arg, b, sizeof(b)), 0);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_int_equal(e->random(e->arg, a, 0), 0);
	assert_int_equal(e->random(e->arg, a, sizeof(a) + 1), -EIO);
}

int main(void)
{
	static struct cases c;
	static struct cases files;

	cases_table(&c, writes, everything_is_written_or_the_reason_returned);
	cases_test(&c, nothing_is_written_without_a_call);
	cases_table(&c, reads, everything_wanted_is_read_or_the_reason_returned);
	cases_test(&c, read_ends_with_the_file);
	cases_test(&c, clocks_go_on_and_randomness_differs);
	cases_test(&files, regular_file_is_opened_and_described);
	cases_test(&files, symbolic_link_is_refused);
	cases_test(&files, fifo_is_refused_without_waiting);
	cases_test(&files, folder_and_device_are_refused);
	cases_test(&files, missing_file_says_so);
	cases_test(&files, system_functions_return_minus_errno);
	return cases_run("env", &c, NULL, NULL) +
	       cases_run("env_files", &files, open_files, remove_files);
}
