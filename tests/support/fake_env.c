#include "tests/support/fake_env.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/dice.h"

#define FDS_MAX        64
#define FD_FIRST       1000 /* so that a mix-up with a real descriptor fails */
#define PATH_MAX_BYTES 256

#define START_WALL_US  INT64_C(1795305600000000) /* 2026-11-22 00:00 UTC */
#define START_MONO_US  INT64_C(1000000000)

struct bytes {
	uint8_t *data;
	size_t len;
	size_t cap;
};

/* One step on a file that the disk does not have yet. */
struct file_step {
	bool truncate; /* to `at` */
	size_t at;
	struct bytes data;
};

struct inode {
	struct inode *next; /* all of them, newest first; freed with the environment */
	ino_t number;
	struct bytes seen; /* what programs read */
	struct bytes disk; /* what is left when the power fails */
	struct file_step *steps;
	size_t n_steps;
	bool locked;
};

struct name {
	char path[PATH_MAX_BYTES];
	struct inode *inode;
};

struct names {
	struct name *at;
	size_t n;
};

/* One step on a folder that the disk does not have yet: `path` becomes `inode` (NULL: goes), and
 * `from` goes when it is not "". */
struct folder_step {
	char path[PATH_MAX_BYTES];
	char from[PATH_MAX_BYTES];
	struct inode *inode;
};

struct fake_env {
	struct env env;
	struct dice dice;
	int64_t wall_us;
	int64_t mono_us;
	int64_t cpu_us;
	struct names seen;
	struct names disk;
	struct names folders;
	struct folder_step *steps;
	size_t n_steps;
	struct inode *inodes;
	ino_t last_inode;
	struct inode *fds[FDS_MAX];
	bool holds_lock[FDS_MAX];
	unsigned calls[FAKE_CALLS + 1];
	enum fake_call plan_kind;
	unsigned plan_in;
	int plan_error;
	bool plan_struck;
	int always[FAKE_CALLS + 1];
	size_t short_write;
	uint64_t capacity;
};

/* ---- small parts ---- */

static void *must(void *memory)
{
	if (memory == NULL) {
		abort();
	}
	return memory;
}

static void bytes_resize(struct bytes *b, size_t len)
{
	if (len > b->cap) {
		b->cap = len > 2 * b->cap ? len : 2 * b->cap;
		b->data = must(realloc(b->data, b->cap));
	}
	if (len > b->len) {
		memset(b->data + b->len, 0, len - b->len); /* a hole reads as zeros */
	}
	b->len = len;
}

static void bytes_write(struct bytes *b, size_t at, const uint8_t *data, size_t len)
{
	if (len > 0) {
		if (at + len > b->len) {
			bytes_resize(b, at + len);
		}
		memcpy(b->data + at, data, len);
	}
}

static void bytes_copy(struct bytes *to, const struct bytes *from)
{
	bytes_resize(to, 0);
	bytes_write(to, 0, from->data, from->len);
}

uint64_t fake_env_pick(struct fake_env *f, uint64_t below)
{
	return dice_below(&f->dice, below);
}

static int strike(struct fake_env *f, enum fake_call kind)
{
	f->calls[kind]++;
	f->calls[FAKE_CALLS]++;
	if (f->plan_in > 0 && (f->plan_kind == kind || f->plan_kind == FAKE_CALLS)) {
		f->plan_in--;
		if (f->plan_in == 0) {
			f->plan_struck = true;
			return -f->plan_error;
		}
	}
	return f->always[kind] != 0 ? -f->always[kind] : -f->always[FAKE_CALLS];
}

static struct inode **name_find(const struct names *names, const char *path)
{
	for (size_t i = 0; i < names->n; i++) {
		if (strcmp(names->at[i].path, path) == 0) {
			return &names->at[i].inode;
		}
	}
	return NULL;
}

