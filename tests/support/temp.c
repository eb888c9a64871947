#include "tests/support/temp.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void must(int ok, const char *what)
{
	if (!ok) {
		perror(what);
		abort();
	}
}

void temp_open(struct temp *t)
{
	const char *root = getenv("TMPDIR");

	(void)snprintf(t->dir, sizeof(t->dir), "%s/cxmeter-test-XXXXXX",
	               root != NULL ? root : "/tmp");
	must(mkdtemp(t->dir) != NULL, t->dir);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

void temp_remove(struct temp *t)
{
	must(nftw(t->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0, t->dir);
}

const char *temp_path(struct temp *t, const char *name)
{
	int n = snprintf(t->path, sizeof(t->path), "%s/%s", t->dir, name);

	must(n > 0 && (size_t)n < sizeof(t->path), name);
	return t->path;
}

const char *temp_file(struct temp *t, const char *name, const void *data, size_t len_bytes)
{
	FILE *file = fopen(temp_path(t, name), "we");

	must(file != NULL, t->path);
	must(len_bytes == 0 || fwrite(data, 1, len_bytes, file) == len_bytes, t->path);
	must(fclose(file) == 0, t->path);
	return t->path;
}

const char *temp_text(struct temp *t, const char *name, const char *text)
{
	return temp_file(t, name, text, strlen(text));
}
