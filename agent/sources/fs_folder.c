/* See fs_folder.h. Owns the list of what was found. */
#include "agent/sources/fs_folder.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/slice.h"

static int64_t mtime_us(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000 + st->st_mtim.tv_nsec / 1000;
}

static int compare(const struct fs_folder_mark *a, const struct fs_folder_mark *b)
{
	if (a->mtime_us != b->mtime_us) {
		return a->mtime_us < b->mtime_us ? -1 : 1;
	}
	return strcmp(a->name, b->name);
}

/* Keep the first by order; what does not fit comes with another look. */
static void keep(struct fs_folder *f, const struct fs_folder_mark *one)
{
	size_t low = 0;

	if (f->count == FS_FOLDER_BATCH_MAX) {
		f->more = true;
		if (compare(one, &f->found[f->count - 1]) > 0) {
			return;
		}
		f->count--;
	}
	for (size_t high = f->count; low < high;) {
		size_t mid = low + (high - low) / 2;

		if (compare(&f->found[mid], one) < 0) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	memmove(&f->found[low + 1], &f->found[low], (f->count - low) * sizeof(*f->found));
	f->found[low] = *one;
	f->count++;
}

static bool path_of(const struct fs_folder *f, const char *name, char out[PATH_MAX])
{
	int n = snprintf(out, PATH_MAX, "%s/%s", f->path, name);

	return n > 0 && n < PATH_MAX;
}

struct look {
	struct fs_folder *f;
	int64_t settled_us;
};

static int on_name(void *arg, const char *name)
{
	const struct look *l = arg;
	struct fs_folder_mark one;
	char path[PATH_MAX];
	struct stat st;

	if (name[0] == '.' || strlen(name) > FS_FOLDER_NAME_MAX ||
	    !slice_ends(slice_of(name), slice_of(l->f->suffix)) || !path_of(l->f, name, path) ||
	    lstat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
		return 0;
	}
	one.mtime_us = mtime_us(&st);
	(void)snprintf(one.name, sizeof(one.name), "%s", name);
	if (one.mtime_us > l->settled_us) {
		l->f->more = true;
	} else if (compare(&one, &l->f->mark) > 0) {
		keep(l->f, &one);
	}
	return 0;
}

int fs_folder_look(struct fs_folder *f, int64_t now_us)
{
	struct look look = { f, now_us - FS_FOLDER_SETTLE_US };
	struct stat st;
	int64_t folder_us;

	if (f->next < f->count) {
		return 0;
	}
	f->count = 0;
	f->next = 0;
	if (stat(f->path, &st) != 0) {
		return -errno;
	}
	folder_us = mtime_us(&st);
	if (!f->more && folder_us == f->folder_us) {
		return 0;
	}
	f->more = false;
	f->folder_us = folder_us;
	return f->env->list_dir(f->env->arg, f->path, on_name, &look);
}

int fs_folder_next(struct fs_folder *f)
{
	char path[PATH_MAX];
	int fd;

	if (f->next == f->count) {
		return -ENOENT;
	}
	f->mark = f->found[f->next++];
	if (!path_of(f, f->mark.name, path)) {
		return -ENAMETOOLONG;
	}
	fd = env_open_regular(f->env, path, NULL);
	return fd == -ENOENT ? -ESTALE : fd; /* taken away meanwhile */
}

void fs_folder_skip(struct fs_folder *f, int64_t now_us)
{
	f->mark = (struct fs_folder_mark){ .mtime_us = now_us };
}

/* u64 time of the mark, varint length, its name */
void fs_folder_save(const struct fs_folder *f, struct buf *out)
{
	buf_add_u64le(out, (uint64_t)f->mark.mtime_us);
	buf_add_varint(out, strlen(f->mark.name));
	buf_add_text(out, f->mark.name);
}

int fs_folder_load(struct fs_folder *f, struct cursor *in)
{
	int64_t at_us = (int64_t)cursor_u64le(in);
	uint64_t len = cursor_varint(in);
	const uint8_t *name = len <= FS_FOLDER_NAME_MAX ? cursor_take(in, (size_t)len) : NULL;

	if (in->bad || name == NULL || at_us < 0 || memchr(name, '\0', (size_t)len) != NULL) {
		return -EBADMSG;
	}
	f->mark.mtime_us = at_us;
	memcpy(f->mark.name, name, (size_t)len);
	f->mark.name[len] = '\0';
	return 0;
}

int fs_folder_init(struct fs_folder *f, const struct env *env, const char *path, const char *suffix)
{
	*f = (struct fs_folder){ .env = env, .path = path, .suffix = suffix, .folder_us = -1 };
	f->found = calloc(FS_FOLDER_BATCH_MAX, sizeof(*f->found));
	return f->found != NULL ? 0 : -ENOMEM;
}

void fs_folder_free(struct fs_folder *f)
{
	free(f->found);
	f->found = NULL;
}