/* Kept in order of names. NULL takes the name away. */
static void name_set(struct names *names, const char *path, struct inode *inode)
{
	size_t i = 0;

	while (i < names->n && strcmp(names->at[i].path, path) < 0) {
		i++;
	}
	if (i < names->n && strcmp(names->at[i].path, path) == 0) {
		if (inode == NULL) {
			memmove(&names->at[i], &names->at[i + 1],
			        (names->n - i - 1) * sizeof(*names->at));
			names->n--;
		} else {
			names->at[i].inode = inode;
		}
		return;
	}
	if (inode != NULL) {
		names->at = must(realloc(names->at, (names->n + 1) * sizeof(*names->at)));
		memmove(&names->at[i + 1], &names->at[i], (names->n - i) * sizeof(*names->at));
		names->n++;
		(void)snprintf(names->at[i].path, sizeof(names->at[i].path), "%s", path);
		names->at[i].inode = inode;
	}
}

static bool is_in_folder(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return strncmp(path, folder, n) == 0 && path[n] == '/' && strchr(path + n + 1, '/') == NULL;
}

static struct inode *new_inode(struct fake_env *f)
{
	struct inode *inode = must(calloc(1, sizeof(*inode)));

	inode->number = ++f->last_inode;
	inode->next = f->inodes;
	f->inodes = inode;
	return inode;
}

static uint64_t bytes_used(const struct fake_env *f)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < f->seen.n; i++) {
		sum += f->seen.at[i].inode->seen.len;
	}
	return sum;
}

static struct inode *inode_of(struct fake_env *f, int fd)
{
	return fd >= FD_FIRST && fd < FD_FIRST + FDS_MAX ? f->fds[fd - FD_FIRST] : NULL;
}

/* ---- steps that are not durable yet ---- */

static struct file_step *add_file_step(struct inode *inode)
{
	inode->steps = must(realloc(inode->steps, (inode->n_steps + 1) * sizeof(*inode->steps)));
	inode->steps[inode->n_steps] = (struct file_step){ 0 };
	return &inode->steps[inode->n_steps++];
}

static void add_folder_step(struct fake_env *f, const char *path, const char *from,
                            struct inode *inode)
{
	struct folder_step *step;

	f->steps = must(realloc(f->steps, (f->n_steps + 1) * sizeof(*f->steps)));
	step = &f->steps[f->n_steps++];
	*step = (struct folder_step){ .inode = inode };
	(void)snprintf(step->path, sizeof(step->path), "%s", path);
	(void)snprintf(step->from, sizeof(step->from), "%s", from);
}

static void apply_file_step(struct bytes *to, const struct file_step *step, size_t len)
{
	if (step->truncate) {
		bytes_resize(to, step->at);
	} else {
		bytes_write(to, step->at, step->data.data, len);
	}
}

static void forget_file_steps(struct inode *inode)
{
	for (size_t i = 0; i < inode->n_steps; i++) {
		free(inode->steps[i].data.data);
	}
	free(inode->steps);
	inode->steps = NULL;
	inode->n_steps = 0;
}

/* Of each step all, a part or nothing reaches the disk. */
static void settle_at_random(struct fake_env *f, struct inode *inode)
{
	for (size_t i = 0; i < inode->n_steps; i++) {
		const struct file_step *step = &inode->steps[i];
		uint64_t fate = fake_env_pick(f, 4);

		if (fate == 0) {
			continue;
		}
		apply_file_step(&inode->disk, step,
		                fate == 1 ? fake_env_pick(f, step->data.len + 1) : step->data.len);
	}
	forget_file_steps(inode);
}

static void apply_folder_step(struct fake_env *f, const struct folder_step *step)
{
	struct inode **from = step->from[0] != '\0' ? name_find(&f->disk, step->from) : NULL;

	if (from != NULL && *from == step->inode) {
		name_set(&f->disk, step->from, NULL);
	}
	name_set(&f->disk, step->path, step->inode);
}

/* ---- the functions of struct env ---- */

static int64_t fake_wall_us(void *arg)
{
	return ((struct fake_env *)arg)->wall_us;
}

static int64_t fake_mono_us(void *arg)
{
	return ((struct fake_env *)arg)->mono_us;
}

static int64_t fake_cpu_us(void *arg)
{
	return ((struct fake_env *)arg)->cpu_us;
}

static int fake_random(void *arg, void *out, size_t len_bytes)
{
	struct fake_env *f = arg;
	uint8_t *p = out;
	int rc = strike(f, FAKE_RANDOM);

	for (size_t i = 0; rc == 0 && i < len_bytes; i++) {
		p[i] = (uint8_t)dice_next(&f->dice);
	}
	return rc;
}

