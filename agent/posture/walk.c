#include "agent/posture/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define OTHERS_PER_FILE 16 /* entries that are no files, for each file allowed */

struct walking {
	const struct walk_limits *limits;
	struct walk_counts *counts;
	walk_fn each;
	void *arg;
	dev_t device;
	DIR *open[WALK_DEPTH_MAX]; /* the folders from the top to where we are */
	size_t depth;
};

static DIR *open_folder(int at_fd, const char *name, int follow, int *rc)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | follow;
	int fd = openat(at_fd, name, flags | O_NOATIME);
	DIR *dir;

	if (fd < 0 && errno == EPERM) {
		fd = openat(at_fd, name, flags); /* O_NOATIME is its owner's */
	}
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	*rc = dir != NULL ? 0 : -errno;
	if (dir == NULL && fd >= 0) {
		(void)close(fd);
	}
	return dir;
}

static void enter(struct walking *w, const char *name, const struct stat *st)
{
	int rc;

	if (st->st_dev != w->device) {
		w->counts->mounts++;
	} else if (w->depth == WALK_DEPTH_MAX) {
		w->counts->deep++;
	} else {
		w->open[w->depth] =
			open_folder(dirfd(w->open[w->depth - 1]), name, O_NOFOLLOW, &rc);
		if (w->open[w->depth] == NULL) {
			w->counts->denied++;
			return;
		}
		w->depth++;
		w->counts->folders++;
	}
}

static void look_at(struct walking *w, const char *name)
{
	int fd = dirfd(w->open[w->depth - 1]);
	struct stat st;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
		return;
	}
	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0) {
		w->counts->denied += errno != ENOENT; /* else it was removed meanwhile */
	} else if (S_ISDIR(st.st_mode)) {
		enter(w, name, &st);
	} else if (!S_ISREG(st.st_mode)) {
		w->counts->others++;
	} else if (w->counts->files >= w->limits->files) {
		w->counts->cut = true;
	} else {
		w->counts->files++;
		w->each(w->arg, fd, name, &st);
	}
}

static bool is_over(const struct walking *w)
{
	const struct walk_counts *c = w->counts;

	return c->cut || (w->limits->cancelled != NULL && atomic_load(w->limits->cancelled)) ||
	       c->others + c->folders + c->denied > (w->limits->files + 1) * OTHERS_PER_FILE;
}

int walk(const char *path, const struct walk_limits *limits, walk_fn each, void *arg,
         struct walk_counts *counts)
{
	struct walking w = { .limits = limits, .counts = counts, .each = each, .arg = arg };
	struct stat st;
	int rc;

	*counts = (struct walk_counts){ 0 };
	w.open[0] = open_folder(AT_FDCWD, path, 0, &rc);
	if (w.open[0] == NULL) {
		return rc;
	}
	w.depth = 1;
	w.device = fstat(dirfd(w.open[0]), &st) == 0 ? st.st_dev : 0;
	while (w.depth > 0) {
		struct dirent *entry = is_over(&w) ? NULL : readdir(w.open[w.depth - 1]);

		if (entry != NULL) {
			look_at(&w, entry->d_name);
			continue;
		}
		counts->cut = counts->cut || is_over(&w);
		w.depth--;
		(void)closedir(w.open[w.depth]);
	}
	return 0;
}
