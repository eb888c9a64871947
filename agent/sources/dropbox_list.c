/* Files of a folder; see dropbox_list.h. Owns the list of names. */
#include "agent/sources/dropbox_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/sources/attest.h"
#include "common/log.h"
#include "common/slice.h"

void dropbox_list_init(struct dropbox_list *l, const struct env *env, const char *source,
                       const char *directory)
{
	*l = (struct dropbox_list){ .env = env, .source = source, .directory = directory };
}

void dropbox_list_free(struct dropbox_list *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->files[i].name);
	}
	free(l->files);
	l->files = NULL;
	l->count = 0;
}

bool dropbox_path(const struct dropbox_list *l, const char *sub, const char *name, char *out)
{
	int n = snprintf(out, DROPBOX_PATH_MAX, "%s/%s%s%s", l->directory, sub,
	                 sub[0] != '\0' ? "/" : "", name);

	return n > 0 && n < DROPBOX_PATH_MAX;
}

static bool strip(struct slice *name, struct slice suffix)
{
	if (name->len <= suffix.len ||
	    !slice_ieq((struct slice){ name->at + name->len - suffix.len, suffix.len }, suffix)) {
		return false;
	}
	name->len -= suffix.len;
	return true;
}

bool dropbox_name_is_data(const char *name)
{
	struct slice s = slice_of(name);

	(void)(strip(&s, SLICE(".gz")) || strip(&s, SLICE(".zst")));
	return name[0] != '.' &&
	       (strip(&s, SLICE(".csv")) || strip(&s, SLICE(".jsonl")) || attest_name(name));
}

static int by_name(const void *a, const void *b)
{
	const struct dropbox_file *x = a;
	const struct dropbox_file *y = b;

	return strcmp(x->name, y->name);
}

static struct dropbox_file *find(const struct dropbox_list *l, size_t sorted, const char *name)
{
	struct dropbox_file *files = l->files;

	for (size_t low = 0, high = sorted; low < high;) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(name, files[middle].name);

		if (order == 0) {
			return &files[middle];
		}
		if (order < 0) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	return NULL;
}

struct pass {
	struct dropbox_list *l;
	size_t sorted; /* files known before this pass */
};

static int on_name(void *arg, const char *name)
{
	struct pass *pass = arg;
	struct dropbox_list *l = pass->l;
	struct dropbox_file *known = find(l, pass->sorted, name);

	if (!dropbox_name_is_data(name)) {
		return 0;
	}
	if (known != NULL) {
		known->listed = true;
		return 0;
	}
	if (l->count == DROPBOX_FILES_MAX || strlen(name) > DROPBOX_NAME_MAX) {
		l->beyond++;
		return 0;
	}
	l->files[l->count] =
		(struct dropbox_file){ .name = strdup(name), .listed = true, .size = -1 };
	if (l->files[l->count].name == NULL) {
		return -ENOMEM;
	}
	l->count++;
	return 0;
}

/* Files that are gone are forgotten, but for those that wait for their rows to be on disk. */
static void forget_gone(struct dropbox_list *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++) {
		struct dropbox_file *f = &l->files[i];

		if (f->listed || f->state == DROPBOX_READ || f->state == DROPBOX_COVERED) {
			l->files[kept++] = *f;
		} else {
			free(f->name);
		}
	}
	l->count = kept;
}

bool dropbox_file_same(const struct dropbox_file *f, const struct stat *st)
{
	return f->size == (int64_t)st->st_size && f->ino == (uint64_t)st->st_ino &&
	       f->mtime_us == (int64_t)st->st_mtim.tv_sec * 1000000 + st->st_mtim.tv_nsec / 1000;
}

int dropbox_list_open(const struct dropbox_list *l, const struct dropbox_file *f, struct stat *st)
{
	char path[DROPBOX_PATH_MAX];

	return dropbox_path(l, "", f->name, path) ? env_open_regular(l->env, path, st)
	                                          : -ENAMETOOLONG;
}

int dropbox_list_open_signature(const struct dropbox_list *l, const struct dropbox_file *f)
{
	char path[DROPBOX_PATH_MAX];
	char name[DROPBOX_NAME_MAX + sizeof(ATTEST_SUFFIX)];

	if (!attest_name(f->name)) {
		return -ENOENT;
	}
	(void)snprintf(name, sizeof(name), "%s%s", f->name, ATTEST_SUFFIX);
	return dropbox_path(l, "", name, path) ? env_open_regular(l->env, path, NULL)
	                                       : -ENAMETOOLONG;
}

static void say_refused(const struct dropbox_list *l, const struct dropbox_file *f, int rc)
{
	log_warn(l->source, "%s/%s: %s: left alone", l->directory, f->name,
	         rc == -ELOOP || rc == -EINVAL ? "a symbolic link, folder, FIFO or device"
	                                       : strerror(-rc));
}

/* What a file is now; a change begins its wait anew. */
static void look(struct dropbox_list *l, struct dropbox_file *f)
{
	struct stat st;
	int fd = dropbox_list_open(l, f, &st);

	if (fd < 0) {
		if (f->state != DROPBOX_LEFT) {
			say_refused(l, f, fd);
		}
		f->state = DROPBOX_LEFT;
		f->size = -1;
		return;
	}
	(void)l->env->close(l->env->arg, fd);
	if (dropbox_file_same(f, &st)) {
		return;
	}
	f->state = DROPBOX_SETTLING;
	f->ino = (uint64_t)st.st_ino;
	f->size = (int64_t)st.st_size;
	f->mtime_us = (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000;
	f->since_mono_us = env_mono_us(l->env);
}

int dropbox_list_scan(struct dropbox_list *l)
{
	struct pass pass = { l, l->count };
	int rc;

	if (l->files == NULL) {
		l->files = calloc(DROPBOX_FILES_MAX, sizeof(*l->files));
		if (l->files == NULL) {
			return -ENOMEM;
		}
	}
	for (size_t i = 0; i < l->count; i++) {
		l->files[i].listed = false;
	}
	l->beyond = 0;
	rc = l->env->list_dir(l->env->arg, l->directory, on_name, &pass);
	if (rc != 0) {
		return rc;
	}
	forget_gone(l);
	qsort(l->files, l->count, sizeof(*l->files), by_name);
	for (size_t i = 0; i < l->count; i++) {
		if (l->files[i].state == DROPBOX_SETTLING || l->files[i].state == DROPBOX_LEFT) {
			look(l, &l->files[i]);
		}
	}
	return 0;
}

struct dropbox_file *dropbox_list_ready(struct dropbox_list *l, int64_t settle_us)
{
	int64_t now_us = env_mono_us(l->env);

	for (size_t i = 0; i < l->count; i++) {
		struct dropbox_file *f = &l->files[i];

		if (f->state == DROPBOX_SETTLING && f->size >= 0 &&
		    now_us - f->since_mono_us >= settle_us) {
			return f;
		}
	}
	return NULL;
}