static int take_fd(struct fake_env *f, struct inode *inode)
{
	for (int i = 0; i < FDS_MAX; i++) {
		if (f->fds[i] == NULL) {
			f->fds[i] = inode;
			return FD_FIRST + i;
		}
	}
	return -EMFILE;
}

static int fake_open(void *arg, const char *path, int flags, mode_t mode)
{
	struct fake_env *f = arg;
	int rc = strike(f, FAKE_OPEN);
	struct inode **found = name_find(&f->seen, path);
	struct inode *inode = found != NULL ? *found : NULL;

	(void)mode;
	if (rc != 0) {
		return rc;
	}
	if (inode == NULL && (flags & O_CREAT) == 0) {
		return -ENOENT;
	}
	if (inode != NULL && (flags & O_EXCL) != 0) {
		return -EEXIST;
	}
	if (inode == NULL) {
		inode = new_inode(f);
		name_set(&f->seen, path, inode);
		add_folder_step(f, path, "", inode);
	} else if ((flags & O_TRUNC) != 0) {
		bytes_resize(&inode->seen, 0);
		add_file_step(inode)->truncate = true;
	}
	return take_fd(f, inode);
}

static int fake_close(void *arg, int fd)
{
	struct fake_env *f = arg;
	struct inode *inode = inode_of(f, fd);

	assert(inode != NULL); /* closed twice, or never opened */
	if (f->holds_lock[fd - FD_FIRST]) {
		inode->locked = false;
		f->holds_lock[fd - FD_FIRST] = false;
	}
	f->fds[fd - FD_FIRST] = NULL;
	return 0;
}

static int fake_fstat(void *arg, int fd, struct stat *out)
{
	struct fake_env *f = arg;
	struct inode *inode = inode_of(f, fd);
	int rc = strike(f, FAKE_FSTAT);

	if (rc == 0 && inode == NULL) {
		rc = -EBADF;
	}
	if (rc == 0) {
		*out = (struct stat){ .st_mode = S_IFREG | 0600,
			              .st_ino = inode->number,
			              .st_size = (off_t)inode->seen.len };
	}
	return rc;
}

static ssize_t fake_pread(void *arg, int fd, void *out, size_t len_bytes, off_t at)
{
	struct fake_env *f = arg;
	const struct inode *inode = inode_of(f, fd);
	int rc = strike(f, FAKE_PREAD);
	size_t n;

	if (rc != 0 || inode == NULL) {
		return rc != 0 ? rc : -EBADF;
	}
	if ((size_t)at >= inode->seen.len || len_bytes == 0) {
		return 0;
	}
	n = inode->seen.len - (size_t)at;
	n = n < len_bytes ? n : len_bytes;
	memcpy(out, inode->seen.data + at, n);
	return (ssize_t)n;
}

static ssize_t fake_pwrite(void *arg, int fd, const void *data, size_t len_bytes, off_t at)
{
	struct fake_env *f = arg;
	struct inode *inode = inode_of(f, fd);
	int rc = strike(f, FAKE_PWRITE);
	struct file_step *step;
	uint64_t room;
	uint64_t more;

	if (rc != 0 || inode == NULL) {
		return rc != 0 ? rc : -EBADF;
	}
	if (f->short_write > 0 && len_bytes > f->short_write) {
		len_bytes = f->short_write;
	}
	room = f->capacity > bytes_used(f) ? f->capacity - bytes_used(f) : 0;
	more = (size_t)at + len_bytes > inode->seen.len ? (size_t)at + len_bytes - inode->seen.len
	                                                : 0;
	if (f->capacity > 0 && more > room) {
		if (room == 0 || more - room >= len_bytes) {
			return -ENOSPC;
		}
		len_bytes -= more - room; /* like a disk: what fits goes in, the next call fails */
	}
	bytes_write(&inode->seen, (size_t)at, data, len_bytes);
	step = add_file_step(inode);
	step->at = (size_t)at;
	bytes_write(&step->data, 0, data, len_bytes);
	return (ssize_t)len_bytes;
}

static int fake_ftruncate(void *arg, int fd, off_t len_bytes)
{
	struct fake_env *f = arg;
	struct inode *inode = inode_of(f, fd);
	int rc = strike(f, FAKE_FTRUNCATE);

	if (rc == 0 && inode == NULL) {
		rc = -EBADF;
	}
	if (rc == 0) {
		struct file_step *step = add_file_step(inode);

		bytes_resize(&inode->seen, (size_t)len_bytes);
		step->truncate = true;
		step->at = (size_t)len_bytes;
	}
	return rc;
}

static int fake_fdatasync(void *arg, int fd)
{
	struct fake_env *f = arg;
	struct inode *inode = inode_of(f, fd);
	int rc = strike(f, FAKE_FDATASYNC);

	if (inode == NULL) {
		return -EBADF;
	}
	if (rc == -EINTR) {
		return rc;
	}
	if (rc != 0) {
		settle_at_random(f, inode);
		return rc;
	}
	for (size_t i = 0; i < inode->n_steps; i++) {
		apply_file_step(&inode->disk, &inode->steps[i], inode->steps[i].data.len);
	}
	forget_file_steps(inode);
	return 0;
}

static int fake_rename(void *arg, const char *from, const char *to)
{
	struct fake_env *f = arg;
	int rc = strike(f, FAKE_RENAME);
	struct inode **found = name_find(&f->seen, from);

	if (rc != 0 || found == NULL) {
		return rc != 0 ? rc : -ENOENT;
	}
	add_folder_step(f, to, from, *found);
	name_set(&f->seen, to, *found);
	name_set(&f->seen, from, NULL);
	return 0;
}

static int fake_unlink(void *arg, const char *path)
{
	struct fake_env *f = arg;
	int rc = strike(f, FAKE_UNLINK);

	if (rc != 0 || name_find(&f->seen, path) == NULL) {
		return rc != 0 ? rc : -ENOENT;
	}
	add_folder_step(f, path, "", NULL);
	name_set(&f->seen, path, NULL);
	return 0;
}

static int fake_sync_dir(void *arg, const char *path)
{
	struct fake_env *f = arg;
	int rc = strike(f, FAKE_SYNC_DIR);
	size_t kept = 0;

	for (size_t i = 0; rc == 0 && i < f->n_steps; i++) {
		if (is_in_folder(f->steps[i].path, path)) {
			apply_folder_step(f, &f->steps[i]);
		} else {
			f->steps[kept++] = f->steps[i];
		}
	}
	f->n_steps = rc == 0 ? kept : f->n_steps;
	return rc;
}

static int fake_mkdir(void *arg, const char *path, mode_t mode)
{
	static struct inode folder;
	struct fake_env *f = arg;
	int rc = strike(f, FAKE_MKDIR);

	(void)mode;
	if (rc == 0 && name_find(&f->folders, path) != NULL) {
		rc = -EEXIST;
	}
	if (rc == 0) {
		name_set(&f->folders, path, &folder);
	}
	return rc;
}

static int fake_list_dir(void *arg, const char *path, env_name_fn each, void *each_arg)
{
	struct fake_env *f = arg;
	int rc = strike(f, FAKE_LIST_DIR);

	for (size_t i = 0; rc == 0 && i < f->seen.n; i++) {
		if (is_in_folder(f->seen.at[i].path, path)) {
			rc = each(each_arg, f->seen.at[i].path + strlen(path) + 1);
		}
	}
	return rc;
}

static int fake_lock(void *arg, int fd)
{
	struct fake_env *f = arg;
	struct inode *inode = inode_of(f, fd);
	int rc = strike(f, FAKE_LOCK);

	if (rc != 0 || inode == NULL) {
		return rc != 0 ? rc : -EBADF;
	}
	if (inode->locked) {
		return -EWOULDBLOCK;
	}
	inode->locked = true;
	f->holds_lock[fd - FD_FIRST] = true;
	return 0;
}

/* ---- what tests call ---- */

struct fake_env *fake_env_new(uint64_t seed)
{
	struct fake_env *f = must(calloc(1, sizeof(*f)));

	f->dice.state = seed;
	f->wall_us = START_WALL_US;
	f->mono_us = START_MONO_US;
	f->env = (struct env){
		.arg = f,
		.wall_us = fake_wall_us,
		.mono_us = fake_mono_us,
		.cpu_us = fake_cpu_us,
		.random = fake_random,
		.open = fake_open,
		.close = fake_close,
		.fstat = fake_fstat,
		.pread = fake_pread,
		.pwrite = fake_pwrite,
		.ftruncate = fake_ftruncate,
		.fdatasync = fake_fdatasync,
		.rename = fake_rename,
		.unlink = fake_unlink,
		.sync_dir = fake_sync_dir,
		.mkdir = fake_mkdir,
		.list_dir = fake_list_dir,
		.lock = fake_lock,
	};
	return f;
}

void fake_env_free(struct fake_env *f)
{
	if (f == NULL) {
		return;
	}
	for (struct inode *inode = f->inodes, *next; inode != NULL; inode = next) {
		next = inode->next;
		forget_file_steps(inode);
		free(inode->seen.data);
		free(inode->disk.data);
		free(inode);
	}
	free(f->seen.at);
	free(f->disk.at);
	free(f->folders.at);
	free(f->steps);
	free(f);
}

const struct env *fake_env_of(struct fake_env *f)
{
	return &f->env;
}

void fake_env_advance(struct fake_env *f, int64_t us)
{
	f->wall_us += us;
	f->mono_us += us;
}

void fake_env_work(struct fake_env *f, int64_t us)
{
	f->cpu_us += us;
}

void fake_env_fail(struct fake_env *f, enum fake_call kind, unsigned nth, int error)
{
	f->plan_kind = kind;
	f->plan_in = nth;
	f->plan_error = error;
	f->plan_struck = false;
}

void fake_env_fail_always(struct fake_env *f, enum fake_call kind, int error)
{
	f->always[kind] = error;
}

bool fake_env_has_failed(const struct fake_env *f)
{
	return f->plan_struck;
}

void fake_env_short_writes(struct fake_env *f, size_t most_bytes)
{
	f->short_write = most_bytes;
}

void fake_env_capacity(struct fake_env *f, uint64_t bytes)
{
	f->capacity = bytes;
}

void fake_env_crash(struct fake_env *f)
{
	for (int i = 0; i < FDS_MAX; i++) {
		if (f->fds[i] != NULL) {
			(void)fake_close(f, FD_FIRST + i);
		}
	}
}

void fake_env_power_cut(struct fake_env *f)
{
	fake_env_crash(f);
	for (struct inode *inode = f->inodes; inode != NULL; inode = inode->next) {
		settle_at_random(f, inode);
		bytes_copy(&inode->seen, &inode->disk);
	}
	for (size_t i = 0; i < f->n_steps; i++) {
		if (fake_env_pick(f, 2) == 0) {
			apply_folder_step(f, &f->steps[i]);
		}
	}
	f->n_steps = 0;
	f->seen.n = 0;
	for (size_t i = 0; i < f->disk.n; i++) {
		name_set(&f->seen, f->disk.at[i].path, f->disk.at[i].inode);
	}
}

unsigned fake_env_calls(const struct fake_env *f, enum fake_call kind)
{
	return f->calls[kind];
}

bool fake_env_exists(const struct fake_env *f, const char *path)
{
	return name_find(&f->seen, path) != NULL;
}

int64_t fake_env_size(const struct fake_env *f, const char *path)
{
	struct inode **found = name_find(&f->seen, path);

	return found != NULL ? (int64_t)(*found)->seen.len : -1;
}

const uint8_t *fake_env_data(const struct fake_env *f, const char *path)
{
	struct inode **found = name_find(&f->seen, path);

	return found != NULL ? (*found)->seen.data : NULL;
}

void fake_env_put(struct fake_env *f, const char *path, const void *data, size_t len_bytes)
{
	struct inode *inode = new_inode(f);

	bytes_write(&inode->seen, 0, data, len_bytes);
	bytes_write(&inode->disk, 0, data, len_bytes);
	name_set(&f->seen, path, inode);
	name_set(&f->disk, path, inode);
}

void fake_env_flip(struct fake_env *f, const char *path, size_t byte, unsigned bit)
{
	struct inode *inode = *name_find(&f->seen, path);

	assert(byte < inode->seen.len);
	inode->seen.data[byte] ^= (uint8_t)(1U << bit);
	if (byte < inode->disk.len) {
		inode->disk.data[byte] ^= (uint8_t)(1U << bit);
	}
}

const char *fake_env_path(const struct fake_env *f, size_t i)
{
	return i < f->seen.n ? f->seen.at[i].path : NULL;
}
